//! Histograms (HBOS): a row with values in sparse places of its columns is abnormal.
//!
//! As published (Goldstein and Dengel 2012): each column is cut into bins of equal width, and the
//! score is the sum over the columns of `-log(height)`, the highest bin being 1. It takes one pass,
//! and does not see how columns go together.

use crate::data::Rows;
use crate::error::{FitError, LoadError};
use crate::fit::{Fit, Score, shares_of_parts};
use crate::guard::Guard;
use crate::save::{Reader, Save, Writer};
use crate::seed::Seed;
use crate::settings::settings;
use crate::workers::{self, Workers};

settings! {
    /// Parameters of the histograms.
    pub struct Params => Method {
        /// How many bins each column is cut into; 0 takes the square root of the rows, at most 256.
        bins: usize = 10, "0 to 65536", |bins| *bins <= 65_536;
        /// Added to the height of a bin, the highest being 1: what an empty place counts.
        floor: f64 = 0.1, "1e-9 to 1", |floor| (1e-9..=1.0).contains(floor);
    }
}

/// The bins of one column.
#[derive(Clone, Debug, PartialEq)]
struct Column {
    low: f64,
    /// 0 where the column is constant.
    width: f64,
    /// What each bin adds to a score, and what lies outside.
    parts: Vec<f64>,
    outside: f64,
}

/// Fitted histograms.
#[derive(Clone, Debug, PartialEq)]
pub struct Histograms {
    guard: Guard,
    columns: Vec<Column>,
}

impl Fit for Method {
    type Fitted = Histograms;

    fn fit_with(&self, rows: Rows<'_>, _seed: Seed, workers: &dyn Workers) -> Result<Histograms, FitError> {
        let params = self.params();
        let guard = Guard::fit(rows, 1)?;
        let bins = match params.bins {
            0 => rows.len().isqrt().clamp(1, 256),
            bins => bins,
        };
        let columns = workers::map(workers, rows.columns(), |column| {
            Column::fit(rows.column(column).map(f64::from), bins, params.floor)
        });
        Ok(Histograms { guard, columns })
    }
}

impl Column {
    fn fit(values: impl Iterator<Item = f64> + Clone, bins: usize, floor: f64) -> Self {
        let low = values.clone().fold(f64::INFINITY, f64::min);
        let high = values.clone().fold(f64::NEG_INFINITY, f64::max);
        let mut column =
            Self { low, width: (high - low) / bins as f64, parts: vec![0.0; bins], outside: 0.0 };
        let mut heights = vec![0u64; bins];
        for value in values {
            if let Some(bin) = column.bin(value) {
                heights[bin] += 1;
            }
        }
        let highest = heights.iter().copied().max().unwrap_or(1).max(1) as f64;
        let part = |height: u64| -((height as f64 / highest + floor) / (1.0 + floor)).ln();
        column.parts = heights.into_iter().map(part).collect();
        column.outside = part(0);
        column
    }

    fn bin(&self, value: f64) -> Option<usize> {
        if self.width <= 0.0 {
            return (value == self.low).then_some(0);
        }
        let place = (value - self.low) / self.width;
        let last = self.parts.len() - 1;
        // The largest value belongs to the last bin; rounding must not put it just outside.
        let within = place >= 0.0 && place <= last as f64 + 1.0 + 1e-9;
        within.then(|| (place as usize).min(last))
    }

    fn part(&self, value: f32) -> f64 {
        self.bin(f64::from(value)).map_or(self.outside, |bin| self.parts[bin])
    }
}

impl Score for Histograms {
    fn guard(&self) -> &Guard {
        &self.guard
    }

    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]) {
        for (row, score) in rows.iter().zip(out) {
            *score = self.columns.iter().zip(row).map(|(column, &value)| column.part(value)).sum();
        }
    }

    fn shares_of(&self, row: &[f32]) -> Vec<f64> {
        shares_of_parts(self.columns.iter().zip(row).map(|(column, &value)| column.part(value)).collect())
    }
}

impl Save for Histograms {
    const KIND: &'static str = "hbos";

    fn write(&self, writer: &mut Writer) {
        self.guard.write(writer);
        for column in &self.columns {
            writer.f64s(&[column.low, column.width, column.outside]);
            writer.f64s(&column.parts);
        }
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let guard = Guard::read(reader)?;
        let mut columns = Vec::new();
        for _ in 0..guard.columns() {
            let [low, width, outside] = reader.finite_f64s()?[..] else {
                return Err(LoadError::Damaged("a histogram"));
            };
            let parts = reader.finite_f64s()?;
            let sensible = parts.iter().chain([&outside]).all(|part| part.abs() < 1e6);
            if parts.is_empty() || width < 0.0 || !sensible {
                return Err(LoadError::Damaged("a histogram"));
            }
            columns.push(Column { low, width, parts, outside });
        }
        Ok(Self { guard, columns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws;

    #[test]
    fn sparse_bins_score_high() {
        let training = [0.0, 0.1, 0.2, 0.3, 10.0];
        let method = Params { bins: 2, floor: 0.1 }.check().unwrap();
        let model = method.fit(Rows::new(&training, 1).unwrap(), Seed(1)).unwrap();
        let mut scores = Vec::new();
        model.score(Rows::new(&[0.2, 9.0, 10.0, -0.1, 10.1], 1).unwrap(), &mut scores).unwrap();
        let sparse = -((0.25 + 0.1) / 1.1f64).ln();
        let empty = -(0.1f64 / 1.1).ln();
        for (score, expected) in scores.iter().zip([0.0, sparse, sparse, empty, empty]) {
            assert!((score - expected).abs() < 1e-9, "{scores:?}");
        }
    }

    #[test]
    fn laws_hold() {
        laws::hold(&Params::default().check().unwrap(), 3);
        laws::hold(&Params { bins: 0, ..Params::default() }.check().unwrap(), 2);
    }
}
