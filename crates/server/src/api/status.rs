//! How the daemon is, in figures.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use logsift_pipeline::daemon::{self as stored, Ready};
use schemars::JsonSchema;
use serde::Serialize;

use crate::face::Face;
use crate::openapi::{Operation, operation};
use crate::problem::Problem;
use crate::query::Query;

/// How the daemon is.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Status {
    /// The version of logsift.
    version: &'static str,
    /// `starting`, `replaying`, `ready`, `degraded`, `stopping`.
    pub(crate) ready: &'static str,
    /// Why it is degraded.
    reason: Option<String>,
    /// Seconds since its start.
    pub(crate) uptime_seconds: f64,
    /// Lines: `came_in` = `processed` + `in_flight` + all that were dropped.
    pub(crate) lines: Counted,
    /// The same in bytes.
    bytes: Counted,
    /// Lines that were given up, by reason.
    dropped: Vec<Dropped>,
    /// Seconds that the judging is behind.
    lag_seconds: f64,
    /// What waits.
    queue: Queue,
    /// Templates known.
    pub(crate) templates: u64,
    /// Raised findings.
    findings: Vec<Findings>,
    /// Incidents.
    incidents: Vec<Incidents>,
    /// The budget of false alarms.
    budget: Budget,
    /// Memory by part.
    memory: Vec<Part>,
    /// Bytes of the state folder.
    disk_bytes: u64,
    /// How many sources there are.
    sources: u64,
    /// The model.
    model: ModelState,
}

/// What became of what came in.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Counted {
    /// All that came in.
    pub(crate) came_in: u64,
    /// What was read and counted.
    processed: u64,
    /// What waits.
    in_flight: u64,
}

/// Lines that were given up.
#[derive(Debug, Serialize, JsonSchema)]
struct Dropped {
    /// Why.
    reason: String,
    /// How many.
    lines: u64,
}

/// What waits.
#[derive(Debug, Serialize, JsonSchema)]
struct Queue {
    /// Bytes that wait to be brought to the disk.
    unsaved_bytes: u64,
    /// Bytes on the disk that wait to be read.
    unread_bytes: u64,
    /// Bytes that may wait in all.
    limit_bytes: u64,
}

/// Raised findings of a kind.
#[derive(Debug, Serialize, JsonSchema)]
struct Findings {
    /// The kind of evidence.
    kind: String,
    /// The severity.
    severity: String,
    /// How many.
    count: u64,
}

/// Incidents in a state.
#[derive(Debug, Serialize, JsonSchema)]
struct Incidents {
    /// `open` or `resolved`.
    state: String,
    /// The severity.
    severity: String,
    /// How many.
    count: u64,
}

/// The budget of false alarms.
#[derive(Debug, Serialize, JsonSchema)]
struct Budget {
    /// As it was asked for.
    asked: String,
    /// False incidents accepted over the present epoch.
    allowed: f64,
    /// Incidents raised in it.
    spent: u64,
    /// Findings held in it.
    held: u64,
}

/// Memory of a part.
#[derive(Debug, Serialize, JsonSchema)]
struct Part {
    /// The part.
    part: String,
    /// Bytes.
    bytes: u64,
}

/// The model.
#[derive(Debug, Serialize, JsonSchema)]
struct ModelState {
    /// Its generation; 0 where nothing was learned.
    generation: u64,
    /// Seconds since it was written.
    age_seconds: Option<f64>,
    /// Records that it was learned from.
    records: u64,
}

/// The word for how ready the daemon is.
pub(crate) fn ready(ready: &Ready) -> &'static str {
    match ready {
        Ready::Starting => "starting",
        Ready::Replaying => "replaying",
        Ready::Ready => "ready",
        Ready::Degraded(_) => "degraded",
        Ready::Stopping => "stopping",
    }
}

impl From<stored::Counted> for Counted {
    fn from(counted: stored::Counted) -> Counted {
        Counted { came_in: counted.came_in, processed: counted.processed, in_flight: counted.in_flight }
    }
}

impl From<stored::Status> for Status {
    fn from(status: stored::Status) -> Status {
        let word = ready(&status.ready);
        let queue = status.queue;
        let budget = status.budget;
        let model = status.model;
        Status {
            version: env!("CARGO_PKG_VERSION"),
            ready: word,
            reason: match status.ready {
                Ready::Degraded(reason) => Some(reason),
                _ => None,
            },
            uptime_seconds: status.uptime_seconds,
            lines: status.lines.into(),
            bytes: status.bytes.into(),
            dropped: status
                .dropped
                .into_iter()
                .map(|one| Dropped { reason: one.reason, lines: one.lines })
                .collect(),
            lag_seconds: status.lag_seconds,
            queue: Queue {
                unsaved_bytes: queue.unsaved_bytes,
                unread_bytes: queue.unread_bytes,
                limit_bytes: queue.limit_bytes,
            },
            templates: status.templates,
            findings: status
                .findings
                .into_iter()
                .map(|(kind, severity, count)| Findings { kind, severity, count })
                .collect(),
            incidents: status
                .incidents
                .into_iter()
                .map(|(state, severity, count)| Incidents { state, severity, count })
                .collect(),
            budget: Budget {
                asked: budget.asked,
                allowed: budget.allowed,
                spent: budget.spent,
                held: budget.held,
            },
            memory: status.memory.into_iter().map(|one| Part { part: one.part, bytes: one.bytes }).collect(),
            disk_bytes: status.disk_bytes,
            sources: status.sources.len() as u64,
            model: ModelState {
                generation: model.generation,
                age_seconds: model.age_seconds,
                records: model.records,
            },
        }
    }
}

pub(crate) async fn get(State(face): State<Arc<Face>>, uri: Uri) -> Result<Response, Problem> {
    Query::only(&uri, &[])?;
    // It changes with every call, so a tag would never match.
    Ok(super::json(StatusCode::OK, &Status::from(face.handle.status())))
}

pub(crate) fn describe() -> Operation {
    operation("Status", "How the daemon is, in figures").answers::<Status>(200, "How it is")
}
