//! What is counted of one skeleton in one stream and one interval.

use crate::records::level::Level;
use crate::templates::SkeletonId;

/// Where a record stands: the log, counted in the order of the plan, and its line and byte there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The log.
    pub log: u32,
    /// The first line, counted from 1.
    pub line: u64,
    /// The byte at which that line begins.
    pub offset: u64,
}

/// A place, if it is known, in sixteen bytes: there are very many of them, and memory is what they cost. What is not
/// known comes after all that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stood {
    /// The log, and below it the line.
    line: u64,
    offset: u64,
}

/// The bits of a line: a log of more lines would be thousands of gigabytes long.
const LINE: u32 = 40;

impl Stood {
    /// It is not known where.
    pub const NOWHERE: Stood = Stood { line: u64::MAX, offset: u64::MAX };

    /// It is known where.
    #[inline]
    pub fn at(place: Place) -> Stood {
        Stood { line: u64::from(place.log) << LINE | place.line & ((1 << LINE) - 1), offset: place.offset }
    }

    /// Where.
    pub fn place(self) -> Option<Place> {
        let place = Place {
            log: (self.line >> LINE) as u32,
            line: self.line & ((1 << LINE) - 1),
            offset: self.offset,
        };
        (self != Stood::NOWHERE).then_some(place)
    }

    /// The same in the log of that number.
    pub(super) fn in_log(self, log: u32) -> Stood {
        self.place().map_or(Stood::NOWHERE, |place| Stood::at(Place { log, ..place }))
    }
}

/// The smallest and the greatest number in a slot, and where they stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extremes {
    /// The slot, counted from 0.
    pub slot: u8,
    /// How many numbers.
    pub count: u64,
    /// The smallest.
    pub low: f64,
    /// Where it stands; not known when it comes from a model.
    pub low_at: Stood,
    /// The greatest.
    pub high: f64,
    /// Where it stands; not known when it comes from a model.
    pub high_at: Stood,
}

/// Records of one skeleton, one stream and one interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// The interval: seconds since 1970 divided by its length.
    pub interval: i64,
    /// The stream, by its place in the list of streams.
    pub stream: u32,
    /// The skeleton.
    pub skeleton: SkeletonId,
    /// How many records.
    pub count: u64,
    /// The gravest level among them.
    pub gravest: Option<Level>,
    /// The first of them; not known when it comes from a model.
    pub first: Stood,
    /// Where the numbers in its slots stand among those of its history.
    pub(super) numbers: Held,
}

/// Numbers of one cell, in the order of their slots: so many of a common list, from there on. There are very many
/// cells, and most of them have a number or two, which would be a piece of memory for each.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Held {
    pub(super) start: u32,
    pub(super) count: u16,
}

impl Held {
    /// What is added to a list from that place on.
    pub(super) fn at(start: usize, count: usize) -> Held {
        // A list of so many numbers would fill hundreds of gigabytes, and a slot is a byte.
        Held { start: start as u32, count: count as u16 }
    }

    /// The same where so many others stand before the list.
    pub(super) fn behind(self, others: usize) -> Held {
        Held::at(self.start as usize + others, usize::from(self.count))
    }

    pub(super) fn range(self) -> std::ops::Range<usize> {
        let start = self.start as usize;
        start..start + usize::from(self.count)
    }
}

impl Extremes {
    /// One number, which must be finite.
    pub fn of(slot: u8, value: f64, place: Place) -> Extremes {
        // There are two zeros, and which of them was first must not matter.
        let value = value + 0.0;
        let place = Stood::at(place);
        Extremes { slot, count: 1, low: value, low_at: place, high: value, high_at: place }
    }

    /// Takes in a number, which must be finite, of a record that stands there.
    #[inline]
    pub(super) fn add(&mut self, value: f64, place: Place) {
        let (value, place) = (value + 0.0, Stood::at(place));
        self.count = self.count.saturating_add(1);
        if value < self.low || value == self.low && place < self.low_at {
            (self.low, self.low_at) = (value, place);
        }
        if value > self.high || value == self.high && place < self.high_at {
            (self.high, self.high_at) = (value, place);
        }
    }

    /// Takes in others of the same slot. Of equal values the earlier place is kept, so the order does not matter.
    pub fn absorb(&mut self, other: &Extremes) {
        self.count = self.count.saturating_add(other.count);
        if (other.low, other.low_at) < (self.low, self.low_at) {
            (self.low, self.low_at) = (other.low, other.low_at);
        }
        if (-other.high, other.high_at) < (-self.high, self.high_at) {
            (self.high, self.high_at) = (other.high, other.high_at);
        }
    }
}

impl Cell {
    /// What orders cells and tells them apart.
    pub fn key(&self) -> (i64, u32, SkeletonId) {
        (self.interval, self.stream, self.skeleton)
    }

    /// Takes in another cell of the same key, whose numbers stand in the same list. Says how many of the list are
    /// nobody's from now on.
    pub(super) fn absorb(&mut self, other: &Cell, list: &mut Vec<Extremes>) -> usize {
        self.count = self.count.saturating_add(other.count);
        self.gravest = self.gravest.max(other.gravest);
        self.first = self.first.min(other.first);
        if self.numbers.count == 0 {
            self.numbers = other.numbers;
            return 0;
        }
        if absorb_in_place(list, self.numbers, other.numbers) {
            return usize::from(other.numbers.count);
        }
        let before = usize::from(self.numbers.count) + usize::from(other.numbers.count);
        let mut all = list.get(self.numbers.range()).unwrap_or_default().to_vec();
        absorb_numbers(&mut all, list.get(other.numbers.range()).unwrap_or_default());
        self.numbers = Held::at(list.len(), all.len());
        list.append(&mut all);
        before
    }
}

/// Takes in numbers of slots that are all known. Says whether they were.
fn absorb_in_place(list: &mut [Extremes], ours: Held, theirs: Held) -> bool {
    let slots = |held: Held| list.get(held.range()).unwrap_or_default().iter().map(|extremes| extremes.slot);
    let mut known = slots(ours);
    if !slots(theirs).all(|slot| known.any(|ours| ours == slot)) {
        return false;
    }
    let mut at = ours.range();
    for their in theirs.range() {
        let Some(other) = list.get(their).copied() else { return true };
        let is_it = |at: &usize| list.get(*at).is_some_and(|extremes| extremes.slot == other.slot);
        let Some(own) = at.find(is_it).and_then(|at| list.get_mut(at)) else { return true };
        own.absorb(&other);
    }
    true
}

/// Takes in numbers of slots, in the order of the slots.
pub(super) fn absorb_numbers(ours: &mut Vec<Extremes>, theirs: &[Extremes]) {
    for other in theirs {
        match ours.binary_search_by_key(&other.slot, |extremes| extremes.slot) {
            Ok(at) => ours[at].absorb(other),
            Err(at) => ours.insert(at, *other),
        }
    }
}
