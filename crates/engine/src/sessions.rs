//! Sequences of events in, calibrated and explained scores out: which session is not like the others?
//!
//! A session is the list of template numbers that share an identifier, in order. A model is learned from
//! sessions that are normal, or from all there are with the strange ones trimmed; its threshold comes from what
//! it learned and never from a label.
//!
//! ```
//! use logsift_engine::sessions::{SessionModel, SessionSettings};
//!
//! let normal: Vec<Vec<u32>> = (0..500).map(|idx| vec![0, 1, 1 + idx % 2, 3]).collect();
//! let model = SessionModel::train(&normal, &SessionSettings { false_alarms: 0.01 });
//! assert!(!model.score(&[0, 1, 2, 3]).flagged);
//! assert!(model.score(&[0, 1, 7, 7]).flagged);
//! ```

mod book;
mod bouts;
mod calibrate;
mod candidates;
mod cards;
mod combine;
mod cut;
mod deviations;
mod extract;
mod finder;
mod gather;
#[cfg(test)]
mod gathered;
mod head;
mod judged;
mod known;
#[cfg(test)]
mod laws;
mod learned;
mod missing;
mod named;
mod new_event;
mod numbering;
mod order;
mod sample;
mod session_model;
mod shape;
mod slow;
mod story;
mod trim;
mod ways;

pub use candidates::{Candidate, Form, Namespace, candidates};
pub use cards::CARDS;
pub use deviations::{Deviation, InTime};
pub use finder::{Finder, SessionFigures, SessionKey};
pub use gather::{GatherSettings, GatheredSessions, SessionGather};
pub use judged::{
    Course, JudgedSession, JudgedSessions, Judging, SessionKind, judge_sessions, learn_sessions,
};
pub use known::KnownSessions;
pub use learned::LearnedSessions;
pub use story::{SessionStory, SessionTold, session_stories};

use combine::{Combination, Detectors, Judged};
use learned::looked_at;
use shape::Counts;

/// A detector that says no more than one in ten normal sessions makes it say has nothing to add.
const NOTABLE: f64 = 0.1;

/// A session is told by a few of its events, new ones and others; more of them explain nothing.
const MOST_NEW: usize = 5;
const MOST_KNOWN: usize = 3;

/// How strict a model is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionSettings {
    /// The share of normal sessions that may be flagged.
    pub false_alarms: f64,
}

/// What was learned from sessions, and the threshold that follows.
#[derive(Clone, Debug)]
pub struct SessionModel {
    detectors: Detectors,
    combination: Combination,
}

/// How far a session is from what is normal.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionScore {
    /// Grows with abnormality, and is comparable between the sessions of one model.
    pub score: f64,
    /// The share of normal sessions that score at least as high.
    pub p_value: f64,
    /// Whether the score is beyond the threshold.
    pub flagged: bool,
    /// What speaks for it, the weightiest first.
    pub parts: Vec<SessionEvidence>,
}

/// One observation about a session.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionEvidence {
    /// The detector: `session-shape`, `broken-order`, `missing-step` or `new-template`.
    pub kind: &'static str,
    /// How often a normal session gives this detector as much to say.
    pub p_value: f64,
    /// How much of the detector's score this fact makes out.
    pub surprise: f64,
    /// The figures.
    pub fact: SessionFact,
}

/// A place in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Before the first event.
    Start,
    /// An event.
    Event(u32),
    /// After the last event.
    End,
}

/// The figures an explanation is made of.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionFact {
    /// An event that no learned session had.
    NewEvent {
        /// The event.
        event: u32,
        /// How often it is in the session.
        count: u32,
        /// How many sessions were learned without it.
        sessions: u64,
    },
    /// An event that is there more or less often than in the most similar known shape.
    Count {
        /// The event.
        event: u32,
        /// How often it is in the session.
        seen: u32,
        /// How often it is in the most similar known shape.
        expected: u32,
        /// How many learned sessions have that shape.
        prototype: u64,
    },
    /// A step that is rare or new at its place.
    Transition {
        /// What came before.
        from: Step,
        /// What came then.
        to: Step,
        /// In which share of the learned cases this step was taken.
        seen_share: f64,
        /// What comes there most often.
        usual: Step,
        /// In which share of the learned cases.
        usual_share: f64,
        /// How many learned cases there are.
        cases: u64,
    },
    /// An event that follows in almost every session, and did not.
    Missing {
        /// What was seen.
        after: Step,
        /// What should have followed.
        event: u32,
        /// In which share of the learned sessions it followed.
        share: f64,
        /// How many learned sessions there are.
        cases: u64,
    },
}

impl SessionModel {
    /// Learns from sessions that are all taken as normal.
    pub fn train(sequences: &[Vec<u32>], settings: &SessionSettings) -> SessionModel {
        learned_from(sequences).model(settings)
    }

    /// Learns from sessions of which an unknown share is abnormal: those in the thinnest places are set aside
    /// and the rest is learned from.
    pub fn train_unlabelled(sequences: &[Vec<u32>], settings: &SessionSettings) -> SessionModel {
        learned_from(sequences).model_unlabelled(settings)
    }

    fn of_normal(learned: &LearnedSessions, settings: &SessionSettings) -> SessionModel {
        let mut detectors = Detectors::of(learned.clone());
        let combination = Combination::of_normal(&mut detectors, settings);
        SessionModel { detectors, combination }
    }

    fn of_unlabelled(learned: &LearnedSessions, settings: &SessionSettings) -> SessionModel {
        let mut detectors = Detectors::of(trim::normal_part(learned));
        let combination = Combination::of_trimmed(&mut detectors, settings);
        SessionModel { detectors, combination }
    }

