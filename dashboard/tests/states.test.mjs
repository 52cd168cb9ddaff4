// Nothing there yet, a server that dies and comes back, one that asks for a token, one that lacks routes, one that fails.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { VIEWS, browser, page, pathOf, quiet, violations, wellBehaved } from "./browser.mjs";
import { serve } from "./server.mjs";

const started = await browser(after);
const GONE = [/Failed to load resource/, /ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/];

test("with nothing every view says what it is waiting for", async () => {
  const server = await serve({ scenario: "empty" });
  const one = await page(started, server.url, { expects: [/404/] });
  for (const view of Object.keys(VIEWS).filter((name) => name !== "report")) {
    await one.goto(pathOf(view, server.known));
    assert.deepEqual(await violations(one.opened), [], view);
    assert.ok((await one.opened.locator("#main").innerText()).length > 20, `${view} is blank`);
  }
  wellBehaved(one, "empty");
  await one.close();
  await server.close();
});

test("a server that dies and comes back: what was known stays, and it goes on by itself", async () => {
  let server = await serve({});
  const { port, url } = server;
  const one = await page(started, url, { expects: GONE });
  await one.goto("overview?range=all");
  const before = await one.opened.locator(".incident").count();
  assert.ok(before > 5);
  await server.close();
  await one.opened.locator(".banner").waitFor({ timeout: 20_000 });
  assert.equal(await one.opened.locator(".incident").count(), before, "incidents went away with the server");
  assert.match(await one.opened.locator(".connection").innerText(), /Disconnected/);
  assert.deepEqual(await violations(one.opened), []);
  await one.opened.evaluate(() => (location.hash = "#/settings"));
  await one.opened.locator(".problem").first().waitFor({ timeout: 20_000 });
  server = await serve({ port });
  await one.opened.locator(".banner").waitFor({ state: "detached", timeout: 30_000 });
  await one.opened.locator(".problem").first().waitFor({ state: "detached", timeout: 30_000 });
  await quiet(one.opened);
  assert.match(await one.opened.locator(".connection").innerText(), /Live|Connected/);
  wellBehaved(one, "died");
  await one.close();
  await server.close();
});

test("a server that asks for a token gets it once, and the page keeps none of it", async () => {
  const server = await serve({ token: "lsft-a-secret-of-good-length" });
  const one = await page(started, server.url, { expects: [/401/, /EventSource/] });
  await one.opened.goto(`${server.url}/#/overview?range=all`);
  await one.opened.locator(".login input").waitFor();
  assert.deepEqual(await violations(one.opened), []);
  await one.opened.locator(".login input").fill("wrong");
  await one.opened.keyboard.press("Enter");
  await one.opened.locator(".refused").waitFor();
  await one.opened.locator(".login input").fill("lsft-a-secret-of-good-length");
  await one.opened.keyboard.press("Enter");
  await one.opened.locator(".incident").first().waitFor();
  const kept = await one.opened.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
  assert.ok(!kept.includes("lsft-"), `the token is kept: ${kept}`);
  wellBehaved(one, "login");
  await one.close();
  await server.close();
});

test("what a server lacks is not offered", async () => {
  const server = await serve({});
  const one = await page(started, server.url);
  await one.opened.route("**/api/openapi.json", (route) => route.fulfill({ json: { openapi: "3.1.0", paths: {} } }));
  await one.goto(pathOf("incident", server.known));
  assert.equal(await one.opened.getByRole("button", { name: "Silence" }).count(), 0);
  await one.goto("rules");
  assert.match(await one.opened.locator("#main").innerText(), /does not show them/);
  wellBehaved(one, "lacking");
  await one.close();
  await server.close();
});

test("a failing server is said in its place, with a way on", async () => {
  const server = await serve({});
  const one = await page(started, server.url, { expects: [/50\d/] });
  let broken = true;
  await one.opened.route("**/api/v1/lines**", (route) => (broken ? route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify({ detail: "the facts cannot be read at present" }) }) : route.continue()));
  await one.opened.goto(`${server.url}/#/explore?range=all`);
  await one.opened.locator(".problem").waitFor();
  assert.match(await one.opened.locator(".problem").innerText(), /cannot be read at present/);
  broken = false;
  await one.opened.getByRole("button", { name: "Ask again" }).click();
  await one.opened.locator(".table-row").first().waitFor();
  wellBehaved(one, "failing");
  await one.close();
  await server.close();
});
