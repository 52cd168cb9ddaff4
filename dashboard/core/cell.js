// A value that can be watched: for the few things that all views share.
import { useEffect, useState } from "./view.js";

/** A cell holding `value`. */
export function cell(value) {
  const watchers = new Set();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const watcher of [...watchers]) watcher(value);
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

/** The value of a cell; the component is drawn anew when it changes. */
export function useCell(of) {
  const [value, show] = useState(of.get());
  useEffect(() => {
    // It may have changed between drawing and watching.
    show(of.get());
    return of.watch(show);
  }, [of]);
  return value;
}
