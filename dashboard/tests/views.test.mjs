// Every view, over every kind of log, in both colours and three widths.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { SIZES, VIEWS, browser, overhang, page, pathOf, violations, wellBehaved } from "./browser.mjs";
import { serve } from "./server.mjs";

const started = await browser(after);
const PROFILES = ["application", "database", "security", "web", "microservices", "kubernetes", "system", "performance"];

async function seen(scenario, views, sizes, { dark = false, axe = true } = {}) {
  const server = await serve({ scenario });
  try {
    for (const [name, size] of sizes) {
      const one = await page(started, server.url, { size, dark });
      for (const view of views) {
        const where = `${view} of ${scenario}, ${name}${dark ? ", dark" : ""}`;
        await one.goto(pathOf(view, server.known));
        assert.equal(await overhang(one.opened), 0, `${where} is wider than its window`);
        assert.ok((await one.opened.locator("#main h1").count()) >= 1 || view === "report", `${where} has no title`);
        if (axe) assert.deepEqual(await violations(one.opened), [], where);
      }
      wellBehaved(one, `${scenario}, ${name}`);
      await one.close();
    }
  } finally {
    await server.close();
  }
}

const all = Object.keys(VIEWS);
test("every view in light is well behaved and accessible", () => seen("data", all, [["usual", SIZES.usual]]));
test("every view in dark is well behaved and accessible", () => seen("data", all, [["usual", SIZES.usual]], { dark: true }));
test("every view fits 360 points and 2560 points", () => seen("data", all, [["narrow", SIZES.narrow], ["wide", SIZES.wide]], { axe: false }));
test("a narrow page is accessible", () => seen("data", ["overview", "incident", "explore"], [["narrow", SIZES.narrow]]));
for (const profile of PROFILES) test(`the story of a ${profile} log is well behaved`, () => seen(profile, ["overview", "incident", "explore", "templates"], [["usual", SIZES.usual]], { axe: false }));
