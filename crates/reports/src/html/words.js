// The one way in which text gets into the page: as text. Figures, hidden signs and the order of a story come from what the
// dashboard uses as well.

const SVG = "http://www.w3.org/2000/svg";

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
    pieces.push(el("span", { class: "control" }, "U+" + codeOf(found[0])));
    at = found.index + found[0].length;
  }
  pieces.push(all.slice(at));
  return pieces;
}

/** A template with its slots told apart. */
function template(text) {
  return slotted(text).map((piece, index) =>
    index % 2 ? el("span", { class: "slot" }, piece) : foreign(piece));
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

/** Where something stands, with places where a line may break after each folder. */
function placed(row) {
  return placeOf(row).split(/(?<=[/\\])/).flatMap((part, nth) => nth ? [el("wbr"), foreign(part)] : foreign(part));
}
