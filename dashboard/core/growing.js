// A question whose answer comes in parts: what is there is shown, and the next part is asked for meanwhile. A search in very
// much looks at so many rows for a part; so the first is there at once, and the page says how far back it has looked.
import { useEffect, useRef, useState } from "./view.js";
import { connection } from "./api.js";
import { listen } from "./live.js";

const GAP = 10_000;
const RETRY = 3_000;

/**
 * `{ data, old, more, reached, problem, again }`. `ask(cursor, signal)` gives a part with its `next`; `grown(data, part)` adds it,
 * and `enough(data)` ends it. As long as `key` is `false` nothing is asked yet; `on` are events after which it is asked again.
 */
export function useGrowing(key, ask, grown, { enough = () => false, on = [] } = {}) {
  const [state, show] = useState({ key: null });
  const current = useRef({});
  current.current = { ask, grown, enough };
  const again = useRef(() => {});

  useEffect(() => {
    if (key === false) return undefined;
    let stop = new AbortController();
    let begun = 0;
    let timer = null;

    async function run() {
      stop.abort();
      clearTimeout(timer);
      const own = (stop = new AbortController());
      begun = Date.now();
      let data;
      let cursor;
      try {
        do {
          const part = await current.current.ask(cursor, own.signal);
          if (own.signal.aborted) return;
          data = current.current.grown(data, part);
          cursor = part.next;
          const more = Boolean(cursor) && !current.current.enough(data);
          show({ key, data, more: Boolean(cursor), looking: more, reached: part.reached ?? null, problem: null });
          if (!more) return;
        } while (cursor);
      } catch (problem) {
        if (!own.signal.aborted) show((before) => ({ ...(before.key === key ? before : { key }), looking: false, problem }));
        if (!own.signal.aborted && ["away", "broken"].includes(problem.kind)) timer = setTimeout(run, RETRY);
      }
    }
    again.current = run;
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(run, Math.max(0, begun + GAP - Date.now()));
    };
    const deaf = listen((event) => on.includes(event.event) && later());
    let before = connection.get();
    const unwatched = connection.watch((next) => {
      if (next === "here" && before !== "here" && before !== "waiting") run();
      before = next;
    });
    run();
    return () => (stop.abort(), clearTimeout(timer), deaf(), unwatched());
  }, [key]);

  const same = state.key === key;
  return { ...(same ? state : {}), data: same ? state.data : undefined, old: state.data, again: () => again.current() };
}
