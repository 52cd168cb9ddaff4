//! Sessions in, what models are made of out: counts that add up, whoever counted them.
//!
//! Held are the number of sessions, for each event the number of sessions that have it, and the distinct
//! sequences with their number, of which those with the smallest hashes are kept. Everything else (shapes,
//! transitions, calibration) is worked out of these, so learning in parts and absorbing is the same as learning
//! the whole, bit for bit.

use super::sample::{Sample, Weighed};
use super::{SessionModel, SessionSettings};
use crate::model::{BlockReader, BlockWriter, ModelError};
use crate::sketches::mix;

/// A session is looked at up to here; one without an end must not hold all memory.
const LONGEST: usize = 1 << 16;
/// How many events the kept sequences have together.
const MOST_HELD: u64 = 1 << 22;
/// The weight of a shorter sequence, so that there are at most 65,536 of them.
const LEAST_WEIGHT: u64 = 64;
/// Bytes of an entry of a sample beside what is held.
const ENTRY: usize = 2 * size_of::<u64>();
/// How many distinct events are counted.
const MOST_EVENTS: u64 = 1 << 17;

/// A sequence and how many sessions were like it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held {
    pub(super) events: Vec<u32>,
    pub(super) sessions: u64,
}

impl Weighed for Held {
    fn weight(&self) -> u64 {
        weight(&self.events)
    }
}

#[derive(Clone, Debug, PartialEq)]
struct EventCount {
    event: u32,
    sessions: u64,
}

impl Weighed for EventCount {
    fn weight(&self) -> u64 {
        1
    }
}

/// What was learned from sessions; any number of these can be absorbed into one.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnedSessions {
    sessions: u64,
    events: Sample<EventCount>,
    sequences: Sample<Held>,
}

impl Default for LearnedSessions {
    fn default() -> LearnedSessions {
        LearnedSessions { sessions: 0, events: Sample::new(MOST_EVENTS), sequences: Sample::new(MOST_HELD) }
    }
}

impl LearnedSessions {
    /// Learns a session.
    pub fn add(&mut self, sequence: &[u32]) {
        self.learn(sequence, 1);
    }

    /// Learns so many sessions of one sequence.
    pub(super) fn learn(&mut self, sequence: &[u32], sessions: u64) {
        self.add_many(looked_at(sequence), sessions);
    }

    /// Learns what another has learned.
    pub fn absorb(&mut self, other: &LearnedSessions) {
        self.sessions = self.sessions.saturating_add(other.sessions);
        self.events.lower(other.events.ceiling());
        for (_, count) in other.events.iter() {
            self.count_event(count.event, count.sessions);
        }
        self.sequences.lower(other.sequences.ceiling());
        for (hash, held) in other.sequences.iter() {
            self.hold(hash, &held.events, held.sessions);
        }
    }

    /// Keeps a fair sample of so many events, and counts of so many, as if more had never fitted.
    pub(super) fn thin(&mut self, most: u64) {
        self.events.thin(most);
        self.sequences.thin(most);
    }

    /// Bytes that are held, about.
    pub(super) fn bytes(&self) -> usize {
        let events = self.events.iter().len() * (size_of::<EventCount>() + ENTRY);
        let of = |held: &Held| size_of::<Held>() + ENTRY + held.events.len() * size_of::<u32>();
        events + self.sequences().map(of).sum::<usize>()
    }

    /// A model of sessions that are all taken as normal.
    pub fn model(&self, settings: &SessionSettings) -> SessionModel {
        SessionModel::of_normal(self, settings)
    }

    /// A model of sessions of which an unknown share is abnormal.
    pub fn model_unlabelled(&self, settings: &SessionSettings) -> SessionModel {
        SessionModel::of_unlabelled(self, settings)
    }

    /// How many sessions were learned.
    pub fn sessions(&self) -> u64 {
        self.sessions
    }

    /// In how many sessions the event was; nothing where that was not counted.
    pub(super) fn sessions_with(&self, event: u32) -> Option<u64> {
        let hash = mix(u64::from(event));
        match self.events.get(hash) {
            Some(count) => Some(count.sessions),
            None if self.events.is_beyond(hash) => None,
            None => Some(0),
        }
    }

    /// How many distinct events are known.
    pub(super) fn distinct_events(&self) -> usize {
        self.events.iter().len()
    }

    /// How many events were in one session only.
    pub(super) fn events_seen_once(&self) -> u64 {
        self.events.iter().filter(|(_, count)| count.sessions == 1).count() as u64
    }

    /// The kept sequences, by hash: every beginning of the list is a fair sample of the whole.
    pub(super) fn sequences(&self) -> impl ExactSizeIterator<Item = &Held> {
        self.sequences.iter().map(|(_, held)| held)
    }

    /// Learns a sequence that `sessions` sessions have.
    pub(super) fn add_many(&mut self, sequence: &[u32], sessions: u64) {
        self.sessions = self.sessions.saturating_add(sessions);
        let mut events = sequence.to_vec();
        events.sort_unstable();
        events.dedup();
        events.into_iter().for_each(|event| self.count_event(event, sessions));
        self.hold(sequence_hash(sequence), sequence, sessions);
    }

