//! A stream's stamps become points in time, with notes on what was assumed.
//!
//! A [`Clock`] is the [`Shape`] of a stream's stamps, the zone of those that carry none, and a memory:
//! of the date that the last stamp had, so that as a rule only the time of day is read; of the latest
//! time, from which a missing year or date follows; and of how far records usually come out of order.
//!
//! **Missing years.** The first stamp is placed in the latest year in which it does not lie after the
//! source was last written. From there the year goes on with the log: December to January steps
//! forward, a late record from December steps back, and the 29th of February is put into a leap year.
//! Where it is not known when the source was written, the anchor is the end of 2025, never 1970; who
//! reads a pipe should hand in the present as the time of writing.
//!
//! **Impossible stamps.** What no calendar has, what leaves the range of [`Time`], and what lies more
//! than ten years from everything seen does not move the clock: the record takes the clock's time and
//! a note. When a few records in a row agree on a far time, the clock follows them.

mod course;
mod missing;

use super::notes::Notes;
use super::time::{Time, civil_from_days, days_from_civil};
use super::timestamp::{Date, Layout, Shape, Stamp};
use super::zone::{Zone, ZoneOrigin};
use course::{Course, Place};
use missing::Anchor;

const DAY: i64 = 86_400;
const SECOND: i64 = 1_000_000_000;

/// Whole seconds within which every nanosecond is within the range of [`Time`].
const SECONDS_IN_RANGE: i64 = i64::MAX / SECOND - 1;

/// The clock of one stream.
#[derive(Clone, Debug)]
pub struct Clock {
    shape: Shape,
    zone: Zone,
    anchor: Anchor,
    today: Today,
    course: Course,
    always: Notes,
    without_offset: Notes,
    stamps: u64,
    with_offset: u64,
    impossible: u64,
    inferred_years: Option<(i64, i64)>,
}

/// What a clock read from the stamp that begins a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// When; the clock's time where the stamp is impossible, and nothing if it has none yet.
    pub time: Option<Time>,
    /// What was assumed.
    pub notes: Notes,
    /// How many bytes the stamp has.
    pub length: usize,
}

/// The date of the last stamp: its bytes, where the time begins behind them, and its day.
#[derive(Clone, Copy, Debug, Default)]
struct Today {
    mask: u128,
    bytes: u128,
    at: usize,
    date: Option<Date>,
    day: Option<i64>,
}

impl Clock {
    /// A clock for stamps of that shape; `modified` is when the source was last written.
    pub fn new(shape: Shape, zone: Zone, modified: Option<Time>) -> Clock {
        let year_inferred = if shape.has_year() { Notes::NONE } else { Notes::YEAR_INFERRED };
        let assumed = zone.origin() == ZoneOrigin::Default && matches!(shape.0, Layout::Civil(..));
        Clock {
            shape,
            zone,
            anchor: Anchor::new(modified),
            today: Today::default(),
            course: Course::default(),
            always: year_inferred,
            without_offset: if assumed { Notes::ZONE_ASSUMED } else { Notes::NONE },
            stamps: 0,
            with_offset: 0,
            impossible: 0,
            inferred_years: None,
        }
    }

    /// The shape that the clock reads.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// The latest time that a record moved the clock to.
    pub fn latest(&self) -> Option<Time> {
        self.course.latest().map(Time::from_nanos)
    }

    /// Reads the stamp that begins at the first byte, if there is one of the clock's shape.
    #[inline]
    pub fn read(&mut self, text: &[u8]) -> Option<Reading> {
        let (nanos, notes, length) = match self.shape.0 {
            Layout::Civil(..) => self.read_civil(text)?,
            _ => self.read_count(text)?,
        };
        self.stamps += 1;
        let place = nanos.map_or(Place::Impossible, |nanos| self.course.place(nanos));
        let (time, note) = match place {
            Place::InOrder => (nanos, Notes::NONE),
            Place::OutOfOrder => (nanos, Notes::OUT_OF_ORDER),
            Place::Impossible => self.refuse(),
        };
        Some(Reading { time: time.map(Time::from_nanos), notes: notes.with(note), length })
    }

    #[cold]
    fn refuse(&mut self) -> (Option<i64>, Notes) {
        self.impossible += 1;
        (self.course.latest(), Notes::TIME_IMPOSSIBLE)
    }

    fn read_count(&mut self, text: &[u8]) -> Option<(Option<i64>, Notes, usize)> {
        let (stamp, end) = self.shape.parse(text)?;
        self.with_offset += 1;
        match stamp {
            Stamp::Epoch(nanos) => Some((Some(nanos), Notes::NONE, end)),
            Stamp::Civil(_) => None,
        }
    }

