// Pictures of the views in both colours and three widths, against those that were looked at and kept. They are kept at half
// their size, packed, and a part of each may differ: fonts are not drawn alike everywhere, and figures move a little.
// Pictures are renewed by `scripts/test-dashboard --renew`; look at them before they are kept.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { SIZES, browser, page, pathOf, quiet, wellBehaved } from "./browser.mjs";
import { serve } from "./server.mjs";

const started = await browser(after);
const KEPT = new URL("pictures/", import.meta.url);
const RENEW = Boolean(process.env.LOGSIFT_RENEW_PICTURES);
// The share of points that may differ by more than a shade.
const MAY_DIFFER = 0.03;

const SHOWN = { narrow: ["overview", "incident", "templates", "explore"], usual: ["overview", "incident", "templates", "template", "compare", "explore", "models", "rules", "settings", "report"], wide: ["overview", "incident", "explore"] };

/** Half the size, as WebP. Done in the browser: no library is needed for it. */
const packed = (opened, png) => opened.evaluate(async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(Math.round(image.width / 2), Math.round(image.height / 2));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const made = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality: 0.7 })).arrayBuffer());
  let text = "";
  for (const byte of made) text += String.fromCharCode(byte);
  return btoa(text);
}, png.toString("base64"));

/** The share of points that differ. */
const difference = (opened, one, other) => opened.evaluate(async ([a, b]) => {
  const points = async (base64) => {
    const image = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))], { type: "image/webp" }));
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
    context.drawImage(image, 0, 0);
    return { width: image.width, height: image.height, data: context.getImageData(0, 0, image.width, image.height).data };
  };
  const [left, right] = [await points(a), await points(b)];
  if (left.width !== right.width || left.height !== right.height) return 1;
  let differ = 0;
  for (let at = 0; at < left.data.length; at += 4) {
    if (Math.abs(left.data[at] - right.data[at]) + Math.abs(left.data[at + 1] - right.data[at + 1]) + Math.abs(left.data[at + 2] - right.data[at + 2]) > 96) differ += 1;
  }
  return differ / (left.data.length / 4);
}, [one, other]);

mkdirSync(KEPT, { recursive: true });
for (const dark of [false, true]) {
  for (const [name, size] of Object.entries(SIZES)) {
    test(`${name}, ${dark ? "dark" : "light"}`, async () => {
      const server = await serve({});
      const one = await page(started, server.url, { size, dark });
      const bench = await started.newPage();
      const wrong = [];
      for (const view of SHOWN[name]) {
        await one.goto(pathOf(view, server.known));
        await one.opened.locator(".connection.here").waitFor();
        await quiet(one.opened);
        const now = await packed(bench, await one.opened.screenshot());
        const file = new URL(`${view}-${name}-${dark ? "dark" : "light"}.webp`, KEPT);
        if (RENEW) {
          writeFileSync(file, Buffer.from(now, "base64"));
          continue;
        }
        assert.ok(existsSync(file), `${file.pathname} is not kept: look at it and renew the pictures`);
        const share = await difference(bench, now, readFileSync(file).toString("base64"));
        if (share > MAY_DIFFER) wrong.push(`${view}: ${(share * 100).toFixed(1)} % of its points differ`);
      }
      wellBehaved(one, name);
      await bench.close();
      await one.close();
      await server.close();
      assert.deepEqual(wrong, []);
    });
  }
}
