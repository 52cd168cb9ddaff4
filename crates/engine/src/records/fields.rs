//! The fields of a record: where each name and value stands, and of which type it is.
//!
//! A field list is filled anew for every record and never allocates once it has grown to the size
//! of its stream's records. Names and values are spans of the line, of a scratch arena (what had
//! to be unescaped) or, for names, of a table of names known beforehand.

mod view;

use std::ops::Range;

use super::names::Name;
use super::notes::Notes;
use crate::lines::clean::clean_since;

pub use view::FieldView;

/// Where the bytes of a name or value stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// In the text of the record.
    Text(u32, u32),
    /// In the scratch arena of the field list.
    Scratch(u32, u32),
    /// A name known beforehand.
    Known(Name),
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
    notes: Notes,
}

/// How much a field list holds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extent {
    list: u32,
    scratch: u32,
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
        self.notes = Notes::NONE;
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

    /// Puts another value in place of the one at an index.
    pub(crate) fn set_value(&mut self, index: usize, value: Span, kind: Kind) {
        if let Some(field) = self.list.get_mut(index) {
            (field.value, field.kind) = (value, kind);
        }
    }

    /// How much it holds.
    pub(crate) fn extent(&self) -> Extent {
        Extent { list: self.list.len() as u32, scratch: self.scratch.len() as u32 }
    }

    /// Keeps the fields of another record behind ours, for [`Fields::part`] to show them again.
    pub(crate) fn append(&mut self, other: FieldView<'_>) {
        self.list.extend_from_slice(other.list);
        // Nearly always all stands in the text itself.
        if !other.scratch.is_empty() {
            self.scratch.extend_from_slice(other.scratch);
        }
    }

    /// What was appended to a list between two extents.
    #[inline]
    pub(crate) fn part(&self, from: Extent, to: Extent) -> FieldView<'_> {
        FieldView {
            list: self.list.get(from.list as usize..to.list as usize).unwrap_or_default(),
            scratch: self.scratch.get(from.scratch as usize..to.scratch as usize).unwrap_or_default(),
        }
    }

    /// All of them, to be read.
    #[inline]
    pub fn view(&self) -> FieldView<'_> {
        FieldView { list: &self.list, scratch: &self.scratch }
    }

    /// Holds, instead of what it held, what another holds in the text itself.
    #[inline]
    pub(crate) fn become_same(&mut self, other: &Fields) {
        self.clear();
        self.list.extend_from_slice(&other.list);
    }

    /// Forgets the fields after the first `count`.
    pub fn truncate(&mut self, count: usize) {
        self.list.truncate(count);
    }

    /// Forgets the field at an index and closes the gap.
    pub fn remove(&mut self, index: usize) {
        if index < self.list.len() {
            self.list.remove(index);
        }
    }

    /// Name and value of the field at an index.
    pub fn at<'a>(&'a self, index: usize, text: &'a [u8]) -> Option<(&'a [u8], Value<'a>)> {
        self.view().at(index, text)
    }

    /// Where the value of the field at an index stands.
    pub fn span_at(&self, index: usize) -> Option<(Span, Kind)> {
        self.list.get(index).map(|field| (field.value, field.kind))
    }

    /// Where name and value of the field at an index stand.
    pub(crate) fn spans_at(&self, index: usize) -> Option<(Span, Span, Kind)> {
        self.list.get(index).map(|field| (field.name, field.value, field.kind))
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

    /// Cleans what stands in the scratch arena from a position on, after it was unescaped.
    pub(crate) fn clean_since(&mut self, start: usize) {
        self.notes.add(clean_since(&mut self.scratch, start));
    }

    /// What was done to names and values while they were read.
    pub(crate) fn notes(&self) -> Notes {
        self.notes
    }

    /// The bytes of a span, given the record's text.
    pub fn resolve<'a>(&'a self, span: Span, text: &'a [u8]) -> &'a [u8] {
        self.view().resolve(span, text)
    }

    /// All fields, in the order of the log.
    pub fn iter<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = (&'a [u8], Value<'a>)> {
        self.view().iter(text)
    }

    /// The last field of that name.
    pub fn get<'a>(&'a self, name: &str, text: &'a [u8]) -> Option<Value<'a>> {
        self.view().get(name, text)
    }

    /// The value of the first field with a name known beforehand.
    #[inline]
    pub(crate) fn known<'a>(&'a self, name: Name, text: &'a [u8]) -> Option<&'a [u8]> {
        let field = self.list.iter().find(|field| field.name == Span::Known(name))?;
        Some(self.resolve(field.value, text))
    }

    /// Where the value of the last field of that name stands.
    pub fn span_of(&self, name: &str, text: &[u8]) -> Option<(Span, Kind)> {
        self.view().last(name, None, text).map(|field| (field.value, field.kind))
    }
}

