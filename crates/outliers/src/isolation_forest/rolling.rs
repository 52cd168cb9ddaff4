//! An isolation forest over a sliding window of rows that keep arriving.
//!
//! The last rows are kept, and trees are regrown in turn, the oldest first, each from a sub-sample
//! of the window as it is then: once the window has gone by, no tree remembers what was before. So
//! an insertion costs a small part of a tree, scores never jump, and at any time the forest is one
//! that could have been fitted as published, on rows of at most the last two windows.

use crate::data::{Rows, Table};
use crate::error::{FitError, LoadError, ParamError, ScoreError};
use crate::fit::{Fit, Score};
use crate::guard::Guard;
use crate::isolation_forest::{Forest, MOST_TREES, Trees, axis, check_columns};
use crate::save::{Reader, Save, Writer};
use crate::seed::Seed;
use crate::settings::settings;
use crate::workers::Workers;

settings! {
    /// Parameters of the rolling isolation forest.
    pub struct RollingParams => RollingMethod {
        /// How many of the last rows are kept.
        window: usize = 2048, "2 to 10000000", |window| (2..=10_000_000).contains(window);
        /// How many trees; more give steadier scores and take longer.
        trees: usize = 100, "1 to 10000", |trees| (1..=MOST_TREES).contains(trees);
        /// How many rows of the window each tree is grown from.
        samples: usize = 256, "2 to 32768", |samples| (2..=32_768).contains(samples);
    }
}

/// A forest that follows its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Rolling {
    params: RollingParams,
    forest: Forest,
    seed: Seed,
    /// The window; the oldest row stands at `oldest` once it is full.
    rows: Table,
    oldest: usize,
    /// Rows that arrived since the last tree was regrown.
    waiting: usize,
    /// Trees regrown so far, which says whose turn it is.
    regrown: u64,
}

/// Gives a forest over the last of the rows, that goes on from there.
impl Fit for RollingMethod {
    type Fitted = Rolling;

    fn fit_with(&self, rows: Rows<'_>, seed: Seed, _workers: &dyn Workers) -> Result<Rolling, FitError> {
        rows.check(1)?;
        let params = *self.params();
        let last = rows.slice(rows.len().saturating_sub(params.window), rows.len());
        let guard = Guard::fit(last, 1)?;
        check_columns(&super::Params::default(), rows.columns())?;
        let forest = Forest { guard, trees: Trees::Axis(Vec::new()), samples: 0 };
        let mut rolling =
            Rolling { params, forest, seed, rows: Table::from(last), oldest: 0, waiting: 0, regrown: 0 };
        (0..params.trees).for_each(|_| rolling.regrow());
        Ok(rolling)
    }
}

impl Rolling {
    /// Takes in a row; a missing number is read as the middle of its column.
    ///
    /// # Errors
    /// A row of another width than the first ones.
    pub fn insert(&mut self, row: &[f32]) -> Result<(), ScoreError> {
        let expected = self.columns();
        if row.len() != expected {
            return Err(ScoreError::Columns { expected, found: row.len() });
        }
        let repaired = self.forest.guard.repaired(Rows::one(row));
        let row = repaired.as_ref().map_or(row, |table| table.rows().row(0));
        if self.rows.rows().len() < self.params.window {
            self.rows.push(row);
        } else {
            let start = self.oldest * expected;
            self.rows.values_mut()[start..start + expected].copy_from_slice(row);
            self.oldest = (self.oldest + 1) % self.params.window;
        }
        self.waiting += 1;
        while self.waiting * self.params.trees >= self.params.window {
            self.regrow();
            self.waiting -= self.waiting.min(self.params.window.div_ceil(self.params.trees));
        }
        Ok(())
    }

    /// How many rows the window holds.
    #[must_use]
    pub fn held(&self) -> usize {
        self.rows.rows().len()
    }

