//! Numbers in, numbers that people can read out: thousands, bytes, shares, spans of time.
//!
//! They are rounded for reading and not for adding up; who needs the exact ones takes the JSON.

/// `1234567` as `1,234,567`.
pub fn thousands(number: u64) -> String {
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

/// `1 line`, `2 lines`, `1,204 lines`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// `812 B`, `1.2 KiB`, `148 MiB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    // What would be rounded to 1024 already belongs to the next unit.
    while value >= 1023.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let digits = if value < 9.95 { 1 } else { 0 };
    format!("{value:.digits$} {}", UNITS[unit])
}

/// A share from 0 to 1 as `99.9 %`. Only the whole is `100.0 %`, and only nothing is `0.0 %`.
pub fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round();
    if share < 1.0 && tenths >= 1000.0 {
        "99.9 %".to_owned()
    } else if share > 0.0 && tenths < 1.0 {
        "<0.1 %".to_owned()
    } else {
        format!("{:.1} %", tenths / 10.0)
    }
}

/// Any figure, with three digits where it has a fraction: `412`, `1,204,332`, `46.2`, `0.02`, `3.4e-11`.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return "–".to_owned();
    }
    if size >= 100.0 {
        let whole = thousands(size.round() as u64);
        return if value < 0.0 { format!("-{whole}") } else { whole };
    }
    if size > 0.0 && size < 0.001 {
        return format!("{value:.1e}");
    }
    let digits = if size >= 10.0 {
        1
    } else if size >= 0.01 {
        2
    } else {
        3
    };
    let text = format!("{value:.digits$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Part and whole as a share, 0 where there is no whole.
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// `0 s`, `59 s`, `3 min 20 s`, `1 h 5 min`, `12 d 3 h`, `3 y 12 d`.
pub fn duration(seconds: u64) -> String {
    const UNITS: [(u64, &str); 5] = [(31_536_000, "y"), (86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let largest = UNITS.iter().position(|(size, _)| seconds >= *size).unwrap_or(UNITS.len() - 1);
    let (size, unit) = UNITS[largest];
    let first = format!("{} {unit}", thousands(seconds / size));
    match UNITS.get(largest + 1) {
        Some((next, next_unit)) if seconds % size >= *next => {
            format!("{first} {} {next_unit}", seconds % size / next)
        }
        _ => first,
    }
}

/// The time of day where the day is said already, else the whole: `10:00:00Z`.
pub fn clock(rfc3339: &str, day: Option<&str>) -> String {
    let whole = moment(rfc3339);
    let same = |day: &str| day.get(..10).is_some_and(|day| whole.starts_with(day));
    match whole.get(11..) {
        Some(clock) if day.is_some_and(same) => clock.to_owned(),
        _ => whole,
    }
}

/// `2024-01-01T10:00:00.250Z` as `2024-01-01 10:00:00Z`: the fraction is in the other formats.
pub fn moment(rfc3339: &str) -> String {
    let whole = rfc3339.split(['.', 'Z']).next().unwrap_or(rfc3339);
    format!("{}Z", whole.replacen('T', " ", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_by_three() {
        let cases = [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")];
        for (number, shown) in cases {
            assert_eq!(thousands(number), shown);
        }
        assert_eq!(thousands(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(counted(1, "line", "lines"), "1 line");
        assert_eq!(counted(0, "line", "lines"), "0 lines");
    }

    #[test]
    fn sizes_have_two_or_three_digits() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (10_200, "10 KiB"),
            (1_048_575, "1.0 MiB"),
            (148_303_113, "141 MiB"),
            (u64::MAX, "16 EiB"),
        ];
        for (number, shown) in cases {
            assert_eq!(bytes(number), shown);
        }
    }

    #[test]
    fn nearly_all_is_not_all_and_hardly_any_is_not_nothing() {
        let cases =
            [(1.0, "100.0 %"), (0.99999, "99.9 %"), (0.5, "50.0 %"), (0.00001, "<0.1 %"), (0.0, "0.0 %")];
        for (share, shown) in cases {
            assert_eq!(percent(share), shown);
        }
        assert_eq!(share(1, 0), 0.0);
    }

    #[test]
    fn durations_name_the_two_largest_units() {
        let cases = [
            (0, "0 s"),
            (59, "59 s"),
            (200, "3 min 20 s"),
            (3_600, "1 h"),
            (3_659, "1 h"),
            (176_461, "2 d 1 h"),
            (31_536_000 * 3 + 86_400 * 12, "3 y 12 d"),
        ];
        for (seconds, shown) in cases {
            assert_eq!(duration(seconds), shown);
        }
    }

    #[test]
    fn numbers_have_the_digits_that_say_something() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (0.02, "0.02"),
            (0.001, "0.001"),
            (0.5, "0.5"),
            (46.0, "46"),
            (46.25, "46.2"),
            (1_204_332.4, "1,204,332"),
            (-412.0, "-412"),
            (3.4e-11, "3.4e-11"),
            (f64::NAN, "–"),
            (f64::INFINITY, "–"),
        ];
        for (value, shown) in cases {
            assert_eq!(number(value), shown);
        }
    }

    #[test]
    fn the_day_is_said_once() {
        assert_eq!(clock("2024-01-01T10:00:00.5Z", Some("2024-01-01T00:00:00Z")), "10:00:00Z");
        assert_eq!(clock("2024-01-02T10:00:00Z", Some("2024-01-01T00:00:00Z")), "2024-01-02 10:00:00Z");
        assert_eq!(clock("2024-01-02T10:00:00Z", None), "2024-01-02 10:00:00Z");
        assert_eq!(clock("", Some("")), "Z");
    }

    #[test]
    fn moments_lose_their_fraction() {
        assert_eq!(moment("2024-01-01T10:00:00.250Z"), "2024-01-01 10:00:00Z");
        assert_eq!(moment("2024-01-01T10:00:00Z"), "2024-01-01 10:00:00Z");
    }
}
