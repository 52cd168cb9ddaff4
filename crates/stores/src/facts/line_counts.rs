//! Kept lines counted: over time by level, and by what they can be narrowed to.
//!
//! As many lines are counted at once as are looked at for a page; the cursor goes on, and who asks adds up.

use std::collections::BTreeMap;

use rusqlite::Row;

use super::looked::{Wanted, level_of};
use super::reader::Facts;
use super::rows::{Filter, Page};
use crate::StoreError;

/// Values of a kind that are told at most, the most frequent of them.
const VALUES: usize = 200;

/// Lines, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// How many there are.
    pub lines: u64,
    /// By the beginning of each step and the level.
    pub steps: BTreeMap<i64, BTreeMap<String, u64>>,
    /// By what they are kept as.
    pub kept: Vec<(String, u64)>,
    /// By level; `none` where there is none.
    pub levels: Vec<(String, u64)>,
    /// By stream, the most frequent first.
    pub streams: Vec<(String, u64)>,
    /// By template, the most frequent first.
    pub templates: Vec<(String, u64)>,
    /// The moment up to which lines were counted; nothing where all were.
    pub reached: Option<i64>,
    /// The cursor that goes on.
    pub next: Option<String>,
}

#[derive(Default)]
struct Tally(BTreeMap<String, u64>);

impl Tally {
    fn add(&mut self, row: &Row<'_>, at: usize) -> rusqlite::Result<()> {
        if let Ok(value) = row.get_ref(at)?.as_str() {
            match self.0.get_mut(value) {
                Some(count) => *count += 1,
                None => drop(self.0.insert(value.to_owned(), 1)),
            }
        }
        Ok(())
    }

    fn most(self) -> Vec<(String, u64)> {
        let mut all: Vec<(String, u64)> = self.0.into_iter().collect();
        all.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        all.truncate(VALUES);
        all
    }
}

impl Facts {
    /// Counts the lines that fit, in steps of so many nanoseconds.
    pub fn line_counts(
        &self,
        filter: &Filter,
        step: i64,
        after: Option<String>,
    ) -> Result<LineCounts, StoreError> {
        let wanted = Wanted::of(filter);
        let step = step.max(1);
        let mut counts = LineCounts::default();
        let [mut kept, mut levels, mut streams, mut templates] = [const { Tally(BTreeMap::new()) }; 4];
        let came = self.look_at_lines(filter, &Page { limit: 1, after }, usize::MAX, |row| {
            if !wanted.line(row)? {
                return Ok(false);
            }
            counts.lines += 1;
            let at: i64 = row.get(0)?;
            let level = level_of(row).unwrap_or_default();
            let start = at.div_euclid(step).saturating_mul(step);
            *counts.steps.entry(start).or_default().entry(level.clone()).or_default() += 1;
            *levels.0.entry(level).or_default() += 1;
            kept.add(row, 3)?;
            streams.add(row, 5)?;
            templates.add(row, 6)?;
            Ok(true)
        })?;
        let last = came.last.filter(|_| came.more);
        Ok(LineCounts {
            kept: kept.most(),
            levels: levels.most(),
            streams: streams.most(),
            templates: templates.most(),
            reached: last.as_ref().map(|last| last.at),
            next: last.map(|last| last.word()),
            ..counts
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::FindingFact;
    use super::super::tests::judged;
    use super::super::{Judged, Writer};
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_are_counted_by_all_that_they_can_be_narrowed_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.sqlite");
        let findings = (0..10).map(|nth| FindingFact {
            id: format!("f{nth}"),
            stream: Some(if nth < 3 { "a" } else { "b" }.to_owned()),
            template: Some("t".to_owned()),
            time: Some(nth * 10),
            document: json!({"message": format!("line {nth}"), "level": (nth % 2 == 0).then_some("warn")}),
            ..FindingFact::default()
        });
        let judged = Judged { findings: findings.collect(), incidents: Vec::new(), ..judged() };
        Writer::open(&path).unwrap().judged(&judged).unwrap();
        let facts = Facts::open(&path).unwrap();
        let counts = facts.line_counts(&Filter::default(), 50, None).unwrap();
        let pairs = |all: &[(String, u64)]| {
            all.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(pairs(&counts.levels), "none 5, warn 5");
        assert_eq!(pairs(&counts.streams), "b 7, a 3");
        assert_eq!((pairs(&counts.kept), pairs(&counts.templates)), ("finding 10".into(), "t 10".into()));
        assert_eq!((counts.lines, counts.reached, counts.next), (10, None, None));
        let steps: Vec<_> = counts.steps.iter().map(|(at, levels)| (*at, levels["none"])).collect();
        assert_eq!(steps, [(0, 2), (50, 3)]);
        let narrow = Filter { stream: Some("a".into()), level: Some("none".into()), ..Filter::default() };
        assert_eq!(facts.line_counts(&narrow, 50, None).unwrap().lines, 1);
    }
}
