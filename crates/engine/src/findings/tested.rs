//! Intervals in, how much was looked at in each of them and how well every stream and template is known out.
//!
//! Whoever looks at a thousand templates sees one thing in a thousand every time. So surprises are corrected for
//! the number of subjects tested: those that spoke in the interval, and those that are known well enough for
//! their silence to be noticed.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::windows::{Interval, Timeline};

/// Intervals in which a template has to be seen before its silence says something.
const ESTABLISHED: u32 = 4;
/// Intervals after which something is no longer being learned.
const LEARNING: u32 = 16;

/// How well something is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Too little was seen to say anything.
    Learning,
    /// Enough to say what is far beyond everything seen, not enough to count how often that happens.
    Provisional,
    /// Long enough to know how often something as odd happens by itself.
    Trusted,
}

/// How well a template is known in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubjectState {
    /// The stream.
    pub stream: u32,
    /// The template.
    pub template: u32,
    /// Intervals in which it was seen.
    pub intervals: u32,
    /// How well it is known.
    pub state: State,
}

/// Counts what is tested.
#[derive(Debug, Default)]
pub(crate) struct Tested {
    pairs: HashMap<(u32, u32), u32, FixedState>,
    established: u64,
}

impl State {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            State::Learning => "learning",
            State::Provisional => "provisional",
            State::Trusted => "trusted",
        }
    }

    /// How well something is known that was seen in so many intervals, in each of which `chance` false alarms
    /// are accepted: the law of rare events needs about four of them.
    pub(crate) fn of(intervals: f64, chance: f64) -> State {
        match intervals {
            _ if intervals < f64::from(LEARNING) => State::Learning,
            _ if intervals * chance < 4.0 => State::Provisional,
            _ => State::Trusted,
        }
    }
}

impl Tested {
    /// Takes in an interval and says how many subjects are tested in it, as a natural logarithm.
    pub(crate) fn see(&mut self, interval: &Interval) -> f64 {
        let mut tested = self.established + interval.windows.len() as u64 + 1;
        for window in &interval.windows {
            for cell in &window.cells {
                let seen = self.pairs.entry((window.stream, cell.template)).or_default();
                *seen = seen.saturating_add(1);
                tested += u64::from(*seen <= ESTABLISHED);
                self.established += u64::from(*seen == ESTABLISHED);
            }
        }
        (tested as f64).ln()
    }

    /// How well everything is known, in the order of streams and templates.
    pub(crate) fn states(&self, timeline: &Timeline, chance: f64) -> Vec<SubjectState> {
        let mut states: Vec<SubjectState> = self
            .pairs
            .iter()
            .filter(|(key, _)| (key.1 as usize) < timeline.templates.len())
            .map(|(key, seen)| SubjectState {
                stream: key.0,
                template: key.1,
                intervals: *seen,
                state: State::of(f64::from(*seen), chance),
            })
            .collect();
        states.sort_by_key(|state| (state.stream, state.template));
        states
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::windows::{TimelineCell, Window};

    fn interval(templates: &[u32]) -> Interval {
        let cell = |template: &u32| TimelineCell {
            template: *template,
            count: 1,
            shapes: vec![1],
            gravest: None,
            first: None,
            numbers: Vec::new(),
        };
        let cells: Vec<TimelineCell> = templates.iter().map(cell).collect();
        Interval { number: 0, windows: vec![Window { stream: 0, records: cells.len() as u64, cells }] }
    }

    #[test]
    fn silence_is_tested_once_something_is_established() {
        let mut tested = Tested::default();
        let mut see = |templates: &[u32]| tested.see(&interval(templates)).exp().round() as u64;
        // The whole and the stream are tested always.
        assert_eq!(see(&[1, 2, 3]), 5);
        (0..3).for_each(|_| {
            see(&[1, 2]);
        });
        assert_eq!(see(&[3]), 5, "two that are silent and one that is not");
        assert_eq!(see(&[]), 4);
    }

    #[test]
    fn states_follow_what_is_accepted() {
        let check =
            |intervals: f64, chance: f64, wanted: State| assert_eq!(State::of(intervals, chance), wanted);
        check(15.0, 1.0, State::Learning);
        check(16.0, 1.0, State::Trusted);
        check(399.0, 0.01, State::Provisional);
        check(400.0, 0.01, State::Trusted);
        check(1e9, 0.0, State::Provisional);
    }
}
