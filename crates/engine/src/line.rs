//! Scores that no label belongs to in, a threshold out.
//!
//! Where all of them are of normal units, the threshold is the score that a new normal unit exceeds with the
//! accepted chance; with too few of them to count so rare an event, the upper tail is extended as an exponential
//! one. Where nobody knows what is among them, that tail may be the very thing that is looked for, so it is drawn
//! from the middle of the scores instead.

use logsift_outliers::threshold::by_false_alarms;

/// The share of the scores that makes the upper tail.
const TAIL: f64 = 0.1;
/// From the median up to the first of these that lies above it goes the slope of the tail.
const BULK: [f64; 3] = [0.75, 0.9, 0.95];

/// The threshold of normal scores.
pub fn of_normal(scores: &[f64], false_alarms: f64) -> f64 {
    let expected = false_alarms * (scores.len() as f64 + 1.0);
    if expected >= 1.0 {
        return by_false_alarms(scores, false_alarms).unwrap_or(f64::INFINITY);
    }
    let sorted = sorted(scores);
    let Some(largest) = sorted.last().copied() else { return f64::INFINITY };
    let upper = sorted.get(place(&sorted, 1.0 - TAIL)..).unwrap_or_default();
    let begins = upper.first().copied().unwrap_or(largest);
    let excess = upper.iter().map(|score| score - begins).sum::<f64>() / upper.len().max(1) as f64;
    // The largest of n is exceeded once in n + 1; from there the chance falls exponentially.
    largest + excess * -expected.ln()
}

/// The threshold of scores among which nobody knows what is normal.
pub fn of_unknown(scores: &[f64], false_alarms: f64) -> f64 {
    let sorted = sorted(scores);
    let at = |share: f64| sorted.get(place(&sorted, share)).copied();
    let Some(middle) = at(0.5) else { return f64::INFINITY };
    for share in BULK {
        let Some(above) = at(share).filter(|above| *above > middle) else { continue };
        let beyond = 1.0 - share;
        let slope = (above - middle) / (0.5 / beyond).ln();
        return above + slope * (beyond / false_alarms).ln().max(0.0);
    }
    // Nearly all are equal: whatever is above them is odd.
    middle
}

/// How odd scores are beside all others, nobody knowing what is normal: told from the tail that the middle of the
/// scores suggests, since the tail that is there may be the very thing that is looked for.
#[derive(Clone, Debug)]
pub struct Oddness {
    sorted: Vec<f64>,
    line: f64,
    slope: f64,
}

/// The share beyond the line.
const BEYOND: f64 = 0.001;
/// The most that is said of a score, in nats.
const MOST: f64 = 30.0;

impl Oddness {
    /// Learns what is usual from all scores.
    pub fn of(scores: &[f64]) -> Oddness {
        let line = of_unknown(scores, BEYOND);
        let farther = of_unknown(scores, BEYOND / 10.0);
        Oddness { sorted: sorted(scores), line, slope: (farther - line) / 10f64.ln() }
    }

    /// Whether a score is so far out that it is told: beyond the line, or, since scores of some models have a bound
    /// that no line can reach, among the highest few.
    pub fn is_told(&self, score: f64) -> bool {
        score > self.line || self.as_high(score) <= self.sorted.len().div_ceil(1000) && score > self.middle()
    }

    /// How many are at least as high, itself among them.
    fn as_high(&self, score: f64) -> usize {
        let below = self.sorted.partition_point(|other| *other < score);
        (self.sorted.len() - below).max(1)
    }

    /// The middle score.
    pub fn middle(&self) -> f64 {
        self.sorted.get(self.sorted.len() / 2).copied().unwrap_or(0.0)
    }

    /// How odd a score is, in nats: by its rank, or by the tail if that says more.
    pub fn surprise(&self, score: f64) -> f64 {
        let by_rank = ((self.sorted.len() + 1) as f64 / self.as_high(score) as f64).ln();
        let tail = (score - self.line) / self.slope - BEYOND.ln();
        let by_tail = if self.slope > 0.0 && score > self.line { tail.min(MOST) } else { 0.0 };
        by_rank.max(by_tail)
    }
}

fn sorted(scores: &[f64]) -> Vec<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

fn place(sorted: &[f64], share: f64) -> usize {
    (sorted.len().saturating_sub(1) as f64 * share) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many scores of an exponential law with mean 1, evenly through their quantiles.
    fn exponential(count: usize) -> Vec<f64> {
        (0..count).map(|nth| -(1.0 - (nth as f64 + 0.5) / count as f64).ln()).collect()
    }

    #[test]
    fn thresholds_are_where_the_law_says() {
        // An exponential law exceeds ln(1000) = 6.91 once in a thousand.
        let check = |found: f64, low: f64, high: f64| assert!((low..high).contains(&found), "{found}");
        check(of_normal(&exponential(100_000), 0.001), 6.7, 7.1);
        check(of_normal(&exponential(200), 0.001), 6.0, 8.0);
        check(of_unknown(&exponential(200), 0.001), 6.5, 7.3);
    }

    #[test]
    fn outliers_among_unknown_scores_do_not_hide_each_other() {
        let mut scores = exponential(180);
        scores.extend((0..20).map(|nth| 100.0 + f64::from(nth)));
        let line = of_unknown(&scores, 0.001);
        assert!(line < 15.0, "{line}");
        assert!(of_normal(&scores, 0.001) > 100.0);
    }

    #[test]
    fn equal_scores_and_none_have_a_threshold() {
        assert_eq!(of_unknown(&[2.0; 50], 0.01), 2.0);
        assert_eq!(of_normal(&[2.0; 50], 0.01), 2.0);
        assert_eq!((of_unknown(&[], 0.01), of_normal(&[], 0.01)), (f64::INFINITY, f64::INFINITY));
        let mut most = vec![1.0; 98];
        most.extend([5.0, 6.0]);
        assert_eq!(of_unknown(&most, 0.01), 1.0);
    }

    #[test]
    fn what_stands_apart_is_told_and_more_so_the_farther_it_is() {
        let mut scores = exponential(1000);
        let odd = Oddness::of(&scores);
        assert!(!odd.is_told(odd.middle()) && (odd.surprise(odd.middle()) - 0.69).abs() < 0.02);
        scores.push(30.0);
        let odd = Oddness::of(&scores);
        assert!(odd.is_told(30.0) && odd.surprise(30.0) > 20.0 && odd.surprise(20.0) < odd.surprise(30.0));
        let equal = Oddness::of(&[1.0; 50]);
        assert!(!equal.is_told(1.0) && equal.surprise(2.0).is_finite());
        assert_eq!(Oddness::of(&[]).surprise(1.0), 0.0);
    }
}
