//! A report in, GitHub-flavoured Markdown out: to be pasted into the ticket of an incident, or shown as the summary
//! of a job.
//!
//! Log text stands in code, where nothing is obeyed; where it must stand in a sentence, every sign that Markdown
//! knows is escaped, and nobody is mentioned. The number of details is bounded, since places for such text are.

mod differences;

use std::io;

use crate::detection::{CauseRow, Detection, EvidenceRow, FindingRow, IncidentRow};
use crate::escape::for_terminal;
use crate::text::figures::{bytes, clock, counted, duration, moment, number, percent, thousands};
use crate::text::layout::shorten_end;
use crate::{Renderer, ScanReport};

/// Incidents that are told; the others stand in the table alone.
const TOLD: usize = 20;
/// Rows of a table of incidents.
const LISTED: usize = 200;
/// Steps, evidence and held findings that are shown.
const ROWS: usize = 20;
/// Lines of a message and of its context on each side.
const LINES: usize = 30;
const CONTEXT: usize = 3;
/// Columns of a line of code, and of a text in a sentence.
const COLUMNS: usize = 400;

/// Writes GitHub-flavoured Markdown.
#[derive(Clone, Copy, Debug, Default)]
pub struct MarkdownRenderer;

impl Renderer for MarkdownRenderer {
    fn render(&self, report: &ScanReport, out: &mut dyn io::Write) -> io::Result<()> {
        let mut page = String::new();
        match &report.detection {
            Some(detection) => detected(detection, &mut page),
            None => page.push_str("# What was read\n\n"),
        }
        if report.detection.is_some() {
            report.diff.iter().for_each(|diff| differences::all(diff, &mut page));
            page.push_str("## What was read\n\n");
        }
        read(report, &mut page);
        out.write_all(page.as_bytes())
    }
}

fn detected(detection: &Detection, page: &mut String) {
    let found = match detection.incidents.len() as u64 {
        0 => "No incident".to_owned(),
        count => counted(count, "incident", "incidents"),
    };
    page.push_str(&format!("# {found}\n\n"));
    table_of_incidents(&detection.incidents, page);
    for (index, row) in detection.incidents.iter().take(TOLD).enumerate() {
        incident(index + 1, row, &detection.findings, page);
    }
    budget(detection, page);
    held(detection, page);
    adoptions(detection, page);
}

fn table_of_incidents(incidents: &[IncidentRow], page: &mut String) {
    if incidents.is_empty() {
        return page.push_str("Nothing was surprising enough for this budget.\n\n");
    }
    page.push_str(
        "| | severity | incident | began | lasted | findings |\n| ---: | --- | --- | --- | --- | ---: |\n",
    );
    for (index, row) in incidents.iter().take(LISTED).enumerate() {
        let began = row.start.as_deref().map(moment).unwrap_or_default();
        let lasted = row.start.as_ref().map(|_| duration(row.seconds)).unwrap_or_default();
        let (severity, title) = (inline(&row.severity), inline(&row.title));
        let number = index + 1;
        page.push_str(&format!(
            "| {number} | **{severity}** | {title} | {began} | {lasted} | {} |\n",
            thousands(row.finding_count)
        ));
    }
    page.push('\n');
}

fn incident(number: usize, row: &IncidentRow, findings: &[FindingRow], page: &mut String) {
    page.push_str(&format!("## {number}. {}: {}\n\n", inline(&row.severity), inline(&row.title)));
    if let Some(start) = &row.start {
        let end = row.end.as_deref().map(|end| clock(end, Some(start))).unwrap_or_default();
        page.push_str(&format!("- **When:** {} → {end}, {}\n", moment(start), duration(row.seconds)));
    }
    let streams: Vec<String> = row.streams.iter().take(ROWS).map(|stream| code(stream)).collect();
    page.push_str(&format!("- **Streams:** {}\n", streams.join(", ")));
    let what = counted(row.finding_count, "finding", "findings");
    page.push_str(&format!("- **What:** {what} about {}\n", counted(row.records, "record", "records")));
    for (name, list) in [("Class", &row.classes), ("Rules", &row.rules)] {
        let list: Vec<String> = list.iter().map(|item| code(item)).collect();
        if !list.is_empty() {
            page.push_str(&format!("- **{name}:** {}\n", list.join(", ")));
        }
    }
    page.push_str(&format!("- **Fingerprint:** {}\n\n", code(&row.fingerprint)));
    for (index, cause) in row.causes.iter().enumerate() {
        self::cause(index == 0, cause, row, page);
    }
    story(row, page);
    evidence(row, findings, page);
}

