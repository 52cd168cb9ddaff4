// The time that is looked at: from the address, as two moments. A range such as `24h` ends now, or where the log ends if
// that is longer ago than the range is long: who looks at the log of last month sees its last day, and is told so.
import { cell, useCell } from "./cell.js";
import { address } from "./address.js";
import { get } from "./api.js";
import { stamp, time } from "./format.js";

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What can be picked. */
export const RANGES = [["15m", "15 minutes"], ["1h", "1 hour"], ["6h", "6 hours"], ["24h", "24 hours"], ["7d", "7 days"], ["30d", "30 days"], ["all", "everything"]];
const USUAL = "24h";

/** Where the log begins and ends, in milliseconds; nothing before it is known. */
export const span = cell(null);

/** Asks where the log begins and ends: by its volume, and by the latest incident, which may be known before it is counted. */
export async function measure(signal) {
  const [{ rows }, latest] = await Promise.all([get("/api/v1/timeline", {}, { signal }), get("/api/v1/incidents", { limit: 1 }, { signal })]);
  const starts = rows.map((row) => time(row.start));
  const step = rows.length > 1 ? (starts.at(-1) - starts[0]) / (rows.length - 1) : 0;
  // The last step goes on for as long as a step is, but not beyond now.
  const counted = rows.length ? [starts[0], Math.min(starts.at(-1) + Math.max(step, 60_000), Math.max(starts.at(-1) + 60_000, Date.now()))] : [];
  const found = latest.rows.flatMap((row) => [time(row.start), time(row.end ?? row.start)]);
  const all = [...counted, ...found].filter((at) => !Number.isNaN(at));
  const next = all.length ? { first: Math.min(...all), last: Math.max(...all) } : { first: NaN, last: NaN };
  const known = span.get();
  if (!known || !Object.is(known.first, next.first) || !Object.is(known.last, next.last)) span.set(next);
  return next;
}

function length(word) {
  const found = /^(\d+)([mhd])$/.exec(word);
  return found ? Number(found[1]) * UNITS[found[2]] : UNITS.d;
}

/**
 * `{ since, until, word, ends, known }`: milliseconds, the range by name, whether it ends where the log does, and whether all of
 * that is settled: before it is known where the log ends only a range of two moments is.
 */
export function ranged(query, known, now = Date.now()) {
  const since = time(query.since);
  const until = time(query.until);
  if (!Number.isNaN(since) && !Number.isNaN(until) && since < until) return { since, until, word: null, ends: "fixed", known: true };
  const word = RANGES.some(([name]) => name === query.range) ? query.range : USUAL;
  const empty = !known || Number.isNaN(known.last);
  if (word === "all") return { since: empty ? now - UNITS.d : known.first, until: empty ? now : known.last, word, ends: "log", known: Boolean(known) };
  const old = !empty && known.last < now - length(word);
  const end = old ? known.last : now;
  return { since: end - length(word), until: end, word, ends: old ? "log" : "now", known: Boolean(known) };
}

/** Goes on without knowing where the log ends, where the server cannot say. */
export const unmeasured = () => span.get() ?? span.set({ first: NaN, last: NaN });

/** The range of the present address. */
export function useRange() {
  const { query } = useCell(address);
  const known = useCell(span);
  return ranged(query, known);
}

/** The range as the API takes it. Ends in whole minutes, so that a question asked again is the same one. */
export function asked({ since, until, ends }) {
  const edge = (value, up) => (ends === "fixed" ? value : (up ? Math.ceil : Math.floor)(value / 60_000) * 60_000);
  return { since: stamp(edge(since, false)), until: stamp(edge(until, true)) };
}
