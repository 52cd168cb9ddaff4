//! Places in logs in, the records that stand there out, with the lines around them.
//!
//! Detection keeps places and no texts. So the few records that a report shows are read once more: a file is looked
//! at there, what is packed is passed over up to the place, and a short stretch from there on is read with the format
//! that the log had. What cannot be read twice, such as standard input, has no quotes, and the report shows templates
//! instead.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::AtomicU64;

use logsift_engine::lines::clean::{Cleaned, clean_line};
use logsift_engine::lines::encoding::{Decoder, Encoding};
use logsift_engine::reader::{Reader, Settings, SourceHint};
use logsift_engine::records::level::Level;
use logsift_engine::records::notes::Notes;
use logsift_engine::records::record::{Record, RecordSink};
use logsift_engine::records::redact::mask_secrets;
use logsift_engine::records::time::Time;
use logsift_engine::windows::Place;
use logsift_sources::{LogInfo, Notice, Part, Plan, Visitor, visit};

/// Bytes before a place in which the lines before it are looked for.
pub(crate) const BEFORE: u64 = 4 << 10;
/// Bytes from a place on that are read.
pub(crate) const AFTER: u64 = 16 << 10;
/// Bytes that mostly hold a record and the beginning of the next.
const FEW: usize = 2 << 10;
/// Lines shown before and after a record.
const LINES: usize = 3;
/// Bytes shown of a record, and of a line around it.
const LONGEST: usize = 2 << 10;
const LONGEST_AROUND: usize = 300;

/// A log that was read, and how.
#[derive(Clone, Debug)]
pub(crate) struct LogAt {
    /// The place of its set in the plan.
    pub(crate) set: usize,
    /// The file or entry.
    pub(crate) file: String,
    /// The formats it was read with, in the order in which they are tried: patterns, and names.
    pub(crate) formats: Vec<String>,
}

/// A record as it stands in the log, without secrets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Quote {
    pub(crate) time: Option<Time>,
    pub(crate) level: Option<Level>,
    /// The message without its header.
    pub(crate) message: String,
    pub(crate) before: Vec<String>,
    pub(crate) after: Vec<String>,
}

/// The records at those places. Places that cannot be read again are left out.
pub(crate) fn quotes(
    plan: &Plan,
    logs: &[LogAt],
    reader: &Settings,
    redacted: bool,
    places: Vec<Place>,
) -> BTreeMap<Place, Quote> {
    let mut wanted: BTreeMap<u32, Vec<Place>> = BTreeMap::new();
    places.into_iter().for_each(|place| wanted.entry(place.log).or_default().push(place));
    let mut found = BTreeMap::new();
    for (log, mut places) in wanted {
        let Some(at) = logs.get(log as usize) else { continue };
        let Some(set) = plan.sets.get(at.set) else { continue };
        places.sort_unstable_by_key(|place| place.offset);
        places.dedup();
        let mut quoting =
            Quoting { at, reader, redacted, part: None, modified: None, places, found: &mut found };
        for part in set.parts().iter().filter(|part| part.path().is_some_and(Path::is_file)) {
            quoting.part = Some(part);
            if visit(part, &AtomicU64::new(0), &mut quoting).is_break() {
                break;
            }
        }
    }
    found
}

struct Quoting<'a> {
    at: &'a LogAt,
    reader: &'a Settings,
    redacted: bool,
    part: Option<&'a Part>,
    modified: Option<Time>,
    places: Vec<Place>,
    found: &'a mut BTreeMap<Place, Quote>,
}

impl Visitor for Quoting<'_> {
    fn log(&mut self, info: &LogInfo, bytes: &mut dyn Read) -> ControlFlow<()> {
        if info.name != self.at.file {
            return ControlFlow::Continue(());
        }
        self.modified = info.modified;
        // What cannot be read now was readable a moment ago; the report is then without that quote.
        let file = self.part.filter(|_| info.plain).and_then(|part| part.open_again().ok());
        let _ = match file {
            Some(file) => self.read(file),
            None => self.read(Stream(bytes)),
        };
        ControlFlow::Break(())
    }

    fn notice(&mut self, _: Notice) {}
}

