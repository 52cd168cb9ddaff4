//! A reader with a small buffer that can be looked into before anything is taken.
//!
//! Every layer (file, decompressor, archive member) is read through one: what a layer holds is
//! known by its first bytes, and those must still be there for whoever reads it. Large reads of a
//! plain file pass by the buffer. A failure of the reader below is remembered, so that only the
//! layer that failed speaks of it.

use std::io::{self, BufRead, Read};

/// Room for looking ahead.
const CAPACITY: usize = 64 * 1024;

pub(crate) struct Peek<'a> {
    inner: &'a mut dyn Read,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    failed: bool,
    position: u64,
}

impl<'a> Peek<'a> {
    pub(crate) fn new(inner: &'a mut dyn Read) -> Peek<'a> {
        Peek { inner, buffer: vec![0; CAPACITY], start: 0, end: 0, ended: false, failed: false, position: 0 }
    }

    /// Bytes that were read and not yet taken.
    pub(crate) fn ready(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or(&[])
    }

    /// The next `wanted` bytes (at most [`CAPACITY`]); fewer only where the reader ends or fails.
    pub(crate) fn peek(&mut self, wanted: usize) -> &[u8] {
        while self.ready().len() < wanted.min(CAPACITY) && self.more() {}
        let ready = self.ready();
        ready.get(..wanted).unwrap_or(ready)
    }

    /// Reads once into the buffer; false where nothing came or nothing fits.
    pub(crate) fn more(&mut self) -> bool {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.ended || self.failed || self.end == self.buffer.len() {
            return false;
        }
        let count = match self.buffer.get_mut(self.end..) {
            Some(space) => read_some(self.inner, space),
            None => Ok(0),
        };
        match count {
            Ok(0) => self.ended = true,
            Ok(count) => self.end += count,
            Err(_) => self.failed = true,
        }
        !self.ended && !self.failed
    }

    /// Whether the reader below failed; it has told of it already.
    pub(crate) fn failed(&self) -> bool {
        self.failed
    }

    /// How many bytes were taken.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }
}

/// One read that a signal does not end.
fn read_some(inner: &mut dyn Read, space: &mut [u8]) -> io::Result<usize> {
    loop {
        match inner.read(space) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// What a reader gives above one that failed.
pub(crate) fn failure_below() -> io::Error {
    io::Error::other("the data ended early")
}

impl Read for Peek<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end && out.len() >= CAPACITY && !self.ended && !self.failed {
            let count = read_some(self.inner, out).inspect_err(|_| self.failed = true)?;
            self.ended = count == 0;
            self.position += count as u64;
            return Ok(count);
        }
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Peek<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end && !self.more() && self.failed {
            return Err(failure_below());
        }
        Ok(self.ready())
    }

    fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.position += count as u64;
    }
}

/// Passes over `count` bytes; gives how many were there.
pub(crate) fn discard(input: &mut dyn BufRead, count: u64) -> u64 {
    let mut left = count;
    while left > 0 {
        let Ok(ready) = input.fill_buf() else { break };
        if ready.is_empty() {
            break;
        }
        let step = usize::try_from(left).unwrap_or(usize::MAX).min(ready.len());
        input.consume(step);
        left -= step as u64;
    }
    count - left
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Drops(usize);

    impl Read for Drops {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::other("gone"));
            }
            self.0 -= 1;
            out[0] = b'x';
            Ok(1)
        }
    }

    #[test]
    fn looking_takes_nothing() {
        let mut bytes: &[u8] = b"abcdef";
        let mut input = Peek::new(&mut bytes);
        assert_eq!(input.peek(3), b"abc");
        assert_eq!(input.peek(100), b"abcdef");
        let mut text = String::new();
        input.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), input.position()), ("abcdef", 6));
        assert!(!input.failed());
    }

    #[test]
    fn what_came_before_a_failure_is_given() {
        let mut drops = Drops(3);
        let mut input = Peek::new(&mut drops);
        assert_eq!(input.peek(10), b"xxx");
        assert!(input.failed());
        let mut out = [0; 10];
        assert_eq!(input.read(&mut out).unwrap(), 3);
        assert!(input.read(&mut out).is_err());
    }

    #[test]
    fn large_reads_pass_by_the_buffer() {
        let bytes: Vec<u8> = (0..300_000u32).map(|n| n as u8).collect();
        let mut source: &[u8] = &bytes;
        let mut input = Peek::new(&mut source);
        assert_eq!(input.peek(5), &bytes[..5]);
        let mut all = Vec::new();
        let mut out = vec![0; 100_000];
        loop {
            let count = input.read(&mut out).unwrap();
            if count == 0 {
                break;
            }
            all.extend_from_slice(&out[..count]);
        }
        assert!(all == bytes);
        assert_eq!(input.position(), 300_000);
    }

    #[test]
    fn discarding_says_how_much_was_there() {
        let mut bytes: &[u8] = &[0; 1000];
        assert_eq!(discard(&mut bytes, 400), 400);
        assert_eq!(discard(&mut bytes, 1000), 600);
    }
}
