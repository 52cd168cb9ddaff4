// Scores in, curves out: how found and false alarms, precision and recall go as the threshold moves.

const DRAWN = 400;

/** The rows of `id,label,score,flagged`, of which an id may stand in quotes and have commas. */
export function scoresOf(text) {
  const [head, ...lines] = text.split(/\r?\n/);
  if (!/^id,label,score/.test(head)) throw new Error("its first line is not `id,label,score,flagged`");
  const rows = [];
  for (const line of lines) {
    const fields = line.match(/,([^,]*),([^,]*),[^,]*$/);
    const score = Number(fields?.[2]);
    if (fields && fields[2] !== "" && !Number.isNaN(score)) rows.push({ abnormal: fields[1] === "1", score });
  }
  if (!rows.some((row) => row.abnormal) || !rows.some((row) => !row.abnormal)) throw new Error("it has not both normal and abnormal rows");
  return rows;
}

/** `{ roc, pr, auc }` with points from 0 to 1; equal scores are one step, for no threshold parts them. */
export function curvesOf(rows) {
  const sorted = [...rows].sort((a, b) => b.score - a.score);
  const positives = sorted.filter((row) => row.abnormal).length;
  const negatives = sorted.length - positives;
  let [found, alarms, auc] = [0, 0, 0];
  const roc = [[0, 0]];
  const pr = [];
  for (let at = 0; at < sorted.length; ) {
    const { score } = sorted[at];
    for (; at < sorted.length && sorted[at].score === score; at += 1) sorted[at].abnormal ? (found += 1) : (alarms += 1);
    const point = [alarms / negatives, found / positives];
    const [across, up] = roc.at(-1);
    auc += (point[0] - across) * (point[1] + up) * 0.5;
    roc.push(point);
    pr.push([found / positives, found / (found + alarms)]);
  }
  return { roc: thinned(roc), pr: thinned([[0, pr[0][1]], ...pr]), auc };
}

/** As many points as can be told apart. */
function thinned(points) {
  const every = Math.max(1, Math.floor(points.length / DRAWN));
  return points.filter((_, place) => place % every === 0 || place === points.length - 1);
}
