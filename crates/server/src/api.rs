//! The API under `/api/v1`: one file for each noun. What is sent has types of its own, in [`wire`].

pub(crate) mod analyses;
pub(crate) mod audit;
pub(crate) mod calendars;
pub(crate) mod channels;
pub(crate) mod config;
pub(crate) mod detect;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod feedback;
pub(crate) mod findings;
pub(crate) mod incidents;
pub(crate) mod jobs;
pub(crate) mod lines;
pub(crate) mod models;
pub(crate) mod outbox;
pub(crate) mod rules;
pub(crate) mod silences;
pub(crate) mod status;
pub(crate) mod streams;
pub(crate) mod template_counts;
pub(crate) mod templates;
pub(crate) mod timeline;
pub(crate) mod tokens;
pub(crate) mod wire;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use logsift_pipeline::daemon::StoreError;
use serde::Serialize;

use crate::dashboard::{self, unchanged};
use crate::problem::Problem;

/// An answer in JSON.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    let Ok(body) = serde_json::to_vec(value) else { return Problem::internal().into_response() };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An answer in JSON with its `ETag`, or that nothing changed.
pub(crate) fn tagged<T: Serialize>(asked: &HeaderMap, value: &T) -> Response {
    let Ok(body) = serde_json::to_vec(value) else { return Problem::internal().into_response() };
    let tag = dashboard::tag(&body);
    let mut response = match unchanged(asked, &tag) {
        true => dashboard::status(StatusCode::NOT_MODIFIED),
        false => {
            let mut response = Response::new(Body::from(body));
            let kind = HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
    };
    response.headers_mut().insert(header::ETAG, tag);
    // Only who asked may keep it, and must ask again whether it still holds.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// What a question to the store failed with, as far as it is the caller's business.
pub(crate) fn store_problem(error: &StoreError) -> Problem {
    match error {
        StoreError::Cursor(_) => {
            Problem::bad("this is no cursor: use the one that the page before gave in `next`")
        }
        _ => Problem::later(StatusCode::SERVICE_UNAVAILABLE, "the facts cannot be read at present", 5),
    }
}
