//! The fields of a record: where each name and value stands, and of which type it is.
//!
//! A field list is filled anew for every record and never allocates once it has grown to the size
//! of its stream's records. Names and values are spans of the line, of a scratch arena (what had
//! to be unescaped) or, for names, of a table of names known beforehand.

use std::ops::Range;

/// Where the bytes of a name or value stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// In the text of the record.
    Text(u32, u32),
    /// In the scratch arena of the field list.
    Scratch(u32, u32),
    /// A name known beforehand.
    Known(&'static str),
}

/// The type a value had in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, without its quotes and escapes.
    Text,
    /// A number as it stands in the log.
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`.
    Null,
    /// A list, as compact JSON.
    List,
}

#[derive(Clone, Copy, Debug)]
struct Field {
    name: Span,
    value: Span,
    kind: Kind,
}

/// The fields of one record, in the order of the log.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    list: Vec<Field>,
    scratch: Vec<u8>,
}

/// A value with its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// The bytes, unquoted and unescaped.
    pub bytes: &'a [u8],
    /// The type it had in the log.
    pub kind: Kind,
}

impl Fields {
    /// An empty list.
    pub fn new() -> Fields {
        Fields::default()
    }

    /// Forgets all fields and keeps the memory.
    pub fn clear(&mut self) {
        self.list.clear();
        self.scratch.clear();
    }

    /// Forgets the fields after the first `length`.
    pub fn truncate(&mut self, length: usize) {
        self.list.truncate(length);
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds a field.
    pub fn push(&mut self, name: Span, value: Span, kind: Kind) {
        self.list.push(Field { name, value, kind });
    }

    /// Adds a field with a name known beforehand and a value that is part of the record's text.
    pub fn push_known(&mut self, name: &'static str, value: Range<usize>) {
        self.push(Span::Known(name), Span::text(value), Kind::Text);
    }

    /// Copies bytes into the scratch arena and says where they stand.
    pub fn keep(&mut self, bytes: &[u8]) -> Span {
        let start = self.scratch.len();
        self.scratch.extend_from_slice(bytes);
        self.kept_since(start)
    }

    /// The scratch arena, for writers that unescape straight into it; close with [`Fields::kept_since`].
    pub fn scratch(&mut self) -> &mut Vec<u8> {
        &mut self.scratch
    }

    /// The span from a position of the scratch arena to its end.
    pub fn kept_since(&self, start: usize) -> Span {
        Span::Scratch(start as u32, self.scratch.len() as u32)
    }

    /// The bytes of a span, given the record's text.
    pub fn resolve<'a>(&'a self, span: Span, text: &'a [u8]) -> &'a [u8] {
        match span {
            Span::Text(start, end) => text.get(start as usize..end as usize).unwrap_or_default(),
            Span::Scratch(start, end) => self.scratch.get(start as usize..end as usize).unwrap_or_default(),
            Span::Known(name) => name.as_bytes(),
        }
    }

    /// All fields, in the order of the log.
    pub fn iter<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = (&'a [u8], Value<'a>)> {
        self.list.iter().map(move |field| {
            let bytes = self.resolve(field.value, text);
            (self.resolve(field.name, text), Value { bytes, kind: field.kind })
        })
    }

    /// The last field of that name.
    pub fn get<'a>(&'a self, name: &str, text: &'a [u8]) -> Option<Value<'a>> {
        self.span_of(name, text).map(|(span, kind)| Value { bytes: self.resolve(span, text), kind })
    }

    /// The span of a value that was given out by [`Fields::iter`] or [`Fields::get`].
    pub(crate) fn span_of_bytes(&self, value: &[u8], text: &[u8]) -> Option<Span> {
        let same = |field: &&Field| std::ptr::eq(self.resolve(field.value, text), value);
        self.list.iter().find(same).map(|field| field.value)
    }

    /// Where the value of the last field of that name stands.
    pub fn span_of(&self, name: &str, text: &[u8]) -> Option<(Span, Kind)> {
        let found = self.list.iter().rev().find(|field| match field.name {
            Span::Known(known) => known == name,
            span => self.resolve(span, text) == name.as_bytes(),
        })?;
        Some((found.value, found.kind))
    }
}

impl Default for Span {
    fn default() -> Span {
        Span::Text(0, 0)
    }
}

impl Span {
    /// A part of the record's text. Records are far smaller than 4 GiB.
    pub fn text(range: Range<usize>) -> Span {
        Span::Text(range.start as u32, range.end as u32)
    }
}
