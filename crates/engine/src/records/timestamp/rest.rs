//! The time of day with its fraction, and what stands behind it: AM or PM, the zone, a late year.

use super::super::zone;
use super::{digits, ends};

/// A time of day as it stands in a stamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Daytime {
    /// 0 to 23 if legal.
    pub hour: u8,
    /// 0 to 59 if legal.
    pub minute: u8,
    /// 0 to 60 if legal: leap seconds exist.
    pub second: u8,
    /// The fraction of the second.
    pub nanos: u32,
}

impl Daytime {
    /// Whether a clock shows that time.
    #[inline]
    pub const fn is_legal(self) -> bool {
        self.hour < 24 && self.minute < 60 && self.second <= 60
    }

    /// Seconds since midnight.
    #[inline]
    pub const fn seconds(self) -> i64 {
        self.hour as i64 * 3600 + self.minute as i64 * 60 + self.second as i64
    }
}

/// How hours, minutes and seconds are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Style {
    /// Two digits each: `09:08:07`.
    Padded,
    /// One or two digits each: `9:8:7`.
    Loose,
    /// No separators: `090807`.
    Compact,
    /// No seconds: `9:08`.
    Minutes,
}

/// How the zone is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ZoneStyle {
    /// Not at all.
    None,
    /// `Z` or an offset right behind the time.
    Attached,
    /// An offset after a blank.
    Apart,
    /// A name such as `UTC` or `GMT+0200` after a blank.
    Word,
}

/// The layout of what follows the date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::records) struct RestLayout {
    pub(super) style: Style,
    /// Between hours, minutes and seconds.
    pub(super) separator: u8,
    /// Before the fraction; 0 where there is none.
    pub(super) point: u8,
    /// Digits of the fraction in the stamp that the layout was found from.
    pub(super) places: u8,
    /// AM or PM follows.
    pub(super) meridiem: bool,
    pub(super) zone: ZoneStyle,
    /// The year stands behind the time.
    pub(in crate::records) year_last: bool,
}

/// What follows the date.
#[derive(Clone, Copy, Debug)]
pub(in crate::records) struct Rest {
    pub(in crate::records) time: Daytime,
    pub(in crate::records) offset: Option<i32>,
    pub(in crate::records) year: Option<i32>,
}

impl RestLayout {
    /// Reads everything from the hour to the end of the stamp.
    #[inline]
    pub(in crate::records) fn read(self, text: &[u8], at: usize) -> Option<(Rest, usize)> {
        let (mut time, mut at) = self.read_time(text, at)?;
        if self.meridiem {
            at = read_meridiem(text, at, &mut time)?;
        }
        let (mut offset, mut at) = self.read_zone(text, at)?;
        let mut year = None;
        if self.year_last {
            (year, at) = read_year(text, at)?;
            if offset.is_none() {
                (offset, at) = late_offset(text, at);
            }
        }
        ends(text, at).then_some((Rest { time, offset, year }, at))
    }

    #[inline]
    pub(super) fn read_time(self, text: &[u8], at: usize) -> Option<(Daytime, usize)> {
        let ((hour, minute, second), at) = match self.style {
            Style::Padded => (digits::clock(text, at, self.separator)?, at + 8),
            Style::Compact => (compact(text, at)?, at + 6),
            Style::Loose => loose(text, at, self.separator)?,
            Style::Minutes => minutes(text, at, self.separator)?,
        };
        let (nanos, at) = self.read_fraction(text, at);
        Some((Daytime { hour: hour as u8, minute: minute as u8, second: second as u8, nanos }, at))
    }

    /// The fraction, which may be missing: several loggers leave it out where it is zero.
    #[inline]
    fn read_fraction(self, text: &[u8], at: usize) -> (u32, usize) {
        if self.point == 0 || text.get(at) != Some(&self.point) {
            return (0, at);
        }
        let (nanos, count) = digits::fraction(text, at + 1);
        if count == 0 {
            return (0, at);
        }
        let nanos = if self.point == b':' && count < 3 { unpadded(nanos, count) } else { nanos };
        (nanos, at + 1 + count)
    }

    #[inline]
    fn read_zone(self, text: &[u8], at: usize) -> Option<(Option<i32>, usize)> {
        match self.zone {
            ZoneStyle::None => Some((None, at)),
            ZoneStyle::Attached => Some(attached(text, at)),
            ZoneStyle::Apart if text.get(at) == Some(&b' ') => {
                Some(offset(text, at + 1).map_or((None, at), |(offset, at)| (Some(offset), at)))
            }
            ZoneStyle::Word => Some(word(text, at)),
            ZoneStyle::Apart => Some((None, at)),
        }
    }
}

/// Milliseconds without leading zeros: in `22:16:1:5` they are five, not half a second.
const fn unpadded(nanos: u32, count: usize) -> u32 {
    if count == 1 { nanos / 100 } else { nanos / 10 }
}

fn compact(text: &[u8], at: usize) -> Option<(u32, u32, u32)> {
    Some((digits::two(text, at)?, digits::two(text, at + 2)?, digits::two(text, at + 4)?))
}

fn loose(text: &[u8], at: usize, separator: u8) -> Option<((u32, u32, u32), usize)> {
    let ((hour, minute, _), at) = minutes(text, at, separator)?;
    let (second, at) = digits::one_or_two(text, after(text, at, separator)?)?;
    Some(((hour, minute, second), at))
}

