//! Numbers in, how people write them out: figures of explanations.

use super::Figure;
use crate::windows::Timeline;

/// Records in a block of a log without times, for every second of an interval.
const BLOCK: f64 = 64.0;

/// A figure.
pub(crate) fn figure(name: &'static str, value: f64, unit: &'static str) -> Figure {
    Figure { name, value, unit }
}

/// A number: with as many digits as matter, and thousands apart.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if size >= 1e15 || (size > 0.0 && size < 1e-3) => format!("{value:.1e}"),
        _ if size >= 100.0 || value.fract() == 0.0 => grouped(value.round()),
        _ if size >= 10.0 => trimmed(format!("{value:.1}")),
        _ if size >= 1.0 => trimmed(format!("{value:.2}")),
        _ => trimmed(format!("{value:.3}")),
    }
}

fn trimmed(digits: String) -> String {
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn grouped(whole: f64) -> String {
    let digits = format!("{:.0}", whole.abs());
    let mut text = if whole < 0.0 { "-".to_owned() } else { String::new() };
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many, with the noun in the number that fits.
pub(crate) fn times(count: f64) -> String {
    if count == 1.0 { "once".to_owned() } else { format!("{} times", number(count)) }
}

/// How long so many intervals are, in words and as a figure. Intervals of a log without times are blocks of records.
pub(crate) fn span(name: &'static str, intervals: f64, timeline: &Timeline) -> (String, Figure) {
    let seconds = intervals * timeline.seconds as f64;
    if timeline.timed {
        (duration(seconds), figure(name, seconds, "seconds"))
    } else {
        (format!("{} records", number(seconds * BLOCK)), figure(name, seconds * BLOCK, "records"))
    }
}

/// A length of time: `64 s`, `17 min`, `3 h`, `2 days`.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        _ if seconds < 120.0 => format!("{} s", number(seconds)),
        _ if seconds < 7_200.0 => format!("{} min", number((seconds / 60.0).round())),
        _ if seconds < 172_800.0 => format!("{} h", number((seconds / 3_600.0).round())),
        _ => format!("{} days", number((seconds / 86_400.0).round())),
    }
}

/// The beginning of a template.
pub(super) fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_do() {
        let table = [
            (0.0, "0"),
            (9000.0, "9,000"),
            (1_234_567.8, "1,234,568"),
            (-1000.0, "-1,000"),
            (12.34, "12.3"),
            (5.0, "5"),
            (1.501, "1.5"),
            (0.0314, "0.031"),
            (1e-5, "1.0e-5"),
            (123.0, "123"),
        ];
        for (value, wanted) in table {
            assert_eq!(number(value), wanted);
        }
        assert_eq!(times(1.0), "once");
        assert_eq!(times(2.0), "2 times");
    }

    #[test]
    fn lengths_of_time_have_the_unit_that_fits() {
        for (seconds, wanted) in
            [(64.0, "64 s"), (1024.0, "17 min"), (10_000.0, "3 h"), (260_000.0, "3 days")]
        {
            assert_eq!(duration(seconds), wanted);
        }
    }
}
