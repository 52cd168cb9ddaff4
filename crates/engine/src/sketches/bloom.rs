//! Ids in, "have I known this before?" out: a filter for what had to be forgotten.
//!
//! Up to 128 ids are kept and answered exactly. Beyond that 2^17 bits are set, four for each id: with 10,000
//! ids one unknown id in 200 is taken for known, with 20,000 one in 23. A known id is never taken for unknown.
//! The state is a set: order, split and repetition do not change it.

use super::few::Few;
use super::mix;
use crate::model::{BlockReader, BlockWriter, ModelError};

const EXACT: usize = 128;
const BITS_LOG2: u32 = 17;
const WORDS: usize = 1 << (BITS_LOG2 - 6);
const PROBES: u32 = 4;

/// A set of ids that may take an unknown id for known, never the other way. Merging is exact and may be
/// repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bloom {
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Few(Few<EXACT>),
    Many(Box<Bits>),
}

impl Default for Bloom {
    fn default() -> Bloom {
        Bloom { state: State::Few(Few::default()) }
    }
}

impl Bloom {
    /// Adds an id.
    pub fn add(&mut self, id: u64) {
        self.add_mixed(mix(id));
    }

    fn add_mixed(&mut self, hash: u64) {
        match &mut self.state {
            State::Many(bits) => bits.add(hash),
            State::Few(few) => {
                if !few.add(hash) {
                    let mut bits = Bits::of(few.as_slice());
                    bits.add(hash);
                    self.state = State::Many(bits);
                }
            }
        }
    }

    /// Whether the id was added; with [`Bloom::false_positive_rate`] also where it was not.
    pub fn may_hold(&self, id: u64) -> bool {
        match &self.state {
            State::Few(few) => few.holds(mix(id)),
            State::Many(bits) => bits.holds(mix(id)),
        }
    }

    /// The share of unknown ids that are taken for known.
    pub fn false_positive_rate(&self) -> f64 {
        match &self.state {
            State::Few(_) => 0.0,
            State::Many(bits) => bits.share_set().powi(PROBES.cast_signed()),
        }
    }

    /// Takes in everything the other holds.
    pub fn absorb(&mut self, other: &Bloom) {
        match (&mut self.state, &other.state) {
            (_, State::Few(few)) => few.as_slice().iter().for_each(|hash| self.add_mixed(*hash)),
            (State::Many(ours), State::Many(theirs)) => ours.absorb(theirs),
            (State::Few(few), State::Many(theirs)) => {
                let mut bits = Bits::of(few.as_slice());
                bits.absorb(theirs);
                self.state = State::Many(bits);
            }
        }
    }

    /// The memory held.
    pub fn bytes(&self) -> usize {
        let heap = match &self.state {
            State::Few(few) => few.heap(),
            State::Many(_) => size_of::<Bits>(),
        };
        size_of::<Bloom>() + heap
    }

    /// Writes it into a block of the model.
    pub fn write(&self, block: &mut BlockWriter) {
        match &self.state {
            State::Few(few) => {
                block.byte(0);
                few.write(block);
            }
            State::Many(bits) => {
                block.byte(1);
                bits.words.iter().for_each(|word| block.u64(*word));
            }
        }
    }

