// The report in, the page out: the answer first, then the incidents, then all the rest.

function facts(report, detection) {
  const range = report.totals.time;
  const list = [[whole(report.totals.balance.records), "records in " + many(report.totals.inputs, "input", "inputs") + ", " + bytes(report.totals.bytes)]];
  if (range) list.push([duration(range.seconds), moment(range.first) + " – " + clock(range.last, range.first) + " UTC"]);
  if (report.templates) list.push([whole(report.templates.count), "templates"]);
  if (detection) {
    const budget = detection.budget;
    const held = budget.held_over_budget + budget.held_learning + budget.held_marked_normal;
    list.push([budget.spent + " of " + number(budget.allowed), "incidents allowed at " + budget.asked]);
    const reasons = [[budget.held_over_budget, "over budget"], [budget.held_learning, "still learning"], [budget.held_marked_normal, "marked normal"]]
      .filter(([count]) => count).map(([count, why]) => whole(count) + " " + why).join(", ");
    list.push([whole(held), (held === 1 ? "finding" : "findings") + " held back" + (reasons ? ": " + reasons : "")]);
  }
  return el("section", { class: "facts" }, list.map(([figure, about]) => el("div", { class: "fact" }, el("b", {}, figure), el("span", {}, foreign(about)))));
}

function headline(detection) {
  if (!detection) return ["What was read", "nothing was looked for"];
  const count = detection.incidents.length;
  const parts = ["critical", "high", "medium", "low"].map((name) => [detection.incidents.filter((row) => row.severity === name).length, name]).filter(([many]) => many);
  const about = count ? parts.map(([many, name]) => many + " " + name).join(", ") : "nothing was surprising enough for this budget; the most surprising of the rest is listed below";
  const against = detection.compared_with ? " · compared with " + detection.compared_with : "";
  return [count ? many(count, "incident", "incidents") : "No incident", about + against];
}

function masthead(report, detection) {
  const [title, about] = headline(detection);
  const turn = () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  };
  return el("header", { class: "masthead" },
    el("div", {}, el("div", { class: "product" }, el("b", {}, foreign(report.product.name)), " ", foreign(report.product.version)), el("h1", {}, title), el("p", {}, foreign(about))),
    el("button", { type: "button", click: turn }, "light or dark"));
}

function show(report) {
  const detection = report.detection;
  const page = document.getElementById("page");
  page.append(masthead(report, detection), facts(report, detection));
  if (detection) showDetection(page, detection);
  if (report.diff) differences(page, report.diff);
  if (report.templates) page.append(el("h2", {}, "Templates"), templatesTable(report.templates));
  page.append(el("h2", {}, "What was read"), inputsPanel(report));
  page.append(el("footer", {}, "report version " + report.report_version + ". This file holds all that it shows and asks for nothing from anywhere."));
}

function showDetection(page, detection) {
  const cards = detection.incidents.map((row, nth) => incidentCard(row, nth, detection.findings));
  const table = findingsTable(detection);
  const chosen = el("p", { class: "soft" });
  const onRange = (range) => {
    table.range(range);
    let hidden = 0;
    detection.incidents.forEach((row, nth) => {
      const [from, to] = [instant(row.start), instant(row.end)];
      const outside = range && (from === null || from >= range[1] || (to === null ? from : to) < range[0]);
      cards[nth].hidden = Boolean(outside);
      hidden += outside ? 1 : 0;
    });
    chosen.textContent = hidden ? many(hidden, "incident lies", "incidents lie") + " outside of the stretch of time that was chosen" : "";
  };
  const onIncident = (id) => {
    const card = document.getElementById(id);
    card.open = true;
    card.scrollIntoView({ behavior: "smooth", block: "start" });
  };
  const picture = chart(detection, onRange, onIncident);
  if (picture) page.append(picture);
  if (cards.length) page.append(el("h2", {}, "Incidents"), ...cards, chosen);
  if (detection.findings.length) page.append(el("h2", {}, "Findings"), table.element);
  const adopted = detection.adoptions || [];
  if (adopted.length) page.append(el("h2", {}, "New normal"), adoptionsTable(adopted));
  window.addEventListener("beforeprint", () => cards.forEach((card) => { card.open = true; }));
}

show(JSON.parse(document.getElementById("report").textContent));
