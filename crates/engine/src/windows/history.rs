//! Cells of many logs in, one bounded and mergeable table of them out.
//!
//! Intervals are 1, 2, 4, 8, … seconds long: as short as the number of cells allows. That number only grows
//! with what is added, so the length is a function of everything that was added and not of the order, and two
//! histories merge exactly: both are brought to the longer intervals and their cells are added.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::cell::{Cell, Extremes, Held, Stood, absorb_numbers};
use super::gather::OpenCell;
use super::longer::doublings;
use crate::model::{BlockReader, BlockWriter, ModelError};
use crate::records::level::Level;
use crate::templates::SkeletonId;

/// Cells at most, unless even the widest intervals hold more.
const MOST: usize = 1 << 17;
/// So many more may wait until they are added up.
const WAITING: usize = MOST / 4;
/// So many of them may wait longer, since they come late.
const LATE: usize = WAITING / 4;
/// Intervals are never longer than 2^20 seconds, which is twelve days.
pub(super) const WIDEST: u32 = 20;

/// So many numbers may be nobody's until they are put out.
const WASTED: usize = 1 << 12;

/// The cells of logs.
#[derive(Clone, Debug, Default)]
pub struct History {
    level: u32,
    /// Names of streams; cells name them by their place here.
    streams: Vec<String>,
    /// The places of streams by their names, while it is known that no name stands twice; else it is empty. Thousands of
    /// logs are taken in one by one, and looking through all names for each would take the square of that.
    places: HashTable<u32>,
    /// Sorted and unique up to `sorted`; what comes after is waiting.
    cells: Vec<Cell>,
    sorted: usize,
    /// The numbers of all cells, in any order, among others that are nobody's any more.
    numbers: Vec<Extremes>,
    wasted: usize,
}

impl PartialEq for History {
    fn eq(&self, other: &History) -> bool {
        // Where in the list the numbers stand says nothing.
        let bare = |cell: &Cell| Cell { numbers: Held::default(), ..*cell };
        let same = |(one, two): (&Cell, &Cell)| {
            bare(one) == bare(two) && self.numbers_of(one) == other.numbers_of(two)
        };
        self.level == other.level
            && self.streams == other.streams
            && self.sorted == other.sorted
            && self.cells.len() == other.cells.len()
            && self.cells.iter().zip(&other.cells).all(same)
    }
}

/// What was gathered of one log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gathered {
    /// The cells.
    pub history: History,
    /// Whether intervals are of log time; else they are blocks of records.
    pub timed: bool,
    /// Records counted.
    pub records: u64,
}

impl Gathered {
    /// Takes in what was gathered of one more log, which gets that number.
    pub fn absorb(&mut self, other: Gathered, log: u32) {
        self.append(other, log);
        self.settle();
    }

    /// The same, where more logs follow: when all are in, [`Gathered::settle`] adds up what belongs together. To do so for
    /// each of thousands of logs of one time would take the square of them.
    pub fn append(&mut self, mut other: Gathered, log: u32) {
        other.history.number_places(log);
        self.history.append(other.history);
        self.timed |= other.timed;
        self.records = self.records.saturating_add(other.records);
    }

    /// Adds up what was appended.
    pub fn settle(&mut self) {
        self.history.settle();
    }
}

impl History {
    pub(super) fn at_level(level: u32) -> History {
        History { level: level.min(WIDEST), ..History::default() }
    }

    /// Intervals have 2^level seconds.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// The names of the streams.
    pub fn streams(&self) -> &[String] {
        &self.streams
    }

    /// The cells, in the order of their keys.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The numbers in the slots of a cell, in the order of the slots.
    pub fn numbers_of(&self, cell: &Cell) -> &[Extremes] {
        self.numbers.get(cell.numbers.range()).unwrap_or_default()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.cells.capacity() * size_of::<Cell>() + self.numbers.capacity() * size_of::<Extremes>()
    }

    pub(super) fn name_stream(&mut self, id: u32, name: &str) {
        let at = id as usize;
        if self.streams.len() <= at {
            self.streams.resize(at + 1, String::new());
        }
        self.streams[at] = name.to_owned();
        self.places.clear();
    }

