//! The year or the date that a stamp leaves out, from the records before it and the date of writing.

use super::DAY;
use crate::records::time::{Time, civil_from_days, days_from_civil};
use crate::records::timestamp::Date;

/// The last second of 2025: stands in for the date of writing where it is not known.
const UNKNOWN: i64 = days_from_civil(2026, 1, 1) * DAY - 1;

/// Records may come that many days late without being taken for ones of the next year.
const LATE_DAYS: i64 = 31;

/// A log that goes on within so many days has passed the turn of the year, whatever else is known.
const TURN_DAYS: i64 = 62;

/// A log that is quiet for longer is rarer than a clock that was set back.
const QUIET_DAYS: i64 = 183;

/// When the source was last written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anchor {
    second: i64,
    known: bool,
}

impl Anchor {
    pub(super) fn new(modified: Option<Time>) -> Anchor {
        Anchor { second: modified.map_or(UNKNOWN, Time::seconds), known: modified.is_some() }
    }

    pub(super) const fn second(self) -> i64 {
        self.second
    }

    pub(super) const fn is_known(self) -> bool {
        self.known
    }

    pub(super) const fn in_words(self) -> &'static str {
        if self.known {
            "from the date the file was written"
        } else {
            "as it is not known when it was written"
        }
    }

    /// The year of a legal date without one, given the day of the latest record.
    pub(super) fn year_of(self, date: Date, latest: Option<i64>) -> i64 {
        let Some(latest) = latest else { return self.first_year(date) };
        let year = civil_from_days(latest).0;
        let years = [year, year + 1, year - 1].into_iter().filter(|year| exists(date, *year));
        let near = years
            .map(|year| (year, day_in(date, year) - latest))
            .find(|(_, ahead)| self.goes_on(*ahead, latest));
        match near {
            Some((year, _)) => year,
            None if exists(date, year) => year,
            None => self.first_year(date),
        }
    }

    /// Whether a record so many days after the latest one is what one expects of a log.
    fn goes_on(self, ahead: i64, latest: i64) -> bool {
        let longest = if self.known { (self.last_day() - latest).max(TURN_DAYS) } else { QUIET_DAYS };
        let within_year = 365 - LATE_DAYS;
        (-LATE_DAYS..=longest.min(within_year)).contains(&ahead)
    }

    /// The latest year in which the date does not lie after the source was written.
    fn first_year(self, date: Date) -> i64 {
        let last = self.last_day();
        let year = civil_from_days(last).0;
        let fits = |year: &i64| exists(date, *year) && day_in(date, *year) <= last;
        // Leap years are at most eight years apart.
        (year - 9..=year).rev().find(fits).unwrap_or(year)
    }

    /// A day is added because the zone may not be the right one.
    const fn last_day(self) -> i64 {
        self.second.div_euclid(DAY) + self.known as i64
    }

    /// The day of the first time of day: that of writing or the one before.
    ///
    /// Two hours are given, since a log without dates hardly has the right zone either.
    pub(super) const fn first_day(self, civil: i64, second: i64) -> i64 {
        civil.div_euclid(DAY) - (second > civil.rem_euclid(DAY) + 7200) as i64
    }
}

fn exists(date: Date, year: i64) -> bool {
    Date { year: i32::try_from(year).ok(), ..date }.is_legal()
}

fn day_in(date: Date, year: i64) -> i64 {
    days_from_civil(year, u32::from(date.month), u32::from(date.day))
}

/// The day of a time of day after a record at `civil`: more than six hours back is the next day.
pub(super) const fn day_after(civil: i64, second: i64) -> i64 {
    let (day, reference) = (civil.div_euclid(DAY), civil.rem_euclid(DAY));
    if reference - second > 6 * 3600 {
        day + 1
    } else if second - reference > 23 * 3600 {
        day - 1
    } else {
        day
    }
}
