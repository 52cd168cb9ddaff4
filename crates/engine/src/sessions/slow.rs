//! Steps of sessions with their times in, those that took far too long out.
//!
//! For each pair of events that follow each other it is counted how long that took, on a logarithmic scale. Beyond the
//! slowest hundredth the tail is taken for exponential on that scale, which is a power law of the time: what has to
//! wait now and then has a shallow one. A second is added to every time, since many logs know no less. A step is slow where
//! all steps of the log together would hardly ever show one like it.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// The name of this detector.
pub(super) const KIND: &str = "slow-step";

/// Pairs of events that are counted; the rest came later and is rarer.
const MOST_PAIRS: usize = 4096;
/// Steps from which on it is known how long a pair takes.
const ENOUGH: u64 = 100;
/// Parts of a doubling.
const PARTS: f64 = 16.0;
/// What is added to every time, in milliseconds.
const UNIT: f64 = 1000.0;
/// No tail is steeper than this, in natural logarithms.
const LEAST_SCALE: f64 = 0.15;
/// What is quicker is not slow, in milliseconds.
const LEAST_GAP: f64 = 1000.0;
/// How many times as long as the slowest hundredth.
const LEAST_RATIO: f64 = 4.0;
/// What is asked for beyond the number of steps: one log in so many (e^5) shows it by chance.
const MARGIN: f64 = 5.0;

/// How long the steps of a pair took: how many fall into each part of the scale.
#[derive(Clone, Debug, Default)]
pub(super) struct Gaps {
    count: u64,
    parts: Vec<u32>,
}

/// How long steps take, while it is counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    pairs: HashMap<(u32, u32), Gaps, FixedState>,
    steps: u64,
}

/// How long steps take.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pairs: HashMap<(u32, u32), Limit, FixedState>,
    steps: f64,
}

#[derive(Clone, Copy, Debug)]
struct Limit {
    usual: f64,
    slowest: f64,
    scale: f64,
    cases: u64,
}

/// A step that took too long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SlowStep {
    pub(super) from: u32,
    pub(super) to: u32,
    /// When it was over, in milliseconds since 1970, and at which step of its session.
    pub(super) at: i64,
    pub(super) nth: usize,
    /// How long it took, in milliseconds.
    pub(super) gap: f64,
    /// How long it takes in half of all cases, and in all but a hundredth.
    pub(super) usual: f64,
    pub(super) slowest: f64,
    pub(super) cases: u64,
    pub(super) surprise: f64,
}

impl Gaps {
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// How many took so long or longer, to within a part of the scale.
    pub(super) fn at_least(&self, gap: f64) -> u64 {
        self.parts.iter().skip(part(gap)).map(|count| u64::from(*count)).sum()
    }

    pub(super) fn add(&mut self, gap: f64) {
        let part = part(gap);
        if self.parts.len() <= part {
            self.parts.resize(part + 1, 0);
        }
        if let Some(count) = self.parts.get_mut(part) {
            *count = count.saturating_add(1);
        }
        self.count += 1;
    }

    /// The time that a share of the steps do not exceed.
    fn quantile(&self, share: f64) -> f64 {
        let wanted = (self.count as f64 * share).ceil().max(1.0) as u64;
        let mut sum = 0;
        let part = self.parts.iter().position(|count| {
            sum += u64::from(*count);
            sum >= wanted
        });
        part.map_or(0.0, |part| ((part + 1) as f64 / PARTS).exp2() * UNIT - UNIT)
    }

    fn limit(&self) -> Limit {
        let (usual, slowest) = (self.quantile(0.5), self.quantile(0.99));
        let [middle, high, highest] = [usual, self.quantile(0.9), slowest].map(length);
        let tail = (highest - high) / 10f64.ln();
        let body = (highest - middle) / 50f64.ln();
        Limit { usual, slowest, scale: tail.max(body).max(LEAST_SCALE), cases: self.count }
    }
}

impl Pace {
    /// Learns the steps of a session: events and milliseconds.
    pub(super) fn add(&mut self, steps: impl Iterator<Item = (u32, i64)>) {
        for Gap { from, to, gap, .. } in gaps(steps) {
            let known = self.pairs.len();
            let pair = match self.pairs.get_mut(&(from, to)) {
                Some(pair) => pair,
                None if known >= MOST_PAIRS => continue,
                None => self.pairs.entry((from, to)).or_default(),
            };
            pair.add(gap);
            self.steps += 1;
        }
    }

