//! Isolation forest: a row that few random cuts set apart is abnormal.
//!
//! As published (Liu, Ting, Zhou 2008): each tree cuts a small sub-sample at random columns and
//! values; the score is `2^(-h/c)`, where `h` is the mean depth at which a row ends and `c` the
//! depth expected of an ordinary one, so that 0.5 is ordinary and 1 is alone. With `extension` above
//! 0 the cuts are slanted over several columns (Hariri et al. 2018), which removes the bands that
//! cuts along the axes leave. [`Rolling`] keeps a forest over a sliding window.

mod axis;
mod rolling;
mod slanted;

use crate::data::{Rows, Table};
use crate::error::{FitError, LoadError, ParamError};
use crate::fit::{Fit, Score};
use crate::guard::Guard;
use crate::save::{Reader, Save, Writer};
use crate::seed::Seed;
use crate::settings::settings;
use crate::workers::{self, Workers};

pub use rolling::{Rolling, RollingMethod, RollingParams};

/// Trees keep the number of a column in 16 bits, which halves them in the cache.
const MOST_COLUMNS: usize = u16::MAX as usize;

const MOST_TREES: usize = 10_000;

settings! {
    /// Parameters of the isolation forest.
    pub struct Params => Method {
        /// How many trees; more give steadier scores and take longer.
        trees: usize = 100, "1 to 10000", |trees| (1..=MOST_TREES).contains(trees);
        /// How many rows each tree is grown from; few of them keep outliers from hiding each other.
        samples: usize = 256, "2 to 32768", |samples| (2..=32_768).contains(samples);
        /// How deep a tree may grow; 0 takes what an ordinary row needs, the logarithm of the samples.
        depth: usize = 0, "0 to 1000", |depth| *depth <= 1000;
        /// How many columns a cut takes beyond the first; 0 cuts along the axes as published.
        extension: usize = 0, "0 to the number of columns less one", |extension| *extension < MOST_COLUMNS;
    }
}

impl Params {
    fn depth_of(&self, samples: usize) -> usize {
        match self.depth {
            0 => samples.max(2).next_power_of_two().ilog2() as usize,
            depth => depth,
        }
    }
}

/// A fitted isolation forest.
#[derive(Clone, Debug, PartialEq)]
pub struct Forest {
    guard: Guard,
    trees: Trees,
    /// Rows that each tree was grown from.
    samples: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Trees {
    Axis(Vec<axis::Tree>),
    Slanted(Vec<slanted::Tree>),
}

/// The mean depth of an unsuccessful search in a binary tree of so many rows: what remains to be
/// added where a tree stops before its rows are alone.
fn expected_depth(rows: usize) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    match rows {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let before = rows as f64 - 1.0;
            2.0 * (before.ln() + EULER) - 2.0 * before / rows as f64
        }
    }
}

impl Fit for Method {
    type Fitted = Forest;

    fn fit_with(&self, rows: Rows<'_>, seed: Seed, workers: &dyn Workers) -> Result<Forest, FitError> {
        let params = self.params();
        let guard = Guard::fit(rows, 1)?;
        check_columns(params, rows.columns())?;
        let samples = params.samples.min(rows.len());
        let depth = params.depth_of(samples);
        let dealt = deal(rows.len(), samples, params.trees, seed);
        let firsts = first_columns(rows.columns(), params.trees, seed);
        let sample = |tree: usize| {
            let picked = Table::pick(rows, &dealt[tree * samples..(tree + 1) * samples]);
            (picked, seed.split(tree as u64).random())
        };
        let trees = if params.extension == 0 {
            Trees::Axis(workers::map(workers, params.trees, |tree| {
                let (picked, mut random) = sample(tree);
                axis::Tree::grow(picked.rows(), depth, firsts[tree], &mut random)
            }))
        } else {
            Trees::Slanted(workers::map(workers, params.trees, |tree| {
                let (picked, mut random) = sample(tree);
                slanted::Tree::grow(picked.rows(), depth, params.extension, &mut random)
            }))
        };
        Ok(Forest { guard, trees, samples })
    }
}

/// Rows for each tree, one tree after another. Every tree has a sub-sample without repetition, as
/// published; but all rows are dealt out before one is dealt again, so that the trees together see
/// the rows evenly, and scores depend less on the seed.
fn deal(rows: usize, samples: usize, trees: usize, seed: Seed) -> Vec<usize> {
    let mut random = seed.split(u64::MAX).random();
    let wanted = samples * trees;
    let mut dealt = Vec::with_capacity(wanted);
    while dealt.len() < wanted {
        // What is left of a deck is less than a sub-sample and is not used: it could repeat a row.
        let whole = rows / samples * samples;
        dealt.extend(random.sample(rows, whole.min(wanted - dealt.len())));
    }
    dealt
}

/// The column that each tree tries first: all take their turns, in random order.
fn first_columns(columns: usize, trees: usize, seed: Seed) -> Vec<usize> {
    let mut random = seed.split(u64::MAX - 1).random();
    let mut firsts = Vec::with_capacity(trees + columns);
    while firsts.len() < trees {
        firsts.extend(random.sample(columns, columns));
    }
    firsts
}

