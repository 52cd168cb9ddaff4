//! `POST /upload/logs`: files from a form in, their lines durable, then the answer.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use logsift_sources::push::{Batch, Labels, Unpacking, text, unpack};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api;
use crate::face::{self, Face};
use crate::problem::Problem;
use crate::push::{keep, problem, received, word};

/// Files of one form.
const MOST_FILES: usize = 100;

/// What became of files that were sent.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Uploaded {
    /// `accepted`: they are on the disk.
    status: &'static str,
    /// Lines of all files.
    ingested: u64,
    /// The files.
    files: Vec<Sent>,
}

/// A file that was sent.
#[derive(Debug, Serialize, JsonSchema)]
struct Sent {
    /// As the sender calls it.
    name: String,
    /// Its lines.
    lines: u64,
}

pub(crate) async fn upload(State(face): State<Arc<Face>>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let boundary = multer::parse_boundary(word(&head.headers, header::CONTENT_TYPE)).map_err(|_| {
        let detail = "the content type must be `multipart/form-data` with its boundary";
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
    })?;
    let received = received(&face, &head.headers, body).await?;
    let parts = parts(received.bytes.clone(), boundary).await?;
    let mut files = Vec::new();
    let mut ingested = 0;
    for (name, contents) in parts {
        let labels = vec![("file".to_owned(), name.clone())];
        let batch = face.aside(move || lines(&contents, &labels)).await??;
        let batch = keep(&face, "upload", batch, |batch| batch).await?;
        ingested += batch.accepted;
        files.push(Sent { name, lines: batch.accepted });
    }
    Ok(api::json(StatusCode::OK, &Uploaded { status: "accepted", ingested, files }))
}

/// The files of a form, by the names the sender gives them. A name is a label and never a path here.
async fn parts(body: Bytes, boundary: String) -> Result<Vec<(String, Bytes)>, Problem> {
    let broken = |_| Problem::bad("the form is broken: its parts cannot be told apart");
    let whole = futures_util::stream::once(async move { Ok::<_, Infallible>(body) });
    let mut form = multer::Multipart::new(whole, boundary);
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if parts.len() == MOST_FILES {
            let detail = format!("at most {MOST_FILES} files at once");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
        let name = field.file_name().or(field.name()).unwrap_or("file").to_owned();
        parts.push((name, field.bytes().await.map_err(broken)?));
    }
    match parts.is_empty() {
        true => Err(Problem::bad("the form has no file")),
        false => Ok(parts),
    }
}

fn lines(contents: &[u8], labels: &Labels) -> Result<Batch, Problem> {
    let layers: &[Unpacking] = match contents {
        [0x1f, 0x8b, ..] => &[Unpacking::Gzip],
        [0x28, 0xb5, 0x2f, 0xfd, ..] => &[Unpacking::Zstd],
        _ => &[],
    };
    let unpacked = unpack(contents, layers).map_err(|rejected| problem(&rejected))?;
    let request = logsift_sources::push::Request { body: &unpacked, received: face::now() };
    text::decode(request, text::Encoding::Plain, labels).map_err(|rejected| problem(&rejected))
}
