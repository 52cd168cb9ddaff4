//! A trained model and logs in, a row with a score for every record, window or session out.
//!
//! Records and windows are scored while the logs are read, a few thousand at a time, so that memory does not grow
//! with the log. Sessions are known only when everything was read.

mod writing;

use std::io;

use logsift_engine::embedding::Embed;
use logsift_engine::features::{Names, RowPlace, Unit, session_rows};
use logsift_engine::reader::Reader;
use logsift_engine::records::record::{Record, RecordSink, StreamId};
use logsift_engine::sessions::SessionStory;
use logsift_outliers::{Alone, Rows, Score, Table, Workers};
use logsift_reports::ScanReport;
use logsift_sources::Plan;

use crate::batch::{Consumer, Factory, LogStart, Needs, read};
use crate::meanings;
use crate::ordered::Ordered;
use crate::outlier_model::{Judge, OutlierModel};
use crate::rows::Lines;
use crate::scan::{self, Chosen, ScanSettings};
use crate::threads::Threads;
use crate::training::{TrainError, sequences_of, stories};
use crate::watch::Watch;
pub use writing::ScoreFormat;
use writing::{Place, Scored, Writing};

/// Rows that are scored at once.
const AT_ONCE: usize = 2048;
/// Columns that are named as those which made a row abnormal.
const TOLD: usize = 3;

/// How rows are scored.
pub struct ScoreSettings<'a> {
    /// How logs are read.
    pub scan: &'a ScanSettings,
    /// The model.
    pub model: &'a OutlierModel,
    /// What makes vectors of the meanings of templates, where the model looks at them.
    pub embeddings: Option<&'a dyn Embed>,
    /// How rows are written.
    pub format: ScoreFormat,
    /// Only rows beyond the threshold are written.
    pub only_flagged: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Rated {
    /// What was read, as `scan` tells it.
    pub scanned: ScanReport,
    /// Rows that were scored.
    pub rows: u64,
    /// Rows beyond the threshold.
    pub flagged: u64,
    /// Whether the rows could be written.
    pub written: io::Result<()>,
}

/// Scores all logs.
pub fn score(
    plan: &Plan,
    settings: &ScoreSettings<'_>,
    out: Box<dyn io::Write + Send>,
    watch: &Watch,
) -> Result<Rated, TrainError> {
    if let Judge::Rows(layout, _) = &settings.model.judge {
        meanings::required(layout.asked(), Some(layout), settings.embeddings)?;
    }
    let out = Ordered::new(out);
    let sessions = settings.model.rows_of() == Unit::Sessions.name();
    let mut header = Vec::new();
    settings.format.header(sessions, &mut header);
    out.write(0, &mut header);
    if sessions { of_sessions(plan, settings, out, watch) } else { of_records(plan, settings, out, watch) }
}

fn of_records(
    plan: &Plan,
    settings: &ScoreSettings<'_>,
    out: Ordered,
    watch: &Watch,
) -> Result<Rated, TrainError> {
    let chosen = Chosen::of(plan, settings.scan, watch)?;
    let rating = Rating { settings, out: &out, watch };
    let sets = read(plan, &chosen.job(settings.scan, watch), &&rating);
    let mut counts = Vec::new();
    let sets = sets.into_iter().map(|set| set.emptied(&mut counts)).collect();
    Ok(Rated {
        scanned: scan::report(plan, sets, chosen.asked),
        rows: counts.iter().map(|count| count.rows).sum(),
        flagged: counts.iter().map(|count| count.flagged).sum(),
        written: out.finish(),
    })
}

/// Rows that were scored, and how many of them are beyond the threshold.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    rows: u64,
    flagged: u64,
}

struct Rating<'a> {
    settings: &'a ScoreSettings<'a>,
    out: &'a Ordered,
    watch: &'a Watch,
}

impl<'a> Factory for &'a Rating<'a> {
    type Consumer = RatingLog<'a>;

    fn consumer(&self, log: &LogStart<'_>) -> RatingLog<'a> {
        let lines = match &self.settings.model.judge {
            Judge::Rows(layout, _) => Some(Lines::new(layout.asked(), log.name, false)),
            Judge::Sequences(..) => None,
        };
        RatingLog {
            rating: self,
            lines,
            set: log.set,
            file: log.file.to_owned(),
            streams: Vec::new(),
            count: Count::default(),
            buffer: Vec::new(),
        }
    }

    fn set_ended(&self, set: usize) {
        self.out.end(set);
    }
}

struct RatingLog<'a> {
    rating: &'a Rating<'a>,
    lines: Option<Lines>,
    set: usize,
    file: String,
    streams: Vec<String>,
    count: Count,
    buffer: Vec<u8>,
}

