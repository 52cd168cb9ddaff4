//! An export request as JSON: names in lower camel case, 64-bit numbers as text or number.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::each::each;
use super::super::fields::{float, shown, string};
use super::super::{Batch, MOST_DEPTH, Rejected, Request, malformed};
use super::record::{Draft, Resource};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Export<'a> {
    #[serde(borrow, default)]
    resource_logs: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceLogs<'a> {
    #[serde(borrow, default)]
    resource: Option<Attributes<'a>>,
    #[serde(borrow, default)]
    scope_logs: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Attributes<'a> {
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeLogs<'a> {
    #[serde(borrow, default)]
    log_records: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct LogRecord<'a> {
    #[serde(borrow)]
    time_unix_nano: Option<&'a RawValue>,
    #[serde(borrow)]
    observed_time_unix_nano: Option<&'a RawValue>,
    #[serde(borrow)]
    severity_number: Option<&'a RawValue>,
    #[serde(borrow)]
    severity_text: Option<Cow<'a, str>>,
    #[serde(borrow)]
    body: Option<AnyValue<'a>>,
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
    #[serde(borrow)]
    trace_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    span_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    event_name: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct KeyValue<'a> {
    #[serde(borrow, default)]
    key: Cow<'a, str>,
    #[serde(borrow, default)]
    value: Option<AnyValue<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AnyValue<'a> {
    #[serde(borrow)]
    string_value: Option<Cow<'a, str>>,
    bool_value: Option<bool>,
    #[serde(borrow)]
    int_value: Option<&'a RawValue>,
    #[serde(borrow)]
    double_value: Option<&'a RawValue>,
    #[serde(borrow)]
    array_value: Option<Values<'a>>,
    #[serde(borrow)]
    kvlist_value: Option<Values<'a>>,
    #[serde(borrow)]
    bytes_value: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Values<'a> {
    #[serde(borrow, default)]
    values: Option<&'a RawValue>,
}

pub(super) fn decode(request: Request<'_>) -> Result<Batch, Rejected> {
    let text = std::str::from_utf8(request.body).map_err(malformed)?;
    if !text.trim_start().starts_with('{') {
        return Err(malformed("an export request is a JSON object"));
    }
    let export: Export<'_> = serde_json::from_str(text).map_err(malformed)?;
    let mut batch = Batch::default();
    let mut draft = Draft::default();
    each(export.resource_logs, |logs: ResourceLogs<'_>| {
        let mut resource = Resource::default();
        let attributes = logs.resource.and_then(|resource| resource.attributes);
        each(attributes, |pair: KeyValue<'_>| {
            let value = label(&pair)?;
            resource.labels.push((pair.key.into_owned(), value));
            Ok(())
        })?;
        each(logs.scope_logs, |scope: ScopeLogs<'_>| {
            each(scope.log_records, |given: Option<LogRecord<'_>>| {
                draft.clear();
                match record(given.unwrap_or_default(), &mut draft) {
                    Ok(()) => draft.give(&mut resource, &mut batch, request.received),
                    Err(problem) => {
                        batch.refuse(problem);
                        Ok(())
                    }
                }
            })
        })
    })?;
    Ok(batch)
}

/// A value as a label: texts as they are, everything else as JSON.
fn label(pair: &KeyValue<'_>) -> Result<String, Rejected> {
    match pair.value.as_ref() {
        Some(AnyValue { string_value: Some(text), .. }) => Ok(text.clone().into_owned()),
        value => {
            let mut out = Vec::new();
            any_value(value, MOST_DEPTH, &mut out)?;
            Ok(String::from_utf8_lossy(&out).into_owned())
        }
    }
}

