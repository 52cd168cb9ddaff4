//! The lines of one segment of the journal in, what is unusual in them out, and at its end the model of it all.
//!
//! An epoch is what the daemon thinks about at once. A log that is followed goes on for ever, and what was gathered of it
//! would grow for ever; so after a number of bytes everything is judged for good, the model takes it in, and an empty
//! epoch begins. All of it is a function of the model and of the lines: not of the time, nor of how often it was judged,
//! nor in which pieces the lines came.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use logsift_engine::findings::feedback::Feedback;
use logsift_engine::model::Learned;
use logsift_engine::reader::Settings;
use logsift_engine::records::time::Time;
use logsift_engine::sessions::{Course, GatherSettings, learn_sessions};
use logsift_engine::templates::{Miner, MinerSettings, Templates};
use logsift_engine::windows::Place as RecordPlace;
use logsift_reports::detection::Detection;
use logsift_stores::generation::SourceState;
use logsift_stores::journal::Place;

use super::quoted::Quoted;
use super::settings::{DaemonSettings, OwnReader};
use super::tallies::{Hours, Minutes, Tallies};
use super::texts::Texts;
use crate::batch::LogStart;
use crate::detection::{self, Detecting, Quotes, Ruled};
use crate::following::live::Live;
use crate::following::{CERTAIN, LONGEST};
use crate::mining::{LogMined, Mined, MiningSettings};
use crate::quotes::LogAt;

/// Logs that are read at once; of more those end first of which nothing came for the longest time.
const OPEN: usize = 48;
/// What the model is called in reports.
const KNOWN: &str = "what was learned before";
/// Intervals of the past that the model keeps, until they are as long as they may be: as many as detectors want.
const INTERVALS: usize = 240;
/// Cells of the past that the model keeps. Where there are more its intervals become longer, and only when they are as
/// long as they may be the oldest go. They are a second long at first, so that a busy log has so many cells within
/// minutes: the memory of a daemon is settled soon and does not creep for hours.
const PAST: usize = 1 << 14;
/// Once the intervals of the past are longer, those of an epoch have 2^4 seconds, since no detector looks at shorter ones
/// then; and of such ones an hour has a whole number.
const GATHERED: u32 = 4;
/// Sessions of one log have this part of the memory of the miners, and where there are more logs a smaller one; those of
/// all that ended have twice as much.
const SESSIONS: usize = 8;
/// With so many logs the part of each is the smallest.
const MANY: usize = 32;
/// Of sessions the model keeps a fair sample of all that it learned: an event for so many bytes of the miners' memory.
const EVENT: usize = 32;

/// Lines go on when an epoch is over, and what is known of sessions comes from the epochs before.
const COURSE: Course = Course { goes_on: Some(0), is_own: true };

/// How an epoch is judged.
pub(super) struct Manner {
    pub(super) reader: Settings,
    /// How some logs are read instead.
    pub(super) readers: Vec<OwnReader>,
    pub(super) detecting: Detecting,
    /// Bytes that the miners may have in all.
    pub(super) memory: usize,
}

impl Manner {
    /// As the daemon is told; a model that is known already is handed over apart.
    pub(super) fn of(settings: &DaemonSettings) -> Manner {
        Manner {
            reader: settings.reader.clone(),
            readers: settings.readers.clone(),
            detecting: Detecting { known: None, course: COURSE, ..settings.detecting.clone() },
            memory: settings.limits.memory_bytes,
        }
    }

    /// How the log of that name is read.
    fn reader(&self, name: &str) -> &Settings {
        self.readers.iter().find(|own| own.means(name)).map_or(&self.reader, |own| &own.reader)
    }
}

/// One epoch.
pub(super) struct Epoch {
    manner: Manner,
    journal: PathBuf,
    /// The model of everything before.
    known: Learned,
    ended: Mined,
    /// The logs that have ended, by their numbers.
    logs: Vec<(usize, LogAt)>,
    open: Vec<Opened>,
    texts: Texts,
    quoted: Quoted,
    patterns: Vec<Option<String>>,
    /// The sessions of each log have one part in so many of the memory of the miners.
    sessions_share: usize,
    turn: u64,
    bytes: u64,
}

struct Opened {
    source: usize,
    live: Live,
    /// How it is read.
    reader: Settings,
    turn: u64,
}

/// Says whether nobody waits for a judgement any more.
pub(super) type GivenUp<'a> = &'a dyn Fn() -> bool;

