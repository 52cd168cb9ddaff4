// Very much in the store: a million findings, 20,000 templates and as many incidents, a month of volume. The real server
// answers every question of every view, and the browser shows every view, within the bars; else this fails.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { browser, freePort, page, wellBehaved } from "./browser.mjs";

const target = fileURLToPath(new URL("../../target/", import.meta.url));
const PROGRAM = process.env.LOGSIFT_BIN ?? join(target, "debug/logsift");
const FILLER = process.env.LOGSIFT_MANY ?? join(target, "debug/examples/many");
const API_BAR = 100;
const VIEW_BAR = 300;
const ASKED = 20;
const SHOWN = 3;
const SHOWN_AGAIN = 12;
const PATIENCE = 120_000;

const folder = mkdtempSync(join(tmpdir(), "logsift-many-"));
const started = await browser(after);
after(() => rmSync(folder, { recursive: true, force: true }));

let url;
let daemon;

async function running() {
  for (const program of [PROGRAM, FILLER]) assert.ok(existsSync(program), `${program} is not built: cargo build --workspace --examples`);
  const state = join(folder, "state");
  execFileSync(FILLER, [state], { stdio: "inherit" });
  console.log(`the store has ${statSync(join(state, "facts.sqlite")).size >> 20} MiB`);
  writeFileSync(join(folder, "logsift.yaml"), `state: {folder: ${state}, size: 16GiB}\n`);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  daemon = spawn(PROGRAM, ["serve", "-q", "-c", join(folder, "logsift.yaml"), "--listen", `127.0.0.1:${port}`], { stdio: ["ignore", "ignore", "inherit"], cwd: folder });
  after(async () => {
    daemon.kill("SIGTERM");
    if (daemon.exitCode === null) await new Promise((ended) => daemon.once("exit", ended));
  });
  for (const end = Date.now() + PATIENCE; ; await pause(200)) {
    if ((await fetch(`${url}/readyz`).catch(() => null))?.ok) break;
    assert.ok(daemon.exitCode === null && Date.now() < end, "the server does not come up");
  }
  execFileSync(FILLER, [state, "templates"], { stdio: "inherit" });
}
await running();

const hex = (number) => number.toString(16).padStart(16, "0");
const [TEMPLATE, INCIDENT, FINDING] = [hex(77), `inc-${hex(77)}`, hex(1000)];
const ago = (days) => new Date(Math.floor((Date.now() - days * 86_400_000) / 60_000) * 60_000).toISOString();
const until = new Date(Math.ceil(Date.now() / 60_000) * 60_000).toISOString();
const range = (days) => `since=${ago(days)}&until=${until}`;

// Every question of every view: as it is asked for a day, a week and all of it.
const QUESTIONS = [
  "status", "sources", "streams", "session", "config", "tokens", "audit?limit=50", "models", "jobs", "rules", "silences", "channels", "calendars", "outbox", "explain",
  "timeline", ...[1, 7, 31].map((days) => `timeline?${range(days)}`),
  "incidents?limit=1", ...[1, 7, 31].flatMap((days) => [`incidents?${range(days)}&order=worst&limit=200`, `incident-counts?${range(days)}`]), `incidents?${range(7)}&limit=1000`, `incidents/${INCIDENT}`, `incidents?fingerprint=${hex(77)}&limit=20`,
  "findings?limit=200", `findings/${FINDING}`, `findings?incident=${INCIDENT}&limit=100`, `findings?template=${TEMPLATE}&limit=100`,
  ...["", "&q=usually", "&q=nothing%20like%20this", "&kind=rule&severity=critical", "&stream=/var/log/app3.log&state=held", "&kind=none"].map((more) => `findings?${range(31)}&limit=1000${more}`),
  ...["", "&q=pool%20777", "&q=nothing%20like%20this", "&level=fatal", "&kept=around", `&template=${TEMPLATE}`].flatMap((more) => [`lines?${range(31)}&limit=1000${more}`, `line-counts?${range(31)}&step=21600${more}`]),
  "templates?limit=1000", `templates?ids=${hex(1)},${hex(2)},${hex(3)}`, "templates?limit=1000&q=pool%20777", `templates?limit=1000&first_since=${ago(1)}`, `templates/${TEMPLATE}`, `templates/${TEMPLATE}/slots`, `templates/${TEMPLATE}/history?${range(31)}`,
  ...[1, 7, 31].flatMap((days) => [`template-counts?${range(days)}&steps=24`, `template-counts?${range(days)}&rising=5`, `template-changes?from=${ago(2 * days)}&to=${ago(days)}&${range(days)}&limit=1000`]),
];

