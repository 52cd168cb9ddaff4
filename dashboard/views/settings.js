// How this server is set up: its sources, who may come in, what it keeps, its settings and where each comes from.
import { html, useState } from "../core/view.js";
import { connection, get, send } from "../core/api.js";
import { useCell } from "../core/cell.js";
import { theme, zone } from "../core/choices.js";
import { bytes, duration, number } from "../core/format.js";
import { useQuestion } from "../core/question.js";
import { State, When } from "../parts/badges.js";
import { Dialog, attempt } from "../parts/dialog.js";
import { Answer, Empty } from "../parts/states.js";
import { Words, plain } from "../parts/text.js";
import { Offered } from "./rules.js";

/** The view. */
export default function Settings() {
  return html`<div class="view-head"><h1>Settings</h1></div><div class="columns"><div class="stack"><${Sources} /><${Configuration} /></div><div class="stack"><${Page} /><${Kept} /><${Tokens} /><${Audit} /></div></div>`;
}

function Sources() {
  const sources = useQuestion("sources", (signal) => get("/api/v1/sources", {}, { signal }), { every: 10_000, on: ["source"] });
  return html`<section class="card" aria-label="Sources"><h2>Sources</h2><${Answer} of=${sources} lines=${4}>${({ rows }) => rows.length === 0 ? html`<${Empty} title="No source yet" />`
    : html`<div class="scrolls" tabindex="0" role="group" aria-label="Sources, a table"><table class="plain-table"><thead><tr><th>Source</th><th>Kind</th><th class="right">Lines</th><th class="right">Bytes</th><th class="right">Last line</th></tr></thead><tbody>${rows.map((row) => html`<tr key=${row.name}><td><bdi>${plain(row.name)}</bdi>${(row.labels ?? []).map((label) => html` <code class="soft">${plain(label.name)}=${plain(label.value)}</code>`)}${row.problem && html`<br /><span class="bad"><${Words} text=${row.problem} /></span>`}${row.possibly_lost_bytes > 0 && html`<br /><span class="bad">${bytes(row.possibly_lost_bytes)} may be lost: the file was cut before it could be read</span>`}</td>
      <td>${row.kind}</td><td class="right">${number(row.lines)}</td><td class="right">${bytes(row.bytes)}</td><td class="right">${row.last_line_age_seconds === null ? "–" : `${duration(row.last_line_age_seconds)} ago`}</td></tr>`)}</tbody></table></div>`}</${Answer}></section>`;
}

function Page() {
  const [colour, times] = [useCell(theme), useCell(zone)];
  const choice = (of, value, values, title) => html`<fieldset class="choice"><legend>${title}</legend>${values.map(([word, words]) => html`<label key=${word} class="check"><input type="radio" name=${title} checked=${value === word} onChange=${() => of.set(word)} /> ${words}</label>`)}</fieldset>`;
  return html`<section class="card stack" aria-label="This page"><h2>This page</h2>${choice(theme, colour, [["auto", "as the system"], ["light", "light"], ["dark", "dark"]], "Colours")}${choice(zone, times, [["local", `here (${Intl.DateTimeFormat().resolvedOptions().timeZone})`], ["utc", "UTC"]], "Times")}<${Session} /></section>`;
}

function Session() {
  const session = useQuestion("session", (signal) => get("/api/v1/session", {}, { signal }));
  const end = async () => {
    await attempt(() => send("DELETE", "/api/v1/session"), "Logged out");
    connection.set("login");
  };
  return html`<${Answer} of=${session} lines=${1}>${(who) => (!who?.name || who.name === "local" ? html`<p class="soft">No token is asked for: this server answers on this machine alone.</p>` : html`<p>You are <b>${plain(who.name)}</b> (${plain(who.role)}). <button type="button" onClick=${end}>Log out</button></p>`)}</${Answer}>`;
}

function Kept() {
  const status = useQuestion("status", (signal) => get("/api/v1/status", {}, { signal }), { every: 20_000 });
  return html`<section class="card" aria-label="What is kept"><h2>What is kept</h2><${Answer} of=${status} lines=${3}>${(data) => html`<dl class="pairs wide-pairs"><div><dt>on the disk</dt><dd>${bytes(data.disk_bytes)}</dd></div>
    ${(data.memory ?? []).map((row) => html`<div key=${row.part}><dt>memory: ${plain(row.part)}</dt><dd>${bytes(row.bytes)}</dd></div>`)}<div><dt>waits to be read</dt><dd>${bytes(data.queue?.unread_bytes)} of ${bytes(data.queue?.limit_bytes)}</dd></div>${data.version && html`<div><dt>version</dt><dd>${plain(data.version)}</dd></div>`}</dl>`}</${Answer}></section>`;
}

