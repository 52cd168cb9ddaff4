//! Rust: panics with their message, their backtrace and the notes after it.

use memchr::memmem;

use super::Verdict;
use super::shape::{begins_with_any, is_indented};

#[derive(Clone, Copy, Debug)]
pub(super) enum Rust {
    /// The header ended with the place: the message has the next line.
    Message,
    /// After the message.
    Backtrace,
}

pub(super) fn begin(line: &[u8]) -> Option<Rust> {
    match line.first()? {
        b't' if line.starts_with(b"thread '") => by_header(line),
        b's' if line == b"stack backtrace:" => Some(Rust::Backtrace),
        _ => None,
    }
}

/// Since Rust 1.73 the message stands on a line of its own.
fn by_header(line: &[u8]) -> Option<Rust> {
    let panicked =
        memmem::find(line, b"' panicked at ").is_some() || memmem::find(line, b") panicked at ").is_some();
    let overflowed = line.ends_with(b"' has overflowed its stack");
    let state = if line.ends_with(b":") { Rust::Message } else { Rust::Backtrace };
    (panicked || overflowed).then_some(state)
}

impl Rust {
    pub(super) fn accepts(&mut self, line: &[u8]) -> Verdict {
        match self {
            Rust::Message => {
                *self = Rust::Backtrace;
                Verdict::Yes
            }
            Rust::Backtrace => after_message(line),
        }
    }
}

fn after_message(line: &[u8]) -> Verdict {
    const ENDS: &[&[u8]] = &[b"note: ", b"thread panicked while", b"thread caused non-unwinding panic"];
    const PARTS: &[&[u8]] = &[b"stack backtrace:", b"fatal runtime error: "];
    match line {
        _ if begins_with_any(line, ENDS) => Verdict::Last,
        _ if is_indented(line) || begins_with_any(line, PARTS) => Verdict::Yes,
        _ => Verdict::No,
    }
}
