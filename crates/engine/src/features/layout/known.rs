//! Keys of a training with their counts: how rare is one, and which are the most frequent?

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::super::sheet::{Sheet, Space};
use super::Names;
use crate::model::{BlockReader, BlockWriter, ModelError};

/// Keys that are kept; of more, the most frequent.
pub(super) const MOST: usize = 1 << 16;

/// Counts of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    total: u64,
    /// In the order of the keys.
    counts: Vec<(u64, u64)>,
}

impl Known {
    /// How often each key is there.
    pub(super) fn of(sheet: &Sheet, space: Space) -> Known {
        Known::counted(sheet, space, |value| value.max(0.0) as u64)
    }

    /// In how many rows each key is.
    pub(super) fn of_rows(sheet: &Sheet, space: Space) -> Known {
        Known::counted(sheet, space, |_| 1)
    }

    fn counted(sheet: &Sheet, space: Space, count: impl Fn(f32) -> u64) -> Known {
        let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
        let mut total = 0u64;
        for entry in sheet.views().flat_map(|view| view.entries).filter(|entry| entry.space == space) {
            let count = count(entry.value);
            *counts.entry(entry.key).or_default() += count;
            total = total.saturating_add(count);
        }
        let mut counts: Vec<(u64, u64)> = counts.into_iter().collect();
        if counts.len() > MOST {
            counts.sort_by_key(|(key, count)| (Reverse(*count), *key));
            counts.truncate(MOST);
            counts.sort_unstable();
        }
        Known { total, counts }
    }

    pub(super) fn count(&self, key: u64) -> u64 {
        let at = self.counts.binary_search_by_key(&key, |(key, _)| *key).ok();
        at.and_then(|at| self.counts.get(at)).map_or(0, |(_, count)| *count)
    }

    /// How rare a key is: the share it has, or half a record where it was never met.
    pub(super) fn rarity(&self, key: u64) -> f64 {
        let count = (self.count(key) as f64).max(0.5);
        ((self.total as f64 + 1.0) / count).ln().max(0.0)
    }

    /// The most frequent names with their keys; of equally frequent ones the first by name.
    pub(super) fn most_frequent(&self, names: &Names, space: Space, most: usize) -> Vec<(String, Vec<u64>)> {
        let mut named: BTreeMap<String, (u64, Vec<u64>)> = BTreeMap::new();
        for (key, count) in &self.counts {
            let of = named.entry(names.name(space, *key)).or_default();
            of.0 = of.0.saturating_add(*count);
            of.1.push(*key);
        }
        let mut frequent: Vec<(String, (u64, Vec<u64>))> = named.into_iter().collect();
        frequent.sort_by(|one, other| other.1.0.cmp(&one.1.0).then_with(|| one.0.cmp(&other.0)));
        frequent.truncate(most);
        frequent.into_iter().map(|(name, (_, keys))| (name, keys)).collect()
    }

    pub(super) fn write(&self, block: &mut BlockWriter) {
        block.varint(self.total);
        block.list(self.counts.iter(), |block, (key, count)| {
            block.u64(*key);
            block.varint(*count);
        });
    }

    pub(super) fn read(block: &mut BlockReader<'_>) -> Result<Known, ModelError> {
        let total = block.varint()?;
        let offset = block.offset();
        let counts = block.list("counted keys", MOST, 9, |block| Ok((block.u64()?, block.varint()?)))?;
        if !counts.is_sorted_by(|one, other| one.0 < other.0) {
            return Err(block.malformed("counted keys", offset, "rising keys", "others"));
        }
        Ok(Known { total, counts })
    }
}
