//! The lines of one log that goes on in, what was mined of it at any moment out.
//!
//! A reader looks at the first 128 KiB of a log before it decides on a format. As long as there is less, the lines are
//! kept, and whoever wants to know what is in them has them read from the beginning: so they are read
//! as a scan would read them. From then on one reader goes on, and only counts are kept. A log that goes on where it was
//! left, or that takes the place of a rotated one, begins with a few lines that say little about their format: they
//! are read with the one before, as long as it fits.

use std::sync::Arc;

use globset::{Glob, GlobMatcher};
use logsift_engine::reader::{Reader, Settings, SourceHint};
use logsift_engine::records::record::{Record, RecordSink, StreamId};
use logsift_engine::records::time::Time;
use logsift_engine::sessions::{Course, KnownSessions};

use crate::mining::LogMined;

/// Bytes from which on a reader has decided on a format.
const HEAD: usize = 256 << 10;
/// The share of lines that the format before must fit.
const FITS: f64 = 0.5;

/// A log that goes on.
pub(crate) struct Live {
    file: String,
    hint: SourceHint,
    /// The format that the log was read with before.
    before: Option<String>,
    /// Everything that has come, until a reader goes on by itself.
    head: Vec<u8>,
    reader: Option<Reader>,
    sink: Sink,
}

/// Takes the records of the streams that are wanted.
#[derive(Clone)]
struct Sink {
    log: LogMined,
    /// The name of the log, which is that of a stream without one.
    name: String,
    wanted: Option<Arc<GlobMatcher>>,
    streams: Vec<bool>,
}

impl RecordSink for Sink {
    fn stream(&mut self, id: StreamId, name: &str) {
        let at = id.0 as usize;
        let name = if name.is_empty() { self.name.as_str() } else { name };
        if let Some(glob) = &self.wanted {
            self.streams.resize(self.streams.len().max(at + 1), false);
            self.streams[at] = glob.is_match(name);
        }
        self.log.stream(id, name);
    }

    fn record(&mut self, record: &Record<'_>) {
        let wanted = || self.streams.get(record.stream.0 as usize).copied().unwrap_or(false);
        if self.wanted.is_none() || wanted() {
            let _ = self.log.record(record);
        }
    }
}

impl Live {
    /// A log that begins.
    pub(crate) fn new(
        name: &str,
        file: String,
        modified: Option<Time>,
        log: LogMined,
        wanted: Option<&Glob>,
        before: Option<String>,
    ) -> Live {
        let wanted = wanted.map(|glob| Arc::new(glob.compile_matcher()));
        Live {
            file,
            hint: SourceHint { name: name.to_owned(), modified },
            before,
            head: Vec::new(),
            reader: None,
            sink: Sink { log, name: name.to_owned(), wanted, streams: Vec::new() },
        }
    }

    /// The file.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// Lines have come.
    pub(crate) fn take(&mut self, bytes: &[u8], settings: &Settings) {
        if let Some(reader) = &mut self.reader {
            return feed(reader, bytes, &mut self.sink);
        }
        self.head.extend_from_slice(bytes);
        if self.head.len() >= HEAD {
            let mut reader = Reader::new(settings, self.hint.clone());
            feed(&mut reader, &std::mem::take(&mut self.head), &mut self.sink);
            self.reader = Some(reader);
        }
    }

    /// Nothing has come for a while.
    pub(crate) fn pause(&mut self) {
        if let Some(reader) = &mut self.reader {
            reader.pause(&mut self.sink);
        }
    }

    /// What was mined so far, and the formats of its lines.
    pub(crate) fn so_far(&self, settings: &Settings) -> (LogMined, Vec<String>) {
        match &self.reader {
            Some(reader) => (self.sink.log.clone(), reader.known_formats()),
            None => self.head().read(self.sink.clone(), settings),
        }
    }

    /// The same as if the log ended here; it goes on as if nobody had asked.
    pub(crate) fn as_if_ended(&self, settings: &Settings) -> (LogMined, Vec<String>) {
        let Some(reader) = &self.reader else { return self.head().read(self.sink.clone(), settings) };
        let (mut reader, mut sink) = (reader.clone(), self.sink.clone());
        reader.finish(&mut sink);
        let formats = reader.known_formats();
        (sink.log, formats)
    }

    /// Bytes of the sessions.
    pub(crate) fn session_bytes(&self) -> usize {
        self.sink.log.session_bytes()
    }

    /// What is to be known of the sessions so far, to go on with none.
    pub(crate) fn turn_sessions(&mut self, course: &Course) -> Option<KnownSessions> {
        self.sink.log.turn_sessions(course)
    }

    /// Bytes that are kept because a reader has not decided yet.
    pub(crate) fn head_bytes(&self) -> usize {
        self.head.len()
    }

    /// Bytes of what was mined.
    pub(crate) fn mined_bytes(&self) -> usize {
        self.sink.log.bytes()
    }

    /// The log has ended.
    pub(crate) fn finish(self, settings: &Settings) -> (LogMined, Vec<String>) {
        let Live { hint, before, head, reader, mut sink, .. } = self;
        let Some(mut reader) = reader else {
            // A miner that has seen little is large nevertheless: it is not copied where nobody needs it any more.
            return Head { bytes: &head, hint: &hint, before: before.as_deref() }.read(sink, settings);
        };
        reader.finish(&mut sink);
        let formats = reader.known_formats();
        (sink.log, formats)
    }

    fn head(&self) -> Head<'_> {
        Head { bytes: &self.head, hint: &self.hint, before: self.before.as_deref() }
    }
}

/// The lines of a log of which a reader has not decided on a format.
struct Head<'a> {
    bytes: &'a [u8],
    hint: &'a SourceHint,
    before: Option<&'a str>,
}

impl Head<'_> {
    fn read(&self, sink: Sink, settings: &Settings) -> (LogMined, Vec<String>) {
        // Lines with a structure of their own are found out again: where they are mixed with others, a name fits less.
        let given = self.before.and_then(|before| settings.clone().with_format(before).ok());
        if let Some(given) = given.filter(Settings::has_pattern) {
            let (log, formats, fits) = read_whole(self.bytes, self.hint.clone(), sink.clone(), &given);
            if fits {
                return (log, formats);
            }
        }
        let (log, formats, _) = read_whole(self.bytes, self.hint.clone(), sink, settings);
        (log, formats)
    }
}

fn read_whole(
    head: &[u8],
    hint: SourceHint,
    mut sink: Sink,
    settings: &Settings,
) -> (LogMined, Vec<String>, bool) {
    let mut reader = Reader::new(settings, hint);
    feed(&mut reader, head, &mut sink);
    reader.finish(&mut sink);
    let formats = reader.known_formats();
    let fits = reader.formats().iter().any(|format| format.confidence >= FITS);
    (sink.log, formats, fits)
}

fn feed(reader: &mut Reader, mut bytes: &[u8], sink: &mut Sink) {
    while !bytes.is_empty() {
        let space = reader.space();
        let count = space.len().min(bytes.len());
        let (now, later) = bytes.split_at(count);
        space[..count].copy_from_slice(now);
        bytes = later;
        reader.filled(count, sink);
    }
}
