// The real server: lines of a generated log are sent to `logsift serve`, and every view is opened over what it found.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { VIEWS, browser, freePort, overhang, page, violations, wellBehaved } from "./browser.mjs";

const PROGRAM = process.env.LOGSIFT_BIN ?? fileURLToPath(new URL("../../target/debug/logsift", import.meta.url));
const PATIENCE = 120_000;
const folder = mkdtempSync(join(tmpdir(), "logsift-dashboard-"));
const started = await browser(after);
after(() => rmSync(folder, { recursive: true, force: true }));

async function until(what, ready) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await pause(300)) {
    const found = await ready().catch(() => null);
    if (found) return found;
  }
  throw new Error(`${what}: not within ${PATIENCE / 1000} s`);
}

const CONFIG = `alerts:
  channels:
    paper: {file: {path: ${join(folder, "alerts.txt")}}}
  route: {channels: [paper]}
  calendars:
    nights: {windows: [{hours: ['22:00-06:00']}]}
`;

let url;
let said = "";
const ask = async (path) => (await fetch(`${url}/api/v1/${path}`)).json();

/** A daemon that has read a log with known trouble; it ends with the tests. */
async function running() {
  assert.ok(existsSync(PROGRAM), `${PROGRAM} is not built: cargo build`);
  execFileSync(PROGRAM, ["generate", "database", "--lines", "4000", "--seed", "3", "-o", folder], { stdio: "ignore" });
  writeFileSync(join(folder, "logsift.yaml"), CONFIG);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const words = ["serve", "-c", join(folder, "logsift.yaml"), "--state", join(folder, "state"), "--listen", `127.0.0.1:${port}`];
  const daemon = spawn(PROGRAM, words, { stdio: ["ignore", "ignore", "pipe"] });
  daemon.stderr.on("data", (bytes) => (said += bytes));
  after(async () => {
    daemon.kill("SIGTERM");
    if (daemon.exitCode === null) await new Promise((ended) => daemon.once("exit", ended));
  });
  await until("it listens", () => ask("status"));
  const sent = await fetch(`${url}/ingest`, { method: "POST", headers: { "content-type": "text/plain" }, body: readFileSync(join(folder, "database.log")) });
  assert.ok(sent.ok, `${sent.status} ${await sent.text()}`);
  await until("an incident", async () => (await ask("incidents")).rows.length);
  await until("templates", async () => (await ask("templates")).rows.length);
}
await running().catch((problem) => { throw new Error(`${problem.message}\n${said.slice(-2000)}`); });

async function on(path, use, more = {}) {
  const one = await page(started, url, more);
  await one.goto(path);
  await use(one.opened, one);
  wellBehaved(one, path);
  await one.close();
}

const GRAVITY = ["critical", "high", "medium", "low"];
const open = (rows) => rows.filter((row) => row.state === "open").length ? rows.filter((row) => row.state === "open") : rows;

/** The incident that stands first: of the gravest severity, and of those with the highest score. */
async function worst() {
  const { rows } = await ask("incidents?limit=1000");
  return [...open(rows)].sort((a, b) => GRAVITY.indexOf(a.severity) - GRAVITY.indexOf(b.severity) || b.score - a.score)[0];
}

test("every view works over the real server", { timeout: PATIENCE }, async () => {
  const incident = await worst();
  const [template] = (await ask("templates")).rows;
  const one = await page(started, url, { expects: [/404/] });
  for (const view of Object.keys(VIEWS).filter((name) => name !== "report")) {
    const path = VIEWS[view].replace("{incident}", incident.id).replace("{template}", template.id).replace(/since=.*/, "range=all");
    await one.goto(path);
    assert.equal(await overhang(one.opened), 0, view);
    assert.equal(await one.opened.locator(".problem").count(), 0, `${view}: ${await one.opened.locator("#main").innerText()}`);
    assert.doesNotMatch(await one.opened.locator("#main").innerText(), /does not show them|undefined|NaN/, view);
    assert.deepEqual(await violations(one.opened), [], view);
  }
  wellBehaved(one, "the real server");
  await one.close();
});

test("two clicks lead from the page to the cause line of the worst incident", () => on("overview?range=all", async (opened) => {
  const incident = await worst();
  await opened.locator(".incident a").first().click();
  await opened.locator("[data-cause=first]").click();
  assert.ok(opened.url().includes(`/incidents/${incident.id}`), `${opened.url()} is not that of ${incident.title}`);
  assert.ok((await opened.locator("[data-cause=first]").innerText()).includes(incident.cause.split("\n")[0].trim()));
}));

test("four keys do, too", () => on("overview?range=all", async (opened) => {
  const incident = await worst();
  await opened.keyboard.press("Enter");
  await opened.locator("[data-cause=first]").waitFor();
  await opened.keyboard.press("c");
  assert.equal(await opened.evaluate(() => document.activeElement.dataset.cause), "first");
  assert.ok(opened.url().includes(`/incidents/${incident.id}`));
}));

