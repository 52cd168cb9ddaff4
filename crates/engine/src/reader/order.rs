//! Gives records out in the order in which they begin, although some are closed late.
//!
//! Writers that share a file interleave: while the trace of one is still growing, records of the
//! others are complete. They wait here, as copies, behind the one that began first.

use std::collections::VecDeque;

use crate::records::fields::{Fields, Span};
use crate::records::level::Level;
use crate::records::notes::Notes;
use crate::records::record::{Origin, Record, RecordSink, StreamId};
use crate::records::time::Time;

/// Records that wait at most; then the oldest open one is closed.
pub(crate) const WAITING: usize = 512;

/// A record with its own memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnedRecord {
    pub(crate) origin: Origin,
    pub(crate) stream: StreamId,
    pub(crate) time: Option<Time>,
    pub(crate) level: Option<Level>,
    pub(crate) notes: Notes,
    pub(crate) text: Vec<u8>,
    pub(crate) message: Span,
    pub(crate) fields: Fields,
}

impl OwnedRecord {
    pub(crate) fn copy(record: &Record<'_>) -> OwnedRecord {
        let mut fields = record.fields.to_fields();
        let message = if let Some(start) = start_within(record.text, record.message) {
            Span::text(start..start + record.message.len())
        } else {
            fields.keep(record.message)
        };
        OwnedRecord {
            origin: record.origin,
            stream: record.stream,
            time: record.time,
            level: record.level,
            notes: record.notes,
            text: record.text.to_vec(),
            message,
            fields,
        }
    }

    pub(crate) fn borrow(&self) -> Record<'_> {
        Record {
            origin: self.origin,
            stream: self.stream,
            time: self.time,
            level: self.level,
            text: &self.text,
            message: self.fields.resolve(self.message, &self.text),
            notes: self.notes,
            fields: self.fields.view(),
        }
    }
}

/// Where `part` begins in `whole`, if it is a part of it in memory.
fn start_within(whole: &[u8], part: &[u8]) -> Option<usize> {
    let start = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    (start + part.len() <= whole.len()).then_some(start)
}

/// A place in the order, kept for a record that is still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(u64);

#[derive(Clone, Debug)]
enum Place {
    /// Kept for a record that is still open.
    Open,
    /// In memory of its own, since places are made and taken with every line of a wrapped log.
    Ready(Box<OwnedRecord>),
    Nothing,
}

/// The records that wait.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    waiting: VecDeque<Place>,
    /// The number of the first slot that waits.
    first: u64,
}

impl Order {
    /// Whether nothing waits, so that a record may go straight to the sink.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn is_crowded(&self) -> bool {
        self.waiting.len() > WAITING
    }

    /// The slot that holds up all others.
    pub(crate) fn oldest(&self) -> Option<Slot> {
        (!self.is_idle()).then_some(Slot(self.first))
    }

    /// Keeps the next place for a record that is not complete yet.
    pub(crate) fn reserve(&mut self) -> Slot {
        self.waiting.push_back(Place::Open);
        Slot(self.first + self.waiting.len() as u64 - 1)
    }

    /// Takes a record that was closed behind others.
    pub(crate) fn push(&mut self, record: OwnedRecord) {
        self.waiting.push_back(Place::Ready(Box::new(record)));
    }

    /// The record of a slot is complete.
    pub(crate) fn fill(&mut self, slot: Slot, record: OwnedRecord) {
        self.set(slot, Place::Ready(Box::new(record)));
    }

    /// Nothing will come for that slot.
    pub(crate) fn cancel(&mut self, slot: Slot) {
        self.set(slot, Place::Nothing);
    }

    /// Gives out what waits for nothing any more.
    pub(crate) fn flush(&mut self, sink: &mut impl RecordSink) {
        while let Some(place) = self.waiting.pop_front_if(|place| !matches!(place, Place::Open)) {
            self.first += 1;
            if let Place::Ready(record) = place {
                sink.record(&record.borrow());
            }
        }
    }

    fn set(&mut self, slot: Slot, place: Place) {
        let index = slot.0.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        if let Some(waiting) = index.and_then(|index| self.waiting.get_mut(index)) {
            *waiting = place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(line: u64) -> OwnedRecord {
        OwnedRecord { origin: Origin { line, ..Origin::default() }, ..OwnedRecord::default() }
    }

    #[test]
    fn later_records_wait_for_the_open_one() {
        let mut order = Order::default();
        let mut seen: Vec<u64> = Vec::new();
        let slot = order.reserve();
        order.push(record(2));
        let inner = order.reserve();
        order.push(record(4));
        order.flush(&mut |record: &Record<'_>| seen.push(record.origin.line));
        assert_eq!(order.oldest(), Some(slot));
        order.fill(slot, record(1));
        order.flush(&mut |record: &Record<'_>| seen.push(record.origin.line));
        order.fill(inner, record(3));
        order.flush(&mut |record: &Record<'_>| seen.push(record.origin.line));
        assert_eq!(seen, [1, 2, 3, 4]);
        assert!(order.is_idle());
    }
}
