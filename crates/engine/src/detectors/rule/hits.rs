//! What rules heard, counted: by what was heard, stream, shape of the message and time.
//!
//! A log of a million bad lines must not need a million entries, so hits are counted in steps of time that are as
//! short as memory allows, as cells are: when there are too many entries, steps become twice as long. Conditions that
//! hold together are counted together, as a set, since a bad line mostly concerns several rules.
//!
//! Nearly all records fall into the step of the one before. Its entries are open; when another step begins, they go
//! to a list that is sorted by time already. What comes late is added up when the list is put in order. Counts and
//! first places merge in any order.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::templates::SkeletonId;
use crate::windows::{Place, doublings};

/// Entries at most,
const MOST: usize = 1 << 16;
/// and so many more may wait until they are put in order.
const WAITING: usize = MOST / 4;
/// Steps are no longer than 2^12 seconds, as long as that is told who is counted apart,
const WIDEST: u32 = 12;
/// and at most so long when it is not.
const FARTHEST: u32 = 40;
/// Open entries that are found without a search, and how many there may be.
const RECENT: usize = 1 << 9;
const OPEN: usize = 1 << 12;
/// Sets of several conditions at most.
const SETS: usize = 1 << 16;

/// A condition, and whether it is counted apart.
pub(super) type Counted = (u32, bool);

/// Conditions that are counted together, by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Sets {
    list: Vec<Vec<Counted>>,
    places: HashMap<Vec<Counted>, u32, FixedState>,
}

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HitKey {
    /// The step of time at which it is counted.
    pub(super) step: i64,
    pub(super) what: What,
}

/// The same without its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct What {
    pub(super) stream: u32,
    /// The conditions, by the number of their set.
    pub(super) set: u32,
    /// Whom it is counted apart by; 0 is everybody.
    pub(super) group: u32,
    pub(super) skeleton: SkeletonId,
}

/// How often, and where first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) count: u64,
    pub(super) first: Place,
    pub(super) last_line: u64,
}

/// Counts hits.
#[derive(Clone, Debug, Default)]
pub(super) struct Hits {
    /// Steps have 2^level seconds.
    level: u32,
    /// Who is counted apart is no longer told: there were too many.
    is_crowded: bool,
    /// Sorted and unique up to `sorted`.
    closed: Vec<(HitKey, Hit)>,
    sorted: usize,
    /// The step at hand, and its entries. One may be there twice.
    step: i64,
    open: Vec<(What, Hit)>,
    /// Places among them, by hash.
    recent: Vec<u16>,
}

impl Sets {
    /// The number of a set, or those of its conditions where there are too many sets.
    pub(super) fn numbers(&mut self, set: &[Counted]) -> Vec<u32> {
        if let Some(known) = self.places.get(set) {
            return vec![*known];
        }
        if self.list.len() < SETS || set.len() <= 1 {
            return vec![self.add(set.to_vec())];
        }
        set.iter().flat_map(|one| self.numbers(&[*one])).collect()
    }

    fn add(&mut self, set: Vec<Counted>) -> u32 {
        let number = self.list.len() as u32;
        self.list.push(set.clone());
        self.places.insert(set, number);
        number
    }

    /// All of them, in the order of their numbers.
    pub(super) fn list(&self) -> &[Vec<Counted>] {
        &self.list
    }
}

impl Hits {
    /// Counts a hit at that second.
    #[inline]
    pub(super) fn add(&mut self, second: i64, what: What, hit: Hit) {
        let step = second >> self.level;
        if step != self.step || self.open.len() >= OPEN {
            self.turn(second);
        }
        let what = if self.is_crowded { What { group: 0, ..what } } else { what };
        let slot = what.place() as usize % RECENT;
        let at = self.recent.get(slot).copied().unwrap_or(u16::MAX);
        match self.open.get_mut(usize::from(at)) {
            Some((known, sum)) if *known == what => sum.absorb(hit),
            _ => self.begin(slot, what, hit),
        }
    }

    fn begin(&mut self, slot: usize, what: What, hit: Hit) {
        if self.recent.is_empty() {
            self.recent = vec![u16::MAX; RECENT];
        }
        if let Some(at) = self.recent.get_mut(slot) {
            *at = self.open.len() as u16;
        }
        self.open.push((what, hit));
    }

    /// Another step begins.
    fn turn(&mut self, second: i64) {
        self.close();
        self.step = second >> self.level;
    }

    /// Puts what is open into the list.
    fn close(&mut self) {
        if self.open.len() > 1 {
            self.open.sort_unstable_by_key(|(what, _)| *what);
        }
        let step = self.step;
        self.closed.extend(self.open.drain(..).map(|(what, hit)| (HitKey { step, what }, hit)));
        if self.closed.len() > MOST + WAITING {
            self.settle();
        }
    }

