//! Entries of a journal export become records: one each, however many lines it has.
//!
//! An entry ends with an empty line and may hold data with any bytes, so it is not read line by
//! line like other sources. What its fields mean is settled by the journal itself: no guess by name.

use crate::balance::Skip;
use crate::lines::clean::{Trouble, clean_lines};
use crate::lines::journal::{Entry, JournalReader, looks_like_journal};
use crate::records::detect;
use crate::records::fields::{Fields, Span};
use crate::records::format::FormatKind;
use crate::records::level::Level;
use crate::records::notes::Notes;
use crate::records::record::{Origin, Record, RecordSink};
use crate::records::time::Time;

use super::{Core, admit};

/// Whether the source is an export, and how far it has been read.
#[derive(Clone, Debug, Default)]
pub(super) enum Journal {
    /// No byte has come yet.
    #[default]
    Unknown,
    /// Lines as usual.
    No,
    /// An export.
    Yes(Box<Export>),
}

/// The state of an export.
#[derive(Clone, Debug, Default)]
pub(super) struct Export {
    entries: JournalReader,
    /// Bytes of the source that belong to entries given out.
    offset: u64,
    /// The last byte taken was no newline.
    unended: bool,
    text: Vec<u8>,
    fields: Fields,
}

/// What the known fields of an entry hold, by their place in the list of fields.
#[derive(Clone, Copy, Default)]
struct Known {
    received: Option<usize>,
    sent: Option<usize>,
    priority: Option<usize>,
    message: Option<usize>,
    host: bool,
    identifier: bool,
    unit: bool,
}

impl Core {
    /// Reads a block of an export and says so; whatever else the source is, is read by lines.
    pub(super) fn journal_block(&mut self, buffer: &[u8], last: bool, sink: &mut impl RecordSink) -> bool {
        if matches!(self.journal, Journal::Unknown) && !buffer.is_empty() {
            self.journal = self.tell_journal(buffer);
        }
        let Journal::Yes(export) = &mut self.journal else { return false };
        let mut export = std::mem::take(export);
        let bytes = buffer.get(self.at..).unwrap_or_default();
        let mut entries = std::mem::take(&mut export.entries);
        entries.push(bytes, |entry| self.journal_entry(&mut export, entry, 0, sink));
        if let Some(byte) = bytes.last() {
            export.unended = *byte != b'\n';
        }
        if last {
            self.end_journal(&mut export, &mut entries, sink);
        }
        export.entries = entries;
        self.journal = Journal::Yes(export);
        self.at = buffer.len();
        true
    }

    fn tell_journal(&mut self, buffer: &[u8]) -> Journal {
        let is_journal = match &self.given {
            Some(format) => format.kind == FormatKind::JournalExport,
            None => looks_like_journal(buffer),
        };
        if !is_journal {
            return Journal::No;
        }
        let fitted = detect::journal(self.given.as_ref(), &self.clock);
        if let Some(lane) = self.lanes.first_mut() {
            lane.adopt(fitted, 1);
        }
        Journal::Yes(Box::default())
    }

    fn end_journal(&mut self, export: &mut Export, entries: &mut JournalReader, sink: &mut impl RecordSink) {
        let mut unended = u64::from(export.unended);
        entries.finish(|entry| {
            self.journal_entry(export, entry, unended, sink);
            unended = 0;
        });
        let (lines, bytes) = entries.unclaimed();
        let lines = lines + if bytes > 0 { unended } else { 0 };
        self.balance.lines += lines;
        self.balance.skip(Skip::Blank, lines);
    }

    /// Gives out an entry; `unended` is 1 for one whose last line has no newline.
    fn journal_entry(
        &mut self,
        export: &mut Export,
        entry: &Entry<'_>,
        unended: u64,
        sink: &mut impl RecordSink,
    ) {
        self.balance.lines += entry.blank_lines;
        self.balance.skip(Skip::Blank, entry.blank_lines);
        let lines = entry.lines + unended;
        let origin = Origin {
            line: self.balance.lines + 1,
            offset: export.offset + entry.blank_bytes,
            lines: u32::try_from(lines).unwrap_or(u32::MAX),
        };
        export.offset += entry.blank_bytes + entry.bytes;
        self.balance.lines += lines;
        self.balance.records += 1;
        self.balance.continuations += lines.saturating_sub(1);
        let mut notes = notes_of(entry, unended);
        if Trouble::scan(entry.text).is_none() {
            self.give_entry(entry.text, entry.fields, origin, notes, sink);
        } else {
            let Export { text, fields, .. } = export;
            notes.add(clean_entry(entry, text, fields));
            self.give_entry(text, fields, origin, notes, sink);
        }
    }