fn cause(first: bool, cause: &CauseRow, row: &IncidentRow, page: &mut String) {
    let place = code(&format!("{}:{}", cause.file, cause.line));
    let mut beside: Vec<String> = cause.level.iter().map(|level| inline(level)).collect();
    beside.extend(cause.time.as_deref().map(|time| clock(time, row.start.as_deref())));
    beside.push(format!("{} likely", percent(cause.weight)));
    let label = if first { "Likely cause" } else { "Or" };
    page.push_str(&format!("**{label}:** {place} ({}): {}\n\n", beside.join(", "), inline(&cause.why)));
    let skipped = cause.before.len().saturating_sub(CONTEXT);
    let before = cause.before.iter().skip(skipped).map(|line| format!("  {line}"));
    let message = cause.message.lines().take(LINES).map(|line| format!("> {line}"));
    let after = cause.after.iter().take(CONTEXT).map(|line| format!("  {line}"));
    fence(&before.chain(message).chain(after).collect::<Vec<_>>(), page);
}

fn story(row: &IncidentRow, page: &mut String) {
    let steps = counted(row.story.len() as u64, "step", "steps");
    opened(&format!("What happened, in {steps}"), page);
    page.push_str("| time | what | kind | where |\n| --- | --- | --- | --- |\n");
    for step in row.story.iter().take(ROWS) {
        let time = step.time.as_deref().map(|time| clock(time, row.start.as_deref())).unwrap_or_default();
        let place = place(step.file.as_deref(), step.line, step.stream.as_deref());
        page.push_str(&format!(
            "| {time} | {} | {} | {place} |\n",
            inline(&step.sentence),
            inline(&step.kind)
        ));
    }
    closed(row.story.len(), page);
}

fn place(file: Option<&str>, line: Option<u64>, stream: Option<&str>) -> String {
    match (file, line) {
        (Some(file), Some(line)) => cell(&format!("{file}:{line}")),
        _ => file.or(stream).map(cell).unwrap_or_default(),
    }
}

fn evidence(row: &IncidentRow, findings: &[FindingRow], page: &mut String) {
    let own = findings.iter().filter(|finding| finding.incident_id.as_ref() == Some(&row.id));
    let mut rows: Vec<&EvidenceRow> = own.flat_map(|finding| &finding.evidence).collect();
    rows.sort_by(|a, b| b.surprise.total_cmp(&a.surprise));
    opened("Evidence", page);
    page.push_str("| kind | expected | seen | in words |\n| --- | ---: | ---: | --- |\n");
    for row in rows.iter().take(ROWS) {
        let (expected, seen) = (number(row.expected), number(row.seen));
        page.push_str(&format!(
            "| {} | {expected} | {seen} | {} |\n",
            inline(&row.kind),
            inline(&row.sentence)
        ));
    }
    closed(rows.len(), page);
}

fn budget(detection: &Detection, page: &mut String) {
    let budget = &detection.budget;
    page.push_str("## Budget\n\n");
    page.push_str(&format!(
        "Asked {}, allowed {}, spent {}. Held back: {} over budget, {} still learning, {} marked normal.",
        code(&budget.asked),
        number(budget.allowed),
        thousands(budget.spent),
        thousands(budget.held_over_budget),
        thousands(budget.held_learning),
        thousands(budget.held_marked_normal),
    ));
    if let Some(with) = &detection.compared_with {
        page.push_str(&format!(" Compared with {}.", inline(with)));
    }
    page.push_str("\n\n");
}

