//! The two shapes every model has: a method that fits, and what it gives, which scores.
//!
//! There is a pair for rows of numbers and a pair for sequences of events. One generic pair would
//! read shorter and carry a lifetime and an associated type through every signature that uses it.

use crate::data::{Rows, Sequences};
use crate::error::{FitError, ScoreError};
use crate::guard::Guard;
use crate::seed::Seed;
use crate::standardise::Standardiser;
use crate::workers::{self, Alone, Workers};

/// Rows that are scored as one part of the work: enough to be worth handing over, few enough that
/// their values and their scores stay in the cache.
pub const BLOCK: usize = 1024;

/// Sequences that are scored as one part of the work.
const SEQUENCE_BLOCK: usize = 64;

/// A method with legal parameters; fits rows.
pub trait Fit {
    /// What the fit gives.
    type Fitted: Score;

    /// Fits the rows; the same rows and seed give the same bits whoever the workers are.
    ///
    /// # Errors
    /// Rows that are too few, not finite, or at odds with a parameter.
    fn fit_with(&self, rows: Rows<'_>, seed: Seed, workers: &dyn Workers) -> Result<Self::Fitted, FitError>;

    /// Fits the rows on the calling thread.
    ///
    /// # Errors
    /// As `fit_with`.
    fn fit(&self, rows: Rows<'_>, seed: Seed) -> Result<Self::Fitted, FitError> {
        self.fit_with(rows, seed, &Alone)
    }

    /// Fits rows as they are and brings them to this scale by itself: for a method to which the last bits of a
    /// standardised number matter. All others give nothing, and are fitted on standardised rows.
    fn fit_on_scale(
        &self,
        _rows: Rows<'_>,
        _scale: &Standardiser,
        _workers: &dyn Workers,
    ) -> Option<Result<Self::Fitted, FitError>> {
        None
    }
}

/// A fitted model over rows. Higher scores are more abnormal; every score is finite.
pub trait Score: Send + Sync {
    /// What it knows of the training columns.
    fn guard(&self) -> &Guard;

    /// Scores rows that are as wide as the training rows and free of odd numbers; `out` has a place
    /// for each. A row's score must not depend on the rows beside it.
    fn score_block(&self, rows: Rows<'_>, out: &mut [f64]);

    /// Which columns made this row abnormal: one share each, not negative, 1 in sum; the row is as
    /// wide as the training rows and free of odd numbers.
    ///
    /// Unless the model knows better: by how much the score falls when the column alone is put to
    /// the middle of the training.
    fn shares_of(&self, row: &[f32]) -> Vec<f64> {
        shares_by_replacing(self, row)
    }

    /// How many rows are scored as one part of the work.
    fn block(&self) -> usize {
        BLOCK
    }

    /// Scores of the training rows as such, where scoring them anew would say something else because
    /// each would meet itself.
    fn training_scores(&self) -> Option<&[f64]> {
        None
    }

    /// Numbers per row.
    fn columns(&self) -> usize {
        self.guard().columns()
    }

    /// Appends a score for every row to `out`, spread over the workers.
    ///
    /// # Errors
    /// Rows of another width than the training rows.
    fn score_with(
        &self,
        rows: Rows<'_>,
        workers: &dyn Workers,
        out: &mut Vec<f64>,
    ) -> Result<(), ScoreError> {
        self.guard().admit(rows)?;
        let start = out.len();
        out.resize(start + rows.len(), 0.0);
        workers::fill(workers, &mut out[start..], self.block(), |first, piece| {
            let block = rows.slice(first, first + piece.len());
            match self.guard().repaired(block) {
                None => self.score_block(block, piece),
                Some(table) => self.score_block(table.rows(), piece),
            }
        });
        Ok(())
    }

    /// Appends a score for every row to `out`, on the calling thread.
    ///
    /// # Errors
    /// Rows of another width than the training rows.
    fn score(&self, rows: Rows<'_>, out: &mut Vec<f64>) -> Result<(), ScoreError> {
        self.score_with(rows, &Alone, out)
    }

    /// Which columns made this row abnormal: one share each, not negative, 1 in sum.
    ///
    /// # Errors
    /// A row of another width than the training rows.
    fn shares(&self, row: &[f32]) -> Result<Vec<f64>, ScoreError> {
        if row.len() != self.columns() {
            return Err(ScoreError::Columns { expected: self.columns(), found: row.len() });
        }
        let repaired = self.guard().repaired(Rows::one(row));
        Ok(self.shares_of(repaired.as_ref().map_or(row, |table| table.rows().row(0))))
    }
}

/// A method with legal parameters; fits sequences.
pub trait FitSequences {
    /// What the fit gives.
    type Fitted: ScoreSequences;

