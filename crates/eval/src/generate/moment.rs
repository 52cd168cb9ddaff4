//! A moment of the log, and how it is written: microseconds in, stamps out.
//!
//! Dates are kept for the day they were made for, so that a line costs a few divisions.

/// Microseconds since 1970-01-01T00:00:00Z.
pub(super) type Micros = u64;

pub(super) const MILLISECOND: Micros = 1_000;
pub(super) const SECOND: Micros = 1_000_000;
pub(super) const MINUTE: Micros = 60 * SECOND;
pub(super) const HOUR: Micros = 60 * MINUTE;
pub(super) const DAY: Micros = 24 * HOUR;
pub(super) const WEEK: Micros = 7 * DAY;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    /// `2024-03-04 09:15:32.123`
    Plain,
    /// `2024-03-04T09:15:32.123Z`
    Iso,
    /// `2024-03-04T09:15:32.123456+00:00`
    IsoMicros,
    /// `2024-03-04T09:15:32.123456789Z`
    IsoNanos,
    /// `Mar  4 09:15:32`
    Syslog,
    /// `04/Mar/2024:09:15:32 +0000`
    Access,
    /// `0304 09:15:32.123456`
    Klog,
    /// `2024-03-04 09:15:32.123 UTC`
    Postgres,
    /// `2024-03-04`
    Date,
    /// `09:15:32`
    Time,
    /// `20240304`
    Digits,
    /// `1709543732`
    Unix,
    /// `1198056.233487`: seconds since a machine began, at most 46 days.
    Uptime,
}

