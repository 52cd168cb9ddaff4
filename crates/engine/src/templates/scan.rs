//! Bytes of a message in, its *line key* out: one pass, 64 bytes at a time.
//!
//! The key is a hash of all that decides the skeleton: chunks without a digit by their bytes,
//! chunks with one by a mere mark, and the delimiters between them. Equal keys mean equal
//! skeletons, so one look-up replaces the whole tokenizer for every line whose like was seen.
//! The key is a sum over chunks, so the key *without* some of them costs as many subtractions: that is
//! how exploding words are found and served (see `explosion.rs`).

use super::token::{Chunk, DELIMITERS, chunk_of};

/// Chunks beyond this count do not get a part of their own in [`Scan::parts`].
pub(crate) const PARTS: usize = 24;

const WORD: u64 = 0x9E37_79B9_7F4A_7C15;
const TAIL: u64 = 0xD6E8_FEB8_6659_FD93;
const PLACE: u64 = 0xA076_1D64_78BD_642F;
const SEPARATOR: u64 = 0x0000_0100_0000_01B3;
const CONTENT: u64 = 0x8EBC_6AF0_9C88_C6E3;

/// What one pass over a message finds.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    /// Decides the skeleton.
    pub(crate) key: u64,
    /// How many chunks there are.
    pub(crate) chunks: usize,
    /// What each of the first chunks adds to the sum that the key is made of.
    parts: [u64; PARTS],
    /// Which of the first chunks are words, a bit for each.
    words: u32,
    sum: u64,
    tail: u64,
}

impl Default for Scan {
    fn default() -> Scan {
        Scan { key: 0, chunks: 0, parts: [0; PARTS], words: 0, sum: 0, tail: 0 }
    }
}

/// Multiplies to 128 bits and folds the halves together.
#[inline(always)]
pub(crate) fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

/// A set bit for each of 64 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Masks {
    delimiter: u64,
    digit: u64,
    dot: u64,
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::Masks;
    use std::arch::x86_64::{
        __m128i, _mm_and_si128, _mm_cmpeq_epi8, _mm_max_epu8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
        _mm_set_epi64x, _mm_set1_epi8, _mm_sub_epi8,
    };

    #[inline]
    #[target_feature(enable = "sse2")]
    fn within(bytes: __m128i, low: u8, span: u8) -> __m128i {
        let shifted = _mm_sub_epi8(bytes, _mm_set1_epi8(low as i8));
        _mm_cmpeq_epi8(_mm_min_epu8(shifted, _mm_set1_epi8(span as i8)), shifted)
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn equal(bytes: __m128i, byte: u8) -> __m128i {
        _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte as i8))
    }

    /// Delimiters, digits and dots of 16 bytes.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn sixteen(low: u64, high: u64) -> (u64, u64, u64) {
        let bytes = _mm_set_epi64x(high as i64, low as i64);
        let blank_bang_quote = _mm_cmpeq_epi8(_mm_max_epu8(bytes, _mm_set1_epi8(0x22)), _mm_set1_epi8(0x22));
        let tick_and_round = within(bytes, b'\'', 2);
        let colon_to_question = within(bytes, b':', 5);
        let square_or_curly = within(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), b'{', 2);
        let backslash = equal(bytes, b'\\');
        // An all-ones byte less itself is zero, so a backslash drops out of the brackets.
        let brackets = _mm_sub_epi8(square_or_curly, _mm_and_si128(square_or_curly, backslash));
        let most = _mm_or_si128(_mm_or_si128(blank_bang_quote, tick_and_round), colon_to_question);
        let delimiter = _mm_or_si128(_mm_or_si128(most, brackets), equal(bytes, b','));
        let bits = |lanes| u64::from(_mm_movemask_epi8(lanes) as u16);
        (bits(delimiter), bits(within(bytes, b'0', 9)), bits(equal(bytes, b'.')))
    }

    /// Delimiters, digits and dots of 64 bytes.
    #[inline(always)]
    #[expect(unsafe_code, reason = "lanes of 128 bits are part of every x86_64, so the call is sound")]
    pub(super) fn masks(words: &[u64; 8]) -> Masks {
        unsafe { masks_in_lanes(words) }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn masks_in_lanes(words: &[u64; 8]) -> Masks {
        let [a, b, c, d, e, f, g, h] = *words;
        let parts = [sixteen(a, b), sixteen(c, d), sixteen(e, f), sixteen(g, h)];
        let join = |one: u64, two: u64, three: u64, four: u64| one | two << 16 | three << 32 | four << 48;
        Masks {
            delimiter: join(parts[0].0, parts[1].0, parts[2].0, parts[3].0),
            digit: join(parts[0].1, parts[1].1, parts[2].1, parts[3].1),
            dot: join(parts[0].2, parts[1].2, parts[2].2, parts[3].2),
        }
    }
}

