//! Lines that are kept around findings: searched, narrowed, counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use logsift_pipeline::daemon::{Filter, LineCounts, LineFact};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::wire::{Page, maybe, moment};
use crate::face::Face;
use crate::openapi::{self, Operation, operation, text, words};
use crate::problem::Problem;
use crate::query::Query;

const SECOND: i64 = 1_000_000_000;
/// Seconds of a step where nothing else is asked for.
const STEP: i64 = 3_600;
/// A year.
const LONGEST_STEP: i64 = 366 * 86_400;

const KEPT: [&str; 3] = ["finding", "cause", "around"];
const LEVELS: [&str; 9] = ["trace", "debug", "info", "notice", "warn", "error", "critical", "fatal", "none"];

/// A line that is kept.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Line {
    /// When, in log time; of a line around a cause the time of that.
    time: String,
    /// `finding`, `cause`, or `around` for one that stands near a cause.
    kept: String,
    /// The finding, where it is the line of one.
    finding_id: Option<String>,
    /// The incident.
    incident_id: Option<String>,
    /// The stream.
    stream: Option<String>,
    /// The template.
    template_id: Option<String>,
    /// The level.
    level: Option<String>,
    /// The file or entry.
    file: Option<String>,
    /// The line in it, counted from 1.
    line: Option<i64>,
    /// The line itself, its first 2,000 signs.
    text: String,
}

impl From<LineFact> for Line {
    fn from(fact: LineFact) -> Line {
        let finding_id = (fact.kept == "finding").then_some(fact.owner);
        Line {
            time: moment(fact.at),
            kept: fact.kept,
            finding_id,
            incident_id: fact.incident,
            stream: fact.stream,
            template_id: fact.template,
            level: fact.level,
            file: fact.file,
            line: fact.line,
            text: fact.text,
        }
    }
}

/// How many lines there are.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Counts {
    /// In all.
    lines: u64,
    /// Over time; steps without lines are left out.
    steps: Vec<Step>,
    /// By what they are kept as.
    kept: Vec<Value>,
    /// By level; `none` where there is none.
    levels: Vec<Value>,
    /// By stream, the most frequent first.
    streams: Vec<Value>,
    /// By template, the most frequent first.
    templates: Vec<Value>,
    /// The cursor that goes on; nothing where all were counted. What it gives is to be added.
    next: Option<String>,
    /// How far back was counted, where there is a next.
    reached: Option<String>,
}

/// Lines of a step.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Step {
    /// When it begins.
    start: String,
    /// Lines of each level; `none` for those without one.
    levels: BTreeMap<String, u64>,
}

/// How often a value stands.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Value {
    /// The value.
    value: String,
    /// How many lines.
    count: u64,
}

impl From<LineCounts> for Counts {
    fn from(counts: LineCounts) -> Counts {
        let values = |pairs: Vec<(String, u64)>| {
            pairs.into_iter().map(|(value, count)| Value { value, count }).collect()
        };
        let steps = counts.steps.into_iter().map(|(at, levels)| Step { start: moment(at), levels });
        Counts {
            lines: counts.lines,
            steps: steps.collect(),
            kept: values(counts.kept),
            levels: values(counts.levels),
            streams: values(counts.streams),
            templates: values(counts.templates),
            next: counts.next,
            reached: maybe(counts.reached),
        }
    }
}

pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let known = ["kept", "level", "stream", "template", "incident", "since", "until", "q", "limit", "cursor"];
    let query = Query::only(&uri, &known)?;
    let (filter, page) = (filter(&query)?, query.page()?);
    let found = face.ask(move |facts| facts.lines(&filter, &page)).await?;
    Ok(super::tagged(&headers, &Page::<Line>::of(found)))
}

pub(crate) async fn counts(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let known = ["kept", "level", "stream", "template", "incident", "since", "until", "q", "step", "cursor"];
    let query = Query::only(&uri, &known)?;
    let step = query.number::<i64>("step")?.unwrap_or(STEP);
    if !(1..=LONGEST_STEP).contains(&step) {
        return Err(Problem::bad(format!("`step` must be 1 to {LONGEST_STEP} seconds")));
    }
    let (filter, after) = (filter(&query)?, query.owned("cursor"));
    let counts =
        face.ask(move |facts| facts.line_counts(&filter, step.saturating_mul(SECOND), after)).await?;
    Ok(super::tagged(&headers, &Counts::from(counts)))
}

fn filter(query: &Query) -> Result<Filter, Problem> {
    Ok(Filter {
        kind: query.one_of("kept", &KEPT)?,
        level: query.one_of("level", &LEVELS)?,
        stream: query.owned("stream"),
        template: query.owned("template"),
        incident: query.owned("incident"),
        since: query.moment("since")?,
        until: query.moment("until")?,
        text: query.owned("q"),
        ..Filter::default()
    })
}

fn narrowed(operation: Operation) -> Operation {
    operation
        .query("kept", "What they are kept as", words(&KEPT))
        .query("level", "A level; `none` for lines without one", words(&LEVELS))
        .query("stream", "A stream", text())
        .query("template", "A template", text())
        .query("incident", "Of this incident", text())
        .query("since", "From here on", openapi::moment())
        .query("until", "Up to here", openapi::moment())
        .query("q", "Words that stand in it", text())
}

pub(crate) fn describe_list() -> Operation {
    narrowed(operation("Findings", "Lines that are kept around findings, the latest first"))
        .text("The lines that findings are about, those that look like causes, and those that stand around these.")
        .paged()
        .answers::<Page<Line>>(200, "A page")
}

pub(crate) fn describe_counts() -> Operation {
    narrowed(operation("Findings", "How many kept lines there are: over time, by level, stream and template"))
        .text("So many lines are counted at once as are looked at for a page; `next` goes on, and who asks adds up.")
        .query("step", "Seconds of a step", json!({"type": "integer", "minimum": 1, "maximum": LONGEST_STEP}))
        .query("cursor", "Where to go on: `next` of the answer before", text())
        .answers::<Counts>(200, "The counts")
}
