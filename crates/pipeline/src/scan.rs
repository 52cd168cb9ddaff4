//! A plan and what was asked for in, the report of a scan out; and a row per record where asked for.
//!
//! This is what `logsift scan` is without its words and screens. Where a distance from the end of the log was asked
//! for, everything is read twice: the end must be known before the first record can be chosen.

use std::cmp::Reverse;
use std::io::{self, Write};

pub use globset::Glob;
use globset::GlobMatcher;
use logsift_engine::model::Redaction;
use logsift_engine::reader::{Reader, Settings};
use logsift_engine::records::level::Level;
use logsift_engine::records::record::{Record, RecordSink, StreamId};
use logsift_engine::records::time::Time;
use logsift_engine::windows::{TemplateFacts, Timeline};
use logsift_reports::records::RowWriter;
use logsift_reports::scan_report::{Asked, Notice, NoticeKind, ScanReport, TemplateBrief, TemplatesOverview};
use logsift_reports::templates_report::shown;
use logsift_sources::Plan;
use thiserror::Error;

use crate::batch::{Consumer, Factory, Job, LogStart, Needs, SetRead, read};
use crate::both::Both;
use crate::detection::{self, Detecting, SCORES_HEADER, Scores, odd_rows, session_rows};
use crate::diff::{self, ReadAgain};
use crate::mining::{Mined, Mining, MiningSettings};
use crate::moment::Moment;
use crate::ordered::Ordered;
use crate::quotes::LogAt;
use crate::tally;
use crate::trail::Trail;
use crate::watch::Watch;

/// Rows are handed on in blocks of about this size.
const ROWS_AT_ONCE: usize = 64 << 10;
/// So many of the most frequent templates are told.
const TOP: usize = 5;
/// So many of the rarest.
const RARE: usize = 5;

/// What is asked of a scan.
#[derive(Clone, Debug)]
pub struct ScanSettings {
    /// How every log is read.
    pub reader: Settings,
    /// Records at or after this.
    pub since: Option<Moment>,
    /// Records at or before this.
    pub until: Option<Moment>,
    /// Streams with such a name.
    pub stream: Option<Glob>,
    /// What the reader removes, as a model tells it.
    pub redaction: Redaction,
    /// At most so many threads.
    pub threads: usize,
    /// Nothing but the rows is wanted: where they can no longer be written, reading may end.
    pub only_rows: bool,
    /// What is unusual is wanted, and how it is looked for.
    pub detecting: Option<Detecting>,
}

/// Where rows go.
#[derive(Default)]
pub struct RowsOut<'a> {
    /// A row of NDJSON for every record.
    pub records: Option<Ordered>,
    /// A row of CSV for every record with its score.
    pub scores: Option<&'a mut dyn Write>,
    /// A row of CSV for every session with its score.
    pub sessions: Option<&'a mut dyn Write>,
}

/// What came of a scan.
#[derive(Debug)]
pub struct Scanned {
    /// The report.
    pub report: ScanReport,
    /// Whether the rows could be written.
    pub rows: io::Result<()>,
    /// Whether the scores could be written.
    pub scores: io::Result<()>,
    /// Whether the scores of sessions could be written.
    pub sessions: io::Result<()>,
}

/// Why a scan cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ScanError {
    /// A distance from the end of the log, and the log has no end.
    #[error(
        "no record has a time, so the end of the log is not known\nhint: give --since and --until as dates"
    )]
    NoEnd,
    /// What is kept of every record until all were read is lost.
    #[error("what was kept of the records cannot be read: {0}\nhint: set TMPDIR to a folder with room")]
    Kept(String),
}

