//! The members of a zip stream, by the headers that stand before them.
//!
//! The directory at the end is only checked for being there: a cut archive has none, one on
//! standard input has it after the data, and one within another archive cannot be sought in. All
//! of them are read by the local headers, as is every whole archive.

mod header;
mod member;

use std::io::{BufRead, Read};
use std::ops::ControlFlow;

use memchr::memmem;

use crate::archive::zip::header::{Header, long, short, word};
use crate::archive::zip::member::Member;
use crate::archive::{tell_empty, tell_hidden};
use crate::notice::{NoticeKind, shown};
use crate::peek::{Peek, discard};
use crate::visit::{Layer, Session, Visitor};

const LOCAL: &[u8; 4] = b"PK\x03\x04";
const DESCRIPTOR: &[u8; 4] = b"PK\x07\x08";

/// Gives every member to the visitor.
pub(crate) fn walk(
    session: &Session,
    layer: &Layer,
    input: &mut Peek<'_>,
    visitor: &mut dyn Visitor,
) -> ControlFlow<()> {
    let mut walk = Walk { session, layer, input, hidden: 0, files: 0, directory: false, complete: false };
    let flow = walk.run(visitor);
    tell_hidden(session, layer.name(), walk.hidden);
    tell_empty(session, layer.name(), walk.files);
    flow
}

struct Walk<'a, 'b> {
    session: &'a Session,
    layer: &'a Layer,
    input: &'a mut Peek<'b>,
    hidden: u64,
    /// Members that are files, hidden ones among them.
    files: u64,
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

    /// A header and its member; false where the stream ends within.
    fn member(&mut self, visitor: &mut dyn Visitor) -> ControlFlow<(), bool> {
        self.complete = false;
        let Some(header) = Header::read(self.input) else { return ControlFlow::Continue(false) };
        let hidden = self.layer.passes_over(&header.name);
        self.hidden += u64::from(hidden);
        self.files += u64::from(!header.name.ends_with(b"/"));
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
            Member::new(self.session, self.layer, header, &mut input).deliver(visitor)?;
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
        let mut member = Member::new(self.session, self.layer, header, self.input);
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
