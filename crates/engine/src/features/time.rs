//! A time of the log in, its place in the day and the week out; nothing known where there is no time.

use super::{Feature, feature};

/// In the order in which they are written.
pub(super) const FEATURES: &[Feature] = &[
    feature("hour", "The hour of the day, 0 to 23, in UTC."),
    feature("weekday", "The day of the week, 0 for Monday."),
    feature("weekend", "1 on Saturday and Sunday."),
    feature("business_hour", "1 from 9 to 17 on a working day."),
    feature("hour_sine", "The time of the day as a circle, so that 23:59 is near 00:00: the sine."),
    feature("hour_cosine", "The cosine of it."),
    feature("weekday_sine", "The time of the week as a circle: the sine."),
    feature("weekday_cosine", "The cosine of it."),
];

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;
/// 1970 began on a Thursday.
const THURSDAY: i64 = 3 * DAY;

/// Appends the features of a time in seconds since 1970.
pub(super) fn push(seconds: Option<i64>, row: &mut Vec<f32>) {
    let Some(seconds) = seconds else { return row.extend([f32::NAN; FEATURES.len()]) };
    let of_day = seconds.rem_euclid(DAY);
    let of_week = seconds.wrapping_add(THURSDAY).rem_euclid(WEEK);
    let (hour, weekday) = (of_day / 3_600, of_week / DAY);
    let works = weekday < 5 && (9..17).contains(&hour);
    let circle = |at: i64, whole: i64| (at as f64 / whole as f64 * std::f64::consts::TAU).sin_cos();
    let (day, week) = (circle(of_day, DAY), circle(of_week, WEEK));
    row.extend([hour as f32, weekday as f32, f32::from(weekday >= 5), f32::from(works)]);
    row.extend([day.0 as f32, day.1 as f32, week.0 as f32, week.1 as f32]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_and_days_are_those_of_the_calendar() {
        let check = |seconds: i64, wanted: [f32; 4]| {
            let mut row = Vec::new();
            push(Some(seconds), &mut row);
            assert_eq!((row.len(), &row[..4]), (FEATURES.len(), &wanted[..]), "{seconds}");
            assert!(row.iter().all(|value| value.is_finite()));
        };
        // 2024-03-04T10:30:00Z was a Monday, 2024-03-03T23:59:59Z a Sunday.
        check(1_709_548_200, [10.0, 0.0, 0.0, 1.0]);
        check(1_709_510_399, [23.0, 6.0, 1.0, 0.0]);
        check(-1, [23.0, 2.0, 0.0, 0.0]);
        check(i64::MAX, [15.0, 6.0, 1.0, 0.0]);
    }

    #[test]
    fn without_a_time_nothing_is_claimed() {
        let mut row = Vec::new();
        push(None, &mut row);
        assert!(row.len() == FEATURES.len() && row.iter().all(|value| value.is_nan()));
    }

    #[test]
    fn midnight_is_one_place() {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        push(Some(86_399), &mut before);
        push(Some(86_400), &mut after);
        assert!((before[4] - after[4]).abs() < 0.001 && (before[5] - after[5]).abs() < 0.001);
    }
}
