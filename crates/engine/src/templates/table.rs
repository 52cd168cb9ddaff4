//! Messages in, counted skeletons out: the table behind the hot path, and its limits.
//!
//! The way of a line: look at it (`glance.rs`), find its key in a small direct cache, count. Only where
//! that fails is it scanned (`scan.rs`), and only a line key that is not in a second such cache is
//! tokenised. The caches hold nothing that the table does not, so
//! losing an entry of it costs time and never changes a result.
//!
//! While the budget is not reached, the state is a function of the multiset of records and merges
//! exactly. Beyond it the table forgets: young skeletons first, those with the lowest count and then
//! the highest id, and it counts what it forgot.

use std::cmp::Reverse;
use std::ops::Range;

use hashbrown::HashTable;

mod limits;
mod merge;
mod sampling;
mod spotted;

use super::broad::{Broad, is_chosen};
use super::explosion::{Explosion, Pattern, Remembered, Verdict};
use super::glance::Glance;
use super::id::{SkeletonId, digest};
use super::layout::Layouts;
use super::lineage::Lineage;
use super::sample::{Keep, ROWS, Sample, choice};
use super::scan::Scan;
use super::skeleton::{HOLE, Skeletons};
use super::spots::Spotting;
use super::stats::{BINS, Facts, Stats};
use super::token::head;

pub use spotted::{Look, Spotted};

/// A skeleton seen this often is established: a flood of others does not push it out.
pub const ESTABLISHED: u64 = 10;

/// Entries of the cache in front of the scan.
const GLANCES: usize = 1 << 15;
/// Entries of the cache in front of the table.
const CACHE: usize = 1 << 14;
/// Entries of each of them that are used while too much is new. Hardly a line is then found there, and looking for it
/// in vain must not cost a way to far memory.
const NEAR: usize = 1 << 12;
/// Records lately taken into samples, which need not be looked at again when they repeat.
const TAKEN: usize = 1 << 12;
/// Bytes of an entry beside its text and sample, with its share of the table and its time line.
const ENTRY: usize = size_of::<Option<Entry>>() + size_of::<[u32; BINS]>() + 8;

/// How a miner works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinerSettings {
    /// Bytes that the miner may keep.
    pub budget: usize,
    /// Whether texts of values may be kept; not under redaction.
    pub keep_values: bool,
}

impl Default for MinerSettings {
    fn default() -> MinerSettings {
        MinerSettings { budget: 64 << 20, keep_values: true }
    }
}

/// What became of the records that a miner has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Records seen.
    pub records: u64,
    /// Skeletons in memory.
    pub skeletons: u64,
    /// Skeletons forgotten for want of memory.
    pub forgotten: u64,
    /// Records of forgotten skeletons.
    pub forgotten_records: u64,
    /// Records that were counted without a shape of their own while too much was new.
    pub formless: u64,
    /// Words that exploded and are taken for values since.
    pub exploded: u64,
    /// Skeletons that came back after they were forgotten.
    pub returned: u64,
    /// There was no room for sketches of slots: only samples of values are left.
    pub narrow: bool,
}

/// A skeleton and what is counted of it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    check: u64,
    pub(crate) stats: Stats,
    threshold: u64,
    pub(crate) text: Box<[u8]>,
    pub(crate) sample: Sample,
    pub(crate) broad: Option<Box<Broad>>,
    pub(crate) returned: bool,
}

/// Places by key, each in the one slot that its key leads to. A slot holds the place and all bits of the key but those
/// that the place covers, most of which lead to the slot: it is right but for one key in 2^59, and half as large as
/// with all bits, which is what counts.
#[derive(Clone, Debug)]
struct Cache {
    slots: Vec<u64>,
    /// Of the slots, so many are used.
    used: usize,
}

/// The bits of a slot that hold a place. All of them are set where there is none.
const PLACE: u64 = (1 << 20) - 1;

impl Cache {
    /// With so many slots, a power of two.
    fn new(slots: usize) -> Cache {
        Cache { slots: vec![PLACE; slots], used: slots }
    }

    /// The place of a key, or none that there is.
    #[inline(always)]
    fn place(&self, key: u64) -> u32 {
        match self.slots.get(key as usize & self.used.wrapping_sub(1)) {
            Some(slot) if (slot ^ key) <= PLACE && slot & PLACE != PLACE => (slot & PLACE) as u32,
            _ => u32::MAX,
        }
    }

