//! Which learned parts a model holds, so that nothing is counted twice.
//!
//! A part is what was learned in one go: a file, an object, a partition. Its id is a digest of the records in
//! it, without the name of the source or the order of the records, so the same log has the same id wherever
//! it lies and however its reading was split among threads. Counts are kept for the model as a whole, so they
//! cannot be taken apart again: of two models that share some parts and not others no merge is right, and it
//! is refused.

use std::collections::BTreeMap;
use std::fmt;

use super::digest::digest;
use super::error::ModelError;
use super::read::BlockReader;
use super::write::BlockWriter;

/// How many parts a model may hold.
const LIMIT: usize = 1 << 20;

/// Id and at least one byte of count.
const LEAST: usize = 17;

/// The id of a learned part.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartId(u128);

impl fmt::Display for PartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for PartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A learned part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What tells it from all others.
    pub id: PartId,
    /// How many records it had.
    pub records: u64,
}

/// Makes the id of a part while its records pass by, in any order and in any number of pieces.
///
/// The digests of the records are added up, so pieces of one part can be digested on different threads and
/// absorbed. Two logs are the same part when they hold the same records the same number of times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartDigest {
    sum: u128,
    records: u64,
}

impl PartDigest {
    /// Takes in the text of one record, after redaction.
    pub fn add(&mut self, record: &[u8]) {
        self.sum = self.sum.wrapping_add(digest(record));
        self.records = self.records.saturating_add(1);
    }

    /// Takes in another piece of the same part.
    pub fn absorb(&mut self, other: &PartDigest) {
        self.sum = self.sum.wrapping_add(other.sum);
        self.records = self.records.saturating_add(other.records);
    }

    /// The part, or nothing where there was no record and so nothing was learned.
    pub fn part(&self) -> Option<Part> {
        let mut bytes = [0; 24];
        let (sum, records) = bytes.split_at_mut(16);
        sum.copy_from_slice(&self.sum.to_le_bytes());
        records.copy_from_slice(&self.records.to_le_bytes());
        (self.records > 0).then(|| Part { id: PartId(digest(&bytes)), records: self.records })
    }
}

/// What to do with another model, judged by the parts of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// No part in common: add the counts up.
    Apart,
    /// Every part of the other is held here already: leave everything as it is.
    Held,
    /// The other holds every part held here and more: take the other instead.
    Outgrown,
}

/// The parts a model holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    held: BTreeMap<PartId, u64>,
}

impl Parts {
    /// Notes that a part was learned; says whether it was new.
    pub fn add(&mut self, part: Part) -> bool {
        self.held.insert(part.id, part.records).is_none()
    }

    /// Whether that part was learned.
    pub fn holds(&self, id: PartId) -> bool {
        self.held.contains_key(&id)
    }

    /// The parts in the order of their ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Part> {
        self.held.iter().map(|(id, records)| Part { id: *id, records: *records })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether nothing was learned.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The records of all parts.
    pub fn records(&self) -> u64 {
        self.held.values().fold(0, |sum, records| sum.saturating_add(*records))
    }

    /// How a merge with another model has to go. It changes nothing and refuses a partial overlap.
    pub fn meet(&self, other: &Parts) -> Result<Meeting, ModelError> {
        let mut shared = other.held.keys().filter(|id| self.holds(**id));
        let first = shared.next();
        let shared = shared.count() + usize::from(first.is_some());
        match first {
            _ if shared == other.len() => Ok(Meeting::Held),
            None => Ok(Meeting::Apart),
            Some(_) if shared == self.len() => Ok(Meeting::Outgrown),
            Some(first) => Err(ModelError::Overlap {
                shared,
                ours: self.len() - shared,
                theirs: other.len() - shared,
                first: first.to_string(),
            }),
        }
    }

    /// Takes in the parts of another model, as far as [`Parts::meet`] allows it, and says what that means
    /// for everything else the two models hold.
    pub fn absorb(&mut self, other: &Parts) -> Result<Meeting, ModelError> {
        let meeting = self.meet(other)?;
        self.held.extend(other.held.iter().map(|(id, records)| (*id, *records)));
        Ok(meeting)
    }

    /// Writes the block [`super::PARTS`].
    pub fn write(&self, block: &mut BlockWriter) {
        block.list(self.iter(), |block, part| {
            block.u128(part.id.0);
            block.varint(part.records);
        });
    }