/** Milliseconds of work that the server did so far. */
function worked() {
  const fields = readFileSync(`/proc/${daemon.pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Whether a bar is kept. A clock counts what else the machine does as well: where the work itself is below the bar, the clock may show twice as much. */
const keeps = (bar, clock, work) => clock < (work < bar ? 2 * bar : bar);

test("every question is answered within 100 ms", { timeout: PATIENCE }, async () => {
  const slow = [];
  for (const question of QUESTIONS) {
    const times = [];
    let size = 0;
    const before = worked();
    for (let run = 0; run < ASKED; run += 1) {
      const begun = performance.now();
      const answer = await fetch(`${url}/api/v1/${question}`);
      size = (await answer.arrayBuffer()).byteLength;
      times.push(performance.now() - begun);
      assert.equal(answer.status, 200, question);
    }
    const each = (worked() - before) / ASKED;
    times.sort((a, b) => a - b);
    const p95 = times[Math.ceil(ASKED * 0.95) - 1];
    const line = `${p95.toFixed(1).padStart(7)} ms p95 ${times[ASKED / 2].toFixed(1).padStart(7)} ms p50 ${each.toFixed(1).padStart(6)} ms of work ${String(size >> 10).padStart(5)} KiB  ${question}`;
    console.log(line);
    if (!keeps(API_BAR, p95, each)) slow.push(line);
  }
  assert.deepEqual(slow, []);
});

const VIEWS = [
  "overview?range=24h", "overview?range=all", `incidents/${INCIDENT}?range=24h`, "templates?range=24h", "templates?range=all", `templates/${TEMPLATE}?range=all`, "live",
  "explore?range=24h", "explore?range=all", "explore?range=all&q=nothing%20like%20this", "explore?range=all&of=findings", "explore?range=all&of=findings&q=nothing%20like%20this", "models", "rules", "settings", "compare?range=7d",
];

test("every view is there within 300 ms", { timeout: PATIENCE }, async () => {
  const one = await page(started, url);
  const session = await one.opened.context().newCDPSession(one.opened);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const drawn = async () => (await session.send("Performance.getMetrics")).metrics.find((metric) => metric.name === "TaskDuration").value * 1000;
  await one.opened.goto(`${url}/#/settings`);
  await one.opened.locator(".connection.here").waitFor();
  // The other parts of the page come on their own; this measures answers.
  await pause(4_000);
  const slow = [];
  for (const view of VIEWS) {
    const [times, works] = [[], []];
    // What else the machine did in the first runs is over in one of the later ones.
    const enough = () => times.length >= (keeps(VIEW_BAR, Math.min(...times), Math.min(...works)) ? SHOWN : SHOWN_AGAIN);
    while (!enough()) {
      await one.opened.evaluate(() => (location.hash = "#/nowhere"));
      await one.opened.locator("#main .problem").waitFor();
      await pause(250);
      const before = worked() + (await drawn());
      times.push(await one.opened.evaluate((path) => new Promise((seen) => {
        const begun = performance.now();
        location.hash = `#/${path}`;
        const look = () => {
          const main = document.querySelector("#main");
          const there = main && !main.querySelector(".loading, .problem") && main.querySelector(".card, .table, .empty, .story");
          if (there || performance.now() - begun > 20_000) requestAnimationFrame(() => seen(performance.now() - begun));
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }), view));
      works.push(worked() + (await drawn()) - before);
    }
    const line = `${Math.min(...times).toFixed(0).padStart(5)} ms (${times.map(Math.round).join(", ")}; work ${works.map(Math.round).join(", ")})  ${view}`;
    console.log(line);
    if (!keeps(VIEW_BAR, Math.min(...times), Math.min(...works))) slow.push(line);
  }
  assert.deepEqual(slow, []);
  wellBehaved(one, "very much");
  await one.close();
});
