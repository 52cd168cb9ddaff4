// What a server would know: made of the recording, of hostile text, of nothing, or of very much.
import { readFileSync } from "node:fs";
import { poisoned } from "./hostile.mjs";

const recordedText = () => readFileSync(new URL("fixtures/recorded.json", import.meta.url), "utf8");

/** `data`, `hostile`, `empty`, `large`, or the name of one profile. */
export function world(scenario = "data") {
  let recorded = scenario === "empty" ? [] : JSON.parse(recordedText());
  if (scenario === "hostile") recorded = poisoned(recorded);
  const one = recorded.filter((part) => part.profile === scenario);
  if (one.length) recorded = one;
  const made = assembled(recorded);
  if (scenario === "large") made.templates.push(...many(100_000 - made.templates.length));
  return made;
}

function assembled(recorded) {
  const incidents = recorded.flatMap((part) => part.incidents.map((report, place) => incident(part, report, place)));
  const findings = recorded.flatMap((part) => part.findings.map((report) => finding(part, report)));
  const templates = recorded.flatMap((part) => part.templates.map((shape) => ({ ...shape, id: shape.template_id, profile: part.profile })));
  incidents.sort((a, b) => time(b.end) - time(a.end));
  findings.sort((a, b) => time(b.time) - time(a.time));
  templates.sort((a, b) => b.count - a.count);
  return { incidents, findings, templates: distinct(templates), parts: recorded, kinds: recorded[0]?.kinds ?? [], ...told(incidents) };
}

const time = (text) => Date.parse(text ?? 0) || 0;
const distinct = (rows) => [...new Map(rows.map((row) => [row.id, row])).values()];
const PLACES = new Map();

function incident(part, report, place) {
  const id = `${report.fingerprint.slice(0, 8)}${part.profile.slice(0, 2)}${place}`;
  PLACES.set(`${part.profile} ${report.id}`, id);
  const { id: _, finding_ids, ...document } = report;
  return {
    id, fingerprint: report.fingerprint, title: report.title, severity: report.severity, score: report.score,
    state: place % 3 === 2 ? "resolved" : "open", start: report.start, end: report.end, opened: report.start, changed: report.end,
    resolved: place % 3 === 2 ? report.end : null, finding_count: report.finding_count, records: report.records,
    streams: report.streams, kinds: report.kinds, cause: report.causes[0]?.message ?? null, merged_into: null, report: { ...document, id, finding_ids },
  };
}

function finding(part, report) {
  return {
    id: report.id, incident_id: PLACES.get(`${part.profile} ${report.incident_id}`) ?? null, kind: report.kind, severity: report.severity,
    score: report.score, stream: report.stream, template_id: report.template_id, time: report.time, explanation: report.explanation,
    held: report.held, report,
  };
}

function many(count) {
  return Array.from({ length: Math.max(0, count) }, (_, place) => ({
    id: (place + 0x1000000).toString(16).padStart(16, "0"), template: `worker ${place} of pool <id> took <duration> for <number> items`,
    count: 1 + ((place * 7919) % 5000), first: "2024-03-04T00:00:00Z", last: "2024-03-05T00:00:00Z", level: ["info", "warn", "error"][place % 3],
    slots: [], parent: null, timeline: { start: "2024-03-04T00:00:00Z", step: 3600, counts: [1, 2, 3] },
  }));
}

/** What people said and set: rules, silences, channels, the settings. */
function told(incidents) {
  if (!incidents.length) return { rules: [], silences: [], channels: [], outbox: [], calendars: [], feedback: [], tokens: [], jobs: [], models: [], audit: [] };
  const at = incidents[0].end;
  return {
    rules: [
      rule("error-level", "An entry of level error", "ERROR_LEVEL", "medium", 214), rule("database/deadlock", "A transaction lost a deadlock", "DATABASE_CONNECTION_ISSUE", "high", 9),
      rule("security/brute-force", "Many refused logins from one address", "AUTH_FAILURE", "high", 31), rule("resources/memory", "Memory is used up", "CRITICAL_RESOURCE_USAGE", "critical", 4),
      rule("database/slow-query", "A query took far too long", "SLOW_QUERY", "medium", 0),
    ],
    silences: [{ id: "s1", matchers: [{ name: "stream", op: "=", value: "batch.log" }], starts: at, ends: "2099-01-01T00:00:00Z", author: "ops", comment: "nightly import, known", fixed: false }],
    channels: [
      { name: "on-call", kind: "pagerduty", state: "working", problem: null, sent: 12, failed: 0, waiting: 0, parked: 0, last_sent: at },
      { name: "team", kind: "slack", state: "broken", problem: "answered 404: channel_not_found", sent: 48, failed: 3, waiting: 1, parked: 2, last_sent: at },
    ],
    outbox: [{ id: "5f/opened1/team", fingerprint: incidents[0].fingerprint, severity: incidents[0].severity, change: "opened", at, state: "parked", channel: "team", attempts: 1, next: null, problem: "answered 404: channel_not_found", title: incidents[0].title }],
    calendars: [{ name: "maintenance", kind: "maintenance", when: "Sun 02:00-04:00 UTC", effect: "nothing is told", active: false }, { name: "nights", kind: "quiet-hours", when: "22:00-07:00 Europe/Berlin", effect: "only severity>=critical is told, the rest waits for its end", active: true }],
    feedback: [], tokens: [{ name: "shipper", role: "push", created: at, used: at }, { name: "ops", role: "admin", created: at, used: null }],
    jobs: [{ id: "job-1", kind: "train", state: "done", progress: 1, started: at, ended: at, message: "generation 3" }],
    models: [
      { generation: 3, written: at, bytes: 412_331, records: 155_988, templates: 715, active: true, kept: true, note: "trained" },
      { generation: 2, written: incidents.at(-1).end, bytes: 398_100, records: 121_204, templates: 688, active: false, kept: true, note: "learned" },
      { generation: 1, written: incidents.at(-1).start, bytes: 201_977, records: 40_010, templates: 402, active: false, kept: false, note: "learned" },
    ],
    audit: [{ id: 2, at, actor: "ops", action: "model.train", subject: "", outcome: "done" }, { id: 1, at, actor: "local", action: "token.create", subject: "shipper", outcome: "done" }],
  };
}

const rule = (name, description, classic, severity, hits) => ({ name, title: description, classic, severity, description: "", remedy: "", runbook: null, tags: [], hits });
