//! Which parameters serve best: candidates from a grid or by chance, tried forwards in time.
//!
//! A candidate is what a user would have set, as names and values. Each is fitted on the earlier rows
//! and judged on later ones, never the other way round, because a model that has seen tomorrow looks
//! better than it is. What is good is the caller's to say: this module only orders the work.

pub mod unlabelled;

use std::fmt::Display;
use std::ops::Range;

use crate::error::{ParamError, require};
use crate::seed::{Random, Seed};
use crate::workers::{self, Workers};

/// Names and values to be set.
pub type Candidate = Vec<(String, String)>;

/// Candidates that a grid may have: more is a mistake, not a wish.
const MOST: usize = 1_000_000;

/// What one parameter may become.
#[derive(Clone, Debug, PartialEq)]
enum Axis {
    Values(Vec<String>),
    /// Numbers between two, evenly in their logarithm if both are positive.
    Between {
        low: f64,
        high: f64,
        whole: bool,
    },
}

/// What all parameters may become.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Space {
    axes: Vec<(String, Axis)>,
}

impl Space {
    /// Nothing to choose yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets a parameter be one of some values.
    ///
    /// # Errors
    /// No value.
    pub fn values<V: Display>(mut self, name: &str, values: &[V]) -> Result<Self, ParamError> {
        require(!values.is_empty(), name, "nothing", "at least one value")?;
        self.axes.push((name.to_owned(), Axis::Values(values.iter().map(V::to_string).collect())));
        Ok(self)
    }

    /// Lets a parameter be a number between two, both included; a grid takes the two ends and the
    /// middle.
    ///
    /// # Errors
    /// Ends that are not finite or in the wrong order.
    pub fn between(mut self, name: &str, low: f64, high: f64, whole: bool) -> Result<Self, ParamError> {
        let ordered = low.is_finite() && high.is_finite() && low <= high;
        require(ordered, name, format!("{low} to {high}"), "two finite numbers, the smaller one first")?;
        self.axes.push((name.to_owned(), Axis::Between { low, high, whole }));
        Ok(self)
    }

    /// Every combination; the last parameter changes fastest.
    ///
    /// # Errors
    /// More combinations than anybody could try.
    pub fn grid(&self) -> Result<Vec<Candidate>, ParamError> {
        let axes: Vec<(&String, Vec<String>)> =
            self.axes.iter().map(|(name, axis)| (name, axis.grid())).collect();
        let count = axes.iter().try_fold(1usize, |count, (_, values)| count.checked_mul(values.len()));
        let count = count
            .filter(|&count| count <= MOST)
            .ok_or_else(|| ParamError::new("grid", "too many combinations", format!("at most {MOST}")))?;
        let candidate = |mut place: usize| {
            let mut candidate = Candidate::new();
            for (name, values) in axes.iter().rev() {
                candidate.push(((*name).clone(), values[place % values.len()].clone()));
                place /= values.len();
            }
            candidate.reverse();
            candidate
        };
        Ok((0..count).map(candidate).collect())
    }

    /// So many different candidates by chance; fewer where the space has not so many.
    #[must_use]
    pub fn random(&self, count: usize, seed: Seed) -> Vec<Candidate> {
        let mut random = seed.random();
        let mut drawn: Vec<Candidate> = Vec::new();
        for _ in 0..count.saturating_mul(20) {
            if drawn.len() == count {
                break;
            }
            let candidate: Candidate =
                self.axes.iter().map(|(name, axis)| (name.clone(), axis.draw(&mut random))).collect();
            if !drawn.contains(&candidate) {
                drawn.push(candidate);
            }
        }
        drawn
    }
}

impl Axis {
    fn grid(&self) -> Vec<String> {
        match self {
            Self::Values(values) => values.clone(),
            Self::Between { .. } => {
                let mut values: Vec<String> = [0.0, 0.5, 1.0].map(|share| self.at(share)).into();
                values.dedup();
                values
            }
        }
    }

    fn draw(&self, random: &mut Random) -> String {
        match self {
            Self::Values(values) => values[random.below(values.len())].clone(),
            Self::Between { .. } => self.at(random.unit()),
        }
    }

    /// The number at this share of the way.
    fn at(&self, share: f64) -> String {
        let Self::Between { low, high, whole } = *self else { return String::new() };
        let number = if low > 0.0 {
            (low.ln() + (high.ln() - low.ln()) * share).exp()
        } else {
            low + (high - low) * share
        };
        let number = number.clamp(low, high);
        if whole { number.round().to_string() } else { number.to_string() }
    }
}

/// Earlier rows to fit on and later ones to judge on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Rows to fit on.
    pub train: Range<usize>,
    /// Rows to judge on, all later.
    pub test: Range<usize>,
}

/// Splits of rows that are in the order of time: each judges the next piece after fitting on all
/// before it, but for a gap, so that what spans the border is in neither.
///
/// # Errors
/// Fewer rows than pieces, or a gap that leaves nothing to fit on.
pub fn time_splits(rows: usize, folds: usize, gap: usize) -> Result<Vec<Split>, ParamError> {
    require((1..=1000).contains(&folds), "folds", folds, "1 to 1000")?;
    let piece = rows / (folds + 1);
    require(piece > 0, "folds", folds, &format!("1 to {}, so that each has a row", rows.saturating_sub(1)))?;
    require(gap < piece, "gap", gap, &format!("0 to {}", piece - 1))?;
    // What does not come out even goes to the first, which is only fitted on.
    let first = rows - piece * folds;
    Ok((0..folds)
        .map(|fold| first + fold * piece)
        .map(|border| Split { train: 0..border - gap, test: border..border + piece })
        .collect())
}

