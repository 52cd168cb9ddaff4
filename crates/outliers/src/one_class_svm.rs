//! One-class support vector machine: a row outside of the boundary around most rows is abnormal.
//!
//! As published (Schölkopf et al. 2001): the boundary leaves about the share `nu` of the training
//! rows outside. The score is how far outside a row is: 0 on the boundary, below 0 inside. The exact
//! fit takes time that grows faster than the rows; [`Approximate`] grows with them and serves where
//! there are more than some ten thousand. Columns should be standardised first.

mod approximate;
mod cache;
mod solver;

use std::fmt;

use crate::data::{Rows, Table};
use crate::error::{FitError, LoadError};
use crate::fit::{Fit, Score};
use crate::guard::Guard;
use crate::lanes::{self, Kernel, LANES, Lanes};
use crate::save::{Reader, Save, Writer};
use crate::seed::Seed;
use crate::settings::{Value, choice, settings};
use crate::workers::Workers;

pub use approximate::{Approximate, ApproximateMethod, ApproximateParams};

choice! {
    /// What tells how alike two rows are.
    pub enum Shape {
        /// Likeness falls with the distance: `exp(-gamma |a - b|²)`.
        Radial = "rbf",
        /// The inner product.
        Linear = "linear",
        /// A power of the inner product: `(gamma ab + constant)^degree`.
        Power = "poly",
        /// `tanh(gamma ab + constant)`.
        Sigmoid = "sigmoid",
    }
}

/// How quickly likeness falls with the distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gamma {
    /// One over the columns times the variance of all values.
    Scale,
    /// One over the columns.
    Auto,
    /// This number.
    Of(f64),
}

impl fmt::Display for Gamma {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scale => formatter.write_str("scale"),
            Self::Auto => formatter.write_str("auto"),
            Self::Of(gamma) => gamma.fmt(formatter),
        }
    }
}

impl Value for Gamma {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "scale" => Some(Self::Scale),
            "auto" => Some(Self::Auto),
            _ => text.parse().ok().map(Self::Of),
        }
    }
}

impl Gamma {
    fn is_legal(self) -> bool {
        match self {
            Self::Scale | Self::Auto => true,
            Self::Of(gamma) => gamma > 0.0 && gamma <= 1e6,
        }
    }

    fn of(self, rows: Rows<'_>) -> f64 {
        let columns = rows.columns() as f64;
        match self {
            Self::Auto => 1.0 / columns,
            Self::Of(gamma) => gamma,
            Self::Scale => {
                let count = rows.values().len() as f64;
                let values = rows.values().iter().copied().map(f64::from);
                let mean = values.clone().sum::<f64>() / count;
                let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / count;
                if variance > 0.0 { 1.0 / (columns * variance) } else { 1.0 }
            }
        }
    }
}

settings! {
    /// Parameters of the one-class support vector machine.
    pub struct Params => Method {
        /// The share of training rows outside of the boundary.
        nu: f64 = 0.1, "above 0, up to 1", |nu| *nu > 0.0 && *nu <= 1.0;
        /// What tells how alike two rows are.
        kernel: Shape = Shape::Radial, "rbf, linear, poly, sigmoid", |_| true;
        /// How quickly likeness falls with the distance: a number, or from the columns (`auto`) and
        /// their variance (`scale`).
        gamma: Gamma = Gamma::Scale, "scale, auto, or a number above 0, up to 1e6", |gamma| gamma.is_legal();
        /// The power of `poly`.
        degree: u32 = 3, "1 to 10", |degree| (1..=10).contains(degree);
        /// Added to the product in `poly` and `sigmoid`.
        constant: f64 = 0.0, "-1e6 to 1e6", |constant| constant.abs() <= 1e6;
        /// How far from optimal the weights may stay.
        tolerance: f64 = 0.001, "1e-9 to 1", |tolerance| (1e-9..=1.0).contains(tolerance);
        /// Megabytes for rows of the kernel matrix while fitting.
        cache: usize = 200, "1 to 65536", |cache| (1..=65_536).contains(cache);
    }
}

