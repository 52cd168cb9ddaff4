// The shapes of messages: search, filter, sort; one of them in full, with its history, its slots and what was found of it.
import { html, useEffect, useMemo, useState } from "../core/view.js";
import { adjust, go, link } from "../core/address.js";
import { all, get, offers } from "../core/api.js";
import { many, moment, number, stamp, time, typed } from "../core/format.js";
import { useKeys } from "../core/keys.js";
import { useQuestion } from "../core/question.js";
import { RECORDS } from "../core/layers.js";
import { asked, useRange } from "../core/range.js";
import { Level, When } from "../parts/badges.js";
import { Evidence } from "../parts/evidence.js";
import { Shares, Spark } from "../parts/marks.js";
import { Answer, Empty } from "../parts/states.js";
import { Count, Table } from "../parts/table.js";
import { Template as Text, plain } from "../parts/text.js";
import { Volume } from "../parts/volume.js";

const MOST = 100_000;
const LEVELS = ["fatal", "error", "warn", "notice", "info", "debug", "trace", "none"];
const graveness = (level) => LEVELS.length - LEVELS.indexOf(LEVELS.includes(level) ? level : "none");
const ORDER = { count: (row) => row.count, first: (row) => time(row.first) || 0, last: (row) => time(row.last) || 0, level: (row) => graveness(row.level) };

/** The view: one template where the address names one, else all of them. */
export default function Templates({ rest, query }) {
  return rest[0] ? html`<${One} key=${rest[0]} id=${rest[0]} />` : html`<${All} query=${query} />`;
}

/** How often each template came in the range, in steps; nothing where the server cannot say. */
async function countsIn(range, steps, signal, tell) {
  if (!(await offers("get", "/api/v1/template-counts"))) return null;
  const { rows } = await all("/api/v1/template-counts", { ...asked(range), steps }, { most: MOST, signal, tell });
  return new Map(rows.map((row) => [row.id, row.counts]));
}

// Pages are asked for one after another; what is there is shown meanwhile.
function useAll(query, fresh, { since, until }) {
  const between = fresh ? { first_since: since, first_until: until } : {};
  const key = JSON.stringify([query, between]);
  const [state, show] = useState({ rows: [], more: true, problem: null });
  const [turn, again] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    let told = 0;
    const tell = (rows, more) => {
      if (rows.length <= 1000 || performance.now() - told > 500 || !more) show({ rows: [...rows], more, problem: null });
      told = performance.now();
    };
    all("/api/v1/templates", { q: query, ...between }, { most: MOST, signal: stop.signal, tell }).catch((problem) => stop.signal.aborted || show((before) => ({ ...before, more: false, problem })));
    return () => stop.abort();
  }, [key, turn]);
  return { ...state, again: () => again(turn + 1) };
}