    /// Adds cells of an interval whose streams are ours.
    pub(super) fn add(&mut self, interval: i64, cells: &[OpenCell]) {
        for cell in cells {
            let numbers = Held::at(self.numbers.len(), cell.numbers.len());
            self.numbers.extend_from_slice(&cell.numbers);
            self.cells.push(Cell {
                interval,
                stream: cell.stream,
                skeleton: cell.skeleton,
                count: cell.count,
                gravest: cell.gravest,
                first: Stood::at(cell.first),
                numbers,
            });
        }
        if self.cells.len() - self.sorted > WAITING {
            self.settle_what_is_in_time();
        }
    }

    /// Gives all cells the interval of that second.
    pub(super) fn move_all(&mut self, second: i64) {
        let interval = second >> self.level;
        self.cells.iter_mut().for_each(|cell| cell.interval = interval);
        self.sorted = 0;
        self.settle();
    }

    fn number_places(&mut self, log: u32) {
        let extremes = self.numbers.iter_mut().flat_map(|one| [&mut one.low_at, &mut one.high_at]);
        let first = self.cells.iter_mut().map(|cell| &mut cell.first);
        extremes.chain(first).for_each(|place| *place = place.in_log(log));
    }

    /// Adds up cells of one key, and widens the intervals as long as there are too many cells.
    pub(super) fn settle(&mut self) {
        self.add_up_and_widen();
        self.put_out_wasted();
    }

    /// The same but for the few that come late, which go on waiting: a clock that is wrong now and then would have all
    /// cells sorted each time. There are no more cells for that, so intervals are widened no sooner than with all.
    fn settle_what_is_in_time(&mut self) {
        let level = self.level;
        let mut late = self.take_late();
        self.add_up_and_widen();
        late.iter_mut().for_each(|cell| cell.interval >>= self.level - level);
        self.cells.append(&mut late);
        self.put_out_wasted();
    }

    /// Takes out the earliest of what is waiting, unless it comes in time.
    fn take_late(&mut self) -> Vec<Cell> {
        let (settled, waiting) = self.cells.split_at(self.sorted.min(self.cells.len()));
        let mut until = settled.last().map_or(i64::MIN, |cell| cell.interval);
        let mut late: Vec<i64> =
            waiting.iter().map(|cell| cell.interval).filter(|interval| *interval < until).collect();
        // Where the last is one of a far future, all are before it.
        if late.len() > LATE {
            until = *late.select_nth_unstable(LATE).1;
            let touched = settled.len() - settled.partition_point(|cell| cell.interval < until);
            // If most cells are gone through anyway, nothing need wait for the next time.
            if touched > settled.len() / 2 {
                return Vec::new();
            }
        }
        self.cells.extract_if(self.sorted.., |cell| cell.interval < until).collect()
    }

    fn add_up_and_widen(&mut self) {
        self.add_up();
        // Intervals twice as long are enough mostly, and to try it costs less than to find out.
        if self.cells.len() > MOST && self.level < WIDEST {
            self.widen_to(self.level + 1);
            self.add_up();
        }
        if self.cells.len() > MOST && self.level < WIDEST {
            let entries = self.cells.iter().map(|cell| ((cell.stream, cell.skeleton), cell.interval));
            self.widen_to(self.level + doublings(entries, MOST, WIDEST - self.level));
            self.add_up();
        }
    }

    fn add_up(&mut self) {
        if self.sorted == self.cells.len() {
            return;
        }
        let from = self.first_touched();
        // They come in the order of time, or nearly so.
        sort_by_interval(self.cells.get_mut(from..).unwrap_or_default());
        let (mut kept, mut at) = (from, from);
        let mut desk = Desk::default();
        while let Some(first) = self.cells.get(at) {
            let rest = self.cells.get(at..).unwrap_or_default();
            let length = rest.iter().take_while(|cell| cell.interval == first.interval).count();
            if length == 1 {
                self.cells.swap(kept, at);
                kept += 1;
            } else {
                self.wasted += desk.unite(rest.get(..length).unwrap_or_default(), &mut self.numbers);
                for (cell, into) in desk.united.iter().zip(self.cells.get_mut(kept..).unwrap_or_default()) {
                    *into = *cell;
                }
                kept += desk.united.len();
            }
            at += length;
        }
        self.cells.truncate(kept);
        self.sorted = self.cells.len();
    }

