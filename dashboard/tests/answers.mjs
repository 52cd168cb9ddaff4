// One function for each route of the stand-in: what is known in, what the API would answer out.

const MINUTE = 60_000;
const time = (text) => Date.parse(text ?? "") || 0;
const stamp = (milliseconds) => new Date(milliseconds).toISOString();
const value = (given, status) => ({ value: given, status });
const SEVERITIES = ["low", "medium", "high", "critical"];

function page(rows, query) {
  const limit = Number(query.get("limit") ?? 50);
  const from = Number(query.get("cursor") ?? 0);
  const next = from + limit < rows.length ? String(from + limit) : null;
  return value({ rows: rows.slice(from, from + limit), next });
}

function narrowed(rows, query, text) {
  const wanted = (name) => query.get(name);
  const graver = SEVERITIES.indexOf(wanted("severity") ?? "low");
  return rows.filter((row) =>
    (!wanted("state") || row.state === wanted("state") || (wanted("state") === "held") === Boolean(row.held) && !row.state) &&
    SEVERITIES.indexOf(row.severity) >= graver &&
    (!wanted("fingerprint") || row.fingerprint === wanted("fingerprint")) &&
    (!wanted("kind") || row.kind === wanted("kind") || row.kinds?.includes(wanted("kind"))) &&
    (!wanted("stream") || row.stream === wanted("stream") || row.streams?.includes(wanted("stream"))) &&
    (!wanted("template") || row.template_id === wanted("template")) &&
    (!wanted("incident") || row.incident_id === wanted("incident")) &&
    (!wanted("since") || time(row.end ?? row.time) >= time(wanted("since"))) &&
    (!wanted("until") || time(row.start ?? row.time) <= time(wanted("until"))) &&
    (!wanted("q") || text(row).toLowerCase().includes(wanted("q").toLowerCase())));
}

const brief = ({ report, ...row }) => row;

/** The recording knows warnings and errors; what is made of the rest is as in an ordinary log. */
function levels({ records, warnings, errors }) {
  const rest = Math.max(0, records - warnings - errors);
  const parts = { trace: 0, debug: rest * 0.18, info: rest * 0.7, notice: rest * 0.03, warn: warnings, error: errors * 0.9, critical: errors * 0.08, fatal: errors * 0.02 };
  return Object.fromEntries(Object.entries(parts).map(([level, count]) => [level, Math.round(count)]));
}

function timeline(known, query) {
  const parts = known.parts.filter((part) => !query.get("stream") || part.input.name === query.get("stream"));
  const volumes = parts.map((part) => ({ ...part.volume, start: time(part.volume.start), step: part.volume.step_seconds * 1000 }));
  const first = Math.min(...volumes.map((volume) => volume.start));
  const last = Math.max(...volumes.map((volume) => volume.start + volume.step * volume.records.length));
  const since = query.get("since") ? time(query.get("since")) : first;
  const until = query.get("until") ? time(query.get("until")) : last;
  const asked = query.get("step") ? Number(query.get("step")) * 1000 : (until - since) / 200;
  const step = Math.max(MINUTE, Math.floor(asked / MINUTE) * MINUTE);
  const steps = new Map();
  for (const volume of volumes) volume.records.forEach((records, place) => {
    // A step of the recording is spread over the steps asked for, so that fine ranges show a line and no comb.
    const from = volume.start + place * volume.step;
    const parts = Math.max(1, Math.round(volume.step / step));
    for (let part = 0; part < parts; part += 1) {
      const at = Math.floor((from + (part * volume.step) / parts) / step) * step;
      if (at < since - step || at > until) continue;
      const row = steps.get(at) ?? { records: 0, warnings: 0, errors: 0 };
      row.records += records / parts; row.warnings += volume.warnings[place] / parts; row.errors += volume.errors[place] / parts;
      steps.set(at, row);
    }
  });
  const whole = (row) => ({ records: Math.round(row.records), warnings: Math.round(row.warnings), errors: Math.round(row.errors), levels: levels(row) });
  return value({ rows: [...steps].sort(([a], [b]) => a - b).map(([at, row]) => ({ start: stamp(at), ...whole(row) })) });
}

function streams(known, query) {
  const rows = known.parts.flatMap((part) => part.input.streams.largest.map((stream) => ({
    name: stream.name, records: stream.records, warnings: Math.floor(stream.records / 40), errors: Math.floor(stream.records / 130),
    first: part.input.time.first, last: part.input.time.last,
  })));
  return page(rows, query);
}

