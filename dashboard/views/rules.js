// Rules and what they hit, silences, calendars, the channels and what waits in the outbox. A server that lacks one of these
// is no error: the part says so, and what does it instead.
import { html, useState } from "../core/view.js";
import { link } from "../core/address.js";
import { get, send } from "../core/api.js";
import { duration, many, number, stamp, time } from "../core/format.js";
import { useQuestion } from "../core/question.js";
import { Severity, State, When } from "../parts/badges.js";
import { Dialog, attempt, say } from "../parts/dialog.js";
import { Loading, Answer, Empty } from "../parts/states.js";
import { Line, Words, plain } from "../parts/text.js";
import { useOffer } from "./incident/actions.js";

/** The view. */
export default function Rules() {
  return html`<div class="view-head"><h1>Rules & alerts</h1></div><div class="columns"><div class="stack"><${RuleList} /><${Outbox} /></div><div class="stack"><${Channels} /><${Silences} /><${Calendars} /></div></div>`;
}

/** A part that is there where the server has its route. */
export function Offered({ title, path, instead, every = 15_000, head, children }) {
  const has = useOffer("get", path);
  return html`<section class="card" aria-label=${title}><div class="section-head"><h2>${title}</h2>${has && head}</div>
    ${has === undefined ? html`<${Loading} lines=${3} />` : has ? html`<${Asked} path=${path} every=${every}>${children}</${Asked}>` : html`<p class="soft">This server does not show them. ${instead}</p>`}</section>`;
}

function Asked({ path, every, children }) {
  const question = useQuestion(path, (signal) => get(path, {}, { signal }), { every, on: ["incident-opened", "status"] });
  return html`<${Answer} of=${question} lines=${3}>${({ rows }) => children(rows, question.again)}</${Answer}>`;
}

function RuleList() {
  const [trying, open] = useState(false);
  const tries = useOffer("post", "/api/v1/rules/test");
  return html`<${Offered} title="Rules" path="/api/v1/rules" instead=${html`<code>logsift rules list</code> does.`} head=${tries && html`<button type="button" onClick=${() => open(true)}>Try a rule</button>`}>${(rows) => rows.length === 0 ? html`<${Empty} title="No rule is in force" />`
    : html`<div class="scrolls" tabindex="0" role="group" aria-label="Rules, a table"><table class="plain-table"><thead><tr><th>Rule</th><th>Severity</th><th class="right">Hits</th></tr></thead><tbody>${[...rows].sort((a, b) => b.hits - a.hits).map((row) => html`<tr key=${row.name}>
      <td><b>${plain(row.name)}</b>${row.classic && html` <code class="soft">${plain(row.classic)}</code>`}<br /><span class="soft">${plain(row.description)}</span></td><td><${Severity} of=${row.severity} /></td><td class="right">${number(row.hits)}</td></tr>`)}</tbody></table></div>`}</${Offered}>
    ${trying && html`<${Try} close=${() => open(false)} />`}`;
}

const EXAMPLE = "name: my-rule\nseverity: high\nwhen:\n  message: { words: [deadlock, detected] }\n";

function Try({ close }) {
  const [result, show] = useState(null);
  const run = async (event) => {
    event.preventDefault();
    const rule = new FormData(event.target).get("rule");
    show((await attempt(() => send("POST", "/api/v1/rules/test", { rule }))) ?? null);
  };
  return html`<${Dialog} title="Try a rule on recent lines" wide=${true} close=${close}><form class="fields" onSubmit=${run}><label>Rule <textarea name="rule" rows="9" class="code" required defaultValue=${EXAMPLE}></textarea></label><div class="actions"><button class="main">Try</button></div></form>
    ${result && html`<p role="status">Fires on <b>${number(result.matched)} of ${many(result.of, "line")}</b>, in ${duration(result.microseconds / 1e6)}.</p><div class="lines" tabindex="0" role="group" aria-label="Lines that fire">${result.lines.map((row) => html`<div class="around"><span class="line-number">${row.line}</span><${Line} text=${row.text} most=${500} /></div>`)}</div>`}</${Dialog}>`;
}

function Channels() {
  const test = async (row, again) => {
    const answer = await attempt(() => send("POST", `/api/v1/channels/${encodeURIComponent(row.name)}/test`));
    if (answer) say(answer.sent ? `${row.name} took a test notice` : `${row.name}: ${answer.problem}`, answer.sent ? "good" : "bad");
    again();
  };
  return html`<${Offered} title="Channels" path="/api/v1/channels" instead=${html`<code>logsift alerts list</code> does.`}>${(rows, again) => rows.length === 0 ? html`<${Empty} title="Nobody is told"><p>Channels are set under <code>alerts.channels</code> in the settings.</p></${Empty}>`
    : html`<ul class="channels">${rows.map((row) => html`<li key=${row.name}><div><b>${plain(row.name)}</b> <span class="soft">${plain(row.kind)}</span> <${State} of=${row.state} /><p class="soft">${many(row.sent, "notice")} sent${row.waiting ? `, ${number(row.waiting)} waiting` : ""}${row.parked ? `, ${number(row.parked)} parked` : ""}${row.last_sent ? html`, last <${When} of=${row.last_sent} seconds=${false} />` : ""}</p>${row.problem && html`<p class="bad"><${Words} text=${row.problem} /></p>`}</div>
      <button type="button" onClick=${() => test(row, again)}>Test<span class="unseen"> ${plain(row.name)}</span></button></li>`)}</ul>`}</${Offered}>`;
}

