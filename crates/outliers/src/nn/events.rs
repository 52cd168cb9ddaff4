//! Events as small numbers: what begins and ends a sequence, what is not known, and what is.

use std::collections::BTreeMap;

use super::matrix::WIDTH;
use crate::data::Sequences;
use crate::error::LoadError;
use crate::save::{Reader, Writer};

/// Stands before the first event and behind the last one.
pub(crate) const EDGE: u32 = 0;
/// An event that training did not know.
pub(crate) const OTHER: u32 = 1;
/// Events that are known have numbers from here on.
const FIRST: u32 = 2;
/// Rarer events than so many count as not known: outputs and their time grow with them.
const MOST: usize = 4096;

/// The events that are known, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vocabulary(Vec<u32>);

impl Vocabulary {
    /// The most frequent events of the training; of equally frequent ones the smaller.
    pub(crate) fn of(sequences: Sequences<'_>) -> Self {
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        sequences.iter().flatten().for_each(|&event| *counts.entry(event).or_default() += 1);
        let mut events: Vec<u32> = counts.keys().copied().collect();
        events.sort_by_key(|event| (std::cmp::Reverse(counts[event]), *event));
        events.truncate(MOST);
        events.sort_unstable();
        Self(events)
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len() + FIRST as usize
    }

    fn number(&self, event: u32) -> u32 {
        self.0.binary_search(&event).map_or(OTHER, |place| place as u32 + FIRST)
    }

    /// Appends the numbers of a sequence with so many edges before it and behind it.
    pub(crate) fn append(&self, sequence: &[u32], (before, behind): (usize, usize), numbers: &mut Vec<u32>) {
        numbers.resize(numbers.len() + before, EDGE);
        numbers.extend(sequence.iter().map(|&event| self.number(event)));
        numbers.resize(numbers.len() + behind, EDGE);
    }

    /// Appends the events to a saved model.
    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.u32s(&self.0);
    }

    /// Reads what `write` wrote.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, LoadError> {
        let events = reader.u32s()?;
        if events.len() > MOST || !events.is_sorted_by(|a, b| a < b) {
            return Err(LoadError::Damaged("the events"));
        }
        Ok(Self(events))
    }
}

/// Lays windows side by side: per step, the event of each. Missing ones repeat the first.
pub(crate) fn side_by_side(numbers: &[u32], starts: &[usize], steps: usize, block: &mut Vec<[u32; WIDTH]>) {
    block.clear();
    block.extend((0..steps).map(|step| at(numbers, starts, step)));
}

/// The events of one step of windows. Missing windows repeat the first.
pub(crate) fn at(numbers: &[u32], starts: &[usize], step: usize) -> [u32; WIDTH] {
    let first = starts.first().copied().unwrap_or(0);
    std::array::from_fn(|example| numbers[starts.get(example).copied().unwrap_or(first) + step])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SequenceTable;

    #[test]
    fn events_have_numbers_and_edges() {
        let table: SequenceTable = [vec![9, 5], vec![u32::MAX]].into_iter().collect();
        let vocabulary = Vocabulary::of(table.sequences());
        let mut numbers = Vec::new();
        vocabulary.append(&[5, 7, 9, u32::MAX], (2, 1), &mut numbers);
        assert_eq!(numbers, [EDGE, EDGE, 2, OTHER, 3, 4, EDGE]);
        let mut block = Vec::new();
        side_by_side(&numbers, &[2, 3], 2, &mut block);
        assert_eq!((block[0][..3].to_vec(), block[1][..3].to_vec()), (vec![2, 1, 2], vec![1, 3, 1]));
    }

    #[test]
    fn only_the_most_frequent_are_known() {
        let many: Vec<u32> = (0..5000).chain(4000..5000).collect();
        let vocabulary = Vocabulary::of([many].into_iter().collect::<SequenceTable>().sequences());
        assert_eq!((vocabulary.number(4999), vocabulary.number(3999)), (4097, OTHER));
    }
}
