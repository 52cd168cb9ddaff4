//! Intervals in, how far log time went from one to the next out.
//!
//! Intervals in which nothing happened are not in the list, so detectors count them from the numbers. The step from
//! the known past to what was just read is no gap: the two have different clocks, and what lies between was not
//! looked at.

use crate::windows::{Interval, Timeline};

/// A step of more seconds, about a year, is a clock that was set, or another log: no silence is that long.
const JUMP: i64 = 1 << 25;

/// Follows the intervals that a detector is shown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    last: Option<i64>,
    present: bool,
    /// Intervals passed, with those in which nothing happened.
    now: u64,
    /// The interval at hand was judged and is yet to be learned.
    open: bool,
}

/// What a step of the clock was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The interval was seen already when it was judged.
    Same,
    /// So many intervals after the one before; 1 where they touch, or where nothing is known of what lies between.
    On(u64),
}

impl Clock {
    /// An interval is about to be judged.
    pub(crate) fn judge(&mut self, interval: &Interval, timeline: &Timeline) -> u64 {
        let gap = self.turn(interval, timeline);
        self.open = true;
        gap
    }

    /// An interval is about to be learned.
    pub(crate) fn learn(&mut self, interval: &Interval, timeline: &Timeline) -> Step {
        let judged = std::mem::take(&mut self.open);
        if judged && self.last == Some(interval.number) {
            return Step::Same;
        }
        Step::On(self.turn(interval, timeline))
    }

    /// Intervals passed up to now.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    fn turn(&mut self, interval: &Interval, timeline: &Timeline) -> u64 {
        let touches = self.last.is_none_or(|last| self.begins_present(last, interval, timeline));
        let gap = match self.last {
            Some(last) if !touches => {
                let gap = interval.number.saturating_sub(last);
                let jumps = gap.saturating_mul(timeline.seconds) > JUMP;
                u64::try_from(gap).ok().filter(|gap| *gap > 0 && !jumps).unwrap_or(1)
            }
            _ => 1,
        };
        self.last = Some(interval.number);
        self.now = self.now.saturating_add(gap);
        gap
    }

    /// Whether this is the first interval after the known past.
    fn begins_present(&mut self, last: i64, interval: &Interval, timeline: &Timeline) -> bool {
        if self.present {
            return false;
        }
        let number = |at: usize| timeline.intervals.get(at).map(|interval| interval.number);
        let known = timeline.past.checked_sub(1).and_then(number);
        self.present = known.is_none_or(|known| known == last)
            && number(timeline.past) == Some(interval.number)
            && timeline.past > 0;
        self.present
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(past: &[i64], present: &[i64]) -> Timeline {
        let interval = |number: &i64| Interval { number: *number, windows: Vec::new() };
        Timeline {
            seconds: 64,
            intervals: past.iter().chain(present).map(interval).collect(),
            past: past.len(),
            ..Timeline::default()
        }
    }

    fn check(past: &[i64], present: &[i64], gaps: &[u64]) {
        let timeline = timeline(past, present);
        let mut clock = Clock::default();
        let seen: Vec<u64> = timeline
            .intervals
            .iter()
            .enumerate()
            .map(|(nth, interval)| {
                if nth < past.len() {
                    match clock.learn(interval, &timeline) {
                        Step::On(gap) => return gap,
                        Step::Same => panic!("it was not judged"),
                    }
                }
                let gap = clock.judge(interval, &timeline);
                if nth % 3 != 0 {
                    assert_eq!(clock.learn(interval, &timeline), Step::Same);
                }
                gap
            })
            .collect();
        assert_eq!(seen, gaps, "{past:?} {present:?}");
        assert_eq!(clock.now(), gaps.iter().sum::<u64>());
    }

    #[test]
    fn gaps_are_counted_but_for_the_one_before_the_present() {
        check(&[], &[5, 6, 9, 10], &[1, 1, 3, 1]);
        check(&[1, 2, 4], &[1000, 1001, 1003], &[1, 1, 2, 1, 1, 2]);
        check(&[100, 101], &[4, 5], &[1, 1, 1, 1]);
        check(&[100, 103], &[103, 104], &[1, 3, 1, 1]);
        check(&[], &[1, 400_000, 30_000_000], &[1, 399_999, 1]);
        check(&[i64::MIN], &[0, i64::MAX], &[1, 1, 1]);
    }
}
