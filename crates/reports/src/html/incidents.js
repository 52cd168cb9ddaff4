// Incidents in, cards out: what happened, the lines that look like the cause, the story, the evidence.

function incidentCard(row, nth, findings) {
  const began = row.start ? moment(row.start) + " UTC, " + duration(row.seconds) : null;
  const about = [began, many(row.finding_count, "finding", "findings"), many(row.records, "record", "records"), row.streams.join(", "), (row.classes || []).join(", ")];
  const own = findings.filter((finding) => finding.incident_id === row.id);
  return el("details", { class: "incident is-" + severity(row.severity), id: row.id, open: nth === 0 },
    el("summary", {},
      el("span", { class: "badge " + severity(row.severity) }, nth + 1 + "  ", foreign(row.severity).flat()),
      el("span", { class: "title" }, foreign(row.title)),
      el("span", { class: "fold" }),
      el("span", { class: "about" }, foreign(about.filter(Boolean).join(" · ")))),
    el("div", { class: "body" },
      el("h3", {}, row.causes.length > 1 ? "Likely causes, the likeliest first" : "Likely cause"),
      row.causes.map((cause, index) => causeBlock(cause, row, index === 0)),
      el("h3", {}, "What happened, in order"),
      el("ol", { class: "story" }, stepped(row.story).map((step) => storyStep(step, row))),
      el("h3", {}, "Evidence"),
      evidenceTable(own.flatMap((finding) => finding.evidence)),
      el("p", { class: "small soft" }, "fingerprint ", el("code", {}, foreign(row.fingerprint)))));
}

function causeBlock(cause, row, whole) {
  const beside = [cause.level, cause.time && clock(cause.time, row.start)].filter(Boolean).join(" · ");
  const around = (text) => el("div", { class: "around" }, foreign(text));
  const itself = String(cause.message).split("\n").map((text) => el("div", { class: "itself" }, foreign(text)));
  return el("article", { class: "cause" },
    el("header", {}, el("span", { class: "place" }, placed(cause)), el("span", { class: "soft small" }, foreign(beside))),
    el("div", { class: "lines long", tabindex: 0 }, whole && cause.before.map(around), itself, whole && cause.after.map(around)),
    el("p", { class: "small" }, el("b", {}, share(cause.weight) + " likely: "), foreign(cause.why)));
}

function storyStep(step, row) {
  return el("li", {},
    el("time", {}, step.time ? clock(step.time, row.start) : "", step.after !== null && el("small", {}, "+" + duration(step.after))),
    el("div", { class: "what" }, foreign(step.sentence),
      el("small", {}, foreign(step.kind), " · ", el("span", { class: "place" }, placed(step)))));
}

/** The strongest evidence; the rest on demand. */
function evidenceTable(rows) {
  const few = 6;
  const sorted = strongest(rows);
  const head = el("tr", {}, el("th", {}, "kind"), el("th", { class: "number" }, "expected"), el("th", { class: "number" }, "seen"),
    el("th", { class: "wide" }, "surprise"), el("th", {}, "in words"));
  const cells = (row) => el("tr", {}, el("td", { class: "kind" }, foreign(row.kind)), el("td", { class: "number", "data-is": "expected" }, number(row.expected)),
    el("td", { class: "number", "data-is": "seen" }, number(row.seen)), el("td", { class: "wide" }, shareBar(row.strength, 90)), el("td", { class: "whole" }, foreign(row.sentence)));
  const body = el("tbody", {}, sorted.slice(0, few).map(cells));
  const all = (event) => { body.append(...sorted.slice(few).map(cells)); event.currentTarget.remove(); };
  return el("div", { class: "scroll" }, el("table", { class: "stack" }, el("thead", {}, head), body),
    sorted.length > few && el("button", { type: "button", class: "rest small", click: all }, whole(sorted.length - few) + " more"));
}

/** A bar of so many pixels at most. */
function shareBar(share, pixels) {
  const bar = el("span", { class: "share" });
  bar.style.width = Math.max(1, Math.round(share * pixels)) + "px";
  return bar;
}
