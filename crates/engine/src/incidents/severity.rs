//! What a finding is about in, how grave it is out: the words of a log's own author count most, then how much is odd.

use crate::findings::outbreak::OUTBREAK;
use crate::findings::{Finding, Severity};
use crate::records::level::Level;
use crate::windows::{TemplateFacts, Timeline};

/// Words of that weight say that something failed.
const FAILURE: f64 = 2.5;
/// Templates that are odd at once from which on a story is graver than each of them.
const MANY: usize = 8;

/// How grave a finding is by itself.
pub(crate) fn of_finding(finding: &Finding, timeline: &Timeline) -> Severity {
    let facts = finding.subject.template.and_then(|template| timeline.templates.get(template as usize));
    let failure = facts.is_some_and(|facts| facts.meaning.weight >= FAILURE);
    let sums_up = facts.is_some_and(TemplateFacts::sums_up);
    match finding.level {
        _ if finding.hard == Some(OUTBREAK) || finding.hard.is_some() && sums_up => Severity::High,
        _ if finding.hard.is_some() => Severity::Critical,
        Some(Level::Critical | Level::Fatal) => Severity::High,
        Some(Level::Error) if failure => Severity::High,
        Some(Level::Error) => Severity::Medium,
        _ if failure => Severity::Medium,
        _ => Severity::Low,
    }
}

/// How grave a story is: as the gravest of its findings, and a step more if much is odd at once.
pub(crate) fn of_story(findings: &[&Finding]) -> Severity {
    let gravest = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Low);
    match gravest {
        Severity::Low if findings.len() >= MANY => Severity::Medium,
        Severity::Medium if findings.len() >= MANY => Severity::High,
        other => other,
    }
}
