// The real server: lines of a generated log are sent to `logsift serve`, and every view is opened over what it found.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { VIEWS, browser, overhang, page, violations, wellBehaved } from "./browser.mjs";

const PROGRAM = process.env.LOGSIFT_BIN ?? fileURLToPath(new URL("../../target/debug/logsift", import.meta.url));
const PATIENCE = 240_000;
const folder = mkdtempSync(join(tmpdir(), "logsift-dashboard-"));
const started = await browser(after);
after(() => rmSync(folder, { recursive: true, force: true }));

const freePort = () => new Promise((found) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => found(port));
  });
});

async function until(what, ready) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await pause(300)) {
    const found = await ready().catch(() => null);
    if (found) return found;
  }
  throw new Error(`${what}: not within ${PATIENCE / 1000} s`);
}

test("every view works over the real server", { timeout: PATIENCE + 120_000 }, async () => {
  assert.ok(existsSync(PROGRAM), `${PROGRAM} is not built: cargo build`);
  execFileSync(PROGRAM, ["generate", "database", "--lines", "4000", "--seed", "3", "-o", folder], { stdio: "ignore" });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const daemon = spawn(PROGRAM, ["serve", "--state", join(folder, "state"), "--listen", `127.0.0.1:${port}`], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  daemon.stderr.on("data", (bytes) => (said += bytes));
  try {
    const ask = async (path) => (await fetch(`${url}/api/v1/${path}`)).json();
    await until("it listens", () => ask("status"));
    const sent = await fetch(`${url}/ingest`, { method: "POST", headers: { "content-type": "text/plain" }, body: readFileSync(join(folder, "database.log")) });
    assert.ok(sent.ok, `${sent.status} ${await sent.text()}`);
    const incidents = await until("an incident", async () => (await ask("incidents")).rows.length && (await ask("incidents")).rows);
    // Counts are written when an epoch ends: learning ends it.
    await fetch(`${url}/api/v1/models/train`, { method: "POST", headers: { "x-requested-with": "test" } });
    const templates = await until("templates", async () => (await ask("templates")).rows.length && (await ask("templates")).rows);
    const one = await page(started, url, { expects: [/404/] });
    for (const view of Object.keys(VIEWS).filter((name) => name !== "report")) {
      const path = VIEWS[view].replace("{incident}", incidents[0].id).replace("{template}", templates[0].id).replace(/since=.*/, "range=all");
      await one.goto(path);
      assert.equal(await overhang(one.opened), 0, view);
      assert.equal(await one.opened.locator(".problem").count(), 0, `${view}: ${await one.opened.locator("#main").innerText()}`);
      assert.deepEqual(await violations(one.opened), [], view);
    }
    await one.goto("overview?range=all");
    await one.opened.locator(".incident a").first().click();
    await one.opened.locator("[data-cause=first]").waitFor();
    wellBehaved(one, "the real server");
    await one.close();
  } catch (problem) {
    problem.message += `\n${said.slice(-2000)}`;
    throw problem;
  } finally {
    daemon.kill("SIGTERM");
    await new Promise((ended) => daemon.once("exit", ended));
  }
});