    /// Reads what [`Bloom::write`] wrote.
    pub fn read(block: &mut BlockReader<'_>) -> Result<Bloom, ModelError> {
        let state =
            if block.flag()? { State::Many(Bits::read(block)?) } else { State::Few(Few::read(block)?) };
        Ok(Bloom { state })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Bits {
    words: [u64; WORDS],
}

impl Bits {
    fn of(hashes: &[u64]) -> Box<Bits> {
        let mut bits = Box::new(Bits { words: [0; WORDS] });
        hashes.iter().for_each(|hash| bits.add(*hash));
        bits
    }

    /// The word and the bit of each probe. Two hashes are enough for any number of probes, taken in equal steps.
    fn probes(hash: u64) -> impl Iterator<Item = (usize, u64)> {
        let (one, two) = (hash, mix(hash) | 1);
        (0..u64::from(PROBES)).map(move |probe| {
            let bit = one.wrapping_add(two.wrapping_mul(probe)) >> (u64::BITS - BITS_LOG2);
            ((bit >> 6) as usize, 1 << (bit & 63))
        })
    }

    fn add(&mut self, hash: u64) {
        for (word, bit) in Bits::probes(hash) {
            if let Some(word) = self.words.get_mut(word) {
                *word |= bit;
            }
        }
    }

    fn holds(&self, hash: u64) -> bool {
        Bits::probes(hash).all(|(word, bit)| self.words.get(word).is_some_and(|word| word & bit != 0))
    }

    fn absorb(&mut self, other: &Bits) {
        self.words.iter_mut().zip(other.words).for_each(|(ours, theirs)| *ours |= theirs);
    }

    fn share_set(&self) -> f64 {
        let set: u32 = self.words.iter().map(|word| word.count_ones()).sum();
        f64::from(set) / f64::from(1u32 << BITS_LOG2)
    }

    fn read(block: &mut BlockReader<'_>) -> Result<Box<Bits>, ModelError> {
        let bytes = block.raw("the filter", size_of::<Bits>() as u64)?;
        block.charge(size_of::<Bits>())?;
        let mut bits = Box::new(Bits { words: [0; WORDS] });
        let (eights, _) = bytes.as_chunks::<8>();
        bits.words.iter_mut().zip(eights).for_each(|(word, eight)| *word = u64::from_le_bytes(*eight));
        Ok(bits)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::laws::{self, Sketch};
    use super::*;

    impl Sketch for Bloom {
        type Item = u64;
        fn add_item(&mut self, item: &u64) {
            self.add(*item);
        }
        fn absorb_other(&mut self, other: &Bloom) {
            self.absorb(other);
        }
        fn write_to(&self, block: &mut BlockWriter) {
            self.write(block);
        }
        fn read_from(block: &mut BlockReader<'_>) -> Result<Bloom, ModelError> {
            Bloom::read(block)
        }
        fn memory(&self) -> usize {
            self.bytes()
        }
    }

    #[test]
    fn knows_what_it_was_told_and_little_else() {
        let check = |ids: u64, rate: f64| {
            let bloom: Bloom = laws::of(&(0..ids).collect::<Vec<u64>>());
            assert!((0..ids).all(|id| bloom.may_hold(id)), "{ids} ids: one was forgotten");
            let wrong = (0..50_000).filter(|id| bloom.may_hold(1 << 40 | id)).count();
            let measured = wrong as f64 / 50_000.0;
            assert!((measured - rate).abs() <= 0.2 * rate, "{ids} ids: measured {measured}");
            assert!((bloom.false_positive_rate() - rate).abs() <= 0.1 * rate, "{ids} ids");
        };
        check(0, 0.0);
        check(128, 0.0);
        check(10_000, 0.0048);
        check(20_000, 0.0437);
    }

    #[test]
    fn damage_is_survived() {
        laws::survive_damage::<Bloom>(&[1, 2, 3]);
        let many: Bloom = laws::of(&(0..200).collect::<Vec<u64>>());
        let bytes = laws::written(&many);
        assert_eq!(bytes.len(), 1 + size_of::<Bits>());
        assert!(laws::read::<Bloom>(&bytes[..bytes.len() - 1]).is_err());
        let full = [&[1][..], &[0xFF; size_of::<Bits>()]].concat();
        laws::try_damaged::<Bloom>(&full, &[1]);
        assert_eq!(laws::read::<Bloom>(&full).unwrap().false_positive_rate(), 1.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn laws(items in proptest::collection::vec(0..250u64, 0..400), cuts in (0..400usize, 0..400usize)) {
            laws::hold::<Bloom>(&items, cuts);
            laws::hold_twice::<Bloom>(&items);
        }
    }
}
