// A report: of an analysis that was asked for here, or of `scan --format json` from a file. The same story as of a live
// incident, over what the report says alone.
import { html, useEffect, useMemo, useState } from "../core/view.js";
import { adjust } from "../core/address.js";
import { get } from "../core/api.js";
import { useCell } from "../core/cell.js";
import { bytes, duration, many, number, share, stamp, time } from "../core/format.js";
import { THREE } from "../core/layers.js";
import { useQuestion } from "../core/question.js";
import { Level, Severity, State, When, ranked } from "../parts/badges.js";
import { FileButton, opened, reportOf } from "../parts/drop.js";
import { Answer, Empty, Loading } from "../parts/states.js";
import { Title, Words, plain } from "../parts/text.js";
import { Volume } from "../parts/volume.js";
import { threefold } from "../shared/story.js";
import { Story } from "./incident.js";

/** The view. */
export default function Report({ rest, query }) {
  const file = useCell(opened);
  if (rest[0]) return html`<${OfJob} id=${rest[0]} query=${query} />`;
  if (!file) return html`<${Empty} title="No report is open"><p>Drop a log or a report of <code>scan --format json</code> on this page.</p><${FileButton} words="Open a file" /></${Empty}>`;
  return html`<${Whole} name=${file.name} report=${file.report} query=${query} />`;
}

function OfJob({ id, query }) {
  const job = useQuestion(`job ${id}`, (signal) => get(`/api/v1/jobs/${encodeURIComponent(id)}`, {}, { signal }), { every: 1_000, on: ["job"] });
  return html`<${Answer} of=${job} lines=${6}>${(data) => {
    if (data.state === "failed") return html`<${Empty} title="It could not be analysed"><p><${Words} text=${data.message ?? ""} /></p><${FileButton} words="Another file" /></${Empty}>`;
    if (data.state !== "done") return html`<div class="empty"><p class="empty-title" role="status">Being analysed</p><progress max="1" value=${data.progress} aria-label=${share(data.progress)}></progress></div>`;
    return html`<${OfAnalysis} id=${id} query=${query} />`;
  }}</${Answer}>`;
}

function OfAnalysis({ id, query }) {
  const [known, show] = useState(null);
  const report = useQuestion(`report ${id}`, (signal) => reportOf(id, signal));
  useEffect(() => report.data && show(report.data), [report.data]);
  return known ? html`<${Whole} name=${known.inputs?.[0]?.name ?? id} report=${known} query=${query} />` : report.problem ? html`<${Answer} of=${report} />` : html`<${Loading} lines=${8} />`;
}

function Whole({ name, report, query }) {
  const detection = report.detection ?? {};
  const incidents = useMemo(() => ranked((detection.incidents ?? []).map((row) => ({ ...row, state: "open", report: row }))), [report]);
  const chosen = incidents.find((row) => row.id === query.incident);
  const findings = chosen ? (detection.findings ?? []).filter((row) => row.incident_id === chosen.id) : [];
  return html`<div class="view-head"><h1><bdi>${plain(name)}</bdi></h1><${FileButton} words="Another file" /></div>
    ${chosen ? html`<p class="crumbs"><button type="button" class="quiet" onClick=${() => adjust({ incident: undefined })}>← All incidents of this report</button></p><${Story} key=${chosen.id} incident=${chosen} findings=${findings} />`
      : html`<${Sum} report=${report} incidents=${incidents} />`}`;
}

function Sum({ report, incidents }) {
  const { totals = {}, detection = {} } = report;
  const rows = steps(detection.volume);
  const since = time(rows[0]?.start);
  const until = time(rows.at(-1)?.start) + (detection.volume?.step_seconds ?? 60) * 1000;
  const balance = totals.balance ?? {};
  return html`<div class="overview"><section class="incidents" aria-label="Incidents"><h2 class="gap">${many(incidents.length, "incident")}</h2>${incidents.length === 0 ? html`<${Empty} title="Nothing unusual"><p>Every line was read, and none stood out.</p></${Empty}>`
      : html`<ol class="incident-list">${incidents.map((row) => html`<li key=${row.id} class=${`incident ${row.severity}`}><a href="#" onClick=${(event) => (event.preventDefault(), adjust({ incident: row.id }))}>
        <span class="incident-head"><${Severity} of=${row.severity} /><span class="incident-when"><${When} of=${row.start} seconds=${false} />${row.seconds > 0 ? ` · ${duration(row.seconds)}` : ""}</span></span><span class="incident-title"><${Title} text=${row.title} /></span>
        <span class="incident-cause"><${Words} text=${row.causes?.[0]?.message ?? ""} most=${240} /></span></a></li>`)}</ol>`}</section>
    <div class="side">${rows.length > 0 && html`<section class="card" aria-label="Volume"><h2>Volume</h2><${Volume} rows=${rows} kinds=${THREE} since=${since} until=${until} incidents=${incidents} /></section>`}
      <section class="card" aria-label="What was read"><h2>What was read</h2><dl class="pairs wide-pairs"><div><dt>size</dt><dd>${bytes(totals.bytes)}</dd></div><div><dt>lines</dt><dd>${number(balance.lines)} = ${many(balance.records, "record")} + ${number(balance.continuations)} continued${balance.holds === false ? html` <${State} of="failed" />` : ""}</dd></div>
        <div><dt>time</dt><dd><${When} of=${totals.time?.first} /> to <${When} of=${totals.time?.last} /></dd></div><div><dt>budget</dt><dd>${plain(detection.budget?.asked ?? "")}: ${number(detection.budget?.spent)} spent of ${number(detection.budget?.allowed)}</dd></div>
        ${(totals.levels ?? []).map((row) => html`<div key=${row.level}><dt><${Level} of=${row.level} />${row.level === "none" ? "no level" : ""}</dt><dd>${number(row.records)}</dd></div>`)}</dl></section></div></div>`;
}

/** The volume of a report in the form of the API. */
function steps(volume) {
  const start = time(volume?.start);
  if (Number.isNaN(start)) return [];
  return volume.records.map((records, place) => ({ start: stamp(start + place * volume.step_seconds * 1000), counts: threefold(records, volume.warnings[place], volume.errors[place]) }));
}
