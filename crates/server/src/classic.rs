//! The endpoints that users of the classic detection services know, with the shapes they know.

pub(crate) mod describe;
mod prediction;
mod upload;

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use logsift_sources::push::{self as decoding, text};
use schemars::JsonSchema;
use serde::Serialize;

use crate::access::Caller;
use crate::api::detect::{Verdicts, verdicts};
use crate::api::status::ready;
use crate::api::wire::{List, Model};
use crate::api::{self};
use crate::dashboard;
use crate::face::Face;
use crate::forest::Trained;
use crate::given::is_json;
use crate::problem::Problem;
use crate::push::{self, Taking, keep, labels, received, word};
use crate::query::Query;
use decoding::elastic::handshake::is_client;

pub(crate) use prediction::{predict, train};
pub(crate) use upload::upload;

/// That it runs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Running {
    /// A sentence.
    status: &'static str,
}

/// How it is, in short.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Brief {
    /// `running`.
    status: &'static str,
    /// `starting`, `replaying`, `ready`, `degraded`, `stopping`.
    ready: &'static str,
    /// Seconds since the start.
    uptime_seconds: f64,
    /// Lines that came in.
    lines: u64,
    /// Templates known.
    templates: u64,
    /// Incidents that are open.
    open_incidents: u64,
    /// What `/predict` answers from.
    predictor: Trained,
}

/// What became of lines that were sent.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Ingested {
    /// `accepted`: they are on the disk.
    pub(crate) status: &'static str,
    /// Lines that were taken.
    pub(crate) ingested: u64,
    /// Entries that were not.
    pub(crate) refused: u64,
}

/// The models there are.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Models {
    /// What `/predict` answers from.
    predictor: Trained,
    /// Generations of the model of the logs, the latest first.
    models: Vec<Model>,
}

/// What is unusual about lines.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Detected {
    /// A verdict for each record.
    results: Vec<crate::api::detect::Verdict>,
    /// Records that are unusual.
    anomalies: u64,
}

/// `GET /`: the dashboard for browsers, its greeting for clients of Elasticsearch, a word for all others.
pub(crate) async fn root(method: Method, headers: HeaderMap) -> Response {
    let (agent, accept) = (word(&headers, header::USER_AGENT), word(&headers, header::ACCEPT));
    if is_client(agent, accept) {
        return push::handshake_answer(&method, "/");
    }
    if accept.contains("text/html") {
        return dashboard::index(&headers);
    }
    let mut response = api::json(StatusCode::OK, &Running { status: "Log Anomaly Detection API running" });
    let varies = header::HeaderValue::from_static("accept, user-agent");
    response.headers_mut().insert(header::VARY, varies);
    response
}

/// `GET /health`
pub(crate) async fn health() -> Response {
    api::json(StatusCode::OK, &Running { status: "healthy" })
}

/// `GET /status`
pub(crate) async fn status(State(face): State<Arc<Face>>) -> Response {
    let status = face.handle.status();
    let open =
        status.incidents.iter().filter(|(state, _, _)| state == "open").map(|(_, _, count)| count).sum();
    let brief = Brief {
        status: "running",
        ready: ready(&status.ready),
        uptime_seconds: status.uptime_seconds,
        lines: status.lines.came_in,
        templates: status.templates,
        open_incidents: open,
        predictor: face.predictor().trained.clone(),
    };
    api::json(StatusCode::OK, &brief)
}

/// `GET /models`
pub(crate) async fn models(State(face): State<Arc<Face>>) -> Result<Response, Problem> {
    let models = face.ask(|facts| facts.models()).await?;
    let List { rows } = List::<Model>::of(models);
    Ok(api::json(StatusCode::OK, &Models { predictor: face.predictor().trained.clone(), models: rows }))
}

/// `POST /detect`
pub(crate) async fn detect(State(face): State<Arc<Face>>, request: Request) -> Result<Response, Problem> {
    let Verdicts { verdicts, anomalous } = verdicts(&face, request).await?;
    Ok(api::json(StatusCode::OK, &Detected { results: verdicts, anomalies: anomalous }))
}

/// `POST /ingest/logs`: entries in JSON, or lines.
pub(crate) async fn ingest(
    State(face): State<Arc<Face>>,
    Extension(_caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let labels = labels(&Query::of(&head.uri)?)?;
    let json = is_json(&head.headers);
    let encoding = text::Encoding::of_header(word(&head.headers, header::CONTENT_TYPE));
    let taking = Taking { source: "http", layers: push::layers(&head.headers)? };
    let body = received(&face, &head.headers, body).await?;
    let decode = move |request: decoding::Request<'_>| match json {
        true => text::entries(request, &labels),
        false => text::decode(request, encoding, &labels),
    };
    let batch = taking.decode(&face, body, decode).await?;
    let batch = keep(&face, taking.source, batch, |batch| batch).await?;
    let ingested = Ingested { status: "accepted", ingested: batch.accepted, refused: batch.refused };
    Ok(api::json(StatusCode::OK, &ingested))
}