impl ScanSettings {
    /// Mines on top of what is known, so that both have the same templates.
    fn mining<'a>(&self, plan: &Plan, detecting: &Detecting, trail: Option<&'a Trail>) -> Mining<'a> {
        let settings = MiningSettings {
            redaction: self.redaction,
            sets: plan.sets.len(),
            gathers: Some(0),
            sessions: Some(detecting.gathering()),
            rules: detecting.rules.clone(),
            ..MiningSettings::default()
        };
        // A baseline and what is compared with it are told apart later.
        let before = detecting.known.as_ref().filter(|_| detecting.baseline.is_none());
        Mining::new(plan, settings, before.map(|(_, learned)| learned.clone()), trail)
    }

    /// Whether the end of the log must be known before its records can be chosen.
    pub fn needs_end(&self) -> bool {
        [self.since, self.until].into_iter().flatten().any(|moment| matches!(moment, Moment::BeforeEnd(_)))
    }
}

/// Reads everything and says what was in it and what is unusual about it.
pub fn scan(
    plan: &Plan,
    settings: &ScanSettings,
    out: RowsOut<'_>,
    watch: &Watch,
) -> Result<Scanned, ScanError> {
    let chosen = Chosen::of(plan, settings, watch)?;
    let job = chosen.job(settings, watch);
    let trail = out.scores.is_some().then(Trail::with_details);
    let mining =
        settings.detecting.as_ref().map(|detecting| settings.mining(plan, detecting, trail.as_ref()));
    let features = settings.detecting.as_ref().and_then(|detecting| detecting.features.as_ref());
    let looking = features.map(odd_rows::Looking::new);
    let (sets, records) = match (out.records, &mining) {
        (None, None) => (read(plan, &job, &JustRead), Ok(())),
        (None, Some(mining)) => (read_looking(plan, &job, mining, looking.as_ref()), Ok(())),
        (Some(out), mining) => {
            let writing = Rows { out: &out, watch, alone: settings.only_rows };
            let sets = match mining {
                None => read(plan, &job, &&writing),
                Some(mining) => read_looking(plan, &job, Both(&writing, mining), looking.as_ref()),
            };
            (sets, out.finish())
        }
    };
    let logs = logs_of(&sets);
    let mut mined = mining.map(Mining::finish);
    let mut notes = Vec::new();
    if let (Some(looking), Some(mined), Some(detecting)) = (looking, &mut mined, &settings.detecting) {
        (mined.odd_rows, notes) = looking.odd(detecting, &mined.streams, settings.threads);
    }
    let mut scanned =
        Scanned { report: report(plan, sets, chosen.asked), rows: records, scores: Ok(()), sessions: Ok(()) };
    scanned.report.notices.extend(notes);
    if let (Some(detecting), Some(mined)) = (&settings.detecting, mined) {
        let judged = Judging { plan, logs: &logs, settings, detecting };
        let (scores, sessions) =
            judged.judge(mined, &mut scanned.report, trail.zip(out.scores), out.sessions);
        (scanned.scores, scanned.sessions) = (scores, sessions);
    }
    Ok(scanned)
}

/// Reads, and makes rows for outlier models of what is read, where somebody asked for that.
fn read_looking<'a, F: Factory<Consumer: Consumer<Output = ()>> + Sync>(
    plan: &Plan,
    job: &Job<'_>,
    factory: F,
    looking: Option<&'a odd_rows::Looking<'a>>,
) -> Vec<SetRead<()>> {
    match looking {
        None => read(plan, job, &factory),
        Some(looking) => read(plan, job, &Both(factory, looking)),
    }
}

/// Where every log was, and how it was read.
pub(crate) fn logs_of(sets: &[SetRead<()>]) -> Vec<LogAt> {
    let logs = sets.iter().enumerate().flat_map(|(set, read)| read.logs.iter().map(move |log| (set, log)));
    logs.map(|(set, log)| LogAt { set, file: log.file.clone(), formats: log.known_formats.clone() }).collect()
}

/// Everything that a judgement about what was read needs.
struct Judging<'a> {
    plan: &'a Plan,
    logs: &'a [LogAt],
    settings: &'a ScanSettings,
    detecting: &'a Detecting,
}

