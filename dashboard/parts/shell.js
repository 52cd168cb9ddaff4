// What stands around every view: where one can go, the time that is looked at, how the server is, and help with the keys.
import { html, useEffect, useRef, useState } from "../core/view.js";
import { cell, useCell } from "../core/cell.js";
import { address, adjust, go, link } from "../core/address.js";
import { connection, send } from "../core/api.js";
import { join, live } from "../core/live.js";
import { theme, turn, zone } from "../core/choices.js";
import { keysNow, useKeys } from "../core/keys.js";
import { moment, stamp, zoneName } from "../core/format.js";
import { RANGES, useRange } from "../core/range.js";
import { Dialog, Notes } from "./dialog.js";

/** The views: name, title, the key behind `g`, and its sign. */
export const VIEWS = [
  ["overview", "Overview", "i", "◫"], ["templates", "Templates", "t", "≡"], ["live", "Live", "l", "▸"], ["explore", "Explore", "e", "⌕"],
  ["models", "Models", "m", "△"], ["rules", "Rules & alerts", "r", "♪"], ["settings", "Settings", "s", "⚙"],
];

const helping = cell(false);

function Navigation({ view }) {
  const here = view === "incident" || view === "incidents" ? "overview" : view;
  const bar = useRef(null);
  useEffect(() => {
    // Where the views stand in a row that is wider than the page, the one that is open is brought into sight.
    const open = bar.current?.querySelector("[aria-current]");
    if (open) bar.current.scrollLeft = open.offsetLeft - 60;
  }, [here]);
  return html`<nav class="nav" aria-label="Views" ref=${bar}><ul>${VIEWS.map(([name, title, key, sign]) => html`<li key=${name}>
    <a href=${link(name)} aria-current=${name === here ? "page" : undefined} title=${`g ${key}`}><span class="nav-sign" aria-hidden="true">${sign}</span>${title}</a></li>`)}</ul></nav>`;
}

const STATES = {
  waiting: ["waiting", "Connecting"], here: ["here", "Live"], away: ["away", "Disconnected"], login: ["login", "Locked"],
};

function Connection() {
  const state = useCell(connection);
  const stream = useCell(live);
  const [kind, words] = state === "here" && stream !== "on" ? ["waiting", "Connected"] : STATES[state];
  return html`<span class=${`connection ${kind}`} role="status"><span class="dot" aria-hidden="true"></span>${words}</span>`;
}

/** The time that is looked at. */
function Range() {
  const range = useRange();
  const [own, edit] = useState(false);
  const pick = (event) => {
    const word = event.target.value;
    if (word === "own") return edit(true);
    adjust({ range: word, since: undefined, until: undefined });
  };
  return html`<div class="range">
    <label><span class="unseen">Time range</span><select value=${range.word ?? "own"} onChange=${pick}>
      ${RANGES.map(([word, title]) => html`<option value=${word} selected=${word === range.word}>${word === "all" ? title : `last ${title}`}</option>`)}
      <option value="own" selected=${!range.word}>${range.word ? "from … to …" : `${moment(range.since, { seconds: false })} – ${moment(range.until, { seconds: false }).slice(range.until - range.since < 86_400_000 ? 11 : 0)}`}</option>
    </select></label>
    ${range.ends === "log" && range.word !== "all" && html`<span class="range-note" title="The log ends here; nothing came since.">to ${moment(range.until, { seconds: false })}</span>`}
    ${!range.word && html`<button type="button" class="quiet" onClick=${() => adjust({ since: undefined, until: undefined })}>Reset</button>`}
    ${own && html`<${OwnRange} range=${range} close=${() => edit(false)} />`}
  </div>`;
}

function OwnRange({ range, close }) {
  const field = (value) => moment(value).replace(" ", "T");
  const apply = (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const at = (name) => Date.parse(`${form.get(name)}${zone.get() === "utc" ? "Z" : ""}`);
    const [since, until] = [at("since"), at("until")];
    if (since < until) adjust({ since: stamp(since), until: stamp(until), range: undefined });
    close();
  };
  return html`<${Dialog} title=${`Time range (${zoneName()})`} close=${close}><form class="fields" onSubmit=${apply}>
    <label>From <input type="datetime-local" name="since" step="1" required value=${field(range.since)} /></label>
    <label>To <input type="datetime-local" name="until" step="1" required value=${field(range.until)} /></label>
    <div class="actions"><button class="main">Show</button></div></form></${Dialog}>`;
}

