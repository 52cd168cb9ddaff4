// How it is used: from the page to the cause line, by keys alone, by the time range, with events coming in, with files.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { browser, page, pathOf, quiet, wellBehaved } from "./browser.mjs";
import { serve } from "./server.mjs";

const started = await browser(after);
const server = await serve({});
after(() => server.close());

async function on(path, use, { url = server.url, ...more } = {}) {
  const one = await page(started, url, more);
  await one.goto(path);
  await use(one.opened, one);
  wellBehaved(one, path);
  await one.close();
}

const GRAVITY = ["critical", "high", "medium", "low"];
const worst = [...server.known.incidents].filter((row) => row.state === "open").sort((a, b) => GRAVITY.indexOf(a.severity) - GRAVITY.indexOf(b.severity) || b.score - a.score)[0];

test("two clicks lead from the page to the cause line of the worst incident", () => on("overview?range=all", async (opened) => {
  await opened.locator(".incident a").first().click();
  await opened.locator("[data-cause=first]").click();
  assert.ok(opened.url().includes(`/incidents/${worst.id}`), opened.url());
  assert.ok((await opened.locator("[data-cause=first]").innerText()).includes(worst.report.causes[0].message.split("\n")[0].trim()));
}));

test("four keys do, too", () => on("overview?range=all", async (opened) => {
  await opened.keyboard.press("Enter");
  await opened.locator("[data-cause=first]").waitFor();
  await opened.keyboard.press("c");
  assert.equal(await opened.evaluate(() => document.activeElement.dataset.cause), "first");
  assert.ok(opened.url().includes(`/incidents/${worst.id}`));
}));

test("an incident that became part of another leads there", async () => {
  const part = server.known.incidents.find((row) => row.id !== worst.id);
  await on(`incidents/${part.id}`, async (opened) => assert.equal(await opened.getByText("part of").count(), 0));
  part.merged_into = worst.id;
  await on(`incidents/${part.id}`, async (opened) => {
    await opened.getByRole("link", { name: "another incident" }).click();
    await opened.waitForFunction((id) => location.hash.includes(id), worst.id);
  });
  part.merged_into = null;
});

test("keys go everywhere", () => on("overview?range=all", async (opened) => {
  for (const [keys, title] of [["gt", "Templates"], ["gl", "Live"], ["ge", "Explore"], ["gm", "Models"], ["gr", "Rules & alerts"], ["gs", "Settings"], ["gi", "Overview"]]) {
    for (const key of keys) await opened.keyboard.press(key);
    await opened.waitForFunction((words) => document.title.startsWith(words), title);
  }
  await quiet(opened);
  await opened.keyboard.press("j");
  await opened.keyboard.press("j");
  await opened.keyboard.press("k");
  assert.equal(await opened.locator(".incident.marked").getAttribute("id"), "incident-1");
  await opened.keyboard.press("?");
  await opened.locator("dialog .keys").first().waitFor();
  assert.match(await opened.locator("dialog").innerText(), /next incident/);
  await opened.keyboard.press("Escape");
  await opened.locator("dialog").waitFor({ state: "detached" });
  await opened.keyboard.press("/");
  await opened.keyboard.type("deadlock");
  await opened.keyboard.press("Enter");
  await opened.waitForFunction(() => location.hash.includes("q=deadlock"));
  await quiet(opened);
  const why = await opened.locator(".table-row").first().innerText();
  assert.match(why, /deadlock/i);
}));

test("what is typed into a field is no command", () => on("templates?range=all", async (opened) => {
  await opened.keyboard.press("/");
  await opened.keyboard.type("gt?jk");
  assert.equal(await opened.locator("dialog").count(), 0);
  assert.equal(await opened.locator(".search input").inputValue(), "gt?jk");
}));