    /// Puts the numbers that are nobody's out of the list, when there are many.
    fn put_out_wasted(&mut self) {
        if self.wasted < WASTED || self.wasted * 2 < self.numbers.len() {
            return;
        }
        // Where numbers stand, and below it whose they are: cells are far apart in memory, so what is sorted is that.
        let places = self.cells.iter().zip(0u32..).filter(|(cell, _)| cell.numbers.count > 0);
        let mut order: Vec<u64> =
            places.map(|(cell, at)| u64::from(cell.numbers.start) << 32 | u64::from(at)).collect();
        order.sort_unstable();
        // No two cells share numbers, so those that stand further behind are moved over nobody's.
        let mut left = 0;
        for place in order {
            let Some(cell) = self.cells.get_mut(place as u32 as usize) else { continue };
            let range = cell.numbers.range();
            cell.numbers = Held::at(left, range.len());
            let end = left + range.len();
            self.numbers.copy_within(range, left);
            left = end;
        }
        self.numbers.truncate(left);
        self.wasted = 0;
    }

    /// The first cell that what is waiting may belong to. Time goes on, so that is mostly one of the last.
    fn first_touched(&self) -> usize {
        let (settled, waiting) = self.cells.split_at(self.sorted.min(self.cells.len()));
        let earliest = waiting.iter().map(|cell| cell.interval).min();
        earliest.map_or(settled.len(), |earliest| settled.partition_point(|cell| cell.interval < earliest))
    }

    /// Makes intervals 2^level seconds long, where they are shorter.
    pub fn widen(&mut self, level: u32) {
        self.widen_to(level.min(WIDEST));
        self.settle();
    }

    /// Makes intervals twice as long as long as there are more than so many of them or more than so many cells, but no
    /// longer than 2^longest seconds.
    pub fn widen_to_fit(&mut self, most: usize, cells: usize, longest: u32) {
        self.settle();
        while self.level < longest && (self.cells.len() > cells || self.intervals() > most) {
            self.widen(self.level + 1);
        }
    }

    fn intervals(&self) -> usize {
        self.cells.chunk_by(|one, other| one.interval == other.interval).count()
    }

    /// Whether intervals are that long already and nothing is waiting to be added up.
    pub(super) fn is_laid(&self, level: u32) -> bool {
        self.level == level && self.sorted == self.cells.len()
    }

    pub(super) fn widen_to(&mut self, level: u32) {
        let by = level.saturating_sub(self.level);
        if by > 0 {
            self.cells.iter_mut().for_each(|cell| cell.interval >>= by);
            (self.level, self.sorted) = (level, 0);
        }
    }

    /// Takes in everything of another. Streams of one name become one.
    pub fn absorb(&mut self, other: History) {
        self.append(other);
        self.settle();
    }

    /// The same; cells of one key wait until they are added up, unless they become many.
    fn append(&mut self, mut other: History) {
        let level = self.level.max(other.level);
        self.widen_to(level);
        other.widen_to(level);
        if self.cells.is_empty() && self.streams.is_empty() {
            *self = other;
            return self.unite_streams();
        }
        self.unite_streams();
        let place: Vec<u32> = other.streams.into_iter().map(|name| self.place_of_stream(name)).collect();
        for cell in &mut other.cells {
            cell.stream = place.get(cell.stream as usize).copied().unwrap_or(0);
        }
        let behind = self.numbers.len();
        other.cells.iter_mut().for_each(|cell| cell.numbers = cell.numbers.behind(behind));
        self.numbers.append(&mut other.numbers);
        self.wasted += other.wasted;
        self.cells.append(&mut other.cells);
        if self.cells.len() - self.sorted > WAITING {
            self.settle();
        }
    }

    /// The place of the stream of that name, which is made where there is none. No name may stand twice.
    fn place_of_stream(&mut self, name: String) -> u32 {
        let hash = FixedState::default().hash_one(name.as_str());
        let is_it = |at: &u32| self.streams.get(*at as usize).is_some_and(|known| *known == name);
        if let Some(at) = self.places.find(hash, is_it) {
            return *at;
        }
        let at = self.streams.len() as u32;
        self.streams.push(name);
        let streams = &self.streams;
        let hash_of =
            |at: &u32| FixedState::default().hash_one(streams.get(*at as usize).map_or("", String::as_str));
        self.places.insert_unique(hash, at, hash_of);
        at
    }

