//! Logs of a plan in, everything learned from them out, in one pass.
//!
//! Every log has a miner of its own; when it ends, its miner is absorbed in the order of the plan. So the
//! result does not depend on the number of threads, not even where memory is short and something must be
//! forgotten. A thread that is ahead of the plan waits when too much lies ready to be absorbed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use logsift_engine::detection::OddRow;
use logsift_engine::detectors::rule::{Heard, HeardRules, Listener, RuleSet};
use logsift_engine::model::{Learned, PartDigest, Redaction};
use logsift_engine::reader::Reader;
use logsift_engine::records::record::{Record, RecordSink, StreamId};
use logsift_engine::records::versions::{VersionChange, Versions};
use logsift_engine::sessions::{
    Course, GatherSettings, GatheredSessions, KnownSessions, SessionGather, learn_sessions,
};
use logsift_engine::templates::{Facts, Look, Miner, MinerSettings, SkeletonId, Templates};
use logsift_engine::windows::{Gather, Gathered, Seen};
use logsift_reports::scan_report::Notice;
use logsift_sources::{Plan, SourceSet};

use crate::batch::{Consumer, Factory, LogStart, Needs};
use crate::coarsened::{Coarsened, StreamNames};
use crate::examples::Examples;
use crate::minutes::{MinuteCounts, MinuteGather};
use crate::trail::{LogTrail, Numbers, Trail};

/// Bytes that miners may keep.
pub const BUDGET: usize = 64 << 20;

/// How logs are mined.
#[derive(Clone, Debug, Default)]
pub(crate) struct MiningSettings {
    /// What the reader removes.
    pub(crate) redaction: Redaction,
    /// Logs are parts of a model: each is counted once, whatever its name.
    pub(crate) as_parts: bool,
    /// So many records of every template are kept.
    pub(crate) examples: usize,
    /// So many sets are read.
    pub(crate) sets: usize,
    /// What happened when is gathered, too, in intervals of 2^this seconds at least.
    pub(crate) gathers: Option<u32>,
    /// How many there were in every minute is counted, too.
    pub(crate) minutes: bool,
    /// Sessions are gathered, too, and by what.
    pub(crate) sessions: Option<GatherSettings>,
    /// These rules are listened for.
    pub(crate) rules: Option<Arc<RuleSet>>,
}

impl MiningSettings {
    /// Several logs share the memory of their sessions.
    fn session_gather(&self) -> Option<SessionGather> {
        let settings = self.sessions.clone()?;
        let most = if self.sets > 1 { settings.most / 2 } else { settings.most };
        Some(SessionGather::new(GatherSettings { most, ..settings }))
    }
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
#[derive(Clone, Debug)]
pub(crate) struct Mined {
    pub(crate) learned: Learned,
    pub(crate) examples: Examples,
    /// Logs that had been learned before.
    pub(crate) held: Vec<String>,
    /// What happened when, in all logs; to be settled before anybody looks at it.
    pub(crate) gathered: Gathered,
    /// How many there were when; to be settled, too.
    pub(crate) minutes: MinuteCounts,
    /// The sessions of all logs, if they are wanted.
    pub(crate) sessions: Option<GatheredSessions>,
    /// Which rules were about records of all logs, if they were listened for.
    pub(crate) heard: Option<HeardRules>,
    /// The names of the streams of every log, in the order of the plan.
    pub(crate) streams: Vec<Vec<String>>,
    /// What was made coarser in which log.
    pub(crate) coarsened: Vec<Coarsened>,
    /// Records that outlier models find odd, where they were asked.
    pub(crate) odd_rows: Vec<OddRow>,
    /// When streams began to name another version, where that was looked for.
    pub(crate) upgrades: Vec<VersionChange>,
}

struct State {
    turn: usize,
    ended: BTreeSet<usize>,
    ready: BTreeMap<usize, VecDeque<LogMined>>,
    ready_bytes: usize,
    mined: Mined,
}

/// What was mined of one log so far.
#[derive(Clone, Debug)]
pub(crate) struct LogMined {
    name: String,
    miner: Miner,
    digest: Option<PartDigest>,
    examples: Examples,
    gather: Option<Gather>,
    minutes: Option<MinuteGather>,
    sessions: Option<SessionGather>,
    listener: Option<Listener>,
    versions: Option<Versions>,
    /// The numbers of the record at hand, where somebody wants them.
    numbers: Option<Vec<(u8, f32)>>,
    streams: StreamNames,
    /// The name of the logical log without the folder that all have in common.
    log: String,
    /// The name of the logical log, which is that of the stream that is the whole of it.
    whole: String,
    /// Lines and bytes that stand before the first that is read.
    before: (u64, u64),
}

impl LogMined {
    /// A log of which nothing was read yet. Its streams are named without the first `folder` bytes of its name, and
    /// places count what stands `before` the part that is read: lines and bytes.
    pub(crate) fn begin(
        settings: &MiningSettings,
        miner: Miner,
        log: &LogStart<'_>,
        folder: usize,
        before: (u64, u64),
    ) -> LogMined {
        LogMined {
            name: log.file.to_owned(),
            miner,
            digest: settings.as_parts.then(PartDigest::default),
            examples: Examples::of_log(settings.examples, log.file),
            gather: settings.gathers.map(Gather::at_level),
            minutes: settings.minutes.then(MinuteGather::default),
            sessions: settings.session_gather(),
            listener: settings.rules.clone().map(Listener::new),
            versions: settings.gathers.map(|_| Versions::default()),
            numbers: None,
            streams: StreamNames::default(),
            log: log.name.get(folder..).unwrap_or(log.name).to_owned(),
            whole: log.name.to_owned(),
            before,
        }
    }

