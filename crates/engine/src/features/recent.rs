//! Who did what lately: names in, how often each came and how often in vain, in bounded memory.
//!
//! When the table is full, those who were silent for longest are left out: half of them, by the median of their last
//! seconds, so that the same records always leave the same names.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Names that are known at most.
const MOST: usize = 1 << 15;
/// Seconds of silence after which somebody is new again.
const SILENCE: i64 = 3_600;

/// What somebody did since the last long silence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Doing {
    pub(super) records: u64,
    pub(super) bad: u64,
    /// Seconds since the record before; nothing for the first.
    pub(super) gap: Option<i64>,
    last: i64,
}

/// What everybody did lately.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent {
    known: HashMap<u64, Doing, FixedState>,
}

impl Recent {
    /// Somebody did something; gives what they did up to now, this included.
    pub(super) fn add(&mut self, who: u64, seconds: i64, bad: bool) -> Doing {
        if self.known.len() >= MOST && !self.known.contains_key(&who) {
            self.forget();
        }
        let doing = self.known.entry(who).or_default();
        let gap = (doing.records > 0).then(|| seconds.saturating_sub(doing.last).max(0));
        if gap.is_some_and(|gap| gap > SILENCE) {
            (doing.records, doing.bad) = (0, 0);
        }
        doing.records += 1;
        doing.bad += u64::from(bad);
        (doing.gap, doing.last) = (gap, doing.last.max(seconds));
        *doing
    }

    fn forget(&mut self) {
        let mut lasts: Vec<(i64, u64)> = self.known.iter().map(|(who, doing)| (doing.last, *who)).collect();
        let middle = lasts.len() / 2;
        let (_, median, _) = lasts.select_nth_unstable(middle);
        let median = *median;
        self.known.retain(|who, doing| (doing.last, *who) > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_does_is_counted_until_a_long_silence() {
        let mut recent = Recent::default();
        assert_eq!(recent.add(1, 10, true).gap, None);
        let doing = recent.add(1, 15, false);
        assert_eq!((doing.records, doing.bad, doing.gap), (2, 1, Some(5)));
        assert_eq!(recent.add(2, 16, false).records, 1);
        let doing = recent.add(1, 10_000, false);
        assert_eq!((doing.records, doing.bad, doing.gap), (1, 0, Some(9_985)));
        assert_eq!(recent.add(1, 0, false).gap, Some(0));
    }

    #[test]
    fn memory_is_bounded_and_the_silent_are_forgotten() {
        let mut recent = Recent::default();
        (0..MOST as u64 * 3).for_each(|who| {
            recent.add(who, who as i64, false);
        });
        assert!(recent.known.len() <= MOST);
        assert!(recent.add(MOST as u64 * 3 - 1, i64::from(u32::MAX), false).gap.is_some());
        assert_eq!(recent.add(0, 0, false).gap, None);
    }
}
