//! The one-class machine for many rows: random features and stochastic gradients, in linear time.
//!
//! A radial kernel is the expectation of products of cosines (random Fourier features, Rahimi and
//! Recht 2007): with a few hundred of them a row becomes a vector in which the boundary is a plane,
//! and the plane is found by passing over the rows a few times in random order. The mean of the
//! planes of the last pass is kept, which is steadier than the last one.

use crate::data::{Rows, Table};
use crate::error::{FitError, LoadError};
use crate::fit::{Fit, Score};
use crate::guard::Guard;
use crate::lanes::{self, LANES, Lanes};
use crate::one_class_svm::Gamma;
use crate::save::{Reader, Save, Writer};
use crate::seed::{Random, Seed};
use crate::settings::settings;
use crate::workers::Workers;

settings! {
    /// Parameters of the approximate one-class machine.
    pub struct ApproximateParams => ApproximateMethod {
        /// The share of training rows outside of the boundary.
        nu: f64 = 0.1, "above 0, up to 1", |nu| *nu > 0.0 && *nu <= 1.0;
        /// How quickly likeness falls with the distance: a number, or from the columns (`auto`) and
        /// their variance (`scale`).
        gamma: Gamma = Gamma::Scale, "scale, auto, or a number above 0, up to 1e6", |gamma| gamma.is_legal();
        /// How many random features stand for the kernel; more come nearer to it and take longer.
        features: usize = 512, "16 to 16384", |features| (16..=16_384).contains(features);
        /// How often the rows are passed over.
        passes: usize = 5, "1 to 1000", |passes| (1..=1000).contains(passes);
    }
}

/// A plane in the space of random features.
#[derive(Clone, Debug, PartialEq)]
pub struct Approximate {
    guard: Guard,
    /// Directions of the features, each as wide as a row.
    directions: Table,
    phases: Vec<f32>,
    plane: Vec<f32>,
    boundary: f64,
    panels: Vec<Lanes>,
}

impl Approximate {
    fn new(guard: Guard, directions: Table, phases: Vec<f32>, plane: Vec<f32>, boundary: f64) -> Self {
        let panels = lanes::panels(directions.rows());
        Self { guard, directions, phases, plane, boundary, panels }
    }

    /// Directions from the spectrum of the kernel, and no plane yet.
    fn drawn(guard: Guard, gamma: f64, features: usize, random: &mut Random) -> Self {
        let width = (2.0 * gamma).sqrt();
        let columns = guard.columns();
        let values = (0..features * columns).map(|_| (random.normal() * width) as f32).collect();
        let phases = (0..features).map(|_| random.between(0.0, std::f64::consts::TAU) as f32).collect();
        let directions = Table::from_values(values, columns).unwrap_or_default();
        Self::new(guard, directions, phases, vec![0.0; features], 0.0)
    }

    /// The features of a row.
    fn features(&self, row: &[f32], lanes_of: &mut [Lanes], features: &mut [f32]) {
        lanes::kernel_row(lanes::Kernel::Linear, &self.panels, row, lanes_of);
        let scale = (2.0 / self.phases.len() as f32).sqrt();
        let angles = lanes_of.iter().flatten().zip(&self.phases);
        for (feature, (angle, phase)) in features.iter_mut().zip(angles) {
            *feature = scale * cosine(angle + phase);
        }
    }

    fn along_plane(&self, features: &[f32]) -> f64 {
        dot(&self.plane, features)
    }
}

/// The cosine, in plain operations that are the same on every system; enormous angles give 1.
fn cosine(angle: f32) -> f32 {
    let turns = f64::from(angle) / std::f64::consts::TAU;
    let part = turns - turns.round();
    // From a quarter turn on the cosine is the mirrored one of what is left.
    let (mirrored, part) = if part.abs() > 0.25 { (-1.0, 0.5 - part.abs()) } else { (1.0, part) };
    let x = (part * std::f64::consts::TAU).powi(2);
    let series = 1.0
        + x * (-0.5
            + x * (1.0 / 24.0 + x * (-1.0 / 720.0 + x * (1.0 / 40_320.0 + x * (-1.0 / 3_628_800.0)))));
    (mirrored * series) as f32
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    // Sixteen sums, so that additions do not wait for each other.
    let mut sums = [0f32; LANES];
    for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
        sums.iter_mut().zip(a).zip(b).for_each(|((sum, a), b)| *sum += a * b);
    }
    sums.into_iter().map(f64::from).sum()
}

impl Fit for ApproximateMethod {
    type Fitted = Approximate;

    fn fit_with(&self, rows: Rows<'_>, seed: Seed, _workers: &dyn Workers) -> Result<Approximate, FitError> {
        let params = self.params();
        let guard = Guard::fit(rows, 1)?;
        let mut random = seed.random();
        let gamma = params.gamma.of(rows);
        let mut model = Approximate::drawn(guard, gamma, params.features, &mut random);
        let mut descent = Descent::new(params.features, params.nu);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let mut lanes_of = vec![[0.0; LANES]; params.features.div_ceil(LANES)];
        let mut features = vec![0.0; params.features];
        for pass in 0..params.passes {
            random.shuffle(&mut order);
            for &row in &order {
                model.features(rows.row(row), &mut lanes_of, &mut features);
                descent.step(&features, pass + 1 == params.passes);
            }
        }
        model.plane = descent.mean();
        model.boundary = boundary(&model, rows, params.nu);
        Ok(model)
    }
}

