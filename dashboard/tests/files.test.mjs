// Rules for the files themselves: no way for text to become markup or code, nothing from elsewhere, nothing that is not used,
// and the kept libraries as they were fetched.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const files = (folder) => readdirSync(join(ROOT, folder), { recursive: true }).filter((name) => name.endsWith(".js")).map((name) => join(folder, name));
const OURS = ["main.js", ...["core", "parts", "shared", "views"].flatMap(files)];
const text = (file) => readFileSync(join(ROOT, file), "utf8");
const IMPORT = /import\s+(?:([\w$]+)\s*,?\s*)?(?:\{([^}]*)\}\s*)?(?:from\s*)?"([^"]+)"/g;

test("text can become neither markup nor code", () => {
  const never = /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|createContextualFragment|DOMParser|\beval\(|new Function|setTimeout\("|javascript:/;
  for (const file of OURS) assert.doesNotMatch(text(file), never, file);
});

test("nothing comes from elsewhere", () => {
  for (const file of [...OURS, "index.html", "style.css", "parts.css", "views.css"]) assert.doesNotMatch(text(file).replaceAll("http://www.w3.org/", ""), /https?:\/\/|@import|url\(/, file);
  assert.doesNotMatch(text("index.html"), /<style|style=|<script(?![^>]*src=)|\son\w+=/, "index.html has a script or style of its own");
});

test("every import is there and is used", () => {
  for (const file of OURS) {
    const source = text(file);
    const body = source.replace(IMPORT, "");
    for (const [, whole, names, from] of source.matchAll(IMPORT)) {
      assert.ok(existsSync(join(ROOT, dirname(file), from)), `${file} imports ${from}, which is not there`);
      const bound = [whole, ...(names ?? "").split(",").map((name) => name.trim().split(/\s+as\s+/).at(-1))].filter(Boolean);
      if (file !== "core/view.js") for (const name of bound) assert.match(body, new RegExp(`(?<![\\w$])${name.replace("$", "\\$")}(?![\\w$])`), `${file} imports ${name} and does not use it`);
    }
  }
});

test("the first page names what it needs beforehand, and no more", () => {
  const needed = new Set();
  const follow = (file) => {
    if (needed.has(file)) return;
    needed.add(file);
    for (const [, , , from] of text(file).matchAll(IMPORT)) follow(relative(ROOT, join(ROOT, dirname(file), from)));
  };
  follow("main.js");
  needed.delete("main.js");
  // What the libraries import of each other counts, too.
  const named = new Set([...text("index.html").matchAll(/modulepreload" href="\/static\/([^"]+)"/g)].map(([, file]) => file));
  assert.deepEqual([...named].sort(), [...needed].sort());
});

test("the kept libraries are as they were fetched", () => {
  for (const line of text("vendor/SHA256SUMS").trim().split("\n")) {
    const [sum, name] = line.split(/\s+/);
    assert.equal(createHash("sha256").update(readFileSync(join(ROOT, "vendor", name))).digest("hex"), sum, name);
  }
});

test("no file is too long, and each says what it is", () => {
  for (const file of OURS) {
    assert.ok(text(file).split("\n").length <= 400, `${file} is longer than 400 lines`);
    assert.match(text(file), /^\/\/ [A-Z]/, `${file} does not say what it is`);
  }
});
