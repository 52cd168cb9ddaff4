//! Sequences in, rows out: how often each event happens.
//!
//! Most models see logarithms of the counts: three instead of two is a change, 103 instead of 102 is none. All
//! columns are in this one unit already; a scale of their own would blow up whatever hardly varies. Only
//! equations between counts hold for counts as they are.
//!
//! Columns are the events of what is trained on and of what is tested, because an event that training never met is
//! a column that was always zero. Only the most frequent ones have a column of their own; the others share the
//! last, so that rows cannot outgrow the memory.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use logsift_outliers::Table;

use super::TableMaterial;
use crate::sequences::Training;

/// Columns at most.
const MOST: usize = 512;

/// Models to which counts are counts.
const EXACT: [&str; 1] = ["invariants"];

/// Counts of events.
pub(super) struct Counts {
    exact: [Table; 2],
    logarithms: [Table; 2],
    normal: bool,
}

impl Counts {
    pub(super) fn of(training: Training<'_>, tested: &[Vec<u32>]) -> Counts {
        let (trained, normal) = training.sequences();
        let columns = Columns::of(trained.iter().chain(tested), MOST);
        let exact = [columns.table(trained), columns.table(tested)];
        let logarithms = exact.each_ref().map(logarithms_of);
        Counts { exact, logarithms, normal }
    }

    /// What the model of this name takes.
    pub(super) fn material(&self, model: &str) -> TableMaterial<'_> {
        let [trained, tested] = if EXACT.contains(&model) { &self.exact } else { &self.logarithms };
        TableMaterial {
            trained: trained.rows(),
            tested: tested.rows(),
            normal: self.normal,
            standardise: false,
        }
    }
}

fn logarithms_of(counts: &Table) -> Table {
    let mut table = counts.clone();
    table.values_mut().iter_mut().for_each(|count| *count = count.ln_1p());
    table
}

/// The column of every event.
struct Columns {
    places: HashMap<u32, usize>,
    count: usize,
}

impl Columns {
    fn of<'a>(sequences: impl Iterator<Item = &'a Vec<u32>>, most: usize) -> Columns {
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        sequences.flatten().for_each(|event| *counts.entry(*event).or_default() += 1);
        let mut events: Vec<(u32, usize)> = counts.into_iter().collect();
        events.sort_by_key(|(event, count)| (Reverse(*count), *event));
        let count = events.len().clamp(1, most);
        let places = events.iter().enumerate().map(|(place, (event, _))| (*event, place.min(count - 1)));
        Columns { places: places.collect(), count }
    }

    fn table(&self, sequences: &[Vec<u32>]) -> Table {
        let mut table = Table::new(self.count);
        let mut row = vec![0.0; self.count];
        for sequence in sequences {
            row.fill(0.0);
            for event in sequence {
                let place = self.places.get(event).and_then(|place| row.get_mut(*place));
                place.into_iter().for_each(|count| *count += 1.0);
            }
            table.push(&row);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sequences: &[&[u32]], most: usize, expected: &[f32]) {
        let sequences: Vec<Vec<u32>> = sequences.iter().map(|events| events.to_vec()).collect();
        let table = Columns::of(sequences.iter(), most).table(&sequences);
        assert_eq!(table.rows().values(), expected, "{sequences:?}");
    }

    #[test]
    fn the_most_frequent_event_has_the_first_column() {
        check(&[&[7, 3, 7], &[3, 7], &[]], 9, &[2.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        check(&[&[1, 1, 2, 3], &[3, 1, 4]], 2, &[2.0, 2.0, 1.0, 2.0]);
        check(&[&[]], 5, &[0.0]);
    }

    #[test]
    fn what_training_never_met_is_a_column_of_zeroes() {
        let (trained, tested) = (vec![vec![1, 1], vec![1]], vec![vec![2]]);
        let counts = Counts::of(Training::Normal(&trained), &tested);
        let material = counts.material("invariants");
        assert_eq!(
            (material.trained.values(), material.tested.values()),
            (&[2., 0., 1., 0.][..], &[0., 1.][..])
        );
        let logarithms = counts.material("pca");
        assert_eq!(logarithms.trained.values(), [3f32.ln(), 0.0, 2f32.ln(), 0.0]);
        assert!(material.normal);
    }
}
