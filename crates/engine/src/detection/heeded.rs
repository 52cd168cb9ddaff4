//! A finding in, what people said about it out: what their feedback changes of the ruling.

use super::DetectionSettings;
use super::outcome::{Tale, rules_about};
use crate::detectors::rule::Firings;
use crate::findings::feedback::{About, Said};
use crate::findings::tracks::Track;
use crate::findings::{Finding, Severity};
use crate::windows::Timeline;

/// The detector whose ranges feedback widens.
const VALUE_RANGE: &str = "value-range";

/// Looks up what was said.
#[derive(Clone, Copy)]
pub(super) struct Heeded<'a> {
    pub(super) timeline: &'a Timeline,
    pub(super) rules: &'a Firings,
    pub(super) settings: &'a DetectionSettings,
}

impl<'a> Heeded<'a> {
    fn about(&self, finding: &Finding) -> About<'a> {
        let at = |number: Option<u32>| number.map(|number| number as usize);
        let facts = at(finding.subject.template).and_then(|at| self.timeline.templates.get(at));
        let stream = at(finding.subject.stream).and_then(|at| self.timeline.streams.get(at));
        let rules = rules_about(finding, self.rules);
        let numbers = finding.evidence.iter().filter(|evidence| evidence.kind == VALUE_RANGE);
        About {
            template: facts.map(|facts| (facts.id.to_string(), facts.text.as_str())),
            stream: stream.map(|stream| stream.name.as_str()),
            rules: rules
                .iter()
                .filter_map(|rule| self.rules.rules().rule(*rule))
                .map(|rule| rule.name.as_str())
                .collect(),
            fingerprint: None,
            began: self.timeline.start(finding.intervals.0).filter(|_| self.timeline.timed),
            numbers: numbers.map(|evidence| (evidence.subject.slot, evidence.seen)).collect(),
            more_than_numbers: finding.evidence.iter().any(|evidence| evidence.kind != VALUE_RANGE),
        }
    }

    fn said(&self, finding: &Finding) -> Said {
        // Nearly nobody says anything, and then nothing need be looked up.
        if self.settings.feedback.entries().is_empty() {
            return Said::default();
        }
        self.settings.feedback.says(&self.about(finding))
    }

    /// What was said about a whole story.
    pub(super) fn of_story(&self, tracks: &[&Track], fingerprint: u64) -> Said {
        let first = tracks.iter().map(|track| track.finding.intervals.0).min();
        let began = first.and_then(|first| self.timeline.start(first)).filter(|_| self.timeline.timed);
        let about = About { fingerprint: Some(fingerprint), began, ..About::default() };
        let mut said = self.settings.feedback.says(&about);
        if self.settings.normal.fingerprints.contains(&fingerprint) {
            said.normal = said.normal.or(Some(usize::MAX));
        }
        said
    }

    /// Whether somebody said that a finding is normal.
    pub(super) fn is_normal(&self, finding: &Finding) -> bool {
        let template = finding.subject.template.and_then(|at| self.timeline.templates.get(at as usize));
        let marked = template.is_some_and(|facts| self.settings.normal.templates.contains(&facts.id));
        marked || self.said(finding).normal.is_some()
    }

    /// Whether somebody said that it is never to be learned as a new normal.
    pub(super) fn is_not_normal(&self, finding: &Finding) -> bool {
        self.said(finding).not_normal.is_some()
    }

    /// Whether it is raised whatever the budget: it is bad by itself, or somebody said that it is important.
    pub(super) fn is_hard(&self, finding: &Finding) -> bool {
        finding.hard.is_some() || self.said(finding).important.is_some()
    }

    /// Gives a finding the severity that somebody said it has. What is important is worth a look now.
    pub(super) fn severity(&self, finding: &mut Finding) {
        let said = self.said(finding);
        if said.important.is_some() {
            finding.severity = finding.severity.max(Severity::High);
        }
        if let Some((severity, _)) = said.severity {
            finding.severity = severity;
        }
    }

    /// How many findings and stories every entry changed.
    pub(super) fn counts(&self, present: &[&Track], tales: &[Tale<'_>]) -> Vec<u64> {
        let mut counts = vec![0; self.settings.feedback.entries().len()];
        let mut count = |said: Said| {
            let entries = [said.normal, said.important, said.severity.map(|(_, at)| at), said.not_normal];
            for at in entries.into_iter().flatten() {
                if let Some(count) = counts.get_mut(at) {
                    *count += 1;
                }
            }
        };
        present.iter().for_each(|track| count(self.said(&track.finding)));
        tales.iter().for_each(|tale| count(self.of_story(&tale.tracks, tale.fingerprint)));
        counts
    }
}
