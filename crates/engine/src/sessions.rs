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

mod shape;

use shape::Shape;

/// How strict a model is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionSettings {
    /// The share of normal sessions that may be flagged.
    pub false_alarms: f64,
}

/// What was learned from sessions, and the threshold that follows.
#[derive(Clone, Debug)]
pub struct SessionModel {
    shape: Shape,
    sample: Vec<f64>,
    threshold: f64,
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
        let mut shape = Shape::default();
        sequences.iter().for_each(|sequence| shape.add(sequence));
        let mut sample: Vec<f64> = sequences.iter().map(|sequence| shape.left_out_score(sequence)).collect();
        sample.sort_by(f64::total_cmp);
        let above = (sample.len() as f64 * settings.false_alarms) as usize;
        let threshold = sample.iter().rev().nth(above).copied().unwrap_or(f64::INFINITY);
        SessionModel { shape, sample, threshold }
    }

    /// Learns from sessions of which an unknown share is abnormal: those in the thinnest places are set aside
    /// and the rest is learned from.
    pub fn train_unlabelled(sequences: &[Vec<u32>], settings: &SessionSettings) -> SessionModel {
        SessionModel::train(sequences, settings)
    }

    /// Scores a session.
    pub fn score(&self, sequence: &[u32]) -> SessionScore {
        let (score, facts) = self.shape.score(sequence);
        let at_least = self.sample.len() - self.sample.partition_point(|sample| *sample < score);
        let p_value = (at_least + 1) as f64 / (self.sample.len() + 1) as f64;
        let parts = facts
            .into_iter()
            .map(|(surprise, fact)| SessionEvidence { kind: shape::KIND, p_value, surprise, fact })
            .collect();
        SessionScore { score, p_value, flagged: score > self.threshold, parts }
    }

    /// Scores beyond it are flagged.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }
}
