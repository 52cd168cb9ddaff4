//! Findings of the whole log in, how often something as odd happens in it by itself out.
//!
//! By their own reckoning detectors are honest at best on average. What a surprise is worth in *this* log is told
//! by its rank: how many findings of the log are at least as surprising, for the number of intervals there are.
//! That is a p-value whatever the detectors do, as long as the past is like the present. Beyond what can be counted
//! the tail of the greatest surprises is extrapolated, for ranking and for nothing else.

/// The greatest surprises from which the tail is drawn.
const TAIL: usize = 10;

/// The surprises of a log.
#[derive(Clone, Debug)]
pub(crate) struct Calibration {
    /// Rising.
    sample: Vec<f64>,
    intervals: f64,
}

impl Calibration {
    /// Takes the surprises of findings, after correction, and the number of intervals they come from.
    pub(crate) fn of(surprises: impl Iterator<Item = f64>, intervals: f64) -> Calibration {
        let mut sample: Vec<f64> = surprises.filter(|surprise| surprise.is_finite()).collect();
        sample.sort_by(f64::total_cmp);
        Calibration { sample, intervals: intervals.max(1.0) }
    }

    /// The chance that an interval shows something at least as surprising: its rank. The finding itself is in the
    /// sample.
    pub(crate) fn p_value(&self, surprise: f64) -> f64 {
        let below = self.sample.partition_point(|other| *other < surprise);
        let rank = (self.sample.len() - below).max(1) as f64;
        (rank / (self.intervals + 1.0)).min(1.0)
    }

    /// Negative logarithm of the chance, extrapolated where ranks end.
    pub(crate) fn score(&self, surprise: f64) -> f64 {
        let Some((from, scale)) = self.tail() else { return surprise.max(0.0) };
        if surprise < from {
            return -self.p_value(surprise).ln();
        }
        -self.p_value(from).ln() + (surprise - from) / scale
    }

    /// Where the tail begins, and the mean of what is beyond it.
    fn tail(&self) -> Option<(f64, f64)> {
        let at = self.sample.len().checked_sub(TAIL)?;
        let tail = self.sample.get(at..)?;
        let from = *tail.first()?;
        let excess = tail.iter().map(|surprise| surprise - from).sum::<f64>() / TAIL as f64;
        Some((from, excess.max(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_rank_is_a_chance() {
        let calibration = Calibration::of((1..=99).map(f64::from), 999.0);
        for (surprise, wanted) in
            [(99.0, 0.001), (98.5, 0.001), (90.0, 0.01), (1.0, 0.099), (0.0, 0.099), (1e9, 0.001)]
        {
            assert!((calibration.p_value(surprise) - wanted).abs() < 1e-12, "{surprise}");
        }
    }

    #[test]
    fn a_log_that_is_new_has_only_the_word_of_the_detectors() {
        let calibration = Calibration::of([3.0, 9.0].into_iter(), 100.0);
        assert_eq!((calibration.score(9.0), calibration.score(-2.0)), (9.0, 0.0));
    }

    proptest! {
        #[test]
        fn what_is_more_surprising_never_scores_less(
            sample in prop::collection::vec(-5.0f64..60.0, 0..60),
            one in -5.0f64..60.0,
            other in -5.0f64..60.0,
        ) {
            let calibration = Calibration::of(sample.into_iter().chain([one, other]), 500.0);
            let (low, high) = (one.min(other), one.max(other));
            prop_assert!(calibration.score(low) <= calibration.score(high) + 1e-9);
            prop_assert!(calibration.p_value(low) >= calibration.p_value(high));
        }
    }
}
