//! Lines of logs that are being written in, findings as they happen out, and the model of all of it: `logsift watch`.
//!
//! Every log has a reader and a miner of its own that go on for as long as the log does. To judge, what they counted so
//! far is laid out and judged by the same loop as in a scan: so at the end, when nothing more comes, the findings are
//! those of a scan over the same lines. Before that they may differ, in ways that are looked after here. An interval
//! that goes on may still get what it lacks, so until it is over only findings are told that more lines cannot undo, and
//! sessions that are likely to go on are not judged yet. Intervals are no longer than a minute, so that findings are told
//! in time. What was told is told once, even where it goes on, or gets another template as more is known; and what was
//! long over before it looked odd is told at the end only. Of every incident its leading finding is told, and what is
//! grave by itself; what merely came along is in the report of a scan.

pub(crate) mod live;
pub mod positions;
mod told;

use std::collections::BTreeMap;

use logsift_engine::model::Learned;
use logsift_engine::records::time::Time;
use logsift_engine::sessions::{Course, GatherSettings};
use logsift_engine::templates::{Miner, MinerSettings};
use logsift_reports::detection::FindingRow;
use logsift_sources::{Part, Plan, SourceSet};

use crate::batch::LogStart;
use crate::detection::{self, Detecting};
use crate::mining::{BUDGET, LogMined, Mined, MiningSettings, shared_folder};
use crate::quotes::LogAt;
use crate::scan::ScanSettings;
use live::Live;
use told::Told;

/// While logs go on, intervals are no longer than 2^6 seconds.
pub(crate) const LONGEST: u32 = 6;
/// What was over for so many seconds when it was judged before is no news: more lines made it look odder than it did.
const NEWS: i64 = 900;
/// How long nothing has come when it is idle, in milliseconds.
const IDLE: i64 = 70_000;
/// Findings of kinds that more lines cannot undo.
pub(crate) const CERTAIN: [&str; 6] =
    ["hard-signal", "rare-error", "new-template", "new-value", "value-range", "burst"];

/// Logs that are followed.
pub struct Following {
    settings: ScanSettings,
    detecting: Detecting,
    plan: Plan,
    /// The length of the folder that all logs are in.
    folder: usize,
    /// What was mined of logs that have ended.
    ended: Mined,
    logs: Vec<LogAt>,
    live: Vec<Option<Live>>,
    /// The formats that logs were read with last: patterns, or names.
    patterns: Vec<Option<String>>,
    /// The model: what is known, and all logs that have ended.
    model: Option<Learned>,
    /// Bytes of sessions from which on they are learned and forgotten.
    most_sessions: usize,
    told: Told,
    /// When the last interval of each stream was over that was judged last, in seconds since 1970.
    judged: BTreeMap<Option<String>, i64>,
    bytes: u64,
}

/// How sure it is that no more will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Lines are coming.
    Running,
    /// Nothing has come for so long that open intervals are over.
    Idle,
    /// Nobody follows the logs any more; they go on.
    Stopped,
    /// Nothing will come any more.
    End,
}

impl Moment {
    /// Whether it is judged for the last time.
    fn is_last(self) -> bool {
        matches!(self, Moment::Stopped | Moment::End)
    }
}

/// What is new since it was judged last.
#[derive(Debug, Default)]
pub struct News {
    /// Findings that were not told before, in the order of time, each with the title of its incident.
    pub findings: Vec<(FindingRow, String)>,
    /// Findings told that would not be raised now.
    pub withdrawn: u64,
    /// All that were told.
    pub told: u64,
    /// Records of all logs.
    pub records: u64,
}

impl Following {
    /// Follows the logs of a plan. `keeps_model` says that [`Following::model`] will be asked for.
    pub fn new(plan: Plan, settings: ScanSettings, detecting: Detecting, keeps_model: bool) -> Following {
        let known = detecting.known.as_ref().map(|(_, learned)| learned.clone());
        let nothing = || Learned::new(settings.redaction, BUDGET);
        let course = Course { goes_on: Some(0), is_own: keeps_model };
        let detecting = Detecting { course, ..detecting };
        let sessions = detecting.session.is_some().then(|| detecting.gathering());
        Following {
            folder: shared_folder(&plan),
            most_sessions: GatherSettings::default().most,
            ended: Mined::begin(
                nothing(),
                &MiningSettings { rules: detecting.rules.clone(), sessions, ..MiningSettings::default() },
            ),
            logs: Vec::new(),
            live: plan.sets.iter().map(|_| None).collect(),
            patterns: vec![None; plan.sets.len()],
            model: keeps_model.then(|| known.unwrap_or_else(nothing)),
            told: Told::default(),
            judged: BTreeMap::new(),
            bytes: 0,
            plan,
            settings,
            detecting,
        }
    }

