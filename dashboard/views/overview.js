// What is wrong at present, the worst first; and around it when, where, and whether logsift itself is well.
import { html, useEffect, useMemo, useState } from "../core/view.js";
import { adjust, go, link } from "../core/address.js";
import { get } from "../core/api.js";
import { useCell } from "../core/cell.js";
import { ago, bytes, compact, duration, many, number, stamp, time } from "../core/format.js";
import { useKeys } from "../core/keys.js";
import { LEVELS, byLevel } from "../core/layers.js";
import { useQuestion } from "../core/question.js";
import { asked, span as logged, useRange } from "../core/range.js";
import { Level, SEVERITIES, Severity, State, When, ranked } from "../parts/badges.js";
import { FileButton } from "../parts/drop.js";
import { Meter } from "../parts/marks.js";
import { Answer, Empty } from "../parts/states.js";
import { Template, Title, Words, plain } from "../parts/text.js";
import { Volume } from "../parts/volume.js";

const CHANGES = ["incident-opened", "incident-changed", "incident-resolved"];
const FIRST = 12;

// Who has more incidents than this narrows the time.
const WORST = 200;

/** Incidents that touch the range, the worst of them, and how many there are in all. */
export async function incidentsIn(range, signal) {
  const [{ rows }, counts] = await Promise.all([get("/api/v1/incidents", { ...asked(range), order: "worst", limit: WORST }, { signal }), get("/api/v1/incident-counts", asked(range), { signal })]);
  return { rows, counts: counts.rows };
}

/** How many incidents of the given counts are of a state, and of a severity. */
function countOf(counts, state, severity) {
  return counts.filter((row) => row.state === state && (!severity || row.severity === severity)).reduce((sum, row) => sum + row.count, 0);
}

/** The view. */
export function Overview() {
  const range = useRange();
  const { since, until } = asked(range);
  const key = `${since} ${until}`;
  const incidents = useQuestion(range.known && `incidents ${key}`, (signal) => incidentsIn(range, signal), { on: CHANGES, every: 30_000 });
  const volume = useQuestion(range.known && `timeline ${key}`, (signal) => get("/api/v1/timeline", asked(range), { signal }), { on: CHANGES, every: 20_000 });
  const status = useQuestion("status", (signal) => get("/api/v1/status", {}, { signal }), { on: ["status"], every: 10_000 });
  const known = incidents.data ?? incidents.old;
  const rows = useMemo(() => ranked(known?.rows ?? []), [known]);
  const counted = known?.counts ?? [];
  return html`<h1 class="unseen">Overview</h1><${Headline} incidents=${incidents} counts=${counted} status=${status} />
    <div class="overview">
      <${Incidents} of=${incidents} rows=${rows} counts=${counted} range=${range} />
      <div class="side">
        <section class="card" aria-label="Volume"><h2>Volume</h2><${Answer} of=${kept(volume)} lines=${5}>${(data) =>
          data.rows.length === 0 && rows.length === 0
            ? html`<${Empty} title="No lines in this time"><p>Another range may have some.</p><button type="button" onClick=${() => adjust({ range: "all", since: undefined, until: undefined })}>Show everything</button></${Empty}>`
            : html`<${Volume} rows=${data.rows.map(byLevel)} kinds=${LEVELS} since=${range.since} until=${range.until} incidents=${rows} pick=${(from, to) => adjust({ since: stamp(from), until: stamp(to), range: undefined })} />`}</${Answer}></section>
        <${Sources} />
        <${Shapes} range=${range} /><${Rising} range=${range} />
        <${Health} of=${status} />
      </div>
    </div>`;
}

export default Overview;

/** While a changed question is open the old answer stays. */
const kept = (of) => ({ ...of, data: of.data ?? of.old });

function Headline({ incidents, counts: known, status }) {
  const [open, resolved] = [countOf(known, "open"), countOf(known, "resolved")];
  const counts = SEVERITIES.map((severity) => [severity, countOf(known, "open", severity)]).filter(([, count]) => count > 0);
  const worst = counts[0]?.[0];
  const budget = status.data?.budget;
  const rate = status.data?.lines;
  // Who sees nothing while much is still to be read must not think that all is well.
  const behind = (rate?.in_flight ?? 0) > 1_000;
  return html`<section class=${`headline ${worst ?? "calm"}`} aria-label="At a glance">
    <p class="headline-verdict" role="status">${incidents.data === undefined && !known.length ? "…" : open ? html`<strong>${many(open, "open incident")}</strong>` : html`<strong>${resolved ? "No open incident" : behind ? "Nothing unusual so far" : "Nothing unusual"}</strong>${resolved > 0 && html`<span class="soft">${number(resolved)} resolved in this time</span>`}`}
      <span class="headline-counts">${counts.map(([severity, count]) => html`<span class="headline-count">${number(count)} <${Severity} of=${severity} /></span>`)}</span>${behind && html`<span class="soft">${compact(rate.in_flight)} lines are still to be read</span>`}</p>
    <dl class="figures">
      <div><dt>lines</dt><dd>${compact(rate?.came_in)}</dd></div>
      <div><dt>templates</dt><dd>${compact(status.data?.templates)}</dd></div>
      <div class="figure-budget"><dt>budget ${budget?.asked ?? ""}</dt><dd>${budget ? html`${number(budget.spent)} of ${number(Math.max(budget.allowed, 0))}<${Meter} value=${budget.spent} most=${budget.allowed} label=${`${number(budget.spent)} of ${number(budget.allowed)} spent`} />` : "–"}</dd></div>
      <div><dt>held back</dt><dd>${number(budget?.held)}</dd></div>
    </dl></section>`;
}

