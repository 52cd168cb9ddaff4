// Small signs: how grave, what state, which level. Never by colour alone: each says its word, and has a shape.
import { html } from "../core/view.js";
import { ago, moment, zoneName } from "../core/format.js";
import { useCell } from "../core/cell.js";
import { zone } from "../core/choices.js";
import { gravity } from "../shared/story.js";

/** The severities, the gravest first. */
export const SEVERITIES = ["critical", "high", "medium", "low"];
const MARKS = { critical: "◆", high: "▲", medium: "●", low: "○" };

/** How grave something is. */
export function Severity({ of, short = false }) {
  const known = SEVERITIES.includes(of) ? of : "low";
  return html`<span class=${`severity ${known}`}><span aria-hidden="true">${MARKS[known]}</span>${short ? html`<span class="unseen">${known}</span>` : known}</span>`;
}

/** The state of an incident, a job or a channel. */
export const State = ({ of }) => html`<span class=${`state ${String(of).replace(/\W/g, "-")}`}>${of}</span>`;

/** The level of a record. */
export const Level = ({ of }) => (of && of !== "none" ? html`<span class=${`level ${of}`}>${of}</span>` : null);

/** A moment; how long ago it was, or the moment itself, and the other when pointed at. */
export function When({ of, relative = false, seconds = true }) {
  useCell(zone);
  if (!of) return html`<span class="soft">–</span>`;
  const exact = `${moment(of)} ${zoneName()}`;
  return html`<time datetime=${of} title=${relative ? exact : ago(of)}>${relative ? ago(of) : moment(of, { seconds })}</time>`;
}

/** The worst first: open before resolved, grave before mild, sure before unsure. */
export function ranked(incidents) {
  const open = (row) => (row.state === "open" ? 0 : 1);
  return [...incidents].sort((a, b) => open(a) - open(b) || gravity(b.severity) - gravity(a.severity) || b.score - a.score);
}

/** The column with the time of a row: in full where there is room, else without year and seconds. */
export const timeColumns = () => [
  { key: "time", title: "Time", wide: "150px", from: 520, cell: (row) => html`<${When} of=${row.time} />` },
  { key: "at", title: "Time", wide: "82px", below: 520, cell: (row) => html`<time datetime=${row.time ?? ""}>${row.time ? moment(row.time, { seconds: false }).slice(5) : "–"}</time>` },
];
