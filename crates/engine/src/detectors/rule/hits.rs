//! What rules heard, counted: by condition, stream, shape of the message and time.
//!
//! A log of a million bad lines must not need a million entries, so hits are counted in steps of time that are as
//! short as memory allows, as cells are: when there are too many entries, steps become twice as long. Counts and first
//! places merge in any order.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::templates::SkeletonId;
use crate::windows::Place;

/// Entries at most.
const MOST: usize = 1 << 17;
/// Steps are no longer than 2^12 seconds.
const WIDEST: u32 = 12;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct HitKey {
    pub(super) selector: u32,
    pub(super) stream: u32,
    /// Whom it is counted apart by; 0 is everybody.
    pub(super) group: u32,
    /// The second at which the step of time begins.
    pub(super) second: i64,
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
    level: u32,
    /// Who is counted apart is no longer told: there were too many.
    is_crowded: bool,
    counted: HashMap<HitKey, Hit, FixedState>,
}

impl Hits {
    pub(super) fn add(&mut self, key: HitKey, hit: Hit) {
        let key = self.key(key);
        match self.counted.get_mut(&key) {
            Some(known) => known.absorb(hit),
            None => {
                self.counted.insert(key, hit);
                while self.counted.len() > MOST && self.coarsen() {}
            }
        }
    }

    fn key(&self, key: HitKey) -> HitKey {
        let second = (key.second >> self.level) << self.level;
        HitKey { second, group: if self.is_crowded { 0 } else { key.group }, ..key }
    }

    /// Makes steps longer, and forgets who it was when they are as long as they get. Says whether that was possible.
    fn coarsen(&mut self) -> bool {
        match (self.level < WIDEST, self.is_crowded) {
            (true, _) => self.level += 1,
            (false, false) => self.is_crowded = true,
            (false, true) => return false,
        }
        self.again(|key| key);
        true
    }

    /// Counts everything again under other keys.
    fn again(&mut self, rename: impl Fn(HitKey) -> HitKey) {
        for (key, hit) in std::mem::take(&mut self.counted) {
            let key = self.key(rename(key));
            match self.counted.get_mut(&key) {
                Some(known) => known.absorb(hit),
                None => drop(self.counted.insert(key, hit)),
            }
        }
    }

    /// Whatever came before the first time is as old as that.
    pub(super) fn move_all(&mut self, second: i64) {
        self.again(|key| HitKey { second, ..key });
    }

    /// Takes in those of another log. Its streams go by other numbers here.
    pub(super) fn absorb(&mut self, other: Hits, log: u32, stream: impl Fn(u32) -> u32) {
        self.is_crowded |= other.is_crowded;
        if other.level > self.level {
            self.level = other.level;
        }
        self.again(|key| key);
        for (key, mut hit) in other.counted {
            hit.first.log = log;
            let key = self.key(HitKey { stream: stream(key.stream), ..key });
            match self.counted.get_mut(&key) {
                Some(known) => known.absorb(hit),
                None => drop(self.counted.insert(key, hit)),
            }
        }
        while self.counted.len() > MOST && self.coarsen() {}
    }

    /// All of them, in the order of their keys.
    pub(super) fn in_order(&self) -> Vec<(HitKey, Hit)> {
        let mut all: Vec<(HitKey, Hit)> = self.counted.iter().map(|(key, hit)| (*key, *hit)).collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all
    }

    /// Seconds in a step of time.
    pub(super) fn step(&self) -> i64 {
        1 << self.level
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

    fn key(group: u32, second: i64) -> HitKey {
        HitKey { selector: 0, stream: 0, group, second, skeleton: SkeletonId(1) }
    }

    #[test]
    fn memory_is_bounded_and_nothing_is_lost() {
        let mut hits = Hits::default();
        let many = MOST as i64 * 3;
        (0..many).for_each(|at| hits.add(key(at as u32 | 1, at * 7), hit(at as u64)));
        assert!(hits.counted.len() <= MOST && hits.step() > 1);
        let all = hits.in_order();
        assert_eq!(all.iter().map(|(_, hit)| hit.count).sum::<u64>(), many as u64);
    }

    #[test]
    fn order_does_not_matter() {
        let (mut one, mut other) = (Hits::default(), Hits::default());
        (0..100).for_each(|at| one.add(key(1, at), hit(at as u64)));
        (0..100).rev().for_each(|at| other.add(key(1, at), hit(at as u64)));
        assert_eq!(one.in_order(), other.in_order());
        let mut both = Hits::default();
        both.absorb(one, 3, |stream| stream + 5);
        let all = both.in_order();
        assert!(all.iter().all(|(key, hit)| key.stream == 5 && hit.first.log == 3));
    }
}
