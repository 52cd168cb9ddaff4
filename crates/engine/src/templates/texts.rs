//! Values that repeat in, their texts out: all that a model may hold of the values in a sample.
//!
//! Of every slot up to half as many values as a sample has records, those with the lowest hashes. So
//! uniting the texts of parts gives the same in any order. Which records are in a sample changes
//! when parts are merged; therefore texts are kept beside the records and not with them.

use super::sample::{VALUE, VALUES};
use crate::model::{BlockReader, BlockWriter, ModelError};

/// The texts of repeated values, slot by slot, in the order of their hashes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Texts {
    slots: Vec<Vec<Known>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    hash: u64,
    text: Box<[u8]>,
}

impl Texts {
    /// The text of a value of a slot.
    pub(crate) fn get(&self, slot: usize, hash: u64) -> Option<&[u8]> {
        let slot = self.slots.get(slot)?;
        let at = slot.binary_search_by_key(&hash, |known| known.hash).ok()?;
        slot.get(at).map(|known| &*known.text)
    }

    /// Notes the text of a value; where hashes collide, the smaller text stays.
    pub(crate) fn add(&mut self, slot: usize, hash: u64, text: &[u8], most: usize) {
        if self.slots.len() <= slot {
            self.slots.resize_with(slot + 1, Vec::new);
        }
        let Some(slot) = self.slots.get_mut(slot) else { return };
        match slot.binary_search_by_key(&hash, |known| known.hash) {
            Ok(at) => {
                if let Some(known) = slot.get_mut(at).filter(|known| *known.text > *text) {
                    known.text = Box::from(text);
                }
            }
            Err(at) if at < most => {
                slot.insert(at, Known { hash, text: Box::from(text) });
                slot.truncate(most);
            }
            Err(_) => {}
        }
    }

    /// Takes in what another knows.
    pub(crate) fn absorb(&mut self, other: &Texts, most: usize) {
        for (nth, slot) in other.slots.iter().enumerate() {
            slot.iter().for_each(|known| self.add(nth, known.hash, &known.text, most));
        }
    }

    /// Keeps no more than so many of each slot.
    pub(crate) fn shorten(&mut self, most: usize) {
        self.slots.iter_mut().for_each(|slot| slot.truncate(most));
    }

    /// Heap bytes.
    pub(crate) fn bytes(&self) -> usize {
        let slot =
            |slot: &Vec<Known>| slot.iter().map(|known| size_of::<Known>() + known.text.len()).sum::<usize>();
        self.slots.iter().map(|known| size_of::<Vec<Known>>() + slot(known)).sum()
    }

    pub(crate) fn write(&self, block: &mut BlockWriter) {
        // A slot without a text at the end is as good as none.
        let used = self.slots.iter().rposition(|slot| !slot.is_empty()).map_or(0, |last| last + 1);
        block.list(self.slots.iter().take(used), |block, slot| {
            block.list(slot.iter(), |block, known| {
                block.u64(known.hash);
                block.slice(&known.text);
            });
        });
    }

    pub(crate) fn read(block: &mut BlockReader<'_>, most: usize) -> Result<Texts, ModelError> {
        let offset = block.offset();
        let slots = block.list("the texts of slots", VALUES, 1, |block| {
            block.list("the texts of a slot", most, 9, |block| {
                let hash = block.u64()?;
                let text = Box::from(block.slice("the text of a value", VALUE)?);
                Ok(Known { hash, text })
            })
        })?;
        let ordered = |slot: &Vec<Known>| slot.is_sorted_by(|one, two| one.hash < two.hash);
        if !slots.iter().all(ordered) || slots.last().is_some_and(Vec::is_empty) {
            return Err(block.malformed(
                "texts of values",
                offset,
                "an ascending order of hashes",
                "another",
            ));
        }
        Ok(Texts { slots })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Allowance;
    use proptest::prelude::*;

    const MOST: usize = 4;

    fn of(values: &[(usize, u64)]) -> Texts {
        let mut texts = Texts::default();
        values.iter().for_each(|(slot, hash)| texts.add(*slot, *hash, hash.to_string().as_bytes(), MOST));
        texts
    }

    fn written(texts: &Texts) -> Vec<u8> {
        let mut block = BlockWriter::default();
        texts.write(&mut block);
        block.bytes().to_vec()
    }

    #[test]
    fn the_lowest_hashes_stay() {
        let texts = of(&[(1, 9), (1, 3), (1, 5), (1, 1), (1, 7), (0, 9)]);
        let held = |slot, hashes: [u64; 6]| hashes.map(|hash| texts.get(slot, hash).is_some());
        assert_eq!(held(1, [1, 3, 5, 7, 9, 2]), [true, true, true, true, false, false]);
        assert_eq!((texts.get(0, 9), texts.get(2, 9)), (Some(&b"9"[..]), None));
        let mut collided = of(&[(0, 7)]);
        collided.add(0, 7, b"0", MOST);
        collided.add(0, 7, b"9", MOST);
        assert_eq!(collided.get(0, 7), Some(&b"0"[..]));
    }

    proptest! {
        #[test]
        fn parts_unite_in_any_order(
            values in prop::collection::vec((0usize..3, 0u64..12), 0..30),
            cuts in (0usize..30, 0usize..30),
        ) {
            let (one, two) = (cuts.0.min(values.len()), cuts.1.min(values.len()));
            let (one, two) = (one.min(two), one.max(two));
            let parts = [of(&values[..one]), of(&values[one..two]), of(&values[two..])];
            for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
                let mut all = Texts::default();
                order.iter().for_each(|part| all.absorb(&parts[*part], MOST));
                prop_assert_eq!(written(&all), written(&of(&values)));
            }
            let bytes = written(&of(&values));
            let allowance = Allowance::for_input(bytes.len());
            let again = Texts::read(&mut BlockReader::new(&bytes, &allowance), MOST);
            prop_assert_eq!(again.map(|texts| written(&texts)).ok(), Some(bytes));
        }
    }
}