impl Judging<'_> {
    /// Adds to the report what is unusual, and writes the scores of records and sessions. Says whether they could be
    /// written.
    fn judge(
        &self,
        mut mined: Mined,
        report: &mut ScanReport,
        scores: Option<(Trail, &mut dyn Write)>,
        sessions: Option<&mut dyn Write>,
    ) -> (io::Result<()>, io::Result<()>) {
        let sides = diff::sides(&mut mined, self.detecting);
        let templates = mined.learned.miner().templates();
        report.notices.extend(mined.notices(&templates));
        let gigabytes = report.totals.bytes as f64 / 1e9;
        let ruled = detection::rule(&mut mined, &templates, self.detecting, gigabytes);
        report.notices.extend(ruled.session_notices(self.detecting));
        report.notices.extend(ruled.version_notices());
        report.notices.extend(ruled.feedback_notices(self.detecting));
        report.diff = sides.map(|sides| {
            let logs = ReadAgain { plan: self.plan, logs: self.logs, reader: &self.settings.reader };
            sides.differences(&templates, &ruled, &logs, self.settings.redaction)
        });
        report.templates = Some(overview(&ruled.timeline, templates.forgotten().count()));
        let redacted = self.settings.redaction != Redaction::None;
        report.detection =
            Some(ruled.report(self.plan, self.logs, &self.settings.reader, self.detecting, redacted));
        let sessions = sessions.map_or(Ok(()), |out| session_rows::write(&ruled.sessions, out));
        let Some((trail, out)) = scores else { return (Ok(()), sessions) };
        let of_log = |names: &Vec<String>| names.iter().map(|name| ruled.timeline.stream_of(name)).collect();
        let streams: Vec<Vec<Option<u32>>> = mined.streams.iter().map(of_log).collect();
        let scores = out
            .write_all(SCORES_HEADER)
            .and_then(|()| trail.follow(&mut Scores::new(&ruled, &templates, &streams), out));
        (scores, sessions)
    }
}

/// The most frequent and the rarest templates of what was read.
fn overview(timeline: &Timeline, forgotten: u64) -> TemplatesOverview {
    let mut list: Vec<&TemplateFacts> = timeline.templates.iter().filter(|facts| facts.count > 0).collect();
    let records = list.iter().fold(forgotten, |sum, facts| sum.saturating_add(facts.count));
    list.sort_by(|one, two| two.count.cmp(&one.count).then_with(|| one.text.cmp(&two.text)));
    let (top, others) = list.split_at(TOP.min(list.len()));
    let mut rare = others.to_vec();
    rare.sort_by(|one, two| {
        let rank = |facts: &TemplateFacts| (facts.count, Reverse(facts.gravest));
        rank(one).cmp(&rank(two)).then_with(|| one.text.cmp(&two.text))
    });
    rare.truncate(RARE);
    let brief = |facts: &&TemplateFacts| TemplateBrief {
        template_id: facts.id.to_string(),
        count: facts.count,
        share: if records == 0 { 0.0 } else { facts.count as f64 / records as f64 },
        level: facts.gravest.map_or("none", Level::name).to_owned(),
        template: shown(facts.text.clone()),
    };
    TemplatesOverview {
        count: list.len() as u64,
        forgotten_records: forgotten,
        top: top.iter().map(brief).collect(),
        rare: rare.iter().map(brief).collect(),
    }
}

/// What was asked for, resolved.
pub(crate) struct Chosen {
    reader: Settings,
    streams: Option<GlobMatcher>,
    pub(crate) asked: Asked,
}

