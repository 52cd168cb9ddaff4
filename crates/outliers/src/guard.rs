//! What a model does with rows unlike anything numbers should be: missing, infinite, enormous.
//!
//! Training refuses what is not finite, or enormous, and names the place. Scoring cannot refuse, a verdict is
//! wanted: a missing number (NaN) is read as the middle of its column in training, which speaks
//! neither for nor against; infinities and enormous numbers are read as [`LIMIT`], which is far
//! beyond any measured value, and whose square still fits into an `f32`.

use crate::data::{Rows, Table};
use crate::error::{LoadError, ScoreError};
use crate::save::{Reader, Writer};

/// The largest magnitude that models compute with.
pub const LIMIT: f32 = 1e18;

/// How many training rows the middle of a column is taken from.
const LOOKED_AT: usize = 1024;

/// Knows the columns of the training rows and repairs rows that are to be scored.
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    centres: Vec<f32>,
}

impl Guard {
    /// Checks the training rows, and notes the middle of each column, the median of evenly spaced
    /// rows.
    ///
    /// # Errors
    /// Fewer rows than `needed`, no column, or a number that is not finite.
    pub fn fit(rows: Rows<'_>, needed: usize) -> Result<Self, crate::error::FitError> {
        rows.check(needed.max(1))?;
        let step = rows.len().div_ceil(LOOKED_AT);
        let centres = (0..rows.columns())
            .map(|column| {
                let mut values: Vec<f32> =
                    (0..rows.len()).step_by(step).map(|row| limited(rows.row(row)[column])).collect();
                let middle = values.len() / 2;
                *values.select_nth_unstable_by(middle, f32::total_cmp).1
            })
            .collect();
        Ok(Self { centres })
    }

    /// The middle of each column.
    #[must_use]
    pub fn centres(&self) -> &[f32] {
        &self.centres
    }

    /// Columns of the training rows.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.centres.len()
    }

    /// Refuses rows of another width. No rows at all have any width.
    ///
    /// # Errors
    /// Names both numbers of columns.
    pub fn admit(&self, rows: Rows<'_>) -> Result<(), ScoreError> {
        if rows.is_empty() || rows.columns() == self.columns() {
            return Ok(());
        }
        Err(ScoreError::Columns { expected: self.columns(), found: rows.columns() })
    }

    /// A repaired copy of the rows; nothing where they need none, which is the usual case.
    #[must_use]
    pub fn repaired(&self, rows: Rows<'_>) -> Option<Table> {
        // A NaN compares as not being within.
        if rows.values().iter().all(|value| value.abs() <= LIMIT) {
            return None;
        }
        let mut table = Table::from(rows);
        for row in table.values_mut().chunks_exact_mut(self.columns().max(1)) {
            for (value, &centre) in row.iter_mut().zip(&self.centres) {
                *value = if value.is_nan() { centre } else { limited(*value) };
            }
        }
        Some(table)
    }

    /// Appends the guard to a saved model.
    pub fn write(&self, writer: &mut Writer) {
        writer.f32s(&self.centres);
    }

    /// Reads what `write` wrote.
    ///
    /// # Errors
    /// Bytes that no guard would have written.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, LoadError> {
        let centres = reader.f32s()?;
        if centres.is_empty() || !centres.iter().all(|value| value.abs() <= LIMIT) {
            return Err(LoadError::Damaged("middles of the columns"));
        }
        Ok(Self { centres })
    }
}

/// The value, no larger than [`LIMIT`] in magnitude.
fn limited(value: f32) -> f32 {
    value.clamp(-LIMIT, LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_numbers_are_repaired() {
        let rows = Rows::new(&[1.0, 10.0, 2.0, 20.0, 3.0, 30.0], 2).unwrap();
        let guard = Guard::fit(rows, 1).unwrap();
        assert_eq!(guard.repaired(rows), None);
        let odd = [f32::NAN, f32::NEG_INFINITY, 7.0, f32::MAX];
        let repaired = guard.repaired(Rows::new(&odd, 2).unwrap()).unwrap();
        assert_eq!(repaired.rows().values(), [2.0, -LIMIT, 7.0, LIMIT]);
        assert_eq!(guard.admit(Rows::one(&[1.0])), Err(ScoreError::Columns { expected: 2, found: 1 }));
        assert_eq!(guard.admit(Rows::new(&[], 5).unwrap()), Ok(()));
    }
}