    /// Adds up entries of one key, and makes steps longer as long as there are too many.
    fn settle(&mut self) {
        self.add_up();
        while self.closed.len() > MOST && self.coarsen() {}
    }

    fn add_up(&mut self) {
        let touched =
            self.closed.get(self.sorted..).unwrap_or_default().iter().map(|(key, _)| key.step).min();
        let Some(earliest) = touched else { return };
        let settled = self.closed.get(..self.sorted).unwrap_or_default();
        let from = settled.partition_point(|(key, _)| key.step < earliest);
        // Nearly all of it is in order already, which this sort sees.
        self.closed.get_mut(from..).unwrap_or_default().sort_by_key(|(key, _)| *key);
        self.unite(from);
    }

    /// Makes entries of one key that stand side by side one, from a place on.
    fn unite(&mut self, from: usize) {
        let mut last = from;
        for at in from + 1..self.closed.len() {
            let (front, rest) = self.closed.split_at_mut(at);
            let (Some(kept), Some(entry)) = (front.get_mut(last), rest.first()) else { break };
            if kept.0 == entry.0 {
                kept.1.absorb(entry.1);
            } else {
                last += 1;
                if last < at
                    && let Some(place) = front.get_mut(last)
                {
                    *place = *entry;
                }
            }
        }
        self.closed.truncate(last + 1);
        self.sorted = self.closed.len();
    }

    /// Makes steps longer, and forgets who it was when they are long. Says whether that was possible.
    fn coarsen(&mut self) -> bool {
        match (self.level, self.is_crowded) {
            (..WIDEST, _) => self.lengthen_until(WIDEST),
            (_, false) => self.crowd(),
            (..FARTHEST, true) => self.lengthen_until(FARTHEST),
            (_, true) => return false,
        }
        true
    }

    /// Steps become as long as they must be, but not longer than that.
    fn lengthen_until(&mut self, longest: u32) {
        // Twice as long is enough mostly, and to try it costs less than to find out.
        self.lengthen(self.level + 1);
        if self.closed.len() <= MOST || self.level >= longest {
            return;
        }
        let entries = self.closed.iter().map(|(key, _)| (key.what, key.step));
        self.lengthen(self.level + doublings(entries, MOST, longest - self.level));
    }

    /// Steps of time become so long. The list is in the order of time before and after, so only what falls into one
    /// step is sorted.
    fn lengthen(&mut self, level: u32) {
        let by = level.saturating_sub(self.level);
        if by == 0 {
            return;
        }
        self.level = level;
        self.step >>= by;
        self.closed.iter_mut().for_each(|(key, _)| key.step >>= by);
        self.sort_steps();
        self.unite(0);
    }

    fn crowd(&mut self) {
        self.is_crowded = true;
        self.closed.iter_mut().for_each(|(key, _)| key.what.group = 0);
        self.open.iter_mut().for_each(|(what, _)| what.group = 0);
        self.sort_steps();
        self.unite(0);
    }

    fn sort_steps(&mut self) {
        for step in self.closed.chunk_by_mut(|(one, _), (other, _)| one.step == other.step) {
            if step.len() > 1 {
                step.sort_by_key(|(key, _)| key.what);
            }
        }
    }

    /// Whatever came before the first time is as old as that.
    pub(super) fn move_all(&mut self, second: i64) {
        self.close();
        self.step = second >> self.level;
        let step = self.step;
        self.closed.iter_mut().for_each(|(key, _)| key.step = step);
        self.sorted = 0;
        self.settle();
    }

    /// The same of the log with that number.
    pub(super) fn in_log(self, log: u32) -> Hits {
        let mut all = self.finished();
        all.closed.iter_mut().for_each(|(_, hit)| hit.first.log = log);
        all
    }

    /// Takes in those of another log. Its streams and sets go by other numbers here.
    pub(super) fn absorb(&mut self, other: Hits, log: u32, rename: impl Fn(What, &mut dyn FnMut(What))) {
        let mut other = other.finished();
        self.close();
        self.settle();
        let level = self.level.max(other.level);
        self.lengthen(level);
        other.lengthen(level);
        if other.is_crowded && !self.is_crowded {
            self.crowd();
        }
        for (key, mut hit) in other.closed {
            hit.first.log = log;
            let group = if self.is_crowded { 0 } else { key.what.group };
            rename(What { group, ..key.what }, &mut |what| {
                self.closed.push((HitKey { step: key.step, what }, hit));
            });
        }
        self.settle();
    }

    /// All is counted.
    pub(super) fn finished(mut self) -> Hits {
        self.close();
        self.settle();
        self
    }

