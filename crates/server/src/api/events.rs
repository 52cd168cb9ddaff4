//! Live events, as server-sent events: one JSON document each, so that no log text begins another.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::StreamExt;
use logsift_pipeline::daemon::{Event, Events};
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Sender, channel};

use super::wire::{Finding, Incident};
use crate::face::Face;
use crate::openapi::{Operation, operation};
use crate::problem::Problem;

/// Events that may wait for a connection that takes them slowly.
const WAITING: usize = 64;

/// How soon it is noticed that a listener has gone.
const LOOK: Duration = Duration::from_secs(1);

/// A comment is sent after so many looks without an event, so that nobody between closes the connection.
const QUIET_LOOKS: u32 = 15;

pub(crate) async fn listen(State(face): State<Arc<Face>>) -> Result<Response, Problem> {
    let place = Arc::clone(&face.listeners)
        .try_acquire_owned()
        .map_err(|_| Problem::later(StatusCode::SERVICE_UNAVAILABLE, "too many listen already", 30))?;
    let (send, receive) = channel(WAITING);
    let events = face.handle.events();
    // Events come over a blocking channel; listeners are few, so each may have a thread.
    let pump = std::thread::Builder::new().name("events".into()).spawn(move || pump(&events, &send, place));
    pump.map_err(|_| Problem::internal())?;
    let stream = futures_util::stream::unfold(receive, |mut receive| async move {
        receive.recv().await.map(|bytes| (Ok::<_, std::io::Error>(bytes), receive))
    });
    let mut response = Response::new(Body::from_stream(stream.boxed()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn pump(events: &Events, send: &Sender<Bytes>, _place: OwnedSemaphorePermit) {
    let mut number = 0_u64;
    let mut quiet = 0;
    if send.blocking_send(Bytes::from_static(b": logsift\n\n")).is_err() {
        return;
    }
    while let Ok(event) = events.next(LOOK) {
        let text = match event {
            Some(event) => {
                number += 1;
                quiet = 0;
                written(number, event)
            }
            None => {
                quiet += 1;
                if quiet % QUIET_LOOKS != 0 {
                    match send.is_closed() {
                        true => return,
                        false => continue,
                    }
                }
                ": nothing new\n\n".to_owned()
            }
        };
        if send.blocking_send(Bytes::from(text)).is_err() {
            return;
        }
    }
}

fn written(number: u64, event: Event) -> String {
    match event {
        Event::Finding(finding) => block(number, "finding", &Finding::from(finding)),
        Event::IncidentOpened(incident) => block(number, "incident-opened", &Incident::from(incident)),
        Event::IncidentChanged(incident) => block(number, "incident-changed", &Incident::from(incident)),
        Event::IncidentResolved(incident) => block(number, "incident-resolved", &Incident::from(incident)),
        Event::Source { name, problem } => {
            block(number, "source", &serde_json::json!({"name": name, "problem": problem}))
        }
        Event::Status { ready, reason } => {
            block(number, "status", &serde_json::json!({"ready": ready, "reason": reason}))
        }
        Event::Missed { count } => block(number, "missed", &serde_json::json!({"count": count})),
        _ => String::new(),
    }
}

fn block<T: Serialize>(number: u64, name: &str, data: &T) -> String {
    let mut out = format!("id: {number}\nevent: {name}\n");
    // JSON has no newline outside of its escapes.
    let _ = write!(out, "data: {}\n\n", serde_json::to_string(data).unwrap_or_default());
    out
}

pub(crate) fn describe() -> Operation {
    operation("Events", "What happens, as it happens")
        .text(
            "Server-sent events: `finding`, `incident-opened`, `incident-changed`, `incident-resolved`, `source`, \
             `status`, and `missed` with a count for who was too slow. The data of each is JSON as in the lists.",
        )
        .answers_raw(200, "Events, until the connection ends", "text/event-stream")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_text_begins_no_event() {
        let name = "a\n\ndata: forged\r\n\revent: x";
        let text = written(1, Event::Source { name: name.into(), problem: None });
        assert_eq!(text.matches('\n').count(), 4);
        assert!(!text.contains('\r') && text.ends_with("\n\n"));
    }
}
