// Lines that are kept around findings: what was found about them, what looks like a cause, and what stands around.
import { html, useMemo, useState } from "../../core/view.js";
import { link } from "../../core/address.js";
import { get } from "../../core/api.js";
import { many, number } from "../../core/format.js";
import { useGrowing } from "../../core/growing.js";
import { LEVELS } from "../../core/layers.js";
import { asked } from "../../core/range.js";
import { useQuestion } from "../../core/question.js";
import { Level, When, timeColumns } from "../../parts/badges.js";
import { Dialog } from "../../parts/dialog.js";
import { Answer, Empty } from "../../parts/states.js";
import { Count, Table } from "../../parts/table.js";
import { Line, Template, Words, plain } from "../../parts/text.js";
import { Facets, Histogram, Reached } from "../explore.js";

const MOST = 5_000;
const STEPS = 120;
const KEPT = { finding: "of a finding", cause: "likely cause", around: "around a cause" };

/** The part of the view. */
export function Lines({ query, range }) {
  const [open, show] = useState(null);
  const { since, until } = asked(range);
  const given = { since, until, q: query.q, level: query.level, kept: query.kept, stream: query.stream, template: query.template };
  const key = range.known && `lines ${JSON.stringify(given)}`;
  const step = Math.max(60, Math.ceil((range.until - range.since) / 60_000 / STEPS) * 60);
  const found = useGrowing(key, (cursor, signal) => get("/api/v1/lines", { ...given, limit: 1000, cursor }, { signal }), (data = [], part) => [...data, ...part.rows.map((row, place) => ({ ...row, place: data.length + place }))], { enough: (data) => data.length >= MOST, on: ["finding"] });
  const counts = useGrowing(key, (cursor, signal) => get("/api/v1/line-counts", { ...given, step, cursor }, { signal }), added, { on: ["finding"] });
  return html`<${Answer} of=${{ ...found, data: found.data ?? found.old }} lines=${12}>${(rows) => html`
    <div class="explore"><${Narrow} counts=${counts.data ?? counts.old} query=${query} />
    <div class="explore-main"><section class="card" aria-label="Lines over time"><${Over} counts=${counts} range=${range} /></section>
      ${rows.length === 0 ? (found.looking ? null : html`<${Empty} title="No kept line fits"><p>Lines are kept where something was found, where a cause is likely, and around that. Fewer words, another time or another facet may find more.</p></${Empty}>`)
        : html`<${Count} shown=${rows.length} all=${Math.max(rows.length, counts.data?.lines ?? 0)} more=${counts.more || found.looking} /><${Rows} rows=${rows} open=${show} />`}
      <${Reached} of=${found} /></div></div>`}</${Answer}>
    ${open && html`<${One} line=${open} close=${() => show(null)} />`}`;
}

/** Two parts of the counts as one. */
export function added(sum, part) {
  const pairs = (name) => {
    const all = new Map(sum?.[name]);
    for (const { value, count } of part[name]) all.set(value, (all.get(value) ?? 0) + count);
    return all;
  };
  const steps = new Map(sum?.steps);
  for (const { start, levels } of part.steps) {
    const known = { ...steps.get(start) };
    for (const [level, count] of Object.entries(levels)) known[level] = (known[level] ?? 0) + count;
    steps.set(start, known);
  }
  return { lines: (sum?.lines ?? 0) + part.lines, steps, kept: pairs("kept"), levels: pairs("levels"), streams: pairs("streams"), templates: pairs("templates") };
}

const ordered = (pairs) => [...(pairs ?? [])].sort((a, b) => b[1] - a[1]);

function Narrow({ counts, query }) {
  const levels = [...LEVELS].reverse().flatMap(({ key, word }) => (counts?.levels.has(key) ? [[key, counts.levels.get(key), word]] : []));
  const templates = ordered(counts?.templates).slice(0, 13);
  const names = useNames(templates.slice(0, 12).map(([id]) => id));
  return html`<${Facets} query=${query} facets=${[
    ["level", "Level", levels], ["kept", "Kept as", ordered(counts?.kept).map(([kept, count]) => [kept, count, KEPT[kept]])],
    ["stream", "Stream", ordered(counts?.streams)], ["template", "Template", templates.map(([id, count]) => [id, count, names.has(id) ? html`<${Template} text=${names.get(id)} most=${90} />` : undefined])],
  ]} />`;
}

/** The texts of a few templates; until they are known their ids stand for them. */
function useNames(ids) {
  const key = ids.join();
  const found = useQuestion(key ? `names ${key}` : false, (signal) => get("/api/v1/templates", { ids: key }, { signal }));
  return useMemo(() => new Map((found.data ?? found.old)?.rows.map((row) => [row.id, row.template])), [found.data, found.old]);
}

function Over({ counts, range }) {
  const data = counts.data ?? counts.old;
  const rows = useMemo(() => [...(data?.steps ?? [])].map(([start, levels]) => ({ start, counts: levels })).sort((a, b) => (a.start < b.start ? -1 : 1)), [data]);
  return html`<${Histogram} rows=${rows} range=${range} kinds=${LEVELS} label=${`Kept lines over time: ${number(data?.lines ?? 0)}`} />`;
}

function Rows({ rows, open }) {
  const columns = [
    ...timeColumns(),
    { key: "level", title: "Level", wide: "76px", from: 520, cell: (row) => html`<${Level} of=${row.level} />` },
    { key: "text", title: "Line", cell: (row) => html`<span class="one-line"><${Words} text=${row.text} most=${400} /></span>` },
    { key: "kept", title: "Kept as", wide: "118px", from: 760, cell: (row) => html`<span class="soft">${KEPT[row.kept]}</span>` },
    { key: "stream", title: "Stream", wide: "minmax(0, 0.3fr)", from: 900, cell: (row) => html`<bdi>${plain(row.stream ?? row.file ?? "")}</bdi>` },
  ];
  // The same line may be kept for several reasons, so that only its place among all is its own.
  return html`<${Table} label=${`Lines: ${many(rows.length, "row")}`} columns=${columns} rows=${rows} idOf=${(row) => row.place} open=${open} height="max(300px, calc(100vh - 400px))" />`;
}

function One({ line, close }) {
  return html`<${Dialog} title="Line" wide=${true} close=${close}><p class="story-signs"><${Level} of=${line.level} /><${When} of=${line.time} /><span>${KEPT[line.kept]}</span></p>
    <div class="lines" tabindex="0" role="group" aria-label="The line"><div class="around"><span class="line-number">${line.line ?? ""}</span><${Line} text=${line.text} /></div></div>
    <p class="soft"><bdi>${plain(line.file ?? line.stream ?? "")}${line.line ? `:${line.line}` : ""}</bdi></p>
    <p class="actions">${line.incident_id && html`<a class="button" href=${link(["incidents", line.incident_id])}>Open its incident</a>`}${line.template_id && html`<a class="button" href=${link(["templates", line.template_id])}>Its template</a>`}</p></${Dialog}>`;
}
