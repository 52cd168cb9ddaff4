//! Generations of the model: which there are, learning now, judging by another.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use logsift_pipeline::daemon::{JobFact, StoreError};

use super::wire::{Job, List, Model};
use crate::access::Caller;
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
    let models = face.ask(|facts| facts.models()).await?;
    Ok(super::tagged(&headers, &List::<Model>::of(models)))
}

pub(crate) async fn one(
    State(face): State<Arc<Face>>,
    Part(generation): Part<u64>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Ok(super::tagged(&headers, &found(&face, generation).await?))
}

pub(crate) async fn train(
    State(face): State<Arc<Face>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    begun(&face, &caller, "model.train", String::new(), |face| face.handle.train()).await
}

pub(crate) async fn activate(
    State(face): State<Arc<Face>>,
    Part(generation): Part<u64>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let model = found(&face, generation).await?;
    if !model.kept {
        return Err(Problem::new(StatusCode::CONFLICT, "the file of this generation is not kept any more"));
    }
    let activate = move |face: &Face| face.handle.activate(generation);
    begun(&face, &caller, "model.activate", generation.to_string(), activate).await
}

pub(crate) async fn roll_back(
    State(face): State<Arc<Face>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    begun(&face, &caller, "model.roll-back", String::new(), |face| face.handle.roll_back()).await
}

async fn found(face: &Face, generation: u64) -> Result<Model, Problem> {
    let models = face.ask(|facts| facts.models()).await?;
    let found = models.into_iter().find(|model| model.generation == generation);
    found.map(Model::from).ok_or_else(|| Problem::missing("generation"))
}

async fn begun(
    face: &Arc<Face>,
    caller: &Caller,
    action: &'static str,
    subject: String,
    begin: impl FnOnce(&Face) -> Result<JobFact, StoreError> + Send + 'static,
) -> Result<Response, Problem> {
    let (shared, actor) = (Arc::clone(face), caller.name.clone());
    let job = face
        .aside(move || {
            let begun = begin(&shared);
            shared.note(&actor, action, &subject, if begun.is_ok() { "done" } else { "failed" });
            begun
        })
        .await?;
    Ok(super::json(StatusCode::ACCEPTED, &Job::from(job.map_err(|error| super::store_problem(&error))?)))
}

pub(crate) fn describe_list() -> Operation {
    operation("Models", "Generations of the model, the latest first")
        .answers::<List<Model>>(200, "All that are known")
}

pub(crate) fn describe_one() -> Operation {
    operation("Models", "A generation of the model")
        .path("generation", "Its number")
        .answers::<Model>(200, "The generation")
}

pub(crate) fn describe_train() -> Operation {
    operation("Models", "Learn what came so far now").answers::<Job>(202, "The job that does it")
}

pub(crate) fn describe_activate() -> Operation {
    operation("Models", "Judge by this generation from now on")
        .path("generation", "Its number")
        .answers::<Job>(202, "The job that does it")
}

pub(crate) fn describe_roll_back() -> Operation {
    operation("Models", "Judge by the generation before the present one")
        .answers::<Job>(202, "The job that does it")
}
