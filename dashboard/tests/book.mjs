// Makes the pictures of the book from the recording of generated logs: `scripts/test-dashboard --book`.
import { mkdirSync, writeFileSync } from "node:fs";
import { SIZES, browser, page, pathOf } from "./browser.mjs";
import { serve } from "./server.mjs";

const FOLDER = new URL("../../docs/book/pictures/", import.meta.url);
const SHOWN = [["overview", "microservices", false], ["incident", "database", false], ["template", "performance", false], ["explore", "data", true]];

mkdirSync(FOLDER, { recursive: true });
const closing = [];
const started = await browser((close) => closing.push(close));
for (const [view, scenario, dark] of SHOWN) {
  const server = await serve({ scenario });
  const one = await page(started, server.url, { size: SIZES.usual, dark });
  await one.goto(pathOf(view, server.known));
  await one.opened.locator(".connection.here").waitFor();
  await one.opened.waitForTimeout(200);
  const png = await one.opened.screenshot();
  const bench = await started.newPage();
  const webp = await bench.evaluate(async (base64) => {
    const image = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext("2d").drawImage(image, 0, 0);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality: 0.85 })).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  }, png.toString("base64"));
  const file = new URL(`dashboard-${view}.webp`, FOLDER);
  writeFileSync(file, Buffer.from(webp, "base64"));
  console.log(file.pathname);
  await bench.close();
  await one.close();
  await server.close();
}
for (const close of closing) await close();
