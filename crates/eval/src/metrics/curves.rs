//! Judged units in, the points of their curves out: ROC, precision over recall, and how scores are spread.
//!
//! There are as many points as there are different scores; of many, so few are kept that a picture is the same.

use super::{Confusion, Judged, Ranking, Weights};

/// Points of a curve at most.
const POINTS: usize = 400;
/// Bars of a distribution.
const BARS: usize = 48;

/// The curves of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// Rate of false alarms and recall, from the highest threshold on.
    pub roc: Vec<(f64, f64)>,
    /// Recall and precision, from the highest threshold on.
    pub precision_recall: Vec<(f64, f64)>,
    /// The lowest and the highest score that is drawn; what is beyond stands in the outermost bars.
    pub range: (f64, f64),
    /// Units of each stretch of scores: normal ones, then abnormal ones.
    pub normal: Vec<u64>,
    /// The same of abnormal ones.
    pub abnormal: Vec<u64>,
}

impl Curves {
    /// The curves of judged units.
    pub fn of(units: &[Judged], weights: Weights) -> Curves {
        let ranking = Ranking::of(units, weights);
        let steps: Vec<Confusion> = ranking.thresholds().map(|(_, sums)| sums).collect();
        let share = |share: Option<f64>| share.unwrap_or(0.0);
        let roc = steps.iter().map(|sums| (share(sums.false_alarm_rate()), share(sums.recall())));
        let precision_recall = steps.iter().map(|sums| (share(sums.recall()), sums.precision()));
        let range = range(units);
        Curves {
            roc: thinned([(0.0, 0.0)].into_iter().chain(roc).collect()),
            precision_recall: thinned(precision_recall.collect()),
            range,
            normal: bars(units, range, false),
            abnormal: bars(units, range, true),
        }
    }
}

/// Of many points the first, the last and those that are far enough from the one before.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if points.len() <= POINTS {
        return points;
    }
    let least = 2.0 / POINTS as f64;
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let last = points.last().copied();
    for point in points {
        let far = |before: &(f64, f64)| (point.0 - before.0).abs() + (point.1 - before.1).abs() >= least;
        if kept.last().is_none_or(far) {
            kept.push(point);
        }
    }
    kept.extend(last);
    kept
}

/// From the lowest score to the highest, without the thousandth that is farthest out above.
fn range(units: &[Judged]) -> (f64, f64) {
    let mut scores: Vec<f64> =
        units.iter().map(|unit| unit.score).filter(|score| score.is_finite()).collect();
    scores.sort_by(f64::total_cmp);
    let low = scores.first().copied().unwrap_or(0.0);
    let high = scores.get(scores.len().saturating_sub(1) * 999 / 1000).copied().unwrap_or(1.0);
    if low < high { (low, high) } else { (low, low + 1.0) }
}

fn bars(units: &[Judged], (low, high): (f64, f64), abnormal: bool) -> Vec<u64> {
    let mut bars = vec![0; BARS];
    for unit in units.iter().filter(|unit| unit.abnormal == abnormal) {
        let share = ((unit.score - low) / (high - low)).clamp(0.0, 1.0);
        let place = ((share * BARS as f64) as usize).min(BARS - 1);
        bars.get_mut(place).into_iter().for_each(|bar| *bar += 1);
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::super::examples::sixteen;
    use super::*;

    #[test]
    fn curves_go_from_nothing_to_everything() {
        let curves = Curves::of(&sixteen(), Weights::default());
        assert_eq!((curves.roc.first(), curves.roc.last()), (Some(&(0.0, 0.0)), Some(&(1.0, 1.0))));
        assert_eq!(curves.precision_recall.last(), Some(&(1.0, 6.0 / 16.0)));
        assert_eq!((curves.normal.iter().sum::<u64>(), curves.abnormal.iter().sum::<u64>()), (10, 6));
        assert_eq!((curves.range, curves.normal[0], curves.abnormal[BARS - 1]), ((0.0, 9.5), 2, 2));
        // The area beneath is that of the figure.
        let area: f64 =
            curves.roc.windows(2).map(|pair| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) / 2.0).sum();
        assert!((area - 0.775).abs() < 1e-12, "{area}");
    }

    #[test]
    fn many_points_become_few_that_look_alike() {
        let unit = |nth: u32| Judged {
            abnormal: nth.is_multiple_of(3),
            score: f64::from(nth * 7919 % 10_007),
            flagged: false,
        };
        let units: Vec<Judged> = (0..10_000).map(unit).collect();
        let curves = Curves::of(&units, Weights::default());
        assert!((100..=POINTS + 2).contains(&curves.roc.len()), "{}", curves.roc.len());
        assert_eq!(curves.roc.last(), Some(&(1.0, 1.0)));
    }

    #[test]
    fn infinite_and_equal_scores_have_a_place() {
        let unit = |score: f64| Judged { abnormal: false, score, flagged: false };
        let curves = Curves::of(&[unit(f64::INFINITY), unit(2.0), unit(2.0)], Weights::default());
        assert_eq!((curves.normal[0], curves.normal[BARS - 1]), (2, 1));
        assert_eq!(Curves::of(&[], Weights::default()).range, (0.0, 1.0));
    }
}
