//! Records of one log in, cells out, at the speed of the reader.
//!
//! Nearly all records fall into the interval of the one before. Their cells stand in a small open table; when
//! another interval begins, the open cells are handed to the history. A record that comes late opens its
//! interval once more, and the history adds up what belongs together.
//!
//! A record without a time belongs to the interval of the record before it. A log without any time is cut into
//! blocks of records instead: [`Gathered::timed`] tells which of the two it was.

use hashbrown::HashTable;

use super::cell::{Cell, Extremes, Place, absorb_numbers};
use super::history::{Gathered, History};
use crate::records::level::Level;
use crate::records::record::StreamId;
use crate::records::time::Time;
use crate::templates::SkeletonId;

/// As long as no time is known, 2^6 records pass for a second.
const RECORDS_PER_SECOND: u32 = 6;

/// So many open cells are looked through one by one; only more of them are worth an index.
const FEW: usize = 8;

/// What a gatherer wants to know of a record.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Its stream within the log.
    pub stream: StreamId,
    /// Its skeleton.
    pub skeleton: SkeletonId,
    /// When.
    pub time: Option<Time>,
    /// How grave.
    pub level: Option<Level>,
    /// The line at which it begins.
    pub line: u64,
    /// The byte at which it begins.
    pub offset: u64,
}

/// Counts the records of one log.
#[derive(Clone, Debug, Default)]
pub struct Gather {
    history: History,
    level: u32,
    interval: i64,
    timed: bool,
    records: u64,
    open: Vec<Cell>,
    /// The places of the open cells, where there are more than a few.
    index: HashTable<u32>,
    last: usize,
}

impl Gather {
    /// A stream was found. The name is kept in models, so it must not change from one run to the next.
    pub fn stream(&mut self, id: StreamId, name: &str) {
        self.history.name_stream(id.0, name);
    }

    /// Counts a record. `numbers` are slots with their values.
    #[inline]
    pub fn add(&mut self, seen: &Seen, numbers: impl Iterator<Item = (u8, f64)>) {
        self.records += 1;
        if self.interval_of(seen.time) != self.interval || (seen.time.is_some() && !self.timed) {
            self.turn(seen.time);
        }
        let at = self.place_of(seen);
        let Some(cell) = self.open.get_mut(at) else { return };
        cell.count += 1;
        cell.gravest = cell.gravest.max(seen.level);
        let place = Place { log: 0, line: seen.line, offset: seen.offset };
        if cell.first.is_none_or(|first| place < first) {
            cell.first = Some(place);
        }
        for (slot, value) in numbers.filter(|(_, value)| value.is_finite()) {
            match cell.numbers.get_mut(slot as usize) {
                Some(known) if known.slot == slot => known.absorb(&Extremes::of(slot, value, place)),
                _ => absorb_numbers(&mut cell.numbers, &[Extremes::of(slot, value, place)]),
            }
        }
    }

    #[inline]
    fn interval_of(&self, time: Option<Time>) -> i64 {
        match time {
            Some(time) => time.seconds() >> self.level,
            None if self.timed => self.interval,
            None => (self.records >> RECORDS_PER_SECOND).cast_signed() >> self.level,
        }
    }

    /// Another interval begins.
    #[cold]
    fn turn(&mut self, time: Option<Time>) {
        self.close();
        if let Some(time) = time.filter(|_| !self.timed) {
            // Whatever came before the first time is as old as that.
            self.timed = true;
            self.history.move_all(time.seconds());
            self.level = self.history.level();
        }
        // Closing may have widened the intervals.
        self.interval = self.interval_of(time);
    }

    fn close(&mut self) {
        if self.open.len() > FEW {
            self.index.clear();
        }
        self.last = 0;
        self.history.add(self.open.drain(..));
        self.level = self.history.level();
    }

    /// The open cell of a record, which is made where there is none.
    #[inline]
    fn place_of(&mut self, seen: &Seen) -> usize {
        let is_it = |cell: &Cell| cell.skeleton == seen.skeleton && cell.stream == seen.stream.0;
        if self.open.get(self.last).is_some_and(is_it) {
            return self.last;
        }
        let found = if self.open.len() <= FEW {
            self.open.iter().position(is_it)
        } else {
            let is_there = |at: &u32| self.open.get(*at as usize).is_some_and(is_it);
            self.index.find(hash(seen.skeleton, seen.stream.0), is_there).map(|at| *at as usize)
        };
        self.last = found.unwrap_or_else(|| self.begin(seen));
        self.last
    }

    fn begin(&mut self, seen: &Seen) -> usize {
        let at = self.open.len();
        self.open.push(Cell {
            interval: self.interval,
            stream: seen.stream.0,
            skeleton: seen.skeleton,
            count: 0,
            gravest: None,
            first: Some(Place { log: 0, line: seen.line, offset: seen.offset }),
            numbers: Vec::new(),
        });
        match self.open.len() {
            ..=FEW => {}
            length if length == FEW + 1 => (0..length).for_each(|at| self.note(at)),
            _ => self.note(at),
        }
        at
    }

    fn note(&mut self, at: usize) {
        let of = |at: usize| self.open.get(at).map_or(0, |cell| hash(cell.skeleton, cell.stream));
        self.index.insert_unique(of(at), at as u32, |at| of(*at as usize));
    }

    /// The log has ended.
    pub fn finish(mut self) -> Gathered {
        self.close();
        self.history.settle();
        Gathered { history: self.history, timed: self.timed, records: self.records }
    }
}

/// Skeleton ids are hashes already.
fn hash(skeleton: SkeletonId, stream: u32) -> u64 {
    skeleton.0 ^ u64::from(stream).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}
