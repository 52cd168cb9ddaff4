//! Keys of lines in, what has been seen of them lately out, in a fixed number of bytes.
//!
//! Three small structures, none of which is ever right about everything: a filter of keys seen once
//! (the door), counters of frequent keys, and a filter of the ways in which known lines begin.

use super::super::scan::{Scan, fold};
use super::{SHARE, power_of_two};

const OPENING: u64 = 0x94D0_49BB_1331_11EB;
const SPREAD: u64 = 0xBF58_476D_1CE4_E5B9;

/// Words of 64 bits in a block of the door: all bits of a key lie in one cache line.
const BLOCK: usize = 8;

/// The chunks after which a beginning is looked up. Hardly a line of a flood begins with three known
/// chunks, so the answer is nearly always the same, and the filter stays small: both are quick.
const ASKED: [usize; 2] = [2, 5];
/// Of the budget, what the filter of beginnings may take.
const BEGINNINGS: usize = 1024;

/// Keys seen once. A stranger is taken for one of them in less than one of three hundred cases.
#[derive(Clone, Debug, Default)]
pub(crate) struct Door {
    bits: Vec<u64>,
    keys: usize,
}

impl Door {
    pub(crate) fn new(budget: usize) -> Door {
        Door::of_bytes(budget / SHARE)
    }

    pub(crate) fn of_bytes(bytes: usize) -> Door {
        Door { bits: vec![0; power_of_two(bytes / size_of::<u64>())], keys: 0 }
    }

    /// Whether a key was seen.
    #[inline]
    pub(crate) fn knows(&self, key: u64) -> bool {
        let set = |(word, bit): (usize, u64)| self.bits.get(word).is_none_or(|word| word & bit != 0);
        // All are looked at, so that no branch has to wait for memory.
        self.places(key).into_iter().fold(true, |all, place| all & set(place))
    }

    /// Whether a key was seen; it was from now on.
    pub(crate) fn pass(&mut self, key: u64) -> bool {
        let known = self.knows(key);
        for (word, bit) in self.places(key) {
            if let Some(word) = self.bits.get_mut(word) {
                *word |= bit;
            }
        }
        self.keys += usize::from(!known);
        if self.keys > self.bits.len() * 64 / 16 {
            self.bits.fill(0);
            self.keys = 0;
        }
        known
    }

    /// The words and bits of a key.
    #[inline]
    fn places(&self, key: u64) -> [(usize, u64); 4] {
        let hash = fold(key, SPREAD);
        let block = (hash >> 40) as usize & (self.bits.len() / BLOCK).wrapping_sub(1);
        [0, 9, 18, 27].map(|shift| {
            let bit = (hash >> shift) as usize % (BLOCK * 64);
            (block * BLOCK + bit / 64, 1 << (bit % 64))
        })
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bits.len() * size_of::<u64>()
    }
}

/// Counts of keys as frequent-item sketches keep them: a stranger in its place counts a key down.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters {
    places: Vec<(u64, u32)>,
}

impl Counters {
    pub(crate) fn new(budget: usize) -> Counters {
        Counters { places: vec![(0, 0); power_of_two(budget / SHARE / size_of::<(u64, u32)>())] }
    }

    /// Counts a key and says how often it was seen, at least.
    pub(crate) fn count(&mut self, key: u64) -> u32 {
        let place = (key >> 32) as usize & self.places.len().wrapping_sub(1);
        let Some((had, count)) = self.places.get_mut(place) else { return 0 };
        if *had == key {
            *count = count.saturating_add(1);
        } else if *count <= 1 {
            (*had, *count) = (key, 1);
        } else {
            *count -= 1;
            return 0;
        }
        *count
    }

    pub(crate) fn bytes(&self) -> usize {
        self.places.len() * size_of::<(u64, u32)>()
    }
}

/// How the lines of all skeletons begin: the sums of their first chunks. A line that
/// begins otherwise is new, and nobody needs to read it to its end to know that.
#[derive(Clone, Debug)]
pub(crate) struct Beginnings {
    bits: Vec<u64>,
    /// Whether all skeletons of the table came from lines that were learned here.
    complete: bool,
    /// Whether a chunk was opened anywhere.
    opened: bool,
}

