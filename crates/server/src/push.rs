//! The routes that log shippers send to: a request in, its lines durable, then the answer.
//!
//! A status of success is sent only when the journal has the lines on the disk. What cannot be
//! taken now is answered with `Retry-After` in the words of the protocol.

pub(crate) mod describe;
mod take;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use logsift_sources::push::{
    self as decoding, Labels, elastic as bulk_push, loki as loki_push, otlp as otlp_push, text,
};

use crate::face::Face;
use crate::part::Part;
use crate::problem::Problem;
use crate::query::Query;
pub(crate) use take::{Taking, keep, layers, problem, received};

/// A request to a push route, its head apart from its body.
pub(crate) fn split(request: Request) -> (axum::http::request::Parts, Body) {
    request.into_parts()
}

pub(crate) fn word(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// `POST /v1/logs`
pub(crate) async fn otlp(State(face): State<Arc<Face>>, request: Request) -> Response {
    let (head, body) = split(request);
    let encoding = otlp_push::Encoding::of_header(word(&head.headers, header::CONTENT_TYPE));
    let answered = encoding.clone().unwrap_or(otlp_push::Encoding::Json);
    match otlp_taken(&face, &head.headers, body, encoding).await {
        Ok(batch) => reply(StatusCode::OK, answered.content_type(), otlp_push::reply(&batch, answered)),
        Err(problem) => {
            // 3 is INVALID_ARGUMENT, 14 UNAVAILABLE in the codes of gRPC.
            let code = if problem.status.is_client_error() { 3 } else { 14 };
            let refusal = otlp_push::refusal(code, &problem.detail, answered);
            refused(&problem, answered.content_type(), refusal)
        }
    }
}

async fn otlp_taken(
    face: &Arc<Face>,
    headers: &HeaderMap,
    body: Body,
    encoding: Result<otlp_push::Encoding, decoding::Rejected>,
) -> Result<decoding::Batch, Problem> {
    let encoding = encoding.map_err(|rejected| take::problem(&rejected))?;
    let taking = Taking { source: "otlp", layers: take::layers(headers)? };
    let body = received(face, headers, body).await?;
    let batch = taking.decode(face, body, move |request| otlp_push::decode(request, encoding)).await?;
    take::keep(face, taking.source, batch, |batch| batch).await
}

/// `POST /loki/api/v1/push`
pub(crate) async fn loki(State(face): State<Arc<Face>>, request: Request) -> Response {
    let (head, body) = split(request);
    match loki_taken(&face, &head.headers, body).await {
        Ok(()) => reply(StatusCode::NO_CONTENT, "", Vec::new()),
        Err(problem) => {
            let text = format!("{}\n", problem.detail);
            refused(&problem, "text/plain; charset=utf-8", text.into_bytes())
        }
    }
}

async fn loki_taken(face: &Arc<Face>, headers: &HeaderMap, body: Body) -> Result<(), Problem> {
    let encoding = loki_push::Encoding::of_header(word(headers, header::CONTENT_TYPE))
        .map_err(|rejected| take::problem(&rejected))?;
    let taking = Taking { source: "loki", layers: encoding.layers(&take::layers(headers)?) };
    let body = received(face, headers, body).await?;
    let batch = taking.decode(face, body, move |request| loki_push::decode(request, encoding)).await?;
    take::keep(face, taking.source, batch, |batch| batch).await.map(drop)
}

/// `POST /_bulk`
pub(crate) async fn bulk(State(face): State<Arc<Face>>, request: Request) -> Response {
    bulk_answered(&face, request, None).await
}

/// `POST /{index}/_bulk`
pub(crate) async fn bulk_into(
    State(face): State<Arc<Face>>,
    Part(index): Part<String>,
    request: Request,
) -> Response {
    bulk_answered(&face, request, Some(index)).await
}

async fn bulk_answered(face: &Arc<Face>, request: Request, index: Option<String>) -> Response {
    let (head, body) = split(request);
    let mut response = match bulk_taken(face, &head.headers, body, index).await {
        Ok(answer) => reply(StatusCode::OK, "application/json", answer),
        Err(mut problem) => {
            if problem.status == StatusCode::SERVICE_UNAVAILABLE {
                // What its clients understand as a wish to slow down.
                problem.status = StatusCode::TOO_MANY_REQUESTS;
            }
            let refusal = bulk_push::refusal(problem.status.as_u16(), &problem.detail);
            refused(&problem, "application/json", refusal)
        }
    };
    product(&mut response);
    response
}

async fn bulk_taken(
    face: &Arc<Face>,
    headers: &HeaderMap,
    body: Body,
    index: Option<String>,
) -> Result<Vec<u8>, Problem> {
    let taking = Taking { source: "elastic", layers: take::layers(headers)? };
    let body = received(face, headers, body).await?;
    let bulk = taking.decode(face, body, move |request| bulk_push::decode(request, index.as_deref())).await?;
    let answer = bulk.reply();
    take::keep(face, taking.source, bulk, |bulk| bulk.batch).await?;
    Ok(answer)
}

/// Everything below `/elastic`, for clients that take a path to their server.
pub(crate) async fn elastic(State(face): State<Arc<Face>>, method: Method, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches("/elastic").to_owned();
    match path.trim_matches('/').rsplit_once("_bulk") {
        Some((index, "")) if method == Method::POST || method == Method::PUT => {
            let index = Some(index.trim_matches('/')).filter(|index| !index.is_empty());
            bulk_answered(&face, request, index.map(str::to_owned)).await
        }
        _ => handshake_answer(&method, &path),
    }
}

/// What clients of Elasticsearch ask before they send.
pub(crate) async fn handshake(method: Method, request: Request) -> Response {
    handshake_answer(&method, request.uri().path())
}

pub(crate) fn handshake_answer(method: &Method, path: &str) -> Response {
    let mut response = match bulk_push::handshake::answer(method.as_str(), path) {
        Some(answer) => {
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
            reply(status, "application/json", answer.body.into_bytes())
        }
        None => {
            let refusal = bulk_push::refusal(400, "logsift takes documents only");
            reply(StatusCode::BAD_REQUEST, "application/json", refusal)
        }
    };
    product(&mut response);
    response
}

fn product(response: &mut Response) {
    let (name, value) = bulk_push::handshake::PRODUCT;
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

/// `POST /ingest`: lines as they are, of the stream that the address names.
pub(crate) async fn ingest(State(face): State<Arc<Face>>, request: Request) -> Result<Response, Problem> {
    let (head, body) = split(request);
    let labels = labels(&Query::of(&head.uri)?)?;
    let encoding = text::Encoding::of_header(word(&head.headers, header::CONTENT_TYPE));
    let taking = Taking { source: "http", layers: take::layers(&head.headers)? };
    let body = received(&face, &head.headers, body).await?;
    let decode = move |request: decoding::Request<'_>| text::decode(request, encoding, &labels);
    let batch = taking.decode(&face, body, decode).await?;
    take::keep(&face, taking.source, batch, |batch| batch).await?;
    Ok(reply(StatusCode::NO_CONTENT, "", Vec::new()))
}

/// Every parameter of the address is a label of the stream.
pub(crate) fn labels(query: &Query) -> Result<Labels, Problem> {
    const MOST: usize = 16;
    if query.pairs().len() > MOST {
        return Err(Problem::bad(format!("at most {MOST} labels name a stream")));
    }
    Ok(query.pairs().to_vec())
}

pub(crate) fn reply(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    if !kind.is_empty() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    response
}

fn refused(problem: &Problem, kind: &'static str, body: Vec<u8>) -> Response {
    let mut response = reply(problem.status, kind, body);
    problem.adorn(&mut response);
    response
}
