//! Findings: what was odd, one by one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use logsift_pipeline::daemon::Filter;

use super::wire::{Finding, FindingDetail, Page};
use crate::face::Face;
use crate::openapi::{Operation, moment, operation, text, words};
use crate::part::Part;
use crate::problem::Problem;
use crate::query::Query;

/// The severities, the mildest first.
pub(crate) const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];

const KNOWN: [&str; 11] =
    ["state", "severity", "kind", "stream", "template", "incident", "since", "until", "q", "limit", "cursor"];

pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = Query::only(&uri, &KNOWN)?;
    let (filter, page) = (filter(&query, &["raised", "held"])?, query.page()?);
    let found = face.ask(move |facts| facts.findings(&filter, &page)).await?;
    Ok(super::tagged(&headers, &Page::<Finding>::of(found)))
}

pub(crate) async fn one(
    State(face): State<Arc<Face>>,
    Part(id): Part<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = face.ask(move |facts| facts.finding(&id)).await?;
    let found = found.ok_or_else(|| Problem::missing("finding"))?;
    Ok(super::tagged(&headers, &FindingDetail::from(found)))
}

/// What a list is narrowed to.
pub(crate) fn filter(query: &Query, states: &[&str]) -> Result<Filter, Problem> {
    Ok(Filter {
        state: query.one_of("state", states)?,
        severity: query.one_of("severity", &SEVERITIES)?,
        kind: query.owned("kind"),
        stream: query.owned("stream"),
        template: query.owned("template"),
        level: None,
        incident: query.owned("incident"),
        fingerprint: query.owned("fingerprint"),
        since: query.moment("since")?,
        until: query.moment("until")?,
        text: query.owned("q"),
    })
}

/// The parameters that lists of incidents and findings share.
pub(crate) fn narrowed(operation: Operation, states: &[&str]) -> Operation {
    operation
        .query("state", "Only these", words(states))
        .query("severity", "This and graver", words(&SEVERITIES))
        .query("kind", "A kind of evidence", text())
        .query("stream", "A stream", text())
        .query("since", "What ended at or after this", moment())
        .query("until", "What began at or before this", moment())
        .query("q", "Words that stand in it", text())
        .paged()
}

pub(crate) fn describe_list() -> Operation {
    narrowed(operation("Findings", "Findings, the latest first"), &["raised", "held"])
        .query("template", "A template", text())
        .query("incident", "The findings of this incident", text())
        .answers::<Page<Finding>>(200, "A page")
}

pub(crate) fn describe_one() -> Operation {
    operation("Findings", "A finding with its evidence")
        .path("id", "Its id")
        .answers::<FindingDetail>(200, "The finding")
}
