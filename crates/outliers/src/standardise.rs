//! Brings every column to mean 0 and deviation 1, so that none outweighs the others by its unit.
//!
//! The deviation is that of the whole population, as scikit-learn takes it. A constant column keeps
//! its scale: it becomes 0 in training, and a value that departs from it is seen as the departure
//! in its own unit.

use crate::data::{Rows, Table};
use crate::error::{FitError, LoadError, ScoreError};
use crate::guard::{Guard, LIMIT};
use crate::save::{Reader, Save, Writer};

/// Knows mean and deviation of each training column.
#[derive(Clone, Debug, PartialEq)]
pub struct Standardiser {
    guard: Guard,
    means: Vec<f64>,
    deviations: Vec<f64>,
}

impl Standardiser {
    /// Measures the columns of the training rows.
    ///
    /// # Errors
    /// No row, no column, or a number that is not finite.
    pub fn fit(rows: Rows<'_>) -> Result<Self, FitError> {
        let guard = Guard::fit(rows, 1)?;
        let (means, deviations) = (0..rows.columns()).map(|column| mean_and_deviation(rows, column)).unzip();
        Ok(Self { guard, means, deviations })
    }

    /// What it knows of the training columns.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// What the columns are divided by; 1 for constant ones.
    pub(crate) fn deviations(&self) -> &[f64] {
        &self.deviations
    }

    /// The rows, standardised.
    ///
    /// # Errors
    /// Rows of another width than the training rows.
    pub fn apply(&self, rows: Rows<'_>) -> Result<Table, ScoreError> {
        self.guard.admit(rows)?;
        let mut table = self.guard.repaired(rows).unwrap_or_else(|| Table::from(rows));
        for row in table.values_mut().chunks_exact_mut(self.means.len()) {
            for (column, value) in row.iter_mut().enumerate() {
                *value = self.scaled(column, *value) as f32;
            }
        }
        Ok(table)
    }

    /// The values of rows that need no repair, standardised, in full length and cut to what models compute with.
    pub(crate) fn fine(&self, rows: Rows<'_>) -> Vec<f64> {
        let limit = f64::from(LIMIT);
        let row = |row: &[f32]| {
            let scaled = row.iter().enumerate().map(|(column, &value)| self.scaled(column, value));
            scaled.map(|value| value.clamp(-limit, limit)).collect::<Vec<f64>>()
        };
        rows.iter().flat_map(row).collect()
    }

    fn scaled(&self, column: usize, value: f32) -> f64 {
        (f64::from(value) - self.means[column]) / self.deviations[column]
    }
}

/// The deviation is corrected by what rounding left in the mean.
fn mean_and_deviation(rows: Rows<'_>, column: usize) -> (f64, f64) {
    let value = |row: usize| f64::from(rows.row(row)[column]);
    let count = rows.len() as f64;
    let mean = sum_of(&value, 0, rows.len()) / count;
    let left = sum_of(&|row| value(row) - mean, 0, rows.len());
    let squares = sum_of(&|row| (value(row) - mean) * (value(row) - mean), 0, rows.len());
    let deviation = ((squares - left * left / count).max(0.0) / count).sqrt();
    // Rounding of the mean must not pass for a deviation.
    let constant = deviation <= f64::EPSILON * 10.0 * mean.abs();
    (mean, if constant { 1.0 } else { deviation })
}

/// A sum by halves, whose error hardly grows with its length. In the order of NumPy, whose last bits decide in
/// scikit-learn which of two rows that are as good as equally near is the nearer one.
fn sum_of(value: &impl Fn(usize) -> f64, start: usize, count: usize) -> f64 {
    const TOGETHER: usize = 8;
    const WHOLE: usize = 128;
    if count > WHOLE {
        let half = count / 2 / TOGETHER * TOGETHER;
        return sum_of(value, start, half) + sum_of(value, start + half, count - half);
    }
    let whole = count / TOGETHER * TOGETHER;
    let mut sums = [0.0; TOGETHER];
    for first in (0..whole).step_by(TOGETHER) {
        sums.iter_mut().enumerate().for_each(|(lane, sum)| *sum += value(start + first + lane));
    }
    let [a, b, c, d, e, f, g, h] = sums;
    let sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
    (start + whole..start + count).fold(sum, |sum, row| sum + value(row))
}

impl Save for Standardiser {
    const KIND: &'static str = "standardiser";

    fn write(&self, writer: &mut Writer) {
        self.guard.write(writer);
        writer.f64s(&self.means);
        writer.f64s(&self.deviations);
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let guard = Guard::read(reader)?;
        let (means, deviations) = (reader.finite_f64s()?, reader.finite_f64s()?);
        let even = means.len() == guard.columns() && deviations.len() == guard.columns();
        if !even || deviations.iter().any(|&deviation| deviation <= 0.0) {
            return Err(LoadError::Damaged("means and deviations"));
        }
        Ok(Self { guard, means, deviations })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_to_one_scale() {
        let rows = Rows::new(&[1.0, 5.0, 0.1, 3.0, 5.0, 0.1], 3).unwrap();
        let standardiser = Standardiser::fit(rows).unwrap();
        let table = standardiser.apply(rows).unwrap();
        assert_eq!(table.rows().values(), [-1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        let odd = standardiser.apply(Rows::one(&[f32::NAN, 6.0, 0.1])).unwrap();
        assert_eq!(odd.rows().values()[1], 1.0);
        assert!(standardiser.apply(Rows::one(&[1.0])).is_err());
        assert_eq!(standardiser.fine(Rows::one(&[3.5, 5.0, 0.1])), [1.5, 0.0, 0.0]);
        assert_eq!(Standardiser::from_bytes(&standardiser.to_bytes()), Ok(standardiser));
    }

    #[test]
    fn sums_have_the_bits_of_numpy() {
        // numpy.sum(numpy.sqrt(numpy.arange(count, dtype="f8")))
        for (count, expected) in [
            (0, 0.0),
            (7, 10.83182209022494),
            (100, 661.4629471031479),
            (129, 970.8891094495568),
            (1000, 21065.833110879048),
            (4099, 174922.4828665997),
        ] {
            assert_eq!(sum_of(&|row| (row as f64).sqrt(), 0, count), expected, "{count}");
        }
    }
}
