//! Stamps that are a count: seconds to nanoseconds since 1970, and TAI64N.

use super::{digits, ends};

/// What is counted; the number of digits tells, from 2001 to 2286.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::records) enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl Unit {
    pub(super) const fn of_digits(count: usize) -> Option<Unit> {
        match count {
            10 => Some(Unit::Seconds),
            13 => Some(Unit::Milliseconds),
            16 => Some(Unit::Microseconds),
            19 => Some(Unit::Nanoseconds),
            _ => None,
        }
    }

    pub(super) const fn digits(self) -> usize {
        match self {
            Unit::Seconds => 10,
            Unit::Milliseconds => 13,
            Unit::Microseconds => 16,
            Unit::Nanoseconds => 19,
        }
    }

    pub(super) const fn nanos(self) -> i64 {
        match self {
            Unit::Seconds => 1_000_000_000,
            Unit::Milliseconds => 1_000_000,
            Unit::Microseconds => 1_000,
            Unit::Nanoseconds => 1,
        }
    }
}

/// 2000-01-01 to 2100-01-01, what is taken for a time without being told.
pub(super) fn is_plausible(nanos: i64) -> bool {
    (946_684_800_000_000_000..4_102_444_800_000_000_000).contains(&nanos)
}

/// Reads a count of that unit with an optional fraction.
#[inline]
pub(super) fn read(unit: Unit, text: &[u8]) -> Option<(i64, usize)> {
    let count = digits::run(text, 0);
    if count != unit.digits() {
        return None;
    }
    let whole = digits::number(text, 0, count)?.checked_mul(unit.nanos())?;
    let (fraction, end) = read_fraction(text, count);
    let nanos = whole.checked_add(i64::from(fraction) / (1_000_000_000 / unit.nanos()))?;
    ends_a_count(text, end).then_some((nanos, end))
}

/// A colon and a number may follow, as in the kernel's audit records; a hyphen is one of an identifier.
fn ends_a_count(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        Some(b':') => true,
        Some(b'-') => false,
        _ => ends(text, at),
    }
}

fn read_fraction(text: &[u8], at: usize) -> (u32, usize) {
    if text.get(at) != Some(&b'.') {
        return (0, at);
    }
    let (fraction, places) = digits::fraction(text, at + 1);
    if places == 0 { (0, at) } else { (fraction, at + 1 + places) }
}

/// Reads `@` and 24 hexadecimal digits: seconds since 1970 in TAI plus 2^62, and nanoseconds.
///
/// Like the tools that write them, this takes TAI to be ten seconds ahead of UTC for ever.
pub(super) fn read_tai(text: &[u8]) -> Option<(i64, usize)> {
    let [b'@', label @ ..] = text else { return None };
    let label = label.get(..24)?;
    let seconds = hexadecimal(label.get(..16)?)?.checked_sub((1 << 62) + 10)?;
    let nanos = hexadecimal(label.get(16..)?)?;
    let legal = nanos < 1_000_000_000 && ends(text, 25);
    legal.then_some((seconds.checked_mul(1_000_000_000)?.checked_add(nanos)?, 25))
}

fn hexadecimal(label: &[u8]) -> Option<i64> {
    let mut value = 0_i64;
    for byte in label {
        let digit = char::from(*byte).to_digit(16)?;
        value = value.checked_mul(16)?.checked_add(i64::from(digit))?;
    }
    Some(value)
}
