//! The stretches of a text in, those phrases of a list out that they may be of.
//!
//! A rule may have hundreds of phrases, of which nearly none is in a text: one look at a few words of bits says so.

use super::phrase::Phrase;
use super::stretches::bits_of;

/// Phrases, each with the number of the stretch that it is found by.
#[derive(Clone, Debug)]
pub(super) struct Phrases {
    /// In the order of the stretches.
    list: Vec<(u32, Phrase)>,
    /// The bits of the stretches, from a word of bits on.
    from: usize,
    bits: Vec<u64>,
}

impl Phrases {
    pub(super) fn of(mut list: Vec<(u32, Phrase)>) -> Phrases {
        list.sort_by_key(|(stretch, _)| *stretch);
        let word = |at: Option<&(u32, Phrase)>| at.map_or(0, |(stretch, _)| *stretch as usize / 64);
        let (from, last) = (word(list.first()), word(list.last()));
        let mut bits = vec![0; last + 1 - from];
        for (stretch, _) in &list {
            bits[*stretch as usize / 64 - from] |= 1 << (stretch % 64);
        }
        Phrases { list, from, bits }
    }

    /// The stretches that they are found by.
    pub(super) fn stretches(&self) -> impl Iterator<Item = u32> {
        self.list.iter().map(|(stretch, _)| *stretch)
    }

    /// Those that may be in a text in which these stretches were found.
    pub(super) fn found(&self, found: &[u64]) -> impl Iterator<Item = &Phrase> {
        let words = self.bits.iter().zip(found.get(self.from..).unwrap_or_default());
        let stretches = bits_of(words.map(|(mine, found)| mine & found), self.from);
        stretches.flat_map(|stretch| {
            let first = self.list.partition_point(|(known, _)| *known < stretch);
            let rest = self.list.get(first..).unwrap_or_default();
            rest.iter().take_while(move |(known, _)| *known == stretch).map(|(_, phrase)| phrase)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_by_their_stretches() {
        let words = ["one phrase", "two", "three", "another one", "five"];
        let stretches = [70, 64, 200, 70, 131];
        let phrase = |words: &str| Phrase::of(words).expect("a phrase");
        let phrases = Phrases::of(stretches.into_iter().zip(words.map(phrase)).collect());
        let found = |numbers: &[u32]| {
            let mut bits = vec![0; 4];
            numbers.iter().for_each(|number| bits[*number as usize / 64] |= 1u64 << (number % 64));
            phrases.found(&bits).map(|phrase| phrase.trigger.escape_ascii().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(found(&[]), [""; 0]);
        assert_eq!(found(&[0, 63, 65, 199, 255]), [""; 0]);
        assert_eq!(found(&[70, 3]), ["one phrase", "another one"]);
        assert_eq!(found(&[200, 64, 131]), ["two", "five", "three"]);
        assert_eq!(phrases.found(&[]).count(), 0);
        assert_eq!(phrases.stretches().collect::<Vec<_>>(), [64, 70, 70, 131, 200]);
    }
}
