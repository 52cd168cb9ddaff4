//! The lines of one segment of the journal in, what is unusual in them out, and at its end the model of it all.
//!
//! An epoch is what the daemon thinks about at once. A log that is followed goes on for ever, and what was gathered of it
//! would grow for ever; so after a number of bytes everything is judged for good, the model takes it in, and an empty
//! epoch begins. All of it is a function of the model and of the lines: not of the time, nor of how often it was judged,
//! nor in which pieces the lines came.

use std::path::{Path, PathBuf};

use logsift_engine::model::Learned;
use logsift_engine::reader::Settings;
use logsift_engine::records::time::Time;
use logsift_engine::templates::{Miner, MinerSettings, Templates};
use logsift_engine::windows::Place as RecordPlace;
use logsift_reports::detection::Detection;
use logsift_stores::generation::SourceState;
use logsift_stores::journal::Place;

use super::tallies::{Hours, Minutes, Tallies};
use super::texts::Texts;
use crate::batch::LogStart;
use crate::detection::{self, Detecting, Quotes};
use crate::following::live::Live;
use crate::following::{CERTAIN, LONGEST};
use crate::mining::{LogMined, Mined, MiningSettings};
use crate::quotes::{LogAt, quote};

/// Logs that are read at once; of more those end first of which nothing came for the longest time.
const OPEN: usize = 48;
/// What the model is called in reports.
const KNOWN: &str = "what was learned before";
/// Cells of the past that the model keeps, so that its intervals stay short.
const PAST: usize = 1 << 16;

/// How an epoch is judged.
pub(super) struct Manner {
    pub(super) reader: Settings,
    pub(super) detecting: Detecting,
    /// Bytes that the miners may have in all.
    pub(super) memory: usize,
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
    patterns: Vec<Option<String>>,
    turn: u64,
    bytes: u64,
}

struct Opened {
    source: usize,
    live: Live,
    turn: u64,
}