fn held(detection: &Detection, page: &mut String) {
    let held: Vec<&FindingRow> = detection.findings.iter().filter(|row| row.incident_id.is_none()).collect();
    if held.is_empty() {
        return;
    }
    let all = held.len() as u64 + detection.held_beyond;
    opened(&format!("Not counted: {}", counted(all, "finding", "findings")), page);
    page.push_str("| severity | what | reason | where | line |\n| --- | --- | --- | --- | --- |\n");
    for row in held.iter().take(ROWS) {
        let place = place(row.file.as_deref(), row.line, row.stream.as_deref());
        let line = row.message.as_ref().or(row.template.as_ref());
        let line = line.and_then(|line| line.lines().next()).map(cell).unwrap_or_default();
        let reason = inline(row.held.as_deref().unwrap_or_default());
        let (severity, what) = (inline(&row.severity), inline(&row.explanation));
        page.push_str(&format!("| {severity} | {what} | {reason} | {place} | {line} |\n"));
    }
    closed(held.len(), page);
}

/// What lasted for so long that it is normal now.
fn adoptions(detection: &Detection, page: &mut String) {
    let all = &detection.adoptions;
    if all.is_empty() {
        return;
    }
    let count = counted(all.len() as u64, "change", "changes");
    opened(&format!("New normal: {count} learned as one"), page);
    page.push_str("| what | message | stream | since | normal from | finding |\n| --- | --- | --- | --- | --- | --- |\n");
    let words = |text: &Option<String>| text.as_deref().map(cell).unwrap_or_default();
    for row in all.iter().take(ROWS) {
        page.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            inline(&row.explanation),
            words(&row.template),
            words(&row.stream),
            words(&row.since),
            words(&row.adopted),
            cell(&row.finding_id),
        ));
    }
    closed(all.len(), page);
}

fn read(report: &ScanReport, page: &mut String) {
    page.push_str("| input | lines | records | format |\n| --- | ---: | ---: | --- |\n");
    for input in report.inputs.iter().take(ROWS) {
        let format = input.formats.first().map(|format| cell(&format.name)).unwrap_or_default();
        let (lines, records) = (thousands(input.balance.lines), thousands(input.balance.records));
        page.push_str(&format!("| {} | {lines} | {records} | {format} |\n", cell(&input.name)));
    }
    let balance = &report.totals.balance;
    page.push_str(&format!(
        "\n{} = {} + {} + {} skipped, {}.",
        counted(balance.lines, "line", "lines"),
        counted(balance.records, "record", "records"),
        counted(balance.continuations, "continuation line", "continuation lines"),
        thousands(balance.skipped_in_all()),
        bytes(report.totals.bytes),
    ));
    if !balance.holds {
        page.push_str(" **This does not add up, please report it.**");
    }
    page.push_str("\n\n");
    for notice in report.notices.iter().take(ROWS) {
        page.push_str(&format!(
            "- {}: {}: {}\n",
            notice.kind.name(),
            code(&notice.name),
            inline(&notice.text)
        ));
    }
    let product = &report.product;
    page.push_str(&format!("\n<sub>{} {}</sub>\n", inline(&product.name), inline(&product.version)));
}

fn opened(title: &str, page: &mut String) {
    page.push_str(&format!("<details><summary>{title}</summary>\n\n"));
}

fn closed(rows: usize, page: &mut String) {
    let more = rows.saturating_sub(ROWS) as u64;
    if more > 0 {
        page.push_str(&format!("\n{} more\n", thousands(more)));
    }
    page.push_str("\n</details>\n\n");
}

/// Text of a log in a sentence or a cell.
fn inline(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    for character in shorten_end(&for_terminal(text), COLUMNS).chars() {
        match character {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            // What is made a mention, a reference or a link in the finished text is parted there.
            '@' | '#' => shown.extend([character, '\u{2060}']),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '!' | '|' | '~' | '$' => {
                shown.extend(['\\', character]);
            }
            _ => shown.push(character),
        }
    }
    shown.replace("www.", "www&#46;").replace("://", "&#58;//")
}

