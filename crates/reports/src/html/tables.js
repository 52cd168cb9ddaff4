// Findings, templates and inputs in, tables out: findings can be searched, sorted and opened.

const ROWS = 200;

function findingsTable(detection) {
  const state = { text: "", severity: "", kind: "", held: true, sort: "score", down: true, range: null, rows: ROWS };
  const body = el("tbody", {});
  const more = el("div", { class: "more" });
  const count = el("span", { class: "soft small" });
  const words = new Map(detection.findings.map((row) => [row, [row.id, row.kind, row.severity, row.stream, placeOf(row), row.template, row.message,
    row.explanation, row.incident_id, row.held, row.session].join("\n").toLowerCase()]));
  const columns = [["severity", (row) => gravity(row.severity)], ["score", (row) => row.score, "number"], ["time", (row) => row.time || ""],
    ["kind", (row) => row.kind], ["what", (row) => row.explanation], ["where", (row) => placeOf(row)], ["incident", (row) => row.incident_id || "~" + row.held]];

  function fits(row) {
    const time = instant(row.time);
    return (state.held || row.incident_id) && (!state.severity || row.severity === state.severity) && (!state.kind || row.kind === state.kind) &&
      (!state.range || (time !== null && time >= state.range[0] && time < state.range[1])) &&
      state.text.split(/\s+/).every((word) => words.get(row).includes(word));
  }

  function draw() {
    const key = columns.find(([name]) => name === state.sort)[1];
    const order = (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) * (state.down ? -1 : 1);
    const rows = detection.findings.filter(fits).sort(order);
    body.replaceChildren(...rows.slice(0, state.rows).map((row) => findingRow(row, columns.length)));
    count.textContent = rows.length === detection.findings.length ? many(rows.length, "finding", "findings") : whole(rows.length) + " of " + many(detection.findings.length, "finding", "findings");
    const rest = rows.length - state.rows;
    more.replaceChildren(...(rest > 0 ? [el("button", { type: "button", click: () => { state.rows += ROWS * 5; draw(); } }, whole(rest) + " more")] : []));
    for (const head of heads) head.setAttribute("aria-sort", head.dataset.key !== state.sort ? "none" : state.down ? "descending" : "ascending");
  }

  const set = (change) => { Object.assign(state, change, { rows: ROWS }); draw(); };
  const heads = columns.map(([name, , style]) => el("th", { class: style, "data-key": name, scope: "col" },
    el("button", { type: "button", click: () => set(state.sort === name ? { down: !state.down } : { sort: name, down: name === "severity" || name === "score" }) }, name)));
  const choice = (label, key, values) => el("select", { "aria-label": label, change: (event) => set({ [key]: event.target.value }) },
    el("option", { value: "" }, label), values.map((value) => el("option", { value }, value)));
  const kinds = [...new Set(detection.findings.map((row) => row.kind))].sort();
  const filters = el("div", { class: "filters" },
    el("input", { type: "search", placeholder: "search in findings", "aria-label": "search in findings", input: (event) => set({ text: event.target.value.toLowerCase().trim() }) }),
    choice("every severity", "severity", Object.keys(GRAVITY)), choice("every kind", "kind", kinds),
    el("label", { class: "small" }, el("input", { type: "checkbox", checked: "", change: (event) => set({ held: event.target.checked }) }), "with those held back"), count);
  draw();
  return { element: el("div", { class: "panel" }, filters, el("div", { class: "scroll" }, el("table", { class: "stack" }, el("thead", {}, el("tr", {}, heads)), body)), more),
    range: (range) => set({ range }) };
}

function findingRow(row, columns) {
  const cells = el("tr", { class: "opens", tabindex: 0 },
    el("td", { class: "kind " + severity(row.severity) }, foreign(row.severity)), el("td", { class: "number" }, number(row.score)),
    el("td", { class: "number" }, moment(row.time)), el("td", { class: "kind" }, foreign(row.kind)),
    el("td", { class: "whole" }, foreign(row.explanation), row.message && el("span", { class: "mono" }, foreign(String(row.message).slice(0, 240)))),
    el("td", { class: "place" }, placed(row)),
    el("td", {}, row.incident_id ? foreign(row.incident_id) : el("span", { class: "soft" }, foreign(String(row.held || "held").replaceAll("-", " ")))));
  let detail = null;
  const open = () => {
    if (detail) { detail.remove(); detail = null; return; }
    detail = el("tr", {}, el("td", { class: "whole", colspan: columns }, findingDetail(row)));
    cells.after(detail);
  };
  cells.addEventListener("click", open);
  cells.addEventListener("keydown", (event) => { if (event.key === "Enter") open(); });
  return cells;
}

