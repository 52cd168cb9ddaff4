//! A header that was matched in, the same header of other lines out, without matching it again.
//!
//! The lines of a log begin with few different headers: another time and another number, all else the same letters at
//! the same places. Where neither the steps of a pattern nor what was tried before them tell one digit from another or
//! look beyond the header, they find in all these lines what they found in one, and only the stamp is read.

use super::{Head, OwnLevels, Pattern, ReadStamp, Step, Stops, is_blank};
use crate::records::clock::Reading;
use crate::records::fields::Fields;
use crate::records::level::Level;

/// Headers that are known at a time.
const MOST: usize = 8;
/// Bytes compared in one step, and the shortest header.
const UNIT: usize = 16;
/// So much more often it must be in vain than not until it is no longer tried,
const PATIENCE: u32 = 64;
/// for so many lines.
const PAUSE: u32 = 1 << 12;

/// What a match found out about a line beside its header.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Way {
    /// Where a stamp stands, and how long it is.
    pub(super) stamp: Option<(usize, usize)>,
    /// An optional group was tried, so more may have been looked at than the header.
    pub(super) tried: bool,
}

/// Headers of the first pattern of a format.
#[derive(Clone, Debug)]
pub(crate) struct Headers {
    list: Vec<Header>,
    /// The one of the last line, and the one to be forgotten next.
    last: usize,
    next: usize,
    patience: u32,
    pause: u32,
}

#[derive(Clone, Debug)]
struct Header {
    /// Its bytes up to the message, with `0` for every digit.
    bytes: Box<[u8]>,
    level: Option<Level>,
    stamp: Option<(usize, usize)>,
    fields: Fields,
}

impl Headers {
    /// None is known yet.
    pub(crate) fn new() -> Headers {
        Headers { list: Vec::new(), last: 0, next: 0, patience: PATIENCE, pause: 0 }
    }

    /// The header of a line, if it is one of those. A stamp that ends elsewhere than that of the known header is given
    /// back: no stamp may be read twice.
    #[inline]
    pub(crate) fn find(
        &mut self,
        line: &[u8],
        stamps: &mut impl ReadStamp,
        fields: &mut Fields,
    ) -> Result<Head, Option<Reading>> {
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
        Ok(head)
    }

    #[inline]
    fn known(&mut self, line: &[u8]) -> Option<&Header> {
        if self.pause > 0 {
            self.pause -= 1;
            return None;
        }
        let is_last = self.list.get(self.last).is_some_and(|header| header.is_of(line));
        if !is_last {
            match self.list.iter().position(|header| header.is_of(line)) {
                Some(found) => self.last = found,
                None => {
                    self.miss();
                    return None;
                }
            }
        }
        self.patience = (self.patience + 1).min(PATIENCE);
        self.list.get(self.last)
    }

    #[cold]
    fn miss(&mut self) {
        self.patience = self.patience.saturating_sub(2);
        if self.patience == 0 {
            (self.patience, self.pause) = (PATIENCE, PAUSE);
        }
    }

    /// Remembers the header of a line that a pattern matched on a [`Way`]; it must be [`is_blind`] and the first.
    pub(crate) fn note(&mut self, line: &[u8], head: &Head, way: &Way, fields: &Fields) {
        let blank_next = line.get(head.message).is_none_or(|byte| is_blank(*byte));
        if self.pause > 0 || way.tried || blank_next || head.message < UNIT {
            return;
        }
        let bytes = line.get(..head.message).unwrap_or_default();
        let plain = |byte: &u8| if byte.is_ascii_digit() { b'0' } else { *byte };
        let header = Header {
            bytes: bytes.iter().map(plain).collect(),
            level: head.level,
            stamp: way.stamp,
            fields: fields.clone(),
        };
        self.last = self.next;
        match self.list.get_mut(self.next) {
            Some(before) => *before = header,
            None => self.list.push(header),
        }
        self.next = (self.next + 1) % MOST;
    }
}

impl Header {
    /// Whether a line begins with it, with whatever digits, and its message right behind.
    #[inline]
    fn is_of(&self, line: &[u8]) -> bool {
        let Some((head, [next, ..])) = line.split_at_checked(self.bytes.len()) else { return false };
        let (units, known) = (head.as_chunks::<UNIT>().0, self.bytes.as_chunks::<UNIT>().0);
        // The last unit may hold bytes of the one before.
        let ends = head.last_chunk::<UNIT>().zip(self.bytes.last_chunk::<UNIT>());
        !is_blank(*next)
            && units.iter().zip(known).all(|(unit, known)| without_digits(unit) == *known)
            && ends.is_some_and(|(unit, known)| without_digits(unit) == *known)
    }
}

/// The same bytes with `0` for every digit.
#[inline]
fn without_digits(unit: &[u8; UNIT]) -> [u8; UNIT] {
    let mut plain = *unit;
    for byte in &mut plain {
        *byte = if byte.wrapping_sub(b'0') < 10 { b'0' } else { *byte };
    }
    plain
}

/// Whether a pattern reads nothing but what stands before the message and the byte that begins it, and finds the same
/// there whatever the digits are. Groups count as not tried.
pub(crate) fn is_blind(pattern: &Pattern, levels: &OwnLevels) -> bool {
    let Some((Step::Rest, header)) = pattern.steps.split_last() else { return false };
    let no_digit = |bytes: &[u8]| !bytes.iter().any(u8::is_ascii_digit);
    let blind = |step: &Step| match step {
        Step::Blank | Step::Column(_) | Step::Int(_) | Step::Number(_) | Step::Time => true,
        Step::Byte(byte) | Step::Quoted(_, byte) => no_digit(&[*byte]),
        Step::Word(_, stops) => stops.have_no_digit(),
        Step::Text(_, until) => !until.is_empty() && no_digit(until),
        Step::Level => levels.0.iter().all(|(word, _)| no_digit(word)),
        Step::Optional(group) => match group.first() {
            Some(Step::Byte(byte)) => no_digit(&[*byte]),
            first => first == Some(&Step::Priority),
        },
        _ => false,
    };
    let stamps = header.iter().filter(|step| **step == Step::Time).count();
    let ends = matches!(header.last(), Some(Step::Blank | Step::Column(_) | Step::Byte(_)));
    ends && stamps <= 1 && header.iter().all(blind)
}

impl Stops {
    fn have_no_digit(&self) -> bool {
        let literals = self.literals.iter().flat_map(|(literal, _)| literal);
        let mut all = self.anywhere.iter().chain(&self.before_blank).chain(literals);
        !all.any(u8::is_ascii_digit)
    }
}
