//! Principal components: a row that breaks how columns usually go together is abnormal.
//!
//! The directions in which training rows vary most span a plane; the score is the squared distance
//! from it (the Q statistic, or squared prediction error). `q_threshold` says above which distance
//! only a given share of ordinary rows should lie (Jackson and Mudholkar 1979). Columns in different
//! units should be standardised first.

use crate::data::Rows;
use crate::error::{FitError, LoadError, ParamError};
use crate::fit::{BLOCK, Fit, Score, shares_of_parts};
use crate::guard::Guard;
use crate::save::{Reader, Save, Writer};
use crate::seed::Seed;
use crate::settings::settings;
use crate::threshold::normal_quantile;
use crate::workers::{self, Workers};

/// The decomposition takes time that grows with the third power of the columns.
const MOST_COLUMNS: usize = 2048;

settings! {
    /// Parameters of the principal components.
    pub struct Params => Method {
        /// How many components span the plane; 0 takes as many as `variance` asks for.
        components: usize = 0, "0 to the number of columns", |components| *components <= MOST_COLUMNS;
        /// The share of the variance that the plane holds.
        variance: f64 = 0.95, "above 0, below 1", |variance| *variance > 0.0 && *variance < 1.0;
    }
}

/// A fitted plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Pca {
    guard: Guard,
    means: Vec<f64>,
    /// Directions of the plane, one after another, each as long as a row.
    directions: Vec<f64>,
    /// Variance along the directions that the plane leaves out.
    left_out: Vec<f64>,
}

impl Fit for Method {
    type Fitted = Pca;

    fn fit_with(&self, rows: Rows<'_>, _seed: Seed, workers: &dyn Workers) -> Result<Pca, FitError> {
        let params = self.params();
        let guard = Guard::fit(rows, 2)?;
        let columns = rows.columns();
        if columns > MOST_COLUMNS {
            return Err(ParamError::new("columns", columns, format!("1 to {MOST_COLUMNS}")).into());
        }
        if params.components > columns {
            let legal = format!("0 to {columns}");
            return Err(ParamError::new("components", params.components, legal).into());
        }
        let (means, covariance) = covariance(rows, workers);
        let (variances, vectors) = eigen(covariance, columns);
        let kept = match params.components {
            // Off the whole space there is nothing but rounding: one direction is always left out.
            0 => enough(&variances, params.variance).min(columns - 1),
            components => components,
        };
        let directions = vectors[..kept * columns].to_vec();
        Ok(Pca { guard, means, directions, left_out: variances[kept..].to_vec() })
    }
}

/// How many of the largest variances hold the share.
fn enough(variances: &[f64], share: f64) -> usize {
    let total: f64 = variances.iter().sum();
    let mut held = 0.0;
    let reached = variances.iter().position(|variance| {
        held += variance;
        held >= share * total
    });
    reached.map_or(variances.len(), |last| last + 1)
}

/// Means and covariances. Blocks are summed apart and then in their order, whoever summed them.
fn covariance(rows: Rows<'_>, workers: &dyn Workers) -> (Vec<f64>, Vec<f64>) {
    let (columns, count) = (rows.columns(), rows.len() as f64);
    let means: Vec<f64> =
        (0..columns).map(|column| rows.column(column).map(f64::from).sum::<f64>() / count).collect();
    let block = BLOCK.max(rows.len().div_ceil(64));
    let parts = workers::map(workers, rows.len().div_ceil(block), |part| {
        let mut sums = vec![0.0; columns * columns];
        let mut apart = vec![0.0; columns];
        for row in rows.slice(part * block, (part + 1) * block).iter() {
            apart
                .iter_mut()
                .zip(row)
                .zip(&means)
                .for_each(|((a, &value), mean)| *a = f64::from(value) - mean);
            for (line, &one) in sums.chunks_exact_mut(columns).zip(&apart) {
                if one != 0.0 {
                    line.iter_mut().zip(&apart).for_each(|(sum, other)| *sum += one * other);
                }
            }
        }
        sums
    });
    let mut covariance = vec![0.0; columns * columns];
    for part in parts {
        covariance.iter_mut().zip(part).for_each(|(sum, part)| *sum += part / count);
    }
    (means, covariance)
}