fn check_columns(params: &Params, columns: usize) -> Result<(), ParamError> {
    if columns > MOST_COLUMNS {
        return Err(ParamError::new("columns", columns, format!("1 to {MOST_COLUMNS}")));
    }
    if params.extension >= columns {
        return Err(ParamError::new("extension", params.extension, format!("0 to {}", columns - 1)));
    }
    Ok(())
}

impl Forest {
    /// How many trees there are.
    #[must_use]
    pub fn trees(&self) -> usize {
        match &self.trees {
            Trees::Axis(trees) => trees.len(),
            Trees::Slanted(trees) => trees.len(),
        }
    }
}

impl Score for Forest {
    fn guard(&self) -> &Guard {
        &self.guard
    }

    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]) {
        out.fill(0.0);
        match &self.trees {
            Trees::Axis(trees) => axis::add_depths(trees, rows, out),
            Trees::Slanted(trees) => slanted::add_depths(trees, rows, out),
        }
        let count = self.trees() as f64;
        let ordinary = expected_depth(self.samples);
        for score in out {
            // A sample of one row has no depth: every row is as ordinary as any other.
            *score = if ordinary > 0.0 { (-(*score / count) / ordinary).exp2() } else { 0.5 };
        }
    }
}

impl Save for Forest {
    const KIND: &'static str = "isolation-forest";

    fn write(&self, writer: &mut Writer) {
        self.guard.write(writer);
        writer.length(self.samples);
        match &self.trees {
            Trees::Axis(trees) => {
                writer.u8(0);
                writer.length(trees.len());
                trees.iter().for_each(|tree| tree.write(writer));
            }
            Trees::Slanted(trees) => {
                writer.u8(1);
                writer.length(trees.len());
                trees.iter().for_each(|tree| tree.write(writer));
            }
        }
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let guard = Guard::read(reader)?;
        let samples = reader.count(32_768)?;
        let slanted = reader.u8()? != 0;
        let count = reader.length(16)?;
        // Small trees are padded, so the bytes alone do not bound the memory.
        if !(1..=MOST_TREES).contains(&count) {
            return Err(LoadError::Damaged("the number of trees"));
        }
        let columns = guard.columns();
        let trees = if slanted {
            Trees::Slanted(
                (0..count).map(|_| slanted::Tree::read(reader, columns)).collect::<Result<_, _>>()?,
            )
        } else {
            Trees::Axis((0..count).map(|_| axis::Tree::read(reader, columns)).collect::<Result<_, _>>()?)
        };
        Ok(Self { guard, trees, samples })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws;

    fn fit(params: Params, rows: Rows<'_>) -> Forest {
        params.check().unwrap().fit(rows, Seed(1)).unwrap()
    }

    #[test]
    fn the_lonely_row_scores_highest() {
        let table = laws::cloud_with_outlier(300, 4);
        for extension in [0, 3] {
            let forest = fit(Params { extension, ..Params::default() }, table.rows());
            let mut scores = Vec::new();
            forest.score(table.rows(), &mut scores).unwrap();
            let last = scores.pop().unwrap();
            assert!(last > 0.65 && scores.iter().all(|&score| score < last), "{extension} {last}");
            let mean = scores.iter().sum::<f64>() / scores.len() as f64;
            assert!((0.38..0.55).contains(&mean), "{extension} {mean}");
        }
    }

    #[test]
    fn expected_depths_are_those_of_the_paper() {
        let check = |rows, depth: f64| assert!((expected_depth(rows) - depth).abs() < 1e-4, "{rows}");
        [(0, 0.0), (1, 0.0), (2, 1.0), (3, 1.207_392), (256, 10.244_770)]
            .into_iter()
            .for_each(|(rows, depth)| check(rows, depth));
    }

    #[test]
    fn shares_name_the_odd_column() {
        let mut table = laws::cloud(200, 3);
        table.push(&[0.0, 40.0, 0.0]);
        let forest = fit(Params::default(), table.rows());
        let shares = forest.shares(&[0.0, 40.0, 0.0]).unwrap();
        assert!(shares[1] > 0.9, "{shares:?}");
    }

    #[test]
    fn laws_hold() {
        for params in [
            Params { trees: 20, ..Params::default() },
            Params { trees: 20, extension: 2, ..Params::default() },
            Params { trees: 5, samples: 700, depth: 40, ..Params::default() },
        ] {
            laws::hold(&params.check().unwrap(), 3);
        }
    }

    #[test]
    fn one_row_and_duplicates_are_ordinary() {
        let rows = Rows::new(&[1.0, 2.0], 2).unwrap();
        let mut scores = Vec::new();
        fit(Params::default(), rows).score(rows, &mut scores).unwrap();
        assert_eq!(scores, [0.5]);
        let same = [3.0; 20];
        let rows = Rows::new(&same, 2).unwrap();
        scores.clear();
        fit(Params::default(), rows).score(rows, &mut scores).unwrap();
        assert!(scores.iter().all(|score| (score - 0.5).abs() < 1e-6), "{scores:?}");
    }

    #[test]
    fn the_extension_must_fit_the_columns() {
        let method = Params { extension: 2, ..Params::default() }.check().unwrap();
        let refused = method.fit(Rows::new(&[1.0, 2.0], 2).unwrap(), Seed(1)).unwrap_err();
        assert_eq!(refused.to_string(), "`extension` is `2`, legal is 0 to 1");
    }
}