    /// A stream was found.
    pub(crate) fn stream(&mut self, id: StreamId, name: &str) {
        self.streams.add(id, name);
        if self.gather.is_none() && self.sessions.is_none() && self.listener.is_none() {
            return;
        }
        let name = stream_name(&self.log, name, &self.whole);
        if let Some(gather) = &mut self.gather {
            gather.stream(id, &name);
        }
        if let Some(minutes) = &mut self.minutes {
            minutes.stream(id, &name);
        }
        if let Some(sessions) = &mut self.sessions {
            sessions.stream(id, &name);
        }
        if let Some(listener) = &mut self.listener {
            listener.stream(id, &name);
        }
        if let Some(versions) = &mut self.versions {
            versions.stream(id, &name);
        }
    }

    /// The same, and tells the numbers of every record.
    fn with_numbers(self) -> LogMined {
        LogMined { numbers: Some(Vec::new()), ..self }
    }

    /// Counts a record. Says which skeleton it has, which rules are about it, and the numbers in it if they are wanted.
    #[inline]
    pub(crate) fn record(&mut self, record: &Record<'_>) -> (SkeletonId, Heard<'_>, &Numbers) {
        let facts = Facts {
            level: record.level,
            time: record.time,
            line: record.origin.line,
            stream: record.stream.0,
        };
        let (skeleton, look) = match &mut self.gather {
            None => (self.miner.add(record.message, &facts), None),
            Some(gather) => {
                gathered(&mut self.miner, gather, record, &facts, self.before, self.numbers.as_mut())
            }
        };
        if let Some(minutes) = &mut self.minutes {
            minutes.add(record.stream, record.time, record.level);
        }
        if let Some(versions) = self.versions.as_mut().filter(|versions| versions.is_looking()) {
            versions.add(record);
        }
        if let Some(sessions) = &mut self.sessions {
            sessions.add(record, skeleton, self.before);
            if sessions.wants_decision() {
                sessions.decide(&self.miner.templates());
            }
        }
        if let Some(digest) = &mut self.digest {
            digest.add(record.text);
        }
        self.examples.add(skeleton, record);
        let heard = match (&mut self.listener, look) {
            (Some(listener), Some(look)) => listener.hear(record, skeleton, look, self.before),
            _ => Heard::default(),
        };
        (skeleton, heard, self.numbers.as_deref().unwrap_or_default())
    }

    /// The same, to be judged: it is no part of anything.
    pub(crate) fn without_part(self) -> LogMined {
        LogMined { digest: None, ..self }
    }

    /// Adds all of it to a model, as a part of its own. Of a log that goes on sessions that are not over are left out.
    pub(crate) fn teach(self, learned: &mut Learned, course: &Course) {
        let history = self.gather.map(Gather::finish).unwrap_or_default().history;
        let Some(part) = self.digest.and_then(|digest| digest.part()) else { return };
        if learned.learn(part, self.miner, history.settled())
            && let Some(sessions) = self.sessions
        {
            let sessions = lesson(sessions, &learned.miner().templates(), course);
            learned.learn_sessions(&sessions);
        }
    }

