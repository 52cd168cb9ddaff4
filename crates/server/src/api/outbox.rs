//! The outbox: what waits to be told, what was told, what was kept back and why; and to send once more what was parked.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use logsift_alerts::outbox::{Entry, EntryState};
use schemars::JsonSchema;
use serde::Serialize;

use super::channels::{asked, unkept};
use super::wire::{List, moment};
use crate::access::Caller;
use crate::face::Face;
use crate::openapi::{Operation, operation, words};
use crate::part::Part;
use crate::problem::Problem;
use crate::query::Query;

/// Notices where nothing else is asked for, and at most.
const ROWS: usize = 200;
const MOST_ROWS: usize = 1000;

/// A notice for a channel.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Notice {
    /// Follows from what is told and whom.
    id: String,
    /// The fingerprint of the incident; nothing where it is about none.
    fingerprint: Option<String>,
    /// What happened: `opened`, `grew`, `reminder`, `escalated`, `resolved`, `summary`, `channel-broken`, `test`.
    change: String,
    /// One line.
    title: String,
    /// `low`, `medium`, `high`, `critical`.
    severity: String,
    /// The channel.
    channel: String,
    /// `waiting`, `delivered`, `summarised`, `held-back`, `muted`, `parked`.
    state: &'static str,
    /// Why, or what went wrong last.
    problem: Option<String>,
    /// When it was written.
    at: String,
    /// When it is tried next; nothing where it is not.
    next: Option<String>,
    /// How often it was tried.
    attempts: u32,
}

impl From<Entry> for Notice {
    fn from(entry: Entry) -> Notice {
        let waits = entry.state == EntryState::Waiting;
        Notice {
            id: entry.id,
            fingerprint: Some(entry.incident).filter(|fingerprint| !fingerprint.is_empty()),
            change: entry.notice.happened.name().to_owned(),
            title: entry.notice.title,
            severity: entry.notice.severity,
            channel: entry.channel,
            state: entry.state.name(),
            problem: Some(entry.why).filter(|why| !why.is_empty()),
            at: moment(entry.created.nanos()),
            next: waits.then(|| moment(entry.due.nanos())),
            attempts: entry.attempts,
        }
    }
}

pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = Query::only(&uri, &["state", "limit"])?;
    let state = query.one_of("state", &EntryState::ALL.map(EntryState::name))?;
    let state = state.and_then(|name| EntryState::ALL.into_iter().find(|state| state.name() == name));
    let limit = query.number::<usize>("limit")?.unwrap_or(ROWS);
    if !(1..=MOST_ROWS).contains(&limit) {
        return Err(Problem::bad(format!("`limit` must be 1 to {MOST_ROWS}")));
    }
    let entries = asked(&face, move |service| service.outbox().list(state, limit).map_err(unkept)).await?;
    Ok(super::tagged(&headers, &List::<Notice>::of(entries)))
}

pub(crate) async fn retry(
    State(face): State<Arc<Face>>,
    Part(id): Part<String>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let shared = Arc::clone(&face);
    let again = asked(&face, move |service| {
        let again = service.retry(&id).map_err(unkept)?;
        if again {
            shared.note(&caller.name, "outbox.retry", &id, "done");
        }
        Ok(again)
    });
    match again.await? {
        true => Ok(crate::dashboard::status(StatusCode::NO_CONTENT)),
        false => Err(Problem::missing("notice that was parked")),
    }
}

pub(crate) fn describe_list() -> Operation {
    let states = EntryState::ALL.map(EntryState::name);
    let limit = serde_json::json!({"type": "integer", "minimum": 1, "maximum": 1000});
    operation("Alerts", "Notices, the latest first")
        .query("state", "Only these", words(&states))
        .query("limit", "How many rows at most", limit)
        .answers::<List<Notice>>(200, "The latest")
}

pub(crate) fn describe_retry() -> Operation {
    operation("Alerts", "Send once more what could not be delivered")
        .path("id", "Its id")
        .answers_nothing(204, "It waits to be sent")
}
