// Figures in, words out; and the one way in which text gets into the page: as text.

const SVG = "http://www.w3.org/2000/svg";

/** What could do more than show itself is shown by its code. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]|\udb40[\udc00-\udfff]/g;

/** An element with attributes, and children that are elements or text. */
function el(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for a picture. */
function svg(tag, attributes, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  for (const child of children.flat(9)) {
    if (child !== null && child !== undefined && child !== false) {
      element.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
  }
  return element;
}

/** Text of a log: pieces of text, and marks for what cannot be seen. */
function foreign(text) {
  const pieces = [];
  let at = 0;
  const all = String(text === null || text === undefined ? "" : text);
  for (const found of all.matchAll(UNSEEN)) {
    pieces.push(all.slice(at, found.index));
    pieces.push(el("span", { class: "control" }, "U+" + found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0")));
    at = found.index + found[0].length;
  }
  pieces.push(all.slice(at));
  return pieces;
}

/** A template with its slots told apart. */
function template(text) {
  return String(text || "").split(/(<[a-z-]{1,24}>)/).map((piece, index) =>
    index % 2 ? el("span", { class: "slot" }, piece) : foreign(piece));
}

function thousands(value) {
  return Number(value).toLocaleString("en-US", { maximumFractionDigits: 0 });
}

function number(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return "–";
  if (size > 0 && size < 0.001) return value.toExponential(1);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.01 ? 2 : 3;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

function counted(value, one, many) {
  return thousands(value) + " " + (value === 1 ? one : many);
}

function percent(share) {
  if (share > 0 && share < 0.0005) return "<0.1 %";
  return (share < 1 ? Math.min(99.9, share * 100) : 100).toFixed(1) + " %";
}

function bytes(size) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let unit = 0;
  let value = size;
  while (value >= 1023.5 && unit + 1 < units.length) { value /= 1024; unit += 1; }
  return value.toFixed(unit && value < 9.95 ? 1 : 0) + " " + units[unit];
}

function duration(seconds) {
  const units = [[31536000, "y"], [86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const first = Math.max(0, units.findIndex(([size]) => seconds >= size));
  const from = seconds < 1 ? units.length - 1 : first;
  const [size, unit] = units[from];
  const head = thousands(Math.floor(seconds / size)) + " " + unit;
  const next = units[from + 1];
  const rest = next ? Math.floor((seconds % size) / next[0]) : 0;
  return rest ? head + " " + rest + " " + next[1] : head;
}

/** `2024-01-31 10:00:00` of an RFC 3339 time in UTC. */
function moment(time) {
  return time ? String(time).split(/[.Z]/)[0].replace("T", " ") : "";
}

/** The time of day where the day is said already. */
function clock(time, day) {
  const whole = moment(time);
  return day && whole.slice(0, 10) === moment(day).slice(0, 10) ? whole.slice(11) : whole;
}

/** Milliseconds, or nothing. */
function instant(time) {
  const value = time ? Date.parse(time) : NaN;
  return Number.isNaN(value) ? null : value;
}

/** A severity as a class; anything else than the four has none. */
function severity(name) {
  return ["critical", "high", "medium", "low"].includes(name) ? name : "";
}

/** Where something stands. */
function place(row) {
  if (!row.file) return row.stream || "";
  return row.line ? row.file + ":" + row.line : row.file;
}

/** The same, with places where a line may break after each folder. */
function placed(row) {
  return place(row).split(/(?<=[/\\])/).flatMap((part, nth) => nth ? [el("wbr"), foreign(part)] : foreign(part));
}
