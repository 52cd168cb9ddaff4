//! Which fields of a line are its time, its level and its message?
//!
//! Names tell. A message may be an object itself, written as a string: then its fields take the place of the one
//! that held it and mean more than those around it, which are often the collector's. It may be a list of byte
//! numbers, as `journalctl -o json` writes what is no text. And where it was written with escapes, it is cleaned
//! like any line once they are gone.

use std::ops::Range;

use crate::lines::clean::{Trouble, clean_lines};

use super::claims::Claims;
use super::fields::{Fields, Kind, Span, Value};
use super::json::{self, Unfolder};
use super::level::Level;
use super::notes::Notes;
use super::roles::{Claim, Role};

/// Objects within strings within objects.
const MOST_FOLDS: usize = 3;

/// Reads the meaning of one stream's fields; keeps its memory from line to line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meaning {
    claims: Claims,
    unfolder: Unfolder,
    bytes: Vec<u8>,
}

/// What was found among the fields.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    pub(crate) time: Option<Span>,
    pub(crate) level: Option<Level>,
    pub(crate) message: Option<Span>,
    pub(crate) notes: Notes,
}

/// The fields that rank first for their roles, by their place in the list.
#[derive(Clone, Copy, Debug, Default)]
struct Roles {
    time: Option<(u8, usize)>,
    level: Option<(u8, usize)>,
    message: Option<(u8, usize)>,
}

impl Roles {
    #[inline]
    fn offer(&mut self, claim: Claim, kind: Kind, index: usize) {
        let place = match claim.role {
            Role::Time => &mut self.time,
            Role::Level => &mut self.level,
            Role::Message => &mut self.message,
            _ => return,
        };
        if kind != Kind::Null && place.is_none_or(|(other, _)| claim.rank <= other) {
            *place = Some((claim.rank, index));
        }
    }
}

impl Meaning {
    /// What the fields mean; those of a message that is an object are added to them.
    #[inline]
    pub(crate) fn of(&mut self, line: &[u8], fields: &mut Fields) -> Found {
        let roles = self.roles(line, fields, 0..fields.len());
        let found = found(line, fields, roles);
        match roles.message.and_then(|(_, index)| Some((index, fields.span_at(index)?))) {
            Some((index, (span, kind))) if is_special(fields.resolve(span, line), span, kind) => {
                self.open(line, fields, found, index)
            }
            _ => found,
        }
    }

    #[inline]
    fn roles(&mut self, line: &[u8], fields: &Fields, range: Range<usize>) -> Roles {
        let mut roles = Roles::default();
        for (index, (name, value)) in fields.iter(line).enumerate().take(range.end).skip(range.start) {
            if let Some(claim) = self.claims.of(index, name) {
                roles.offer(claim, value.kind, index);
            }
        }
        roles
    }

    /// Takes the message at an index out of its wrapping.
    #[cold]
    fn open(&mut self, line: &[u8], fields: &mut Fields, outer: Found, index: usize) -> Found {
        let mut found = outer;
        let mut index = Some(index);
        for _ in 0..MOST_FOLDS {
            let count = fields.len();
            let object = index.and_then(|index| fields.at(index, line));
            let folded = object.is_some_and(|(_, value)| json::looks_like_object(value.bytes));
            if !folded || !self.unfolder.unfold(line, fields) {
                break;
            }
            let roles = self.roles(line, fields, count - 1..fields.len());
            let inner = self::found(line, fields, roles);
            found = Found {
                time: inner.time.or(found.time),
                level: inner.level.or(found.level),
                message: inner.message.or(found.message),
                notes: found.notes,
            };
            index = roles.message.map(|(_, index)| index);
        }
        if let Some(index) = index {
            self.decode(line, fields, &mut found, index);
        }
        found
    }

    /// Writes the message anew where it is a list of bytes or holds what a line must not.
    fn decode(&mut self, line: &[u8], fields: &mut Fields, found: &mut Found, index: usize) {
        let Some((_, value)) = fields.at(index, line) else { return };
        self.bytes.clear();
        match value.kind {
            Kind::List if !append_numbers(value.bytes, &mut self.bytes) => return,
            Kind::List => {}
            _ if Trouble::scan(value.bytes).is_none() => return,
            _ => self.bytes.extend_from_slice(value.bytes),
        }
        let start = fields.scratch().len();
        found.notes.add(clean_lines(&self.bytes, fields.scratch()));
        let span = fields.kept_since(start);
        fields.set_value(index, span, Kind::Text);
        found.message = Some(span);
    }
}

