//! The values of one record of 1,024 in, sketches of every slot out.
//!
//! The rows of a sample (`sample.rs`) show single records and are exact for small templates; these
//! sketches show many values of large ones. Which records count is decided by their content and time
//! alone, so sketches of parts merge to those of the whole, bit for bit.

use super::sample::{Keep, Seen, VALUES};
use crate::model::{BlockReader, BlockWriter, ModelError};
use crate::sketches::{Distinct, Quantiles, Top};

/// One record of so many is looked at.
pub(crate) const ONE_OF: u64 = 1024;

/// Whether a record is looked at, given the hash by which records are chosen.
#[inline(always)]
pub(crate) fn is_chosen(hash: u64) -> bool {
    // The lowest bits; samples are chosen by the highest.
    hash.is_multiple_of(ONE_OF)
}

/// Sketches of the slots of a skeleton or template.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Broad {
    pub(crate) records: u64,
    pub(crate) slots: Vec<Sketches>,
}

/// Sketches of the values of one slot.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sketches {
    pub(crate) distinct: Distinct,
    pub(crate) numbers: Quantiles,
    pub(crate) top: Top,
}

impl Broad {
    /// Takes in the values of a record that was chosen.
    pub(crate) fn add<'a>(&mut self, values: impl Iterator<Item = (&'a [u8], Keep)>) {
        self.records += 1;
        for (nth, (value, keep)) in values.take(VALUES).enumerate() {
            if self.slots.len() <= nth {
                self.slots.push(Sketches::default());
            }
            if let Some(slot) = self.slots.get_mut(nth) {
                slot.add(&Seen::of(value, keep), (keep == Keep::Text).then_some(value));
            }
        }
    }

    /// Takes in what another has seen of the same slots.
    pub(crate) fn absorb(&mut self, other: &Broad) {
        self.records = self.records.saturating_add(other.records);
        if self.slots.len() < other.slots.len() {
            self.slots.resize_with(other.slots.len(), Sketches::default);
        }
        for (mine, theirs) in self.slots.iter_mut().zip(&other.slots) {
            mine.absorb(theirs);
        }
    }

    /// Heap bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.slots.iter().map(Sketches::bytes).sum::<usize>()
    }

    /// Writes what a model may hold: texts of values that were seen once are left out.
    pub(crate) fn write(&self, block: &mut BlockWriter) {
        block.varint(self.records);
        block.list(self.slots.iter(), |block, slot| {
            slot.distinct.write(block);
            slot.numbers.write(block);
            let mut top = slot.top.clone();
            top.forget_singles();
            top.write(block);
        });
    }

    pub(crate) fn read(block: &mut BlockReader<'_>) -> Result<Broad, ModelError> {
        let records = block.varint()?;
        let slots = block.list("the sketches of slots", VALUES, 3, |block| {
            let distinct = Distinct::read(block)?;
            let numbers = Quantiles::read(block)?;
            Ok(Sketches { distinct, numbers, top: Top::read(block)? })
        })?;
        Ok(Broad { records, slots })
    }
}

impl Sketches {
    /// Takes in one value.
    pub(crate) fn add(&mut self, seen: &Seen, text: Option<&[u8]>) {
        self.distinct.add(seen.hash);
        if let Some(number) = seen.number {
            self.numbers.add(number);
        }
        match text {
            Some(text) => self.top.add(seen.hash, text),
            None => self.top.add_hash(seen.hash),
        }
    }

    /// Takes in what another has seen.
    pub(crate) fn absorb(&mut self, other: &Sketches) {
        self.distinct.absorb(&other.distinct);
        self.numbers.absorb(&other.numbers);
        self.top.absorb(&other.top);
    }

    fn bytes(&self) -> usize {
        self.distinct.bytes() + self.numbers.bytes() + self.top.bytes()
    }
}
