//! The members of a tar stream: v7, ustar, pax and GNU, with their long names and sparse files.
//!
//! A damaged header costs its member only: the next valid header is searched for. The holes of a
//! sparse member hold only NULs and are left out.

use std::io::{BufRead, Read};
use std::ops::ControlFlow;

use logsift_engine::records::time::Time;

use crate::archive::{tell_empty, tell_hidden};
use crate::notice::{NoticeKind, shown};
use crate::peek::{Peek, discard};
use crate::visit::{Layer, Session, Visitor};

const BLOCK: usize = 512;
/// More than any long name or set of pax records needs.
const MOST_EXTENSION: u64 = 256 * 1024;
/// Numbers in the map of a sparse member that stands before its data.
const MOST_MAP_NUMBERS: u64 = 1 << 20;

type Block = [u8; BLOCK];

/// Whether a header stands here; one without a name has at least the later formats' mark.
pub(crate) fn is_header(sample: &[u8]) -> bool {
    match sample.first_chunk::<BLOCK>() {
        Some(block) => {
            let has_mark = field(block, 257, 5) == b"ustar";
            (block[0] != 0 || has_mark) && has_valid_checksum(block)
        }
        None => false,
    }
}

/// Whether all there is is the beginning of a first header: a name, NULs and the numbers after it.
pub(crate) fn is_cut_header(sample: &[u8]) -> bool {
    let is_number = |field: &[u8]| {
        field.iter().all(|byte| matches!(byte, b'0'..=b'7' | b' ' | 0)) && field.iter().any(|&byte| byte != 0)
    };
    sample.len() < BLOCK
        && sample.first().is_some_and(|&byte| byte != 0)
        && sample.get(100..108).is_some_and(is_number)
        && sample.get(..100).is_some_and(|name| name.contains(&0) || !name.contains(&b'\n'))
        && sample.get(100..107).is_some_and(|mode| !mode.contains(&0))
        && sample.get(107).is_some_and(|&byte| byte == 0 || byte == b' ')
}

/// Gives every member to the visitor.
pub(crate) fn walk(
    session: &Session,
    layer: &Layer,
    input: &mut Peek<'_>,
    visitor: &mut dyn Visitor,
) -> ControlFlow<()> {
    let mut walk =
        Walk { session, layer, input, extension: Extension::default(), hidden: 0, files: 0, end_marks: 0 };
    let flow = walk.run(visitor);
    tell_hidden(session, layer.name(), walk.hidden);
    tell_empty(session, layer.name(), walk.files);
    flow
}

/// What extended headers say about the next member.
#[derive(Default)]
struct Extension {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    modified: Option<i64>,
    /// A map of the holes stands before the data.
    has_map: bool,
}

struct Walk<'a, 'b> {
    session: &'a Session,
    layer: &'a Layer,
    input: &'a mut Peek<'b>,
    extension: Extension,
    hidden: u64,
    /// Members that are files, hidden ones among them.
    files: u64,
    end_marks: u64,
}

impl Walk<'_, '_> {
    fn run(&mut self, visitor: &mut dyn Visitor) -> ControlFlow<()> {
        while let Some(block) = self.next_block() {
            if block == [0; BLOCK] {
                self.end_marks += 1;
            } else if has_valid_checksum(&block) {
                self.end_marks = 0;
                if !self.entry(&block, visitor)? {
                    break;
                }
            } else if self.end_marks > 0 {
                self.session.tell(
                    NoticeKind::Noted,
                    self.layer.name(),
                    "after the end of the archive come other bytes; they were ignored",
                );
                break;
            } else if !self.search_header() {
                break;
            }
        }
        ControlFlow::Continue(())
    }

    /// The next block of headers; nothing at the end, with a notice where it should not be there.
    fn next_block(&mut self) -> Option<Block> {
        let ready = self.input.peek(BLOCK);
        let length = ready.len();
        if let Some(block) = ready.first_chunk::<BLOCK>().copied() {
            self.input.consume(BLOCK);
            return Some(block);
        }
        if self.end_marks == 0 && !self.input.failed() {
            let place = if length == 0 { "without its end mark" } else { "within a header" };
            self.tell_cut(&format!("ended {place}"));
        }
        None
    }

    fn tell_cut(&self, what: &str) {
        if !self.input.failed() {
            let text = format!(
                "{what}; what came before was read, members may be missing\nhint: fetch or pack the archive again"
            );
            self.session.tell(NoticeKind::Unreadable, self.layer.name(), text);
        }
    }

