//! Values in, the values themselves with their counts out, as long as there are few of them.
//!
//! Up to 32 values are held with exact counts: the set is *closed*. When there are more it is *open*, and
//! those with the smallest hashes stay. Which these are does not hang on the order of arrival: a value that
//! stays was among the smallest from the first time it was seen, so its count is exact, too, and the values
//! that stay are a fair sample of all. They are not the most frequent ones: what is frequent among very many
//! values cannot be known in few bytes without hanging on the order. Text is kept up to 64 bytes a value; under
//! redaction values are added by their hash alone.

use std::cmp::Reverse;

use super::mix;
use crate::model::{BlockReader, BlockWriter, ModelError};

const CAPACITY: usize = 32;
const TEXT_LIMIT: usize = 64;

/// Values with exact counts. Merging is exact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Top {
    /// In ascending order.
    hashes: Vec<u64>,
    held: Vec<Held>,
    /// Occurrences of values that found no room.
    others: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    count: u64,
    text: Option<Text>,
}

/// The smaller of two texts stays where hashes collide, so the order must not hang on their arrival.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Text {
    bytes: Box<[u8]>,
    cut: bool,
}

/// A value and how often it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopValue<'a> {
    /// The hash with its bits spread: stable, and all there is under redaction.
    pub hash: u64,
    /// The first 64 bytes of the value at most.
    pub text: Option<&'a [u8]>,
    /// Whether the value is longer than its text.
    pub cut: bool,
    /// How often it was seen.
    pub count: u64,
}

impl Top {
    /// How many values are held at most.
    pub const CAPACITY: usize = CAPACITY;

    /// Adds a value with its text. Equal values must have equal hashes in every run.
    #[inline]
    pub fn add(&mut self, hash: u64, text: &[u8]) {
        let (bytes, cut) = shortened(text);
        let hash = mix(hash);
        match self.hashes.binary_search(&hash) {
            Ok(at) => {
                let Some(held) = self.held.get_mut(at) else { return };
                held.count = held.count.saturating_add(1);
                if held.text.as_ref().is_none_or(|text| *text.bytes != *bytes || text.cut != cut) {
                    held.keep_smaller(Text { bytes: bytes.into(), cut });
                }
            }
            Err(at) if at >= CAPACITY => self.others = self.others.saturating_add(1),
            Err(at) => {
                self.insert(at, hash, Held { count: 1, text: Some(Text { bytes: bytes.into(), cut }) })
            }
        }
    }

    /// Adds a value whose text must not be kept.
    pub fn add_hash(&mut self, hash: u64) {
        self.add_held(mix(hash), &Held { count: 1, text: None });
    }

    fn add_held(&mut self, hash: u64, more: &Held) {
        match self.hashes.binary_search(&hash) {
            Ok(at) => {
                let Some(held) = self.held.get_mut(at) else { return };
                held.count = held.count.saturating_add(more.count);
                if let Some(text) = &more.text {
                    held.keep_smaller(text.clone());
                }
            }
            Err(at) if at >= CAPACITY => self.others = self.others.saturating_add(more.count),
            Err(at) => self.insert(at, hash, more.clone()),
        }
    }

    fn insert(&mut self, at: usize, hash: u64, held: Held) {
        if self.hashes.len() >= CAPACITY {
            self.hashes.pop();
            let displaced = self.held.pop().map_or(0, |held| held.count);
            self.others = self.others.saturating_add(displaced);
        }
        self.hashes.insert(at, hash);
        self.held.insert(at, held);
    }

    /// Takes in everything the other has seen.
    pub fn absorb(&mut self, other: &Top) {
        self.others = self.others.saturating_add(other.others);
        for (hash, held) in other.hashes.iter().zip(&other.held) {
            self.add_held(*hash, held);
        }
    }

    /// Drops the texts of values that were seen once.
    pub fn forget_singles(&mut self) {
        self.held.iter_mut().filter(|held| held.count < 2).for_each(|held| held.text = None);
    }

    /// Whether these are all the values there were.
    pub fn is_closed(&self) -> bool {
        self.others == 0
    }

    /// How many values are held.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there was no value.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// How often values were seen, also those that are not held.
    pub fn total(&self) -> u64 {
        self.held.iter().fold(self.others, |sum, held| sum.saturating_add(held.count))
    }

