// An incident as Markdown, for a ticket or a chat: text of the log stands in code, where nothing of it has a meaning.
import { duration, number, time } from "../../core/format.js";
import { plain } from "../../parts/text.js";

const MOST = 500;

/** Log text as code: fenced by more backquotes than it has in a row. */
export function code(text) {
  const shown = plain(text).slice(0, MOST);
  const longest = Math.max(2, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${shown}\n${fence}`;
}

const quoted = (text) => `\`${plain(text).replace(/\s+/g, " ").replaceAll("`", "'").slice(0, MOST)}\``;

// What has a meaning in Markdown gets a backslash; mentions are broken by a mark of no width.
const words = (text) => plain(text).replace(/\s+/g, " ").replace(/[\\`*_{}[\]<>()#+!|~-]/g, "\\$&").replaceAll("@", "@\u200b").slice(0, MOST);

/** The incident. */
export function markdown(incident) {
  const report = incident.report ?? {};
  const cause = report.causes?.[0];
  const long = (time(incident.end) - time(incident.start)) / 1000;
  return [
    `## ${words(incident.title)}`,
    `**${incident.severity}** since ${incident.start ?? "?"}${long > 0 ? `, for ${duration(long)}` : ""}; ${number(incident.finding_count)} findings, ${number(incident.records)} records`,
    `Streams: ${incident.streams.map(quoted).join(", ")}`,
    ...(cause ? [`### Cause\n${quoted(`${cause.file}:${cause.line}`)} ${cause.time ?? ""}: ${words(cause.why)}\n\n${code(cause.message)}`] : []),
    ...(report.story?.length ? [`### What happened\n${report.story.map((step) => `- ${step.time ?? ""} ${words(step.sentence)}${step.file ? ` (${quoted(`${step.file}:${step.line ?? ""}`)})` : ""}`).join("\n")}`] : []),
    location.origin === "null" ? "" : location.href,
  ].join("\n\n");
}