/// A candidate that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// What was set.
    pub candidate: Candidate,
    /// How good it was in each split; higher is better.
    pub values: Vec<f64>,
    /// The mean of the values.
    pub mean: f64,
    /// Why it could not be tried.
    pub failure: Option<String>,
}

/// Tries every candidate in every split; the best one is first, those that failed are last. Of equally
/// good ones the first candidate wins.
pub fn search<E: Display>(
    candidates: &[Candidate],
    splits: &[Split],
    workers: &dyn Workers,
    evaluate: impl Fn(&Candidate, &Split) -> Result<f64, E> + Sync,
) -> Vec<Trial> {
    let width = splits.len();
    let results = workers::map(workers, candidates.len() * width, |part| {
        evaluate(&candidates[part / width], &splits[part % width]).map_err(|error| error.to_string())
    });
    let mut trials: Vec<Trial> = candidates
        .iter()
        .enumerate()
        .map(|(place, candidate)| trial(candidate, &results[place * width..(place + 1) * width]))
        .collect();
    trials.sort_by(|a, b| a.failure.is_some().cmp(&b.failure.is_some()).then(b.mean.total_cmp(&a.mean)));
    trials
}

fn trial(candidate: &Candidate, results: &[Result<f64, String>]) -> Trial {
    let values: Vec<f64> = results.iter().flatten().copied().collect();
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let failed = results.iter().find_map(|result| result.as_ref().err().cloned());
    let failure = failed.or_else(|| (!mean.is_finite()).then(|| "the value is not finite".to_owned()));
    Trial { candidate: candidate.clone(), values, mean, failure }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workers::Alone;
    use crate::workers::tests::Threads;

    fn space() -> Space {
        let space = Space::new().values("trees", &[50, 100]).unwrap();
        space.between("samples", 16.0, 256.0, true).unwrap()
    }

    fn value<'a>(candidate: &'a Candidate, name: &str) -> &'a str {
        candidate.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    #[test]
    fn a_grid_has_every_combination() {
        let grid = space().grid().unwrap();
        let shown: Vec<String> =
            grid.iter().map(|c| format!("{}/{}", value(c, "trees"), value(c, "samples"))).collect();
        assert_eq!(shown, ["50/16", "50/64", "50/256", "100/16", "100/64", "100/256"]);
        assert_eq!(Space::new().grid().unwrap(), [Candidate::new()]);
        let mut large = Space::new();
        for _ in 0..21 {
            large = large.values("trees", &[1, 2]).unwrap();
        }
        assert!(large.grid().is_err());
        assert!(Space::new().values::<u8>("trees", &[]).is_err());
        assert!(Space::new().between("nu", 1.0, 0.0, false).is_err());
    }

    #[test]
    fn chance_is_seeded_and_does_not_repeat() {
        let drawn = space().random(40, Seed(4));
        assert_eq!(drawn, space().random(40, Seed(4)));
        assert_eq!(drawn.len(), 40);
        for (place, candidate) in drawn.iter().enumerate() {
            assert!(!drawn[..place].contains(candidate));
            let samples: usize = value(candidate, "samples").parse().unwrap();
            assert!((16..=256).contains(&samples));
        }
        assert_eq!(Space::new().values("trees", &[1, 2]).unwrap().random(9, Seed(1)).len(), 2);
    }

    #[test]
    fn splits_go_forwards() {
        let splits = time_splits(11, 3, 1).unwrap();
        assert_eq!(
            splits,
            [
                Split { train: 0..4, test: 5..7 },
                Split { train: 0..6, test: 7..9 },
                Split { train: 0..8, test: 9..11 }
            ]
        );
        for (rows, folds, gap) in [(3, 3, 0), (11, 0, 0), (11, 3, 2), (0, 1, 0)] {
            assert!(time_splits(rows, folds, gap).is_err(), "{rows} {folds} {gap}");
        }
    }

    #[test]
    fn the_best_comes_first_and_failures_last() {
        let splits = time_splits(30, 2, 0).unwrap();
        let evaluate = |candidate: &Candidate, split: &Split| {
            let trees: f64 = value(candidate, "trees").parse().map_err(|_| "no number")?;
            if value(candidate, "samples") == "64" {
                Err("too large")
            } else {
                Ok(trees + split.test.start as f64)
            }
        };
        let grid = space().grid().unwrap();
        let trials = search(&grid, &splits, &Alone, evaluate);
        assert_eq!(trials, search(&grid, &splits, &Threads(3), evaluate));
        assert_eq!(
            (value(&trials[0].candidate, "trees"), value(&trials[0].candidate, "samples")),
            ("100", "16")
        );
        assert_eq!((trials[0].mean, trials[0].values.len()), (115.0, 2));
        assert!(trials[4..].iter().all(|trial| trial.failure.as_deref() == Some("too large")));
        let odd = search(&grid[..1], &splits, &Alone, |_, _| Ok::<f64, String>(f64::NAN));
        assert!(odd[0].failure.is_some());
    }
}
