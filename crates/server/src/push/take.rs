//! The way of every push: unpack and decode aside, hand the streams to the daemon, wait for the disk.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use logsift_pipeline::daemon::{Busy, Lost, Push};
use logsift_sources::push::{Batch, Form, Rejected, Request, Unpacking, unpack};
use tokio::sync::oneshot;

use crate::body::Received;
use crate::face::{self, Face};
use crate::problem::Problem;

/// Bodies up to here are decoded at once: handing them to another thread would take longer.
const SMALL: usize = 16 << 10;

/// So long a sender waits for the disk. Most give up at ten seconds, and nobody learns anything from silence.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a request is taken.
pub(crate) struct Taking {
    /// What its source is called.
    pub(crate) source: &'static str,
    /// How it is packed.
    pub(crate) layers: Vec<Unpacking>,
}

impl Taking {
    /// Unpacks the body and decodes it.
    pub(crate) async fn decode<T: Send + 'static>(
        &self,
        face: &Face,
        body: Received,
        decode: impl FnOnce(Request<'_>) -> Result<T, Rejected> + Send + 'static,
    ) -> Result<T, Problem> {
        let layers = self.layers.clone();
        let packed = layers.iter().any(|layer| *layer != Unpacking::Snappy);
        let small = body.bytes.len() <= SMALL && !packed;
        let received = face::now();
        let work = move || {
            let unpacked = unpack(&body.bytes, &layers)?;
            decode(Request { body: &unpacked, received })
        };
        let decoded = if small { work() } else { face.aside(work).await? };
        decoded.map_err(|rejected| problem(&rejected))
    }
}

/// How the headers say that a body is packed.
pub(crate) fn layers(headers: &HeaderMap) -> Result<Vec<Unpacking>, Problem> {
    let Some(value) = headers.get(header::CONTENT_ENCODING) else { return Ok(Vec::new()) };
    let value = value.to_str().map_err(|_| Problem::bad("the content encoding is no text"))?;
    Unpacking::of_header(value).map_err(|rejected| problem(&rejected))
}

/// The body of a push.
pub(crate) async fn received(face: &Face, headers: &HeaderMap, body: Body) -> Result<Received, Problem> {
    face.intake.receive(headers, body).await
}

pub(crate) fn problem(rejected: &Rejected) -> Problem {
    let status = match rejected {
        Rejected::Malformed(_) => StatusCode::BAD_REQUEST,
        Rejected::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Rejected::Unknown(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
    };
    Problem::new(status, rejected.to_string())
}

/// Hands all streams to the daemon and waits until they are on the disk.
pub(crate) async fn keep<T>(
    face: &Arc<Face>,
    source: &str,
    decoded: T,
    batch: impl FnOnce(T) -> Batch,
) -> Result<Batch, Problem> {
    let mut batch = batch(decoded);
    face.traffic.refused_entries.fetch_add(batch.refused, Ordering::Relaxed);
    let lines = batch.lines();
    let pushes: Vec<Push> = batch
        .streams
        .drain(..)
        .filter(|stream| !stream.lines.is_empty())
        .map(|stream| Push {
            source: named(source, stream.form),
            kind: String::new(),
            labels: stream.labels,
            lines: stream.lines,
            count: Some(stream.count),
        })
        .collect();
    if !pushes.is_empty() {
        kept(face, pushes).await?;
    }
    face.traffic.pushed_lines.fetch_add(lines, Ordering::Relaxed);
    Ok(batch)
}

/// A source has one format, so records written as fields are one of their own.
fn named(source: &str, form: Form) -> String {
    match form {
        Form::Plain | Form::Stamped => format!("push/{source}"),
        Form::Fields => format!("push/{source}/fields"),
    }
}

async fn kept(face: &Arc<Face>, pushes: Vec<Push>) -> Result<(), Problem> {
    let (done, waiting) = oneshot::channel();
    let then = move |result| {
        // Who asked may have gone by then.
        let _ = done.send(result);
    };
    face.handle.push_all_then(pushes, then).map_err(|busy| later(face, busy))?;
    let later = |detail: &'static str| Problem::later(StatusCode::SERVICE_UNAVAILABLE, detail, 5);
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(Ok(Ok(()))) => Ok(()),
        Ok(Ok(Err(Lost)) | Err(_)) => Err(later("logsift stops: the lines were not kept")),
        // They may still be kept when the disk takes something again; then they are there twice.
        Err(_) => Err(later("the disk takes nothing at present: send it again")),
    }
}

fn later(face: &Face, busy: Busy) -> Problem {
    face.traffic.busy.fetch_add(1, Ordering::Relaxed);
    let detail = "there is no room at present: nothing of this was kept, send it again";
    Problem::later(StatusCode::SERVICE_UNAVAILABLE, detail, busy.retry_after.as_secs())
}
