//! A log in, the scores out that `scan --scores` writes, without the way through a file.
//!
//! Nothing is scored before everything has been read, so what comes before the first row is the time to fit.

use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use logsift_engine::model::Redaction;
use logsift_engine::reader::Settings;
use logsift_pipeline::detection::Detecting;
use logsift_pipeline::scan::{RowsOut, ScanSettings, Scanned, scan};
use logsift_pipeline::watch::Watch;
use logsift_reports::scan_report::NoticeKind;
use logsift_sources::Plan;

use super::{LineScorer, LineScores, SCORES, logs_of};
use crate::error::EvalError;
use crate::lone;
use crate::memory::Peak;
use crate::sessions::ScoredSessions;
use crate::table::{Table, shown};

/// What `scan` says of every line.
#[derive(Clone, Debug)]
pub struct Scanning<'a> {
    settings: ScanSettings,
    watch: &'a Watch,
}

impl<'a> Scanning<'a> {
    /// A scan with these settings of detection and all others as they are without any word.
    pub fn new(detecting: Detecting, threads: usize, watch: &'a Watch) -> Scanning<'a> {
        let settings = ScanSettings {
            reader: Settings::new(),
            since: None,
            until: None,
            stream: None,
            redaction: Redaction::None,
            threads,
            only_rows: false,
            detecting: Some(detecting),
        };
        Scanning { settings, watch }
    }

    /// What is read of a log, for whoever shows how far the reading is.
    pub fn plan(log: &Path) -> Plan {
        lone::planned(log)
    }
}

impl Scanning<'_> {
    /// What a scan says of the labelled sessions of a log.
    pub fn sessions(
        &self,
        log: &Path,
        labels: &Path,
        condition: Option<&(String, String)>,
    ) -> Result<ScoredSessions, EvalError> {
        let peak = Peak::begin();
        let begun = Instant::now();
        let mut rows = tempfile::NamedTempFile::new().map_err(|error| {
            EvalError::unsuited(
                format!("no place for the scores: {error}"),
                "set TMPDIR to a folder with room",
            )
        })?;
        let out = RowsOut { sessions: Some(&mut rows), ..RowsOut::default() };
        let scanned = scan(&Scanning::plan(log), &self.settings, out, self.watch);
        let scanned = scanned.map_err(|error| unreadable(log, error.to_string()))?;
        let took = begun.elapsed();
        if let Err(error) = &scanned.sessions {
            return Err(unreadable(log, format!("has sessions that could not be written: {error}")));
        }
        check(log, scanned)?;
        let mut scored = ScoredSessions::read(labels, rows.path(), condition)?;
        scored.judgement.model = self.name();
        (scored.judgement.fit, scored.judgement.peak) = (took, peak.bytes());
        Ok(scored)
    }
}

impl LineScorer for Scanning<'_> {
    fn name(&self) -> String {
        "default".to_owned()
    }

    fn score(&self, log: &Path) -> Result<LineScores, EvalError> {
        let begun = Instant::now();
        let mut rows = Rows { begun, first: None, bytes: Vec::new() };
        let out = RowsOut { scores: Some(&mut rows), ..RowsOut::default() };
        let scanned = scan(&Scanning::plan(log), &self.settings, out, self.watch);
        let scanned = scanned.map_err(|error| unreadable(log, error.to_string()))?;
        let whole = begun.elapsed();
        check(log, scanned)?;
        let table = &mut rows.bytes.as_slice();
        let mut logs = Table::open(&shown(log), SCORES, table).and_then(logs_of)?;
        let verdicts = logs.pop().map(|of| of.verdicts).unwrap_or_default();
        let fit = rows.first.unwrap_or(whole);
        Ok(LineScores { verdicts, fit, score: whole.saturating_sub(fit) })
    }
}

/// Figures of a part of a log would be figures of something else, and so would those of several logs.
fn check(log: &Path, scanned: Scanned) -> Result<(), EvalError> {
    scanned.scores.map_err(|error| unreadable(log, format!("could not be scored: {error}")))?;
    let grave = |kind| matches!(kind, NoticeKind::Failed | NoticeKind::Unreadable);
    if let Some(notice) = scanned.report.notices.into_iter().find(|notice| grave(notice.kind)) {
        return Err(EvalError::Unreadable { file: notice.name, reason: notice.text });
    }
    match scanned.report.inputs.len() {
        1 => Ok(()),
        0 => Err(unreadable(log, "holds no log".to_owned())),
        _ => {
            let reason = "holds more than one log\nhint: unpack it and name one of them".to_owned();
            Err(unreadable(log, reason))
        }
    }
}

fn unreadable(log: &Path, reason: String) -> EvalError {
    EvalError::Unreadable { file: shown(log), reason }
}

/// Keeps rows, and when the first one came.
struct Rows {
    begun: Instant,
    first: Option<Duration>,
    bytes: Vec<u8>,
}

impl Write for Rows {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.first.get_or_insert_with(|| self.begun.elapsed());
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