impl Default for Span {
    fn default() -> Span {
        Span::Text(0, 0)
    }
}

impl Kind {
    /// The type of a value that stands in the log without quotes: a number in the notation of JSON,
    /// `true`, `false`, `null`, or text. What begins with a zero too many is an identifier, not a number.
    pub fn of_bare(value: &[u8]) -> Kind {
        match value.first() {
            Some(b'-' | b'0'..=b'9') if is_number(value) => Kind::Number,
            Some(b't' | b'f') if value == b"true" || value == b"false" => Kind::Bool,
            Some(b'n') if value == b"null" => Kind::Null,
            _ => Kind::Text,
        }
    }
}

fn is_number(value: &[u8]) -> bool {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    let (whole, rest) = split_digits(digits);
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with(b"0")) {
        return false;
    }
    let rest = match rest.strip_prefix(b".") {
        Some(fraction) if !fraction.first().is_some_and(u8::is_ascii_digit) => return false,
        Some(fraction) => split_digits(fraction).1,
        None => rest,
    };
    let [b'e' | b'E', exponent @ ..] = rest else { return rest.is_empty() };
    let exponent = exponent.strip_prefix(b"+").or(exponent.strip_prefix(b"-")).unwrap_or(exponent);
    !exponent.is_empty() && split_digits(exponent).1.is_empty()
}

fn split_digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
    bytes.split_at(end)
}

impl Span {
    /// A part of the record's text. Records are far smaller than 4 GiB.
    pub fn text(range: Range<usize>) -> Span {
        Span::Text(range.start as u32, range.end as u32)
    }

    /// How many bytes it covers, where they are there.
    #[inline]
    fn length(self) -> usize {
        match self {
            Span::Text(start, end) | Span::Scratch(start, end) => end.saturating_sub(start) as usize,
            Span::Known(name) => name.length(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_values_have_types() {
        let check = |value: &str, kind| assert_eq!(Kind::of_bare(value.as_bytes()), kind, "{value}");
        for number in ["0", "-0", "12", "-1.5", "0.25", "1e9", "1E+9", "2.5e-3"] {
            check(number, Kind::Number);
        }
        for text in
            ["", "-", "007", "1.", ".5", "1e", "1e+", "10.0.0.1", "12ms", "+1", "0x1f", "truex", "nul"]
        {
            check(text, Kind::Text);
        }
        check("true", Kind::Bool);
        check("false", Kind::Bool);
        check("null", Kind::Null);
    }

    #[test]
    fn fields_are_removed_and_cut() {
        let text = b"a=1 b=2 a=3";
        let mut fields = Fields::new();
        for (name, value) in [(0..1, 2..3), (4..5, 6..7), (8..9, 10..11)] {
            fields.push(Span::text(name), Span::text(value), Kind::Number);
        }
        assert_eq!(fields.get("a", text).unwrap().bytes, b"3");
        fields.remove(7);
        fields.remove(1);
        assert_eq!(fields.at(1, text).unwrap().1.bytes, b"3");
        assert!(fields.get("b", text).is_none());
        fields.truncate(1);
        assert_eq!((fields.len(), fields.get("a", text).unwrap().bytes), (1, &b"1"[..]));
    }
}
