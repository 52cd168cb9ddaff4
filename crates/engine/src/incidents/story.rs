//! An incident and its findings in, the words for it out: a title, and what happened in order.

use super::causes::names_exception;
use super::flood;
use super::{Changed, Incident};
use crate::detectors::words::number;
use crate::detectors::{Explanation, rule};
use crate::findings::Finding;
use crate::findings::outbreak::OUTBREAK;
use crate::records::level::Level;
use crate::windows::{Place, Timeline};

/// Steps told one by one.
const STEPS: usize = 12;
/// Letters of a template that a title shows.
const LETTERS: usize = 120;

/// An incident in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// One line: what, where, and how much follows.
    pub title: String,
    /// What happened, in the order of time; of many the ones that look most like the cause.
    pub steps: Vec<StoryStep>,
    /// What is left out of the steps: how many findings of which detector, the most frequent first.
    pub rest: Vec<(&'static str, u32)>,
}

/// One step of a story.
#[derive(Clone, Debug, PartialEq)]
pub struct StoryStep {
    /// The finding, by its place in the list.
    pub finding: u32,
    /// The interval in which it began.
    pub interval: i64,
    /// The record to look at.
    pub place: Option<Place>,
    /// What happened, without a full stop.
    pub sentence: String,
}

/// Tells an incident. `weights` says how much each of its findings looks like the cause.
pub(crate) fn tell(
    incident: &Incident,
    weights: &[f64],
    findings: &[Finding],
    explanations: &[Vec<Explanation>],
    timeline: &Timeline,
) -> Story {
    let mut order: Vec<usize> = (0..incident.findings.len()).collect();
    order.sort_by(|one, other| weights[*other].total_cmp(&weights[*one]));
    let mut told: Vec<usize> = order.iter().copied().take(STEPS).collect();
    told.sort_unstable();
    let steps = told.into_iter().filter_map(|at| {
        let number = *incident.findings.get(at)?;
        let finding = findings.get(number as usize)?;
        let sentence = explanations.get(number as usize)?.first()?.sentence.clone();
        Some(StoryStep { finding: number, interval: finding.intervals.0, place: finding.place, sentence })
    });
    let left = order.iter().skip(STEPS).filter_map(|at| findings.get(*incident.findings.get(*at)? as usize));
    Story { title: title(incident, findings, timeline), steps: steps.collect(), rest: counted(left) }
}