    /// Makes streams of one name one.
    fn unite_streams(&mut self) {
        if self.places.len() == self.streams.len() {
            return;
        }
        self.places.clear();
        let streams = std::mem::take(&mut self.streams);
        let count = streams.len();
        let place: Vec<u32> = streams.into_iter().map(|name| self.place_of_stream(name)).collect();
        if self.streams.len() < count {
            self.renumber(&place);
        }
    }

    fn renumber(&mut self, place: &[u32]) {
        for cell in &mut self.cells {
            cell.stream = place.get(cell.stream as usize).copied().unwrap_or(0);
        }
        self.sorted = 0;
    }

    /// Gives streams other names, where there is one for theirs. Streams of one name become one.
    pub fn rename(&mut self, names: &BTreeMap<String, String>) {
        for stream in &mut self.streams {
            if let Some(name) = names.get(stream) {
                stream.clone_from(name);
            }
        }
        self.places.clear();
        self.unite_streams();
        self.settle();
    }

    /// Puts streams into the order of their names, and forgets where the records stood: what a model keeps.
    pub fn settled(mut self) -> History {
        self.unite_streams();
        let mut order: Vec<u32> = (0..self.streams.len() as u32).collect();
        order.sort_by(|one, two| self.streams[*one as usize].cmp(&self.streams[*two as usize]));
        let mut place = vec![0; order.len()];
        order.iter().zip(0..).for_each(|(from, to)| place[*from as usize] = to);
        self.streams.sort();
        self.places.clear();
        self.renumber(&place);
        for cell in &mut self.cells {
            cell.first = Stood::NOWHERE;
        }
        for numbers in &mut self.numbers {
            (numbers.low_at, numbers.high_at) = (Stood::NOWHERE, Stood::NOWHERE);
        }
        self.settle();
        self
    }

    /// Keeps the latest intervals that have at most so many cells together, and forgets those before: a past that goes
    /// on for ever would make all intervals long.
    pub fn keep_latest(&mut self, most: usize) {
        self.settle();
        let Some(first) = self.cells.len().checked_sub(most).and_then(|at| self.cells.get(at)) else {
            return;
        };
        let whole = first.interval;
        let from = self.cells.partition_point(|cell| cell.interval <= whole);
        let wasted: usize = self.cells.drain(..from).map(|cell| cell.numbers.range().len()).sum();
        self.sorted = self.cells.len();
        self.wasted += wasted;
        self.put_out_wasted();
    }

    /// Writes it into a block of the model. It must be [`History::settled`].
    pub fn write(&self, block: &mut BlockWriter) {
        block.varint(u64::from(self.level));
        block.list(self.streams.iter(), |block, name| block.text(name));
        let mut last = 0;
        block.list(self.cells.iter(), |block, cell| {
            block.signed(cell.interval.wrapping_sub(last));
            last = cell.interval;
            block.varint(u64::from(cell.stream));
            block.u64(cell.skeleton.0);
            block.varint(cell.count);
            block.byte(cell.gravest.map_or(0, |level| level as u8 + 1));
            block.list(self.numbers_of(cell).iter(), |block, numbers| {
                block.byte(numbers.slot);
                block.varint(numbers.count);
                [numbers.low, numbers.high].into_iter().for_each(|number| block.f64(number));
            });
        });
    }

    /// Reads what [`History::write`] wrote.
    pub fn read(block: &mut BlockReader<'_>) -> Result<History, ModelError> {
        let offset = block.offset();
        let level = block.varint()?;
        let level = u32::try_from(level).ok().filter(|level| *level <= WIDEST).ok_or_else(|| {
            block.malformed("the length of intervals", offset, "2^0 to 2^20 seconds", level)
        })?;
        let streams = block.list("the number of streams", 1 << 20, 1, |block| {
            Ok(block.text("the name of a stream", 4096)?.to_owned())
        })?;
        let mut last = 0i64;
        let mut numbers = Vec::new();
        let cells = block.list("the number of cells", 1 << 24, 12, |block| {
            let cell = read_cell(block, last, streams.len(), &mut numbers)?;
            last = cell.interval;
            Ok(cell)
        })?;
        // A model is kept for long, and the list grew by doubling.
        numbers.shrink_to_fit();
        let mut history = History { level, streams, cells, numbers, ..History::default() };
        history.unite_streams();
        history.settle();
        Ok(history)
    }
}