/// What was found.
pub(super) struct Found {
    pub(super) detection: Detection,
    pub(super) templates: Templates,
    pub(super) hours: Hours,
    pub(super) minutes: Minutes,
    /// The time of the last record.
    pub(super) last: Option<i64>,
    /// At how many records each rule fired, by its number.
    pub(super) hits: BTreeMap<u32, u64>,
    /// Findings that more lines may still undo.
    pub(super) uncertain: Vec<String>,
}

#[cfg(test)]
impl Found {
    /// Nothing was found.
    pub(super) fn empty() -> Found {
        Found {
            detection: Detection::default(),
            templates: Miner::default().templates(),
            hours: Hours::default(),
            minutes: Minutes::default(),
            last: None,
            hits: BTreeMap::new(),
            uncertain: Vec::new(),
        }
    }
}

/// What came of an epoch.
pub(super) struct Lesson {
    pub(super) known: Learned,
    pub(super) manner: Manner,
    pub(super) patterns: Vec<Option<String>>,
}

impl Epoch {
    pub(super) fn new(manner: Manner, journal: &Path, known: Learned, sources: &[SourceState]) -> Epoch {
        let redaction = known.conditions().redaction;
        let mining = mining(&manner, &known, 2 * manner.memory / SESSIONS, false);
        Epoch {
            ended: Mined::begin(Learned::new(redaction, manner.memory), &mining),
            manner,
            journal: journal.to_owned(),
            known,
            logs: Vec::new(),
            open: Vec::new(),
            texts: Texts::default(),
            quoted: Quoted::default(),
            patterns: sources.iter().map(|source| source.pattern.clone()).collect(),
            sessions_share: sources.len().clamp(SESSIONS, MANY),
            turn: 0,
            bytes: 0,
        }
    }

    /// Lines of the source at that place of the list came; `state` is how far it was before them.
    pub(super) fn take(
        &mut self,
        source: usize,
        state: &SourceState,
        received: i64,
        lines: &[u8],
        at: Place,
    ) {
        self.bytes += lines.len() as u64;
        self.turn += 1;
        self.texts.add(source, state.bytes, lines.len(), at);
        let place = match self.open.iter().position(|opened| opened.source == source) {
            Some(place) => place,
            None => self.begin(source, state, received),
        };
        if let Some(opened) = self.open.get_mut(place) {
            opened.turn = self.turn;
            opened.live.take(lines, &opened.reader);
        }
    }

    /// Judges by another model from now on.
    pub(super) fn judge_by(&mut self, known: Learned) {
        self.known = known;
    }

    /// Heeds what people say now; says whether that is something else.
    pub(super) fn heed(&mut self, feedback: Option<(String, Feedback)>) -> bool {
        let said = &mut self.manner.detecting.feedback;
        let of = |said: &Option<(String, Feedback)>| said.as_ref().map(|(_, feedback)| feedback.clone());
        let is_new = of(said).unwrap_or_default() != of(&feedback).unwrap_or_default();
        *said = feedback;
        is_new
    }

    /// Bytes of its parts.
    pub(super) fn memory(&self) -> Vec<(&'static str, usize)> {
        let sum = |of: fn(&Live) -> usize| self.open.iter().map(|opened| of(&opened.live)).sum::<usize>();
        vec![
            ("known-templates", self.known.miner().bytes()),
            ("known-cells", self.known.history().bytes()),
            ("known-sessions", self.known.sessions().bytes()),
            ("templates", self.ended.learned.miner().bytes() + sum(Live::mined_bytes)),
            ("cells", self.ended.gathered.history.bytes() + self.ended.minutes.bytes()),
            ("sessions", self.ended.session_bytes() + sum(Live::session_bytes)),
            ("heads", sum(Live::head_bytes)),
            ("texts", self.texts.bytes()),
            ("quotes", self.quoted.bytes()),
        ]
    }

    /// Judges everything that came. `is_running` says that more lines of the last interval are on their way. Gives nothing
    /// where it is given up on the way, and then all is as if nobody had asked.
    pub(super) fn judge(&mut self, is_running: bool, is_given_up: GivenUp<'_>) -> Option<Found> {
        let (mut mined, mut logs) = (self.ended.clone(), self.logs.clone());
        for opened in &self.open {
            if is_given_up() {
                return None;
            }
            let (log, formats) = opened.live.as_if_ended(&opened.reader);
            note(&mut self.patterns, opened.source, formats.first());
            mined.absorb(log.without_part());
            logs.push((opened.source, log_at(opened.live.file(), formats)));
        }
        self.rule(mined, &logs, is_running, is_given_up)
    }

