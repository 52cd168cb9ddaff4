// Shows the incidents. Log text is foreign: it reaches the page as text only, never as markup.

const part = (id) => document.getElementById(id);

async function ask(path, options = {}) {
  const headers = { Accept: "application/json", "X-Requested-With": "dashboard", ...options.headers };
  const answer = await fetch(path, { ...options, headers });
  if (answer.status === 401) throw new Error("login");
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

function incident(row) {
  const item = document.createElement("li");
  item.className = row.severity;
  const title = document.createElement("strong");
  title.textContent = row.title;
  const when = document.createElement("span");
  when.textContent = ` ${row.severity}, ${row.state}, since ${row.start ?? "?"}`;
  item.append(title, when);
  return item;
}

async function show() {
  try {
    const status = await ask("/api/v1/status");
    part("ready").textContent = `${status.ready}, ${status.lines.came_in} lines`;
    const page = await ask("/api/v1/incidents?limit=50");
    part("login").hidden = true;
    part("incidents").replaceChildren(...page.rows.map(incident));
    part("none").hidden = page.rows.length > 0;
  } catch (problem) {
    part("login").hidden = problem.message !== "login";
    if (problem.message !== "login") part("ready").textContent = problem.message;
  }
}

part("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const body = JSON.stringify({ token: part("token").value });
    await ask("/api/v1/session", { method: "POST", body, headers: { "Content-Type": "application/json" } });
    part("token").value = "";
    part("refused").textContent = "";
    await show();
  } catch {
    part("refused").textContent = "This token is not known.";
  }
});

await show();
setInterval(show, 5000);
