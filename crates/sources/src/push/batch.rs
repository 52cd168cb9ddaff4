//! Takes lines with their labels, gives them sorted by stream: what a decoder fills.

use hashbrown::HashMap;
use logsift_engine::lines::container::LEVEL_TAG;
use logsift_engine::records::level::Level;
use memchr::{memchr, memchr_iter};

use super::stamp::Stamps;
use super::{MOST_GIVEN, Rejected};

/// Labels of a stream, by name.
pub type Labels = Vec<(String, String)>;

/// Labels of a stream that are kept, and the bytes of a name and of a value.
const MOST_LABELS: usize = 64;
const MOST_NAME: usize = 256;
const MOST_VALUE: usize = 1024;

/// Bytes that a stamp and what goes with it take before a line.
const STAMPED: usize = 48;

/// Streams that one request may hold.
const MOST_STREAMS: usize = 10_000;

/// How the lines of a stream are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// As they came.
    Plain,
    /// As a container runtime wraps them: the sender's stamp before each line.
    Stamped,
    /// One JSON object a line.
    Fields,
}

/// The lines of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Where they come from.
    pub labels: Labels,
    /// How they are written.
    pub form: Form,
    /// The lines, each with its newline.
    pub lines: Vec<u8>,
    /// How many they are.
    pub count: u64,
}

/// What a request held.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Its streams, in the order in which they began.
    pub streams: Vec<Stream>,
    /// Entries that were taken.
    pub accepted: u64,
    /// Entries that were not.
    pub refused: u64,
    /// Why the first of them was not.
    pub reason: Option<String>,
    index: HashMap<(Labels, Form), usize, foldhash::fast::FixedState>,
    given: usize,
    /// Bytes that the lines of the first stream are likely to take: mostly it is the only one.
    expected: usize,
    stamps: Stamps,
}

impl Batch {
    /// For a body of so many bytes: a stamp before each line makes them more.
    pub(crate) fn of_body(bytes: usize) -> Batch {
        Batch { expected: bytes.saturating_add(bytes / 2).min(MOST_GIVEN), ..Batch::default() }
    }

    /// The place of the stream with these labels and this form, which begins if it is new.
    pub(crate) fn stream(&mut self, labels: &Labels, form: Form) -> Result<usize, Rejected> {
        // Labels are told apart after cutting, or two streams would bear one name.
        let key = (cut(labels), form);
        if let Some(&place) = self.index.get(&key) {
            return Ok(place);
        }
        if self.streams.len() >= MOST_STREAMS {
            return Err(Rejected::TooLarge(format!("more than {MOST_STREAMS} streams in one request")));
        }
        let place = self.streams.len();
        let lines = Vec::with_capacity(std::mem::take(&mut self.expected));
        self.streams.push(Stream { labels: key.0.clone(), form, lines, count: 0 });
        self.index.insert(key, place);
        Ok(place)
    }

    /// Takes an entry that a program wrote: every line of it gets the stamp.
    pub(crate) fn stamped(&mut self, place: usize, nanoseconds: u64, text: &[u8]) -> Result<(), Rejected> {
        let text = without_newline(text);
        let breaks = memchr_iter(b'\n', text).count();
        let taken = text.len() + (breaks + 1) * STAMPED;
        self.spend(taken)?;
        let stamp = self.stamps.of(nanoseconds);
        let Some(stream) = self.streams.get_mut(place) else { return Ok(()) };
        stream.lines.reserve(taken);
        let ends = memchr_iter(b'\n', text).take(breaks).chain([text.len()]);
        let mut from = 0;
        for end in ends {
            stream.lines.extend_from_slice(stamp);
            stream.lines.extend_from_slice(b" stdout F ");
            stream.lines.extend_from_slice(text.get(from..end).unwrap_or_default());
            stream.lines.push(b'\n');
            from = end + 1;
        }
        stream.count += breaks as u64 + 1;
        self.accepted += 1;
        Ok(())
    }

    /// Takes a record that one line tells: its level stands beside the stamp.
    pub(crate) fn told(
        &mut self,
        place: usize,
        nanoseconds: u64,
        level: Level,
        text: &[u8],
    ) -> Result<(), Rejected> {
        self.spend(text.len() + STAMPED + 16)?;
        let stamp = self.stamps.of(nanoseconds);
        let Some(stream) = self.streams.get_mut(place) else { return Ok(()) };
        stream.lines.extend_from_slice(stamp);
        stream.lines.extend_from_slice(b" stdout F:");
        stream.lines.extend_from_slice(LEVEL_TAG);
        stream.lines.extend_from_slice(level.name().as_bytes());
        stream.lines.push(b' ');
        stream.lines.extend_from_slice(without_newline(text));
        stream.lines.push(b'\n');
        stream.count += 1;
        self.accepted += 1;
        Ok(())
    }

