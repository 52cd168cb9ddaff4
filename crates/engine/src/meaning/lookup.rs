//! A place where a word begins in, the longest row of the list that matches there out.
//!
//! The first three letters of a word choose a chain of a few rows, by a table that is made when the
//! program is compiled. Most words of a log have an empty chain and cost one look at the table.

use super::letters::{gap_length, is_boundary, word_end};
use super::words::{ROWS, Row};

/// Chains; a power of two.
const CHAINS: usize = 2048;

/// No row.
const NONE: u16 = u16::MAX;

struct Index {
    heads: [u16; CHAINS],
    next: [u16; ROWS.len()],
}

static INDEX: Index = index();

const fn index() -> Index {
    let mut index = Index { heads: [NONE; CHAINS], next: [NONE; ROWS.len()] };
    let mut row = 0;
    while row < ROWS.len() {
        let text = ROWS[row].text.as_bytes();
        let chain = chain_of(first_three(text, 0, head_length(text)));
        index.next[row] = index.heads[chain];
        index.heads[chain] = row as u16;
        row += 1;
    }
    index
}

/// The letters of the first word of a row.
const fn head_length(text: &[u8]) -> usize {
    let mut length = 0;
    while length < text.len() && text[length] != b' ' && text[length] != b'*' {
        length += 1;
    }
    length
}

/// Up to three letters from `start`, in lower case, packed.
const fn first_three(bytes: &[u8], start: usize, end: usize) -> u32 {
    let mut packed = 0;
    let mut at = start;
    while at < start + 3 {
        let byte = if at < end && at < bytes.len() { bytes[at].to_ascii_lowercase() } else { 0 };
        packed = packed << 8 | byte as u32;
        at += 1;
    }
    packed
}

const fn chain_of(packed: u32) -> usize {
    (packed.wrapping_mul(0x9E37_79B1) >> (32 - CHAINS.trailing_zeros())) as usize
}

/// A row that matches, and where its text ends in the line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) row: &'static Row,
    pub(super) end: usize,
}

/// The longest row that matches the word at `start..end` and what follows it.
pub(super) fn lookup(line: &[u8], start: usize, end: usize) -> Option<Hit> {
    let chain = chain_of(first_three(line, start, end));
    let mut number = INDEX.heads.get(chain).copied().unwrap_or(NONE);
    let mut best: Option<Hit> = None;
    while let Some(row) = ROWS.get(usize::from(number)) {
        let matched = match_row(row.text.as_bytes(), line, start);
        if let Some(end) = matched.filter(|end| best.is_none_or(|best| precedes(best, *end, row))) {
            best = Some(Hit { row, end });
        }
        number = INDEX.next.get(usize::from(number)).copied().unwrap_or(NONE);
    }
    best
}

/// The row of the word that begins at a place, if one does.
pub(super) fn row_at(line: &[u8], start: usize) -> Option<Hit> {
    let begins = start < line.len() && gap_length(line, start).is_none();
    begins.then(|| lookup(line, start, word_end(line, start))).flatten()
}

/// The row of the next word, behind at most one blank, underline, hyphen or dot.
pub(super) fn following(line: &[u8], end: usize) -> Option<Hit> {
    let start = match line.get(end)? {
        b' ' | b'_' | b'-' | b'.' => end + 1,
        _ => end,
    };
    is_boundary(line, end).then(|| row_at(line, start)).flatten()
}

/// The row of what a long word ends with, where the word itself is in no row: `keyerror`, `Lesefehler`.
pub(super) fn lookup_tail(line: &[u8], start: usize, end: usize) -> Option<Hit> {
    const TAILS: [&[u8]; 6] = [b"error", b"errors", b"exception", b"failure", b"fehler", b"timeout"];
    let word = line.get(start..end)?;
    if !matches!(word.last()?.to_ascii_lowercase(), b'r' | b's' | b'n' | b'e' | b't') {
        return None;
    }
    let tail = TAILS.iter().find(|tail| {
        let rest = word.len().checked_sub(tail.len()).filter(|before| *before >= 2);
        rest.and_then(|before| word.get(before..)).is_some_and(|end| end.eq_ignore_ascii_case(tail))
    })?;
    lookup(line, end - tail.len(), end)
}