/// Eigenvalues from the largest down and their vectors, by Jacobi's rotations: slower than others,
/// and exact for small values, too.
fn eigen(mut matrix: Vec<f64>, size: usize) -> (Vec<f64>, Vec<f64>) {
    let mut vectors = vec![0.0; size * size];
    (0..size).for_each(|index| vectors[index * size + index] = 1.0);
    let whole: f64 = matrix.iter().map(|value| value * value).sum();
    for _ in 0..60 {
        let mut off = 0.0;
        for row in 0..size {
            for column in 0..row {
                off += matrix[row * size + column].powi(2);
            }
        }
        if off <= 1e-24 * whole || !off.is_finite() {
            break;
        }
        for row in 1..size {
            for column in 0..row {
                rotate(&mut matrix, &mut vectors, size, column, row);
            }
        }
    }
    let value = |index: usize| matrix[index * size + index].max(0.0);
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&a, &b| value(b).total_cmp(&value(a)).then(a.cmp(&b)));
    let sorted = order.iter().flat_map(|&index| vectors[index * size..(index + 1) * size].to_vec()).collect();
    (order.iter().map(|&index| value(index)).collect(), sorted)
}

/// Turns two axes so that nothing is left between them.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], size: usize, a: usize, b: usize) {
    let between = matrix[a * size + b];
    if between == 0.0 {
        return;
    }
    let slope = (matrix[b * size + b] - matrix[a * size + a]) / (2.0 * between);
    let tangent = slope.signum() / (slope.abs() + (slope * slope + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    let turn = |x: f64, y: f64| (cosine * x - sine * y, sine * x + cosine * y);
    for index in 0..size {
        let (x, y) = turn(matrix[index * size + a], matrix[index * size + b]);
        (matrix[index * size + a], matrix[index * size + b]) = (x, y);
    }
    for index in 0..size {
        let (x, y) = turn(matrix[a * size + index], matrix[b * size + index]);
        (matrix[a * size + index], matrix[b * size + index]) = (x, y);
        let (x, y) = turn(vectors[a * size + index], vectors[b * size + index]);
        (vectors[a * size + index], vectors[b * size + index]) = (x, y);
    }
}

impl Pca {
    /// How many components span the plane.
    #[must_use]
    pub fn components(&self) -> usize {
        self.directions.len() / self.means.len()
    }

    /// The score above which this share of ordinary rows lies, if they are normally distributed;
    /// nothing where the plane leaves nothing out.
    #[must_use]
    pub fn q_threshold(&self, share: f64) -> Option<f64> {
        let power = |power: i32| self.left_out.iter().map(|variance| variance.powi(power)).sum::<f64>();
        let (first, second, third) = (power(1), power(2), power(3));
        if first <= 0.0 || second <= 0.0 {
            return None;
        }
        let root = 1.0 - 2.0 * first * third / (3.0 * second * second);
        let root = if root.abs() < 1e-9 { 1e-9 } else { root };
        let beyond = normal_quantile(1.0 - share);
        let inner = beyond * (2.0 * second * root * root).sqrt() / first
            + 1.0
            + second * root * (root - 1.0) / (first * first);
        Some(first * inner.max(0.0).powf(1.0 / root))
    }

    /// What of the row stands off the plane, column by column.
    fn rest(&self, row: &[f32], rest: &mut Vec<f64>) {
        rest.clear();
        rest.extend(row.iter().zip(&self.means).map(|(&value, mean)| f64::from(value) - mean));
        for direction in self.directions.chunks_exact(self.means.len()) {
            let along: f64 = rest.iter().zip(direction).map(|(rest, direction)| rest * direction).sum();
            rest.iter_mut().zip(direction).for_each(|(rest, direction)| *rest -= along * direction);
        }
    }
}

impl Score for Pca {
    fn guard(&self) -> &Guard {
        &self.guard
    }

    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]) {
        let mut rest = Vec::new();
        for (row, score) in rows.iter().zip(out) {
            self.rest(row, &mut rest);
            *score = rest.iter().map(|value| value * value).sum();
        }
    }

    fn shares_of(&self, row: &[f32]) -> Vec<f64> {
        let mut rest = Vec::new();
        self.rest(row, &mut rest);
        shares_of_parts(rest.into_iter().map(|value| value * value).collect())
    }
}

impl Save for Pca {
    const KIND: &'static str = "pca";

