//! Incidents: what happened, in order, and the lines around what looks like the cause.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use logsift_pipeline::daemon::{Filter, IncidentCount, IncidentFact, Paged};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::findings::{filter, narrowed};
use super::wire::{Incident, IncidentDetail, List, Page};
use crate::face::Face;
use crate::openapi::{Operation, moment, operation, text, words};
use crate::part::Part;
use crate::problem::Problem;
use crate::query::Query;

const KNOWN: [&str; 11] =
    ["state", "severity", "kind", "stream", "fingerprint", "since", "until", "q", "order", "limit", "cursor"];

const ORDERS: [&str; 2] = ["latest", "worst"];

const STATES: [&str; 3] = ["open", "resolved", "withdrawn"];

/// What happened, in order.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Storyline {
    /// The incident.
    id: String,
    /// One line that says what happened.
    title: String,
    /// Its steps, by time.
    steps: Vec<StoryStep>,
}

/// One step of what happened.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct StoryStep {
    /// When, in log time.
    time: Option<String>,
    /// What kind of finding.
    kind: String,
    /// In words.
    sentence: String,
    /// The stream.
    stream: Option<String>,
    /// The file or entry to look into.
    file: Option<String>,
    /// The line to look at.
    line: Option<u64>,
}

/// The lines around what looks like the cause.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Surroundings {
    /// The incident.
    id: String,
    /// The likeliest first.
    causes: Vec<Cause>,
}

/// A record that looks like the cause.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Cause {
    /// The file or entry.
    file: String,
    /// The line, counted from 1.
    line: u64,
    /// When, in log time.
    time: Option<String>,
    /// The level.
    level: Option<String>,
    /// The template.
    template_id: Option<String>,
    /// The record as it stands in the log.
    message: String,
    /// Why it looks like the cause.
    why: String,
    /// How likely, 0 to 1, against the other causes.
    weight: f64,
    /// Lines before it.
    #[serde(default)]
    before: Vec<String>,
    /// Lines after it.
    #[serde(default)]
    after: Vec<String>,
}

pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = Query::only(&uri, &KNOWN)?;
    let (filter, page) = (filter(&query, &STATES)?, query.page()?);
    if query.one_of("order", &ORDERS)?.as_deref() == Some("worst") {
        let other = Filter { since: None, until: None, ..filter.clone() };
        if other != Filter::default() || page.after.is_some() {
            return Err(Problem::bad("`order=worst` is asked for with `since`, `until` and `limit` alone"));
        }
        let rows =
            face.ask(move |facts| facts.worst_incidents(filter.since, filter.until, page.limit)).await?;
        return Ok(super::tagged(&headers, &Page::<Incident>::of(Paged { rows, next: None, reached: None })));
    }
    let found = face.ask(move |facts| facts.incidents_in_short(&filter, &page)).await?;
    Ok(super::tagged(&headers, &Page::<Incident>::of(found)))
}

/// How many incidents there are.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Count {
    /// `open`, `resolved` or `withdrawn`.
    state: String,
    /// `low`, `medium`, `high`, `critical`.
    severity: String,
    /// How many.
    count: u64,
}

impl From<IncidentCount> for Count {
    fn from(row: IncidentCount) -> Count {
        Count { state: row.state, severity: row.severity, count: row.count }
    }
}

pub(crate) async fn counts(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = Query::only(&uri, &["since", "until"])?;
    let (since, until) = (query.moment("since")?, query.moment("until")?);
    let found = face.ask(move |facts| facts.incident_counts_in(since, until)).await?;
    Ok(super::tagged(&headers, &List::<Count>::of(found)))
}

pub(crate) async fn one(
    State(face): State<Arc<Face>>,
    Part(id): Part<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Ok(super::tagged(&headers, &IncidentDetail::from(found(&face, id).await?)))
}

pub(crate) async fn storyline(
    State(face): State<Arc<Face>>,
    Part(id): Part<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let fact = found(&face, id).await?;
    let steps = rows(&fact.document, "story");
    Ok(super::tagged(&headers, &Storyline { id: fact.id, title: fact.title, steps }))
}

pub(crate) async fn lines(
    State(face): State<Arc<Face>>,
    Part(id): Part<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let fact = found(&face, id).await?;
    let causes = rows(&fact.document, "causes");
    Ok(super::tagged(&headers, &Surroundings { id: fact.id, causes }))
}

async fn found(face: &Face, id: String) -> Result<IncidentFact, Problem> {
    face.ask(move |facts| facts.incident(&id)).await?.ok_or_else(|| Problem::missing("incident"))
}

/// The rows of a part of the report. One of a shape that is not known is left out.
fn rows<T: for<'a> Deserialize<'a>>(report: &Value, part: &str) -> Vec<T> {
    let rows = report.get(part).and_then(Value::as_array).into_iter().flatten();
    rows.filter_map(|row| T::deserialize(row).ok()).collect()
}

pub(crate) fn describe_list() -> Operation {
    narrowed(operation("Incidents", "Incidents, the latest first"), &STATES)
        .query("order", "`worst`: of the time the worst, open before resolved, on one page", words(&ORDERS))
        .query("fingerprint", "Of this kind of story, whenever it happened", text())
        .answers::<Page<Incident>>(200, "A page")
}

pub(crate) fn describe_counts() -> Operation {
    operation("Incidents", "How many incidents there are, by state and severity")
        .query("since", "What ended at or after this", moment())
        .query("until", "What began at or before this", moment())
        .answers::<List<Count>>(200, "The counts")
}

pub(crate) fn describe_one() -> Operation {
    operation("Incidents", "An incident with all that is known of it")
        .path("id", "Its id")
        .answers::<IncidentDetail>(200, "The incident")
}

pub(crate) fn describe_storyline() -> Operation {
    operation("Incidents", "What happened, in order")
        .path("id", "Its id")
        .answers::<Storyline>(200, "Its steps")
}

pub(crate) fn describe_lines() -> Operation {
    operation("Incidents", "The lines around what looks like the cause")
        .path("id", "Its id")
        .answers::<Surroundings>(200, "The lines")
}
