//! The keys of lines never seen before in, what to do with them out, when too many are new.
//!
//! A log can hold more shapes than memory. Once the young shapes fill their area, the first sight
//! of a line key only sets a bit; the second makes a skeleton. At the same time the keys *without*
//! each of their chunks are counted: where one of those comes again and again, the chunk that was
//! left out is a word that explodes, and from then on it is taken for a value at once.

use hashbrown::HashTable;

use super::scan::Scan;

/// The share of the budget that the door, the counters and the remembered ids may each take.
const SHARE: usize = 128;
/// So many lines that differ in one chunk alone make it explode.
const ENOUGH: u32 = 16;
/// One line of so many is counted, chosen by its key, which is as good as all and cheaper.
const COUNTED: u64 = 8;
/// Exploding words that are kept; more would be a log without any shape.
pub(crate) const PATTERNS: usize = 4096;

/// What to do with a line of a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Make its skeleton.
    Admit,
    /// Make its skeleton with that chunk as a value, and remember it under that key.
    Open(usize, u64),
    /// Count it among the lines without a shape.
    Formless,
}

/// A chunk that explodes: the key without it, and the skeleton of its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) rest: u64,
    pub(crate) skeleton: u64,
}

/// What is known while too much is new.
#[derive(Clone, Debug, Default)]
pub(crate) struct Explosion {
    patterns: HashTable<Pattern>,
    door: Vec<u64>,
    at_door: usize,
    counters: Vec<(u64, u32)>,
}

impl Explosion {
    /// The skeleton of a line that differs from others in an exploding chunk alone.
    #[inline]
    pub(crate) fn known(&self, scan: &Scan) -> Option<u64> {
        if self.patterns.is_empty() {
            return None;
        }
        let found = |rest: u64| self.patterns.find(rest, |pattern| pattern.rest == rest);
        scan.keys_without().find_map(found).map(|pattern| pattern.skeleton)
    }

    /// Which chunk of a line explodes, if the line belongs to that skeleton because of it.
    pub(crate) fn opened(&self, scan: &Scan, skeleton: u64) -> Option<usize> {
        let known = |rest: u64| self.patterns.find(rest, |pattern| pattern.rest == rest);
        let (nth, pattern) =
            scan.keys_without().enumerate().find_map(|(nth, rest)| Some((nth, known(rest)?)))?;
        (pattern.skeleton == skeleton).then_some(nth)
    }

    /// Decides about a line of a new key while the area of young shapes is full.
    pub(crate) fn judge(&mut self, scan: &Scan, budget: usize) -> Verdict {
        if self.door.is_empty() {
            self.door = vec![0; power_of_two(budget / SHARE / size_of::<u64>())];
            self.counters = vec![(0, 0); power_of_two(budget / SHARE / size_of::<(u64, u32)>())];
        }
        if self.was_at_door(scan.key) {
            return Verdict::Admit;
        }
        if scan.key.is_multiple_of(COUNTED) && self.patterns.len() < PATTERNS {
            for (nth, rest) in scan.keys_without().enumerate() {
                if self.count(rest) >= ENOUGH {
                    return Verdict::Open(nth, rest);
                }
            }
        }
        Verdict::Formless
    }

    /// Remembers an exploding chunk.
    pub(crate) fn remember(&mut self, pattern: Pattern) {
        let same = |had: &Pattern| had.rest == pattern.rest;
        if self.patterns.find(pattern.rest, same).is_none() {
            self.patterns.insert_unique(pattern.rest, pattern, |had| had.rest);
        }
    }

    /// All exploding chunks, in the order of their keys.
    pub(crate) fn patterns(&self) -> Vec<Pattern> {
        let mut all: Vec<Pattern> = self.patterns.iter().copied().collect();
        all.sort_by_key(|pattern| (pattern.rest, pattern.skeleton));
        all
    }

    /// Whether both bits of a key were set, which they are from now on. A stranger finds both set in
    /// one of a hundred cases or fewer.
    fn was_at_door(&mut self, key: u64) -> bool {
        let bits = self.door.len() * 64;
        let mut known = true;
        for bit in [key, key >> 32].map(|part| part as usize & (bits - 1)) {
            let Some(word) = self.door.get_mut(bit / 64) else { return true };
            known &= *word & (1 << (bit % 64)) != 0;
            *word |= 1 << (bit % 64);
        }
        self.at_door += usize::from(!known);
        if self.at_door > bits / 16 {
            self.door.fill(0);
            self.at_door = 0;
        }
        known
    }

    /// Counts a key as frequent-item sketches do: a stranger in its place counts it down.
    fn count(&mut self, rest: u64) -> u32 {
        let place = (rest >> 32) as usize & self.counters.len().wrapping_sub(1);
        let Some((key, count)) = self.counters.get_mut(place) else { return 0 };
        if *key == rest {
            *count += 1;
        } else if *count <= 1 {
            (*key, *count) = (rest, 1);
        } else {
            *count -= 1;
            return 0;
        }
        *count
    }