impl Params {
    fn kernel_for(&self, rows: Rows<'_>) -> Kernel {
        let gamma = self.gamma.of(rows) as f32;
        let constant = self.constant as f32;
        match self.kernel {
            Shape::Radial => Kernel::Radial { gamma },
            Shape::Linear => Kernel::Linear,
            Shape::Power => Kernel::Power { gamma, constant, degree: self.degree },
            Shape::Sigmoid => Kernel::Sigmoid { gamma, constant },
        }
    }
}

/// A fitted boundary.
#[derive(Clone, Debug, PartialEq)]
pub struct Svm {
    guard: Guard,
    kernel: Kernel,
    boundary: f64,
    /// The rows that carry the boundary, and the weight of each.
    carriers: Table,
    weights: Vec<f32>,
    panels: Vec<Lanes>,
    lanes: Vec<Lanes>,
}

impl Svm {
    fn new(guard: Guard, kernel: Kernel, boundary: f64, carriers: Table, weights: Vec<f32>) -> Self {
        let panels = lanes::panels(carriers.rows());
        let mut lanes = vec![[0.0; LANES]; weights.len().div_ceil(LANES)];
        for (place, &weight) in weights.iter().enumerate() {
            lanes[place / LANES][place % LANES] = weight;
        }
        Self { guard, kernel, boundary, carriers, weights, panels, lanes }
    }

    /// How many training rows carry the boundary.
    #[must_use]
    pub fn carriers(&self) -> usize {
        self.weights.len()
    }
}

impl Fit for Method {
    type Fitted = Svm;

    fn fit_with(&self, rows: Rows<'_>, _seed: Seed, _workers: &dyn Workers) -> Result<Svm, FitError> {
        let params = self.params();
        let guard = Guard::fit(rows, 1)?;
        let kernel = params.kernel_for(rows);
        let matrix = cache::Matrix::new(rows, kernel, params.cache * 1024 * 1024 / size_of::<f32>());
        if !matrix.diagonal().iter().all(|value| value.is_finite()) {
            return Err(FitError::Diverged(
                "the kernel leaves the range of numbers: standardise the columns",
            ));
        }
        let count = rows.len();
        // libsvm bounds the steps, too: a kernel that is none may go on for ever.
        let most = count.saturating_mul(100).max(10_000_000);
        let limits = solver::Limits { tolerance: params.tolerance, most, rest: count.clamp(1, 1000) };
        let solved = solver::solve(matrix, count, params.nu * count as f64, limits);
        let carrying: Vec<usize> = (0..count).filter(|&row| solved.weights[row] > 0.0).collect();
        let weights: Vec<f32> = carrying.iter().map(|&row| solved.weights[row] as f32).collect();
        if !solved.boundary.is_finite() {
            return Err(FitError::Diverged(
                "the kernel leaves the range of numbers: standardise the columns",
            ));
        }
        Ok(Svm::new(guard, kernel, solved.boundary, Table::pick(rows, &carrying), weights))
    }
}

impl Score for Svm {
    fn guard(&self) -> &Guard {
        &self.guard
    }

    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]) {
        lanes::kernel_sums(self.kernel, &self.panels, &self.lanes, rows.values(), out);
        for score in out {
            *score = finite(self.boundary - *score);
        }
    }
}

/// Powers of enormous numbers leave the range; what is no number is as far outside as can be.
fn finite(score: f64) -> f64 {
    if score.is_nan() { f64::MAX } else { score.clamp(f64::MIN, f64::MAX) }
}

impl Save for Svm {
    const KIND: &'static str = "one-class-svm";

