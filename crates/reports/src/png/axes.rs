//! Figures and times in, the places of round ones out, for the scales of the picture.

use logsift_engine::records::time::{Time, days_from_civil};

/// A place on a scale of time: seconds after its beginning, and what stands there.
pub(super) type Tick = (u64, String);

/// Lengths between two places, in seconds.
const STEPS: [u64; 23] = [
    1,
    5,
    15,
    30,
    60,
    300,
    900,
    1_800,
    3_600,
    10_800,
    21_600,
    43_200,
    86_400,
    172_800,
    604_800,
    1_209_600,
    2_592_000,
    5_184_000,
    7_776_000,
    15_552_000,
    31_536_000,
    94_608_000,
    315_360_000,
];

/// At most that many round times in a stretch, as the time of day, or as the date where a step is days long.
pub(super) fn times(start: &str, seconds: u64, most: u64) -> Vec<Tick> {
    let Some(first) = seconds_of(start) else { return Vec::new() };
    let step = STEPS.into_iter().find(|step| seconds / step <= most.max(1));
    let Some(step) = step.and_then(|step| i64::try_from(step).ok()) else { return Vec::new() };
    let Some(end) = i64::try_from(seconds).ok().and_then(|seconds| first.checked_add(seconds)) else {
        return Vec::new();
    };
    let from = first.div_euclid(step) * step;
    let places = (0..=i64::try_from(most).unwrap_or(0) + 2).map(|nth| from + nth * step);
    let inside = places.filter(|place| (first..=end).contains(place));
    inside.filter_map(|place| Some((u64::try_from(place - first).ok()?, label(place, step)?))).collect()
}

fn label(place: i64, step: i64) -> Option<String> {
    let shown = Time::from_seconds(place)?.to_string();
    let part = match step {
        86_400.. => shown.get(..10),
        60.. => shown.get(11..16),
        _ => shown.get(11..19),
    };
    part.map(str::to_owned)
}

/// Whole seconds of an RFC 3339 time in UTC, as reports have it.
fn seconds_of(time: &str) -> Option<i64> {
    let part = |from: usize, to: usize| time.get(from..to)?.parse::<u32>().ok();
    let year = time.get(..4)?.parse::<i64>().ok()?;
    let (month, day) = (part(5, 7)?, part(8, 10)?);
    let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
    Some(days_from_civil(year, month, day) * 86_400 + i64::from(hour * 3600 + minute * 60 + second))
}

/// A round figure at or above the greatest one, whose half is round as well.
pub(super) fn round_above(most: f64) -> f64 {
    let mut power = 1.0;
    while power * 10.0 <= most && power < 1e300 {
        power *= 10.0;
    }
    let round =
        [1.0, 1.2, 1.6, 2.0, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0].into_iter().map(|times| times * power);
    round.into_iter().find(|round| *round >= most).unwrap_or(most)
}

/// `0`, `812`, `9.5k`, `1.2M`.
pub(super) fn compact(value: f64) -> String {
    let (value, unit) = match value {
        1e9.. => (value / 1e9, "G"),
        1e6.. => (value / 1e6, "M"),
        1e3.. => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let text = format!("{value:.1}");
    format!("{}{unit}", text.trim_end_matches(".0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_round_and_few() {
        let labels = |start: &str, seconds, most| -> Vec<String> {
            times(start, seconds, most).into_iter().map(|(_, label)| label).collect()
        };
        assert_eq!(labels("2024-01-31T09:10:00Z", 10_800, 4), ["10:00", "11:00", "12:00"]);
        assert_eq!(labels("2024-01-31T23:00:00Z", 3 * 86_400, 4), ["2024-02-01", "2024-02-02", "2024-02-03"]);
        assert_eq!(labels("2024-01-31T23:00:00.5Z", 10, 4), ["23:00:00", "23:00:05", "23:00:10"]);
        assert_eq!(labels("2005-06-03T22:42:50Z", 18_500_000, 6).len(), 4);
        for odd in ["", "2024", "2024-01-31T99:99:99Z", "９９９９-01-01T00:00:00Z"] {
            assert!(times(odd, u64::MAX, 9).len() < 12, "{odd}");
        }
        assert_eq!(times("2024-01-31T09:00:00Z", 7_200, 4).first(), Some(&(0, "09:00".to_owned())));
    }

    #[test]
    fn scales_end_at_round_figures() {
        for (most, round) in [
            (0.0, 1.0),
            (1.0, 1.0),
            (3.0, 3.0),
            (3.1, 4.0),
            (812.0, 1000.0),
            (2100.0, 2400.0),
            (8413.0, 10_000.0),
        ] {
            assert_eq!(round_above(most), round);
        }
        assert!(round_above(f64::MAX).is_finite());
        let shown = [(0.0, "0"), (950.0, "950"), (2500.0, "2.5k"), (10_000.0, "10k"), (1_200_000.0, "1.2M")];
        for (value, text) in shown {
            assert_eq!(compact(value), text);
        }
    }
}