    fn count_event(&mut self, event: u32, sessions: u64) {
        let make = || EventCount { event, sessions: 0 };
        self.events.change(mix(u64::from(event)), 1, make, |count| {
            count.sessions = count.sessions.saturating_add(sessions);
        });
    }

    fn hold(&mut self, hash: u64, sequence: &[u32], sessions: u64) {
        let make = || Held { events: sequence.to_vec(), sessions: 0 };
        self.sequences.change(hash, weight(sequence), make, |held| {
            held.sessions = held.sessions.saturating_add(sessions);
        });
    }

    /// The same with other numbers for events. Two that become one are counted where each of them was, at most.
    pub(super) fn renamed(&self, of: impl Fn(u32) -> u32) -> LearnedSessions {
        let mut renamed = LearnedSessions { sessions: self.sessions, ..LearnedSessions::default() };
        for (_, count) in self.events.iter() {
            renamed.count_event(of(count.event), count.sessions);
        }
        for held in self.sequences() {
            let events: Vec<u32> = held.events.iter().map(|event| of(*event)).collect();
            renamed.hold(sequence_hash(&events), &events, held.sessions);
        }
        renamed
    }

    /// Writes what was learned.
    pub fn write(&self, block: &mut BlockWriter) {
        block.varint(self.sessions);
        write_ceiling(block, self.events.ceiling());
        block.list(self.events.iter(), |block, (_, count)| {
            block.varint(u64::from(count.event));
            block.varint(count.sessions);
        });
        write_ceiling(block, self.sequences.ceiling());
        block.list(self.sequences.iter(), |block, (_, held)| {
            block.list(held.events.iter(), |block, event| block.varint(u64::from(*event)));
            block.varint(held.sessions);
        });
    }

    /// Reads what was written, on any bytes whatever.
    pub fn read(block: &mut BlockReader<'_>) -> Result<LearnedSessions, ModelError> {
        let mut learned = LearnedSessions { sessions: block.varint()?, ..LearnedSessions::default() };
        let ceiling = read_ceiling(block)?;
        let offset = block.offset();
        let events = block.list("the events of sessions", MOST_EVENTS as usize, 2, |block| {
            Ok((block.at_most("an event", u64::from(u32::MAX))? as u32, block.varint()?))
        })?;
        events.iter().for_each(|(event, sessions)| learned.count_event(*event, *sessions));
        learned.events.lower(ceiling);
        let order = |(event, _): &(u32, u64)| mix(u64::from(*event));
        let sorted = events.is_sorted_by(|one, other| order(one) < order(other));
        if !sorted || learned.events.iter().len() != events.len() {
            return Err(block.malformed(
                "the events of sessions",
                offset,
                "the order of their hashes",
                "another",
            ));
        }
        learned.read_sequences(block)?;
        Ok(learned)
    }

    fn read_sequences(&mut self, block: &mut BlockReader<'_>) -> Result<(), ModelError> {
        let ceiling = read_ceiling(block)?;
        let offset = block.offset();
        let most = (MOST_HELD / LEAST_WEIGHT) as usize;
        let sequences = block.list("the sequences of sessions", most, 2, |block| {
            let events = block.list("the events of a session", LONGEST, 1, |block| {
                Ok(block.at_most("an event", u64::from(u32::MAX))? as u32)
            })?;
            Ok(Held { events, sessions: block.varint()? })
        })?;
        for held in &sequences {
            self.hold(sequence_hash(&held.events), &held.events, held.sessions);
        }
        self.sequences.lower(ceiling);
        let order = |held: &Held| sequence_hash(&held.events);
        let sorted = sequences.is_sorted_by(|one, other| order(one) < order(other));
        if sorted && self.sequences.iter().len() == sequences.len() {
            return Ok(());
        }
        Err(block.malformed("the sequences of sessions", offset, "the order of their hashes", "another"))
    }
}

/// The part of a session that is looked at.
pub(super) fn looked_at(sequence: &[u32]) -> &[u32] {
    sequence.get(..LONGEST).unwrap_or(sequence)
}

fn weight(sequence: &[u32]) -> u64 {
    (sequence.len() as u64).max(LEAST_WEIGHT)
}

fn sequence_hash(sequence: &[u32]) -> u64 {
    sequence.iter().fold(mix(sequence.len() as u64), |hash, event| mix(hash ^ u64::from(*event)))
}

fn write_ceiling(block: &mut BlockWriter, ceiling: Option<u64>) {
    block.flag(ceiling.is_some());
    if let Some(ceiling) = ceiling {
        block.u64(ceiling);
    }
}

fn read_ceiling(block: &mut BlockReader<'_>) -> Result<Option<u64>, ModelError> {
    Ok(if block.flag()? { Some(block.u64()?) } else { None })
}
