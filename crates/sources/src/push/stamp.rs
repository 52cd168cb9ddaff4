//! Takes nanoseconds since 1970, gives RFC 3339: `2024-05-21T10:00:00.123456789Z`.
//!
//! Neighbouring entries mostly share their second, so its part is kept and only the fraction is
//! written anew.

const LENGTH: usize = 30;

/// The last stamp that was written.
#[derive(Clone, Debug)]
pub(crate) struct Stamps {
    second: u64,
    text: [u8; LENGTH],
}

impl Default for Stamps {
    fn default() -> Stamps {
        Stamps { second: 0, text: *b"1970-01-01T00:00:00.000000000Z" }
    }
}

impl Stamps {
    /// That moment as text.
    pub(crate) fn of(&mut self, nanoseconds: u64) -> &[u8] {
        let second = nanoseconds / 1_000_000_000;
        if second != self.second {
            self.second = second;
            self.write_second();
        }
        digits(&mut self.text[20..29], nanoseconds % 1_000_000_000);
        &self.text
    }

    fn write_second(&mut self) {
        let (days, second) = (self.second / 86_400, self.second % 86_400);
        let (year, month, day) = civil(days);
        digits(&mut self.text[0..4], year);
        digits(&mut self.text[5..7], month);
        digits(&mut self.text[8..10], day);
        digits(&mut self.text[11..13], second / 3600);
        digits(&mut self.text[14..16], second / 60 % 60);
        digits(&mut self.text[17..19], second % 60);
    }
}

fn digits(out: &mut [u8], mut number: u64) {
    for place in out.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// The date of a day counted from 1970-01-01 (Howard Hinnant's method, for days that are not negative).
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// Seconds and nanoseconds as one number, as far as that can be told: nothing before 1970.
pub(crate) fn joined(seconds: i64, nanoseconds: i64) -> u64 {
    let seconds = u64::try_from(seconds).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(nanoseconds).unwrap_or(0))
}

/// A moment written as RFC 3339, with `T` or a blank, and `Z` or an offset.
pub(crate) fn parsed(text: &str) -> Option<u64> {
    let bytes = text.trim().as_bytes();
    let number = |from: usize, to: usize| numeral(bytes.get(from..to)?);
    let between = [(4, b"-"), (7, b"-"), (13, b":"), (16, b":")];
    if !between.iter().all(|(at, mark)| bytes.get(*at..*at + 1) == Some(&mark[..])) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let of_day = number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
    let seconds = days(year, month, day) * 86_400 + of_day;
    let rest = bytes.get(19..)?;
    let fraction = rest.strip_prefix(b".").unwrap_or_default();
    let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let zone = if length > 0 { fraction.get(length..)? } else { rest };
    let seconds = seconds.cast_signed().checked_sub(offset(zone)?)?;
    Some(joined(seconds, nanoseconds(fraction.get(..length)?)))
}

fn numeral(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u64::from(digit - b'0')))
}

fn nanoseconds(digits: &[u8]) -> i64 {
    let padded = digits.iter().chain([b'0'].iter().cycle()).take(9);
    padded.fold(0, |sum, digit| sum * 10 + i64::from(digit.saturating_sub(b'0')))
}

/// Seconds east of Greenwich.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, digits) = match zone.split_first()? {
        (b'Z' | b'z', []) => return Some(0),
        (b'+', digits) => (1, digits),
        (b'-', digits) => (-1, digits),
        _ => return None,
    };
    let minutes = digits.get(2..)?.strip_prefix(b":").unwrap_or(digits.get(2..)?);
    let minutes = if minutes.len() == 2 { numeral(minutes)? } else { return None };
    Some(sign * (numeral(digits.get(..2)?)? * 3600 + minutes * 60).cast_signed())
}

/// Days from 1970-01-01 to a date that is not before it.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = year - u64::from(month <= 2);
    let of_era = year % 400;
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    (year / 400 * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year) - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        let cases = [
            (0, "1970-01-01T00:00:00.000000000Z"),
            (1_709_164_799_999_999_999, "2024-02-28T23:59:59.999999999Z"),
            (1_709_164_800_000_000_000, "2024-02-29T00:00:00.000000000Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000000Z"),
            (u64::MAX, "2554-07-21T23:34:33.709551615Z"),
        ];
        let mut stamps = Stamps::default();
        for (nanoseconds, expected) in cases.into_iter().chain(cases.into_iter().rev()) {
            assert_eq!(String::from_utf8_lossy(stamps.of(nanoseconds)), expected);
        }
    }

    #[test]
    fn stamps_are_read() {
        let cases = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2024-02-29T00:00:00.5Z", Some(1_709_164_800_500_000_000)),
            ("2024-02-29 01:30:00+01:30", Some(1_709_164_800_000_000_000)),
            ("2024-02-28T23:00:00.1234567899-0100", Some(1_709_164_800_123_456_789)),
            ("1970-01-01T00:00:00+01:00", Some(0)),
            ("2024-02-29T00:00:00", None),
            ("2024-02-29T00:00:00.Z", None),
            ("2024-00-29T00:00:00Z", None),
            ("2024-02-29T00:0x:00Z", None),
            ("9999-12-31T23:59:59Z", Some(u64::MAX)),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parsed(text), expected, "{text}");
        }
        for day in (0..80_000_u64).step_by(13) {
            let nanoseconds = day * 86_400_000_000_000 + 1;
            let text = String::from_utf8(Stamps::default().of(nanoseconds).to_vec()).unwrap();
            assert_eq!(parsed(&text), Some(nanoseconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_bounded() {
        assert_eq!(joined(-5, 3), 3);
        assert_eq!(joined(i64::MAX, 0), u64::MAX);
        assert_eq!(joined(1, -1), 1_000_000_000);
    }
}
