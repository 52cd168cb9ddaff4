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

mod calibrate;
mod combine;
#[cfg(test)]
mod laws;
mod learned;
mod missing;
mod new_event;
mod order;
mod sample;
mod shape;
mod trim;

pub use learned::LearnedSessions;

use combine::{Combination, Detectors};
use learned::looked_at;
use shape::Counts;

/// A detector that says no more than one in ten normal sessions makes it say has nothing to add.
const NOTABLE: f64 = 0.1;

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
        let counts = shape::counts(sequence);
        let scores = self.detectors.scores(sequence, &counts);
        let score = self.combination.score(&scores);
        let mut parts = self.new_events(&counts);
        parts.extend(self.shape_parts(&counts, scores.shape));
        parts.extend(self.order_part(sequence, scores.order));
        parts.sort_by(|one, other| other.surprise.total_cmp(&one.surprise));
        let p_value = self.combination.p_value(score);
        SessionScore { score, p_value, flagged: score > self.combination.threshold, parts }
    }

    /// Scores beyond it are flagged.
    pub fn threshold(&self) -> f64 {
        self.combination.threshold
    }

    fn new_events(&self, counts: &Counts) -> Vec<SessionEvidence> {
        let p_value = new_event::p_value(&self.detectors.learned);
        let weight = self.combination.shape.surprise(self.detectors.shape.score(counts));
        let surprise = weight.max(-p_value.ln());
        let facts = new_event::facts(&self.detectors.learned, counts).into_iter();
        facts.map(|fact| SessionEvidence { kind: new_event::KIND, p_value, surprise, fact }).collect()
    }

    /// The differences in counts; what is missing says after what it was due, and what is new was said before.
    fn shape_parts(&self, counts: &Counts, score: f64) -> Vec<SessionEvidence> {
        let p_value = self.combination.shape.p_value(score);
        if p_value > NOTABLE {
            return Vec::new();
        }
        let (surprise, learned) = (self.combination.shape.surprise(score), &self.detectors.learned);
        let facts = self.detectors.shape.facts(counts).into_iter();
        let parts = facts.filter_map(|(part, fact)| {
            let (kind, fact) = match fact {
                SessionFact::Count { event, .. } if learned.sessions_with(event) == Some(0) => return None,
                SessionFact::Count { event, seen: 0, .. } => self.missing(counts, event, fact),
                fact => (shape::KIND, fact),
            };
            Some(SessionEvidence { kind, p_value, surprise: surprise * part / score, fact })
        });
        parts.collect()
    }

    fn missing(&self, counts: &Counts, event: u32, fact: SessionFact) -> (&'static str, SessionFact) {
        let Detectors { shape, order, .. } = &self.detectors;
        match missing::fact(shape, order, counts, event) {
            Some(missing) => (missing::KIND, missing),
            None => (shape::KIND, fact),
        }
    }

    fn order_part(&self, sequence: &[u32], score: f64) -> Option<SessionEvidence> {
        let p_value = self.combination.order.p_value(score);
        let (_, fact) = self.detectors.order.fact(sequence).filter(|_| p_value <= NOTABLE)?;
        let surprise = self.combination.order.surprise(score);
        Some(SessionEvidence { kind: order::KIND, p_value, surprise, fact })
    }
}

fn learned_from(sequences: &[Vec<u32>]) -> LearnedSessions {
    let mut learned = LearnedSessions::default();
    sequences.iter().for_each(|sequence| learned.add(sequence));
    learned
}