function Incidents({ of, rows, counts, range }) {
  const all = countOf(counts, "open") + countOf(counts, "resolved");
  const [most, more] = useState(FIRST);
  const [at, mark] = useState(0);
  const shown = rows.slice(0, most);
  const row = shown[Math.min(at, shown.length - 1)];
  const step = (by) => {
    const next = Math.max(0, Math.min(shown.length - 1, at + by));
    mark(next);
    document.getElementById(`incident-${next}`)?.scrollIntoView({ block: "nearest" });
  };
  useKeys([
    ["j, ArrowDown", "next incident", () => step(1)],
    ["k, ArrowUp", "incident before", () => step(-1)],
    ["Enter, o", "open the incident", () => row && go(["incidents", row.id])],
  ]);
  useEffect(() => more(FIRST), [range.word]);
  return html`<section class="incidents" aria-label="Incidents"><div class="section-head"><h2>Incidents</h2><${FileButton} /></div>
    <${Answer} of=${kept(of)} lines=${8}>${() => (rows.length === 0
      ? html`<${Empty} title="No incident in this time"><p>Lines are read and judged as they come. ${html`<a href=${link("live")}>Watch them</a>, or analyse a file.`}</p></${Empty}>`
      : html`<ol class="incident-list">${shown.map((incident, place) => html`<${Row} key=${incident.id} incident=${incident} place=${place} marked=${place === at} mark=${mark} />`)}</ol>
        ${rows.length > most && html`<button type="button" class="wide" onClick=${() => more(most + 50)}>${number(rows.length - most)} more</button>`}
        ${most >= rows.length && all > rows.length && html`<p class="soft">These are the worst of ${number(all)}; a shorter time shows the others.</p>`}`)}</${Answer}></section>`;
}

function Row({ incident, place, marked, mark }) {
  const long = (time(incident.end) - time(incident.start)) / 1000;
  return html`<li id=${`incident-${place}`} class=${`incident ${incident.severity} ${incident.state}${marked ? " marked" : ""}`} onFocusIn=${() => mark(place)}>
    <a href=${link(["incidents", incident.id])} aria-current=${marked ? "true" : undefined}>
      <span class="incident-head"><${Severity} of=${incident.severity} />${incident.state !== "open" && html`<${State} of=${incident.state} />`}
        <span class="incident-when"><${When} of=${incident.start} seconds=${false} />${long > 0 ? ` · ${duration(long)}` : ""}</span></span>
      <span class="incident-title"><${Title} text=${incident.title} /></span>
      ${incident.cause && html`<span class="incident-cause"><${Words} text=${incident.cause} most=${240} /></span>`}
      <span class="incident-foot"><span>${many(incident.finding_count, "finding")}</span><span>${many(incident.records, "record")}</span><span class="streams">${incident.streams.slice(0, 3).map((stream) => html`<bdi>${plain(stream)}</bdi>`)}${incident.streams.length > 3 ? ` and ${number(incident.streams.length - 3)} more` : ""}</span></span>
    </a></li>`;
}

const named = (labels = []) => labels.map(({ name, value }) => `${name}=${value}`).join(" ");

function Sources() {
  const sources = useQuestion("sources", (signal) => get("/api/v1/sources", {}, { signal }), { on: ["source"], every: 10_000 });
  const order = (row) => (row.problem ? 0 : 1);
  return html`<section class="card" aria-label="Sources"><h2>Sources</h2><${Answer} of=${sources} lines=${3}>${({ rows }) => (rows.length === 0
    ? html`<${Empty} title="No source yet"><p>Name files to <code>logsift serve</code>, or send lines to <code>/ingest</code>, <code>/loki/api/v1/push</code> or <code>/v1/logs</code>.</p></${Empty}>`
    : html`<ul class="sources">${[...rows].sort((a, b) => order(a) - order(b) || b.lines_per_second - a.lines_per_second).slice(0, 8).map((row) => html`<li key=${`${row.name} ${named(row.labels)}`} class=${row.problem ? "bad" : ""}>
        <bdi class="source-name">${plain(row.name)}${row.labels?.length > 0 && html` <code class="soft">${plain(named(row.labels))}</code>`}</bdi><span class="soft">${row.kind}</span><span class="source-rate">${number(row.lines_per_second)}/s</span>
        <span class="source-age">${row.last_line_age_seconds === null ? "nothing yet" : row.last_line_age_seconds < 5 ? "now" : `${duration(row.last_line_age_seconds)} ago`}</span>
        ${row.problem && html`<span class="source-problem"><${Words} text=${row.problem} /></span>`}</li>`)}</ul>
      ${rows.length > 8 && html`<p class="more-link"><a href=${link("settings")}>All ${number(rows.length)} sources</a></p>`}`)}</${Answer}></section>`;
}

