//! Loki's push API: takes a request in snappy protobuf or JSON, gives its entries as lines.
//!
//! What agents send is what programs wrote, so an entry is handed on as that line under the stamp
//! of the agent. An entry with structured metadata becomes one JSON object, and stands in a stream
//! of its own, since a stream has one format. Where a level stands in a label only, it stands beside the stamp.

mod json;
mod labels;
mod protobuf;

use logsift_engine::records::level::Level;

use super::batch::is_one_line;
use super::fields::ObjectLine;
use super::{Batch, Form, Labels, Rejected, Request, Unpacking};

/// How a push request is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-protobuf`; always snappy, whatever the headers say.
    Protobuf,
    /// `application/json`
    Json,
}

impl Encoding {
    /// That of a `Content-Type` header; protobuf where there is none, as Loki takes it.
    pub fn of_header(header: &str) -> Result<Encoding, Rejected> {
        match header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "application/json" => Ok(Encoding::Json),
            "application/x-protobuf" | "application/protobuf" | "" => Ok(Encoding::Protobuf),
            _ => Err(Rejected::Unknown(
                "the content type must be `application/x-protobuf` or `application/json`".into(),
            )),
        }
    }

    /// How the body is packed, given what `Content-Encoding` says.
    pub fn layers(self, header: &[Unpacking]) -> Vec<Unpacking> {
        match self {
            Encoding::Protobuf if !header.contains(&Unpacking::Snappy) => {
                [&[Unpacking::Snappy], header].concat()
            }
            _ => header.to_vec(),
        }
    }
}

/// The entries of a push request.
pub fn decode(request: Request<'_>, encoding: Encoding) -> Result<Batch, Rejected> {
    match encoding {
        Encoding::Protobuf => protobuf::decode(request),
        Encoding::Json => json::decode(request),
    }
}

/// A stream of the request and its two places in the batch.
#[derive(Debug, Default)]
struct Places {
    labels: Labels,
    /// How grave its entries are, where a label says so.
    level: Option<String>,
    stamped: Option<usize>,
    fields: Option<usize>,
}

impl Places {
    fn new(labels: Labels) -> Places {
        let names_level = |name: &str| matches!(name, "level" | "severity" | "detected_level" | "loglevel");
        let level = labels.iter().find(|(name, _)| names_level(name)).map(|(_, value)| value.clone());
        Places { labels, level, stamped: None, fields: None }
    }

    /// Takes an entry without metadata; `object` is empty.
    fn entry(
        &mut self,
        batch: &mut Batch,
        nanoseconds: u64,
        line: &[u8],
        object: &mut ObjectLine,
    ) -> Result<(), Rejected> {
        if let Some(level) = self.level.as_deref().filter(|_| !says_more(line)) {
            if let Some(level) = Level::from_word(level.as_bytes()).filter(|_| is_one_line(line)) {
                let place = self.stamped(batch)?;
                return batch.told(place, nanoseconds, level, line);
            }
            object.text("severity_text", level);
            return self.with_metadata(batch, nanoseconds, &String::from_utf8_lossy(line), object);
        }
        let place = self.stamped(batch)?;
        batch.stamped(place, nanoseconds, line)
    }

    fn stamped(&mut self, batch: &mut Batch) -> Result<usize, Rejected> {
        Ok(match self.stamped {
            Some(place) => place,
            None => *self.stamped.insert(batch.stream(&self.labels, Form::Stamped)?),
        })
    }

    /// Takes an entry whose metadata is written in `object`.
    fn with_metadata(
        &mut self,
        batch: &mut Batch,
        nanoseconds: u64,
        line: &str,
        object: &mut ObjectLine,
    ) -> Result<(), Rejected> {
        let place = match self.fields {
            Some(place) => place,
            None => *self.fields.insert(batch.stream(&self.labels, Form::Fields)?),
        };
        object.text("@timestamp", &String::from_utf8_lossy(batch.stamp(nanoseconds)));
        object.text("message", line.trim_end_matches('\n'));
        batch.line(place, object.close())
    }
}

/// Bytes at the beginning of a line in which it says how grave it is, if it does.
const HEAD: usize = 120;

/// Whether a line has its own level, or is data with fields of its own.
fn says_more(line: &[u8]) -> bool {
    const WORDS: [&[u8]; 8] = [b"error", b"warn", b"info", b"debug", b"fatal", b"crit", b"trace", b"level"];
    let head = line.get(..HEAD).unwrap_or(line);
    let starts = |at: usize, word: &[u8]| {
        head.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word))
    };
    head.starts_with(b"{") || (0..head.len()).any(|at| WORDS.iter().any(|word| starts(at, word)))
}

#[cfg(test)]
mod tests {
    use super::super::protobuf::Writer;
    use super::super::{Stream, unpack};
    use super::*;

