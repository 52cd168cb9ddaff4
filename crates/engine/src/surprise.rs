//! Counts of templates in, the chance of something as rare out.
//!
//! In a log where a third of the templates was seen once, one more that is new is no news; in a log
//! whose last new template came a million records ago, it is. Good and Turing's estimate says which: the
//! next record is of a kind never seen with about the chance that a record seen was of a kind seen once.

/// The chance that the next record is of a template never seen, or of one that was seen `count` times.
///
/// `singles` is how many templates were seen once, `total` how many records. Half a single is added, so
/// that a log without one does not claim that nothing new can come.
///
/// ```
/// use logsift_engine::surprise::good_turing;
///
/// let settled = good_turing(0, 2, 1_000_000);
/// let restless = good_turing(0, 300, 1_000);
/// assert!(settled < 3e-6 && restless > 0.3);
/// ```
pub fn good_turing(count: u64, singles: u64, total: u64) -> f64 {
    let total = total as f64;
    let unseen = ((singles as f64).min(total) + 0.5) / (total + 1.0);
    let known = if total > 0.0 { (count as f64 / total).min(1.0) } else { 0.0 };
    if total > 0.0 { (unseen + (1.0 - unseen) * known).min(1.0) } else { 1.0 }
}

/// How rare the templates of a whole log are, each against all others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rarity {
    /// Counts that occur, rising, with the number of records of all templates seen at most as often.
    tail: Vec<(u64, u64)>,
    singles: u64,
}

impl Rarity {
    /// Takes the counts of all templates, in any order.
    pub fn of(counts: impl IntoIterator<Item = u64>) -> Rarity {
        let mut counts: Vec<u64> = counts.into_iter().filter(|count| *count > 0).collect();
        counts.sort_unstable();
        let singles = counts.partition_point(|count| *count == 1) as u64;
        let mut tail: Vec<(u64, u64)> = Vec::new();
        let mut records = 0u64;
        for count in counts {
            records = records.saturating_add(count);
            match tail.last_mut() {
                Some(last) if last.0 == count => last.1 = records,
                _ => tail.push((count, records)),
            }
        }
        Rarity { tail, singles }
    }

    /// The chance that a record is of a template seen at most `count` times, the never seen included.
    pub fn p(&self, count: u64) -> f64 {
        let total = self.tail.last().map_or(0, |last| last.1);
        let after = self.tail.partition_point(|entry| entry.0 <= count);
        let as_rare = after.checked_sub(1).and_then(|at| self.tail.get(at)).map_or(0, |entry| entry.1);
        good_turing(as_rare, self.singles, total)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_mass_of_the_unseen_is_that_of_the_singles() {
        let table: &[(u64, u64, u64, f64)] = &[
            (0, 0, 0, 1.0),
            (5, 0, 0, 1.0),
            (0, 1, 1, 0.75),
            (0, 0, 1, 0.25),
            (0, 99, 999, 0.0995),
            (0, 0, 999_999, 5e-7),
            (999, 0, 999, 1.0),
            (9_990, 0, 99_999, 0.099_905),
            (7, 5_000, 100, 0.995_396),
            (u64::MAX, 0, 1, 1.0),
        ];
        for (count, singles, total, wanted) in table {
            let p = good_turing(*count, *singles, *total);
            assert!((p - wanted).abs() < 1e-4 * wanted, "{count} of {total}, {singles} singles: {p}");
        }
    }

    #[test]
    fn a_template_is_as_rare_as_all_that_are_no_more_frequent() {
        let rarity = Rarity::of([1, 1, 8, 0, 90, 900]);
        let unseen = 2.5 / 1001.0;
        for (count, as_rare) in [(0, 0.0), (1, 2.0), (7, 2.0), (8, 10.0), (90, 100.0), (900, 1000.0)] {
            let wanted = unseen + (1.0 - unseen) * as_rare / 1000.0;
            assert!((rarity.p(count) - wanted).abs() < 1e-12, "{count}");
        }
        assert_eq!(Rarity::default().p(0), 1.0);
    }

    proptest! {
        #[test]
        fn it_is_a_chance_and_rises_with_the_count(
            counts in prop::collection::vec(0u64..u64::MAX, 0..40),
            one: u64,
            other: u64,
        ) {
            let rarity = Rarity::of(counts);
            let (low, high) = (rarity.p(one.min(other)), rarity.p(one.max(other)));
            prop_assert!(0.0 < low && low <= high && high <= 1.0);
        }

        #[test]
        fn the_order_of_templates_does_not_matter(mut counts in prop::collection::vec(0u64..50, 0..40)) {
            let rarity = Rarity::of(counts.clone());
            counts.reverse();
            prop_assert_eq!(rarity, Rarity::of(counts));
        }
    }
}
