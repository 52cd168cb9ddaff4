//! A calendar and a moment in, whether the moment lies in it out: maintenance, quiet hours, nights on call.
//!
//! Everything is meant in the zone of the calendar, so that `02:00-04:00` stays there when clocks change. Hours that
//! go over midnight (`22:00-06:00`) belong to the day on which they begin.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use logsift_engine::records::time::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Times that come again, or once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// The zone in which it is meant, such as `Europe/Berlin`.
    #[serde(default)]
    pub zone: Zone,
    /// Its windows; a moment that lies in one of them lies in the calendar.
    #[serde(default)]
    pub windows: Vec<Window>,
}

/// One window: all that it says must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Days of the week; none means every day.
    #[serde(default)]
    pub weekdays: Vec<Weekday>,
    /// Hours of the day, such as `22:00-06:00`; none means the whole day.
    #[serde(default)]
    pub hours: Vec<Hours>,
    /// Days of the month, from 1; -1 is the last.
    #[serde(default)]
    pub days: Vec<i8>,
    /// Months, from 1.
    #[serde(default)]
    pub months: Vec<u8>,
    /// Not before this moment.
    #[serde(default)]
    pub from: Option<Moment>,
    /// Before this moment.
    #[serde(default)]
    pub to: Option<Moment>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Hours of a day: minutes since midnight, the second excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    from: u16,
    to: u16,
}

/// A zone by its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone(TimeZone, String);

/// A point in time, RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl Calendar {
    /// Whether the moment lies in it.
    pub fn contains(&self, time: Time) -> bool {
        let Ok(timestamp) = Timestamp::from_nanosecond(i128::from(time.nanos())) else { return false };
        let now = timestamp.to_zoned(self.zone.0.clone());
        self.windows.iter().any(|window| window.contains(&now))
    }

    /// What no moment could ever lie in, in words.
    pub fn faults(&self) -> Vec<String> {
        let faults = self
            .windows
            .iter()
            .enumerate()
            .filter_map(|(at, window)| Some(format!("window {} {}", at + 1, window.fault()?)));
        faults.collect()
    }
}

impl Window {
    fn contains(&self, now: &Zoned) -> bool {
        let moment = Moment(now.timestamp());
        let within = self.from.is_none_or(|from| from <= moment) && self.to.is_none_or(|to| moment < to);
        within && (self.begun_today(now) || self.begun_yesterday(now))
    }

    fn begun_today(&self, now: &Zoned) -> bool {
        let minute = minute(now);
        let in_hours = self.hours.is_empty() || self.hours.iter().any(|hours| hours.on_their_day(minute));
        in_hours && self.on_day(now)
    }

    fn begun_yesterday(&self, now: &Zoned) -> bool {
        let minute = minute(now);
        let in_hours = self.hours.iter().any(|hours| hours.on_the_next_day(minute));
        in_hours && now.yesterday().is_ok_and(|yesterday| self.on_day(&yesterday))
    }

    fn on_day(&self, day: &Zoned) -> bool {
        let weekday = day.weekday().to_monday_zero_offset();
        let last = day.days_in_month();
        let weekday_fits =
            self.weekdays.is_empty() || self.weekdays.iter().any(|known| *known as i8 == weekday);
        let counted = |wanted: i8| if wanted < 0 { last + 1 + wanted } else { wanted };
        let day_fits = self.days.is_empty() || self.days.iter().any(|wanted| counted(*wanted) == day.day());
        let month_fits = self.months.is_empty()
            || self.months.iter().any(|month| i16::from(*month) == i16::from(day.month()));
        weekday_fits && day_fits && month_fits
    }

    fn fault(&self) -> Option<String> {
        if let Some(day) = self.days.iter().find(|day| !(1..=31).contains(&day.unsigned_abs())) {
            return Some(format!("names day {day}; days go from 1 to 31, or from -1 back"));
        }
        if let Some(month) = self.months.iter().find(|month| !(1..=12).contains(*month)) {
            return Some(format!("names month {month}; months go from 1 to 12"));
        }
        let ends_first = matches!((self.from, self.to), (Some(from), Some(to)) if to <= from);
        ends_first.then(|| "ends before it begins".to_owned())
    }
}

fn minute(now: &Zoned) -> u16 {
    u16::from(now.hour().unsigned_abs()) * 60 + u16::from(now.minute().unsigned_abs())
}

impl Hours {
    fn on_their_day(self, minute: u16) -> bool {
        if self.from < self.to { (self.from..self.to).contains(&minute) } else { minute >= self.from }
    }

