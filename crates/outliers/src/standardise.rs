//! Brings every column to mean 0 and deviation 1, so that none outweighs the others by its unit.
//!
//! The deviation is that of the whole population, as scikit-learn takes it. A constant column keeps
//! its scale: it becomes 0 in training, and a value that departs from it is seen as the departure
//! in its own unit.

use crate::data::{Rows, Table};
use crate::error::{FitError, LoadError, ScoreError};
use crate::guard::Guard;
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
        let count = rows.len() as f64;
        let mut means = vec![0.0; rows.columns()];
        for row in rows.iter() {
            means.iter_mut().zip(row).for_each(|(mean, &value)| *mean += f64::from(value));
        }
        means.iter_mut().for_each(|mean| *mean /= count);
        let mut deviations = vec![0.0; rows.columns()];
        for row in rows.iter() {
            for ((square, &mean), &value) in deviations.iter_mut().zip(&means).zip(row) {
                *square += (f64::from(value) - mean).powi(2);
            }
        }
        for (square, &mean) in deviations.iter_mut().zip(&means) {
            let deviation = (*square / count).sqrt();
            // Rounding of the mean must not pass for a deviation.
            let constant = deviation <= f64::EPSILON * 10.0 * mean.abs();
            *square = if constant { 1.0 } else { deviation };
        }
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
            for ((value, mean), deviation) in row.iter_mut().zip(&self.means).zip(&self.deviations) {
                *value = ((f64::from(*value) - mean) / deviation) as f32;
            }
        }
        Ok(table)
    }
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
        assert_eq!(Standardiser::from_bytes(&standardiser.to_bytes()), Ok(standardiser));
    }
}