/// The value along the plane below which the share `nu` of the rows lies.
fn boundary(model: &Approximate, rows: Rows<'_>, nu: f64) -> f64 {
    let mut scores = vec![0.0; rows.len()];
    model.score_block(rows, &mut scores);
    let place = ((nu * rows.len() as f64) as usize).min(rows.len() - 1);
    -*scores.select_nth_unstable_by(rows.len() - 1 - place, f64::total_cmp).1
}

/// Gradient steps on `nu |w|² / 2 - nu r + mean of max(0, r - w z)`.
struct Descent {
    nu: f64,
    /// The plane is `scale` times this, so that making it smaller touches one number.
    plane: Vec<f32>,
    scale: f64,
    offset: f64,
    steps: f64,
    sum: Vec<f64>,
    /// Multiples of `plane` that `sum` does not have yet, and how many planes there are in it.
    owed: f64,
    counted: f64,
}

impl Descent {
    fn new(features: usize, nu: f64) -> Self {
        Self {
            nu,
            plane: vec![0.0; features],
            scale: 1.0,
            offset: 0.0,
            steps: 0.0,
            sum: vec![0.0; features],
            owed: 0.0,
            counted: 0.0,
        }
    }

    fn step(&mut self, features: &[f32], last_pass: bool) {
        let along = dot(&self.plane, features) * self.scale;
        self.steps += 1.0;
        // The first steps of 1 / (nu t) would throw the plane far away.
        let rate = 1.0 / (self.nu * (self.steps + 1.0 / self.nu));
        self.scale *= 1.0 - rate * self.nu;
        let inside = along > self.offset;
        self.offset += rate * (self.nu - if inside { 0.0 } else { 1.0 });
        if !inside {
            self.settle();
            let weight = (rate / self.scale) as f32;
            self.plane.iter_mut().zip(features).for_each(|(plane, feature)| *plane += weight * feature);
        }
        if last_pass {
            self.owed += self.scale;
            self.counted += 1.0;
        }
        if self.scale < 1e-6 {
            self.settle();
            let scale = self.scale as f32;
            self.plane.iter_mut().for_each(|value| *value *= scale);
            self.scale = 1.0;
        }
    }

    /// Pays into the sum before the plane changes.
    fn settle(&mut self) {
        if self.owed != 0.0 {
            let owed = self.owed;
            self.sum.iter_mut().zip(&self.plane).for_each(|(sum, value)| *sum += owed * f64::from(*value));
            self.owed = 0.0;
        }
    }

    fn mean(mut self) -> Vec<f32> {
        self.settle();
        self.sum.iter().map(|sum| (sum / self.counted.max(1.0)) as f32).collect()
    }
}

impl Score for Approximate {
    fn guard(&self) -> &Guard {
        &self.guard
    }

    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]) {
        let mut lanes_of = vec![[0.0; LANES]; self.phases.len().div_ceil(LANES)];
        let mut features = vec![0.0; self.phases.len()];
        for (row, score) in rows.iter().zip(out) {
            self.features(row, &mut lanes_of, &mut features);
            *score = self.boundary - self.along_plane(&features);
        }
    }
}

impl Save for Approximate {
    const KIND: &'static str = "approximate-one-class-svm";

    fn write(&self, writer: &mut Writer) {
        self.guard.write(writer);
        writer.f32s(self.directions.rows().values());
        writer.f32s(&self.phases);
        writer.f32s(&self.plane);
        writer.f64(self.boundary);
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let damaged = LoadError::Damaged("random features");
        let guard = Guard::read(reader)?;
        let directions = Table::from_values(reader.finite_f32s()?, guard.columns());
        let directions = directions.ok_or(LoadError::Damaged("random features"))?;
        let (phases, plane) = (reader.finite_f32s()?, reader.finite_f32s()?);
        let boundary = reader.finite_f64()?;
        let count = directions.rows().len();
        let sensible = plane.iter().all(|value| value.abs() < 1e15);
        if count == 0 || phases.len() != count || plane.len() != count || !sensible {
            return Err(damaged);
        }
        Ok(Self::new(guard, directions, phases, plane, boundary))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws;
    use crate::one_class_svm;

    #[test]
    fn cosines_are_those_of_the_library() {
        for step in -2000..2000 {
            let angle = step as f32 * 0.037;
            assert!((cosine(angle) - angle.cos()).abs() < 1e-5, "{angle}");
        }
        assert!(cosine(f32::MAX).is_finite());
    }

    #[test]
    fn it_ranks_as_the_exact_machine_does() {
        let table = laws::cloud_with_outlier(1500, 4);
        let rank = |scores: &[f64]| {
            let mut order: Vec<usize> = (0..scores.len()).collect();
            order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
            order.truncate(150);
            order.sort_unstable();
            order
        };
        let (mut near, mut exact) = (Vec::new(), Vec::new());
        let method = ApproximateParams::default().check().unwrap();
        method.fit(table.rows(), Seed(1)).unwrap().score(table.rows(), &mut near).unwrap();
        let method = one_class_svm::Params::default().check().unwrap();
        method.fit(table.rows(), Seed(1)).unwrap().score(table.rows(), &mut exact).unwrap();
        let (near_rank, exact_rank) = (rank(&near), rank(&exact));
        let shared = near_rank.iter().filter(|row| exact_rank.binary_search(row).is_ok()).count();
        assert!(shared > 110, "{shared} of 150");
        let outside = near.iter().filter(|&&score| score > 0.0).count();
        assert!(outside.abs_diff(150) < 5, "{outside}");
    }

    #[test]
    fn laws_hold() {
        let params = ApproximateParams { features: 32, passes: 2, ..ApproximateParams::default() };
        laws::hold(&params.check().unwrap(), 3);
    }
}
