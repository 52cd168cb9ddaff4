//! A header that was matched in, the same header of other lines out, without matching it again.
//!
//! The lines of a log begin with few different headers: another time and another number, all else the same letters at
//! the same places. Where neither the steps of a pattern nor what was tried before them tell one digit from another or
//! look beyond the header, they find in all these lines what they found in one, and only the stamp is read. What was
//! tried in vain for want of a byte where the message begins is remembered with it: a message that begins with that byte
//! may be read otherwise.

use super::{Head, Matched, Pattern, ReadStamp, Step, Stops, is_blank};
use crate::records::clock::Reading;
use crate::records::fields::Fields;
use crate::records::level::Level;

/// Headers that are known at a time: a program has so many threads and classes.
const MOST: usize = 32;
/// Bytes that are freed of digits and compared in one step, and the shortest header.
const UNIT: usize = 16;
/// The longest header.
const LONGEST: usize = 16 * UNIT;
/// So much more often it must be in vain than not until it is no longer tried,
const PATIENCE: u32 = 64;
/// for so many lines.
const PAUSE: u32 = 1 << 12;

/// Bytes that may be missed at one place.
const MISSED: usize = 4;

/// What a match found out about a line beside its header.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Way {
    /// Where a stamp stands, and how long it is.
    pub(super) stamp: Option<(usize, usize)>,
    /// Where what was looked at ends, but for bytes that were missed.
    looked: usize,
    /// The last place at which bytes were not found, and the first of these; there may have been more.
    missed_at: usize,
    missed: [u8; MISSED],
    misses: usize,
    /// What was found may be another thing with other digits, or more was looked at than is told here.
    is_unsure: bool,
}

impl Way {
    /// Looked at everything before this.
    #[inline]
    pub(super) fn look(&mut self, end: usize) {
        self.looked = self.looked.max(end);
    }

    /// Looked for a byte there, and found another.
    #[inline]
    pub(super) fn miss(&mut self, at: usize, byte: u8) {
        self.is_unsure |= byte.is_ascii_digit();
        if at < self.missed_at {
            return;
        }
        if at > self.missed_at {
            (self.missed_at, self.misses) = (at, 0);
        }
        if let Some(missed) = self.missed.get_mut(self.misses) {
            *missed = byte;
        }
        self.misses += 1;
    }

    /// The step did not match there.
    pub(super) fn fail(&mut self, step: &Step, at: usize) {
        match step {
            Step::Byte(byte) => self.miss(at, *byte),
            Step::Word(..) | Step::Column(_) | Step::Blank => self.look(at + 2),
            Step::Int(_) | Step::Number(_) => self.look(at + 3),
            _ => self.is_unsure = true,
        }
    }

    /// These steps matched, and are not those of the pattern or need not be.
    #[inline]
    pub(super) fn tried(&mut self, steps: &[Step]) {
        self.is_unsure |= !is_told(steps);
    }

    #[inline]
    pub(super) fn unsure(&mut self) {
        self.is_unsure = true;
    }

    /// Which bytes a message must not begin with so that all lines with the header go the same way; nothing where that is
    /// not known.
    fn missed_by(&self, message: usize) -> Option<&[u8]> {
        if self.is_unsure || self.looked > message + 1 || self.missed_at > message {
            return None;
        }
        if self.missed_at < message { Some(&[]) } else { self.missed.get(..self.misses) }
    }
}

/// Headers of the patterns of a format.
#[derive(Clone, Debug)]
pub(crate) struct Headers {
    list: Vec<Header>,
    /// The one of the last line, and the one to be forgotten next, unless it was found again.
    last: usize,
    next: usize,
    patience: u32,
    pause: u32,
}

#[derive(Clone, Debug)]
struct Header {
    /// Its bytes up to the message, with `0` for every digit, and the last of them, which are compared first: headers begin
    /// with their stamps, and differ behind.
    bytes: Box<[u8]>,
    end: [u8; UNIT],
    level: Option<Level>,
    stamp: Option<(usize, usize)>,
    fields: Fields,
    /// The pattern that matched, by its number.
    pattern: usize,
    /// No message begins with these.
    missed: Box<[u8]>,
    /// It was found again since it might have been forgotten.
    is_used: bool,
}

impl Headers {
    /// None is known yet.
    pub(crate) fn new() -> Headers {
        Headers { list: Vec::new(), last: 0, next: 0, patience: PATIENCE, pause: 0 }
    }

    /// The header of a line and the number of its pattern, if it is one of those. A stamp that ends elsewhere than that of
    /// the known header is given back: no stamp may be read twice.
    #[inline]
    pub(crate) fn find(
        &mut self,
        line: &[u8],
        stamps: &mut impl ReadStamp,
        fields: &mut Fields,
    ) -> Result<(Head, usize), Option<Reading>> {
        let Some(header) = self.known(line) else { return Err(None) };
        let mut head = Head { level: header.level, message: header.bytes.len(), ..Head::default() };
        if let Some((at, length)) = header.stamp {
            let Some(reading) = line.get(at..).and_then(|rest| stamps.read(rest)) else { return Err(None) };
            if reading.length != length {
                return Err(Some(reading));
            }
            head.time = reading.time;
            head.notes.add(reading.notes);
        }
        fields.become_same(&header.fields);
        Ok((head, header.pattern))
    }

