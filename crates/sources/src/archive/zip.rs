//! The members of a zip stream, by the headers that stand before them.
//!
//! The directory at the end is only checked for being there: a cut archive has none, one on
//! standard input has it after the data, and one within another archive cannot be sought in. All
//! of them are read by the local headers, as is every whole archive.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use flate2::Crc;
use logsift_engine::records::time::Time;
use memchr::memmem;

use crate::archive::tell_hidden;
use crate::codec::{Codec, Method, Outcome};
use crate::notice::{NoticeKind, shown};
use crate::peek::{Peek, discard, failure_below};
use crate::visit::{Layer, Session, Visitor};

const LOCAL: &[u8; 4] = b"PK\x03\x04";
const DESCRIPTOR: &[u8; 4] = b"PK\x07\x08";
const IS_ENCRYPTED: u16 = 1;
const SIZES_FOLLOW: u16 = 8;

/// Gives every member to the visitor.
pub(crate) fn walk(
    session: &Session,
    layer: &Layer,
    input: &mut Peek<'_>,
    visitor: &mut dyn Visitor,
) -> ControlFlow<()> {
    let mut walk = Walk { session, layer, input, hidden: 0, directory: false, complete: false };
    let flow = walk.run(visitor);
    tell_hidden(session, layer.name(), walk.hidden);
    flow
}

/// What a local header says.
struct Header {
    flags: u16,
    method: u16,
    checksum: u32,
    stored: u64,
    size: u64,
    name: Vec<u8>,
    modified: Option<Time>,
}

struct Walk<'a, 'b> {
    session: &'a Session,
    layer: &'a Layer,
    input: &'a mut Peek<'b>,
    hidden: u64,
    /// The directory has begun.
    directory: bool,
    /// The end of the directory was seen.
    complete: bool,
}

impl Walk<'_, '_> {
    fn run(&mut self, visitor: &mut dyn Visitor) -> ControlFlow<()> {
        loop {
            let is_start = self.input.position() == 0;
            let alive = match self.input.peek(4) {
                b"PK\x03\x04" => self.member(visitor)?,
                b"PK\x01\x02" => self.directory_record(46, &[28, 30, 32]),
                b"PK\x05\x06" => self.directory_end(),
                b"PK\x06\x06" => self.pass_long_record(),
                b"PK\x06\x07" => self.pass(20),
                b"PK\x05\x05" => self.directory_record(6, &[4]),
                b"PK\x07\x08" | b"PK00" if is_start => self.pass(4),
                [] => false,
                _ => self.search(),
            };
            if !alive {
                break;
            }
        }
        if !self.complete && !self.input.failed() {
            self.tell_end();
        }
        ControlFlow::Continue(())
    }

    fn tell_end(&self) {
        if self.directory {
            let text = "ended within the directory at its end; every member before it was read";
            self.session.tell(NoticeKind::Noted, self.layer.name(), text);
        } else {
            let text = "ended before the directory that every zip file has; members may be missing\n\
                        hint: fetch or pack the archive again";
            self.session.tell(NoticeKind::Unreadable, self.layer.name(), text);
        }
    }

    fn pass(&mut self, count: u64) -> bool {
        discard(self.input, count) == count
    }

    /// A record of fixed length and parts whose lengths stand at those places.
    fn directory_record(&mut self, fixed: usize, lengths: &[usize]) -> bool {
        self.directory = true;
        let record = self.input.peek(fixed);
        let parts: u64 = lengths.iter().map(|&at| u64::from(short(record, at))).sum();
        record.len() == fixed && self.pass(fixed as u64 + parts)
    }

    fn directory_end(&mut self) -> bool {
        self.complete = self.directory_record(22, &[20]);
        self.complete
    }

    fn pass_long_record(&mut self) -> bool {
        self.directory = true;
        let size = long(self.input.peek(12), 4);
        self.pass(size.saturating_add(12))
    }