function Configuration() {
  return html`<${Offered} title="Effective settings" path="/api/v1/config" every=${0} instead=${html`<code>logsift config show --origin</code> does.`}>${(rows) => html`<div class="scrolls" tabindex="0" role="group" aria-label="Settings, a table"><table class="plain-table"><thead><tr><th>Key</th><th>Value</th><th>From</th></tr></thead><tbody>${rows.map((row) => html`<tr key=${row.key}><td><code>${plain(row.key)}</code></td><td><code>${plain(String(row.value))}</code></td><td class="soft">${plain(row.origin)}</td></tr>`)}</tbody></table></div>`}</${Offered}>`;
}

const ROLES = ["push", "read", "feedback", "admin"];

function Tokens() {
  const tokens = useQuestion("tokens", (signal) => get("/api/v1/tokens", {}, { signal }));
  const [making, open] = useState(false);
  const [sure, ask] = useState(null);
  const revoke = async () => {
    await attempt(() => send("DELETE", `/api/v1/tokens/${encodeURIComponent(sure)}`), `${sure} opens nothing any more`);
    ask(null);
    tokens.again();
  };
  return html`<section class="card" aria-label="Tokens"><div class="section-head"><h2>Tokens</h2><button type="button" onClick=${() => open(true)}>New token</button></div><${Answer} of=${tokens} lines=${2}>${({ rows }) => rows.length === 0 ? html`<p class="soft">None. The first must be one for admin; from then on nobody comes in without one.</p>`
    : html`<ul class="channels">${rows.map((row) => html`<li key=${row.name}><div><b>${plain(row.name)}</b> <${State} of=${row.role} /><p class="soft">made <${When} of=${row.created} seconds=${false} />, ${row.used ? html`used <${When} of=${row.used} seconds=${false} />` : "never used"}</p></div><button type="button" class="danger" onClick=${() => ask(row.name)}>Revoke<span class="unseen"> ${plain(row.name)}</span></button></li>`)}</ul>`}</${Answer}>
    ${making && html`<${NewToken} close=${() => (open(false), tokens.again())} />`}
    ${sure && html`<${Dialog} title="Revoke a token" close=${() => ask(null)}><p>Whoever uses <b>${plain(sure)}</b> is locked out at once.</p><div class="actions"><button type="button" class="danger" onClick=${revoke}>Revoke</button><button type="button" onClick=${() => ask(null)}>Cancel</button></div></${Dialog}>`}</section>`;
}

function NewToken({ close }) {
  const [made, show] = useState(null);
  const make = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const answer = await attempt(() => send("POST", "/api/v1/tokens", { name: form.get("name"), role: form.get("role") }));
    if (answer) show(answer);
  };
  return html`<${Dialog} title="New token" close=${close}>${made ? html`<p>This is shown only now. Keep it where secrets are kept.</p><p class="secret"><code>${made.token}</code></p><div class="actions"><button class="main" type="button" onClick=${close}>Done</button></div>`
    : html`<form class="fields" onSubmit=${make}><label>Name <input name="name" required maxlength="64" pattern="[A-Za-z0-9._\\-]+" /></label><label>May <select name="role">${ROLES.map((role) => html`<option key=${role}>${role}</option>`)}</select></label><div class="actions"><button class="main">Make</button></div></form>`}</${Dialog}>`;
}

function Audit() {
  const audit = useQuestion("audit", (signal) => get("/api/v1/audit", { limit: 50 }, { signal }), { every: 30_000 });
  return html`<section class="card" aria-label="Who did what"><h2>Who did what</h2><${Answer} of=${audit} lines=${3}>${({ rows }) => rows.length === 0 ? html`<p class="soft">Nothing was changed yet.</p>`
    : html`<ul class="plain">${rows.slice(0, 20).map((row) => html`<li key=${row.id}><${When} of=${row.at} /> <b>${plain(row.actor)}</b> ${plain(row.action)} ${plain(row.subject)} ${row.outcome !== "done" ? html`<span class="bad">${plain(row.outcome)}</span>` : ""}</li>`)}</ul>`}</${Answer}></section>`;
}
