// Two times side by side: which templates are new in the later one, which are gone, which came more or less often.
import { html, useMemo } from "../core/view.js";
import { adjust, go, link } from "../core/address.js";
import { get } from "../core/api.js";
import { many, moment, number, stamp, time, typed } from "../core/format.js";
import { useGrowing } from "../core/growing.js";
import { asked, useRange } from "../core/range.js";
import { Level } from "../parts/badges.js";
import { Answer, Empty } from "../parts/states.js";
import { Count, Table } from "../parts/table.js";
import { Template } from "../parts/text.js";

const KINDS = ["new", "gone", "more", "less", "same"];
// Twice as often, or half, is worth a look; what came a few times by chance is not.
const FACTOR = 2;
const FEWEST = 8;

/** What became of a template between two times of `lengths`, as a word and how strongly. */
export function change(before, after, lengths) {
  if (!before && !after) return null;
  if (!before) return { kind: "new", weight: 1e6 + after };
  if (!after) return { kind: "gone", weight: 1e5 + before };
  const ratio = after / lengths[1] / (before / lengths[0]);
  const few = before + after < FEWEST;
  const kind = few || (ratio < FACTOR && ratio > 1 / FACTOR) ? "same" : ratio > 1 ? "more" : "less";
  return { kind, weight: kind === "same" ? 0 : Math.abs(Math.log(ratio)) * Math.log(before + after), ratio };
}

/** The view. The time that is looked at is the later one; the earlier one is as long and ends where it begins. */
export default function Compare({ query }) {
  const later = useRange();
  const own = time(query.from) < time(query.to);
  const earlier = own ? { since: time(query.from), until: time(query.to), ends: "fixed" } : { since: later.since - (later.until - later.since), until: later.since, ends: later.ends };
  const [first, second] = [asked(earlier), asked(later)];
  const given = { from: first.since, to: first.until, ...second };
  const found = useGrowing(later.known && `compare ${JSON.stringify(given)}`, (cursor, signal) => get("/api/v1/template-changes", { ...given, limit: 1000, cursor }, { signal }), (data = [], part) => [...data, ...part.rows]);
  return html`<p class="crumbs"><a href=${link("templates")}>Templates</a></p><div class="view-head"><h1>Compare two times</h1></div>
    <${Times} earlier=${earlier} later=${later} />
    <${Answer} of=${{ ...found, data: found.data ?? found.old }} lines=${10}>${(rows) => html`<${Changes} came=${rows} looking=${found.looking} earlier=${earlier} later=${later} query=${query} />`}</${Answer}>`;
}

function Times({ earlier, later }) {
  const field = (value) => moment(value).replace(" ", "T");
  const set = (event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const at = (name) => stamp(typed(form.get(name)));
    adjust({ from: at("from"), to: at("to"), since: at("since"), until: at("until"), range: undefined });
  };
  return html`<form class="card times" onSubmit=${set}><fieldset><legend>Before</legend><label>from <input type="datetime-local" step="1" name="from" value=${field(earlier.since)} /></label><label>to <input type="datetime-local" step="1" name="to" value=${field(earlier.until)} /></label></fieldset>
    <fieldset><legend>After</legend><label>from <input type="datetime-local" step="1" name="since" value=${field(later.since)} /></label><label>to <input type="datetime-local" step="1" name="until" value=${field(later.until)} /></label></fieldset><button class="main">Compare</button></form>`;
}

function Changes({ came, looking, earlier, later, query }) {
  const lengths = [earlier.until - earlier.since, later.until - later.since];
  const rows = useMemo(() => came.flatMap((row) => {
    const found = change(row.before, row.after, lengths);
    return found ? [{ ...row, template: row.template ?? row.id, ...found }] : [];
  }).sort((a, b) => b.weight - a.weight || b.after - a.after), [came]);
  const counts = Object.fromEntries(KINDS.map((kind) => [kind, rows.filter((row) => row.kind === kind).length]));
  const wanted = KINDS.includes(query.kind) ? query.kind : null;
  const shown = wanted ? rows.filter((row) => row.kind === wanted) : rows.filter((row) => row.kind !== "same");
  const columns = [
    { key: "kind", title: "What", wide: "58px", cell: (row) => html`<span class=${`change ${row.kind}`}>${row.kind}</span>` },
    { key: "level", title: "Level", wide: "60px", from: 700, cell: (row) => html`<${Level} of=${row.level} />` },
    { key: "template", title: "Template", cell: (row) => html`<${Template} text=${row.template} most=${300} />` },
    { key: "before", title: "Before", wide: "84px", right: true, cell: (row) => number(row.before) },
    { key: "after", title: "After", wide: "84px", right: true, cell: (row) => number(row.after) },
    { key: "ratio", title: "Rate", wide: "72px", right: true, from: 560, cell: (row) => (row.ratio ? `× ${number(row.ratio)}` : "") },
  ];
  return html`<div class="tabs" role="group" aria-label="What became of them">
      <button type="button" aria-pressed=${!wanted} onClick=${() => adjust({ kind: undefined }, true)}>Changed ${number(rows.length - counts.same)}</button>
      ${KINDS.map((kind) => html`<button type="button" aria-pressed=${wanted === kind} onClick=${() => adjust({ kind }, true)}>${kind} ${number(counts[kind])}</button>`)}</div>
    ${rows.length === 0 ? (looking ? null : html`<${Empty} title="No line in either time" />`) : html`<${Count} shown=${shown.length} all=${rows.length} more=${looking} />
      <${Table} label=${`Changes: ${many(shown.length, "template")}`} columns=${columns} rows=${shown} height="calc(100vh - 320px)" open=${(row) => go(["templates", row.id])} />`}`;
}
