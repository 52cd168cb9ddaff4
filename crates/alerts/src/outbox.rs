//! Notices that must not get lost in, what became of each out.
//!
//! Whoever keeps incidents keeps the outbox beside them, so that an incident and its notices are committed as one. An
//! entry has an id that follows from what it tells and whom: to add it twice is to add it once. That, and not a flag in
//! memory, is why a kill at any moment loses nothing, and doubles at most what was being sent.

pub mod file;
pub mod memory;

use logsift_engine::records::time::Time;
use serde::{Deserialize, Serialize};

use crate::notice::Notice;

/// One notice for one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Follows from what is told and whom.
    pub id: String,
    /// Whom.
    pub channel: String,
    /// The fingerprint of the incident; empty where it is about none.
    pub incident: String,
    /// What kind of trouble it is, in the coarsest words.
    pub class: String,
    /// What is told together.
    pub group: String,
    /// What is told.
    pub notice: Notice,
    /// What became of it.
    pub state: EntryState,
    /// Why, in words, or what went wrong last.
    pub why: String,
    /// When it was written.
    #[serde(with = "nanos")]
    pub created: Time,
    /// Not before.
    #[serde(with = "nanos")]
    pub due: Time,
    /// When it came to its end.
    #[serde(with = "nanos")]
    pub settled: Time,
    /// How often it was tried.
    pub attempts: u32,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
    /// It is to be sent.
    Waiting,
    /// It was sent, and the receiver has it.
    Delivered,
    /// It had no place of its own and is part of a summary.
    Summarised,
    /// The budget of the channel was used up.
    HeldBack,
    /// A silence, a calendar or another incident kept it quiet.
    Muted,
    /// It could not be delivered: `alerts retry` sends it.
    Parked,
}

impl EntryState {
    /// All of them.
    pub const ALL: [EntryState; 6] = [
        EntryState::Waiting,
        EntryState::Delivered,
        EntryState::Summarised,
        EntryState::HeldBack,
        EntryState::Muted,
        EntryState::Parked,
    ];

    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            EntryState::Waiting => "waiting",
            EntryState::Delivered => "delivered",
            EntryState::Summarised => "summarised",
            EntryState::HeldBack => "held-back",
            EntryState::Muted => "muted",
            EntryState::Parked => "parked",
        }
    }
}

/// Why an outbox could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("the outbox cannot be kept: {0}")]
pub struct OutboxError(pub String);

impl From<std::io::Error> for OutboxError {
    fn from(error: std::io::Error) -> OutboxError {
        OutboxError(error.to_string())
    }
}

/// Keeps entries. What was added or changed is durable when the call returns.
pub trait Outbox: Send + Sync {
    /// Adds entries; those whose id is known are left as they are.
    fn add(&self, entries: &[Entry]) -> Result<(), OutboxError>;

    /// Writes entries over those of the same id, all or none; unknown ones are added.
    fn change(&self, entries: &[Entry]) -> Result<(), OutboxError>;

    /// What waits for a channel, the oldest first, at most so many.
    fn waiting(&self, channel: &str, most: usize) -> Result<Vec<Entry>, OutboxError>;

    /// Everything that was written about an incident, the oldest first.
    fn of_incident(&self, fingerprint: &str) -> Result<Vec<Entry>, OutboxError>;

    /// What was delivered on a channel since then, the oldest first.
    fn delivered_since(&self, channel: &str, since: Time) -> Result<Vec<Entry>, OutboxError>;

    /// Entries in that state, or all, the newest first, at most so many.
    fn list(&self, state: Option<EntryState>, most: usize) -> Result<Vec<Entry>, OutboxError>;

    /// Forgets what came to its end before then.
    fn forget_before(&self, time: Time) -> Result<(), OutboxError>;
}

impl Entry {
    /// The entry at its end.
    pub(crate) fn at_end(mut self, state: EntryState, why: impl Into<String>, now: Time) -> Entry {
        (self.state, self.why, self.settled) = (state, why.into(), now);
        self
    }

    /// To be sent once more, by hand.
    pub fn again(mut self, now: Time) -> Entry {
        (self.state, self.attempts, self.created, self.due) = (EntryState::Waiting, 0, now, now);
        "asked for by hand".clone_into(&mut self.why);
        self
    }
}

mod nanos {
    use logsift_engine::records::time::Time;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(time.nanos())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        i64::deserialize(deserializer).map(Time::from_nanos)
    }
}