    fn write(&self, writer: &mut Writer) {
        self.guard.write(writer);
        let (kind, gamma, constant, degree) = match self.kernel {
            Kernel::Radial { gamma } => (0, gamma, 0.0, 0),
            Kernel::Linear => (1, 0.0, 0.0, 0),
            Kernel::Power { gamma, constant, degree } => (2, gamma, constant, degree),
            Kernel::Sigmoid { gamma, constant } => (3, gamma, constant, 0),
        };
        writer.u8(kind);
        writer.f32s(&[gamma, constant]);
        writer.u32(degree);
        writer.f64(self.boundary);
        writer.f32s(&self.weights);
        writer.f32s(self.carriers.rows().values());
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let damaged = LoadError::Damaged("the kernel");
        let guard = Guard::read(reader)?;
        let kind = reader.u8()?;
        let [gamma, constant] = reader.finite_f32s()?[..] else { return Err(damaged) };
        let degree = reader.u32()?;
        let kernel = match kind {
            0 => Kernel::Radial { gamma },
            1 => Kernel::Linear,
            2 if degree <= 10 => Kernel::Power { gamma, constant, degree },
            3 => Kernel::Sigmoid { gamma, constant },
            _ => return Err(damaged),
        };
        let boundary = reader.finite_f64()?;
        let weights = reader.finite_f32s()?;
        let carriers = Table::from_values(reader.finite_f32s()?, guard.columns());
        let carriers = carriers.ok_or(LoadError::Damaged("the carriers"))?;
        if weights.is_empty() || weights.len() != carriers.rows().len() {
            return Err(LoadError::Damaged("the carriers"));
        }
        Ok(Self::new(guard, kernel, boundary, carriers, weights))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws;

    fn fit(params: Params, rows: Rows<'_>) -> Svm {
        params.check().unwrap().fit(rows, Seed(1)).unwrap()
    }

    fn scores(model: &impl Score, rows: Rows<'_>) -> Vec<f64> {
        let mut scores = Vec::new();
        model.score(rows, &mut scores).unwrap();
        scores
    }

    #[test]
    fn nu_is_the_share_outside() {
        let table = laws::cloud(1000, 3);
        for nu in [0.01, 0.1, 0.5] {
            let outside = scores(&fit(Params { nu, ..Params::default() }, table.rows()), table.rows())
                .into_iter()
                .filter(|&score| score > 0.01)
                .count();
            assert!(outside.abs_diff((nu * 1000.0) as usize) <= 15, "{nu}: {outside}");
        }
    }

    #[test]
    fn setting_aside_changes_no_optimum() {
        // Set aside often, and with a cache that is too small for all rows.
        let table = laws::cloud_with_outlier(2500, 4);
        let kernel = Params::default().kernel_for(table.rows());
        let matrix = || cache::Matrix::new(table.rows(), kernel, 0);
        let limits = solver::Limits { tolerance: 1e-6, most: usize::MAX, rest: 20 };
        let solved = solver::solve(matrix(), 2501, 0.3 * 2501.0, limits);
        let sum: f64 = solved.weights.iter().sum();
        assert!((sum - 0.3 * 2501.0).abs() < 1e-6, "{sum}");
        // The conditions of the optimum, on gradients computed anew.
        for (gradient, &weight) in matrix().sums(&solved.weights, 0).iter().zip(&solved.weights) {
            let apart = gradient - solved.boundary;
            let optimal = match weight {
                0.0 => apart > -1e-3,
                1.0 => apart < 1e-3,
                _ => apart.abs() < 1e-3,
            };
            assert!(optimal, "{weight} {apart}");
        }
    }

    #[test]
    fn every_kernel_sets_the_far_row_apart() {
        let table = laws::cloud_with_outlier(200, 2);
        let check = |kernel, constant| {
            let params = Params { kernel, constant, gamma: Gamma::Of(0.2), ..Params::default() };
            scores(&fit(params, table.rows()), table.rows())
        };
        let radial = check(Shape::Radial, 0.0);
        assert!(radial[..200].iter().all(|score| score < &radial[200]));
        for kernel in [Shape::Linear, Shape::Power, Shape::Sigmoid] {
            // These are no boundaries around a cloud; what is asked is that they are computed.
            assert!(check(kernel, 1.0).iter().all(|score| score.is_finite()), "{kernel}");
        }
    }

    #[test]
    fn gamma_is_read_as_it_is_printed() {
        for (text, gamma) in [("scale", Gamma::Scale), ("auto", Gamma::Auto), ("0.5", Gamma::Of(0.5))] {
            assert_eq!(Gamma::parse(text), Some(gamma));
            assert_eq!(gamma.to_string(), text);
        }
        assert_eq!(Gamma::parse("steep"), None);
        let refused = Params { gamma: Gamma::Of(-1.0), ..Params::default() }.check().unwrap_err();
        assert!(refused.to_string().starts_with("`gamma` is `-1`"), "{refused}");
    }

    #[test]
    fn laws_hold() {
        laws::hold(&Params::default().check().unwrap(), 3);
    }
}
