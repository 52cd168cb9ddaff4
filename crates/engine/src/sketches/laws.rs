//! The laws that every sketch keeps, tried on any values in any split.

use crate::model::{Allowance, BlockReader, BlockWriter, ModelError};

/// A sketch as the laws see it.
pub(super) trait Sketch: Default + Clone + PartialEq + std::fmt::Debug {
    /// What is added.
    type Item: Clone + Ord + std::fmt::Debug;
    fn add_item(&mut self, item: &Self::Item);
    fn absorb_other(&mut self, other: &Self);
    fn write_to(&self, block: &mut BlockWriter);
    fn read_from(block: &mut BlockReader<'_>) -> Result<Self, ModelError>;
    fn memory(&self) -> usize;
}

pub(super) fn of<S: Sketch>(items: &[S::Item]) -> S {
    let mut sketch = S::default();
    items.iter().for_each(|item| sketch.add_item(item));
    sketch
}

pub(super) fn written<S: Sketch>(sketch: &S) -> Vec<u8> {
    let mut block = BlockWriter::default();
    sketch.write_to(&mut block);
    block.bytes().to_vec()
}

pub(super) fn read<S: Sketch>(bytes: &[u8]) -> Result<S, ModelError> {
    let allowance = Allowance::for_input(bytes.len());
    let mut block = BlockReader::new(bytes, &allowance);
    let sketch = S::read_from(&mut block)?;
    block.end()?;
    Ok(sketch)
}

fn absorbed<S: Sketch>(one: &S, two: &S) -> S {
    let mut both = one.clone();
    both.absorb_other(two);
    both
}

/// Equal in value, in bytes written and in memory.
fn same<S: Sketch>(one: &S, two: &S, law: &str) {
    assert_eq!(one, two, "{law}");
    assert_eq!(written(one), written(two), "{law}: written");
    assert_eq!(one.memory(), two.memory(), "{law}: memory");
}

/// Order, split, grouping, nothing, round trip. `cuts` part the items in three.
pub(super) fn hold<S: Sketch>(items: &[S::Item], cuts: (usize, usize)) {
    let whole: S = of(items);
    let mut sorted = items.to_vec();
    sorted.sort();
    same(&of::<S>(&sorted), &whole, "sorted");
    sorted.reverse();
    same(&of::<S>(&sorted), &whole, "reversed");

    let first = cuts.0.min(items.len());
    let second = cuts.1.clamp(first, items.len());
    let (one, two, three): (S, S, S) = (of(&items[..first]), of(&items[first..second]), of(&items[second..]));
    same(&absorbed(&absorbed(&one, &two), &three), &whole, "left first");
    same(&absorbed(&one, &absorbed(&two, &three)), &whole, "right first");
    same(&absorbed(&three, &absorbed(&two, &one)), &whole, "turned round");

    same(&absorbed(&whole, &S::default()), &whole, "absorbing nothing");
    same(&absorbed(&S::default(), &whole), &whole, "nothing absorbing");
    same(&read(&written(&whole)).unwrap(), &whole, "written and read");
}

/// For sets: the same thing twice is the same thing once.
pub(super) fn hold_twice<S: Sketch>(items: &[S::Item]) {
    let whole: S = of(items);
    same(&absorbed(&whole, &whole), &whole, "absorbed twice");
}

/// Damage: each cut is an error; any changed byte gives an error or a sketch that can be used and written.
pub(super) fn survive_damage<S: Sketch>(items: &[S::Item]) {
    let bytes = written(&of::<S>(items));
    for end in 0..bytes.len() {
        assert!(read::<S>(&bytes[..end]).is_err(), "cut at {end}");
    }
    for at in 0..bytes.len() {
        for change in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
            let mut damaged = bytes.clone();
            damaged[at] ^= change;
            try_damaged::<S>(&damaged, items);
        }
        for long in [1u64 << 32, 1 << 63, u64::MAX] {
            let mut block = BlockWriter::default();
            block.varint(long);
            try_damaged::<S>(&[&bytes[..at], block.bytes(), &bytes[at..]].concat(), items);
        }
    }
}

pub(super) fn try_damaged<S: Sketch>(damaged: &[u8], items: &[S::Item]) {
    let Ok(sketch) = read::<S>(damaged) else { return };
    let again = written(&sketch);
    assert_eq!(again, damaged, "there is one way to write a sketch");
    same(&read::<S>(&again).unwrap(), &sketch, "what was read is written and read");
    let mut used = absorbed(&of::<S>(items), &sketch);
    items.iter().for_each(|item| used.add_item(item));
    used.absorb_other(&sketch);
    same(&read(&written(&used)).unwrap(), &used, "what absorbed it is written and read");
}
