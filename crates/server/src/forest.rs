//! Level and latency in, whether that is usual out: what `/predict` answers from.
//!
//! An isolation forest over two columns: how grave the line is, and the logarithm of the time the
//! answer took, since times spread by factors. It begins with a built-in set that looks like an
//! ordinary web service and can be trained anew with rows of the user's own. What lies far outside
//! of all rows is unusual by that alone: a forest cannot tell it from the outermost of them.

use logsift_outliers::error::FitError;
use logsift_outliers::isolation_forest::{Forest, Params};
use logsift_outliers::threshold::by_contamination;
use logsift_outliers::{Fit, Rows, Score, Seed, Table};
use schemars::JsonSchema;
use serde::Serialize;

/// Rows of the built-in set.
const BUILT_IN: usize = 4096;

/// The share of rows that counts as abnormal where a user does not say.
pub(crate) const CONTAMINATION: f64 = 0.01;

/// Rows that are taken for training.
pub(crate) const MOST_ROWS: usize = 1_000_000;

const SEED: u64 = 42;

/// One request: how grave its line is, and how long it took in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) level: f64,
    pub(crate) milliseconds: f64,
}

/// What `/predict` says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Judged {
    pub(crate) abnormal: bool,
    pub(crate) score: f64,
}

/// How the forest was trained.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Trained {
    /// `built-in` or `trained`.
    pub(crate) origin: &'static str,
    /// Rows it was trained with.
    pub(crate) rows: usize,
    /// Its trees.
    pub(crate) trees: usize,
    /// The share of rows that counts as unusual.
    pub(crate) contamination: f64,
    /// The score beyond which something is unusual.
    pub(crate) threshold: f64,
}

/// How far outside of all rows a value must lie, as a share of their width.
const OUTSIDE: f32 = 0.25;

/// A trained forest with its threshold.
#[derive(Debug)]
pub(crate) struct Predictor {
    forest: Forest,
    /// The lowest and highest value of each column.
    ranges: [(f32, f32); 2],
    pub(crate) trained: Trained,
}

impl Predictor {
    /// Trained on the built-in set.
    pub(crate) fn built_in() -> Result<Predictor, FitError> {
        Predictor::fit(&built_in(), CONTAMINATION, "built-in")
    }

    /// Trained on rows of a user.
    pub(crate) fn train(samples: &[Sample], contamination: f64) -> Result<Predictor, FitError> {
        Predictor::fit(samples, contamination, "trained")
    }

    fn fit(samples: &[Sample], contamination: f64, origin: &'static str) -> Result<Predictor, FitError> {
        let mut table = Table::new(2);
        let mut ranges = [(f32::INFINITY, f32::NEG_INFINITY); 2];
        for row in samples.iter().map(|sample| row(*sample)) {
            table.push(&row);
            for (range, value) in ranges.iter_mut().zip(row) {
                *range = (range.0.min(value), range.1.max(value));
            }
        }
        let method = Params::default().check()?;
        let forest = method.fit(table.rows(), Seed(SEED))?;
        let mut scores = Vec::with_capacity(samples.len());
        forest
            .score(table.rows(), &mut scores)
            .map_err(|_| FitError::Diverged("its own rows have no score"))?;
        let threshold = by_contamination(&scores, contamination)?;
        let trained =
            Trained { origin, rows: samples.len(), trees: forest.trees(), contamination, threshold };
        Ok(Predictor { forest, ranges, trained })
    }

    /// Whether a request is unusual.
    pub(crate) fn judge(&self, sample: Sample) -> Judged {
        let row = row(sample);
        let mut score = [0.0];
        self.forest.score_block(Rows::one(&row), &mut score);
        let [score] = score;
        match self.is_outside(row) {
            // Halfway between the threshold and certainty, so that order and verdict agree.
            true => Judged { abnormal: true, score: score.max(f64::midpoint(self.trained.threshold, 1.0)) },
            false => Judged { abnormal: score > self.trained.threshold, score },
        }
    }

    fn is_outside(&self, row: [f32; 2]) -> bool {
        self.ranges.iter().zip(row).any(|((low, high), value)| {
            let margin = (high - low) * OUTSIDE;
            value < low - margin || value > high + margin
        })
    }
}

fn row(sample: Sample) -> [f32; 2] {
    let level = if sample.level.is_finite() { sample.level.clamp(-1e6, 1e6) } else { 0.0 };
    let time = if sample.milliseconds.is_finite() { sample.milliseconds.clamp(0.0, 1e12) } else { 0.0 };
    [level as f32, time.ln_1p() as f32]
}

/// An ordinary web service: most lines are informative, answers take 120 ms in the middle, warnings
/// come with somewhat slower ones. Errors are rare and take no longer than that.
fn built_in() -> Vec<Sample> {
    let mut random = Seed(SEED).random();
    (0..BUILT_IN)
        .map(|_| {
            let level = match random.below(100) {
                0..=87 => 0.0,
                88..=96 => 1.0,
                _ => 2.0,
            };
            let middle: f64 = if level > 0.0 { 160.0 } else { 120.0 };
            let milliseconds = middle * (0.35 * random.normal()).exp();
            Sample { level, milliseconds }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn abnormal(predictor: &Predictor, level: f64, milliseconds: f64) -> bool {
        predictor.judge(Sample { level, milliseconds }).abnormal
    }

    #[test]
    fn the_built_in_set_knows_what_is_usual() {
        let predictor = Predictor::built_in().unwrap();
        for (level, milliseconds) in [(0.0, 100.0), (0.0, 150.0), (1.0, 160.0), (0.0, 90.0)] {
            assert!(!abnormal(&predictor, level, milliseconds), "{level} {milliseconds}");
        }
        for (level, milliseconds) in [(2.0, 900.0), (0.0, 5000.0), (3.0, 3000.0), (2.0, 1.0), (0.0, 0.0)] {
            assert!(abnormal(&predictor, level, milliseconds), "{level} {milliseconds}");
        }
    }

    #[test]
    fn it_learns_what_it_is_shown() {
        let slow: Vec<Sample> =
            (0..500).map(|n| Sample { level: 2.0, milliseconds: 850.0 + f64::from(n % 100) }).collect();
        let predictor = Predictor::train(&slow, 0.01).unwrap();
        assert!(!abnormal(&predictor, 2.0, 900.0));
        assert!(abnormal(&predictor, 0.0, 100.0));
        assert_eq!(predictor.trained.rows, 500);
    }

    #[test]
    fn what_is_no_number_does_no_harm() {
        let predictor = Predictor::built_in().unwrap();
        for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, -1.0] {
            assert!(predictor.judge(Sample { level: odd, milliseconds: odd }).score.is_finite());
        }
        assert!(Predictor::train(&[], 0.01).is_err());
    }
}
