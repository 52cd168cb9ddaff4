// Everything that was found, raised or held: searched in words, narrowed by facets, counted over time.
import { html, useMemo, useState } from "../core/view.js";
import { adjust, link } from "../core/address.js";
import { all } from "../core/api.js";
import { number, stamp, time } from "../core/format.js";
import { useQuestion } from "../core/question.js";
import { asked, useRange } from "../core/range.js";
import { SEVERITIES, Severity, timeColumns } from "../parts/badges.js";
import { Dialog } from "../parts/dialog.js";
import { Evidence } from "../parts/evidence.js";
import { Answer, Empty } from "../parts/states.js";
import { Count, Table } from "../parts/table.js";
import { Words, plain } from "../parts/text.js";
import { Volume } from "../parts/volume.js";

const MOST = 5_000;
const STEPS = 120;

/** The view. */
export default function Explore({ query }) {
  const range = useRange();
  const [open, show] = useState(null);
  const { since, until } = asked(range);
  const given = { q: query.q, kind: query.kind, stream: query.stream, severity: query.severity, state: query.state };
  const found = useQuestion(range.known && `explore ${JSON.stringify([since, until, given])}`, (signal) => all("/api/v1/findings", { since, until, ...given }, { most: MOST, signal }), { on: ["finding"] });
  return html`<div class="view-head"><h1>Explore</h1></div><${Chosen} query=${query} />
    <${Answer} of=${{ ...found, data: found.data ?? found.old }} lines=${12}>${({ rows, more }) => html`
      <div class="explore"><${Facets} rows=${rows} query=${query} />
      <div class="explore-main"><section class="card" aria-label="Findings over time"><${Histogram} rows=${rows} range=${range} /></section>
        ${rows.length === 0 ? html`<${Empty} title="Nothing was found that fits"><p>Fewer words, another time or another facet may find more.</p></${Empty}>` : html`<${Count} shown=${rows.length} all=${rows.length} more=${more} /><${Rows} rows=${rows} open=${show} />`}</div></div>`}</${Answer}>
    ${open && html`<${Dialog} title="Finding" wide=${true} close=${() => show(null)}><${Evidence} finding=${open} message=${true} />${open.incident_id && html`<p><a class="button" href=${link(["incidents", open.incident_id])}>Open its incident</a></p>`}</${Dialog}>`}`;
}

function Rows({ rows, open }) {
  const columns = [
    ...timeColumns(),
    { key: "severity", title: "Severity", wide: "92px", from: 520, cell: (row) => html`<${Severity} of=${row.severity} />` },
    { key: "kind", title: "Kind", wide: "116px", from: 700, cell: (row) => html`<span class="kind">${row.kind}</span>` },
    { key: "explanation", title: "Why", cell: (row) => html`<${Words} text=${row.explanation} most=${260} />` },
    { key: "stream", title: "Stream", wide: "minmax(0, 0.35fr)", from: 860, cell: (row) => html`<bdi>${plain(row.stream ?? "")}</bdi>` },
    { key: "held", title: "", wide: "92px", from: 980, cell: (row) => (row.held ? html`<span class="held">${row.held}</span>` : null) },
  ];
  return html`<${Table} label="Findings" columns=${columns} rows=${rows} open=${open} height="max(300px, calc(100vh - 380px))" />`;
}

function Chosen({ query }) {
  const set = ["q", "severity", "kind", "stream", "state"].filter((name) => query[name]);
  if (!set.length) return null;
  return html`<p class="filter-note">${set.map((name) => html`<button key=${name} type="button" class="chosen" onClick=${() => adjust({ [name]: undefined })}>${name === "q" ? "words" : name}: <bdi>${plain(query[name])}</bdi> <span aria-hidden="true">✕</span><span class="unseen">remove</span></button>`)}</p>`;
}

function tally(rows, of) {
  const counts = new Map();
  for (const row of rows) {
    const value = of(row);
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}

const MOST_VALUES = 12;

function Facets({ rows, query }) {
  const facets = useMemo(() => [
    ["severity", "Severity", SEVERITIES.map((name) => [name, rows.filter((row) => row.severity === name).length]).filter(([, count]) => count), "and graver"],
    ["kind", "Kind", tally(rows, (row) => row.kind)],
    ["state", "State", tally(rows, (row) => (row.held ? "held" : "raised"))],
    ["stream", "Stream", tally(rows, (row) => row.stream)],
  ], [rows]);
  return html`<aside class="facets" aria-label="Facets">${facets.map(([name, title, values, note]) => html`<section key=${name}><h2>${title}${note && html` <span class="soft">${note}</span>`}</h2><ul>${values.slice(0, MOST_VALUES).map(([value, count]) => html`<li key=${value}>
    <button type="button" class="facet" aria-pressed=${query[name] === value} onClick=${() => adjust({ [name]: query[name] === value ? undefined : value })}><span class="facet-name"><bdi>${plain(value).slice(0, 120)}</bdi></span><span class="soft">${number(count)}</span></button></li>`)}</ul>
    ${values.length > MOST_VALUES && html`<p class="soft">and ${number(values.length - MOST_VALUES)} more</p>`}</section>`)}</aside>`;
}

/** Findings in steps over the range: low, high and critical ones stand where lines, warnings and errors stand in the volume. */
function Histogram({ rows, range }) {
  const steps = useMemo(() => {
    const step = Math.max(60_000, (range.until - range.since) / STEPS);
    const bins = new Map();
    for (const row of rows) {
      const at = Math.floor(time(row.time) / step) * step;
      if (Number.isNaN(at)) continue;
      const bin = bins.get(at) ?? { start: stamp(at), records: 0, warnings: 0, errors: 0 };
      bin.records += 1;
      if (row.severity === "critical") bin.errors += 1;
      else if (row.severity === "high") bin.warnings += 1;
      bins.set(at, bin);
    }
    return [...bins.values()].sort((a, b) => time(a.start) - time(b.start));
  }, [rows, range.since, range.until]);
  return html`<${Volume} rows=${steps} since=${range.since} until=${range.until} height=${110} words=${["findings", "high", "critical"]} label=${`Findings over time: ${number(rows.length)}`} pick=${(from, to) => adjust({ since: stamp(from), until: stamp(to), range: undefined })} />`;
}
