//! How often each event occurs in a session, against the nearest known session: `session-shape`.
//!
//! Counts are compared on a logarithmic scale, each against how much it varies, so that 400 in place of 380 is
//! little and 2 in place of 0 is much. The distance is the sum over all events, for each kind of event that the
//! session has: a session of many kinds has more ways to differ, and would otherwise always be the stranger.

use std::collections::BTreeMap;

use super::SessionFact;
use super::learned::LearnedSessions;
use crate::sketches::mix;

/// The name of this detector.
pub(super) const KIND: &str = "session-shape";

/// Events that hardly ever vary would otherwise weigh without bound.
const LEAST_DEVIATION: f64 = 0.2;
/// How many shapes are compared with; those of most sessions are taken.
const MOST_PROTOTYPES: usize = 4096;
/// Who is farther away than this adds nothing to a density that a number of 64 bits could show.
const FAR: f64 = 60.0;

/// How often each event occurs, by event.
pub(super) type Counts = Vec<(u32, u32)>;

/// A known shape.
#[derive(Clone, Debug)]
struct Prototype {
    counts: Counts,
    /// The logarithm of each count, in deviations.
    weights: Vec<(u32, f64)>,
    /// The sum of the weights.
    mass: f64,
    sessions: u64,
}

/// The shapes of the learned sessions.
///
/// The distance of two shapes is their masses less twice what they share, so it is enough to look at the events
/// that the session has, and at the prototypes that have them.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    deviations: BTreeMap<u32, f64>,
    known: BTreeMap<Counts, u64>,
    prototypes: Vec<Prototype>,
    /// For each event the prototypes that have it, with its weight there.
    having: BTreeMap<u32, Vec<(usize, f64)>>,
}

/// A known shape that is like a session, and how far it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nearest<'a> {
    pub(super) distance: f64,
    pub(super) counts: &'a Counts,
    pub(super) sessions: u64,
}

impl Shape {
    /// The shapes of what was learned.
    pub(super) fn of(learned: &LearnedSessions) -> Shape {
        let mut shape = Shape::default();
        for held in learned.sequences() {
            let sessions = shape.known.entry(counts(&held.events)).or_default();
            *sessions = sessions.saturating_add(held.sessions);
        }
        shape.deviations = deviations(&shape.known);
        let mut most: Vec<(&Counts, u64)> =
            shape.known.iter().map(|(counts, sessions)| (counts, *sessions)).collect();
        most.sort_by_cached_key(|(counts, sessions)| (std::cmp::Reverse(*sessions), hash(counts)));
        most.truncate(MOST_PROTOTYPES);
        let prototypes = most.into_iter().map(|(counts, sessions)| shape.prototype(counts, sessions));
        shape.prototypes = prototypes.collect();
        for (idx, prototype) in shape.prototypes.iter().enumerate() {
            for (event, weight) in &prototype.weights {
                shape.having.entry(*event).or_default().push((idx, *weight));
            }
        }
        shape
    }

    fn prototype(&self, counts: &Counts, sessions: u64) -> Prototype {
        let weights: Vec<(u32, f64)> =
            counts.iter().map(|(event, count)| (*event, self.weight(*event, *count))).collect();
        let mass = weights.iter().map(|(_, weight)| weight).sum();
        Prototype { counts: counts.clone(), weights, mass, sessions }
    }

    fn weight(&self, event: u32, count: u32) -> f64 {
        f64::from(count).ln_1p() / self.deviations.get(&event).copied().unwrap_or(LEAST_DEVIATION)
    }

    /// How far a session is from the known one that is most like it.
    pub(super) fn score(&self, counts: &Counts, nearest: Option<Nearest<'_>>) -> f64 {
        let distance = nearest.map(|nearest| nearest.distance);
        distance.unwrap_or_else(|| self.prototype(counts, 0).mass) / kinds(counts)
    }

    /// The score of a learned session, had it not been learned.
    pub(super) fn held_out(&self, counts: &Counts) -> f64 {
        if self.known.get(counts).is_some_and(|sessions| *sessions > 1) {
            return 0.0;
        }
        self.score(counts, self.search(counts, true))
    }

