// What came over time, one layer upon another, with the incidents as marks beneath; a stretch that is drawn over becomes
// the range.
import { html, useEffect, useLayoutEffect, useRef } from "../core/view.js";
import uPlot from "../vendor/uplot.mjs";
import { clock, compact, moment, number, time } from "../core/format.js";
import { useCell } from "../core/cell.js";
import { theme, zone } from "../core/choices.js";
import { layered, stacked, sums } from "../core/layers.js";
import { SEVERITIES } from "./badges.js";

const LANE = 16;

function colours(layers) {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return { ink: of("--soft"), line: of("--line"), layers: layers.map(({ key }) => of(`--volume-${key}`)), accent: of("--accent"), ...Object.fromEntries(SEVERITIES.map((name) => [name, of(`--${name}`)])) };
}

/** Incidents that overlap are drawn in lanes of their own, as many as there is room for. */
function lanes(incidents, most) {
  const ends = [];
  return [...incidents].sort((a, b) => time(a.start) - time(b.start)).map((incident) => {
    const [from, to] = [time(incident.start) / 1000, time(incident.end ?? incident.start) / 1000];
    let lane = ends.findIndex((end) => end <= from);
    if (lane < 0) lane = ends.length < most ? ends.length : most - 1;
    ends[lane] = Math.max(ends[lane] ?? 0, to);
    return { from, to, lane, severity: incident.severity };
  });
}

function marks(incidents, tint, laneCount) {
  return (plot) => {
    const { ctx, bbox } = plot;
    const ratio = uPlot.pxRatio;
    for (const mark of lanes(incidents, laneCount)) {
      const left = Math.max(bbox.left, plot.valToPos(mark.from, "x", true));
      const right = Math.min(bbox.left + bbox.width, plot.valToPos(mark.to, "x", true));
      if (right < bbox.left || left > bbox.left + bbox.width) continue;
      const top = bbox.top + bbox.height + (4 + mark.lane * 6) * ratio;
      ctx.fillStyle = tint[mark.severity] ?? tint.low;
      ctx.fillRect(left, top, Math.max(4 * ratio, right - left), 4 * ratio);
    }
  };
}

