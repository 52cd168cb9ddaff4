//! Every route, as data: who may call it, what it does, how the API's document describes it.
//!
//! The router, the document, the metrics and the test that tries every role on every route are made
//! of this list, so that a route cannot be forgotten by one of them.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};
use futures_util::FutureExt;

use crate::access::{Denied, Role, is_foreign};
use crate::face::Face;
use crate::openapi::Operation;
use crate::problem::Problem;
use crate::{api, classic, dashboard, login, openapi, operations, push};

/// What a request must be sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

impl Verb {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Verb::Get => "GET",
            Verb::Post => "POST",
            Verb::Put => "PUT",
            Verb::Delete => "DELETE",
        }
    }
}

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Anybody: it says nothing about logs.
    Nobody,
    /// Who has this role.
    Role(Role),
}

/// A route.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub(crate) verb: Verb,
    pub(crate) path: &'static str,
    pub(crate) needs: Needs,
    /// It changes something here that stays: pages of other origins may not cause it.
    pub(crate) writes: bool,
    pub(crate) handler: fn() -> MethodRouter<Arc<Face>>,
    /// How the document describes it; nothing for what is no part of the API.
    pub(crate) describe: Option<fn() -> Operation>,
}

const READ: Needs = Needs::Role(Role::Read);
const PUSH: Needs = Needs::Role(Role::Push);
const FEEDBACK: Needs = Needs::Role(Role::Feedback);
const ADMIN: Needs = Needs::Role(Role::Admin);
const OPEN: Needs = Needs::Nobody;

macro_rules! route {
    ($verb:ident $path:literal, $needs:expr, $writes:literal, $handler:path, $describe:expr) => {
        Route {
            verb: Verb::$verb,
            path: $path,
            needs: $needs,
            writes: $writes,
            handler: || on(Verb::$verb, $handler),
            describe: $describe,
        }
    };
}

