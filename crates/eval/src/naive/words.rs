//! Lines in, the weight of each of their words out: TF-IDF with the usual settings.
//!
//! A word is two or more letters, digits or underscores, in small letters. It weighs
//! `count × (ln((1 + lines) / (1 + lines with it)) + 1)`, and the weights of a line have the length 1. Numbers,
//! stamps and identifiers are words like any other, which is a part of what is wrong with it.

use std::cmp::Reverse;
use std::io::Read;
use std::path::Path;

use super::lexicon::Lexicon;
use super::tokens::{Tokens, Word};
use crate::error::EvalError;
use crate::lone;

/// The column of a word that is not kept.
const NONE: u32 = u32::MAX;

/// Bytes that are read at once; a longer line makes it more.
const AT_ONCE: usize = 1 << 18;

/// Words that were counted, and how often they stand in lines.
#[derive(Debug, Default)]
pub(super) struct Counts {
    lexicon: Lexicon,
    /// By word, the place behind its last entry.
    last: Vec<usize>,
    /// Where every line ends among the entries, and where the line in hand begins.
    ends: Vec<usize>,
    begun: usize,
    /// Word and count.
    entries: Vec<(u32, u32)>,
    /// Short words that wait to be counted, and 0 for the end of a line. Looked up one after another, without
    /// the search for words in between, the processor fetches several at once.
    queue: Vec<u128>,
}

/// Rows of weights, of which most are 0 and not kept. They are made of the counts whenever one is asked for.
#[derive(Debug, Default)]
pub(super) struct Rows {
    ends: Vec<usize>,
    entries: Vec<(u32, u32)>,
    /// By word, its column and what it weighs where it is met once.
    words: Vec<(u32, f64)>,
    /// How many columns there are.
    pub(super) columns: usize,
}

impl Rows {
    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Column and weight of all that is not 0 in a row, in no order.
    pub(super) fn row(&self, row: usize) -> Vec<(u32, f32)> {
        let mut weights = Vec::new();
        self.weigh(row, &mut weights);
        weights
    }

    /// The same, in the place of what `weights` held.
    pub(super) fn weigh(&self, row: usize, weights: &mut Vec<(u32, f32)>) {
        weights.clear();
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let counts = self.ends.get(row).and_then(|end| self.entries.get(start..*end)).unwrap_or_default();
        let known = |word: u32| self.words.get(word as usize).copied().unwrap_or((NONE, 0.0));
        let mut square = 0.0;
        for (word, count) in counts {
            let weight = f64::from(*count) * known(*word).1;
            square += weight * weight;
        }
        let length = square.sqrt();
        for (word, count) in counts {
            let (column, rarity) = known(*word);
            if column != NONE {
                weights.push((column, (f64::from(*count) * rarity / length) as f32));
            }
        }
    }
}

/// Counts the words of a log, line by line.
pub(super) fn read(log: &Path) -> Result<Counts, EvalError> {
    lone::read(log, |file, bytes| {
        let (mut counts, mut tokens) = (Counts::default(), Tokens::default());
        let read = in_lines(bytes, |lines| counts.add(&mut tokens, lines));
        read.map_err(|error| EvalError::Unreadable {
            file: file.to_owned(),
            reason: format!("could not be read: {error}"),
        })?;
        Ok(counts)
    })
}

