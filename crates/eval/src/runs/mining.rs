//! Logs of runs in, sequences of numbers for their templates out.
//!
//! Training runs are mined together. A tested run brings skeletons of its own; its templates are those of the
//! training runs and itself. One that holds a skeleton of training is that template of training, any other
//! one has a number that no training run has.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use logsift_engine::reader::Reader;
use logsift_engine::records::record::{Record, RecordSink};
use logsift_engine::templates::{Facts, Miner, MinerSettings, SkeletonId, Template, TemplateId, Templates};
use logsift_pipeline::batch::{Consumer, Factory, Job, LogStart, SetRead, read};
use logsift_sources::{NoticeKind, Plan};

use super::RunSettings;
use crate::error::EvalError;

/// Bytes that a miner may keep.
const BUDGET: usize = 256 << 20;
/// The number of records whose shape had to be forgotten.
const FORGOTTEN: u32 = u32::MAX;

/// What the training runs have taught about templates.
pub(super) struct Base {
    miner: Miner,
    numbers: HashMap<SkeletonId, u32>,
    templates: u32,
}

/// Reads training runs; gives their sequences in the order of the plan.
pub(super) fn learn(plan: &Plan, settings: &RunSettings<'_>) -> Result<(Base, Vec<Vec<u32>>), EvalError> {
    let learning = Learning { state: Mutex::new(Turns::new()) };
    let sets = runs(read(plan, &settings.job(), &&learning), plan)?;
    let miner = learning.state.into_inner().unwrap_or_else(PoisonError::into_inner).miner;
    let base = Base::of(miner);
    let number = |skeleton: &SkeletonId| base.numbers.get(skeleton).copied().unwrap_or(FORGOTTEN);
    let sequences = sets.iter().map(|run| run.iter().flatten().map(number).collect()).collect();
    Ok((base, sequences))
}

/// Reads tested runs, each numbered by itself; gives their sequences in the order of the plan.
pub(super) fn number(
    plan: &Plan,
    base: &Base,
    settings: &RunSettings<'_>,
) -> Result<Vec<Vec<u32>>, EvalError> {
    let numbering = Numbering { base };
    let sets = runs(read(plan, &settings.job(), &&numbering), plan)?;
    Ok(sets.iter().map(|run| run.concat()).collect())
}

impl<'a> RunSettings<'a> {
    fn job(&self) -> Job<'a> {
        Job { reader: self.reader, streams: None, threads: self.threads, watch: self.watch }
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

impl Base {
    fn of(miner: Miner) -> Base {
        let templates = miner.templates();
        let mut numbers = HashMap::new();
        for (number, template) in (0u32..).zip(templates.list()) {
            numbers.extend(template.skeletons.iter().map(|skeleton| (*skeleton, number)));
        }
        let templates = u32::try_from(templates.list().len()).unwrap_or(FORGOTTEN);
        Base { miner, numbers, templates }
    }

    /// The numbers of a tested run.
    fn sequence(&self, own: Miner, skeletons: &[SkeletonId]) -> Vec<u32> {
        let known: Option<Vec<u32>> = skeletons.iter().map(|one| self.numbers.get(one).copied()).collect();
        known.unwrap_or_else(|| {
            let mut both = self.miner.clone();
            both.absorb(own);
            self.sequence_among(&both.templates(), skeletons)
        })
    }

    fn sequence_among(&self, templates: &Templates, skeletons: &[SkeletonId]) -> Vec<u32> {
        let mut new: HashMap<TemplateId, u32> = HashMap::new();
        let mut next = self.templates;
        let mut number = |skeleton: &SkeletonId| {
            if let Some(known) = self.numbers.get(skeleton) {
                return *known;
            }
            let Some(template) = templates.of(*skeleton) else { return FORGOTTEN };
            self.in_training(template).unwrap_or_else(|| {
                *new.entry(template.id).or_insert_with(|| {
                    next = next.saturating_add(1);
                    next - 1
                })
            })
        };
        skeletons.iter().map(&mut number).collect()
    }

    /// The most frequent template of training that has become part of this one.
    fn in_training(&self, template: &Template) -> Option<u32> {
        template.skeletons.iter().filter_map(|skeleton| self.numbers.get(skeleton).copied()).min()
    }
}

/// Mines training runs together, in the order of the plan whoever reads them.
struct Learning {
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

impl Learning {
    fn lock(&self) -> MutexGuard<'_, Turns> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Factory for &'a Learning {
    type Consumer = Trained<'a>;

    fn consumer(&self, log: &LogStart<'_>) -> Trained<'a> {
        Trained { learning: self, set: log.set, log: Mined::default() }
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

/// A training run that is being read.
struct Trained<'a> {
    learning: &'a Learning,
    set: usize,
    log: Mined,
}

impl RecordSink for Trained<'_> {
    fn record(&mut self, record: &Record<'_>) {
        self.log.add(record);
    }
}

impl Consumer for Trained<'_> {
    type Output = Vec<SkeletonId>;

    fn finish(self, _: &Reader) -> Vec<SkeletonId> {
        self.learning.lock().ready.entry(self.set).or_default().push(self.log.miner);
        self.log.skeletons
    }
}

/// Numbers tested runs, each against training alone.
struct Numbering<'a> {
    base: &'a Base,
}

impl<'a> Factory for &'a Numbering<'a> {
    type Consumer = Tested<'a>;

    fn consumer(&self, _: &LogStart<'_>) -> Tested<'a> {
        Tested { base: self.base, log: Mined::default() }
    }
}

/// A tested run that is being read.
struct Tested<'a> {
    base: &'a Base,
    log: Mined,
}

impl RecordSink for Tested<'_> {
    fn record(&mut self, record: &Record<'_>) {
        self.log.add(record);
    }
}

impl Consumer for Tested<'_> {
    type Output = Vec<u32>;

    fn finish(self, _: &Reader) -> Vec<u32> {
        self.base.sequence(self.log.miner, &self.log.skeletons)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mined(messages: &[&str]) -> (Miner, Vec<SkeletonId>) {
        let mut miner = miner();
        let skeletons =
            messages.iter().map(|message| miner.add(message.as_bytes(), &Facts::default())).collect();
        (miner, skeletons)
    }

    #[test]
    fn a_new_word_where_training_knows_a_slot_is_no_new_template() {
        let users = ["anna", "bert", "carla", "dora", "emil", "frida", "gustav", "hanna", "ilse"];
        let lines: Vec<String> = users.iter().map(|name| format!("user {name} has logged in")).collect();
        let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        lines.push("the disk is full of cat pictures");
        let base = Base::of(mined(&lines).0);
        assert_eq!(base.templates, 2, "the names are one slot");
        let (own, skeletons) = mined(&[
            "user zora has logged in",
            "nobody knows where the time has gone",
            "the disk is full of cat pictures",
            "nobody knows where the time has gone",
            "a second thing that was never said",
        ]);
        let sequence = base.sequence(own, &skeletons);
        assert_eq!(sequence[1], sequence[3]);
        assert_eq!(sequence[0], base.numbers[&mined(&["user anna has logged in"]).1[0]]);
        assert!(sequence[1] >= 2 && sequence[4] >= 2 && sequence[1] != sequence[4], "{sequence:?}");
        assert!(sequence[2] < 2, "{sequence:?}");
    }
}