/// Text of a log as code in a cell of a table, where a bar would begin the next one even in code.
fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// Text of a log as code in a sentence.
fn code(text: &str) -> String {
    let text = shorten_end(&for_terminal(text), COLUMNS);
    if text.is_empty() {
        return text;
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // A blank at both ends is taken off again; without it a text that ends with the sign would not be apart from it.
    if text.starts_with('`') || text.ends_with('`') {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

fn fence(lines: &[String], page: &mut String) {
    let shown = |line: &String| shorten_end(&for_terminal(&line.replace('\t', "    ")), COLUMNS);
    let lines: Vec<String> = lines.iter().map(shown).collect();
    let longest = lines.iter().map(|line| longest_run(line)).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    page.push_str(&format!("{fence}text\n{}\n{fence}\n\n", lines.join("\n")));
}

/// How many backticks there are in a row at most.
fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::sample;
    use proptest::prelude::*;

    fn written(report: &ScanReport) -> String {
        let mut out = Vec::new();
        MarkdownRenderer.render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn pages() {
        insta::assert_snapshot!("story", written(&sample::story()));
        insta::assert_snapshot!("quiet", written(&sample::quiet()));
        insta::assert_snapshot!("bare", written(&sample::bare()));
        insta::assert_snapshot!("compared", written(&sample::compared()));
        insta::assert_snapshot!("not_looked_for", written(&crate::scan_report::sample::two_inputs()));
    }

    /// The page without its blocks and spans of code.
    fn outside_code(text: &str) -> String {
        let mut outside = String::new();
        let mut fence: Option<&str> = None;
        for line in text.lines() {
            match fence {
                Some(open) if line == open => fence = None,
                Some(_) => {}
                None if line.starts_with("```") => fence = Some(line.trim_end_matches("text")),
                None => outside.extend([&without_spans(line), "\n"]),
            }
        }
        assert_eq!(fence, None, "a block is left open");
        outside
    }

    /// A span begins with a run of backticks and ends with the next run as long; outside of it a backslash escapes.
    fn without_spans(line: &str) -> String {
        let run = |text: &str| text.chars().take_while(|c| *c == '`').count();
        let (mut outside, mut rest) = (String::new(), line);
        while let Some(first) = rest.chars().next() {
            let taken = match first {
                '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
                '`' => {
                    let open = run(rest);
                    let mut at = open;
                    while run(&rest[at..]) != open {
                        let next = rest[at..].chars().next().expect("a span is left open");
                        at += run(&rest[at..]).max(next.len_utf8());
                    }
                    at + open
                }
                _ => {
                    outside.push(first);
                    first.len_utf8()
                }
            };
            rest = &rest[taken..];
        }
        outside
    }

    #[test]
    fn nothing_foreign_is_obeyed() {
        nothing_is_obeyed(&sample::hostile());
    }

    proptest! {
        #[test]
        fn nothing_is_obeyed_whatever_is_said(text in sample::nasty()) {
            nothing_is_obeyed(&sample::brief(&text));
        }
    }

    fn nothing_is_obeyed(report: &ScanReport) {
        let text = outside_code(&written(report));
        let tags = ["<details>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>"];
        let rest = tags.iter().fold(text.clone(), |rest, tag| rest.replace(tag, ""));
        assert!(!rest.contains('<'), "{rest}");
        for sign in ["@everyone", "](", "://", "\n# h", "![", "\x1b"] {
            assert!(!text.contains(sign), "{sign} in {text}");
        }
        for row in text.lines().filter(|line| line.starts_with("| ")) {
            let cells = row.replace("\\|", "").matches('|').count();
            assert!((5..=7).contains(&cells), "{row}");
        }
    }

    #[test]
    fn code_is_longer_than_what_is_in_it() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a|"), "`` `a| ``");
        assert_eq!(cell("a|b"), "`a\\|b`");
    }
}