impl Chosen {
    pub(crate) fn of(plan: &Plan, settings: &ScanSettings, watch: &Watch) -> Result<Chosen, ScanError> {
        let end = if settings.needs_end() {
            Some(end_of_log(plan, settings, watch).ok_or(ScanError::NoEnd)?)
        } else {
            None
        };
        let since = settings.since.and_then(|moment| moment.resolve(end));
        let until = settings.until.and_then(|moment| moment.resolve(end));
        let asked = Asked {
            since: since.map(|time| time.to_string()),
            until: until.map(|time| time.to_string()),
            stream: settings.stream.as_ref().map(|glob| glob.glob().to_owned()),
        };
        let reader = settings.reader.clone().within(since, until);
        Ok(Chosen { reader, streams: settings.stream.as_ref().map(Glob::compile_matcher), asked })
    }

    pub(crate) fn job<'a>(&'a self, settings: &ScanSettings, watch: &'a Watch) -> Job<'a> {
        Job { reader: &self.reader, streams: self.streams.as_ref(), threads: settings.threads, watch }
    }
}

/// The last time in all logs. They are read for nothing else, and once more afterwards.
fn end_of_log(plan: &Plan, settings: &ScanSettings, watch: &Watch) -> Option<Time> {
    let job = Job { reader: &settings.reader, streams: None, threads: settings.threads, watch };
    let sets = read(plan, &job, &JustRead);
    let logs = sets.iter().flat_map(|set| &set.logs);
    logs.filter_map(|log| log.overview.range).map(|(_, last)| last).max()
}

pub(crate) fn report(plan: &Plan, sets: Vec<SetRead<()>>, asked: Asked) -> ScanReport {
    let planned = plan.notices.iter().map(tally::notice);
    let mut notices: Vec<Notice> = planned.collect();
    for set in &sets {
        notices.extend(set.failures.iter().map(|failure| Notice {
            kind: NoticeKind::Failed,
            name: failure.name.clone(),
            text: failure.text.clone(),
        }));
        notices.extend(set.notices.iter().map(tally::notice));
    }
    tally::report(sets.into_iter().flat_map(|set| set.logs), asked, notices)
}

/// Takes records and keeps nothing: the reader's own figures are enough.
struct JustRead;

impl RecordSink for JustRead {
    fn record(&mut self, _: &Record<'_>) {}
}

impl Consumer for JustRead {
    type Output = ();

    fn needs(&self) -> Needs {
        Needs::Nothing
    }

    fn finish(self, _: &Reader) {}
}

impl Factory for JustRead {
    type Consumer = JustRead;

    fn consumer(&self, _: &LogStart<'_>) -> JustRead {
        JustRead
    }
}

/// Writes a row per record.
struct Rows<'a> {
    out: &'a Ordered,
    watch: &'a Watch,
    alone: bool,
}

struct RowsOfLog<'a> {
    rows: &'a Rows<'a>,
    set: usize,
    writer: RowWriter,
    buffer: Vec<u8>,
}

impl<'a> Factory for &'a Rows<'a> {
    type Consumer = RowsOfLog<'a>;

    fn consumer(&self, log: &LogStart<'_>) -> RowsOfLog<'a> {
        let buffer = Vec::with_capacity(ROWS_AT_ONCE * 2);
        RowsOfLog { rows: self, set: log.set, writer: RowWriter::new(log.file), buffer }
    }

    fn set_ended(&self, set: usize) {
        self.out.end(set);
    }
}

impl RowsOfLog<'_> {
    fn hand_on(&mut self) {
        let wanted = self.rows.out.write(self.set, &mut self.buffer);
        if !wanted && self.rows.alone {
            self.rows.watch.stop();
        }
    }
}

impl RecordSink for RowsOfLog<'_> {
    fn stream(&mut self, id: StreamId, name: &str) {
        self.writer.stream(id, name);
    }

    fn record(&mut self, record: &Record<'_>) {
        self.writer.record(record, &mut self.buffer);
        if self.buffer.len() >= ROWS_AT_ONCE {
            self.hand_on();
        }
    }
}

impl Consumer for RowsOfLog<'_> {
    type Output = ();

    fn finish(mut self, _: &Reader) {
        self.hand_on();
    }
}
