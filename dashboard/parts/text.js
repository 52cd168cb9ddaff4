// Text of logs on the page. It is foreign: it becomes text nodes only, what cannot be seen is made visible, what runs the
// other way is kept apart, and what is endless is cut with a way to see more.
import { html, useState } from "../core/view.js";
import { UNSEEN, codeOf, slotted } from "../shared/foreign.js";

const SHOWN = 2_000;

// Controls have pictures of their own in Unicode; all else is written as its number.
function visible(sign) {
  const code = sign.codePointAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `\u27e8${codeOf(sign)}\u27e9`;
}

/** The text with everything in it to be seen. */
export const plain = (text) => String(text ?? "").replace(UNSEEN, visible);

/** A line of a log; long ones are cut, and the rest is a button away. */
export function Line({ text, most = SHOWN, kind = "" }) {
  const [whole, show] = useState(false);
  const all = plain(text);
  const cut = !whole && all.length > most;
  return html`<bdi class=${`log ${kind}`}>${cut ? all.slice(0, most) : all}${cut &&
    html`<button class="more" type="button" onClick=${(event) => (event.stopPropagation(), show(true))}>… ${(all.length - most).toLocaleString("en")} more</button>`}</bdi>`;
}

/** Log text in the middle of other words: one line, as long as there is room. */
export function Words({ text, most = 400 }) {
  const all = plain(text).replace(/\s+/g, " ");
  return html`<bdi class="words">${all.length > most ? `${all.slice(0, most)}…` : all}</bdi>`;
}

/** Cut to so many signs, but not within a slot. */
function cut(text, most) {
  if (text.length <= most) return text;
  return `${text.slice(0, most).replace(/<[a-z-]*$/, "")}…`;
}

/** A template: its slots stand out from its words. */
export function Template({ text, most = 400 }) {
  const all = plain(text).replace(/\s+/g, " ");
  const parts = slotted(cut(all, most));
  return html`<bdi class="template">${parts.map((part, place) => (place % 2 ? html`<i class="slot">${part.slice(1, -1)}</i>` : part))}</bdi>`;
}

/** A title that quotes log text between backquotes. */
export function Title({ text, most = 300 }) {
  const all = plain(text).replace(/\s+/g, " ");
  const parts = (all.length > most ? `${all.slice(0, most)}…` : all).split("`");
  return html`<bdi class="title">${parts.map((part, place) => (place % 2 ? html`<span class="quoted"><${Template} text=${part} /></span>` : part))}</bdi>`;
}
