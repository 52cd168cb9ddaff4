//! The buffer in front of the reader: bytes as they come, decoded to UTF-8 where they are not.
//!
//! Whoever has bytes writes them straight in here, and records borrow from here, so a plain log is copied once, by
//! the system. What has become records is dropped and the rest moved to the front; the buffer grows only where one line,
//! or one open record, is larger than it. UTF-16 and UTF-32 are read beside it and decoded into it.

use crate::lines::encoding::{Decoder, Encoding};

/// First size of the buffer.
const FIRST: usize = 1 << 18;

/// Bytes that are looked at to tell the encoding.
const LOOK: usize = 1024;

/// Bytes read at once where they are decoded on the way.
const RAW: usize = 1 << 16;

/// Bytes that came in and were not given out yet.
#[derive(Clone, Debug)]
pub(crate) struct Intake {
    buffer: Vec<u8>,
    end: usize,
    encoding: Option<Encoding>,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    decoded: Vec<u8>,
}

impl Intake {
    pub(crate) fn new() -> Intake {
        Intake {
            buffer: vec![0; FIRST],
            end: 0,
            encoding: None,
            decoder: None,
            raw: Vec::new(),
            decoded: Vec::new(),
        }
    }

    /// What has come in.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.end]
    }

    /// The encoding, once enough bytes have come to tell.
    pub(crate) fn encoding(&self) -> Option<Encoding> {
        self.encoding
    }

    /// Free room for the next bytes; never empty.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        if self.decoder.is_some() {
            self.raw.resize(RAW, 0);
            return &mut self.raw;
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        &mut self.buffer[self.end..]
    }

    /// Takes bytes that were written to the free room.
    pub(crate) fn filled(&mut self, count: usize) {
        match &mut self.decoder {
            Some(decoder) => {
                self.decoded.clear();
                decoder.decode(self.raw.get(..count).unwrap_or_default(), &mut self.decoded);
                self.append_decoded();
            }
            None => {
                self.end = (self.end + count).min(self.buffer.len());
                if self.encoding.is_none() && self.end >= LOOK {
                    self.tell_encoding();
                }
            }
        }
    }

    /// No more bytes will come.
    pub(crate) fn finish(&mut self) {
        if self.encoding.is_none() {
            self.tell_encoding();
        }
        if let Some(decoder) = &mut self.decoder {
            self.decoded.clear();
            decoder.finish(&mut self.decoded);
            self.append_decoded();
        }
    }

    /// Drops the first bytes: they have become records.
    pub(crate) fn consume(&mut self, count: usize) {
        self.buffer.copy_within(count..self.end, 0);
        self.end -= count;
    }

    fn tell_encoding(&mut self) {
        let (encoding, mark) = Encoding::detect(self.bytes().get(..LOOK.min(self.end)).unwrap_or_default());
        self.encoding = Some(encoding);
        self.consume(mark);
        if encoding != Encoding::Bytes {
            let decoder = self.decoder.insert(Decoder::new(encoding));
            let raw = self.buffer[..self.end].to_vec();
            self.end = 0;
            self.decoded.clear();
            decoder.decode(&raw, &mut self.decoded);
            self.append_decoded();
        }
    }

    fn append_decoded(&mut self) {
        let needed = self.end + self.decoded.len();
        if needed > self.buffer.len() {
            self.buffer.resize(needed.next_power_of_two(), 0);
        }
        self.buffer[self.end..needed].copy_from_slice(&self.decoded);
        self.end = needed;
    }
}
