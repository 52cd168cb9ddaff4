//! A part of a path: as axum takes it, but what does not fit is told as everything else is.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// The variable part of a path.
pub(crate) struct Part<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Part<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Part<T>, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Part(value)),
            Err(_) => Err(Problem::bad(
                "a part of the path does not fit: it must be text, or a number where one is meant",
            )),
        }
    }
}