    /// Scores a session.
    pub fn score(&self, sequence: &[u32]) -> SessionScore {
        let sequence = looked_at(sequence);
        let judged = self.detectors.judge(sequence, shape::counts(sequence));
        let score = self.combination.score(&judged.scores);
        let mut parts = self.shape_parts(&judged);
        parts.extend(self.order_part(&judged));
        parts.sort_by(|one, other| other.surprise.total_cmp(&one.surprise));
        let p_value = self.combination.p_value(score);
        SessionScore { score, p_value, flagged: score > self.combination.threshold, parts }
    }

    /// Scores beyond it are flagged.
    pub fn threshold(&self) -> f64 {
        self.combination.threshold
    }

    /// The events whose counts differ: what is new, and for the others what is missing after which step.
    fn shape_parts(&self, judged: &Judged<'_>) -> Vec<SessionEvidence> {
        let (score, calibration) = (judged.scores.shape, &self.combination.shape);
        let Some(nearest) = judged.nearest.filter(|_| score > 0.0) else { return Vec::new() };
        let (p_value, surprise) = (calibration.p_value(score), calibration.surprise(score));
        let facts = self.detectors.shape.facts(&judged.counts, nearest).into_iter();
        let (new, known): (Vec<_>, Vec<_>) = facts.partition(|(_, fact)| self.new_event(fact).is_some());
        let new = new.iter().take(MOST_NEW).filter_map(|(part, fact)| {
            let p_value = new_event::p_value(&self.detectors.learned);
            let surprise = (surprise * part / score).max(-p_value.ln());
            Some(SessionEvidence { kind: new_event::KIND, p_value, surprise, fact: self.new_event(fact)? })
        });
        let most_known = if p_value <= NOTABLE { MOST_KNOWN } else { 0 };
        let known = known.into_iter().take(most_known).map(|(part, fact)| {
            let (kind, fact) = match fact {
                SessionFact::Count { event, seen: 0, .. } => self.missing(&judged.counts, event, fact),
                fact => (shape::KIND, fact),
            };
            SessionEvidence { kind, p_value, surprise: surprise * part / score, fact }
        });
        new.chain(known).collect()
    }

    fn new_event(&self, fact: &SessionFact) -> Option<SessionFact> {
        match fact {
            SessionFact::Count { event, seen, .. } => new_event::fact(&self.detectors.learned, *event, *seen),
            _ => None,
        }
    }

    fn missing(&self, counts: &Counts, event: u32, fact: SessionFact) -> (&'static str, SessionFact) {
        let Detectors { shape, order, .. } = &self.detectors;
        match missing::fact(shape, order, counts, event) {
            Some(missing) => (missing::KIND, missing),
            None => (shape::KIND, fact),
        }
    }

    fn order_part(&self, judged: &Judged<'_>) -> Option<SessionEvidence> {
        let p_value = self.combination.order.p_value(judged.scores.order);
        if p_value > NOTABLE {
            return None;
        }
        let fact = self.detectors.order.fact(&judged.order)?;
        let surprise = self.combination.order.surprise(judged.scores.order);
        Some(SessionEvidence { kind: order::KIND, p_value, surprise, fact })
    }
}

fn learned_from(sequences: &[Vec<u32>]) -> LearnedSessions {
    let mut learned = LearnedSessions::default();
    sequences.iter().for_each(|sequence| learned.add(sequence));
    learned
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests that open, read once or twice, check and close; one in fifty leaves out the check.
    fn normal() -> Vec<Vec<u32>> {
        let request = |idx: u32| match idx % 50 {
            0 => vec![0, 1, 3],
            idx if idx % 2 == 0 => vec![0, 1, 1, 2, 3],
            _ => vec![0, 1, 2, 3],
        };
        (0..2000).map(request).collect()
    }

    const SETTINGS: SessionSettings = SessionSettings { false_alarms: 0.005 };

    #[test]
    fn what_is_odd_is_flagged_and_named() {
        let model = SessionModel::train(&normal(), &SETTINGS);
        let check = |sequence: &[u32], kinds: &[&str]| {
            let score = model.score(sequence);
            assert_eq!(score.flagged, !kinds.is_empty(), "{sequence:?}: {score:?}");
            let seen: Vec<&str> = score.parts.iter().map(|part| part.kind).collect();
            for kind in kinds {
                assert!(seen.contains(kind), "{sequence:?}: {kind} is not among {seen:?}");
            }
        };
        check(&[0, 1, 2, 3], &[]);
        check(&[0, 1, 1, 2, 3], &[]);
        check(&[0, 1, 2, 9, 3], &["new-template"]);
        check(&[0, 1, 2], &["missing-step", "broken-order"]);
        check(&[3, 2, 1, 0], &["broken-order"]);
        check(&[0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3], &["session-shape"]);
    }

    #[test]
    fn what_is_rare_and_unlike_the_rest_is_found_without_being_told() {
        let mut sequences = normal();
        sequences.extend((0..40).map(|idx| vec![0, 1, 7, 8 + idx % 3]));
        let model = SessionModel::train_unlabelled(&sequences, &SETTINGS);
        let flagged = sequences.iter().filter(|sequence| model.score(sequence).flagged).count();
        assert_eq!(flagged, 40);
    }

    #[test]
    fn where_nothing_is_odd_nothing_is_flagged() {
        let sequences = normal();
        let model = SessionModel::train_unlabelled(&sequences, &SETTINGS);
        assert!(sequences.iter().all(|sequence| !model.score(sequence).flagged));
    }

    #[test]
    fn nothing_learned_says_nothing() {
        let model = SessionModel::train(&[], &SETTINGS);
        assert!(!model.score(&[1, 2, 3]).flagged);
        assert!(!SessionModel::train_unlabelled(&[], &SETTINGS).score(&[]).flagged);
    }
}