fn minutes(text: &[u8], at: usize, separator: u8) -> Option<((u32, u32, u32), usize)> {
    let (hour, at) = digits::one_or_two(text, at)?;
    let (minute, at) = digits::one_or_two(text, after(text, at, separator)?)?;
    Some(((hour, minute, 0), at))
}

fn after(text: &[u8], at: usize, mark: u8) -> Option<usize> {
    (*text.get(at)? == mark).then_some(at + 1)
}

/// Skips one blank; some locales write a narrow one that does not break before AM and PM.
fn skip_blank(text: &[u8], at: usize) -> usize {
    match text.get(at..) {
        Some([b' ', ..]) => at + 1,
        Some([0xE2, 0x80, 0xAF, ..]) => at + 3,
        _ => at,
    }
}

/// Where AM or PM ends; an hour that no half day has becomes one that no day has.
pub(super) fn read_meridiem(text: &[u8], at: usize, time: &mut Daytime) -> Option<usize> {
    let at = skip_blank(text, at);
    let afternoon = match text.get(at)? | 0x20 {
        b'a' => false,
        b'p' => true,
        _ => return None,
    };
    let end = match text.get(at + 1..)? {
        [b'M' | b'm', ..] => at + 2,
        [b'.', b'M' | b'm', b'.', ..] => at + 4,
        _ => return None,
    };
    time.hour = match (time.hour, afternoon) {
        (12, false) => 0,
        (12, true) => 12,
        (1..=11, false) => time.hour,
        (1..=11, true) => time.hour + 12,
        _ => 99,
    };
    Some(end)
}

/// A blank and four digits.
pub(super) fn read_year(text: &[u8], at: usize) -> Option<(Option<i32>, usize)> {
    let at = after(text, at, b' ')?;
    Some((Some(digits::four(text, at)? as i32), at + 4))
}

/// A zone behind a late year: `2005 GMT`, `2024 +0200`.
pub(super) fn late_offset(text: &[u8], at: usize) -> (Option<i32>, usize) {
    if let Some(b' ') = text.get(at)
        && let Some((offset, end)) = offset(text, at + 1)
    {
        return (Some(offset), end);
    }
    word(text, at)
}

/// `Z`, or an offset, and the zone's name in brackets where Java adds it.
#[inline]
pub(super) fn attached(text: &[u8], at: usize) -> (Option<i32>, usize) {
    match text.get(at) {
        Some(b'Z' | b'z') if ends(text, at + 1) => (Some(0), skip_name(text, at + 1)),
        Some(b'+' | b'-') => match offset(text, at) {
            Some((offset, end)) => (Some(offset), skip_name(text, end)),
            None => (None, at),
        },
        _ => (None, at),
    }
}

fn skip_name(text: &[u8], at: usize) -> usize {
    let Some([b'[', name @ ..]) = text.get(at..) else { return at };
    let name_byte = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'/' | b'_' | b'-' | b'+');
    let length = name.iter().take(40).take_while(name_byte).count();
    let is_name =
        name.get(..length).is_some_and(|name| name.contains(&b'/') || name == b"UTC" || name == b"GMT");
    if is_name && name.get(length) == Some(&b']') { at + length + 2 } else { at }
}

/// `+hh:mm`, `+hhmm` or `+hh`, in seconds, and where it ends.
#[inline]
pub(super) fn offset(text: &[u8], at: usize) -> Option<(i32, usize)> {
    let sign = match text.get(at)? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = digits::two(text, at + 1)?;
    let (minutes, end) = match text.get(at + 3) {
        Some(b':') => (digits::two(text, at + 4)?, at + 6),
        Some(b'0'..=b'9') => (digits::two(text, at + 3)?, at + 5),
        _ => (0, at + 3),
    };
    let legal = hours <= 18 && minutes < 60 && ends(text, end);
    legal.then_some((sign * (hours * 3600 + minutes * 60) as i32, end))
}

/// A blank and the short name of a zone, perhaps with an offset: ` CEST`, ` GMT+0200 (CEST)`.
pub(super) fn word(text: &[u8], at: usize) -> (Option<i32>, usize) {
    let start = at + usize::from(text.get(at) == Some(&b' '));
    let letters = text.iter().skip(start).take(6).take_while(|byte| byte.is_ascii_uppercase()).count();
    let end = start + letters;
    let name = text.get(start..end).unwrap_or_default();
    let Some(known) = zone::abbreviation(name) else { return (None, at) };
    match offset(text, end).filter(|_| known == 0) {
        Some((offset, end)) => (Some(offset), skip_comment(text, end)),
        None if ends(text, end) => (Some(known), end),
        None => (None, at),
    }
}

/// The name in words that JavaScript adds: ` (Central European Summer Time)`.
fn skip_comment(text: &[u8], at: usize) -> usize {
    let Some([b' ', b'(', name @ ..]) = text.get(at..) else { return at };
    let length = name.iter().take(50).take_while(|byte| byte.is_ascii_alphabetic() || **byte == b' ').count();
    if length >= 3 && name.get(length) == Some(&b')') { at + length + 3 } else { at }
}