function All({ query }) {
  const range = useRange();
  const { since, until } = asked(range);
  const fresh = query.new === "1";
  const { rows, more, problem, again } = useAll(query.q ?? "", fresh, { since, until });
  const counts = useQuestion(range.known && `counts ${since} ${until}`, (signal) => countsIn(range, 24, signal));
  const sorted = { key: ORDER[query.sort] ? query.sort : "count", down: query.down !== "0" };
  const shown = useMemo(() => {
    const kept = rows.filter((row) => (!query.level || (row.level ?? "none") === query.level));
    const by = ORDER[sorted.key];
    return kept.sort((a, b) => (by(a) - by(b)) * (sorted.down ? -1 : 1) || (a.id < b.id ? -1 : 1));
  }, [rows, query.level, sorted.key, sorted.down]);
  const sort = (key) => adjust({ sort: key, down: sorted.key === key && sorted.down ? "0" : undefined }, true);
  useKeys([["n", "only new ones", () => adjust({ new: fresh ? undefined : "1" }, true)]]);
  // Of a deploy, say: from that moment to the end of what is looked at, or to now where it is later than that.
  const newSince = (event) => {
    const from = typed(event.target.value);
    if (!Number.isNaN(from)) adjust({ new: "1", since: stamp(from), until: stamp(Math.max(range.until, from + 60_000)), range: undefined });
  };
  const series = counts.data;
  const columns = [
    { key: "level", title: "Level", wide: "64px", sort: true, cell: (row) => html`<${Level} of=${row.level} />` },
    { key: "template", title: "Template", cell: (row) => html`<${Text} text=${row.template} most=${300} />` },
    ...(series ? [{ key: "spark", title: "In this time", wide: "104px", from: 760, cell: (row) => html`<${Spark} counts=${series.get(row.id) ?? []} />` }] : []),
    { key: "count", title: "Records", wide: "92px", right: true, sort: true, cell: (row) => number(row.count) },
    { key: "first", title: "First", wide: "148px", right: true, sort: true, from: 1000, cell: (row) => html`<${When} of=${row.first} seconds=${false} />` },
    { key: "last", title: "Last", wide: "148px", right: true, sort: true, from: 620, cell: (row) => html`<${When} of=${row.last} seconds=${false} />` },
  ];
  return html`<div class="view-head"><h1>Templates</h1>
      <label class="check"><input type="checkbox" checked=${fresh} onChange=${(event) => adjust({ new: event.target.checked ? "1" : undefined }, true)} /> new in this time</label>
      <label>new since <input type="datetime-local" title="A deploy, say" value=${fresh && query.since ? moment(query.since, { seconds: false }).replace(" ", "T") : ""} onChange=${newSince} /></label>
      <label><span class="unseen">Level</span><select value=${query.level ?? ""} onChange=${(event) => adjust({ level: event.target.value || undefined }, true)}><option value="">every level</option>${LEVELS.map((level) => html`<option value=${level} selected=${query.level === level}>${level}</option>`)}</select></label>
      <a class="button" href=${link("compare")}>Compare two times</a></div>
    ${query.q && html`<p class="filter-note">With <q><bdi>${plain(query.q)}</bdi></q> <button type="button" class="quiet" onClick=${() => adjust({ q: undefined })}>Clear</button></p>`}
    <${Answer} of=${{ data: rows.length || !more ? rows : undefined, problem: rows.length ? null : problem, again }} lines=${12}>${() => rows.length === 0
      ? html`<${Empty} title=${query.q ? "No template has these words" : "No template yet"}><p>${query.q ? "Search looks for the words as they stand in the template." : "Templates come with the first lines."}</p></${Empty}>`
      : html`<${Count} shown=${shown.length} all=${rows.length} more=${more} />
        <${Table} label="Templates" columns=${columns} rows=${shown} sorted=${sorted} sort=${sort} height="calc(100vh - 158px)" open=${(row) => go(["templates", row.id])} />`}</${Answer}>`;
}

