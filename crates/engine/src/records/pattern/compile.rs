//! The text of a pattern in, its steps out, or the column at which it is wrong and what to write instead.
//!
//! First the text becomes elements, as they are written; then each capture is told what follows it, for that is
//! where it ends. So two captures with nothing between them are refused here and not met while reading.

use thiserror::Error;

use super::{Step, Stops};
use crate::records::names::Name;

/// Why a pattern cannot be compiled.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatternError {
    /// A `{` without its `}`.
    #[error("`{{` at column {0} is never closed\nhint: write `\\{{` for a literal brace")]
    OpenBrace(usize),
    /// A `(` without `)?`.
    #[error("`(` at column {0} is not closed by `)?`\nhint: write `\\(` for a literal parenthesis")]
    OpenGroup(usize),
    /// A kind of capture that does not exist.
    #[error("unknown kind `{0}` at column {1}\nhint: the kinds are int, number, text, json, logfmt and sd")]
    UnknownKind(String, usize),
    /// A name that no field may have.
    #[error("`{0}` at column {1} is no name\nhint: names are letters, digits, `_` and `.`")]
    BadName(String, usize),
    /// Two captures with nothing between them.
    #[error("nothing parts `{{{0}}}` from the capture after it")]
    NothingBetween(String),
}

/// An element as written, before it is known what follows it.
#[derive(Clone, Debug, PartialEq)]
enum Element {
    Blank,
    Byte(u8),
    Time,
    Level,
    Message,
    MessageHere,
    Priority,
    Capture(Option<Name>, Take),
    Group(Vec<Element>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Take {
    Word,
    Int,
    Number,
    Text,
    Json,
    Logfmt,
    StructuredData,
}

pub(super) fn steps(text: &str) -> Result<Box<[Step]>, PatternError> {
    let mut parser = Parser { text: text.as_bytes(), at: 0 };
    let elements = parser.elements(None)?;
    lower(&elements, None, &[])
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn elements(&mut self, group: Option<usize>) -> Result<Vec<Element>, PatternError> {
        let mut elements = Vec::new();
        while let Some(byte) = self.text.get(self.at).copied() {
            match byte {
                b')' if group.is_some() => {
                    self.at += 1;
                    if self.text.get(self.at) != Some(&b'?') {
                        return Err(PatternError::OpenGroup(group.unwrap_or(0) + 1));
                    }
                    self.at += 1;
                    return Ok(elements);
                }
                b'(' => {
                    let opened = self.at;
                    self.at += 1;
                    elements.push(Element::Group(self.elements(Some(opened))?));
                }
                b'{' => elements.push(self.capture()?),
                b'\\' => {
                    let literal = self.text.get(self.at + 1).copied().unwrap_or(b'\\');
                    self.at += 2;
                    elements.push(Element::Byte(literal));
                }
                b' ' | b'\t' => {
                    self.at += 1;
                    if elements.last() != Some(&Element::Blank) {
                        elements.push(Element::Blank);
                    }
                }
                byte => {
                    self.at += 1;
                    elements.push(Element::Byte(byte));
                }
            }
        }
        match group {
            Some(opened) => Err(PatternError::OpenGroup(opened + 1)),
            None => Ok(elements),
        }
    }

    fn capture(&mut self) -> Result<Element, PatternError> {
        let opened = self.at;
        let rest = &self.text[opened..];
        let closed = memchr::memchr(b'}', rest).ok_or(PatternError::OpenBrace(opened + 1))?;
        let inside = String::from_utf8_lossy(&rest[1..closed]).into_owned();
        self.at += closed + 1;
        let (name, kind) = inside.split_once(':').unwrap_or((&inside, ""));
        Ok(match name {
            ">" => Element::MessageHere,
            "time" => Element::Time,
            "level" => Element::Level,
            "message" => Element::Message,
            "pri" => Element::Priority,
            "_" => Element::Capture(None, take(kind, opened)?),
            name if is_name(name) => Element::Capture(Some(Name::of(name)), take(kind, opened)?),
            name => return Err(PatternError::BadName(name.to_owned(), opened + 1)),
        })
    }
}

fn take(kind: &str, opened: usize) -> Result<Take, PatternError> {
    Ok(match kind {
        "" => Take::Word,
        "int" => Take::Int,
        "number" => Take::Number,
        "sd" => Take::StructuredData,
        "text" => Take::Text,
        "json" => Take::Json,
        "logfmt" => Take::Logfmt,
        unknown => return Err(PatternError::UnknownKind(unknown.to_owned(), opened + 1)),
    })
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
}

/// Turns elements into steps. `before` is the byte just before them, `after` what may follow them.
fn lower(elements: &[Element], before: Option<u8>, after: &[Element]) -> Result<Box<[Step]>, PatternError> {
    let mut steps = Vec::with_capacity(elements.len());
    let mut previous = before;
    let mut structured = false;
    for (index, element) in elements.iter().enumerate() {
        let following: Vec<Element> = elements[index + 1..].iter().chain(after).cloned().collect();
        structured |= matches!(element, Element::Capture(_, Take::StructuredData));
        if structured && matches!(element, Element::Message) {
            // RFC 5424 has a byte order mark before a message in UTF-8.
            steps.push(Step::Mark);
        }
        steps.push(match element {
            Element::Blank => Step::Blank,
            Element::Byte(byte) => Step::Byte(*byte),
            Element::Time => Step::Time,
            Element::Level => Step::Level,
            Element::Message => Step::Rest,
            Element::MessageHere => Step::MessageHere,
            Element::Priority => Step::Priority,
            Element::Group(inner) => Step::Optional(lower(inner, previous, &following)?),
            Element::Capture(name, Take::Int) => Step::Int(*name),
            Element::Capture(name, Take::Number) => Step::Number(*name),
            Element::Capture(_, Take::StructuredData) => Step::StructuredData,
            Element::Capture(_, Take::Json) => Step::Json,
            Element::Capture(_, Take::Logfmt) => Step::Logfmt,
            Element::Capture(name, Take::Text) => Step::Text(*name, literal_after(&following)),
            Element::Capture(name, Take::Word) => word(*name, previous, &following)?,
        });
        previous = match element {
            Element::Byte(byte) => Some(*byte),
            _ => None,
        };
    }
    Ok(columns(steps).into())
}

/// Makes one step of every word that only a blank ends and that blank.
fn columns(steps: Vec<Step>) -> Vec<Step> {
    let mut fused: Vec<Step> = Vec::with_capacity(steps.len());
    for step in steps {
        match fused.last() {
            Some(Step::Word(name, stops)) if *stops == Stops::default() && step == Step::Blank => {
                let column = Step::Column(*name);
                fused.pop();
                fused.push(column);
            }
            _ => fused.push(step),
        }
    }
    fused
}

/// The literal bytes that follow, a blank among them as one blank.
fn literal_after(following: &[Element]) -> Box<[u8]> {
    following
        .iter()
        .map_while(|element| match element {
            Element::Byte(byte) => Some(*byte),
            Element::Blank => Some(b' '),
            _ => None,
        })
        .collect()
}

fn word(name: Option<Name>, previous: Option<u8>, following: &[Element]) -> Result<Step, PatternError> {
    let next = match following.first() {
        Some(Element::Byte(byte)) => Some(*byte),
        _ => None,
    };
    match (previous, next) {
        (Some(open), Some(close)) if partner(open) == Some(close) => {
            return Ok(Step::Bracketed(name, open, close));
        }
        (Some(quote @ (b'"' | b'\'' | b'`')), Some(close)) if quote == close => {
            return Ok(Step::Quoted(name, quote));
        }
        _ => {}
    }
    let mut stops = Stops::default();
    collect_stops(name, following, &mut stops)?;
    Ok(Step::Word(name, stops))
}

fn partner(open: u8) -> Option<u8> {
    match open {
        b'[' => Some(b']'),
        b'(' => Some(b')'),
        b'{' => Some(b'}'),
        b'<' => Some(b'>'),
        _ => None,
    }
}

/// The literal bytes at the beginning.
fn bytes_of(elements: &[Element]) -> Box<[u8]> {
    let byte = |element: &Element| match element {
        Element::Byte(byte) => Some(*byte),
        _ => None,
    };
    elements.iter().map_while(byte).collect()
}

/// Whatever literal may come next ends the word. An optional group adds its first byte and lets
/// what follows it add another.
fn collect_stops(name: Option<Name>, following: &[Element], stops: &mut Stops) -> Result<(), PatternError> {
    match following {
        [] | [Element::Blank, ..] => Ok(()),
        [Element::Byte(byte), ..] => {
            let literal = bytes_of(following);
            let blank_next = matches!(following.get(literal.len()), Some(Element::Blank));
            let before_blank = blank_next && *byte != b']' && *byte != b')';
            match (literal.len(), before_blank) {
                (1, true) => stops.before_blank.push(*byte),
                (1, false) => stops.anywhere.push(*byte),
                _ => stops.literals.push((literal, before_blank)),
            }
            Ok(())
        }
        [Element::Group(inner), rest @ ..] => {
            let through: Vec<Element> = inner.iter().chain(rest).cloned().collect();
            collect_stops(name, &through, stops)?;
            collect_stops(name, rest, stops)
        }
        [Element::MessageHere, rest @ ..] => collect_stops(name, rest, stops),
        _ => Err(PatternError::NothingBetween(name.map_or("_", Name::text).to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong_and_where() {
        let check = |pattern: &str, expected: PatternError| assert_eq!(steps(pattern).err(), Some(expected));
        check("a {time", PatternError::OpenBrace(3));
        check("a ( b", PatternError::OpenGroup(3));
        check("a (b) c", PatternError::OpenGroup(3));
        check("{a:regex}", PatternError::UnknownKind("regex".into(), 1));
        check("{a b}", PatternError::BadName("a b".into(), 1));
        check("{a}{b}", PatternError::NothingBetween("a".into()));
    }
}
