//! Jobs: what takes a while, and how far it is.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::wire::{Job, List};
use crate::face::Face;
use crate::openapi::{Operation, operation};
use crate::part::Part;
use crate::problem::Problem;
use crate::query::Query;

pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Query::only(&uri, &[])?;
    let jobs = face.ask(|facts| facts.jobs()).await?;
    Ok(super::tagged(&headers, &List::<Job>::of(jobs)))
}

pub(crate) async fn one(
    State(face): State<Arc<Face>>,
    Part(id): Part<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = face.ask(move |facts| facts.job(&id)).await?;
    Ok(super::tagged(&headers, &Job::from(found.ok_or_else(|| Problem::missing("job"))?)))
}

pub(crate) fn describe_list() -> Operation {
    operation("Jobs", "Jobs, the latest first").answers::<List<Job>>(200, "All that are known")
}

pub(crate) fn describe_one() -> Operation {
    operation("Jobs", "A job, and how far it is").path("id", "Its id").answers::<Job>(200, "The job")
}
