//! Weights for sparse counts: what occurs in few documents counts more than what occurs in all.
//!
//! Takes documents as pairs of a term's number and its count, and gives pairs of a term's number and
//! its weight (term frequency times inverse document frequency, as scikit-learn computes it: smoothed,
//! and each document brought to length 1). Which words become terms is the caller's business.

use crate::error::{FitError, LoadError};
use crate::save::{Reader, Save, Writer};
use crate::settings::settings;

settings! {
    /// Parameters of the weights.
    pub struct Params => Method {
        /// How many terms there are; higher numbers are left out.
        terms: usize = 1024, "1 to 16777216", |terms| (1..=16_777_216).contains(terms);
        /// Whether a count is replaced by one more than its logarithm, so that repetition counts less.
        sublinear: bool = false, "true, false", |_| true;
        /// Documents in which a term must occur to have a weight.
        least: usize = 1, "1 to 1000000000", |least| (1..=1_000_000_000).contains(least);
    }
}

/// Fitted weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    sublinear: bool,
    /// Of each term; 0 for one that is left out.
    inverse: Vec<f32>,
}

impl Method {
    /// Counts in how many documents each term occurs. A document has a term once.
    ///
    /// # Errors
    /// No document.
    pub fn fit<'a>(
        &self,
        documents: impl IntoIterator<Item = &'a [(u32, f32)]>,
    ) -> Result<Weights, FitError> {
        let params = self.params();
        let mut occurs = vec![0u64; params.terms];
        let mut count = 0u64;
        for document in documents {
            count += 1;
            for &(term, times) in document {
                if let Some(occurs) = occurs.get_mut(term as usize).filter(|_| times > 0.0) {
                    *occurs += 1;
                }
            }
        }
        if count == 0 {
            return Err(FitError::TooFew { found: 0, needed: 1 });
        }
        let weight = |occurs: u64| {
            let rare = ((count as f64 + 1.0) / (occurs as f64 + 1.0)).ln() + 1.0;
            if occurs < params.least as u64 { 0.0 } else { rare as f32 }
        };
        Ok(Weights { sublinear: params.sublinear, inverse: occurs.into_iter().map(weight).collect() })
    }
}

impl Weights {
    /// How many terms there are.
    #[must_use]
    pub fn terms(&self) -> usize {
        self.inverse.len()
    }

    /// Puts weights in the place of counts, and leaves out terms without. Counts that are negative or
    /// no number count as 0.
    pub fn apply(&self, document: &mut Vec<(u32, f32)>) {
        document.retain_mut(|(term, value)| {
            let inverse = self.inverse.get(*term as usize).copied().unwrap_or(0.0);
            let count = if *value > 0.0 { value.min(1e18) } else { 0.0 };
            let frequency = if self.sublinear && count > 0.0 { (count.ln() + 1.0).max(0.0) } else { count };
            *value = frequency * inverse;
            *value > 0.0
        });
        let square: f64 = document.iter().map(|(_, value)| f64::from(*value).powi(2)).sum();
        let length = square.sqrt();
        document.iter_mut().for_each(|(_, value)| *value = (f64::from(*value) / length) as f32);
    }

    /// Writes a weighted document into a row with a column for each term.
    pub fn spread(&self, document: &[(u32, f32)], row: &mut [f32]) {
        row.fill(0.0);
        for &(term, value) in document {
            if let Some(cell) = row.get_mut(term as usize) {
                *cell += value;
            }
        }
    }
}

impl Save for Weights {
    const KIND: &'static str = "tfidf";

    fn write(&self, writer: &mut Writer) {
        writer.u8(u8::from(self.sublinear));
        writer.f32s(&self.inverse);
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let (sublinear, inverse) = (reader.u8()? != 0, reader.finite_f32s()?);
        if inverse.is_empty() || inverse.iter().any(|&weight| !(0.0..1e3).contains(&weight)) {
            return Err(LoadError::Damaged("weights of terms"));
        }
        Ok(Self { sublinear, inverse })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(params: Params) -> Weights {
        let documents: [&[(u32, f32)]; 3] = [&[(0, 3.0), (1, 1.0)], &[(0, 2.0)], &[(0, 1.0), (2, 2.0)]];
        params.check().unwrap().fit(documents).unwrap()
    }

    #[test]
    fn weights_are_those_of_scikit_learn() {
        // TfidfTransformer().fit(X).transform([[3, 1, 0]]) for the rows of these documents.
        let mut document = vec![(0, 3.0), (1, 1.0)];
        fit(Params { terms: 3, ..Params::default() }).apply(&mut document);
        let expected = [0.870_874_16, 0.491_506_04];
        for ((_, weight), expected) in document.iter().zip(expected) {
            assert!((weight - expected).abs() < 1e-5, "{document:?}");
        }
        let mut row = [9.0; 3];
        fit(Params::default()).spread(&document, &mut row);
        assert_eq!(row[2], 0.0);
    }

    #[test]
    fn what_has_no_weight_is_left_out() {
        let check = |params: Params, mut document: Vec<(u32, f32)>, terms: &[u32]| {
            fit(params).apply(&mut document);
            assert_eq!(document.iter().map(|(term, _)| *term).collect::<Vec<_>>(), terms);
            let square: f32 = document.iter().map(|(_, weight)| weight * weight).sum();
            assert!(terms.is_empty() || (square - 1.0).abs() < 1e-5);
        };
        let params = Params { terms: 3, ..Params::default() };
        check(params, vec![(0, 1.0), (7, 1.0), (u32::MAX, 1.0)], &[0]);
        check(params, vec![(0, -1.0), (1, f32::NAN), (2, f32::INFINITY)], &[2]);
        check(params, vec![], &[]);
        check(Params { least: 2, ..params }, vec![(0, 1.0), (1, 1.0)], &[0]);
        check(Params { sublinear: true, ..params }, vec![(0, 0.1), (1, 5.0)], &[1]);
    }

    #[test]
    fn they_come_back() {
        let weights = fit(Params { terms: 5, ..Params::default() });
        let bytes = weights.to_bytes();
        assert_eq!(Weights::from_bytes(&bytes), Ok(weights));
        assert!(Weights::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        let none: [&[(u32, f32)]; 0] = [];
        assert!(Params::default().check().unwrap().fit(none).is_err());
    }
}
