//! The export format of the systemd journal: bytes in chunks of any size, entries out.
//!
//! An entry is fields up to an empty line. A field is `KEY=value`, or, where the value holds
//! newlines or control bytes, `KEY`, a little-endian length of 8 bytes and the data. The text of an
//! entry is the same fields, all written as `KEY=value`; beyond 1 MiB it is cut and marked, so a
//! core dump in the journal costs no memory.

use memchr::{memchr, memchr_iter};

use crate::records::fields::{Fields, Kind, Span};

const MAX_TEXT: usize = 1 << 20;
const MAX_FIELDS: usize = 1024;
/// A longer key is none; journald allows 64.
const MAX_KEY: usize = 256;
/// The limit of journald itself. A greater length is damage.
const MAX_DATA: u64 = 768 << 20;

/// One entry, borrowed from the reader.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The fields as lines `KEY=value`.
    pub text: &'a [u8],
    /// The fields, as spans of the text.
    pub fields: &'a Fields,
    /// The empty lines before it.
    pub blank_lines: u64,
    /// The bytes of those empty lines.
    pub blank_bytes: u64,
    /// The newlines of the input that belong to it, those within data and its closing empty line included.
    pub lines: u64,
    /// The bytes of the input that belong to it.
    pub bytes: u64,
    /// The text was longer than the limit.
    pub cut: bool,
    /// A field had no valid length, or the input ended within one.
    pub malformed: bool,
}

/// Reads entries from chunks.
#[derive(Clone, Debug, Default)]
pub struct JournalReader {
    text: Vec<u8>,
    fields: Fields,
    state: State,
    /// Where the field at hand begins in the text.
    start: usize,
    /// The line at hand has bytes, be they kept or cut.
    begun: bool,
    blank_lines: u64,
    blank_bytes: u64,
    lines: u64,
    bytes: u64,
    cut: bool,
    malformed: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// In a line: a key, or a key and its value.
    #[default]
    Line,
    /// In the length of data.
    Length { read: u8, value: u64 },
    /// In data.
    Data { left: u64 },
    /// At the newline after data.
    Close,
}

/// Whether a source begins like an export of the journal; the first 64 bytes decide.
pub fn looks_like_journal(first_bytes: &[u8]) -> bool {
    let first = first_bytes.get(..first_bytes.len().min(64)).unwrap_or_default();
    let line = first.trim_ascii_start();
    let time = line.strip_prefix(b"__REALTIME_TIMESTAMP=").and_then(<[u8]>::first);
    line.starts_with(b"__CURSOR=") || time.is_some_and(u8::is_ascii_digit)
}

impl JournalReader {
    /// A reader at the beginning of a source.
    pub fn new() -> JournalReader {
        JournalReader::default()
    }

