// The keyboard: a view says which keys it understands, and the page shows all of them on `?`.
import { useEffect, useRef } from "./view.js";

const layers = [];
let pending = "";
let forget = null;

function typing(target) {
  return target.closest?.("input, textarea, select, [contenteditable], dialog[open]");
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const field = typing(event.target);
  if (field && !(event.key === "Escape")) return;
  // Enter and space belong to what has the focus.
  if ((event.key === "Enter" || event.key === " ") && event.target.closest?.("a, button, summary, [role=button], [role=row]")) return;
  const word = pending ? `${pending} ${event.key}` : event.key;
  clearTimeout(forget);
  for (const layer of [...layers].reverse()) {
    const found = layer.current.find(([keys]) => keys.split(", ").includes(word));
    if (found) {
      pending = "";
      event.preventDefault();
      found[2](event);
      return;
    }
  }
  const begins = layers.some((layer) => layer.current.some(([keys]) => keys.split(", ").some((one) => one.startsWith(`${word} `))));
  pending = begins ? word : "";
  if (begins) forget = setTimeout(() => (pending = ""), 1200);
}

addEventListener("keydown", pressed);

/** While the component is there, these keys work: `[["j, ArrowDown", "next row", callback], …]`; the latest layer wins. */
export function useKeys(rows) {
  const layer = useRef(rows);
  layer.current = rows;
  useEffect(() => {
    layers.push(layer);
    return () => layers.splice(layers.indexOf(layer), 1);
  }, []);
}

/** All keys that work now, in words. */
export const keysNow = () => layers.map((layer) => layer.current.filter(([, words]) => words).map(([keys, words]) => [keys, words]));
