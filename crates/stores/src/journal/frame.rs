//! Frames in, bytes out, and back. A frame is its length, its checksum, its number and what it holds.
//!
//! What is read is foreign: a disk may give back anything. Every length is checked against the bytes that are left.

use crc32c::crc32c;

use super::{FilePosition, Sample, Source};

/// Length and checksum.
pub(super) const HEADER: usize = 8;
/// A frame is never longer.
pub(super) const LONGEST: usize = 96 << 20;

const SOURCE: u8 = 1;
const LINES: u8 = 2;
const SEAL: u8 = 3;

/// What a frame holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame<'a> {
    /// From here on in this part, that number means that source.
    Source(u32, Source),
    /// Lines came.
    Lines(Lines<'a>),
    /// The segment is over; nothing follows in it.
    Seal,
}

/// Lines of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines<'a> {
    /// The number of the source.
    pub source: u32,
    /// When they came, nanoseconds since 1970 by the clock.
    pub received: i64,
    /// How far the file was read with them.
    pub file: Option<FilePosition>,
    /// How many they are.
    pub count: u64,
    /// The lines, each with its end.
    pub bytes: &'a [u8],
}

/// Adds a frame.
pub(super) fn write(number: u64, frame: &Frame<'_>, out: &mut Vec<u8>) {
    let at = out.len();
    if let Frame::Lines(lines) = frame {
        out.reserve(lines.bytes.len() + 256);
    }
    out.extend_from_slice(&[0; HEADER]);
    out.extend_from_slice(&number.to_le_bytes());
    match frame {
        Frame::Source(id, source) => {
            out.push(SOURCE);
            out.extend_from_slice(&id.to_le_bytes());
            text(&source.name, out);
            text(&source.kind, out);
            out.extend_from_slice(&(source.labels.len() as u32).to_le_bytes());
            for (name, value) in &source.labels {
                text(name, out);
                text(value, out);
            }
        }
        Frame::Lines(lines) => {
            out.push(LINES);
            out.extend_from_slice(&lines.source.to_le_bytes());
            out.extend_from_slice(&lines.received.to_le_bytes());
            out.extend_from_slice(&lines.count.to_le_bytes());
            out.push(u8::from(lines.file.is_some()));
            if let Some(file) = &lines.file {
                position(file, out);
            }
            out.extend_from_slice(lines.bytes);
        }
        Frame::Seal => out.push(SEAL),
    }
    let length = (out.len() - at - HEADER) as u32;
    let checksum = crc32c(out.get(at + HEADER..).unwrap_or_default());
    if let Some(header) = out.get_mut(at..at + HEADER) {
        header[..4].copy_from_slice(&length.to_le_bytes());
        header[4..].copy_from_slice(&checksum.to_le_bytes());
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn position(file: &FilePosition, out: &mut Vec<u8>) {
    for number in [file.device, file.inode, file.start, file.bytes, file.lines] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    for sample in [file.head, file.tail] {
        out.extend_from_slice(&sample.bytes.to_le_bytes());
        out.extend_from_slice(&sample.hash.to_le_bytes());
    }
}

/// The length of a frame's payload, by its header.
pub(super) fn length(header: [u8; HEADER]) -> usize {
    let [a, b, c, d, ..] = header;
    u32::from_le_bytes([a, b, c, d]) as usize
}

/// Whether a payload is the one that its header speaks of.
pub(super) fn is_sound(header: [u8; HEADER], payload: &[u8]) -> bool {
    let [.., a, b, c, d] = header;
    crc32c(payload) == u32::from_le_bytes([a, b, c, d])
}

/// What a payload holds: the number of the frame and the frame; nothing where it makes no sense.
pub(super) fn read(payload: &[u8]) -> Option<(u64, Frame<'_>)> {
    let mut bytes = Bytes(payload);
    let number = bytes.u64()?;
    let frame = match bytes.u8()? {
        SOURCE => {
            let id = bytes.u32()?;
            let (name, kind) = (bytes.text()?, bytes.text()?);
            let count = bytes.u32()?;
            let labels = (0..count).map(|_| Some((bytes.text()?, bytes.text()?))).collect::<Option<_>>()?;
            Frame::Source(id, Source { name, kind, labels })
        }
        LINES => {
            let source = bytes.u32()?;
            let received = bytes.u64()?.cast_signed();
            let count = bytes.u64()?;
            let file = if bytes.u8()? == 1 { Some(bytes.position()?) } else { None };
            Frame::Lines(Lines { source, received, file, count, bytes: bytes.0 })
        }
        SEAL => Frame::Seal,
        _ => return None,
    };
    Some((number, frame))
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<String> {
        let count = self.u32()? as usize;
        String::from_utf8(self.take(count)?.to_vec()).ok()
    }

    fn sample(&mut self) -> Option<Sample> {
        Some(Sample { bytes: self.u16()?, hash: self.u64()? })
    }

    fn position(&mut self) -> Option<FilePosition> {
        Some(FilePosition {
            device: self.u64()?,
            inode: self.u64()?,
            start: self.u64()?,
            bytes: self.u64()?,
            lines: self.u64()?,
            head: self.sample()?,
            tail: self.sample()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The processor's own instruction and the tables of the model's format say the same, so a journal that was written
    /// with either is read with the other.
    #[test]
    fn the_checksum_is_that_of_the_model() {
        for length in [0, 1, 7, 8, 63, 4096, 100_003] {
            let bytes: Vec<u8> =
                (0..length).map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            assert_eq!(crc32c(&bytes), logsift_engine::model::crc32c(&bytes), "{length}");
        }
    }

    fn round(frame: &Frame<'_>) {
        let mut out = Vec::new();
        write(77, frame, &mut out);
        let (header, payload) = out.split_at(HEADER);
        let header: [u8; HEADER] = header.try_into().unwrap();
        assert_eq!(length(header), payload.len());
        assert!(is_sound(header, payload));
        assert_eq!(read(payload), Some((77, frame.clone())));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let labels = vec![("job".to_owned(), "a b".to_owned())];
        round(&Frame::Source(3, Source { name: "push".to_owned(), kind: "push".to_owned(), labels }));
        round(&Frame::Seal);
        let file = FilePosition { device: 1, inode: 2, bytes: 9, lines: 2, ..FilePosition::default() };
        for file in [None, Some(file)] {
            round(&Frame::Lines(Lines { source: 3, received: -5, file, count: 2, bytes: b"one\ntwo\n" }));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_endured(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
