//! Sessions of a log that goes on in, those of them out that may not be whole.
//!
//! While lines are still coming, the last steps of the sessions under way are missing, and to judge those would be to
//! find in each of them that something is. Whether a session goes on is asked of all others: of those that had the same
//! last step and were silent for as long, how many went on? Where one in ten did, it is not judged yet; one that hangs is
//! silent for longer than that sooner or later. The same holds for the first steps where reading began in the
//! middle of a log.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::slow::Gaps;

/// The share that would have gone on from which on a session is taken to go on.
const SHARE: f64 = 0.1;
/// Sessions from which on it is known of a step what follows it; below, all steps together are asked.
const ENOUGH: u64 = 20;

/// What is known of the beginning and of the end of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bounds {
    /// The milliseconds of the first record, where others came before it that were not read.
    pub(super) begun: Option<i64>,
    /// The milliseconds up to which lines have come, where more may come.
    pub(super) now: Option<i64>,
}

/// How long it takes from a step to the next, and for how long there was none.
#[derive(Clone, Debug, Default)]
struct Waits {
    went_on: Gaps,
    silent: Gaps,
}

/// The waits before or behind each step.
#[derive(Clone, Debug, Default)]
struct Side {
    steps: HashMap<u32, Waits, FixedState>,
    all: Waits,
}

/// Both sides of all sessions.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    bounds: Bounds,
    before: Side,
    behind: Side,
}

impl Waits {
    fn sessions(&self) -> u64 {
        self.went_on.count() + self.silent.count()
    }

    /// Of those that waited for so long, the share that went on.
    fn share(&self, gap: f64) -> f64 {
        let (went_on, silent) = (self.went_on.at_least(gap), self.silent.at_least(gap));
        went_on as f64 / (went_on + silent).max(1) as f64
    }
}

impl Side {
    fn went_on(&mut self, step: u32, gap: f64) {
        self.all.went_on.add(gap);
        self.steps.entry(step).or_default().went_on.add(gap);
    }

    fn silent(&mut self, step: u32, gap: f64) {
        self.all.silent.add(gap);
        self.steps.entry(step).or_default().silent.add(gap);
    }

    fn may_go_on(&self, step: u32, gap: f64) -> bool {
        let own = self.steps.get(&step).filter(|waits| waits.sessions() >= ENOUGH);
        own.unwrap_or(&self.all).share(gap) >= SHARE
    }
}

impl Cut {
    pub(super) fn new(bounds: Bounds) -> Cut {
        Cut { bounds, before: Side::default(), behind: Side::default() }
    }

    /// Learns the steps of a session: events and milliseconds.
    pub(super) fn add(&mut self, steps: impl Iterator<Item = (u32, i64)>) {
        let mut last: Option<(u32, i64)> = None;
        for (event, at) in steps.filter(|(_, at)| *at != i64::MIN) {
            match last.replace((event, at)) {
                Some((before, since)) => {
                    let gap = milliseconds(since, at);
                    self.behind.went_on(before, gap);
                    self.before.went_on(event, gap);
                }
                None => {
                    let begun = self.bounds.begun.map(|begun| milliseconds(begun, at));
                    begun.into_iter().for_each(|gap| self.before.silent(event, gap));
                }
            }
        }
        if let (Some((event, at)), Some(now)) = (last, self.bounds.now) {
            self.behind.silent(event, milliseconds(at, now));
        }
    }

    /// Whether steps of a session may be missing at its beginning or its end. Without times nobody can tell.
    pub(super) fn may_be_cut(&self, steps: impl Iterator<Item = (u32, i64)>) -> bool {
        let Bounds { begun, now } = self.bounds;
        if begun.is_none() && now.is_none() {
            return false;
        }
        let mut timed = steps.filter(|(_, at)| *at != i64::MIN);
        let Some(first) = timed.next() else { return true };
        let last = timed.last().unwrap_or(first);
        let before = begun.is_some_and(|begun| self.before.may_go_on(first.0, milliseconds(begun, first.1)));
        before || now.is_some_and(|now| self.behind.may_go_on(last.0, milliseconds(last.1, now)))
    }
}

fn milliseconds(since: i64, at: i64) -> f64 {
    at.saturating_sub(since).max(0) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sessions of three steps, one begun each second: a fifth of a second to the second step, and four to the third,
    /// which one in twenty has not.
    fn steps(nth: i64) -> Vec<(u32, i64)> {
        let at = nth * 1000;
        let mut steps = vec![(1, at), (2, at + 200), (3, at + 4200)];
        steps.truncate(if nth % 20 == 7 { 2 } else { 3 });
        steps
    }

    fn cut(bounds: Bounds) -> Vec<i64> {
        let within = |step: &(u32, i64)| {
            bounds.begun.is_none_or(|begun| step.1 >= begun) && bounds.now.is_none_or(|now| step.1 <= now)
        };
        let seen = |nth: i64| steps(nth).into_iter().filter(within).collect::<Vec<_>>();
        let sessions: Vec<(i64, Vec<_>)> = (0..2000).map(|nth| (nth, seen(nth))).collect();
        let sessions = sessions.into_iter().filter(|(_, steps)| !steps.is_empty()).collect::<Vec<_>>();
        let mut cut = Cut::new(bounds);
        sessions.iter().for_each(|(_, steps)| cut.add(steps.iter().copied()));
        let cut = |steps: &[(u32, i64)]| cut.may_be_cut(steps.iter().copied());
        sessions.iter().filter(|(_, steps)| cut(steps)).map(|(nth, _)| *nth).collect()
    }

    #[test]
    fn what_may_go_on_or_began_before_is_cut() {
        assert_eq!(cut(Bounds::default()), Vec::<i64>::new());
        // At 1,500 s: those that began within 4.2 s and wait for their third step, among them one that never has one.
        let now = cut(Bounds { begun: None, now: Some(1_500_000) });
        assert_eq!(now, [1496, 1497, 1498, 1499, 1500]);
        // The one without is judged when all others would have gone on.
        assert!(!cut(Bounds { begun: None, now: Some(1_533_000) }).contains(&1527));
        let begun = cut(Bounds { begun: Some(700_100), now: None });
        assert!(begun.iter().all(|nth| (696..=704).contains(nth)), "{begun:?}");
        assert!([696, 697, 698, 699, 700].iter().all(|nth| begun.contains(nth)), "{begun:?}");
    }

    #[test]
    fn without_times_nobody_knows() {
        let cut = Cut::new(Bounds { begun: None, now: Some(5) });
        assert!(cut.may_be_cut([(1, i64::MIN)].into_iter()));
        assert!(cut.may_be_cut(std::iter::empty()));
        assert!(!Cut::new(Bounds::default()).may_be_cut([(1, i64::MIN)].into_iter()));
    }
}
