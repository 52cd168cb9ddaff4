//! The reports that the renderers are tested with: a story, a quiet day, and a log whose writer means harm.

use proptest::prelude::*;

use super::Detection;
use crate::ScanReport;

/// What a stranger may write into a log: terminal sequences, HTML, formulas, Markdown, workflow commands, marks that
/// turn the direction of text, line ends of every kind.
pub(crate) const HOSTILE: &str = "=HYPERLINK(\"x\")\x1b[2J\x1b]0;owned\x07\u{9b}31m\u{202e}gnp.exe\u{200b}\r\n\
    ::error file=a::pwned%0A::stop-commands::x\n##[add-mask]a\n</script><script>alert(1)</script>\
    <img src=x onerror=alert(1)>]]>&lt;![CDATA[ | `a` ```\n```\n# h [l](javascript:alert(1)) @everyone ![i](http://example.com/i) \
    \u{2028}\u{fffd}\u{0}-->";

/// Connections run out in a shop: three incidents, 25 findings.
pub(crate) fn story() -> ScanReport {
    serde_json::from_str(include_str!("story.json")).unwrap()
}

/// The same logs on a day on which nothing was surprising enough.
pub(crate) fn quiet() -> ScanReport {
    let mut report = story();
    let detection = report.detection.as_mut().unwrap();
    detection.incidents.clear();
    detection.findings.retain(|finding| finding.incident_id.is_none());
    detection.budget.spent = 0;
    report
}

/// That quiet day against a baseline.
pub(crate) fn compared() -> ScanReport {
    ScanReport { diff: Some(crate::differences::sample::compared()), ..quiet() }
}

/// A log without times and without anything else that may be missing.
pub(crate) fn bare() -> ScanReport {
    let mut report = story();
    report.templates = None;
    let detection = report.detection.as_mut().unwrap();
    detection.volume.start = None;
    detection.compared_with = None;
    detection.sessions = None;
    detection.kinds.clear();
    detection.scores = super::Scores::default();
    for incident in &mut detection.incidents {
        (incident.start, incident.end, incident.intervals) = (None, None, None);
        incident.causes.iter_mut().for_each(|cause| (cause.time, cause.level) = (None, None));
        incident.story.iter_mut().for_each(|step| (step.time, step.file, step.line) = (None, None, None));
    }
    for finding in &mut detection.findings {
        (finding.file, finding.line, finding.time, finding.stream) = (None, None, None, None);
        (finding.message, finding.template, finding.template_id) = (None, None, None);
    }
    report
}

/// The story, with [`HOSTILE`] or ten thousand letters in every place that a log, a file name or a session may fill.
pub(crate) fn hostile() -> ScanReport {
    let mut report = saying(HOSTILE);
    let detection = report.detection.as_mut().unwrap();
    for incident in &mut detection.incidents {
        incident.streams.push("x".repeat(10_000));
        incident.causes.iter_mut().for_each(|cause| cause.after.push("y".repeat(10_000)));
    }
    if let Some(finding) = detection.findings.first_mut() {
        finding.message = Some("z".repeat(10_000));
    }
    report.diff = Some(crate::differences::sample::saying(HOSTILE));
    report
}

/// A short story in which every place that a stranger may fill says that.
pub(crate) fn brief(text: &str) -> ScanReport {
    let mut report = saying(text);
    report.inputs.truncate(1);
    let detection = report.detection.as_mut().unwrap();
    detection.incidents.truncate(1);
    let of_each = |row: &super::FindingRow| ["f-3b0c51", "f-400c01"].contains(&row.id.as_str());
    detection.findings.retain(of_each);
    report.diff = Some(crate::differences::sample::saying(text));
    report
}

/// Texts put together from what some format takes for more than text.
pub(crate) fn nasty() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "a",
        " ",
        "\n",
        "\r",
        "\t",
        "`",
        "``",
        "```",
        "~~~",
        "|",
        "\\",
        "<",
        ">",
        "&",
        "\"",
        "'",
        "=",
        "@",
        "#",
        "##[",
        "::",
        ":",
        ",",
        "%",
        "%0A",
        "]]>",
        "-->",
        "</script>",
        "<!--",
        "[a](b)",
        "*",
        "_",
        "\x1b[2J",
        "\u{202e}",
        "\u{2028}",
        "\u{0}",
        "\u{ffff}",
        "日本",
        "http://",
        "{{",
        "}}",
    ];
    prop::collection::vec(prop::sample::select(PIECES), 0..12).prop_map(|pieces| pieces.concat())
}

/// The story, with that text in every place that a stranger may fill.
fn saying(text: &str) -> ScanReport {
    let mut report = story();
    let said = || text.to_owned();
    for input in &mut report.inputs {
        (input.name, input.zone, input.files) = (said(), Some(said()), vec![said(), said()]);
        input.assumptions = vec![said()];
        input.formats.iter_mut().for_each(|format| (format.name, format.pattern) = (said(), said()));
        input.streams.largest.iter_mut().for_each(|stream| stream.name = said());
    }
    report.notices.iter_mut().for_each(|notice| (notice.name, notice.text) = (said(), said()));
    let templates = report.templates.as_mut().unwrap();
    templates.top.iter_mut().chain(&mut templates.rare).for_each(|brief| brief.template = said());
    report.asked.stream = Some(said());
    detection_saying(report.detection.as_mut().unwrap(), text);
    report
}

fn detection_saying(detection: &mut Detection, text: &str) {
    let said = || text.to_owned();
    detection.compared_with = Some(said());
    detection.sessions.as_mut().unwrap().by = said();
    for incident in &mut detection.incidents {
        (incident.title, incident.streams) = (said(), vec![said()]);
        for cause in &mut incident.causes {
            (cause.file, cause.message, cause.why) = (said(), said(), said());
            (cause.before, cause.after) = (vec![said()], vec![said()]);
        }
        for step in &mut incident.story {
            (step.sentence, step.stream, step.file) = (said(), Some(said()), Some(said()));
        }
    }
    for finding in &mut detection.findings {
        (finding.stream, finding.file, finding.session) = (Some(said()), Some(said()), Some(said()));
        (finding.template, finding.message) = (Some(said()), Some(said()));
        finding.explanation = said();
        finding.evidence.iter_mut().for_each(|evidence| evidence.sentence = said());
    }
}

#[test]
fn the_story_is_whole() {
    let detection = story().detection.unwrap();
    assert_eq!((detection.incidents.len(), detection.findings.len()), (3, 25));
    for incident in &detection.incidents {
        assert_eq!(incident.finding_ids.len() as u64, incident.finding_count);
    }
}
