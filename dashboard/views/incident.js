// The story of one incident: the line that looks like the cause, what happened in order, why it was raised, what to do.
import { html, useMemo, useRef, useState } from "../core/view.js";
import { adjust, go, link } from "../core/address.js";
import { get } from "../core/api.js";
import { duration, many, number, share, stamp, time } from "../core/format.js";
import { useKeys } from "../core/keys.js";
import { LEVELS, byLevel } from "../core/layers.js";
import { useQuestion } from "../core/question.js";
import { asked, useRange } from "../core/range.js";
import { Level, Severity, State, When, ranked } from "../parts/badges.js";
import { Evidence } from "../parts/evidence.js";
import { say } from "../parts/dialog.js";
import { Answer, Empty } from "../parts/states.js";
import { Line, Title, Words, plain } from "../parts/text.js";
import { Volume } from "../parts/volume.js";
import { placeOf, stepped } from "../shared/story.js";
import { Actions, NewNormal } from "./incident/actions.js";
import { markdown } from "./incident/markdown.js";
import { incidentsIn } from "./overview.js";

const CHANGES = ["incident-changed", "incident-resolved"];

/** The view. */
export default function Incident({ rest }) {
  const id = rest[0] ?? "";
  const incident = useQuestion(`incident ${id}`, (signal) => get(`/api/v1/incidents/${encodeURIComponent(id)}`, {}, { signal }), { on: CHANGES });
  const around = useNeighbours(id);
  useKeys([
    ["u", "back to all incidents", () => go("overview")],
    ["], n", "next incident", () => around.next && go(["incidents", around.next])],
    ["[, p", "incident before", () => around.before && go(["incidents", around.before])],
  ]);
  return html`<p class="crumbs"><a href=${link("overview")}>Incidents</a><span class="crumb-steps">
      ${around.before && html`<a href=${link(["incidents", around.before])} title="[">← before</a>`}${around.next && html`<a href=${link(["incidents", around.next])} title="]">next →</a>`}</span></p>
    ${incident.data === undefined && html`<h1 class="unseen">Incident</h1>`}<${Answer} of=${incident} lines=${10}>${(data) => html`<${Story} incident=${data} />`}</${Answer}>`;
}

function useNeighbours(id) {
  const range = useRange();
  const { since, until } = asked(range);
  const list = useQuestion(range.known && `incidents ${since} ${until}`, (signal) => incidentsIn(range, signal));
  return useMemo(() => {
    const rows = ranked(list.data?.rows ?? []);
    const at = rows.findIndex((row) => row.id === id);
    return { before: rows[at - 1]?.id, next: at >= 0 ? rows[at + 1]?.id : undefined };
  }, [list.data, id]);
}

/** The same for an incident of the server and of a report from a file; `findings` are those of a report. */
export function Story({ incident, findings = null }) {
  const report = incident.report ?? {};
  const causes = report.causes ?? [];
  const cause = useRef(null);
  const copy = () => navigator.clipboard.writeText(markdown(incident)).then(() => say("Copied as Markdown"), () => say("The browser does not allow to copy.", "bad"));
  const point = () => (cause.current?.focus(), cause.current?.scrollIntoView({ block: "center" }));
  useKeys([["c", "to the cause line", point], ["y", "copy as Markdown", copy]]);
  const long = (time(incident.end) - time(incident.start)) / 1000;
  return html`<article class="story">
    <header class="story-head"><div class="story-signs"><${Severity} of=${incident.severity} />${incident.state && html`<${State} of=${incident.state} />`}${incident.merged_into && html`<span>part of <a href=${link(["incidents", incident.merged_into])}>another incident</a></span>`}
        <span><${When} of=${incident.start} />${long > 0 ? html` · ${duration(long)}` : ""}</span><span>${many(incident.finding_count, "finding")} · ${many(incident.records, "record")}</span></div>
      <h1><${Title} text=${incident.title} /></h1>
      <${Actions} incident=${incident} copy=${copy} offline=${Boolean(findings)} /></header>
    <div class="story-body"><div class="story-main">
      <section class="card cause" aria-label="Cause"><h2>Cause</h2>${causes.length ? html`<${Causes} causes=${causes} first=${cause} />` : html`<p class="soft">No line stands out as the cause.</p>`}</section>
      <section class="card" aria-label="What happened"><h2>What happened</h2><${Steps} steps=${report.story ?? []} /></section></div>
    <div class="story-side">
      ${!findings && html`<${Around} incident=${incident} />`}
      <section class="card" aria-label="Evidence"><h2>Evidence</h2><${Findings} incident=${incident} given=${findings} /></section>
      <section class="card" aria-label="Streams"><h2>Streams</h2><ul class="chips">${incident.streams.map((stream) => html`<li>${findings ? html`<bdi>${plain(stream)}</bdi>` : html`<a href=${link("explore", { stream })}><bdi>${plain(stream)}</bdi></a>`}</li>`)}</ul></section>
      ${!findings && html`<${Before} incident=${incident} />`}
    </div></div></article>`;
}

function Causes({ causes, first }) {
  const [all, show] = useState(false);
  const [likely, ...others] = causes;
  return html`<${Cause} cause=${likely} place=${0} box=${first} open=${true} />
    ${others.length > 0 && html`<button type="button" class="quiet" aria-expanded=${all} onClick=${() => show(!all)}>${all ? "Only the likeliest" : `${many(others.length, "other candidate")}`}</button>`}
    ${all && others.map((cause, place) => html`<${Cause} key=${place} cause=${cause} place=${place + 1} />`)}`;
}

