//! Rows as a network wants them: in one scale, and within a few deviations.
//!
//! Networks learn only what is around 0. What is far out goes in as [`FAR`], so that no cell can shake
//! all outputs, and is compared with what came out as it is.

use super::matrix::{WIDTH, Wide};
use crate::data::{Rows, Table};
use crate::error::{FitError, LoadError};
use crate::guard::{Guard, LIMIT};
use crate::save::{Reader, Save, Writer};
use crate::standardise::Standardiser;

/// Deviations from the mean beyond which a network makes no difference.
const FAR: f32 = 10.0;

/// The scale of the training rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale(Standardiser);

impl Scale {
    /// Measures the training rows.
    pub(crate) fn fit(rows: Rows<'_>) -> Result<Self, FitError> {
        Standardiser::fit(rows).map(Self)
    }

    /// What it knows of the training columns.
    pub(crate) fn guard(&self) -> &Guard {
        self.0.guard()
    }

    /// Numbers per row.
    pub(crate) fn columns(&self) -> usize {
        self.0.guard().columns()
    }

    /// The rows in this scale; none where they have other columns.
    pub(crate) fn apply(&self, rows: Rows<'_>) -> Table {
        let mut table = self.0.apply(rows).unwrap_or_default();
        table.values_mut().iter_mut().for_each(|value| *value = value.clamp(-LIMIT, LIMIT));
        table
    }

    /// Appends the scale to a saved model.
    pub(crate) fn write(&self, writer: &mut Writer) {
        self.0.write(writer);
    }

    /// Reads what `write` wrote.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, LoadError> {
        Standardiser::read(reader, Standardiser::VERSION).map(Self)
    }
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
