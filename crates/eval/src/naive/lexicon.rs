//! Words in, their numbers out, in the order in which they were first met.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::tokens::Word;

/// All words that were met. Their hash is seeded anew in every run, so that no log can be made whose words collide; numbers
/// do not depend on it.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    short: HashMap<u128, u32, RandomState>,
    long: HashMap<Box<[u8]>, u32, RandomState>,
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