/// Whether the message is more than the part of the line where it stands.
#[inline]
fn is_special(bytes: &[u8], span: Span, kind: Kind) -> bool {
    match kind {
        Kind::Text => matches!(span, Span::Scratch(..)) || matches!(bytes.first(), Some(b'{' | b' ')),
        Kind::List => true,
        _ => false,
    }
}

#[inline]
fn found(line: &[u8], fields: &Fields, roles: Roles) -> Found {
    let span = |place: Option<(u8, usize)>| place.and_then(|(_, index)| Some(fields.span_at(index)?.0));
    let level = roles.level.and_then(|(_, index)| level_of(fields.at(index, line)?.1));
    Found { time: span(roles.time), level, message: span(roles.message), notes: Notes::NONE }
}

/// The level that a value stands for.
pub(crate) fn level_of(value: Value<'_>) -> Option<Level> {
    match value.kind {
        Kind::Number => Level::from_number_word(value.bytes),
        _ => Level::from_word(value.bytes).or_else(|| Level::from_number_word(value.bytes)),
    }
}

/// Appends the bytes that a list like `[72,105]` stands for; says no where it is another list.
fn append_numbers(list: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(inside) = list.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")) else {
        return false;
    };
    inside.split(|byte| *byte == b',').all(|number| {
        let byte: Option<u8> = std::str::from_utf8(number).ok().and_then(|number| number.parse().ok());
        out.extend(byte);
        byte.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, time: Option<&str>, level: Option<Level>, message: Option<&str>) {
        let mut fields = Fields::new();
        json::read_object(line.as_bytes(), 0, &mut fields).unwrap();
        let found = Meaning::default().of(line.as_bytes(), &mut fields);
        let text = |span: Option<Span>| {
            span.map(|span| String::from_utf8_lossy(fields.resolve(span, line.as_bytes())).into_owned())
        };
        assert_eq!(
            (text(found.time).as_deref(), found.level, text(found.message).as_deref()),
            (time, level, message),
            "{line}"
        );
    }

    #[test]
    fn a_folded_message_means_more_than_what_holds_it() {
        check(
            r#"{"time":"t1","level":"info","message":"{\"level\":\"error\",\"msg\":\"inner\",\"a\":1}"}"#,
            Some("t1"),
            Some(Level::Error),
            Some("inner"),
        );
        check(r#"{"log":"{\"time\":\"t2\",\"msg\":\"m\"}","time":"t1"}"#, Some("t2"), None, Some("m"));
        check(r#"{"message":"{\"a\":1}","level":"warn"}"#, None, Some(Level::Warn), Some(r#"{"a":1}"#));
        check(r#"{"message":"{\"msg\":\"{\\\"msg\\\":\\\"deep\\\"}\"}"}"#, None, None, Some("deep"));
        check(r#"{"message":"{not json} at all"}"#, None, None, Some("{not json} at all"));
        check(r#"{"message":"{\"cut\":"}"#, None, None, Some(r#"{"cut":"#));
    }

    #[test]
    fn bytes_become_text() {
        check(r#"{"MESSAGE":[72,105,32,233],"PRIORITY":"3"}"#, None, Some(Level::Error), Some("Hi é"));
        check(r#"{"MESSAGE":[72, 300]}"#, None, None, Some("[72,300]"));
        check(r#"{"MESSAGE":["a","b"]}"#, None, None, Some(r#"["a","b"]"#));
        check(r#"{"MESSAGE":[]}"#, None, None, Some("[]"));
    }

    #[test]
    fn what_escapes_hid_is_cleaned() {
        check(r#"{"msg":"\u001b[31mred\u001b[0m\u0000"}"#, None, None, Some("red"));
        check(r#"{"msg":"one\r\ntwo\tx"}"#, None, None, Some("one\ntwo\tx"));
        check(r#"{"msg":"caf\u00e9 \"q\""}"#, None, None, Some("café \"q\""));
    }
}