    /// No more lines come. What is judged from now on is judged for good, and no log has to be ended twice.
    pub(super) fn close(&mut self) {
        for opened in std::mem::take(&mut self.open) {
            self.end(opened);
        }
    }

    /// The epoch is over: the model takes it in.
    pub(super) fn learn(mut self) -> Lesson {
        self.close();
        let mut known = self.known;
        let Mined { learned, gathered, sessions, .. } = self.ended;
        known.miner_mut().absorb(learned.into_miner());
        // Whoever looks into the model sees these ids, so what they stand for is remembered.
        known.miner_mut().issue();
        if let Some(sessions) = sessions {
            let sessions = learn_sessions(sessions, &known.miner().templates(), &COURSE);
            known.learn_sessions(&sessions);
            known.thin_sessions((self.manner.memory / EVENT) as u64);
        }
        known.remember(gathered.history.settled());
        let lengths = match self.manner.detecting.timeline.level {
            Some(level) => (level, level),
            None => (0, LONGEST),
        };
        known.keep_intervals(INTERVALS, PAST, lengths);
        known.keep_latest(PAST);
        Lesson { known, manner: self.manner, patterns: self.patterns }
    }

    fn begin(&mut self, source: usize, state: &SourceState, received: i64) -> usize {
        if self.open.len() >= OPEN {
            let idle = self.open.iter().enumerate().min_by_key(|(_, opened)| opened.turn);
            if let Some(at) = idle.map(|(at, _)| at) {
                let opened = self.open.remove(at);
                self.end(opened);
            }
        }
        let name = state.source.shown();
        let redaction = self.known.conditions().redaction;
        let most = self.manner.memory / self.sessions_share;
        let mining = mining(&self.manner, &self.known, most, state.bytes > 0);
        let miner = Miner::new(MinerSettings {
            budget: self.manner.memory / 2,
            keep_values: redaction == logsift_engine::model::Redaction::None,
        });
        let start = LogStart { set: 0, name: &name, file: &name };
        let log = LogMined::begin(&mining, miner, &start, 0, (state.lines, state.bytes));
        let pattern = self.patterns.get(source).cloned().flatten();
        let modified = Some(Time::from_nanos(received));
        let live = Live::new(&name, name.clone(), modified, log, None, pattern);
        let reader = self.manner.reader(&state.source.name).clone();
        self.open.push(Opened { source, live, reader, turn: self.turn });
        self.open.len() - 1
    }

    fn end(&mut self, opened: Opened) {
        let file = opened.live.file().to_owned();
        let (log, formats) = opened.live.finish(&opened.reader);
        note(&mut self.patterns, opened.source, formats.first());
        self.ended.absorb(log.without_part());
        self.logs.push((opened.source, log_at(&file, formats)));
    }

    fn rule(
        &mut self,
        mut mined: Mined,
        logs: &[(usize, LogAt)],
        is_running: bool,
        is_given_up: GivenUp<'_>,
    ) -> Option<Found> {
        let redaction = self.known.conditions().redaction;
        let nothing = || Learned::new(redaction, 0);
        let mut miner = self.known.miner().clone();
        miner.absorb(std::mem::replace(&mut mined.learned, nothing()).into_miner());
        let templates = miner.templates();
        drop(miner);
        mined.gathered.settle();
        mined.minutes.settle();
        let Tallies { hours, minutes, last } = Tallies::of(&mined.gathered, &mined.minutes, &templates);
        if is_given_up() {
            return None;
        }
        // The model stands beside what was mined on top of it: detectors tell both apart. It is lent and not copied,
        // since it is the largest thing there is.
        let known = std::mem::replace(&mut self.known, nothing());
        let detecting = &mut self.manner.detecting;
        detecting.timeline.longest = Some(LONGEST);
        detecting.known = Some((KNOWN.to_owned(), known));
        let ruled = detection::rule(&mut mined, &templates, detecting, self.bytes as f64 / 1e9);
        let quotes = self.quotes(logs, ruled.places(), is_given_up);
        let logs: Vec<LogAt> = logs.iter().map(|(_, log)| log.clone()).collect();
        let detection = ruled.report_with(&logs, &quotes, &self.manner.detecting);
        if let Some((_, known)) = self.manner.detecting.known.take() {
            self.known = known;
        }
        let uncertain = uncertain(&ruled, &detection, is_running);
        let hits = ruled.rules.counts().into_iter().map(|(rule, (_, records))| (rule, records)).collect();
        let found = Found { detection, templates, hours, minutes, last, hits, uncertain };
        // Its quotes may be missing then.
        (!is_given_up()).then_some(found)
    }

