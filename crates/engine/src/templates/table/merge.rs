//! Miners in, one miner out; and what a model file keeps of a miner, out and in again.

use super::super::broad::Broad;
use super::super::explosion::{Pattern, Remembered};
use super::super::id::digest;
use super::super::sample::Sample;
use super::super::stats::Stats;
use super::{ESTABLISHED, Entry, Miner, broad_bytes, heap_of};

/// What [`Miner::totals`] gives.
pub(crate) struct Totals<'a> {
    pub(crate) forgotten: &'a Stats,
    pub(crate) forgotten_skeletons: u64,
    pub(crate) formless: u64,
    pub(crate) returned: u64,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) remembered: &'a Remembered,
}

impl Miner {
    /// Takes in all that another miner has seen. While neither has forgotten anything, the result
    /// is that of one miner which saw everything, whatever the order of absorbing.
    pub fn absorb(&mut self, mut other: Miner) {
        self.settle();
        other.settle();
        while self.rows > other.rows {
            self.shorten_samples();
        }
        for entry in other.entries.into_iter().flatten() {
            self.absorb_entry(entry);
        }
        for pattern in other.explosion.patterns() {
            self.explosion.remember(pattern);
        }
        self.remembered.absorb(&other.remembered);
        self.lineage.absorb(&other.lineage);
        self.forgotten.absorb(&other.forgotten);
        self.forgotten_skeletons = self.forgotten_skeletons.saturating_add(other.forgotten_skeletons);
        self.formless = self.formless.saturating_add(other.formless);
        self.returned = self.returned.saturating_add(other.returned);
        self.narrow |= other.narrow;
        self.keep_shares();
        if self.is_over_bytes() {
            self.forget();
        }
    }

    fn absorb_entry(&mut self, mut theirs: Entry) {
        theirs.sample.shorten(self.rows);
        theirs.threshold = theirs.sample.threshold(self.rows);
        let Some(place) = self.find_id(theirs.id) else {
            self.young += usize::from(theirs.stats.count < ESTABLISHED);
            self.explosion.is_told();
            self.insert(theirs);
            return;
        };
        let rows = self.rows;
        let Some(mine) = self.entries.get_mut(place as usize).and_then(Option::as_mut) else { return };
        let was_young = mine.stats.count < ESTABLISHED;
        let (heap, sampled, sketched) = (heap_of(mine), mine.sample.bytes(), broad_bytes(mine));
        mine.stats.absorb(&theirs.stats);
        mine.sample.absorb(theirs.sample, rows);
        mine.threshold = mine.sample.threshold(rows);
        if let Some(theirs) = &theirs.broad {
            mine.broad.get_or_insert_default().absorb(theirs);
        }
        mine.returned &= theirs.returned;
        self.heap = self.heap - heap + heap_of(mine);
        self.sampled = self.sampled - sampled + mine.sample.bytes();
        self.sketched = self.sketched - sketched + broad_bytes(mine);
        self.young -= usize::from(was_young && mine.stats.count >= ESTABLISHED);
    }

    /// What is known beside the skeletons, as a model file keeps it.
    pub(crate) fn totals(&self) -> Totals<'_> {
        Totals {
            forgotten: &self.forgotten,
            forgotten_skeletons: self.forgotten_skeletons,
            formless: self.formless,
            returned: self.returned,
            patterns: self.explosion.patterns(),
            remembered: &self.remembered,
        }
    }

    /// Takes back what [`Miner::totals`] gave: forgotten records and skeletons, formless records,
    /// skeletons that returned.
    pub(crate) fn restore_totals(
        &mut self,
        forgotten: Stats,
        [skeletons, formless, returned]: [u64; 3],
        patterns: Vec<Pattern>,
        remembered: Remembered,
    ) {
        (self.forgotten, self.forgotten_skeletons) = (forgotten, skeletons);
        (self.formless, self.returned) = (formless, returned);
        patterns.into_iter().for_each(|pattern| self.explosion.remember(pattern));
        self.remembered = remembered;
    }

    /// Sets how many rows samples have, and whether there was no room for sketches.
    pub(crate) fn restore_shares(&mut self, rows: usize, narrow: bool) {
        (self.rows, self.narrow) = (rows, narrow);
    }

    /// Takes back a skeleton.
    pub(crate) fn restore(
        &mut self,
        text: &[u8],
        returned: bool,
        stats: Stats,
        sample: Sample,
        broad: Option<Box<Broad>>,
    ) {
        let digest = digest(b's', text);
        let threshold = sample.threshold(self.rows);
        let (id, check, text) = (digest.high, digest.low, Box::from(text));
        self.absorb_entry(Entry { id, check, stats, threshold, text, sample, broad, returned });
        self.keep_shares();
        if self.is_over_bytes() {
            self.forget();
        }
    }
}
