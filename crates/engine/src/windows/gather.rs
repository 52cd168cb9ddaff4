//! Records of one log in, cells out, at the speed of the reader.
//!
//! Nearly all records fall into the interval of the one before. Their cells stand in a small open table; when
//! another interval begins, the open cells are handed to the history. A record that comes late opens its
//! interval once more, and the history adds up what belongs together.
//!
//! A record without a time belongs to the interval of the record before it. A log without any time is cut into
//! blocks of records instead: [`Gathered::timed`] tells which of the two it was.

use hashbrown::HashTable;

use super::cell::{Extremes, Place};
use super::history::{Gathered, History};
use crate::records::level::Level;
use crate::records::record::StreamId;
use crate::records::time::Time;
use crate::templates::SkeletonId;

/// As long as no time is known, 2^6 records pass for a second.
const RECORDS_PER_SECOND: u32 = 6;

/// So many open cells are looked through one by one; only more of them are worth an index.
const FEW: usize = 8;

/// So many cells that are not open keep their memory for the next interval.
const SPARE: usize = 1 << 10;

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

impl Seen {
    fn place(&self) -> Place {
        Place { log: 0, line: self.line, offset: self.offset }
    }
}

/// Counts the records of one log.
#[derive(Clone, Debug, Default)]
pub struct Gather {
    history: History,
    level: u32,
    interval: i64,
    timed: bool,
    records: u64,
    /// The open cells, and behind them others whose memory is used again.
    cells: Vec<OpenCell>,
    open: usize,
    /// The places of the open cells, where there are more than a few.
    index: HashTable<u32>,
    last: usize,
}

/// A cell of the interval at hand.
#[derive(Clone, Debug)]
pub(super) struct OpenCell {
    pub(super) skeleton: SkeletonId,
    pub(super) stream: u32,
    pub(super) gravest: Option<Level>,
    pub(super) count: u64,
    pub(super) first: Place,
    /// Numbers in slots, in the order of the slots.
    pub(super) numbers: Vec<Extremes>,
}

impl OpenCell {
    #[inline]
    fn is_of(&self, seen: &Seen) -> bool {
        self.skeleton == seen.skeleton && self.stream == seen.stream.0
    }

    /// Counts a number, which must be finite.
    #[inline]
    fn number(&mut self, slot: u8, value: f64, place: Place) {
        let at = self.numbers.iter().position(|known| known.slot >= slot).unwrap_or(self.numbers.len());
        match self.numbers.get_mut(at) {
            Some(known) if known.slot == slot => known.add(value, place),
            _ => self.numbers.insert(at, Extremes::of(slot, value, place)),
        }
    }
}

impl Gather {
    /// Counts in intervals of 2^level seconds at least: where more is never asked for, the rest is spared.
    pub fn at_level(level: u32) -> Gather {
        let history = History::at_level(level);
        Gather { level: history.level(), history, ..Gather::default() }
    }

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
        let Some(cell) = self.cells.get_mut(at) else { return };
        cell.count += 1;
        cell.gravest = cell.gravest.max(seen.level);
        let place = seen.place();
        cell.first = cell.first.min(place);
        for (slot, value) in numbers.filter(|(_, value)| value.is_finite()) {
            cell.number(slot, value, place);
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
        if self.open > FEW {
            self.index.clear();
        }
        self.history.add(self.interval, self.cells.get(..self.open).unwrap_or_default());
        self.level = self.history.level();
        (self.open, self.last) = (0, 0);
        if self.cells.len() > SPARE {
            self.cells.truncate(SPARE);
            self.cells.shrink_to_fit();
        }
    }

    /// The open cell of a record, which is made where there is none.
    #[inline]
    fn place_of(&mut self, seen: &Seen) -> usize {
        let open = self.cells.get(..self.open).unwrap_or_default();
        if open.get(self.last).is_some_and(|cell| cell.is_of(seen)) {
            return self.last;
        }
        let found = if self.open <= FEW {
            open.iter().position(|cell| cell.is_of(seen))
        } else {
            let is_it = |at: &u32| open.get(*at as usize).is_some_and(|cell| cell.is_of(seen));
            self.index.find(hash(seen.skeleton, seen.stream.0), is_it).map(|at| *at as usize)
        };
        self.last = found.unwrap_or_else(|| self.begin(seen));
        self.last
    }

    fn begin(&mut self, seen: &Seen) -> usize {
        let at = self.open;
        let spare = self.cells.get_mut(at).map(|cell| std::mem::take(&mut cell.numbers));
        let mut cell = OpenCell {
            skeleton: seen.skeleton,
            stream: seen.stream.0,
            gravest: None,
            count: 0,
            first: seen.place(),
            numbers: spare.unwrap_or_default(),
        };
        cell.numbers.clear();
        match self.cells.get_mut(at) {
            Some(unused) => *unused = cell,
            None => self.cells.push(cell),
        }
        self.open += 1;
        match self.open {
            ..=FEW => {}
            length if length == FEW + 1 => (0..length).for_each(|at| self.note(at)),
            _ => self.note(at),
        }
        at
    }

    fn note(&mut self, at: usize) {
        let of = |at: usize| self.cells.get(at).map_or(0, |cell| hash(cell.skeleton, cell.stream));
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
