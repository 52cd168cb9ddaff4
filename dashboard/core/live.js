// What happens, as it happens: one stream of events for the whole page, with its own way back after the server was gone.
import { cell } from "./cell.js";
import { connection } from "./api.js";

const NAMES = ["finding", "incident-opened", "incident-changed", "incident-resolved", "source", "status", "missed", "job", "line"];
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 15_000;

const listeners = new Set();
let stream = null;
let wait = FIRST_WAIT;

/** `off`, `joining`, `on`. */
export const live = cell("off");

function told(message, name) {
  let event;
  try {
    event = JSON.parse(message.data);
  } catch {
    return;
  }
  event.event ??= name;
  for (const listener of [...listeners]) listener(event);
}

/** Begins to listen, and goes on for as long as the page is open. */
export function join() {
  stream?.close();
  live.set("joining");
  stream = new EventSource("/api/v1/events");
  stream.onopen = () => {
    wait = FIRST_WAIT;
    const was = connection.get();
    live.set("on");
    connection.set("here");
    // Whatever happened while nobody listened is asked for once.
    if (was === "away") told({ data: "{}" }, "missed");
  };
  stream.onmessage = (message) => told(message, "message");
  for (const name of NAMES) stream.addEventListener(name, (message) => told(message, name));
  stream.onerror = () => {
    stream.close();
    live.set("off");
    if (connection.get() === "login") return;
    setTimeout(join, wait);
    wait = Math.min(LONGEST_WAIT, wait * 2);
  };
}

/** Calls back for every event until the returned function is called. */
export function listen(callback) {
  listeners.add(callback);
  return () => listeners.delete(callback);
}