function sources(known) {
  return known.parts.map((part, place) => ({
    name: part.input.name, kind: ["file", "push", "syslog"][place % 3], labels: [], lines: part.input.balance.lines, bytes: part.input.bytes,
    last_line_age_seconds: [1.2, 4, 71, 0.3, 9000, 12, 2, 33][place % 8], lines_per_second: [120.5, 14, 0.2, 481, 0, 33, 8.1, 90][place % 8],
    problem: place === 4 ? "the file cannot be read: permission denied" : null, possibly_lost_bytes: 0,
  }));
}

function status(known) {
  const lines = known.parts.reduce((sum, part) => sum + part.input.balance.lines, 0);
  const counted = (rows, by) => [...rows.reduce((sums, row) => sums.set(by(row), (sums.get(by(row)) ?? 0) + 1), new Map())];
  return value({
    ready: "ready", reason: null, uptime_seconds: 86_711, lag_seconds: 0.2, templates: known.templates.length,
    lines: { came_in: lines, processed: lines, in_flight: 0 }, bytes: { came_in: 26_965_842, processed: 26_965_842, in_flight: 0 },
    dropped: [{ reason: "datagram-queue-full", lines: 0 }], queue: { unsaved_bytes: 0, unread_bytes: 0, limit_bytes: 67_108_864 },
    findings: counted(known.findings.filter((row) => !row.held), (row) => `${row.kind} ${row.severity}`).map(([key, count]) => ({ kind: key.split(" ")[0], severity: key.split(" ")[1], count })),
    incidents: counted(known.incidents, (row) => `${row.state} ${row.severity}`).map(([key, count]) => ({ state: key.split(" ")[0], severity: key.split(" ")[1], count })),
    budget: { asked: "5/day", allowed: 16.8, spent: known.incidents.length, held: 42 }, memory: [{ part: "templates", bytes: 8_400_000 }, { part: "cells", bytes: 31_000_000 }],
    disk_bytes: 61_234_567, model: known.models.length ? { generation: 3, age_seconds: 7_210, records: 155_988 } : { generation: 0, age_seconds: null, records: 0 },
  });
}

function history(template) {
  const { start, step, counts } = template.timeline;
  const hours = new Map();
  counts.forEach((count, place) => {
    const hour = Math.floor((time(start) + place * step * 1000) / 3_600_000) * 3_600_000;
    hours.set(hour, (hours.get(hour) ?? 0) + count);
  });
  return { rows: [...hours].map(([hour, count]) => ({ hour: stamp(hour), stream: template.profile ?? "stream", count })) };
}

const plain = ({ id, template, count, first, last, level, parent }) => ({ id, template, count, first, last, level, parent: parent ?? null });

function lineage(known, row) {
  const others = row.parent ? known.templates.filter((one) => one.parent === row.parent && one.id !== row.id) : [];
  return { id: row.id, parent: row.parent ?? null, variants: others.map(plain) };
}

/** The lines of findings, of causes, and around these. */
function linesIn(known, query) {
  const own = known.findings.filter((row) => row.report.message).map((row) => ({ time: row.time, kept: "finding", finding_id: row.id, incident_id: row.incident_id, stream: row.stream, template_id: row.template_id, level: row.report.level, file: row.report.file, line: row.report.line, text: row.report.message }));
  const near = known.incidents.flatMap((incident) => (incident.report.causes ?? []).flatMap((cause) => {
    const one = (kept, text, line, more = {}) => ({ time: cause.time ?? incident.start, kept, finding_id: null, incident_id: incident.id, stream: incident.streams[0] ?? null, template_id: null, level: null, file: cause.file, line, text, ...more });
    return [...(cause.before ?? []).map((text, place) => one("around", text, cause.line - cause.before.length + place)), one("cause", cause.message, cause.line, { level: cause.level, template_id: cause.template_id }), ...(cause.after ?? []).map((text) => one("around", text, null))];
  }));
  const is = (name, value) => !query.get(name) || query.get(name) === value;
  const fits = (row) => is("kept", row.kept) && is("level", row.level ?? "none") && is("stream", row.stream) && is("template", row.template_id) && is("incident", row.incident_id)
    && (!query.get("since") || time(row.time) >= time(query.get("since"))) && (!query.get("until") || time(row.time) <= time(query.get("until")))
    && row.text.toLowerCase().includes((query.get("q") ?? "").toLowerCase());
  return [...own, ...near].filter(fits).sort((a, b) => time(b.time) - time(a.time));
}

