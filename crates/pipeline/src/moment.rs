//! What a user writes after `--since` and `--until`: a point in time, or a distance from the end of the log.
//!
//! Distances count back from the last record, not from the clock: the same command on the same bytes
//! gives the same answer next year.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use logsift_engine::records::time::Time;
use logsift_engine::records::zone::Zone;
use thiserror::Error;

/// A point in log time, or a distance from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// At this time.
    At(Time),
    /// So many nanoseconds before the last record.
    BeforeEnd(i64),
}

/// Why a text is no moment.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MomentError {
    /// Neither a time nor a distance.
    #[error(
        "`{0}` is no time\nhint: 2024-01-31, 2024-01-31 10:00, 2024-01-31T10:00:00Z, or 2h for two hours before \
         the end of the log"
    )]
    Unknown(String),
    /// A time that logs cannot have.
    #[error("`{0}` is out of range\nhint: log times lie between 1677 and 2262")]
    OutOfRange(String),
}

impl Moment {
    /// Reads RFC 3339, a date, a date with a time (both in that zone), or a distance such as `2h`.
    pub fn parse(text: &str, zone: &Zone) -> Result<Moment, MomentError> {
        let text = text.trim();
        if let Some(nanos) = distance(text) {
            return Ok(Moment::BeforeEnd(nanos));
        }
        let stamp = text.parse::<Timestamp>().ok().map(Timestamp::as_nanosecond);
        let nanos =
            stamp.or_else(|| local(text, zone)).ok_or_else(|| MomentError::Unknown(text.to_owned()))?;
        match i64::try_from(nanos) {
            Ok(nanos) => Ok(Moment::At(Time::from_nanos(nanos))),
            Err(_) => Err(MomentError::OutOfRange(text.to_owned())),
        }
    }

    /// The point in time, given the last record's.
    pub fn resolve(self, end: Option<Time>) -> Option<Time> {
        match self {
            Moment::At(time) => Some(time),
            Moment::BeforeEnd(nanos) => end.map(|end| Time::from_nanos(end.nanos().saturating_sub(nanos))),
        }
    }
}

fn digits(text: &str) -> Option<i64> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { text.parse().ok() } else { None }
}

/// A date, with or without a time, in nanoseconds since the epoch.
fn local(text: &str, zone: &Zone) -> Option<i128> {
    let civil = TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok()?;
    let offset = zone.clone().offset_at(civil.as_second(), None);
    Some(civil.as_nanosecond() - i128::from(offset) * 1_000_000_000)
}

/// `90s`, `15m`, `2h`, `1h30m`, `3d`, `1w`, in nanoseconds.
fn distance(text: &str) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    let mut rest = text;
    let mut seconds: i64 = 0;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at(number_end);
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_end);
        seconds = seconds.checked_add(digits(number)?.checked_mul(unit_seconds(unit.trim())?)?)?;
        rest = next;
    }
    seconds.checked_mul(1_000_000_000)
}

fn unit_seconds(unit: &str) -> Option<i64> {
    match unit {
        "s" | "sec" => Some(1),
        "m" | "min" => Some(60),
        "h" => Some(3_600),
        "d" => Some(86_400),
        "w" => Some(604_800),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, zone_text: &str, shown: &str) {
        let zone = Zone::choose(None, Some(zone_text)).unwrap();
        match Moment::parse(text, &zone).unwrap() {
            Moment::At(time) => assert_eq!(time.to_string(), shown, "{text}"),
            Moment::BeforeEnd(nanos) => assert_eq!(format!("-{} s", nanos / 1_000_000_000), shown, "{text}"),
        }
    }

    #[test]
    fn points_in_time() {
        check("2024-01-31", "UTC", "2024-01-31T00:00:00Z");
        check("2024-01-31 10:00", "UTC", "2024-01-31T10:00:00Z");
        check("2024-01-31T10:00:30.5", "UTC", "2024-01-31T10:00:30.500Z");
        check("2024-01-31T10:00:00Z", "+02:00", "2024-01-31T10:00:00Z");
        check("2024-01-31T10:00:00-05:00", "UTC", "2024-01-31T15:00:00Z");
        check("2024-07-31 10:00", "Europe/Berlin", "2024-07-31T08:00:00Z");
        check("2024-01-31 10:00", "Europe/Berlin", "2024-01-31T09:00:00Z");
        check("2024-01-31 10:00", "-0530", "2024-01-31T15:30:00Z");
    }

    #[test]
    fn distances_from_the_end() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("15min", 900), ("2h", 7200), ("1h30m", 5400)] {
            check(text, "UTC", &format!("-{seconds} s"));
        }
        check("3d", "UTC", "-259200 s");
        check("1w", "UTC", "-604800 s");
        let end = Time::from_seconds(10_000);
        assert_eq!(Moment::BeforeEnd(1_000_000_000).resolve(end), Time::from_seconds(9_999));
        assert_eq!(Moment::BeforeEnd(1).resolve(None), None);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "yesterday", "2h ago", "h", "2", "2y", "2024-13-01", "10:00", "99999999999999w"] {
            assert_eq!(
                Moment::parse(text, &Zone::default()),
                Err(MomentError::Unknown(text.to_owned())),
                "{text}"
            );
        }
        let far = "3000-01-01";
        assert_eq!(Moment::parse(far, &Zone::default()), Err(MomentError::OutOfRange(far.to_owned())));
    }
}