/// Hands on whole lines, many at once; the last one may lack its end.
fn in_lines(bytes: &mut dyn Read, mut take: impl FnMut(&[u8])) -> std::io::Result<()> {
    let (mut held, mut filled) = (vec![0; AT_ONCE], 0);
    loop {
        let read = match bytes.read(held.get_mut(filled..).unwrap_or_default()) {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let new = filled;
        filled += read;
        if read == 0 {
            take(held.get(..filled).unwrap_or_default());
            return Ok(());
        }
        let last = held.get(new..filled).and_then(|new| new.iter().rposition(|byte| *byte == b'\n'));
        if let Some(last) = last {
            let whole = new + last + 1;
            take(held.get(..whole).unwrap_or_default());
            held.copy_within(whole..filled, 0);
            filled -= whole;
        }
        if filled == held.len() {
            held.resize(2 * filled, 0);
        }
    }
}

impl Counts {
    fn add(&mut self, tokens: &mut Tokens, lines: &[u8]) {
        tokens.each(lines, self, Counts::word, |counts| counts.queue.push(0));
        self.settle();
    }

    #[inline]
    fn word(&mut self, word: Word<'_>) {
        match word {
            Word::Short(bytes) => self.queue.push(bytes),
            Word::Long(_) => {
                self.settle();
                let number = self.lexicon.number(word);
                self.count(number);
            }
        }
    }

    fn settle(&mut self) {
        let mut queue = std::mem::take(&mut self.queue);
        for bytes in queue.drain(..) {
            if bytes == 0 {
                self.begun = self.entries.len();
                self.ends.push(self.begun);
            } else {
                let number = self.lexicon.number(Word::Short(bytes));
                self.count(number);
            }
        }
        self.queue = queue;
    }

    #[inline]
    fn count(&mut self, number: u32) {
        if number as usize == self.last.len() {
            self.last.push(0);
        }
        let Some(last) = self.last.get_mut(number as usize) else { return };
        if *last > self.begun {
            if let Some((_, count)) = self.entries.get_mut(*last - 1) {
                *count += 1;
            }
            return;
        }
        self.entries.push((number, 1));
        *last = self.entries.len();
    }

    /// The weights of the words, or of so many of the most frequent ones.
    pub(super) fn weighed(self, most: Option<usize>) -> Rows {
        let (columns, kept) = match most {
            Some(most) => self.columns(most),
            // Numbered as they were met: an order that costs nothing.
            None => ((0..self.last.len() as u32).collect(), self.last.len()),
        };
        let mut lines_with = vec![0u64; self.last.len()];
        for (word, _) in &self.entries {
            if let Some(lines) = lines_with.get_mut(*word as usize) {
                *lines += 1;
            }
        }
        let lines = self.ends.len() as f64;
        // What has no column weighs nothing, so that it adds nothing to the length of a line either.
        let weight = |(column, with): (u32, u64)| match column {
            NONE => (NONE, 0.0),
            _ => (column, ((1.0 + lines) / (1.0 + with as f64)).ln() + 1.0),
        };
        let words = columns.into_iter().zip(lines_with).map(weight).collect();
        Rows { ends: self.ends, entries: self.entries, words, columns: kept }
    }

    /// By word, its column, if it is one of the `most` most frequent ones; and how many columns there are.
    fn columns(&self, most: usize) -> (Vec<u32>, usize) {
        let all = self.last.len();
        let mut times = vec![0u64; all];
        for (word, count) in &self.entries {
            if let Some(times) = times.get_mut(*word as usize) {
                *times += u64::from(*count);
            }
        }
        let met = |number: u32| times.get(number as usize).copied().unwrap_or(0);
        let mut frequencies = times.clone();
        frequencies.sort_unstable_by_key(|times| Reverse(*times));
        let least = most.checked_sub(1).and_then(|last| frequencies.get(last)).copied().unwrap_or(0);
        let mut words = self.lexicon.texts(|number| met(number) >= least);
        words.sort_by(|(one, first), (other, second)| {
            met(*second).cmp(&met(*first)).then_with(|| one.cmp(other))
        });
        words.truncate(most);
        // In the order of the alphabet, as libraries number them.
        words.sort();
        let mut columns = vec![NONE; all];
        for ((_, number), column) in words.iter().zip(0..) {
            if let Some(place) = columns.get_mut(*number as usize) {
                *place = column;
            }
        }
        (columns, words.len())
    }
}

#[cfg(test)]
pub(super) mod making {
    use super::*;

    /// The rows of lines.
    pub(crate) fn rows(lines: &[&str]) -> Rows {
        counted(lines).weighed(Some(1000))
    }

    pub(super) fn counted(lines: &[&str]) -> Counts {
        let (mut counts, mut tokens) = (Counts::default(), Tokens::default());
        lines.iter().for_each(|line| counts.add(&mut tokens, format!("{line}\n").as_bytes()));
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::making::{counted, rows};
    use super::*;

    /// What scikit-learn 1.9's `TfidfVectorizer()` gives for these lines.
    #[test]
    fn weights_are_those_of_the_reference() {
        let rows = rows(&["disk full on node_7", "Disk ok, disk fine!", "a b c", "node_7 up: ok"]);
        let expected: [&[(u32, f32)]; 4] = [
            &[(0, 0.437_791_2), (2, 0.555_282_7), (3, 0.437_791_2), (5, 0.555_282_7)],
            &[(0, 0.777_982_2), (1, 0.493_385_9), (4, 0.388_991_1)],
            &[],
            &[(3, 0.526_405_4), (4, 0.526_405_4), (6, 0.667_678_5)],
        ];
        assert_eq!((rows.len(), rows.columns), (4, 7));
        for (nth, expected) in expected.iter().enumerate() {
            let mut row = rows.row(nth);
            row.sort_by_key(|(column, _)| *column);
            assert_eq!(row.len(), expected.len(), "{row:?}");
            for ((column, weight), (known, reference)) in row.iter().zip(*expected) {
                assert!(column == known && (weight - reference).abs() < 1e-6, "{nth}: {row:?}");
            }
        }
        assert!(rows.row(4).is_empty());
    }

    #[test]
    fn the_most_frequent_words_are_kept() {
        let counts = counted(&["aa bb bb", "cc bb aa", "dd"]);
        let (columns, kept) = counts.columns(2);
        assert_eq!((columns, kept), (vec![0, 1, NONE, NONE], 2));
        assert_eq!(counts.columns(3).0, [0, 1, 2, NONE], "of equals, the first of the alphabet");
        assert_eq!(counts.columns(9), (vec![0, 1, 2, 3], 4));
        assert_eq!(counts.weighed(None).columns, 4);
    }

    #[test]
    fn lines_are_counted_whatever_is_in_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        std::fs::write(&path, b"one\n\n\xff\xfe \xc3\x28 zz\r\nlast").unwrap();
        let rows = read(&path).unwrap().weighed(None);
        let words: Vec<usize> = (0..rows.len()).map(|row| rows.row(row).len()).collect();
        assert_eq!(words, [1, 0, 1, 1]);
    }

    #[test]
    fn lines_come_whole_however_they_are_read() {
        let long = "long".repeat(AT_ONCE / 3);
        let text = format!("one\n{long}\n\n{}last", "some words of a line\n".repeat(AT_ONCE / 9));
        let mut read = Vec::new();
        let mut parts = 0;
        in_lines(&mut text.as_bytes(), |lines| {
            read.extend_from_slice(lines);
            parts += 1;
            assert!(read.len() == text.len() || lines.is_empty() || lines.ends_with(b"\n"));
        })
        .unwrap();
        assert!(read == text.as_bytes() && parts > 2, "{parts}");
    }
}
