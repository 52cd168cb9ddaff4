//! Go: panics, fatal errors and dumps of all goroutines, registers and exit status included.

use super::Verdict;
use super::shape::{begins_with_any, first_word, is_blank, is_indented};

#[derive(Clone, Copy, Debug)]
pub(super) struct Go;

const OPENINGS: &[&[u8]] = &[
    b"panic: ",
    b"fatal error: ",
    b"goroutine ",
    b"http: panic serving ",
    b"unexpected fault address ",
    b"runtime: goroutine stack exceeds",
    b"SIGQUIT: quit",
    b"SIGABRT: abort",
    b"SIGSEGV: segmentation violation",
];

pub(super) fn begin(line: &[u8]) -> Option<Go> {
    let may_open = matches!(line.first()?, b'p' | b'f' | b'g' | b'h' | b'u' | b'r' | b'S');
    (may_open && begins_with_any(line, OPENINGS) && is_goroutine_or_other(line)).then_some(Go)
}

/// `goroutine 12 [running]:` and not a sentence about one.
fn is_goroutine_or_other(line: &[u8]) -> bool {
    !line.starts_with(b"goroutine ") || is_goroutine(line)
}

pub(super) fn is_goroutine(line: &[u8]) -> bool {
    line.starts_with(b"goroutine ") && line.ends_with(b"]:")
}

impl Go {
    pub(super) fn accepts(&mut self, line: &[u8]) -> Verdict {
        match line {
            _ if line.starts_with(b"exit status ") => Verdict::Last,
            _ if is_blank(line) || is_indented(line) || is_call(line) => Verdict::Yes,
            _ if begins_with_any(line, PARTS) || is_register(line) || is_goroutine(line) => Verdict::Yes,
            _ => Verdict::No,
        }
    }
}

const PARTS: &[&[u8]] = &[
    b"panic: ",
    b"[signal ",
    b"created by ",
    b"goroutine running on other thread",
    b"runtime stack:",
    b"runtime: ",
    b"fatal error: ",
    b"PC=0x",
    b"sp=0x",
    b"instruction bytes:",
    b"...additional frames elided...",
    b"...(",
    b"...",
];

/// `main.(*Server).handle(0xc000010000, {0x1, 0x2})`: a dotted name up to the bracket, and the bracket at the end.
fn is_call(line: &[u8]) -> bool {
    if !line.ends_with(b")") {
        return false;
    }
    let word = first_word(line);
    word.starts_with(b"panic(") || (word.contains(&b'(') && word.contains(&b'.'))
}

/// `rax    0x0`.
fn is_register(line: &[u8]) -> bool {
    let name = first_word(line);
    let value = line.get(name.len()..).unwrap_or_default().trim_ascii_start();
    (2..=6).contains(&name.len()) && name.iter().all(u8::is_ascii_alphanumeric) && value.starts_with(b"0x")
}