const matcher = (one) => `${one.name} ${one.op ?? "="} ${one.value}`;

function Silences() {
  const [making, open] = useState(null);
  const makes = useOffer("post", "/api/v1/silences");
  const end = async (row, again) => {
    await attempt(() => send("DELETE", `/api/v1/silences/${encodeURIComponent(row.id)}`), "The silence is over");
    again();
  };
  return html`<${Offered} title="Silences" path="/api/v1/silences" instead=${html`<code>logsift alerts silence</code> makes one.`}>${(rows, again) => html`${rows.length === 0 ? html`<p class="soft">None.</p>` : html`<ul class="channels">${rows.map((row) => html`<li key=${row.id}><div>${row.matchers.map((one) => html`<code><${Words} text=${matcher(one)} most=${120} /></code> `)}<p class="soft">until <${When} of=${row.ends} seconds=${false} />, ${plain(row.author ?? "")}: ${plain(row.comment)}</p></div><button type="button" onClick=${() => end(row, again)}>End</button></li>`)}</ul>`}
    ${makes && html`<p class="more-link"><button type="button" onClick=${() => open({ again })}>New silence</button></p>`}
    ${making && html`<${NewSilence} close=${() => (open(null), making.again())} />`}`}</${Offered}>`;
}

function NewSilence({ close }) {
  const make = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const matchers = [{ name: form.get("name"), op: form.get("op"), value: form.get("value") }];
    const given = { matchers, ends: stamp(Date.now() + Number(form.get("hours")) * 3_600_000), comment: form.get("comment") };
    if (await attempt(() => send("POST", "/api/v1/silences", given), "It is silent")) close();
  };
  return html`<${Dialog} title="New silence" close=${close}><form class="fields" onSubmit=${make}><div class="field-row"><label>Label <select name="name"><option>stream</option><option>severity</option><option>kind</option><option>fingerprint</option></select></label><label>is <select name="op"><option>=</option><option>!=</option><option>=~</option><option>!~</option></select></label><label>Value <input name="value" required /></label></div>
    <label>Hours <input name="hours" type="number" min="1" max="8760" value="4" required /></label><label>Comment <input name="comment" required maxlength="300" /></label><div class="actions"><button class="main">Silence</button></div></form></${Dialog}>`;
}

function Calendars() {
  return html`<${Offered} title="Calendar" path="/api/v1/calendars" instead=${html`They stand under <code>alerts.calendars</code> in the settings.`}>${(rows) => rows.length === 0 ? html`<p class="soft">No maintenance and no quiet hours are set.</p>`
    : html`<ul class="plain">${rows.map((row) => html`<li key=${row.name}><b>${plain(row.name)}</b> <span class="soft">${plain(row.kind)}: ${plain(row.when)}; ${plain(row.effect)}</span></li>`)}</ul>`}</${Offered}>`;
}

function Outbox() {
  const retries = useOffer("post", "/api/v1/outbox/{id}/retry");
  const retry = async (row, again) => {
    await attempt(() => send("POST", `/api/v1/outbox/${row.id}/retry`), "It is tried again");
    again();
  };
  return html`<${Offered} title="Outbox" path="/api/v1/outbox" instead=${html`<code>logsift alerts list</code> shows what waits.`}>${(rows, again) => rows.length === 0 ? html`<p class="soft">Everything was delivered.</p>`
    : html`<ul class="channels">${[...rows].sort((a, b) => time(b.at) - time(a.at)).slice(0, 50).map((row) => html`<li key=${row.id}><div><${State} of=${row.state} /> ${row.incident_id ? html`<a href=${link(["incidents", row.incident_id])}><${Words} text=${row.title ?? row.change} most=${120} /></a>` : html`<${Words} text=${row.title ?? row.change} />`}
      <p class="soft">${plain(row.change)} · ${plain(row.channel ?? "")} · <${When} of=${row.at} /> · ${many(row.attempts, "try", "tries")}</p>${row.problem && html`<p class="bad"><${Words} text=${row.problem} /></p>`}</div>${row.state === "parked" && retries && html`<button type="button" onClick=${() => retry(row, again)}>Try again</button>`}</li>`)}</ul>`}</${Offered}>`;
}