function One({ id }) {
  const range = useRange();
  const { since, until } = asked(range);
  const base = `/api/v1/templates/${encodeURIComponent(id)}`;
  const one = useQuestion(`template ${id}`, (signal) => get(base, {}, { signal }), { every: 30_000 });
  const slots = useQuestion(`slots ${id}`, (signal) => get(`${base}/slots`, {}, { signal }));
  const history = useQuestion(range.known && `history ${id} ${since} ${until}`, (signal) => get(`${base}/history`, { since, until }, { signal }));
  const lineage = useQuestion(`lineage ${id}`, (signal) => get(`${base}/lineage`, {}, { signal }));
  const found = useQuestion(`findings of template ${id}`, (signal) => get("/api/v1/findings", { template: id, limit: 20 }, { signal }), { on: ["finding"] });
  useKeys([["u", "back to all templates", () => go("templates")]]);
  return html`<p class="crumbs"><a href=${link("templates")}>Templates</a></p>${one.data === undefined && html`<h1 class="unseen">Template</h1>`}<${Answer} of=${one}>${(row) => html`
    <header class="story-head"><h1 class="template-title"><${Text} text=${row.template} most=${1500} /></h1>
      <p class="story-signs"><${Level} of=${row.level} /><span>${many(row.count, "record")}</span><span>first <${When} of=${row.first} /></span><span>last <${When} of=${row.last} /></span><code class="soft">${row.id}</code></p></header>
    <div class="story-body"><div class="story-main">
      <section class="card" aria-label="History"><h2>History, by hour</h2><${Answer} of=${history} lines=${4}>${({ rows }) => html`<${Hours} rows=${rows} range=${range} />`}</${Answer}></section>
      <section class="card" aria-label="Slots"><h2>Slots</h2><${Answer} of=${slots} lines=${4}>${(answer) => html`<${Slots} slots=${answer.slots} />`}</${Answer}></section></div>
    <div class="story-side"><${Answer} of=${lineage} lines=${2}>${({ variants }) => variants.length > 0 && html`<section class="card" aria-label="Lineage"><h2>Variants <span class="soft">of one template, apart by a word</span></h2><ul class="shapes">${variants.slice(0, 12).map((one) => html`<li key=${one.id}><a href=${link(["templates", one.id])}><${Level} of=${one.level} /><${Text} text=${one.template} most=${140} /></a><span class="soft">${number(one.count)}×</span></li>`)}</ul></section>`}</${Answer}><section class="card" aria-label="Findings"><h2>Findings</h2><${Answer} of=${found} lines=${3}>${({ rows }) => rows.length === 0 ? html`<p class="soft">None: it always came as expected.</p>`
      : rows.slice(0, 8).map((finding) => html`<div key=${finding.id}><${Evidence} finding=${finding} />${finding.incident_id && html`<p><a href=${link(["incidents", finding.incident_id])}>Its incident</a></p>`}</div>`)}</${Answer}></section></div></div>`}</${Answer}>`;
}

function Hours({ rows, range }) {
  const sums = new Map();
  for (const row of rows) sums.set(row.hour, (sums.get(row.hour) ?? 0) + row.count);
  const steps = [...sums].sort().map(([start, records]) => ({ start, counts: { records } }));
  const streams = new Map();
  for (const row of rows) streams.set(row.stream, (streams.get(row.stream) ?? 0) + row.count);
  if (!steps.length) return html`<${Empty} title="Not once in this time"><button type="button" onClick=${() => adjust({ range: "all", since: undefined, until: undefined })}>Show everything</button></${Empty}>`;
  return html`<${Volume} rows=${steps} since=${range.since} until=${range.until} height=${130} kinds=${RECORDS} label="Records of this template by hour" />
    ${streams.size > 1 && html`<h3 class="sub">Streams</h3><${Shares} rows=${[...streams].sort((a, b) => b[1] - a[1]).slice(0, 10).map(([name, count]) => ({ name: html`<bdi>${plain(name)}</bdi>`, count }))} />`}`;
}

function Slots({ slots }) {
  if (!slots?.length) return html`<p class="soft">Nothing varies in it.</p>`;
  return html`<ol class="slots">${slots.map((slot, place) => html`<li key=${place}><p class="slot-head"><i class="slot">${slot.type}</i><span class="soft">${number(place + 1)}. place · ${many(slot.distinct ?? 0, "value")}${slot.closed ? ", all known" : ""} in ${number(slot.sampled)}</span></p>
    ${slot.median !== null && slot.median !== undefined && html`<p class="slot-range"><span>least <b>${number(slot.min)}</b></span><span>middle <b>${number(slot.median)}</b></span><span>most <b>${number(slot.max)}</b></span>${slot.trend && html`<span>${plain(String(slot.trend))}</span>`}</p>`}
    ${slot.top?.length > 0 && html`<${Shares} rows=${slot.top.slice(0, 8).map((value) => ({ name: html`<bdi>${plain(value.value)}</bdi>`, count: value.count }))} />`}</li>`)}</ol>`;
}
