//! Requests that real clients sent, decoded: each folder here holds one, with its lines and its reply.
//!
//! `request` is the head of the request, a blank line, and the body, byte for byte. `lines` and
//! `reply` are written anew with `PUSH_UPDATE=1`; read the difference before it is kept.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use logsift_sources::push::{Batch, Request, Unpacking, elastic, loki, otlp, text, unpack};

const RECEIVED: u64 = 1_800_000_000_000_000_000;

struct Recorded {
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Recorded {
    fn read(file: &Path) -> Recorded {
        let bytes = fs::read(file).unwrap();
        let split = bytes.windows(2).position(|window| window == b"\n\n").unwrap();
        let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
        let (first, rest) = head.split_once('\n').unwrap();
        let pairs = rest.lines().filter_map(|line| line.split_once(": "));
        Recorded {
            path: first.split(' ').nth(1).unwrap().to_owned(),
            headers: pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
            body: bytes[split + 2..].to_vec(),
        }
    }

    fn header(&self, wanted: &str) -> &str {
        self.headers.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value)
    }

    /// The batch and the reply.
    fn decoded(&self) -> (Batch, Vec<u8>) {
        let kind = self.header("content-type");
        let packed = Unpacking::of_header(self.header("content-encoding")).unwrap();
        let layers = match self.path.as_str() {
            "/loki/api/v1/push" => loki::Encoding::of_header(kind).unwrap().layers(&packed),
            _ => packed,
        };
        let body = unpack(&self.body, &layers).unwrap();
        let request = Request { body: &body, received: RECEIVED };
        match self.path.as_str() {
            "/v1/logs" => {
                let encoding = otlp::Encoding::of_header(kind).unwrap();
                let batch = otlp::decode(request, encoding).unwrap();
                let reply = otlp::reply(&batch, encoding);
                (batch, reply)
            }
            "/loki/api/v1/push" => {
                (loki::decode(request, loki::Encoding::of_header(kind).unwrap()).unwrap(), Vec::new())
            }
            path if path.ends_with("/_bulk") => {
                let bulk = elastic::decode(request, None).unwrap();
                let reply = bulk.reply();
                (bulk.batch, reply)
            }
            _ => (text::decode(request, text::Encoding::of_header(kind), &Vec::new()).unwrap(), Vec::new()),
        }
    }
}

fn shown(batch: &Batch) -> String {
    let mut out = String::new();
    for stream in &batch.streams {
        let labels: Vec<String> =
            stream.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        let _ = write!(
            out,
            "{{{}}} {:?}\n{}",
            labels.join(", "),
            stream.form,
            String::from_utf8_lossy(&stream.lines)
        );
    }
    out
}

fn check(file: &PathBuf, found: &[u8]) {
    if std::env::var_os("PUSH_UPDATE").is_some() {
        fs::write(file, found).unwrap();
    }
    let expected = fs::read(file).unwrap_or_default();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(text(found), text(&expected), "{}", file.display());
}

#[test]
fn recorded_requests_give_their_lines_and_replies() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/push");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let (batch, reply) = Recorded::read(&folder.join("request")).decoded();
        check(&folder.join("lines"), shown(&batch).as_bytes());
        check(&folder.join("reply"), &reply);
        count += 1;
    }
    assert!(count >= 8, "only {count} recorded requests were found");
}
