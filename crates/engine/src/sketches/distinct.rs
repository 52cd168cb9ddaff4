//! Hashes in, how many different ones there were out.
//!
//! Up to 64 are kept and counted exactly. Beyond that 1,024 registers of 6 bits each remember the longest run
//! of zero bits (HyperLogLog), and the estimate is that of Ertl (2017), which is unbiased over the whole range
//! without tables. Its standard error is 1.04 / √1024 = 3.25 %. Absorbing takes the higher registers, so the
//! state is a set: order, split and repetition do not change it.

use std::f64::consts::LN_2;

use super::few::Few;
use super::mix;
use crate::model::{BlockReader, BlockWriter, ModelError};

const EXACT: usize = 64;
const INDEX_BITS: u32 = 10;
const REGISTERS: usize = 1 << INDEX_BITS;
/// Four registers stand in three bytes.
const PACKED: usize = REGISTERS / 4 * 3;
/// What is left of a hash beside the index of its register.
const RANK_BITS: u32 = u64::BITS - INDEX_BITS;
/// One rank above a run of all the remaining bits, and zero for an empty register.
const RANKS: usize = RANK_BITS as usize + 2;

/// How many different values there were. Merging is exact and may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distinct {
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Few(Few<EXACT>),
    Many(Box<Registers>),
}

impl Default for Distinct {
    fn default() -> Distinct {
        Distinct { state: State::Few(Few::default()) }
    }
}

impl Distinct {
    /// The standard error of an estimate that is not exact: 3.25 %.
    pub const STANDARD_ERROR: f64 = 1.04 / 32.0;

    /// Adds a value by its hash. Equal values must have equal hashes in every run, so the hash has to be
    /// stable; its bits need not be well spread.
    pub fn add(&mut self, hash: u64) {
        self.add_mixed(mix(hash));
    }

    fn add_mixed(&mut self, hash: u64) {
        match &mut self.state {
            State::Many(registers) => registers.add(hash),
            State::Few(few) => {
                if !few.add(hash) {
                    let mut registers = Registers::of(few.as_slice());
                    registers.add(hash);
                    self.state = State::Many(Box::new(registers));
                }
            }
        }
    }

    /// Takes in everything the other has seen.
    pub fn absorb(&mut self, other: &Distinct) {
        match (&mut self.state, &other.state) {
            (_, State::Few(few)) => few.as_slice().iter().for_each(|hash| self.add_mixed(*hash)),
            (State::Many(ours), State::Many(theirs)) => ours.absorb(theirs),
            (State::Few(few), State::Many(theirs)) => {
                let mut registers = Registers::of(few.as_slice());
                registers.absorb(theirs);
                self.state = State::Many(Box::new(registers));
            }
        }
    }

    /// How many different values there were.
    pub fn estimate(&self) -> u64 {
        match &self.state {
            State::Few(few) => few.as_slice().len() as u64,
            State::Many(registers) => registers.estimate(),
        }
    }

    /// Whether the estimate is the exact number.
    pub fn is_exact(&self) -> bool {
        matches!(self.state, State::Few(_))
    }

    /// The memory held.
    pub fn bytes(&self) -> usize {
        let heap = match &self.state {
            State::Few(few) => few.heap(),
            State::Many(_) => PACKED,
        };
        size_of::<Distinct>() + heap
    }

    /// Writes it into a block of the model.
    pub fn write(&self, block: &mut BlockWriter) {
        match &self.state {
            State::Few(few) => {
                block.byte(0);
                few.write(block);
            }
            State::Many(registers) => {
                block.byte(1);
                block.raw(&registers.packed);
            }
        }
    }

    /// Reads what [`Distinct::write`] wrote.
    pub fn read(block: &mut BlockReader<'_>) -> Result<Distinct, ModelError> {
        let state = if block.flag()? {
            State::Many(Box::new(Registers::read(block)?))
        } else {
            State::Few(Few::read(block)?)
        };
        Ok(Distinct { state })
    }
}

/// For each of 1,024 parts of the hashes, the rank of the rarest hash seen.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Registers {
    packed: [u8; PACKED],
}

impl Registers {
    fn of(hashes: &[u64]) -> Registers {
        let mut registers = Registers { packed: [0; PACKED] };
        hashes.iter().for_each(|hash| registers.add(*hash));
        registers
    }

    fn add(&mut self, hash: u64) {
        let index = (hash >> RANK_BITS) as usize;
        let rank = ((hash << INDEX_BITS).leading_zeros().min(RANK_BITS) + 1) as u8;
        let (quads, _) = self.packed.as_chunks_mut::<3>();
        let Some(quad) = quads.get_mut(index >> 2) else { return };
        let mut ranks = unpack(*quad);
        let register = &mut ranks[index & 3];
        if *register < rank {
            *register = rank;
            *quad = pack(ranks);
        }
    }

    fn absorb(&mut self, other: &Registers) {
        let (ours, _) = self.packed.as_chunks_mut::<3>();
        let (theirs, _) = other.packed.as_chunks::<3>();
        for (ours, theirs) in ours.iter_mut().zip(theirs) {
            let mut ranks = unpack(*ours);
            ranks.iter_mut().zip(unpack(*theirs)).for_each(|(our, their)| *our = (*our).max(their));
            *ours = pack(ranks);
        }
    }

    fn ranks(&self) -> impl Iterator<Item = u8> {
        let (quads, _) = self.packed.as_chunks::<3>();
        quads.iter().flat_map(|quad| unpack(*quad))
    }

