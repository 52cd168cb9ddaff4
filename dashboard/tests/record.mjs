// Records what the tests show: runs the program over generated logs of every profile and keeps what the API would say of
// them. Usage: node dashboard/tests/record.mjs PATH_OF_LOGSIFT. The recording is small on purpose: it is kept in the tree.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PROFILES = ["application", "database", "security", "web", "microservices", "kubernetes", "system", "performance"];
const FINDINGS = 48;
const TEMPLATES = 60;

const program = process.argv[2] ?? "target/debug/logsift";
const folder = mkdtempSync(join(tmpdir(), "logsift-recording-"));
const here = dirname(fileURLToPath(import.meta.url));

function run(words) {
  const text = execFileSync(program, words, { cwd: folder, maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] });
  return text.toString("utf8");
}

// A syslog stamp has no year, so the file's date decides; the other profiles say 2024.
const settled = (text) => text.replaceAll(/\b20(2[5-9]|[3-9]\d)-03-/g, "2024-03-");

function record(profile) {
  const log = `${profile}.log`;
  // `scan` ends with 1 where it found something to fail on; nothing is asked for here, so it ends with 0.
  const scan = JSON.parse(settled(run(["scan", log, "--format", "json", "-q"])));
  const templates = JSON.parse(settled(run(["templates", log, "--format", "json", "--slots", "--all", "-q"])));
  return { profile, input: scan.inputs[0], ...kept(scan.detection), templates: shapes(templates.templates), kinds: scan.detection.kinds };
}

function kept(detection) {
  const findings = detection.findings.slice(0, FINDINGS);
  return { budget: detection.budget, incidents: detection.incidents.slice(0, 8).map(short), findings, volume: detection.volume };
}

function short(incident) {
  return { ...incident, causes: incident.causes.slice(0, 4), finding_ids: incident.finding_ids.slice(0, FINDINGS) };
}

function shapes(templates) {
  return templates.slice(0, TEMPLATES).map(({ examples, ...template }) => ({
    ...template,
    slots: template.slots.map((slot) => ({ ...slot, top: slot.top.slice(0, 5) })),
  }));
}

try {
  run(["generate", "all", "--lines", "20000", "--seed", "3", "-o", "."]);
  const recorded = PROFILES.map(record);
  writeFileSync(join(here, "fixtures", "recorded.json"), `${JSON.stringify(recorded)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