/// Puts cells into the order of time; those of one interval stay in the order in which they come. A cell is large, so
/// what is sorted is the intervals, and then every cell is copied once: they are runs mostly, and copied as such. To move
/// them in their place would need no memory, but wait for it at each step.
fn sort_by_interval(cells: &mut [Cell]) {
    if cells.is_sorted_by_key(|cell| cell.interval) {
        return;
    }
    let mut order: Vec<(i64, u32)> = cells.iter().zip(0..).map(|(cell, at)| (cell.interval, at)).collect();
    // Logs that are read in turn make runs, which this sort finds.
    order.sort();
    let sorted: Vec<Cell> = order.iter().map(|(_, at)| cells[*at as usize]).collect();
    cells.copy_from_slice(&sorted);
}

/// Memory that is used again for every interval.
#[derive(Default)]
struct Desk {
    order: Vec<u128>,
    united: Vec<Cell>,
}

impl Desk {
    /// Puts the cells of an interval into the order of their keys and makes those of one key one. Says how many numbers
    /// of the list are nobody's from now on.
    fn unite(&mut self, cells: &[Cell], numbers: &mut Vec<Extremes>) -> usize {
        self.order.clear();
        self.united.clear();
        // A cell is large, so what is sorted is its key, with its place in the lowest bits.
        let ranked = cells.iter().zip(0u32..).map(|(cell, at)| {
            u128::from(cell.stream) << 96 | u128::from(cell.skeleton.0) << 32 | u128::from(at)
        });
        self.order.extend(ranked);
        self.order.sort();
        let mut wasted = 0;
        for cell in self.order.iter().filter_map(|ranked| cells.get(*ranked as u32 as usize)) {
            match self.united.last_mut() {
                Some(last) if last.skeleton == cell.skeleton && last.stream == cell.stream => {
                    wasted += last.absorb(cell, numbers);
                }
                _ => self.united.push(*cell),
            }
        }
        wasted
    }
}

/// Reads a cell, and its numbers into the list of all.
fn read_cell(
    block: &mut BlockReader<'_>,
    last: i64,
    streams: usize,
    list: &mut Vec<Extremes>,
) -> Result<Cell, ModelError> {
    let interval = last.wrapping_add(block.signed()?);
    let offset = block.offset();
    let stream = block.at_most("the number of a stream", streams.saturating_sub(1) as u64)? as u32;
    if streams == 0 {
        return Err(block.malformed("the stream of a cell", offset, "one of the list", "an empty list"));
    }
    let skeleton = SkeletonId(block.u64()?);
    let count = block.varint()?;
    let offset = block.offset();
    let gravest = match block.byte()? {
        0 => None,
        number => Some(
            Level::ALL
                .into_iter()
                .find(|level| *level as u8 + 1 == number)
                .ok_or_else(|| block.malformed("a level", offset, "0 to 8", number))?,
        ),
    };
    let numbers = block.list("the number of slots", 256, 18, read_numbers)?;
    let mut in_order = Vec::with_capacity(numbers.len());
    absorb_numbers(&mut in_order, &numbers);
    let numbers = Held::at(list.len(), in_order.len());
    list.append(&mut in_order);
    Ok(Cell { interval, stream, skeleton, count, gravest, first: Stood::NOWHERE, numbers })
}

fn read_numbers(block: &mut BlockReader<'_>) -> Result<Extremes, ModelError> {
    let (slot, count) = (block.byte()?, block.varint()?);
    let offset = block.offset();
    let (low, high) = (block.f64()?, block.f64()?);
    if !low.is_finite() || !high.is_finite() || low > high {
        let found = format!("{low} to {high}");
        return Err(block.malformed("the range of a slot", offset, "two numbers in order", found));
    }
    let (low, high) = (low + 0.0, high + 0.0);
    Ok(Extremes { slot, count, low, low_at: Stood::NOWHERE, high, high_at: Stood::NOWHERE })
}