    /// Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017, algorithm 6.
    fn estimate(&self) -> u64 {
        let mut with_rank = [0u32; RANKS];
        for rank in self.ranks() {
            if let Some(count) = with_rank.get_mut(usize::from(rank)) {
                *count += 1;
            }
        }
        let share = |rank: usize| f64::from(with_rank[rank]) / REGISTERS as f64;
        let mut sum = REGISTERS as f64 * tau(1.0 - share(RANKS - 1));
        for rank in (1..RANKS - 1).rev() {
            sum = 0.5 * (sum + f64::from(with_rank[rank]));
        }
        sum += REGISTERS as f64 * sigma(share(0));
        (REGISTERS as f64 * REGISTERS as f64 / (2.0 * LN_2 * sum)).round() as u64
    }

    fn read(block: &mut BlockReader<'_>) -> Result<Registers, ModelError> {
        let offset = block.offset();
        let mut registers = Registers { packed: [0; PACKED] };
        registers.packed.copy_from_slice(block.raw("the registers", PACKED as u64)?);
        let too_high = registers.ranks().find(|rank| usize::from(*rank) >= RANKS);
        match too_high {
            Some(rank) => Err(block.malformed("a register", offset, "55 at most", rank)),
            None => {
                block.charge(PACKED)?;
                Ok(registers)
            }
        }
    }
}

fn unpack(quad: [u8; 3]) -> [u8; 4] {
    let [one, two, three] = quad;
    [one & 63, one >> 6 | (two & 15) << 2, two >> 4 | (three & 3) << 4, three >> 2]
}

fn pack(ranks: [u8; 4]) -> [u8; 3] {
    let [one, two, three, four] = ranks;
    [one | two << 6, two >> 2 | three << 4, three >> 4 | four << 2]
}

/// What empty registers say.
fn sigma(share: f64) -> f64 {
    // All registers empty: then nothing was counted, and the sum is infinite.
    if share >= 1.0 {
        return f64::INFINITY;
    }
    let (mut power, mut weight, mut sum) = (share, 1.0, share);
    loop {
        power *= power;
        let before = sum;
        sum += power * weight;
        weight += weight;
        if sum == before {
            return sum;
        }
    }
}

/// What full registers say.
fn tau(share: f64) -> f64 {
    if share <= 0.0 || share >= 1.0 {
        return 0.0;
    }
    let (mut root, mut weight, mut sum) = (share, 1.0, 1.0 - share);
    loop {
        root = root.sqrt();
        let before = sum;
        weight *= 0.5;
        sum -= (1.0 - root) * (1.0 - root) * weight;
        if sum == before {
            return sum / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::laws::{self, Sketch};
    use super::*;

    impl Sketch for Distinct {
        type Item = u64;
        fn add_item(&mut self, item: &u64) {
            self.add(*item);
        }
        fn absorb_other(&mut self, other: &Distinct) {
            self.absorb(other);
        }
        fn write_to(&self, block: &mut BlockWriter) {
            self.write(block);
        }
        fn read_from(block: &mut BlockReader<'_>) -> Result<Distinct, ModelError> {
            Distinct::read(block)
        }
        fn memory(&self) -> usize {
            self.bytes()
        }
    }

    #[test]
    fn exact_up_to_sixty_four() {
        let mut distinct = Distinct::default();
        for value in 0..64 {
            distinct.add(value);
            distinct.add(value);
            assert_eq!(distinct.estimate(), value + 1);
        }
        assert!(distinct.is_exact());
        distinct.add(64);
        assert!(!distinct.is_exact());
        assert!(distinct.estimate().abs_diff(65) <= 4, "{}", distinct.estimate());
        assert!(distinct.bytes() < 1024);
    }

    #[test]
    fn the_error_is_as_stated() {
        for count in [100u64, 500, 1_000, 3_000, 10_000, 100_000] {
            let trials = 200;
            let errors: Vec<f64> = (0..trials)
                .map(|trial| {
                    let mut distinct = Distinct::default();
                    (0..count).for_each(|value| distinct.add(trial << 32 | value));
                    distinct.estimate() as f64 / count as f64 - 1.0
                })
                .collect();
            let mean = errors.iter().sum::<f64>() / trials as f64;
            let square = errors.iter().map(|error| error * error).sum::<f64>() / trials as f64;
            assert!(square.sqrt() < 1.2 * Distinct::STANDARD_ERROR, "{count}: {}", square.sqrt());
            assert!(mean.abs() < 0.008, "{count}: a bias of {mean}");
        }
    }

    #[test]
    fn registers_are_packed_without_loss() {
        for ranks in [[0, 1, 2, 3], [63, 0, 63, 0], [0, 63, 0, 63], [55, 54, 53, 52]] {
            assert_eq!(unpack(pack(ranks)), ranks);
        }
    }

    #[test]
    fn damage_is_survived() {
        laws::survive_damage::<Distinct>(&[1, 2, 3]);
        laws::survive_damage::<Distinct>(&(0..100).collect::<Vec<u64>>());
        let full = [&[1][..], &[0b1101_1111; PACKED]].concat();
        laws::try_damaged::<Distinct>(&full, &[1]);
    }

    proptest! {
        #[test]
        fn laws(items in proptest::collection::vec(0..200u64, 0..300), cuts in (0..300usize, 0..300usize)) {
            laws::hold::<Distinct>(&items, cuts);
            laws::hold_twice::<Distinct>(&items);
        }
    }
}