impl RatingLog<'_> {
    /// Scores the rows that have come together.
    fn rate(&mut self) {
        let settings = self.rating.settings;
        let (Some(lines), Judge::Rows(layout, model)) = (&mut self.lines, &settings.model.judge) else {
            return;
        };
        if layout.looks_at_meanings() {
            let names = lines.templates();
            meanings::tell(layout, lines.extractor.sheet(), &names, settings.embeddings);
        }
        let sheet = lines.extractor.sheet();
        let table = layout.table(sheet, 0..sheet.len());
        let places: Vec<RowPlace> = (0..sheet.len()).map(|row| sheet.place(row)).collect();
        sheet.clear();
        let mut writing = Writing { settings, out: &mut self.buffer, count: &mut self.count };
        let judged = judged_rows(settings.model, &**model, table.rows(), &Alone);
        for (scored, place) in judged.iter().zip(places) {
            let stream = self.streams.get(place.stream as usize).map_or("", String::as_str);
            writing.row(scored, &Place::Log { file: &self.file, place, stream });
        }
        if !self.rating.out.write(self.set, &mut self.buffer) {
            self.rating.watch.stop();
        }
    }
}

impl RecordSink for RatingLog<'_> {
    fn stream(&mut self, id: StreamId, name: &str) {
        let at = id.0 as usize;
        if self.streams.len() <= at {
            self.streams.resize(at + 1, String::new());
        }
        if let Some(stream) = self.streams.get_mut(at) {
            name.clone_into(stream);
        }
    }

    fn record(&mut self, record: &Record<'_>) {
        let Some(lines) = &mut self.lines else { return };
        lines.add(record);
        if lines.extractor.sheet().len() >= AT_ONCE {
            self.rate();
        }
    }
}

impl Consumer for RatingLog<'_> {
    type Output = Count;

    fn needs(&self) -> Needs {
        Needs::Everything
    }

    fn finish(mut self, _: &Reader) -> Count {
        if let Some(lines) = &mut self.lines {
            lines.extractor.finish();
        }
        self.rate();
        self.count
    }
}

/// Scores with what made the flagged rows abnormal.
fn judged_rows<M: Score + ?Sized>(
    trained: &OutlierModel,
    model: &M,
    rows: Rows<'_>,
    workers: &dyn Workers,
) -> Vec<Scored> {
    let mut scores = Vec::new();
    // A layout has the columns of its model: that was checked when the model was read.
    if model.score_with(rows, workers, &mut scores).is_err() {
        return Vec::new();
    }
    let judged = |(row, score): (usize, f64)| {
        let flagged = score > trained.threshold;
        let shares = if flagged { model.shares(rows.row(row)).unwrap_or_default() } else { Vec::new() };
        let values = rows.row(row);
        let told = most(&shares).into_iter().map(|(column, share)| {
            let name = trained.columns().get(column).cloned().unwrap_or_default();
            (name, share, values.get(column).map(|value| f64::from(*value)))
        });
        Scored { score, p_value: trained.calibration.p_value(score), flagged, columns: told.collect() }
    };
    scores.into_iter().enumerate().map(judged).collect()
}

/// The largest shares, the largest first.
fn most(shares: &[f64]) -> Vec<(usize, f64)> {
    let mut order: Vec<(usize, f64)> =
        shares.iter().copied().enumerate().filter(|(_, share)| *share > 0.0).collect();
    order.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    order.truncate(TOLD);
    order
}

fn of_sessions(
    plan: &Plan,
    settings: &ScoreSettings<'_>,
    out: Ordered,
    watch: &Watch,
) -> Result<Rated, TrainError> {
    let (told, scanned) = stories(plan, settings.scan, settings.model.provenance.session.as_deref(), watch)?;
    let workers = Threads(settings.scan.threads);
    let judged = match &settings.model.judge {
        Judge::Rows(layout, model) => {
            let mut sheet = session_rows(&told.stories, layout.asked());
            let mut names = Names::default();
            names.events(told.events.iter().map(|(event, name)| (*event, name.as_str())));
            meanings::tell(layout, &mut sheet, &names, settings.embeddings);
            let table = layout.table(&sheet, 0..sheet.len());
            judged_rows(settings.model, &**model, Table::rows(&table), &workers)
        }
        Judge::Sequences(events, model) => {
            let mut scores = Vec::new();
            let sequences = sequences_of(&told.stories);
            model.score_with(sequences.sequences(), &workers, &mut scores);
            let name = |event: u32| told.events.get(&event).or_else(|| events.get(&event)).cloned();
            let judged = |(story, score): (&SessionStory, f64)| {
                let flagged = score > settings.model.threshold;
                let steps: Vec<u32> = story.steps.iter().map(|(event, _)| *event).collect();
                let shares = if flagged { model.shares(&steps) } else { Vec::new() };
                let told = most(&shares).into_iter().map(|(step, share)| {
                    let event = steps.get(step).copied().unwrap_or_default();
                    (name(event).unwrap_or_else(|| format!("{event:08x}")), share, Some(step as f64 + 1.0))
                });
                let p_value = settings.model.calibration.p_value(score);
                Scored { score, p_value, flagged, columns: told.collect() }
            };
            told.stories.iter().zip(scores).map(judged).collect()
        }
    };
    let (mut count, mut buffer) = (Count::default(), Vec::new());
    let mut writing = Writing { settings, out: &mut buffer, count: &mut count };
    for (scored, story) in judged.iter().zip(&told.stories) {
        writing.row(scored, &Place::Session(story));
    }
    out.write(0, &mut buffer);
    Ok(Rated { scanned, rows: count.rows, flagged: count.flagged, written: out.finish() })
}
