//! Words in, their numbers out, in the order in which they were first met.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use super::tokens::Word;

/// All words that were met.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    short: HashMap<u128, u32, Folding>,
    long: HashMap<Box<[u8]>, u32>,
}

impl Lexicon {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// The number of a word; a new one has the next.
    pub(super) fn number(&mut self, word: Word<'_>) -> u32 {
        let next = self.len() as u32;
        match word {
            Word::Short(bytes) => *self.short.entry(bytes).or_insert(next),
            Word::Long(bytes) => match self.long.get(bytes) {
                Some(number) => *number,
                None => *self.long.entry(bytes.into()).or_insert(next),
            },
        }
    }

    /// The words that are wanted, with their numbers, in no order.
    pub(super) fn texts(&self, wanted: impl Fn(u32) -> bool) -> Vec<(Vec<u8>, u32)> {
        let text = |bytes: &u128| bytes.to_le_bytes().into_iter().take_while(|byte| *byte > 0).collect();
        let short = self.short.iter().filter(|(_, number)| wanted(**number));
        let long = self.long.iter().filter(|(_, number)| wanted(**number));
        let short = short.map(|(bytes, number)| (text(bytes), *number));
        short.chain(long.map(|(bytes, number)| (bytes.to_vec(), *number))).collect()
    }
}

/// Multiplies the halves of a word by secrets and folds the product: a few instructions, where the standard hash
/// takes as long as all the rest of a word. The secrets are drawn anew in every run, so that no log can be made whose
/// words collide; numbers do not depend on them.
#[derive(Clone, Debug)]
pub(super) struct Folding([u64; 2]);

impl Default for Folding {
    fn default() -> Folding {
        let drawn = RandomState::new();
        Folding([drawn.hash_one(0u8), drawn.hash_one(1u8)])
    }
}

impl BuildHasher for Folding {
    type Hasher = Folded;

    fn build_hasher(&self) -> Folded {
        Folded { secrets: self.0, sum: 0 }
    }
}

pub(super) struct Folded {
    secrets: [u64; 2],
    sum: u64,
}

fn folded(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    (product >> 64) as u64 ^ product as u64
}

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.sum
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.sum = folded(self.sum ^ u64::from(*byte) ^ self.secrets[0], self.secrets[1]);
        }
    }

    #[inline]
    fn write_u128(&mut self, number: u128) {
        let (low, high) = (number as u64, (number >> 64) as u64);
        self.sum = folded(low ^ self.secrets[0], high ^ self.secrets[1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_numbers_of_their_first_meeting() {
        let mut lexicon = Lexicon::default();
        let words = [Word::Short(7), Word::Long(b"a long word of bytes"), Word::Short(9), Word::Short(7)];
        let again = words.map(|word| lexicon.number(word));
        assert_eq!(again, [0, 1, 2, 0]);
        assert_eq!(lexicon.number(Word::Long(b"a long word of bytes")), 1);
        assert_eq!(lexicon.len(), 3);
        assert_eq!(lexicon.texts(|number| number == 1), [(b"a long word of bytes".to_vec(), 1)]);
        assert_eq!(lexicon.texts(|number| number == 2), [(vec![9], 2)]);
    }

    #[test]
    fn many_words_keep_apart() {
        let mut lexicon = Lexicon::default();
        for number in 0..200_000u32 {
            let bytes = format!("w{number}");
            let mut padded = [0; 16];
            padded[..bytes.len()].copy_from_slice(bytes.as_bytes());
            assert_eq!(lexicon.number(Word::Short(u128::from_le_bytes(padded))), number);
        }
    }
}
