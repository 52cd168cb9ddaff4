//! Logins of the dashboard: a token in, a cookie out that scripts cannot read and other sites cannot send.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{COOKIE, Caller, LIFETIME, cookie};
use crate::face::Face;
use crate::openapi::{Operation, operation};
use crate::problem::Problem;
use crate::{api, dashboard, given};

/// Who logs in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    /// What opens the door.
    token: String,
}

/// Who is logged in.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Session {
    /// The name of the token, or `local`.
    name: String,
    /// What its owner may do.
    role: String,
    /// Whether a token is asked for at all.
    needs_token: bool,
}

pub(crate) async fn session(State(face): State<Arc<Face>>, headers: HeaderMap) -> Result<Response, Problem> {
    match face.access.caller(&headers, face.seconds()) {
        Ok(caller) => Ok(api::json(StatusCode::OK, &shown(&face, &caller))),
        Err(_) => Err(unknown()),
    }
}

pub(crate) async fn begin(State(face): State<Arc<Face>>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let login: Login = given::json(&face, &head.headers, body).await?;
    let Some(caller) = face.access.owner(login.token.as_bytes()) else {
        face.note("unknown", "session.begin", "", "refused");
        return Err(unknown());
    };
    face.note(&caller.name, "session.begin", "", "done");
    let id = face.access.sessions.begin(caller.clone(), face.seconds()).ok_or_else(Problem::internal)?;
    let mut response = api::json(StatusCode::OK, &shown(&face, &caller));
    set_cookie(&face, &mut response, &id, LIFETIME);
    Ok(response)
}

pub(crate) async fn end(State(face): State<Arc<Face>>, headers: HeaderMap) -> Response {
    if let Some(id) = cookie(&headers) {
        face.access.sessions.end(id);
    }
    let mut response = dashboard::status(StatusCode::NO_CONTENT);
    set_cookie(&face, &mut response, "", 0);
    response
}

fn shown(face: &Face, caller: &Caller) -> Session {
    Session {
        name: caller.name.clone(),
        role: caller.role.name().to_owned(),
        needs_token: !face.access.is_open(),
    }
}

fn unknown() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "this token is not known")
}

fn set_cookie(face: &Face, response: &mut Response, id: &str, seconds: u64) {
    let secure = if face.secured { "; Secure" } else { "" };
    let text = format!("{COOKIE}={id}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
}

pub(crate) fn describe_session() -> Operation {
    operation("Sessions", "Who is logged in").answers::<Session>(200, "Who")
}

pub(crate) fn describe_begin() -> Operation {
    operation("Sessions", "Log in: a token becomes a cookie").takes::<Login>().answers::<Session>(200, "Who")
}

pub(crate) fn describe_end() -> Operation {
    operation("Sessions", "Log out").answers_nothing(204, "Logged out")
}
