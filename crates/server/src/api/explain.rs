//! Kinds of evidence in words: what a finding of that kind says, and when it is wrong.

use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use logsift_pipeline::detection::kinds;
use schemars::JsonSchema;
use serde::Serialize;

use super::wire::List;
use crate::openapi::{Operation, operation};
use crate::part::Part;
use crate::problem::Problem;
use crate::query::Query;

/// A kind of evidence.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Kind {
    /// Its name.
    kind: String,
    /// What it says.
    sentence: String,
    /// When it is wrong.
    wrong_when: String,
}

pub(crate) async fn list(uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    Query::only(&uri, &[])?;
    Ok(super::tagged(&headers, &List { rows: all().collect() }))
}

pub(crate) async fn one(Part(kind): Part<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let found = all().find(|known| known.kind == kind);
    Ok(super::tagged(&headers, &found.ok_or_else(|| Problem::missing("kind of evidence"))?))
}

fn all() -> impl Iterator<Item = Kind> {
    kinds().into_iter().map(|row| Kind { kind: row.kind, sentence: row.sentence, wrong_when: row.wrong_when })
}

pub(crate) fn describe_list() -> Operation {
    operation("Findings", "Kinds of evidence, in words").answers::<List<Kind>>(200, "All of them")
}

pub(crate) fn describe_one() -> Operation {
    operation("Findings", "A kind of evidence, in words")
        .path("kind", "Its name")
        .answers::<Kind>(200, "The kind")
}
