//! Bodies of requests that anyone may send: decoders take them or say why not.

use logsift_sources::push::{Batch, Form, MOST_GIVEN, Request, Unpacking, elastic, loki, otlp, text, unpack};

/// Some moment of receipt.
const RECEIVED: u64 = 1_700_000_000_000_000_000;

/// The first byte says how the rest is packed.
pub(crate) fn unpacking(bytes: &[u8]) {
    let Some((kind, body)) = bytes.split_first() else { return };
    let all = [Unpacking::Gzip, Unpacking::Deflate, Unpacking::Zstd, Unpacking::Snappy];
    let layers: Vec<Unpacking> =
        (0..4).filter(|bit| kind >> bit & 1 == 1).filter_map(|bit| all.get(bit).copied()).collect();
    if let Ok(unpacked) = unpack(body, &layers) {
        assert!(unpacked.len() <= logsift_sources::push::MOST_UNPACKED);
    }
}

/// The same bytes as both encodings.
pub(crate) fn otlp(bytes: &[u8]) {
    for encoding in [otlp::Encoding::Protobuf, otlp::Encoding::Json] {
        let Ok(batch) = otlp::decode(request(bytes), encoding) else { continue };
        sound(&batch);
        let reply = otlp::reply(&batch, encoding);
        if encoding == otlp::Encoding::Json {
            json(&reply);
        }
    }
}

/// The same bytes as both encodings.
pub(crate) fn loki(bytes: &[u8]) {
    for encoding in [loki::Encoding::Protobuf, loki::Encoding::Json] {
        if let Ok(batch) = loki::decode(request(bytes), encoding) {
            sound(&batch);
        }
    }
}

/// A request to the bulk API, and its reply.
pub(crate) fn bulk(bytes: &[u8]) {
    let Ok(bulk) = elastic::decode(request(bytes), Some("index")) else { return };
    sound(&bulk.batch);
    let reply = json(&bulk.reply());
    let items = reply["items"].as_array().map_or(0, Vec::len) as u64;
    assert_eq!(items, bulk.batch.accepted + bulk.batch.refused);
}

/// Lines, and a document of entries.
pub(crate) fn lines(bytes: &[u8]) {
    let labels = Vec::new();
    for encoding in [text::Encoding::Plain, text::Encoding::Ndjson] {
        let batch = text::decode(request(bytes), encoding, &labels).expect("text is taken whatever it is");
        sound(&batch);
        assert_eq!(batch.lines(), batch.accepted);
    }
    if let Ok(batch) = text::entries(request(bytes), &labels) {
        sound(&batch);
    }
}

fn request(body: &[u8]) -> Request<'_> {
    Request { body, received: RECEIVED }
}

/// Every line ends, every entry is a line at least, and what is called fields and made here is JSON.
fn sound(batch: &Batch) {
    let given: usize = batch.streams.iter().map(|stream| stream.lines.len()).sum();
    assert!(given <= MOST_GIVEN);
    assert_eq!(batch.reason.is_some(), batch.refused > 0);
    for stream in &batch.streams {
        assert!(stream.lines.is_empty() || stream.lines.ends_with(b"\n"));
        if stream.form == Form::Stamped {
            for line in stream.lines.split_inclusive(|byte| *byte == b'\n') {
                assert_eq!(line.get(30..40), Some(&b" stdout F "[..]), "{}", line.escape_ascii());
            }
        }
    }
}

fn json(bytes: &[u8]) -> serde_json::Value {
    serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{error}: {}", bytes.escape_ascii()))
}
