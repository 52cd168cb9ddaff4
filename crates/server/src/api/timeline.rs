//! How many records there were, step by step.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::json;

use super::wire::{List, Step};
use crate::face::Face;
use crate::openapi::{Operation, moment, operation, text};
use crate::problem::Problem;
use crate::query::Query;

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3_600 * SECOND;
/// Steps where nothing else is asked for.
const STEPS: i64 = 200;
/// A year.
const LONGEST_STEP: i64 = 366 * 86_400;

pub(crate) async fn get(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = Query::only(&uri, &["since", "until", "step", "stream"])?;
    let (since, until) = (query.moment("since")?, query.moment("until")?);
    let step = query.number::<i64>("step")?;
    if step.is_some_and(|step| !(1..=LONGEST_STEP).contains(&step)) {
        return Err(Problem::bad(format!("`step` must be 1 to {LONGEST_STEP} seconds")));
    }
    let stream = query.owned("stream");
    let steps = face
        .ask(move |facts| {
            let (first, last) = facts.span()?.unwrap_or_default();
            let (since, until) = (since.unwrap_or(first), until.unwrap_or(last));
            let step =
                step.map_or_else(|| usual(until.saturating_sub(since)), |step| step.saturating_mul(SECOND));
            facts.timeline(since, until, step, stream.as_deref())
        })
        .await?;
    Ok(super::tagged(&headers, &List::<Step>::of(steps)))
}

/// The step where none is asked for. Long ones are of whole hours, of which there are sums.
fn usual(length: i64) -> i64 {
    let step = length / STEPS;
    if step < HOUR { step } else { step - step % HOUR }
}

pub(crate) fn describe() -> Operation {
    operation("Timeline", "How many records there were, step by step, in log time")
        .text("Steps are whole minutes; steps without records are left out.")
        .query("since", "From here on; else from the beginning", moment())
        .query("until", "Up to here; else to the end", moment())
        .query("step", "Seconds of a step", json!({"type": "integer", "minimum": 1, "maximum": LONGEST_STEP}))
        .query("stream", "Of this stream only", text())
        .answers::<List<Step>>(200, "The steps")
}
