// What is found, as it is found. Events gather and are drawn a few times a second, so that no flood is faster than the
// browser; the oldest give way. While it is paused they are counted, and shown when it goes on.
import { html, useEffect, useMemo, useRef, useState } from "../core/view.js";
import { adjust, go } from "../core/address.js";
import { get } from "../core/api.js";
import { useCell } from "../core/cell.js";
import { number } from "../core/format.js";
import { useKeys } from "../core/keys.js";
import { listen, live } from "../core/live.js";
import { useQuestion } from "../core/question.js";
import { Severity, State, timeColumns } from "../parts/badges.js";
import { Answer, Empty } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { Title, Words, plain } from "../parts/text.js";

const KEPT = 2_000;
const DRAWN_EVERY = 250;
const CHANGES = { "incident-opened": "opened", "incident-changed": "changed", "incident-resolved": "resolved" };

function row(event, number) {
  if (event.event === "finding") return { key: `f${event.id} ${number}`, what: "finding", open: event.incident_id, time: event.time, severity: event.severity, kind: event.kind, text: event.explanation, stream: event.stream };
  const change = CHANGES[event.event];
  return change ? { key: `i${event.id} ${number}`, what: change, open: event.id, time: event.changed ?? event.end, severity: event.severity, kind: "incident", text: event.title, stream: event.streams?.[0] } : null;
}

function useStream(paused) {
  const [state, show] = useState({ rows: [], waiting: 0, missed: 0 });
  const held = useRef({ paused, gathered: [], count: 0, missed: 0 });
  held.current.paused = paused;
  useEffect(() => {
    const own = held.current;
    const deaf = listen((event) => {
      if (event.event === "missed") own.missed += event.count ?? 0;
      const made = row(event, (own.count += 1));
      if (made) own.gathered.unshift(made);
      if (own.gathered.length > KEPT) own.gathered.length = KEPT;
    });
    const timer = setInterval(() => {
      const gathered = own.gathered;
      if (own.paused) return show((now) => (now.waiting === gathered.length ? now : { ...now, waiting: gathered.length }));
      if (!gathered.length) return undefined;
      own.gathered = [];
      return show((now) => ({ rows: [...gathered, ...now.rows].slice(0, KEPT), waiting: 0, missed: own.missed }));
    }, DRAWN_EVERY);
    return () => (deaf(), clearInterval(timer));
  }, []);
  return state;
}

/** The view. */
export default function Live({ query }) {
  const [paused, pause] = useState(false);
  const state = useCell(live);
  const stream = useStream(paused);
  const past = useQuestion("live past", (signal) => get("/api/v1/findings", { limit: 200 }, { signal }));
  const rows = useMemo(() => {
    const known = new Set(stream.rows.map((one) => one.key.split(" ")[0]));
    const before = (past.data?.rows ?? []).filter((one) => !known.has(`f${one.id}`)).map((one) => row({ ...one, event: "finding" }, "past"));
    const words = (query.filter ?? "").toLowerCase();
    const every = [...stream.rows, ...before];
    return words ? every.filter((one) => `${one.text} ${one.stream} ${one.kind} ${one.severity}`.toLowerCase().includes(words)) : every;
  }, [stream.rows, past.data, query.filter]);
  useKeys([["p", "pause or go on", () => pause(!paused)]]);
  const columns = [
    ...timeColumns(),
    { key: "severity", title: "Severity", wide: "92px", from: 480, cell: (one) => html`<${Severity} of=${one.severity} />` },
    { key: "kind", title: "Kind", wide: "116px", from: 680, cell: (one) => (one.what === "finding" ? html`<span class="kind">${one.kind}</span>` : html`<${State} of=${one.what} />`) },
    { key: "text", title: "What", cell: (one) => (one.what === "finding" ? html`<${Words} text=${one.text} most=${260} />` : html`<strong><${Title} text=${one.text} most=${260} /></strong>`) },
    { key: "stream", title: "Stream", wide: "minmax(0, 0.35fr)", from: 860, cell: (one) => html`<bdi>${plain(one.stream ?? "")}</bdi>` },
  ];
  return html`<div class="view-head"><h1>Live</h1><span class="soft" role="status">${state === "on" ? (paused ? `paused, ${number(stream.waiting)} wait` : "as it happens") : "waiting for the server"}${stream.missed ? `, ${number(stream.missed)} missed` : ""}</span>
      <label><span class="unseen">Filter</span><input type="search" placeholder="Filter" value=${query.filter ?? ""} onInput=${(event) => adjust({ filter: event.target.value || undefined }, true)} /></label>
      <button type="button" aria-pressed=${paused} onClick=${() => pause(!paused)}>${paused ? `Go on${stream.waiting ? ` (${number(stream.waiting)})` : ""}` : "Pause"}</button></div>
    <${Answer} of=${past} lines=${12}>${() => rows.length === 0 ? html`<${Empty} title=${query.filter ? "Nothing fits the filter" : "Nothing was found yet"}><p>Findings and incidents stand here as they come.</p></${Empty}>`
      : html`<${Table} label="What was found, the latest first" columns=${columns} rows=${rows} idOf=${(one) => one.key} height="calc(100vh - 130px)" open=${(one) => one.open && go(["incidents", one.open])} />`}</${Answer}>`;
}
