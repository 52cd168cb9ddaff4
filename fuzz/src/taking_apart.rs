//! One line to its parts: stamps, structured data, what is to be redacted.

use logsift_engine::records::clock::Clock;
use logsift_engine::records::fields::Fields;
use logsift_engine::records::json::{Unfolder, looks_like_object, read_object};
use logsift_engine::records::logfmt::read_pairs;
use logsift_engine::records::redact::{Kinds, Manner, Redactor, mask_secrets};
use logsift_engine::records::separated::{Columns, Separator};
use logsift_engine::records::syslog_data::{read_priority, read_structured_data};
use logsift_engine::records::timestamp::{Shape, find};
use logsift_engine::records::zone::Zone;

/// How deep a document may nest that must be read.
const DEPTH: usize = 60;

/// Each line is searched for stamps, and one clock reads what all of them look like.
pub(crate) fn timestamp(bytes: &[u8]) {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let mut clock = Shape::settle(&lines).map(|shape| Clock::new(shape, Zone::default(), None));
    for line in &lines {
        let mut end = 0;
        for found in find(line, line.len()) {
            assert!(found.offset >= end && found.length > 0, "{}", line.escape_ascii());
            end = found.offset + found.length;
            assert!(end <= line.len(), "{}", line.escape_ascii());
            let _ = found.shape.describe();
            let stamp = line.get(found.offset..).unwrap_or_default();
            let again = found.shape.parse(stamp).is_some_and(|(_, length)| length == found.length);
            assert!(again, "{:?} does not read what it was found in: {}", found.shape, line.escape_ascii());
        }
        if let Some(reading) = clock.as_mut().and_then(|clock| clock.read(line)) {
            assert!(reading.length <= line.len(), "{}", line.escape_ascii());
        }
    }
    let _ = clock.map(|clock| (clock.latest(), clock.assumptions().len()));
}

/// What another parser takes for an object is one here, too.
pub(crate) fn json(bytes: &[u8]) {
    let mut fields = Fields::new();
    let read = read_object(bytes, 0, &mut fields);
    let _ = looks_like_object(bytes);
    match read {
        Ok(object) => assert!(object.end <= bytes.len()),
        Err(malformed) => assert!(malformed.at <= bytes.len()),
    }
    if let Ok(value @ serde_json::Value::Object(_)) = serde_json::from_slice(bytes) {
        let blanks = bytes.first().is_some_and(u8::is_ascii_whitespace);
        assert!(read.is_ok() || blanks || depth(&value) > DEPTH, "{}", bytes.escape_ascii());
    }
    walk(&fields, bytes);
    Unfolder::new().unfold(bytes, &mut fields);
    walk(&fields, bytes);
}

fn depth(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        serde_json::Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// The fields can be named and are found by their names.
fn walk(fields: &Fields, text: &[u8]) {
    for (name, value) in fields.iter(text) {
        let Ok(name) = std::str::from_utf8(name) else { continue };
        assert!(fields.get(name, text).is_some(), "`{name}` with {} bytes is lost", value.bytes.len());
    }
}

/// Pairs from any position on.
pub(crate) fn logfmt(bytes: &[u8]) {
    for at in [0, 1, bytes.len() / 2, bytes.len()] {
        let mut fields = Fields::new();
        let pairs = read_pairs(bytes, at, &mut fields);
        assert!((0.0..=1.0).contains(&pairs.share()), "{}", bytes.escape_ascii());
        walk(&fields, bytes);
    }
}

/// The first line names columns in whatever way it can; the others are rows.
pub(crate) fn separated(bytes: &[u8]) {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let Some((first, rows)) = lines.split_first() else { return };
    let kinds = [Separator::Byte(b','), Separator::Byte(b';'), Separator::Byte(b'\t'), Separator::Blanks];
    let named = kinds.iter().filter_map(|kind| Columns::from_header(first, *kind));
    let found = Columns::detect(&lines).into_iter().chain(Columns::from_directive(first));
    for columns in named.chain(found) {
        let mut open = false;
        for row in rows {
            let mut fields = Fields::new();
            columns.read_row(row, &mut fields);
            walk(&fields, row);
            open = columns.ends_inside_quotes(row, open);
        }
        assert!((0..columns.len()).all(|index| columns.name(index).is_some()));
    }
}

/// Priority and structured data from the beginning.
pub(crate) fn syslog(bytes: &[u8]) {
    let at = read_priority(bytes, 0).map_or(0, |priority| priority.end);
    let mut fields = Fields::new();
    match read_structured_data(bytes, at, &mut fields) {
        Ok(end) => assert!((at..=bytes.len()).contains(&end)),
        Err(malformed) => assert!(malformed.at <= bytes.len()),
    }
    walk(&fields, bytes);
}

/// Text stays text, whatever is taken out of it.
pub(crate) fn redact(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for manner in [Manner::Drop, Manner::Mask, Manner::Hash([7; 16])] {
        let mut redactor = Redactor::new(Kinds::ALL, manner);
        for line in text.split('\n') {
            let mut out = Vec::new();
            let changed = redactor.redact(line.as_bytes(), &mut out);
            assert!(changed || out.is_empty(), "{line}");
            assert!(std::str::from_utf8(&out).is_ok(), "{line}");
        }
    }
    let mut out = Vec::new();
    mask_secrets(text.as_bytes(), &mut out);
    assert!(std::str::from_utf8(&out).is_ok(), "{text}");
    let mut again = Vec::new();
    mask_secrets(bytes, &mut again);
}
