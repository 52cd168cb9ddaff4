//! Bytes of a log in, the words of each of its lines out, in small letters.
//!
//! A word is two or more letters, digits or underscores. What is a letter is told for 64 bytes at a time and kept as
//! bits, so that the next word is found by counting zeros and no byte is looked at twice. Lines with anything but
//! ASCII are rare, and go the way of the standard library.

/// Bytes that are told apart at once.
const BLOCK: usize = 64;

/// Bytes of a word that fits into a number.
const SHORT: usize = 16;

/// A word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word<'a> {
    /// Up to 16 bytes, the first one lowest; no word holds a zero.
    Short(u128),
    /// A longer one.
    Long(&'a [u8]),
}

impl<'a> Word<'a> {
    fn of(bytes: &'a [u8]) -> Word<'a> {
        if bytes.len() > SHORT {
            return Word::Long(bytes);
        }
        let mut padded = [0; SHORT];
        padded.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
        Word::Short(u128::from_le_bytes(padded))
    }
}

/// Whole lines, looked over.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// The bytes in small letters, and enough zeros for the last word to be read whole.
    lower: Vec<u8>,
    /// A bit for each byte that belongs to a word, and for each that ends a line.
    words: Vec<u64>,
    ends: Vec<u64>,
}

impl Tokens {
    /// Calls `line` after the words of every line; the last one may lack its end.
    pub(super) fn each<T>(
        &mut self,
        bytes: &[u8],
        to: &mut T,
        word: impl Fn(&mut T, Word<'_>),
        line: impl Fn(&mut T),
    ) {
        self.look_over(bytes);
        let mut start = 0;
        while start < bytes.len() {
            let end = next(&self.ends, start).min(bytes.len());
            let own = bytes.get(start..end).unwrap_or_default();
            if own.is_ascii() {
                self.plain(start, end, |found| word(to, found));
            } else {
                foreign(own, |found| word(to, found));
            }
            line(to);
            start = end + 1;
        }
    }

    fn look_over(&mut self, bytes: &[u8]) {
        self.lower.clear();
        self.lower.resize(bytes.len().next_multiple_of(BLOCK) + SHORT, 0);
        self.words.clear();
        self.ends.clear();
        for (bytes, lower) in bytes.chunks(BLOCK).zip(self.lower.chunks_exact_mut(BLOCK)) {
            let mut block = [0; BLOCK];
            block[..bytes.len()].copy_from_slice(bytes);
            let Ok(lower) = <&mut [u8; BLOCK]>::try_from(lower) else { continue };
            let (words, ends) = told_apart(&block, lower);
            self.words.push(words);
            self.ends.push(ends);
        }
    }

    fn plain(&self, start: usize, end: usize, mut word: impl FnMut(Word<'_>)) {
        let mut at = start;
        loop {
            at = next(&self.words, at);
            if at >= end {
                return;
            }
            let length = next_clear(&self.words, at) - at;
            if (2..=SHORT).contains(&length) {
                let padded = self.lower.get(at..).and_then(|rest| rest.first_chunk()).copied();
                let unused = 8 * (SHORT - length) as u32;
                let bytes = u128::from_le_bytes(padded.unwrap_or_default());
                word(Word::Short(bytes << unused >> unused));
            } else if length > SHORT {
                word(Word::Long(self.lower.get(at..at + length).unwrap_or_default()));
            }
            at += length + 1;
        }
    }
}

/// Which bytes are of words and which end lines; and what they are in small letters.
#[inline(always)]
fn told_apart(block: &[u8; BLOCK], lower: &mut [u8; BLOCK]) -> (u64, u64) {
    let (mut of_words, mut ends) = ([0u8; BLOCK], [0u8; BLOCK]);
    for at in 0..BLOCK {
        let byte = block[at];
        let large = byte.wrapping_sub(b'A') < 26;
        let small = byte | (u8::from(large) << 5);
        let letter = small.wrapping_sub(b'a') < 26;
        let digit = byte.wrapping_sub(b'0') < 10;
        lower[at] = small;
        of_words[at] = u8::from(letter | digit | (byte == b'_'));
        ends[at] = u8::from(byte == b'\n');
    }
    (gathered(&of_words), gathered(&ends))
}

/// The lowest bits of 64 bytes.
#[inline(always)]
fn gathered(flags: &[u8; BLOCK]) -> u64 {
    /// Moves the lowest bit of each of eight bytes into the highest byte, in order.
    const TOGETHER: u64 = 0x0102_0408_1020_4080;
    let eights = flags.as_chunks::<8>().0.iter().rev();
    eights.fold(0, |bits, eight| bits << 8 | u64::from_le_bytes(*eight).wrapping_mul(TOGETHER) >> 56)
}

/// The place of the first bit from `at` on; behind all of them where there is none.
#[inline(always)]
fn next(bits: &[u64], at: usize) -> usize {
    let mut block = at / 64;
    let Some(&first) = bits.get(block) else { return bits.len() * 64 };
    let mut rest = first & (u64::MAX << (at % 64));
    while rest == 0 {
        block += 1;
        let Some(&next) = bits.get(block) else { return bits.len() * 64 };
        rest = next;
    }
    block * 64 + rest.trailing_zeros() as usize
}

/// The place of the first bit from `at` on that is not set.
#[inline(always)]
fn next_clear(bits: &[u64], at: usize) -> usize {
    let mut block = at / 64;
    let Some(&first) = bits.get(block) else { return bits.len() * 64 };
    let mut rest = !first & (u64::MAX << (at % 64));
    while rest == 0 {
        block += 1;
        let Some(&next) = bits.get(block) else { return bits.len() * 64 };
        rest = !next;
    }
    block * 64 + rest.trailing_zeros() as usize
}

fn foreign(line: &[u8], mut word: impl FnMut(Word<'_>)) {
    let line = String::from_utf8_lossy(line);
    for found in line.split(|letter: char| !letter.is_alphanumeric() && letter != '_') {
        if found.chars().nth(1).is_some() {
            word(Word::of(found.to_lowercase().as_bytes()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &[u8]) -> Vec<Vec<String>> {
        let mut lines = vec![Vec::new()];
        let word = |lines: &mut Vec<Vec<String>>, word: Word<'_>| {
            let bytes = match word {
                Word::Short(number) => {
                    number.to_le_bytes().into_iter().take_while(|byte| *byte > 0).collect()
                }
                Word::Long(bytes) => bytes.to_vec(),
            };
            lines.last_mut().unwrap().push(String::from_utf8(bytes).unwrap());
        };
        Tokens::default().each(text, &mut lines, word, |lines| lines.push(Vec::new()));
        lines.pop();
        lines
    }

    /// What a reader of characters finds.
    fn plainly(text: &[u8]) -> Vec<Vec<String>> {
        let words = |line: &[u8]| {
            let line = String::from_utf8_lossy(line).into_owned();
            let parts = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            parts.filter(|part| part.chars().count() > 1).map(str::to_lowercase).collect()
        };
        text.split_inclusive(|byte| *byte == b'\n').map(words).collect()
    }

    #[test]
    fn words_are_those_of_a_reader_of_characters() {
        let long = "x".repeat(200);
        let texts = [
            "".to_owned(),
            "\n\n".to_owned(),
            "one".to_owned(),
            "Disk FULL, on node_7 @[`{ a bc\r\nlast".to_owned(),
            format!("{long} {long}\n a{long} fourteen_bytes sixteen_bytes_xy seventeen_bytes_x"),
            "Grüße İstanbul é ok\nplain ÀB \u{1f600}x yz 中文 中\n".to_owned(),
        ];
        for text in &texts {
            for shift in 0..70 {
                let text = format!("{}{text}", " ".repeat(shift));
                assert_eq!(told(text.as_bytes()), plainly(text.as_bytes()), "{text:?}");
            }
        }
        let damaged = b"one \xff\xfe \xc3\x28 zz\r\n\x00ab\x00";
        assert_eq!(told(damaged), plainly(damaged));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_have_the_words_that_a_reader_of_characters_finds(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        ) {
            proptest::prop_assert_eq!(told(&bytes), plainly(&bytes));
            let plain: Vec<u8> = bytes.iter().map(|byte| byte & 127).collect();
            proptest::prop_assert_eq!(told(&plain), plainly(&plain));
        }
    }
}
