// Figures, times and units as people read them.
import { zone } from "./choices.js";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** 12,345; and 0.25 for what is small and not whole. */
export function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (Number.isInteger(value) || Math.abs(value) >= 100) return whole.format(value);
  return String(Number(value.toPrecision(3)));
}

/** 12.3K */
export const compact = (value) => (value === null || value === undefined ? "–" : Math.abs(value) < 1000 ? number(value) : short.format(value));

/** One thing, two things. */
export const many = (count, one, more = `${one}s`) => `${number(count)} ${count === 1 ? one : more}`;

/** 1.5 MiB */
export function bytes(count) {
  if (count === null || count === undefined) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let place = 0;
  while (count >= 1024 && place < units.length - 1) {
    count /= 1024;
    place += 1;
  }
  return `${place === 0 || count >= 100 ? Math.round(count) : count.toFixed(1)} ${units[place]}`;
}

/** 3 h 12 min */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds === 0) return "0 s";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  const steps = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const at = steps.findIndex(([size]) => seconds >= size);
  const [size, unit] = steps[at];
  const count = Math.floor(seconds / size);
  const next = steps[at + 1];
  const rest = next ? Math.floor((seconds - count * size) / next[0]) : 0;
  return rest && count < 10 ? `${count} ${unit} ${rest} ${next[1]}` : `${count} ${unit}`;
}

/** 12.5 % */
export const share = (part) => `${(part * 100).toFixed(part >= 0.1 || part === 0 ? 0 : 1)} %`;

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