test("rules have hits and are tried, channels are tried, silences made and ended", () => on("rules", async (opened) => {
  await opened.locator("[aria-label=Rules] tbody tr").first().waitFor();
  assert.match(await opened.locator("[aria-label=Rules] tbody tr").first().innerText(), /[1-9]\d*$/, "the first has hits");
  await opened.getByRole("button", { name: "Try a rule" }).click();
  await opened.locator("textarea[name=rule]").fill("title: All\nseverity: low\nwhen: {regex: '.'}\n");
  await opened.getByRole("button", { name: "Try", exact: true }).click();
  await opened.locator("dialog").getByText(/would be tried on every record/).waitFor();
  await opened.locator("textarea[name=rule]").fill("title: Any\nseverity: low\nwhen: {words: statement}\n");
  await opened.getByRole("button", { name: "Try", exact: true }).click();
  await opened.getByText(/Fires on [1-9][\d,]* of [1-9][\d,]* records/).waitFor();
  await opened.keyboard.press("Escape");
  await opened.getByRole("button", { name: "Test paper" }).click();
  await opened.getByText("paper took a test notice").waitFor();
  assert.match(readFileSync(join(folder, "alerts.txt"), "utf8"), /paper/);
  await opened.getByRole("button", { name: "New silence" }).click();
  await opened.getByLabel("Value").fill("nightly");
  await opened.getByLabel("Comment").fill("known");
  await opened.getByRole("button", { name: "Silence", exact: true }).click();
  await opened.getByRole("button", { name: /^End/ }).click();
  await opened.locator("[aria-label=Silences]").getByText("None.").waitFor();
}, { expects: [/400 .*rules\/test/] }));

test("the settings show where each value comes from", () => on("settings", async (opened) => {
  const table = opened.locator("[aria-label='Effective settings']");
  await table.locator("tbody tr").first().waitFor();
  const text = await table.innerText();
  assert.match(text, /state\.folder[^\n]*--state/);
  assert.match(text, /alerts\.channels\.paper\.file\.path[^\n]*logsift\.yaml:\d+/);
}));

test("lines come live to who asks for them", () => on("live?lines=all", async (opened) => {
  await opened.locator(".connection.here").waitFor();
  const told = setInterval(() => fetch(`${url}/ingest?app=live`, { method: "POST", headers: { "content-type": "text/plain" }, body: "a line for those who look\n" }), 300);
  await opened.getByText("a line for those who look").first().waitFor().finally(() => clearInterval(told));
}));

test("lines around what was found are searched, and lead to their incident", () => on("explore?range=all", async (opened) => {
  const { rows } = await ask("lines?limit=1000");
  assert.ok(["finding", "cause", "around"].every((kept) => rows.some((row) => row.kept === kept)), "lines of every kind are kept");
  await opened.getByRole("button", { name: /around a cause/ }).click();
  await opened.waitForFunction(() => location.hash.includes("kept=around"));
  await opened.locator(".table-row").first().click();
  await opened.getByRole("link", { name: "Open its incident" }).click();
  await opened.locator("[data-cause=first]").waitFor();
}));

test("the volume shows every level", () => on("overview?range=all", async (opened) => {
  const { rows } = await ask("timeline");
  const told = Object.entries(rows[0].levels).filter(([level]) => rows.some((row) => row.levels[level] > 0)).map(([level]) => level);
  assert.ok(told.length > 3, `${told}`);
  const legend = await opened.locator(".volume-legend").first().innerText();
  for (const level of told) assert.ok(legend.includes(level), `${level} is not in ${legend}`);
}));

test("a log that is let go on the page is analysed and opens as a report", () => on("overview?range=all", async (opened) => {
  await opened.locator("input[type=file]").first().setInputFiles(join(folder, "database.log"));
  await opened.waitForFunction(() => location.hash.startsWith("#/report/"));
  await opened.locator(".incident").first().click();
  await opened.locator("[data-cause=first]").waitFor();
  assert.ok(!(await opened.locator("#main").innerText()).includes(folder), "no path of the server is shown");
}));

test("a report of scan opens from a file, by itself, whatever stands in it", async () => {
  const hostile = join(folder, "hostile.log");
  const trap = "</script><script>window.caught = 1</script><img src=x onerror=window.caught=1> \u202e {{script}}";
  const lines = readFileSync(join(folder, "database.log"), "utf8").split("\n").map((line, place) => (place % 400 === 7 ? `${line} ${trap}` : line));
  writeFileSync(hostile, lines.join("\n"));
  const report = join(folder, "report.html");
  execFileSync(PROGRAM, ["scan", hostile, "-q", "-o", report], { stdio: "ignore" });
  for (const dark of [false, true]) {
    const one = await page(started, "file://", { dark });
    await one.opened.goto(`file://${report}`);
    await one.opened.locator("details.incident[open] .story li").first().waitFor();
    const seen = await one.opened.locator("#page").innerText();
    assert.doesNotMatch(seen, /undefined|NaN|\[object/);
    assert.equal(await one.opened.evaluate(() => window.caught), undefined);
    assert.equal(await overhang(one.opened), 0);
    assert.deepEqual(await violations(one.opened).catch((problem) => [String(problem)]), []);
    await one.opened.locator("input[type=search]").first().fill("statement");
    wellBehaved(one, "a report");
    await one.close();
  }
  assert.ok(statSync(report).size - JSON.stringify(lines).length < 400_000, "the report has grown");
});

// The last one: it changes what is raised.
test("feedback shows its effect, is written, and holds", async () => {
  const incident = await worst();
  await on(`incidents/${incident.id}?range=all`, async (opened) => {
    await opened.getByRole("button", { name: "Normal", exact: true }).click();
    await opened.getByText(/would have hidden 1 of \d+ incidents?/).waitFor();
    await opened.getByLabel("Why").fill("a drill: # of \"us\"");
    await opened.getByRole("button", { name: "Say so" }).click();
    await opened.locator("dialog").waitFor({ state: "detached" });
  });
  assert.match(readFileSync(join(folder, "logsift.feedback.yaml"), "utf8"), new RegExp(incident.fingerprint));
  await until("it holds", async () => (await ask(`incidents/${incident.id}`)).state !== "open");
});