    /// The records that are shown, from the journal: the files may be gone.
    fn quotes(
        &mut self,
        logs: &[(usize, LogAt)],
        places: Vec<RecordPlace>,
        is_given_up: GivenUp<'_>,
    ) -> Quotes {
        let mut quotes = Quotes::new();
        self.quoted.begin();
        for place in places {
            if is_given_up() {
                break;
            }
            let Some((source, log)) = logs.get(place.log as usize) else { continue };
            let reader = self.manner.reader(&log.file);
            let around = || self.texts.around(&self.journal, *source, place.offset);
            if let Some(quote) = self.quoted.quote(*source, place.offset, log, reader, around) {
                quotes.insert(place, quote);
            }
        }
        self.quoted.end();
        quotes
    }
}

/// How logs are mined; their sessions have so many bytes, where people want them looked at.
fn mining(manner: &Manner, known: &Learned, most: usize, begun: bool) -> MiningSettings {
    let keys = || known.sessions().keys().cloned().collect();
    let by = || manner.detecting.session_named();
    let sessions = manner.detecting.session.is_some();
    let sessions = sessions.then(|| GatherSettings { by: by(), known: keys(), most, begun });
    MiningSettings {
        redaction: known.conditions().redaction,
        gathers: Some(known.history().level().min(GATHERED)),
        minutes: true,
        rules: manner.detecting.rules.clone(),
        sessions,
        ..MiningSettings::default()
    }
}

/// Findings of the interval that goes on, where more lines may still undo them.
fn uncertain(ruled: &Ruled, detection: &Detection, is_running: bool) -> Vec<String> {
    let spans = ruled.spans();
    let open = ruled.last_interval().filter(|_| is_running);
    let may_change = |id: &str, kind: &str| {
        spans.get(id).is_some_and(|span| open == Some(span.first)) && !CERTAIN.contains(&kind)
    };
    let rows = detection.findings.iter().filter(|row| may_change(&row.id, &row.kind));
    rows.map(|row| row.id.clone()).collect()
}

fn log_at(file: &str, formats: Vec<String>) -> LogAt {
    LogAt { set: usize::MAX, file: file.to_owned(), formats }
}

/// Remembers what a log was read with; one of which nothing was read has said nothing.
fn note(patterns: &mut Vec<Option<String>>, source: usize, pattern: Option<&String>) {
    let Some(pattern) = pattern else { return };
    if patterns.len() <= source {
        patterns.resize(source + 1, None);
    }
    if let Some(known) = patterns.get_mut(source) {
        *known = Some(pattern.clone());
    }
}

#[cfg(test)]
mod tests {
    use logsift_engine::detectors::rule::built_in;
    use logsift_engine::model::Redaction;
    use logsift_stores::journal::Source;

    use super::super::settings::DaemonSettings;
    use super::super::tests::settings;
    use super::*;

    fn state(name: &str) -> SourceState {
        SourceState {
            source: Source { name: name.to_owned(), kind: "push".to_owned(), labels: Vec::new() },
            ..SourceState::default()
        }
    }

    /// All that may be told of what was found.
    fn told(found: &Found) -> String {
        let Found { detection, templates, last, hits, uncertain, .. } = found;
        let templates: Vec<_> = templates.list().iter().map(|one| (one.id, one.stats.count())).collect();
        format!("{detection:#?} {templates:?} {last:?} {hits:?} {uncertain:?}")
    }

