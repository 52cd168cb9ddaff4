//! Bytes of a message in, a key out that minds neither digits nor the identifiers that programs make.
//!
//! Where every request has an id of its own (`922116fdbc3b8924`, a UUID), no two messages have one glance (`glance.rs`),
//! though they differ in nothing that anybody reads. So those ids are covered up, and what is left is glanced at. Only what
//! says nothing of itself but that it is an identifier is covered: a run of eight hexadecimal digits or more, letters of one
//! case and numerals among them, that stands alone between ASCII bytes that are neither letters nor digits, and a UUID of
//! such digits. It is an opaque chunk or part of one whatever its digits are (`token.rs`), so messages of one key have one
//! line key; and it is a part of an identifier (`spots.rs`) and of no number, time or address, so their values stand at
//! the same places. The same goes for eight hexadecimal digits or more behind `0x`, letters among them or not, where the
//! whole is joined to nothing.

use super::glance::Glance;
use super::hexadecimal::long_run;
use super::slot::is_uuid;

/// Length of a UUID.
const UUID: usize = 36;
/// What stands for a digit of an identifier, by the case of its letters. No text has these bytes; what has them anyway has
/// no key.
pub(crate) const LOWER: u8 = 0xFF;
pub(crate) const UPPER: u8 = 0xFE;
/// A key of this kind is that of no glance.
const ALIKE: u64 = 0xC2B2_AE3D_27D4_EB4F;

/// The key of a message, or nothing where there is no identifier in it. `covered` is memory that is used again.
pub(crate) fn key_of(message: &[u8], covered: &mut Vec<u8>) -> Option<u64> {
    covered.clear();
    covered.extend_from_slice(message);
    let is_one = cover(covered) && memchr::memchr2(LOWER, UPPER, message).is_none();
    is_one.then(|| Glance::at(covered).key ^ ALIKE)
}

/// Covers up the identifiers of a text with bytes that are in no text; says whether there are any.
pub(crate) fn cover(text: &mut [u8]) -> bool {
    let mut is_covered = false;
    let mut at = 0;
    while let Some(start) = long_run(text, at) {
        let run = text.get(start..).unwrap_or_default().iter();
        let mut end = start + run.take_while(|byte| byte.is_ascii_hexdigit()).count();
        let uuid = text.get(start..start + UUID).filter(|text| is_uuid(text));
        let found = uuid.and_then(|_| cover_of(text, start, start + UUID));
        if found.is_some() {
            end = start + UUID;
        }
        if let Some(cover) = found.or_else(|| cover_of(text, start, end)) {
            let digits = text.get_mut(start..end).unwrap_or_default().iter_mut();
            digits.filter(|byte| **byte != b'-').for_each(|byte| *byte = cover);
            is_covered = true;
        }
        at = end;
    }
    is_covered
}

/// Whether ids could be at the covered places of a text so that one of the stretches stands there, with a byte of an id or
/// more. All digits are `0` and all letters small.
pub(crate) fn may_hold(covered: &[u8], stretches: &[Vec<u8>]) -> bool {
    let is_like = |(have, want): (&u8, &u8)| have == want || is_cover(have) && want.is_ascii_hexdigit();
    let stands = |stretch: &[u8], at: usize| {
        let place = covered.get(at..at + stretch.len());
        place.is_some_and(|place| place.iter().zip(stretch).all(is_like))
    };
    let mut end = 0;
    while let Some(start) = covered.get(end..).and_then(|rest| memchr::memchr2(LOWER, UPPER, rest)) {
        let start = end + start;
        end =
            start + covered.get(start..).unwrap_or_default().iter().take_while(|byte| is_cover(byte)).count();
        let first = |stretch: &[u8]| start.saturating_sub(stretch.len().saturating_sub(1));
        if stretches.iter().any(|stretch| (first(stretch)..end).any(|at| stands(stretch, at))) {
            return true;
        }
    }
    false
}

fn is_cover(byte: &u8) -> bool {
    matches!(*byte, LOWER | UPPER)
}

