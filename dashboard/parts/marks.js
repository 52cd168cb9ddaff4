// Small drawings of a few figures, as SVG: no library, and nothing that a screen reader cannot be told in words.
import { html } from "../core/view.js";
import { number } from "../core/format.js";

/** How something went over time, as a line as high as a line of text. */
export function Spark({ counts, label, width = 96, height = 20 }) {
  if (!counts?.length) return html`<span class="soft">–</span>`;
  const most = Math.max(1, ...counts);
  const step = width / Math.max(1, counts.length - 1);
  const y = (count) => height - 1.5 - (count / most) * (height - 4);
  const points = counts.length === 1 ? `0,${y(counts[0])} ${width},${y(counts[0])}` : counts.map((count, place) => `${(place * step).toFixed(1)},${y(count).toFixed(1)}`).join(" ");
  return html`<svg class="spark" viewBox=${`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label=${label ?? `from ${number(counts[0])} to ${number(counts.at(-1))}, at most ${number(most)}`}>
    <polygon class="spark-fill" points=${`0,${height} ${points} ${width},${height}`} /><polyline points=${points} />
  </svg>`;
}

/** What was expected against what was seen: two bars on one scale. */
export function Expected({ expected, seen, unit = "" }) {
  if (expected === null || expected === undefined || seen === null || seen === undefined) return null;
  const most = Math.max(Math.abs(expected), Math.abs(seen)) || 1;
  // What is a thousand times less must still be seen to be there.
  const width = (value) => (value === 0 ? 0 : Math.max(1.2, (100 * Math.abs(value)) / most));
  const bar = (name, value) => html`<div class=${`bar ${name}`}><span class="bar-name">${name}</span>
    <svg class="bar-track" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="bar-back" width="100" height="8" rx="0" /><rect class="bar-fill" width=${width(value)} height="8" /></svg>
    <span class="bar-value">${number(value)} ${unit}</span></div>`;
  return html`<div class="expected">${bar("expected", expected)}${bar("seen", seen)}</div>`;
}

/** How much of something is used. */
export function Meter({ value, most, label }) {
  const part = most > 0 ? Math.min(1, value / most) : value > 0 ? 1 : 0;
  const kind = most > 0 && value > most ? "over" : part > 0.8 ? "near" : "";
  return html`<svg class=${`meter ${kind}`} viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label=${label}><rect class="bar-back" width="100" height="6" /><rect class="bar-fill" width=${100 * part} height="6" /></svg>`;
}

/** How often each value came. */
export function Shares({ rows }) {
  const most = Math.max(1, ...rows.map((row) => row.count));
  return html`<ul class="shares">${rows.map((row) => html`<li><span class="shares-name">${row.name}</span>
    <svg class="bar-track" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="bar-fill" width=${(100 * row.count) / most} height="8" /></svg>
    <span class="bar-value">${number(row.count)}</span></li>`)}</ul>`;
}

const AREA = 200;
const HUES = 6;

/** Curves from 0 to 1 on both axes, such as ROC: `[{ name, points: [[x, y], …] }]`. */
export function Curves({ title, x, y, curves, diagonal = false }) {
  const at = ([across, up]) => `${(across * AREA).toFixed(1)},${((1 - up) * AREA).toFixed(1)}`;
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return html`<figure class="curves"><figcaption>${title}</figcaption>
    <svg viewBox=${`-34 -8 ${AREA + 46} ${AREA + 42}`} role="img" aria-label=${`${title}: ${curves.map((curve) => curve.name).join(", ")}`}>
      ${ticks.map((tick) => html`<g class="grid"><line x1="0" x2=${AREA} y1=${tick * AREA} y2=${tick * AREA} /><line y1="0" y2=${AREA} x1=${tick * AREA} x2=${tick * AREA} />
        <text x="-6" y=${(1 - tick) * AREA + 4} text-anchor="end">${tick}</text><text x=${tick * AREA} y=${AREA + 14} text-anchor="middle">${tick}</text></g>`)}
      ${diagonal && html`<line class="diagonal" x1="0" y1=${AREA} x2=${AREA} y2="0" />`}
      ${curves.map((curve, place) => html`<polyline class=${`curve hue-${place % HUES}`} points=${curve.points.map(at).join(" ")} />`)}
      <text x=${AREA / 2} y=${AREA + 30} text-anchor="middle">${x}</text><text transform=${`rotate(-90)`} x=${-AREA / 2} y="-26" text-anchor="middle">${y}</text>
    </svg></figure>`;
}