    fn on_the_next_day(self, minute: u16) -> bool {
        self.from >= self.to && minute < self.to
    }
}

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Hours, String> {
        let wrong = || "are no hours such as 22:00-06:00".to_owned();
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let read = |text: &str| {
            let (hour, minute) = text.trim().split_once(':')?;
            let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            let (hour, minute): (u16, u16) = (
                hour.parse().ok().filter(|_| digits(hour))?,
                minute.parse().ok().filter(|_| digits(minute))?,
            );
            let minutes = hour * 60 + minute;
            (minute < 60 && minutes <= 24 * 60).then_some(minutes)
        };
        let (from, to) = (read(from).ok_or_else(wrong)?, read(to).ok_or_else(wrong)?);
        if from == to || from == 24 * 60 { Err(wrong()) } else { Ok(Hours { from, to }) }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hours { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Zone, String> {
        let zone = TimeZone::get(text).map_err(|_| "is no zone such as UTC or Europe/Berlin".to_owned())?;
        Ok(Zone(zone, text.to_owned()))
    }
}

impl Default for Zone {
    fn default() -> Zone {
        Zone(TimeZone::UTC, "UTC".to_owned())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.1)
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Moment, String> {
        let read = text.parse().map(Moment);
        read.map_err(|_| "is no moment such as 2024-03-04T09:00:00Z".to_owned())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl From<Moment> for Time {
    fn from(moment: Moment) -> Time {
        let nanos = moment.0.as_nanosecond().clamp(i64::MIN.into(), i64::MAX.into());
        Time::from_nanos(i64::try_from(nanos).unwrap_or_default())
    }
}

crate::written_as_text!(Hours, "hours", "22:00-06:00");
crate::written_as_text!(Zone, "zone", "Europe/Berlin");
crate::written_as_text!(Moment, "moment", "2024-03-04T09:00:00Z");

#[cfg(test)]
mod tests {
    use super::*;

    fn check(window: serde_json::Value, moment: &str, inside: bool) {
        let calendar: Calendar =
            serde_json::from_value(serde_json::json!({ "zone": "Europe/Berlin", "windows": [window] }))
                .unwrap();
        let time: Moment = moment.parse().unwrap();
        assert_eq!(calendar.contains(time.into()), inside, "{window} {moment}");
    }

    #[test]
    fn hours_follow_the_clock_of_the_zone() {
        let night = serde_json::json!({ "hours": ["02:00-04:00"] });
        check(night.clone(), "2024-01-10T01:30:00Z", true);
        check(night.clone(), "2024-07-10T01:30:00Z", true);
        check(night.clone(), "2024-07-10T00:30:00Z", true);
        check(night.clone(), "2024-01-10T00:30:00Z", false);
        check(night, "2024-01-10T03:00:00Z", false);
    }

    #[test]
    fn hours_over_midnight_belong_to_the_day_they_begin_on() {
        let friday_night = serde_json::json!({ "weekdays": ["friday"], "hours": ["22:00-06:00"] });
        check(friday_night.clone(), "2024-03-01T21:30:00Z", true);
        check(friday_night.clone(), "2024-03-02T04:30:00Z", true);
        check(friday_night.clone(), "2024-03-02T21:30:00Z", false);
        check(friday_night, "2024-03-01T04:30:00Z", false);
    }

    #[test]
    fn days_months_and_bounds() {
        check(serde_json::json!({ "days": [-1] }), "2024-02-29T12:00:00Z", true);
        check(serde_json::json!({ "days": [-1] }), "2024-02-28T12:00:00Z", false);
        check(serde_json::json!({ "months": [12], "days": [24, 25] }), "2024-12-24T12:00:00Z", true);
        let once = serde_json::json!({ "from": "2024-03-01T10:00:00Z", "to": "2024-03-01T12:00:00Z" });
        check(once.clone(), "2024-03-01T10:00:00Z", true);
        check(once, "2024-03-01T12:00:00Z", false);
    }

    #[test]
    fn what_can_never_be_is_said() {
        let window = Window { days: vec![32], ..Window::default() };
        assert_eq!(Calendar { windows: vec![window], ..Calendar::default() }.faults().len(), 1);
        for wrong in ["", "22:00", "25:00-26:00", "10:00-10:00", "1:00-2:00", "24:00-01:00", "+1:00-02:00"] {
            assert!(wrong.parse::<Hours>().is_err(), "{wrong}");
        }
    }
}