/// Whether a row that ends at `end` is to be preferred: the longer one, then the one that leaves less open.
fn precedes(best: Hit, end: usize, row: &Row) -> bool {
    let rank = |end: usize, row: &Row| (end, !row.text.ends_with('*'), row.text.len());
    rank(end, row) > rank(best.end, best.row)
}

/// Where a row ends that begins at `start`. Looks no further than the row is long, and a few bytes.
fn match_row(row: &[u8], line: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    for letter in row {
        match letter {
            b' ' => at = next_word(line, at)?,
            b'*' if is_boundary(line, at) => return Some(at),
            b'*' => return Some(word_end(line, at)),
            _ if line.get(at)?.eq_ignore_ascii_case(letter) => at += 1,
            _ => return None,
        }
    }
    is_boundary(line, at).then_some(at)
}

/// The beginning of the word behind `at`, if words end there and little parts them.
fn next_word(line: &[u8], at: usize) -> Option<usize> {
    const LONGEST_GAP: usize = 3;
    if !is_boundary(line, at) {
        return None;
    }
    let mut next = at;
    while next <= at + LONGEST_GAP {
        match gap_length(line, next) {
            None => return (next < line.len()).then_some(next),
            Some(_) if matches!(line.get(next), Some(b';' | b',' | b'0'..=b'9' | b'=' | 1)) => return None,
            Some(length) => next += length,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn check(text: &str, wanted: Option<&str>) {
        let line = text.as_bytes();
        let hit = lookup(line, 0, word_end(line, 0));
        assert_eq!(hit.map(|hit| hit.row.text), wanted, "{text}");
    }

    #[test]
    fn the_longest_row_counts() {
        let table: &[(&str, Option<&str>)] = &[
            ("failed", Some("fail*")),
            ("FAILURE of it", Some("fail*")),
            ("failed to open", Some("failed to")),
            ("failover", Some("failover*")),
            ("failsafe", Some("failsafe*")),
            ("no", Some("no")),
            ("no such file", Some("no such")),
            ("NoSuchElement", Some("no such")),
            ("no_space_left", Some("no space left")),
            ("no space, left", Some("no")),
            ("nothing", None),
            ("notable", None),
            ("OutOfMemoryError", Some("out of memory")),
            ("out of memoryless", Some("out of")),
            ("TimeOut", Some("time out")),
            ("connectionRefused", None),
            ("panic: runtime error: x", Some("panic runtime error")),
            ("panicked", Some("panic*")),
            ("失败了", Some("失败")),
            ("échecs", Some("échec*")),
            ("ok", Some("ok")),
            ("okay", None),
            ("errorHandler", Some("error*")),
        ];
        for (text, wanted) in table {
            check(text, *wanted);
        }
    }

    #[test]
    fn every_row_matches_its_own_text_and_stands_once() {
        let mut seen = BTreeSet::new();
        for row in ROWS {
            let line = row.shown().as_bytes();
            let hit = lookup(line, 0, word_end(line, 0)).map(|hit| hit.row.shown());
            assert_eq!(hit, Some(row.shown()));
            assert!(seen.insert(row.text), "{} stands twice", row.text);
            assert_eq!(row.text.find('*').unwrap_or(row.text.len() - 1), row.text.len() - 1, "{}", row.text);
        }
    }

    #[test]
    fn chains_are_short() {
        let longest = (0..CHAINS).map(|chain| {
            let first = INDEX.heads[chain];
            std::iter::successors(Some(first), |number| INDEX.next.get(usize::from(*number)).copied())
                .filter(|number| *number != NONE)
                .count()
        });
        assert!(longest.max().unwrap() <= 24);
    }
}