    /// Bytes of the sessions.
    pub(crate) fn session_bytes(&self) -> usize {
        self.sessions.as_ref().map_or(0, SessionGather::bytes)
    }

    /// What is to be known of the sessions so far, to go on with none.
    pub(crate) fn turn_sessions(&mut self, course: &Course) -> Option<KnownSessions> {
        let sessions = self.sessions.as_mut()?.turn()?;
        Some(lesson(sessions, &self.miner.templates(), course))
    }
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
        let mined = Mined::begin(learned, &settings);
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
        let bytes = log.bytes();
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
                self.ready_bytes -= log.bytes();
                self.mined.absorb(log);
            }
        }
    }
}

impl LogMined {
    pub(crate) fn bytes(&self) -> usize {
        self.miner.bytes() + self.sessions.as_ref().map_or(0, SessionGather::bytes)
    }
}

impl Mined {
    /// On top of what was learned before.
    pub(crate) fn begin(learned: Learned, settings: &MiningSettings) -> Mined {
        Mined {
            learned,
            examples: Examples::new(settings.examples),
            held: Vec::new(),
            gathered: Gathered::default(),
            minutes: MinuteCounts::default(),
            sessions: settings.sessions.clone().map(GatheredSessions::new),
            heard: settings.rules.clone().map(HeardRules::new),
            streams: Vec::new(),
            coarsened: Vec::new(),
            odd_rows: Vec::new(),
            upgrades: Vec::new(),
        }
    }

    /// What people should know about templates that are coarser than they were meant to be.
    pub(crate) fn notices(&self, templates: &Templates) -> Vec<Notice> {
        self.coarsened.iter().flat_map(|log| log.notices(templates)).collect()
    }

    /// Gives streams other names, where there is one for theirs.
    pub(crate) fn rename_streams(&mut self, names: &BTreeMap<String, String>) {
        if let Some(heard) = &mut self.heard {
            heard.rename_streams(names);
        }
        let upgraded = self.upgrades.iter_mut().map(|upgrade| &mut upgrade.stream);
        for stream in self.streams.iter_mut().flatten().chain(upgraded) {
            if let Some(name) = names.get(stream) {
                stream.clone_from(name);
            }
        }
    }

    pub(crate) fn absorb(&mut self, log: LogMined) {
        let number = self.streams.len() as u32;
        let coarsened = Coarsened::of(&log.name, &log.miner, &log.streams);
        let gathered = log.gather.map(Gather::finish).unwrap_or_default();
        let names = gathered.history.streams().to_vec();
        let heard = log.listener.map(Listener::finish);
        let upgrades = log.versions.map(|versions| versions.changes()).unwrap_or_default();
        let new = match log.digest {
            None => {
                self.learned.miner_mut().absorb(log.miner);
                self.gathered.append(gathered, number);
                self.minutes.append(log.minutes.map(MinuteGather::finish).unwrap_or_default(), number);
                true
            }
            Some(digest) => {
                digest.part().is_none_or(|part| self.learned.learn(part, log.miner, gathered.history))
            }
        };
        if new {
            if let (Some(rules), Some(heard)) = (&mut self.heard, heard) {
                rules.absorb(heard, number, &names);
            }
            self.examples.absorb(log.examples);
            self.absorb_sessions(log.sessions, number);
            self.upgrades.extend(upgrades);
            self.coarsened.extend(coarsened);
        } else {
            self.held.push(log.name);
        }
        self.streams.push(names);
    }
}

impl Mined {
    /// Bytes of the sessions.
    pub(crate) fn session_bytes(&self) -> usize {
        self.sessions.as_ref().map_or(0, GatheredSessions::bytes)
    }

    /// What is to be known of the sessions so far, to go on with none.
    pub(crate) fn turn_sessions(&mut self, gathering: GatherSettings, course: &Course) -> KnownSessions {
        let next = self.sessions.is_some().then(|| GatheredSessions::new(gathering));
        let Some(sessions) = std::mem::replace(&mut self.sessions, next) else { return KnownSessions::new() };
        learn_sessions(sessions, &self.learned.miner().templates(), course)
    }

    fn absorb_sessions(&mut self, log: Option<SessionGather>, number: u32) {
        let (Some(sessions), Some(log)) = (&mut self.sessions, log) else { return };
        sessions.absorb(log, number);
        if sessions.wants_decision() {
            sessions.decide(&self.learned.miner().templates());
        }
    }
}