    /// All of them, in the order of their keys, where all is counted.
    pub(super) fn in_order(&self) -> &[(HitKey, Hit)] {
        &self.closed
    }

    /// Seconds in a step of time.
    pub(super) fn seconds(&self) -> i64 {
        1 << self.level
    }
}

impl What {
    /// Skeleton ids are hashes already.
    #[inline]
    fn place(&self) -> u64 {
        let rest = u64::from(self.stream) << 40 ^ u64::from(self.set) << 32 ^ u64::from(self.group);
        (self.skeleton.0 ^ rest).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40
    }
}

impl Hit {
    fn absorb(&mut self, other: Hit) {
        self.count = self.count.saturating_add(other.count);
        self.first = self.first.min(other.first);
        self.last_line = self.last_line.max(other.last_line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(line: u64) -> Hit {
        Hit { count: 1, first: Place { log: 0, line, offset: line }, last_line: line }
    }

    fn what(group: u32) -> What {
        What { stream: 0, set: 0, group, skeleton: SkeletonId(1) }
    }

    fn sum(hits: &Hits) -> u64 {
        hits.in_order().iter().map(|(_, hit)| hit.count).sum()
    }

    #[test]
    fn memory_is_bounded_and_nothing_is_lost() {
        let many = MOST as i64 * 3;
        for (each, groups) in [(7, u32::MAX), (0, u32::MAX), (9000, 1)] {
            let mut hits = Hits::default();
            (0..many).for_each(|at| {
                hits.add(at * each, what(at as u32 & groups), hit(at as u64));
                assert!(hits.closed.len() <= MOST + WAITING + OPEN && hits.open.len() <= OPEN);
            });
            let all = hits.finished();
            assert!(all.in_order().len() <= MOST && all.seconds() > 1, "{each} {groups}");
            assert_eq!(sum(&all), many as u64);
        }
    }

    #[test]
    fn order_does_not_matter() {
        let many = MOST as i64 + 1000;
        let (mut one, mut other) = (Hits::default(), Hits::default());
        let add = |hits: &mut Hits, at: i64| hits.add(at / 3, what(at as u32 % 5), hit(at as u64));
        (0..many).for_each(|at| add(&mut one, at));
        (0..many).rev().for_each(|at| add(&mut other, at));
        let (one, other) = (one.finished(), other.finished());
        assert_eq!(one.in_order(), other.in_order());
        assert_eq!(one.level, other.level);
    }

    #[test]
    fn logs_are_added_up() {
        let mut one = Hits::default();
        (0..100).for_each(|at| one.add(at, what(1), hit(at as u64)));
        let mut both = Hits::default();
        for log in [3, 4] {
            let rename = |what: What, put: &mut dyn FnMut(What)| put(What { stream: 5, ..what });
            both.absorb(one.clone(), log, rename);
        }
        let all = both.in_order();
        assert!(all.iter().all(|(key, hit)| key.what.stream == 5 && hit.first.log == 3 && hit.count == 2));
        assert_eq!(all.len(), 100);
    }

    #[test]
    fn the_first_log_may_be_taken_as_it_is() {
        for many in [0, 100, MOST as i64 * 2] {
            let mut one = Hits::default();
            (0..many).for_each(|at| one.add(at / 2, what(at as u32 % 5), hit(at as u64)));
            let mut absorbed = Hits::default();
            absorbed.absorb(one.clone(), 3, |what, put| put(what));
            let taken = one.in_log(3);
            assert_eq!((taken.in_order(), taken.level), (absorbed.in_order(), absorbed.level));
            assert!(taken.in_order().iter().all(|(_, hit)| hit.first.log == 3));
        }
    }

    #[test]
    fn what_came_before_the_first_time_is_as_old_as_that() {
        let mut hits = Hits::default();
        (0..10).for_each(|at| hits.add(at, what(1), hit(at as u64)));
        hits.move_all(1000);
        hits.add(1000, what(1), hit(10));
        let all = hits.finished();
        assert_eq!(
            all.in_order().iter().map(|(key, hit)| (key.step, hit.count)).collect::<Vec<_>>(),
            [(1000, 11)]
        );
    }

    #[test]
    fn too_many_sets_are_counted_one_by_one() {
        let mut sets = Sets::default();
        (0..SETS as u32).for_each(|at| drop(sets.numbers(&[(at, false), (at + 1, true)])));
        let numbers = sets.numbers(&[(7, true), (9, false)]);
        let alone: Vec<&[Counted]> = numbers.iter().map(|number| &*sets.list()[*number as usize]).collect();
        assert_eq!(alone, [[(7, true)], [(9, false)]]);
        assert_eq!(sets.numbers(&[(0, false), (1, true)]), [0]);
    }
}
