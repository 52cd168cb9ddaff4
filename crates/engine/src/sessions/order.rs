//! Which step follows which in a session, and how surprising each was: `broken-order`.
//!
//! A step is foretold from the steps before it, from one to eight of them. Long contexts say more and are seen
//! less, so each is mixed with the next shorter one by how many different steps followed it (Witten-Bell). A
//! session begins and ends with a step of its own, so that one that was cut off is noticed.
//!
//! Short sessions are judged by their worst step, one step back: their order often varies (writers run side by
//! side), so a longer context learns accidents. In a long trace the worst of many steps is an extreme value that
//! grows with the length and says little; there the mean over all steps is taken, with long contexts.

use hashbrown::HashMap;
use std::collections::BTreeMap;

use super::learned::LearnedSessions;
use super::{SessionFact, Step};
use crate::sketches::mix;

/// The name of this detector.
pub(super) const KIND: &str = "broken-order";

/// From this median length on, sessions are long traces.
const LONG: usize = 64;
/// The contexts of long traces.
const DEEP: usize = 8;
/// How many events of long traces are learned from, since each makes as many entries as contexts are deep.
const MOST_DEEP_EVENTS: usize = 1 << 19;

const START: u64 = 0;
const END: u64 = 1;
const FIRST_EVENT: u64 = 2;

#[derive(Clone, Copy, Debug, Default)]
struct Context {
    cases: u64,
    /// How many different steps followed.
    followers: u64,
}

/// How surprising the steps of a session are.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Judged {
    /// How strange the order is.
    pub(super) score: f64,
    /// The mean over the steps, whatever the length.
    pub(super) mean: f64,
    surprises: Vec<f64>,
    codes: Vec<u64>,
}

/// The steps of the learned sessions.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    depth: usize,
    is_long: bool,
    distinct: f64,
    contexts: HashMap<u64, Context, foldhash::fast::FixedState>,
    steps: HashMap<u64, u64, foldhash::fast::FixedState>,
    followers: BTreeMap<u64, BTreeMap<u64, u64>>,
}

impl Order {
    /// The steps of what was learned.
    pub(super) fn of(learned: &LearnedSessions) -> Order {
        let is_long = median_length(learned) >= LONG;
        let depth = if is_long { DEEP } else { 1 };
        let distinct = learned.distinct_events() as f64 + 2.0;
        let mut order = Order { depth, is_long, distinct, ..Order::default() };
        let mut events = 0;
        for held in learned.sequences() {
            events += held.events.len();
            if is_long && events > MOST_DEEP_EVENTS {
                break;
            }
            let codes = codes(&held.events);
            order.count(&codes, |count| *count = count.saturating_add(held.sessions));
            for step in codes.windows(2) {
                let [from, to] = step else { continue };
                let count = order.followers.entry(*from).or_default().entry(*to).or_default();
                *count = count.saturating_add(held.sessions);
            }
        }
        order
    }

    /// Changes the count of every step of a session in every context.
    fn count(&mut self, codes: &[u64], change: impl Fn(&mut u64)) {
        for at in 1..codes.len() {
            for (context, step) in contexts(codes, at, self.depth) {
                let entry = self.contexts.entry(context).or_default();
                let count = self.steps.entry(step).or_default();
                let before = *count;
                change(count);
                entry.cases = entry.cases.saturating_add(*count).saturating_sub(before);
                entry.followers = entry.followers + u64::from(*count > 0) - u64::from(before > 0);
            }
        }
    }

    /// How surprising each step of a session is.
    pub(super) fn judge(&self, sequence: &[u32]) -> Judged {
        let codes = codes(sequence);
        let surprises: Vec<f64> = (1..codes.len()).map(|at| self.surprise(&codes, at)).collect();
        let mean = surprises.iter().sum::<f64>() / surprises.len() as f64;
        let worst = surprises.iter().copied().fold(0.0, f64::max);
        Judged { score: if self.is_long { mean } else { worst }, mean, surprises, codes }
    }

    /// The same for a learned session, had it not been learned.
    pub(super) fn held_out(&mut self, sequence: &[u32]) -> Judged {
        let codes = codes(sequence);
        self.count(&codes, |count| *count = count.saturating_sub(1));
        let judged = self.judge(sequence);
        self.count(&codes, |count| *count = count.saturating_add(1));
        judged
    }

    fn surprise(&self, codes: &[u64], at: usize) -> f64 {
        let mut probability = 1.0 / self.distinct;
        for (context, step) in contexts(codes, at, self.depth) {
            let Some(context) = self.contexts.get(&context).filter(|context| context.cases > 0) else {
                break;
            };
            let count = self.steps.get(&step).copied().unwrap_or(0) as f64;
            let followers = context.followers as f64;
            probability = (count + followers * probability) / (context.cases as f64 + followers);
        }
        -probability.ln()
    }

