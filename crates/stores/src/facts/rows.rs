//! What is asked for and what comes back: the stored rows, which are a format of their own.
//!
//! Times are nanoseconds since 1970. What an incident or a finding says in full is a document, as `scan --format json`
//! writes it; here stands beside it what is searched and sorted by.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::volume::Volume;

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// So many rows at most.
    pub limit: usize,
    /// Those behind this cursor, which the page before gave.
    pub after: Option<String>,
}

impl Default for Page {
    fn default() -> Page {
        Page { limit: 50, after: None }
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paged<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The cursor of the next page; nothing behind the last.
    pub next: Option<String>,
    /// Where a search ended for now that has a next page: later than this there is nothing more that fits.
    #[serde(default)]
    pub reached: Option<i64>,
}

/// Which incidents or findings are wanted; nothing given: all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// `open`, `resolved` (incidents); `raised`, `held` (findings).
    pub state: Option<String>,
    /// `low`, `medium`, `high`, `critical`: this and graver.
    pub severity: Option<String>,
    /// A kind of evidence.
    pub kind: Option<String>,
    /// A stream.
    pub stream: Option<String>,
    /// A template.
    pub template: Option<String>,
    /// A level of a line; `none` for those without one.
    pub level: Option<String>,
    /// The findings of this incident.
    pub incident: Option<String>,
    /// The incidents with this fingerprint.
    pub fingerprint: Option<String>,
    /// What ended at or after this.
    pub since: Option<i64>,
    /// What began at or before this.
    pub until: Option<i64>,
    /// A word that stands in the title or explanation.
    pub text: Option<String>,
}

/// An incident.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct IncidentFact {
    /// Stays the same for the life of the incident.
    pub id: String,
    /// Equal for the same kind of story, whenever it happens.
    pub fingerprint: String,
    /// One line that says what happened.
    pub title: String,
    /// `low`, `medium`, `high`, `critical`.
    pub severity: String,
    /// Grows with how sure and how grave it is.
    pub score: f64,
    /// `open` or `resolved`.
    pub state: String,
    /// When it began, in log time.
    pub start: Option<i64>,
    /// When it was last seen, in log time.
    pub end: Option<i64>,
    /// When it was found, by the clock.
    pub opened: i64,
    /// When it last changed, by the clock.
    pub changed: i64,
    /// When it was over, by the clock.
    pub resolved: Option<i64>,
    /// How many findings.
    pub findings: u64,
    /// How many records they are about.
    pub records: u64,
    /// Streams it touches.
    pub streams: Vec<String>,
    /// Kinds of its findings, the strongest first.
    pub kinds: Vec<String>,
    /// The record that looks most like the cause.
    pub cause: Option<String>,
    /// The incident object of `scan --format json`: causes with the lines around them, story, ids of findings.
    pub document: Value,
}

/// A finding.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FindingFact {
    /// Equal in every run over the same log.
    pub id: String,
    /// The incident that it belongs to; nothing if it was held.
    pub incident: Option<String>,
    /// The kind of its strongest evidence.
    pub kind: String,
    /// `low`, `medium`, `high`, `critical`.
    pub severity: String,
    /// Grows with how surprising it is.
    pub score: f64,
    /// The stream.
    pub stream: Option<String>,
    /// The template.
    pub template: Option<String>,
    /// When, in log time.
    pub time: Option<i64>,
    /// Why, in a sentence.
    pub explanation: String,
    /// Why it was held: `over-budget`, `still-learning`, `marked-normal`.
    pub held: Option<String>,
    /// The finding object of `scan --format json`, with its evidence.
    pub document: Value,
}

/// A template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TemplateFact {
    /// Its id, which comes from its text.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Records in all.
    pub count: u64,
    /// The first of them.
    pub first: Option<i64>,
    /// The last of them.
    pub last: Option<i64>,
    /// The gravest level.
    pub level: Option<String>,
    /// Its slots, as `templates --format json` writes them.
    pub slots: Value,
    /// What it is a variant of, if it is one: it and others were one but for a word.
    #[serde(default)]
    pub parent: Option<String>,
}

/// Records of a template in an hour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateHour {
    /// When the hour begins.
    pub hour: i64,
    /// The stream.
    pub stream: String,
    /// Records.
    pub count: u64,
}

/// A stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamFact {
    /// Its name.
    pub name: String,
    /// Its records.
    pub volume: Volume,
    /// The minute of the first.
    pub first: Option<i64>,
    /// The minute of the last.
    pub last: Option<i64>,
}

/// Records in a step of time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeStep {
    /// When it begins.
    pub start: i64,
    /// Its records.
    pub volume: Volume,
}

/// How many lines of a source have come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceFact {
    /// Its name.
    pub name: String,
    /// `file`, `push`, `syslog`, `journald`, `stdin`.
    pub kind: String,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// Lines that came in.
    pub lines: u64,
    /// Bytes that came in.
    pub bytes: u64,
    /// When the last of them came, by the clock.
    pub last_line: Option<i64>,
}

/// Something that takes a while.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JobFact {
    /// Its id.
    pub id: String,
    /// What it does: `train`, `compact`, `export`.
    pub kind: String,
    /// `waiting`, `running`, `done`, `failed`.
    pub state: String,
    /// 0 to 1.
    pub progress: f64,
    /// When it was asked for, by the clock.
    pub started: i64,
    /// When it ended.
    pub ended: Option<i64>,
    /// What came of it, or what went wrong.
    pub message: Option<String>,
}

/// A generation of the model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFact {
    /// Its number, which grows.
    pub generation: u64,
    /// When it was written, by the clock.
    pub written: i64,
    /// Its size.
    pub bytes: u64,
    /// Records that it was learned from.
    pub records: u64,
    /// Templates in it.
    pub templates: u64,
    /// The one in use.
    pub active: bool,
    /// Whether its file is still there.
    pub kept: bool,
    /// Why it was made: `learned`, `trained`, `rolled-back`.
    pub note: String,
}

/// Who did what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFact {
    /// Grows with time.
    pub id: i64,
    /// When, by the clock.
    pub at: i64,
    /// Who: the name of a token, or `local`.
    pub actor: String,
    /// What: `token.create`, `model.activate`.
    pub action: String,
    /// To what.
    pub subject: String,
    /// `done`, `refused`, `failed`.
    pub outcome: String,
}

/// A notice that is to be sent, written in the same transaction as the change that it tells of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OutboxFact {
    /// Grows with time.
    pub id: i64,
    /// The incident, or nothing where the notice is about logsift itself.
    pub incident: Option<String>,
    /// What equal notices are known by: the fingerprint of the incident.
    pub key: String,
    /// `opened`, `grew`, `resolved`, `notice`.
    pub change: String,
    /// When, by the clock.
    pub at: i64,
    /// The incident as it was then.
    pub document: Value,
    /// `pending`, or `sent` once the alerts have it.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub next: Option<i64>,
    /// What went wrong last.
    pub problem: Option<String>,
}

/// A token of the API. What opens the door is never kept, only its hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenFact {
    /// What it is called.
    pub name: String,
    /// `read`, `feedback`, `admin`.
    pub role: String,
    /// SHA-256 of the token, in hexadecimal.
    pub hash: String,
    /// When it was made, by the clock.
    pub created: i64,
    /// When it was used last.
    pub used: Option<i64>,
}
