// The generations of the model: which judges, how they differ, learning now, going back; and jobs with their progress.
// Evaluations that were saved can be opened here and compared: their tables, and their curves from the scores.
import { html, useState } from "../core/view.js";
import { get, send } from "../core/api.js";
import { bytes, duration, many, number, share, time } from "../core/format.js";
import { useQuestion } from "../core/question.js";
import { State, When } from "../parts/badges.js";
import { Dialog, attempt } from "../parts/dialog.js";
import { Answer, Empty } from "../parts/states.js";
import { plain } from "../parts/text.js";
import { useOffer } from "./incident/actions.js";
import { Evaluations } from "./models/evaluations.js";

/** The view. */
export default function Models() {
  const models = useQuestion("models", (signal) => get("/api/v1/models", {}, { signal }), { on: ["status", "job"], every: 10_000 });
  const jobs = useQuestion("jobs", (signal) => get("/api/v1/jobs", {}, { signal }), { on: ["job"], every: 3_000 });
  const status = useQuestion("status", (signal) => get("/api/v1/status", {}, { signal }), { every: 10_000 });
  const [sure, ask] = useState(null);
  const trains = useOffer("post", "/api/v1/models/train");
  const begin = async (path, words) => {
    ask(null);
    if (await attempt(() => send("POST", path), words)) (jobs.again(), models.again());
  };
  return html`<div class="view-head"><h1>Models</h1>${trains && html`<button type="button" class="main" onClick=${() => begin("/api/v1/models/train", "Learning has begun")}>Learn now</button>
      <button type="button" onClick=${() => ask({ path: "/api/v1/models/roll-back", words: "Judge by the generation before the present one?" })}>Roll back</button>`}</div>
    <div class="columns">
      <div class="stack"><section class="card" aria-label="Generations"><h2>Generations</h2><${Answer} of=${models} lines=${4}>${({ rows }) => html`<${Generations} rows=${rows} activate=${(row) => ask({ path: `/api/v1/models/${row.generation}/activate`, words: `Judge by generation ${row.generation} from now on?` })} />`}</${Answer}></section>
        <${Evaluations} /></div>
      <div class="stack"><section class="card" aria-label="How well it fits"><h2>How well it fits</h2><${Answer} of=${status} lines=${3}>${(data) => html`<${Fit} status=${data} />`}</${Answer}></section>
        <section class="card" aria-label="Jobs"><h2>Jobs</h2><${Answer} of=${jobs} lines=${3}>${({ rows }) => html`<${Jobs} rows=${rows} />`}</${Answer}></section></div></div>
    ${sure && html`<${Dialog} title="Change the model" close=${() => ask(null)}><p>${sure.words} What was found so far stays; what comes is judged by the other model.</p>
      <div class="actions"><button class="main" type="button" onClick=${() => begin(sure.path, "It is being done")}>Do it</button><button type="button" onClick=${() => ask(null)}>Cancel</button></div></${Dialog}>`}`;
}

function Generations({ rows, activate }) {
  if (!rows.length) return html`<${Empty} title="Nothing was learned yet"><p>The first generation is written when enough lines have come; until then findings are held back.</p></${Empty}>`;
  const before = (place) => rows[place + 1];
  const grown = (row, place) => (before(place) ? row.templates - before(place).templates : 0);
  return html`<div class="scrolls" tabindex="0" role="group" aria-label="Generations, a table"><table class="plain-table"><thead><tr><th>Generation</th><th>Written</th><th>Why</th><th class="right">Records</th><th class="right">Templates</th><th class="right">Size</th><th><span class="unseen">Change</span></th></tr></thead>
    <tbody>${rows.map((row, place) => html`<tr key=${row.generation}><td>${number(row.generation)} ${row.active && html`<${State} of="active" />`}</td><td><${When} of=${row.written} seconds=${false} /></td><td>${row.note}</td><td class="right">${number(row.records)}</td>
      <td class="right">${number(row.templates)}${grown(row, place) ? html` <span class="soft">${grown(row, place) > 0 ? "+" : ""}${number(grown(row, place))}</span>` : ""}</td><td class="right">${bytes(row.bytes)}</td>
      <td class="right">${!row.active && (row.kept ? html`<button type="button" onClick=${() => activate(row)}>Use</button>` : html`<span class="soft">not kept</span>`)}</td></tr>`)}</tbody></table></div>`;
}

/** How far what comes differs from what was learned, as far as the figures of the server say. */
function Fit({ status }) {
  const { model, budget } = status;
  const raised = (status.findings ?? []).reduce((sum, row) => sum + row.count, 0);
  const fresh = (status.findings ?? []).filter((row) => row.kind === "new-template").reduce((sum, row) => sum + row.count, 0);
  return html`<dl class="pairs wide-pairs">
    <div><dt>judges by</dt><dd>${model?.generation ? `generation ${number(model.generation)}` : "what it learns as it goes"}</dd></div>
    <div><dt>its age</dt><dd>${model?.age_seconds === null || model?.age_seconds === undefined ? "–" : duration(model.age_seconds)}</dd></div>
    <div><dt>learned from</dt><dd>${many(model?.records ?? 0, "record")}</dd></div>
    <div><dt>findings of the new</dt><dd>${raised ? `${number(fresh)} of ${number(raised)} (${share(fresh / raised)})` : "none"}</dd></div>
    <div><dt>budget</dt><dd>${budget ? `${number(budget.spent)} spent of ${number(budget.allowed)}, ${number(budget.held)} held back` : "–"}</dd></div></dl>`;
}

function Jobs({ rows }) {
  if (!rows.length) return html`<p class="soft">None was asked for.</p>`;
  return html`<ul class="jobs">${rows.slice(0, 30).map((row) => html`<li key=${row.id}><p><b>${plain(row.kind)}</b> <${State} of=${row.state} /> <span class="soft"><${When} of=${row.started} />${row.ended ? `, took ${duration((time(row.ended) - time(row.started)) / 1000)}` : ""}</span></p>
    ${(row.state === "running" || row.state === "waiting") && html`<progress max="1" value=${row.progress} aria-label=${`${row.kind}: ${share(row.progress)}`}></progress>`}
    ${row.message && html`<p class=${row.state === "failed" ? "bad" : "soft"}>${plain(row.message)}</p>`}</li>`)}</ul>`;
}
