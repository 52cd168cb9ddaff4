//! Rows of records in, the row of their window out: means, maxima and counts.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::sheet::{Entry, Space};
use crate::records::record::Origin;

/// Keys that a window counts at most; others are left out.
const MOST_KEYS: usize = 1 << 14;

/// A window that goes on.
#[derive(Clone, Debug)]
pub(super) struct Open {
    /// Its number: seconds divided by its length.
    pub(super) number: i64,
    /// The line of its first record.
    pub(super) line: u64,
    /// Where that begins.
    pub(super) offset: u64,
    pub(super) records: u32,
    bad: u32,
    sums: Vec<Mean>,
    keys: HashMap<(Space, u64), Mean, FixedState>,
}

#[derive(Clone, Copy, Debug)]
struct Mean {
    sum: f64,
    count: u32,
    most: f32,
}

impl Mean {
    const NONE: Mean = Mean { sum: 0.0, count: 0, most: f32::NEG_INFINITY };

    fn add(&mut self, value: f32) {
        if !value.is_nan() {
            self.sum += f64::from(value);
            self.count += 1;
            self.most = self.most.max(value);
        }
    }

    fn mean(&self) -> f32 {
        if self.count == 0 { f32::NAN } else { (self.sum / f64::from(self.count)) as f32 }
    }

    fn most(&self) -> f32 {
        if self.count == 0 { f32::NAN } else { self.most }
    }
}

impl Open {
    /// Begins where no record was seen yet.
    pub(super) fn new(number: i64, origin: Origin) -> Open {
        let Origin { line, offset, .. } = origin;
        Open { number, line, offset, records: 0, bad: 0, sums: Vec::new(), keys: HashMap::default() }
    }

    /// Adds a record: its numbers, of which mean and maximum are told, and its keys.
    pub(super) fn add(&mut self, numbers: &[f32], entries: &[Entry], bad: bool) {
        self.records = self.records.saturating_add(1);
        self.bad += u32::from(bad);
        self.sums.resize(numbers.len(), Mean::NONE);
        self.sums.iter_mut().zip(numbers).for_each(|(sum, value)| sum.add(*value));
        for entry in entries {
            let key = (entry.space, entry.key);
            if self.keys.len() < MOST_KEYS || self.keys.contains_key(&key) {
                self.keys.entry(key).or_insert(Mean::NONE).add(entry.value);
            }
        }
    }

    /// How many records, the share of errors, and how many templates.
    pub(super) fn push_figures(&self, row: &mut Vec<f32>) {
        let templates = self.keys.keys().filter(|(space, _)| *space == Space::Template).count();
        let records = f64::from(self.records);
        row.push(records.ln_1p() as f32);
        row.push((f64::from(self.bad) / records.max(1.0)) as f32);
        row.push(templates as f32);
    }

    /// The means of some of the numbers, then their maxima.
    pub(super) fn push_sums(&self, range: std::ops::Range<usize>, row: &mut Vec<f32>) {
        let sums = self.sums.get(range).unwrap_or_default();
        row.extend(sums.iter().map(Mean::mean));
        row.extend(sums.iter().map(Mean::most));
    }

    /// Its keys in their order: how often, or for fields the mean.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let value = |space: Space, mean: &Mean| match space {
            Space::Field => mean.mean(),
            _ => mean.sum as f32,
        };
        let keys = self.keys.iter();
        let mut entries: Vec<Entry> = keys
            .map(|((space, key), mean)| Entry { space: *space, key: *key, value: value(*space, mean) })
            .collect();
        entries.sort_unstable_by_key(|entry| (entry.space, entry.key));
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_leave_out_what_is_missing() {
        let mut open = Open::new(3, Origin::default());
        let entry = |space, key, value| Entry { space, key, value };
        let keys = [entry(Space::Template, 9, 1.0), entry(Space::Field, 1, 4.0)];
        open.add(&[1.0, f32::NAN, f32::NAN], &keys, true);
        open.add(&[3.0, 5.0, f32::NAN], &[entry(Space::Field, 1, 8.0)], false);
        let mut row = Vec::new();
        open.push_sums(0..3, &mut row);
        assert_eq!((&row[..2], &row[3..5]), (&[2.0, 5.0][..], &[3.0, 5.0][..]));
        assert!(row[2].is_nan() && row[5].is_nan());
        assert_eq!(open.entries(), [entry(Space::Template, 9, 1.0), entry(Space::Field, 1, 6.0)]);
        let mut figures = Vec::new();
        open.push_figures(&mut figures);
        assert_eq!((figures[1], figures[2]), (0.5, 1.0));
    }

    #[test]
    fn keys_are_bounded() {
        let mut open = Open::new(0, Origin::default());
        for key in 0..3 * MOST_KEYS as u64 {
            open.add(&[], &[Entry { space: Space::Term, key, value: 1.0 }], false);
        }
        assert_eq!(open.entries().len(), MOST_KEYS);
    }
}
