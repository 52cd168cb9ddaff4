//! Lines in, what is unusual about each out: by what is known now, nothing is kept.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use logsift_pipeline::daemon::Verdict as Judged;
use logsift_sources::push::{self, text};
use schemars::JsonSchema;
use serde::Serialize;

use crate::face::{self, Face};
use crate::given::is_json;
use crate::openapi::{Operation, operation};
use crate::problem::Problem;
use crate::push::{Taking, received, word};

/// Lines of one request: each gets a verdict that is longer than it.
pub(crate) const MOST_LINES: u64 = 10_000;

/// What is said of the lines.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Verdicts {
    /// A verdict for each record.
    pub(crate) verdicts: Vec<Verdict>,
    /// Records that are unusual.
    pub(crate) anomalous: u64,
}

/// What is said of a record.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Verdict {
    /// Its first line, counted from 1.
    pub(crate) line: u64,
    /// Its template, where one is known.
    pub(crate) template_id: Option<String>,
    /// The text of the template, or the record's own.
    pub(crate) template: String,
    /// Grows with how unusual it is.
    pub(crate) score: f64,
    /// Whether it is unusual.
    pub(crate) anomalous: bool,
    /// Why, in a sentence.
    pub(crate) explanation: String,
    /// Its level.
    pub(crate) level: Option<String>,
}

impl From<Judged> for Verdict {
    fn from(judged: Judged) -> Verdict {
        Verdict {
            line: judged.line,
            template_id: judged.template_id,
            template: judged.template,
            score: judged.score,
            anomalous: judged.anomalous,
            explanation: judged.explanation,
            level: judged.level,
        }
    }
}

pub(crate) async fn post(State(face): State<Arc<Face>>, request: Request) -> Result<Response, Problem> {
    Ok(super::json(StatusCode::OK, &verdicts(&face, request).await?))
}

/// The verdicts on the lines or entries of a request.
pub(crate) async fn verdicts(face: &Arc<Face>, request: Request) -> Result<Verdicts, Problem> {
    let (head, body) = request.into_parts();
    let json = is_json(&head.headers);
    let encoding = text::Encoding::of_header(word(&head.headers, header::CONTENT_TYPE));
    let layers = crate::push::layers(&head.headers)?;
    let body = received(face, &head.headers, body).await?;
    let decode = move |request: push::Request<'_>| match json {
        true => text::entries(request, &Vec::new()),
        false => text::decode(request, encoding, &Vec::new()),
    };
    let batch = Taking { source: "", layers }.decode(face, body, decode).await?;
    if batch.lines() > MOST_LINES {
        let detail = format!("at most {MOST_LINES} lines at once; `/ingest` takes more");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let shared = Arc::clone(face);
    let judged = face.aside(move || judged(&shared, &batch)).await?;
    let anomalous = judged.iter().filter(|verdict| verdict.anomalous).count() as u64;
    Ok(Verdicts { verdicts: judged, anomalous })
}

fn judged(face: &Face, batch: &push::Batch) -> Vec<Verdict> {
    let started = face::now();
    let mut verdicts: Vec<Verdict> = Vec::new();
    let mut before = 0;
    for stream in &batch.streams {
        let found = face.handle.detect(&stream.lines).into_iter().map(Verdict::from);
        verdicts.extend(found.map(|verdict| Verdict { line: verdict.line + before, ..verdict }));
        before += stream.lines.iter().filter(|byte| **byte == b'\n').count() as u64;
    }
    face.traffic.scoring.note(std::time::Duration::from_nanos(face::now().saturating_sub(started)));
    verdicts
}

pub(crate) fn describe() -> Operation {
    described(operation("Detection", "Score lines or entries without keeping them"))
        .answers::<Verdicts>(200, "A verdict for each record")
}

/// What a request with lines may look like.
pub(crate) fn described(operation: Operation) -> Operation {
    operation
        .text("A body of JSON is a list of lines and objects, or `{\"logs\": […]}`; any other body is plain lines.")
        .takes_raw("application/json")
        .takes_raw("text/plain")
        .takes_raw("application/x-ndjson")
}
