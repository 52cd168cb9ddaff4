// What is kept, searched in words, narrowed by facets, counted over time: lines around findings, or the findings themselves.
import { html } from "../core/view.js";
import { adjust } from "../core/address.js";
import { moment, number, stamp } from "../core/format.js";
import { useRange } from "../core/range.js";
import { plain } from "../parts/text.js";
import { Volume } from "../parts/volume.js";
import { Findings } from "./explore/findings.js";
import { Lines } from "./explore/lines.js";

const NARROWING = ["q", "level", "kept", "severity", "kind", "state", "stream", "template"];

/** The view. */
export default function Explore({ query }) {
  const range = useRange();
  const findings = query.of === "findings";
  const turn = (of) => adjust({ of, level: undefined, kept: undefined, severity: undefined, kind: undefined, state: undefined });
  return html`<div class="view-head"><h1>Explore</h1><div class="tabs" role="group" aria-label="What is searched">
      <button type="button" aria-pressed=${!findings} onClick=${() => turn(undefined)}>Lines</button><button type="button" aria-pressed=${findings} onClick=${() => turn("findings")}>Findings</button></div></div>
    <${Chosen} query=${query} />${findings ? html`<${Findings} query=${query} range=${range} />` : html`<${Lines} query=${query} range=${range} />`}`;
}

function Chosen({ query }) {
  const set = NARROWING.filter((name) => query[name]);
  if (!set.length) return null;
  return html`<p class="filter-note">${set.map((name) => html`<button key=${name} type="button" class="chosen" onClick=${() => adjust({ [name]: undefined })}>${name === "q" ? "words" : name}: <bdi>${plain(query[name])}</bdi> <span aria-hidden="true">✕</span><span class="unseen">remove</span></button>`)}</p>`;
}

const MOST_VALUES = 12;

/** What can be chosen: `[[name, title, [[value, count, shown], …], note], …]`. */
export function Facets({ facets, query }) {
  return html`<aside class="facets" aria-label="Facets">${facets.map(([name, title, values, note]) => html`<section key=${name}><h2>${title}${note && html` <span class="soft">${note}</span>`}</h2><ul>${values.slice(0, MOST_VALUES).map(([value, count, shown]) => html`<li key=${value}>
    <button type="button" class="facet" aria-pressed=${query[name] === value} onClick=${() => adjust({ [name]: query[name] === value ? undefined : value })}><span class="facet-name">${shown ?? html`<bdi>${plain(value).slice(0, 120)}</bdi>`}</span><span class="soft">${number(count)}</span></button></li>`)}</ul>
    ${values.length > MOST_VALUES && html`<p class="soft">and ${number(values.length - MOST_VALUES)} more</p>`}</section>`)}</aside>`;
}

/** How far a search has come that is not at its end. */
export function Reached({ of }) {
  if (!of.more) return null;
  const back = of.reached ? `, back to ${moment(of.reached, { seconds: false })}` : "";
  return html`<p class="soft reached" role="status">${of.looking ? `Still looking${back}` : `Only the latest are shown${back}; a shorter time or more words show the rest`}</p>`;
}

/** What was found in steps over the range; a stretch that is drawn over becomes the range. */
export const Histogram = ({ rows, range, kinds, label }) => html`<${Volume} rows=${rows} since=${range.since} until=${range.until} height=${110} kinds=${kinds} label=${label} pick=${(from, to) => adjust({ since: stamp(from), until: stamp(to), range: undefined })} />`;
