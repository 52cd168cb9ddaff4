//! Records in, the same records once more out: what is handed from the thread that reads to another.
//!
//! A record borrows from the reader's buffers, which move on. A batch copies what its taker needs of many records
//! into a few long stretches of memory that are used again, so nothing is allocated per record once they have
//! grown. What is told again does not differ from what was told first, so nobody can see that there was a batch.

use super::fields::{Extent, FieldView, Fields};
use super::level::Level;
use super::notes::Notes;
use super::record::{Origin, Record, RecordSink, StreamId};
use super::time::Time;

/// A batch is full when it holds so many bytes of texts,
const FULL_BYTES: usize = 512 << 10;
/// or so many records.
const FULL_RECORDS: usize = 1 << 13;

/// What a taker of records looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// No record at all.
    Nothing,
    /// All but the fields and the whole text: in its place the message stands.
    Message,
    /// Everything.
    #[default]
    Everything,
}

/// Records with memory of their own.
#[derive(Debug, Default)]
pub struct RecordBatch {
    needs: Needs,
    rows: Vec<Row>,
    /// Texts, one after another, each with its message behind it where that is no part of it.
    texts: Vec<u8>,
    fields: Fields,
    /// Streams, and before which row they were found.
    streams: Vec<(usize, StreamId, String)>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    origin: Origin,
    stream: StreamId,
    time: Option<Time>,
    level: Option<Level>,
    notes: Notes,
    /// The length of the text.
    text: u32,
    /// Where the message begins, counted from the beginning of the text.
    message_at: u32,
    message: u32,
    /// Where its fields end.
    fields: Extent,
}

impl Row {
    /// The bytes of the record among the texts.
    fn length(&self) -> usize {
        self.text.max(self.message_at + self.message) as usize
    }
}

impl RecordBatch {
    /// An empty one for a taker who needs that.
    pub fn new(needs: Needs) -> RecordBatch {
        RecordBatch { needs, ..RecordBatch::default() }
    }

    /// Whether it is time to hand it on.
    pub fn is_full(&self) -> bool {
        self.texts.len() >= FULL_BYTES || self.rows.len() >= FULL_RECORDS
    }

    /// Whether nothing was put into it.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.streams.is_empty()
    }

    /// Forgets all records and keeps the memory.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.texts.clear();
        self.fields.clear();
        self.streams.clear();
    }

    /// Tells another of everything, in the order in which it came.
    pub fn replay(&self, sink: &mut impl RecordSink) {
        let mut streams = self.streams.iter().peekable();
        let (mut at, mut extent) = (0, Extent::default());
        for (number, row) in self.rows.iter().enumerate() {
            while let Some((_, id, name)) = streams.next_if(|(before, ..)| *before <= number) {
                sink.stream(*id, name);
            }
            let bytes = self.texts.get(at..at + row.length()).unwrap_or_default();
            sink.record(&row.record(bytes, self.fields.part(extent, row.fields)));
            extent = row.fields;
            at += row.length();
        }
        streams.for_each(|(_, id, name)| sink.stream(*id, name));
    }

    fn keep_message(&mut self, record: &Record<'_>) -> [usize; 3] {
        self.texts.extend_from_slice(record.message);
        [record.message.len(), 0, record.message.len()]
    }

    fn keep_all(&mut self, record: &Record<'_>) -> [usize; 3] {
        self.fields.append(record.fields);
        self.texts.extend_from_slice(record.text);
        let (text, message) = (record.text.len(), record.message.len());
        let start = (record.message.as_ptr() as usize).checked_sub(record.text.as_ptr() as usize);
        match start.filter(|start| start + message <= text) {
            Some(start) => [text, start, message],
            None => {
                self.texts.extend_from_slice(record.message);
                [text, text, message]
            }
        }
    }
}

impl RecordSink for RecordBatch {
    fn stream(&mut self, id: StreamId, name: &str) {
        self.streams.push((self.rows.len(), id, name.to_owned()));
    }