impl Stamp {
    pub(super) fn named(name: &str) -> Option<Stamp> {
        Some(match name {
            "plain" => Stamp::Plain,
            "iso" => Stamp::Iso,
            "isomicros" => Stamp::IsoMicros,
            "isonanos" => Stamp::IsoNanos,
            "syslog" => Stamp::Syslog,
            "access" => Stamp::Access,
            "klog" => Stamp::Klog,
            "postgres" => Stamp::Postgres,
            "date" => Stamp::Date,
            "time" => Stamp::Time,
            "digits" => Stamp::Digits,
            "unix" => Stamp::Unix,
            "uptime" => Stamp::Uptime,
            _ => return None,
        })
    }
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Date {
    year: u64,
    month: u64,
    day: u64,
}

/// The date of a day since 1970-01-01, by the rule of the proleptic Gregorian calendar.
fn date_of(days: u64) -> Date {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let fifth = (5 * of_year + 2) / 153;
    let month = if fifth < 10 { fifth + 3 } else { fifth - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    Date { year, month, day: of_year - (153 * fifth + 2) / 5 + 1 }
}

/// Writes moments.
#[derive(Clone, Debug)]
pub(super) struct Stamps {
    day: u64,
    date: Date,
}

impl Stamps {
    pub(super) fn new() -> Stamps {
        Stamps { day: 0, date: date_of(0) }
    }

    /// Appends the moment as that stamp.
    pub(super) fn write(&mut self, stamp: Stamp, time: Micros, out: &mut Vec<u8>) {
        if time / DAY != self.day {
            self.day = time / DAY;
            self.date = date_of(self.day);
        }
        match stamp {
            Stamp::Plain => self.full(b' ', Some((3, "")), time, out),
            Stamp::Iso => self.full(b'T', Some((3, "Z")), time, out),
            Stamp::IsoMicros => self.full(b'T', Some((6, "+00:00")), time, out),
            Stamp::IsoNanos => {
                self.full(b'T', Some((6, "")), time, out);
                // Nobody sees nanoseconds repeat: they are mixed of the microseconds.
                push_padded(time.wrapping_mul(7_919) % 1_000, 3, out);
                out.push(b'Z');
            }
            Stamp::Postgres => self.full(b' ', Some((3, " UTC")), time, out),
            Stamp::Date => self.date(out),
            Stamp::Time => clock(time, out),
            Stamp::Unix => push_number(time / SECOND, out),
            Stamp::Uptime => {
                push_number(time / SECOND % 4_000_000, out);
                fraction(6, time, out);
            }
            Stamp::Digits => {
                push_padded(self.date.year, 4, out);
                push_padded(self.date.month, 2, out);
                push_padded(self.date.day, 2, out);
            }
            Stamp::Klog => {
                push_padded(self.date.month, 2, out);
                push_padded(self.date.day, 2, out);
                out.push(b' ');
                clock(time, out);
                fraction(6, time, out);
            }
            Stamp::Syslog => {
                self.month(out);
                out.extend_from_slice(if self.date.day < 10 { b"  " } else { b" " });
                push_number(self.date.day, out);
                out.push(b' ');
                clock(time, out);
            }
            Stamp::Access => {
                push_padded(self.date.day, 2, out);
                out.push(b'/');
                self.month(out);
                out.push(b'/');
                push_padded(self.date.year, 4, out);
                out.push(b':');
                clock(time, out);
                out.extend_from_slice(b" +0000");
            }
        }
    }

    fn month(&self, out: &mut Vec<u8>) {
        let name = MONTHS.get(self.date.month as usize - 1).copied().unwrap_or("Jan");
        out.extend_from_slice(name.as_bytes());
    }

    fn date(&self, out: &mut Vec<u8>) {
        push_padded(self.date.year, 4, out);
        out.push(b'-');
        push_padded(self.date.month, 2, out);
        out.push(b'-');
        push_padded(self.date.day, 2, out);
    }

    fn full(&self, between: u8, end: Option<(u32, &str)>, time: Micros, out: &mut Vec<u8>) {
        self.date(out);
        out.push(between);
        clock(time, out);
        if let Some((digits, zone)) = end {
            fraction(digits, time, out);
            out.extend_from_slice(zone.as_bytes());
        }
    }
}

fn clock(time: Micros, out: &mut Vec<u8>) {
    let seconds = time / SECOND % 86_400;
    push_padded(seconds / 3_600, 2, out);
    out.push(b':');
    push_padded(seconds / 60 % 60, 2, out);
    out.push(b':');
    push_padded(seconds % 60, 2, out);
}

fn fraction(digits: u32, time: Micros, out: &mut Vec<u8>) {
    out.push(b'.');
    push_padded(time % SECOND / 10u64.pow(6 - digits.min(6)), digits as usize, out);
}

/// Appends a whole number.
pub(super) fn push_number(number: u64, out: &mut Vec<u8>) {
    push_padded(number, 1, out);
}

/// Appends a whole number of at least so many digits.
pub(super) fn push_padded(number: u64, width: usize, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let (mut rest, mut at) = (number, digits.len());
    for digit in digits.iter_mut().rev() {
        if rest == 0 {
            break;
        }
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        at -= 1;
    }
    let from = at.min(digits.len() - width.clamp(1, digits.len()));
    out.extend_from_slice(digits.get(from..).unwrap_or_default());
}

/// Appends a number of which the last digits are decimals: 1234 with 2 is 12.34.
pub(super) fn push_decimal(scaled: u64, digits: u32, out: &mut Vec<u8>) {
    let unit = 10u64.pow(digits.min(9));
    push_number(scaled / unit, out);
    if digits > 0 {
        out.push(b'.');
        push_padded(scaled % unit, digits as usize, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stamp: Stamp, time: Micros, expected: &str) {
        let mut out = Vec::new();
        Stamps::new().write(stamp, time, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn stamps_are_written_as_programs_write_them() {
        let time = 1_709_543_732_123_456;
        check(Stamp::Plain, time, "2024-03-04 09:15:32.123");
        check(Stamp::Iso, time, "2024-03-04T09:15:32.123Z");
        check(Stamp::IsoMicros, time, "2024-03-04T09:15:32.123456+00:00");
        check(Stamp::Syslog, time, "Mar  4 09:15:32");
        check(Stamp::Access, time, "04/Mar/2024:09:15:32 +0000");
        check(Stamp::Klog, time, "0304 09:15:32.123456");
        check(Stamp::Postgres, time, "2024-03-04 09:15:32.123 UTC");
        check(Stamp::Digits, time, "20240304");
        check(Stamp::Unix, time, "1709543732");
        check(Stamp::Uptime, time, "1543732.123456");
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        check(Stamp::Date, 0, "1970-01-01");
        check(Stamp::Date, 951_782_400 * SECOND, "2000-02-29");
        check(Stamp::Date, 951_868_800 * SECOND, "2000-03-01");
        check(Stamp::Date, 1_735_689_599 * SECOND, "2024-12-31");
        check(Stamp::Date, 4_107_542_400 * SECOND, "2100-03-01");
    }

    #[test]
    fn numbers_have_the_width_asked_for() {
        let written = |number, width| {
            let mut out = Vec::new();
            push_padded(number, width, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(0, 1), "0");
        assert_eq!(written(7, 3), "007");
        assert_eq!(written(12_345, 3), "12345");
        assert_eq!(written(u64::MAX, 1), u64::MAX.to_string());
        let mut out = Vec::new();
        push_decimal(1_205, 3, &mut out);
        assert_eq!(out, b"1.205");
    }
}