    fn write(&self, writer: &mut Writer) {
        self.guard.write(writer);
        writer.f64s(&self.means);
        writer.f64s(&self.directions);
        writer.f64s(&self.left_out);
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let guard = Guard::read(reader)?;
        let (means, directions) = (reader.finite_f64s()?, reader.finite_f64s()?);
        let left_out = reader.finite_f64s()?;
        let columns = guard.columns();
        let even = means.len() == columns
            && directions.len().is_multiple_of(columns)
            && directions.len() / columns + left_out.len() == columns;
        let sensible = directions.iter().all(|value| value.abs() <= 1.001)
            && means.iter().all(|mean| mean.abs() <= 2e18)
            && left_out.iter().all(|&variance| variance >= 0.0);
        if !even || !sensible {
            return Err(LoadError::Damaged("the components"));
        }
        Ok(Self { guard, means, directions, left_out })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Table;
    use crate::laws;

    /// Two columns that go together, and a third that hardly varies.
    fn tied(rows: usize) -> Table {
        let mut table = laws::cloud(rows, 3);
        for row in table.values_mut().chunks_exact_mut(3) {
            row[1] = 2.0 * row[0] + 0.01 * row[1];
            row[2] *= 0.1;
        }
        table
    }

    #[test]
    fn where_every_direction_matters_the_last_is_left_out() {
        // As much in each direction, so that the share of the variance that is asked for needs them all.
        for columns in [1, 2, 3] {
            let table = laws::cloud_with_outlier(400, columns);
            let model = Params::default().check().unwrap().fit(table.rows(), Seed(1)).unwrap();
            let mut scores = Vec::new();
            model.score(table.rows(), &mut scores).unwrap();
            let above = scores.iter().filter(|&&score| score > 0.01).count();
            assert!(above > 200, "{columns} {above} {}", scores[400]);
        }
    }

    #[test]
    fn what_breaks_the_tie_stands_out() {
        let model =
            Params { components: 1, ..Params::default() }.check().unwrap().fit(tied(500).rows(), Seed(1));
        let model = model.unwrap();
        let mut scores = Vec::new();
        let rows = [3.0, 6.0, 0.0, 1.0, -2.0, 0.0];
        model.score(Rows::new(&rows, 3).unwrap(), &mut scores).unwrap();
        // The distance of (1, -2) from the line through (1, 2) is 4 / sqrt(5).
        assert!(scores[0] < 0.05 && (scores[1] - 3.2).abs() < 0.15, "{scores:?}");
        let shares = model.shares(&rows[3..]).unwrap();
        assert!(shares[0] > 0.6 && shares[2] < 0.05, "{shares:?}");
    }

    #[test]
    fn the_threshold_holds_its_share() {
        let table = laws::cloud(4000, 6);
        let model = Params { components: 2, ..Params::default() }.check().unwrap().fit(table.rows(), Seed(1));
        let model = model.unwrap();
        let mut scores = Vec::new();
        model.score(table.rows(), &mut scores).unwrap();
        for share in [0.1, 0.01] {
            let threshold = model.q_threshold(share).unwrap();
            let beyond = scores.iter().filter(|&&score| score > threshold).count() as f64 / 4000.0;
            assert!((beyond / share - 1.0).abs() < 0.35, "{share}: {beyond}");
        }
        let whole = Params { components: 6, ..Params::default() }.check().unwrap();
        assert_eq!(whole.fit(table.rows(), Seed(1)).unwrap().q_threshold(0.01), None);
    }

    #[test]
    fn eigenvalues_are_exact() {
        let (values, vectors) = eigen(vec![2.0, 1.0, 1.0, 2.0], 2);
        assert!((values[0] - 3.0).abs() < 1e-12 && (values[1] - 1.0).abs() < 1e-12);
        assert!((vectors[0] - vectors[1]).abs() < 1e-12);
        assert_eq!(eigen(vec![5.0], 1), (vec![5.0], vec![1.0]));
    }

    #[test]
    fn components_must_fit_the_columns() {
        let method = Params { components: 4, ..Params::default() }.check().unwrap();
        let refused = method.fit(tied(10).rows(), Seed(1)).unwrap_err();
        assert_eq!(refused.to_string(), "`components` is `4`, legal is 0 to 3");
        laws::hold(&Params::default().check().unwrap(), 3);
    }
}
