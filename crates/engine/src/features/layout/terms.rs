//! Words of rows in, weights in columns out: frequent here and rare elsewhere weighs most.

use logsift_outliers::Save;
use logsift_outliers::tfidf::{Params, Weights};

use super::super::sheet::{Entry, Sheet, Space};
use crate::model::{BlockReader, BlockWriter, ModelError};

/// Columns of words at most.
const MOST: usize = 4096;
/// Bytes of saved weights at most.
const BYTES: usize = 1 << 20;

/// Weighted words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Terms {
    /// The columns by their keys, in the order of the columns.
    keys: Vec<u64>,
    /// The same in the order of the keys.
    places: Vec<(u64, u32)>,
    weights: Weights,
}

impl Terms {
    /// Fits weights to rows; nothing where there is no row or no key.
    pub(super) fn fit(sheet: &Sheet, space: Space, keys: Vec<u64>) -> Option<Terms> {
        let places = places(&keys);
        let documents: Vec<Vec<(u32, f32)>> =
            sheet.views().map(|view| document(&places, of(view.entries, space))).collect();
        let method = Params { terms: keys.len(), sublinear: true, least: 1 }.check().ok()?;
        let weights = method.fit(documents.iter().map(Vec::as_slice)).ok()?;
        Some(Terms { keys, places, weights })
    }

    /// Appends a column for each key.
    pub(super) fn push<'a>(&self, entries: impl Iterator<Item = &'a Entry>, row: &mut Vec<f32>) {
        let mut document = document(&self.places, entries);
        self.weights.apply(&mut document);
        let start = row.len();
        row.resize(start + self.keys.len(), 0.0);
        if let Some(cells) = row.get_mut(start..) {
            self.weights.spread(&document, cells);
        }
    }

    pub(super) fn columns(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn write(&self, block: &mut BlockWriter) {
        block.list(self.keys.iter(), |block, key| block.u64(*key));
        block.slice(&self.weights.to_bytes());
    }

    pub(super) fn read(block: &mut BlockReader<'_>) -> Result<Terms, ModelError> {
        let keys = block.list("words", MOST, 8, BlockReader::u64)?;
        let offset = block.offset();
        let bytes = block.slice("weights of words", BYTES)?;
        let weights = Weights::from_bytes(bytes).ok().filter(|weights| weights.terms() == keys.len());
        let weights =
            weights.ok_or_else(|| block.malformed("weights of words", offset, "one for each", "others"))?;
        Ok(Terms { places: places(&keys), keys, weights })
    }
}

fn of(entries: &[Entry], space: Space) -> impl Iterator<Item = &Entry> {
    entries.iter().filter(move |entry| entry.space == space)
}

fn places(keys: &[u64]) -> Vec<(u64, u32)> {
    let mut places: Vec<(u64, u32)> = keys.iter().copied().zip(0..).collect();
    places.sort_unstable();
    places
}

fn document<'a>(places: &[(u64, u32)], entries: impl Iterator<Item = &'a Entry>) -> Vec<(u32, f32)> {
    let place = |entry: &Entry| {
        let at = places.binary_search_by_key(&entry.key, |(key, _)| *key).ok()?;
        Some((places.get(at)?.1, entry.value))
    };
    entries.filter_map(place).collect()
}
