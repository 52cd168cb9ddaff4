//! Here is what was seen in an interval: what is odd about it?
//!
//! A [`Detector`] is shown the intervals of a [`Timeline`] one after the other, in the order of log time. First it
//! is asked what is odd about the interval, then it may learn from it. So it never judges an interval by what came
//! later, and a log that is read at once gives the same evidence as one that is followed.
//!
//! What a detector learns it derives from the intervals alone. A model therefore holds cells and no detector state:
//! the known past is shown first. That makes detectors mergeable for nothing, and a new detector works with old
//! models.
//!
//! Detectors state how surprising something is; whether it deserves a person is decided in [`crate::findings`].

mod burst;
mod cardinality;
mod clock;
mod gone_silent;
#[cfg(test)]
mod laws;
mod level_shift;
mod mean;
pub mod new_meaning;
mod new_template;
mod new_value;
mod novelty;
mod pairs;
mod peer;
#[cfg(test)]
mod power;
mod rare_template;
mod rate_change;
mod row_model;
pub mod rule;
mod season;
mod severity;
#[cfg(test)]
mod simulation;
mod tail;
mod value_range;
pub(crate) mod words;

use logsift_outliers::catalogue::Takes;

pub use row_model::{ModelWish, model_cards};

use crate::windows::{Interval, Place, Timeline};

/// What is less surprising is not evidence: one in twenty.
const WORTH: f64 = 3.0;
/// Intervals or windows from which on a detector is trusted.
const EARLY: f64 = 30.0;

/// Every detector that looks at intervals, freshly begun.
pub fn all() -> Vec<Box<dyn Detector>> {
    vec![
        Box::new(new_template::NewTemplate::default()),
        Box::new(rare_template::RareTemplate::default()),
        Box::new(rate_change::RateChange::default()),
        Box::new(level_shift::LevelShift::default()),
        Box::new(gone_silent::GoneSilent::default()),
        Box::new(value_range::ValueRange::default()),
        Box::new(new_value::NewValue::default()),
        Box::new(cardinality::Cardinality::default()),
        Box::new(severity::Severity::default()),
        Box::new(peer::Peer::default()),
        Box::new(burst::Burst::default()),
    ]
}

/// Every detector, and outlier models beside them. Models over sequences look at sessions and not at intervals.
pub fn with(models: &[ModelWish]) -> Vec<Box<dyn Detector>> {
    let mut detectors = all();
    for wish in models.iter().filter(|wish| wish.takes() == Takes::Rows) {
        detectors.push(Box::new(row_model::RowModel::new(wish.clone())));
    }
    detectors
}

/// What a detector is: the source of its page in the book and of `logsift explain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its name, which reads well after "mute": `new-template`.
    pub kind: &'static str,
    /// What it says, in one sentence.
    pub sentence: &'static str,
    /// When it is wrong, in one or two sentences.
    pub wrong_when: &'static str,
}

/// What a piece of evidence is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The stream; nothing when it is about all of them.
    pub stream: Option<u32>,
    /// The template; nothing when it is about the stream as a whole.
    pub template: Option<u32>,
    /// The slot of the template.
    pub slot: Option<u8>,
}

/// One detector's observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The detector.
    pub kind: &'static str,
    /// What it is about.
    pub subject: Subject,
    /// The number of the interval.
    pub interval: i64,
    /// How probable something at least as odd is when nothing is wrong, by the detector's own reckoning,
    /// as a natural logarithm, negated: 0 is nothing odd, 7 one in a thousand.
    pub surprise: f64,
    /// What was seen.
    pub seen: f64,
    /// What was expected.
    pub expected: f64,
    /// How much of the past the expectation rests on: intervals, records or sessions, as the detector counts.
    pub grounds: f64,
    /// The detector has not seen enough to be trusted.
    pub learning: bool,
    /// The record to look at.
    pub place: Option<Place>,
}

/// Evidence of one interval, as it comes.
pub type EvidenceList = Vec<Evidence>;

/// A figure of an explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it is.
    pub name: &'static str,
    /// How much.
    pub value: f64,
    /// Of what: `records`, `seconds`, or nothing.
    pub unit: &'static str,
}

/// Why something is odd, in words and figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// One sentence without a full stop. Every number in it is a figure.
    pub sentence: String,
    /// The numbers.
    pub figures: Vec<Figure>,
}

/// Looks at intervals in the order of log time.
pub trait Detector: Send {
    /// What it is.
    fn card(&self) -> &'static Card;

    /// Says what is odd about an interval, seen with nothing but the intervals learned before.
    fn score(&mut self, interval: &Interval, timeline: &Timeline, out: &mut EvidenceList);

    /// Learns from an interval.
    fn learn(&mut self, interval: &Interval, timeline: &Timeline);

    /// Puts its evidence into words.
    fn explain(&self, evidence: &Evidence, timeline: &Timeline) -> Explanation;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_has_every_detector_as_its_card_says() {
        let book = include_str!("../../../docs/book/detectors.md");
        let detectors = all();
        let cards = detectors.iter().map(|detector| detector.card());
        for Card { kind, sentence, wrong_when } in cards.chain([rule::card()]).chain(&crate::sessions::CARDS)
        {
            let row = format!("| `{kind}` | {sentence} | {wrong_when} |");
            assert!(book.contains(&row), "docs/book/detectors.md lacks: {row}");
        }
    }
}
