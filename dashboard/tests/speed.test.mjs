// What the page weighs and how long it takes: bytes over the wire, time until it can be used, work for a row that scrolls by.
import assert from "node:assert/strict";
import { availableParallelism, loadavg } from "node:os";
import { after, test } from "node:test";
import { browser, page, quiet, wellBehaved } from "./browser.mjs";
import { serve } from "./server.mjs";

const started = await browser(after);

test("the first view takes less than 200 KB over the wire", async () => {
  const server = await serve({});
  const one = await page(started, server.url);
  const session = await one.opened.context().newCDPSession(one.opened);
  await session.send("Network.enable");
  let files = 0;
  const kinds = new Map();
  session.on("Network.responseReceived", ({ requestId, response }) => kinds.set(requestId, response.url));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => kinds.get(requestId)?.includes("/api/") || (files += encodedDataLength));
  await one.goto("overview?range=all");
  console.log(`first view: ${files} bytes of files`);
  assert.ok(files > 20_000 && files < 200_000, `${files}`);
  wellBehaved(one, "weight");
  await one.close();
  await server.close();
});

test("it can be used within 300 ms", async () => {
  const server = await serve({});
  const [times, work] = [[], []];
  for (let run = 0; run < 8; run += 1) {
    const one = await page(started, server.url);
    const session = await one.opened.context().newCDPSession(one.opened);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    await one.opened.addInitScript(() => {
      const look = () => (document.querySelector(".incident a") ? (window.usable = performance.now()) : requestAnimationFrame(look));
      look();
    });
    await one.goto("overview?range=all");
    times.push(await one.opened.evaluate(() => window.usable));
    work.push((await session.send("Performance.getMetrics")).metrics.find((metric) => metric.name === "TaskDuration").value * 1000);
    await one.close();
  }
  await server.close();
  const busy = loadavg()[0] > availableParallelism();
  console.log(`usable after ${times.map(Math.round).join(", ")} ms; work of the page ${work.map(Math.round).join(", ")} ms; load ${loadavg()[0].toFixed(1)}`);
  // Other work on the machine only adds to it, so the quickest run counts; where there is more work than cores, no clock
  // says how long the page itself takes, but the time that its thread worked does, until everything was drawn.
  assert.ok(Math.min(...(busy ? work : times)) < 300, `${busy ? work : times}`);
});

test("100,000 rows scroll at 60 frames", async () => {
  const server = await serve({ scenario: "large" });
  const one = await page(started, server.url);
  await one.opened.goto(`${server.url}/#/templates?range=all`);
  await one.opened.waitForFunction(() => document.querySelector("[role=grid]")?.getAttribute("aria-rowcount") === "100001", null, { timeout: 60_000 });
  await quiet(one.opened);
  const session = await one.opened.context().newCDPSession(one.opened);
  // Ticks of the thread, so that what else runs on the machine does not count.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const busy = async () => (await session.send("Performance.getMetrics")).metrics.find((metric) => metric.name === "TaskDuration").value * 1000;
  const before = await busy();
  const frames = await one.opened.evaluate(() => new Promise((done) => {
    const box = document.querySelector("[role=grid]");
    let frames = 0;
    const step = () => {
      // A wheel that is turned hard, and now and then a jump.
      box.scrollTop += frames % 20 === 19 ? 200_000 : 240;
      if ((frames += 1) < 120) requestAnimationFrame(step);
      else done(frames);
    };
    requestAnimationFrame(step);
  }));
  const each = ((await busy()) - before) / frames;
  console.log(`scrolling: ${each.toFixed(1)} ms of work a frame`);
  assert.ok(each < 16.6, `${each} ms of work for a frame`);
  const rows = await one.opened.locator(".table-row").count();
  assert.ok(rows > 10 && rows < 80, `${rows} rows are drawn`);
  await one.opened.keyboard.press("End");
  await one.opened.waitForFunction(() => document.querySelector("[aria-rowindex='100001']"));
  wellBehaved(one, "scrolling");
  await one.close();
  await server.close();
});