    /// The logs, in the order of the plan.
    pub fn sets(&self) -> &[SourceSet] {
        &self.plan.sets
    }

    /// The pattern that a log was read with before it is followed.
    pub fn was_read_with(&mut self, set: usize, pattern: Option<String>) {
        if let Some(known) = self.patterns.get_mut(set) {
            *known = pattern;
        }
    }

    /// The pattern that a log was read with when it was judged last.
    pub fn pattern(&self, set: usize) -> Option<&str> {
        self.patterns.get(set)?.as_deref()
    }

    /// A log begins, or goes on behind so many lines and bytes.
    pub fn begin(&mut self, set: usize, modified: Option<Time>, before: (u64, u64)) {
        self.end(set, false);
        let Some(source) = self.plan.sets.get(set) else { return };
        let file = source.parts().first().map_or(source.name(), Part::name).to_owned();
        if before == (0, 0) {
            self.told.begins(&file);
        }
        let sessions = self.detecting.session.is_some();
        let mining = MiningSettings {
            redaction: self.settings.redaction,
            as_parts: true,
            gathers: Some(0),
            sets: self.plan.sets.len(),
            sessions: sessions
                .then(|| GatherSettings { begun: before != (0, 0), ..self.detecting.gathering() }),
            rules: self.detecting.rules.clone(),
            ..MiningSettings::default()
        };
        let miner = Miner::new(MinerSettings {
            budget: if self.plan.sets.len() > 1 { BUDGET / 2 } else { BUDGET },
            keep_values: self.settings.redaction == logsift_engine::model::Redaction::None,
        });
        let start = LogStart { set, name: source.name(), file: &file };
        let log = LogMined::begin(&mining, miner, &start, self.folder, before);
        let pattern = self.patterns.get(set).cloned().flatten();
        let live = Live::new(source.name(), file, modified, log, self.settings.stream.as_ref(), pattern);
        if let Some(place) = self.live.get_mut(set) {
            *place = Some(live);
        }
    }

    /// Lines of a log have come.
    pub fn take(&mut self, set: usize, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        if let Some(Some(live)) = self.live.get_mut(set) {
            live.take(bytes, &self.settings.reader);
        }
        self.turn_sessions();
    }

    /// Sessions go on for ever, and memory does not: when they are too many, those so far become what is known of them.
    fn turn_sessions(&mut self) {
        let live = self.live.iter().flatten().map(Live::session_bytes);
        if live.sum::<usize>() + self.ended.session_bytes() <= self.most_sessions / 2 {
            return;
        }
        // Those of logs that have ended are part of the model already.
        let ended = self.ended.turn_sessions(self.detecting.gathering(), &Course::default());
        self.detecting.learned_sessions.absorb(&ended);
        for live in self.live.iter_mut().flatten() {
            let Some(lesson) = live.turn_sessions(&self.detecting.course) else { continue };
            self.detecting.learned_sessions.absorb(&lesson);
            if let Some(model) = &mut self.model {
                model.learn_sessions(&lesson);
            }
        }
        self.detecting.course.is_own = true;
        self.told.forget_sessions();
    }

    /// Nothing has come for a while: records that wait for more lines are over.
    pub fn pause(&mut self) {
        self.live.iter_mut().flatten().for_each(Live::pause);
    }

