//! PHP: uncaught exceptions with their chain, the traces of frameworks, and those of Xdebug.

use super::Verdict;
use super::shape::{after_digits, begins_with_any, is_blank, is_indented};

#[derive(Clone, Copy, Debug)]
pub(super) struct Php;

const OPENINGS: &[&[u8]] = &[
    b"PHP Fatal error:  ",
    b"PHP Parse error:  ",
    b"PHP Warning:  ",
    b"PHP Notice:  ",
    b"PHP Deprecated:  ",
    b"PHP Stack trace:",
    b"Fatal error: Uncaught ",
    b"Uncaught PHP Exception ",
    b"[stacktrace]",
    b"[previous exception]",
];

pub(super) fn begin(line: &[u8]) -> Option<Php> {
    let may_open = matches!(line.first()?, b'P' | b'F' | b'U' | b'[' | b'#' | b'S');
    (may_open && (begins_with_any(line, OPENINGS) || is_trace_title(line) || is_frame(line))).then_some(Php)
}

fn is_trace_title(line: &[u8]) -> bool {
    matches!(line, b"Stack trace:" | b"Stack trace: ")
}

/// `#0 /app/a.php(12): f()`, `#3 [internal function]: g()`, `#4 {main}`.
pub(super) fn is_frame(line: &[u8]) -> bool {
    let rest = line.strip_prefix(b"#").and_then(after_digits);
    rest.is_some_and(|rest| {
        begins_with_any(rest, &[b" /", b" {main}", b" [internal function]", b" C:\\", b" phar:"])
    })
}

/// The lines at the margin that follow the first one.
pub(super) fn is_joint(line: &[u8]) -> bool {
    const PARTS: &[&[u8]] = &[b"[stacktrace]", b"[previous exception]", b"PHP Stack trace:", b"PHP   "];
    is_frame(line) || is_trace_title(line) || begins_with_any(line, PARTS)
}

impl Php {
    pub(super) fn accepts(&mut self, line: &[u8]) -> Verdict {
        match line {
            _ if line.starts_with(b"  thrown in ") || line.starts_with(b"\"}") => Verdict::Last,
            _ if is_blank(line) || is_indented(line) || is_joint(line) => Verdict::Yes,
            _ if line.starts_with(b"Next ") || line.starts_with(b"Call Stack:") => Verdict::Yes,
            _ => Verdict::No,
        }
    }
}