function lineCounts(rows, query) {
  const step = Number(query.get("step") ?? 3600) * 1000;
  const tally = (of) => [...rows.reduce((sums, row) => (of(row) ? sums.set(of(row), (sums.get(of(row)) ?? 0) + 1) : sums), new Map())].sort((a, b) => b[1] - a[1]).map(([key, count]) => ({ value: key, count }));
  const steps = new Map();
  for (const row of rows) {
    const at = Math.floor(time(row.time) / step) * step;
    const levels = steps.get(at) ?? {};
    levels[row.level ?? "none"] = (levels[row.level ?? "none"] ?? 0) + 1;
    steps.set(at, levels);
  }
  return { lines: rows.length, steps: [...steps].sort(([a], [b]) => a - b).map(([at, levels]) => ({ start: stamp(at), levels })), kept: tally((row) => row.kept), levels: tally((row) => row.level ?? "none"), streams: tally((row) => row.stream), templates: tally((row) => row.template_id), next: null, reached: null };
}

/** Templates first seen between two moments, with words in them. */
function templatesIn(known, query) {
  const [since, until] = [query.get("first_since"), query.get("first_until")];
  if (query.get("ids")) return known.templates.filter((row) => query.get("ids").split(",").includes(row.id));
  return known.templates.filter((row) => row.template.toLowerCase().includes((query.get("q") ?? "").toLowerCase()) && (!since || time(row.first) >= time(since)) && (!until || time(row.first) <= time(until)));
}
const found = (row, make) => (row ? value(make(row)) : { status: 404, detail: "there is no such thing" });

function preview(known, given) {
  if (given.verdict === "not-normal") return value({ days: 7, incidents: known.incidents.length, hidden: 0, changed: 0, taken_back: 1, matches: 1, more: false });
  const matching = known.incidents.filter((row) => row.fingerprint === given.fingerprint).length;
  const [hidden, changed] = given.verdict === "important" ? [0, matching] : [matching, 0];
  return value({ days: 7, incidents: known.incidents.length, hidden, changed, taken_back: 0, matches: matching, more: false });
}

function begun(known, kind, tell) {
  const job = { id: `job-${known.jobs.length + 1}`, kind, state: "done", progress: 1, started: stamp(1_709_900_000_000), ended: stamp(1_709_900_001_000), message: null };
  known.jobs.unshift(job);
  tell({ event: "job", ...job });
  return value(job, 202);
}

/** How often each template came, in steps of the range; those that did not come are left out. */
function counted(known, query) {
  if (query.get("rising")) return rising(known, query);
  // Page by page the same is asked for again.
  const key = `${query.get("since")} ${query.get("until")} ${query.get("steps")}`;
  if (known.counted?.key === key) return page(known.counted.rows, query);
  const [since, until] = [time(query.get("since")), time(query.get("until"))];
  const steps = Number(query.get("steps") ?? 24);
  const rows = known.templates.flatMap(({ id, timeline }) => {
    const counts = Array(steps).fill(0);
    timeline.counts.forEach((count, place) => {
      const at = Math.floor(((time(timeline.start) + place * timeline.step * 1000 - since) / (until - since)) * steps);
      if (at >= 0 && at < steps) counts[at] += count;
    });
    return counts.some(Boolean) ? [{ id, counts }] : [];
  });
  known.counted = { key, rows };
  return page(rows, query);
}

function changes(known, query) {
  const sums = (since, until) => new Map(counted(known, new URLSearchParams({ since: query.get(since), until: query.get(until), steps: 1, limit: 1_000_000 })).value.rows.map(({ id, counts }) => [id, counts[0]]));
  const [before, after] = [sums("from", "to"), sums("since", "until")];
  return page(known.templates.filter(({ id }) => before.has(id) || after.has(id)).map(({ id, template, level }) => ({ id, template, level, before: before.get(id) ?? 0, after: after.get(id) ?? 0 })), query);
}

function worst(rows) {
  const grave = (row) => (row.state === "open" ? 10 : 0) + SEVERITIES.indexOf(row.severity);
  return rows.filter((row) => row.state !== "withdrawn").sort((a, b) => grave(b) - grave(a) || b.score - a.score);
}

