//! The date part of a stamp and what joins it to the time of day.

use super::{digits, names};

/// A date as it stands in a stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// The year, where the stamp has one.
    pub year: Option<i32>,
    /// 1 to 12 if legal.
    pub month: u8,
    /// 1 to 31 if legal.
    pub day: u8,
}

impl Date {
    /// Whether some calendar has that day; in a stamp without a year, February has 29 days.
    pub const fn is_legal(self) -> bool {
        let leap = match self.year {
            Some(year) => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0),
            None => true,
        };
        let days = match self.month {
            2 => 28 + leap as u8,
            4 | 6 | 9 | 11 => 30,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => return false,
        };
        1 <= self.day && self.day <= days
    }
}

/// In which order the parts stand, and whether the month is a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Order {
    /// No date at all.
    None,
    /// `2024-01-31`
    YearMonthDay,
    /// `24-01-31`
    ShortYearMonthDay,
    /// `31.01.2024`
    DayMonthYear,
    /// `01/31/2024`
    MonthDayYear,
    /// `31.01.24`
    DayMonthShortYear,
    /// `01/31/24`
    MonthDayShortYear,
    /// `01-31`
    MonthDay,
    /// `31.01`
    DayMonth,
    /// `20240131`
    Compact,
    /// `240131`
    ShortCompact,
    /// `0131`
    CompactMonthDay,
    /// `Jan 31`
    NameDay,
    /// `Jan 31 2024`, `January 31, 2024`
    NameDayYear,
    /// `31 Jan`
    DayName,
    /// `31/Jan/2024`
    DayNameYear,
    /// `31-Jan-24`
    DayNameShortYear,
    /// `2024-Jan-31`
    YearNameDay,
}

/// The layout of a date and of what stands between it and the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::records) struct DateLayout {
    pub(super) order: Order,
    /// Between the parts; a blank stands for one or more.
    pub(super) separator: u8,
    /// The name of a weekday stands before it.
    pub(super) weekday: bool,
    /// Between date and time: 0 for nothing, a blank for one or more; a comma may have a blank after it.
    pub(super) joint: u8,
}

type Parts = (Option<u32>, u32, u32, usize);

impl DateLayout {
    /// A stamp without a date.
    pub(super) const NONE: DateLayout =
        DateLayout { order: Order::None, separator: 0, weekday: false, joint: 0 };

    pub(in crate::records) const fn has_date(self) -> bool {
        !matches!(self.order, Order::None)
    }

    pub(in crate::records) const fn has_year(self) -> bool {
        use Order::{CompactMonthDay, DayMonth, DayName, MonthDay, NameDay, None};
        !matches!(self.order, None | MonthDay | DayMonth | CompactMonthDay | NameDay | DayName)
    }

    /// Reads the date and says where the time begins.
    #[inline]
    pub(in crate::records) fn read(self, text: &[u8]) -> Option<(Option<Date>, usize)> {
        if !self.has_date() {
            return Some((None, 0));
        }
        let (date, at) = self.read_date(text)?;
        Some((Some(date), self.skip_joint(text, at)?))
    }

    /// Reads the date alone and says where it ends.
    #[inline]
    pub(super) fn read_date(self, text: &[u8]) -> Option<(Date, usize)> {
        let start = if self.weekday { names::weekday(text)? } else { 0 };
        let (year, month, day, end) = self.parts(text, start)?;
        let year = year.map(|year| year as i32);
        Some((Date { year, month: month as u8, day: day as u8 }, end))
    }

    #[inline]
    fn parts(self, text: &[u8], at: usize) -> Option<Parts> {
        match self.order {
            Order::None => None,
            Order::YearMonthDay => self.year_month_day(text, at),
            Order::ShortYearMonthDay => self.triple(text, at, |a, b, c| (short_year(a), b, c)),
            Order::DayMonthShortYear => self.triple(text, at, |a, b, c| (short_year(c), b, a)),
            Order::MonthDayShortYear => self.triple(text, at, |a, b, c| (short_year(c), a, b)),
            Order::DayMonthYear => self.year_last(text, at, |a, b| (b, a)),
            Order::MonthDayYear => self.year_last(text, at, |a, b| (a, b)),
            Order::MonthDay => self.pair(text, at).map(|(a, b, end)| (None, a, b, end)),
            Order::DayMonth => self.pair(text, at).map(|(a, b, end)| (None, b, a, end)),
            Order::Compact => compact(text, at),
            Order::ShortCompact => short_compact(text, at),
            Order::CompactMonthDay => {
                Some((None, digits::two(text, at)?, digits::two(text, at + 2)?, at + 4))
            }
            Order::NameDay | Order::NameDayYear => self.name_first(text, at),
            Order::DayName | Order::DayNameYear | Order::DayNameShortYear => self.day_name(text, at),
            Order::YearNameDay => self.year_name_day(text, at),
        }
    }

