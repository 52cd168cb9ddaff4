// Figures and units as people read them. What stands in this folder is pure and imports nothing: the dashboard takes it as
// modules, and the report of `scan` has the same text within it.

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 12,345 */
export const whole = (value) => WHOLE.format(value);

/** 12,345; 0.25 for what is small and not whole; 1.2e-5 for what is very small. */
export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 100) return whole(value);
  return size < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

/** One thing, two things. */
export const many = (count, one, more = `${one}s`) => `${number(count)} ${count === 1 ? one : more}`;

/** 1.5 MiB */
export function bytes(count) {
  if (count === null || count === undefined) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let place = 0;
  let value = count;
  while (value >= 1023.5 && place + 1 < units.length) {
    value /= 1024;
    place += 1;
  }
  return `${place === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${units[place]}`;
}

const LENGTHS = [[31_536_000, "y"], [86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];

/** 3 h 12 min */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
  if (seconds <= 0) return "0 s";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  const at = LENGTHS.findIndex(([size]) => seconds >= size);
  const [size, unit] = LENGTHS[at];
  const count = Math.floor(seconds / size);
  const next = LENGTHS[at + 1];
  const rest = next ? Math.floor((seconds - count * size) / next[0]) : 0;
  return rest && count < 10 ? `${count} ${unit} ${rest} ${next[1]}` : `${whole(count)} ${unit}`;
}

/** 12.5 %; what is not all is never 100, and what is not nothing never 0. */
export function share(part) {
  if (part > 0 && part < 0.0005) return "<0.1 %";
  if (part <= 0 || part >= 1) return part <= 0 ? "0 %" : "100 %";
  return `${Math.min(99.9, part * 100).toFixed(1)} %`;
}
