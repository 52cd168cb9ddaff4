//! A chain of events: a sequence with steps that hardly ever follow what came before is abnormal.
//!
//! The probability of an event is taken from what followed the same last events in training; where
//! these were rare or never met, from what followed fewer of them (interpolated back-off after
//! Witten and Bell), down to how often the event occurs at all, and at last to an event never seen.
//! The score is in bits of surprise. Beginning and end of a sequence count as events: a sequence that
//! stops short is surprising, too.

use std::collections::BTreeMap;

use crate::data::Sequences;
use crate::error::{FitError, LoadError};
use crate::fit::{FitSequences, ScoreSequences, shares_of_parts};
use crate::save::{Reader, Save, Writer};
use crate::seed::Seed;
use crate::settings::{choice, settings};
use crate::workers::Workers;

choice! {
    /// How the steps of a sequence are put together.
    pub enum Together {
        /// The mean surprise of a step; long and short sequences compare.
        Mean = "mean",
        /// The surprise of the most surprising step.
        Max = "max",
        /// All of it: the probability of the whole sequence.
        Sum = "sum",
    }
}

settings! {
    /// Parameters of the chain.
    pub struct Params => Method {
        /// How many of the last events a step is judged by.
        order: usize = 3, "0 to 16", |order| *order <= 16;
        /// How the steps of a sequence are put together.
        together: Together = Together::Mean, "mean, max, sum", |_| true;
    }
}

/// Events are kept two higher, to make room for these.
const BEGIN: u64 = 0;
const END: u64 = 1;

/// What followed some last events.
#[derive(Clone, Debug, Default, PartialEq)]
struct Next {
    total: u64,
    counts: BTreeMap<u64, u64>,
}

/// A fitted chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    order: usize,
    together: Together,
    /// By the last events, the latest at the end; by none for how often events occur at all.
    after: BTreeMap<Box<[u64]>, Next>,
    /// Different events, with the end.
    known: usize,
}

impl FitSequences for Method {
    type Fitted = Chain;

    fn fit_with(
        &self,
        sequences: Sequences<'_>,
        _seed: Seed,
        _workers: &dyn Workers,
    ) -> Result<Chain, FitError> {
        let params = self.params();
        if sequences.is_empty() {
            return Err(FitError::TooFew { found: 0, needed: 1 });
        }
        let mut after: BTreeMap<Box<[u64]>, Next> = BTreeMap::new();
        let mut walk = Vec::new();
        for sequence in sequences.iter() {
            steps_of(sequence, params.order, &mut walk);
            for place in params.order..walk.len() {
                for start in place - params.order..=place {
                    count(&mut after, &walk[start..place], walk[place]);
                }
            }
        }
        let known = after.get(&[][..]).map_or(1, |next| next.counts.len());
        Ok(Chain { order: params.order, together: params.together, after, known })
    }
}

/// The events with beginnings before them, as many as a step looks back, and the end behind.
fn steps_of(sequence: &[u32], order: usize, walk: &mut Vec<u64>) {
    walk.clear();
    walk.resize(order, BEGIN);
    walk.extend(sequence.iter().map(|&event| u64::from(event) + 2));
    walk.push(END);
}

fn count(after: &mut BTreeMap<Box<[u64]>, Next>, last: &[u64], event: u64) {
    // Looked up first, so that a key is only made for what is new.
    if !after.contains_key(last) {
        after.insert(last.into(), Next::default());
    }
    if let Some(next) = after.get_mut(last) {
        next.total += 1;
        *next.counts.entry(event).or_default() += 1;
    }
}

impl Chain {
    /// The probability of the event after the last ones: from the shortest memory to the longest,
    /// each correcting the one before as far as it has seen enough.
    fn probability(&self, last: &[u64], event: u64) -> f64 {
        let mut probability = 1.0 / (self.known as f64 + 1.0);
        for start in (0..=last.len()).rev() {
            let Some(next) = self.after.get(&last[start..]) else { break };
            let different = next.counts.len() as f64;
            let seen = next.counts.get(&event).copied().unwrap_or(0) as f64;
            probability = (seen + different * probability) / (next.total as f64 + different);
        }
        probability
    }

    /// The surprise of each event and of the end, in bits.
    fn surprises(&self, sequence: &[u32], walk: &mut Vec<u64>, surprises: &mut Vec<f64>) {
        steps_of(sequence, self.order, walk);
        surprises.clear();
        surprises.extend((self.order..walk.len()).map(|place| {
            -self.probability(&walk[place - self.order..place], walk[place]).max(f64::MIN_POSITIVE).log2()
        }));
    }

    /// The probability that `event` follows these last events, the latest at the end.
    #[must_use]
    pub fn follows(&self, last: &[u32], event: u32) -> f64 {
        let mut walk = Vec::new();
        steps_of(last, self.order, &mut walk);
        walk.pop();
        self.probability(&walk[walk.len() - self.order..], u64::from(event) + 2)
    }
}

