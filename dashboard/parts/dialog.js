// A dialog of the browser's own, which keeps the focus and closes on Escape, and short notes that come and go.
import { cell, useCell } from "../core/cell.js";
import { html, useEffect, useRef } from "../core/view.js";

/** A dialog that is open as long as it is there. */
export function Dialog({ title, close, children, wide = false }) {
  const box = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    if (!box.current.open) box.current.showModal();
    return () => before?.focus?.();
  }, []);
  const outside = (event) => event.target === box.current && close();
  return html`<dialog ref=${box} class=${wide ? "wide" : ""} aria-label=${title} onClose=${close} onClick=${outside}>
    <header><h2>${title}</h2><button type="button" class="quiet" aria-label="Close" onClick=${close}>✕</button></header>
    <div class="dialog-body">${children}</div>
  </dialog>`;
}

const notes = cell([]);
const LASTS = 6_000;

/** Says something in passing. */
export function say(text, kind = "good") {
  const note = { text, kind };
  notes.set([...notes.get().slice(-3), note]);
  setTimeout(() => notes.set(notes.get().filter((one) => one !== note)), LASTS);
}

/** Does something that may fail, and says how it went. */
export async function attempt(work, done) {
  try {
    const result = await work();
    if (done) say(typeof done === "function" ? done(result) : done);
    return result;
  } catch (problem) {
    say(problem.message, "bad");
    return undefined;
  }
}

/** Where the notes stand. */
export function Notes() {
  const all = useCell(notes);
  return html`<div class="notes" role="status" aria-live="polite">${all.map((note) => html`<p class=${note.kind}>${note.text}</p>`)}</div>`;
}