test("rows of a table are reached by keys, and Enter opens one", () => on("templates?range=all", async (opened) => {
  for (let step = 0; step < 40; step += 1) await opened.keyboard.press("j");
  const marked = opened.locator(".table-row[aria-selected=true]");
  assert.equal(await marked.getAttribute("aria-rowindex"), "42");
  const seen = await marked.evaluate((row) => { const box = row.closest(".table").getBoundingClientRect(); const own = row.getBoundingClientRect(); return own.top >= box.top && own.bottom <= box.bottom + 1; });
  assert.ok(seen, "the marked row is out of sight");
  await opened.keyboard.press("Enter");
  await opened.waitForFunction(() => /#\/templates\/[0-9a-f]+/.test(location.hash));
}));

test("a stretch that is drawn over becomes the range, in the address, and goes along", () => on("overview?range=all", async (opened) => {
  const box = await opened.locator(".volume-plot .u-over").boundingBox();
  await opened.mouse.move(box.x + box.width * 0.2, box.y + 40);
  await opened.mouse.down();
  await opened.mouse.move(box.x + box.width * 0.4, box.y + 40, { steps: 5 });
  await opened.mouse.up();
  await opened.waitForFunction(() => /since=.*until=/.test(location.hash));
  const range = new URLSearchParams(opened.url().split("?")[1]);
  const wide = Date.parse(range.get("until")) - Date.parse(range.get("since"));
  assert.ok(wide > 3_600_000 * 12 && wide < 3_600_000 * 72, `${wide}`);
  await opened.getByRole("link", { name: "Explore" }).click();
  await opened.waitForFunction(() => document.title.startsWith("Explore"));
  assert.ok(opened.url().includes(`since=${encodeURIComponent(range.get("since"))}`), opened.url());
  await opened.goBack();
  await opened.goBack();
  assert.ok(!opened.url().includes("since="));
}));

test("the latest incident comes in by itself, and the rest stays as it is", async () => {
  const own = await serve({});
  await on("overview?range=all", async (opened) => {
    await opened.locator(".connection.here").waitFor();
    await opened.evaluate(() => {
      window.first = document.querySelector(".incident");
      window.losses = 0;
      new MutationObserver((all) => all.forEach((one) => one.removedNodes.forEach((node) => node.nodeType === 1 && (window.losses += 1)))).observe(document.querySelector(".incident-list"), { childList: true });
      new MutationObserver((all) => all.forEach((one) => one.addedNodes.forEach((node) => node.classList?.contains("loading") && (window.losses += 100)))).observe(document.querySelector("#main"), { childList: true, subtree: true });
    });
    const added = { ...own.known.incidents[0], id: "new-one", title: "Rare error: `something quite new`", severity: "low", score: 0.1, state: "open" };
    own.known.incidents.unshift(added);
    const before = await opened.locator(".headline-verdict strong").innerText();
    own.tell({ event: "incident-opened", ...added, report: undefined });
    await opened.waitForFunction((words) => document.querySelector(".headline-verdict strong").innerText !== words, before, { timeout: 5_000 });
    assert.equal(await opened.evaluate(() => window.first.isConnected), true);
    assert.equal(await opened.evaluate(() => window.losses), 0, "rows were drawn anew");
  }, { url: own.url });
  await own.close();
});

test("ten thousand events do not hold the page up, and a pause holds them", async () => {
  const own = await serve({});
  await on("live", async (opened) => {
    await opened.locator(".connection.here").waitFor();
    await opened.keyboard.press("p");
    for (let place = 0; place < 10_000; place += 1) own.tell({ event: "finding", id: `e${place}`, severity: "low", kind: "rate-change", time: "2024-03-09T00:00:00Z", explanation: `event ${place}`, stream: "a", incident_id: null });
    await opened.waitForFunction(() => /2,000 wait/.test(document.querySelector("#main").innerText), null, { timeout: 20_000 });
    assert.ok(!(await opened.locator(".table").innerText()).includes("event 9999"));
    await opened.keyboard.press("p");
    await opened.getByText("event 9999").waitFor({ timeout: 5_000 });
    assert.ok((await opened.locator(".table-row").count()) < 100, "rows out of sight are drawn");
  }, { url: own.url });
  await own.close();
});

test("all lines are shown to who asks for them", async () => {
  const own = await serve({});
  await on("live", async (opened) => {
    await opened.getByLabel("all lines").check();
    await opened.waitForFunction(() => location.hash.includes("lines=all"));
    const told = setInterval(() => own.tell({ event: "lines", source: "web", lines: ["<b>one line</b> of many"], skipped: 7 }), 100);
    await opened.getByText("<b>one line</b> of many").first().waitFor();
    await opened.getByText(/lines left out/).waitFor();
    clearInterval(told);
  }, { url: own.url });
  await own.close();
});

test("feedback shows its effect before it is given", () => on(pathOf("incident", server.known), async (opened) => {
  await opened.getByRole("button", { name: "Normal", exact: true }).click();
  await opened.locator(".effect strong").waitFor();
  assert.match(await opened.locator(".effect").innerText(), /would have hidden \d+ of \d+ incidents/);
  await opened.getByLabel("Why").fill("the nightly job");
  await opened.getByRole("button", { name: "Say so" }).click();
  await opened.locator("dialog").waitFor({ state: "detached" });
  assert.equal(server.known.feedback.at(-1).why, "the nightly job");
  assert.equal(server.known.feedback.at(-1).verdict, "normal");
}));

test("what was learned as a new normal is shown and taken back", async () => {
  const own = await serve({});
  const incident = own.known.incidents.find((row) => row.severity === "critical") ?? own.known.incidents[0];
  const strongest = own.known.findings.filter((row) => row.incident_id === incident.id).sort((a, b) => b.score - a.score)[0];
  strongest.report.adopted = "2024-03-01T12:00:00Z";
  await on(pathOf("incident", own.known), async (opened) => {
    await opened.getByText("counts as normal since").waitFor();
    await opened.getByRole("button", { name: "Not normal", exact: true }).click();
    await opened.locator(".effect strong").waitFor();
    assert.match(await opened.locator(".effect").innerText(), /would have taken back 1 new normal/);
    await opened.getByLabel("Why").fill("the retries must go");
    await opened.getByRole("button", { name: "Say so" }).click();
    await opened.locator("dialog").waitFor({ state: "detached" });
    assert.deepEqual([own.known.feedback.at(-1).verdict, own.known.feedback.at(-1).finding], ["not-normal", strongest.id]);
  }, { url: own.url });
  await own.close();
});

test("templates that are new since a deploy are shown", () => on("templates?range=all", async (opened) => {
  const all = await opened.locator(".count").innerText();
  const first = [...server.known.templates].map((row) => row.first).filter(Boolean).sort().at(-1);
  const moment = new Date(Date.parse(first) - 60_000).toISOString().slice(0, 16);
  await opened.getByLabel("new since").fill(moment);
  await opened.keyboard.press("Enter");
  await opened.waitForFunction((before) => !document.querySelector(".count") || document.querySelector(".count").innerText !== before, all);
  await quiet(opened);
  const count = server.known.templates.filter((row) => Date.parse(row.first) >= Date.parse(`${moment}Z`)).length;
  await opened.getByText(new RegExp(`^${count} rows?$`)).waitFor();
  assert.ok(opened.url().includes(`since=${moment.slice(0, 13)}`), opened.url());
}));

test("kept lines are narrowed by facets and lead to their incident", () => on("explore?range=all", async (opened) => {
  await opened.locator(".facet", { hasText: /^fatal/ }).click();
  await opened.waitForFunction(() => location.hash.includes("level=fatal"));
  await quiet(opened);
  const fatal = await opened.locator(".table-row").count();
  assert.ok(fatal > 0);
  await opened.getByRole("button", { name: /level: fatal/ }).click();
  await opened.locator(".facet", { hasText: "around a cause" }).click();
  await opened.waitForFunction(() => location.hash.includes("kept=around"));
  await quiet(opened);
  await opened.locator(".table-row").first().click();
  await opened.getByRole("link", { name: "Open its incident" }).click();
  await opened.locator("[data-cause=first]").waitFor();
}));

test("a search that is not at its end says how far it has looked, and goes on", async () => {
  const own = await serve({});
  await on("explore?range=all", async (opened) => {
    const [first, ...others] = own.known.findings.filter((row) => row.report.message).slice(0, 3).map((row) => ({ time: row.time, kept: "finding", text: row.report.message, level: "error", stream: row.stream }));
    let asked = 0;
    let go = () => {};
    const later = new Promise((open) => (go = open));
    await opened.route("**/api/v1/lines**", async (route) => {
      asked += 1;
      if (asked === 1) return route.fulfill({ json: { rows: [first], next: "c", reached: "2024-03-06T10:00:00Z" } });
      await later;
      return route.fulfill({ json: { rows: others, next: null } });
    });
    await opened.keyboard.press("/");
    await opened.keyboard.type("what is rare");
    await opened.keyboard.press("Enter");
    await opened.getByText("Still looking, back to 2024-03-06 10:00").waitFor();
    assert.equal(await opened.locator(".table-row").count(), 1);
    go();
    await opened.locator(".table-row").nth(2).waitFor();
    assert.equal(await opened.locator(".reached").count(), 0);
  }, { url: own.url });
  await own.close();
});

test("an incident is copied as Markdown in which log text has no meaning", () => on(pathOf("incident", server.known), async (opened) => {
  await opened.keyboard.press("y");
  await opened.locator(".notes p").waitFor();
  const text = await opened.evaluate(() => navigator.clipboard.readText());
  assert.match(text, /^## /);
  assert.match(text, /### Cause\n`[^`]+:\d+`/);
}));

test("a log that is let go on the page is analysed and opens as a report", () => on("overview?range=all", async (opened) => {
  const data = await opened.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["2024-03-04T00:00:00Z error out of memory\n"], "dropped.log"));
    return transfer;
  });
  await opened.dispatchEvent("body", "dragenter", { dataTransfer: data });
  await opened.locator(".drop").waitFor();
  await opened.dispatchEvent("body", "drop", { dataTransfer: data });
  await opened.waitForFunction(() => location.hash.startsWith("#/report/"));
  await opened.locator(".incident").first().click();
  await opened.locator("[data-cause=first]").waitFor();
}));

test("evaluations are opened from files, and their curves are right", () => on("models", async (opened) => {
  const csv = "id,label,score,flagged\n1,1,9,1\n2,1,8,1\n3,0,7,1\n4,0,1,0\n";
  const json = JSON.stringify({ eval_version: 1, unit: "line", name: "x.log", test_units: 4, abnormal: 2, models: [{ model: "default", precision: 0.5, recall: 1, f1: 0.667, roc_auc: 1, average_precision: 1, mcc: 0.5, false_alarm_rate: 0.5 }] });
  await opened.locator("[aria-label=Evaluations] input[type=file]").setInputFiles([{ name: "scores.csv", mimeType: "text/csv", buffer: Buffer.from(csv) }, { name: "e.json", mimeType: "application/json", buffer: Buffer.from(json) }]);
  await opened.locator(".curves").first().waitFor();
  assert.match(await opened.locator(".legend").innerText(), /AUC 1\b/);
  assert.match(await opened.locator(".evaluation").innerText(), /default/);
}));
