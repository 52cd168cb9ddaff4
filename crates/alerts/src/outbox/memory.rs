//! An outbox in memory: for tests, and the table behind the one on a file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use logsift_engine::records::time::Time;

use super::{Entry, EntryState, Outbox, OutboxError};

/// Entries in memory.
#[derive(Debug, Default)]
pub struct MemoryOutbox(Mutex<Table>);

/// Entries by id, and the orders in which they are asked for.
#[derive(Debug, Default)]
pub(crate) struct Table {
    entries: BTreeMap<String, (u64, Entry)>,
    by_number: BTreeMap<u64, String>,
    waiting: BTreeMap<String, BTreeSet<u64>>,
    by_incident: BTreeMap<String, BTreeSet<u64>>,
    next: u64,
}

impl Table {
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.entries.contains_key(id)
    }

    pub(crate) fn put(&mut self, entry: Entry) {
        let known = self.entries.get(&entry.id).map(|(number, _)| *number);
        let number = known.unwrap_or(self.next);
        self.next = self.next.max(number + 1);
        let waiting = self.waiting.entry(entry.channel.clone()).or_default();
        if entry.state == EntryState::Waiting {
            waiting.insert(number);
        } else {
            waiting.remove(&number);
        }
        if !entry.incident.is_empty() {
            self.by_incident.entry(entry.incident.clone()).or_default().insert(number);
        }
        self.by_number.insert(number, entry.id.clone());
        self.entries.insert(entry.id.clone(), (number, entry));
    }

    fn at(&self, number: u64) -> Option<&Entry> {
        self.entries.get(self.by_number.get(&number)?).map(|(_, entry)| entry)
    }

    pub(crate) fn waiting(&self, channel: &str, most: usize) -> Vec<Entry> {
        let numbers = self.waiting.get(channel).into_iter().flatten();
        numbers.filter_map(|number| self.at(*number)).take(most).cloned().collect()
    }

    pub(crate) fn of_incident(&self, fingerprint: &str) -> Vec<Entry> {
        let numbers = self.by_incident.get(fingerprint).into_iter().flatten();
        numbers.filter_map(|number| self.at(*number)).cloned().collect()
    }

    pub(crate) fn delivered_since(&self, channel: &str, since: Time) -> Vec<Entry> {
        let mut found: Vec<Entry> = self
            .entries
            .values()
            .map(|(_, entry)| entry)
            .filter(|entry| {
                entry.channel == channel && entry.state == EntryState::Delivered && entry.settled >= since
            })
            .cloned()
            .collect();
        found.sort_by_key(|entry| entry.settled);
        found
    }

    pub(crate) fn list(&self, state: Option<EntryState>, most: usize) -> Vec<Entry> {
        let newest = self.by_number.keys().rev().filter_map(|number| self.at(*number));
        newest.filter(|entry| state.is_none_or(|state| entry.state == state)).take(most).cloned().collect()
    }

    pub(crate) fn forget_before(&mut self, time: Time) {
        let old = |entry: &Entry| entry.state != EntryState::Waiting && entry.settled < time;
        let gone: Vec<(u64, String, String)> = self
            .entries
            .values()
            .filter(|(_, entry)| old(entry))
            .map(|(number, entry)| (*number, entry.id.clone(), entry.incident.clone()))
            .collect();
        for (number, id, incident) in gone {
            self.entries.remove(&id);
            self.by_number.remove(&number);
            if let Some(numbers) = self.by_incident.get_mut(&incident) {
                numbers.remove(&number);
                if numbers.is_empty() {
                    self.by_incident.remove(&incident);
                }
            }
        }
    }

    /// All of them, the oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Entry> {
        self.by_number.keys().filter_map(|number| self.at(*number))
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

impl MemoryOutbox {
    fn table(&self) -> MutexGuard<'_, Table> {
        // A panic elsewhere leaves the table whole: every change to it is one call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbox for MemoryOutbox {
    fn add(&self, entries: &[Entry]) -> Result<(), OutboxError> {
        let mut table = self.table();
        for entry in entries {
            if !table.knows(&entry.id) {
                table.put(entry.clone());
            }
        }
        Ok(())
    }

    fn change(&self, entries: &[Entry]) -> Result<(), OutboxError> {
        let mut table = self.table();
        entries.iter().for_each(|entry| table.put(entry.clone()));
        Ok(())
    }

    fn waiting(&self, channel: &str, most: usize) -> Result<Vec<Entry>, OutboxError> {
        Ok(self.table().waiting(channel, most))
    }

    fn of_incident(&self, fingerprint: &str) -> Result<Vec<Entry>, OutboxError> {
        Ok(self.table().of_incident(fingerprint))
    }

    fn delivered_since(&self, channel: &str, since: Time) -> Result<Vec<Entry>, OutboxError> {
        Ok(self.table().delivered_since(channel, since))
    }

    fn list(&self, state: Option<EntryState>, most: usize) -> Result<Vec<Entry>, OutboxError> {
        Ok(self.table().list(state, most))
    }

    fn forget_before(&self, time: Time) -> Result<(), OutboxError> {
        self.table().forget_before(time);
        Ok(())
    }
}