    /// Reads the block [`super::PARTS`].
    pub fn read(block: &mut BlockReader<'_>) -> Result<Parts, ModelError> {
        let count = block.count("the number of parts", LIMIT, LEAST)?;
        // The nodes of the tree are at least half full.
        block.charge(count.saturating_mul(3 * size_of::<(PartId, u64)>()))?;
        let mut held = BTreeMap::new();
        for _ in 0..count {
            let offset = block.offset();
            let id = PartId(block.u128()?);
            if held.last_key_value().is_some_and(|(last, _)| *last >= id) {
                return Err(block.malformed("the id of a part", offset, "one above those before", id));
            }
            held.insert(id, block.varint()?);
        }
        Ok(Parts { held })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(records: &[&str]) -> Part {
        let mut digest = PartDigest::default();
        records.iter().for_each(|record| digest.add(record.as_bytes()));
        digest.part().unwrap()
    }

    fn parts(texts: &[&str]) -> Parts {
        let mut parts = Parts::default();
        texts.iter().for_each(|text| assert!(parts.add(part(&[text]))));
        parts
    }

    #[test]
    fn a_part_is_its_records() {
        assert_eq!(part(&["a", "b"]), part(&["b", "a"]));
        assert_ne!(part(&["a", "b"]).id, part(&["ab"]).id);
        assert_ne!(part(&["a"]).id, part(&["a", "a"]).id);
        assert_ne!(part(&[""]).id, part(&["", ""]).id);
        assert_eq!(PartDigest::default().part(), None);
        // Ids stand in files: they may never change.
        assert_eq!(part(&["hello", "world"]).id.to_string(), "16b5cb91414bdb5d0e0c152602da215e");
    }

    #[test]
    fn meetings() {
        let check = |ours: &[&str], theirs: &[&str], expected| {
            assert_eq!(parts(ours).meet(&parts(theirs)), Ok(expected), "{ours:?} {theirs:?}");
        };
        check(&["a"], &["b", "c"], Meeting::Apart);
        check(&[], &["b"], Meeting::Apart);
        check(&["a"], &[], Meeting::Held);
        check(&[], &[], Meeting::Held);
        check(&["a", "b"], &["a", "b"], Meeting::Held);
        check(&["a", "b"], &["b"], Meeting::Held);
        check(&["b"], &["a", "b"], Meeting::Outgrown);
    }

    #[test]
    fn partial_overlap_is_refused_and_changes_nothing() {
        let mut ours = parts(&["a", "b", "c"]);
        let before = ours.clone();
        let error = ours.absorb(&parts(&["b", "c", "d"])).unwrap_err();
        assert!(matches!(error, ModelError::Overlap { shared: 2, ours: 1, theirs: 1, .. }));
        let first = part(&["b"]).id.min(part(&["c"]).id).to_string();
        assert!(error.to_string().contains(&first), "{error}");
        assert_eq!(ours, before);
    }

    proptest! {
        #[test]
        fn pieces_make_the_whole(records in proptest::collection::vec("[ab]{0,3}", 1..20), cut in 0..20usize) {
            let mut whole = PartDigest::default();
            records.iter().for_each(|record| whole.add(record.as_bytes()));
            let (mut left, mut right) = (PartDigest::default(), PartDigest::default());
            let cut = cut.min(records.len());
            records[..cut].iter().for_each(|record| left.add(record.as_bytes()));
            records[cut..].iter().rev().for_each(|record| right.add(record.as_bytes()));
            right.absorb(&left);
            prop_assert_eq!(right, whole);
        }

        #[test]
        fn merges_commute_and_repeat_safely(ours in 0..64u32, theirs in 0..64u32) {
            let set = |bits: u32| {
                let texts: Vec<String> =
                    (0..6).filter(|bit| bits >> bit & 1 == 1).map(|bit| bit.to_string()).collect();
                parts(&texts.iter().map(String::as_str).collect::<Vec<_>>())
            };
            let (mut one, mut two) = (set(ours), set(theirs));
            let (forth, back) = (one.absorb(&set(theirs)), two.absorb(&set(ours)));
            prop_assert_eq!(forth.is_ok(), back.is_ok());
            if forth.is_ok() {
                prop_assert_eq!(&one, &two);
                prop_assert_eq!(one.absorb(&set(theirs)), Ok(Meeting::Held));
                prop_assert_eq!(&one, &set(ours | theirs));
            }
        }
    }
}
