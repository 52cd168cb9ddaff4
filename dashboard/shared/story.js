// The story of an incident: in which order its parts are told, and where each stands.

const GRAVITY = ["low", "medium", "high", "critical"];

/** How grave a severity is; 0 for a word that is none. */
export const gravity = (severity) => GRAVITY.indexOf(severity) + 1;

/** Where something stands: its file and line, else its stream. */
export function placeOf(row) {
  if (!row.file) return row.stream ?? "";
  return row.line ? `${row.file}:${row.line}` : row.file;
}

/** Steps of a story, each with the seconds since the first that has a time. */
export function stepped(story) {
  const first = Date.parse(story.find((step) => step.time)?.time ?? "");
  return story.map((step) => {
    const after = (Date.parse(step.time ?? "") - first) / 1000;
    return { ...step, after: after > 0 ? after : null };
  });
}

/** Observations, the most surprising first, each with its share of the greatest surprise. */
export function strongest(evidence) {
  const most = Math.max(1, ...evidence.map((row) => row.surprise ?? 0));
  return [...evidence].sort((a, b) => (b.surprise ?? 0) - (a.surprise ?? 0)).map((row) => ({ ...row, strength: (row.surprise ?? 0) / most }));
}

/** Counts of an interval as three layers: errors, warnings, and the rest. */
export const threefold = (records, warn, error) => ({ records: Math.max(0, records - warn - error), warn, error });
