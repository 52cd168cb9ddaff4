//! Channels: how each does, and a notice to try one.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use logsift_alerts::outbox::OutboxError;
use logsift_alerts::service::{ChannelState, Service};
use schemars::JsonSchema;
use serde::Serialize;

use super::wire::{List, maybe};
use crate::access::Caller;
use crate::face::Face;
use crate::openapi::{Operation, operation};
use crate::part::Part;
use crate::problem::Problem;
use crate::query::Query;

/// A channel.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Channel {
    /// Its name.
    name: String,
    /// Its kind: `slack`, `smtp`, …
    kind: String,
    /// `working` or `broken`.
    state: &'static str,
    /// Why it does not work.
    problem: Option<String>,
    /// Notices delivered since the start.
    sent: u64,
    /// Attempts that failed since the start.
    failed: u64,
    /// Notices that wait.
    waiting: u64,
    /// Notices that could not be delivered.
    parked: u64,
    /// When one was delivered last.
    last_sent: Option<String>,
}

/// How a trial went.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Trial {
    /// The channel took the notice.
    sent: bool,
    /// Why it did not.
    problem: Option<String>,
}

impl From<ChannelState> for Channel {
    fn from(state: ChannelState) -> Channel {
        Channel {
            name: state.name,
            kind: state.kind.to_owned(),
            state: if state.problem.is_some() { "broken" } else { "working" },
            problem: state.problem,
            sent: state.sent,
            failed: state.failed,
            waiting: state.waiting,
            parked: state.parked,
            last_sent: maybe(state.last_sent.map(|time| time.nanos())),
        }
    }
}

/// The alerts of the daemon, or that it has ended.
pub(super) fn alerts(face: &Face) -> Result<Arc<Service>, Problem> {
    let ended = || Problem::later(StatusCode::SERVICE_UNAVAILABLE, "the daemon is being stopped", 10);
    face.handle.alerts().ok_or_else(ended)
}

/// Asks the alerts, aside.
pub(super) async fn asked<T: Send + 'static>(
    face: &Arc<Face>,
    question: impl FnOnce(&Service) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let service = alerts(face)?;
    face.aside(move || question(&service)).await?
}

pub(super) fn unkept(_: OutboxError) -> Problem {
    Problem::later(StatusCode::SERVICE_UNAVAILABLE, "the outbox cannot be read or written at present", 5)
}

pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Query::only(&uri, &[])?;
    let channels = asked(&face, |service| service.channels().map_err(unkept)).await?;
    Ok(super::tagged(&headers, &List::<Channel>::of(channels)))
}

pub(crate) async fn test(
    State(face): State<Arc<Face>>,
    Part(name): Part<String>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let service = alerts(&face)?;
    // A channel may hang for as long as it is given, so it holds up no other work; one trial at a time is enough.
    let turn = Arc::clone(&face.trials)
        .try_acquire_owned()
        .map_err(|_| Problem::later(StatusCode::TOO_MANY_REQUESTS, "another channel is being tried", 5))?;
    let shared = Arc::clone(&face);
    let tried = tokio::task::spawn_blocking(move || {
        let tried = service.try_channel(&name);
        drop(turn);
        if let Some(tried) = &tried {
            shared.note(&caller.name, "channel.test", &name, if tried.is_ok() { "done" } else { "failed" });
        }
        tried
    });
    match tried.await.map_err(|_| Problem::internal())? {
        Some(tried) => Ok(super::json(StatusCode::OK, &Trial { sent: tried.is_ok(), problem: tried.err() })),
        None => Err(Problem::missing("channel")),
    }
}

pub(crate) fn describe_list() -> Operation {
    operation("Alerts", "Channels, and how each does").answers::<List<Channel>>(200, "All of them")
}

pub(crate) fn describe_test() -> Operation {
    operation("Alerts", "Send a notice that says that somebody tries the channel")
        .path("name", "Its name")
        .answers::<Trial>(200, "How it went")
}