#[cfg_attr(target_arch = "x86_64", allow(dead_code))]
mod portable {
    use super::{DELIMITERS, Masks};

    /// The same bits, byte by byte, for machines without 128-bit lanes.
    pub(super) fn masks(words: &[u64; 8]) -> Masks {
        let mut masks = Masks { delimiter: 0, digit: 0, dot: 0 };
        for (at, byte) in words.iter().flat_map(|word| word.to_le_bytes()).enumerate() {
            masks.delimiter |= u64::from(DELIMITERS[usize::from(byte)]) << at;
            masks.digit |= u64::from(byte.is_ascii_digit()) << at;
            masks.dot |= u64::from(byte == b'.') << at;
        }
        masks
    }
}

#[cfg(not(target_arch = "x86_64"))]
use portable::masks;
#[cfg(target_arch = "x86_64")]
use wide::masks;

/// Up to eight bytes as a word, the missing ones zero.
#[inline(always)]
fn short_word(bytes: &[u8]) -> u64 {
    let n = bytes.len();
    let four =
        |at: usize| bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes);
    let one = |at: usize| bytes.get(at).map_or(0, |b| u64::from(*b));
    match n {
        8.. => word_at(bytes, 0),
        4..8 => u64::from(four(0)) | u64::from(four(n - 4)) << (8 * (n - 4)),
        1..4 => one(0) | one(n / 2) << (8 * (n / 2)) | one(n - 1) << (8 * (n - 1)),
        0 => 0,
    }
}

/// The eight bytes at a place, or zero where there are fewer.
#[inline(always)]
fn word_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()).map_or(0, |word| u64::from_le_bytes(*word))
}

