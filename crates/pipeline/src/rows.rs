//! Logs of a plan in, rows of numbers out: every log by itself, put together in the order of the plan.
//!
//! Where there are more rows than memory holds, those with the lowest lots are left out. How low is decided by the
//! lots of all rows together, so the same rows are left whatever thread was first.

use std::sync::atomic::{AtomicU64, Ordering};

use logsift_engine::features::{Asked, Extractor, Names, Sheet};
use logsift_engine::reader::Reader;
use logsift_engine::records::record::{Record, RecordSink, StreamId};
use logsift_engine::templates::{Facts, Miner, MinerSettings};

use crate::batch::{Consumer, Factory, LogStart, Needs};
use crate::mining::BUDGET;

/// Words of four bytes that rows may take.
const MOST: u64 = 1 << 27;
/// Templates of a log that have names.
const NAMED: usize = 4096;
/// Rows after which it is asked again which may stay.
const ASKED: usize = 4096;
/// Lots there are.
const LOTS: usize = 65;

/// How much the rows of every lot take, in all logs.
pub(crate) struct Quota {
    taken: [AtomicU64; LOTS],
    most: u64,
}

impl Quota {
    fn new(most: u64) -> Quota {
        Quota { taken: std::array::from_fn(|_| AtomicU64::new(0)), most }
    }

    fn add(&self, weight: u64, lot: u8) {
        if let Some(taken) = self.taken.get(usize::from(lot)) {
            taken.fetch_add(weight, Ordering::Relaxed);
        }
    }

    /// The least lot that a row must have. It only ever rises.
    pub(crate) fn least(&self) -> u8 {
        let mut taken = 0u64;
        for (lot, weight) in self.taken.iter().enumerate().rev() {
            taken = taken.saturating_add(weight.load(Ordering::Relaxed));
            if taken > self.most {
                return (lot + 1).min(LOTS - 1) as u8;
            }
        }
        0
    }
}

/// Makes the rows of every log.
pub(crate) struct Gathering<'a> {
    pub(crate) asked: &'a Asked,
    pub(crate) quota: Quota,
    rows: AtomicU64,
}

impl<'a> Gathering<'a> {
    pub(crate) fn new(asked: &'a Asked) -> Gathering<'a> {
        Gathering { asked, quota: Quota::new(MOST), rows: AtomicU64::new(0) }
    }

    /// How many rows there were, those left out among them.
    pub(crate) fn seen(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }
}

/// What came of one log.
pub(crate) struct LogRows {
    pub(crate) sheet: Sheet,
    pub(crate) names: Names,
}

impl<'a> Factory for &'a Gathering<'a> {
    type Consumer = Rowing<'a>;

    fn consumer(&self, log: &LogStart<'_>) -> Rowing<'a> {
        Rowing { gathering: self, lines: Lines::new(self.asked, log.name, true), told: 0, least: 0 }
    }
}

/// Makes the rows of one log.
pub(crate) struct Rowing<'a> {
    gathering: &'a Gathering<'a>,
    lines: Lines,
    /// Rows whose weight was told.
    told: usize,
    least: u8,
}

impl Rowing<'_> {
    fn weigh(&mut self) {
        let sheet = self.lines.extractor.sheet();
        for row in self.told..sheet.len() {
            let (weight, lot) = sheet.weight(row);
            self.gathering.rows.fetch_add(1, Ordering::Relaxed);
            self.gathering.quota.add(weight, lot);
        }
        if sheet.len() > self.told && sheet.len().is_multiple_of(ASKED) {
            let least = self.gathering.quota.least();
            if least > self.least {
                self.least = least;
                sheet.thin(least);
            }
        }
        self.told = sheet.len();
    }
}

impl RecordSink for Rowing<'_> {
    fn stream(&mut self, _: StreamId, _: &str) {}

    fn record(&mut self, record: &Record<'_>) {
        self.lines.add(record);
        self.weigh();
    }
}

impl Consumer for Rowing<'_> {
    type Output = LogRows;

    fn needs(&self) -> Needs {
        Needs::Everything
    }

    fn finish(mut self, _: &Reader) -> LogRows {
        self.lines.extractor.finish();
        self.weigh();
        let (sheet, names) = self.lines.into_parts();
        LogRows { sheet, names }
    }
}

/// Takes the records of a log apart and gives them to an extractor.
pub(crate) struct Lines {
    pub(crate) extractor: Extractor,
    miner: Option<Miner>,
}

impl Lines {
    pub(crate) fn new(asked: &Asked, log: &str, naming: bool) -> Lines {
        let settings = MinerSettings { budget: BUDGET / 2, keep_values: false };
        Lines {
            extractor: Extractor::new(asked, log, naming),
            miner: asked.needs_templates().then(|| Miner::new(settings)),
        }
    }

    pub(crate) fn add(&mut self, record: &Record<'_>) {
        let facts = Facts {
            level: record.level,
            time: record.time,
            line: record.origin.line,
            stream: record.stream.0,
        };
        let skeleton = self.miner.as_mut().map(|miner| miner.add(record.message, &facts));
        self.extractor.add(record, skeleton);
    }

    /// The rows, and the names of what is in them: those of the most frequent templates among them.
    fn into_parts(self) -> (Sheet, Names) {
        let (sheet, mut names) = self.extractor.into_parts();
        add_templates(self.miner.as_ref(), &mut names);
        (sheet, names)
    }

    /// What the most frequent templates so far are called.
    pub(crate) fn templates(&self) -> Names {
        let mut names = Names::default();
        add_templates(self.miner.as_ref(), &mut names);
        names
    }
}

fn add_templates(miner: Option<&Miner>, names: &mut Names) {
    let templates = miner.map(Miner::templates);
    for template in templates.iter().flat_map(|templates| templates.list()).take(NAMED) {
        let text = template.text();
        names.skeletons(template.skeletons.iter().map(|skeleton| (skeleton.0, text.as_str())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_lot_follows_from_what_all_took() {
        let quota = Quota::new(100);
        quota.add(60, 0);
        quota.add(30, 1);
        assert_eq!(quota.least(), 0);
        quota.add(30, 5);
        assert_eq!(quota.least(), 1);
        quota.add(90, 7);
        assert_eq!(quota.least(), 6);
        quota.add(90, 64);
        assert_eq!(quota.least(), 8);
    }
}
