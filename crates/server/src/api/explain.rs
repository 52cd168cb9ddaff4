//! Kinds of evidence in words: what a finding of that kind says, and when it is wrong.

use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use logsift_pipeline::detection::known_kinds;
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

/// Kinds that are no detector's: they are seen in a record itself.
const OF_RECORDS: [(&str, &str, &str); 2] = [
    (
        "hard-signal",
        "The record says by itself that something is gravely wrong, such as memory that ran out.",
        "A program that writes such words while it works as it should, as tests of failures do.",
    ),
    (
        "rare-error",
        "An error of a kind that has hardly been seen before.",
        "A log that is so short that every kind is rare.",
    ),
];

fn all() -> impl Iterator<Item = Kind> {
    let of_records = OF_RECORDS.map(|(kind, sentence, wrong_when)| Kind {
        kind: kind.to_owned(),
        sentence: sentence.to_owned(),
        wrong_when: wrong_when.to_owned(),
    });
    let of_detectors = known_kinds().into_iter().map(|row| Kind {
        kind: row.kind,
        sentence: row.sentence,
        wrong_when: row.wrong_when,
    });
    of_detectors.chain(of_records)
}

pub(crate) fn describe_list() -> Operation {
    operation("Findings", "Kinds of evidence, in words").answers::<List<Kind>>(200, "All of them")
}

pub(crate) fn describe_one() -> Operation {
    operation("Findings", "A kind of evidence, in words")
        .path("kind", "Its name")
        .answers::<Kind>(200, "The kind")
}
