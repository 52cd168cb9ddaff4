//! The least that anything must do which tells lines apart: a yardstick for the speed of `scan`.
//!
//! Reads a log, splits its lines at blanks, leaves out words with a digit in them, hashes the others, and counts how
//! often each line looks so. `scripts/bench-scan` puts the program beside it.

#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use std::env;
use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read};
use std::ops::Range;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use memchr::memchr_iter;

const BLOCK: usize = 1 << 16;

/// How often lines look so, by the hash of their words; and how unusual they were, one by one.
#[derive(Default)]
struct Looks {
    counts: HashMap<u64, u64, FixedState>,
    lines: u64,
    surprise: f64,
}

impl Looks {
    fn line(&mut self, line: &[u8]) {
        let mut hasher = FixedState::default().build_hasher();
        let (mut from, mut has_digit) = (0, false);
        for (at, byte) in line.iter().enumerate() {
            match byte {
                b' ' | b'\t' | b'\r' => {
                    word(&mut hasher, line, from..at, has_digit);
                    (from, has_digit) = (at + 1, false);
                }
                byte => has_digit |= byte.is_ascii_digit(),
            }
        }
        word(&mut hasher, line, from..line.len(), has_digit);
        let count = self.counts.entry(hasher.finish()).or_default();
        *count += 1;
        self.lines += 1;
        self.surprise += f64::from((self.lines as f32 / *count as f32).ln());
    }
}

#[inline]
fn word(hasher: &mut impl Hasher, line: &[u8], range: Range<usize>, has_digit: bool) {
    match has_digit {
        true => hasher.write_u8(0),
        false => hasher.write(line.get(range).unwrap_or_default()),
    }
}

fn main() -> io::Result<()> {
    let path = env::args_os().nth(1).ok_or_else(|| io::Error::other("usage: floor LOG"))?;
    let mut file = File::open(path)?;
    let (mut looks, mut block, mut kept) = (Looks::default(), vec![0; BLOCK], 0);
    loop {
        if kept == block.len() {
            block.resize(kept * 2, 0);
        }
        let count = file.read(block.get_mut(kept..).unwrap_or_default())?;
        let filled = block.get(..kept + count).unwrap_or_default();
        let mut from = 0;
        for end in memchr_iter(b'\n', filled) {
            looks.line(filled.get(from..end).unwrap_or_default());
            from = end + 1;
        }
        let end = filled.len();
        if count == 0 {
            if from < end {
                looks.line(filled.get(from..).unwrap_or_default());
            }
            break;
        }
        block.copy_within(from..end, 0);
        kept = end - from;
    }
    println!("{} lines, {} looks, {:.1} nats", looks.lines, looks.counts.len(), looks.surprise);
    Ok(())
}
