//! Labels and scores in, what the order of the scores is worth out, whatever the threshold.
//!
//! Units of equal score are one step: nobody can draw a threshold between them, so no figure here depends on
//! the order in which they came.

use super::confusion::Confusion;
use super::{Costs, Judged, Weights, ratio};

/// Units of one score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Step {
    pub(super) score: f64,
    pub(super) abnormal: f64,
    pub(super) normal: f64,
}

/// The weights of abnormal and normal units at every score, from the most abnormal on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    pub(super) steps: Vec<Step>,
}

/// The threshold that only somebody who knows the labels could choose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Best {
    /// Units of this score and above are flagged.
    pub threshold: f64,
    /// What that gives.
    pub confusion: Confusion,
}

/// The threshold at which errors cost least; that, too, takes the labels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cheapest {
    /// Units of this score and above are flagged; nothing is where none is worth it.
    pub threshold: Option<f64>,
    /// What that costs.
    pub cost: f64,
}

impl Ranking {
    /// Sorts units by their scores.
    pub fn of(units: &[Judged], weights: Weights) -> Ranking {
        let (mut ranking, places) = Ranking::places(units);
        for (unit, place) in units.iter().zip(places) {
            if let Some(step) = ranking.steps.get_mut(place) {
                step.add(unit.abnormal, weights.of(unit.abnormal));
            }
        }
        ranking
    }

    /// Steps without any weight, and the step of every unit.
    pub(super) fn places(units: &[Judged]) -> (Ranking, Vec<usize>) {
        let mut order: Vec<(f64, usize)> =
            units.iter().enumerate().map(|(nth, unit)| (unit.score, nth)).collect();
        order.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        let mut steps: Vec<Step> = Vec::new();
        let mut places = vec![0; units.len()];
        for (score, nth) in order {
            if steps.last().is_none_or(|last| last.score != score) {
                steps.push(Step { score, ..Step::default() });
            }
            if let Some(place) = places.get_mut(nth) {
                *place = steps.len() - 1;
            }
        }
        (Ranking { steps }, places)
    }

    /// All weights, as a threshold above every score sees them.
    fn nothing_flagged(&self) -> Confusion {
        let mut sums = Confusion::default();
        for step in &self.steps {
            sums.false_negatives += step.abnormal;
            sums.true_negatives += step.normal;
        }
        sums
    }

    /// What every threshold gives, from the highest on.
    pub(super) fn thresholds(&self) -> impl Iterator<Item = (&Step, Confusion)> {
        let all = self.nothing_flagged();
        let (mut abnormal, mut normal) = (0.0, 0.0);
        self.steps.iter().map(move |step| {
            abnormal += step.abnormal;
            normal += step.normal;
            let sums = Confusion {
                true_positives: abnormal,
                false_positives: normal,
                true_negatives: all.true_negatives - normal,
                false_negatives: all.false_negatives - abnormal,
            };
            (step, sums)
        })
    }

    /// The chance that an abnormal unit has a higher score than a normal one; equal scores count half.
    pub fn roc_auc(&self) -> Option<f64> {
        let all = self.nothing_flagged();
        let (mut above, mut area) = (0.0, 0.0);
        for step in &self.steps {
            area += step.normal * (above + step.abnormal / 2.0);
            above += step.abnormal;
        }
        ratio(area, all.abnormal() * all.normal())
    }

    /// The mean precision over all abnormal units, each at its own score.
    pub fn average_precision(&self) -> Option<f64> {
        let all = self.nothing_flagged().abnormal();
        let sum: f64 = self.thresholds().map(|(step, sums)| sums.precision() * step.abnormal).sum();
        ratio(sum, all)
    }

    /// The abnormal share of the `k` highest scores. Of units of equal score, of which only some belong to
    /// them, every choice is as likely as any other.
    pub fn precision_at(&self, k: f64) -> Option<f64> {
        let (mut left, mut abnormal) = (k, 0.0);
        for step in &self.steps {
            let weight = step.abnormal + step.normal;
            let share = ratio(left.min(weight), weight).unwrap_or(0.0);
            abnormal += step.abnormal * share;
            left -= weight * share;
        }
        (k > 0.0 && left <= k * 1e-12).then(|| abnormal / k)
    }

    /// The threshold with the greatest F1; of several, the highest.
    pub fn best(&self) -> Option<Best> {
        let mut best: Option<Best> = None;
        for (step, confusion) in self.thresholds() {
            if best.is_none_or(|best| confusion.f_beta(1.0) > best.confusion.f_beta(1.0)) {
                best = Some(Best { threshold: step.score, confusion });
            }
        }
        best
    }

