// What a viewer chose for this browser: colours and zone. Nothing secret is ever kept here.
import { cell } from "./cell.js";

function kept(name, values) {
  let first = values[0];
  try {
    const stored = localStorage.getItem(`logsift.${name}`);
    if (values.includes(stored)) first = stored;
  } catch {
    // A browser may forbid to keep anything; then the choice lasts as long as the page.
  }
  const chosen = cell(first);
  chosen.watch((value) => {
    try {
      localStorage.setItem(`logsift.${name}`, value);
    } catch {
      // As above.
    }
  });
  return chosen;
}

/** `auto`, `light` or `dark`. */
export const theme = kept("theme", ["auto", "light", "dark"]);
/** Whether times are shown in the viewer's zone or in UTC. */
export const zone = kept("zone", ["local", "utc"]);

const wear = (value) => document.documentElement.setAttribute("data-theme", value);
wear(theme.get());
theme.watch(wear);

/** The choice behind the present one. */
export function turn(chosen, values) {
  chosen.set(values[(values.indexOf(chosen.get()) + 1) % values.length]);
}
