//! Bytes of a message in, a key that is even cheaper than that of `scan.rs` out.
//!
//! Most lines differ from one seen before in nothing but the digits of their values. So the message
//! is hashed as a whole, 32 bytes at a time, with every digit read as `0`; equal glances mean equal
//! line keys and so equal skeletons. Two messages of one template whose values differ in length or
//! in letters have different glances: that costs a scan and is never wrong.
//!
//! A digit keeps its value where it stands alone behind a letter, since such a digit may belong to
//! a word (`ssh2`, see `token.rs`).

use super::scan::fold;

const KEY: u64 = 0x2545_F491_4F6C_DD1D;
const MIX: [u64; 4] =
    [0x8EBC_6AF0_9C88_C6E3, 0x9E37_79B9_7F4A_7C15, 0xA076_1D64_78BD_642F, 0xD6E8_FEB8_6659_FD93];

/// Bytes looked at in one step.
const UNIT: usize = 32;

/// The bytes of a step.
type Unit = [u64; UNIT / 8];

/// What one look at a message finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Glance {
    /// Equal only where the line keys are equal.
    pub(crate) key: u64,
    /// Hash of all bytes, for sampling by content.
    pub(crate) content: u64,
}

impl Glance {
    /// Looks at a message; one line without blanks at its end is expected (see [`super::token::head`]).
    #[inline]
    pub(crate) fn at(message: &[u8]) -> Glance {
        let mut glance = Glance { key: KEY ^ message.len() as u64, content: message.len() as u64 };
        let Some(last) = message.len().checked_sub(UNIT) else {
            let mut padded = [b' '; UNIT];
            padded[..message.len()].copy_from_slice(message);
            glance.take(&padded, b' ', b' ');
            return glance;
        };
        let mut at = 0;
        while at < last {
            glance.take_at(message, at);
            at += UNIT;
        }
        // The last step may look at bytes again, which is cheaper than to fill up what is missing.
        glance.take_at(message, last);
        glance
    }

    #[inline(always)]
    fn take_at(&mut self, message: &[u8], at: usize) {
        let Some(unit) = message.get(at..).and_then(|rest| rest.first_chunk::<UNIT>()) else { return };
        let neighbour = |at: usize| message.get(at).copied().unwrap_or(b' ');
        // Before the first byte stands nothing: the place wraps around to none.
        self.take(unit, neighbour(at.wrapping_sub(1)), neighbour(at + UNIT));
    }

    #[inline(always)]
    fn take(&mut self, unit: &[u8; UNIT], before: u8, after: u8) {
        let (words, _) = unit.as_chunks::<8>();
        let words = std::array::from_fn(|index| u64::from_le_bytes(words[index]));
        self.content = mix(self.content, &words);
        self.key = mix(self.key, &without_digits(&words, before, after));
    }
}