    /// Passes over blocks until one is a header again, so that later members are not lost.
    fn search_header(&mut self) -> bool {
        let from = self.input.position() - BLOCK as u64;
        let found = loop {
            match self.input.peek(BLOCK).first_chunk::<BLOCK>() {
                None => break false,
                Some(block) if is_header(block) => break true,
                Some(_) => self.input.consume(BLOCK),
            }
        };
        let then = if found { "was read on from the next valid one" } else { "no valid one follows" };
        let text = format!("a header at byte {from} is damaged and was passed over; {then}");
        self.session.tell(NoticeKind::Unreadable, self.layer.name(), text);
        self.extension = Extension::default();
        found
    }

    /// One header and what follows it; false where the stream ends within.
    fn entry(&mut self, block: &Block, visitor: &mut dyn Visitor) -> ControlFlow<(), bool> {
        let kind = block[156];
        let Some(size) = self.size(block) else {
            self.session.tell(
                NoticeKind::Unreadable,
                self.layer.name(),
                "a header has no valid size; its member was passed over",
            );
            return ControlFlow::Continue(self.search_header());
        };
        let alive = match kind {
            b'x' | b'L' | b'K' | b'g' => self.extend(kind, size),
            0 | b'0' | b'7' | b'S' => return self.file(block, size, visitor),
            b'1'..=b'6' => self.no_file(kind, size),
            _ => self.pass_data(size),
        };
        if !matches!(kind, b'x' | b'L' | b'K' | b'g') {
            self.extension = Extension::default();
        }
        ControlFlow::Continue(alive)
    }

    fn size(&self, block: &Block) -> Option<u64> {
        let own = number(field(block, 124, 12))?;
        match block[156] {
            b'x' | b'L' | b'K' | b'g' => Some(own),
            _ => Some(self.extension.size.unwrap_or(own)),
        }
    }

    /// Links, devices and folders have no data; but some writers store it with a hard link.
    fn no_file(&mut self, kind: u8, size: u64) -> bool {
        let data_follows = kind == b'1' && {
            let next = self.input.peek(BLOCK);
            next.iter().any(|&byte| byte != 0) && !is_header(next)
        };
        !data_follows || self.pass_data(size)
    }

    fn pass_data(&mut self, size: u64) -> bool {
        let whole = padded(size);
        let complete = discard(self.input, whole) >= size;
        if !complete {
            self.tell_cut("ended within a member");
        }
        complete
    }

    fn extend(&mut self, kind: u8, size: u64) -> bool {
        if size > MOST_EXTENSION {
            let text = format!("an extended header of {size} bytes was passed over");
            self.session.tell(NoticeKind::Noted, self.layer.name(), text);
            return self.pass_data(size);
        }
        let mut data = Vec::new();
        let complete = self.input.by_ref().take(size).read_to_end(&mut data).is_ok_and(|n| n as u64 == size);
        if !complete {
            self.tell_cut("ended within an extended header");
            return false;
        }
        let _ = discard(self.input, padded(size) - size);
        match kind {
            b'L' => self.extension.name = Some(until_nul(&data).to_vec()),
            b'x' => self.extension.read_pax(&data),
            _ => {}
        }
        true
    }

    fn file(&mut self, block: &Block, size: u64, visitor: &mut dyn Visitor) -> ControlFlow<(), bool> {
        self.files += 1;
        let extension = std::mem::take(&mut self.extension);
        if block[156] == b'S' && !self.pass_sparse_blocks(block) {
            return ControlFlow::Continue(false);
        }
        let map = if extension.has_map { self.pass_sparse_map() } else { 0 };
        let size = size.saturating_sub(map);
        let path = extension.name.unwrap_or_else(|| path(block));
        let hidden = self.layer.passes_over(&path);
        self.hidden += u64::from(hidden);
        if hidden || path.ends_with(b"/") {
            return ControlFlow::Continue(self.pass_data(size));
        }
        let modified = extension.modified.or_else(|| i64::try_from(number(field(block, 136, 12))?).ok());
        let member = self.layer.member(&shown(&path), modified.and_then(Time::from_seconds), Some(size));
        let mut data = self.input.by_ref().take(size);
        member.deliver(self.session, &mut Peek::new(&mut data), visitor)?;
        let left = data.limit();
        if discard(self.input, left) < left {
            self.tell_cut(&format!("ended within its member `{}`", shown(&path)));
            return ControlFlow::Continue(false);
        }
        let _ = discard(self.input, padded(size + map) - size - map);
        ControlFlow::Continue(true)
    }

