// Evaluations from files: `logsift eval … --json` gives tables, `--scores` gives curves. Nothing of them leaves the browser.
import { html, useState } from "../../core/view.js";
import { number } from "../../core/format.js";
import { say } from "../../parts/dialog.js";
import { Curves } from "../../parts/marks.js";
import { plain } from "../../parts/text.js";
import { curvesOf, scoresOf } from "./curves.js";

const FIGURES = [["precision", "Precision"], ["recall", "Recall"], ["f1", "F1"], ["roc_auc", "ROC AUC"], ["average_precision", "AP"], ["mcc", "MCC"], ["false_alarm_rate", "False alarms"]];

async function read(file) {
  const text = await file.text();
  if (/\.csv$/i.test(file.name)) return { name: file.name, curves: curvesOf(scoresOf(text)) };
  const value = JSON.parse(text);
  if (!value?.eval_version || !Array.isArray(value.models)) throw new Error("it is neither of `eval --json` nor of `eval --scores`");
  return { name: file.name, table: value };
}

/** The part of the view. */
export function Evaluations() {
  const [all, show] = useState([]);
  const open = async (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    for (const file of files) {
      try {
        const made = await read(file);
        show((before) => [...before.filter((one) => one.name !== made.name), made]);
      } catch (problem) {
        say(`${file.name} cannot be read: ${problem.message}`, "bad");
      }
    }
  };
  const curves = all.filter((one) => one.curves);
  return html`<section class="card" aria-label="Evaluations"><div class="section-head"><h2>Evaluations</h2><label class="file-button"><input type="file" multiple accept=".json,.csv" onChange=${open} />Open</label></div>
    ${all.length === 0 && html`<p class="soft">Open what <code>logsift eval lines … --json FILE --scores FILE.csv</code> wrote, of several models if you like: they stand side by side here.</p>`}
    ${all.filter((one) => one.table).map((one) => html`<${Table} key=${one.name} of=${one.table} />`)}
    ${curves.length > 0 && html`<div class="curve-pair"><${Curves} title="ROC" x="false alarms" y="found" diagonal=${true} curves=${curves.map((one) => ({ name: one.name, points: one.curves.roc }))} />
      <${Curves} title="Precision and recall" x="recall" y="precision" curves=${curves.map((one) => ({ name: one.name, points: one.curves.pr }))} /></div>
      <ul class="legend">${curves.map((one, place) => html`<li key=${one.name}><svg width="16" height="8" aria-hidden="true"><line class=${`curve hue-${place % 6}`} x1="0" y1="4" x2="16" y2="4" /></svg> <bdi>${plain(one.name)}</bdi> <span class="soft">AUC ${number(one.curves.auc)}</span></li>`)}</ul>`}</section>`;
}

function Table({ of }) {
  const best = Object.fromEntries(FIGURES.map(([key]) => [key, key === "false_alarm_rate" ? Math.min(...of.models.map((row) => row[key])) : Math.max(...of.models.map((row) => row[key]))]));
  return html`<div class="evaluation"><h3><bdi>${plain(of.name)}</bdi> <span class="soft">${number(of.abnormal)} of ${number(of.test_units)} ${of.unit}s abnormal</span></h3>
    <div class="scrolls" tabindex="0" role="group" aria-label=${`Evaluation of ${plain(of.name)}`}><table class="plain-table"><thead><tr><th>Model</th>${FIGURES.map(([key, title]) => html`<th key=${key} class="right">${title}</th>`)}</tr></thead>
    <tbody>${of.models.map((row) => html`<tr key=${row.model}><td>${plain(row.model)}</td>${FIGURES.map(([key]) => html`<td key=${key} class="right">${of.models.length > 1 && row[key] === best[key] ? html`<b>${number(row[key])}</b>` : number(row[key])}</td>`)}</tr>`)}</tbody></table></div></div>`;
}