    /// Passes over bytes that are no header until one is there again.
    fn search(&mut self) -> bool {
        let from = self.input.position();
        let found = self.pass_to_header();
        if self.complete {
            let text = "after the end of the archive come other bytes; they were ignored";
            self.session.tell(NoticeKind::Noted, self.layer.name(), text);
        } else {
            let then = if found { "it was read on from the next header" } else { "no header follows" };
            let text = format!("the bytes from {from} on are no zip data; {then}");
            self.session.tell(NoticeKind::Unreadable, self.layer.name(), text);
        }
        found
    }

    fn pass_to_header(&mut self) -> bool {
        let local = memmem::Finder::new(LOCAL);
        let directory = memmem::Finder::new(b"PK\x01\x02");
        loop {
            let ready = self.input.peek(16 * 1024);
            let first = [local.find(ready), directory.find(ready)].into_iter().flatten().min();
            if let Some(at) = first {
                self.input.consume(at);
                return true;
            }
            let count = ready.len().saturating_sub(3);
            if count == 0 {
                let rest = ready.len();
                self.input.consume(rest);
                return false;
            }
            self.input.consume(count);
        }
    }

    fn header(&mut self) -> Option<Header> {
        let fixed: [u8; 30] = *self.input.peek(30).first_chunk()?;
        self.input.consume(30);
        let name = self.part(short(&fixed, 26))?;
        let extra = self.part(short(&fixed, 28))?;
        let mut header = Header {
            flags: short(&fixed, 6),
            method: short(&fixed, 8),
            checksum: word(&fixed, 14),
            stored: u64::from(word(&fixed, 18)),
            size: u64::from(word(&fixed, 22)),
            name,
            modified: None,
        };
        header.read_extra(&extra);
        Some(header)
    }

    fn part(&mut self, length: u16) -> Option<Vec<u8>> {
        let part = self.input.peek(usize::from(length)).to_vec();
        self.input.consume(part.len());
        (part.len() == usize::from(length)).then_some(part)
    }

    /// A header and its member; false where the stream ends within.
    fn member(&mut self, visitor: &mut dyn Visitor) -> ControlFlow<(), bool> {
        self.complete = false;
        let Some(header) = self.header() else { return ControlFlow::Continue(false) };
        let hidden = self.layer.passes_over(&header.name);
        self.hidden += u64::from(hidden);
        let unreadable = header.unreadable();
        if let Some(why) = &unreadable {
            let name = self.layer.member(&shown(&header.name), None, None);
            self.session.tell(NoticeKind::Unreadable, name.name(), why.clone());
        }
        let unwanted = hidden || header.name.ends_with(b"/") || unreadable.is_some();
        if header.sizes_follow() {
            return self.open_member(&header, unwanted, visitor);
        }
        self.sized_member(&header, unwanted, visitor)
    }

    /// The header says how long the member is, so the next one is found whatever it holds.
    fn sized_member(
        &mut self,
        header: &Header,
        unwanted: bool,
        visitor: &mut dyn Visitor,
    ) -> ControlFlow<(), bool> {
        let mut body = self.input.by_ref().take(header.stored);
        if !unwanted {
            let mut input = Peek::new(&mut body);
            Member::new(self.session, self.layer, header, header.source(), &mut input).deliver(visitor)?;
        }
        let left = body.limit();
        ControlFlow::Continue(self.pass(left))
    }

    /// The member ends where its compressed stream does, or at a descriptor that fits.
    fn open_member(
        &mut self,
        header: &Header,
        unwanted: bool,
        visitor: &mut dyn Visitor,
    ) -> ControlFlow<(), bool> {
        if header.unreadable().is_some() {
            return ControlFlow::Continue(self.pass_to_header());
        }
        let start = self.input.position();
        let source = if header.method == 0 { Source::UntilDescriptor } else { header.source() };
        let mut member = Member::new(self.session, self.layer, header, source, self.input);
        if !unwanted {
            member.deliver(visitor)?;
        }
        let (written, sum, whole) = member.drain();
        let stored = self.input.position() - start;
        let fits = whole && self.pass_descriptor(stored, written, sum);
        if whole && !fits && !self.input.failed() {
            let name = self.layer.member(&shown(&header.name), None, None);
            let text =
                "its checksum is missing or does not match; all of it was read, some of it may be wrong";
            self.session.tell(NoticeKind::Unreadable, name.name(), text);
        }
        ControlFlow::Continue(fits || self.pass_to_header())
    }

