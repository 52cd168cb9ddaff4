// The beginning: which view the address names, drawn within the shell. Views are fetched when they are first gone to.
import "./core/choices.js";
import { Component, h, html, render, useEffect, useState } from "./core/view.js";
import { useCell } from "./core/cell.js";
import { address } from "./core/address.js";
import { join } from "./core/live.js";
import { connection } from "./core/api.js";
import { measure, unmeasured } from "./core/range.js";
import { Shell, VIEWS } from "./parts/shell.js";
import { DropZone } from "./parts/drop.js";
import { Loading, Problem } from "./parts/states.js";
import { Overview } from "./views/overview.js";

const FETCHED = {
  incidents: () => import("./views/incident.js"), templates: () => import("./views/templates.js"), live: () => import("./views/live.js"),
  explore: () => import("./views/explore.js"), models: () => import("./views/models.js"), rules: () => import("./views/rules.js"),
  settings: () => import("./views/settings.js"), report: () => import("./views/report.js"), compare: () => import("./views/compare.js"),
};
const TITLES = { ...Object.fromEntries(VIEWS.map(([name, title]) => [name, title])), incidents: "Incident", report: "Report", compare: "Compare templates" };

const known = new Map([["overview", Overview]]);

/** What breaks in a view is said in its place, and leaves the rest of the page as it is. */
class Guard extends Component {
  constructor() {
    super();
    this.state = { problem: null };
  }

  componentDidCatch(problem) {
    console.error(problem);
    this.setState({ problem });
  }

  render({ children }, { problem }) {
    return problem ? h(Problem, { problem, again: () => this.setState({ problem: null }) }) : children;
  }
}

function useView(name) {
  const [state, show] = useState({ name: null, View: null, problem: null });
  const fetch = () => FETCHED[name]?.().then(
    (module) => (known.set(name, module.default), show({ name, View: module.default, problem: null })),
    () => show({ name, View: null, problem: { kind: "away", message: "this part of the page could not be fetched" } }),
  );
  useEffect(() => {
    if (!known.has(name)) fetch();
  }, [name]);
  useEffect(() => {
    if (state.problem) return connection.watch((next) => next === "here" && fetch());
  }, [state.problem]);
  if (known.has(name)) return { View: known.get(name) };
  if (!FETCHED[name]) return { problem: { kind: "missing", message: "this address names no view" } };
  return state.name === name ? { ...state, fetch } : {};
}

function Page() {
  const { view, rest, query } = useCell(address);
  const { View, problem, fetch } = useView(view);
  const title = TITLES[view] ?? "Not found";
  const key = view === "incidents" ? `${view}/${rest[0]}` : view;
  return html`<${DropZone}><${Shell} view=${view} title=${title}><${Guard} key=${key}>
    ${View ? h(View, { rest, query }) : problem ? h(Problem, { problem, again: fetch }) : h(Loading, { lines: 8 })}
  </${Guard}></${Shell}></${DropZone}>`;
}

/** The other views come when nothing else is to do: from then on a server that is gone takes none of them along. */
function prefetch() {
  for (const fetch of Object.values(FETCHED)) fetch().catch(() => {});
}

render(h(Page), document.getElementById("app"));
join();
setTimeout(prefetch, 2_000);
// A server that is away or asks for a token is asked again by itself; any other failure must not hold up the page.
const survey = () => measure().catch((problem) => ["away", "login"].includes(problem.kind) || unmeasured());
survey();
// Where the log ends moves on as long as it is written.
setInterval(() => connection.get() === "here" && !document.hidden && survey(), 60_000);
connection.watch((state) => state === "here" && survey());