    fn give_entry(
        &mut self,
        text: &[u8],
        fields: &Fields,
        origin: Origin,
        mut notes: Notes,
        sink: &mut impl RecordSink,
    ) {
        let known = Known::among(fields, text);
        let value = |place: Option<usize>| Some(fields.at(place?, text)?.1.bytes);
        let time = self.journal_time(value(known.sent), value(known.received), &mut notes);
        let parts = known.stream().iter().filter_map(|name| Some(fields.get(name, text)?.bytes));
        let record = Record {
            origin,
            stream: self.streams.of(b"", parts),
            time,
            level: value(known.priority).and_then(Level::from_number_word),
            text,
            message: value(known.message).unwrap_or(text),
            notes,
            fields: fields.view(),
        };
        let Core { window, balance, levels, range, streams, .. } = self;
        if admit(&record, *window, balance, levels, range, streams) {
            sink.record(&record);
        }
    }

    /// The sender's time, as `journalctl` shows it; else when the journal received the entry.
    fn journal_time(
        &mut self,
        sent: Option<&[u8]>,
        received: Option<&[u8]>,
        notes: &mut Notes,
    ) -> Option<Time> {
        let Some(stamp) = sent.or(received) else {
            notes.add(Notes::NO_TIME);
            return None;
        };
        let clock = self.lanes.first_mut()?.format_mut()?.clocks.first_mut()?;
        match clock.read(stamp) {
            Some(reading) => {
                notes.add(reading.notes);
                reading.time
            }
            None => {
                notes.add(Notes::TIME_IMPOSSIBLE);
                None
            }
        }
    }
}

impl Known {
    fn among(fields: &Fields, text: &[u8]) -> Known {
        let mut known = Known::default();
        for (index, (name, _)) in fields.iter(text).enumerate() {
            match name {
                b"MESSAGE" => known.message = Some(index),
                b"PRIORITY" => known.priority = Some(index),
                b"__REALTIME_TIMESTAMP" => known.received = Some(index),
                b"_SOURCE_REALTIME_TIMESTAMP" => known.sent = Some(index),
                b"SYSLOG_IDENTIFIER" => known.identifier = true,
                b"_SYSTEMD_UNIT" => known.unit = true,
                b"_HOSTNAME" => known.host = true,
                _ => {}
            }
        }
        known
    }

    /// The fields that part the source into streams: the machine, and who spoke there.
    fn stream(self) -> &'static [&'static str] {
        match self {
            Known { identifier: true, .. } => &["_HOSTNAME", "SYSLOG_IDENTIFIER"],
            Known { unit: true, .. } => &["_HOSTNAME", "_SYSTEMD_UNIT"],
            Known { host: true, .. } => &["_HOSTNAME"],
            _ => &[],
        }
    }
}

fn notes_of(entry: &Entry<'_>, unended: u64) -> Notes {
    let mut notes = Notes::NONE;
    for (happened, note) in
        [(entry.cut, Notes::CUT), (entry.malformed, Notes::MALFORMED), (unended > 0, Notes::NO_NEWLINE)]
    {
        if happened {
            notes.add(note);
        }
    }
    notes
}

/// Writes the clean form of an entry's text and where its fields stand there.
fn clean_entry(entry: &Entry<'_>, text: &mut Vec<u8>, fields: &mut Fields) -> Notes {
    text.clear();
    fields.clear();
    let mut notes = Notes::NONE;
    let mut copied = 0;
    for index in 0..entry.fields.len() {
        let Some((Span::Text(start, end), Span::Text(from, to), kind)) = entry.fields.spans_at(index) else {
            continue;
        };
        // What stands between two fields, if only a newline.
        append_clean(entry.text, copied, start as usize, text, &mut notes);
        let name = append_clean(entry.text, start as usize, end as usize, text, &mut notes);
        text.push(b'=');
        let value = append_clean(entry.text, from as usize, to as usize, text, &mut notes);
        fields.push(name, value, kind);
        copied = to as usize;
    }
    append_clean(entry.text, copied, entry.text.len(), text, &mut notes);
    notes
}

/// Appends a part of `from`, each of its lines cleaned, and says where it stands.
fn append_clean(from: &[u8], start: usize, end: usize, text: &mut Vec<u8>, notes: &mut Notes) -> Span {
    let begin = text.len();
    notes.add(clean_lines(from.get(start..end).unwrap_or_default(), text));
    Span::text(begin..text.len())
}
