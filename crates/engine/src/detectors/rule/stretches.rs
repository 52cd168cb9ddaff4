//! A record in, the stretches of fixed text out that are in it, a bit each, and the conditions that these call for.

use super::set::{RuleSet, name_of};
use crate::records::record::Record;
use crate::templates::hexadecimal;

/// The longest text of a field that is read.
const LONGEST_FIELD: usize = 64 << 10;

/// What is read of a record: the message, and fields that hold more text.
pub(super) fn texts_of<'a>(rules: &RuleSet, record: &Record<'a>, with_fields: bool) -> Vec<&'a [u8]> {
    let mut texts = vec![record.message];
    if with_fields {
        let more = record
            .fields()
            .filter(|(name, _)| rules.fields.get(&name_of(name)).is_some_and(|named| named.is_text));
        texts.extend(more.map(|(_, value)| value.bytes.get(..LONGEST_FIELD).unwrap_or(value.bytes)));
    }
    texts
}

/// The texts in lower case, one after the other; gives where each of them stands.
pub(super) fn lowered(texts: &[&[u8]], into: &mut Vec<u8>) -> Vec<(usize, usize)> {
    into.clear();
    let each = texts.iter().map(|text| {
        let from = into.len();
        into.extend(text.iter().map(u8::to_ascii_lowercase));
        (from, into.len())
    });
    each.collect()
}

/// Whether a stretch may be found with some bytes of it in an id: all of it, or one of its ends; an end that must be that
/// of a word is `bound`. Digits are `0`, and count as hexadecimal ones; so does the `x` before them.
pub(super) fn may_touch_id(stretch: &[u8], bound: [bool; 2]) -> bool {
    let in_id = |byte: &u8| byte.is_ascii_hexdigit() || matches!(*byte, b'-' | b'x');
    // An id begins behind a byte that is neither letter nor digit, and ends before one.
    let reaches = |bytes: &mut dyn Iterator<Item = &u8>| {
        let (mut hexadecimal, mut ends) = (false, false);
        for byte in bytes {
            ends |= hexadecimal && !byte.is_ascii_alphanumeric();
            if !in_id(byte) {
                return ends;
            }
            hexadecimal = byte.is_ascii_hexdigit();
        }
        true
    };
    let mut words = stretch.split(|byte| !byte.is_ascii_alphanumeric());
    let [begin, end] = bound;
    stretch.iter().all(in_id)
        || words.any(|word| word.len() >= hexadecimal::SHORTEST && word.iter().all(in_id))
        || !begin && reaches(&mut stretch.iter())
        || !end && reaches(&mut stretch.iter().rev())
}

/// The stretches that are in the texts.
pub(super) fn listen(
    rules: &RuleSet,
    texts: &[&[u8]],
    plain: &mut Vec<u8>,
    found: &mut Vec<u64>,
    many: bool,
) {
    found.clear();
    found.resize(rules.stretches.len().div_ceil(64), 0);
    let Some(automaton) = rules.automaton(many) else { return };
    for text in texts {
        plain.clear();
        plain.extend(text.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }));
        for hit in automaton.find_overlapping_iter(&plain) {
            set_bit(found, hit.pattern().as_u32());
        }
    }
}

pub(super) fn set_bit(bits: &mut [u64], number: u32) {
    if let Some(bits) = bits.get_mut(number as usize / 64) {
        *bits |= 1 << (number % 64);
    }
}

/// The conditions that are to be asked, each once, in their order.
pub(super) fn candidates(
    rules: &RuleSet,
    found: &[u64],
    fields: u64,
    asked: &mut Vec<u64>,
    into: &mut Vec<u32>,
) {
    asked.clear();
    asked.resize(rules.selectors.len().div_ceil(64), 0);
    into.clear();
    let mut ask = |number: u32| {
        if !has(asked, number) {
            set_bit(asked, number);
            into.push(number);
        }
    };
    rules.always.iter().for_each(|number| ask(*number));
    for stretch in bits_of(found.iter().copied(), 0) {
        rules.of_stretch.get(stretch as usize).into_iter().flatten().for_each(|number| ask(*number));
    }
    rules.of_fields.iter().filter(|(bits, _)| bits & fields != 0).for_each(|(_, number)| ask(*number));
    into.sort_unstable();
}

