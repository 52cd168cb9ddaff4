//! Logs of runs in, sequences of numbers for their templates out.
//!
//! All runs are mined together, trained or tested, as `scan` mines everything it is given: whether a word is a value is
//! seen where many runs differ in it. What a template is therefore depends on all texts, and on no label; what is
//! normal is learned from the training runs alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use logsift_engine::reader::Reader;
use logsift_engine::records::record::{Record, RecordSink};
use logsift_engine::templates::{Facts, Miner, MinerSettings, SkeletonId, Templates};
use logsift_pipeline::batch::{Consumer, Factory, Job, LogStart, SetRead, read};
use logsift_sources::{NoticeKind, Plan};

use super::RunSettings;
use crate::error::EvalError;

/// Bytes that a miner may keep.
const BUDGET: usize = 256 << 20;
/// The number of records whose shape had to be forgotten.
const FORGOTTEN: u32 = u32::MAX;

/// Reads runs; gives their sequences in the order of the plan.
pub(super) fn sequences(plan: &Plan, settings: &RunSettings<'_>) -> Result<Vec<Vec<u32>>, EvalError> {
    let mining = Mining { state: Mutex::new(Turns::new()) };
    let sets = runs(read(plan, &settings.job(), &&mining), plan)?;
    let miner = mining.state.into_inner().unwrap_or_else(PoisonError::into_inner).miner;
    let numbers = numbers(&miner.templates());
    let number = |skeleton: &SkeletonId| numbers.get(skeleton).copied().unwrap_or(FORGOTTEN);
    Ok(sets.iter().map(|run| run.iter().flatten().map(number).collect()).collect())
}

/// The number of the template of every skeleton.
fn numbers(templates: &Templates) -> HashMap<SkeletonId, u32> {
    let mut numbers = HashMap::new();
    for (number, template) in (0u32..).zip(templates.list()) {
        numbers.extend(template.skeletons.iter().map(|skeleton| (*skeleton, number)));
    }
    numbers
}

impl<'a> RunSettings<'a> {
    fn job(&self) -> Job<'a> {
        Job { reader: self.reader, streams: None, threads: self.models.fitting.threads, watch: self.watch }
    }
}

/// What was made of the logs of every run; a run that was not wholly read is an error.
fn runs<O>(sets: Vec<SetRead<O>>, plan: &Plan) -> Result<Vec<Vec<O>>, EvalError> {
    let mut runs = Vec::with_capacity(sets.len());
    for (set, planned) in sets.into_iter().zip(&plan.sets) {
        let unread = set.notices.into_iter().find(|notice| notice.kind != NoticeKind::Noted);
        if let Some(notice) = unread {
            return Err(EvalError::Unreadable { file: notice.name, reason: notice.text });
        }
        if let Some(failure) = set.failures.into_iter().next() {
            return Err(EvalError::Unreadable { file: failure.name, reason: failure.text });
        }
        if set.logs.is_empty() {
            let reason = "holds no log".to_owned();
            return Err(EvalError::Unreadable { file: planned.name().to_owned(), reason });
        }
        runs.push(set.logs.into_iter().map(|log| log.output).collect());
    }
    Ok(runs)
}

fn miner() -> Miner {
    Miner::new(MinerSettings { budget: BUDGET, keep_values: true })
}

/// Mines runs together, in the order of the plan whoever reads them.
struct Mining {
    state: Mutex<Turns>,
}

struct Turns {
    miner: Miner,
    next: usize,
    /// Runs that were read before their turn.
    ready: BTreeMap<usize, Vec<Miner>>,
    ended: BTreeSet<usize>,
}

impl Turns {
    fn new() -> Turns {
        Turns { miner: miner(), next: 0, ready: BTreeMap::new(), ended: BTreeSet::new() }
    }

    fn turn_on(&mut self) {
        while self.ended.remove(&self.next) {
            for miner in self.ready.remove(&self.next).unwrap_or_default() {
                self.miner.absorb(miner);
            }
            self.next += 1;
        }
    }
}

impl Mining {
    fn lock(&self) -> MutexGuard<'_, Turns> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Factory for &'a Mining {
    type Consumer = Run<'a>;

    fn consumer(&self, log: &LogStart<'_>) -> Run<'a> {
        Run { mining: self, set: log.set, log: Mined::default() }
    }

    fn set_ended(&self, set: usize) {
        let mut state = self.lock();
        state.ended.insert(set);
        state.turn_on();
    }
}

/// The skeletons of a log, one for each record.
struct Mined {
    miner: Miner,
    skeletons: Vec<SkeletonId>,
}

impl Default for Mined {
    fn default() -> Mined {
        Mined { miner: miner(), skeletons: Vec::new() }
    }
}

impl Mined {
    fn add(&mut self, record: &Record<'_>) {
        let facts = Facts {
            stream: record.stream.0,
            level: record.level,
            time: record.time,
            line: record.origin.line,
        };
        self.skeletons.push(self.miner.add(record.message, &facts));
    }
}

/// A run that is being read.
struct Run<'a> {
    mining: &'a Mining,
    set: usize,
    log: Mined,
}

impl RecordSink for Run<'_> {
    fn record(&mut self, record: &Record<'_>) {
        self.log.add(record);
    }
}

impl Consumer for Run<'_> {
    type Output = Vec<SkeletonId>;

    fn finish(self, _: &Reader) -> Vec<SkeletonId> {
        self.mining.lock().ready.entry(self.set).or_default().push(self.log.miner);
        self.log.skeletons
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_all_skeletons_of_a_template_are_equal() {
        let mut miner = miner();
        let mut add = |message: &str| miner.add(message.as_bytes(), &Facts::default());
        let users = ["anna", "bert", "carla", "dora", "emil", "frida", "gustav", "hanna", "ilse"];
        let names: Vec<SkeletonId> = users.map(|name| add(&format!("user {name} has logged in"))).to_vec();
        let other = add("the disk is full of cat pictures");
        let numbers = numbers(&miner.templates());
        assert!(names.iter().all(|name| numbers[name] == 0), "{numbers:?}");
        assert_eq!(numbers[&other], 1);
    }
}