    /// How often values were seen that are not held.
    pub fn others(&self) -> u64 {
        self.others
    }

    /// The values held, the most frequent first.
    pub fn values(&self) -> Vec<TopValue<'_>> {
        let value = |(hash, held): (&u64, &'_ Held)| (*hash, held.count);
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by_key(|at| {
            let found = self.hashes.get(*at).zip(self.held.get(*at));
            Reverse(found.map(value).map(|(hash, count)| (count, Reverse(hash))))
        });
        order
            .into_iter()
            .filter_map(|at| Some(self.hashes.get(at)?).zip(self.held.get(at)))
            .map(shown)
            .collect()
    }

    /// The memory held.
    pub fn bytes(&self) -> usize {
        let room = match self.len() {
            0 => 0,
            held => held.next_power_of_two().max(4),
        };
        let texts: usize =
            self.held.iter().filter_map(|held| held.text.as_ref()).map(|text| text.bytes.len()).sum();
        size_of::<Top>() + room * (size_of::<u64>() + size_of::<Held>()) + texts
    }

    /// Writes it into a block of the model.
    pub fn write(&self, block: &mut BlockWriter) {
        block.list(self.hashes.iter().zip(&self.held), |block, (hash, held)| {
            block.u64(*hash);
            block.varint(held.count);
            match &held.text {
                None => block.byte(0),
                Some(text) => {
                    block.byte(if text.cut { 2 } else { 1 });
                    block.slice(&text.bytes);
                }
            }
        });
        block.varint(self.others);
    }

    /// Reads what [`Top::write`] wrote.
    pub fn read(block: &mut BlockReader<'_>) -> Result<Top, ModelError> {
        let offset = block.offset();
        let values = block.list("the number of values", CAPACITY, 10, |block| {
            let hash = block.u64()?;
            Ok((hash, Held::read(block)?))
        })?;
        block.charge(values.len() * (size_of::<u64>() + size_of::<Held>()))?;
        let (hashes, held): (Vec<u64>, Vec<Held>) = values.into_iter().unzip();
        if !hashes.is_sorted_by(|one, two| one < two) {
            return Err(block.malformed("values", offset, "an ascending order of hashes", "another"));
        }
        let others = block.varint()?;
        if others > 0 && hashes.len() < CAPACITY {
            return Err(block.malformed(
                "values",
                offset,
                "all places taken where others had none",
                hashes.len(),
            ));
        }
        Ok(Top { hashes, held, others })
    }
}

impl Held {
    fn keep_smaller(&mut self, text: Text) {
        self.text = Some(match self.text.take() {
            Some(before) => before.min(text),
            None => text,
        });
    }

    fn read(block: &mut BlockReader<'_>) -> Result<Held, ModelError> {
        let offset = block.offset();
        let count = block.varint()?;
        if count == 0 {
            return Err(block.malformed("the count of a value", offset, "1 or more", count));
        }
        let offset = block.offset();
        let text = match block.byte()? {
            0 => None,
            cut @ (1 | 2) => {
                let bytes = block.slice("the text of a value", TEXT_LIMIT)?;
                block.charge(bytes.len())?;
                Some(Text { bytes: bytes.into(), cut: cut == 2 })
            }
            other => return Err(block.malformed("the kind of a text", offset, "0, 1 or 2", other)),
        };
        Ok(Held { count, text })
    }
}

fn shown<'a>((hash, held): (&u64, &'a Held)) -> TopValue<'a> {
    let text = held.text.as_ref();
    TopValue {
        hash: *hash,
        text: text.map(|text| &*text.bytes),
        cut: text.is_some_and(|text| text.cut),
        count: held.count,
    }
}

