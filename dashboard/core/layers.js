// Counts over time in layers: rows with counts by kind in, columns for a chart out. The report of `scan` uses it as well.
import { time } from "./format.js";

const layer = (key, word = key) => ({ key, word });

/** The levels of records, the mildest first. */
export const LEVELS = [layer("none", "without a level"), ...["trace", "debug", "info", "notice", "warn", "error", "critical", "fatal"].map((key) => layer(key))];
/** The severities of findings. */
export const GRAVITY = ["low", "medium", "high", "grave"].map((key) => layer(key, key === "grave" ? "critical" : key));
/** Records, whatever they are. */
export const RECORDS = [layer("records")];

/** A row of the timeline as counts by level; what has no level is the rest. */
export function byLevel({ start, records, levels }) {
  const known = Object.values(levels).reduce((sum, count) => sum + count, 0);
  return { start, counts: { ...levels, none: Math.max(0, records - known) } };
}

/** What a report knows of its volume: errors and warnings, and the rest. */
export const THREE = [layer("records", "other lines"), layer("warn", "warnings"), layer("error", "errors and graver")];

const sumOf = (rows, key) => rows.reduce((sum, row) => sum + (row.counts[key] ?? 0), 0);

/** The layers that there is anything of; one at least. */
export function layered(rows, kinds) {
  const found = kinds.filter(({ key }) => sumOf(rows, key) > 0);
  return found.length ? found : kinds.slice(0, 1);
}

/** How much of each layer there is, and its word. */
export const sums = (rows, layers) => layers.map(({ key, word }) => [sumOf(rows, key), word]);

const MOST = 6_000;

/** Seconds, and for each layer the height up to which it reaches. Steps that are left out of the rows are zero. */
export function stacked(rows, since, until, layers) {
  const times = rows.map((row) => time(row.start) / 1000);
  const gaps = times.slice(1).map((at, place) => at - times[place]);
  const step = gaps.length ? Math.min(...gaps) : Math.max(60, (until - since) / 200_000);
  const known = new Map(rows.map((row, place) => [Math.round(times[place] / step), row]));
  const first = Math.round(Math.min(times[0] ?? since / 1000, since / 1000) / step);
  const last = Math.max(Math.round((times.at(-1) ?? since / 1000) / step), Math.floor(until / 1000 / step));
  const columns = [[], ...layers.map(() => [])];
  for (let at = first; at <= last && at - first < MOST; at += 1) {
    const counts = known.get(at)?.counts ?? {};
    columns[0].push(at * step);
    // The last layer stands at the bottom, where it is seen however small it is; each before it stands upon it.
    let height = 0;
    for (let place = layers.length - 1; place >= 0; place -= 1) columns[place + 1].push((height += counts[layers[place].key] ?? 0));
  }
  return columns;
}
