//! Skeletons in, the same with those that an explosion has overtaken in its coarser words out.
//!
//! Before a sentence exploded, some of its lines had become skeletons of their own. They say what the
//! exploded one says with words where it has holes, so they belong to its template. They themselves
//! stay as they are: their ids have been given out.

use std::collections::BTreeMap;

use super::skeleton::HOLE;
use super::token::DELIMITERS;

/// Exploded sentences that are looked at: the largest ones.
const SENTENCES: usize = 512;

/// Texts of exploded sentences.
#[derive(Debug, Default)]
pub(crate) struct Coarse<'a> {
    /// In the order of their sizes, by the number of their blanks.
    by_blanks: BTreeMap<usize, Vec<&'a [u8]>>,
}

impl<'a> Coarse<'a> {
    /// Of the texts of exploded sentences and how many records each has.
    pub(crate) fn of(mut sentences: Vec<(u64, &'a [u8])>) -> Coarse<'a> {
        sentences.sort_by(|one, two| two.0.cmp(&one.0).then_with(|| one.1.cmp(two.1)));
        sentences.truncate(SENTENCES);
        let mut coarse = Coarse::default();
        for (_, text) in sentences {
            coarse.by_blanks.entry(blanks(text)).or_default().push(text);
        }
        coarse
    }

    /// The coarser text of a skeleton, or its own.
    pub(crate) fn text(&self, skeleton: &'a [u8]) -> &'a [u8] {
        let alike =
            |sentences: &Vec<&'a [u8]>| sentences.iter().find(|sentence| covers(sentence, skeleton)).copied();
        if self.by_blanks.is_empty() {
            return skeleton;
        }
        self.by_blanks.get(&blanks(skeleton)).and_then(alike).unwrap_or(skeleton)
    }
}

fn blanks(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b' ').count()
}

/// Whether a sentence says the same as a skeleton, with holes for some of its words.
fn covers(sentence: &[u8], skeleton: &[u8]) -> bool {
    let mut rest = skeleton;
    for byte in sentence {
        let taken = match (byte, rest) {
            (&HOLE, [HOLE, ..]) => 1,
            (&HOLE, _) => rest.iter().take_while(|byte| !DELIMITERS[usize::from(**byte)]).count(),
            (byte, [same, ..]) if byte == same => 1,
            _ => 0,
        };
        if taken == 0 {
            return false;
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_stand_for_one_word() {
        let table: &[(&str, &str, bool)] = &[
            ("user \u{1} left", "user bob left", true),
            ("user \u{1} left", "user \u{1} left", true),
            ("user \u{1} left", "user bob came", false),
            ("user \u{1} left", "user  left", false),
            ("user=\u{1}, host=\u{1}", "user=bob, host=web", true),
            ("user=\u{1}, host=\u{1}", "user=bob, host=", false),
            ("user=\u{1}, host=\u{1}", "user=bob, host=web, port=\u{1}", false),
            ("\u{1}", "word", true),
            ("\u{1}", "", false),
        ];
        for (sentence, skeleton, wanted) in table {
            assert_eq!(covers(sentence.as_bytes(), skeleton.as_bytes()), *wanted, "{sentence} | {skeleton}");
        }
    }

    #[test]
    fn the_largest_sentence_comes_first() {
        let coarse = Coarse::of(vec![(3, b"user \x01 went \x01"), (9, b"user \x01 went home")]);
        assert_eq!(coarse.text(b"user bob went home"), b"user \x01 went home");
        assert_eq!(coarse.text(b"user bob went out"), b"user \x01 went \x01");
        assert_eq!(coarse.text(b"bob went out now"), b"bob went out now");
    }
}
