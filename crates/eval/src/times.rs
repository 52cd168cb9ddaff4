//! Times as reports write them in, seconds since 1970 out.

use logsift_engine::records::time::days_from_civil;

/// Seconds since 1970 of an RFC 3339 time in UTC.
pub(crate) fn seconds_of(time: &str) -> Option<f64> {
    let part = |from: usize, to: usize| time.get(from..to)?.parse::<u32>().ok();
    let year = time.get(..4)?.parse::<i64>().ok()?;
    let (month, day) = (part(5, 7)?, part(8, 10)?);
    let (hour, minute) = (part(11, 13)?, part(14, 16)?);
    let seconds: f64 = time.get(17..)?.trim_end_matches('Z').parse().ok()?;
    let minutes = days_from_civil(year, month, day) * 1440 + i64::from(hour * 60 + minute);
    Some(minutes as f64 * 60.0 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds() {
        let check = |time: &str, expected| assert_eq!(seconds_of(time), expected, "{time}");
        check("1970-01-02T00:00:01Z", Some(86_401.0));
        check("2024-03-04T10:00:00.25Z", Some(1_709_546_400.25));
        for odd in ["", "2024", "2024-03-04T10:00", "９９９９-01-01T00:00:00Z", "2024-13-xxT10:00:00Z"] {
            check(odd, None);
        }
    }
}
