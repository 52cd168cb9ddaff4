//! Fields to be read, wherever they lie: in the list of a record, or among those of a whole batch.

use super::{Field, Fields, Name, Notes, Span, Value};

/// The fields of one record, which somebody else holds.
#[derive(Clone, Copy, Debug)]
pub struct FieldView<'a> {
    pub(super) list: &'a [Field],
    pub(super) scratch: &'a [u8],
}

impl<'a> FieldView<'a> {
    /// A list of its own.
    pub(crate) fn to_fields(self) -> Fields {
        Fields { list: self.list.to_vec(), scratch: self.scratch.to_vec(), notes: Notes::NONE }
    }

    /// The bytes of a span, given the record's text.
    #[inline]
    pub(super) fn resolve(self, span: Span, text: &'a [u8]) -> &'a [u8] {
        match span {
            Span::Text(start, end) => text.get(start as usize..end as usize).unwrap_or_default(),
            Span::Scratch(start, end) => self.scratch.get(start as usize..end as usize).unwrap_or_default(),
            Span::Known(name) => name.text().as_bytes(),
        }
    }

    /// Name and value of the field at an index.
    #[inline]
    pub(crate) fn at(self, index: usize, text: &'a [u8]) -> Option<(&'a [u8], Value<'a>)> {
        self.list.get(index).map(|field| self.told(field, text))
    }

    /// All fields, in the order of the log.
    #[inline]
    pub(crate) fn iter(self, text: &'a [u8]) -> impl Iterator<Item = (&'a [u8], Value<'a>)> {
        self.list.iter().map(move |field| self.told(field, text))
    }

    // Whoever wants the names alone does not pay for the values.
    #[inline(always)]
    fn told(self, field: &Field, text: &'a [u8]) -> (&'a [u8], Value<'a>) {
        let value = Value { bytes: self.resolve(field.value, text), kind: field.kind };
        (self.resolve(field.name, text), value)
    }

    /// The names of all fields that have one of these lengths, a bit for each up to 63, with their indexes.
    #[inline]
    pub(crate) fn names_of_lengths(
        self,
        lengths: u64,
        text: &'a [u8],
    ) -> impl Iterator<Item = (usize, &'a [u8])> {
        let fields = self.list.iter().enumerate();
        let those = fields.filter(move |(_, field)| lengths >> field.name.length().min(63) & 1 != 0);
        those.map(move |(index, field)| (index, self.resolve(field.name, text)))
    }

    /// The last field of that name.
    #[inline]
    pub(crate) fn get(self, name: &str, text: &'a [u8]) -> Option<Value<'a>> {
        let field = self.last(name, None, text)?;
        Some(Value { bytes: self.resolve(field.value, text), kind: field.kind })
    }

    /// The last field of that name. `met` is the known name that stood for it in a record before, which most records
    /// have again.
    #[inline]
    pub(crate) fn get_again(self, name: &str, met: &mut Option<Name>, text: &'a [u8]) -> Option<&'a [u8]> {
        let field = self.last(name, *met, text)?;
        if let Span::Known(known) = field.name {
            *met = Some(known);
        }
        Some(self.resolve(field.value, text))
    }

    #[inline]
    pub(super) fn last(self, name: &str, met: Option<Name>, text: &[u8]) -> Option<&'a Field> {
        self.list.iter().rev().find(|field| match field.name {
            Span::Known(known) => match met {
                Some(met) => known == met,
                None => known.length() == name.len() && known.text() == name,
            },
            span => span.length() == name.len() && self.resolve(span, text) == name.as_bytes(),
        })
    }
}