/// The first 64 bytes at most, without half a character at the end, and whether something is missing.
fn shortened(text: &[u8]) -> (&[u8], bool) {
    let Some(start) = text.get(..TEXT_LIMIT).filter(|_| text.len() > TEXT_LIMIT) else {
        return (text, false);
    };
    let is_within = |byte: Option<&u8>| byte.is_some_and(|byte| byte & 0xC0 == 0x80);
    // A character has at most four bytes; what is longer is no UTF-8 and is cut anywhere.
    let end = (TEXT_LIMIT - 3..=TEXT_LIMIT).rev().find(|end| !is_within(text.get(*end)));
    (start.get(..end.unwrap_or(TEXT_LIMIT)).unwrap_or(start), true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::laws::{self, Sketch};
    use super::*;

    impl Sketch for Top {
        /// A value, and whether its text may be kept.
        type Item = (u16, bool);
        fn add_item(&mut self, (value, plain): &(u16, bool)) {
            // Every eighth pair of values shares a hash.
            let hash = u64::from(if value % 8 == 7 { value - 1 } else { *value });
            if *plain {
                self.add(hash, value.to_string().repeat(1 + usize::from(value % 40)).as_bytes());
            } else {
                self.add_hash(hash);
            }
        }
        fn absorb_other(&mut self, other: &Top) {
            self.absorb(other);
        }
        fn write_to(&self, block: &mut BlockWriter) {
            self.write(block);
        }
        fn read_from(block: &mut BlockReader<'_>) -> Result<Top, ModelError> {
            Top::read(block)
        }
        fn memory(&self) -> usize {
            self.bytes()
        }
    }

    #[test]
    fn a_closed_set_is_exact() {
        let mut top = Top::default();
        for (value, times) in [("root", 5), ("admin", 2), ("guest", 9)] {
            (0..times).for_each(|_| top.add(value.len() as u64 * 31, value.as_bytes()));
        }
        let shown: Vec<(&[u8], u64)> =
            top.values().iter().map(|value| (value.text.unwrap(), value.count)).collect();
        // `admin` and `guest` have the same hash here; the smaller text stays.
        assert_eq!(shown, [(&b"admin"[..], 11), (&b"root"[..], 5)]);
        assert!(top.is_closed());
        assert_eq!(top.total(), 16);
    }

    #[test]
    fn an_open_set_keeps_the_smallest_hashes_with_exact_counts() {
        let mut top = Top::default();
        (0..1000u64).rev().chain(0..1000).for_each(|value| top.add(value, value.to_string().as_bytes()));
        let mut smallest: Vec<u64> = (0..1000).map(mix).collect();
        smallest.sort_unstable();
        assert_eq!(top.hashes, smallest[..CAPACITY]);
        assert!(top.values().iter().all(|value| value.count == 2));
        assert!(!top.is_closed());
        assert_eq!((top.total(), top.others()), (2000, 2000 - 64));
    }

    #[test]
    fn texts_are_bounded_and_absent_under_redaction() {
        let check = |text: &str, kept: usize| {
            let mut top = Top::default();
            top.add(1, text.as_bytes());
            let value = top.values()[0];
            assert_eq!(value.text, Some(&text.as_bytes()[..kept]), "{text}");
            assert_eq!(value.cut, kept < text.len());
        };
        check("", 0);
        check(&"x".repeat(64), 64);
        check(&"x".repeat(65), 64);
        check(&("x".repeat(63) + "ü"), 63);
        check(&("x".repeat(62) + "😀"), 62);
        let mut top = Top::default();
        top.add(1, &[0x80; 70]);
        assert_eq!(top.values()[0].text.map(<[u8]>::len), Some(64));
        let mut redacted = Top::default();
        (0..50).for_each(|value| redacted.add_hash(value));
        assert!(redacted.values().iter().all(|value| value.text.is_none()));
        let most: Top = laws::of(&(0..999).map(|value| (value, true)).collect::<Vec<_>>());
        assert!(most.bytes() < 4096, "{}", most.bytes());
    }

    #[test]
    fn texts_of_single_values_can_be_dropped() {
        let mut top = Top::default();
        [(1, "root"), (2, "guest"), (1, "root")]
            .iter()
            .for_each(|(hash, text)| top.add(*hash, text.as_bytes()));
        top.forget_singles();
        let shown: Vec<_> = top.values().iter().map(|value| (value.text, value.count)).collect();
        assert_eq!(shown, [(Some(&b"root"[..]), 2), (None, 1)]);
    }

    #[test]
    fn damage_is_survived() {
        laws::survive_damage::<Top>(&[]);
        laws::survive_damage::<Top>(&[(1, true), (2, false), (30, true), (1, true)]);
        laws::survive_damage::<Top>(&(0..40).map(|value| (value, value % 3 == 0)).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn laws(
            items in proptest::collection::vec((0..80u16, any::<bool>()), 0..200),
            cuts in (0..200usize, 0..200usize),
        ) {
            laws::hold::<Top>(&items, cuts);
        }
    }
}
