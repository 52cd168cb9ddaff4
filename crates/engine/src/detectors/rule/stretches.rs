//! A record in, the stretches of fixed text out that are in it, a bit each, and the conditions that these call for.

use super::set::{RuleSet, name_of};
use crate::records::record::Record;
use crate::templates::alike;

/// The longest text of a field that is read.
const LONGEST_FIELD: usize = 64 << 10;
/// Hexadecimal digits in a row from which on a rule means ids. Shorter ones are codes: `%2f`, `error 0005`.
const PART: usize = 6;

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

/// The texts as they are read, one after the other; gives where each of them stands.
pub(super) fn lowered(rules: &RuleSet, texts: &[&[u8]], into: &mut Vec<u8>) -> Vec<(usize, usize)> {
    into.clear();
    let each = texts.iter().map(|text| {
        let from = into.len();
        lower(rules, text, into);
        (from, into.len())
    });
    each.collect()
}

/// Adds a text in lower case. No words are read out of ids, unless rules look for ids.
pub(super) fn lower(rules: &RuleSet, text: &[u8], into: &mut Vec<u8>) {
    let from = into.len();
    into.extend(text.iter().map(u8::to_ascii_lowercase));
    if !rules.minds_ids {
        alike::cover(into.get_mut(from..).unwrap_or_default());
    }
}

/// Whether a stretch, whose digits are all `0`, may be an id or a good part of one.
pub(super) fn is_of_id(stretch: &[u8]) -> bool {
    let is_part =
        |run: &[u8]| run.len() >= PART && run.contains(&b'0') && run.iter().all(u8::is_ascii_hexdigit);
    stretch.split(|byte| !byte.is_ascii_alphanumeric()).any(is_part)
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
    use super::*;
    use crate::detectors::rule::file::RuleFile;

    fn rules(words: &str) -> RuleSet {
        let text = format!("title: T\nseverity: high\nwhen: {{words: '{words}'}}\n");
        RuleSet::compile(&[RuleFile::parse("r.yaml", &text).expect("a rule")]).expect("rules")
    }

    /// What a rule reads of a text.
    fn read(words: &str, text: &str) -> String {
        let mut into = b"before".to_vec();
        lower(&rules(words), text.as_bytes(), &mut into);
        into[6..].escape_ascii().to_string().replace("\\xff", "*")
    }

    #[test]
    fn words_are_not_read_out_of_ids_unless_a_rule_looks_for_ids() {
        let text = "Job 1A2B3C4D of 8f3c00aa-dead-beef-0001-0123456789ab, deadbeef 12345678";
        let covered = "job ******** of ********-****-****-****-************, deadbeef 12345678";
        for words in ["dead", "/%2e%2e%2f", "error 0005", "0x80070005"] {
            assert_eq!(read(words, text), covered, "{words}");
        }
        for words in ["1a2b3c*", "hash d41d8cd98f00b204e9800998ecf8427e", "id 123456"] {
            assert_eq!(read(words, text), text.to_ascii_lowercase(), "{words}");
        }
    }
}