    /// Heap bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.door.len() * 8 + self.counters.len() * 16 + self.patterns.capacity() * 17
    }
}

/// A set of ids that forgets nothing and may name a stranger: one in a few hundred while it is
/// filled as it should be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Remembered {
    bits: Vec<u64>,
}

impl Remembered {
    /// Adds an id.
    pub(crate) fn add(&mut self, id: u64, budget: usize) {
        if self.bits.is_empty() {
            self.bits = vec![0; power_of_two(budget / SHARE / size_of::<u64>())];
        }
        for bit in self.places(id) {
            if let Some(word) = self.bits.get_mut(bit / 64) {
                *word |= 1 << (bit % 64);
            }
        }
    }

    /// Whether an id was added (or looks like one that was).
    pub(crate) fn has(&self, id: u64) -> bool {
        let set = |bit: usize| self.bits.get(bit / 64).is_some_and(|word| *word & (1 << (bit % 64)) != 0);
        !self.bits.is_empty() && self.places(id).into_iter().all(set)
    }

    /// Takes in all ids of another set. Sizes are powers of two, so the larger set folds into the
    /// size of the smaller.
    pub(crate) fn absorb(&mut self, other: &Remembered) {
        if self.bits.is_empty() || other.bits.is_empty() {
            self.bits.extend_from_slice(&other.bits);
            return;
        }
        let size = self.bits.len().min(other.bits.len());
        let mut folded = vec![0; size];
        for part in self.bits.chunks(size).chain(other.bits.chunks(size)) {
            for (mine, theirs) in folded.iter_mut().zip(part) {
                *mine |= theirs;
            }
        }
        self.bits = folded;
    }

    /// The set as words, as a model file keeps it.
    pub(crate) fn words(&self) -> &[u64] {
        &self.bits
    }

    /// The set of what [`Remembered::words`] gave.
    pub(crate) fn from_words(bits: Vec<u64>) -> Option<Remembered> {
        (bits.is_empty() || bits.len().is_power_of_two()).then_some(Remembered { bits })
    }

    fn places(&self, id: u64) -> [usize; 4] {
        let step = (id >> 32) | 1;
        let mask = (self.bits.len() * 64).wrapping_sub(1);
        [0, 1, 2, 3].map(|nth| id.wrapping_add(step.wrapping_mul(nth)) as usize & mask)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bits.len() * 8
    }
}

/// The largest power of two that is not larger, and at least 64.
fn power_of_two(number: usize) -> usize {
    1 << number.max(64).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: usize = 64 << 20;

    fn scan(line: &str) -> Scan {
        let mut scan = Scan::default();
        scan.read(line.as_bytes());
        scan
    }

    #[test]
    fn an_exploding_word_is_found_and_known() {
        let mut explosion = Explosion::default();
        let line = |n: u32| {
            format!("user {} went away", String::from_utf8_lossy(&n.to_be_bytes().map(|b| b'a' + b % 26)))
        };
        let mut verdicts = (0..2000).map(|n| explosion.judge(&scan(&line(n * 7919)), BUDGET));
        let found = verdicts.find_map(|verdict| match verdict {
            Verdict::Open(chunk, rest) => Some((chunk, rest)),
            _ => None,
        });
        let (chunk, rest) = found.expect("two thousand names explode");
        assert_eq!(chunk, 1);
        assert_eq!(explosion.known(&scan("user zed went away")), None);
        explosion.remember(Pattern { rest, skeleton: 7 });
        assert_eq!(explosion.known(&scan("user zed went away")), Some(7));
        assert_eq!(explosion.known(&scan("user zed came home")), None);
        assert_eq!(explosion.known(&scan("user went away")), None);
    }

    #[test]
    fn the_second_sight_is_admitted() {
        let mut explosion = Explosion::default();
        assert_eq!(explosion.judge(&scan("once upon a time"), BUDGET), Verdict::Formless);
        assert_eq!(explosion.judge(&scan("once upon a time"), BUDGET), Verdict::Admit);
    }

    #[test]
    fn remembered_ids() {
        let mut set = Remembered::default();
        assert!(!set.has(5));
        for id in 0..10_000u64 {
            set.add(id.wrapping_mul(0x9E37_79B9_7F4A_7C15), BUDGET);
        }
        assert!((0..10_000u64).all(|id| set.has(id.wrapping_mul(0x9E37_79B9_7F4A_7C15))));
        let strangers =
            (0..10_000u64).filter(|id| set.has(id.wrapping_mul(0xD6E8_FEB8_6659_FD93) | 1 << 63)).count();
        assert!(strangers < 100, "{strangers}");
    }

    #[test]
    fn sets_of_different_size_merge() {
        let (mut small, mut large) = (Remembered::default(), Remembered::default());
        (0..100).for_each(|id| small.add(id << 20, 1 << 20));
        (100..200).for_each(|id| large.add(id << 20, BUDGET));
        let mut one = small.clone();
        one.absorb(&large);
        large.absorb(&small);
        assert!((0..200).all(|id| one.has(id << 20)));
        assert_eq!(one, large);
    }
}
