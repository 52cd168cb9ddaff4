// What differs from a baseline in, a panel for each kind of difference out.

const DIFFERENT = 100;

function differences(page, diff) {
  page.append(el("h2", {}, "Against the baseline"));
  const side = (label, one) => [label, one.name + ": " + many(one.records, "record", "records")];
  const matched = diff.streams.filter((row) => row.by !== "name").slice(0, 50).map((row) =>
    ["matched", row.target + " with " + (row.baseline.length > 3 ? many(row.baseline.length, "stream", "streams") : row.baseline.join(", ") || "nothing")]);
  const facts = [side("baseline", diff.baseline), side("target", diff.target), ...matched, ["unchanged", many(diff.unchanged, "template", "templates")]];
  page.append(el("div", { class: "panel" }, el("dl", { class: "facts-list" }, facts.map(([name, text]) => [el("dt", {}, name), el("dd", {}, foreign(text))]))));
  differencePanel(page, "New", diff.new, ["records", "level", "where", "line"], newCells);
  differencePanel(page, "Slower", diff.slower, ["factor", "median", "9 of 10 below", "template"], (row) => [
    el("td", { class: "number" }, number(row.factor) + "×"), el("td", { class: "number" }, number(row.a.median) + " → " + number(row.b.median) + " ", foreign(row.unit)),
    el("td", { class: "number" }, number(row.a.p90) + " → " + number(row.b.p90) + " ", foreign(row.unit)), el("td", { class: "mono whole" }, template(row.template))]);
  differencePanel(page, "Other values", diff.values, ["new", "share", "before", "template"], (row) => [
    el("td", { class: "mono" }, foreign(row.new.join(", "))), el("td", { class: "number" }, share(row.share)),
    el("td", { class: "mono" }, foreign(row.known.join(row.what === "new" ? ", " : " to "))), el("td", { class: "mono whole" }, template(row.template))]);
  for (const [name, rows] of [["Gone", diff.gone], ["More", diff.more], ["Less", diff.less]]) {
    differencePanel(page, name, rows, ["baseline", "target", "level", "template"], (row) => [
      el("td", { class: "number" }, whole(row.a.count) + " (" + share(row.a.share) + ")"), el("td", { class: "number" }, whole(row.b.count) + " (" + share(row.b.share) + ")"),
      el("td", {}, foreign(row.level)), el("td", { class: "mono whole" }, template(row.template))]);
  }
}

function differencePanel(page, title, rows, names, cells) {
  if (!rows.length) return;
  const body = el("tbody", {}, rows.slice(0, DIFFERENT).map((row) => el("tr", {}, cells(row))));
  const head = el("thead", {}, el("tr", {}, names.map((name) => el("th", {}, name))));
  const rest = rows.length - DIFFERENT;
  page.append(el("h3", {}, title + ": " + whole(rows.length)),
    el("div", { class: "panel scroll" }, el("table", { class: "stack" }, head, body), rest > 0 && el("p", { class: "soft" }, whole(rest) + " more")));
}

function newCells(row) {
  const lines = (list, style) => list.map((text) => el("div", { class: style }, foreign(text)));
  const message = String(row.message || row.template).split("\n").slice(0, 30);
  const around = row.failure >= 1;
  return [el("td", { class: "number" }, whole(row.count)), el("td", { class: around ? "kind high" : "kind" }, foreign(row.level === "none" ? (around ? "failure" : "") : row.level)),
    el("td", { class: "place" }, placed(row)),
    el("td", { class: "whole" }, el("div", { class: "lines" }, around && lines(row.before, "around"), lines(message, "itself"), around && lines(row.after, "around")))];
}