    /// The step that surprises most.
    pub(super) fn fact(&self, judged: &Judged) -> Option<SessionFact> {
        let steps = judged.surprises.iter().zip(judged.codes.windows(2)).rev();
        let (_, worst) = steps.max_by(|one, other| one.0.total_cmp(other.0))?;
        let [from, to] = *worst else { return None };
        let followers = self.followers.get(&from)?;
        let cases = followers.values().fold(0u64, |sum, count| sum.saturating_add(*count));
        let share = |count: u64| count as f64 / cases.max(1) as f64;
        let (usual, most) =
            followers.iter().max_by(|one, other| one.1.cmp(other.1).then(other.0.cmp(one.0)))?;
        let fact = SessionFact::Transition {
            from: step(from),
            to: step(to),
            seen_share: share(followers.get(&to).copied().unwrap_or(0)),
            usual: step(*usual),
            usual_share: share(*most),
            cases,
        };
        Some(fact)
    }

    /// Whether one event came right before another in any learned session, and how often.
    pub(super) fn count_between(&self, from: Step, to: u32) -> u64 {
        let followers = self.followers.get(&code(from));
        followers.and_then(|followers| followers.get(&(u64::from(to) + FIRST_EVENT))).copied().unwrap_or(0)
    }
}

fn median_length(learned: &LearnedSessions) -> usize {
    let mut lengths: Vec<(usize, u64)> =
        learned.sequences().map(|held| (held.events.len(), held.sessions)).collect();
    lengths.sort_unstable();
    let half = lengths.iter().fold(0u64, |sum, (_, sessions)| sum.saturating_add(*sessions)) / 2;
    let mut below = 0u64;
    let median = lengths.iter().find(|(_, sessions)| {
        below = below.saturating_add(*sessions);
        below > half
    });
    median.map_or(0, |(length, _)| *length)
}

fn codes(sequence: &[u32]) -> Vec<u64> {
    let events = sequence.iter().map(|event| u64::from(*event) + FIRST_EVENT);
    std::iter::once(START).chain(events).chain([END]).collect()
}

fn code(step: Step) -> u64 {
    match step {
        Step::Start => START,
        Step::Event(event) => u64::from(event) + FIRST_EVENT,
        Step::End => END,
    }
}

fn step(code: u64) -> Step {
    match code {
        START => Step::Start,
        END => Step::End,
        _ => Step::Event((code - FIRST_EVENT) as u32),
    }
}

/// The contexts of a step from the shortest on, each with the context and the step as one.
fn contexts(codes: &[u64], at: usize, depth: usize) -> impl Iterator<Item = (u64, u64)> + '_ {
    let next = codes.get(at).copied().unwrap_or(END);
    let before = codes.get(..at).unwrap_or_default();
    let longer = before.iter().rev().take(depth).scan(mix(1), |context, code| {
        *context = mix(context.wrapping_mul(3) ^ code);
        Some(*context)
    });
    std::iter::once(mix(1)).chain(longer).map(move |context| (context, mix(context ^ mix(!next))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(sequences: &[&[u32]]) -> Order {
        let mut learned = LearnedSessions::default();
        sequences.iter().for_each(|sequence| learned.add(sequence));
        Order::of(&learned)
    }

    /// By hand: `a b` and `a c`, one step back. P(b | a) = (1 + 2 P(b)) / (2 + 2), P(b) = (1 + 4/5) / (6 + 4).
    #[test]
    fn witten_bell() {
        let order = order(&[&[0, 1], &[0, 2]]);
        let codes = codes(&[0, 1]);
        let expected = (1.0 + 2.0 * (1.0 + 4.0 / 5.0) / (6.0 + 4.0)) / 4.0;
        assert!((order.surprise(&codes, 2) + f64::ln(expected)).abs() < 1e-12);
    }

    #[test]
    fn held_out_is_as_if_never_learned() {
        let sequences: [&[u32]; 4] = [&[0, 1, 2], &[0, 2, 1], &[0, 1, 2], &[5]];
        for (idx, sequence) in sequences.iter().enumerate() {
            let mut whole = order(&sequences);
            let others: Vec<&[u32]> = (0..4).filter(|at| *at != idx).map(|at| sequences[at]).collect();
            let expected = Order { distinct: whole.distinct, ..order(&others) }.judge(sequence).score;
            let before = whole.judge(sequence);
            assert!((whole.held_out(sequence).score - expected).abs() < 1e-12);
            assert_eq!(whole.judge(sequence), before);
        }
    }

    #[test]
    fn the_worst_step_is_named() {
        let order = order(&[&[0, 1, 2], &[0, 1, 2], &[0, 1, 2], &[0, 2]]);
        let expected = SessionFact::Transition {
            from: Step::Event(0),
            to: Step::End,
            seen_share: 0.0,
            usual: Step::Event(1),
            usual_share: 0.75,
            cases: 4,
        };
        assert_eq!(order.fact(&order.judge(&[0])), Some(expected));
    }

    #[test]
    fn long_traces_are_judged_by_their_mean() {
        let long: Vec<u32> = (0..200).map(|at| at % 5).collect();
        let order = order(&[&long, &long, &long]);
        assert!(order.is_long && order.depth == DEEP);
        let judged = order.judge(&long);
        assert_eq!(judged.score, judged.mean);
    }
}
