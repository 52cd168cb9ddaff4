//! Rows as they are measured: numbers in full length in, squared distances out.
//!
//! Where values stand on a lattice, many rows are as good as equally near, and the last bits of distances decide
//! which are neighbours. With numbers of 32 bits others win than in scikit-learn, by which the area under the
//! curve of such a table moves in the third digit.

use crate::data::{Rows, Table};

/// Rows in two lengths: estimates come from the short numbers, distances from the long ones.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::local_outlier_factor) struct Measured {
    short: Table,
    pub(super) long: Vec<f64>,
}

impl Measured {
    /// Rows of so many numbers, all within what models compute with.
    pub(in crate::local_outlier_factor) fn new(long: Vec<f64>, columns: usize) -> Self {
        let short = long.iter().map(|&value| value as f32).collect();
        Self { short: Table::from_values(short, columns).unwrap_or_default(), long }
    }

    pub(super) fn pick(&self, order: &[usize]) -> Self {
        let long = order.iter().flat_map(|&row| self.row(row)).copied().collect();
        Self { short: Table::pick(self.short.rows(), order), long }
    }

    pub(super) fn rows(&self) -> Rows<'_> {
        self.short.rows()
    }

    pub(super) fn row(&self, row: usize) -> &[f64] {
        let columns = self.rows().columns();
        &self.long[row * columns..][..columns]
    }
}

impl From<Rows<'_>> for Measured {
    fn from(rows: Rows<'_>) -> Self {
        Self { short: Table::from(rows), long: rows.values().iter().copied().map(f64::from).collect() }
    }
}

/// Summed in the order of the columns, as scikit-learn's trees do: of two rows that are as good as equally near, the
/// last bit says which is nearer.
pub(super) fn square_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