    /// Grows the oldest tree anew, from the window as it is.
    fn regrow(&mut self) {
        let rows = self.rows.rows();
        let samples = self.params.samples.min(rows.len());
        let mut random = self.seed.split(self.regrown).random();
        let picked = Table::pick(rows, &random.sample(rows.len(), samples));
        let depth = super::Params::default().depth_of(samples);
        let tree = axis::Tree::grow(picked.rows(), depth, random.below(rows.columns()), &mut random);
        let turn = (self.regrown % self.params.trees as u64) as usize;
        if let Trees::Axis(trees) = &mut self.forest.trees {
            match trees.get_mut(turn) {
                Some(oldest) => *oldest = tree,
                None => trees.push(tree),
            }
        }
        self.forest.samples = samples;
        self.regrown += 1;
    }
}

impl Score for Rolling {
    fn guard(&self) -> &Guard {
        &self.forest.guard
    }

    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]) {
        self.forest.score_block(rows, out);
    }
}

impl Save for Rolling {
    const KIND: &'static str = "rolling-isolation-forest";

    fn write(&self, writer: &mut Writer) {
        let RollingParams { window, trees, samples } = self.params;
        [window, trees, samples, self.oldest, self.waiting]
            .into_iter()
            .for_each(|value| writer.length(value));
        writer.u64(self.seed.0);
        writer.u64(self.regrown);
        writer.f32s(self.rows.rows().values());
        self.forest.write(writer);
    }

    fn read(reader: &mut Reader<'_>, version: u16) -> Result<Self, LoadError> {
        let mut count = || reader.count(usize::MAX);
        let params = RollingParams { window: count()?, trees: count()?, samples: count()? };
        let (oldest, waiting) = (count()?, count()?);
        let damaged = |_: ParamError| LoadError::Damaged("parameters of the window");
        let params = *params.check().map_err(damaged)?.params();
        let (seed, regrown) = (Seed(reader.u64()?), reader.u64()?);
        let values = reader.finite_f32s()?;
        let forest = Forest::read(reader, version)?;
        let rows = Table::from_values(values, forest.columns()).ok_or(LoadError::Damaged("the window"))?;
        let held = rows.rows().len();
        let whole = held > 0 && held <= params.window && oldest < params.window && waiting < params.window;
        let axis = matches!(forest.trees, Trees::Axis(_)) && forest.trees() == params.trees;
        if !whole || (oldest > 0 && held < params.window) || !axis {
            return Err(LoadError::Damaged("the window"));
        }
        Ok(Self { params, forest, seed, rows, oldest, waiting, regrown })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws;

    fn score_of(rolling: &Rolling, row: &[f32]) -> f64 {
        let mut scores = Vec::new();
        rolling.score(Rows::one(row), &mut scores).unwrap();
        scores[0]
    }

    #[test]
    fn what_keeps_coming_becomes_ordinary() {
        let params = RollingParams { window: 300, trees: 50, samples: 64 };
        let mut rolling = params.check().unwrap().fit(laws::cloud(500, 2).rows(), Seed(1)).unwrap();
        assert_eq!(rolling.held(), 300);
        let before = score_of(&rolling, &[9.0, 9.0]);
        for row in laws::cloud(700, 2).rows().iter() {
            rolling.insert(&[row[0] + 9.0, row[1] + 9.0]).unwrap();
        }
        assert_eq!(rolling.held(), 300);
        let (after, old) = (score_of(&rolling, &[9.0, 9.0]), score_of(&rolling, &[0.0, 0.0]));
        assert!(before > 0.65 && after < 0.5 && old > 0.65, "{before} {after} {old}");
    }

    #[test]
    fn laws_hold() {
        let params = RollingParams { window: 400, trees: 10, samples: 64 };
        laws::hold(&params.check().unwrap(), 3);
    }

    #[test]
    fn it_goes_on_where_it_was_saved() {
        let params = RollingParams { window: 40, trees: 7, samples: 16 };
        let mut rolling = params.check().unwrap().fit(laws::cloud(30, 2).rows(), Seed(1)).unwrap();
        let more = laws::cloud(45, 2);
        more.rows().iter().for_each(|row| rolling.insert(row).unwrap());
        let mut loaded = Rolling::from_bytes(&rolling.to_bytes()).unwrap();
        assert_eq!(loaded, rolling);
        for row in more.rows().iter() {
            loaded.insert(row).unwrap();
            rolling.insert(row).unwrap();
        }
        assert_eq!(loaded, rolling);
        assert!(rolling.insert(&[1.0]).is_err());
    }
}
