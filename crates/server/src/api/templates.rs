//! Templates: which shapes of messages there are, how often over time, and what varies in them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use logsift_pipeline::daemon::TemplateFact;

use super::wire::{Hour, List, Page, Slots, Template};
use crate::face::Face;
use crate::openapi::{Operation, moment, operation, text};
use crate::part::Part;
use crate::problem::Problem;
use crate::query::Query;

pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = Query::only(&uri, &["q", "limit", "cursor"])?;
    let (wanted, page) = (query.owned("q"), query.page()?);
    let found = face.ask(move |facts| facts.templates(wanted.as_deref(), &page)).await?;
    Ok(super::tagged(&headers, &Page::<Template>::of(found)))
}

pub(crate) async fn one(
    State(face): State<Arc<Face>>,
    Part(id): Part<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Ok(super::tagged(&headers, &Template::from(found(&face, id).await?)))
}

pub(crate) async fn slots(
    State(face): State<Arc<Face>>,
    Part(id): Part<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let fact = found(&face, id).await?;
    Ok(super::tagged(&headers, &Slots { id: fact.id, slots: fact.slots }))
}

pub(crate) async fn history(
    State(face): State<Arc<Face>>,
    Part(id): Part<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = Query::only(&uri, &["since", "until"])?;
    let (since, until) = (query.moment("since")?, query.moment("until")?);
    let fact = found(&face, id).await?;
    let hours = face.ask(move |facts| facts.template_history(&fact.id, since, until)).await?;
    Ok(super::tagged(&headers, &List::<Hour>::of(hours)))
}

async fn found(face: &Face, id: String) -> Result<TemplateFact, Problem> {
    face.ask(move |facts| facts.template(&id)).await?.ok_or_else(|| Problem::missing("template"))
}

pub(crate) fn describe_list() -> Operation {
    operation("Templates", "Templates, the most frequent first")
        .query("q", "Words that stand in it", text())
        .paged()
        .answers::<Page<Template>>(200, "A page")
}

pub(crate) fn describe_one() -> Operation {
    operation("Templates", "A template").path("id", "Its id").answers::<Template>(200, "The template")
}

pub(crate) fn describe_slots() -> Operation {
    operation("Templates", "What varies in a template")
        .path("id", "Its id")
        .answers::<Slots>(200, "Its slots")
}

pub(crate) fn describe_history() -> Operation {
    operation("Templates", "How often a template came, by hour and stream")
        .path("id", "Its id")
        .query("since", "Hours from here on", moment())
        .query("until", "Hours up to here", moment())
        .answers::<List<Hour>>(200, "Its hours")
}