fn record(given: LogRecord<'_>, draft: &mut Draft) -> Result<(), Rejected> {
    draft.time = number(given.time_unix_nano);
    draft.observed = number(given.observed_time_unix_nano);
    draft.severity = severity(given.severity_number);
    draft.severity_text = given.severity_text.unwrap_or_default().into_owned();
    if let Some(value) = given.body {
        body(&value, draft)?;
    }
    each(given.attributes, |pair: KeyValue<'_>| {
        let names_file = match pair.value.as_ref().and_then(|value| value.string_value.as_ref()) {
            Some(text) => draft.names_file(&pair.key, text),
            None => false,
        };
        match names_file {
            true => Ok(()),
            false => any_value(pair.value.as_ref(), MOST_DEPTH, draft.fields.name(&pair.key)),
        }
    })?;
    for (name, value) in
        [("trace_id", given.trace_id), ("span_id", given.span_id), ("event.name", given.event_name)]
    {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            draft.fields.text(name, &value);
        }
    }
    Ok(())
}

/// Numbers of 64 bits come as text by the rules of protobuf, and as numbers from who does not know them.
fn number(raw: Option<&RawValue>) -> u64 {
    raw.and_then(|raw| raw.get().trim_matches('"').parse().ok()).unwrap_or(0)
}

/// A severity may come by its name in the protocol: `SEVERITY_NUMBER_ERROR2`.
fn severity(raw: Option<&RawValue>) -> u64 {
    let Some(raw) = raw else { return 0 };
    let word = raw.get().trim_matches('"');
    let Some(name) = word.strip_prefix("SEVERITY_NUMBER_") else { return number(Some(raw)) };
    match name.trim_end_matches(|letter: char| letter.is_ascii_digit()) {
        "TRACE" => 1,
        "DEBUG" => 5,
        "INFO" => 9,
        "WARN" => 13,
        "ERROR" => 17,
        "FATAL" => 21,
        _ => 0,
    }
}

fn body(value: &AnyValue<'_>, draft: &mut Draft) -> Result<(), Rejected> {
    if let Some(text) = &value.string_value {
        draft.says(text.as_bytes());
        return Ok(());
    }
    if let Some(list) = &value.kvlist_value {
        return each(list.values, |pair: KeyValue<'_>| {
            any_value(pair.value.as_ref(), MOST_DEPTH, draft.fields.name(&pair.key))
        });
    }
    let mut out = Vec::new();
    any_value(Some(value), MOST_DEPTH, &mut out)?;
    if out != b"null" {
        draft.says(&out);
    }
    Ok(())
}

/// Writes an `AnyValue` as plain JSON.
fn any_value(value: Option<&AnyValue<'_>>, depth: usize, out: &mut Vec<u8>) -> Result<(), Rejected> {
    if depth == 0 {
        return Err(malformed(format!("a value nests deeper than {MOST_DEPTH} levels")));
    }
    match value {
        Some(AnyValue { string_value: Some(text), .. } | AnyValue { bytes_value: Some(text), .. }) => {
            string(out, text);
        }
        Some(AnyValue { bool_value: Some(truth), .. }) => shown(out, truth),
        Some(AnyValue { int_value: Some(raw), .. }) => {
            let number: i64 =
                raw.get().trim_matches('"').parse().map_err(|_| malformed("an `intValue` is no number"))?;
            shown(out, number);
        }
        Some(AnyValue { double_value: Some(raw), .. }) => {
            let number: f64 =
                raw.get().trim_matches('"').parse().map_err(|_| malformed("a `doubleValue` is no number"))?;
            float(out, number);
        }
        Some(AnyValue { array_value: Some(list), .. }) => return elements(list, depth, out),
        Some(AnyValue { kvlist_value: Some(list), .. }) => return pairs(list, depth, out),
        _ => out.extend_from_slice(b"null"),
    }
    Ok(())
}

fn elements(list: &Values<'_>, depth: usize, out: &mut Vec<u8>) -> Result<(), Rejected> {
    out.push(b'[');
    let mut first = true;
    each(list.values, |value: AnyValue<'_>| {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        any_value(Some(&value), depth - 1, out)
    })?;
    out.push(b']');
    Ok(())
}

fn pairs(list: &Values<'_>, depth: usize, out: &mut Vec<u8>) -> Result<(), Rejected> {
    out.push(b'{');
    let mut first = true;
    each(list.values, |pair: KeyValue<'_>| {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        string(out, &pair.key);
        out.push(b':');
        any_value(pair.value.as_ref(), depth - 1, out)
    })?;
    out.push(b'}');
    Ok(())
}