impl<'a> Factory for &'a Mining<'a> {
    type Consumer = MiningLog<'a>;

    fn consumer(&self, log: &LogStart<'_>) -> MiningLog<'a> {
        let mined = LogMined::begin(&self.settings, self.miner(), log, self.folder, (0, 0));
        MiningLog {
            mining: self,
            set: log.set,
            trail: self.trail.map(|trail| trail.log(log.set, log.file)),
            mined: if self.trail.is_some_and(Trail::has_details) { mined.with_numbers() } else { mined },
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

/// What a model keeps of the sessions of one log.
fn lesson(sessions: SessionGather, templates: &Templates, course: &Course) -> KnownSessions {
    let mut gathered = GatheredSessions::new(GatherSettings::default());
    gathered.absorb(sessions, 0);
    learn_sessions(gathered, templates, course)
}

/// The name of a stream among those of all logs.
fn stream_name(log: &str, stream: &str, whole: &str) -> String {
    if stream.is_empty() || stream == whole { log.to_owned() } else { format!("{log}: {stream}") }
}

/// The length of the folder that all logs of a plan are in.
pub(crate) fn shared_folder(plan: &Plan) -> usize {
    let mut names = plan.sets.iter().map(SourceSet::name);
    let Some(first) = names.next() else { return 0 };
    let shared = |length: usize, name: &str| {
        let both = first.bytes().zip(name.bytes()).take(length);
        both.take_while(|(one, other)| one == other).count()
    };
    let length = names.fold(first.len(), shared);
    first.as_bytes()[..length].iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1)
}

/// Counts a record as part of a window, too, with the numbers in it.
#[inline]
fn gathered(
    miner: &mut Miner,
    gather: &mut Gather,
    record: &Record<'_>,
    facts: &Facts,
    before: (u64, u64),
    mut wanted: Option<&mut Vec<(u8, f32)>>,
) -> (SkeletonId, Option<Look>) {
    if let Some(wanted) = &mut wanted {
        wanted.clear();
    }
    let spotted = miner.add_spotted(record.message, facts);
    let seen = Seen {
        stream: record.stream,
        skeleton: spotted.skeleton,
        time: record.time,
        level: record.level,
        line: record.origin.line + before.0,
        offset: record.origin.offset + before.1,
    };
    // Values side by side share a slot; the first of them stands for it.
    let numbers = spotted.spots.iter().filter(|spot| spot.part() == 0).filter_map(|spot| {
        let number = (spot.slot() as u8, spot.number(record.message)?.value);
        if let Some(wanted) = &mut wanted {
            wanted.push((number.0, number.1 as f32));
        }
        Some(number)
    });
    gather.add(&seen, numbers);
    (spotted.skeleton, Some(spotted.look))
}

/// Mines one log.
pub(crate) struct MiningLog<'a> {
    mining: &'a Mining<'a>,
    set: usize,
    trail: Option<LogTrail<'a>>,
    mined: LogMined,
}

impl RecordSink for MiningLog<'_> {
    fn stream(&mut self, id: StreamId, name: &str) {
        self.mined.stream(id, name);
    }

    fn record(&mut self, record: &Record<'_>) {
        let (skeleton, heard, numbers) = self.mined.record(record);
        if let Some(trail) = &mut self.trail {
            trail.add(record, skeleton, heard, numbers);
        }
    }
}

impl Consumer for MiningLog<'_> {
    type Output = ();

    /// Only digests, examples, sessions and whom records belong to look at more than the message.
    fn needs(&self) -> Needs {
        let mining = &self.mining.settings;
        let ties = self.mining.trail.is_some_and(Trail::has_details);
        let looks = mining.as_parts || mining.examples > 0 || ties;
        let sessions = self.mined.sessions.as_ref().map_or(Needs::Message, SessionGather::needs);
        let rules = self.mined.listener.as_ref().map_or(Needs::Message, Listener::needs);
        let fields = looks || self.mined.versions.as_ref().is_some_and(Versions::needs_fields);
        if fields { Needs::Everything } else { sessions.max(rules) }
    }

    /// To mine alone takes no longer than to copy what is mined.
    fn is_quick(&self) -> bool {
        self.needs() == Needs::Message
            && self.mined.sessions.is_none()
            && self.mined.listener.is_none()
            && self.trail.is_none()
    }

    fn finish(self, _: &Reader) {
        if let Some(trail) = self.trail {
            trail.finish();
        }
        self.mining.take(self.set, self.mined);
    }
}