function settings({ width, height, tint, incidents, band, pick, laneCount, layers }) {
  const bars = uPlot.paths.bars({ size: [0.9, 60], gap: 0 });
  const series = (label, colour) => ({ label, fill: colour, stroke: colour, width: 0, paths: bars, points: { show: false }, value: (_, value) => number(value) });
  const tick = (values, space) => values.map((value, place) => (place === 0 ? moment(value * 1000, { seconds: false }).slice(5) : label(value, values[place - 1], space)));
  const label = (value, before, space) => {
    const text = clock(value * 1000, before * 1000);
    return space >= 86_400 ? moment(value * 1000).slice(5, 10) : text.length > 8 ? text.slice(0, 11) : space >= 60 ? text.slice(0, 5) : text;
  };
  const axis = { stroke: tint.ink, grid: { stroke: tint.line, width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
  return {
    width, height, padding: [6, 8, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: Boolean(pick), y: false, setScale: false }, points: { show: false }, y: false },
    select: { show: Boolean(pick) },
    scales: { x: { time: true }, y: { range: (_, __, most) => [0, Math.max(1, most) * 1.05] } },
    axes: [
      { ...axis, size: 22 + laneCount * 6 + 4, gap: laneCount * 6 + 6, grid: { show: false }, space: 90, values: (_, values, __, space) => tick(values, space) },
      { ...axis, size: 44, space: 34, values: (_, values) => values.map((value) => (Number.isInteger(value) ? compact(value) : "")) },
    ],
    series: [{}, ...layers.map(({ key }, place) => series(key, tint.layers[place]))],
    hooks: {
      drawClear: [(plot) => band && shade(plot, band, tint)],
      draw: [marks(incidents, tint, laneCount)],
      setSelect: [(plot) => {
        if (!pick || plot.select.width < 4) return;
        const from = plot.posToVal(plot.select.left, "x") * 1000;
        const to = plot.posToVal(plot.select.left + plot.select.width, "x") * 1000;
        plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        pick(from, to);
      }],
      setCursor: [(plot) => point(plot, layers)],
    },
  };
}

function shade(plot, [from, to], tint) {
  const { ctx, bbox } = plot;
  const left = plot.valToPos(from / 1000, "x", true);
  const right = plot.valToPos(to / 1000, "x", true);
  ctx.save();
  ctx.globalAlpha = 0.14;
  ctx.fillStyle = tint.accent;
  ctx.fillRect(left, bbox.top, Math.max(3, right - left), bbox.height);
  ctx.restore();
}

function point(plot, layers) {
  const words = plot.root.closest(".volume")?.querySelector(".volume-now");
  if (!words) return;
  const at = plot.cursor.idx;
  if (at === null || at === undefined || plot.cursor.left < 0) {
    words.textContent = "";
    return;
  }
  // Each layer stands on those behind it, so that its own share is what it has more than the next.
  const [times, ...heights] = plot.data.map((column) => column[at]);
  const shares = layers.map(({ word }, place) => [heights[place] - (heights[place + 1] ?? 0), word]).filter(([count]) => count > 0);
  words.textContent = [moment(times * 1000, { seconds: false }), ...shares.map(([count, word]) => `${number(count)} ${word}`)].join(" · ");
}

/**
 * The chart. `pick(from, to)` is called with milliseconds; `band` is a stretch to shade; `kinds` are the layers, the lowest
 * first, of which those are drawn that any of the rows has.
 */
export function Volume({ rows, since, until, incidents = [], band = null, pick = null, height = 170, label, kinds }) {
  const place = useRef(null);
  const plot = useRef(null);
  const mode = useCell(theme);
  const zoned = useCell(zone);
  const laneCount = incidents.length ? 3 : 0;
  const drawn = useRef({});
  const layers = layered(rows, kinds);
  drawn.current = { pick };

  useLayoutEffect(() => {
    const options = { width: place.current.clientWidth, height: height + (laneCount ? LANE : 0), tint: colours(layers), incidents, band, laneCount, layers, pick: pick && ((from, to) => drawn.current.pick(from, to)) };
    const data = stacked(rows, since, until, layers);
    plot.current = new uPlot(settings(options), data, place.current);
    plot.current.setScale("x", { min: since / 1000, max: until / 1000 });
    return () => plot.current.destroy();
    // Marks, band and colours are drawn by closures, so that a change of them makes a new chart; figures do not.
  }, [incidents.map((row) => `${row.id}${row.end}${row.severity}`).join(), band?.join(), layers.map(({ key }) => key).join(), mode, zoned, height]);

  useEffect(() => {
    plot.current.setData(stacked(rows, since, until, layers), false);
    plot.current.setScale("x", { min: since / 1000, max: until / 1000 });
  }, [rows, since, until]);

  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry.contentRect.width);
      if (width > 0 && width !== plot.current.width) plot.current.setSize({ width, height: plot.current.height });
    });
    watch.observe(place.current);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const repaint = () => plot.current.redraw();
    dark.addEventListener("change", repaint);
    return () => (watch.disconnect(), dark.removeEventListener("change", repaint));
  }, []);

  const words = label ?? `Volume: ${sums(rows, layers).map(([count, word]) => `${number(count)} ${word}`).join(", ")}; ${number(incidents.length)} incidents`;
  return html`<div class="volume">
    <div ref=${place} class=${`volume-plot${pick ? " brushed" : ""}`} role="img" aria-label=${words}></div>
    <p class="volume-legend">${layers.map(({ key, word }) => html`<span key=${key} class=${`key ${key}`}>${word}</span>`)}${laneCount ? html`<span class="key marks">incidents</span>` : null}<span class="volume-now" aria-hidden="true"></span></p>
  </div>`;
}
