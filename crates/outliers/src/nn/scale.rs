//! Rows as a network wants them: in one scale, and within a few deviations.
//!
//! Networks learn only what is around 0. What is far out goes in as [`FAR`], so that no cell can shake
//! all outputs, and is compared with what came out as it is.

use super::matrix::{WIDTH, Wide};
use crate::data::{Rows, Table};
use crate::error::{FitError, LoadError};
use crate::guard::{Guard, LIMIT};
use crate::save::{Reader, Save, Writer};
use crate::settings::choice;
use crate::standardise::Standardiser;

/// Deviations from the mean beyond which a network makes no difference.
const FAR: f32 = 10.0;

choice! {
    /// What columns are measured in.
    pub enum Unit {
        /// Each in its own deviation: for columns in different units.
        Each = "each",
        /// All in one deviation: for counts, where a column that hardly ever varies says little.
        Common = "common",
    }
}

/// The scale of the training rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    standardiser: Standardiser,
    /// What standardised columns are multiplied by, to bring them to the common deviation.
    factors: Vec<f32>,
}

impl Scale {
    /// Measures the training rows.
    pub(crate) fn fit(rows: Rows<'_>, unit: Unit) -> Result<Self, FitError> {
        let standardiser = Standardiser::fit(rows)?;
        let factors = match unit {
            Unit::Each => vec![1.0; rows.columns()],
            Unit::Common => factors(rows, &standardiser),
        };
        Ok(Self { standardiser, factors })
    }

    /// What it knows of the training columns.
    pub(crate) fn guard(&self) -> &Guard {
        self.standardiser.guard()
    }

    /// Numbers per row.
    pub(crate) fn columns(&self) -> usize {
        self.factors.len()
    }

    /// The rows in this scale; none where they have other columns.
    pub(crate) fn apply(&self, rows: Rows<'_>) -> Table {
        let mut table = self.standardiser.apply(rows).unwrap_or_default();
        for row in table.values_mut().chunks_exact_mut(self.factors.len()) {
            for (value, factor) in row.iter_mut().zip(&self.factors) {
                *value = (*value * factor).clamp(-LIMIT, LIMIT);
            }
        }
        table
    }

    /// Appends the scale to a saved model.
    pub(crate) fn write(&self, writer: &mut Writer) {
        self.standardiser.write(writer);
        writer.f32s(&self.factors);
    }

    /// Reads what `write` wrote.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, LoadError> {
        let standardiser = Standardiser::read(reader, Standardiser::VERSION)?;
        let factors = reader.finite_f32s()?;
        let positive = factors.iter().all(|&factor| factor > 0.0);
        if factors.len() != standardiser.guard().columns() || !positive {
            return Err(LoadError::Damaged("the scale of the columns"));
        }
        Ok(Self { standardiser, factors })
    }
}

/// What brings standardised columns to the root mean square of the deviations of those that vary.
fn factors(rows: Rows<'_>, standardiser: &Standardiser) -> Vec<f32> {
    let varies = |column: usize| {
        let mut values = rows.column(column);
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    let squares: Vec<f64> = standardiser
        .deviations()
        .iter()
        .enumerate()
        .filter(|&(column, _)| varies(column))
        .map(|(_, deviation)| deviation * deviation)
        .collect();
    if squares.is_empty() {
        return vec![1.0; rows.columns()];
    }
    let common = (squares.iter().sum::<f64>() / squares.len() as f64).sqrt();
    // Neither 0 nor infinite, however different the columns are.
    let factor = |deviation: &f64| (deviation / common).clamp(1e-30, 1e18) as f32;
    standardiser.deviations().iter().map(factor).collect()
}

/// Lays rows side by side, for each column its values, none far out. Missing rows are 0.
pub(crate) fn side_by_side<'a>(rows: impl Iterator<Item = &'a [f32]>, block: &mut [Wide]) {
    block.fill([0.0; WIDTH]);
    for (example, row) in rows.enumerate().take(WIDTH) {
        block.iter_mut().zip(row).for_each(|(wide, value)| wide[example] = value.clamp(-FAR, FAR));
    }
}

/// The squares of what is between a row and what a network made of it.
pub(crate) fn squares(row: &[f32], made: &[Wide], example: usize, out: &mut Vec<f64>) {
    out.clear();
    out.extend(
        row.iter().zip(made).map(|(&value, made)| (f64::from(value) - f64::from(made[example])).powi(2)),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_measured_in_their_unit() {
        let values = [0.0, 10.0, 5.0, 2.0, 16.0, 5.0];
        let rows = Rows::new(&values, 3).unwrap();
        let check = |unit: Unit, expected: [f32; 3]| {
            let scale = Scale::fit(rows, unit).unwrap();
            let found = scale.apply(Rows::one(&[2.0, 16.0, 6.0]));
            for (found, expected) in found.rows().values().iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{found} {expected}");
            }
        };
        check(Unit::Each, [1.0, 1.0, 1.0]);
        // Deviations 1 and 3: the root of their mean square is that of 5; the third is constant.
        check(Unit::Common, [1.0 / 5f32.sqrt(), 3.0 / 5f32.sqrt(), 1.0 / 5f32.sqrt()]);
    }
}