    #[inline]
    fn record(&mut self, record: &Record<'_>) {
        let lengths = match self.needs {
            Needs::Nothing => return,
            Needs::Message => self.keep_message(record),
            Needs::Everything => self.keep_all(record),
        };
        // A record has a megabyte at most.
        let [text, message_at, message] = lengths.map(|length| length as u32);
        self.rows.push(Row {
            origin: record.origin,
            stream: record.stream,
            time: record.time,
            level: record.level,
            notes: record.notes,
            text,
            message_at,
            message,
            fields: self.fields.extent(),
        });
    }
}

impl Row {
    #[inline]
    fn record<'a>(&self, bytes: &'a [u8], fields: FieldView<'a>) -> Record<'a> {
        let message = self.message_at as usize..(self.message_at + self.message) as usize;
        Record {
            origin: self.origin,
            stream: self.stream,
            time: self.time,
            level: self.level,
            text: bytes.get(..self.text as usize).unwrap_or_default(),
            message: bytes.get(message).unwrap_or_default(),
            notes: self.notes,
            fields,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::{Reader, Settings, SourceHint};
    use std::io::Read;

    const LOGS: [&str; 4] = [
        "Mar  4 06:25:01 web1 sshd[1]: one\nMar  4 06:25:02 web2 cron[2]: two\n\nMar  4 06:25:03 web1 sshd[1]: three\n",
        "{\"time\":\"2024-05-01T10:00:00Z\",\"level\":\"error\",\"msg\":\"it \\\"broke\\\"\",\"n\":[1,2]}\n\
         {\"time\":\"2024-05-01T10:00:01Z\",\"msg\":\"fine\",\"user\":\"a\\tb\"}\n",
        "2024-05-01 10:00:00 ERROR failed\njava.lang.Error: no\n\tat a.B.c(D.java:1)\n2024-05-01 10:00:01 INFO on\n",
        "no format\nat all \u{fffd}\n",
    ];

    /// Everything that a taker can see.
    #[derive(Default)]
    struct Seen(Vec<String>);

    impl RecordSink for Seen {
        fn stream(&mut self, id: StreamId, name: &str) {
            self.0.push(format!("{id:?} {name}"));
        }

        fn record(&mut self, record: &Record<'_>) {
            let fields: Vec<_> = record.fields().collect();
            let (text, message) = (record.text, record.message);
            let origin = (record.origin, record.stream, record.time, record.level, record.notes);
            self.0.push(format!("{origin:?} {text:?} {message:?} {fields:?}"));
        }
    }

    fn read(log: &str, sink: &mut impl RecordSink) {
        let mut reader = Reader::new(&Settings::default(), SourceHint::default());
        let mut rest = log.as_bytes();
        while !rest.is_empty() {
            let count = rest.read(reader.space()).expect("memory is read");
            reader.filled(count, sink);
        }
        reader.finish(sink);
    }

    #[test]
    fn what_is_told_again_is_what_was_told() {
        let mut batch = RecordBatch::new(Needs::Everything);
        for log in LOGS {
            let (mut first, mut again) = (Seen::default(), Seen::default());
            read(log, &mut first);
            batch.clear();
            read(log, &mut batch);
            batch.replay(&mut again);
            assert!(first.0.len() > 2, "{log}");
            assert_eq!(first.0, again.0);
        }
    }

    #[test]
    fn messages_alone_have_no_fields() {
        let mut batch = RecordBatch::new(Needs::Message);
        let mut messages = Vec::new();
        read(LOGS[0], &mut batch);
        batch.replay(&mut |record: &Record<'_>| {
            assert_eq!((record.text, record.fields().count()), (record.message, 0));
            messages.push((String::from_utf8_lossy(record.message).trim().to_owned(), record.origin.line));
        });
        assert_eq!(messages, [("one".into(), 1), ("two".into(), 2), ("three".into(), 4)]);
    }

    #[test]
    fn a_batch_is_full_after_many_records_or_a_long_one() {
        let table = [("short\n".repeat(FULL_RECORDS - 1), false), ("short\n".repeat(FULL_RECORDS), true)];
        for (log, full) in table.into_iter().chain([("x".repeat(FULL_BYTES) + "\n", true)]) {
            let mut batch = RecordBatch::new(Needs::Everything);
            read(&log, &mut batch);
            assert_eq!(batch.is_full(), full);
            batch.clear();
            assert!(batch.is_empty() && !batch.is_full());
        }
    }
}
