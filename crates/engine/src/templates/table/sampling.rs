//! A record that was chosen in, its values in the sample and the sketches of its skeleton out.
//!
//! Who is chosen is decided on the hot path by one hash (see `sample.rs` and `broad.rs`). What is chosen for
//! the sample waits as a message; [`Miner::settle`] reads what is left of it in the end, a fraction.

use std::borrow::Cow;
use std::ops::Range;

use super::super::broad::is_chosen;
use super::super::sample::{Keep, Seen, VALUES};
use super::{Miner, TAKEN};

/// Longer messages are read at once: they would take more room than their values.
const LONGEST_WAITING: usize = 512;

impl Miner {
    /// Takes a record that was chosen, by its hash.
    #[cold]
    #[inline(never)]
    pub(super) fn sample(&mut self, place: u32, message: &[u8], open: u32, hash: u64, time: i64) {
        let rows = self.rows;
        let Some(entry) = self.entries.get_mut(place as usize).and_then(Option::as_mut) else { return };
        if hash < entry.threshold {
            let gained = entry.sample.add(hash, time, message, open, rows);
            entry.threshold = entry.sample.threshold(rows);
            self.taken[hash as usize % TAKEN] = hash;
            self.gain(gained);
            if message.len() > LONGEST_WAITING {
                self.settle_at(place);
            } else {
                self.unsettled = true;
            }
        }
        if is_chosen(hash) && !self.narrow {
            self.sketch(place, message, open);
        }
        self.keep_shares();
    }

    fn sketch(&mut self, place: u32, message: &[u8], open: u32) {
        self.find_holes(place, message, open);
        let keeps = Keep::of_values(message, self.holes.iter().cloned(), self.settings.keep_values);
        let value = |hole: &Range<usize>| message.get(hole.clone()).unwrap_or_default();
        let Some(entry) = self.entries.get_mut(place as usize).and_then(Option::as_mut) else { return };
        let broad = entry.broad.get_or_insert_default();
        let before = broad.bytes();
        broad.add(self.holes.iter().map(value).zip(keeps));
        self.heap = self.heap + broad.bytes() - before;
        self.sketched = self.sketched + broad.bytes() - before;
    }

    /// Reads the values of all records that wait in samples.
    pub(crate) fn settle(&mut self) {
        if !self.unsettled {
            return;
        }
        self.unsettled = false;
        for place in 0..self.entries.len() {
            self.settle_at(place as u32);
        }
        self.keep_shares();
    }

    /// This miner with all values read, for those who may not change it.
    pub(crate) fn settled(&self) -> Cow<'_, Miner> {
        if !self.unsettled {
            return Cow::Borrowed(self);
        }
        let mut settled = self.clone();
        settled.settle();
        Cow::Owned(settled)
    }

    fn settle_at(&mut self, place: u32) {
        let slot = |miner: &mut Miner| {
            Some(std::mem::take(&mut miner.entries.get_mut(place as usize)?.as_mut()?.sample))
        };
        let Some(mut sample) = slot(self) else { return };
        let gained = sample.settle(|message, open| self.values(place, message, open));
        self.gain(gained);
        if let Some(Some(entry)) = self.entries.get_mut(place as usize) {
            entry.sample = sample;
        }
    }

    /// The values of a message of a skeleton.
    fn values(&mut self, place: u32, message: &[u8], open: u32) -> Box<[Seen]> {
        self.find_holes(place, message, open);
        let keeps = Keep::of_values(message, self.holes.iter().cloned(), self.settings.keep_values);
        let value = |hole: &Range<usize>| message.get(hole.clone()).unwrap_or_default();
        let values = self.holes.iter().map(value).zip(keeps).take(VALUES);
        values.map(|(value, keep)| Seen::of(value, keep)).collect()
    }

    /// Finds where the values of a record of that skeleton stand. The rules need not read it where they have
    /// read another of its line key.
    fn find_holes(&mut self, place: u32, message: &[u8], open: u32) {
        self.holes.clear();
        if open == 0 {
            self.scan.read(message);
            if let Some((_, holes)) =
                self.layouts.find(self.scan.key, message).filter(|(known, _)| *known == place)
            {
                return self.holes.extend(holes);
            }
        }
        self.skeletons.read(message, open);
        self.holes.extend(self.skeletons.holes());
        if open == 0 {
            self.layouts.note(self.scan.key, place, message, self.skeletons.holes());
        }
    }

    fn gain(&mut self, bytes: isize) {
        self.heap = self.heap.saturating_add_signed(bytes);
        self.sampled = self.sampled.saturating_add_signed(bytes);
    }
}
