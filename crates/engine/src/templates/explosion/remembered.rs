//! Ids that were forgotten in, whether an id was among them out.

use super::{SHARE, power_of_two};

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

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: usize = 64 << 20;

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
