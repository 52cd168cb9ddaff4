//! Records as rows of numbers in, those that outlier models find odd out: `scan --features`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use logsift_engine::detection::OddRow;
use logsift_engine::detectors::ModelWish;
use logsift_engine::features::{Asked, Layout, Names, RowPlace, Sheet};
use logsift_engine::line::Oddness;
use logsift_engine::reader::Reader;
use logsift_engine::records::record::{Record, RecordSink, StreamId};
use logsift_engine::windows::Place;
use logsift_outliers::catalogue::{Choice, Takes};
use logsift_outliers::{FitError, Score, Table};
use logsift_reports::scan_report::{Notice, NoticeKind};

use super::Detecting;
use crate::batch::{Consumer, Factory, LogStart, Needs};
use crate::rows::{Gathering, LogRows, Rowing};
use crate::threads::Threads;

/// The model where none is named.
const USUAL: &str = "isolation-forest";
/// The seed where none is named.
const SEED: u64 = 42;
/// Rows that are told for each model; the oddest are.
const TOLD: usize = 64;
/// Columns that are named.
const NAMED: usize = 3;

/// The models that are asked; where features are asked for and no model is named, the usual one.
pub(crate) fn wishes(settings: &Detecting) -> Vec<ModelWish> {
    let mut wishes = settings.models.clone();
    let over_rows = wishes.iter().any(|wish| wish.takes() == Takes::Rows);
    if settings.features.is_some() && !over_rows {
        wishes.extend(Choice::named(USUAL).ok().map(|choice| ModelWish::new(&choice, SEED)));
    }
    wishes
}

/// Makes rows while logs are read.
pub(crate) struct Looking<'a> {
    gathering: Gathering<'a>,
    logs: Mutex<BTreeMap<usize, Vec<LogRows>>>,
}

impl<'a> Looking<'a> {
    pub(crate) fn new(asked: &'a Asked) -> Looking<'a> {
        Looking { gathering: Gathering::new(asked), logs: Mutex::default() }
    }

    /// The rows that are odd, and what should be known. `streams` are the names of the streams of every log.
    pub(crate) fn odd(
        self,
        settings: &Detecting,
        streams: &[Vec<String>],
        threads: usize,
    ) -> (Vec<OddRow>, Vec<Notice>) {
        let Looking { gathering, logs } = self;
        let logs = logs.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut rows = AllRows::default();
        let least = gathering.quota.least();
        for (log, nth) in logs.into_values().flatten().zip(0u32..) {
            rows.add(log, nth, least);
        }
        let embed = settings.embeddings.as_deref();
        let layout = Layout::fit_with(gathering.asked, &rows.sheet, &rows.names, embed);
        let table = layout.table(&rows.sheet, 0..rows.sheet.len());
        let (mut found, mut notes) = (Vec::new(), Vec::new());
        for wish in wishes(settings).iter().filter(|wish| wish.takes() == Takes::Rows) {
            match rows.judged(wish, &layout, &table, streams, &Threads(threads)) {
                Ok(odd) => found.extend(odd),
                Err(error) => notes.push(note(wish.name(), error.to_string())),
            }
        }
        if least > 0 {
            let text = "there are more rows than memory holds: a part of them, chosen by lot, was judged";
            notes.push(note("features", text.to_owned()));
        }
        (found, notes)
    }
}

fn note(name: &str, text: String) -> Notice {
    Notice { kind: NoticeKind::Noted, name: name.to_owned(), text }
}

/// The rows of all logs.
#[derive(Default)]
struct AllRows {
    sheet: Sheet,
    names: Names,
    /// The log of each row.
    logs: Vec<u32>,
}

impl AllRows {
    fn add(&mut self, mut log: LogRows, number: u32, least: u8) {
        log.sheet.thin(least);
        self.sheet.append(&log.sheet);
        self.names.absorb(log.names);
        self.logs.resize(self.sheet.len(), number);
    }

    fn judged(
        &self,
        wish: &ModelWish,
        layout: &Layout,
        table: &Table,
        streams: &[Vec<String>],
        workers: &Threads,
    ) -> Result<Vec<OddRow>, FitError> {
        let choice = wish.choice()?;
        let rows = table.rows();
        let model = choice.fit_rows(rows, choice.card().standardise, wish.seed(), workers)?;
        let mut scores = Vec::new();
        match model.training_scores().filter(|scores| scores.len() == rows.len()) {
            Some(own) => scores.extend_from_slice(own),
            None => {
                let scored = model.score_with(rows, workers, &mut scores);
                scored.map_err(|_| FitError::Diverged("rows have lost columns"))?;
            }
        }
        let odd = Oddness::of(&scores);
        let mut told: Vec<usize> = (0..rows.len()).filter(|row| odd.is_told(scores[*row])).collect();
        told.sort_by(|one, other| scores[*other].total_cmp(&scores[*one]).then(one.cmp(other)));
        told.truncate(TOLD);
        let row = |at: usize| {
            let place = self.sheet.place(at);
            let log = self.logs.get(at).copied().unwrap_or(0);
            let shares = Score::shares(&*model, rows.row(at)).unwrap_or_default();
            OddRow {
                kind: wish.name(),
                stream: stream_of(streams, log, place),
                place: Place { log, line: place.line, offset: place.offset },
                seconds: place.seconds,
                surprise: odd.surprise(scores[at]),
                score: scores[at],
                usual: odd.middle(),
                of: rows.len() as u64,
                columns: columns(layout, &shares, rows.row(at)),
            }
        };
        Ok(told.into_iter().map(row).collect())
    }
}

fn stream_of(streams: &[Vec<String>], log: u32, place: RowPlace) -> String {
    let of_log = streams.get(log as usize);
    of_log.and_then(|names| names.get(place.stream as usize)).cloned().unwrap_or_default()
}

/// The columns with the largest shares.
fn columns(layout: &Layout, shares: &[f64], row: &[f32]) -> Vec<(String, f64, f64)> {
    let mut order: Vec<(usize, f64)> =
        shares.iter().copied().enumerate().filter(|(_, share)| *share > 0.05).collect();
    order.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    order.truncate(NAMED);
    let column = |(at, share): (usize, f64)| {
        let name = layout.names().get(at)?;
        // Of a CSV everybody knows that they are columns.
        let name = name.strip_prefix("columns[").and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        Some((name.to_owned(), share, f64::from(*row.get(at)?)))
    };
    order.into_iter().filter_map(column).collect()
}

impl<'a> Factory for &'a Looking<'a> {
    type Consumer = LookingLog<'a>;

    fn consumer(&self, log: &LogStart<'_>) -> LookingLog<'a> {
        LookingLog { looking: self, set: log.set, rowing: (&&self.gathering).consumer(log) }
    }
}

/// Makes the rows of one log.
pub(crate) struct LookingLog<'a> {
    looking: &'a Looking<'a>,
    set: usize,
    rowing: Rowing<'a>,
}

impl RecordSink for LookingLog<'_> {
    fn stream(&mut self, id: StreamId, name: &str) {
        self.rowing.stream(id, name);
    }

    fn record(&mut self, record: &Record<'_>) {
        self.rowing.record(record);
    }
}

impl Consumer for LookingLog<'_> {
    type Output = ();

    fn needs(&self) -> Needs {
        Needs::Everything
    }

    fn finish(self, reader: &Reader) {
        let rows = self.rowing.finish(reader);
        let mut logs = self.looking.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.entry(self.set).or_default().push(rows);
    }
}