    /// Fits the sequences; the same ones and the same seed give the same bits whoever the workers
    /// are.
    ///
    /// # Errors
    /// Sequences that are too few.
    fn fit_with(
        &self,
        sequences: Sequences<'_>,
        seed: Seed,
        workers: &dyn Workers,
    ) -> Result<Self::Fitted, FitError>;

    /// Fits the sequences on the calling thread.
    ///
    /// # Errors
    /// As `fit_with`.
    fn fit(&self, sequences: Sequences<'_>, seed: Seed) -> Result<Self::Fitted, FitError> {
        self.fit_with(sequences, seed, &Alone)
    }
}

/// A fitted model over sequences. Higher scores are more abnormal; every score is finite. Events
/// that training never met are scored as such, whatever their number.
pub trait ScoreSequences: Send + Sync {
    /// Scores the sequences; `out` has a place for each. A score must not depend on the sequences
    /// beside it.
    fn score_block(&self, sequences: Sequences<'_>, out: &mut [f64]);

    /// How many of these sequences a block has, where they are spread over workers. More than are needed to keep
    /// workers busy serve those that judge what sequences have in common once.
    fn block(&self, _sequences: Sequences<'_>) -> usize {
        SEQUENCE_BLOCK
    }

    /// Which events made this sequence abnormal: one share each, not negative, 1 in sum; none for
    /// the empty sequence.
    fn shares(&self, sequence: &[u32]) -> Vec<f64>;

    /// Appends a score for every sequence to `out`, spread over the workers.
    fn score_with(&self, sequences: Sequences<'_>, workers: &dyn Workers, out: &mut Vec<f64>) {
        let start = out.len();
        out.resize(start + sequences.len(), 0.0);
        workers::fill(workers, &mut out[start..], self.block(sequences), |first, piece| {
            self.score_block(sequences.slice(first, first + piece.len()), piece);
        });
    }

    /// Appends a score for every sequence to `out`, on the calling thread.
    fn score(&self, sequences: Sequences<'_>, out: &mut Vec<f64>) {
        self.score_with(sequences, &Alone, out);
    }
}

/// Parts of a whole as shares that sum to 1. What is negative or not finite counts as nothing; where
/// nothing is left, all shares are equal.
#[must_use]
pub fn shares_of_parts(mut parts: Vec<f64>) -> Vec<f64> {
    parts.iter_mut().for_each(|part| *part = if part.is_finite() { part.max(0.0) } else { 0.0 });
    let largest = parts.iter().copied().fold(0.0, f64::max);
    let equal = 1.0 / parts.len().max(1) as f64;
    if largest <= 0.0 {
        parts.fill(equal);
        return parts;
    }
    // Divided by the largest first, so that the sum of enormous parts stays finite.
    parts.iter_mut().for_each(|part| *part /= largest);
    let sum: f64 = parts.iter().sum();
    parts.iter_mut().for_each(|part| *part /= sum);
    parts
}

fn shares_by_replacing<M: Score + ?Sized>(model: &M, row: &[f32]) -> Vec<f64> {
    let columns = row.len();
    let mut values = Vec::with_capacity((columns + 1) * columns);
    values.extend_from_slice(row);
    for (column, &centre) in model.guard().centres().iter().enumerate() {
        let start = values.len();
        values.extend_from_slice(row);
        values[start + column] = centre;
    }
    let mut scores = vec![0.0; columns + 1];
    if let Some(rows) = Rows::new(&values, columns) {
        model.score_block(rows, &mut scores);
    }
    let whole = scores.remove(0);
    shares_of_parts(scores.into_iter().map(|score| whole - score).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_one() {
        let check = |parts: &[f64], expected: &[f64]| {
            assert_eq!(shares_of_parts(parts.to_vec()), expected);
        };
        check(&[1.0, 3.0], &[0.25, 0.75]);
        check(&[0.0, 0.0], &[0.5, 0.5]);
        check(&[-1.0, 2.0], &[0.0, 1.0]);
        check(&[f64::NAN, 2.0, f64::INFINITY], &[0.0, 1.0, 0.0]);
        check(&[f64::MAX, f64::MAX], &[0.5, 0.5]);
        check(&[], &[]);
    }
}
