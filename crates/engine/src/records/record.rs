//! One logical log entry, borrowed from the buffers of the reader.

use super::fields::{FieldView, Kind, Value};
use super::level::Level;
use super::notes::Notes;
use super::roles::{Claim, Role};
use super::time::Time;

/// Where a record stands in its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The first line, counted from 1.
    pub line: u64,
    /// The byte at which that line begins, in the unpacked source.
    pub offset: u64,
    /// How many lines the record has.
    pub lines: u32,
}

/// Which stream of its source a record belongs to; see [`crate::reader::Reader::streams`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub u32);

/// One logical log entry; a stack trace belongs to its record.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Where it stands.
    pub origin: Origin,
    /// The stream within the source.
    pub stream: StreamId,
    /// When, where a stamp was found.
    pub time: Option<Time>,
    /// How grave, where the record says so.
    pub level: Option<Level>,
    /// The whole text of the record after cleaning, header included.
    pub text: &'a [u8],
    /// The message without time, level and header. Lines are parted by `\n`.
    pub message: &'a [u8],
    /// What was assumed.
    pub notes: Notes,
    pub(crate) fields: FieldView<'a>,
}

impl<'a> Record<'a> {
    /// The fields, in the order of the log.
    pub fn fields(&self) -> impl Iterator<Item = (&'a [u8], Value<'a>)> {
        self.fields.iter(self.text)
    }

    /// The last field of that name.
    pub fn field(&self, name: &str) -> Option<Value<'a>> {
        self.fields.get(name, self.text)
    }

    /// What the record says about a role (service, host, pod, trace…), whatever the log calls it.
    /// Where several fields claim the role, the best name has it.
    pub fn attribute(&self, role: Role) -> Option<Value<'a>> {
        let mut best: Option<(u8, Value<'a>)> = None;
        for (name, value) in self.fields() {
            let claim = Claim::of(name).filter(|claim| claim.role == role && value.kind != Kind::Null);
            let Some(Claim { rank, .. }) = claim else { continue };
            if best.is_none_or(|(other, _)| rank <= other) {
                best = Some((rank, value));
            }
        }
        best.map(|(_, value)| value)
    }
}

/// What takes records as they come out of a reader.
pub trait RecordSink {
    /// A stream was found; said once, before its first record.
    fn stream(&mut self, id: StreamId, name: &str) {
        let _ = (id, name);
    }

    /// One record. It borrows from the reader's buffers: copy what must live on.
    fn record(&mut self, record: &Record<'_>);
}

impl<F: FnMut(&Record<'_>)> RecordSink for F {
    fn record(&mut self, record: &Record<'_>) {
        self(record);
    }
}
