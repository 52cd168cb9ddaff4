// Stands in for `logsift serve` in tests: the same routes and shapes over a recording, without a clock or a store.
// Usage: node dashboard/tests/server.mjs [PORT] [SCENARIO]; see world.mjs for the scenarios.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { createHash } from "node:crypto";
import { answers } from "./answers.mjs";
import { world } from "./world.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const KINDS = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml" };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const packed = new Map();

/** A file, packed once as the server does. */
function fileOf(path) {
  if (!packed.has(path)) packed.set(path, gzipSync(readFileSync(join(ROOT, path)), { level: 9 }));
  return packed.get(path);
}

function file(path, response) {
  const kind = KINDS[extname(path)];
  let bytes;
  try {
    if (!kind || normalize(path).startsWith("..") || path.startsWith("tests/")) throw new Error("not kept");
    bytes = fileOf(path);
  } catch {
    return problem(response, 404, "there is no such file");
  }
  response.writeHead(200, { "content-type": kind, "content-encoding": "gzip", "content-security-policy": POLICY, "referrer-policy": "no-referrer", "x-content-type-options": "nosniff", "cache-control": "no-cache" });
  response.end(bytes);
}

function problem(response, status, detail) {
  response.writeHead(status, { "content-type": "application/problem+json" });
  response.end(JSON.stringify({ type: "about:blank", title: String(status), status, detail }));
}

function json(request, response, status, value) {
  const body = JSON.stringify(value);
  const tag = `"${createHash("sha256").update(body).digest("hex").slice(0, 24)}"`;
  if (status === 200 && request.headers["if-none-match"] === tag) return response.writeHead(304, { etag: tag }).end();
  response.writeHead(status, { "content-type": "application/json", etag: tag, "cache-control": "private, no-cache", "x-content-type-options": "nosniff" });
  response.end(status === 204 ? undefined : body);
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

/** Starts a server; `tell(event)` sends to every listener, `close()` ends all connections at once. */
export async function serve({ scenario = "data", port = 0, token = null } = {}) {
  const known = world(scenario);
  const listeners = new Set();
  const sessions = { open: token === null };
  const tell = (event) => listeners.forEach((out) => out.write(`event: ${event.event}\ndata: ${JSON.stringify(event)}\n\n`));
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    if (url.pathname === "/") return file("index.html", response);
    if (url.pathname.startsWith("/static/")) return file(url.pathname.slice(8), response);
    if (url.pathname === "/api/v1/session" && request.method === "POST") {
      sessions.open = JSON.parse(await bodyOf(request)).token === token;
      return sessions.open ? json(request, response, 200, { name: "ops", role: "admin" }) : problem(response, 401, "this token is not known");
    }
    if (!sessions.open) return problem(response, 401, "a token is needed: `Authorization: Bearer …`");
    if (url.pathname === "/api/v1/events") {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(": hello\n\n");
      listeners.add(response);
      return request.on("close", () => listeners.delete(response));
    }
    const answer = answers(known, request.method, url, await bodyOf(request), tell);
    if (!answer) return problem(response, 404, "there is nothing at this path");
    return answer.detail ? problem(response, answer.status, answer.detail) : json(request, response, answer.status ?? 200, answer.value);
  });
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  // Tests that fail must not be kept waiting by it.
  if (process.argv[1] !== fileURLToPath(import.meta.url)) server.unref();
  const close = () => new Promise((ended) => (server.close(ended), server.closeAllConnections()));
  return { url: `http://127.0.0.1:${server.address().port}`, port: server.address().port, known, tell, close };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve({ port: Number(process.argv[2] ?? 4041), scenario: process.argv[3] });
  console.log(url);
}
