//! The name of a file in, the date in it and where it stands out.

use std::ops::Range;

use logsift_engine::records::time::days_from_civil;

/// Seconds since 1970 as the name says (no zone: only the order counts), and nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(i64, u32);

/// Bytes that end a date, and may stand before it.
const SEPARATORS: &[u8] = b".-_@ ";

/// The last date in the name. A time of day follows it only with hours and minutes at least: a
/// single number after a date may as well be an index, and is ordered the same as one.
pub(super) fn find_date(name: &[u8]) -> Option<(Range<usize>, Stamp)> {
    (0..name.len()).rev().find_map(|start| date_at(name, start))
}

fn date_at(name: &[u8], start: usize) -> Option<(Range<usize>, Stamp)> {
    let before = name.get(..start)?;
    let rest = name.get(start..)?;
    let is_bounded = before.last().is_none_or(|byte| SEPARATORS.contains(byte));
    if !is_bounded {
        return before
            .ends_with(b"ex")
            .then(|| short_date(rest))
            .flatten()
            .map(|(length, stamp)| (start..start + length, stamp));
    }
    let (length, stamp) = long_date(rest)?;
    Some((start..start + length, stamp))
}

/// Reads fields of digits one after another.
struct Fields<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    fn new(text: &'a [u8]) -> Fields<'a> {
        Fields { text, at: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// A number of exactly so many digits, more digits may follow.
    fn number(&mut self, digits: usize) -> Option<u32> {
        let text = self.text.get(self.at..self.at + digits)?;
        if !text.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.at += digits;
        Some(text.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
    }

    fn number_in(&mut self, digits: usize, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let start = self.at;
        let number = self.number(digits).filter(|number| range.contains(number));
        if number.is_none() {
            self.at = start;
        }
        number
    }

    fn skip_any(&mut self, bytes: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| bytes.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    fn is_at_end(&self) -> bool {
        self.peek().is_none_or(|byte| SEPARATORS.contains(&byte))
    }
}

/// `2024-01-01`, `20240101`, `2024-01`, each but the last with a time of day or without.
fn long_date(text: &[u8]) -> Option<(usize, Stamp)> {
    let mut fields = Fields::new(text);
    let year = fields.number_in(4, 1970..=2199)?;
    let separator = fields.skip_any(b"-_.");
    let month = fields.number_in(2, 1..=12)?;
    let after_month = fields.at;
    let day = match separator {
        Some(separator) => fields.skip_any(&[separator]).and_then(|_| fields.number_in(2, 1..=31)),
        None => Some(fields.number_in(2, 1..=31)?),
    };
    let Some(day) = day else {
        fields.at = after_month;
        return fields.is_at_end().then(|| (after_month, stamp(year, month, 1, 0, 0)));
    };
    let after_day = fields.at;
    if let Some((second, nanos)) = time_of_day(&mut fields) {
        return Some((fields.at, stamp(year, month, day, second, nanos)));
    }
    fields.at = after_day;
    if let Some(hour) = compact_hour(&mut fields, separator) {
        return Some((fields.at, stamp(year, month, day, hour * 3600, 0)));
    }
    fields.at = after_day;
    fields.is_at_end().then(|| (after_day, stamp(year, month, day, 0, 0)))
}

/// `2024010113`
fn compact_hour(fields: &mut Fields<'_>, separator: Option<u8>) -> Option<u32> {
    let hour = if separator.is_none() { fields.number_in(2, 0..=23) } else { None };
    hour.filter(|_| fields.is_at_end())
}

/// Hour, minute, second and fraction; at least hour and minute.
fn time_of_day(fields: &mut Fields<'_>) -> Option<(u32, u32)> {
    fields.skip_any(b"-_.T ");
    let hour = fields.number_in(2, 0..=23)?;
    let separator = fields.skip_any(b"-_.:");
    let minute = fields.number_in(2, 0..=59)?;
    let after_minute = fields.at;
    let same = separator.is_none_or(|separator| fields.skip_any(&[separator]).is_some());
    let second = if same { fields.number_in(2, 0..=60) } else { None };
    if second.is_none() {
        fields.at = after_minute;
    }
    let nanos = if second.is_some() { fraction(fields) } else { 0 };
    fields.skip_any(b"Z");
    fields.is_at_end().then_some((hour * 3600 + minute * 60 + second.unwrap_or(0), nanos))
}

/// Three, six or nine digits after a dot or comma.
fn fraction(fields: &mut Fields<'_>) -> u32 {
    let start = fields.at;
    if fields.skip_any(b".,").is_some() {
        for (digits, scale) in [(9, 1), (6, 1_000), (3, 1_000_000)] {
            let from = fields.at;
            if let Some(number) = fields.number(digits)
                && (fields.is_at_end() || fields.peek() == Some(b'Z'))
            {
                return number * scale;
            }
            fields.at = from;
        }
    }
    fields.at = start;
    0
}

/// `240101` and `24010113` of IIS.
fn short_date(text: &[u8]) -> Option<(usize, Stamp)> {
    let mut fields = Fields::new(text);
    let year = 2000 + fields.number(2)?;
    let month = fields.number_in(2, 1..=12)?;
    let day = fields.number_in(2, 1..=31)?;
    let hour = fields.number_in(2, 0..=23).unwrap_or(0);
    fields.is_at_end().then(|| (fields.at, stamp(year, month, day, hour * 3600, 0)))
}

/// Seconds (ten digits) or milliseconds (thirteen) since 1970, at the end of the name or before
/// its extension.
pub(super) fn find_epoch(name: &[u8]) -> Option<(Range<usize>, Stamp)> {
    let end = name.iter().rposition(u8::is_ascii_digit)? + 1;
    let digits = name.get(..end)?.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let start = end - digits;
    let is_bounded = |byte: Option<&u8>| byte.is_none_or(|byte| SEPARATORS.contains(byte));
    let begins_late = name.get(start) == Some(&b'1');
    if !begins_late || !is_bounded(name.get(..start)?.last()) || !is_bounded(name.get(end)) {
        return None;
    }
    let number: i64 = std::str::from_utf8(name.get(start..end)?).ok()?.parse().ok()?;
    match digits {
        10 => Some((start..end, Stamp(number, 0))),
        13 => Some((start..end, Stamp(number / 1000, (number % 1000) as u32 * 1_000_000))),
        _ => None,
    }
}

/// `@`, the id of the machine's boot, a sequence number and a time in microseconds, all in
/// hexadecimal. Gives where that begins.
pub(super) fn find_journal(name: &[u8]) -> Option<(usize, Stamp)> {
    let rest = name.strip_suffix(b".journal")?;
    let at = rest.iter().rposition(|&byte| byte == b'@')?;
    let parts: Vec<_> = rest.get(at + 1..)?.split(|&byte| byte == b'-').collect();
    let is_hexadecimal = |part: &[u8]| part.iter().all(u8::is_ascii_hexdigit);
    match parts.as_slice() {
        [id, sequence, time] if (id.len(), sequence.len(), time.len()) == (32, 16, 16) => {
            let micros = u64::from_str_radix(std::str::from_utf8(time).ok()?, 16).ok()?;
            let stamp = Stamp((micros / 1_000_000) as i64, (micros % 1_000_000) as u32 * 1000);
            (is_hexadecimal(id) && is_hexadecimal(sequence)).then_some((at, stamp))
        }
        _ => None,
    }
}

fn stamp(year: u32, month: u32, day: u32, second: u32, nanos: u32) -> Stamp {
    Stamp(days_from_civil(i64::from(year), month, day) * 86_400 + i64::from(second), nanos)
}
