//! A push request as JSON: `values` with nanoseconds as text, or `entries` as old agents send them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::each::each;
use super::super::fields::ObjectLine;
use super::super::stamp;
use super::super::{Batch, Labels, Rejected, Request, malformed};
use super::{Places, labels};

#[derive(Deserialize)]
struct Push<'a> {
    #[serde(borrow)]
    streams: &'a RawValue,
}

#[derive(Deserialize)]
struct Stream<'a> {
    #[serde(borrow, default)]
    stream: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    #[serde(borrow, default)]
    labels: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    values: Option<&'a RawValue>,
    #[serde(borrow, default)]
    entries: Option<&'a RawValue>,
}

/// `["1700000000000000000", "the line", {"name": "value"}]`
#[derive(Deserialize)]
struct Entry<'a>(
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow, default)] Metadata<'a>,
);

type Metadata<'a> = BTreeMap<Cow<'a, str>, Cow<'a, str>>;

#[derive(Deserialize)]
struct OldEntry<'a> {
    #[serde(borrow)]
    ts: Cow<'a, str>,
    #[serde(borrow)]
    line: Cow<'a, str>,
}

pub(super) fn decode(request: Request<'_>) -> Result<Batch, Rejected> {
    let text = std::str::from_utf8(request.body).map_err(malformed)?;
    let push: Push<'_> = serde_json::from_str(text).map_err(malformed)?;
    let mut batch = Batch::default();
    let mut object = ObjectLine::default();
    each(Some(push.streams), |stream: Stream<'_>| {
        let mut places = Places::new(labels_of(&stream)?);
        each(stream.values, |entry: Entry<'_>| {
            let Entry(stamp, line, metadata) = entry;
            let stamp = stamp.parse().map_err(|_| malformed("a stamp is not nanoseconds as text"))?;
            object.clear();
            if metadata.is_empty() {
                return places.entry(&mut batch, stamp, line.as_bytes(), &mut object);
            }
            metadata.iter().for_each(|(name, value)| object.text(name, value));
            places.with_metadata(&mut batch, stamp, &line, &mut object)
        })?;
        each(stream.entries, |entry: OldEntry<'_>| {
            let stamp = stamp::parsed(&entry.ts).ok_or_else(|| malformed("a `ts` is not RFC 3339"))?;
            object.clear();
            places.entry(&mut batch, stamp, entry.line.as_bytes(), &mut object)
        })
    })?;
    Ok(batch)
}

fn labels_of(stream: &Stream<'_>) -> Result<Labels, Rejected> {
    match &stream.labels {
        Some(text) => labels::parse(text),
        None => {
            let owned = |text: &Cow<'_, str>| text.clone().into_owned();
            Ok(stream.stream.iter().map(|(name, value)| (owned(name), owned(value))).collect())
        }
    }
}
