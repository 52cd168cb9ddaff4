//! Records of one log in, cells out, at the speed of the reader.
//!
//! Nearly all records fall into the interval of the one before. Their cells stand in a small open table; when
//! another interval begins, the open cells are handed to the history. A record that comes late is a cell of its
//! own: to open its interval once more would close the one at hand, with all its cells. Only where several come
//! late in a row the clock was set back. The history adds up what belongs together.
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

/// So many records in a row come late before the clock is taken to go on there.
const LATE: u32 = 8;

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
    /// The second of the record before.
    before: i64,
    /// How many records in a row have come late.
    late: u32,
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

    /// A cell of that record's kind, which counts nothing yet. The memory is used again.
    fn begin(seen: &Seen, mut numbers: Vec<Extremes>) -> OpenCell {
        numbers.clear();
        OpenCell {
            skeleton: seen.skeleton,
            stream: seen.stream.0,
            gravest: None,
            count: 0,
            first: seen.place(),
            numbers,
        }
    }

    /// Counts a record.
    #[inline]
    fn count(&mut self, seen: &Seen, numbers: impl Iterator<Item = (u8, f64)>) {
        self.count += 1;
        self.gravest = self.gravest.max(seen.level);
        let place = seen.place();
        self.first = self.first.min(place);
        for (slot, value) in numbers.filter(|(_, value)| value.is_finite()) {
            self.number(slot, value, place);
        }
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
        let second = self.second_of(seen.time);
        self.before = second;
        let interval = second >> self.level;
        let is_late = interval < self.interval && self.timed && self.late < LATE;
        let at = if is_late {
            self.place_anew(self.open, seen);
            self.open
        } else {
            if interval != self.interval || (seen.time.is_some() && !self.timed) {
                self.turn(second, seen.time.is_some());
            }
            self.late = 0;
            self.place_of(seen)
        };
        if let Some(cell) = self.cells.get_mut(at) {
            cell.count(seen, numbers);
        }
        if is_late {
            self.hand_in_late(interval);
        }
    }

    /// Hands in what was counted behind the open cells.
    #[cold]
    fn hand_in_late(&mut self, interval: i64) {
        self.history.add(interval, self.cells.get(self.open..=self.open).unwrap_or_default());
        self.late += 1;
        // To add it may have widened the intervals.
        self.interval >>= self.history.level() - self.level;
        self.level = self.history.level();
    }

    #[inline]
    fn second_of(&self, time: Option<Time>) -> i64 {
        match time {
            Some(time) => time.seconds(),
            None if self.timed => self.before,
            None => (self.records >> RECORDS_PER_SECOND).cast_signed(),
        }
    }

    /// Another interval begins.
    #[cold]
    fn turn(&mut self, second: i64, is_timed: bool) {
        self.close();
        if is_timed && !self.timed {
            // Whatever came before the first time is as old as that.
            self.timed = true;
            self.history.move_all(second);
            self.level = self.history.level();
        }
        // Closing may have widened the intervals.
        self.interval = second >> self.level;
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
        self.place_anew(at, seen);
        self.open += 1;
        match self.open {
            ..=FEW => {}
            length if length == FEW + 1 => (0..length).for_each(|at| self.note(at)),
            _ => self.note(at),
        }
        at
    }

    /// Begins a cell at that place, which is not open.
    fn place_anew(&mut self, at: usize, seen: &Seen) {
        match self.cells.get_mut(at) {
            Some(unused) => *unused = OpenCell::begin(seen, std::mem::take(&mut unused.numbers)),
            None => self.cells.push(OpenCell::begin(seen, Vec::new())),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(seconds: impl Iterator<Item = i64>) -> Gather {
        let mut gather = Gather::default();
        for (second, line) in seconds.zip(1..) {
            let seen = Seen {
                stream: StreamId(0),
                skeleton: SkeletonId(line % 100),
                time: Time::from_seconds(second),
                level: None,
                line,
                offset: line,
            };
            gather.add(&seen, std::iter::empty());
        }
        gather
    }

    #[test]
    fn the_interval_at_hand_stays_open_where_a_record_comes_late() {
        let gather = gathered((0..1_000).map(|line| if line % 50 == 49 { line } else { 5_000 }));
        assert_eq!((gather.history.cells().len(), gather.open), (20, 98));
        let mut set_back = gathered((0..1_000).map(|line| if line < 500 { 5_000 } else { 3_000 }));
        assert_eq!((set_back.history.cells().len(), set_back.open), (108, 100));
        set_back.close();
        assert_eq!(set_back.history.cells().iter().map(|cell| cell.count).sum::<u64>(), 1_000);
    }
}