const MOST_NEW = 500;

/** Templates that are new in the range: first seen in it, and not when the log itself began. */
function Shapes({ range }) {
  const span = useCell(logged);
  const learned = (span?.first || 0) + 3_600_000;
  const { since, until } = asked({ ...range, since: Math.max(range.since, learned) });
  const fresh = useQuestion(range.known && since < until && `new templates ${since} ${until}`, (signal) => get("/api/v1/templates", { first_since: since, first_until: until, limit: MOST_NEW }, { signal }), { every: 60_000 });
  const none = html`<p class="soft">None in this time.</p>`;
  return html`<section class="card" aria-label="New templates"><h2>New templates</h2>${range.known && since >= until ? none : html`<${Answer} of=${kept(fresh)} lines=${4}>${({ rows, next }) => rows.length === 0 ? none
    : html`<ul class="shapes">${[...rows].sort((a, b) => weight(b) - weight(a)).slice(0, 6).map((row) => html`<${Shape} key=${row.id} row=${row} count=${`${number(row.count)}×`} />`)}</ul>
      <p class="more-link"><a href=${link("templates", { new: "1" })}>${next ? `more than ${many(rows.length, "new template")}` : many(rows.length, "new template")}</a></p>`}</${Answer}>`}</section>`;
}

const Shape = ({ row, count }) => html`<li><a href=${link(["templates", row.id])}><${Level} of=${row.level} /><${Template} text=${row.template} most=${140} /></a><span class="soft">${count}</span></li>`;

/** Templates that come more often of late than before, within the range. */
function Rising({ range }) {
  const { since, until } = asked(range);
  const found = useQuestion(range.known && `rising ${since} ${until}`, async (signal) => {
    const { rows } = await get("/api/v1/template-counts", { since, until, rising: 5 }, { signal });
    if (!rows.length) return rows;
    const named = new Map((await get("/api/v1/templates", { ids: rows.map((row) => row.id).join() }, { signal })).rows.map((row) => [row.id, row]));
    // One that goes by another id by now has no more to say.
    return rows.flatMap((row) => (named.has(row.id) ? [{ ...named.get(row.id), counts: row.counts }] : []));
  }, { every: 60_000 });
  return html`<section class="card" aria-label="Rising templates"><h2>Rising templates</h2><${Answer} of=${kept(found)} lines=${3}>${(rows) => rows.length === 0 ? html`<p class="soft">None in this time.</p>`
    : html`<ul class="shapes">${rows.map((row) => html`<${Shape} key=${row.id} row=${row} count=${`× ${number(risen(row.counts))}`} />`)}</ul>`}</${Answer}></section>`;
}

/** How many times as often the last of some counts is as the mean of those before. */
const risen = (counts) => Number(((counts.at(-1) * (counts.length - 1)) / Math.max(1, counts.slice(0, -1).reduce((sum, count) => sum + count, 0))).toPrecision(2));

const GRAVE = { fatal: 5, critical: 5, error: 4, warn: 3 };
const weight = (row) => (GRAVE[row.level] ?? 0) * 10 + Math.log10(1 + row.count);

/** Whether logsift itself is well. */
function Health({ of }) {
  return html`<section class="card" aria-label="Health of logsift"><h2>logsift itself</h2><${Answer} of=${of} lines=${3}>${(status) => {
    const dropped = (status.dropped ?? []).reduce((sum, row) => sum + row.lines, 0);
    const memory = (status.memory ?? []).reduce((sum, row) => sum + row.bytes, 0);
    const [ready, reason] = readiness(status);
    return html`<dl class="pairs">
      <div><dt>state</dt><dd><${State} of=${ready} /> ${reason && html`<${Words} text=${reason} />`}</dd></div>
      <div><dt>up for</dt><dd>${duration(status.uptime_seconds)}</dd></div>
      <div><dt>behind</dt><dd>${status.lag_seconds > 0 ? duration(status.lag_seconds) : "nothing"}</dd></div>
      <div><dt>given up</dt><dd class=${dropped ? "bad" : ""}>${many(dropped, "line")}</dd></div>
      <div><dt>memory</dt><dd>${bytes(memory)}</dd></div><div><dt>disk</dt><dd>${bytes(status.disk_bytes)}</dd></div>
      <div><dt>model</dt><dd>${status.model?.generation ? `generation ${number(status.model.generation)}, ${duration(status.model.age_seconds)} old` : "still learning"}</dd></div></dl>`;
  }}</${Answer}></section>`;
}

/** A state is a word, or a word with its reason. */
function readiness(status) {
  if (typeof status.ready === "string") return [status.ready, status.reason];
  return Object.entries(status.ready ?? { unknown: "" })[0];
}