    #[inline]
    fn known(&mut self, line: &[u8]) -> Option<&Header> {
        if self.pause > 0 {
            self.pause -= 1;
            return None;
        }
        let is_of = |header: &Header| header.is_of(line);
        if !self.list.get(self.last).is_some_and(is_of) {
            let Some(found) = self.list.iter().position(is_of) else {
                self.miss();
                return None;
            };
            // What is found often comes to stand in front.
            self.last = found / 2;
            self.list.swap(found, self.last);
        }
        self.patience = (self.patience + 1).min(PATIENCE);
        let header = self.list.get_mut(self.last)?;
        header.is_used = true;
        Some(header)
    }

    #[cold]
    fn miss(&mut self) {
        self.patience = self.patience.saturating_sub(2);
        if self.patience == 0 {
            (self.patience, self.pause) = (PATIENCE, PAUSE);
        }
    }

    /// Remembers the header of a line that a pattern matched on a [`Way`]; it must be [`is_blind`].
    pub(crate) fn note(&mut self, line: &[u8], matched: &Matched, fields: &Fields) {
        let Matched { head, pattern, way } = matched;
        let blank_next = line.get(head.message).is_none_or(|byte| is_blank(*byte));
        if self.pause > 0 || blank_next || !(UNIT..=LONGEST).contains(&head.message) {
            return;
        }
        let Some(missed) = way.missed_by(head.message) else { return };
        let bytes: Box<[u8]> = line.iter().take(head.message).map(|byte| without_digit(*byte)).collect();
        let header = Header {
            end: bytes.last_chunk().copied().unwrap_or_default(),
            bytes,
            level: head.level,
            stamp: way.stamp,
            fields: fields.clone(),
            pattern: *pattern,
            missed: missed.into(),
            is_used: false,
        };
        if self.list.len() < MOST {
            self.last = self.list.len();
            return self.list.push(header);
        }
        // Each is passed over once at most.
        while let Some(used) = self.list.get_mut(self.next).filter(|header| header.is_used) {
            used.is_used = false;
            self.next = (self.next + 1) % MOST;
        }
        if let Some(before) = self.list.get_mut(self.next) {
            *before = header;
        }
        self.last = self.next;
        self.next = (self.next + 1) % MOST;
    }
}

impl Header {
    /// Whether a line begins with it, with whatever digits, and its message right behind.
    #[inline]
    fn is_of(&self, line: &[u8]) -> bool {
        let (Some(head), Some(next)) = (line.get(..self.bytes.len()), line.get(self.bytes.len())) else {
            return false;
        };
        // The end has what is behind the last whole unit.
        head.last_chunk().is_some_and(|end| is_same(end, &self.end))
            && !is_blank(*next)
            && !self.missed.contains(next)
            && units(head).zip(units(&self.bytes)).all(|(unit, known)| is_same(unit, known))
    }
}

fn units(bytes: &[u8]) -> impl Iterator<Item = &[u8; UNIT]> {
    bytes.as_chunks().0.iter()
}

/// Whether bytes are these, with `0` for every digit. Both stay in the registers of the processor.
#[inline(always)]
fn is_same(unit: &[u8; UNIT], known: &[u8; UNIT]) -> bool {
    unit.map(without_digit) == *known
}

#[inline(always)]
fn without_digit(byte: u8) -> u8 {
    if byte.wrapping_sub(b'0') < 10 { b'0' } else { byte }
}

/// Whether a pattern reads nothing but what stands before the message and the byte that begins it, and finds the same
/// there whatever the digits are, where its way says no otherwise.
pub(crate) fn is_blind(pattern: &Pattern) -> bool {
    let Some((Step::Rest, header)) = pattern.steps.split_last() else { return false };
    let no_digit = |bytes: &[u8]| !bytes.iter().any(u8::is_ascii_digit);
    let blind = |step: &Step| match step {
        Step::Blank | Step::Column(_) | Step::Int(_) | Step::Number(_) | Step::Time | Step::Level => true,
        Step::Byte(byte) | Step::Quoted(_, byte) => no_digit(&[*byte]),
        Step::Bracketed(_, open, close) => no_digit(&[*open, *close]),
        Step::Word(_, stops) => stops.have_no_digit(),
        Step::Text(_, until) => !until.is_empty() && no_digit(until),
        Step::Optional(_) => true,
        _ => false,
    };
    let stamps = header.iter().filter(|step| **step == Step::Time).count();
    let ends = matches!(header.last(), Some(Step::Blank | Step::Column(_) | Step::Byte(_)));
    ends && stamps <= 1 && header.iter().all(blind)
}

/// Whether a [`Way`] tells all that these steps look at, and they find the same whatever the digits are.
fn is_told(steps: &[Step]) -> bool {
    steps.iter().all(|step| match step {
        Step::Blank | Step::Column(_) | Step::Int(_) | Step::Number(_) | Step::Level | Step::MessageHere => {
            true
        }
        Step::Byte(byte) | Step::Quoted(_, byte) => !byte.is_ascii_digit(),
        Step::Bracketed(_, open, close) => !open.is_ascii_digit() && !close.is_ascii_digit(),
        Step::Word(_, stops) => stops.have_no_digit(),
        // What is in it is asked about when it is tried.
        Step::Optional(_) => true,
        _ => false,
    })
}

impl Stops {
    fn have_no_digit(&self) -> bool {
        let literals = self.literals.iter().flat_map(|(literal, _)| literal);
        let mut all = self.anywhere.iter().chain(&self.before_blank).chain(literals);
        !all.any(u8::is_ascii_digit)
    }
}
