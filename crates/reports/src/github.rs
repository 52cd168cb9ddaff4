//! A report in, workflow commands of GitHub Actions out: an annotation for each incident, and a summary.
//!
//! A step shows ten annotations of a kind and drops the rest, so no more are written; the last line counts all.
//! The text of a job's summary is Markdown ([`crate::markdown`]); see [`crate::format::Format::of_path`].

use std::io;

use crate::detection::{Detection, IncidentRow};
use crate::escape::for_terminal;
use crate::text::figures::{counted, duration, moment, percent};
use crate::{Renderer, ScanReport};

/// Annotations that a step may write.
const MOST: usize = 10;

/// Writes workflow commands.
#[derive(Clone, Copy, Debug, Default)]
pub struct GithubRenderer;

impl Renderer for GithubRenderer {
    fn render(&self, report: &ScanReport, out: &mut dyn io::Write) -> io::Result<()> {
        let Some(detection) = &report.detection else { return Ok(()) };
        for incident in detection.incidents.iter().take(MOST) {
            writeln!(out, "{}", annotation(incident))?;
        }
        writeln!(out, "::notice title=logsift::{}", data(&summary(detection)))
    }
}

fn annotation(row: &IncidentRow) -> String {
    let command = match row.severity.as_str() {
        "critical" | "high" => "error",
        "medium" => "warning",
        _ => "notice",
    };
    let mut properties = Vec::new();
    if let Some(cause) = row.causes.first() {
        properties.push(format!("file={}", property(&cause.file)));
        properties.push(format!("line={}", cause.line));
    }
    properties.push(format!("title={}", property(&format!("{}: {}", row.severity, row.title))));
    format!("::{command} {}::{}", properties.join(","), data(&told(row)))
}

fn told(row: &IncidentRow) -> String {
    let mut lines = Vec::new();
    if let Some(start) = &row.start {
        lines.push(format!("{}, {}", moment(start), duration(row.seconds)));
    }
    for cause in row.causes.iter().take(1) {
        lines.extend(cause.message.lines().next().map(shown));
        lines.push(format!("{} likely the cause: {}", percent(cause.weight), shown(&cause.why)));
    }
    lines.push(format!(
        "{} in {}",
        counted(row.finding_count, "finding", "findings"),
        shown(&row.streams.join(", "))
    ));
    if !row.classes.is_empty() {
        lines.push(shown(&row.classes.iter().chain(&row.rules).cloned().collect::<Vec<_>>().join(", ")));
    }
    lines.join("\n")
}

fn summary(detection: &Detection) -> String {
    let budget = &detection.budget;
    let held = budget.held_over_budget + budget.held_learning + budget.held_marked_normal;
    let found = match detection.incidents.len() as u64 {
        0 => "no incident".to_owned(),
        count => counted(count, "incident", "incidents"),
    };
    let beyond = detection.incidents.len().saturating_sub(MOST) as u64;
    let beyond =
        if beyond == 0 { String::new() } else { format!(", {beyond} of them without an annotation") };
    let held = counted(held, "finding", "findings");
    format!("{found}{beyond}; {held} held back; budget {}", shown(&budget.asked))
}

fn shown(text: &str) -> String {
    for_terminal(text).into_owned()
}

/// What stands after the second `::`; the runner undoes just these.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(shown).collect();
    lines.join("\n").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What stands after `file=` or `title=`.
fn property(text: &str) -> String {
    data(&shown(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::sample;
    use proptest::prelude::*;

    fn written(report: &ScanReport) -> String {
        let mut out = Vec::new();
        GithubRenderer.render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_annotation_for_each_incident_and_a_summary() {
        insta::assert_snapshot!(
            written(&sample::story()) + &written(&sample::bare()) + &written(&sample::quiet())
        );
    }

    #[test]
    fn foreign_text_stays_in_its_command() {
        let text = written(&sample::hostile());
        assert_eq!(text.lines().count(), 4);
        only_our_commands(&text);
    }

    proptest! {
        #[test]
        fn whatever_is_said_stays_in_its_command(text in sample::nasty()) {
            let text = written(&sample::brief(&text));
            prop_assert_eq!(text.lines().count(), 2);
            only_our_commands(&text);
        }
    }

    fn only_our_commands(text: &str) {
        for line in text.lines() {
            // The runner takes all up to the next `::` for properties, parted by commas.
            let (head, rest) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            let (command, properties) = head.split_once(' ').unwrap();
            assert!(["error", "warning", "notice"].contains(&command));
            let names: Vec<&str> =
                properties.split(',').map(|pair| pair.split_once('=').unwrap().0).collect();
            assert!(names == ["file", "line", "title"] || names == ["title"], "{names:?}");
            let bare = rest.replace("%25", "").replace("%0A", "");
            assert!(!bare.contains('%'), "{rest}");
        }
    }

    #[test]
    fn more_than_ten_are_counted() {
        let mut report = sample::story();
        let detection = report.detection.as_mut().unwrap();
        detection.incidents = detection.incidents.iter().cloned().cycle().take(14).collect();
        let text = written(&report);
        assert_eq!(text.lines().count(), 11);
        assert!(text.contains("14 incidents, 4 of them without an annotation"));
    }
}