/// Takes the bytes of a step into a hash.
#[inline(always)]
fn mix(hash: u64, [a, b, c, d]: &Unit) -> u64 {
    let sum = fold(a ^ MIX[0], b ^ MIX[1]).wrapping_add(fold(c ^ MIX[2], d ^ MIX[3]));
    fold(hash ^ sum, KEY)
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::Unit;
    use std::arch::x86_64::{
        __m128i, _mm_and_si128, _mm_andnot_si128, _mm_cmpeq_epi8, _mm_cvtsi128_si64, _mm_min_epu8,
        _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8, _mm_slli_si128, _mm_srli_si128, _mm_sub_epi8,
    };

    #[inline]
    #[target_feature(enable = "sse2")]
    fn within(bytes: __m128i, low: u8, span: u8) -> __m128i {
        let shifted = _mm_sub_epi8(bytes, _mm_set1_epi8(low as i8));
        _mm_cmpeq_epi8(_mm_min_epu8(shifted, _mm_set1_epi8(span as i8)), shifted)
    }

    /// Digits become `0` but for those alone behind a letter.
    #[inline(always)]
    #[expect(unsafe_code, reason = "lanes of 128 bits are part of every x86_64, so the call is sound")]
    pub(super) fn without_digits(words: &Unit, before: u8, after: u8) -> Unit {
        // SAFETY: the feature is part of every x86_64 processor; the function reads no memory but its arguments.
        unsafe { in_lanes(words, before, after) }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn in_lanes(words: &Unit, before: u8, after: u8) -> Unit {
        let [a, b, c, d] = words.map(u64::cast_signed);
        let lanes = [_mm_set_epi64x(b, a), _mm_set_epi64x(d, c)];
        let digits = lanes.map(|lane| within(lane, b'0', 9));
        let letters = lanes.map(|lane| within(_mm_or_si128(lane, _mm_set1_epi8(0x20)), b'a', 25));
        let mark = |is: bool| _mm_set1_epi8(if is { -1 } else { 0 });
        // The neighbours of the whole step, as lanes of which one byte is used.
        let mut letter_before = mark(before.is_ascii_alphabetic());
        let digit_after = mark(after.is_ascii_digit());
        let mut plain = [0; 4];
        for index in 0..2 {
            let next = if index < 1 { digits[index + 1] } else { digit_after };
            let behind_letter =
                _mm_or_si128(_mm_slli_si128(letters[index], 1), _mm_srli_si128(letter_before, 15));
            let before_digit = _mm_or_si128(_mm_srli_si128(digits[index], 1), _mm_slli_si128(next, 15));
            let alone = _mm_andnot_si128(before_digit, behind_letter);
            let value = _mm_andnot_si128(alone, digits[index]);
            let zeros = _mm_and_si128(value, _mm_set1_epi8(b'0' as i8));
            let lane = _mm_or_si128(_mm_andnot_si128(value, lanes[index]), zeros);
            plain[index * 2] = _mm_cvtsi128_si64(lane).cast_unsigned();
            plain[index * 2 + 1] = _mm_cvtsi128_si64(_mm_srli_si128(lane, 8)).cast_unsigned();
            letter_before = letters[index];
        }
        plain
    }
}

#[cfg_attr(target_arch = "x86_64", allow(dead_code))]
mod portable {
    use super::{UNIT, Unit};

    /// The same byte by byte, for machines without 128-bit lanes.
    pub(super) fn without_digits(words: &Unit, before: u8, after: u8) -> Unit {
        let mut bytes = [0; UNIT];
        for (place, byte) in bytes.iter_mut().zip(words.iter().flat_map(|word| word.to_le_bytes())) {
            *place = byte;
        }
        let neighbour =
            |at: Option<usize>, border: u8| at.and_then(|at| bytes.get(at).copied()).unwrap_or(border);
        let plain = |at: usize| {
            let alone = neighbour(at.checked_sub(1), before).is_ascii_alphabetic()
                && !neighbour(Some(at + 1), after).is_ascii_digit();
            if bytes[at].is_ascii_digit() && !alone { b'0' } else { bytes[at] }
        };
        std::array::from_fn(|word| u64::from_le_bytes(std::array::from_fn(|nth| plain(word * 8 + nth))))
    }
}

#[cfg(not(target_arch = "x86_64"))]
use portable::without_digits;
#[cfg(target_arch = "x86_64")]
use wide::without_digits;

#[cfg(test)]
mod tests {
    use super::super::scan::Scan;
    use super::super::token::head;
    use super::*;
    use proptest::prelude::*;

    fn scanned(message: &[u8]) -> Scan {
        let mut scan = Scan::default();
        scan.read(head(message));
        scan
    }

    fn message() -> impl Strategy<Value = Vec<u8>> {
        let pieces = vec![
            "a",
            "word",
            "ssh2",
            "eth0",
            "jk2_init",
            "a1b2",
            "12",
            "7",
            "x7",
            "0x1f",
            "10.0.0.1",
            "/var/log/3",
            " ",
            "=",
            ":",
            ".",
            "..",
            "-",
            "_",
            "(",
            "9a",
            "é4",
            "blk_-17",
            "\0",
            "longer_than_eight_bytes",
            "1",
            "b",
        ];
        prop::collection::vec(prop::sample::select(pieces), 0..60)
            .prop_map(|pieces| pieces.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn lanes_and_bytes_find_the_same(words in any::<Unit>(), text in "[a-z0-9 _.]{32}", before in any::<u8>(), after in any::<u8>()) {
            prop_assert_eq!(without_digits(&words, before, after), portable::without_digits(&words, before, after));
            let bytes = text.as_bytes().as_chunks::<8>().0;
            let words: Unit = std::array::from_fn(|index| u64::from_le_bytes(bytes[index]));
            prop_assert_eq!(without_digits(&words, before, after), portable::without_digits(&words, before, after));
        }

        /// Any digits are replaced by any others: where the glance stays, the line key must.
        #[test]
        fn equal_glances_mean_equal_line_keys(message in message(), seed in any::<u64>(), often in 1u64..16) {
            let mut random = seed;
            let other: Vec<u8> = message.iter().map(|byte| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let changes = byte.is_ascii_digit() && (random >> 60) < often;
                if changes { b'0' + (random >> 33) as u8 % 10 } else { *byte }
            }).collect();
            if Glance::at(head(&message)).key == Glance::at(head(&other)).key {
                prop_assert_eq!(scanned(&message).key, scanned(&other).key);
            }
        }
    }

    #[test]
    fn values_do_not_show_and_words_do() {
        let table: &[(&str, &str, bool)] = &[
            ("from 10.0.0.1 port 22", "from 10.0.0.2 port 80", true),
            ("blk_-123 of size 5", "blk_-456 of size 7", true),
            ("ssh1 ok", "ssh2 ok", false),
            ("jk1_init", "jk2_init", false),
            ("port 22", "port 222", false),
            ("node a12", "node a34", true),
        ];
        for (one, two, equal) in table {
            let same = Glance::at(one.as_bytes()).key == Glance::at(two.as_bytes()).key;
            assert_eq!(same, *equal, "{one} | {two}");
        }
    }
}