function Cause({ cause, place, box, open = false }) {
  const [lines, show] = useState(open);
  const before = cause.before ?? [];
  const after = cause.after ?? [];
  return html`<div class="cause-one"><p class="cause-where"><span class="cause-likely">${share(cause.weight)} likely</span> <${Level} of=${cause.level} />
      <bdi>${plain(cause.file)}:${number(cause.line).replaceAll(",", "")}</bdi> <${When} of=${cause.time} /></p>
    <div class="lines" role="group" aria-label=${`Line ${cause.line} and the lines around it`}>
      ${lines && before.map((line, at) => html`<div class="around" key=${`b${at}`}><span class="line-number">${cause.line - before.length + at}</span><${Line} text=${line} most=${600} /></div>`)}
      <div class="cause-line" tabindex=${place === 0 ? 0 : -1} ref=${box} data-cause=${place === 0 ? "first" : undefined}><span class="line-number">${cause.line}</span><${Line} text=${cause.message} /></div>
      ${lines && after.map((line, at) => html`<div class="around" key=${`a${at}`}><span class="line-number"></span><${Line} text=${line} most=${600} /></div>`)}
    </div>
    <p class="cause-why"><${Words} text=${cause.why} />${before.length + after.length > 0 && html` <button type="button" class="quiet" aria-expanded=${lines} onClick=${() => show(!lines)}>${lines ? "Hide the lines around" : "Lines around"}</button>`}</p></div>`;
}

const FIRST_STEPS = 12;

function Steps({ steps }) {
  const [all, show] = useState(false);
  if (!steps.length) return html`<p class="soft">No steps are known.</p>`;
  const told = stepped(steps);
  const shown = all ? told : told.slice(0, FIRST_STEPS);
  return html`<ol class="steps">${shown.map((step, place) => html`<li key=${place}><span class="step-time">${step.time ? html`<${When} of=${step.time} />` : "–"}<span class="soft">${step.after === null ? "" : `+${duration(step.after)}`}</span></span>
      <div class="step-words"><${Words} text=${step.sentence} /><span class="step-where"><span class="kind">${step.kind}</span>${step.file && html`<bdi>${plain(placeOf(step))}</bdi>`}${step.stream && step.stream !== step.file && html`<bdi class="soft">${plain(step.stream)}</bdi>`}</span></div></li>`)}</ol>
    ${steps.length > FIRST_STEPS && !all && html`<button type="button" class="quiet" onClick=${() => show(true)}>${number(steps.length - FIRST_STEPS)} more</button>`}`;
}

/** The volume around it: as long before and behind as it lasted. */
function Around({ incident }) {
  const start = time(incident.start);
  const end = Math.max(start + 60_000, time(incident.end) || start);
  const room = Math.max(900_000, end - start);
  const [since, until] = [Math.floor((start - room) / 60_000) * 60_000, Math.ceil((end + room) / 60_000) * 60_000];
  const volume = useQuestion(`around ${since} ${until}`, (signal) => get("/api/v1/timeline", { since: stamp(since), until: stamp(until) }, { signal }), { on: CHANGES });
  if (Number.isNaN(start)) return null;
  return html`<section class="card" aria-label="Around it"><div class="section-head"><h2>Around it</h2><button type="button" class="quiet" onClick=${() => (adjust({ since: stamp(since), until: stamp(until), range: undefined }, true), go("overview"))}>Look at this time</button></div>
    <${Answer} of=${volume} lines=${3}>${({ rows }) => html`<${Volume} rows=${rows.map(byLevel)} kinds=${LEVELS} since=${since} until=${until} band=${[start, end]} height=${110} incidents=${[incident]} />`}</${Answer}></section>`;
}

const SHOWN = 6;

function Findings({ incident, given }) {
  const [most, more] = useState(SHOWN);
  const rows = useQuestion(`findings of ${incident.id} ${given ? "given" : ""}`, async (signal) => given ? { rows: given } : get("/api/v1/findings", { incident: incident.id, limit: 200 }, { signal }), { on: ["incident-changed"] });
  return html`<${Answer} of=${rows} lines=${5}>${(data) => {
    const sorted = [...data.rows].sort((a, b) => b.score - a.score);
    if (!sorted.length) return html`<${Empty} title="No finding is kept" />`;
    return html`${sorted.slice(0, most).map((row) => html`<${Evidence} key=${row.id} finding=${row} given=${Boolean(given)} after=${(report) => report.adopted && html`<${NewNormal} finding=${row} since=${report.adopted} offline=${Boolean(given)} />`} />`)}
      ${sorted.length > most && html`<button type="button" class="quiet" onClick=${() => more(most + 20)}>${number(sorted.length - most)} more</button>`}`;
  }}</${Answer}>`;
}

/** Incidents of the same kind at other times. */
function Before({ incident }) {
  const all = useQuestion(`same ${incident.fingerprint}`, (signal) => get("/api/v1/incidents", { fingerprint: incident.fingerprint, limit: 10 }, { signal }));
  return html`<section class="card" aria-label="Seen before"><h2>Seen before</h2><${Answer} of=${all} lines=${2}>${({ rows }) => {
    const same = rows.filter((row) => row.id !== incident.id);
    return same.length === 0 ? html`<p class="soft">Never: this is the first of its kind that is kept.</p>` : html`<ul class="plain">${same.slice(0, 8).map((row) => html`<li key=${row.id}><a href=${link(["incidents", row.id])}><${When} of=${row.start} /></a> <span class="soft">${many(row.records, "record")}</span></li>`)}</ul>`;
  }}</${Answer}></section>`;
}
