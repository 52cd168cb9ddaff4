//! Templates: which shapes of messages there are, how often over time, and what varies in them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use logsift_pipeline::daemon::{Facts, Paged, TemplateFact};
use schemars::JsonSchema;
use serde::Serialize;

use super::wire::{Hour, List, Page, Slots, Template};
use crate::face::Face;
use crate::openapi::{Operation, moment, operation, text};
use crate::part::Part;
use crate::problem::Problem;
use crate::query::Query;

/// Templates that may be asked for by their ids at once.
const MOST_NAMED: usize = 100;

pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = Query::only(&uri, &["q", "ids", "first_since", "first_until", "limit", "cursor"])?;
    let (wanted, page) = (query.owned("q"), query.page()?);
    let first = (query.moment("first_since")?, query.moment("first_until")?);
    if let Some(ids) = query.owned("ids") {
        if ids.split(',').count() > MOST_NAMED {
            return Err(Problem::bad(format!("`ids` are {MOST_NAMED} at most")));
        }
        let named = move |facts: &Facts| facts.templates_named(&ids.split(',').collect::<Vec<_>>());
        let rows = face.ask(named).await?;
        return Ok(super::tagged(&headers, &Page::<Template>::of(Paged { rows, next: None, reached: None })));
    }
    let found = face.ask(move |facts| facts.templates(wanted.as_deref(), first, &page)).await?;
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

/// Where a template comes from.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Lineage {
    /// The template.
    id: String,
    /// What it is a variant of, if it is one: templates that differ in a word that says something.
    parent: Option<String>,
    /// The other variants, the most frequent first.
    variants: Vec<Template>,
}

pub(crate) async fn lineage(
    State(face): State<Arc<Face>>,
    Part(id): Part<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let TemplateFact { id, parent, .. } = found(&face, id).await?;
    let of = parent.clone();
    let variants = face.ask(move |facts| of.map_or(Ok(Vec::new()), |parent| facts.variants(&parent))).await?;
    let others = variants.into_iter().filter(|one| one.id != id).map(Template::from).collect();
    Ok(super::tagged(&headers, &Lineage { id, parent, variants: others }))
}

async fn found(face: &Face, id: String) -> Result<TemplateFact, Problem> {
    face.ask(move |facts| facts.template(&id)).await?.ok_or_else(|| Problem::missing("template"))
}

pub(crate) fn describe_list() -> Operation {
    operation("Templates", "Templates, the most frequent first")
        .query("q", "Words that stand in it", text())
        .query("ids", "Only these, a comma between them, and nothing else is looked at; 100 at most", text())
        .query("first_since", "Those first seen at this or later", moment())
        .query("first_until", "Those first seen up to here", moment())
        .paged()
        .answers::<Page<Template>>(200, "A page")
}

pub(crate) fn describe_one() -> Operation {
    operation("Templates", "A template").path("id", "Its id").answers::<Template>(200, "The template")
}

pub(crate) fn describe_lineage() -> Operation {
    operation("Templates", "What a template is a variant of, and the other variants")
        .path("id", "Its id")
        .answers::<Lineage>(200, "Its lineage")
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