    /// The known shape that is most like a session.
    pub(super) fn nearest(&self, counts: &Counts) -> Option<Nearest<'_>> {
        match self.known.get_key_value(counts) {
            Some((counts, sessions)) => Some(Nearest { distance: 0.0, counts, sessions: *sessions }),
            None => self.search(counts, false),
        }
    }

    fn search(&self, counts: &Counts, without_itself: bool) -> Option<Nearest<'_>> {
        let seen = self.prototype(counts, 0);
        let distances = self.distances(&seen);
        let others = self.prototypes.iter().zip(distances);
        let others = others.filter(|(prototype, _)| !without_itself || prototype.counts != *counts);
        let nearest = others.min_by(|one, other| one.1.total_cmp(&other.1));
        nearest.map(|(prototype, distance)| Nearest {
            distance,
            counts: &prototype.counts,
            sessions: prototype.sessions,
        })
    }

    /// The distance to every prototype.
    fn distances<'a>(&'a self, seen: &'a Prototype) -> impl Iterator<Item = f64> + 'a {
        let mut shared = Vec::new();
        self.shared(seen, 0, &mut shared);
        let each = self.prototypes.iter().zip(shared);
        each.map(|(prototype, shared)| seen.distance(prototype, shared))
    }

    /// What a shape shares with every prototype from one on.
    fn shared(&self, seen: &Prototype, from: usize, shared: &mut Vec<f64>) {
        shared.clear();
        shared.resize(self.prototypes.len() - from, 0.0);
        for (event, weight) in &seen.weights {
            let having = self.having.get(event).map_or(&[][..], Vec::as_slice);
            let first = having.partition_point(|(place, _)| *place < from);
            for (place, other) in having.iter().skip(first) {
                if let Some(shared) = shared.get_mut(*place - from) {
                    *shared += weight.min(*other);
                }
            }
        }
    }

    /// The events that make out the distance, the weightiest first, each with its share of the score.
    pub(super) fn facts(&self, counts: &Counts, nearest: Nearest<'_>) -> Vec<(f64, SessionFact)> {
        let mut facts: Vec<(f64, SessionFact)> = pairs(counts, nearest.counts)
            .filter(|(_, seen, expected)| seen != expected)
            .map(|(event, seen, expected)| {
                let share = (self.weight(event, seen) - self.weight(event, expected)).abs() / kinds(counts);
                (share, SessionFact::Count { event, seen, expected, prototype: nearest.sessions })
            })
            .collect();
        facts.sort_by(|one, other| other.0.total_cmp(&one.0));
        facts
    }

    /// How many sessions have that shape.
    pub(super) fn sessions(&self, counts: &Counts) -> u64 {
        self.known.get(counts).copied().unwrap_or(0)
    }

    /// The shapes of most sessions, and how many have each.
    pub(super) fn prototypes(&self) -> impl Iterator<Item = (&Counts, u64)> {
        self.prototypes.iter().map(|prototype| (&prototype.counts, prototype.sessions))
    }

    /// The known shapes and how many sessions have each.
    pub(super) fn known(&self) -> impl Iterator<Item = (&Counts, u64)> {
        self.known.iter().map(|(counts, sessions)| (counts, *sessions))
    }

    /// How many sessions are like each known shape, itself left out: a sum over all of them that falls with the
    /// distance.
    pub(super) fn densities(&self) -> BTreeMap<&Counts, f64> {
        let mut densities: Vec<f64> = self.prototypes.iter().map(|one| one.sessions as f64 - 1.0).collect();
        let mut shared = Vec::new();
        for (one, at) in self.prototypes.iter().zip(0..) {
            self.shared(one, at + 1, &mut shared);
            let (before, beside) = densities.split_at_mut(at + 1);
            let Some(density) = before.last_mut() else { continue };
            let others = self.prototypes.iter().skip(at + 1).zip(&shared).zip(beside);
            for ((other, shared), other_density) in others {
                let distance = one.distance(other, *shared);
                if distance < FAR {
                    let nearness = (-distance).exp();
                    *density += other.sessions as f64 * nearness;
                    *other_density += one.sessions as f64 * nearness;
                }
            }
        }
        self.prototypes.iter().map(|one| &one.counts).zip(densities).collect()
    }
}

impl Prototype {
    /// The distance of two shapes that share so much.
    fn distance(&self, other: &Prototype, shared: f64) -> f64 {
        (self.mass + other.mass - 2.0 * shared).max(0.0)
    }
}

/// Among shapes of as many sessions chance decides, so that those that are taken are like those that are not.
fn hash(counts: &Counts) -> u64 {
    let pairs = counts.iter().map(|(event, count)| u64::from(*event) << 32 | u64::from(*count));
    pairs.fold(mix(counts.len() as u64), |hash, pair| mix(hash ^ pair))
}

