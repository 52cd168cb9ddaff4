//! Logs of a plan in, everything learned from them out, in one pass.
//!
//! Every log has a miner of its own; when it ends, its miner is absorbed in the order of the plan. So the
//! result does not depend on the number of threads, not even where memory is short and something must be
//! forgotten. A thread that is ahead of the plan waits when too much lies ready to be absorbed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use logsift_engine::model::{Learned, PartDigest, Redaction};
use logsift_engine::reader::Reader;
use logsift_engine::records::record::{Record, RecordSink, StreamId};
use logsift_engine::templates::{Facts, Miner, MinerSettings, Templates};
use logsift_engine::windows::{Gather, Gathered, Seen};
use logsift_reports::scan_report::Notice;
use logsift_sources::{Plan, SourceSet};

use crate::batch::{Consumer, Factory, LogStart, Needs};
use crate::coarsened::{Coarsened, StreamNames};
use crate::examples::Examples;
use crate::trail::{LogTrail, Trail};

/// Bytes that miners may keep.
pub const BUDGET: usize = 64 << 20;

/// How logs are mined.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MiningSettings {
    /// What the reader removes.
    pub(crate) redaction: Redaction,
    /// Logs are parts of a model: each is counted once, whatever its name.
    pub(crate) as_parts: bool,
    /// So many records of every template are kept.
    pub(crate) examples: usize,
    /// So many sets are read.
    pub(crate) sets: usize,
    /// What happened when is gathered, too.
    pub(crate) gathers: bool,
}

/// Makes a miner for every log and absorbs it.
pub(crate) struct Mining<'a> {
    settings: MiningSettings,
    /// The length of the folder that all logs have in common: streams are named without it.
    folder: usize,
    trail: Option<&'a Trail>,
    state: Mutex<State>,
    turned: Condvar,
}

/// What came of all logs.
#[derive(Debug)]
pub(crate) struct Mined {
    pub(crate) learned: Learned,
    pub(crate) examples: Examples,
    /// Logs that had been learned before.
    pub(crate) held: Vec<String>,
    /// What happened when, in all logs.
    pub(crate) gathered: Gathered,
    /// The names of the streams of every log, in the order of the plan.
    pub(crate) streams: Vec<Vec<String>>,
    /// What was made coarser in which log.
    pub(crate) coarsened: Vec<Coarsened>,
}

struct State {
    turn: usize,
    ended: BTreeSet<usize>,
    ready: BTreeMap<usize, VecDeque<LogMined>>,
    ready_bytes: usize,
    mined: Mined,
}

struct LogMined {
    name: String,
    miner: Miner,
    digest: Option<PartDigest>,
    examples: Examples,
    gather: Option<Gather>,
    streams: StreamNames,
}

impl<'a> Mining<'a> {
    /// Goes on from what was learned before.
    pub(crate) fn new(
        plan: &Plan,
        settings: MiningSettings,
        before: Option<Learned>,
        trail: Option<&'a Trail>,
    ) -> Mining<'a> {
        let learned = before.unwrap_or_else(|| Learned::new(settings.redaction, BUDGET));
        let mined = Mined {
            learned,
            examples: Examples::new(settings.examples),
            held: Vec::new(),
            gathered: Gathered::default(),
            streams: Vec::new(),
            coarsened: Vec::new(),
        };
        let state = State { turn: 0, ended: BTreeSet::new(), ready: BTreeMap::new(), ready_bytes: 0, mined };
        Mining {
            settings,
            folder: shared_folder(plan),
            trail,
            state: Mutex::new(state),
            turned: Condvar::new(),
        }
    }

    /// All logs have ended.
    pub(crate) fn finish(self) -> Mined {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).mined
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One log alone may use all memory; several leave some for what was absorbed already.
    fn miner(&self) -> Miner {
        let budget = if self.settings.sets > 1 { BUDGET / 2 } else { BUDGET };
        Miner::new(MinerSettings { budget, keep_values: self.settings.redaction == Redaction::None })
    }

    fn take(&self, set: usize, log: LogMined) {
        let bytes = log.miner.bytes();
        let mut state = self.lock();
        while state.turn != set && state.ready_bytes + bytes > BUDGET / 4 && state.ready_bytes > 0 {
            state = self.turned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.turn == set {
            state.mined.absorb(log);
        } else {
            state.ready_bytes += bytes;
            state.ready.entry(set).or_default().push_back(log);
        }
    }
}

impl State {
    /// Sets that have ended are done; of the one whose turn it is then, what lies ready is absorbed.
    fn turn_on(&mut self) {
        while self.ended.remove(&self.turn) {
            self.turn += 1;
            for log in self.ready.remove(&self.turn).unwrap_or_default() {
                self.ready_bytes -= log.miner.bytes();
                self.mined.absorb(log);
            }
        }
    }
}