    /// What follows for every pair of which enough was seen.
    pub(super) fn limits(&self) -> Limits {
        let known = self.pairs.iter().filter(|(_, gaps)| gaps.count >= ENOUGH);
        let pairs = known.map(|(pair, gaps)| (*pair, gaps.limit())).collect();
        Limits { pairs, steps: self.steps as f64 }
    }
}

impl Limits {
    /// The slowest step of a session, if it is far too slow.
    pub(super) fn slow(&self, steps: impl Iterator<Item = (u32, i64)>) -> Option<SlowStep> {
        let slow = gaps(steps).filter_map(|gap| self.judged(&gap));
        slow.max_by(|one, other| one.surprise.total_cmp(&other.surprise))
    }

    fn judged(&self, &Gap { from, to, gap, at, nth }: &Gap) -> Option<SlowStep> {
        if gap < LEAST_GAP {
            return None;
        }
        let Limit { usual, slowest, scale, cases } = *self.pairs.get(&(from, to))?;
        if gap < LEAST_RATIO * slowest {
            return None;
        }
        let surprise = 100f64.ln() + (length(gap) - length(slowest)) / scale - self.steps.ln();
        let step = SlowStep { from, to, at, nth, gap, usual, slowest, cases, surprise };
        (surprise >= MARGIN).then_some(step)
    }
}

/// A time on the logarithmic scale.
fn length(gap: f64) -> f64 {
    (gap / UNIT).ln_1p()
}

fn part(gap: f64) -> usize {
    ((1.0 + gap / UNIT).log2() * PARTS) as usize
}

/// A pair of events with the milliseconds between them.
struct Gap {
    from: u32,
    to: u32,
    gap: f64,
    /// When that was over, and at which step of the session.
    at: i64,
    nth: usize,
}

fn gaps(steps: impl Iterator<Item = (u32, i64)>) -> impl Iterator<Item = Gap> {
    let mut before: Option<(u32, i64)> = None;
    steps.enumerate().filter_map(move |(nth, (to, at))| {
        let (from, since) = before.replace((to, at))?;
        let timed = since != i64::MIN && at != i64::MIN;
        timed.then(|| Gap { from, to, gap: at.saturating_sub(since).max(0) as f64, at, nth })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sessions of three steps, the second of which takes a tenth of a second to two seconds.
    fn pace(sessions: i64) -> Pace {
        let mut pace = Pace::default();
        for nth in 0..sessions {
            let wait = 100 + nth * 7919 % 1900;
            pace.add([(1, nth * 1000), (2, nth * 1000 + wait), (3, nth * 1000 + wait + 5)].into_iter());
        }
        pace
    }

    #[test]
    fn only_what_is_far_beyond_is_slow() {
        let check = |sessions: i64, gap: i64, expected: bool| {
            let slow = pace(sessions).limits().slow([(1, 0), (2, gap), (3, gap + 5)].into_iter());
            assert_eq!(slow.is_some(), expected, "{gap} ms after {sessions} sessions: {slow:?}");
            if let Some(slow) = slow {
                assert_eq!((slow.from, slow.to, slow.gap as i64, slow.at, slow.nth), (1, 2, gap, gap, 1));
                assert!((1000.0..1300.0).contains(&slow.usual), "{slow:?}");
            }
        };
        check(1000, 1500, false);
        check(1000, 6000, false);
        check(1000, 7900, false);
        check(1000, 20_000, true);
        check(1000, 3_600_000, true);
        check(50, 3_600_000, false);
    }

    #[test]
    fn what_has_no_time_and_what_is_unknown_is_not_slow() {
        let pace = pace(1000).limits();
        assert_eq!(pace.slow([(1, i64::MIN), (2, 0)].into_iter()), None);
        assert_eq!(pace.slow([(7, 0), (8, i64::MAX)].into_iter()), None);
        assert_eq!(Pace::default().limits().slow([(1, 0), (2, i64::MAX)].into_iter()), None);
    }

    #[test]
    fn pairs_are_bounded() {
        let mut pace = Pace::default();
        pace.add((0..20_000).map(|nth| (nth, i64::from(nth))));
        assert_eq!(pace.pairs.len(), MOST_PAIRS);
    }
}