    /// Takes the next bytes and gives every entry that ends in them.
    pub fn push(&mut self, mut bytes: &[u8], mut sink: impl FnMut(&Entry<'_>)) {
        while !bytes.is_empty() {
            let (taken, ended) = self.step(bytes);
            let (piece, rest) = bytes.split_at(taken.min(bytes.len()));
            self.bytes += piece.len() as u64;
            self.lines += memchr_iter(b'\n', piece).count() as u64;
            bytes = rest;
            if ended {
                self.give(&mut sink);
            }
        }
    }

    /// The source has ended: gives the entry that is still open.
    pub fn finish(&mut self, mut sink: impl FnMut(&Entry<'_>)) {
        self.drop_return();
        match self.state {
            State::Line if self.text.len() > self.start => self.end_line(),
            State::Line => {}
            State::Length { .. } | State::Data { .. } => {
                self.malformed = true;
                self.end_field();
            }
            State::Close => self.end_field(),
        }
        if self.bytes > 0 {
            self.give(&mut sink);
        }
    }

    /// Lines and bytes taken that no entry has been given for: after the end, empty lines.
    pub fn unclaimed(&self) -> (u64, u64) {
        (self.blank_lines + self.lines, self.blank_bytes + self.bytes)
    }

    /// Gives how many bytes it took, and whether the entry has ended.
    fn step(&mut self, bytes: &[u8]) -> (usize, bool) {
        match self.state {
            State::Line => self.line(bytes),
            State::Length { read, value } => (self.length(bytes, read, value), false),
            State::Data { left } => (self.data(bytes, left), false),
            State::Close => {
                self.end_field();
                self.state = State::Line;
                // Without its newline the data was damaged, and the byte begins a line.
                let newline = bytes.first() == Some(&b'\n');
                self.malformed |= !newline;
                (usize::from(newline), false)
            }
        }
    }

    fn line(&mut self, bytes: &[u8]) -> (usize, bool) {
        let Some(end) = memchr(b'\n', bytes) else {
            self.keep(bytes);
            self.begun = true;
            return (bytes.len(), false);
        };
        self.keep(bytes.get(..end).unwrap_or_default());
        let empty = if self.begun || end > 0 { self.drop_return() } else { true };
        self.begun = false;
        if empty {
            return (end + 1, true);
        }
        self.end_line();
        (end + 1, false)
    }

    /// Where a tool rewrote the newlines, an empty line is a carriage return.
    fn drop_return(&mut self) -> bool {
        let in_line = matches!(self.state, State::Line);
        let alone = in_line && self.text.get(self.start..) == Some(b"\r");
        if alone {
            self.text.truncate(self.start);
        }
        alone
    }

    /// A whole line is there: a field, or the key of data that follows.
    fn end_line(&mut self) {
        let line = self.text.get(self.start..).unwrap_or_default();
        if self.cut || line.contains(&b'=') {
            self.end_field();
        } else if line.len() > MAX_KEY || !line.iter().all(|&byte| is_key_byte(byte)) {
            self.malformed = true;
            self.end_field();
        } else {
            self.keep(b"=");
            self.state = State::Length { read: 0, value: 0 };
        }
    }

    fn length(&mut self, bytes: &[u8], read: u8, value: u64) -> usize {
        let byte = bytes.first().copied().unwrap_or(0);
        let value = value | u64::from(byte) << (8 * u32::from(read));
        self.state = match read {
            0..7 => State::Length { read: read + 1, value },
            _ if value > MAX_DATA => {
                self.malformed = true;
                self.end_field();
                State::Line
            }
            _ if value == 0 => State::Close,
            _ => State::Data { left: value },
        };
        1
    }

    fn data(&mut self, bytes: &[u8], left: u64) -> usize {
        let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        self.keep(bytes.get(..count).unwrap_or_default());
        let left = left - count as u64;
        self.state = if left == 0 { State::Close } else { State::Data { left } };
        count
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = MAX_TEXT.saturating_sub(self.text.len());
        self.cut |= bytes.len() > room;
        self.text.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
    }

    /// Makes a field of the text since `start`. The key of a field is short, so looking for its
    /// end costs little; what has no key stays text.
    fn end_field(&mut self) {
        let line = self.text.get(self.start..).unwrap_or_default();
        let key = line.iter().take(MAX_KEY + 1).position(|&byte| byte == b'=');
        if let Some(key) = key.filter(|&key| key > 0 && self.fields.len() < MAX_FIELDS) {
            let equals = self.start + key;
            let value = equals + 1..self.text.len();
            let kind = Kind::of_bare(self.text.get(value.clone()).unwrap_or_default());
            self.fields.push(Span::text(self.start..equals), Span::text(value), kind);
        }
        if !self.cut {
            self.keep(b"\n");
        }
        self.start = self.text.len();
    }

    fn give(&mut self, sink: &mut impl FnMut(&Entry<'_>)) {
        if self.text.is_empty() {
            self.blank_lines += self.lines;
            self.blank_bytes += self.bytes;
        } else {
            sink(&Entry {
                text: self.text.strip_suffix(b"\n").unwrap_or(&self.text),
                fields: &self.fields,
                blank_lines: self.blank_lines,
                blank_bytes: self.blank_bytes,
                lines: self.lines,
                bytes: self.bytes,
                cut: self.cut,
                malformed: self.malformed,
            });
            (self.blank_lines, self.blank_bytes) = (0, 0);
        }
        (self.lines, self.bytes) = (0, 0);
        self.text.clear();
        self.fields.clear();
        self.state = State::Line;
        self.start = 0;
        self.cut = false;
        self.malformed = false;
    }
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Seen = (Vec<(String, String)>, u64, u64, bool, bool);

    fn read(bytes: &[u8], chunk: usize) -> Vec<Seen> {
        read_all(bytes, chunk).0
    }

    fn read_all(bytes: &[u8], chunk: usize) -> (Vec<Seen>, (u64, u64)) {
        let mut seen = Vec::new();
        let mut reader = JournalReader::new();
        let mut sink = |entry: &Entry<'_>| {
            let owned = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let fields = entry.fields.iter(entry.text).map(|(name, value)| (owned(name), owned(value.bytes)));
            let (lines, bytes) = (entry.blank_lines + entry.lines, entry.blank_bytes + entry.bytes);
            seen.push((fields.collect(), lines, bytes, entry.cut, entry.malformed));
        };
        for piece in bytes.chunks(chunk) {
            reader.push(piece, &mut sink);
        }
        reader.finish(&mut sink);
        (seen, reader.unclaimed())
    }

    fn data(key: &str, value: &str) -> Vec<u8> {
        let length = (value.len() as u64).to_le_bytes();
        [key.as_bytes(), b"\n", &length, value.as_bytes(), b"\n"].concat()
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    #[test]
    fn entries_of_any_chunking() {
        let multi = "first\nsecond=2\n\nthird";
        let bytes = [
            b"__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1716301845000000\nPRIORITY=6\nMESSAGE=one\n\n".to_vec(),
            data("MESSAGE", multi),
            data("EMPTY", ""),
            b"_PID=7\n\n\nMESSAGE=last".to_vec(),
        ]
        .concat();
        let expected = [
            pairs(&[
                ("__CURSOR", "s=1;i=2"),
                ("__REALTIME_TIMESTAMP", "1716301845000000"),
                ("PRIORITY", "6"),
                ("MESSAGE", "one"),
            ]),
            pairs(&[("MESSAGE", multi), ("EMPTY", ""), ("_PID", "7")]),
            pairs(&[("MESSAGE", "last")]),
        ];
        for chunk in [1, 2, 3, 7, 64, 10_000] {
            let seen = read(&bytes, chunk);
            let fields: Vec<_> = seen.iter().map(|entry| entry.0.clone()).collect();
            assert_eq!(fields, expected, "{chunk}");
            assert_eq!(seen.iter().map(|entry| entry.1).collect::<Vec<_>>(), [5, 9, 1], "{chunk}");
            assert_eq!(seen.iter().map(|entry| entry.2).sum::<u64>(), bytes.len() as u64);
            assert!(seen.iter().all(|entry| !entry.3 && !entry.4), "{chunk}");
        }
    }

    #[test]
    fn rewritten_newlines_part_entries_too() {
        let bytes = b"__CURSOR=a\r\nMESSAGE=one\r\n\r\n\r\nMESSAGE=two\r\n\r\n\r";
        for chunk in [1, 2, 5, 100] {
            let (seen, rest) = read_all(bytes, chunk);
            assert_eq!(seen.iter().map(|entry| entry.1).collect::<Vec<_>>(), [3, 3], "{chunk}");
            assert_eq!(rest, (0, 1), "{chunk}");
        }
    }

    #[test]
    fn damage_is_marked_and_the_next_entry_is_whole() {
        let mut bytes = b"A=1\nKEY\n".to_vec();
        bytes.extend_from_slice(&u64::MAX.to_le_bytes());
        bytes.extend_from_slice(b"rest\n\nB=2\n\n");
        let seen = read(&bytes, 5);
        assert!(seen[0].4);
        assert_eq!(seen.last().unwrap().0, pairs(&[("B", "2")]));
        assert!(read(&data("KEY", "value")[..12], 4)[0].4, "ended within data");
        assert!(read(b"no key here\n\n", 4)[0].4);
    }

    #[test]
    fn a_huge_field_is_cut() {
        let bytes = [data("COREDUMP", &"x\n".repeat(MAX_TEXT)), b"B=1\n\nC=2\n\n".to_vec()].concat();
        let seen = read(&bytes, 4096);
        assert_eq!(seen.len(), 2);
        assert!(seen[0].3 && seen[0].0[0].1.len() <= MAX_TEXT);
        assert_eq!(seen[1].0, pairs(&[("C", "2")]));
        assert_eq!(seen[0].2 + seen[1].2, bytes.len() as u64);
    }

    #[test]
    fn an_export_is_told_by_its_cursor() {
        assert!(looks_like_journal(b"__CURSOR=s=abc"));
        assert!(looks_like_journal(b"\n\n__REALTIME_TIMESTAMP=1716301845000000\n"));
        assert!(!looks_like_journal(b"__REALTIME_TIMESTAMP="));
        assert!(!looks_like_journal(b"May 21 10:00:00 host sshd[1]: x"));
    }

    proptest! {
        #[test]
        fn every_byte_is_counted_once(bytes in prop::collection::vec(prop::sample::select(b"A=\n\x00\x01x".to_vec()), 1..200), chunk in 1_usize..9) {
            let (seen, (lines, rest)) = read_all(&bytes, chunk);
            prop_assert_eq!(&seen, &read(&bytes, 1000));
            let counted: u64 = seen.iter().map(|entry| entry.2).sum();
            let newlines: u64 = seen.iter().map(|entry| entry.1).sum();
            prop_assert_eq!(counted + rest, bytes.len() as u64);
            prop_assert_eq!(newlines + lines, memchr_iter(b'\n', &bytes).count() as u64);
        }
    }
}
