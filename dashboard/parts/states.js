// What a part of the page shows when there is nothing to show yet, nothing at all, or something went wrong.
import { html } from "../core/view.js";

/** Grey lines in the place of what comes; said once to who cannot see them. */
export function Loading({ lines = 4 }) {
  return html`<div class="loading" role="status"><span class="unseen">Loading</span>${Array.from({ length: lines }, (_, place) =>
    html`<span key=${place} class="bone" aria-hidden="true"></span>`)}</div>`;
}

/** Nothing there, and what to do about it. */
export function Empty({ title, children }) {
  return html`<div class="empty"><p class="empty-title">${title}</p>${children && html`<div class="empty-more">${children}</div>`}</div>`;
}

const TITLES = {
  away: "The server cannot be reached",
  login: "A token is needed",
  forbidden: "Your token does not allow this",
  missing: "There is no such thing here",
  refused: "The server did not accept this",
  broken: "The server could not answer",
};

/** What went wrong, and the way on. */
export function Problem({ problem, again }) {
  const waits = problem.kind === "away" || problem.kind === "broken";
  return html`<div class="problem" role="alert">
    <p class="empty-title">${TITLES[problem.kind] ?? "Something went wrong on this page"}</p>
    <p>${problem.message}${waits ? ". It is asked again by itself." : ""}</p>
    ${again && html`<button type="button" onClick=${again}>Ask again</button>`}
  </div>`;
}

/** A question's answer, or the state it is in. `of` is what `useQuestion` gives. */
export function Answer({ of, lines, children }) {
  if (of.data !== undefined) return children(of.data);
  if (of.problem) return html`<${Problem} problem=${of.problem} again=${of.again} />`;
  return html`<${Loading} lines=${lines} />`;
}