    /// Checksum and sizes after the data, with or without a signature, in 32 or 64 bits.
    fn pass_descriptor(&mut self, stored: u64, size: u64, sum: u32) -> bool {
        let signed = self.input.peek(4) == DESCRIPTOR;
        let skip = if signed { 4 } else { 0 };
        let descriptor = self.input.peek(skip + 20);
        let sizes_fit = |low: u64, high: u64| low == stored && high == size;
        let length = if descriptor.len() == skip + 20
            && sizes_fit(long(descriptor, skip + 4), long(descriptor, skip + 12))
        {
            skip + 20
        } else {
            skip + 12
        };
        let fits = descriptor.len() >= length && word(descriptor, skip) == sum;
        if fits {
            self.input.consume(length);
        }
        fits
    }
}

impl Header {
    fn sizes_follow(&self) -> bool {
        self.flags & SIZES_FOLLOW != 0 && self.stored == 0
    }

    /// Why it cannot be read, if it cannot.
    fn unreadable(&self) -> Option<String> {
        if self.flags & IS_ENCRYPTED != 0 {
            return Some("is encrypted and was passed over\nhint: unpack the archive first".into());
        }
        if !matches!(self.method, 0 | 8 | 12 | 93 | 95) {
            let text = format!("is compressed by method `{}`, which is not read", self.method);
            return Some(format!("{text}, and was passed over\nhint: unpack the archive first"));
        }
        None
    }

    fn source(&self) -> Source {
        match self.method {
            8 => Source::Stream(Ok(Codec::deflate())),
            12 => Source::Stream(Codec::new(Method::Bzip2)),
            93 => Source::Stream(Codec::new(Method::Zstd)),
            95 => Source::Stream(Codec::new(Method::Xz)),
            _ => Source::Stored,
        }
    }

    /// Records of an id, a length and data: sizes in 64 bits and the time in UTC are of use. The
    /// time in the header itself has no zone and is not taken.
    fn read_extra(&mut self, mut extra: &[u8]) {
        while extra.len() >= 4 {
            let (id, length) = (short(extra, 0), usize::from(short(extra, 2)));
            let data = extra.get(4..4 + length).unwrap_or(&[]);
            match id {
                0x0001 => self.read_long_sizes(data),
                0x5455 if data.first().is_some_and(|flags| flags & 1 != 0) && data.len() >= 5 => {
                    let seconds = word(data, 1).cast_signed();
                    self.modified = Time::from_seconds(i64::from(seconds));
                }
                _ => {}
            }
            extra = extra.get(4 + length..).unwrap_or(&[]);
        }
    }

    fn read_long_sizes(&mut self, data: &[u8]) {
        let absent = u64::from(u32::MAX);
        let mut at = 0;
        for size in [&mut self.size, &mut self.stored] {
            if *size == absent && data.len() >= at + 8 {
                *size = long(data, at);
                at += 8;
            }
        }
    }
}

enum Source {
    Stored,
    /// Stored, and its length is only told after it.
    UntilDescriptor,
    Stream(io::Result<Codec>),
}

/// Reads one member.
struct Member<'a, 'b> {
    session: &'a Session,
    layer: Layer,
    /// Checksum and size, where the header has them.
    expected: Option<(u32, u64)>,
    source: Source,
    input: &'a mut Peek<'b>,
    sum: Crc,
    written: u64,
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    NotYet,
    Whole,
    Failed,
}

impl<'a, 'b> Member<'a, 'b> {
    fn new(
        session: &'a Session,
        layer: &Layer,
        header: &Header,
        source: Source,
        input: &'a mut Peek<'b>,
    ) -> Member<'a, 'b> {
        let expected = (!header.sizes_follow()).then_some((header.checksum, header.size));
        let stored = expected.map(|_| header.stored);
        let layer = layer.member(&shown(&header.name), header.modified, stored);
        Member { session, layer, expected, source, input, sum: Crc::new(), written: 0, end: End::NotYet }
    }

