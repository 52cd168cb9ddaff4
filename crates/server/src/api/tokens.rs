//! Tokens: who may come in. A secret is shown once, when it is made.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use logsift_pipeline::daemon::TokenFact;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::wire::{List, moment};
use crate::access::{Caller, Role, Token as Secret};
use crate::face::{self, Face};
use crate::openapi::{Operation, operation};
use crate::part::Part;
use crate::problem::Problem;
use crate::query::Query;

const LONGEST_NAME: usize = 64;

/// A token, without what opens the door.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Token {
    /// What it is called.
    name: String,
    /// What its owner may do.
    role: String,
    /// When it was made.
    created: String,
}

/// A token that is to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// What it is called.
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[A-Za-z0-9._-]+$"))]
    name: String,
    /// `push`, `read`, `feedback` or `admin`.
    #[schemars(extend("enum" = ["push", "read", "feedback", "admin"]))]
    role: String,
}

/// A token that was made.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Made {
    /// What it is called.
    name: String,
    /// What its owner may do.
    role: String,
    /// What opens the door; it is not kept and not shown again.
    token: String,
}

impl From<TokenFact> for Token {
    fn from(fact: TokenFact) -> Token {
        Token { name: fact.name, role: fact.role, created: moment(fact.created) }
    }
}

pub(crate) async fn list(State(face): State<Arc<Face>>, uri: Uri) -> Result<Response, Problem> {
    Query::only(&uri, &[])?;
    let tokens = face.ask(|facts| facts.tokens()).await?;
    Ok(super::json(StatusCode::OK, &List::<Token>::of(tokens)))
}

pub(crate) async fn create(
    State(face): State<Arc<Face>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let wanted: Wanted = crate::given::json(&face, &head.headers, body).await?;
    let good = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if wanted.name.is_empty() || wanted.name.len() > LONGEST_NAME || !wanted.name.chars().all(good) {
        return Err(Problem::bad("`name` must be 1 to 64 letters, digits, `.`, `_` or `-`"));
    }
    let role = Role::of(&wanted.role)
        .ok_or_else(|| Problem::bad("`role` must be `push`, `read`, `feedback` or `admin`"))?;
    if !face.access.may_add(role) {
        let detail = "the first token must be one for `admin`: afterwards nobody comes in without one";
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let (token, secret) = Secret::generate(&wanted.name, role).map_err(|_| Problem::internal())?;
    let fact = TokenFact {
        name: wanted.name.clone(),
        role: wanted.role.clone(),
        hash: token.digits(),
        created: i64::try_from(face::now()).unwrap_or(i64::MAX),
        used: None,
    };
    if !face.access.add(token) {
        return Err(Problem::new(StatusCode::CONFLICT, "there is a token of this name already"));
    }
    let (shared, actor) = (Arc::clone(&face), caller.name);
    let kept = face
        .aside(move || {
            let kept = shared.handle.token(&fact);
            shared.note(&actor, "token.create", &fact.name, if kept.is_ok() { "done" } else { "failed" });
            kept
        })
        .await?;
    if let Err(error) = kept {
        face.access.remove(&wanted.name);
        return Err(super::store_problem(&error));
    }
    Ok(super::json(StatusCode::CREATED, &Made { name: wanted.name, role: wanted.role, token: secret }))
}

pub(crate) async fn revoke(
    State(face): State<Arc<Face>>,
    Part(name): Part<String>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let (shared, actor, subject) = (Arc::clone(&face), caller.name, name.clone());
    let revoked = face
        .aside(move || {
            let revoked = shared.handle.revoke(&subject);
            shared.note(&actor, "token.revoke", &subject, if revoked.is_ok() { "done" } else { "failed" });
            revoked
        })
        .await?;
    match revoked {
        Ok(true) => {
            face.access.remove(&name);
            Ok(crate::dashboard::status(StatusCode::NO_CONTENT))
        }
        Ok(false) => Err(Problem::missing("token; those of the settings are changed there")),
        Err(error) => Err(super::store_problem(&error)),
    }
}

pub(crate) fn describe_list() -> Operation {
    operation("Administration", "Tokens that were made here, by name")
        .answers::<List<Token>>(200, "All of them")
}

pub(crate) fn describe_create() -> Operation {
    operation("Administration", "Make a token; its secret is shown this once")
        .takes::<Wanted>()
        .answers::<Made>(201, "The token")
}

pub(crate) fn describe_revoke() -> Operation {
    operation("Administration", "A token opens nothing any more")
        .path("name", "Its name")
        .answers_nothing(204, "It is revoked")
}
