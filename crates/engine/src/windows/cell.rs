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

/// The smallest and the greatest number in a slot, and where they stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extremes {
    /// The slot, counted from 0.
    pub slot: u8,
    /// How many numbers.
    pub count: u64,
    /// The smallest.
    pub low: f64,
    /// Where it stands; nothing when it comes from a model.
    pub low_at: Option<Place>,
    /// The greatest.
    pub high: f64,
    /// Where it stands; nothing when it comes from a model.
    pub high_at: Option<Place>,
}

/// Records of one skeleton, one stream and one interval.
#[derive(Clone, Debug, PartialEq)]
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
    /// The first of them; nothing when it comes from a model.
    pub first: Option<Place>,
    /// Numbers in slots, in the order of the slots.
    pub numbers: Vec<Extremes>,
}

impl Extremes {
    /// One number, which must be finite.
    pub fn of(slot: u8, value: f64, place: Place) -> Extremes {
        // There are two zeros, and which of them was first must not matter.
        let value = value + 0.0;
        Extremes { slot, count: 1, low: value, low_at: Some(place), high: value, high_at: Some(place) }
    }

    /// Takes in others of the same slot. Of equal values the earlier place is kept, so the order does not matter.
    pub fn absorb(&mut self, other: &Extremes) {
        self.count = self.count.saturating_add(other.count);
        if (other.low, rank(other.low_at)) < (self.low, rank(self.low_at)) {
            (self.low, self.low_at) = (other.low, other.low_at);
        }
        if (-other.high, rank(other.high_at)) < (-self.high, rank(self.high_at)) {
            (self.high, self.high_at) = (other.high, other.high_at);
        }
    }
}

/// A known place comes before an unknown one.
fn rank(place: Option<Place>) -> (bool, Option<Place>) {
    (place.is_none(), place)
}

impl Cell {
    /// What orders cells and tells them apart.
    pub fn key(&self) -> (i64, u32, SkeletonId) {
        (self.interval, self.stream, self.skeleton)
    }

    /// Takes in another cell of the same key.
    pub fn absorb(&mut self, other: &Cell) {
        self.count = self.count.saturating_add(other.count);
        self.gravest = self.gravest.max(other.gravest);
        if rank(other.first) < rank(self.first) {
            self.first = other.first;
        }
        absorb_numbers(&mut self.numbers, &other.numbers);
    }
}

/// Takes in numbers of slots, in the order of the slots.
pub(super) fn absorb_numbers(ours: &mut Vec<Extremes>, theirs: &[Extremes]) {
    for other in theirs {
        match ours.binary_search_by_key(&other.slot, |extremes| extremes.slot) {
            Ok(at) => ours[at].absorb(other),
            Err(at) => {
                // Few slots hold numbers, and there are many cells: no room is left over.
                ours.reserve_exact(1);
                ours.insert(at, *other);
            }
        }
    }
}
