//! Records of one message in, the same with one of their numbers ten times as great out.
//!
//! Not every number measures something: identifiers, ports and counters do not, and ten times as much of them means
//! nothing. Taken is one that varies, is no counter, and whose extremes are not orders of magnitude away.

use std::ops::Range;

use super::original::Original;
use crate::random::Random;

/// Records that are looked at.
const LOOKED_AT: usize = 500;
/// With fewer different values, a number is a name.
const DIFFERENT: usize = 5;
/// An extreme so many times the median is no measure of one thing.
const FAR: f64 = 50.0;
/// Digits of a number at most: longer ones are identifiers.
const DIGITS: usize = 9;

/// The bytes of the records, each with the same number shifted; nothing where none measures something.
pub(super) fn shifted(
    original: &Original,
    template: usize,
    records: &[usize],
    random: &mut Random,
) -> Option<Vec<Vec<u8>>> {
    let (_, all) = original.templates.get(template)?;
    let step = all.len().div_ceil(LOOKED_AT).max(1);
    let rows: Vec<Vec<f64>> = all.iter().step_by(step).map(|record| values(original, *record)).collect();
    let columns = rows.iter().map(Vec::len).min()?;
    let column = |nth: usize| rows.iter().filter_map(|row| row.get(nth).copied()).collect::<Vec<f64>>();
    let measures: Vec<usize> = (0..columns).filter(|nth| is_measure(column(*nth))).collect();
    let nth = *measures.get(random.below(measures.len().max(1)))?;
    records.iter().map(|record| with_shifted(original, *record, nth)).collect()
}

fn message(original: &Original, record: usize) -> Option<(usize, &[u8])> {
    let (start, end) = original.records.get(record)?.message?;
    Some((start, original.bytes.get(start..end)?))
}

fn values(original: &Original, record: usize) -> Vec<f64> {
    let Some((_, text)) = message(original, record) else { return Vec::new() };
    let value = |range: Range<usize>| std::str::from_utf8(text.get(range)?).ok()?.parse().ok();
    numbers(text).map(|range| value(range).unwrap_or(0.0)).collect()
}

/// Where numbers stand: digits, perhaps with a fraction, that are no part of a word, an address or a longer number.
fn numbers(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let start = at + text.get(at..)?.iter().position(u8::is_ascii_digit)?;
            let inner = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
            let length = text.get(start..)?.iter().take_while(|byte| inner(byte)).count();
            at = start + length;
            let word = text.get(start..at)?;
            let word = word.strip_suffix(b".").unwrap_or(word);
            let joins =
                |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':' | b'/' | b'.');
            let begins =
                start.checked_sub(1).and_then(|before| text.get(before)).is_none_or(|byte| !joins(*byte));
            let dots = word.iter().filter(|byte| **byte == b'.').count();
            let ends = text.get(at).is_none_or(|byte| !matches!(byte, b':' | b'/' | b'-' | b'_'));
            if begins && ends && dots < 2 && word.len() <= DIGITS {
                return Some(start..start + word.len());
            }
        }
        None
    })
}

/// Whether values vary as those of a measure do.
fn is_measure(values: Vec<f64>) -> bool {
    let rising = values.windows(2).filter(|pair| pair.first() <= pair.last()).count();
    let is_counter = rising * 20 > values.len() * 19;
    let mut sorted = values;
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
    let far = sorted.last().is_none_or(|last| *last > FAR * middle);
    sorted.dedup();
    !is_counter && middle > 0.0 && !far && sorted.len() >= DIFFERENT
}

/// The record with its number ten times as great, written as it was.
fn with_shifted(original: &Original, record: usize, nth: usize) -> Option<Vec<u8>> {
    let (start, text) = message(original, record)?;
    let range = numbers(text).nth(nth)?;
    let number = text.get(range.clone())?;
    let place = original.records.get(record)?;
    let mut bytes = original.bytes.get(place.start..start + range.start)?.to_vec();
    bytes.extend(tenfold(number));
    bytes.extend(original.bytes.get(start + range.end..place.end)?);
    Some(bytes)
}

/// `12.5` becomes `125.0`, `12` becomes `120`: the point moves, digits stay.
fn tenfold(number: &[u8]) -> Vec<u8> {
    let mut digits = number.to_vec();
    match digits.iter().position(|byte| *byte == b'.') {
        Some(point) if point + 1 < digits.len() => digits.swap(point, point + 1),
        Some(_) | None => {}
    }
    if digits.last() == Some(&b'.') || !digits.contains(&b'.') {
        digits.push(b'0');
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_no_parts_of_words_and_addresses() {
        let found = |text: &str| -> Vec<String> {
            numbers(text.as_bytes()).map(|range| text[range].to_owned()).collect()
        };
        assert_eq!(found("took 12.5 ms, 3 rows (17%)."), ["12.5", "3", "17"]);
        assert_eq!(found("took 12.5ms size=40 end 7."), ["12.5", "40", "7"]);
        assert_eq!(found("10.0.0.1:80 u17 2024-03-04 a/12 12345678901 v1.2"), [""; 0]);
    }

    #[test]
    fn ten_times_as_great_is_written_alike() {
        for (one, ten) in [("12.5", "125.0"), ("12", "120"), ("0.034", "00.34"), ("1.25", "12.5")] {
            let shifted = String::from_utf8(tenfold(one.as_bytes())).unwrap();
            let (shifted_value, value): (f64, f64) = (shifted.parse().unwrap(), one.parse().unwrap());
            assert!((shifted_value - 10.0 * value).abs() < 1e-9 && shifted == ten, "{one}: {shifted}");
        }
    }

    #[test]
    fn measures_vary_and_are_no_counters() {
        let measure: Vec<f64> = (0..100).map(|nth| f64::from(20 + nth * 7 % 13)).collect();
        assert!(is_measure(measure));
        assert!(!is_measure((0..100).map(f64::from).collect()), "a counter");
        assert!(!is_measure(vec![80.0; 100]), "a name");
        assert!(!is_measure(
            (0..100).map(|nth| if nth % 9 == 0 { 1e8 } else { f64::from(nth % 7) }).collect()
        ));
    }
}