impl Quoting<'_> {
    fn read(&mut self, bytes: impl Forward) -> io::Result<()> {
        let mut window = Window { bytes, start: 0, held: Vec::new() };
        window.fill_to(1024)?;
        let (encoding, mark) = Encoding::detect(&window.held);
        for place in std::mem::take(&mut self.places) {
            let from = place.offset.saturating_sub(BEFORE).max(mark as u64);
            window.move_to(from)?;
            window.fill_to(place.offset + AFTER)?;
            let split = usize::try_from(place.offset - window.start.min(place.offset)).unwrap_or(usize::MAX);
            let Some((before, rest)) = window.held.split_at_checked(split) else { continue };
            let mut quote = self.quote(&decoded(encoding, before), &decoded(encoding, rest));
            if self.redacted {
                // Only the record itself passed the reader, which removes what must not be seen.
                (quote.before, quote.after) = (Vec::new(), Vec::new());
            }
            self.found.insert(place, quote);
        }
        Ok(())
    }

    fn quote(&self, before: &[u8], rest: &[u8]) -> Quote {
        quote(self.at, self.reader, self.modified, before, rest)
    }
}

/// The record at the beginning of `rest`, and the lines around it.
pub(crate) fn quote(
    at: &LogAt,
    reader: &Settings,
    modified: Option<Time>,
    before: &[u8],
    rest: &[u8],
) -> Quote {
    let first = first_record(at, reader, modified, rest);
    let lines = first.lines.max(1);
    let cut_before = before.iter().position(|byte| *byte == b'\n').map_or(before.len(), |at| at + 1);
    let mut around: Vec<&[u8]> =
        before.get(cut_before..).unwrap_or_default().split(|byte| *byte == b'\n').collect();
    around.pop();
    let later = rest.split(|byte| *byte == b'\n').skip(lines).take(LINES).filter(|line| !line.is_empty());
    Quote {
        time: first.time,
        level: first.level,
        message: shown(&first.message, LONGEST),
        before: around.iter().rev().take(LINES).rev().map(|line| shown(line, LONGEST_AROUND)).collect(),
        after: later.map(|line| shown(line, LONGEST_AROUND)).collect(),
    }
}

/// The record at the beginning of some bytes, read with the first format of the log that it has. Where another record
/// follows soon, the first has ended, and nothing behind it need be looked at. A record that is foreign to its log is read
/// by what stands behind it.
fn first_record(at: &LogAt, reader: &Settings, modified: Option<Time>, bytes: &[u8]) -> First {
    let read = |settings: &Settings, bytes: &[u8]| {
        first_of(Reader::new(settings, SourceHint { name: at.file.clone(), modified }), bytes)
    };
    let few = bytes.get(..FEW).and_then(|few| few.get(..=few.iter().rposition(|byte| *byte == b'\n')?));
    let known = at.formats.iter().filter_map(|format| reader.clone().with_format(format).ok());
    let mut firsts = known.map(|known| {
        let first = few.map(|few| read(&known, few)).filter(|first| first.is_over);
        first.unwrap_or_else(|| read(&known, bytes))
    });
    firsts.find(|first| first.fits).unwrap_or_else(|| read(reader, bytes))
}

fn first_of(mut reader: Reader, bytes: &[u8]) -> First {
    let mut first = First::default();
    let mut rest = bytes;
    while !rest.is_empty() && first.lines == 0 {
        let space = reader.space();
        let count = space.len().min(rest.len());
        let (now, later) = rest.split_at(count);
        space[..count].copy_from_slice(now);
        rest = later;
        reader.filled(count, &mut first);
    }
    reader.finish(&mut first);
    first
}

/// Takes the first record and passes over the others.
#[derive(Default)]
struct First {
    time: Option<Time>,
    level: Option<Level>,
    message: Vec<u8>,
    lines: usize,
    /// It has the format that was asked for.
    fits: bool,
    /// Another record was seen.
    is_over: bool,
}

impl RecordSink for First {
    fn record(&mut self, record: &Record<'_>) {
        if self.lines > 0 {
            self.is_over = true;
        } else {
            *self = First {
                time: record.time,
                level: record.level,
                message: record.message.to_vec(),
                lines: record.origin.lines.max(1) as usize,
                fits: !record.notes.has(Notes::OTHER_FORMAT),
                is_over: false,
            };
        }
    }
}

/// Bytes that are read from the first to the last, and of which some may be left out.
trait Forward: Read {
    /// Leaves out the next bytes.
    fn pass(&mut self, count: u64) -> io::Result<()>;
}

impl Forward for File {
    fn pass(&mut self, count: u64) -> io::Result<()> {
        let count = i64::try_from(count).map_err(io::Error::other)?;
        self.seek(SeekFrom::Current(count)).map(|_| ())
    }
}

/// What has to be read to get past it.
struct Stream<'a>(&'a mut dyn Read);

impl Read for Stream<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl Forward for Stream<'_> {
    fn pass(&mut self, count: u64) -> io::Result<()> {
        io::copy(&mut self.0.take(count), &mut io::sink()).map(|_| ())
    }
}

