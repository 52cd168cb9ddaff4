// A file that is dropped on the page. A report of ours is opened here; a log goes to the server, which analyses it as a job.
import { html, useEffect, useState } from "../core/view.js";
import { cell } from "../core/cell.js";
import { go } from "../core/address.js";
import { get, offers, send } from "../core/api.js";
import { bytes } from "../core/format.js";
import { attempt, say } from "./dialog.js";

/** The report or evaluation that was opened from a file: `{ name, report }`. */
export const opened = cell(null);

const LARGEST = 1 << 30;
const PATIENCE = 600_000;

async function parsed(file) {
  if (!/\.json$/i.test(file.name) || file.size > 256 << 20) return null;
  const value = JSON.parse(await file.text());
  return value?.report_version ? value : null;
}

/** Opens a file: as a report if it is one, else as a log. */
export async function take(file) {
  const report = await parsed(file).catch(() => null);
  if (report) {
    opened.set({ name: file.name, report });
    return go("report", {});
  }
  if (file.size > LARGEST) return say(`${file.name} has ${bytes(file.size)}; at most ${bytes(LARGEST)} are analysed here. logsift scan takes any size.`, "bad");
  return attempt(async () => {
    if (!(await offers("post", "/api/v1/analyses"))) throw new Error("This server analyses no files. `logsift scan FILE --format json` makes a report that can be dropped here.");
    say(`${file.name} is being sent: ${bytes(file.size)}`);
    const job = await send("POST", `/api/v1/analyses?name=${encodeURIComponent(file.name)}`, file, { type: "application/octet-stream", patience: PATIENCE });
    return go(["report", job.id], {});
  });
}

/** The report of an analysis. */
export const reportOf = (job, signal) => get(`/api/v1/analyses/${encodeURIComponent(job)}/report`, {}, { signal });

/** Around the page: shows that a file may be let go. */
export function DropZone({ children }) {
  const [over, show] = useState(false);
  useEffect(() => {
    let depth = 0;
    const files = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    const enter = (event) => files(event) && (event.preventDefault(), (depth += 1), show(true));
    const leave = (event) => files(event) && ((depth -= 1), depth <= 0 && show(false));
    const hover = (event) => files(event) && event.preventDefault();
    const drop = (event) => {
      if (!files(event)) return;
      event.preventDefault();
      depth = 0;
      show(false);
      if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
    };
    const pairs = [["dragenter", enter], ["dragleave", leave], ["dragover", hover], ["drop", drop]];
    pairs.forEach(([name, call]) => addEventListener(name, call));
    return () => pairs.forEach(([name, call]) => removeEventListener(name, call));
  }, []);
  return html`${children}${over && html`<div class="drop" aria-hidden="true"><p>Let go to analyse this file</p></div>`}`;
}

/** The same by a button, for who drags nothing. */
export function FileButton({ words = "Analyse a file" }) {
  return html`<label class="file-button"><input type="file" onChange=${(event) => (take(event.target.files[0]), (event.target.value = ""))} />${words}</label>`;
}
