// A table of any length: only the rows that can be seen are on the page. Keys move a mark from row to row.
import { Component, html, useEffect, useLayoutEffect, useRef, useState } from "../core/view.js";
import { useKeys } from "../core/keys.js";
import { number } from "../core/format.js";

const ROW = 34;
const AHEAD = 12;
// Browsers draw nothing beyond some millions of points; a longer table moves in larger steps.
const LONGEST = 8_000_000;

/**
 * `columns`: `[{ key, title, cell(row), sort, wide, right, from }]`; it is shown at widths from `from` to
 * `below`.
 * `open(row)` is what Enter and a click do; `sorted` is `{ key, down }` and `sort(key)` changes it.
 */
export function Table({ label, columns, rows, open, sorted, sort, height, idOf = (row) => row.id, row: rowHeight = ROW }) {
  const box = useRef(null);
  const [view, show] = useState({ top: 0, high: 600, wide: 1200 });
  const [at, mark] = useState(0);
  const full = rows.length * rowHeight;
  const scale = full > LONGEST ? full / LONGEST : 1;

  useLayoutEffect(() => {
    const watch = new ResizeObserver(([entry]) => show((now) => ({ ...now, high: entry.contentRect.height, wide: entry.contentRect.width })));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  useEffect(() => mark((now) => Math.min(now, Math.max(0, rows.length - 1))), [rows.length]);

  const move = (to) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    mark(next);
    const [top, end] = [next * rowHeight, (next + 1) * rowHeight];
    const seen = box.current.scrollTop * scale;
    const room = box.current.clientHeight - rowHeight - 2;
    if (top < seen) box.current.scrollTop = top / scale;
    else if (end > seen + room) box.current.scrollTop = (end - room) / scale;
  };
  const page = Math.max(1, Math.floor(view.high / rowHeight) - 2);
  useKeys([
    ["j, ArrowDown", "next row", () => move(at + 1)],
    ["k, ArrowUp", "row before", () => move(at - 1)],
    ["PageDown", "", () => move(at + page)],
    ["PageUp", "", () => move(at - page)],
    ["Home", "", () => move(0)],
    ["End", "", () => move(rows.length - 1)],
    ["Enter, o", open ? "open the row" : "", () => open && rows[at] && open(rows[at])],
  ]);

  const shown = fitting(columns, view.wide);
  const first = Math.max(0, Math.floor((view.top * scale) / rowHeight) - AHEAD);
  const last = Math.min(rows.length, Math.ceil((view.top * scale + view.high) / rowHeight) + AHEAD);
  // Rows stand where the scroll bar says, whatever the step it moves in.
  const shift = view.top - view.top * scale;
  const latest = useRef(null);
  latest.current = (index) => (mark(index), open?.(rows[index]));
  const chosen = useRef((index) => latest.current(index)).current;
  const scrolled = () => show((now) => ({ ...now, top: box.current.scrollTop }));

  return html`<div class="table" ref=${box} role="grid" tabindex="0" aria-activedescendant=${rows.length ? `row-${at}` : undefined} aria-label=${label} aria-rowcount=${rows.length + 1} onScroll=${scrolled} style=${height ? { height } : {}}>
    <div class="table-head" role="row" aria-rowindex="1" style=${layoutOf(shown)}>
      ${shown.map((column) => html`<${Head} key=${column.key} column=${column} sorted=${sorted} sort=${sort} />`)}
    </div>
    <div class="table-body" role="rowgroup" style=${{ height: `${full / scale}px` }}>
      ${rows.slice(first, last).map((row, place) => html`<${Row} key=${idOf(row)} row=${row} index=${first + place} marked=${first + place === at} columns=${columns} top=${(first + place) * rowHeight + shift} height=${rowHeight} wide=${view.wide} opens=${Boolean(open)} chosen=${chosen} />`)}
    </div>
  </div>`;
}

const fitting = (columns, wide) => columns.filter((column) => wide >= (column.from ?? 0) && wide < (column.below ?? Infinity));
const layoutOf = (shown) => ({ gridTemplateColumns: shown.map((column) => column.wide ?? "minmax(0, 1fr)").join(" ") });

/** A row. It is drawn anew only when something of it changed, so that scrolling costs the rows that come into sight. */
class Row extends Component {
  shouldComponentUpdate(next) {
    return Object.keys(next).some((key) => next[key] !== this.props[key]);
  }

  render({ row, index, marked, columns, top, height, wide, opens, chosen }) {
    const shown = fitting(columns, wide);
    return html`<div id=${`row-${index}`} role="row" aria-rowindex=${index + 2} aria-selected=${marked ? "true" : "false"} class=${`table-row${opens ? " opens" : ""}`}
      style=${{ ...layoutOf(shown), top: `${top}px`, height: `${height}px` }} onClick=${() => chosen(index)}>
      ${shown.map((column) => html`<div key=${column.key} role="gridcell" class=${column.right ? "right" : ""}>${column.cell(row)}</div>`)}
    </div>`;
  }
}

function Head({ column, sorted, sort }) {
  const is = sorted?.key === column.key;
  const order = is ? (sorted.down ? "descending" : "ascending") : "none";
  return html`<div role="columnheader" class=${column.right ? "right" : ""} aria-sort=${column.sort ? order : undefined}>
    ${column.sort ? html`<button type="button" class="quiet" onClick=${() => sort(column.key)}>${column.title}${is && html`<span aria-hidden="true">${sorted.down ? " ↓" : " ↑"}</span>`}</button>` : column.title}
  </div>`;
}

/** How many rows a table has, in words. */
export const Count = ({ shown, all, more }) => html`<p class="count" role="status">${shown === all ? number(all) : `${number(shown)} of ${number(all)}`}${more ? " so far" : ""} ${all === 1 ? "row" : "rows"}</p>`;