/// A stretch of a log that only moves forward.
struct Window<F> {
    bytes: F,
    /// The place of the first byte held.
    start: u64,
    held: Vec<u8>,
}

impl<F: Forward> Window<F> {
    /// Lets go of everything before that place.
    fn move_to(&mut self, place: u64) -> io::Result<()> {
        let drop = place.saturating_sub(self.start);
        let held = self.held.len() as u64;
        if drop >= held {
            self.held.clear();
            self.bytes.pass(drop - held)?;
        } else {
            self.held.drain(..drop as usize);
        }
        self.start += drop;
        Ok(())
    }

    /// Holds everything up to that place, or to the end of the stream.
    fn fill_to(&mut self, place: u64) -> io::Result<()> {
        let missing = place.saturating_sub(self.start + self.held.len() as u64);
        self.bytes.by_ref().take(missing).read_to_end(&mut self.held)?;
        Ok(())
    }
}

fn decoded(encoding: Encoding, bytes: &[u8]) -> Vec<u8> {
    if encoding == Encoding::Bytes {
        return bytes.to_vec();
    }
    let mut out = Vec::new();
    Decoder::new(encoding).decode(bytes, &mut out);
    out
}

/// A line or record as people are shown it: without control sequences and secrets, and cut.
fn shown(line: &[u8], longest: usize) -> String {
    let (mut clean, mut safe) = (Vec::new(), Vec::new());
    for part in line.split(|byte| *byte == b'\n') {
        if !clean.is_empty() {
            clean.push(b'\n');
        }
        if clean_line(part, &mut clean) == Cleaned::Same {
            clean.extend_from_slice(part);
        }
    }
    let text: &[u8] = if mask_secrets(&clean, &mut safe) { &safe } else { &clean };
    let text = String::from_utf8_lossy(text);
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: &str = r#"{"time":"2026-01-01T00:00:00Z","level":"error","msg":"payment failed"}"#;
    const HEADED: &str = "2026-01-01 00:00:00 ERROR payment failed";
    const PATTERN: &str = "{time} {level} {message}";

    fn quoted(formats: &[&str], lines: &str) -> Quote {
        let formats = formats.iter().map(|format| (*format).to_owned()).collect();
        let at = LogAt { set: 0, file: "a.log".to_owned(), formats };
        quote(&at, &Settings::default(), None, b"", lines.as_bytes())
    }

    fn check(formats: &[&str], record: &str, behind: &str) {
        let quote = quoted(formats, &format!("{record}\n{behind}"));
        assert_eq!(
            (quote.message.as_str(), quote.level),
            ("payment failed", Some(Level::Error)),
            "{formats:?}"
        );
        assert!(quote.time.is_some(), "{formats:?}");
        assert_eq!(quote.after.len(), LINES, "{formats:?}: a line of it is the record's own");
    }

    fn many(line: &str) -> String {
        let info = line.replace("ERROR", "INFO").replace("error", "info");
        format!("{line}\n{info}\n").repeat(200)
    }

    #[test]
    fn what_follows_does_not_decide_how_a_record_of_a_known_format_is_read() {
        for behind in [many(OBJECT), many(HEADED), format!("{OBJECT}\n{}", many(HEADED))] {
            check(&["json"], OBJECT, &behind);
            check(&[PATTERN], HEADED, &behind);
        }
        check(&["json"], OBJECT, &many("what no format has"));
    }

    #[test]
    fn what_follows_does_not_decide_how_a_record_of_the_second_format_is_read() {
        check(&["json", PATTERN], HEADED, &many(OBJECT));
        check(&[PATTERN, "json"], OBJECT, &many(HEADED));
    }

    #[test]
    fn a_record_that_is_long_is_read_to_its_end() {
        let trace = "\tat com.example.Payment.run(Payment.java:12)\n".repeat(FEW / 30);
        let quote = quoted(&[PATTERN], &format!("{HEADED}\n{trace}{}", many(HEADED)));
        assert!(quote.message.starts_with("payment failed\n\tat com.example"), "{quote:?}");
        assert_eq!(quote.after.first().map(String::as_str), Some(HEADED));
    }

    #[test]
    fn a_record_that_is_foreign_to_its_log_is_read_by_what_follows() {
        check(&["json"], HEADED, &many(HEADED));
        check(&[PATTERN], OBJECT, &many(OBJECT));
        check(&[], HEADED, &many(HEADED));
        // What a state of an older release says.
        check(&["one JSON object per line"], OBJECT, &many(OBJECT));
    }
}
