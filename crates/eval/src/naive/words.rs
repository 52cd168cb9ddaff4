//! Lines in, the weight of each of their words out: TF-IDF with the usual settings.
//!
//! A word is two or more letters, digits or underscores, in small letters. It weighs
//! `count × (ln((1 + lines) / (1 + lines with it)) + 1)`, and the weights of a line have the length 1. Numbers,
//! stamps and identifiers are words like any other, which is a part of what is wrong with it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::error::EvalError;
use crate::lone;

/// So many of the most frequent words are kept.
const VOCABULARY: usize = 1000;

/// Rows of weights, of which most are 0 and not kept.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Rows {
    /// Where every row begins, and the end of the last one.
    starts: Vec<usize>,
    /// Column and weight, by column within a row.
    entries: Vec<(u32, f32)>,
    /// How many columns there are.
    pub(super) columns: usize,
}

impl Rows {
    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// A row.
    pub(super) fn row(&self, row: usize) -> &[(u32, f32)] {
        let ends = self.starts.get(row).zip(self.starts.get(row + 1));
        ends.and_then(|(start, end)| self.entries.get(*start..*end)).unwrap_or_default()
    }

    /// One weight.
    pub(super) fn at(&self, row: usize, column: u32) -> f32 {
        let row = self.row(row);
        let found = row.binary_search_by_key(&column, |(column, _)| *column).ok();
        found.and_then(|at| row.get(at)).map_or(0.0, |(_, weight)| *weight)
    }
}

/// How often words stand in lines.
#[derive(Debug, Default)]
pub(super) struct Counts {
    numbers: HashMap<String, u32>,
    /// By word, how often it was met.
    met: Vec<u64>,
    /// By word, how many lines have it.
    lines_with: Vec<u64>,
    ends: Vec<usize>,
    entries: Vec<(u32, u32)>,
    line: Vec<u32>,
}

/// Counts the words of a log, line by line.
pub(super) fn read(log: &Path) -> Result<Counts, EvalError> {
    lone::read(log, |file, bytes| {
        let mut counts = Counts::default();
        let mut bytes = BufReader::new(bytes);
        let mut line = Vec::new();
        let unreadable = |error: std::io::Error| EvalError::Unreadable {
            file: file.to_owned(),
            reason: format!("could not be read: {error}"),
        };
        while bytes.read_until(b'\n', &mut line).map_err(unreadable)? > 0 {
            counts.add(&String::from_utf8_lossy(&line));
            line.clear();
        }
        Ok(counts)
    })
}

impl Counts {
    fn add(&mut self, line: &str) {
        for word in line.split(|letter: char| !letter.is_alphanumeric() && letter != '_') {
            if word.chars().nth(1).is_some() {
                let number = self.number(word.to_lowercase());
                self.line.push(number);
            }
        }
        self.line.sort_unstable();
        for same in self.line.chunk_by(|one, other| one == other) {
            let Some(number) = same.first() else { continue };
            self.entries.push((*number, same.len() as u32));
            if let Some(met) = self.met.get_mut(*number as usize) {
                *met += same.len() as u64;
            }
            if let Some(lines) = self.lines_with.get_mut(*number as usize) {
                *lines += 1;
            }
        }
        self.line.clear();
        self.ends.push(self.entries.len());
    }

    fn number(&mut self, word: String) -> u32 {
        let next = self.numbers.len() as u32;
        let number = *self.numbers.entry(word).or_insert(next);
        if number == next {
            self.met.push(0);
            self.lines_with.push(0);
        }
        number
    }

    /// The weights of the words that are kept.
    pub(super) fn weighed(&self) -> Rows {
        let (columns, kept) = self.columns(VOCABULARY);
        let lines = self.ends.len() as f64;
        let rarity = |with: &u64| ((1.0 + lines) / (1.0 + *with as f64)).ln() + 1.0;
        let rarities: Vec<f64> = self.lines_with.iter().map(rarity).collect();
        let mut rows =
            Rows { starts: vec![0], entries: Vec::with_capacity(self.entries.len()), columns: kept };
        let mut start = 0;
        for end in &self.ends {
            let counts = self.entries.get(start..*end).unwrap_or_default();
            let weight = |(word, count): &(u32, u32)| {
                let column = columns.get(*word as usize).copied().flatten()?;
                Some((column, f64::from(*count) * rarities.get(*word as usize)?))
            };
            let mut row: Vec<(u32, f64)> = counts.iter().filter_map(weight).collect();
            row.sort_unstable_by_key(|(column, _)| *column);
            let length = row.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
            rows.entries.extend(row.iter().map(|(column, weight)| (*column, (weight / length) as f32)));
            rows.starts.push(rows.entries.len());
            start = *end;
        }
        rows
    }

    /// By word, its column, if it is one of the `most` most frequent ones; and how many columns there are.
    fn columns(&self, most: usize) -> (Vec<Option<u32>>, usize) {
        let frequency = |number: &u32| self.met.get(*number as usize).copied().unwrap_or(0);
        let mut words: Vec<(&String, u32)> = self.numbers.iter().map(|(word, at)| (word, *at)).collect();
        words.sort_by(|(one, first), (other, second)| {
            frequency(second).cmp(&frequency(first)).then_with(|| one.cmp(other))
        });
        words.truncate(most);
        // In the order of the alphabet, as libraries number them.
        words.sort();
        let mut columns = vec![None; self.numbers.len()];
        for ((_, number), column) in words.iter().zip(0..) {
            if let Some(place) = columns.get_mut(*number as usize) {
                *place = Some(column);
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
        counted(lines).weighed()
    }

    pub(super) fn counted(lines: &[&str]) -> Counts {
        let mut counts = Counts::default();
        lines.iter().for_each(|line| counts.add(line));
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
            let row = rows.row(nth);
            assert_eq!(row.len(), expected.len(), "{row:?}");
            for ((column, weight), (known, reference)) in row.iter().zip(*expected) {
                assert!(column == known && (weight - reference).abs() < 1e-6, "{nth}: {row:?}");
            }
        }
        assert_eq!((rows.at(2, 0), rows.at(0, 1)), (0.0, 0.0));
    }

    #[test]
    fn the_most_frequent_words_are_kept() {
        let counts = counted(&["aa bb bb", "cc bb aa", "dd"]);
        let (columns, kept) = counts.columns(2);
        assert_eq!((columns, kept), (vec![Some(0), Some(1), None, None], 2));
        assert_eq!(counts.columns(3).0[2], Some(2), "of equals, the first of the alphabet");
    }

    #[test]
    fn lines_are_counted_whatever_is_in_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        std::fs::write(&path, b"one\n\n\xff\xfe \xc3\x28 zz\r\nlast").unwrap();
        let rows = read(&path).unwrap().weighed();
        let words: Vec<usize> = (0..rows.len()).map(|row| rows.row(row).len()).collect();
        assert_eq!(words, [1, 0, 1, 1]);
    }
}
