//! Counted hits in, those of a condition with their templates and intervals out.
//!
//! Many rules look at the same hits, so what is true of a hit for all of them is found once: its template, and
//! the cell of the timeline it belongs to.

use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::hits::{Hits, Sets};
use crate::templates::{SkeletonId, Templates};
use crate::windows::{Place, Timeline};

/// Hits of a condition that are counted together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    /// The stream, by its place in the timeline.
    pub(super) stream: u32,
    /// Whom they are counted apart by; 0 is everybody.
    pub(super) group: u32,
    /// The second at which their step of time begins.
    pub(super) second: i64,
    pub(super) count: u64,
    pub(super) first: Place,
    pub(super) last_line: u64,
    cell: u32,
}

/// All hits, by condition.
pub(super) struct SeenHits {
    all: Vec<Seen>,
    /// The hits of every set of conditions.
    of_set: Vec<Vec<u32>>,
    /// The sets of every condition, and whether it is counted apart there.
    sets: HashMap<u32, Vec<(u32, bool)>, FixedState>,
    pub(super) cells: Cells,
}

/// What fires together: at records of a template in an interval of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CellKey {
    pub(super) interval: i64,
    pub(super) stream: u32,
    pub(super) template: Option<u32>,
}

/// Adds up what fires together.
#[derive(Default)]
pub(super) struct Cells {
    keys: Vec<CellKey>,
    places: HashMap<CellKey, u32, FixedState>,
    sums: Vec<(u64, Place)>,
    touched: Vec<u32>,
}

impl SeenHits {
    /// `streams` are the places in the timeline of those that were heard; hits of others are left out.
    pub(super) fn of(
        hits: &Hits,
        sets: &Sets,
        streams: &[Option<u32>],
        timeline: &Timeline,
        templates: &Templates,
    ) -> SeenHits {
        let places: BTreeMap<u64, u32> =
            timeline.templates.iter().zip(0u32..).map(|(facts, at)| (facts.id.0, at)).collect();
        let mut of_skeleton: HashMap<SkeletonId, Option<u32>, FixedState> = HashMap::default();
        let mut template = |skeleton: SkeletonId| {
            *of_skeleton.entry(skeleton).or_insert_with(|| {
                templates.of(skeleton).and_then(|template| places.get(&template.id.0).copied())
            })
        };
        let mut all = SeenHits {
            all: Vec::with_capacity(hits.in_order().len()),
            of_set: vec![Vec::new(); sets.list().len()],
            sets: HashMap::default(),
            cells: Cells::default(),
        };
        for (key, hit) in hits.in_order() {
            let Some(stream) = streams.get(key.what.stream as usize).copied().flatten() else { continue };
            let second = key.step.saturating_mul(hits.seconds());
            let interval = second.div_euclid(timeline.seconds.max(1));
            let cell = CellKey { interval, stream, template: template(key.what.skeleton) };
            if let Some(of_set) = all.of_set.get_mut(key.what.set as usize) {
                of_set.push(all.all.len() as u32);
            }
            all.all.push(Seen {
                stream,
                group: key.what.group,
                second,
                count: hit.count,
                first: hit.first,
                last_line: hit.last_line,
                cell: all.cells.number(cell),
            });
        }
        for (set, number) in sets.list().iter().zip(0u32..) {
            for (condition, is_apart) in set {
                all.sets.entry(*condition).or_default().push((number, *is_apart));
            }
        }
        all
    }

    /// The hits of a condition. Those of a set stand in the order of time.
    pub(super) fn of_selector(&self, condition: u32) -> Vec<Seen> {
        let mut found = Vec::new();
        for (set, is_apart) in self.sets.get(&condition).into_iter().flatten() {
            let numbers = self.of_set.get(*set as usize).into_iter().flatten();
            let hits = numbers.filter_map(|number| self.all.get(*number as usize));
            found.extend(hits.map(|seen| Seen { group: if *is_apart { seen.group } else { 0 }, ..*seen }));
        }
        found
    }
}

impl Cells {
    fn number(&mut self, key: CellKey) -> u32 {
        *self.places.entry(key).or_insert_with(|| {
            self.keys.push(key);
            self.sums.push((0, Place::default()));
            self.keys.len() as u32 - 1
        })
    }

    /// Adds hits to their cell.
    pub(super) fn add(&mut self, seen: &Seen) {
        let Some(sum) = self.sums.get_mut(seen.cell as usize) else { return };
        if sum.0 == 0 {
            self.touched.push(seen.cell);
            sum.1 = seen.first;
        }
        *sum = (sum.0 + seen.count, sum.1.min(seen.first));
    }

    /// What was added up, with the first place of each. Then nothing is.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (CellKey, u64, Place)> + '_ {
        let (keys, sums) = (&self.keys, &mut self.sums);
        self.touched.drain(..).filter_map(move |cell| {
            let (count, first) = std::mem::take(sums.get_mut(cell as usize)?);
            Some((*keys.get(cell as usize)?, count, first))
        })
    }
}
