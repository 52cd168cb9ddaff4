//! The header that stands before a member of a zip archive: name, method, sizes, and when it was written.
//!
//! Sizes may be missing (they follow the data) or stand in an extra field (zip64). A time in an extra field is
//! exact and in UTC; the one of DOS is taken as UTC, since nothing says where it was written.

use std::io::BufRead;

use logsift_engine::records::time::{Time, days_from_civil};

use crate::peek::Peek;

const IS_ENCRYPTED: u16 = 1;
const SIZES_FOLLOW: u16 = 8;

/// What a local header says.
pub(super) struct Header {
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) checksum: u32,
    pub(super) stored: u64,
    pub(super) size: u64,
    pub(super) name: Vec<u8>,
    pub(super) modified: Option<Time>,
}

impl Header {
    /// Takes a header from the input; nothing where that ends within.
    pub(super) fn read(input: &mut Peek<'_>) -> Option<Header> {
        let fixed: [u8; 30] = *input.peek(30).first_chunk()?;
        input.consume(30);
        let name = Header::read_part(input, short(&fixed, 26))?;
        let extra = Header::read_part(input, short(&fixed, 28))?;
        let mut header = Header {
            flags: short(&fixed, 6),
            method: short(&fixed, 8),
            checksum: word(&fixed, 14),
            stored: u64::from(word(&fixed, 18)),
            size: u64::from(word(&fixed, 22)),
            name,
            modified: dos_time(short(&fixed, 12), short(&fixed, 10)),
        };
        header.read_extra(&extra);
        Some(header)
    }

    /// Sizes and checksum are only told after the data.
    pub(super) fn sizes_follow(&self) -> bool {
        self.flags & SIZES_FOLLOW != 0 && self.stored == 0
    }

    /// Why it cannot be read, if it cannot.
    pub(super) fn unreadable(&self) -> Option<String> {
        if self.flags & IS_ENCRYPTED != 0 {
            return Some("is encrypted and was passed over\nhint: unpack the archive first".into());
        }
        if !matches!(self.method, 0 | 8 | 12 | 93 | 95) {
            let text = format!("is compressed by method `{}`, which is not read", self.method);
            return Some(format!("{text}, and was passed over\nhint: unpack the archive first"));
        }
        None
    }

    fn read_part(input: &mut Peek<'_>, length: u16) -> Option<Vec<u8>> {
        let part = input.peek(usize::from(length)).to_vec();
        input.consume(part.len());
        (part.len() == usize::from(length)).then_some(part)
    }

    /// Records of an id, a length and data: sizes in 64 bits and the time in UTC are of use.
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

/// The time in the header has no zone; taken as UTC it is right to within a day, which is enough
/// to tell the year of stamps that have none.
fn dos_time(date: u16, time: u16) -> Option<Time> {
    let (year, month, day) = (1980 + i64::from(date >> 9), u32::from(date >> 5 & 15), u32::from(date & 31));
    let (hour, minute, second) = (i64::from(time >> 11), i64::from(time >> 5 & 63), i64::from(time & 31) * 2);
    let is_valid = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60;
    // What writers put there that know no time.
    let is_none = (year, month, day) == (1980, 1, 1);
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    if is_valid && !is_none { Time::from_seconds(seconds) } else { None }
}

pub(super) fn short(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u16::from_le_bytes)
}

pub(super) fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u32::from_le_bytes)
}

pub(super) fn long(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let check = |date: u16, time: u16, expected: Option<&str>| {
            assert_eq!(dos_time(date, time).map(|time| time.to_string()).as_deref(), expected);
        };
        check(44 << 9 | 2 << 5 | 29, 13 << 11 | 45 << 5 | 6, Some("2024-02-29T13:45:12Z"));
        check(1 << 5 | 1, 0, None);
        check(0, 0, None);
        check(44 << 9 | 13 << 5 | 1, 0, None);
        check(u16::MAX, u16::MAX, None);
    }
}