    #[inline(always)]
    fn note(&mut self, key: u64, place: u32) {
        if let Some(slot) = self.slots.get_mut(key as usize & self.used.wrapping_sub(1)) {
            // Places beyond are those of tables far larger than any that is sensible.
            *slot = key & !PLACE | u64::from(place).min(PLACE);
        }
    }

    fn forget(&mut self) {
        self.slots.fill(PLACE);
    }

    fn bytes(&self) -> usize {
        self.slots.len() * size_of::<u64>()
    }
}

/// Mines templates out of messages.
#[derive(Clone, Debug)]
pub struct Miner {
    settings: MinerSettings,
    glances: Cache,
    cache: Cache,
    taken: Vec<u64>,
    entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    index: HashTable<u32>,
    scan: Scan,
    /// Hash of the message at hand, for sampling by content.
    content: u64,
    skeletons: Skeletons,
    /// Where the values of the message at hand stand.
    holes: Vec<Range<usize>>,
    spotting: Spotting,
    layouts: Layouts,
    explosion: Explosion,
    /// Where records without a shape are counted, once there are any.
    formless_place: Option<u32>,
    remembered: Remembered,
    pub(crate) lineage: Lineage,
    forgotten: Stats,
    forgotten_skeletons: u64,
    formless: u64,
    returned: u64,
    rows: usize,
    heap: usize,
    sampled: usize,
    sketched: usize,
    /// Records of samples may wait as messages.
    unsettled: bool,
    narrow: bool,
    young: usize,
}

impl Default for Miner {
    fn default() -> Miner {
        Miner::new(MinerSettings::default())
    }
}

impl Miner {
    /// A miner that has seen nothing.
    pub fn new(settings: MinerSettings) -> Miner {
        Miner {
            settings,
            glances: Cache::new(GLANCES),
            cache: Cache::new(CACHE),
            taken: vec![0; TAKEN],
            entries: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            scan: Scan::default(),
            content: 0,
            skeletons: Skeletons::default(),
            holes: Vec::new(),
            spotting: Spotting::default(),
            layouts: Layouts::default(),
            explosion: Explosion::new(settings.budget),
            formless_place: None,
            remembered: Remembered::default(),
            lineage: Lineage::default(),
            forgotten: Stats::default(),
            forgotten_skeletons: 0,
            formless: 0,
            returned: 0,
            rows: ROWS,
            heap: 0,
            sampled: 0,
            sketched: 0,
            unsettled: false,
            narrow: false,
            young: 0,
        }
    }

    /// Counts a record and says which skeleton its message has.
    #[inline]
    pub fn add(&mut self, message: &[u8], facts: &Facts) -> SkeletonId {
        let message = head(message);
        let glance = Glance::at(message);
        let place = self.glances.place(glance.key);
        match self.count_known(place, message, glance.content, 0, facts) {
            Some(id) => id,
            None => self.add_scanned(message, glance, facts),
        }
    }

    /// The same for a message of which no like was seen lately.
    #[inline(never)]
    fn add_scanned(&mut self, message: &[u8], glance: Glance, facts: &Facts) -> SkeletonId {
        if !self.explosion.has_begun() {
            self.scan.read(message);
        } else if self.explosion.turns_away(&mut self.scan, message, glance, facts) {
            return self.count_formless(facts);
        }
        let place = self.cache.place(self.scan.key);
        match self.count_known(place, message, glance.content, 0, facts) {
            Some(id) => {
                self.glances.note(glance.key, place);
                id
            }
            None => {
                self.content = glance.content;
                self.add_unknown(message, glance, facts)
            }
        }
    }

    /// Counts a record of a skeleton that is known by its place.
    #[inline(always)]
    fn count_known(
        &mut self,
        place: u32,
        message: &[u8],
        content: u64,
        open: u32,
        facts: &Facts,
    ) -> Option<SkeletonId> {
        let entry = self.entries.get_mut(place as usize).and_then(Option::as_mut)?;
        let time = facts.time.map_or(0, |time| time.nanos());
        let hash = choice(content, time);
        let chosen = hash < entry.threshold && self.taken[hash as usize % TAKEN] != hash;
        entry.stats.add(facts);
        let id = SkeletonId(entry.id);
        if entry.stats.count == ESTABLISHED {
            self.young = self.young.saturating_sub(1);
        }
        if chosen || is_chosen(hash) {
            self.sample(place, message, open, hash, time);
        }
        Some(id)
    }