    fn deliver(&mut self, visitor: &mut dyn Visitor) -> ControlFlow<()> {
        let layer = self.layer.clone();
        let session = self.session;
        layer.deliver(session, &mut Peek::new(self), visitor)
    }

    /// Reads what is left; gives size, checksum and whether it came to its end.
    fn drain(mut self) -> (u64, u32, bool) {
        let _ = io::copy(&mut self, &mut io::sink());
        (self.written, self.sum.sum(), self.end == End::Whole)
    }

    fn step(&mut self, out: &mut [u8]) -> (usize, Outcome) {
        match &mut self.source {
            Source::Stored => match self.input.read(out) {
                Ok(0) => (0, Outcome::Complete),
                Ok(count) => (count, Outcome::Going),
                Err(_) => (0, Outcome::Below),
            },
            Source::UntilDescriptor => self.step_to_descriptor(out),
            Source::Stream(Ok(codec)) => {
                let step = codec.step(self.input, out);
                (step.written, step.outcome)
            }
            Source::Stream(Err(error)) => (0, Outcome::Damaged(error.to_string())),
        }
    }

    /// A signature is the end only where checksum and size after it are those of what was read.
    fn step_to_descriptor(&mut self, out: &mut [u8]) -> (usize, Outcome) {
        let ready = self.input.peek(out.len().clamp(64, 16 * 1024));
        let is_end = ready.starts_with(DESCRIPTOR)
            && word(ready, 4) == self.sum.sum()
            && u64::from(word(ready, 8)) == self.written & u64::from(u32::MAX);
        if is_end {
            return (0, Outcome::Complete);
        }
        if ready.is_empty() {
            return (0, if self.input.failed() { Outcome::Below } else { Outcome::Truncated });
        }
        let from = usize::from(ready.starts_with(DESCRIPTOR));
        let next = memmem::find(ready.get(from..).unwrap_or(&[]), DESCRIPTOR).map(|at| at + from);
        let safe = next.unwrap_or(ready.len().saturating_sub(3)).max(1).min(ready.len());
        let count = safe.min(out.len());
        let read = self.input.by_ref().take(count as u64).read(out).unwrap_or(0);
        (read, Outcome::Going)
    }

    fn finish(&mut self, outcome: Outcome) {
        let problem = match outcome {
            Outcome::Going => return,
            Outcome::Below => {
                self.end = End::Failed;
                return;
            }
            Outcome::Complete => {
                self.end = End::Whole;
                match self.expected {
                    Some((_, size)) if size != self.written => {
                        format!("holds {} of {size} bytes; those were read", self.written)
                    }
                    Some((sum, _)) if sum != self.sum.sum() => {
                        "its checksum does not match; all of it was read, some of it may be wrong".to_owned()
                    }
                    _ => return,
                }
            }
            Outcome::Truncated => {
                self.end = End::Failed;
                format!("ended in the middle of the member after {} bytes; those were read", self.written)
            }
            Outcome::TooLarge => {
                self.end = End::Failed;
                "needs too large a window to be decoded and was not read\nhint: unpack the archive first"
                    .to_owned()
            }
            Outcome::Damaged(reason) => {
                self.end = End::Failed;
                format!("is damaged after {} bytes: {reason}; what came before was read", self.written)
            }
        };
        if !self.input.failed() {
            self.session.tell(NoticeKind::Unreadable, self.layer.name(), problem);
        }
    }
}

impl Read for Member<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        match self.end {
            End::Whole => return Ok(0),
            End::Failed => return Err(failure_below()),
            End::NotYet => {}
        }
        let (count, outcome) = self.step(out);
        self.written += count as u64;
        self.sum.update(out.get(..count).unwrap_or(&[]));
        self.finish(outcome);
        if count == 0 && self.end == End::Failed { Err(failure_below()) } else { Ok(count) }
    }
}

fn short(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u16::from_le_bytes)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u32::from_le_bytes)
}

fn long(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u64::from_le_bytes)
}
