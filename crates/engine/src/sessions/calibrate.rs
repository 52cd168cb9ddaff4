//! Scores of sessions that were held out in, p-values and a threshold out.
//!
//! Every learned session is scored as if it had not been learned. Where among those a new score stands is its
//! p-value, which promises nothing about the distribution. Beyond the highest there is no such place, so the
//! tail is continued as an exponential one, for ranking and for thresholds that few sessions cannot give.

/// No single observation says more than this, in natural logarithms: a tail is a guess.
const MOST_SURPRISE: f64 = 60.0;
/// The tail that is continued: this share of the sample, within these numbers.
const TAIL_SHARE: f64 = 0.1;
const MOST_IN_TAIL: f64 = 100.0;
const LEAST_IN_TAIL: f64 = 3.0;
const LEAST_FOR_THRESHOLD: f64 = 10.0;
/// So many of the sample must be beyond a threshold for the sample alone to give it.
const ENOUGH_BEYOND: f64 = 4.0;

/// The scores that sessions have when they are held out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Calibration {
    /// Scores from the highest down, with the number of sessions that score at least as high.
    highest: Vec<(f64, u64)>,
    total: u64,
    scale: f64,
}

impl Calibration {
    /// Of scores and the number of sessions that have each.
    pub(super) fn of(mut scores: Vec<(f64, u64)>) -> Calibration {
        scores.sort_by(|one, other| other.0.total_cmp(&one.0).then(other.1.cmp(&one.1)));
        let mut total = 0u64;
        let mut highest: Vec<(f64, u64)> = Vec::new();
        for (score, sessions) in scores {
            total = total.saturating_add(sessions);
            match highest.last_mut() {
                Some((last, at_least)) if *last == score => *at_least = total,
                _ => highest.push((score, total)),
            }
        }
        let mut calibration = Calibration { highest, total, scale: 1.0 };
        let tail = (total as f64 * TAIL_SHARE).floor().clamp(LEAST_IN_TAIL, MOST_IN_TAIL);
        let (_, excess) = calibration.tail(tail);
        calibration.scale = if excess > 0.0 { excess } else { calibration.most().max(1.0) / 3.0 };
        calibration
    }

    fn most(&self) -> f64 {
        self.highest.first().map_or(0.0, |(score, _)| *score)
    }

    /// The score that `sessions` sessions reach, and how far they are above it on average.
    fn tail(&self, sessions: f64) -> (f64, f64) {
        let floor = self.reached_by(sessions);
        let (mut sum, mut before) = (0.0, 0u64);
        for (score, at_least) in &self.highest {
            if *score <= floor {
                break;
            }
            sum += (score - floor) * (at_least - before) as f64;
            before = *at_least;
        }
        (floor, sum / sessions.max(1.0))
    }

    /// The highest score that at least `sessions` sessions reach.
    fn reached_by(&self, sessions: f64) -> f64 {
        let place = self.highest.partition_point(|(_, at_least)| (*at_least as f64) < sessions);
        self.highest.get(place).or(self.highest.last()).map_or(0.0, |(score, _)| *score)
    }

    /// The share of normal sessions that score at least as high, the one in hand counted among them.
    pub(super) fn p_value(&self, score: f64) -> f64 {
        let place = self.highest.partition_point(|(highest, _)| *highest >= score);
        let at_least = place.checked_sub(1).and_then(|last| self.highest.get(last)).map_or(0, |at| at.1);
        (at_least as f64 + 1.0) / (self.total as f64 + 1.0)
    }

    /// How surprising a score is: the negative logarithm of its p-value, continued beyond the sample.
    pub(super) fn surprise(&self, score: f64) -> f64 {
        let beyond = (score - self.most()).max(0.0) / self.scale;
        (beyond - self.p_value(score).ln()).clamp(0.0, MOST_SURPRISE)
    }

    /// The score above which at most that share of normal sessions lies.
    pub(super) fn threshold(&self, false_alarms: f64) -> f64 {
        if self.total == 0 {
            return f64::INFINITY;
        }
        let allowed = (false_alarms * (self.total as f64 + 1.0)).floor();
        if false_alarms * self.total as f64 >= ENOUGH_BEYOND {
            return self.reached_by(allowed.max(1.0));
        }
        self.tail_threshold(false_alarms)
    }

    /// The same by the tail alone.
    pub(super) fn tail_threshold(&self, false_alarms: f64) -> f64 {
        if self.total == 0 {
            return f64::INFINITY;
        }
        let total = self.total as f64;
        let tail = (total * TAIL_SHARE).floor().max(LEAST_FOR_THRESHOLD.min((total / 2.0).floor())).max(1.0);
        let (floor, excess) = self.tail(tail);
        floor + excess * (tail / total / false_alarms.max(f64::MIN_POSITIVE)).ln().max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hundred() -> Calibration {
        Calibration::of((1..=99).map(|score| (f64::from(score), 1)).collect())
    }

    #[test]
    fn p_values_are_ranks() {
        let check = |score: f64, expected: f64| {
            let p_value = hundred().p_value(score);
            assert!((p_value - expected).abs() < 1e-12, "{score}: {p_value}");
        };
        check(0.0, 1.0);
        check(1.0, 1.0);
        check(50.5, 0.5);
        check(99.0, 0.02);
        check(99.5, 0.01);
        check(1e9, 0.01);
    }

    #[test]
    fn surprise_goes_on_beyond_the_sample_and_has_an_end() {
        let calibration = hundred();
        assert!(calibration.surprise(110.0) > calibration.surprise(100.0));
        assert_eq!(calibration.surprise(1e9), MOST_SURPRISE);
        assert_eq!(calibration.surprise(-1.0), 0.0);
    }

    /// The prayer of every threshold: the share that was asked for, on sessions like those that were learned.
    #[test]
    fn thresholds_keep_the_share() {
        let exponential = |places: u32| {
            let score = move |place: u32| -((f64::from(place) + 0.5) / f64::from(places)).ln();
            Calibration::of((0..places).map(|place| (score(place), 1)).collect())
        };
        let check = |places: u32, share: f64, least: f64, most: f64| {
            let kept = (-exponential(places).threshold(share)).exp();
            assert!((least..=most).contains(&kept), "{share} of {places}: {kept}");
        };
        check(10_000, 0.001, 0.0009, 0.0011);
        check(10_000, 0.05, 0.049, 0.051);
        check(200, 0.001, 0.0004, 0.003);
        check(30, 0.01, 0.002, 0.03);
    }

    #[test]
    fn nothing_learned_flags_nothing() {
        let nothing = Calibration::of(Vec::new());
        assert_eq!(nothing.threshold(0.5), f64::INFINITY);
        assert_eq!(nothing.p_value(5.0), 1.0);
        let one = Calibration::of(vec![(0.0, 1)]);
        assert!(one.threshold(0.001).is_finite());
    }
}