function countedIncidents(rows) {
  const counts = new Map();
  for (const { state, severity } of rows) counts.set(`${state} ${severity}`, (counts.get(`${state} ${severity}`) ?? 0) + 1);
  return [...counts].map(([key, count]) => ({ state: key.split(" ")[0], severity: key.split(" ")[1], count }));
}

function rising(known, query) {
  const quarters = new URLSearchParams({ since: query.get("since"), until: query.get("until"), steps: 4, limit: 1_000_000 });
  const rows = counted(known, quarters).value.rows.filter(({ counts: [a, b, c, d] }) => a + b + c > 0 && d > 2 * ((a + b + c) / 3) && (d - (a + b + c) / 3) / Math.sqrt((a + b + c) / 3 + 1) >= 6);
  return value({ rows: rows.slice(0, Number(query.get("rising"))), next: null });
}

const SETTINGS = [
  { key: "listen.http", value: "127.0.0.1:4040", origin: "default" }, { key: "detect.budget", value: "5/day", origin: "logsift.yaml:12" },
  { key: "retention.days", value: "30", origin: "default" }, { key: "state.limit", value: "512MiB", origin: "LOGSIFT_STATE_LIMIT" }, { key: "alerts.channels.team.url", value: "***", origin: "logsift.yaml:31" },
];

const ROUTES = [
  ["GET", "/api/v1/status", (known) => status(known)],
  ["GET", "/api/v1/streams", (known, { query }) => streams(known, query)],
  ["GET", "/api/v1/sources", (known) => value({ rows: sources(known) })],
  ["GET", "/api/v1/timeline", (known, { query }) => (known.parts.length ? timeline(known, query) : value({ rows: [] }))],
  ["GET", "/api/v1/incidents", (known, { query }) => query.get("order") === "worst" ? value({ rows: worst(narrowed(known.incidents, query, (row) => row.title)).slice(0, Number(query.get("limit"))).map(brief), next: null }) : page(narrowed(known.incidents, query, (row) => row.title).map(brief), query)],
  ["GET", "/api/v1/incident-counts", (known, { query }) => value({ rows: countedIncidents(narrowed(known.incidents, query, (row) => row.title)) })],
  ["GET", "/api/v1/incidents/{id}", (known, { id }) => found(known.incidents.find((row) => row.id === id || row.fingerprint === id), (row) => row)],
  ["GET", "/api/v1/findings", (known, { query }) => page(narrowed(known.findings, query, (row) => row.explanation).map(brief), query)],
  ["GET", "/api/v1/findings/{id}", (known, { id }) => found(known.findings.find((row) => row.id === id), (row) => row)],
  ["GET", "/api/v1/templates", (known, { query }) => page(templatesIn(known, query).map(plain), query)],
  ["GET", "/api/v1/templates/{id}", (known, { id }) => found(known.templates.find((row) => row.id === id), plain)],
  ["GET", "/api/v1/templates/{id}/slots", (known, { id }) => found(known.templates.find((row) => row.id === id), (row) => ({ id, slots: row.slots }))],
  ["GET", "/api/v1/templates/{id}/history", (known, { id }) => found(known.templates.find((row) => row.id === id), history)],
  ["GET", "/api/v1/templates/{id}/lineage", (known, { id }) => found(known.templates.find((row) => row.id === id), (row) => lineage(known, row))],
  ["GET", "/api/v1/lines", (known, { query }) => page(linesIn(known, query), query)],
  ["GET", "/api/v1/line-counts", (known, { query }) => value(lineCounts(linesIn(known, query), query))],
  ["GET", "/api/v1/template-changes", (known, { query }) => changes(known, query)],
  ["GET", "/api/v1/template-counts", (known, { query }) => counted(known, query)],
  ["GET", "/api/v1/explain", (known) => value({ rows: known.kinds })],
  ["GET", "/api/v1/explain/{id}", (known, { id }) => found(known.kinds.find((row) => row.kind === id), (row) => row)],
  ["GET", "/api/v1/models", (known) => value({ rows: known.models })],
  ["POST", "/api/v1/models/train", (known, { tell }) => begun(known, "train", tell)],
  ["POST", "/api/v1/models/roll-back", (known, { tell }) => begun(known, "roll-back", tell)],
  ["POST", "/api/v1/models/{id}/activate", (known, { tell }) => begun(known, "activate", tell)],
  ["GET", "/api/v1/jobs", (known) => value({ rows: known.jobs })],
  ["GET", "/api/v1/jobs/{id}", (known, { id }) => found(known.jobs.find((row) => row.id === id), (row) => row)],
  ["GET", "/api/v1/audit", (known, { query }) => page(known.audit, query)],
  ["GET", "/api/v1/tokens", (known) => value({ rows: known.tokens })],
  ["POST", "/api/v1/tokens", (known, { given }) => (known.tokens.push({ ...given, created: stamp(1_709_900_000_000), used: null }), value({ ...given, token: "lsft_example_secret" }, 201))],
  ["DELETE", "/api/v1/tokens/{id}", (known, { id }) => ((known.tokens = known.tokens.filter((row) => row.name !== id)), value(null, 204))],
  ["GET", "/api/v1/session", () => value({ name: "local", role: "admin" })],
  ["GET", "/api/v1/rules", (known) => value({ rows: known.rules })],
  ["POST", "/api/v1/rules/test", () => value({ matched: 2, intervals: 1, records: 500, microseconds: 830, lines: [{ stream: "db", line: 12, text: "deadlock detected" }, { stream: "db", line: 90, text: "deadlock detected" }], wrong: [] })],
  ["GET", "/api/v1/silences", (known) => value({ rows: known.silences })],
  ["POST", "/api/v1/silences", (known, { given }) => (known.silences.push({ id: `s${known.silences.length + 1}`, author: "local", starts: stamp(1_709_900_000_000), fixed: false, ...given }), value(known.silences.at(-1), 201))],
  ["DELETE", "/api/v1/silences/{id}", (known, { id }) => ((known.silences = known.silences.filter((row) => row.id !== id)), value(null, 204))],
  ["GET", "/api/v1/channels", (known) => value({ rows: known.channels })],
  ["POST", "/api/v1/channels/{id}/test", (_, { id }) => value({ sent: id === "on-call", problem: id === "on-call" ? null : "answered 404: channel_not_found" })],
  ["GET", "/api/v1/calendars", (known) => value({ rows: known.calendars })],
  ["GET", "/api/v1/outbox", (known) => value({ rows: known.outbox })],
  ["POST", "/api/v1/outbox/{id}/retry", (known, { id }) => ((known.outbox = known.outbox.filter((row) => String(row.id) !== id)), value(null, 204))],
  ["POST", "/api/v1/feedback/preview", (known, { given }) => preview(known, given)],
  ["POST", "/api/v1/feedback", (known, { given }) => (known.feedback.push(given), value(given, 201))],
  ["GET", "/api/v1/feedback", (known) => value({ rows: known.feedback, file: "logsift.feedback.yaml", problem: null })],
  ["GET", "/api/v1/events", () => value({})],
  ["GET", "/api/v1/config", () => value({ rows: SETTINGS })],
  ["POST", "/api/v1/analyses", (known, { tell }) => begun(known, "analyse", tell)],
  ["GET", "/api/v1/analyses/{id}/report", (known) => value(report(known))],
  ["GET", "/api/openapi.json", () => value(described())],
];

