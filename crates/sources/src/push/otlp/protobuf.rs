//! An export request as protobuf; the numbers are those of `opentelemetry/proto/logs/v1/logs.proto`.

use std::borrow::Cow;

use super::super::fields::{float, hexadecimal, shown, string};
use super::super::protobuf::{Fields, Value};
use super::super::{Batch, MOST_DEPTH, Rejected, Request, malformed};
use super::record::{Draft, Resource};

pub(super) fn decode(request: Request<'_>) -> Result<Batch, Rejected> {
    let mut batch = Batch::of_body(request.body.len());
    let mut draft = Draft::default();
    Fields::new(request.body).each(|number, value| match number {
        1 => resource_logs(value.bytes(), request.received, &mut draft, &mut batch),
        _ => Ok(()),
    })?;
    Ok(batch)
}

fn resource_logs(
    message: &[u8],
    received: u64,
    draft: &mut Draft,
    batch: &mut Batch,
) -> Result<(), Rejected> {
    // Fields may stand in any order, and labels are wanted before the first record.
    let mut resource = Resource::default();
    Fields::new(message).each(|number, value| match number {
        1 => labels(value.bytes(), &mut resource),
        _ => Ok(()),
    })?;
    Fields::new(message).each(|number, scope| match number {
        2 => Fields::new(scope.bytes()).each(|number, record| match number {
            2 => record_given(record.bytes(), received, &mut resource, draft, batch),
            _ => Ok(()),
        }),
        _ => Ok(()),
    })
}

fn labels(message: &[u8], resource: &mut Resource) -> Result<(), Rejected> {
    Fields::new(message).each(|number, value| {
        if number == 1 {
            let (name, value) = key_value(value.bytes())?;
            resource.labels.push((name.into_owned(), label(value)?));
        }
        Ok(())
    })
}

/// A value as a label: texts as they are, everything else as JSON.
fn label(value: &[u8]) -> Result<String, Rejected> {
    if let Some((1, text)) = Fields::new(value).next()? {
        return Ok(String::from_utf8_lossy(text.bytes()).into_owned());
    }
    let mut out = Vec::new();
    any_value(value, MOST_DEPTH, &mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// A record that is damaged inside costs itself only: where it ends is known from outside.
fn record_given(
    message: &[u8],
    received: u64,
    resource: &mut Resource,
    draft: &mut Draft,
    batch: &mut Batch,
) -> Result<(), Rejected> {
    draft.clear();
    match record(message, draft) {
        Ok(()) => draft.give(resource, batch, received),
        Err(problem) => {
            batch.refuse(problem);
            Ok(())
        }
    }
}

fn record(message: &[u8], draft: &mut Draft) -> Result<(), Rejected> {
    Fields::new(message).each(|number, value| {
        match number {
            1 => draft.time = value.number(),
            11 => draft.observed = value.number(),
            2 => draft.severity = value.number(),
            3 => draft.severity_text.push_str(&String::from_utf8_lossy(value.bytes())),
            5 => body(value.bytes(), draft)?,
            6 => attribute(value.bytes(), draft)?,
            9 if !value.bytes().is_empty() => hexadecimal(draft.fields.name("trace_id"), value.bytes()),
            10 if !value.bytes().is_empty() => hexadecimal(draft.fields.name("span_id"), value.bytes()),
            12 => draft.fields.text("event.name", &String::from_utf8_lossy(value.bytes())),
            _ => {}
        }
        Ok(())
    })
}

fn body(value: &[u8], draft: &mut Draft) -> Result<(), Rejected> {
    match Fields::new(value).next()? {
        None => Ok(()),
        Some((1, text)) => {
            draft.says(text.bytes());
            Ok(())
        }
        Some((6, list)) => Fields::new(list.bytes()).each(|_, pair| {
            let (name, value) = key_value(pair.bytes())?;
            any_value(value, MOST_DEPTH, draft.fields.name(&name))
        }),
        Some(_) => {
            let mut out = Vec::new();
            any_value(value, MOST_DEPTH, &mut out)?;
            draft.says(&out);
            Ok(())
        }
    }
}

fn attribute(pair: &[u8], draft: &mut Draft) -> Result<(), Rejected> {
    let (name, value) = key_value(pair)?;
    if let Some((1, text)) = Fields::new(value).next()?
        && draft.names_file(&name, &String::from_utf8_lossy(text.bytes()))
    {
        return Ok(());
    }
    any_value(value, MOST_DEPTH, draft.fields.name(&name))
}

fn key_value(message: &[u8]) -> Result<(Cow<'_, str>, &[u8]), Rejected> {
    let (mut name, mut value) = (&b""[..], &b""[..]);
    Fields::new(message).each(|number, field| {
        match number {
            1 => name = field.bytes(),
            2 => value = field.bytes(),
            _ => {}
        }
        Ok(())
    })?;
    Ok((String::from_utf8_lossy(name), value))
}

/// Writes an `AnyValue` as JSON.
fn any_value(message: &[u8], depth: usize, out: &mut Vec<u8>) -> Result<(), Rejected> {
    if depth == 0 {
        return Err(malformed(format!("a value nests deeper than {MOST_DEPTH} levels")));
    }
    let Some((number, value)) = Fields::new(message).next()? else {
        out.extend_from_slice(b"null");
        return Ok(());
    };
    match number {
        1 => string(out, &String::from_utf8_lossy(value.bytes())),
        2 => shown(out, value.number() != 0),
        3 => shown(out, value.signed()),
        4 => float(out, f64::from_bits(value.number())),
        5 => return list(value, depth, out),
        6 => return object(value, depth, out),
        7 => hexadecimal(out, value.bytes()),
        _ => out.extend_from_slice(b"null"),
    }
    Ok(())
}

fn list(value: Value<'_>, depth: usize, out: &mut Vec<u8>) -> Result<(), Rejected> {
    out.push(b'[');
    let mut first = true;
    Fields::new(value.bytes()).each(|_, element| {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        any_value(element.bytes(), depth - 1, out)
    })?;
    out.push(b']');
    Ok(())
}

fn object(value: Value<'_>, depth: usize, out: &mut Vec<u8>) -> Result<(), Rejected> {
    out.push(b'{');
    let mut first = true;
    Fields::new(value.bytes()).each(|_, pair| {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        let (name, value) = key_value(pair.bytes())?;
        string(out, &name);
        out.push(b':');
        any_value(value, depth - 1, out)
    })?;
    out.push(b'}');
    Ok(())
}