/// The eight bytes of a block at a place; the last block is filled up with blanks.
#[inline(always)]
fn block_at(message: &[u8], base: usize) -> [u64; 8] {
    let mut filled = [b' '; 64];
    let block = match message.get(base..).and_then(|rest| rest.first_chunk::<64>()) {
        Some(block) => block,
        None => {
            let rest = message.get(base..).unwrap_or_default();
            if let Some(front) = filled.get_mut(..rest.len()) {
                front.copy_from_slice(rest);
            }
            &filled
        }
    };
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(block.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// The hash of a chunk's bytes. `message` goes on behind the chunk, so most words are one load.
#[inline(always)]
fn bytes_hash(message: &[u8], start: usize, end: usize) -> u64 {
    let length = end - start;
    if length <= 8 {
        return match message.get(start..).and_then(|rest| rest.first_chunk::<8>()) {
            Some(word) => u64::from_le_bytes(*word) & (u64::MAX >> (64 - 8 * length)),
            None => short_word(message.get(start..end).unwrap_or_default()),
        };
    }
    let mut hash = TAIL ^ length as u64;
    let mut at = start;
    while at + 8 < end {
        hash = fold(hash ^ word_at(message, at), WORD);
        at += 8;
    }
    fold(hash ^ word_at(message, end - 8), PLACE)
}

/// How many bits are set: none, one or more. Counting them all costs a dozen instructions on a plain
/// x86_64, and nobody wants to know.
#[inline(always)]
fn none_one_many(bits: u64) -> u32 {
    u32::from(bits != 0) + u32::from(bits & bits.wrapping_sub(1) != 0)
}

/// What is carried from chunk to chunk.
struct Walk {
    start: usize,
    digits: u32,
    separator: u64,
    last: u8,
}

impl Scan {
    /// Reads a message; one line without blanks at its end is expected (see [`super::token::head`]).
    #[inline]
    pub(crate) fn read(&mut self, message: &[u8]) {
        self.read_while(message, |_, _| true);
    }

    /// Reads a message as long as its beginning is wanted: asked with the number of each chunk and the
    /// sum up to it. Says whether it was read to its end; otherwise there is no key.
    #[inline]
    pub(crate) fn read_while(&mut self, message: &[u8], mut wanted: impl FnMut(usize, u64) -> bool) -> bool {
        self.sum = 0;
        self.words = 0;
        self.chunks = 0;
        let mut walk = Walk { start: 0, digits: 0, separator: 0, last: b' ' };
        let mut dot_before = 0;
        let mut base = 0;
        while base < message.len() {
            let words = block_at(message, base);
            let masks = masks(&words);
            let mut delimiter = masks.delimiter;
            if masks.dot != 0 {
                let dot_after = u64::from(message.get(base + 64) == Some(&b'.')) << 63;
                delimiter |= masks.dot & (masks.dot << 1 | dot_before | masks.dot >> 1 | dot_after);
            }
            dot_before = masks.dot >> 63;
            if !self.block(message, base, delimiter, masks.digit, &mut walk, &mut wanted) {
                return false;
            }
            base += 64;
        }
        // The blanks that fill up the last block end the last chunk, unless the block was full.
        if walk.start < message.len() {
            self.chunk(message, &mut walk, message.len(), 0);
            if !wanted(self.chunks - 1, self.sum) {
                return false;
            }
        }
        self.tail = walk.separator.wrapping_mul(TAIL) ^ self.chunks as u64;
        self.key = fold(self.sum ^ WORD, self.tail ^ PLACE);
        true
    }

    /// What each of the first chunks adds to the sum that the key is made of.
    pub(crate) fn parts(&self) -> &[u64] {
        self.parts.get(..self.chunks).unwrap_or(&self.parts)
    }

    /// Whether one of the first chunks is a word and not some value.
    pub(crate) fn is_word(&self, nth: usize) -> bool {
        nth < PARTS && self.words & (1 << nth) != 0
    }

    /// The key of the message without some of its first chunks, a bit for each.
    pub(crate) fn key_without(&self, open: u32) -> u64 {
        let mut rest = self.sum;
        let mut left = open;
        while left != 0 {
            rest = rest.wrapping_sub(self.parts.get(left.trailing_zeros() as usize).copied().unwrap_or(0));
            left &= left - 1;
        }
        fold(rest ^ TAIL, self.tail ^ PLACE.wrapping_mul(u64::from(open) << 1 | 1))
    }

    /// Says whether to go on.
    #[inline(always)]
    fn block(
        &mut self,
        message: &[u8],
        base: usize,
        mut delimiter: u64,
        digit: u64,
        walk: &mut Walk,
        wanted: &mut impl FnMut(usize, u64) -> bool,
    ) -> bool {
        while delimiter != 0 {
            let bit = delimiter.trailing_zeros();
            let end = base + bit as usize;
            if end >= message.len() {
                break;
            }
            if end > walk.start {
                let behind = u64::MAX << walk.start.saturating_sub(base);
                let digits = digit & behind & ((1 << bit) - 1);
                self.chunk(message, walk, end, none_one_many(digits));
                if !wanted(self.chunks - 1, self.sum) {
                    return false;
                }
            }
            let byte = message[end].max(b' ');
            if byte != walk.last || (byte != b' ' && byte != b'.') {
                walk.separator = walk.separator.wrapping_mul(SEPARATOR) ^ u64::from(byte);
            }
            walk.last = byte;
            walk.start = end + 1;
            delimiter &= delimiter - 1;
        }
        // The chunk goes on in the next block, or ends with the message.
        let begun = walk.start.saturating_sub(base);
        if begun < 64 {
            walk.digits += none_one_many(digit & (u64::MAX << begun));
        }
        true
    }

    #[inline(always)]
    fn chunk(&mut self, message: &[u8], walk: &mut Walk, end: usize, digits: u32) {
        let digits = digits + walk.digits;
        let hash = match chunk_of(&message[walk.start..end], digits) {
            Chunk::Word => {
                self.words |= 1u32.unbounded_shl(self.chunks as u32);
                bytes_hash(message, walk.start, end)
            }
            opaque => opaque as u64,
        };
        let place = PLACE.wrapping_add((self.chunks as u64).wrapping_mul(CONTENT));
        let part = fold(hash ^ walk.separator.wrapping_mul(TAIL) ^ WORD, place);
        if let Some(slot) = self.parts.get_mut(self.chunks) {
            *slot = part;
        }
        self.sum = self.sum.wrapping_add(part);
        self.chunks += 1;
        walk.digits = 0;
        walk.separator = 0;
        walk.last = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::skeleton::Skeletons;
    use super::super::token::{Token, head, tokens};
    use super::*;
    use proptest::prelude::*;

    fn scanned(message: &[u8]) -> Scan {
        let mut scan = Scan::default();
        scan.read(head(message));
        scan
    }

    fn skeleton(message: &[u8]) -> Vec<u8> {
        let mut skeletons = Skeletons::default();
        skeletons.read(head(message), 0);
        skeletons.text().to_vec()
    }

    /// Pieces that logs are made of, so that equal keys are not too rare.
    fn message() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(vec![
            "a",
            "word",
            "eth0",
            "jk2_init",
            "12",
            "0x1f",
            "10.0.0.1",
            "/var/log",
            "//host/x",
            "..",
            ".",
            "...",
            "-",
            " ",
            "  ",
            "\t",
            "=",
            ":",
            ",",
            "(",
            ")",
            "'",
            "\"",
            "<",
            ">",
            "[",
            "]",
            "{",
            "}",
            "|",
            "?",
            "!",
            "\\",
            "é",
            "http",
            "true",
            "Jun",
            "Sat",
            "ba",
            "KB",
            "sec",
            "longer_than_eight_bytes",
            "b5",
            "\u{1}",
            "%",
            "@",
        ]);
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn lanes_and_bytes_find_the_same(words in any::<[u64; 8]>(), marks in any::<[u8; 8]>()) {
            let mut words = words;
            for (word, mark) in words.iter_mut().zip(marks) {
                *word = *word & !0xff00_ff00 | u64::from(b"\\[{.,!9/:?@(')*\"#"[usize::from(mark) % 17]) << 8;
            }
            prop_assert_eq!(masks(&words), portable::masks(&words));
        }

        #[test]
        fn counts_the_chunks_of_the_tokenizer(message in message()) {
            let mut pieces = Vec::new();
            tokens(head(&message), &mut pieces);
            let chunks = pieces.iter().filter(|piece| matches!(piece.token, Token::Chunk(_))).count();
            prop_assert_eq!(scanned(&message).chunks, chunks);
        }

        #[test]
        fn any_bytes_are_safe(message in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = (scanned(&message), skeleton(&message));
        }

        /// Values are replaced by others of the same look: where the key stays, the skeleton must.
        #[test]
        fn equal_keys_mean_equal_skeletons(message in message(), seed in any::<u64>()) {
            let mut random = seed;
            let other: Vec<u8> = message.iter().map(|byte| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                match (random >> 60, byte) {
                    (0..4, b'0'..=b'9') => b'0' + (random >> 33) as u8 % 10,
                    (4..6, b'0'..=b'9') => b'a' + (random >> 33) as u8 % 26,
                    (6, b' ') => b'\t',
                    (7, b'r') => b'/',
                    _ => *byte,
                }
            }).collect();
            if scanned(&message).key == scanned(&other).key {
                prop_assert_eq!(skeleton(&message), skeleton(&other));
            }
        }
    }

    #[test]
    fn keys_tell_words_and_delimiters_apart() {
        let table: &[(&str, &str, bool)] = &[
            ("user 12 in", "user 9345 in", true),
            ("user 12 in", "user 12  in ", true),
            ("user 12 in", "user 12, in", false),
            ("user 12 in", "in 12 user", false),
            ("a b", "b a", false),
            ("wait...", "wait.....", true),
            ("wait.", "wait..", false),
            ("ssh1 ok", "ssh2 ok", false),
            ("at /a/b", "at /c", true),
            ("at /a/b", "at 15", false),
            ("http://a/b", "http:/a/b", false),
            ("see (x)", "see (x", false),
        ];
        for (one, two, equal) in table {
            assert_eq!(scanned(one.as_bytes()).key == scanned(two.as_bytes()).key, *equal, "{one} | {two}");
        }
    }

    /// A chunk may lie across any border between blocks of 64 bytes.
    #[test]
    fn borders_of_blocks_do_not_show() {
        for shift in 0..70 {
            let front = "x".repeat(shift);
            for (one, two) in
                [("node-173 up", "node-9 up"), ("a..5 b", "a....77 b"), ("q ssh2 1", "q ssh2 2")]
            {
                let (one, two) = (format!("{front} {one}"), format!("{front} {two}"));
                assert_eq!(scanned(one.as_bytes()).key, scanned(two.as_bytes()).key, "{one} | {two}");
                let three = format!("{two} more");
                assert_ne!(scanned(one.as_bytes()).key, scanned(three.as_bytes()).key, "{one} | {three}");
            }
        }
    }
}
