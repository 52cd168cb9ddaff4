//! A report in, JUnit XML out: a test for each incident, failed; one that passed where there is none.
//!
//! Servers that build software show such files without being taught. The form is the one that all of them read:
//! `testsuites`, `testsuite`, `testcase`, `failure`.

use std::io;

use crate::detection::{BudgetReport, CauseRow, IncidentRow};
use crate::escape::{for_terminal, without_commands};
use crate::text::figures::{counted, duration, moment, number, percent};
use crate::{Renderer, ScanReport};

/// Writes JUnit XML.
#[derive(Clone, Copy, Debug, Default)]
pub struct JunitRenderer;

impl Renderer for JunitRenderer {
    fn render(&self, report: &ScanReport, out: &mut dyn io::Write) -> io::Result<()> {
        let incidents = report.detection.as_ref().map_or(&[][..], |detection| &detection.incidents);
        let (failed, tests) = (incidents.len(), incidents.len().max(1));
        let skipped = usize::from(report.detection.is_none());
        let counts = format!("tests=\"{tests}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\"");
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<testsuites name=\"logsift\" {counts}>")?;
        writeln!(out, "  <testsuite name=\"logsift\" {counts}>")?;
        match &report.detection {
            None => writeln!(
                out,
                "    <testcase classname=\"logsift\" name=\"incidents\"><skipped message=\"nothing was looked for\"/></testcase>"
            )?,
            Some(detection) => {
                properties(&detection.budget, out)?;
                if incidents.is_empty() {
                    writeln!(out, "    <testcase classname=\"logsift\" name=\"no incident\"/>")?;
                }
                incidents.iter().try_for_each(|incident| failure(incident, out))?;
            }
        }
        writeln!(out, "  </testsuite>\n</testsuites>")
    }
}

fn properties(budget: &BudgetReport, out: &mut dyn io::Write) -> io::Result<()> {
    let rows = [
        ("budget.asked", budget.asked.clone()),
        ("budget.allowed", number(budget.allowed)),
        ("budget.spent", budget.spent.to_string()),
        ("held.over-budget", budget.held_over_budget.to_string()),
        ("held.still-learning", budget.held_learning.to_string()),
        ("held.marked-normal", budget.held_marked_normal.to_string()),
    ];
    writeln!(out, "    <properties>")?;
    for (name, value) in rows {
        writeln!(out, "      <property name=\"{name}\" value=\"{}\"/>", escaped(&value))?;
    }
    writeln!(out, "    </properties>")
}

fn failure(row: &IncidentRow, out: &mut dyn io::Write) -> io::Result<()> {
    let (title, severity) = (escaped(&row.title), escaped(&row.severity));
    let place =
        row.causes.first().map(|cause| format!(" file=\"{}\" line=\"{}\"", escaped(&cause.file), cause.line));
    writeln!(
        out,
        "    <testcase classname=\"logsift.{severity}\" name=\"{} {title}\"{}>",
        escaped(&row.id),
        place.unwrap_or_default()
    )?;
    writeln!(out, "      <failure type=\"{severity}\" message=\"{title}\">")?;
    for line in told(row) {
        writeln!(out, "{}", escaped(&line))?;
    }
    writeln!(out, "      </failure>\n    </testcase>")
}

fn told(row: &IncidentRow) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(start) = &row.start {
        let end = row.end.as_deref().map(moment).unwrap_or_default();
        lines.push(format!("when: {} to {end}, {}", moment(start), duration(row.seconds)));
    }
    lines.push(format!("streams: {}", row.streams.join(", ")));
    let findings = counted(row.finding_count, "finding", "findings");
    lines.push(format!("what: {findings} about {}", counted(row.records, "record", "records")));
    if !row.classes.is_empty() {
        lines.push(format!("class: {}", row.classes.join(", ")));
    }
    if !row.rules.is_empty() {
        lines.push(format!("rules: {}", row.rules.join(", ")));
    }
    row.causes.iter().for_each(|cause| lines.extend(cause_lines(cause)));
    lines.push("story:".to_owned());
    for step in &row.story {
        let time = step.time.as_deref().map(moment).unwrap_or_default();
        let place = step.file.as_ref().zip(step.line).map(|(file, line)| format!(" ({file}:{line})"));
        lines.push(format!("  {time} {}: {}{}", step.kind, step.sentence, place.unwrap_or_default()));
    }
    lines
}

fn cause_lines(cause: &CauseRow) -> Vec<String> {
    let CauseRow { file, line, weight, why, .. } = cause;
    let mut lines = vec![format!("cause: {file}:{line}, {} likely: {why}", percent(*weight))];
    lines.extend(cause.message.lines().map(|line| format!("  | {}", line.replace('\t', "    "))));
    lines
}

/// The text as XML may hold it, in an element or an attribute.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in without_commands(&for_terminal(text)).chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&apos;"),
            // Characters that are none, and that XML has no way to write.
            '\u{fffe}' | '\u{ffff}' => shown.push('\u{fffd}'),
            _ => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::sample;
    use proptest::prelude::*;

    fn written(report: &ScanReport) -> String {
        let mut out = Vec::new();
        JunitRenderer.render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn incidents_fail_and_a_quiet_log_passes() {
        insta::assert_snapshot!(written(&sample::story()));
        insta::assert_snapshot!("quiet", written(&sample::quiet()));
        insta::assert_snapshot!("not_looked_for", written(&crate::scan_report::sample::one_input()));
    }

    #[test]
    fn elements_are_balanced_whatever_the_log_says() {
        for report in [sample::story(), sample::bare(), sample::hostile(), sample::quiet()] {
            balanced(&written(&report));
        }
        assert_eq!(escaped("a]]>\u{ffff}'\"&\n"), "a]]&gt;\u{fffd}&apos;&quot;&amp;\\n");
    }

    proptest! {
        #[test]
        fn elements_are_balanced_whatever_is_said(text in sample::nasty()) {
            balanced(&written(&sample::brief(&text)));
        }
    }

    /// Every `<` begins a tag of ours, and tags are closed in the order in which they were opened.
    fn balanced(text: &str) {
        let mut open: Vec<&str> = Vec::new();
        for tag in text.split('<').skip(2) {
            let (inside, after) = tag.split_once('>').unwrap();
            assert!(!after.contains('>'), "{after}");
            let name = inside.trim_start_matches('/').split([' ', '/']).next().unwrap();
            if inside.starts_with('/') {
                assert_eq!(open.pop(), Some(name));
            } else if !inside.ends_with('/') {
                open.push(name);
            }
            let known =
                ["testsuites", "testsuite", "testcase", "failure", "properties", "property", "skipped"];
            assert!(known.contains(&name), "{name}");
        }
        assert_eq!(open, Vec::<&str>::new());
    }
}