function findingDetail(row) {
  const facts = [["chance", row.p_value ? "1 in " + whole(Math.round(1 / row.p_value)) : ""], ["rank", whole(row.budget_rank)], ["records", whole(row.records)],
    ["where", placeOf(row)], ["stream", row.stream], ["session", row.session], ["class", row.class], ["rules", (row.rules || []).join(", ")], ["template", row.template], ["id", row.id]].filter(([, value]) => value);
  return [row.message && el("div", { class: "lines long" }, String(row.message).split("\n").map((text) => el("div", { class: "itself" }, foreign(text)))),
    el("h3", {}, "Evidence"), evidenceTable(row.evidence),
    el("dl", { class: "facts-list" }, facts.map(([name, value]) => [el("dt", {}, name), el("dd", {}, name === "template" ? template(value) : foreign(value))]))];
}

function templatesTable(overview) {
  const most = Math.max(1e-9, ...overview.top.map((row) => row.share));
  const rows = (label, list) => list.map((row, nth) => el("tr", {}, el("td", { class: "soft kind wide" }, nth ? "" : label), el("td", { class: "number" }, whole(row.count)),
    el("td", { class: "number wide" }, share(row.share)), el("td", { class: "wide" }, shareBar(row.share / most, 110)), el("td", {}, foreign(row.level)), el("td", { class: "mono whole" }, template(row.template))));
  const head = ["", "records", "share", "", "level", "template"].map((name, nth) => el(name ? "th" : "td", { class: [1, 2].includes(nth) ? "number" + (nth === 2 ? " wide" : "") : [0, 3].includes(nth) ? "wide" : null }, name));
  return el("div", { class: "panel scroll" }, el("table", { class: "stack" }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows("most frequent", overview.top), rows("rarest", overview.rare))));
}

function adoptionsTable(adopted) {
  const head = ["what", "message", "stream", "since", "normal from", "finding"].map((name, nth) => el("th", { class: [3, 4].includes(nth) ? "number" : null }, name));
  const rows = adopted.map((row) => el("tr", {}, el("td", {}, foreign(row.explanation)), el("td", { class: "mono whole" }, row.template ? template(row.template) : ""), el("td", {}, foreign(row.stream || "")),
    el("td", { class: "number" }, row.since ? moment(row.since) : ""), el("td", { class: "number" }, row.adopted ? moment(row.adopted) : ""), el("td", { class: "mono" }, foreign(row.finding_id))));
  return el("div", { class: "panel scroll" }, el("p", { class: "soft" }, "These lasted for so long that they are normal from then on; ", el("code", {}, "logsift feedback not-normal"), " takes that back."),
    el("table", { class: "stack" }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows)));
}

function inputsPanel(report) {
  const head = ["input", "lines", "records", "format", "fits", "from", "to"].map((name, nth) =>
    el("th", { class: [1, 2, 4].includes(nth) ? "number" + (nth === 4 ? " wide" : "") : nth > 4 ? "wide" : null }, name));
  const rows = report.inputs.map((input) => {
    const format = input.formats[0];
    return el("tr", {}, el("td", { class: "place whole" }, placed({ file: input.name === "-" ? "standard input" : input.name })), el("td", { class: "number", "data-is": "lines" }, whole(input.balance.lines)),
      el("td", { class: "number", "data-is": "records" }, whole(input.balance.records)), el("td", {}, foreign(format ? format.name : "")), el("td", { class: "number wide" }, format ? share(format.confidence) : ""),
      el("td", { class: "number wide" }, input.time ? moment(input.time.first) : ""), el("td", { class: "number wide" }, input.time ? moment(input.time.last) : ""));
  });
  const balance = report.totals.balance;
  const skipped = Object.values(balance.skipped).reduce((all, each) => all + each, 0);
  const sum = many(balance.lines, "line", "lines") + " = " + many(balance.records, "record", "records") + " + " +
    many(balance.continuations, "continuation line", "continuation lines") + " + " + whole(skipped) + " skipped";
  const assumed = report.inputs.flatMap((input) => [input.zone && "zone: " + input.zone, ...input.assumptions].filter(Boolean).map((text) => [input.name, text]));
  const levels = report.totals.levels.map((row) => row.level + " " + whole(row.records)).join(" · ");
  const facts = [["balance", balance.holds ? sum : sum + ": this does not add up, please report it"], ["levels", levels],
    ...assumed.slice(0, 50).map(([name, text]) => ["assumed", name + ": " + text]), ...report.notices.slice(0, 200).map((notice) => [notice.kind, notice.name + ": " + notice.text])];
  return el("div", { class: "panel" }, el("div", { class: "scroll" }, el("table", { class: "stack" }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows))),
    el("h3", {}, "Accounted for"), el("dl", { class: "facts-list" }, facts.map(([name, text]) => [el("dt", {}, name), el("dd", {}, foreign(text))])));
}