function Search() {
  const { view, query } = useCell(address);
  const field = useRef(null);
  const own = view === "templates" || view === "explore";
  useKeys([["/", "search", () => field.current.focus()]]);
  const search = (event) => {
    event.preventDefault();
    const words = field.current.value.trim();
    if (own) adjust({ q: words || undefined });
    else go("explore", { q: words });
    field.current.blur();
  };
  const escape = (event) => event.key === "Escape" && field.current.blur();
  return html`<form class="search" role="search" onSubmit=${search}>
    <input ref=${field} type="search" aria-label=${view === "templates" ? "Search templates" : "Search lines"} placeholder=${view === "templates" ? "Search templates  /" : "Search lines  /"} value=${own ? query.q ?? "" : ""} onKeyDown=${escape} />
  </form>`;
}

function Help() {
  const layers = keysNow();
  return html`<${Dialog} title="Keys" close=${() => helping.set(false)}>
    ${layers.map((rows) => rows.length > 0 && html`<dl class="keys">${rows.map(([keys, words]) => html`<div><dt>${keys.split(", ").map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${words}</dd></div>`)}</dl>`)}
  </${Dialog}>`;
}

const signs = { auto: "◐", light: "☀", dark: "☾" };

function Choices() {
  const [colour, times] = [useCell(theme), useCell(zone)];
  return html`<div class="choices">
    <button type="button" class="quiet" title="Zone of times" onClick=${() => turn(zone, ["local", "utc"])}><span class="unseen">Times in </span>${times === "utc" ? "UTC" : "local"}</button>
    <button type="button" class="quiet" title=${`Colours: ${colour}`} aria-label=${`Colours: ${colour}`} onClick=${() => turn(theme, ["auto", "light", "dark"])}>${signs[colour]}</button>
    <button type="button" class="quiet" aria-label="Keys" title="Keys  ?" onClick=${() => helping.set(true)}>?</button>
  </div>`;
}

/** Asks for the token; it goes to the server once, which answers with a cookie that no script can read. */
function Login() {
  const [refused, say] = useState("");
  const begin = async (event) => {
    event.preventDefault();
    const token = new FormData(event.target).get("token");
    event.target.reset();
    try {
      await send("POST", "/api/v1/session", { token });
      say("");
      join();
    } catch (problem) {
      say(problem.kind === "login" ? "This token is not known." : problem.message);
    }
  };
  return html`<main class="login" id="main"><form class="card fields" onSubmit=${begin}><h1>logsift</h1><p>This server asks for a token. <code>logsift token create</code> makes one.</p>
    <label>Token <input type="password" name="token" autocomplete="current-password" required autofocus /></label>
    ${refused && html`<p class="refused" role="alert">${refused}</p>`}<button class="main">Log in</button></form></main>`;
}

/** Says that what is shown may be old. */
function Banner() {
  const state = useCell(connection);
  if (state !== "away") return null;
  return html`<div class="banner" role="alert">The server cannot be reached. What is shown is what was known before; it is asked again by itself.</div>`;
}

/** The page around a view. */
export function Shell({ view, title, children }) {
  const state = useCell(connection);
  const open = useCell(helping);
  const main = useRef(null);
  const first = useRef(true);
  useKeys([
    ...VIEWS.map(([name, words, key]) => [`g ${key}`, words, () => go(name)]),
    ["?", "these keys", () => helping.set(true)],
    ["u", "times in UTC or here", () => turn(zone, ["local", "utc"])],
  ]);
  useEffect(() => {
    document.title = `${title} · logsift`;
    // After a step to another view the focus goes with it, as it would with a page of its own.
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
    scrollTo(0, 0);
  }, [view, title]);
  if (state === "login") return html`<${Login} /><${Notes} />`;
  return html`<a class="skip" href="#main" onClick=${(event) => (event.preventDefault(), main.current.focus())}>To the content</a>
    <header class="top"><a class="brand" aria-label="logsift, to the overview" href=${link("overview")}><img src="/static/icon.svg" alt="" width="22" height="22" /><span>logsift</span></a>
      <${Search} /><${Range} /><${Choices} /><${Connection} /></header>
    <${Navigation} view=${view} />
    <main id="main" ref=${main} tabindex="-1" aria-label=${title}><${Banner} />${children}</main>
    ${open && html`<${Help} />`}<${Notes} />`;
}