    /// Takes a line that is written already and has no newline in it.
    pub(crate) fn line(&mut self, place: usize, line: &[u8]) -> Result<(), Rejected> {
        self.spend(line.len() + 1)?;
        let Some(stream) = self.streams.get_mut(place) else { return Ok(()) };
        stream.lines.extend_from_slice(line);
        stream.lines.push(b'\n');
        stream.count += 1;
        self.accepted += 1;
        Ok(())
    }

    /// The stamp as it is written in lines.
    pub(crate) fn stamp(&mut self, nanoseconds: u64) -> &[u8] {
        self.stamps.of(nanoseconds)
    }

    /// Counts an entry that could not be taken.
    pub(crate) fn refuse(&mut self, why: impl ToString) {
        self.refused += 1;
        self.reason.get_or_insert_with(|| why.to_string());
    }

    /// Lines of all streams.
    pub fn lines(&self) -> u64 {
        self.streams.iter().map(|stream| stream.count).sum()
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Rejected> {
        self.given = self.given.saturating_add(bytes);
        if self.given > MOST_GIVEN {
            return Err(Rejected::TooLarge(format!("its lines take more than {} MiB", MOST_GIVEN >> 20)));
        }
        Ok(())
    }
}

/// Whether one line tells a record with this text, and no object is needed.
pub(crate) fn is_one_line(text: &[u8]) -> bool {
    memchr(b'\n', without_newline(text)).is_none() && !text.trim_ascii().is_empty()
}

fn without_newline(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\n").unwrap_or(text)
}

/// Labels within their limits, sorted by name.
fn cut(labels: &Labels) -> Labels {
    let mut kept: Labels = labels
        .iter()
        .take(MOST_LABELS)
        .map(|(name, value)| (shortened(name, MOST_NAME), shortened(value, MOST_VALUE)))
        .collect();
    kept.sort();
    kept.dedup_by(|later, earlier| later.0 == earlier.0);
    kept
}

fn shortened(text: &str, most: usize) -> String {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(name, value)| (String::from(*name), String::from(*value))).collect()
    }

    #[test]
    fn equal_labels_are_one_stream() {
        let mut batch = Batch::default();
        let first = batch.stream(&labels(&[("app", "web"), ("host", "a")]), Form::Stamped).unwrap();
        let turned = batch.stream(&labels(&[("host", "a"), ("app", "web")]), Form::Stamped).unwrap();
        let other = batch.stream(&labels(&[("host", "a"), ("app", "web")]), Form::Fields).unwrap();
        assert_eq!((first, turned, other), (0, 0, 1));
    }

    #[test]
    fn every_line_of_an_entry_is_stamped() {
        let mut batch = Batch::default();
        let place = batch.stream(&Labels::new(), Form::Stamped).unwrap();
        batch.stamped(place, 1_700_000_000_000_000_001, b"boom\n\tat Foo.java:1\n").unwrap();
        let expected = "2023-11-14T22:13:20.000000001Z stdout F boom\n\
                        2023-11-14T22:13:20.000000001Z stdout F \tat Foo.java:1\n";
        assert_eq!(String::from_utf8_lossy(&batch.streams[0].lines), expected);
        assert_eq!((batch.accepted, batch.lines()), (1, 2));
    }

    #[test]
    fn labels_are_bounded() {
        let many: Labels = (0..1000).map(|number| (format!("l{number}"), "ü".repeat(2000))).collect();
        let mut batch = Batch::default();
        batch.stream(&many, Form::Plain).unwrap();
        let kept = &batch.streams[0].labels;
        assert_eq!(kept.len(), MOST_LABELS);
        assert!(kept.iter().all(|(_, value)| value.len() <= MOST_VALUE));
    }

    #[test]
    fn what_a_request_becomes_is_bounded() {
        let mut batch = Batch::default();
        let place = batch.stream(&Labels::new(), Form::Stamped).unwrap();
        let newlines = vec![b'\n'; 4 << 20];
        assert!(matches!(batch.stamped(place, 0, &newlines), Err(Rejected::TooLarge(_))));
        assert!(batch.streams[0].lines.is_empty());
    }
}
