//! How the daemon is, in figures: plain data that a status page, a metric and a test read alike.

use serde::Serialize;

/// How the daemon is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Status {
    /// Whether it works.
    pub ready: Ready,
    /// Seconds since its start.
    pub uptime_seconds: f64,
    /// Lines and bytes: `lines.came_in = lines.processed + lines.in_flight + Σ dropped`.
    pub lines: Counted,
    /// The same in bytes.
    pub bytes: Counted,
    /// Lines that were given up, by reason; every reason is always there.
    pub dropped: Vec<Dropped>,
    /// Seconds from the clock back to when the line came that was processed last; 0 where nothing waits.
    pub lag_seconds: f64,
    /// What waits.
    pub queue: QueueStatus,
    /// Templates known.
    pub templates: u64,
    /// Raised findings, by kind and severity.
    pub findings: Vec<(String, String, u64)>,
    /// Incidents, by state and severity.
    pub incidents: Vec<(String, String, u64)>,
    /// The budget of false alarms.
    pub budget: BudgetStatus,
    /// How many judgements there were, and seconds they took.
    pub judgements: (u64, f64),
    /// Bytes by part.
    pub memory: Vec<MemoryPart>,
    /// Bytes of the state folder.
    pub disk_bytes: u64,
    /// The sources.
    pub sources: Vec<SourceStatus>,
    /// The model.
    pub model: ModelStatus,
}

/// Whether the daemon works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ready {
    /// It opens its state.
    #[default]
    Starting,
    /// It reads what had come before.
    Replaying,
    /// It works.
    Ready,
    /// It works, but not all of it; why.
    Degraded(String),
    /// It is being stopped.
    Stopping,
}

/// What became of what came in, since the state began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// All that came in.
    pub came_in: u64,
    /// What was read and counted.
    pub processed: u64,
    /// What waits in the journal or before it.
    pub in_flight: u64,
}

/// Lines that were given up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// Why: `datagram-queue-full`, `lost-at-stop`, …
    pub reason: String,
    /// How many.
    pub lines: u64,
}

/// What waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QueueStatus {
    /// Bytes that wait to be brought to the disk.
    pub unsaved_bytes: u64,
    /// Bytes on the disk that wait to be read.
    pub unread_bytes: u64,
    /// Bytes that may wait in all.
    pub limit_bytes: u64,
}

/// The budget of false alarms.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BudgetStatus {
    /// As it was asked for: `5/day`.
    pub asked: String,
    /// False incidents accepted over the present epoch.
    pub allowed: f64,
    /// Incidents raised in it.
    pub spent: u64,
    /// Findings held in it.
    pub held: u64,
}

/// Bytes of a part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MemoryPart {
    /// `templates`, `known-templates`, `cells`, `known-cells`, `sessions`, `known-sessions`, `heads`, `texts`, `quotes`.
    pub part: String,
    /// Bytes.
    pub bytes: u64,
}

/// A source.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SourceStatus {
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
    /// Seconds since the last line; nothing where none came.
    pub last_line_age_seconds: Option<f64>,
    /// Lines a second, lately.
    pub lines_per_second: f64,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// Bytes that were lost for sure when a file was truncated before they could be read.
    pub possibly_lost_bytes: u64,
    /// Bytes of half a line at the end of its file, which waits for its other half.
    pub unfinished_bytes: u64,
    /// Seconds for which nothing of that line has come; nothing where there is none.
    pub unfinished_age_seconds: Option<f64>,
}

/// The model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ModelStatus {
    /// Its generation; 0 where nothing was learned.
    pub generation: u64,
    /// Seconds since it was written; nothing where there is none.
    pub age_seconds: Option<f64>,
    /// Records it was learned from.
    pub records: u64,
}
