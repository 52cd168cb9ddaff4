//! Labels and flags in, the four sums out, and every figure that follows from them.

use super::{Costs, Judged, Weights, ratio};

/// The weights of the units that were rightly and wrongly flagged and left alone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Confusion {
    /// Abnormal and flagged.
    pub true_positives: f64,
    /// Normal and flagged.
    pub false_positives: f64,
    /// Normal and not flagged.
    pub true_negatives: f64,
    /// Abnormal and not flagged.
    pub false_negatives: f64,
}

impl Confusion {
    /// Adds up units.
    pub fn of(units: &[Judged], weights: Weights) -> Confusion {
        let mut sums = Confusion::default();
        for unit in units {
            sums.add(unit.abnormal, unit.flagged, weights.of(unit.abnormal));
        }
        sums
    }

    /// Adds one kind of units.
    pub fn add(&mut self, abnormal: bool, flagged: bool, weight: f64) {
        let sum = match (abnormal, flagged) {
            (true, true) => &mut self.true_positives,
            (false, true) => &mut self.false_positives,
            (false, false) => &mut self.true_negatives,
            (true, false) => &mut self.false_negatives,
        };
        *sum += weight;
    }

    /// All abnormal units.
    pub fn abnormal(&self) -> f64 {
        self.true_positives + self.false_negatives
    }

    /// All normal units.
    pub fn normal(&self) -> f64 {
        self.true_negatives + self.false_positives
    }

    fn flagged(&self) -> f64 {
        self.true_positives + self.false_positives
    }

    fn all(&self) -> f64 {
        self.abnormal() + self.normal()
    }

    /// Of what was flagged, the abnormal share; zero where nothing was flagged, as is the custom.
    pub fn precision(&self) -> f64 {
        ratio(self.true_positives, self.flagged()).unwrap_or(0.0)
    }

    /// Of what was abnormal, the flagged share.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.true_positives, self.abnormal())
    }

    /// Of what was normal, the share that was left alone.
    pub fn specificity(&self) -> Option<f64> {
        ratio(self.true_negatives, self.normal())
    }

    /// Of what was normal, the flagged share.
    pub fn false_alarm_rate(&self) -> Option<f64> {
        ratio(self.false_positives, self.normal())
    }

    /// The harmonic mean of precision and recall, in which recall weighs `beta` times as much.
    pub fn f_beta(&self, beta: f64) -> f64 {
        let square = beta * beta;
        let hits = (1.0 + square) * self.true_positives;
        ratio(hits, hits + square * self.false_negatives + self.false_positives).unwrap_or(0.0)
    }

    /// The share that was judged rightly.
    pub fn accuracy(&self) -> Option<f64> {
        ratio(self.true_positives + self.true_negatives, self.all())
    }

    /// The mean of recall and specificity.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        Some((self.recall()? + self.specificity()?) / 2.0)
    }

    /// Matthews' correlation of labels and flags; zero where either is always the same, as is the custom.
    pub fn mcc(&self) -> f64 {
        let unflagged = self.all() - self.flagged();
        // Roots first: the product of four sums of a large set would lose digits.
        let spread = self.abnormal().sqrt() * self.normal().sqrt() * self.flagged().sqrt() * unflagged.sqrt();
        let right = self.true_positives * self.true_negatives;
        let wrong = self.false_positives * self.false_negatives;
        ratio(right - wrong, spread).unwrap_or(0.0)
    }

    /// Cohen's kappa: agreement beyond that of chance.
    pub fn kappa(&self) -> Option<f64> {
        let all = self.all();
        let unflagged = all - self.flagged();
        let by_chance = ratio(self.abnormal() * self.flagged() + self.normal() * unflagged, all * all)?;
        ratio(self.accuracy()? - by_chance, 1.0 - by_chance)
    }

    /// What the errors cost.
    pub fn cost(&self, costs: Costs) -> f64 {
        self.false_positives * costs.false_alarm + self.false_negatives * costs.missed
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::sixteen;
    use super::*;

    fn close(figure: f64, expected: f64) {
        assert!((figure - expected).abs() < 1e-12, "{figure} is not {expected}");
    }

    #[test]
    fn figures_are_those_of_the_textbook() {
        let sums = Confusion::of(&sixteen(), Weights::default());
        assert_eq!(
            (sums.true_positives, sums.false_positives, sums.true_negatives, sums.false_negatives),
            (4.0, 2.0, 8.0, 2.0)
        );
        close(sums.precision(), 4.0 / 6.0);
        close(sums.recall().unwrap(), 4.0 / 6.0);
        close(sums.specificity().unwrap(), 0.8);
        close(sums.false_alarm_rate().unwrap(), 0.2);
        close(sums.f_beta(1.0), 2.0 / 3.0);
        close(sums.accuracy().unwrap(), 0.75);
        close(sums.balanced_accuracy().unwrap(), (4.0 / 6.0 + 0.8) / 2.0);
        close(sums.mcc(), (32.0 - 4.0) / 60.0);
        close(sums.kappa().unwrap(), (0.75 - (36.0 + 100.0) / 256.0) / (1.0 - 136.0 / 256.0));
        close(sums.cost(Costs { false_alarm: 1.0, missed: 20.0 }), 42.0);
    }

    #[test]
    fn weights_change_precision_and_leave_rates_alone() {
        let sums = Confusion::of(&sixteen(), Weights { normal: 99.0, abnormal: 2.0 });
        close(sums.recall().unwrap(), 4.0 / 6.0);
        close(sums.specificity().unwrap(), 0.8);
        close(sums.precision(), 8.0 / (8.0 + 198.0));
        close(sums.f_beta(0.5), 1.25 * 8.0 / (1.25 * 8.0 + 0.25 * 4.0 + 198.0));
        close(sums.normal(), 990.0);
    }

    #[test]
    fn precision_weighs_more_in_f_half() {
        let eager = Confusion { true_positives: 10.0, false_positives: 10.0, ..Confusion::default() };
        let careful = Confusion { true_positives: 5.0, false_negatives: 5.0, ..Confusion::default() };
        assert!(eager.f_beta(0.5) < careful.f_beta(0.5));
        assert!((eager.f_beta(1.0) - careful.f_beta(1.0)).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_meaning_has_no_figure() {
        let normal = Confusion { true_negatives: 3.0, ..Confusion::default() };
        assert_eq!((normal.recall(), normal.balanced_accuracy(), normal.kappa()), (None, None, None));
        assert_eq!((normal.precision(), normal.f_beta(1.0), normal.mcc()), (0.0, 0.0, 0.0));
        assert_eq!(normal.specificity(), Some(1.0));
        assert_eq!(Confusion::default().accuracy(), None);
    }
}
