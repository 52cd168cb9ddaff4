//! Times, errors and lengths of the records of a stream in, what the last minute to the last day were like out.
//!
//! Each span is a ring of twelve steps, so a stream costs a few hundred bytes however much it says. A figure covers
//! the current step and the eleven before. Until a span has passed since the stream began, nothing is said about it:
//! the first records of a log would all look like a silence otherwise.

use super::{Feature, feature};

/// In the order in which they are written: span by span.
pub(super) const FEATURES: &[Feature] = &[
    feature("60s.count", "Records of the stream in the last 60 seconds."),
    feature("60s.error_rate", "The share of errors among them."),
    feature("60s.length_mean", "The mean length of their messages."),
    feature("60s.length_deviation", "The standard deviation of it."),
    feature("5m.count", "Records of the stream in the last 5 minutes."),
    feature("5m.error_rate", "The share of errors among those of 5 minutes."),
    feature("5m.length_mean", "The mean length of their messages, over 5 minutes."),
    feature("5m.length_deviation", "The standard deviation of it, over 5 minutes."),
    feature("1h.count", "Records of the stream in the last hour."),
    feature("1h.error_rate", "The share of errors among those of the hour."),
    feature("1h.length_mean", "The mean length of their messages, over the hour."),
    feature("1h.length_deviation", "The standard deviation of it, over the hour."),
    feature("24h.count", "Records of the stream in the last day."),
    feature("24h.error_rate", "The share of errors among those of the day."),
    feature("24h.length_mean", "The mean length of their messages, over the day."),
    feature("24h.length_deviation", "The standard deviation of it, over the day."),
];

const SPANS: [i64; 4] = [60, 300, 3_600, 86_400];
const STEPS: usize = 12;

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    count: f64,
    bad: f64,
    length: f64,
    square: f64,
}

impl Sum {
    fn add(&mut self, bad: bool, length: f64) {
        self.count += 1.0;
        self.bad += f64::from(u8::from(bad));
        self.length += length;
        self.square += length * length;
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Ring {
    steps: [Sum; STEPS],
    /// The number of the newest step; nothing was seen before the first.
    newest: Option<i64>,
    /// The number of the first.
    first: i64,
}

impl Ring {
    /// Turns to a step; what came between was empty. An older one is counted as the newest.
    fn turn(&mut self, step: i64) {
        if self.newest.is_none() {
            self.first = step;
        }
        let newest = *self.newest.get_or_insert(step);
        let passed = step.saturating_sub(newest).clamp(0, STEPS as i64);
        for nth in 1..=passed {
            if let Some(sum) = self.steps.get_mut(place(newest.saturating_add(nth))) {
                *sum = Sum::default();
            }
        }
        if step > newest {
            if passed == STEPS as i64 {
                self.steps = [Sum::default(); STEPS];
            }
            self.newest = Some(step);
        }
    }

    fn add(&mut self, bad: bool, length: f64) {
        let at = place(self.newest.unwrap_or(0));
        if let Some(sum) = self.steps.get_mut(at) {
            sum.add(bad, length);
        }
    }

    fn push(&self, row: &mut Vec<f32>) {
        let passed = self.newest.map_or(0, |newest| newest.saturating_sub(self.first));
        if passed < STEPS as i64 - 1 {
            return row.extend([f32::NAN; 4]);
        }
        let mut all = Sum::default();
        for step in &self.steps {
            all.count += step.count;
            all.bad += step.bad;
            all.length += step.length;
            all.square += step.square;
        }
        let count = all.count.max(1.0);
        let mean = all.length / count;
        let variance = (all.square / count - mean * mean).max(0.0);
        row.extend([all.count, all.bad / count, mean, variance.sqrt()].map(|value| value as f32));
    }
}

fn place(step: i64) -> usize {
    step.rem_euclid(STEPS as i64) as usize
}

/// What a stream did lately.
#[derive(Clone, Debug, Default)]
pub(super) struct Rolling {
    rings: [Ring; SPANS.len()],
}

impl Rolling {
    /// A record of the stream.
    pub(super) fn add(&mut self, seconds: i64, bad: bool, length: usize) {
        for (ring, span) in self.rings.iter_mut().zip(SPANS) {
            ring.turn(seconds.div_euclid(span / STEPS as i64));
            ring.add(bad, length as f64);
        }
    }

    /// Appends the features as they are after the last record.
    pub(super) fn push(&self, row: &mut Vec<f32>) {
        self.rings.iter().for_each(|ring| ring.push(row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(records: &[(i64, bool, usize)]) -> Vec<f32> {
        let mut rolling = Rolling::default();
        records.iter().for_each(|(seconds, bad, length)| rolling.add(*seconds, *bad, *length));
        let mut row = Vec::new();
        rolling.push(&mut row);
        assert_eq!(row.len(), FEATURES.len());
        row
    }

    #[test]
    fn a_span_forgets_what_is_older() {
        let row = row(&[(0, true, 10), (200, false, 10), (300, false, 10), (330, false, 30)]);
        assert_eq!(row[..4], [2.0, 0.0, 20.0, 10.0]);
        assert_eq!((row[4], row[5]), (3.0, 0.0));
    }

    #[test]
    fn what_has_not_passed_yet_is_not_known() {
        let row = row(&[(0, false, 1), (100, false, 1)]);
        assert!(row[0] == 1.0 && row[4].is_nan() && row[12].is_nan(), "{row:?}");
    }

    #[test]
    fn leaps_in_either_direction_are_endured() {
        assert_eq!(row(&[(0, true, 1), (i64::MAX, false, 1)])[12..14], [1.0, 0.0]);
        assert!(row(&[(i64::MAX, true, 1), (i64::MIN, false, 1)])[12].is_nan());
        // A record that comes late counts as one of now.
        assert_eq!(row(&[(0, false, 1), (1000, false, 1), (940, false, 1)])[0], 2.0);
    }

    #[test]
    fn counts_are_those_of_the_span() {
        let records: Vec<_> = (0..90_000).map(|second| (second, second % 4 == 0, 5)).collect();
        let row = row(&records);
        assert_eq!((row[0], row[1]), (60.0, 0.25));
        assert!((3300.0..=3600.0).contains(&row[8]), "{}", row[8]);
        assert!((79_200.0..=86_400.0).contains(&row[12]), "{}", row[12]);
    }
}
