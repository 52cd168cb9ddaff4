//! The settings in force: key, value, and where the value comes from. Secrets were hidden before they came here.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::wire::List;
use crate::Setting as Given;
use crate::face::Face;
use crate::openapi::{Operation, operation};
use crate::problem::Problem;
use crate::query::Query;

/// A setting.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Setting {
    /// Its key: `alerts.budget`.
    key: String,
    /// Its value as JSON; of a secret `"***"`.
    value: String,
    /// Where it comes from: `default`, a file with its line, a variable, a flag.
    origin: String,
    /// The environment variable that would set it; nothing where none does.
    variable: Option<String>,
}

impl From<Given> for Setting {
    fn from(given: Given) -> Setting {
        Setting { key: given.key, value: given.value, origin: given.origin, variable: given.variable }
    }
}

pub(crate) async fn list(
    State(face): State<Arc<Face>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Query::only(&uri, &[])?;
    Ok(super::tagged(&headers, &List::<Setting>::of(face.config.settings())))
}

pub(crate) fn describe() -> Operation {
    operation("Administration", "The settings in force, and where each comes from")
        .answers::<List<Setting>>(200, "All of them, by key")
}
