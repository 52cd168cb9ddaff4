//! What people say while the daemon runs: a feedback file in, what judgements heed from now on out, and what an entry
//! would have changed about the last days.
//!
//! The file is what counts. Whoever writes it, this daemon's own server, a command or an editor, is heeded within
//! seconds; a file that cannot be used changes nothing, and is told to whoever asks for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use logsift_engine::findings::feedback::{EntryFile, Feedback, FeedbackFile};
use logsift_reports::detection::{Detection, FindingRow, IncidentRow};
use logsift_stores::StoreError;
use logsift_stores::facts::{Facts, Filter, Page};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::counted::now;
use super::handle::Handle;
use crate::feedback::{self, FileError, Preview};

/// How often the file is looked at.
const OFTEN: Duration = Duration::from_secs(5);
const DAY: i64 = 86_400 * 1_000_000_000;
/// What a preview looks at, at most.
const INCIDENTS: usize = 1000;
const FINDINGS: usize = 10_000;

/// The feedback file, and what was seen of it.
#[derive(Debug, Default)]
pub(super) struct Said {
    path: Option<PathBuf>,
    /// When it was written, and its size; nothing where there was none.
    stamp: Option<(SystemTime, u64)>,
    looked: Option<Instant>,
    /// Somebody has written it just now.
    fresh: bool,
}

/// What is heeded, and the name of its file.
type Heeded = Option<(String, Feedback)>;

impl Said {
    /// What the file says now, if it was written since this was asked last.
    pub(super) fn renewed(&mut self) -> Option<Heeded> {
        let path = self.path.as_ref()?;
        if !self.fresh && self.looked.is_some_and(|at| at.elapsed() < OFTEN) {
            return None;
        }
        self.looked = Some(Instant::now());
        let stamp = stamp(path);
        if stamp == self.stamp && !self.fresh {
            return None;
        }
        (self.stamp, self.fresh) = (stamp, false);
        // What cannot be used changes nothing; it is told when somebody asks for it.
        let (_, feedback) = feedback::load(path).ok()?;
        Some(stamp.map(|_| (path.display().to_string(), feedback)))
    }
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let kept = fs::metadata(path).ok()?;
    Some((kept.modified().ok()?, kept.len()))
}

/// What an entry would have changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WouldChange {
    /// What it would have changed, and among how many incidents.
    pub preview: Preview,
    /// The days that were looked at, before the last record.
    pub days: u32,
    /// There was more than could be looked at.
    pub more: bool,
}

impl Handle {
    /// Heeds that feedback file from now on, whenever it is written.
    pub fn heed(&self, path: PathBuf) {
        let mut said = self.shared.said();
        said.stamp = stamp(&path);
        said.path = Some(path);
    }

    /// The feedback file that is heeded.
    pub fn feedback_file(&self) -> Option<PathBuf> {
        self.shared.said().path.clone()
    }

    /// What the file says, as written and checked.
    pub fn feedback(&self) -> Result<(FeedbackFile, Feedback), FileError> {
        self.feedback_file().map_or_else(|| Ok(Default::default()), |path| feedback::load(&path))
    }

    /// Writes one entry more into the file, and heeds it at once. Says whether there is a file.
    pub fn say(&self, entry: &EntryFile) -> Result<bool, FileError> {
        let mut said = self.shared.said();
        let Some(path) = &said.path else { return Ok(false) };
        feedback::append(path, entry)?;
        said.fresh = true;
        drop(said);
        self.shared.moved.notify_all();
        Ok(true)
    }

    /// What feedback would have changed about the days before the last record.
    pub fn would_change(&self, feedback: &Feedback, days: u32) -> Result<WouldChange, StoreError> {
        let last = self.shared.knowledge().last_record.unwrap_or_else(now);
        let since = last.saturating_sub(i64::from(days).saturating_mul(DAY));
        let (detection, more) = detection(&self.facts()?, since)?;
        Ok(WouldChange { preview: feedback::preview(feedback, &detection), days, more })
    }
}

/// What was raised since then, as a report has it; and whether there was more.
fn detection(facts: &Facts, since: i64) -> Result<(Detection, bool), StoreError> {
    let filter = Filter { since: Some(since), ..Filter::default() };
    let incidents = facts.incidents(&filter, &Page { limit: INCIDENTS, after: None })?;
    let mut more = incidents.next.is_some();
    let raised = incidents.rows.into_iter().filter(|fact| fact.state != "withdrawn");
    let incidents = raised.filter_map(|fact| {
        let row: IncidentRow = row(fact.document)?;
        Some(IncidentRow { id: fact.id, ..row })
    });
    let incidents: Vec<IncidentRow> = incidents.collect();
    let filter = Filter { state: Some("raised".to_owned()), ..filter };
    let (mut findings, mut after) = (Vec::new(), None);
    loop {
        let page = facts.findings(&filter, &Page { limit: INCIDENTS, after })?;
        for fact in page.rows {
            let whole = facts.finding(&fact.id)?;
            findings.extend(whole.and_then(|fact| row::<FindingRow>(fact.document)));
        }
        after = page.next;
        if after.is_none() || findings.len() >= FINDINGS {
            break;
        }
    }
    more |= after.is_some();
    Ok((Detection { incidents, findings, ..Detection::default() }, more))
}

/// A row as it was written; one of a shape that is not known any more is left out.
fn row<T: DeserializeOwned>(document: Value) -> Option<T> {
    serde_json::from_value(document).ok()
}
