//! What the detectors say of a session in, one calibrated score out.
//!
//! Where all learned sessions are normal, each detector's score becomes a surprise, the negative logarithm of its
//! p-value among held-out sessions, and the surprises are added (Fisher). The sum is calibrated again on held-out
//! sessions, which accounts for detectors that say the same thing.
//!
//! Where sessions were set aside to get at the normal ones, those that are left are the most ordinary: hardly any
//! differs from another, so every p-value would be the least one. There the scores themselves are added, in their
//! own units (deviations for each kind of event, surprise for each step), and the threshold is taken far out on
//! the tail of what is left, since its own tail is what was set aside.

use super::SessionSettings;
use super::calibrate::Calibration;
use super::learned::{Held, LearnedSessions};
use super::order::Order;
use super::shape::{Counts, Nearest, Shape, counts};
use super::{new_event, order, trim};

/// How many distinct sequences are held out in turn: enough for the tail, and bounded.
const MOST_HELD_OUT: usize = 1 << 13;
/// A deviation for each kind of event weighs as much as this much surprise for each step.
const SHAPE_WEIGHT: f64 = 2.0;

/// The detectors, fitted.
#[derive(Clone, Debug)]
pub(super) struct Detectors {
    pub(super) learned: LearnedSessions,
    pub(super) shape: Shape,
    pub(super) order: Order,
}

/// What each detector says of a session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scores {
    pub(super) shape: f64,
    pub(super) order: f64,
    mean_order: f64,
    new: f64,
}

/// A session with what each detector says of it and what an explanation needs.
#[derive(Clone, Debug)]
pub(super) struct Judged<'a> {
    pub(super) counts: Counts,
    pub(super) nearest: Option<Nearest<'a>>,
    pub(super) order: order::Judged,
    pub(super) scores: Scores,
}

impl Detectors {
    /// Fitted to what was learned.
    pub(super) fn of(learned: LearnedSessions) -> Detectors {
        let (shape, order) = (Shape::of(&learned), Order::of(&learned));
        Detectors { learned, shape, order }
    }

    /// What they say of a session, and why.
    pub(super) fn judge(&self, sequence: &[u32], counts: Counts) -> Judged<'_> {
        let (nearest, order) = (self.shape.nearest(&counts), self.order.judge(sequence));
        let scores = Scores {
            shape: self.shape.score(&counts, nearest),
            order: order.score,
            mean_order: order.mean,
            new: new_event::score(&self.learned, &counts, 0),
        };
        Judged { counts, nearest, order, scores }
    }

    /// What they would say of every learned session, had it not been learned.
    fn held_out(&mut self) -> Vec<(Scores, u64)> {
        let held: Vec<Held> = self.learned.sequences().take(MOST_HELD_OUT).cloned().collect();
        held.into_iter().map(|held| (self.held_out_scores(&held.events), held.sessions)).collect()
    }

    fn held_out_scores(&mut self, sequence: &[u32]) -> Scores {
        let counts = counts(sequence);
        let order = self.order.held_out(sequence);
        Scores {
            shape: self.shape.held_out(&counts),
            order: order.score,
            mean_order: order.mean,
            new: new_event::score(&self.learned, &counts, 1),
        }
    }
}

/// How scores become one.
#[derive(Clone, Debug)]
pub(super) struct Combination {
    pub(super) shape: Calibration,
    pub(super) order: Calibration,
    adds_surprises: bool,
    total: Calibration,
    pub(super) threshold: f64,
}

impl Combination {
    /// For detectors that learned normal sessions only.
    pub(super) fn of_normal(detectors: &mut Detectors, settings: &SessionSettings) -> Combination {
        let mut combination = Combination::of(&detectors.held_out(), true);
        combination.threshold = combination.total.threshold(settings.false_alarms);
        combination
    }

    /// For detectors that learned what was left when the thinnest places were set aside.
    pub(super) fn of_trimmed(detectors: &mut Detectors, settings: &SessionSettings) -> Combination {
        let mut combination = Combination::of(&detectors.held_out(), false);
        combination.threshold = combination.total.tail_threshold(settings.false_alarms * trim::TRIMMED);
        combination
    }

    fn of(held_out: &[(Scores, u64)], adds_surprises: bool) -> Combination {
        let calibration = |score: &dyn Fn(&Scores) -> f64| {
            Calibration::of(held_out.iter().map(|(scores, sessions)| (score(scores), *sessions)).collect())
        };
        let mut combination = Combination {
            shape: calibration(&|scores| scores.shape),
            order: calibration(&|scores| scores.order),
            adds_surprises,
            total: Calibration::default(),
            threshold: f64::INFINITY,
        };
        combination.total = calibration(&|scores| combination.score(scores));
        combination
    }

    /// One score of all.
    pub(super) fn score(&self, scores: &Scores) -> f64 {
        if self.adds_surprises {
            self.shape.surprise(scores.shape) + self.order.surprise(scores.order)
        } else {
            SHAPE_WEIGHT * scores.shape + scores.mean_order + scores.new
        }
    }

    /// The share of normal sessions that score at least as high.
    pub(super) fn p_value(&self, score: f64) -> f64 {
        self.total.p_value(score)
    }
}
