//! A push request as protobuf; the numbers are those of Loki's `pkg/push/push.proto`.

use super::super::fields::ObjectLine;
use super::super::protobuf::{Fields, Value};
use super::super::stamp::joined;
use super::super::{Batch, Rejected, Request, malformed};
use super::{Places, labels};

pub(super) fn decode(request: Request<'_>) -> Result<Batch, Rejected> {
    let mut batch = Batch::of_body(request.body.len());
    let mut object = ObjectLine::default();
    Fields::new(request.body).each(|number, value| match number {
        1 => stream(value.bytes(), &mut object, &mut batch),
        _ => Ok(()),
    })?;
    Ok(batch)
}

fn stream(message: &[u8], object: &mut ObjectLine, batch: &mut Batch) -> Result<(), Rejected> {
    // Fields may stand in any order, and labels are wanted before the first entry.
    let text = Fields::new(message).first(1)?.map_or(&b"{}"[..], Value::bytes);
    let text = std::str::from_utf8(text).map_err(|_| malformed("labels are not UTF-8"))?;
    let mut places = Places::new(labels::parse(text)?);
    Fields::new(message).each(|number, value| match number {
        2 => entry(value.bytes(), &mut places, object, batch),
        _ => Ok(()),
    })
}

fn entry(
    message: &[u8],
    places: &mut Places,
    object: &mut ObjectLine,
    batch: &mut Batch,
) -> Result<(), Rejected> {
    let (mut stamp, mut line) = (0, &b""[..]);
    object.clear();
    Fields::new(message).each(|number, value| {
        match number {
            1 => stamp = timestamp(value.bytes())?,
            2 => line = value.bytes(),
            3 => metadata(value.bytes(), object)?,
            _ => {}
        }
        Ok(())
    })?;
    match object.is_empty() {
        true => places.entry(batch, stamp, line, object),
        false => places.with_metadata(batch, stamp, &String::from_utf8_lossy(line), object),
    }
}

fn timestamp(message: &[u8]) -> Result<u64, Rejected> {
    let (mut seconds, mut nanoseconds) = (0, 0);
    Fields::new(message).each(|number, value| {
        match number {
            1 => seconds = value.signed(),
            2 => nanoseconds = value.signed(),
            _ => {}
        }
        Ok(())
    })?;
    Ok(joined(seconds, nanoseconds))
}

fn metadata(message: &[u8], object: &mut ObjectLine) -> Result<(), Rejected> {
    let (mut name, mut given) = (&b""[..], &b""[..]);
    Fields::new(message).each(|number, value| {
        match number {
            1 => name = value.bytes(),
            2 => given = value.bytes(),
            _ => {}
        }
        Ok(())
    })?;
    object.text(&String::from_utf8_lossy(name), &String::from_utf8_lossy(given));
    Ok(())
}