fn kinds(counts: &Counts) -> f64 {
    counts.len().max(1) as f64
}

/// How often each event occurs, by event.
pub(super) fn counts(sequence: &[u32]) -> Counts {
    let mut sorted = sequence.to_vec();
    sorted.sort_unstable();
    let runs = sorted.chunk_by(|one, other| one == other);
    runs.filter_map(|run| run.first().map(|event| (*event, run.len() as u32))).collect()
}

/// The standard deviation of the logarithm of each event's count over all sessions, but not less than the least.
fn deviations(known: &BTreeMap<Counts, u64>) -> BTreeMap<u32, f64> {
    let sessions = known.values().fold(0u64, |sum, sessions| sum.saturating_add(*sessions));
    let mut sums: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for (counts, sessions) in known {
        for (event, count) in counts {
            let (logarithm, sessions) = (f64::from(*count).ln_1p(), *sessions as f64);
            let (sum, squares) = sums.entry(*event).or_default();
            *sum += sessions * logarithm;
            *squares += sessions * logarithm * logarithm;
        }
    }
    let deviation = |(sum, squares): (f64, f64)| {
        let mean = sum / sessions as f64;
        (squares / sessions as f64 - mean * mean).max(0.0).sqrt().max(LEAST_DEVIATION)
    };
    sums.into_iter().map(|(event, sums)| (event, deviation(sums))).collect()
}

/// Every event of either with its count in both.
fn pairs<'a>(seen: &'a Counts, expected: &'a Counts) -> impl Iterator<Item = (u32, u32, u32)> + 'a {
    let mut both: BTreeMap<u32, (u32, u32)> =
        seen.iter().map(|(event, count)| (*event, (*count, 0))).collect();
    expected.iter().for_each(|(event, count)| both.entry(*event).or_default().1 = *count);
    both.into_iter().map(|(event, (seen, expected))| (event, seen, expected))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape(sequences: &[Vec<u32>]) -> Shape {
        let mut learned = LearnedSessions::default();
        sequences.iter().for_each(|sequence| learned.add(sequence));
        Shape::of(&learned)
    }

    #[test]
    fn scores() {
        let shape = shape(&[vec![1, 2, 3], vec![1, 2, 3], vec![1, 2, 2, 3, 4]]);
        let check = |sequence: &[u32], expected: f64| {
            let counts = counts(sequence);
            let score = shape.score(&counts, shape.nearest(&counts));
            assert!((score - expected).abs() < 1e-9, "{sequence:?}: {score}");
        };
        check(&[3, 2, 1], 0.0);
        check(&[1, 2, 3, 9], 2f64.ln() / LEAST_DEVIATION / 4.0);
        check(&[1, 3], 2f64.ln() / LEAST_DEVIATION / 2.0);
        check(&[], 3.0 * 2f64.ln() / LEAST_DEVIATION);
        assert_eq!(shape.held_out(&counts(&[1, 2, 3])), 0.0);
        assert!(shape.held_out(&counts(&[1, 2, 2, 3, 4])) > 0.0);
    }

    #[test]
    fn facts_name_the_event() {
        let shape = shape(&[vec![1, 2, 3], vec![1, 2, 3], vec![7]]);
        let seen = counts(&[1, 2, 3, 3, 3, 3]);
        let facts: Vec<SessionFact> =
            shape.facts(&seen, shape.nearest(&seen).unwrap()).into_iter().map(|(_, fact)| fact).collect();
        assert_eq!(facts, [SessionFact::Count { event: 3, seen: 4, expected: 1, prototype: 2 }]);
    }

    proptest! {
        /// The distance by what is shared is the sum of the differences.
        #[test]
        fn the_nearest_is_the_nearest(
            sequences in proptest::collection::vec(proptest::collection::vec(0u32..6, 0..9), 1..30),
            seen in proptest::collection::vec(0u32..7, 0..9),
        ) {
            let shape = shape(&sequences);
            let seen = counts(&seen);
            let distance = |known: &Counts| -> f64 {
                let differences = pairs(&seen, known).map(|(event, seen, expected)| {
                    (shape.weight(event, seen) - shape.weight(event, expected)).abs()
                });
                differences.sum()
            };
            let least = shape.known.keys().map(distance).min_by(f64::total_cmp).unwrap();
            prop_assert!((shape.score(&seen, shape.nearest(&seen)) - least / kinds(&seen)).abs() < 1e-9);
        }
    }
}
