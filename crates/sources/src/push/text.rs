//! Plain text and NDJSON: takes a body of lines, or a JSON list of entries, gives the lines.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::each::each;
use super::{Batch, Form, Labels, Rejected, Request, malformed};

/// How a body of lines is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Lines as programs write them.
    Plain,
    /// A JSON object a line.
    Ndjson,
}

impl Encoding {
    /// That of a `Content-Type` header; what is not NDJSON is plain text.
    pub fn of_header(header: &str) -> Encoding {
        match header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/jsonlines" => {
                Encoding::Ndjson
            }
            _ => Encoding::Plain,
        }
    }
}

/// The lines of a body, for the stream with these labels.
///
/// NDJSON is handed on unread: a line that is no object is a line all the same, and the reader of
/// the engine says what it makes of it. Blank lines are no lines.
pub fn decode(request: Request<'_>, encoding: Encoding, labels: &Labels) -> Result<Batch, Rejected> {
    let form = match encoding {
        Encoding::Plain => Form::Plain,
        Encoding::Ndjson => Form::Fields,
    };
    let mut batch = Batch::of_body(request.body.len());
    let place = batch.stream(labels, form)?;
    for line in request.body.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.is_empty() {
            batch.line(place, line)?;
        }
    }
    Ok(batch)
}

#[derive(Deserialize)]
struct Wrapped<'a> {
    #[serde(borrow, alias = "lines", alias = "entries", alias = "events")]
    logs: &'a RawValue,
}

/// The entries of a JSON document: a list, or `{"logs": […]}`; each a line or an object.
pub fn entries(request: Request<'_>, labels: &Labels) -> Result<Batch, Rejected> {
    let text = std::str::from_utf8(request.body).map_err(malformed)?;
    let list: &RawValue = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text).map_err(malformed)?,
        false => serde_json::from_str::<Wrapped<'_>>(text).map_err(malformed)?.logs,
    };
    let mut batch = Batch::default();
    each(Some(list), |entry: &RawValue| entry_given(entry, labels, &mut batch))?;
    Ok(batch)
}

fn entry_given(entry: &RawValue, labels: &Labels, batch: &mut Batch) -> Result<(), Rejected> {
    let raw = entry.get();
    match raw.as_bytes().first() {
        Some(b'"') => {
            let text: String = serde_json::from_str(raw).map_err(malformed)?;
            let place = batch.stream(labels, Form::Plain)?;
            // A text of several lines is several lines, as it would be in a file.
            text.lines()
                .filter(|line| !line.is_empty())
                .try_for_each(|line| batch.line(place, line.as_bytes()))
        }
        Some(b'{') => {
            let place = batch.stream(labels, Form::Fields)?;
            // Between the values of JSON a newline is a blank; inside of texts it is escaped.
            batch.line(place, raw.replace(['\n', '\r'], " ").as_bytes())
        }
        _ => {
            batch.refuse("an entry is neither a line nor an object");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(batch: &Batch) -> String {
        let stream = |stream: &super::super::Stream| {
            format!("{:?}:{}", stream.form, String::from_utf8_lossy(&stream.lines))
        };
        batch.streams.iter().map(stream).collect()
    }

    #[test]
    fn lines_are_kept_as_they_are() {
        let request = Request { body: b"one\r\n\n\xff two\nthree", received: 0 };
        let batch = decode(request, Encoding::Plain, &Labels::new()).unwrap();
        assert_eq!(batch.streams[0].lines, b"one\n\xff two\nthree\n");
        assert_eq!((batch.accepted, batch.streams[0].form), (3, Form::Plain));
        let batch =
            decode(request, Encoding::of_header("application/x-ndjson; charset=utf-8"), &Labels::new());
        assert_eq!(batch.unwrap().streams[0].form, Form::Fields);
    }

    #[test]
    fn entries_are_lines_or_objects() {
        let expected = "Plain:a\nb\nFields:{\"m\": 1}\n";
        for body in ["[\"a\\nb\", {\"m\":\n1}, 7, null]", "{\"logs\": [\"a\\nb\", {\"m\":\n1}, 7, null]}"] {
            let batch = entries(Request { body: body.as_bytes(), received: 0 }, &Labels::new()).unwrap();
            assert_eq!((shown(&batch).as_str(), batch.refused), (expected, 2));
        }
        for body in ["", "{}", "[", "{\"logs\": 1}", "7"] {
            assert!(
                entries(Request { body: body.as_bytes(), received: 0 }, &Labels::new()).is_err(),
                "{body}"
            );
        }
    }
}
