//! Words for lengths of time, shares and times of day in, numbers out.

use std::fmt;

/// It cannot be read as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotASpan(String, &'static str);

impl fmt::Display for NotASpan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` is no {}", self.0, self.1)
    }
}

/// The longest time that anything is waited for: ten years.
const LONGEST: f64 = 10.0 * 366.0 * 86_400.0;

/// Seconds of `90s`, `5m`, `26h`, `7d`, `2w`.
pub(super) fn seconds(words: &str) -> Result<i64, NotASpan> {
    let wrong = || NotASpan(words.to_owned(), "length of time\nhint: such as 90s, 5m, 26h, 7d, 2w");
    let split = words.find(|letter: char| letter.is_ascii_alphabetic()).ok_or_else(wrong)?;
    let (number, unit) = words.split_at_checked(split).ok_or_else(wrong)?;
    let number: f64 = number.trim().parse().map_err(|_| wrong())?;
    let each = match unit.trim() {
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        "w" => 604_800.0,
        _ => return Err(wrong()),
    };
    let seconds = number * each;
    if (1.0..=LONGEST).contains(&seconds) { Ok(seconds as i64) } else { Err(wrong()) }
}

/// The share of `5%` or `0.05`.
pub(super) fn share(words: &str) -> Result<f64, NotASpan> {
    let wrong = || NotASpan(words.to_owned(), "share\nhint: such as 5%");
    let (number, of) = match words.trim().strip_suffix('%') {
        Some(number) => (number, 100.0),
        None => (words.trim(), 1.0),
    };
    let share: f64 = number.trim().parse::<f64>().map_err(|_| wrong())? / of;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(wrong()) }
}

/// Minutes of the day of `22:00-06:00`.
pub(super) fn hours(words: &str) -> Result<(u16, u16), NotASpan> {
    let wrong = || NotASpan(words.to_owned(), "time of day\nhint: such as 22:00-06:00, in UTC");
    let minute = |text: &str| -> Option<u16> {
        let (hour, minute) = text.trim().split_once(':')?;
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
    };
    let (from, to) = words.split_once('-').ok_or_else(wrong)?;
    minute(from).zip(minute(to)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_time() {
        let table: &[(&str, Option<i64>)] = &[
            ("90s", Some(90)),
            ("1.5h", Some(5400)),
            ("26h", Some(93_600)),
            ("1 w", Some(604_800)),
            ("0s", None),
            ("-5m", None),
            ("5", None),
            ("5 parsecs", None),
            ("1e30d", None),
            ("NaNs", None),
            ("", None),
        ];
        for (words, wanted) in table {
            assert_eq!(seconds(words).ok(), *wanted, "{words}");
        }
        assert_eq!((share("5%"), share("0.2")), (Ok(0.05), Ok(0.2)));
        assert!(share("120%").is_err() && share("x").is_err());
        assert_eq!(hours("22:00-06:30"), Ok((1320, 390)));
        assert!(hours("25:00-26:00").is_err() && hours("22-6").is_err());
    }
}
