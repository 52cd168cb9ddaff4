//! The one loop: chunks of a source in, records out.
//!
//! A [`Reader`] belongs to one source (a file, a pipe, a container). Bytes are read straight into
//! its buffer, so nothing is copied that need not be, and the result does not depend on where the
//! chunks end.

use crate::balance::Balance;
use crate::records::level::Level;
use crate::records::record::{RecordSink, StreamId};
use crate::records::time::Time;

/// How sources are read; the same for all of them.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `--tz`: the zone of stamps that carry none.
    pub zone: Option<String>,
    /// `--log-format`: the name of a known format or a pattern, instead of finding one.
    pub log_format: Option<String>,
}

/// What is known about a source before its first byte.
#[derive(Clone, Debug, Default)]
pub struct SourceHint {
    /// The name shown to users: a path, `archive.tar.gz!inner/path`, or `-`.
    pub name: String,
    /// When the source was last written; the anchor for stamps without a year.
    pub modified: Option<Time>,
}

/// A stream found in a source: the source itself, or one host and application of a syslog file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamInfo {
    /// The name shown to users, unique within the source.
    pub name: String,
    /// Records so far.
    pub records: u64,
}

/// A format that a source was read with.
#[derive(Clone, Debug, PartialEq)]
pub struct FormatUse {
    /// The name of the format, or `inferred`.
    pub name: String,
    /// Its pattern, as one could write it in a format file.
    pub pattern: String,
    /// The first line that it was used for.
    pub since_line: u64,
    /// Share of the lines that could begin a record and did match (0 to 1).
    pub confidence: f64,
}

/// Reads one source.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    balance: Balance,
}

impl Reader {
    /// A reader for one source.
    pub fn new(settings: &Settings, hint: SourceHint) -> Reader {
        let _ = (settings, hint);
        Reader { buffer: vec![0; 1 << 18], balance: Balance::default() }
    }

    /// Free room for the next bytes; never empty.
    pub fn space(&mut self) -> &mut [u8] {
        &mut self.buffer
    }

    /// Takes the first `count` bytes that were written to [`Reader::space`].
    pub fn filled(&mut self, count: usize, sink: &mut impl RecordSink) {
        let _ = (count, sink);
    }

    /// The source has ended: gives out what is still open.
    pub fn finish(&mut self, sink: &mut impl RecordSink) {
        let _ = sink;
    }

    /// What became of every line so far.
    pub fn balance(&self) -> Balance {
        self.balance
    }

    /// The streams found so far, at the index of their [`StreamId`].
    pub fn streams(&self) -> &[StreamInfo] {
        &[]
    }

    /// The formats used, in the order in which they were found.
    pub fn formats(&self) -> Vec<FormatUse> {
        Vec::new()
    }

    /// What was assumed about the whole source, in words: `zone: UTC, no offset in 10,432 lines`.
    pub fn assumptions(&self) -> Vec<String> {
        Vec::new()
    }

    /// How many records had that level.
    pub fn level_count(&self, level: Option<Level>) -> u64 {
        let _ = level;
        0
    }

    /// The earliest and the latest time.
    pub fn time_range(&self) -> Option<(Time, Time)> {
        let _ = StreamId::default();
        None
    }
}