/// What covers hexadecimal digits (and dashes), if they stand alone and can be nothing but an identifier.
fn cover_of(text: &[u8], start: usize, end: usize) -> Option<u8> {
    let parts = |at: Option<usize>| {
        let byte = at.and_then(|at| text.get(at));
        byte.is_none_or(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric())
    };
    if let Some(rest) = text.get(..start).and_then(|before| before.strip_suffix(b"0x")) {
        let joins = |byte: Option<&u8>| matches!(byte, Some(b'-' | b'_'));
        let is_alone = parts(rest.len().checked_sub(1)) && parts(Some(end));
        return (is_alone && !joins(rest.last()) && !joins(text.get(end))).then_some(LOWER);
    }
    if !parts(start.checked_sub(1)) || !parts(Some(end)) {
        return None;
    }
    let text = text.get(start..end)?;
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    // With any of these letters it is no number, whatever its unit: there is `e` in exponents, and `b` and `d` are units.
    let is_none = text.iter().any(|byte| matches!(byte | 0x20, b'a' | b'c' | b'f'));
    let has_upper = text.iter().any(u8::is_ascii_uppercase);
    let is_of_one_case = !(has_upper && text.iter().any(u8::is_ascii_lowercase));
    (digits >= 2 && is_none && is_of_one_case).then_some(if has_upper { UPPER } else { LOWER })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::scan::Scan;
    use super::super::spots::tests::{looked_at, pieces};
    use super::super::token::head;
    use super::*;

    fn key(message: &[u8]) -> Option<u64> {
        key_of(message, &mut Vec::new())
    }

    #[test]
    fn identifiers_do_not_show_and_all_else_does() {
        let table: &[(&str, &str, bool)] = &[
            ("[922116fdbc3b8924] in 24 ms", "[0bfc27cab2a3838f] in 31 ms", true),
            (
                "req-3ea4052c-895d-4b64-9e2d-04d64c4d94ab ok",
                "req-fda9a6aa-6afa-4ed0-8211-489fe031b45e ok",
                true,
            ),
            ("label 17FBDB4F0F printed", "label 0C84AA0112 printed", true),
            ("label 17FBDB4F0F printed", "label 17fbdb4f0f printed", false),
            ("session_1a2b3c4d of bob", "session_9f8e7d6c of bob", true),
            ("session_1a2b3c4d of bob", "session_1a2b3c4d of eve", false),
            ("[922116fdbc3b8924] ok", "[922116fdbc3b892] ok", false),
            ("trace 1a2b3c4d, span 99aabbcc", "trace 99aabbcc, span 1a2b3c4d", true),
            ("at 0x7f3a2c001b00, mask 0x05", "at 0x0000000F1A2B, mask 0x07", true),
            ("at 0x7f3a2c00, mask 0x05", "at 0x7f3a2c00, mask 0x0a", false),
        ];
        for (one, two, equal) in table {
            let (one_key, two_key) = (key(one.as_bytes()), key(two.as_bytes()));
            assert!(one_key.is_some() && two_key.is_some(), "{one} | {two}");
            assert_eq!(one_key == two_key, *equal, "{one} | {two}");
        }
    }

    #[test]
    fn what_may_be_something_else_is_left_alone() {
        let messages = [
            "1234567890",
            "deadbeef",
            "deadbee1",
            "1a2b3c4",
            "12e45678",
            "x1a2b3c4d",
            "1a2b3c4dx",
            "\u{e9}1a2b3c4d",
            "1A2b3c4d",
            "0x7f3a2c0",
            "_0x7f3a2c00",
            "0x7f3a2c00-1",
            "10x7f3a2c00",
            "0X7f3a2c00",
            "1d2345b6",
            "nothing at all to see",
            "",
        ];
        for message in messages {
            assert_eq!(key(message.as_bytes()), None, "{message}");
        }
        assert_eq!(key(b"1a2b3c4d \xFF"), None);
    }

    fn message() -> impl Strategy<Value = Vec<u8>> {
        let more = [
            "1a2b3c4d",
            "922116fdbc3b8924",
            "17FBDB4F0F",
            "3ea4052c-895d-4b64-9e2d-04d64c4d94ab",
            "2005-06-",
            "2005/06/",
            "10.0.0.1/",
            "0c",
            "1e9",
            "deadbeef",
            "0x7f3a2c001b00",
            "0x12345678",
            "0xdeadbeef",
        ];
        let pieces: Vec<&str> = pieces().into_iter().chain(more).chain(more).collect();
        prop::collection::vec(prop::sample::select(pieces), 0..30)
            .prop_map(|pieces| pieces.concat().into_bytes())
    }

    proptest! {
        /// Any hexadecimal digits are replaced by any others: where the key stays, line key, holes and spots must.
        #[test]
        fn equal_keys_mean_equal_line_keys_and_spots(message in message(), seed in any::<u64>(), often in 1u64..17) {
            let mut random = seed;
            let other: Vec<u8> = message.iter().map(|byte| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let nth = (random >> 33) as usize;
                match byte {
                    _ if (random >> 60) >= often => *byte,
                    b'0'..=b'9' | b'a'..=b'f' => b"0123456789abcdef"[nth % 16],
                    b'A'..=b'F' => b"0123456789ABCDEF"[nth % 16],
                    _ => *byte,
                }
            }).collect();
            let (one, two) = (head(&message), head(&other));
            if let Some(key_of_one) = key(one) && Some(key_of_one) == key(two) {
                let scanned = |message: &[u8]| {
                    let mut scan = Scan::default();
                    scan.read(message);
                    scan.key
                };
                prop_assert_eq!(scanned(one), scanned(two));
                prop_assert_eq!(looked_at(one), looked_at(two));
            }
        }

        #[test]
        fn any_bytes_are_safe(message in prop::collection::vec(any::<u8>(), 0..300)) {
            key(head(&message));
        }
    }
}
