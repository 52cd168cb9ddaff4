//! Rules while the daemon runs: which are in force and how often they fired, and a new one tried on lines that came lately.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use logsift_engine::detectors::rule::{Rule, RuleSet};
use logsift_stores::journal::{self, Mark, PartName, Tail, Turn};
use logsift_stores::{Folder, StoreError};

use super::handle::Handle;
use crate::rules::{TriedLines, try_lines};

/// Everything that is on the disk.
const ALL: Mark = Mark { name: PartName { segment: u64::MAX, part: u32::MAX }, bytes: u64::MAX };
/// Bytes of lines on which a rule is tried.
const RECENT: usize = 4 << 20;
/// Segments that are looked into for them: one may have begun just now.
const SEGMENTS: usize = 2;

/// How often rules fired.
#[derive(Clone, Debug, Default)]
pub(super) struct Hits {
    pub(super) rules: Option<Arc<RuleSet>>,
    /// In epochs that are over, by the number of the rule.
    ended: BTreeMap<u32, u64>,
    /// In the present one.
    present: BTreeMap<u32, u64>,
}

impl Hits {
    /// The present epoch was judged; `is_final` says that it is over.
    pub(super) fn judged(&mut self, hits: &BTreeMap<u32, u64>, is_final: bool) {
        self.present.clone_from(hits);
        if is_final {
            for (rule, count) in std::mem::take(&mut self.present) {
                *self.ended.entry(rule).or_default() += count;
            }
        }
    }

    fn of(&self, rule: u32) -> u64 {
        let count = |of: &BTreeMap<u32, u64>| of.get(&rule).copied().unwrap_or(0);
        count(&self.ended) + count(&self.present)
    }
}

impl Handle {
    /// The rules in force, and at how many records each has fired since the daemon started.
    pub fn rules(&self) -> Vec<(Rule, u64)> {
        let hits = self.shared.hits().clone();
        let Some(rules) = &hits.rules else { return Vec::new() };
        rules.rules().iter().zip(0..).map(|(rule, number)| (rule.clone(), hits.of(number))).collect()
    }

    /// What rules would do on the lines that came lately, each stream of them a log.
    pub fn try_rules(&self, rules: &Arc<RuleSet>) -> Result<TriedLines, StoreError> {
        Ok(try_lines(rules, &self.recent()?))
    }

    /// Lines that came lately, by source.
    fn recent(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let folder = Folder::look(&self.shared.state)?.journal();
        let segments = journal::segments(&folder)?;
        let Some((first, _)) = segments.iter().rev().take(SEGMENTS).next_back() else {
            return Ok(Vec::new());
        };
        let last = segments.last().map_or(*first, |(last, _)| *last);
        let mut tail = Tail::new(&folder, *first);
        let mut kept: VecDeque<(String, Vec<u8>)> = VecDeque::new();
        let mut bytes = 0;
        loop {
            match tail.turn(ALL)? {
                Turn::Lines(source, lines, _) => {
                    bytes += lines.bytes.len();
                    kept.push_back((source.shown(), lines.bytes.to_vec()));
                    while bytes > RECENT && kept.len() > 1 {
                        bytes -= kept.pop_front().map_or(0, |(_, lines)| lines.len());
                    }
                }
                Turn::Sealed(next) if next <= last => {}
                Turn::Sealed(_) | Turn::End => return Ok(by_source(kept)),
            }
        }
    }
}

fn by_source(kept: VecDeque<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    let mut logs: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (source, lines) in kept {
        logs.entry(source).or_default().extend_from_slice(&lines);
    }
    logs.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_of_an_epoch_are_counted_once() {
        let mut hits = Hits::default();
        hits.judged(&BTreeMap::from([(0, 3)]), false);
        hits.judged(&BTreeMap::from([(0, 5), (1, 1)]), false);
        assert_eq!((hits.of(0), hits.of(1)), (5, 1), "a judgement is of the whole epoch");
        hits.judged(&BTreeMap::from([(0, 6)]), true);
        hits.judged(&BTreeMap::from([(0, 2)]), false);
        assert_eq!((hits.of(0), hits.of(1), hits.of(2)), (8, 0, 0));
    }
}
