//! Local outlier factor: a row in a thinner place than its neighbours is abnormal.
//!
//! As published (Breunig et al. 2000), with the conventions of scikit-learn: exactly `neighbours`
//! neighbours whatever the ties (of equally near rows those that came first), and a tiny constant in
//! the density so that duplicates do not divide by zero. 1 is ordinary, 2 is half as dense as around
//! the neighbours. A training row has a score of its own, in which it is not its own neighbour
//! (`training_scores`); scored anew, it counts as a newcomer that stands exactly where it does.

mod neighbours;

use crate::data::Rows;
use crate::error::{FitError, LoadError};
use crate::fit::{Fit, Score};
use crate::guard::Guard;
use crate::local_outlier_factor::neighbours::{Measured, Neighbour, Neighbours};
use crate::save::{Reader, Save, Writer};
use crate::seed::Seed;
use crate::settings::settings;
use crate::standardise::Standardiser;
use crate::workers::Workers;

/// Added to the mean reach, as scikit-learn does, so that a density is always finite.
const LEAST_REACH: f64 = 1e-10;

settings! {
    /// Parameters of the local outlier factor.
    pub struct Params => Method {
        /// How many neighbours a row is compared with; at most all the other rows are taken.
        neighbours: usize = 20, "1 to 10000", |neighbours| (1..=10_000).contains(neighbours);
    }
}

/// Training rows with their densities.
#[derive(Clone, Debug, PartialEq)]
pub struct Lof {
    guard: Guard,
    /// What rows are brought to before they are measured.
    scale: Option<Standardiser>,
    neighbours: Neighbours,
    /// How many neighbours are taken.
    count: usize,
    /// Distance of each training row from the last of its neighbours.
    reaches: Vec<f64>,
    densities: Vec<f64>,
    /// Not saved: nobody asks a loaded model about its training.
    training: Option<Vec<f64>>,
}

impl Fit for Method {
    type Fitted = Lof;

    fn fit_with(&self, rows: Rows<'_>, _seed: Seed, workers: &dyn Workers) -> Result<Lof, FitError> {
        self.fit_maybe_on_scale(rows, None, workers)
    }

    /// Standardised numbers are often as good as equally far apart, and which are nearer is decided by their last
    /// bits. Cut to 32, these are others than scikit-learn sees.
    fn fit_on_scale(
        &self,
        rows: Rows<'_>,
        scale: &Standardiser,
        workers: &dyn Workers,
    ) -> Option<Result<Lof, FitError>> {
        Some(self.fit_maybe_on_scale(rows, Some(scale.clone()), workers))
    }
}

impl Method {
    fn fit_maybe_on_scale(
        &self,
        rows: Rows<'_>,
        scale: Option<Standardiser>,
        workers: &dyn Workers,
    ) -> Result<Lof, FitError> {
        let guard = Guard::fit(rows, 1)?;
        if u32::try_from(rows.len()).is_err() {
            return Err(crate::error::ParamError::new("rows", rows.len(), "1 to 4294967295").into());
        }
        let neighbours = Neighbours::new(&on_scale(rows, scale.as_ref()));
        let count = self.params().neighbours.min(rows.len() - 1).max(1);
        let near = Near::search(&neighbours, count, workers);
        let reaches: Vec<f64> = near.each().map(|(_, squares)| last(squares).sqrt()).collect();
        let densities: Vec<f64> =
            near.each().map(|(rows, squares)| density(rows, squares, &reaches)).collect();
        let training = near
            .each()
            .zip(&densities)
            .map(|((rows, _), &density)| factor(rows, density, &densities))
            .collect();
        Ok(Lof { guard, scale, neighbours, count, reaches, densities, training: Some(training) })
    }
}

fn on_scale(rows: Rows<'_>, scale: Option<&Standardiser>) -> Measured {
    match scale {
        Some(scale) => Measured::new(scale.fine(rows), rows.columns()),
        None => Measured::from(rows),
    }
}

/// The neighbours of all training rows, side by side.
struct Near {
    rows: Vec<u32>,
    squares: Vec<f64>,
    /// How many there are of each; none where there is only one row.
    width: usize,
    count: usize,
}