/// All of them.
#[rustfmt::skip]
pub(crate) static ROUTES: &[Route] = &[
    route!(Get "/", OPEN, false, classic::root, Some(classic::describe::root)),
    route!(Get "/health", OPEN, false, classic::health, Some(classic::describe::health)),
    route!(Get "/status", READ, false, classic::status, Some(classic::describe::status)),
    route!(Get "/models", READ, false, classic::models, Some(classic::describe::models)),
    route!(Post "/predict", READ, false, classic::predict, Some(classic::describe::predict)),
    route!(Post "/train", ADMIN, true, classic::train, Some(classic::describe::train)),
    route!(Post "/detect", READ, false, classic::detect, Some(classic::describe::detect)),
    route!(Post "/ingest/logs", PUSH, true, classic::ingest, Some(classic::describe::ingest)),
    route!(Post "/upload/logs", PUSH, true, classic::upload, Some(classic::describe::upload)),

    route!(Post "/ingest", PUSH, true, push::ingest, Some(push::describe::ingest)),
    route!(Post "/v1/logs", PUSH, true, push::otlp, Some(push::describe::otlp)),
    route!(Post "/loki/api/v1/push", PUSH, true, push::loki, Some(push::describe::loki)),
    route!(Post "/_bulk", PUSH, true, push::bulk, Some(push::describe::bulk)),
    route!(Put "/_bulk", PUSH, true, push::bulk, None),
    route!(Post "/{index}/_bulk", PUSH, true, push::bulk_into, Some(push::describe::bulk_into)),
    route!(Put "/{index}/_bulk", PUSH, true, push::bulk_into, None),
    route!(Get "/elastic", PUSH, false, push::elastic, None),
    route!(Get "/elastic/", PUSH, false, push::elastic, None),
    route!(Get "/elastic/{*question}", PUSH, false, push::elastic, None),
    route!(Put "/elastic/{*question}", PUSH, true, push::elastic, None),
    route!(Post "/elastic/{*question}", PUSH, true, push::elastic, None),
    route!(Get "/_license", PUSH, false, push::handshake, None),
    route!(Get "/_xpack", PUSH, false, push::handshake, None),
    route!(Get "/_cluster/health", PUSH, false, push::handshake, None),
    route!(Get "/_nodes/{*question}", PUSH, false, push::handshake, None),
    route!(Get "/_ilm/policy/{name}", PUSH, false, push::handshake, None),
    route!(Put "/_ilm/policy/{name}", PUSH, false, push::handshake, None),
    route!(Get "/_template/{name}", PUSH, false, push::handshake, None),
    route!(Put "/_template/{name}", PUSH, false, push::handshake, None),
    route!(Get "/_index_template/{name}", PUSH, false, push::handshake, None),
    route!(Put "/_index_template/{name}", PUSH, false, push::handshake, None),
    route!(Get "/_component_template/{name}", PUSH, false, push::handshake, None),
    route!(Put "/_component_template/{name}", PUSH, false, push::handshake, None),
    route!(Get "/_ingest/pipeline/{name}", PUSH, false, push::handshake, None),
    route!(Put "/_ingest/pipeline/{name}", PUSH, false, push::handshake, None),
    route!(Get "/_data_stream/{name}", PUSH, false, push::handshake, None),
    route!(Put "/_data_stream/{name}", PUSH, false, push::handshake, None),
    route!(Get "/_alias/{name}", PUSH, false, push::handshake, None),

    route!(Get "/api/v1/status", READ, false, api::status::get, Some(api::status::describe)),
    route!(Get "/api/v1/streams", READ, false, api::streams::list, Some(api::streams::describe)),
    route!(Get "/api/v1/sources", READ, false, api::streams::sources, Some(api::streams::describe_sources)),
    route!(Get "/api/v1/templates", READ, false, api::templates::list, Some(api::templates::describe_list)),
    route!(Get "/api/v1/templates/{id}", READ, false, api::templates::one, Some(api::templates::describe_one)),
    route!(Get "/api/v1/templates/{id}/history", READ, false, api::templates::history, Some(api::templates::describe_history)),
    route!(Get "/api/v1/templates/{id}/slots", READ, false, api::templates::slots, Some(api::templates::describe_slots)),
    route!(Get "/api/v1/templates/{id}/lineage", READ, false, api::templates::lineage, Some(api::templates::describe_lineage)),
    route!(Get "/api/v1/template-counts", READ, false, api::template_counts::list, Some(api::template_counts::describe)),
    route!(Get "/api/v1/template-changes", READ, false, api::template_counts::changes, Some(api::template_counts::describe_changes)),
    route!(Get "/api/v1/findings", READ, false, api::findings::list, Some(api::findings::describe_list)),
    route!(Get "/api/v1/findings/{id}", READ, false, api::findings::one, Some(api::findings::describe_one)),
    route!(Get "/api/v1/lines", READ, false, api::lines::list, Some(api::lines::describe_list)),
    route!(Get "/api/v1/line-counts", READ, false, api::lines::counts, Some(api::lines::describe_counts)),
    route!(Get "/api/v1/incidents", READ, false, api::incidents::list, Some(api::incidents::describe_list)),
    route!(Get "/api/v1/incident-counts", READ, false, api::incidents::counts, Some(api::incidents::describe_counts)),
    route!(Get "/api/v1/incidents/{id}", READ, false, api::incidents::one, Some(api::incidents::describe_one)),
    route!(Get "/api/v1/incidents/{id}/storyline", READ, false, api::incidents::storyline, Some(api::incidents::describe_storyline)),
    route!(Get "/api/v1/incidents/{id}/lines", READ, false, api::incidents::lines, Some(api::incidents::describe_lines)),
    route!(Get "/api/v1/explain", READ, false, api::explain::list, Some(api::explain::describe_list)),
    route!(Get "/api/v1/explain/{kind}", READ, false, api::explain::one, Some(api::explain::describe_one)),
    route!(Get "/api/v1/timeline", READ, false, api::timeline::get, Some(api::timeline::describe)),
    route!(Get "/api/v1/models", READ, false, api::models::list, Some(api::models::describe_list)),
    route!(Get "/api/v1/models/{generation}", READ, false, api::models::one, Some(api::models::describe_one)),
    route!(Post "/api/v1/models/train", ADMIN, true, api::models::train, Some(api::models::describe_train)),
    route!(Post "/api/v1/models/roll-back", ADMIN, true, api::models::roll_back, Some(api::models::describe_roll_back)),
    route!(Post "/api/v1/models/{generation}/activate", ADMIN, true, api::models::activate, Some(api::models::describe_activate)),
    route!(Get "/api/v1/rules", READ, false, api::rules::list, Some(api::rules::describe_list)),
    route!(Post "/api/v1/rules/test", READ, false, api::rules::test, Some(api::rules::describe_test)),
    route!(Get "/api/v1/feedback", READ, false, api::feedback::list, Some(api::feedback::describe_list)),
    route!(Post "/api/v1/feedback", FEEDBACK, true, api::feedback::say, Some(api::feedback::describe_say)),
    route!(Post "/api/v1/feedback/preview", READ, false, api::feedback::preview, Some(api::feedback::describe_preview)),
    route!(Post "/api/v1/detect", READ, false, api::detect::post, Some(api::detect::describe)),
    route!(Get "/api/v1/channels", READ, false, api::channels::list, Some(api::channels::describe_list)),
    route!(Post "/api/v1/channels/{name}/test", ADMIN, true, api::channels::test, Some(api::channels::describe_test)),
    route!(Get "/api/v1/silences", READ, false, api::silences::list, Some(api::silences::describe_list)),
    route!(Post "/api/v1/silences", FEEDBACK, true, api::silences::create, Some(api::silences::describe_create)),
    route!(Delete "/api/v1/silences/{id}", FEEDBACK, true, api::silences::end, Some(api::silences::describe_end)),
    route!(Get "/api/v1/outbox", READ, false, api::outbox::list, Some(api::outbox::describe_list)),
    route!(Post "/api/v1/outbox/{id}/retry", FEEDBACK, true, api::outbox::retry, Some(api::outbox::describe_retry)),
    route!(Get "/api/v1/calendars", READ, false, api::calendars::list, Some(api::calendars::describe)),
    route!(Post "/api/v1/analyses", FEEDBACK, true, api::analyses::create, Some(api::analyses::describe_create)),
    route!(Get "/api/v1/analyses/{job}/report", READ, false, api::analyses::report, Some(api::analyses::describe_report)),
    route!(Get "/api/v1/config", READ, false, api::config::list, Some(api::config::describe)),
    route!(Get "/api/v1/jobs", READ, false, api::jobs::list, Some(api::jobs::describe_list)),
    route!(Get "/api/v1/jobs/{id}", READ, false, api::jobs::one, Some(api::jobs::describe_one)),
    route!(Get "/api/v1/audit", ADMIN, false, api::audit::list, Some(api::audit::describe)),
    route!(Get "/api/v1/tokens", ADMIN, false, api::tokens::list, Some(api::tokens::describe_list)),
    route!(Post "/api/v1/tokens", ADMIN, true, api::tokens::create, Some(api::tokens::describe_create)),
    route!(Delete "/api/v1/tokens/{name}", ADMIN, true, api::tokens::revoke, Some(api::tokens::describe_revoke)),
    route!(Get "/api/v1/events", READ, false, api::events::listen, Some(api::events::describe)),
    route!(Get "/api/v1/session", OPEN, false, login::session, Some(login::describe_session)),
    route!(Post "/api/v1/session", OPEN, true, login::begin, Some(login::describe_begin)),
    route!(Delete "/api/v1/session", OPEN, true, login::end, Some(login::describe_end)),
    route!(Get "/api/openapi.json", OPEN, false, openapi::document, None),
    route!(Get "/docs", OPEN, false, openapi::page, None),

    route!(Get "/metrics", READ, false, operations::metrics, Some(operations::describe_metrics)),
    route!(Get "/livez", OPEN, false, operations::livez, Some(operations::describe_livez)),
    route!(Get "/readyz", OPEN, false, operations::readyz, Some(operations::describe_readyz)),

    route!(Get "/static/{*path}", OPEN, false, dashboard::file, None),
];

