//! The first records of a log, kept until it is known what ties them together.

use std::ops::Range;

use super::book::Told;
use super::extract::{Sighted, may_tie};
use super::finder::SAMPLE;
use crate::records::names::Name;
use crate::records::record::Record;

/// So much of a message or a value is kept: what is looked at for identifiers.
const LONGEST: usize = 4096;

/// Records as they were told.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    bytes: Vec<u8>,
    fields: Vec<(Range<usize>, Range<usize>)>,
    records: Vec<Kept>,
}

#[derive(Clone, Debug)]
struct Kept {
    told: Told,
    message: Range<usize>,
    fields: Range<usize>,
}

/// A record that was kept.
pub(super) struct Recalled<'a> {
    head: &'a Head,
    kept: &'a Kept,
}

impl Head {
    /// Bytes that are kept at most.
    pub(super) const MOST: usize = 8 << 20;

    /// Keeps a record, with the fields that may tie it to others and the one that was named.
    pub(super) fn add(&mut self, record: &Record<'_>, told: Told, by: Option<&str>) {
        let message = self.keep(record.message);
        let first = self.fields.len();
        for (name, value) in record.fields() {
            if may_tie(name) || by.is_some_and(|by| by.as_bytes() == name) {
                let field = (self.keep(name), self.keep(value.bytes));
                self.fields.push(field);
            }
        }
        self.records.push(Kept { told, message, fields: first..self.fields.len() });
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes.get(..LONGEST).unwrap_or(bytes));
        start..self.bytes.len()
    }

    fn of(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.len() + self.fields.len() * 32 + self.records.len() * size_of::<Kept>()
    }

    /// There is enough to decide, or no room for more.
    pub(super) fn is_full(&self) -> bool {
        self.len() >= SAMPLE || self.bytes() > Head::MOST
    }

    /// Tells all of it again.
    pub(super) fn each<'a>(&'a self, mut take: impl FnMut(&Recalled<'a>, Told)) {
        self.records.iter().for_each(|kept| take(&Recalled { head: self, kept }, kept.told));
    }
}

impl Sighted for Recalled<'_> {
    fn message(&self) -> &[u8] {
        self.head.of(&self.kept.message)
    }

    fn field(&self, name: &str, _: &mut Option<Name>) -> Option<&[u8]> {
        let fields = self.fields().filter(|(known, _)| *known == name.as_bytes());
        fields.last().map(|(_, value)| value)
    }

    fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let fields = self.head.fields.get(self.kept.fields.clone()).unwrap_or_default();
        fields.iter().map(|(name, value)| (self.head.of(name), self.head.of(value)))
    }
}