    #[inline]
    fn year_month_day(self, text: &[u8], at: usize) -> Option<Parts> {
        let year = digits::four(text, at)?;
        let (month, at) = digits::one_or_two(text, self.skip_separator(text, at + 4)?)?;
        let (day, at) = digits::one_or_two(text, self.skip_separator(text, at)?)?;
        Some((Some(year), month, day, at))
    }

    fn pair(self, text: &[u8], at: usize) -> Option<(u32, u32, usize)> {
        let (first, at) = digits::one_or_two(text, at)?;
        let (second, at) = digits::one_or_two(text, self.skip_separator(text, at)?)?;
        Some((first, second, at))
    }

    fn triple(self, text: &[u8], at: usize, order: fn(u32, u32, u32) -> (u32, u32, u32)) -> Option<Parts> {
        let (first, second, at) = self.pair(text, at)?;
        let at = self.skip_separator(text, at)?;
        let (year, month, day) = order(first, second, digits::two(text, at)?);
        Some((Some(year), month, day, at + 2))
    }

    fn year_last(self, text: &[u8], at: usize, order: fn(u32, u32) -> (u32, u32)) -> Option<Parts> {
        let (first, second, at) = self.pair(text, at)?;
        let at = self.skip_separator(text, at)?;
        let (month, day) = order(first, second);
        Some((Some(digits::four(text, at)?), month, day, at + 4))
    }

    fn name_first(self, text: &[u8], at: usize) -> Option<Parts> {
        let (month, length) = names::month(text.get(at..)?)?;
        let (day, at) = digits::one_or_two(text, self.skip_separator(text, at + length)?)?;
        if self.order == Order::NameDay {
            return Some((None, u32::from(month), day, at));
        }
        let comma = usize::from(text.get(at) == Some(&b','));
        let at = self.skip_separator(text, at + comma)?;
        Some((Some(digits::four(text, at)?), u32::from(month), day, at + 4))
    }

    fn day_name(self, text: &[u8], at: usize) -> Option<Parts> {
        let (day, at) = digits::one_or_two(text, at)?;
        let full_stop = usize::from(self.separator == b' ' && text.get(at) == Some(&b'.'));
        let at = self.skip_separator(text, at + full_stop)?;
        let (month, length) = names::month(text.get(at..)?)?;
        let (month, at) = (u32::from(month), at + length);
        if self.order == Order::DayName {
            return Some((None, month, day, at));
        }
        let at = self.skip_separator(text, at)?;
        match self.order {
            Order::DayNameYear => Some((Some(digits::four(text, at)?), month, day, at + 4)),
            _ => Some((Some(short_year(digits::two(text, at)?)), month, day, at + 2)),
        }
    }

    fn year_name_day(self, text: &[u8], at: usize) -> Option<Parts> {
        let year = digits::four(text, at)?;
        let at = self.skip_separator(text, at + 4)?;
        let (month, length) = names::month(text.get(at..)?)?;
        let (day, at) = digits::one_or_two(text, self.skip_separator(text, at + length)?)?;
        Some((Some(year), u32::from(month), day, at))
    }

    #[inline]
    fn skip_separator(self, text: &[u8], at: usize) -> Option<usize> {
        skip(text, at, self.separator)
    }

    /// Where the time begins after a date that ends at `at`.
    #[inline]
    pub(super) fn skip_joint(self, text: &[u8], at: usize) -> Option<usize> {
        match self.joint {
            0 => Some(at),
            b',' => {
                let after = skip(text, at, b',')?;
                Some(after + usize::from(text.get(after) == Some(&b' ')))
            }
            joint => skip(text, at, joint),
        }
    }
}

/// Skips one byte, or up to three blanks.
#[inline]
fn skip(text: &[u8], at: usize, mark: u8) -> Option<usize> {
    if *text.get(at)? != mark {
        return None;
    }
    if mark != b' ' {
        return Some(at + 1);
    }
    Some(at + 1 + text.iter().skip(at + 1).take(2).take_while(|byte| **byte == b' ').count())
}

fn compact(text: &[u8], at: usize) -> Option<Parts> {
    let (month, day) = (digits::two(text, at + 4)?, digits::two(text, at + 6)?);
    Some((Some(digits::four(text, at)?), month, day, at + 8))
}

fn short_compact(text: &[u8], at: usize) -> Option<Parts> {
    let (month, day) = (digits::two(text, at + 2)?, digits::two(text, at + 4)?);
    Some((Some(short_year(digits::two(text, at)?)), month, day, at + 6))
}

/// Two digits of a year as POSIX reads them: 69 to 99 are of the last century.
const fn short_year(year: u32) -> u32 {
    if year < 69 { 2000 + year } else { 1900 + year }
}