impl Near {
    fn search(neighbours: &Neighbours, count: usize, workers: &dyn Workers) -> Self {
        let width = count.min(neighbours.len() - 1);
        let found = neighbours.of_own(count, workers, width.max(1), &|found, out: &mut [(u32, f64)]| {
            out.iter_mut().zip(found).for_each(|(out, found)| *out = (found.row, found.square));
        });
        let (rows, squares) = found.into_iter().unzip();
        Self { rows, squares, width, count: neighbours.len() }
    }

    fn each(&self) -> impl Iterator<Item = (&[u32], &[f64])> {
        (0..self.count).map(|row| {
            let place = row * self.width..(row + 1) * self.width;
            (&self.rows[place.clone()], &self.squares[place])
        })
    }
}

fn last(squares: &[f64]) -> f64 {
    squares.last().copied().unwrap_or(0.0)
}

/// How densely the neighbours stand: one over the mean distance at which they are reached.
fn density(rows: &[u32], squares: &[f64], reaches: &[f64]) -> f64 {
    let reached = rows.iter().zip(squares).map(|(&row, square)| square.sqrt().max(reaches[row as usize]));
    let mean = reached.sum::<f64>() / rows.len().max(1) as f64;
    1.0 / (mean + LEAST_REACH)
}

/// How many times as dense it is around the neighbours. The mean is one of ratios, so that rows among
/// their duplicates score 1 to the last bit and tie.
fn factor(rows: &[u32], density: f64, densities: &[f64]) -> f64 {
    if rows.is_empty() {
        return 1.0;
    }
    rows.iter().map(|&row| densities[row as usize] / density).sum::<f64>() / rows.len() as f64
}

impl Score for Lof {
    fn guard(&self) -> &Guard {
        &self.guard
    }

    fn training_scores(&self) -> Option<&[f64]> {
        self.training.as_deref()
    }

    /// Among many rows more are close to each other, and searched for together.
    fn block(&self) -> usize {
        8192
    }

    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]) {
        let (mut near, mut squares) = (Vec::new(), Vec::new());
        let queries = on_scale(rows, self.scale.as_ref());
        self.neighbours.of_queries(&queries, self.count, |query, found: &[Neighbour]| {
            near.clear();
            squares.clear();
            near.extend(found.iter().map(|found| found.row));
            squares.extend(found.iter().map(|found| found.square));
            let density = density(&near, &squares, &self.reaches);
            if let Some(score) = out.get_mut(query) {
                *score = factor(&near, density, &self.densities);
            }
        });
    }
}

impl Save for Lof {
    const KIND: &'static str = "local-outlier-factor";
    /// From 2 on it brings rows to a scale by itself, and keeps them in full length.
    const VERSION: u16 = 2;

    fn write(&self, writer: &mut Writer) {
        self.guard.write(writer);
        writer.u8(u8::from(self.scale.is_some()));
        if let Some(scale) = &self.scale {
            scale.write(writer);
        }
        writer.length(self.count);
        self.neighbours.write(writer);
        writer.f64s(&self.reaches);
        writer.f64s(&self.densities);
    }