    /// A log has ended. Where it stands still says whether its lines can be read again.
    pub fn end(&mut self, set: usize, stands: bool) {
        let Some(live) = self.live.get_mut(set).and_then(Option::take) else { return };
        let file = live.file().to_owned();
        let (log, formats) = live.finish(&self.settings.reader);
        note(&mut self.patterns, set, formats.first());
        if let Some(model) = &mut self.model {
            log.clone().teach(model, &Course { goes_on: Some(0), ..self.detecting.course });
        }
        self.ended.absorb(log.without_part());
        // A set that is not in the plan is never read again.
        self.logs.push(LogAt { set: if stands { set } else { usize::MAX }, file, formats });
    }

    /// Judges all that has come so far. `silently` takes everything for told.
    pub fn judge(&mut self, moment: Moment, silently: bool) -> News {
        if moment.is_last() {
            (0..self.live.len()).for_each(|set| self.end(set, true));
        }
        let (mut mined, mut logs) = (self.ended.clone(), self.logs.clone());
        for (set, live) in self.live.iter().enumerate() {
            let Some(live) = live else { continue };
            let (log, formats) = live.so_far(&self.settings.reader);
            note(&mut self.patterns, set, formats.first());
            mined.absorb(log.without_part());
            logs.push(LogAt { set, file: live.file().to_owned(), formats });
        }
        self.detecting.timeline.longest = (!moment.is_last()).then_some(LONGEST);
        self.detecting.course.goes_on = match moment {
            Moment::Running | Moment::Stopped => Some(0),
            Moment::Idle => Some(IDLE),
            Moment::End => None,
        };
        let records = mined.gathered.records;
        let (findings, allowed) = self.rule(mined, &logs, moment);
        let mut news = self.told.news(findings, allowed, silently);
        news.records = records;
        news
    }

    /// The findings that are raised and can be told, and how many incidents the budget allows so far.
    fn rule(&mut self, mut mined: Mined, logs: &[LogAt], moment: Moment) -> (Vec<told::Raised>, f64) {
        if let Some((_, known)) = &self.detecting.known {
            let alone = std::mem::replace(&mut mined.learned, known.clone());
            mined.learned.miner_mut().absorb(alone.miner().clone());
        }
        let templates = mined.learned.miner().templates();
        let ruled = detection::rule(&mut mined, &templates, &self.detecting, self.bytes as f64 / 1e9);
        let redacted = self.settings.redaction != logsift_engine::model::Redaction::None;
        let report = ruled.report(&self.plan, logs, &self.settings.reader, &self.detecting, redacted);
        let spans = ruled.spans();
        let open = ruled.last_interval().filter(|_| moment == Moment::Running);
        let before = std::mem::replace(&mut self.judged, ruled.ends());
        let is_stale = |stream: &Option<String>, to: i64| {
            let judged = before.get(stream).filter(|_| !moment.is_last());
            judged.is_some_and(|judged| to < judged.saturating_sub(NEWS))
        };
        let raised = report.findings.into_iter().filter_map(|row| {
            let incident = row.incident_id.as_ref()?;
            let at = report.incidents.iter().position(|known| known.id == *incident)?;
            let title = report.incidents.get(at)?.title.clone();
            let span = spans.get(&row.id).copied()?;
            let free = ruled.detected.incidents.get(at).is_some_and(|incident| incident.hard);
            let stale = is_stale(&row.stream, span.to);
            Some(told::Raised { row, title, incident: at, span, stale, free })
        });
        let certain = |raised: &told::Raised| {
            open != Some(raised.span.first) || CERTAIN.contains(&raised.row.kind.as_str())
        };
        (raised.filter(certain).collect(), ruled.detected.ledger.allowed)
    }

    /// The bytes of the model of all that is known and has come so far; nothing where it was not wanted.
    pub fn model(&self) -> Option<Vec<u8>> {
        let mut model = self.model.clone()?;
        for live in self.live.iter().flatten() {
            let course = Course { goes_on: Some(0), ..self.detecting.course };
            live.so_far(&self.settings.reader).0.teach(&mut model, &course);
        }
        // Whoever looks into the model sees these ids, so what they stand for is remembered.
        model.miner_mut().issue();
        Some(model.write())
    }
}

/// Remembers what a log was read with; one of which nothing was read has said nothing.
fn note(patterns: &mut [Option<String>], set: usize, pattern: Option<&String>) {
    if let (Some(known), Some(pattern)) = (patterns.get_mut(set), pattern) {
        *known = Some(pattern.clone());
    }
}
