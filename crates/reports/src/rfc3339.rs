//! A time in, RFC 3339 out, and back: how reports write a time with which renderers still compute.

use logsift_engine::records::time::{Time, days_from_civil};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// Writes a time.
pub(crate) fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

/// Reads a time as [`serialize`] writes it: in UTC, with `T` and `Z`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no time such as 2024-03-04T09:00:00Z")))
}

fn parse(text: &str) -> Option<Time> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date, '-')?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = numbers(clock, ':')?;
    let whole = fraction.len() <= 9 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let nanos: i64 = format!("{fraction:0<9}").parse().ok().filter(|_| whole)?;
    let fits =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 60;
    let days = fits.then(|| days_from_civil(i64::from(year), month, day))?;
    let seconds = days * 86_400 + i64::from(hour * 3600 + minute * 60 + second);
    // In two steps, since the second in which the earliest time lies begins before it.
    let nanos = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    i64::try_from(nanos).ok().map(Time::from_nanos)
}

/// Three numbers of two to four digits.
fn numbers(text: &str, mark: char) -> Option<[u32; 3]> {
    let mut parts = text.split(mark).map(|part| {
        let digits = (2..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| digits)
    });
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_time_comes_back(nanos in any::<i64>(), coarse in 0u32..3) {
            let time = Time::from_nanos(nanos / 1000i64.pow(coarse) * 1000i64.pow(coarse));
            prop_assert_eq!(parse(&time.to_string()), Some(time));
        }

        #[test]
        fn any_text_is_safe(text in "[0-9TZ:.+é-]{0,32}") {
            let _ = parse(&text);
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for text in
            ["", "2024-03-04", "2024-03-04T09:00:00", "2024-13-04T09:00:00Z", "2024-03-04T09:00:00+01:00Z"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