    fn shown(batch: &Batch) -> String {
        let stream = |stream: &Stream| {
            format!("{:?} {:?}\n{}", stream.labels, stream.form, String::from_utf8_lossy(&stream.lines))
        };
        batch.streams.iter().map(stream).collect()
    }

    fn entry(seconds: u64, nanoseconds: u64, line: &str, metadata: &[(&str, &str)]) -> Vec<u8> {
        let stamp = Writer::default().varint(1, seconds).varint(2, nanoseconds).done();
        let mut entry = Writer::default().bytes(1, stamp).bytes(2, line);
        for (name, value) in metadata {
            entry = entry.bytes(3, Writer::default().bytes(1, name).bytes(2, value).done());
        }
        entry.done()
    }

    const EXPECTED: &str = "[(\"app\", \"web\"), (\"host\", \"a\\\"b\")] Stamped\n\
        2023-11-14T22:13:20.000000005Z stdout F ERROR boom\n\
        2023-11-14T22:13:20.000000005Z stdout F \tat x\n\
        [(\"app\", \"web\"), (\"host\", \"a\\\"b\")] Fields\n\
        {\"trace_id\":\"77\",\"@timestamp\":\"2023-11-14T22:13:21.000000000Z\",\"message\":\"slow\"}\n";

    #[test]
    fn protobuf() {
        let stream = Writer::default()
            .bytes(2, entry(1_700_000_000, 5, "ERROR boom\n\tat x\n", &[]))
            .bytes(1, r#"{host="a\"b", app="web"}"#)
            .bytes(2, entry(1_700_000_001, 0, "slow", &[("trace_id", "77")]));
        let message = Writer::default().bytes(1, stream.done()).done();
        let packed = snap::raw::Encoder::new().compress_vec(&message).unwrap();
        let body = unpack(&packed, &Encoding::Protobuf.layers(&[])).unwrap();
        let batch = decode(Request { body: &body, received: 0 }, Encoding::Protobuf).unwrap();
        assert_eq!(shown(&batch), EXPECTED);
        assert_eq!((batch.accepted, batch.lines()), (2, 3));
    }

    #[test]
    fn json() {
        let body = br#"{"streams":[{"values":[["1700000000000000005","ERROR boom\n\tat x\n"],
            ["1700000001000000000","slow",{"trace_id":"77"}]],"stream":{"host":"a\"b","app":"web"}}]}"#;
        let batch = decode(Request { body, received: 0 }, Encoding::Json).unwrap();
        assert_eq!(shown(&batch), EXPECTED);
    }

    #[test]
    fn a_level_in_a_label_is_kept() {
        let body = br#"{"streams":[{"stream":{"level":"error"},"values":[["1700000000000000000","pool is empty"],
            ["1700000000000000000","2023-11-14 ERROR pool is empty"],["1700000000000000000","{\"a\":1}"]]}]}"#;
        let batch = decode(Request { body, received: 0 }, Encoding::Json).unwrap();
        let expected = "[(\"level\", \"error\")] Stamped\n\
            2023-11-14T22:13:20.000000000Z stdout F:level=error pool is empty\n\
            2023-11-14T22:13:20.000000000Z stdout F 2023-11-14 ERROR pool is empty\n\
            2023-11-14T22:13:20.000000000Z stdout F {\"a\":1}\n";
        assert_eq!(shown(&batch), expected);
    }

    #[test]
    fn json_of_old_agents() {
        let body = br#"{"streams":[{"labels":"{app=\"web\"}","entries":[
            {"ts":"2023-11-14T22:13:20.5Z","line":"a"},{"ts":"2023-11-14T23:13:20+01:00","line":"b"}]}]}"#;
        let batch = decode(Request { body, received: 0 }, Encoding::Json).unwrap();
        let expected = "[(\"app\", \"web\")] Stamped\n\
            2023-11-14T22:13:20.500000000Z stdout F a\n2023-11-14T22:13:20.000000000Z stdout F b\n";
        assert_eq!(shown(&batch), expected);
    }

    #[test]
    fn what_is_no_push_is_refused() {
        let bad_labels = Writer::default().bytes(1, Writer::default().bytes(1, "{app=").done()).done();
        let cases: [(&[u8], Encoding); 6] = [
            (b"\x0a\x7f", Encoding::Protobuf),
            (&bad_labels, Encoding::Protobuf),
            (b"{\"streams\":[{\"values\":[[\"x\",\"y\"]]}]}", Encoding::Json),
            (b"{\"streams\":[{\"values\":[[\"1\"]]}]}", Encoding::Json),
            (b"{\"streams\":{}}", Encoding::Json),
            (b"", Encoding::Json),
        ];
        for (body, encoding) in cases {
            let refused = decode(Request { body, received: 0 }, encoding);
            assert!(matches!(refused, Err(Rejected::Malformed(_))), "{}", String::from_utf8_lossy(body));
        }
    }
}
