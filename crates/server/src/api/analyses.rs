//! Analyses: a log as the body of a request in, a job and then a report out; nothing of it is learned.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use logsift_pipeline::daemon::{AnalysisError, Upload};

use super::wire::Job;
use crate::access::Caller;
use crate::face::Face;
use crate::openapi::{Operation, operation, text};
use crate::part::Part;
use crate::problem::Problem;
use crate::query::{Query, shown};

/// Bytes that are gathered before they are written.
const PIECE: usize = 256 << 10;

/// How long a whole log may take; between two parts of it no more than for any body.
const LONGEST: Duration = Duration::from_secs(600);

pub(crate) async fn create(
    State(face): State<Arc<Face>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    let query = Query::only(request.uri(), &["name"])?;
    let name = query.text("name").unwrap_or("log").to_owned();
    let (shared, wanted) = (Arc::clone(&face), name.clone());
    let upload = face.aside(move || shared.handle.upload(&wanted)).await?.map_err(refused)?;
    let received = tokio::time::timeout(LONGEST, received(&face, upload, request)).await;
    let upload = received.map_err(|_| late(LONGEST))??;
    let (shared, actor) = (Arc::clone(&face), caller.name);
    let job = face.aside(move || {
        let begun = upload.begin();
        shared.note(&actor, "analysis", &shown(&name), if begun.is_ok() { "done" } else { "failed" });
        begun
    });
    Ok(super::json(StatusCode::ACCEPTED, &Job::from(job.await?.map_err(refused)?)))
}

/// Writes the body as it comes, so that no log is ever in memory.
async fn received(face: &Face, mut upload: Upload, request: Request) -> Result<Upload, Problem> {
    let mut body = request.into_body();
    let mut gathered: Vec<u8> = Vec::new();
    let mut bytes = 0;
    let patience = face.limits.body_time;
    while let Some(frame) = tokio::time::timeout(patience, body.frame()).await.map_err(|_| late(patience))? {
        let frame = frame.map_err(|_| Problem::bad("the body broke off"))?;
        let Ok(data) = frame.into_data() else { continue };
        bytes += data.len();
        gathered.extend_from_slice(&data);
        if gathered.len() >= PIECE {
            upload = written(face, upload, std::mem::take(&mut gathered)).await?;
        }
    }
    if bytes == 0 {
        return Err(Problem::bad("the body is the log, and there is none"));
    }
    written(face, upload, gathered).await
}

fn late(limit: Duration) -> Problem {
    let detail = format!("nothing of the log came for {} s, or all of it took too long", limit.as_secs());
    Problem::new(StatusCode::REQUEST_TIMEOUT, detail)
}

async fn written(face: &Face, mut upload: Upload, bytes: Vec<u8>) -> Result<Upload, Problem> {
    let written = face.aside(move || upload.write(&bytes).map(|()| upload)).await?;
    written.map_err(refused)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed on by `map_err`")]
fn refused(error: AnalysisError) -> Problem {
    let status = match &error {
        AnalysisError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        AnalysisError::Busy => return Problem::later(StatusCode::TOO_MANY_REQUESTS, error.to_string(), 10),
        AnalysisError::Full(_) => {
            return Problem::later(StatusCode::INSUFFICIENT_STORAGE, error.to_string(), 60);
        }
        _ => {
            return Problem::later(StatusCode::SERVICE_UNAVAILABLE, "the log cannot be kept at present", 10);
        }
    };
    Problem::new(status, error.to_string())
}

pub(crate) async fn report(
    State(face): State<Arc<Face>>,
    Part(job): Part<String>,
) -> Result<Response, Problem> {
    let (shared, wanted) = (Arc::clone(&face), job.clone());
    let report = face.aside(move || shared.handle.analysis(&wanted)).await?;
    match report.map_err(|_| Problem::internal())? {
        Some(report) => {
            let mut response = Response::new(report.into());
            let kind = HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            Ok(response)
        }
        None => Err(Problem::missing("report: an analysis has one when its job is done, and for a day")),
    }
}

pub(crate) fn describe_create() -> Operation {
    operation("Analyses", "Analyse a log as a whole")
        .text(
            "The body is the log, packed or not, of at most 256 MiB. It is scanned as a job, as `logsift scan` does it; \
             nothing of it is learned. The log itself is not kept, the report for a day.",
        )
        .query("name", "What the log is called", text())
        .takes_raw("application/octet-stream")
        .answers::<Job>(202, "The job that does it")
}

pub(crate) fn describe_report() -> Operation {
    operation("Analyses", "The report of an analysis").path("job", "The id of its job").answers_raw(
        200,
        "The document of `scan --format json`",
        "application/json",
    )
}