impl Mined {
    /// What people should know about templates that are coarser than they were meant to be.
    pub(crate) fn notices(&self, templates: &Templates) -> Vec<Notice> {
        self.coarsened.iter().flat_map(|log| log.notices(templates)).collect()
    }

    fn absorb(&mut self, log: LogMined) {
        let number = self.streams.len() as u32;
        let coarsened = Coarsened::of(&log.name, &log.miner, &log.streams);
        let gathered = log.gather.map(Gather::finish).unwrap_or_default();
        self.streams.push(gathered.history.streams().to_vec());
        let new = match log.digest {
            None => {
                self.learned.miner_mut().absorb(log.miner);
                self.gathered.absorb(gathered, number);
                true
            }
            Some(digest) => {
                digest.part().is_none_or(|part| self.learned.learn(part, log.miner, gathered.history))
            }
        };
        if new {
            self.examples.absorb(log.examples);
            self.coarsened.extend(coarsened);
        } else {
            self.held.push(log.name);
        }
    }
}

impl<'a> Factory for &'a Mining<'a> {
    type Consumer = MiningLog<'a>;

    fn consumer(&self, log: &LogStart<'_>) -> MiningLog<'a> {
        MiningLog {
            mining: self,
            set: log.set,
            trail: self.trail.map(|trail| trail.log(log.set, log.file)),
            mined: LogMined {
                name: log.file.to_owned(),
                miner: self.miner(),
                digest: self.settings.as_parts.then(PartDigest::default),
                examples: Examples::of_log(self.settings.examples, log.file),
                gather: self.settings.gathers.then(Gather::default),
                streams: StreamNames::default(),
            },
            log: log.name.get(self.folder..).unwrap_or(log.name).to_owned(),
            whole: log.name.to_owned(),
        }
    }

    fn set_ended(&self, set: usize) {
        if let Some(trail) = self.trail {
            trail.set_ended(set);
        }
        let mut state = self.lock();
        state.ended.insert(set);
        state.turn_on();
        drop(state);
        self.turned.notify_all();
    }
}

/// The name of a stream among those of all logs.
fn stream_name(log: &str, stream: &str, whole: &str) -> String {
    if stream.is_empty() || stream == whole { log.to_owned() } else { format!("{log}: {stream}") }
}

/// The length of the folder that all logs of a plan are in.
fn shared_folder(plan: &Plan) -> usize {
    let mut names = plan.sets.iter().map(SourceSet::name);
    let Some(first) = names.next() else { return 0 };
    let shared = |length: usize, name: &str| {
        let both = first.bytes().zip(name.bytes()).take(length);
        both.take_while(|(one, other)| one == other).count()
    };
    let length = names.fold(first.len(), shared);
    first.as_bytes()[..length].iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1)
}

/// Mines one log.
pub(crate) struct MiningLog<'a> {
    mining: &'a Mining<'a>,
    set: usize,
    trail: Option<LogTrail<'a>>,
    mined: LogMined,
    /// The name of the logical log without the folder that all have in common.
    log: String,
    /// The name of the logical log, which is that of the stream that is the whole of it.
    whole: String,
}

impl RecordSink for MiningLog<'_> {
    fn stream(&mut self, id: StreamId, name: &str) {
        self.mined.streams.add(id, name);
        if let Some(gather) = &mut self.mined.gather {
            gather.stream(id, &stream_name(&self.log, name, &self.whole));
        }
    }

    fn record(&mut self, record: &Record<'_>) {
        let facts = Facts {
            level: record.level,
            time: record.time,
            line: record.origin.line,
            stream: record.stream.0,
        };
        let skeleton = self.mined.miner.add(record.message, &facts);
        if let Some(gather) = &mut self.mined.gather {
            let seen = Seen {
                stream: record.stream,
                skeleton,
                time: record.time,
                level: record.level,
                line: record.origin.line,
                offset: record.origin.offset,
            };
            gather.add(&seen, std::iter::empty());
        }
        if let Some(digest) = &mut self.mined.digest {
            digest.add(record.text);
        }
        if let Some(trail) = &mut self.trail {
            trail.add(record, skeleton);
        }
        self.mined.examples.add(skeleton, record);
    }
}

impl Consumer for MiningLog<'_> {
    type Output = ();

    /// Only digests and examples look at more than the message.
    fn needs(&self) -> Needs {
        let mining = self.mining.settings;
        if mining.as_parts || mining.examples > 0 { Needs::Everything } else { Needs::Message }
    }

    fn finish(self, _: &Reader) {
        if let Some(trail) = self.trail {
            trail.finish();
        }
        self.mining.take(self.set, self.mined);
    }
}
