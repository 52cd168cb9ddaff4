// Questions to the server: paths in, what it answers out. What is known already is not sent again, by its tag.
import { cell } from "./cell.js";

/** How the server is reached: `waiting`, `here`, `away`, `login`. */
export const connection = cell("waiting");

const PATIENCE = 15_000;
const MOST_KEPT = 200;
const kept = new Map();

/** What a question failed with. `kind`: `away`, `login`, `forbidden`, `missing`, `refused`, `broken`. */
export class Failure extends Error {
  constructor(kind, message, status = 0) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

const KINDS = { 401: "login", 403: "forbidden", 404: "missing", 405: "missing" };

function failed(status, detail) {
  const kind = KINDS[status] ?? (status >= 500 ? "broken" : "refused");
  if (kind === "login") connection.set("login");
  return new Failure(kind, detail || `the server answered ${status}`, status);
}

async function ask(path, options) {
  const stop = AbortSignal.any([AbortSignal.timeout(options.patience ?? PATIENCE), ...(options.signal ? [options.signal] : [])]);
  let answer;
  try {
    answer = await fetch(path, { ...options, signal: stop, credentials: "same-origin" });
  } catch (problem) {
    if (options.signal?.aborted) throw problem;
    connection.set("away");
    throw new Failure("away", problem.name === "TimeoutError" ? "the server did not answer in time" : "the server cannot be reached");
  }
  if (answer.status !== 401) connection.set("here");
  if (answer.ok || answer.status === 304) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw failed(answer.status, problem.detail);
}

/** The path with its parameters; those without a value are left out. */
export function path(of, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const search = new URLSearchParams(given).toString();
  return search ? `${of}?${search}` : of;
}

/** Asks for something. */
export async function get(of, query = {}, { signal } = {}) {
  const address = path(of, query);
  const known = kept.get(address);
  const headers = { Accept: "application/json", ...(known ? { "If-None-Match": known.tag } : {}) };
  const answer = await ask(address, { headers, signal });
  if (answer.status === 304 && known) return known.value;
  const value = await answer.json();
  const tag = answer.headers.get("ETag");
  kept.delete(address);
  if (tag) kept.set(address, { tag, value });
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
  return value;
}

/** Changes something. The header is one that a form of a foreign page cannot send. */
export async function send(method, of, body, { type = "application/json", patience } = {}) {
  const headers = { Accept: "application/json", "X-Requested-With": "dashboard" };
  if (body !== undefined) headers["Content-Type"] = type;
  const text = body === undefined || type !== "application/json" ? body : JSON.stringify(body);
  const answer = await ask(of, { method, headers, body: text, patience });
  if (answer.status === 204) return null;
  const words = await answer.text();
  return words ? JSON.parse(words) : null;
}

/** Asks page by page, telling of the rows so far, until there are no more or `most` are there. */
export async function all(of, query, { most = 10_000, signal, tell = () => {} } = {}) {
  const rows = [];
  let cursor;
  do {
    const page = await get(of, { ...query, limit: Math.min(1000, most), cursor }, { signal });
    rows.push(...page.rows);
    cursor = page.next;
    tell(rows, Boolean(cursor));
  } while (cursor && rows.length < most);
  return { rows, more: Boolean(cursor) };
}

let description;

/** Whether the server has a route: what it has not is not offered to anybody. */
export async function offers(method, of) {
  description ??= get("/api/openapi.json").catch((problem) => {
    description = undefined;
    throw problem;
  });
  const { paths } = await description;
  return Boolean(paths?.[of]?.[method.toLowerCase()]);
}