fn on<H, T>(verb: Verb, handler: H) -> MethodRouter<Arc<Face>>
where
    H: Handler<T, Arc<Face>>,
    T: 'static,
{
    match verb {
        Verb::Get => get(handler),
        Verb::Post => post(handler),
        Verb::Put => put(handler),
        Verb::Delete => delete(handler),
    }
}

/// The router over all of them.
pub(crate) fn router(face: &Arc<Face>) -> Router {
    let mut router = Router::new();
    for (place, route) in ROUTES.iter().enumerate() {
        let guarding = Guarding { face: Arc::clone(face), place, route };
        let guarded = (route.handler)().layer(middleware::from_fn_with_state(guarding, guard));
        router = router.route(route.path, guarded);
    }
    router.fallback(missing).method_not_allowed_fallback(other_verb).with_state(Arc::clone(face))
}

#[derive(Clone)]
struct Guarding {
    face: Arc<Face>,
    place: usize,
    route: &'static Route,
}

/// Stands before every route: lets in who may come in, counts, and puts on what every answer has.
async fn guard(State(guarding): State<Guarding>, mut request: Request, next: Next) -> Response {
    let Guarding { face, place, route } = guarding;
    let started = Instant::now();
    let mut response = match admitted(&face, route, &mut request) {
        Ok(()) => match AssertUnwindSafe(next.run(request)).catch_unwind().await {
            Ok(response) => response,
            Err(_) => Problem::internal().into_response(),
        },
        Err(problem) => problem.into_response(),
    };
    face.traffic.note(place, response.status(), started.elapsed());
    adorn(&face, &mut response);
    response
}

fn admitted(face: &Face, route: &Route, request: &mut Request) -> Result<(), Problem> {
    let Needs::Role(role) = route.needs else {
        return match route.writes && is_foreign(request.headers()) {
            true => Err(Problem::new(StatusCode::FORBIDDEN, "pages of other origins may not write")),
            false => Ok(()),
        };
    };
    match face.access.admit(request.headers(), role, route.writes, face.seconds()) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            Ok(())
        }
        Err(Denied::Unknown) => {
            Err(Problem::new(StatusCode::UNAUTHORIZED, "a token is needed: `Authorization: Bearer …`"))
        }
        Err(Denied::Forbidden(why)) => Err(Problem::new(StatusCode::FORBIDDEN, why)),
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

fn adorn(face: &Face, response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, face.next_id());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // What the log says is nobody's to keep; static files say otherwise themselves.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

async fn missing(State(face): State<Arc<Face>>) -> Response {
    let mut response = Problem::new(StatusCode::NOT_FOUND, "there is nothing at this path").into_response();
    adorn(&face, &mut response);
    response
}

async fn other_verb(State(face): State<Arc<Face>>) -> Response {
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this path is not asked with this method");
    let mut response = problem.into_response();
    adorn(&face, &mut response);
    response
}
