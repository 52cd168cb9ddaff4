//! Records in, a row of numbers for each out, so that models over rows can judge lines.
//!
//! What a line says is TF-IDF over its words, folded into few columns by the hash of each word; what it is are how rare
//! its template is, how long ago that was met last, how grave and how long the line is, and how much of it are
//! digits. Words of digits alone are left out: they would be new in every line.

use std::collections::HashMap;

use logsift_engine::records::level::Level;
use logsift_engine::templates::{Facts, Miner, MinerSettings};
use logsift_outliers::Table;

/// Columns that words are folded into.
const FOLDED: usize = 32;
/// Columns of facts.
const FACTS: usize = 5;
/// Bytes that the miner may keep.
const BUDGET: usize = 256 << 20;

/// What is kept of a record.
pub(super) struct Said {
    /// The line at which it begins.
    pub(super) line: u64,
    pub(super) level: Option<Level>,
    pub(super) message: Vec<u8>,
}

/// A row for every record.
pub(super) fn rows(records: &[Said]) -> Table {
    let words: Vec<Vec<u64>> = records.iter().map(|record| words(&record.message)).collect();
    let mut lines_with: HashMap<u64, u32> = HashMap::new();
    for line in &words {
        line.chunk_by(|one, other| one == other).filter_map(|same| same.first()).for_each(|word| {
            *lines_with.entry(*word).or_default() += 1;
        });
    }
    let templates = templates(records);
    let mut last_met: HashMap<usize, usize> = HashMap::new();
    let mut table = Table::new(FOLDED + FACTS);
    for (at, (record, words)) in records.iter().zip(&words).enumerate() {
        let mut row = folded(words, &lines_with, records.len());
        let (template, share) = templates.get(at).copied().unwrap_or_default();
        let before = last_met.insert(template, at);
        let gap = before.map_or(records.len(), |before| at - before);
        let digits = record.message.iter().filter(|byte| byte.is_ascii_digit()).count();
        let length = record.message.len().max(1) as f32;
        let grave = record.level.map_or(0.0, |level| level as u8 as f32);
        row.extend([
            -(share as f32).ln(),
            (1.0 + gap as f32).ln(),
            grave,
            length.ln(),
            digits as f32 / length,
        ]);
        table.push(&row);
    }
    table
}

/// Of every record the number of its template and that template's share of all records.
fn templates(records: &[Said]) -> Vec<(usize, f64)> {
    let mut miner = Miner::new(MinerSettings { budget: BUDGET, keep_values: true });
    let skeletons: Vec<_> =
        records.iter().map(|record| miner.add(&record.message, &Facts::default())).collect();
    let templates = miner.templates();
    let mut numbers = HashMap::new();
    for (number, template) in templates.list().iter().enumerate() {
        numbers.extend(template.skeletons.iter().map(|skeleton| (*skeleton, number)));
    }
    let all = records.len() as f64;
    let share =
        |number: usize| templates.list().get(number).map_or(1.0, |template| template.stats.count() as f64);
    let of = |skeleton| {
        // A shape that the miner had to forget is as rare as can be.
        numbers.get(skeleton).map_or((usize::MAX, 1.0 / all), |number| (*number, share(*number) / all))
    };
    skeletons.iter().map(of).collect()
}

/// The hashes of the words of a message, sorted.
fn words(message: &[u8]) -> Vec<u64> {
    let parts = message.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_' && *byte < 0x80);
    let named = parts.filter(|word| word.len() > 1 && !word.iter().all(u8::is_ascii_digit));
    let mut hashes: Vec<u64> = named.map(hash).collect();
    hashes.sort_unstable();
    hashes
}

/// FNV-1a over small letters, mixed so that its low bits are as good as its high ones.
fn hash(word: &[u8]) -> u64 {
    let sum = word.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (sum ^ (sum >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed ^ (mixed >> 33)
}

/// TF-IDF with length 1, each word added to or taken from the column of its hash.
fn folded(words: &[u64], lines_with: &HashMap<u64, u32>, lines: usize) -> Vec<f32> {
    let mut columns = vec![0.0f64; FOLDED];
    for same in words.chunk_by(|one, other| one == other) {
        let Some(word) = same.first() else { continue };
        let with = f64::from(lines_with.get(word).copied().unwrap_or(1));
        let weight = same.len() as f64 * (((1.0 + lines as f64) / (1.0 + with)).ln() + 1.0);
        let signed = if word >> 63 == 0 { weight } else { -weight };
        columns.get_mut((word % FOLDED as u64) as usize).into_iter().for_each(|column| *column += signed);
    }
    let length = columns.iter().map(|weight| weight * weight).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    columns.iter().map(|weight| (weight / length) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(messages: &[&str]) -> Vec<Said> {
        let said = |(nth, message): (usize, &&str)| Said {
            line: nth as u64 + 1,
            level: (nth == 0).then_some(Level::Error),
            message: message.as_bytes().to_vec(),
        };
        messages.iter().enumerate().map(said).collect()
    }

    #[test]
    fn a_row_has_what_a_line_says_and_what_it_is() {
        let table = rows(&said(&["disk is full", "job 1 done", "job 2 done", "job 3 done"]));
        let row = |nth: usize| &table.rows().values()[nth * 37..(nth + 1) * 37];
        let length: f32 = row(0)[..32].iter().map(|weight| weight * weight).sum();
        assert!((length - 1.0).abs() < 1e-5);
        assert_eq!(row(1)[..32], row(2)[..32], "numbers say nothing");
        let [rare, gap, grave, ..] = row(0)[32..] else { panic!() };
        assert!(
            (rare - 4f32.ln()).abs() < 1e-6 && (gap - 5f32.ln()).abs() < 1e-6 && grave > 0.0,
            "{:?}",
            row(0)
        );
        assert!((row(2)[32] - (4f32 / 3.0).ln()).abs() < 1e-6 && (row(2)[33] - 2f32.ln()).abs() < 1e-6);
    }

    #[test]
    fn words_are_hashed_in_small_letters_and_sorted() {
        assert_eq!(words(b"Disk, disk x 17 is"), {
            let mut expected = vec![hash(b"disk"), hash(b"disk"), hash(b"is")];
            expected.sort_unstable();
            expected
        });
        assert_eq!(rows(&[]).rows().len(), 0);
    }
}
