//! A table that is too large in, a smaller one out: what goes first, and what is counted of it.

use super::super::skeleton::HOLE;
use super::{ESTABLISHED, Miner, broad_bytes, heap_of};

/// The fewest records in a sample when memory is short.
const FEWEST_ROWS: usize = 4;

impl Miner {
    /// Keeps samples and sketches within a quarter of the budget each.
    pub(super) fn keep_shares(&mut self) {
        while self.sampled > self.settings.budget / 4 && self.rows > FEWEST_ROWS {
            self.shorten_samples();
        }
        if self.sketched > self.settings.budget / 4 || self.narrow && self.sketched > 0 {
            self.drop_sketches();
        }
    }

    /// Goes on without sketches: there is no room for those of all slots, and to keep some would
    /// depend on which came first.
    pub(super) fn drop_sketches(&mut self) {
        self.narrow = true;
        for entry in self.entries.iter_mut().flatten() {
            entry.broad = None;
        }
        self.heap -= self.sketched;
        self.sketched = 0;
    }

    /// Halves all samples.
    pub(super) fn shorten_samples(&mut self) {
        self.rows /= 2;
        self.sampled = 0;
        for entry in self.entries.iter_mut().flatten() {
            let before = entry.sample.bytes();
            entry.sample.shorten(self.rows);
            entry.threshold = entry.sample.threshold(self.rows);
            self.heap -= before - entry.sample.bytes();
            self.sampled += entry.sample.bytes();
        }
    }

    pub(super) fn young_limit(&self) -> usize {
        self.settings.budget / 4096
    }

    pub(super) fn is_over_budget(&self) -> bool {
        self.is_over_bytes() || self.young > self.young_limit() + self.young_limit() / 4
    }

    /// Merging counts bytes alone: parts that fit into memory together must not lose anything
    /// because they are young.
    pub(super) fn is_over_bytes(&self) -> bool {
        self.bytes() > self.settings.budget
    }

    /// Forgets skeletons until there is room: young ones, and others only where that is not enough.
    pub(super) fn forget(&mut self) {
        let mut order: Vec<(u64, u64, u32)> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(place, entry)| entry.as_ref().map(|entry| (entry, place as u32)))
            .filter(|(entry, _)| *entry.text != [HOLE])
            .map(|(entry, place)| (entry.stats.count, !entry.id, place))
            .collect();
        order.sort_unstable();
        let wanted = self.settings.budget / 4 * 3;
        let young = self.young_limit() / 4 * 3;
        for (_, _, place) in order {
            if self.bytes() <= wanted && self.young <= young {
                break;
            }
            self.forget_one(place);
        }
        self.glances.forget();
        self.cache.forget();
        self.spotting.forget();
        self.layouts.forget();
    }

    pub(super) fn forget_one(&mut self, place: u32) {
        let Some(entry) = self.entries.get_mut(place as usize).and_then(Option::take) else { return };
        if let Ok(found) = self.index.find_entry(entry.id, |had| *had == place) {
            found.remove();
        }
        self.free.push(place);
        self.heap -= heap_of(&entry);
        self.sampled -= entry.sample.bytes();
        self.sketched -= broad_bytes(&entry);
        self.young -= usize::from(entry.stats.count < ESTABLISHED);
        self.remembered.add(entry.id, self.settings.budget);
        self.forgotten.absorb(&entry.stats);
        self.forgotten_skeletons += 1;
    }
}
