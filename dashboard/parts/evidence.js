// Why a finding was raised: each observation in words, with what was expected against what was seen, and its figures.
import { html } from "../core/view.js";
import { link } from "../core/address.js";
import { get } from "../core/api.js";
import { number } from "../core/format.js";
import { useQuestion } from "../core/question.js";
import { placeOf, strongest } from "../shared/story.js";
import { Severity, When } from "./badges.js";
import { Expected } from "./marks.js";
import { Line, Template, Words, plain } from "./text.js";

/** A finding with its evidence; where only the list's row is known the rest is asked for. `after` adds what it knows of it. */
export function Evidence({ finding, given = false, message = false, after }) {
  const whole = useQuestion(`finding ${finding.id} ${given}`, async (signal) => (given ? { report: finding } : get(`/api/v1/findings/${encodeURIComponent(finding.id)}`, {}, { signal })));
  const report = whole.data?.report;
  return html`<div class="evidence"><p class="evidence-head"><${Severity} of=${finding.severity} short=${true} /><span class="kind">${finding.kind}</span><${When} of=${finding.time} />${finding.held && html`<span class="held">held: ${finding.held}</span>`}</p>
    <p class="evidence-why"><${Words} text=${finding.explanation} /></p>
    ${strongest(report?.evidence ?? []).map((one, place) => html`<div key=${place} class="evidence-one">
      ${one.sentence !== finding.explanation && html`<p><${Words} text=${one.sentence} /></p>`}
      <${Expected} expected=${one.expected} seen=${one.seen} />
      ${one.figures?.length > 0 && html`<p class="evidence-figures">${one.figures.map((figure) => html`<span>${plain(figure.name)} <b>${number(figure.value)}</b>${figure.unit && figure.unit !== figure.name ? ` ${plain(figure.unit)}` : ""}</span>`)}</p>`}</div>`)}
    ${message && report?.message && html`<div class="lines"><div class="around"><span class="line-number">${report.line ?? ""}</span><${Line} text=${report.message} /></div></div>`}
    ${report?.template && html`<p class="evidence-template">${given || !finding.template_id ? html`<${Template} text=${report.template} most=${200} />` : html`<a href=${link(["templates", finding.template_id])}><${Template} text=${report.template} most=${200} /></a>`}</p>`}
    ${report?.file && html`<p class="soft evidence-where"><bdi>${plain(placeOf(report))}</bdi></p>`}
    ${report && after?.(report)}</div>`;
}
