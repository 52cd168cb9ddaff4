// Where the page is: the part of the address behind `#`, which no server needs to know and every link can carry.
// `#/incidents/ID?range=24h` is the view, what it shows, and how; the time range goes along from view to view.
import { cell } from "./cell.js";

const CARRIED = ["range", "since", "until"];

function parsed() {
  const [path, query = ""] = location.hash.replace(/^#/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(unescaped);
  return { view: parts[0] ?? "overview", rest: parts.slice(1), query: Object.fromEntries(new URLSearchParams(query)) };
}

// An address that somebody mangled must not stop the page.
function unescaped(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The present address: `view`, `rest`, `query`. */
export const address = cell(parsed());

addEventListener("hashchange", () => address.set(parsed()));

/** The link to a view; the time range of the present address goes along unless `query` says another. */
export function link(parts, query = {}) {
  const words = (Array.isArray(parts) ? parts : [parts]).map(encodeURIComponent).join("/");
  const now = address.get().query;
  const own = "range" in query || "since" in query;
  const carried = own ? {} : Object.fromEntries(CARRIED.filter((key) => now[key]).map((key) => [key, now[key]]));
  const given = Object.entries({ ...carried, ...query }).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const search = new URLSearchParams(given).toString();
  return `#/${words}${search ? `?${search}` : ""}`;
}

/** Goes to a view. */
export function go(parts, query) {
  location.hash = link(parts, query);
}

/** Changes parameters of the present view, without a step in the history where `quiet`. */
export function adjust(change, quiet = false) {
  const { view, rest, query } = address.get();
  const target = link([view, ...rest], { ...query, ...change });
  if (!quiet) {
    location.hash = target;
    return;
  }
  history.replaceState(null, "", target);
  address.set(parsed());
}
