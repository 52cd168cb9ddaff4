//! How often each event occurs in a session, against the nearest known session: `session-shape`.
//!
//! Counts are compared on a logarithmic scale, so that 400 in place of 380 is little and 2 in place of 0 is much.

use std::collections::BTreeMap;

use super::SessionFact;

/// The name of this detector.
pub(super) const KIND: &str = "session-shape";

/// Events that hardly ever vary would otherwise weigh without bound.
const LEAST_DEVIATION: f64 = 0.2;

type Counts = Vec<(u32, u32)>;

/// The shapes of the learned sessions.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    prototypes: BTreeMap<Counts, u64>,
}

impl Shape {
    /// Learns a session.
    pub(super) fn add(&mut self, sequence: &[u32]) {
        *self.prototypes.entry(counts(sequence)).or_default() += 1;
    }

    /// The score a learned session would have, had it not been learned.
    pub(super) fn left_out_score(&self, sequence: &[u32]) -> f64 {
        let counts = counts(sequence);
        match self.prototypes.get(&counts) {
            Some(1) => self.nearest(&counts, true).map_or(0.0, |(distance, ..)| distance),
            _ => 0.0,
        }
    }

    /// The distance to the nearest shape, and what makes it out.
    pub(super) fn score(&self, sequence: &[u32]) -> (f64, Vec<(f64, SessionFact)>) {
        let counts = counts(sequence);
        let Some((distance, prototype, sessions)) = self.nearest(&counts, false) else {
            return (0.0, Vec::new());
        };
        let mut facts: Vec<(f64, SessionFact)> = differences(&counts, prototype)
            .filter(|(_, seen, expected)| seen != expected)
            .map(|(event, seen, expected)| {
                (weight(seen, expected), SessionFact::Count { event, seen, expected, prototype: sessions })
            })
            .collect();
        facts.sort_by(|one, other| other.0.total_cmp(&one.0));
        (distance, facts)
    }

    fn nearest(&self, counts: &Counts, left_out: bool) -> Option<(f64, &Counts, u64)> {
        self.prototypes
            .iter()
            .filter(|(prototype, _)| !left_out || *prototype != counts)
            .map(|(prototype, sessions)| {
                let distance =
                    differences(counts, prototype).map(|(_, seen, expected)| weight(seen, expected));
                (distance.sum::<f64>(), prototype, *sessions)
            })
            .min_by(|one, other| one.0.total_cmp(&other.0).then_with(|| one.1.cmp(other.1)))
    }
}

fn weight(seen: u32, expected: u32) -> f64 {
    (f64::from(seen).ln_1p() - f64::from(expected).ln_1p()).abs() / LEAST_DEVIATION
}

/// How often each event occurs, by event.
fn counts(sequence: &[u32]) -> Counts {
    let mut sorted = sequence.to_vec();
    sorted.sort_unstable();
    sorted.chunk_by(|one, other| one == other).map(|run| (run[0], run.len() as u32)).collect()
}

/// Every event of either with its count in both.
fn differences<'a>(seen: &'a Counts, expected: &'a Counts) -> impl Iterator<Item = (u32, u32, u32)> + 'a {
    let (mut seen, mut expected) = (seen.iter().peekable(), expected.iter().peekable());
    std::iter::from_fn(move || match (seen.peek(), expected.peek()) {
        (Some((one, count)), Some((other, _))) if one < other => {
            seen.next();
            Some((*one, *count, 0))
        }
        (Some((one, count)), Some((other, usual))) if one == other => {
            seen.next();
            expected.next();
            Some((*one, *count, *usual))
        }
        (_, Some((other, usual))) => {
            expected.next();
            Some((*other, 0, *usual))
        }
        (Some((one, count)), None) => {
            seen.next();
            Some((*one, *count, 0))
        }
        (None, None) => None,
    })
}
