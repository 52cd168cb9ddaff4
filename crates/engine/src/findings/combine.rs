//! Evidence of one interval in, one surprise for every subject out.
//!
//! What detectors say about one subject is anything but independent: a new error is new, rare, severe and a
//! burst all at once, and a sum of surprises would count one thing four times. The harmonic mean of the
//! p-values does not mind dependence: it never comes to much less than the smallest of them deserves, and still
//! several detectors that agree weigh more than one. Detectors that said nothing count as a p-value of one, and that is
//! the correction for having asked them all.

use std::collections::BTreeMap;

use crate::detectors::{Evidence, EvidenceList, rule};

/// The most that one observation may say; what is beyond is a matter of rounding and of models that are wrong.
pub(crate) const MOST: f64 = 60.0;

/// A stream and a template; nothing where the evidence is about all of them.
pub(crate) type Key = (Option<u32>, Option<u32>);

/// What all detectors together say about one subject in one interval.
#[derive(Clone, Debug)]
pub(crate) struct Combined {
    /// Who it is about.
    pub(crate) key: Key,
    /// The surprise of what can be trusted.
    pub(crate) trusted: f64,
    /// The surprise of everything, detectors that are still learning included.
    pub(crate) shown: f64,
    /// The evidence, the strongest first.
    pub(crate) evidence: Vec<Evidence>,
}

/// Combines the evidence of an interval for which `looked` detectors were asked.
pub(crate) fn combine(evidence: EvidenceList, looked: usize) -> Vec<Combined> {
    let mut subjects: BTreeMap<Key, Vec<Evidence>> = BTreeMap::new();
    for mut evidence in evidence {
        if evidence.surprise > 0.0 {
            evidence.surprise = evidence.surprise.min(MOST);
            let key = (evidence.subject.stream, evidence.subject.template);
            subjects.entry(key).or_default().push(evidence);
        }
    }
    subjects.into_iter().map(|(key, evidence)| combine_one(key, evidence, looked)).collect()
}

fn combine_one(key: Key, mut evidence: Vec<Evidence>, looked: usize) -> Combined {
    evidence.sort_by(strongest_first);
    Combined {
        key,
        trusted: together(&evidence, looked, |evidence| !evidence.learning),
        shown: together(&evidence, looked, |_| true),
        evidence,
    }
}

/// The order in which evidence is told.
pub(crate) fn strongest_first(one: &Evidence, other: &Evidence) -> std::cmp::Ordering {
    let key = |evidence: &Evidence| (evidence.learning, evidence.kind, evidence.subject.slot);
    // What a rule says of a record it says on any day; what is unusual about today comes first.
    let of_rule = |evidence: &Evidence| evidence.kind == rule::KIND;
    of_rule(one)
        .cmp(&of_rule(other))
        .then_with(|| other.surprise.total_cmp(&one.surprise))
        .then_with(|| key(one).cmp(&key(other)))
}

/// The surprise of the harmonic mean of the detectors' p-values. Of one detector the strongest word counts, so
/// `evidence` comes with the strongest first.
fn together(evidence: &[Evidence], looked: usize, counts: impl Fn(&Evidence) -> bool) -> f64 {
    let mut spoken: Vec<&str> = Vec::new();
    let mut sum = 0.0;
    for evidence in evidence.iter().filter(|evidence| counts(evidence)) {
        if !spoken.contains(&evidence.kind) {
            spoken.push(evidence.kind);
            sum += evidence.surprise.exp();
        }
    }
    let silent = looked.saturating_sub(spoken.len());
    let detectors = (spoken.len() + silent).max(1);
    ((sum + silent as f64) / detectors as f64).ln().max(0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::detectors::Subject;

    const KINDS: [&str; 4] = ["new-template", "rate-change", "rare-template", "value-range"];

    fn evidence(kind: &'static str, surprise: f64, learning: bool) -> Evidence {
        Evidence {
            kind,
            subject: Subject { stream: Some(1), template: Some(2), slot: None },
            interval: 7,
            surprise,
            seen: 1.0,
            expected: 0.0,
            grounds: 100.0,
            learning,
            place: None,
        }
    }

    fn check(said: &[(&'static str, f64)], looked: usize, wanted: f64) {
        let list = said.iter().map(|(kind, surprise)| evidence(kind, *surprise, false)).collect();
        let trusted = combine(list, looked).first().map_or(0.0, |combined| combined.trusted);
        assert!((trusted - wanted).abs() < 0.01, "{said:?} of {looked}: {trusted}");
    }

    #[test]
    fn one_word_is_corrected_for_all_that_were_asked() {
        check(&[("new-template", 10.0)], 1, 10.0);
        check(&[("new-template", 10.0)], 10, 10.0 - 10f64.ln());
        check(&[("new-template", 10.0), ("rate-change", 10.0)], 10, 10.0 - 5f64.ln());
        check(&[("new-template", 10.0), ("new-template", 10.0)], 10, 10.0 - 10f64.ln());
        check(&[("new-template", f64::INFINITY)], 1, MOST);
        check(&[("new-template", f64::NAN)], 1, 0.0);
        check(&[("new-template", -3.0)], 1, 0.0);
        check(&[], 0, 0.0);
    }

    #[test]
    fn what_still_learns_is_shown_and_does_not_count() {
        let list = vec![evidence("new-template", 20.0, true), evidence("rate-change", 5.0, false)];
        let combined = &combine(list, 2)[0];
        assert!(combined.trusted < 5.0 && combined.shown > 19.0);
    }

    proptest! {
        #[test]
        fn agreement_never_weakens_and_never_exceeds_the_strongest(
            surprises in prop::collection::vec(0.0f64..80.0, 1..4),
            more in 0.0f64..80.0,
        ) {
            let said = |surprises: &[f64]| {
                let list = surprises.iter().zip(KINDS).map(|(surprise, kind)| evidence(kind, *surprise, false));
                combine(list.collect(), 8).first().map_or(0.0, |combined| combined.trusted)
            };
            let before = said(&surprises);
            let strongest = surprises.iter().fold(0.0f64, |one, other| one.max(other.min(MOST)));
            prop_assert!(before <= strongest + 1e-9);
            let after = said(&[surprises, vec![more]].concat());
            prop_assert!(after >= before - 1e-9);
        }
    }
}
