//! Robust distance: a row with a value far from the middle of its column is abnormal.
//!
//! Middle and spread are taken so that the outliers themselves do not move them: median and median
//! absolute deviation, or the quartiles. No column knows of another. In the first form the score is
//! the z-score of the oddest column; in the second how many quartile distances beyond the quartiles
//! the value lies, so that Tukey's fence stands at 1.5.

use crate::data::Rows;
use crate::error::{FitError, LoadError};
use crate::fit::{Fit, Score, shares_of_parts};
use crate::guard::Guard;
use crate::save::{Reader, Save, Writer};
use crate::seed::Seed;
use crate::settings::{choice, settings};
use crate::workers::{self, Workers};

choice! {
    /// What a value is measured by.
    pub enum Measure {
        /// Distance from the median, in deviations as the median absolute deviation estimates them.
        Deviations = "z-score",
        /// Distance beyond the nearer quartile, in distances between the quartiles.
        Quartiles = "iqr",
    }
}

choice! {
    /// How the columns of a row are put together.
    pub enum Together {
        /// The oddest column speaks for the row.
        Max = "max",
        /// All columns do, as the mean of their distances.
        Mean = "mean",
    }
}

settings! {
    /// Parameters of the robust distance.
    pub struct Params => Method {
        /// What a value is measured by.
        measure: Measure = Measure::Deviations, "z-score, iqr", |_| true;
        /// How the columns of a row are put together.
        together: Together = Together::Max, "max, mean", |_| true;
    }
}

/// A deviation of a normal distribution, in median absolute deviations and in mean absolute ones.
const BY_MEDIAN: f64 = 1.482_602_218_505_602;
const BY_MEAN: f64 = 1.253_314_137_315_5;

/// The range in which a column counts as ordinary, and its unit of distance.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Column {
    low: f64,
    high: f64,
    unit: f64,
}

/// Fitted columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Robust {
    guard: Guard,
    together: Together,
    columns: Vec<Column>,
}

impl Fit for Method {
    type Fitted = Robust;

    fn fit_with(&self, rows: Rows<'_>, _seed: Seed, workers: &dyn Workers) -> Result<Robust, FitError> {
        let params = self.params();
        let guard = Guard::fit(rows, 1)?;
        let columns = workers::map(workers, rows.columns(), |column| {
            let mut values: Vec<f64> = rows.column(column).map(f64::from).collect();
            match params.measure {
                Measure::Deviations => by_deviations(&mut values),
                Measure::Quartiles => by_quartiles(&mut values),
            }
        });
        Ok(Robust { guard, together: params.together, columns })
    }
}

fn by_deviations(values: &mut [f64]) -> Column {
    let middle = quantile(values, 0.5);
    values.iter_mut().for_each(|value| *value = (*value - middle).abs());
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let unit = positive(&[quantile(values, 0.5) * BY_MEDIAN, mean * BY_MEAN]);
    Column { low: middle, high: middle, unit }
}

fn by_quartiles(values: &mut [f64]) -> Column {
    let (low, high) = (quantile(values, 0.25), quantile(values, 0.75));
    let mean = values.iter().map(|value| (low - value).max(value - high).max(0.0)).sum::<f64>();
    Column { low, high, unit: positive(&[high - low, mean / values.len() as f64]) }
}

/// The first that is positive: more than half of the values may be the same. A constant column
/// is measured in its own unit.
fn positive(units: &[f64]) -> f64 {
    units.iter().copied().find(|&unit| unit > 0.0).unwrap_or(1.0)
}

/// The quantile, between its two neighbours as scikit-learn and numpy interpolate.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    let place = share * (values.len() - 1) as f64;
    let below = place as usize;
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    low + (high - low) * (place - below as f64)
}

impl Column {
    fn distance(&self, value: f32) -> f64 {
        let value = f64::from(value);
        (self.low - value).max(value - self.high).max(0.0) / self.unit
    }
}

impl Score for Robust {
    fn guard(&self) -> &Guard {
        &self.guard
    }

    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]) {
        for (row, score) in rows.iter().zip(out) {
            let distances = self.columns.iter().zip(row).map(|(column, &value)| column.distance(value));
            *score = match self.together {
                Together::Max => distances.fold(0.0, f64::max),
                Together::Mean => distances.sum::<f64>() / self.columns.len() as f64,
            };
        }
    }

    fn shares_of(&self, row: &[f32]) -> Vec<f64> {
        shares_of_parts(self.columns.iter().zip(row).map(|(column, &value)| column.distance(value)).collect())
    }
}

impl Save for Robust {
    const KIND: &'static str = "robust";

    fn write(&self, writer: &mut Writer) {
        self.guard.write(writer);
        writer.u8(u8::from(self.together == Together::Mean));
        for Column { low, high, unit } in &self.columns {
            writer.f64s(&[*low, *high, *unit]);
        }
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let guard = Guard::read(reader)?;
        let together = if reader.u8()? == 0 { Together::Max } else { Together::Mean };
        let mut columns = Vec::new();
        for _ in 0..guard.columns() {
            let [low, high, unit] = reader.finite_f64s()?[..] else {
                return Err(LoadError::Damaged("a column"));
            };
            if !(low <= high && low.abs().max(high.abs()) < 1e30 && unit > 1e-100) {
                return Err(LoadError::Damaged("a column"));
            }
            columns.push(Column { low, high, unit });
        }
        Ok(Self { guard, together, columns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws;

    fn score(params: Params, training: &[f32], value: f32) -> f64 {
        let model = params.check().unwrap().fit(Rows::new(training, 1).unwrap(), Seed(1)).unwrap();
        let mut scores = Vec::new();
        model.score(Rows::one(&[value]), &mut scores).unwrap();
        scores[0]
    }

    #[test]
    fn distances_are_those_of_the_textbook() {
        let check = |measure, training: &[f32], value, expected: f64| {
            let found = score(Params { measure, ..Params::default() }, training, value);
            assert!((found - expected).abs() < 1e-6, "{measure} {value}: {found}");
        };
        let training = [1.0, 2.0, 3.0, 4.0, 100.0];
        // Median 3, deviations 2, 1, 0, 1, 97: their median is 1.
        check(Measure::Deviations, &training, 6.0, 3.0 / BY_MEDIAN);
        // Quartiles 2 and 4.
        check(Measure::Quartiles, &training, 7.0, 1.5);
        check(Measure::Quartiles, &training, 3.0, 0.0);
        check(Measure::Deviations, &[5.0; 4], 7.0, 2.0);
        // More than half the same: the mean deviation takes over, here 0.8.
        check(Measure::Deviations, &[5.0, 5.0, 5.0, 5.0, 9.0], 9.0, 4.0 / (0.8 * BY_MEAN));
    }

    #[test]
    fn laws_hold() {
        laws::hold(&Params::default().check().unwrap(), 3);
        let params = Params { measure: Measure::Quartiles, together: Together::Mean };
        laws::hold(&params.check().unwrap(), 2);
    }
}