    #[cold]
    #[inline(never)]
    fn add_unknown(&mut self, message: &[u8], glance: Glance, facts: &Facts) -> SkeletonId {
        if let Some((skeleton, open)) = self.explosion.known(&self.scan, facts.stream) {
            let place = self.find_id(skeleton).unwrap_or(u32::MAX);
            let known = self.count_known(place, message, glance.content, open, facts);
            return known.unwrap_or_else(|| self.admit(message, facts, open));
        }
        if self.young < self.young_limit() && !self.explosion.has_begun() {
            return self.admit(message, facts, 0);
        }
        (self.glances.used, self.cache.used) = (NEAR, NEAR);
        match self.explosion.judge(&self.scan, glance, facts) {
            Verdict::Admit => self.admit(message, facts, 0),
            Verdict::Open(open, rest) => {
                let skeleton = self.admit(message, facts, open);
                let (stream, chunks) = (facts.stream, self.scan.chunks as u32);
                self.explosion.remember(Pattern { rest, skeleton: skeleton.0, stream, open, chunks });
                skeleton
            }
            Verdict::Formless => self.count_formless(facts),
        }
    }

    fn count_formless(&mut self, facts: &Facts) -> SkeletonId {
        self.formless += 1;
        let place = match self.formless_place {
            Some(place) => place,
            None => self.place_of(&[HOLE]),
        };
        self.formless_place = Some(place);
        self.count_at(place, facts)
    }

    /// Makes the skeleton of a message and counts it.
    fn admit(&mut self, message: &[u8], facts: &Facts, open: u32) -> SkeletonId {
        let mut skeletons = std::mem::take(&mut self.skeletons);
        skeletons.read(message, open);
        let place = self.place_of(skeletons.text());
        self.skeletons = skeletons;
        self.explosion.admitted(&self.scan, open);
        if open == 0 {
            self.cache.note(self.scan.key, place);
        }
        let time = facts.time.map_or(0, |time| time.nanos());
        self.sample(place, message, open, choice(self.content, time), time);
        let id = self.count_at(place, facts);
        // Last, because what is forgotten may be this very skeleton, and its records must be known.
        if self.is_over_budget() {
            self.forget();
        }
        id
    }

    fn count_at(&mut self, place: u32, facts: &Facts) -> SkeletonId {
        let Some(entry) = self.entries.get_mut(place as usize).and_then(Option::as_mut) else {
            return SkeletonId(0);
        };
        entry.stats.add(facts);
        if entry.stats.count == ESTABLISHED {
            self.young = self.young.saturating_sub(1);
        }
        SkeletonId(entry.id)
    }

    fn entry(&self, place: u32) -> Option<&Entry> {
        self.entries.get(place as usize)?.as_ref()
    }

    fn find_id(&self, id: u64) -> Option<u32> {
        self.index.find(id, |place| self.entry(*place).is_some_and(|entry| entry.id == id)).copied()
    }

    /// The place of a skeleton, which is made where there is none.
    fn place_of(&mut self, text: &[u8]) -> u32 {
        let digest = digest(b's', text);
        let same = |place: &u32| {
            self.entry(*place).is_some_and(|entry| entry.id == digest.high && entry.check == digest.low)
        };
        if let Some(place) = self.index.find(digest.high, same) {
            return *place;
        }
        let returned = self.remembered.has(digest.high);
        self.returned += u64::from(returned);
        let entry = Entry {
            id: digest.high,
            check: digest.low,
            stats: Stats::default(),
            threshold: u64::MAX,
            text: Box::from(text),
            sample: Sample::default(),
            broad: None,
            returned,
        };
        self.young += 1;
        self.insert(entry)
    }

    fn insert(&mut self, entry: Entry) -> u32 {
        self.heap += heap_of(&entry);
        self.sampled += entry.sample.bytes();
        self.sketched += broad_bytes(&entry);
        let id = entry.id;
        let place = match self.free.pop() {
            Some(place) => place,
            None => {
                self.entries.push(None);
                self.entries.len() as u32 - 1
            }
        };
        if let Some(slot) = self.entries.get_mut(place as usize) {
            *slot = Some(entry);
        }
        let entries = &self.entries;
        let hash =
            |place: &u32| entries.get(*place as usize).and_then(Option::as_ref).map_or(0, |entry| entry.id);
        self.index.insert_unique(id, place, hash);
        place
    }

