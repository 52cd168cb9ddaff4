//! Tails (ECOD and COPOD): a row with values far out in the tails of its columns is abnormal.
//!
//! For each value the share of training values that lie at least as far out, to the left and to the
//! right, as `-log`. ECOD (Li et al. 2022) sums the columns for the left tails, the right ones and for
//! each column the longer one, and takes the largest of the sums. COPOD (Li et al. 2020) takes for
//! each column the larger of the longer tail and the mean of both, and sums that. There is nothing to
//! set. Beyond all that training saw, every value counts the same.

use crate::data::Rows;
use crate::error::{FitError, LoadError};
use crate::fit::{Fit, Score, shares_of_parts};
use crate::guard::Guard;
use crate::save::{Reader, Save, Writer};
use crate::seed::Seed;
use crate::settings::{choice, settings};
use crate::workers::{self, Workers};

/// Values that are kept of a column; of more, evenly spaced ones are kept, in order.
const MOST_KEPT: usize = 8192;

choice! {
    /// How tails are put together.
    pub enum Sum {
        /// The largest of three sums.
        Ecod = "ecod",
        /// The sum of what is larger in each column.
        Copod = "copod",
    }
}

settings! {
    /// Parameters of the tails.
    pub struct Params => Method {
        /// How tails are put together.
        sum: Sum = Sum::Ecod, "ecod, copod", |_| true;
    }
}

/// The values of one column, in order.
#[derive(Clone, Debug, PartialEq)]
struct Column {
    values: Vec<f32>,
    /// Whether the longer tail is on the right.
    skewed_right: bool,
}

/// `-log` of both tails beyond a value.
#[derive(Clone, Copy)]
struct Both {
    left: f64,
    right: f64,
    longer: f64,
}

/// Fitted tails.
#[derive(Clone, Debug, PartialEq)]
pub struct Tails {
    guard: Guard,
    sum: Sum,
    columns: Vec<Column>,
}

impl Fit for Method {
    type Fitted = Tails;

    fn fit_with(&self, rows: Rows<'_>, _seed: Seed, workers: &dyn Workers) -> Result<Tails, FitError> {
        let guard = Guard::fit(rows, 1)?;
        let columns = workers::map(workers, rows.columns(), |column| Column::fit(rows.column(column)));
        Ok(Tails { guard, sum: self.params().sum, columns })
    }
}

impl Column {
    fn fit(values: impl Iterator<Item = f32>) -> Self {
        let mut values: Vec<f32> = values.collect();
        values.sort_unstable_by(f32::total_cmp);
        let count = values.len() as f64;
        let mean = values.iter().copied().map(f64::from).sum::<f64>() / count;
        let skew: f64 = values.iter().map(|&value| (f64::from(value) - mean).powi(3)).sum();
        if values.len() > MOST_KEPT {
            let last = values.len() - 1;
            values = (0..MOST_KEPT).map(|place| values[place * last / (MOST_KEPT - 1)]).collect();
        }
        Self { values, skewed_right: skew >= 0.0 }
    }

    fn both(&self, value: f32) -> Both {
        let count = self.values.len() as f64;
        let below = self.values.partition_point(|&other| other < value);
        let up_to = below + self.values[below..].partition_point(|&other| other <= value);
        // Nothing as far out counts as half a value, so that a tail never is empty.
        let tail = |values: usize| -((values as f64).max(0.5) / count).ln();
        let (left, right) = (tail(up_to), tail(self.values.len() - below));
        Both { left, right, longer: if self.skewed_right { right } else { left } }
    }
}

impl Tails {
    fn parts(&self, row: &[f32], parts: &mut Vec<f64>) {
        let all = || self.columns.iter().zip(row).map(|(column, &value)| column.both(value));
        parts.clear();
        match self.sum {
            Sum::Copod => parts.extend(all().map(|both| both.longer.max((both.left + both.right) / 2.0))),
            Sum::Ecod => {
                let (mut left, mut right, mut longer) = (0.0, 0.0, 0.0);
                for both in all() {
                    left += both.left;
                    right += both.right;
                    longer += both.longer;
                }
                let pick: fn(Both) -> f64 = if longer >= left && longer >= right {
                    |both| both.longer
                } else if left >= right {
                    |both| both.left
                } else {
                    |both| both.right
                };
                parts.extend(all().map(pick));
            }
        }
    }
}

impl Score for Tails {
    fn guard(&self) -> &Guard {
        &self.guard
    }

    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]) {
        let mut parts = Vec::new();
        for (row, score) in rows.iter().zip(out) {
            self.parts(row, &mut parts);
            *score = parts.iter().sum();
        }
    }

    fn shares_of(&self, row: &[f32]) -> Vec<f64> {
        let mut parts = Vec::new();
        self.parts(row, &mut parts);
        shares_of_parts(parts)
    }
}

impl Save for Tails {
    const KIND: &'static str = "tails";

    fn write(&self, writer: &mut Writer) {
        self.guard.write(writer);
        writer.u8(u8::from(self.sum == Sum::Copod));
        for column in &self.columns {
            writer.u8(u8::from(column.skewed_right));
            writer.f32s(&column.values);
        }
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let guard = Guard::read(reader)?;
        let sum = if reader.u8()? == 0 { Sum::Ecod } else { Sum::Copod };
        let mut columns = Vec::new();
        for _ in 0..guard.columns() {
            let skewed_right = reader.u8()? != 0;
            let values = reader.finite_f32s()?;
            if values.is_empty() || !values.is_sorted() {
                return Err(LoadError::Damaged("a column"));
            }
            columns.push(Column { values, skewed_right });
        }
        Ok(Self { guard, sum, columns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws;

    #[test]
    fn tails_are_counted() {
        // Skewed to the right; the tail beyond 3 holds two of five values, that beyond 9 none.
        let training = [1.0, 1.0, 2.0, 3.0, 8.0];
        let check = |sum, value, expected: f64| {
            let method = Params { sum }.check().unwrap();
            let model = method.fit(Rows::new(&training, 1).unwrap(), Seed(1)).unwrap();
            let mut scores = Vec::new();
            model.score(Rows::one(&[value]), &mut scores).unwrap();
            assert!((scores[0] - expected).abs() < 1e-9, "{sum} {value}: {scores:?}");
        };
        check(Sum::Ecod, 3.0, -(0.4f64).ln());
        check(Sum::Ecod, 9.0, -(0.1f64).ln());
        check(Sum::Ecod, 0.0, -(0.1f64).ln());
        check(Sum::Copod, 3.0, -(0.4f64).ln());
        // The longer tail is the right one, and says nothing on the left: the mean of both does.
        check(Sum::Copod, 0.0, -(0.1f64).ln() / 2.0);
    }

    #[test]
    fn laws_hold() {
        laws::hold(&Params { sum: Sum::Ecod }.check().unwrap(), 3);
        laws::hold(&Params { sum: Sum::Copod }.check().unwrap(), 2);
    }
}