    #[test]
    fn what_is_closed_is_judged_as_if_it_had_ended() {
        let folder = tempfile::tempdir().unwrap();
        let mut wanted: DaemonSettings = settings(folder.path());
        wanted.detecting.rules = Some(built_in().clone());
        wanted.detecting.session = Some(Detecting::FOUND.to_owned());
        let sources = [state("push/long"), state("push/short")];
        let known = Learned::new(Redaction::None, wanted.limits.memory_bytes);
        let mut epoch = Epoch::new(Manner::of(&wanted), folder.path(), known, &sources);
        let line = |nth: u32| {
            let (minute, second) = (nth / 60 % 60, nth % 60);
            let what = match nth {
                2000..2040 => {
                    "Failed password for invalid user admin from 203.0.113.9 port 22 ssh2".to_owned()
                }
                _ => format!("request req_{:010} served in {} ms", nth / 2, nth % 7),
            };
            format!("2026-03-01T{:02}:{minute:02}:{second:02}Z INFO {what}\n", nth / 3600)
        };
        let long: String = (0..4000).map(line).collect();
        epoch.take(0, &sources[0], 0, long.as_bytes(), Place::default());
        // Its reader has not decided yet how it is read.
        epoch.take(1, &sources[1], 0, b"2026-03-01T00:10:00Z WARN low on memory\n", Place::default());
        let found = epoch.judge(false, &|| false).unwrap();
        assert!(
            !found.detection.findings.is_empty()
                && !found.hits.is_empty()
                && found.templates.list().len() == 3
        );
        let going_on = told(&found);
        epoch.close();
        let closed = epoch.judge(false, &|| false).map(|found| told(&found)).unwrap();
        let again = epoch.judge(false, &|| false).map(|found| told(&found)).unwrap();
        assert_eq!((&closed, &again), (&going_on, &closed));
        let records = epoch.learn().known.totals().count();
        assert_eq!(records, 4001);
    }

    #[test]
    fn lines_between_objects_keep_their_headers_in_the_next_epoch() {
        let folder = tempfile::tempdir().unwrap();
        let wanted: DaemonSettings = settings(folder.path());
        let line = |nth: u32| match nth % 3 {
            0 => format!(
                "2026-03-01 00:00:{:02} {} disk at {nth} %\n",
                nth % 60,
                ["INFO", "WARN"][nth as usize % 2]
            ),
            _ => format!(
                "{{\"time\":\"2026-03-01T00:00:{:02}Z\",\"level\":\"info\",\"msg\":\"request {nth}\"}}\n",
                nth % 60
            ),
        };
        let lines: String = (0..300).map(line).collect();
        let of = |format: Option<&str>| {
            let before = SourceState { pattern: format.map(str::to_owned), ..state("push/mixed") };
            let known = Learned::new(Redaction::None, wanted.limits.memory_bytes);
            let mut epoch =
                Epoch::new(Manner::of(&wanted), folder.path(), known, std::slice::from_ref(&before));
            epoch.take(0, &before, 0, lines.as_bytes(), Place::default());
            let found = epoch.judge(false, &|| false).unwrap();
            let lesson = epoch.learn();
            (told(&found), lesson.patterns)
        };
        let (first, formats) = of(None);
        assert_eq!(formats, [Some("json".to_owned())]);
        assert_eq!(of(formats[0].as_deref()), (first, formats));
    }

    #[test]
    fn sessions_have_their_part_of_the_memory() {
        let folder = tempfile::tempdir().unwrap();
        let mut wanted: DaemonSettings = settings(folder.path());
        wanted.detecting.session = Some("req_".to_owned());
        wanted.limits.memory_bytes = 1 << 20;
        // Each request takes its steps in an order of its own.
        let line = |nth: u32| {
            let mixed = u64::from(nth + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mixed = (mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let step = if mixed >> 40 & 1 == 0 { "read" } else { "written" };
            format!("2026-03-01T{:02}:00:00Z INFO req_{:06} {step}\n", nth / 3600 % 24, nth / 16)
        };
        let of_epoch = |known: Learned, sources: usize, from: u32| {
            let sources: Vec<SourceState> = (0..sources).map(|nth| state(&format!("push/{nth}"))).collect();
            let lines: String = (from..from + 40_000).map(line).collect();
            let mut epoch = Epoch::new(Manner::of(&wanted), folder.path(), known, &sources);
            epoch.take(0, &state("push/0"), 0, lines.as_bytes(), Place::default());
            let held = epoch.memory().into_iter().find(|(part, _)| *part == "sessions").unwrap().1;
            (held, epoch.learn().known)
        };
        let nothing = || Learned::new(Redaction::None, wanted.limits.memory_bytes);
        let [one, some, many] = [0, 12, 100].map(|sources| of_epoch(nothing(), sources, 0).0);
        assert!(one > some && some > many && many > 0, "{one} {some} {many}");
        let mut known = nothing();
        let kept = [0, 1, 2].map(|epoch| {
            known = of_epoch(std::mem::replace(&mut known, nothing()), 0, epoch * 40_000).1;
            known.sessions().bytes()
        });
        assert!(kept[0] > 10_000 && kept[1..] == [kept[0]; 2], "{kept:?}");
    }
}