    /// The skeletons in memory, in the order of their texts.
    pub(crate) fn in_order(&self) -> Vec<&Entry> {
        let mut all: Vec<&Entry> =
            self.entries.iter().flatten().filter(|entry| entry.stats.count > 0).collect();
        all.sort_by(|one, two| one.text.cmp(&two.text));
        all
    }

    /// A skeleton in memory.
    pub(crate) fn with_id(&self, id: SkeletonId) -> Option<&Entry> {
        self.entry(self.find_id(id.0)?)
    }

    /// What was counted of skeletons that are no longer in memory.
    pub(crate) fn forgotten(&self) -> &Stats {
        &self.forgotten
    }

    /// The sentences whose words exploded, those with most records first: the skeleton that stands
    /// for them since, and the stream that they came from.
    pub fn exploded(&self) -> Vec<(SkeletonId, u32)> {
        let mut found = self.exploded_entries();
        found.sort_by_key(|(entry, stream)| (Reverse(entry.stats.count), entry.id, *stream));
        found.into_iter().map(|(entry, stream)| (SkeletonId(entry.id), stream)).collect()
    }

    /// The skeletons of sentences that exploded, and their streams.
    pub(crate) fn exploded_entries(&self) -> Vec<(&Entry, u32)> {
        let entry = |pattern: &Pattern| Some((self.entry(self.find_id(pattern.skeleton)?)?, pattern.stream));
        self.explosion.patterns().iter().filter_map(entry).collect()
    }

    /// What may be kept of text that stands in no hole.
    pub(crate) fn keeps(&self) -> Keep {
        if self.settings.keep_values { Keep::Text } else { Keep::Number }
    }

    /// Records in a sample at present.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// What became of all records.
    pub fn account(&self) -> Account {
        let kept =
            self.entries.iter().flatten().fold(0, |sum: u64, entry| sum.saturating_add(entry.stats.count));
        Account {
            records: kept.saturating_add(self.forgotten.count),
            skeletons: self.entries.iter().flatten().count() as u64,
            forgotten: self.forgotten_skeletons,
            forgotten_records: self.forgotten.count,
            formless: self.formless,
            exploded: self.explosion.patterns().len() as u64,
            returned: self.returned,
            narrow: self.narrow,
        }
    }

    /// Bytes in use.
    pub fn bytes(&self) -> usize {
        let fixed = self.glances.bytes()
            + self.cache.bytes()
            + TAKEN * 8
            + self.spotting.bytes()
            + self.layouts.bytes()
            + self.explosion.bytes()
            + self.remembered.bytes();
        fixed + self.heap
    }
}

fn heap_of(entry: &Entry) -> usize {
    ENTRY + entry.text.len() + 32 + entry.sample.bytes() + broad_bytes(entry)
}

fn broad_bytes(entry: &Entry) -> usize {
    entry.broad.as_ref().map_or(0, |broad| broad.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_gives_the_place_that_was_noted_last_for_a_key() {
        let mut cache = Cache::new(1 << 4);
        let key = 0x1234_5678_9ABC_DEF3;
        let check = |cache: &Cache, key: u64, wanted: Option<u32>| {
            assert_eq!(cache.place(key), wanted.unwrap_or(u32::MAX), "{key:x}");
        };
        for unknown in [0, 1, key, u64::MAX] {
            check(&cache, unknown, None);
        }
        cache.note(key, 77);
        check(&cache, key, Some(77));
        check(&cache, key ^ 1 << 63, None);
        check(&cache, key ^ 1, None);
        cache.note(key ^ 1 << 63, 0);
        check(&cache, key, None);
        check(&cache, key ^ 1 << 63, Some(0));
        for far in [PLACE as u32, PLACE as u32 + 1, u32::MAX] {
            cache.note(key, far);
            check(&cache, key, None);
        }
        cache.note(key, 5);
        cache.used = 1 << 2;
        cache.note(key, 6);
        check(&cache, key, Some(6));
        cache.forget();
        check(&cache, key, None);
    }
}
