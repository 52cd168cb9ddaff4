//! Streams and sources: what comes in, and from where.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use super::wire::{List, Page, Source, Stream};
use crate::face::Face;
use crate::openapi::{Operation, operation};
use crate::problem::Problem;
use crate::query::Query;

pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let page = Query::only(&uri, &["limit", "cursor"])?.page()?;
    let found = face.ask(move |facts| facts.streams(&page)).await?;
    Ok(super::tagged(&headers, &Page::<Stream>::of(found)))
}

pub(crate) async fn sources(State(face): State<Arc<Face>>, uri: Uri) -> Result<Response, Problem> {
    Query::only(&uri, &[])?;
    // Ages of last lines change with every call, so a tag would never match.
    Ok(super::json(StatusCode::OK, &List::<Source>::of(face.handle.status().sources)))
}

pub(crate) fn describe() -> Operation {
    operation("Streams", "Streams, by name").paged().answers::<Page<Stream>>(200, "A page")
}

pub(crate) fn describe_sources() -> Operation {
    operation("Streams", "Sources, and how they are").answers::<List<Source>>(200, "All of them")
}
