//! The text of a record begins with a stamp: in which layout is it, and which time does it name?
//!
//! A [`Shape`] fixes one layout. It is found once per stream with [`Shape::detect`] and
//! [`Shape::settle`], and then reads every line with [`Shape::parse`], which allocates nothing and
//! tries nothing else. What a stamp leaves out (the year, the zone) is missing in the [`Stamp`] too;
//! [`super::clock`] supplies it.

mod date;
mod describe;
mod detect;
mod digits;
mod epoch;
mod find;
#[cfg(test)]
mod laws;
mod names;
mod rest;
mod settle;

pub use date::Date;
pub use find::{Found, find};
pub use rest::Daytime;

use date::DateLayout;
use epoch::Unit;
use rest::RestLayout;

/// One fixed layout of a time stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape(pub(super) Layout);

/// What a shape consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Layout {
    /// A date, where there is one, and a time of day.
    Civil(DateLayout, RestLayout),
    /// A count since 1970, and how many digits of fraction the first one had.
    Epoch(Unit, u8),
    /// `@` and 24 hexadecimal digits, as daemontools write them.
    Tai,
}

/// What a stamp says, and nothing that it leaves out. Legal only if [`Stamp::is_legal`] says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// A date and time as on a calendar and a clock on the wall.
    Civil(Civil),
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    Epoch(i64),
}

/// A date and time as on a calendar and a clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The date, where the stamp has one.
    pub date: Option<Date>,
    /// The time of day.
    pub time: Daytime,
    /// Seconds east of Greenwich, where the stamp says so.
    pub offset: Option<i32>,
}

impl Shape {
    /// Recognises a stamp that begins exactly at the first byte: its shape and its length.
    ///
    /// Where several layouts read the same text, the most usual one is taken; see [`Shape::settle`].
    pub fn detect(text: &[u8]) -> Option<(Shape, usize)> {
        detect::detect(text)
    }

    /// Reads a stamp of this layout that begins at the first byte, and says where it ends.
    ///
    /// The layout is checked, the values are not: a thirteenth month is read, and is not legal.
    #[inline]
    pub fn parse(self, text: &[u8]) -> Option<(Stamp, usize)> {
        match self.0 {
            Layout::Civil(date, rest) => {
                let (mut day, at) = date.read(text)?;
                let (rest, end) = rest.read(text, at)?;
                if let (Some(day), Some(year)) = (&mut day, rest.year) {
                    day.year = Some(year);
                }
                Some((Stamp::Civil(Civil { date: day, time: rest.time, offset: rest.offset }), end))
            }
            Layout::Epoch(unit, _) => epoch::read(unit, text).map(|(nanos, end)| (Stamp::Epoch(nanos), end)),
            Layout::Tai => epoch::read_tai(text).map(|(nanos, end)| (Stamp::Epoch(nanos), end)),
        }
    }

    /// The shape that reads all, or most, stamps of one stream; each text begins at its stamp.
    ///
    /// What a single stamp leaves open is decided over all of them: the order of day and month by
    /// which one gives legal dates and the steadier course of time, a comma after the seconds by
    /// whether the digits after it are always as many.
    pub fn settle(samples: &[&[u8]]) -> Option<Shape> {
        settle::settle(samples)
    }

    /// The layout as one would write it down: `YYYY-MM-DD HH:MM:SS,mmm`.
    pub fn describe(self) -> String {
        describe::describe(self.0)
    }

    /// Whether the stamp names a day; `10:11:12` does not.
    pub const fn has_date(self) -> bool {
        match self.0 {
            Layout::Civil(date, _) => date.has_date(),
            _ => true,
        }
    }

    /// Whether the stamp names a year.
    pub const fn has_year(self) -> bool {
        match self.0 {
            Layout::Civil(date, rest) => date.has_year() || rest.year_last,
            _ => true,
        }
    }

    /// Whether the stamp is a bare count since 1970, which any number could be.
    pub const fn is_epoch(self) -> bool {
        matches!(self.0, Layout::Epoch(..))
    }
}

impl Stamp {
    /// Whether the calendar and the clock have such a time; the leap second does exist.
    pub const fn is_legal(self) -> bool {
        match self {
            Stamp::Epoch(_) => true,
            Stamp::Civil(civil) => {
                let date = match civil.date {
                    Some(date) => date.is_legal(),
                    None => true,
                };
                date && civil.time.is_legal()
            }
        }
    }
}

/// Whether a stamp may end before `at`: not within a longer number or word.
#[inline]
pub(super) fn ends(text: &[u8], at: usize) -> bool {
    let Some(&next) = text.get(at) else { return true };
    if next.is_ascii_alphanumeric() || next == b'_' {
        return false;
    }
    !(matches!(next, b':' | b'.') && text.get(at + 1).is_some_and(u8::is_ascii_digit))
}