    /// The threshold at which errors cost least; of several, the highest.
    pub fn cheapest(&self, costs: Costs) -> Cheapest {
        let mut cheapest = Cheapest { threshold: None, cost: self.nothing_flagged().cost(costs) };
        for (step, sums) in self.thresholds() {
            if sums.cost(costs) < cheapest.cost {
                cheapest = Cheapest { threshold: Some(step.score), cost: sums.cost(costs) };
            }
        }
        cheapest
    }
}

impl Step {
    pub(super) fn add(&mut self, abnormal: bool, weight: f64) {
        *(if abnormal { &mut self.abnormal } else { &mut self.normal }) += weight;
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::sixteen;
    use super::*;
    use proptest::prelude::*;

    fn close(figure: Option<f64>, expected: f64) {
        let figure = figure.unwrap();
        assert!((figure - expected).abs() < 1e-12, "{figure} is not {expected}");
    }

    #[test]
    fn areas_count_ties_half() {
        let ranking = Ranking::of(&sixteen(), Weights::default());
        close(ranking.roc_auc(), 0.775);
        close(ranking.average_precision(), 0.627_849_002_849_002_9);
        let weighted = Ranking::of(&sixteen(), Weights { normal: 99.08, abnormal: 2.0168 });
        close(weighted.roc_auc(), 0.775);
        close(weighted.average_precision(), 0.036_144_396_303_583_924);
    }

    #[test]
    fn the_best_threshold_is_that_of_an_oracle() {
        let best = Ranking::of(&sixteen(), Weights::default()).best().unwrap();
        assert_eq!(best.threshold, 7.0);
        close(Some(best.confusion.f_beta(1.0)), 2.0 / 3.0);
        assert_eq!(best.confusion.true_positives, 4.0);
        let weighted = Ranking::of(&sixteen(), Weights { normal: 99.08, abnormal: 2.0168 }).best().unwrap();
        close(Some(weighted.confusion.f_beta(1.0)), 0.103_221_667_951_876_29);
        assert_eq!(Ranking::default().best(), None);
    }

    #[test]
    fn the_first_ones_share_what_is_tied() {
        let ranking = Ranking::of(&sixteen(), Weights::default());
        close(ranking.precision_at(1.0), 2.0 / 3.0);
        close(ranking.precision_at(3.0), 2.0 / 3.0);
        close(ranking.precision_at(4.0), 0.75);
        close(ranking.precision_at(5.0), 3.5 / 5.0);
        close(ranking.precision_at(16.0), 6.0 / 16.0);
        assert_eq!((ranking.precision_at(17.0), ranking.precision_at(0.0)), (None, None));
    }

    #[test]
    fn what_is_cheapest_depends_on_the_prices() {
        let ranking = Ranking::of(&sixteen(), Weights::default());
        let cheapest = |false_alarm, missed| ranking.cheapest(Costs { false_alarm, missed });
        assert_eq!(cheapest(1.0, 20.0), Cheapest { threshold: Some(2.5), cost: 7.0 });
        assert_eq!(cheapest(100.0, 1.0), Cheapest { threshold: None, cost: 6.0 });
    }

    #[test]
    fn one_kind_alone_has_no_order() {
        let normal: Vec<Judged> = sixteen().into_iter().filter(|unit| !unit.abnormal).collect();
        let ranking = Ranking::of(&normal, Weights::default());
        assert_eq!((ranking.roc_auc(), ranking.average_precision()), (None, None));
    }

    /// Pair by pair, as the definition has it.
    fn auc_by_pairs(units: &[Judged]) -> Option<f64> {
        let scores = |abnormal| units.iter().filter(move |unit| unit.abnormal == abnormal);
        let (mut won, mut pairs) = (0.0, 0.0);
        for one in scores(true) {
            for other in scores(false) {
                pairs += 1.0;
                won += if one.score > other.score {
                    1.0
                } else if one.score == other.score {
                    0.5
                } else {
                    0.0
                };
            }
        }
        ratio(won, pairs)
    }

    proptest! {
        #[test]
        fn areas_are_those_of_the_definition(rows in prop::collection::vec((any::<bool>(), 0u8..12), 0..60)) {
            let units: Vec<Judged> = rows
                .iter()
                .map(|(abnormal, score)| Judged { abnormal: *abnormal, score: f64::from(*score), flagged: false })
                .collect();
            let ranking = Ranking::of(&units, Weights::default());
            match (ranking.roc_auc(), auc_by_pairs(&units)) {
                (Some(one), Some(other)) => prop_assert!((one - other).abs() < 1e-12),
                (one, other) => prop_assert_eq!(one, other),
            }
            let mut backwards = units.clone();
            backwards.reverse();
            prop_assert_eq!(Ranking::of(&backwards, Weights::default()), ranking);
        }
    }
}
