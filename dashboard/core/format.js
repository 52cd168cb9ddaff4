// Figures, times and units as people read them.
import { duration, number } from "../shared/figures.js";
import { zone } from "./choices.js";

export { bytes, duration, many, number, share } from "../shared/figures.js";

const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** 12.3K */
export const compact = (value) => (value === null || value === undefined ? "–" : Math.abs(value) < 1000 ? number(value) : short.format(value));

/** Milliseconds since 1970 of a moment as the API writes it. */
export const time = (text) => (text ? Date.parse(text) : NaN);

const pad = (value, width = 2) => String(value).padStart(width, "0");

function parts(milliseconds) {
  const at = new Date(milliseconds);
  if (zone.get() === "utc") {
    return [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
  }
  return [at.getFullYear(), at.getMonth(), at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds()];
}

/** 2026-11-21 17:30:02, in the zone that the viewer chose. */
export function moment(of, { seconds = true } = {}) {
  const milliseconds = typeof of === "number" ? of : time(of);
  if (Number.isNaN(milliseconds)) return "–";
  const [year, month, day, hour, minute, second] = parts(milliseconds);
  return `${year}-${pad(month + 1)}-${pad(day)} ${pad(hour)}:${pad(minute)}${seconds ? `:${pad(second)}` : ""}`;
}

/** Milliseconds of a moment as a field for date and time has it, in the zone that the viewer chose. */
export const typed = (text) => Date.parse(zone.get() === "utc" && text ? `${text}Z` : text);

/** 17:30:02, or with its day where `from` was another day. */
export function clock(of, from = null) {
  const full = moment(of);
  return from !== null && moment(from).slice(0, 10) === full.slice(0, 10) ? full.slice(11) : full.slice(5);
}

/** The name of the zone that times are shown in. */
export const zoneName = () => (zone.get() === "utc" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone);

/** 5 min ago */
export function ago(of, now = Date.now()) {
  const seconds = (now - (typeof of === "number" ? of : time(of))) / 1000;
  if (Number.isNaN(seconds)) return "–";
  if (seconds < 5) return "now";
  return `${duration(seconds).split(" ").slice(0, 2).join(" ")} ago`;
}

/** A moment as the API wants it. */
export const stamp = (milliseconds) => new Date(milliseconds).toISOString();
