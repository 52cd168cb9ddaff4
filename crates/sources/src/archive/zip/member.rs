//! The data of one member of a zip archive, decompressed and checked.
//!
//! Where the size is not known beforehand, packed data tells its own end, and of stored data the descriptor after
//! it is searched for. A wrong checksum is told; what was read stands.

use std::io::{self, Read};
use std::ops::ControlFlow;

use flate2::Crc;
use memchr::memmem;

use crate::archive::zip::DESCRIPTOR;
use crate::archive::zip::header::{Header, word};
use crate::codec::{Codec, Method, Outcome};
use crate::notice::{NoticeKind, shown};
use crate::peek::{Peek, failure_below};
use crate::visit::{Layer, Session, Visitor};

enum Source {
    Stored,
    /// Stored, and its length is only told after it.
    UntilDescriptor,
    Stream(io::Result<Codec>),
}

impl Source {
    fn of(header: &Header) -> Source {
        match header.method {
            8 => Source::Stream(Ok(Codec::deflate())),
            12 => Source::Stream(Codec::new(Method::Bzip2)),
            93 => Source::Stream(Codec::new(Method::Zstd)),
            95 => Source::Stream(Codec::new(Method::Xz)),
            _ if header.sizes_follow() => Source::UntilDescriptor,
            _ => Source::Stored,
        }
    }
}

/// Reads one member.
pub(super) struct Member<'a, 'b> {
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
    pub(super) fn new(
        session: &'a Session,
        layer: &Layer,
        header: &Header,
        input: &'a mut Peek<'b>,
    ) -> Member<'a, 'b> {
        let source = Source::of(header);
        let expected = (!header.sizes_follow()).then_some((header.checksum, header.size));
        let stored = expected.map(|_| header.stored);
        let layer = layer.member(&shown(&header.name), header.modified, stored);
        Member { session, layer, expected, source, input, sum: Crc::new(), written: 0, end: End::NotYet }
    }

    pub(super) fn deliver(&mut self, visitor: &mut dyn Visitor) -> ControlFlow<()> {
        let layer = self.layer.clone();
        let session = self.session;
        layer.deliver(session, &mut Peek::new(self), visitor)
    }

    /// Reads what is left; gives size, checksum and whether it came to its end.
    pub(super) fn drain(mut self) -> (u64, u32, bool) {
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
