//! Who did what.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::wire::{Act, Page};
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
    let found = face.ask(move |facts| facts.audit(&page)).await?;
    Ok(super::tagged(&headers, &Page::<Act>::of(found)))
}

pub(crate) fn describe() -> Operation {
    operation("Administration", "Who did what, the latest first").paged().answers::<Page<Act>>(200, "A page")
}
