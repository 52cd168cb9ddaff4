// A real browser for the tests, and what must hold on every page it opens: nothing on the console, nothing asked of another
// origin, nothing executed, no part wider than the window, and no fault that axe knows of.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const tools = process.env.LOGSIFT_DASHBOARD_TOOLS;
if (!tools) throw new Error("run this by scripts/test-dashboard, which brings what it needs");
const require = createRequire(join(tools, "node_modules", "x.js"));
const { chromium } = require("playwright-core");
const AXE = readFileSync(join(tools, "node_modules/axe-core/axe.min.js"), "utf8");

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--font-render-hinting=none"];

/** A port of this machine that nobody listens on. */
export const freePort = () => new Promise((found) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => found(port));
  });
});

/** Every view, by name and address; `{incident}` and `{template}` are filled in. */
export const VIEWS = {
  overview: "overview?range=all", incident: "incidents/{incident}?range=all", templates: "templates?range=all", template: "templates/{template}?range=all",
  compare: "compare?since=2024-03-05T00:00:00Z&until=2024-03-06T00:00:00Z", live: "live", explore: "explore?range=all", models: "models", rules: "rules", settings: "settings", report: "report/job-1",
};

export const SIZES = { narrow: { width: 360, height: 760 }, usual: { width: 1280, height: 860 }, wide: { width: 2560, height: 1400 } };

/** A browser that is closed when the tests of a file are over. */
export async function browser(after) {
  const started = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  after(() => started.close());
  return started;
}

/** The address of a view over what a server knows. */
export function pathOf(view, known) {
  const incident = known.incidents.find((row) => row.severity === "critical") ?? known.incidents[0];
  const template = known.templates.find((row) => row.slots.length > 2) ?? known.templates[0];
  return VIEWS[view].replace("{incident}", encodeURIComponent(incident?.id ?? "none")).replace("{template}", encodeURIComponent(template?.id ?? "none"));
}

/** A page that notes what must not happen. `expects` are patterns of console lines that a test provokes. */
export async function page(of, url, { size = SIZES.usual, dark = false, expects = [] } = {}) {
  const context = await of.newContext({ viewport: size, colorScheme: dark ? "dark" : "light", timezoneId: "UTC", locale: "en-GB", reducedMotion: "reduce", permissions: ["clipboard-read", "clipboard-write"] });
  const opened = await context.newPage();
  const faults = [];
  const note = (fault) => expects.some((pattern) => pattern.test(fault)) || faults.push(fault);
  opened.on("pageerror", (problem) => note(`exception: ${problem.stack ?? problem}`));
  opened.on("console", (line) => ["error", "warning"].includes(line.type()) && note(`console: ${line.text()} ${line.location().url}`));
  opened.on("dialog", (dialog) => (note(`dialog: ${dialog.message()}`), dialog.dismiss()));
  opened.on("popup", () => note("a window was opened"));
  opened.on("request", (request) => !request.url().startsWith(`${url}/`) && !request.url().startsWith("data:") && note(`foreign request: ${request.url()}`));
  return { opened, faults, goto: (path) => settled(opened, `${url}/#/${path}`), close: () => context.close() };
}

/** Opens an address and waits until nothing loads any more. */
export async function settled(opened, address) {
  await opened.goto(address, { waitUntil: "load" });
  await quiet(opened);
}

/** Waits until the page shows what it asked for. */
export async function quiet(opened) {
  await opened.waitForFunction(() => document.querySelector("#main") && !document.querySelector(".loading"), null, { timeout: 30_000 });
  await opened.evaluate(() => document.fonts.ready.then(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))));
}

/** How much wider than its window the page is. */
export const overhang = (opened) => opened.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** What axe finds. It comes in as the browser's own tool would, past the policy of the page. */
export async function violations(opened) {
  await opened.evaluate(AXE);
  const found = await opened.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`).join(" | ")}`);
}

/** All that must hold of a page at any time. */
export function wellBehaved({ faults }, where) {
  assert.deepEqual(faults, [], where);
}
