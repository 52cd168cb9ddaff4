//! Takes one document of a bulk request, gives its line and the labels of its stream.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::{Batch, Form, Labels, Rejected, stamp};

/// A document that is longer is handed on unopened: the reader cuts such lines anyway.
const MOST_OPENED: usize = 1 << 20;

/// What shippers put around a line, by the names of Beats, Logstash, Fluent Bit and Vector. It says
/// where the line comes from; nothing of it describes what happened.
const ENVELOPE: [&str; 28] = [
    "@metadata",
    "@timestamp",
    "@version",
    "_p",
    "agent",
    "beat",
    "cloud",
    "container",
    "data_stream",
    "ecs",
    "event",
    "fields",
    "file",
    "fileset",
    "host",
    "input",
    "kubernetes",
    "log",
    "logtag",
    "message",
    "offset",
    "prospector",
    "service",
    "source",
    "source_type",
    "stream",
    "tags",
    "time",
];

/// Where the parts of a stream's name stand, and what they are called as labels.
const NAMING: [(&[&str], &str); 10] = [
    (&["service", "name"], "service.name"),
    (&["host", "name"], "host.name"),
    (&["host"], "host.name"),
    (&["log", "file", "path"], "log.file.path"),
    (&["file"], "log.file.path"),
    (&["kubernetes", "namespace"], "k8s.namespace.name"),
    (&["kubernetes", "namespace_name"], "k8s.namespace.name"),
    (&["kubernetes", "pod", "name"], "k8s.pod.name"),
    (&["kubernetes", "pod_name"], "k8s.pod.name"),
    (&["container", "name"], "container.name"),
];

type Members<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// Gives the document to its stream; what is wrong with it, where it cannot be taken.
pub(super) fn give(
    document: &[u8],
    index: &str,
    received: u64,
    batch: &mut Batch,
) -> Result<Result<(), Cow<'static, str>>, Rejected> {
    let document = document.trim_ascii();
    let Ok(text) = std::str::from_utf8(document) else { return Ok(Err("the document is not UTF-8".into())) };
    if text.len() > MOST_OPENED {
        return whole(text, index, Labels::new(), batch);
    }
    let members: Members<'_> = match serde_json::from_str(text) {
        Ok(members) => members,
        Err(error) => return Ok(Err(format!("the document is no JSON object: {error}").into())),
    };
    let labels = labels(&members);
    let Some(line) = enclosed(&members) else { return whole(text, index, labels, batch) };
    let place = batch.stream(&with_index(labels, index), Form::Stamped)?;
    batch.stamped(place, moment(&members).unwrap_or(received), line.as_bytes())?;
    Ok(Ok(()))
}

fn whole(
    text: &str,
    index: &str,
    labels: Labels,
    batch: &mut Batch,
) -> Result<Result<(), Cow<'static, str>>, Rejected> {
    let place = batch.stream(&with_index(labels, index), Form::Fields)?;
    batch.line(place, text.as_bytes())?;
    Ok(Ok(()))
}

fn with_index(mut labels: Labels, index: &str) -> Labels {
    labels.push(("index".into(), index.into()));
    labels
}

/// The line in an envelope; nothing where the document says more than where it comes from.
fn enclosed<'a>(members: &Members<'a>) -> Option<Cow<'a, str>> {
    let known = members.keys().all(|name| ENVELOPE.binary_search(&name.as_ref()).is_ok());
    let graded =
        text_at(members, &["log", "level"]).is_some() || text_at(members, &["event", "outcome"]).is_some();
    if !known || graded {
        return None;
    }
    let text = |name: &str| members.get(name).and_then(|raw| read::<Text<'a>>(raw)).map(|text| text.0);
    text("message").or_else(|| text("log")).filter(|line| !line.is_empty())
}

fn labels(members: &Members<'_>) -> Labels {
    let mut labels = Labels::new();
    for (path, name) in NAMING {
        if labels.iter().all(|(taken, _)| taken != name)
            && let Some(value) = text_at(members, path)
        {
            labels.push((name.to_owned(), value.into_owned()));
        }
    }
    labels
}

fn moment(members: &Members<'_>) -> Option<u64> {
    let raw = members.get("@timestamp").or_else(|| members.get("time"))?;
    match read::<Text<'_>>(raw) {
        Some(text) => stamp::parsed(&text.0),
        None => read::<u64>(raw).map(|milliseconds| milliseconds.saturating_mul(1_000_000)),
    }
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The text at the end of a path through objects.
fn text_at<'a>(members: &Members<'a>, path: &[&str]) -> Option<Cow<'a, str>> {
    let (first, rest) = path.split_first()?;
    let raw: &'a RawValue = members.get(*first)?;
    match rest {
        [] => read::<Text<'a>>(raw).map(|text| text.0),
        _ => text_at(&read::<Members<'a>>(raw)?, rest),
    }
}

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(document: &str) -> String {
        let mut batch = Batch::default();
        match give(document.as_bytes(), "logs", 1_000, &mut batch).unwrap() {
            Err(problem) => format!("refused: {problem}"),
            Ok(()) => {
                let stream = &batch.streams[0];
                format!("{:?} {:?} {}", stream.labels, stream.form, String::from_utf8_lossy(&stream.lines))
            }
        }
    }

    #[test]
    fn the_envelope_is_in_order() {
        assert!(ENVELOPE.is_sorted());
    }

    #[test]
    fn an_envelope_is_opened() {
        let filebeat = r#"{"@timestamp":"2026-11-21T10:00:00.123Z","log":{"offset":7,"file":{"path":"/var/log/a.log"}},
            "message":"2026-11-21 ERROR boom","host":{"name":"h1"},"agent":{"type":"filebeat"},"ecs":{"version":"8.0.0"},"input":{"type":"filestream"}}"#
            .replace('\n', " ");
        let expected = "[(\"host.name\", \"h1\"), (\"index\", \"logs\"), (\"log.file.path\", \"/var/log/a.log\")] Stamped \
            2026-11-21T10:00:00.123000000Z stdout F 2026-11-21 ERROR boom\n";
        assert_eq!(given(&filebeat), expected);
        let fluent_bit = r#"{"@timestamp":1700000000000,"log":"hello","stream":"stdout","kubernetes":{"pod_name":"web-1","namespace_name":"shop"}}"#;
        let expected = "[(\"index\", \"logs\"), (\"k8s.namespace.name\", \"shop\"), (\"k8s.pod.name\", \"web-1\")] Stamped \
            2023-11-14T22:13:20.000000000Z stdout F hello\n";
        assert_eq!(given(fluent_bit), expected);
    }

    #[test]
    fn a_document_of_its_own_is_kept() {
        for document in [
            r#"{"@timestamp":"2026-11-21T10:00:00Z","message":"x","user":"bob"}"#,
            r#"{"@timestamp":"2026-11-21T10:00:00Z","message":"x","log":{"level":"error"}}"#,
            r#"{"message":{"nested":1}}"#,
            "{}",
        ] {
            assert_eq!(given(document), format!("[(\"index\", \"logs\")] Fields {document}\n"));
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for document in ["[]", "1", "{", "{\"a\":1} x", "\"text\""] {
            assert!(given(document).starts_with("refused: "), "{document}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(given(&deep).contains("Fields"), "text that nests is only text here");
    }
}
