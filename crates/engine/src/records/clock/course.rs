//! A time in; does it go on, come late, or cannot be?
//!
//! How late records of a stream usually are is learned: lateness is counted by its number of bits, and the bound
//! follows the counts. A single stamp far from all others is not believed, several in a row that agree are.

use super::SECOND;

const TEN_YEARS: u64 = 3653 * 86_400 * SECOND as u64;

/// Two far stamps less than a year apart speak for each other.
const ONE_YEAR: u64 = 366 * 86_400 * SECOND as u64;

/// So many far stamps in a row are believed.
const BELIEVED: u32 = 3;

/// After so many unusually late records in a row, the clock was put back.
const PUT_BACK: u32 = 8;

/// Lateness up to about a second, as clocks of whole seconds have it, is always usual.
const FIRST_BOUND: usize = 30;

/// Where a time lies in the course of its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    InOrder,
    OutOfOrder,
    Impossible,
}

/// What was seen of a stream's times.
#[derive(Clone, Debug)]
pub(super) struct Course {
    started: bool,
    latest: i64,
    earliest: i64,
    records: u64,
    /// Late records by the number of bits that their lateness has.
    late: [u64; 65],
    late_in_all: u64,
    bound: usize,
    late_in_a_row: u32,
    far: Option<(i64, u32)>,
}

impl Default for Course {
    fn default() -> Course {
        Course {
            started: false,
            latest: i64::MAX,
            earliest: i64::MAX,
            records: 0,
            late: [0; 65],
            late_in_all: 0,
            bound: FIRST_BOUND,
            late_in_a_row: 0,
            far: None,
        }
    }
}

impl Course {
    pub(super) fn latest(&self) -> Option<i64> {
        self.started.then_some(self.latest)
    }

    #[inline]
    pub(super) fn latest_second(&self) -> Option<i64> {
        self.started.then_some(self.latest.div_euclid(SECOND))
    }

    /// Takes in the next time and says where it lies.
    #[inline]
    pub(super) fn place(&mut self, time: i64) -> Place {
        self.records += 1;
        if time >= self.latest && time.abs_diff(self.latest) < TEN_YEARS {
            self.latest = time;
            self.late_in_a_row = 0;
            self.far = None;
            return Place::InOrder;
        }
        self.place_unusual(time)
    }

    #[inline(never)]
    fn place_unusual(&mut self, time: i64) -> Place {
        if !self.started {
            self.started = true;
            self.move_to(time);
            return Place::InOrder;
        }
        if time.abs_diff(self.latest).min(time.abs_diff(self.earliest)) >= TEN_YEARS {
            return self.place_far(time);
        }
        self.far = None;
        if time > self.latest {
            self.latest = time;
            return Place::InOrder;
        }
        self.earliest = self.earliest.min(time);
        self.place_late(time)
    }

    fn place_far(&mut self, time: i64) -> Place {
        let before = self.far.filter(|(far, _)| far.abs_diff(time) < ONE_YEAR).map_or(0, |(_, count)| count);
        self.far = Some((time, before + 1));
        if before + 1 < BELIEVED {
            return Place::Impossible;
        }
        self.move_to(time);
        Place::InOrder
    }

    fn move_to(&mut self, time: i64) {
        self.latest = time;
        self.earliest = time;
        self.far = None;
        self.late_in_a_row = 0;
    }

    fn place_late(&mut self, time: i64) -> Place {
        let bits = (u64::BITS - time.abs_diff(self.latest).leading_zeros()) as usize;
        if let Some(count) = self.late.get_mut(bits) {
            *count += 1;
        }
        self.late_in_all += 1;
        if self.late_in_all.is_multiple_of(16) {
            self.learn_bound();
        }
        if bits <= self.bound {
            return Place::InOrder;
        }
        self.late_in_a_row += 1;
        if self.late_in_a_row >= PUT_BACK {
            self.latest = time;
            self.late_in_a_row = 0;
        }
        Place::OutOfOrder
    }

    /// Usual is what all but one in a hundred records stay within.
    fn learn_bound(&mut self) {
        let mut beyond = 0;
        let tail = self.late.iter().enumerate().rev().find(|(_, count)| {
            beyond += **count;
            beyond * 100 > self.records
        });
        self.bound = tail.map_or(0, |(bits, _)| bits).max(FIRST_BOUND);
    }
}
