//! The whole way from bytes to records: balance, chunks, and what a message may hold.

use std::sync::OnceLock;

use logsift_engine::balance::Balance;
use logsift_engine::reader::{Reader, Settings, SourceHint};
use logsift_engine::records::library::Library;
use logsift_engine::records::record::Record;

/// More than a reader looks at before it decides on a format.
const BEYOND_SAMPLE: usize = 150_000;

/// With all formats; trying each of them on a few lines takes longer than all the rest.
fn all_formats() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    SETTINGS.get_or_init(Settings::new)
}

/// Structured data and inference only.
fn no_formats() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    SETTINGS.get_or_init(|| Settings::new().with_library(Library::default()))
}

/// The first byte says how long the chunks are, whether all formats are tried, and whether the log is
/// repeated beyond the sample.
pub(crate) fn reader(bytes: &[u8]) {
    let Some((&control, log)) = bytes.split_first() else { return };
    let chunk = 1 + usize::from(control & 0x3f);
    if control == 0xff && !log.is_empty() {
        let log = log.repeat(BEYOND_SAMPLE / log.len() + 1);
        return read_twice(no_formats(), &log, 1000 * chunk);
    }
    let settings = if control & 0xc0 == 0xc0 { all_formats() } else { no_formats() };
    read_twice(settings, log, chunk);
}

/// The first line is a pattern, the others are read with it.
pub(crate) fn pattern(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (words, log) = bytes.split_at(end);
    let Ok(words) = std::str::from_utf8(words) else { return };
    if let Ok(settings) = no_formats().clone().with_format(words) {
        read_twice(&settings, log.get(1..).unwrap_or_default(), 7);
    }
}

fn read_twice(settings: &Settings, log: &[u8], chunk: usize) {
    let (records, balance) = read(settings, log, usize::MAX);
    assert!(balance.holds(), "{balance}");
    assert_eq!(balance.records, records.len() as u64, "a record of its own for each that was counted");
    if !may_be_wide(log) {
        assert_eq!(balance.lines, lines_in(log), "every line is counted");
    }
    let again = read(settings, log, chunk);
    assert_eq!((records, balance), again, "chunks of {chunk} bytes");
}

fn read(settings: &Settings, log: &[u8], chunk: usize) -> (Vec<String>, Balance) {
    let mut seen = Vec::new();
    let mut sink = |record: &Record<'_>| seen.push(shown(record));
    let mut reader = Reader::new(settings, SourceHint::default());
    let mut rest = log;
    while !rest.is_empty() {
        let space = reader.space();
        let count = space.len().min(rest.len()).min(chunk);
        let (now, later) = rest.split_at(count);
        space[..count].copy_from_slice(now);
        rest = later;
        reader.filled(count, &mut sink);
    }
    reader.finish(&mut sink);
    (seen, reader.balance())
}

/// A record in words, enough to tell any two apart.
fn shown(record: &Record<'_>) -> String {
    for (what, bytes) in [("message", record.message), ("text", record.text)] {
        let text = std::str::from_utf8(bytes);
        assert!(text.is_ok(), "a {what} that is no UTF-8: {}", bytes.escape_ascii());
        let control = bytes.iter().any(|byte| matches!(byte, 0 | 0x1b));
        assert!(!control, "a {what} with control codes: {}", bytes.escape_ascii());
    }
    let mut words = format!("{:?} {:?} {:?} {:?}", record.origin, record.stream, record.time, record.level);
    for (name, value) in record.fields() {
        words += &format!(" {}={}", name.escape_ascii(), value.bytes.escape_ascii());
    }
    let notes: Vec<&str> = record.notes.names().collect();
    words += &format!(" [{}] {}", notes.join(" "), record.message.escape_ascii());
    words + " | " + &record.text.escape_ascii().to_string()
}

/// The lines of UTF-16 and UTF-32 are not counted by bytes.
fn may_be_wide(log: &[u8]) -> bool {
    let marked = log.starts_with(b"\xff\xfe") || log.starts_with(b"\xfe\xff");
    marked || log.contains(&0)
}

fn lines_in(log: &[u8]) -> u64 {
    let log = log.strip_prefix(b"\xef\xbb\xbf").unwrap_or(log);
    let newlines = log.iter().filter(|byte| **byte == b'\n').count() as u64;
    newlines + u64::from(!log.is_empty() && !log.ends_with(b"\n"))
}