    fn read(reader: &mut Reader<'_>, version: u16) -> Result<Self, LoadError> {
        let guard = Guard::read(reader)?;
        let scale =
            if version > 1 && reader.u8()? == 1 { Some(Standardiser::read(reader, 1)?) } else { None };
        if scale.as_ref().is_some_and(|scale| scale.guard() != &guard) {
            return Err(LoadError::Damaged("the scale"));
        }
        let count = reader.count(10_000)?;
        let neighbours = Neighbours::read(reader, guard.columns(), version)?;
        let (reaches, densities) = (reader.finite_f64s()?, reader.finite_f64s()?);
        let whole = reaches.len() == neighbours.len() && densities.len() == neighbours.len();
        let sensible = reaches.iter().all(|&reach| (0.0..1e30).contains(&reach))
            && densities.iter().all(|&density| density > 0.0 && density <= 1.0 / LEAST_REACH);
        if count == 0 || !whole || !sensible {
            return Err(LoadError::Damaged("densities"));
        }
        Ok(Self { guard, scale, neighbours, count, reaches, densities, training: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws;

    fn fit(neighbours: usize, rows: Rows<'_>) -> Lof {
        Params { neighbours }.check().unwrap().fit(rows, Seed(1)).unwrap()
    }

    #[test]
    fn factors_are_those_of_scikit_learn() {
        // LocalOutlierFactor(n_neighbors=2) on these rows, negative_outlier_factor_ without its sign.
        let rows = [0.0, 0.0, 0.0, 1.0, 1.25, 0.0, 1.0, 1.5, 0.5, 0.5, 5.0, 5.0];
        let model = fit(2, Rows::new(&rows, 2).unwrap());
        let expected = [0.926_776_7, 0.926_776_7, 1.167_973_86, 1.213_946_14, 1.171_572_88, 5.273_845_78];
        for (score, expected) in model.training_scores().unwrap().iter().zip(expected) {
            assert!((score - expected).abs() < 1e-6, "{score} {expected}");
        }
    }

    #[test]
    fn a_thin_place_beside_a_dense_one_stands_out() {
        let mut table = laws::cloud(300, 2);
        table.values_mut().iter_mut().for_each(|value| *value *= 0.01);
        table.push(&[0.5, 0.5]);
        let model = fit(20, table.rows());
        let training = model.training_scores().unwrap();
        assert!(training[300] > 10.0 && training[..300].iter().all(|&score| score < 5.0));
        let shares = model.shares(&[0.5, 0.0]).unwrap();
        assert!(shares[0] > 0.95, "{shares:?}");
    }

    #[test]
    fn a_model_on_a_scale_is_that_of_standardised_rows() {
        let mut table = laws::cloud_with_outlier(200, 3);
        table.values_mut().chunks_exact_mut(3).for_each(|row| row[1] = row[1] * 1000.0 + 50.0);
        let rows = table.rows();
        let (scale, method) = (Standardiser::fit(rows).unwrap(), Params { neighbours: 5 }.check().unwrap());
        let short = method.fit(scale.apply(rows).unwrap().rows(), Seed(1)).unwrap();
        let model = method.fit_on_scale(rows, &scale, &crate::workers::Alone).unwrap().unwrap();
        let (mut there, mut here, mut again) = (Vec::new(), Vec::new(), Vec::new());
        Score::score(&short, scale.apply(rows).unwrap().rows(), &mut there).unwrap();
        Score::score(&model, rows, &mut here).unwrap();
        let near = |there: &f64, here: &f64| (there - here).abs() < 1e-4 * there;
        assert!(there.iter().zip(&here).all(|(there, here)| near(there, here)), "{there:?} {here:?}");
        Score::score(&Lof::from_bytes(&model.to_bytes()).unwrap(), rows, &mut again).unwrap();
        assert_eq!(here, again);
        let odd = Rows::one(&[f32::INFINITY, f32::NAN, 1.0]);
        Score::score(&model, odd, &mut again).unwrap();
        assert!(again[200 + 1].is_finite() && again[201] > 10.0, "{}", again[201]);
    }

    /// What wrote short rows, and knew no scale.
    struct First(Lof);

    impl Save for First {
        const KIND: &'static str = Lof::KIND;

        fn write(&self, writer: &mut Writer) {
            self.0.guard.write(writer);
            writer.length(self.0.count);
            self.0.neighbours.write_short(writer);
            writer.f64s(&self.0.reaches);
            writer.f64s(&self.0.densities);
        }

        fn read(reader: &mut Reader<'_>, version: u16) -> Result<Self, LoadError> {
            Lof::read(reader, version).map(First)
        }
    }

    #[test]
    fn models_of_the_first_version_are_read() {
        let model = fit(2, laws::cloud(30, 2).rows());
        let bytes = First(model.clone()).to_bytes();
        assert_eq!(Lof::from_bytes(&bytes), Ok(Lof { training: None, ..model }));
    }

    #[test]
    fn laws_hold() {
        laws::hold(&Params { neighbours: 7 }.check().unwrap(), 3);
    }

    #[test]
    fn one_row_has_no_neighbour() {
        let model = fit(20, Rows::one(&[1.0, 2.0]));
        assert_eq!(model.training_scores(), Some(&[1.0][..]));
    }
}