    #[inline]
    fn read_civil(&mut self, text: &[u8]) -> Option<(Option<i64>, Notes, usize)> {
        let Layout::Civil(_, layout) = self.shape.0 else { return None };
        let known = self.is_today(text).then(|| layout.read(text, self.today.at)).flatten();
        let (rest, end) = match known {
            Some(read) => read,
            None => {
                self.turn_page(text)?;
                layout.read(text, self.today.at)?
            }
        };
        let day = if layout.year_last { self.day_of_year(rest.year) } else { self.today.day };
        let second = rest.time.seconds();
        let day = if self.today.date.is_none() { self.day_without_date(second) } else { day };
        let mut notes = self.always;
        match rest.offset {
            Some(_) => self.with_offset += 1,
            None => notes.add(self.without_offset),
        }
        let Some(day) = day.filter(|_| rest.time.is_legal()) else { return Some((None, notes, end)) };
        let civil = day * DAY + second;
        let offset = match rest.offset {
            Some(offset) => offset,
            None => self.zone.offset_at(civil, self.course.latest_second()),
        };
        let seconds = civil - i64::from(offset);
        let in_range = (-SECONDS_IN_RANGE..SECONDS_IN_RANGE).contains(&seconds);
        Some((in_range.then(|| seconds * SECOND + i64::from(rest.time.nanos)), notes, end))
    }

    /// Whether the text begins with the very bytes of the last date.
    #[inline]
    fn is_today(&self, text: &[u8]) -> bool {
        let Some(head) = text.first_chunk::<16>() else { return false };
        self.today.mask != 0 && u128::from_le_bytes(*head) & self.today.mask == self.today.bytes
    }

    /// Reads a date that is not the last one and remembers it.
    #[inline(never)]
    fn turn_page(&mut self, text: &[u8]) -> Option<()> {
        let Layout::Civil(layout, rest) = self.shape.0 else { return None };
        let (date, at) = layout.read(text)?;
        let mask = match at {
            1..=15 => (1 << (8 * at)) - 1,
            16 => u128::MAX,
            _ => 0,
        };
        let bytes = text.first_chunk::<16>().map_or(0, |head| u128::from_le_bytes(*head) & mask);
        let mask = if text.len() < 16 { 0 } else { mask };
        let day = if rest.year_last { None } else { date.and_then(|date| self.day_of(date)) };
        self.today = Today { mask, bytes, at, date, day };
        Some(())
    }

    /// The day of a date whose year stands behind the time.
    #[inline]
    fn day_of_year(&mut self, year: Option<i32>) -> Option<i64> {
        let date = self.today.date?;
        if date.year != year || self.today.day.is_none() {
            let date = Date { year, ..date };
            self.today.date = Some(date);
            self.today.day = self.day_of(date);
        }
        self.today.day
    }

    fn day_of(&mut self, date: Date) -> Option<i64> {
        if !date.is_legal() {
            return None;
        }
        let year = match date.year {
            Some(year) => i64::from(year),
            None => self.infer_year(date),
        };
        Some(days_from_civil(year, u32::from(date.month), u32::from(date.day)))
    }

    fn infer_year(&mut self, date: Date) -> i64 {
        let offset = i64::from(self.zone.offset_at(self.anchor.second(), None));
        let latest = self.course.latest_second().map(|second| (second + offset).div_euclid(DAY));
        let year = self.anchor.year_of(date, latest);
        let (first, last) = self.inferred_years.unwrap_or((year, year));
        self.inferred_years = Some((first.min(year), last.max(year)));
        year
    }

    /// The day of a stamp that is a time of day alone.
    fn day_without_date(&mut self, second: i64) -> Option<i64> {
        let near = self.course.latest_second();
        let reference = near.unwrap_or_else(|| self.anchor.second());
        let civil = reference + i64::from(self.zone.offset_at(reference, near));
        Some(if near.is_some() {
            missing::day_after(civil, second)
        } else {
            self.anchor.first_day(civil, second)
        })
    }

    /// What was assumed so far, in words: `zone: UTC, no offset in 10,432 stamps`.
    pub fn assumptions(&self) -> Vec<String> {
        let mut all = Vec::new();
        let without = self.stamps - self.with_offset;
        if without > 0 {
            all.push(self.zone_in_words(without));
        }
        if let Some(years) = self.inferred_years {
            all.push(self.years_in_words(years));
        }
        if !self.shape.has_date() && self.stamps > 0 {
            all.push(format!("date: none in {} stamps, {}", thousands(self.stamps), self.anchor.in_words()));
        }
        if self.impossible > 0 {
            let count = thousands(self.impossible);
            all.push(format!("time: {count} impossible stamps did not move the clock"));
        }
        all
    }

    fn zone_in_words(&self, without: u64) -> String {
        let share = if without == self.stamps {
            thousands(without)
        } else {
            format!("{} of {}", thousands(without), thousands(self.stamps))
        };
        let origin = match self.zone.origin() {
            ZoneOrigin::Default => "",
            ZoneOrigin::Flag => " as given with --tz",
            ZoneOrigin::Stream => " as set for the stream",
        };
        format!("zone: {}{origin}, no offset in {share} stamps", self.zone.words())
    }

    fn years_in_words(&self, (first, last): (i64, i64)) -> String {
        let years = if first == last { first.to_string() } else { format!("{first} to {last}") };
        let beyond = match self.latest() {
            Some(latest) if self.anchor.is_known() && latest.seconds() > self.anchor.second() + 2 * DAY => {
                let (year, month, day) = civil_from_days(latest.seconds().div_euclid(DAY));
                format!(", although it then runs on to {year:04}-{month:02}-{day:02}")
            }
            _ => String::new(),
        };
        format!("year: {years}, {}{beyond}", self.anchor.in_words())
    }
}

/// `1234567` as `1,234,567`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests;
