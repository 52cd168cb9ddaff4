//! Judged units in, figures out: nothing here knows what was judged or by whom.
//!
//! Every figure is a function of labels, scores, flags and two weights, so that anybody can compute it again
//! from the rows that `--scores` writes. Where a figure has no meaning (recall without an abnormal
//! unit) there is none, rather than a zero that looks like one.

mod alerts;
mod bootstrap;
mod confusion;
mod curves;
mod proportion;
mod ranking;

pub use alerts::{Alerts, Delay, alerts, delay};
pub use bootstrap::{Bootstrap, Interval, Intervals};
pub use confusion::Confusion;
pub use curves::Curves;
pub use proportion::wilson;
pub use ranking::{Best, Cheapest, Ranking};

/// A unit, what it was, and what a model said of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// What it was.
    pub abnormal: bool,
    /// How abnormal the model found it; greater is more abnormal.
    pub score: f64,
    /// Whether the model flagged it.
    pub flagged: bool,
}

/// For how many units of the whole population one unit of the sample stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// A normal one.
    pub normal: f64,
    /// An abnormal one.
    pub abnormal: f64,
}

impl Default for Weights {
    fn default() -> Weights {
        Weights { normal: 1.0, abnormal: 1.0 }
    }
}

impl Weights {
    /// The weight of a unit.
    pub fn of(&self, abnormal: bool) -> f64 {
        if abnormal { self.abnormal } else { self.normal }
    }
}

/// What errors cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// A false alarm.
    pub false_alarm: f64,
    /// An abnormal unit that was not flagged.
    pub missed: f64,
}

/// Part over whole, where there is a whole.
fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[cfg(test)]
pub(crate) mod examples {
    use super::Judged;

    /// Sixteen units with ties among the scores and both kinds of errors; what the tests know of them was
    /// computed by other means.
    pub(crate) fn sixteen() -> Vec<Judged> {
        let rows = [
            (true, 9.5, true),
            (true, 9.5, true),
            (false, 9.5, true),
            (true, 8.0, true),
            (true, 7.0, true),
            (false, 7.0, true),
            (false, 5.5, false),
            (true, 5.0, false),
            (false, 5.0, false),
            (false, 4.0, false),
            (false, 3.0, false),
            (true, 2.5, false),
            (false, 2.5, false),
            (false, 1.0, false),
            (false, 0.0, false),
            (false, 0.0, false),
        ];
        rows.map(|(abnormal, score, flagged)| Judged { abnormal, score, flagged }).to_vec()
    }
}
