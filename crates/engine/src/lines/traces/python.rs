//! Python: tracebacks, chains of them, groups of exceptions, and what the fault handler writes.
//!
//! Ruby 2.5 to 2.7 begins its traces with the same line, so its last line is taken here, too.

use super::shape::{begins_with_any, is_blank, is_dotted_name_and_colon, is_indented};
use super::{Verdict, ruby};

#[derive(Clone, Copy, Debug)]
pub(super) enum Python {
    /// Announced; the header of the traceback must come.
    Announced,
    /// Within the frames; one unindented line tells what was raised.
    Frames,
    /// After what was raised: the rest of its text, a chain, or nothing more.
    Raised,
    /// A blank line after it: only a chain can follow.
    Gap,
    /// After the frames of a logging error: the call, the message and its arguments.
    Logging,
    /// A list of threads of the fault handler.
    Fault,
}

const HEADER: &[u8] = b"Traceback (most recent call last):";
const GROUP: &[u8] = b"+ Exception Group Traceback (most recent call last):";

pub(super) fn begin(line: &[u8]) -> Option<Python> {
    match line.first()? {
        b'E' if line.starts_with(b"Exception in thread Thread-") => Some(Python::Announced),
        b'E' if line.starts_with(b"Exception ignored in: ") => Some(Python::Announced),
        b'F' if line.starts_with(b"Fatal Python error: ") => Some(Python::Fault),
        b'-' if line == b"--- Logging error ---" => Some(Python::Announced),
        b'T' if line.starts_with(b"Task exception was never retrieved") => Some(Python::Announced),
        _ => is_header(line).then_some(Python::Frames),
    }
}

/// The header can stand at the end of a message, too.
pub(super) fn is_header(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.ends_with(b":") && (line.ends_with(HEADER) || line == GROUP)
}

/// The sentences between the parts of a chain.
pub(super) fn is_chain(line: &[u8]) -> bool {
    begins_with_any(
        line,
        &[
            b"During handling of the above exception, another exception occurred:",
            b"The above exception was the direct cause of the following exception:",
        ],
    )
}

impl Python {
    pub(super) fn accepts(&mut self, line: &[u8]) -> Verdict {
        match self {
            Python::Announced => self.after_announcement(line),
            Python::Frames => self.frame(line),
            Python::Raised => self.after_raised(line),
            Python::Gap => self.after_gap(line),
            Python::Logging => logging(line),
            Python::Fault => fault(line),
        }
    }

    /// The same for a line that repeats the header: the text of what was raised goes on until a blank line, and what
    /// was raised in another process brings its own traceback, whose lines may be parted by blank ones.
    pub(super) fn accepts_repeated(&mut self, message: &[u8]) -> Verdict {
        match (self.accepts(message), *self) {
            (Verdict::No, Python::Raised | Python::Gap) if is_header(message) => self.goes_on(Python::Frames),
            (Verdict::No, Python::Frames | Python::Gap) if is_blank(message) => Verdict::Yes,
            (Verdict::No, Python::Gap) if is_indented(message) => Verdict::Yes,
            (Verdict::No, Python::Raised) => Verdict::Yes,
            (verdict, _) => verdict,
        }
    }

    fn goes_on(&mut self, next: Python) -> Verdict {
        *self = next;
        Verdict::Yes
    }

    fn after_announcement(&mut self, line: &[u8]) -> Verdict {
        match line {
            _ if is_header(line) => self.goes_on(Python::Frames),
            _ if is_blank(line) || is_indented(line) || line.starts_with(b"future: ") => Verdict::Yes,
            _ => Verdict::No,
        }
    }

    fn frame(&mut self, line: &[u8]) -> Verdict {
        match line {
            _ if is_indented(line) => Verdict::Yes,
            _ if is_dotted_name_and_colon(line) || ruby::is_place_with_message(line) => {
                self.goes_on(Python::Raised)
            }
            _ => Verdict::No,
        }
    }

    fn after_raised(&mut self, line: &[u8]) -> Verdict {
        match line {
            _ if is_blank(line) => self.goes_on(Python::Gap),
            _ if is_indented(line) => Verdict::Yes,
            _ if is_chain(line) => self.goes_on(Python::Announced),
            b"Call stack:" => self.goes_on(Python::Logging),
            _ => Verdict::No,
        }
    }

    fn after_gap(&mut self, line: &[u8]) -> Verdict {
        let chained = line.trim_ascii_start();
        let chained = chained.strip_prefix(b"| ").unwrap_or(chained);
        if is_chain(chained) { self.goes_on(Python::Announced) } else { Verdict::No }
    }
}

fn logging(line: &[u8]) -> Verdict {
    match line {
        _ if line.starts_with(b"Arguments: ") => Verdict::Last,
        _ if is_indented(line) || line.starts_with(b"Message: ") => Verdict::Yes,
        _ => Verdict::No,
    }
}

fn fault(line: &[u8]) -> Verdict {
    const PARTS: &[&[u8]] =
        &[b"Current thread 0x", b"Thread 0x", b"Python runtime state: ", b"<no Python frame>"];
    match line {
        _ if line.starts_with(b"Extension modules: ") => Verdict::Last,
        _ if is_blank(line) || is_indented(line) || begins_with_any(line, PARTS) => Verdict::Yes,
        _ => Verdict::No,
    }
}
