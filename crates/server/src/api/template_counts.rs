//! How often every template came in a stretch of time: for lists of them with their course, and to compare two times.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use logsift_pipeline::daemon::{Paged, TemplateChange, TemplateCounts};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::wire::Page;
use crate::face::Face;
use crate::openapi::{Operation, moment, operation};
use crate::problem::Problem;
use crate::query::Query;

/// Steps where nothing else is asked for, and at most.
const STEPS: usize = 24;
const MOST_STEPS: usize = 200;
/// Rising templates at most.
const MOST_RISING: usize = 100;

/// How often a template came.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Counts {
    /// The template.
    id: String,
    /// Records in each step.
    counts: Vec<u64>,
}

impl From<TemplateCounts> for Counts {
    fn from(fact: TemplateCounts) -> Counts {
        Counts { id: fact.id, counts: fact.counts }
    }
}

pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = Query::only(&uri, &["since", "until", "steps", "rising", "limit", "cursor"])?;
    let (since, until) = (query.moment("since")?, query.moment("until")?);
    let steps = query.number::<usize>("steps")?.unwrap_or(STEPS);
    if !(1..=MOST_STEPS).contains(&steps) {
        return Err(Problem::bad(format!("`steps` must be 1 to {MOST_STEPS}")));
    }
    let rising = query.number::<usize>("rising")?;
    if rising.is_some_and(|most| !(1..=MOST_RISING).contains(&most)) {
        return Err(Problem::bad(format!("`rising` must be 1 to {MOST_RISING}")));
    }
    let page = query.page()?;
    let counts = face
        .ask(move |facts| {
            let (first, last) = facts.span()?.unwrap_or_default();
            let (since, until) = (since.unwrap_or(first), until.unwrap_or(last));
            match rising {
                Some(most) => {
                    Ok(Paged { rows: facts.rising(since, until, most)?, next: None, reached: None })
                }
                None => facts.template_counts(since, until, steps, &page),
            }
        })
        .await?;
    Ok(super::tagged(&headers, &Page::<Counts>::of(counts)))
}

/// How often a template came in two stretches of time.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Change {
    /// The template.
    id: String,
    /// Its text, where it is still known.
    template: Option<String>,
    /// Its gravest level.
    level: Option<String>,
    /// Records in the first stretch.
    before: u64,
    /// Records in the second.
    after: u64,
}

impl From<TemplateChange> for Change {
    fn from(row: TemplateChange) -> Change {
        Change { id: row.id, template: row.text, level: row.level, before: row.before, after: row.after }
    }
}

pub(crate) async fn changes(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = Query::only(&uri, &["from", "to", "since", "until", "limit", "cursor"])?;
    let needed = |name| query.moment(name)?.ok_or_else(|| Problem::bad(format!("`{name}` is needed")));
    let (before, after) = ((needed("from")?, needed("to")?), (needed("since")?, needed("until")?));
    let page = query.page()?;
    let found = face.ask(move |facts| facts.template_changes(before, after, &page)).await?;
    Ok(super::tagged(&headers, &Page::<Change>::of(found)))
}

pub(crate) fn describe_changes() -> Operation {
    operation("Templates", "How often each template came in two stretches of time")
        .text("By id; those that came in neither are left out. So many counts are read for a page.")
        .query("from", "The first begins", moment())
        .query("to", "The first ends", moment())
        .query("since", "The second begins", moment())
        .query("until", "The second ends", moment())
        .paged()
        .answers::<Page<Change>>(200, "The templates that came")
}

pub(crate) fn describe() -> Operation {
    operation("Templates", "How often each template came, step by step")
        .text("Counts are kept by the hour. Templates that did not come are left out.")
        .query("since", "From here on; else from the beginning", moment())
        .query("until", "Up to here; else to the end", moment())
        .query("steps", "How many steps", json!({"type": "integer", "minimum": 1, "maximum": MOST_STEPS}))
        .query(
            "rising",
            "Only so many of those that come more often in the last quarter than before, in quarters",
            json!({"type": "integer", "minimum": 1, "maximum": MOST_RISING}),
        )
        .paged()
        .answers::<Page<Counts>>(200, "The templates that came, by id")
}
