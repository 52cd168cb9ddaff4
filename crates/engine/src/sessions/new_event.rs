//! Events that no learned session had: `new-template`.
//!
//! How surprising that is depends on how often it happened before: by Good and Turing, the chance that the next
//! session brings something new is the share of things that were seen once. Sessions that always bring new
//! templates make it say little, and a system that has shown all it has to show makes it say much.

use super::SessionFact;
use super::learned::LearnedSessions;
use super::shape::Counts;

/// The name of this detector.
pub(super) const KIND: &str = "new-template";

/// The chance that a normal session has an event that was never seen.
pub(super) fn p_value(learned: &LearnedSessions) -> f64 {
    let sessions = learned.sessions() as f64;
    ((learned.events_seen_once() as f64 + 1.0) / (sessions + 1.0)).min(1.0)
}

/// How much of a session is new, where `learned_from` sessions of it are among those that were learned.
pub(super) fn score(learned: &LearnedSessions, counts: &Counts, learned_from: u64) -> f64 {
    let new = counts.iter().filter(|(event, _)| is_new(learned, *event, learned_from));
    new.map(|(_, count)| f64::from(*count).ln_1p()).sum()
}

fn is_new(learned: &LearnedSessions, event: u32, learned_from: u64) -> bool {
    learned.sessions_with(event).is_some_and(|sessions| sessions <= learned_from)
}

/// That an event is new, if it is.
pub(super) fn fact(learned: &LearnedSessions, event: u32, count: u32) -> Option<SessionFact> {
    let sessions = learned.sessions();
    is_new(learned, event, 0).then_some(SessionFact::NewEvent { event, count, sessions })
}

#[cfg(test)]
mod tests {
    use super::super::shape::counts;
    use super::*;

    fn learned(sequences: &[&[u32]]) -> LearnedSessions {
        let mut learned = LearnedSessions::default();
        sequences.iter().for_each(|sequence| learned.add(sequence));
        learned
    }

    #[test]
    fn new_events_are_counted() {
        let learned = learned(&[&[0, 1], &[0, 1], &[0, 2]]);
        let check = |sequence: &[u32], learned_from: u64, expected: f64| {
            let score = score(&learned, &counts(sequence), learned_from);
            assert!((score - expected).abs() < 1e-12, "{sequence:?}: {score}");
        };
        check(&[0, 1, 2], 0, 0.0);
        check(&[0, 7, 7], 0, 3f64.ln());
        check(&[0, 2], 1, 2f64.ln());
        let expected = SessionFact::NewEvent { event: 7, count: 2, sessions: 3 };
        assert_eq!(fact(&learned, 7, 2), Some(expected));
        assert_eq!(fact(&learned, 0, 2), None);
    }

    #[test]
    fn novelty_is_expected_where_it_is_usual() {
        let usual = learned(&[&[0], &[1], &[2], &[3]]);
        let rare = learned(&[&[0], &[0], &[0], &[0]]);
        assert_eq!(p_value(&usual), 1.0);
        assert!((p_value(&rare) - 0.2).abs() < 1e-12);
    }
}