    /// The map of an old GNU sparse member goes on in blocks of its own.
    fn pass_sparse_blocks(&mut self, block: &Block) -> bool {
        let mut goes_on = block[482] != 0;
        while goes_on {
            let Some(next) = self.input.peek(BLOCK).first_chunk::<BLOCK>() else {
                self.tell_cut("ended within the map of a sparse member");
                return false;
            };
            goes_on = next[504] != 0;
            self.input.consume(BLOCK);
        }
        true
    }

    /// The map of a pax sparse member is text before its data: a count, then two numbers for each,
    /// a line for every number, padded to a block. Gives its length.
    fn pass_sparse_map(&mut self) -> u64 {
        let start = self.input.position();
        let mut left = 1 + 2 * self.map_number().unwrap_or(0).min(MOST_MAP_NUMBERS);
        while left > 1 && self.map_number().is_some() {
            left -= 1;
        }
        let length = self.input.position() - start;
        length + discard(self.input, padded(length) - length)
    }

    fn map_number(&mut self) -> Option<u64> {
        let line = self.input.peek(24);
        let end = line.iter().position(|&byte| byte == b'\n')?;
        let number = decimal(line.get(..end)?);
        self.input.consume(end + 1);
        number
    }
}

impl Extension {
    /// Records of `length key=value` and a line end; the length counts all of it.
    fn read_pax(&mut self, mut data: &[u8]) {
        while let Some(space) = data.iter().position(|&byte| byte == b' ') {
            let length = decimal(data.get(..space).unwrap_or(&[])).and_then(|n| usize::try_from(n).ok());
            let Some(record) = length.and_then(|length| data.get(space + 1..length)) else { return };
            data = data.get(space + 1 + record.len()..).unwrap_or(&[]);
            let record = record.strip_suffix(b"\n").unwrap_or(record);
            if let Some(equals) = record.iter().position(|&byte| byte == b'=') {
                let (key, value) = record.split_at(equals);
                self.take(key, value.get(1..).unwrap_or(&[]));
            }
        }
    }

    fn take(&mut self, key: &[u8], value: &[u8]) {
        match key {
            b"path" if self.name.is_none() => self.name = Some(value.to_vec()),
            b"GNU.sparse.name" => self.name = Some(value.to_vec()),
            b"size" => self.size = decimal(value),
            b"mtime" => self.modified = seconds(value),
            b"GNU.sparse.major" => self.has_map = value == b"1",
            _ => {}
        }
    }
}

/// Whole seconds of a time that may have a fraction.
fn seconds(value: &[u8]) -> Option<i64> {
    let whole = value.split(|&byte| byte == b'.').next()?;
    std::str::from_utf8(whole).ok()?.parse().ok()
}

fn decimal(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn field(block: &Block, from: usize, length: usize) -> &[u8] {
    block.get(from..from + length).unwrap_or(&[])
}

fn until_nul(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or(&[])
}

/// Octal digits, or a binary number where the highest bit is set.
fn number(field: &[u8]) -> Option<u64> {
    match field {
        [0x80, rest @ ..] => {
            rest.iter().try_fold(0u64, |sum, &byte| Some(sum.checked_mul(256)? + u64::from(byte)))
        }
        _ => octal(field),
    }
}

fn octal(field: &[u8]) -> Option<u64> {
    let digits = until_nul(field).trim_ascii();
    digits.iter().try_fold(0u64, |sum, &byte| match byte {
        b'0'..=b'7' => Some(sum.checked_mul(8)? + u64::from(byte - b'0')),
        _ => None,
    })
}

/// The sum of all bytes, its own field taken as spaces; some old writers added signed bytes.
fn has_valid_checksum(block: &Block) -> bool {
    let own = 148..156;
    let value = |(at, &byte): (usize, &u8)| if own.contains(&at) { b' ' } else { byte };
    let unsigned: u64 = block.iter().enumerate().map(|pair| u64::from(value(pair))).sum();
    let signed: i64 = block.iter().enumerate().map(|pair| i64::from(value(pair) as i8)).sum();
    octal(field(block, 148, 8))
        .is_some_and(|stored| stored > 0 && (stored == unsigned || i64::try_from(stored) == Ok(signed)))
}

fn path(block: &Block) -> Vec<u8> {
    let name = until_nul(field(block, 0, 100));
    let prefix = until_nul(field(block, 345, 155));
    let is_posix = field(block, 257, 6) == b"ustar\0";
    if is_posix && !prefix.is_empty() { [prefix, b"/", name].concat() } else { name.to_vec() }
}

/// A size with the bytes that fill up its last block.
fn padded(size: u64) -> u64 {
    size.checked_next_multiple_of(BLOCK as u64).unwrap_or(size)
}