/// The numbers of the bits that are set in words of them; the first word has that number.
pub(super) fn bits_of(words: impl Iterator<Item = u64>, from: usize) -> impl Iterator<Item = u32> {
    words.zip(from as u32..).flat_map(|(mut bits, at)| {
        std::iter::from_fn(move || {
            let number = at * 64 + bits.trailing_zeros();
            (bits != 0).then(|| {
                bits &= bits - 1;
                number
            })
        })
    })
}

pub(super) fn has(found: &[u64], number: u32) -> bool {
    found.get(number as usize / 64).is_some_and(|bits| bits >> (number % 64) & 1 == 1)
}

pub(super) fn none_of(stretches: &[u32], found: &[u64]) -> bool {
    !stretches.is_empty() && !stretches.iter().any(|stretch| has(found, *stretch))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::templates::alike;

    #[test]
    fn stretches_that_ids_may_hold_are_told() {
        let open = [
            "dead",
            "bad gateway",
            "-dead-",
            "sum d00d8cd00f00b000",
            "code 0",
            "id a0",
            "req-abc",
            "0-0",
            "at 0xdead",
            "xdead ",
            "at 0x00000000 ",
        ];
        for stretch in open {
            assert!(may_touch_id(stretch.as_bytes(), [false; 2]), "{stretch}");
        }
        for stretch in ["refused", "advised to", "to fade", "denied: ", "%0e%0e/x", "x0z00000000x"] {
            let touches = may_touch_id(stretch.as_bytes(), [false; 2]);
            assert_eq!(touches, stretch == "to fade", "{stretch}");
        }
        for stretch in ["bad gateway", "code 0", "to fade"] {
            assert!(!may_touch_id(stretch.as_bytes(), [true; 2]), "{stretch}");
        }
        assert!(may_touch_id(b"dead", [true; 2]), "a UUID has such words");
    }

    proptest! {
        /// What is found in a text, and no more where its ids are covered, is told.
        #[test]
        fn nothing_is_found_in_ids_that_is_not_told(
            text in "((/|-|[g-z]{1,3}|[a-f]{1,3}|[0-9]| |a1b2c3d4e5|0xa1b2c3d4|9c2f01ab-dead-4e01-9c2f-0123456789ab){0,8})",
            from in 0usize..60,
            length in 3usize..14,
        ) {
            let mut covered = text.clone().into_bytes();
            alike::cover(&mut covered);
            if let Some(stretch) = text.as_bytes().get(from..from + length) {
                let is_found = memchr::memmem::find(&covered, stretch).is_some();
                let zeroed: Vec<u8> =
                    stretch.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }).collect();
                prop_assert!(is_found || may_touch_id(&zeroed, [false; 2]), "{text:?} {:?}", stretch.escape_ascii());
                let covered: Vec<u8> =
                    covered.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }).collect();
                let is_told = alike::may_hold(&covered, &[b"none of it".to_vec(), zeroed]);
                prop_assert!(is_found || is_told, "{text:?} {:?}", stretch.escape_ascii());
            }
        }

        /// Where a text has no byte of an id, nothing could be in one.
        #[test]
        fn nothing_is_told_of_what_no_id_touches(
            before in "[g-z:= ]{1,6}",
            after in "[g-z:= ]{1,6}",
            id in "[ (]a1b2c3d4e5[) ]",
            stretch in "[g-z:= ]{3,6}",
        ) {
            let mut covered = format!("{before}{id}{after}").into_bytes();
            prop_assert!(alike::cover(&mut covered));
            prop_assert!(!alike::may_hold(&covered, &[stretch.into_bytes()]));
        }
    }
}