/** The report of `scan --format json`, as far as the page reads it. */
function report(known) {
  const part = known.parts[0];
  const incidents = part.incidents.map((row, place) => ({ ...row, id: `inc-${place + 1}` }));
  return { report_version: 1, inputs: [part.input], totals: { bytes: part.input.bytes, balance: part.input.balance, time: part.input.time, levels: part.input.levels }, detection: { budget: part.budget, incidents, held_incidents: [], findings: part.findings, volume: part.volume, kinds: part.kinds }, notices: [] };
}

function described() {
  const paths = {};
  for (const [verb, path] of ROUTES) (paths[path] ??= {})[verb.toLowerCase()] = {};
  return { openapi: "3.1.0", paths };
}

function matched(pattern, path) {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  let id = "";
  const fits = wanted.every((word, place) => word === given[place] || (word.startsWith("{") && ((id = decodeURIComponent(given[place])), true)));
  return fits ? { id } : null;
}

/** The answer of a route, or nothing where there is none. */
export function answers(known, verb, url, body, tell) {
  for (const [of, pattern, answer] of ROUTES) {
    const match = of === verb && matched(pattern, url.pathname);
    if (!match) continue;
    let given = {};
    try { given = JSON.parse(body || "{}"); } catch { /* A body that is no JSON is a log. */ }
    return answer(known, { ...match, query: url.searchParams, given, tell });
  }
  return null;
}
