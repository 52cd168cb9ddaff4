// Log text that tries to be more than text stays text: in every view nothing of it runs, loads, or breaks the page.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { SIZES, VIEWS, browser, overhang, page, pathOf, quiet, wellBehaved } from "./browser.mjs";
import { PAYLOADS } from "./hostile.mjs";
import { serve } from "./server.mjs";

const started = await browser(after);
const FOREIGN = "#main script, #main iframe, #main object, #main embed, #main video, #main audio, #main style, #main base, #main meta, #main template, #main link, #main [onerror], #main [onload], #main [onfocus], #main a[href^='javascript']";

test("there are forty payloads", () => assert.equal(new Set(PAYLOADS).size, 40));

for (const [name, size] of [["usual", SIZES.usual], ["narrow", SIZES.narrow]]) {
  test(`no payload is more than text, ${name}`, async () => {
    const server = await serve({ scenario: "hostile" });
    const one = await page(started, server.url, { size });
    for (const view of Object.keys(VIEWS)) {
      await one.goto(pathOf(view, server.known));
      assert.equal(await one.opened.locator(FOREIGN).count(), 0, `${view} made an element of log text`);
      assert.match(await one.opened.title(), / · logsift$/, `${view}: the title was changed`);
      assert.equal(await overhang(one.opened), 0, `${view} is wider than its window`);
      const loose = await one.opened.evaluate(() => /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(document.querySelector("#main").textContent));
      assert.equal(loose, false, `${view} shows controls as they are`);
    }
    wellBehaved(one, `hostile, ${name}`);
    await one.close();
    await server.close();
  });
}

test("every payload can be read as it is in the cause line", async () => {
  const server = await serve({ scenario: "hostile" });
  const one = await page(started, server.url);
  const readable = (text) => !/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\ufeff\ud800-\udfff]/u.test(text) && text.length < 1500;
  for (const incident of server.known.incidents.slice(0, 12)) {
    const message = incident.report.causes[0].message;
    await one.goto(`incidents/${incident.id}?range=all`);
    if (readable(message)) assert.ok((await one.opened.locator(".cause-line").first().innerText()).includes(message.replace(/\s+$/, "")), message);
  }
  wellBehaved(one, "cause lines");
  await one.close();
  await server.close();
});

test("events with payloads are text, too", async () => {
  const server = await serve({ scenario: "data" });
  const one = await page(started, server.url);
  await one.goto("live");
  for (const [place, payload] of PAYLOADS.entries()) server.tell({ event: "finding", id: `x${place}`, severity: "high", kind: "new-template", time: "2024-03-09T00:00:00Z", explanation: payload, stream: payload.slice(0, 200), incident_id: null });
  await one.opened.waitForFunction(() => document.querySelector("[role=grid]")?.getAttribute("aria-rowcount") > 40);
  await quiet(one.opened);
  assert.equal(await one.opened.locator(FOREIGN).count(), 0);
  wellBehaved(one, "live");
  await one.close();
  await server.close();
});
