//! The reports that the renderers are tested with: a story, a quiet day, and a log whose writer means harm.

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
    let mut report = story();
    let evil = || HOSTILE.to_owned();
    for input in &mut report.inputs {
        (input.name, input.zone, input.files) = (evil(), Some(evil()), vec![evil(), evil()]);
        input.assumptions = vec![evil()];
        input.formats.iter_mut().for_each(|format| (format.name, format.pattern) = (evil(), evil()));
        input.streams.largest.iter_mut().for_each(|stream| stream.name = evil());
    }
    report.notices.iter_mut().for_each(|notice| (notice.name, notice.text) = (evil(), evil()));
    let templates = report.templates.as_mut().unwrap();
    templates.top.iter_mut().chain(&mut templates.rare).for_each(|brief| brief.template = evil());
    report.asked.stream = Some(evil());
    detection(report.detection.as_mut().unwrap());
    report
}

fn detection(detection: &mut Detection) {
    let evil = || HOSTILE.to_owned();
    detection.compared_with = Some(evil());
    detection.sessions.as_mut().unwrap().by = evil();
    for incident in &mut detection.incidents {
        (incident.title, incident.streams) = (evil(), vec![evil(), "x".repeat(10_000)]);
        for cause in &mut incident.causes {
            (cause.file, cause.message, cause.why) = (evil(), evil(), evil());
            (cause.before, cause.after) = (vec![evil()], vec![evil(), "y".repeat(10_000)]);
        }
        for step in &mut incident.story {
            (step.sentence, step.stream, step.file) = (evil(), Some(evil()), Some(evil()));
        }
    }
    for finding in &mut detection.findings {
        (finding.stream, finding.file, finding.session) = (Some(evil()), Some(evil()), Some(evil()));
        (finding.template, finding.message) = (Some(evil()), Some(evil()));
        finding.explanation = evil();
        finding.evidence.iter_mut().for_each(|evidence| evidence.sentence = evil());
    }
    if let Some(finding) = detection.findings.first_mut() {
        finding.message = Some("z".repeat(10_000));
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