impl ScoreSequences for Chain {
    fn score_block(&self, sequences: Sequences<'_>, out: &mut [f64]) {
        let (mut walk, mut surprises) = (Vec::new(), Vec::new());
        for (sequence, score) in sequences.iter().zip(out) {
            self.surprises(sequence, &mut walk, &mut surprises);
            *score = match self.together {
                Together::Mean => surprises.iter().sum::<f64>() / surprises.len() as f64,
                Together::Max => surprises.iter().copied().fold(0.0, f64::max),
                Together::Sum => surprises.iter().sum(),
            };
        }
    }

    fn shares(&self, sequence: &[u32]) -> Vec<f64> {
        let mut surprises = Vec::new();
        self.surprises(sequence, &mut Vec::new(), &mut surprises);
        // That it ends is the doing of the last event.
        let end = surprises.pop().unwrap_or(0.0);
        if let Some(last) = surprises.last_mut() {
            *last += end;
        }
        shares_of_parts(surprises)
    }
}

impl Save for Chain {
    const KIND: &'static str = "markov";

    fn write(&self, writer: &mut Writer) {
        writer.length(self.order);
        writer.u8(match self.together {
            Together::Mean => 0,
            Together::Max => 1,
            Together::Sum => 2,
        });
        writer.length(self.known);
        writer.length(self.after.len());
        for (last, next) in &self.after {
            writer.u64s(last);
            writer.length(next.counts.len());
            for (&event, &count) in &next.counts {
                writer.u64(event);
                writer.u64(count);
            }
        }
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let order = reader.count(16)?;
        let together = match reader.u8()? {
            0 => Together::Mean,
            1 => Together::Max,
            2 => Together::Sum,
            _ => return Err(LoadError::Damaged("a chain")),
        };
        let known = reader.count(u32::MAX as usize + 2)?;
        let mut after = BTreeMap::new();
        for _ in 0..reader.length(16)? {
            let last = reader.u64s()?.into_boxed_slice();
            let mut next = Next::default();
            for _ in 0..reader.length(16)? {
                let (event, count) = (reader.u64()?, reader.u64()?);
                let total = next.total.checked_add(count);
                next.total = total.ok_or(LoadError::Damaged("a count"))?;
                next.counts.insert(event, count);
            }
            after.insert(last, next);
        }
        Ok(Self { order, together, after, known })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SequenceTable;
    use crate::laws;

    fn fit(params: Params, table: &SequenceTable) -> Chain {
        params.check().unwrap().fit(table.sequences(), Seed(1)).unwrap()
    }

    #[test]
    fn steps_are_judged_by_what_came_before() {
        let table: SequenceTable = (0..50).map(|_| vec![1, 2, 3, 1, 4, 3]).collect();
        let check = |order, last: &[u32], event, low: f64, high: f64| {
            let found = fit(Params { order, ..Params::default() }, &table).follows(last, event);
            assert!(found > low && found <= high, "{order} {last:?} {event}: {found}");
        };
        // One event back, 2 and 4 are as likely after 1; three back, it is clear which comes.
        check(1, &[1], 2, 0.4, 0.55);
        check(3, &[1, 2, 3, 1], 4, 0.9, 1.0);
        check(3, &[1, 2, 3, 1], 2, 0.0, 0.05);
        // Never met: judged by what is left of the memory.
        check(3, &[9, 9, 1], 2, 0.4, 0.55);
        check(3, &[1, 2], 77, 0.0, 0.03);
    }

    #[test]
    fn probabilities_sum_to_one() {
        let table = laws::circles(40);
        let chain = fit(Params { order: 2, ..Params::default() }, &table);
        for last in [&[][..], &[1], &[2, 3], &[3, 3], &[9]] {
            let mut walk = Vec::new();
            steps_of(last, 2, &mut walk);
            let memory = &walk[walk.len() - 3..walk.len() - 1];
            // Five events, the end, and one that stands for all that was never seen.
            let events = [END, 2, 3, 4, 5, 6, 999];
            let sum: f64 = events.iter().map(|&event| chain.probability(memory, event)).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{last:?} {sum}");
        }
    }

    #[test]
    fn disorder_and_early_ends_stand_out() {
        let table: SequenceTable = (0..200).map(|_| vec![1, 2, 3, 4, 5]).collect();
        let chain = fit(Params::default(), &table);
        let seen: SequenceTable =
            [vec![1, 2, 3, 4, 5], vec![1, 3, 2, 4, 5], vec![1, 2, 3], vec![1, 2, 8, 4, 5]]
                .into_iter()
                .collect();
        let mut scores = Vec::new();
        chain.score(seen.sequences(), &mut scores);
        assert!(scores[1..].iter().all(|&score| score > 10.0 * scores[0]), "{scores:?}");
        let shares = chain.shares(&[1, 2, 8, 4, 5]);
        assert!(shares[2] > 0.3 && shares[0] < 0.05, "{shares:?}");
    }

    #[test]
    fn laws_hold() {
        laws::hold_for_sequences(&Params::default().check().unwrap());
        let params = Params { order: 0, together: Together::Sum };
        laws::hold_for_sequences(&params.check().unwrap());
    }
}
