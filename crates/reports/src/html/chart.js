// Records over time in, a picture out: how many, how many of them warnings and errors, and where the incidents are.
// A stretch of it can be chosen with the mouse, a finger or the arrow keys; `onRange` hears of it.

function chart(detection, onRange, onIncident) {
  const volume = detection.volume;
  const count = volume.records.length;
  if (count < 2) return null;
  const start = instant(volume.start);
  const step = volume.step_seconds * 1000;
  const readout = el("span", { class: "readout" });
  const clear = el("button", { type: "button", hidden: "", click: () => choose(null) }, "whole time");
  const box = el("div", {});
  let chosen = null;
  let held = null;
  let size = null;

  function at(index) {
    return start === null ? "record " + whole(index * volume.step_seconds) : moment(new Date(start + index * step).toISOString());
  }

  function say(from, to) {
    const sum = (list) => list.slice(from, to).reduce((all, each) => all + each, 0);
    const end = start === null ? at(to) : clock(new Date(start + to * step).toISOString(), new Date(start + from * step).toISOString());
    readout.textContent = at(from) + " – " + end + " · " + many(sum(volume.records), "record", "records") + " · " +
      many(sum(volume.warnings), "warning", "warnings") + " · " + many(sum(volume.errors), "error", "errors");
  }

  function choose(range) {
    chosen = range;
    clear.hidden = !range;
    if (range) say(range[0], range[1]);
    else readout.textContent = "choose a stretch of time to see only what happened in it";
    draw();
    onRange(range && start !== null ? [start + range[0] * step, start + range[1] * step] : null);
  }

  /** How many intervals share a bar, so that bars stay two pixels wide. */
  function bars(width) {
    const together = Math.max(1, Math.ceil(count / (width / 2.5)));
    const rows = [];
    for (let from = 0; from < count; from += together) {
      const sum = (list) => list.slice(from, from + together).reduce((all, each) => all + each, 0);
      const errors = sum(volume.errors);
      const warnings = sum(volume.warnings);
      rows.push({ from, to: Math.min(count, from + together), all: sum(volume.records), warnings, errors });
    }
    return rows;
  }

  function panel(parent, rows, parts, top, height, x) {
    const total = (row) => parts.reduce((all, [name]) => all + row[name], 0);
    const most = roundAbove(Math.max(1, ...rows.map(total)));
    for (const share of [0, 0.5, 1]) {
      const y = top + height - height * share;
      parent.append(svg("line", { class: "grid", x1: x(0), x2: x(count), y1: y, y2: y }));
      parent.append(svg("text", { x: x(0) - 8, y: y + 4, "text-anchor": "end" }, compact(most * share)));
    }
    for (const [nth, [, style]] of parts.entries()) {
      let path = "";
      for (const row of rows) {
        const below = parts.slice(0, nth).reduce((all, [name]) => all + row[name], 0);
        const value = row[parts[nth][0]];
        if (!value) continue;
        const left = x(row.from);
        const wide = Math.max(1, x(row.to) - left - (rows.length > 240 ? 0.3 : 0.8));
        const tall = Math.max(0.75, value / most * height);
        path += `M${left.toFixed(2)} ${(top + height - below / most * height).toFixed(2)}v${(-tall).toFixed(2)}h${wide.toFixed(2)}v${tall.toFixed(2)}z`;
      }
      parent.append(svg("path", { class: style, d: path }));
    }
  }

  function incidents(parent, x, top, height) {
    for (const [nth, row] of [...detection.incidents.entries()].reverse()) {
      if (!row.intervals) continue;
      const left = x(Math.min(count, row.intervals[0]));
      const right = Math.max(left + 3, x(Math.min(count, row.intervals[1] + 1)));
      const open = () => onIncident(row.id);
      const stop = (event) => event.stopPropagation();
      const mark = svg("g", { class: severity(row.severity) },
        svg("rect", { class: "band", x: left, width: right - left, y: top + 9, height: height - 9 }),
        svg("rect", { class: "head", click: open, pointerdown: stop, x: left, width: Math.max(18, right - left), y: top - 9, height: 18, rx: 4 }),
        svg("text", { class: "mark", x: left + 9, y: top + 4, "text-anchor": "middle" }, nth + 1));
      mark.prepend(svg("title", {}, foreign(row.title).map((piece) => piece instanceof Node ? piece.textContent : piece).join("")));
      parent.append(mark);
    }
  }

  function axis(parent, x, width, y) {
    if (start === null) return;
    const span = count * step;
    const steps = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000, 5184000, 7776000, 15552000, 31536000, 94608000];
    const every = (steps.find((seconds) => span / (seconds * 1000) <= Math.max(2, width / 110)) || 315360000) * 1000;
    for (let time = Math.ceil(start / every) * every; time <= start + span; time += every) {
      const shown = new Date(time).toISOString();
      const label = every >= 86400000 ? shown.slice(0, 10) : every < 60000 ? shown.slice(11, 19) : shown.slice(11, 16);
      const left = x((time - start) / step);
      const anchor = left < x(0) + 16 ? "start" : left > x(count) - 16 ? "end" : "middle";
      parent.append(svg("text", { x: left, y, "text-anchor": anchor }, label));
    }
  }

  function draw() {
    const width = Math.max(280, box.clientWidth || 900);
    const left = 44;
    const tall = width < 600 ? 120 : 170;
    const low = width < 600 ? 44 : 60;
    const x = (index) => left + (width - left - 2) * index / count;
    const top = 30;
    const height = top + tall + 22 + low + 24;
    const rows = bars(width - left);
    const lesser = rows.map((row) => ({ ...row, all: threefold(row.all, row.warnings, row.errors).records }));
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, height, tabindex: 0, role: "img",
      "aria-label": "records over time, with " + many(detection.incidents.length, "incident", "incidents") });
    incidents(picture, x, 12, top - 12 + tall + 22 + low);
    panel(picture, lesser, [["all", "all"], ["warnings", "warnings"], ["errors", "errors"]], top, tall, x);
    panel(picture, rows, [["warnings", "warnings"], ["errors", "errors"]], top + tall + 22, low, x);
    axis(picture, x, width, height - 4);
    if (chosen) {
      picture.append(svg("rect", { class: "brush", x: x(chosen[0]), width: x(chosen[1]) - x(chosen[0]), y: 20, height: height - 42 }));
    }
    listen(picture, width, left);
    box.replaceChildren(picture);
    size = box.clientWidth;
  }

  function listen(picture, width, left) {
    const index = (event) => {
      const shape = picture.getBoundingClientRect();
      const share = ((event.clientX - shape.left) / shape.width * width - left) / (width - left - 2);
      return Math.min(count, Math.max(0, Math.round(share * count)));
    };
    picture.addEventListener("pointerdown", (event) => { held = index(event); });
    picture.addEventListener("pointermove", (event) => {
      const here = index(event);
      if (held !== null && event.buttons) {
        if (here !== held) { chosen = [Math.min(held, here), Math.max(held, here)]; say(chosen[0], chosen[1]); brush(picture, width, left); }
      } else if (!chosen) {
        say(Math.min(count - 1, here), Math.min(count, here + 1));
      }
    });
    picture.addEventListener("keydown", (event) => {
      if (event.key === "Escape") choose(null);
    });
  }

  function brush(picture, width, left) {
    const x = (index) => left + (width - left - 2) * index / count;
    const old = picture.querySelector(".brush");
    const height = Number(picture.getAttribute("height"));
    const rect = svg("rect", { class: "brush", x: x(chosen[0]), width: x(chosen[1]) - x(chosen[0]), y: 20, height: height - 42 });
    if (old) old.replaceWith(rect); else picture.append(rect);
  }

  window.addEventListener("pointerup", () => {
    if (held === null) return;
    const moved = chosen && chosen[1] > chosen[0] && chosen.includes(held);
    held = null;
    choose(moved ? chosen : null);
  });
  new ResizeObserver(() => { if (box.clientWidth !== size) draw(); }).observe(box);
  readout.textContent = "choose a stretch of time to see only what happened in it";
  const item = (style, name) => el("span", {}, el("i", { class: style }), name);
  return el("section", { class: "panel chart" },
    el("div", { class: "legend" }, item("all", "records"), item("warnings", "warnings"), item("errors", "errors and graver"), readout, clear), box);
}

/** A round figure at or above the greatest one, whose half is round as well. */
function roundAbove(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return power * ([1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8].find((times) => times * power >= most) || 10);
}

function compact(value) {
  if (value >= 1e6) return number(value / 1e6) + "M";
  if (value >= 1e4) return number(value / 1e3) + "k";
  return number(value);
}
