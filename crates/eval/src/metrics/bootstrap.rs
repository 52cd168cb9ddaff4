//! Judged units in, intervals out: how far would the figures have moved with other units of the same kind?
//!
//! Units are drawn anew with replacement, abnormal and normal ones each among themselves, because how many there
//! are of each was decided by whoever made the set. The seed is fixed: the same rows give the same
//! intervals. What training on other units would have changed is not in them.

use super::ranking::Ranking;
use super::{Confusion, Judged, Weights};
use crate::random::Random;

const SEED: u64 = 0x6c6f_6773_6966_7431;

/// How intervals are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// How often units are drawn anew.
    pub resamples: usize,
    /// The share of the drawings that lies within an interval.
    pub level: f64,
}

impl Default for Bootstrap {
    fn default() -> Bootstrap {
        Bootstrap { resamples: 1000, level: 0.95 }
    }
}

/// Lower and upper end.
pub type Interval = (f64, f64);

/// An interval for every figure that has one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Intervals {
    /// Of what was flagged, the abnormal share.
    pub precision: Option<Interval>,
    /// Of what was abnormal, the flagged share.
    pub recall: Option<Interval>,
    /// Their harmonic mean.
    pub f1: Option<Interval>,
    /// Matthews' correlation.
    pub mcc: Option<Interval>,
    /// Of what was normal, the flagged share.
    pub false_alarm_rate: Option<Interval>,
    /// The area under the ROC curve.
    pub roc_auc: Option<Interval>,
    /// Average precision.
    pub average_precision: Option<Interval>,
}

/// The figures of one drawing, in the order of [`Intervals`].
type Drawn = [Option<f64>; 7];

impl Bootstrap {
    /// Draws and measures.
    pub fn intervals(&self, units: &[Judged], weights: Weights) -> Intervals {
        let mut random = Random::new(SEED);
        let drawing = Drawing::new(units, weights);
        let drawn: Vec<Drawn> = (0..self.resamples).map(|_| drawing.draw(&mut random)).collect();
        let nth = |figure: usize| self.between(drawn.iter().filter_map(|row| *row.get(figure)?).collect());
        Intervals {
            precision: nth(0),
            recall: nth(1),
            f1: nth(2),
            mcc: nth(3),
            false_alarm_rate: nth(4),
            roc_auc: nth(5),
            average_precision: nth(6),
        }
    }

    /// What lies between is the share of the level; as much is cut off above as below.
    fn between(&self, mut figures: Vec<f64>) -> Option<Interval> {
        figures.sort_by(f64::total_cmp);
        let last = figures.len().checked_sub(1)? as f64;
        let cut = (1.0 - self.level.clamp(0.0, 1.0)) / 2.0;
        let at = |share: f64| figures.get((last * share).round() as usize).copied();
        Some((at(cut)?, at(1.0 - cut)?))
    }
}

/// Units, sorted once: a drawing only counts how often each step of the ranking is met.
struct Drawing {
    ranking: Ranking,
    weights: Weights,
    /// Of each kind, the step of the ranking of every unit and whether it was flagged.
    kinds: [(bool, Vec<(usize, bool)>); 2],
}

impl Drawing {
    fn new(units: &[Judged], weights: Weights) -> Drawing {
        let (ranking, places) = Ranking::places(units);
        let of = |abnormal: bool| {
            let kind = units.iter().zip(&places).filter(|(unit, _)| unit.abnormal == abnormal);
            (abnormal, kind.map(|(unit, place)| (*place, unit.flagged)).collect())
        };
        Drawing { weights, kinds: [of(false), of(true)], ranking }
    }

    fn draw(&self, random: &mut Random) -> Drawn {
        let mut ranking = self.ranking.clone();
        let mut sums = Confusion::default();
        for (abnormal, units) in &self.kinds {
            let weight = self.weights.of(*abnormal);
            for _ in 0..units.len() {
                let Some((place, flagged)) = units.get(random.below(units.len())) else { continue };
                sums.add(*abnormal, *flagged, weight);
                if let Some(step) = ranking.steps.get_mut(*place) {
                    step.add(*abnormal, weight);
                }
            }
        }
        [
            Some(sums.precision()),
            sums.recall(),
            Some(sums.f_beta(1.0)),
            Some(sums.mcc()),
            sums.false_alarm_rate(),
            ranking.roc_auc(),
            ranking.average_precision(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::sixteen;
    use super::*;

    fn many(copies: usize) -> Vec<Judged> {
        sixteen().repeat(copies)
    }

    fn recall(copies: usize) -> Interval {
        Bootstrap::default().intervals(&many(copies), Weights::default()).recall.unwrap()
    }

    #[test]
    fn intervals_are_as_wide_as_the_binomial_law_says() {
        let (low, high) = recall(100);
        // 600 abnormal units of which two thirds are flagged: the deviation is sqrt(p (1 - p) / n).
        let deviation = (2.0 / 9.0 / 600.0f64).sqrt();
        let width = (high - low) / (2.0 * 1.96 * deviation);
        assert!((0.85..1.15).contains(&width), "{width}");
        assert!(low < 2.0 / 3.0 && 2.0 / 3.0 < high);
    }

    #[test]
    fn more_units_make_them_narrower() {
        let width = |(low, high): Interval| high - low;
        assert!(width(recall(4)) > 1.5 * width(recall(16)));
    }

    #[test]
    fn the_same_units_give_the_same_intervals() {
        let intervals = |weights| Bootstrap::default().intervals(&many(3), weights);
        assert_eq!(intervals(Weights::default()), intervals(Weights::default()));
        let reweighted = intervals(Weights { normal: 50.0, abnormal: 1.0 });
        assert_eq!(reweighted.recall, intervals(Weights::default()).recall);
        assert!(reweighted.precision.unwrap().1 < intervals(Weights::default()).precision.unwrap().0);
    }

    #[test]
    fn without_drawings_there_are_none() {
        let none = Bootstrap { resamples: 0, ..Bootstrap::default() };
        assert_eq!(none.intervals(&many(1), Weights::default()), Intervals::default());
    }

    #[test]
    fn the_area_is_within_its_interval() {
        let intervals = Bootstrap::default().intervals(&many(2), Weights::default());
        let (low, high) = intervals.roc_auc.unwrap();
        assert!(low < 0.775 && 0.775 < high && low > 0.5, "{low} {high}");
        let (low, high) = intervals.average_precision.unwrap();
        assert!(low < 0.628 && 0.628 < high, "{low} {high}");
    }
}
