// Findings, raised or held: searched in their explanations, narrowed, counted.
import { html, useMemo, useState } from "../../core/view.js";
import { link } from "../../core/address.js";
import { get } from "../../core/api.js";
import { number, stamp, time } from "../../core/format.js";
import { useGrowing } from "../../core/growing.js";
import { GRAVITY } from "../../core/layers.js";
import { asked } from "../../core/range.js";
import { SEVERITIES, Severity, timeColumns } from "../../parts/badges.js";
import { Dialog } from "../../parts/dialog.js";
import { Evidence } from "../../parts/evidence.js";
import { Answer, Empty } from "../../parts/states.js";
import { Count, Table } from "../../parts/table.js";
import { Words, plain } from "../../parts/text.js";
import { Facets, Histogram, Reached } from "../explore.js";

const MOST = 5_000;
const STEPS = 120;

/** The part of the view. */
export function Findings({ query, range }) {
  const [open, show] = useState(null);
  const { since, until } = asked(range);
  const given = { since, until, q: query.q, kind: query.kind, stream: query.stream, severity: query.severity, state: query.state, template: query.template };
  const found = useGrowing(range.known && `findings ${JSON.stringify(given)}`, (cursor, signal) => get("/api/v1/findings", { ...given, limit: 1000, cursor }, { signal }), (data, part) => [...(data ?? []), ...part.rows], { enough: (data) => data.length >= MOST, on: ["finding"] });
  return html`<${Answer} of=${{ ...found, data: found.data ?? found.old }} lines=${12}>${(rows) => html`
    <div class="explore"><${Narrow} rows=${rows} query=${query} />
    <div class="explore-main"><section class="card" aria-label="Findings over time"><${Over} rows=${rows} range=${range} /></section>
      ${rows.length === 0 ? (found.looking ? null : html`<${Empty} title="Nothing was found that fits"><p>Fewer words, another time or another facet may find more.</p></${Empty}>`) : html`<${Count} shown=${rows.length} all=${rows.length} more=${found.more} /><${Rows} rows=${rows} open=${show} />`}
      <${Reached} of=${found} /></div></div>`}</${Answer}>
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
  return html`<${Table} label="Findings" columns=${columns} rows=${rows} open=${open} height="max(300px, calc(100vh - 400px))" />`;
}

function tally(rows, of) {
  const counts = new Map();
  for (const row of rows) {
    const value = of(row);
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}

function Narrow({ rows, query }) {
  const facets = useMemo(() => [
    ["severity", "Severity", SEVERITIES.map((name) => [name, rows.filter((row) => row.severity === name).length]).filter(([, count]) => count), "and graver"],
    ["kind", "Kind", tally(rows, (row) => row.kind)],
    ["state", "State", tally(rows, (row) => (row.held ? "held" : "raised"))],
    ["stream", "Stream", tally(rows, (row) => row.stream)],
  ], [rows]);
  return html`<${Facets} facets=${facets} query=${query} />`;
}

/** Findings in steps over the range, by how grave they are. */
function Over({ rows, range }) {
  const steps = useMemo(() => {
    const step = Math.max(60_000, (range.until - range.since) / STEPS);
    const bins = new Map();
    for (const row of rows) {
      const at = Math.floor(time(row.time) / step) * step;
      if (Number.isNaN(at)) continue;
      const bin = bins.get(at) ?? { start: stamp(at), counts: {} };
      const kind = row.severity === "critical" ? "grave" : row.severity;
      bin.counts[kind] = (bin.counts[kind] ?? 0) + 1;
      bins.set(at, bin);
    }
    return [...bins.values()].sort((a, b) => time(a.start) - time(b.start));
  }, [rows, range.since, range.until]);
  return html`<${Histogram} rows=${steps} range=${range} kinds=${GRAVITY} label=${`Findings over time: ${number(rows.length)}`} />`;
}