/// How many findings of which detector.
fn counted<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<(&'static str, u32)> {
    let mut counts: Vec<(&'static str, u32)> = Vec::new();
    for kind in findings.filter_map(|finding| finding.evidence.first()).map(|evidence| evidence.kind) {
        match counts.iter_mut().find(|known| known.0 == kind) {
            Some(known) => known.1 += 1,
            None => counts.push((kind, 1)),
        }
    }
    counts.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    counts
}

fn title(incident: &Incident, findings: &[Finding], timeline: &Timeline) -> String {
    if let Some(Changed { new, gone, version }) = &incident.release {
        let messages = if *new == 1 { "message is new" } else { "messages are new" };
        let no_more = if *gone == 1 { "comes no more" } else { "come no more" };
        let which = version.as_ref().map_or_else(|| "A release".to_owned(), |name| format!("Release {name}"));
        return format!("{which} changed its logs: {new} {messages}, {gone} {no_more}");
    }
    let leading = incident.causes.first().map(|cause| cause.finding).or(incident.findings.first().copied());
    let Some(finding) = leading.and_then(|number| findings.get(number as usize)) else {
        return String::new();
    };
    let members = incident.findings.iter().filter_map(|number| findings.get(*number as usize));
    let flood = flood::of_new(members);
    let mut title = match flood {
        Some(shapes) => format!("Flood of new messages, {} shapes", number(shapes as f64)),
        None => what(finding, timeline),
    };
    if let Some(stream) = finding.subject.stream.and_then(|stream| timeline.streams.get(stream as usize))
        && timeline.streams.len() > 1
    {
        title.push_str(" in ");
        title.push_str(&shortened(&stream.name));
    }
    if let Some(facts) =
        finding.subject.template.and_then(|template| timeline.templates.get(template as usize))
    {
        title.push_str(if flood.is_some() { ", such as `" } else { ": `" });
        title.push_str(&shortened(&facts.text));
        title.push('`');
    }
    if flood.is_none() {
        title.push_str(&follows(incident, finding, findings, timeline));
    }
    title
}

/// What happened, as the first words of a title.
fn what(finding: &Finding, timeline: &Timeline) -> String {
    if finding.hard == Some(OUTBREAK) {
        return "Outbreak of errors".to_owned();
    }
    if let Some(signal) = finding.hard {
        return capital(&signal.replace('-', " "));
    }
    let Some(evidence) = finding.evidence.first() else { return "Something".to_owned() };
    if finding.session.is_some() {
        return of_session(evidence.kind);
    }
    let facts = finding.subject.template.and_then(|template| timeline.templates.get(template as usize));
    let grave =
        finding.level >= Some(Level::Error) || facts.is_some_and(|facts| names_exception(&facts.text));
    let noun = if grave { "error" } else { "message" };
    match evidence.kind {
        "new-template" => format!("New {noun}"),
        "rare-error" | "rare-template" => format!("Rare {noun}"),
        "gone-silent" => "Silence".to_owned(),
        "rate-change" | "burst" if evidence.seen > evidence.expected => format!("Many more {noun}s"),
        "rate-change" => format!("Far fewer {noun}s"),
        rule::KIND => "Known trouble".to_owned(),
        "severity" => capital(noun),
        "value-range" => "Unusual value".to_owned(),
        "cardinality" => "Unusual variety".to_owned(),
        "peer" => "Unlike its siblings".to_owned(),
        kind => capital(&kind.replace('-', " ")),
    }
}

/// What happened in sessions.
fn of_session(kind: &str) -> String {
    match kind {
        "new-template" => "Message new to sessions".to_owned(),
        "session-shape" => "Unusual session".to_owned(),
        kind => format!("{} in sessions", capital(&kind.replace('-', " "))),
    }
}

/// `; 14 templates follow within 2 min`.
fn follows(incident: &Incident, leading: &Finding, findings: &[Finding], timeline: &Timeline) -> String {
    let members = incident.findings.iter().filter_map(|number| findings.get(*number as usize));
    let later = members.filter(|finding| finding.intervals.0 >= leading.intervals.0);
    let mut templates: Vec<u32> = Vec::new();
    let mut last = leading.intervals.0;
    for finding in later {
        templates
            .extend(finding.subject.template.filter(|template| Some(*template) != leading.subject.template));
        last = last.max(finding.intervals.0);
    }
    templates.sort_unstable();
    templates.dedup();
    let seconds = (last - leading.intervals.0 + 1).saturating_mul(timeline.seconds);
    match templates.len() {
        0 => String::new(),
        1 => format!("; 1 template follows within {}", duration(seconds)),
        many => format!("; {many} templates follow within {}", duration(seconds)),
    }
}

fn duration(seconds: i64) -> String {
    let rounded_up = |unit: i64| seconds.saturating_add(unit - 1) / unit;
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", rounded_up(60)),
        7_200..172_800 => format!("{} h", rounded_up(3_600)),
        _ => format!("{} days", rounded_up(86_400)),
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A text on one line, cut where a title would become too long.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(LETTERS) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_rounded_up() {
        let check = |seconds: i64, wanted: &str| assert_eq!(duration(seconds), wanted);
        check(8, "8 s");
        check(120, "2 min");
        check(121, "3 min");
        check(7_200, "2 h");
        check(200_000, "3 days");
        check(i64::MAX, "106751991167300 days");
    }

    #[test]
    fn titles_hold_one_line_of_bounded_length() {
        let long = shortened(&"ß".repeat(500));
        assert_eq!((long.chars().count(), long.chars().last()), (LETTERS + 1, Some('…')));
        assert_eq!(shortened("one\ntwo"), "one");
    }
}
