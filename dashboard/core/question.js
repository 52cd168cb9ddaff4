// A question that a view asks, and its answer over time: what was known stays on the page while it is asked again, so that
// nothing flickers; events of a kind that matters make it ask again, at most once in a second.
import { useCallback, useEffect, useRef, useState } from "./view.js";
import { connection } from "./api.js";
import { listen } from "./live.js";

const GAP = 1_000;
const RETRY = 3_000;

/**
 * `{ data, old, problem, asking, again }`. `key` names the question, and as long as it is `false` nothing is asked yet; `on` are
 * the events after which it is asked again.
 */
export function useQuestion(key, ask, { on = [], every = 0 } = {}) {
  const [state, show] = useState({ key, data: undefined, problem: null, asking: true });
  const asked = useRef(ask);
  asked.current = ask;
  const again = useRef(() => {});

  useEffect(() => {
    if (key === false) return undefined;
    let ended = false;
    let running = null;
    let timer = null;
    let due = Infinity;
    let last = 0;

    async function now() {
      clearTimeout(timer);
      due = Infinity;
      last = Date.now();
      running?.abort();
      const own = (running = new AbortController());
      try {
        const data = await asked.current(own.signal);
        if (!ended && !own.signal.aborted) show({ key, data, problem: null, asking: false });
      } catch (problem) {
        if (ended || own.signal.aborted) return;
        show((before) => ({ ...(before.key === key ? before : { key, data: undefined }), problem, asking: false }));
        if (problem.kind === "away" || problem.kind === "broken") soon(RETRY);
      } finally {
        if (running === own) running = null;
      }
      if (every) soon(every);
    }
    // The sooner of two reasons to ask counts.
    function soon(wait) {
      const at = Date.now() + wait;
      if (ended || at >= due) return;
      clearTimeout(timer);
      due = at;
      timer = setTimeout(now, wait);
    }
    again.current = now;
    const deaf = listen((event) => {
      if (event.event === "missed" || on.includes(event.event)) soon(Math.max(0, last + GAP - Date.now()));
    });
    // After the server came back, or somebody logged in, what is shown is old.
    let before = connection.get();
    const unwatched = connection.watch((next) => {
      if (next === "here" && before !== "here" && before !== "waiting") soon(0);
      before = next;
    });
    now();
    return () => {
      ended = true;
      running?.abort();
      clearTimeout(timer);
      deaf();
      unwatched();
    };
  }, [key]);

  const same = state.key === key;
  const call = useCallback(() => again.current(), []);
  return { data: same ? state.data : undefined, old: state.data, problem: same ? state.problem : null, asking: !same || state.asking, again: call };
}
