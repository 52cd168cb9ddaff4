//! So many of so many in, where the share lies that they come from out.

use super::Interval;

/// Of the normal law, what leaves a fortieth above it: 95 % lie within.
const DEVIATIONS: f64 = 1.959_963_984_540_054;

/// Wilson's interval at 95 %: unlike the textbook's it means something for five of five.
pub fn wilson(part: usize, whole: usize) -> Option<Interval> {
    if whole == 0 {
        return None;
    }
    let (count, square) = (whole as f64, DEVIATIONS * DEVIATIONS);
    let share = part as f64 / count;
    let middle = (share + square / (2.0 * count)) / (1.0 + square / count);
    let spread = (share * (1.0 - share) / count + square / (4.0 * count * count)).sqrt();
    let half = DEVIATIONS * spread / (1.0 + square / count);
    Some(((middle - half).max(0.0), (middle + half).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_the_published_ones() {
        let check = |part, whole, low: f64, high: f64| {
            let found = wilson(part, whole).unwrap();
            assert!(
                (found.0 - low).abs() < 1e-4 && (found.1 - high).abs() < 1e-4,
                "{part} of {whole}: {found:?}"
            );
        };
        check(81, 263, 0.2553, 0.3662);
        check(0, 20, 0.0, 0.1611);
        check(5, 5, 0.5655, 1.0);
        assert_eq!(wilson(0, 0), None);
    }
}
