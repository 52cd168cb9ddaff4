//! The files of the dashboard: takes a path, gives the file that was built in, packed where wished.
//!
//! Files are packed once, when they are first asked for. Their `ETag` is their hash, so a browser
//! asks again after an update and is told at once that nothing changed otherwise.

use std::collections::HashMap;
use std::io::Write;
use std::sync::OnceLock;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use rust_embed::RustEmbed;

use crate::part::Part;
use crate::problem::Problem;

/// What pages of ours may load: nothing from elsewhere, no script or style in the page itself.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

#[derive(RustEmbed)]
#[folder = "../../dashboard"]
#[exclude = "tests/*"]
#[exclude = "*.md"]
struct Files;

struct File {
    kind: &'static str,
    tag: HeaderValue,
    plain: Bytes,
    packed: Option<Bytes>,
}

/// `GET /static/{*path}`
pub(crate) async fn file(Part(path): Part<String>, headers: HeaderMap) -> Response {
    serve(&path, &headers)
}

/// The page of the dashboard.
pub(crate) fn index(headers: &HeaderMap) -> Response {
    serve("index.html", headers)
}

fn serve(path: &str, asked: &HeaderMap) -> Response {
    let Some(file) = files().get(path) else { return Problem::missing("file").into_response() };
    let mut response = match unchanged(asked, &file.tag) {
        true => status(StatusCode::NOT_MODIFIED),
        false => contents(file, asked),
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, file.tag.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding, user-agent"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn contents(file: &File, asked: &HeaderMap) -> Response {
    let packs = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let packed = file.packed.as_ref().filter(|_| packs.is_some_and(takes_gzip));
    let mut response = Response::new(Body::from(packed.unwrap_or(&file.plain).clone()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(file.kind));
    if packed.is_some() {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn takes_gzip(header: &str) -> bool {
    header.split(',').any(|word| {
        let mut parts = word.split(';').map(str::trim);
        parts.next() == Some("gzip") && !parts.any(|part| part == "q=0")
    })
}

/// Whether the caller has what it would be sent.
pub(crate) fn unchanged(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let Some(known) = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let tag = tag.to_str().unwrap_or_default();
    known.split(',').map(str::trim).any(|one| one == tag || one == "*" || one.strip_prefix("W/") == Some(tag))
}

pub(crate) fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn files() -> &'static HashMap<String, File> {
    static FILES: OnceLock<HashMap<String, File>> = OnceLock::new();
    FILES.get_or_init(|| Files::iter().filter_map(|path| Some((path.to_string(), built(&path)?))).collect())
}

fn built(path: &str) -> Option<File> {
    let embedded = Files::get(path)?;
    let plain = Bytes::from(embedded.data.into_owned());
    let packed = gzip(&plain).filter(|packed| packed.len() < plain.len());
    Some(File { kind: kind(path), tag: tag(&plain), packed, plain })
}

fn gzip(plain: &[u8]) -> Option<Bytes> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// The tag of something, from its contents.
pub(crate) fn tag(bytes: &[u8]) -> HeaderValue {
    let digits: String =
        crate::access::hash(bytes).iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::from_str(&format!("\"{digits}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" => "application/json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_page_is_there_with_its_policy() {
        let response = index(&HeaderMap::new());
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], POLICY);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        let again = index(&asked(&[("if-none-match", response.headers()[header::ETAG].to_str().unwrap())]));
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn only_files_that_were_built_in_are_served() {
        for path in ["../Cargo.toml", "/etc/passwd", "", "index.html/", "..%2fCargo.toml"] {
            assert_eq!(serve(path, &HeaderMap::new()).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn files_are_packed_for_who_takes_them_so() {
        let packed = |value| {
            serve("style.css", &asked(&[("accept-encoding", value)]))
                .headers()
                .contains_key("content-encoding")
        };
        assert!(packed("gzip, br") && packed("br;q=1, gzip;q=0.5"));
        assert!(!packed("br") && !packed("gzip;q=0") && !packed(""));
    }
}