impl Beginnings {
    pub(crate) fn new(budget: usize) -> Beginnings {
        let bits = vec![0; power_of_two(budget / BEGINNINGS / size_of::<u64>())];
        Beginnings { bits, complete: true, opened: false }
    }

    /// Learns the beginnings of a line and where its open chunks stand.
    pub(crate) fn learn(&mut self, scan: &Scan, open: u32) {
        let mut sum = 0u64;
        for (nth, part) in scan.parts().iter().enumerate() {
            if open & (1 << nth) != 0 {
                self.set(sum ^ OPENING);
                self.opened = true;
            }
            sum = sum.wrapping_add(*part);
            if ASKED.contains(&nth) {
                self.set(sum);
            }
        }
    }

    /// There are skeletons whose lines were never seen here: from now on every line is read whole.
    pub(crate) fn give_up(&mut self) {
        self.complete = false;
    }

    /// Reads a message as far as it begins like a known line. Says whether that was to its end.
    pub(crate) fn read(&self, scan: &mut Scan, message: &[u8]) -> bool {
        let mut before = 0;
        let mut whole = !self.complete;
        scan.read_while(message, |nth, sum| {
            whole = whole || self.opened && self.has(before ^ OPENING);
            before = sum;
            whole || !ASKED.contains(&nth) || self.has(sum)
        })
    }

    #[inline]
    fn has(&self, sum: u64) -> bool {
        let (word, bit) = self.place(sum);
        self.bits.get(word).is_some_and(|word| word & bit != 0)
    }

    fn set(&mut self, sum: u64) {
        let (word, bit) = self.place(sum);
        if let Some(word) = self.bits.get_mut(word) {
            *word |= bit;
        }
    }

    #[inline]
    fn place(&self, sum: u64) -> (usize, u64) {
        let place = sum.wrapping_mul(SPREAD) >> 24;
        ((place as usize / 64) & self.bits.len().wrapping_sub(1), 1 << (place % 64))
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bits.len() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: usize = 64 << 20;

    #[test]
    fn the_door_knows_what_has_passed_and_few_strangers() {
        let mut door = Door::new(BUDGET);
        let key = |n: u64| n.wrapping_mul(SPREAD);
        let strangers = (0..200_000).filter(|n| door.pass(key(*n))).count();
        assert!(strangers < 200, "{strangers}");
        assert!((0..200_000).all(|n| door.pass(key(n))));
    }

    #[test]
    fn frequent_keys_are_counted_among_strangers() {
        let mut counters = Counters::new(BUDGET);
        let mut most = 0;
        for stranger in 1..200_000u64 {
            counters.count(stranger.wrapping_mul(SPREAD));
            if stranger % 100 == 0 {
                most = counters.count(u64::MAX);
            }
        }
        assert!(most > 1900, "{most}");
    }

    #[test]
    fn lines_that_begin_like_no_known_one_are_not_read_to_the_end() {
        let mut beginnings = Beginnings::new(BUDGET);
        let mut scan = Scan::default();
        for (line, open) in [("the door of 12 is open", 0), ("user bob went away", 2)] {
            scan.read(line.as_bytes());
            beginnings.learn(&scan, open);
        }
        let table = [
            ("the door of 345 is open", true),
            ("the door is 345 and open", false),
            ("the window of 12 is open", false),
            ("the door of 12 is shut and the window of 9, too", false),
            ("user eve went away", true),
            ("host eve went away", false),
            ("host eve", true),
        ];
        for (line, wanted) in table {
            assert_eq!(beginnings.read(&mut scan, line.as_bytes()), wanted, "{line}");
        }
        beginnings.give_up();
        assert!(beginnings.read(&mut scan, b"host eve went away"));
        let partly = scan.key;
        scan.read(b"host eve went away");
        assert_eq!(scan.key, partly);
    }
}