/// What was found.
pub(super) struct Found {
    pub(super) detection: Detection,
    pub(super) templates: Templates,
    pub(super) hours: Hours,
    pub(super) minutes: Minutes,
    /// The time of the last record.
    pub(super) last: Option<i64>,
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
        Epoch {
            ended: Mined::begin(
                Learned::new(redaction, manner.memory),
                &MiningSettings { rules: manner.detecting.rules.clone(), ..MiningSettings::default() },
            ),
            manner,
            journal: journal.to_owned(),
            known,
            logs: Vec::new(),
            open: Vec::new(),
            texts: Texts::default(),
            patterns: sources.iter().map(|source| source.pattern.clone()).collect(),
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
            opened.live.take(lines, &self.manner.reader);
        }
    }

    /// Judges by another model from now on.
    pub(super) fn judge_by(&mut self, known: Learned) {
        self.known = known;
    }

    /// Bytes of its parts.
    pub(super) fn memory(&self) -> Vec<(&'static str, usize)> {
        let sum = |of: fn(&Live) -> usize| self.open.iter().map(|opened| of(&opened.live)).sum::<usize>();
        vec![
            ("known-templates", self.known.miner().bytes()),
            ("known-cells", self.known.history().bytes()),
            ("templates", self.ended.learned.miner().bytes() + sum(Live::mined_bytes)),
            ("cells", self.ended.gathered.history.bytes()),
            ("heads", sum(Live::head_bytes)),
            ("texts", self.texts.bytes()),
        ]
    }

    /// Judges everything that came. `is_running` says that more lines of the last interval are on their way.
    pub(super) fn judge(&mut self, is_running: bool) -> Found {
        let (mut mined, mut logs) = (self.ended.clone(), self.logs.clone());
        for opened in &self.open {
            let (log, pattern) = opened.live.as_if_ended(&self.manner.reader);
            note(&mut self.patterns, opened.source, pattern.as_ref());
            mined.absorb(log.without_part());
            logs.push((opened.source, log_at(opened.live.file(), pattern)));
        }
        self.rule(mined, &logs, is_running)
    }

    /// The epoch is over: the model takes it in.
    pub(super) fn learn(mut self) -> Lesson {
        for opened in std::mem::take(&mut self.open) {
            self.end(opened);
        }
        let mut known = self.known;
        let Mined { learned, gathered, .. } = self.ended;
        known.miner_mut().absorb(learned.miner().clone());
        // Whoever looks into the model sees these ids, so what they stand for is remembered.
        known.miner_mut().issue();
        known.keep_latest(PAST);
        known.remember(gathered.history.settled());
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
        let rules = self.manner.detecting.rules.clone();
        let mining = MiningSettings { redaction, gathers: true, rules, ..MiningSettings::default() };
        let miner = Miner::new(MinerSettings {
            budget: self.manner.memory / 2,
            keep_values: redaction == logsift_engine::model::Redaction::None,
        });
        let start = LogStart { set: 0, name: &name, file: &name };
        let log = LogMined::begin(&mining, miner, &start, 0, (state.lines, state.bytes));
        let pattern = self.patterns.get(source).cloned().flatten();
        let modified = Some(Time::from_nanos(received));
        let live = Live::new(&name, name.clone(), modified, log, None, pattern);
        self.open.push(Opened { source, live, turn: self.turn });
        self.open.len() - 1
    }

    fn end(&mut self, opened: Opened) {
        let file = opened.live.file().to_owned();
        let (log, pattern) = opened.live.finish(&self.manner.reader);
        note(&mut self.patterns, opened.source, pattern.as_ref());
        self.ended.absorb(log.without_part());
        self.logs.push((opened.source, log_at(&file, pattern)));
    }

    fn rule(&mut self, mut mined: Mined, logs: &[(usize, LogAt)], is_running: bool) -> Found {
        let alone = std::mem::replace(&mut mined.learned, self.known.clone());
        mined.learned.miner_mut().absorb(alone.miner().clone());
        let templates = mined.learned.miner().templates();
        let Tallies { hours, minutes, last } = Tallies::of(&mined.gathered, &templates);
        let detecting = &mut self.manner.detecting;
        detecting.timeline.longest = Some(LONGEST);
        // The model stands beside what was mined on top of it: detectors tell both apart.
        detecting.known = Some((KNOWN.to_owned(), self.known.clone()));
        let ruled = detection::rule(&mut mined, &templates, detecting, self.bytes as f64 / 1e9);
        let quotes = self.quotes(logs, ruled.places());
        let logs: Vec<LogAt> = logs.iter().map(|(_, log)| log.clone()).collect();
        let detection = ruled.report_with(&logs, &quotes, &self.manner.detecting);
        let spans = ruled.spans();
        let open = ruled.last_interval().filter(|_| is_running);
        let may_change = |id: &str, kind: &str| {
            spans.get(id).is_some_and(|span| open == Some(span.first)) && !CERTAIN.contains(&kind)
        };
        let uncertain = detection.findings.iter().filter(|row| may_change(&row.id, &row.kind));
        let uncertain = uncertain.map(|row| row.id.clone()).collect();
        self.manner.detecting.known = None;
        Found { detection, templates, hours, minutes, last, uncertain }
    }

    /// The records that are shown, from the journal: the files may be gone.
    fn quotes(&self, logs: &[(usize, LogAt)], places: Vec<RecordPlace>) -> Quotes {
        let mut quotes = Quotes::new();
        for place in places {
            let Some((source, log)) = logs.get(place.log as usize) else { continue };
            let Some((before, rest)) = self.texts.around(&self.journal, *source, place.offset) else {
                continue;
            };
            quotes.insert(place, quote(log, &self.manner.reader, None, &before, &rest));
        }
        quotes
    }
}

fn log_at(file: &str, pattern: Option<String>) -> LogAt {
    LogAt { set: usize::MAX, file: file.to_owned(), pattern }
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
