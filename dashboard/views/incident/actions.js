// What can be said of an incident: that it is normal, expected for a while, or important; that nobody need hear of it.
// What it would do is shown before it is done. Only what the server has a route for is offered.
import { html, useEffect, useState } from "../../core/view.js";
import { offers, send } from "../../core/api.js";
import { many, moment, number, stamp } from "../../core/format.js";
import { When } from "../../parts/badges.js";
import { Dialog, attempt, say } from "../../parts/dialog.js";
import { Loading, Problem } from "../../parts/states.js";
import { Title } from "../../parts/text.js";

const WORDS = {
  normal: ["Normal", "This is normal: findings like these are not raised any more."],
  "expected-until": ["Expected until …", "This is known and will be over: findings like these are not raised until then."],
  important: ["Important", "This matters: findings like these are raised whatever the budget says."],
};
const NOT_NORMAL = ["Not normal", "This is not normal, however long it lasts: it is not learned, and told for as long as it lasts."];

/** Whether the server has a route, once that is known. */
export function useOffer(method, path) {
  const [has, tell] = useState(undefined);
  useEffect(() => {
    let ended = false;
    offers(method, path).then((answer) => ended || tell(answer), () => ended || tell(false));
    return () => (ended = true);
  }, [method, path]);
  return has;
}

/** The buttons beneath a title. */
export function Actions({ incident, copy, offline }) {
  const [open, show] = useState(null);
  const feedback = useOffer("post", "/api/v1/feedback");
  const silences = useOffer("post", "/api/v1/silences");
  const permalink = () => navigator.clipboard.writeText(location.href).then(() => say("The link is copied"), () => say("The browser does not allow to copy.", "bad"));
  return html`<div class="actions">
    ${!offline && feedback && Object.entries(WORDS).map(([kind, [title]]) => html`<button key=${kind} type="button" onClick=${() => show(kind)}>${title}</button>`)}
    ${!offline && silences && html`<button type="button" onClick=${() => show("silence")}>Silence</button>`}
    <button type="button" onClick=${copy} title="y">Copy as Markdown</button>
    ${!offline && html`<button type="button" onClick=${permalink}>Copy link</button>`}
    ${!offline && feedback === false && html`<span class="soft actions-note">This server takes no feedback; <code>logsift feedback</code> writes it to a file.</span>`}
    ${open === "silence" ? html`<${Silence} incident=${incident} close=${() => show(null)} />` : open && html`<${Feedback} kind=${open} target=${{ fingerprint: incident.fingerprint }} title=${incident.title} close=${() => show(null)} />`}
  </div>`;
}

const DAY = 86_400_000;
const later = (days) => moment(Date.now() + days * DAY).slice(0, 10);

/** What lasted so long that it was learned as a new normal, and the button that takes it back. */
export function NewNormal({ finding, since, offline }) {
  const [open, show] = useState(false);
  const feedback = useOffer("post", "/api/v1/feedback");
  return html`<p class="soft">It lasted so long that it counts as normal since <${When} of=${since} />. ${!offline && feedback && html`<button type="button" class="quiet" onClick=${() => show(true)}>Not normal</button>`}</p>
    ${open && html`<${Feedback} kind="not-normal" target=${{ finding: finding.id }} title=${finding.explanation} close=${() => show(false)} />`}`;
}

/** How much it would have changed of what. */
function effectOf(kind, effect) {
  if (kind === "not-normal") return ["taken back", many(effect.taken_back, "new normal")];
  const count = kind === "important" ? effect.changed : effect.hidden;
  return [kind === "important" ? "marked" : "hidden", `${number(count)} of ${many(effect.incidents, "incident")}`];
}

function Feedback({ kind, target: about, title, close }) {
  const [effect, show] = useState(undefined);
  const [problem, fail] = useState(null);
  const target = { verdict: kind, ...about };
  const [name, meaning] = WORDS[kind] ?? NOT_NORMAL;
  useEffect(() => {
    // Any day will do for the question what it would have changed.
    send("POST", "/api/v1/feedback/preview", { ...target, ...(kind === "expected-until" ? { until: later(7) } : {}) }).then(show, fail);
  }, []);
  const apply = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const until = form.get("until");
    const given = { ...target, why: form.get("why"), ...(until ? { until: stamp(Date.parse(`${until}T23:59:59Z`)) } : {}) };
    if (await attempt(() => send("POST", "/api/v1/feedback", given), "It is noted, and holds from now on.")) close();
  };
  return html`<${Dialog} title=${name} close=${close}><form class="fields" onSubmit=${apply}><p>${meaning}</p><p class="dialog-subject"><${Title} text=${title} /></p>
    <div class="effect">${problem ? html`<${Problem} problem=${problem} />` : effect === undefined ? html`<${Loading} lines=${1} />`
      : html`<p>Over the last ${many(effect.days, "day")} it would have ${effectOf(kind, effect)[0]} <strong>${effectOf(kind, effect)[1]}</strong>${effect.more ? ", of those that could be looked at" : ""}.</p>`}</div>
    ${kind === "expected-until" && html`<label>Until the end of <input type="date" name="until" required min=${later(0)} value=${later(7)} /></label>`}
    <label>Why <input name="why" required maxlength="300" placeholder="What others should know" /></label>
    <div class="actions"><button class="main">Say so</button><button type="button" onClick=${close}>Cancel</button></div></form></${Dialog}>`;
}

const LENGTHS = [[1, "1 hour"], [4, "4 hours"], [24, "1 day"], [168, "1 week"]];

function Silence({ incident, close }) {
  const apply = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const matchers = [{ name: "fingerprint", op: "=", value: incident.fingerprint }];
    const given = { matchers, ends: stamp(Date.now() + Number(form.get("hours")) * 3_600_000), comment: form.get("comment") };
    if (await attempt(() => send("POST", "/api/v1/silences", given), "Nobody is told of it for that long.")) close();
  };
  return html`<${Dialog} title="Silence" close=${close}><form class="fields" onSubmit=${apply}><p>Incidents of this kind are still found and shown; nobody is told of them.</p><p class="dialog-subject"><${Title} text=${incident.title} /></p>
    <label>For <select name="hours">${LENGTHS.map(([hours, words]) => html`<option value=${hours}>${words}</option>`)}</select></label>
    <label>Comment <input name="comment" required maxlength="300" /></label>
    <div class="actions"><button class="main">Silence</button><button type="button" onClick=${close}>Cancel</button></div></form></${Dialog}>`;
}
