//! Node and browsers: errors with their frames, the source line that a crash prints first, and the version after it.
//!
//! Rust's `anyhow` begins its report with the same `Error: …` and goes on after a blank line with what caused it.

use super::Verdict;
use super::shape::{begins_with_any, first_word, is_at_frame, is_blank, is_indented, is_place, thrown};

#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    /// The place of a crash was named: its source line follows, whatever it is.
    Source,
    /// After the source line: the mark under it, a blank line, and then the error.
    Mark,
    /// The error, its frames and its properties.
    Thrown,
    /// A blank line after it: only the version of Node or a list of causes follows.
    Gap,
}

const SCRIPTS: &[&[u8]] = &[b".js", b".mjs", b".cjs", b".ts", b".mts", b".cts", b".jsx", b".tsx"];

pub(super) fn begin(line: &[u8]) -> Option<Node> {
    match line.first()? {
        b'/' | b'f' | b'n' | b'C' if is_crash_place(line) => Some(Node::Source),
        b'(' if line.starts_with(b"(node:") => Some(Node::Thrown),
        b'[' if line.starts_with(b"[UnhandledPromiseRejection") => Some(Node::Thrown),
        b'A'..=b'Z' | b'a'..=b'z' => is_error(line).then_some(Node::Thrown),
        _ => None,
    }
}

/// A line that is nothing but the place: `/app/index.js:12`, `node:internal/process/promises:288`.
fn is_crash_place(line: &[u8]) -> bool {
    let alone = first_word(line).len() == line.len();
    let path = begins_with_any(line, &[b"/", b"file:///", b"C:\\"]) && is_place(line, SCRIPTS);
    alone && (path || line.starts_with(b"node:internal/"))
}

fn is_error(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"Uncaught ").unwrap_or(line);
    thrown(line).is_some_and(|it| !it.is_qualified() && !it.rest.starts_with(b" ("))
}

impl Node {
    pub(super) fn accepts(&mut self, line: &[u8]) -> Verdict {
        match self {
            Node::Source => self.goes_on(Node::Mark),
            Node::Mark => self.before_error(line),
            Node::Thrown => self.after_error(line),
            Node::Gap => self.after_gap(line),
        }
    }

    fn goes_on(&mut self, next: Node) -> Verdict {
        *self = next;
        Verdict::Yes
    }

    fn before_error(&mut self, line: &[u8]) -> Verdict {
        match line {
            _ if is_error(line) || line.starts_with(b"[UnhandledPromise") => self.goes_on(Node::Thrown),
            _ if is_blank(line) || is_indented(line) || line.starts_with(b"^") => Verdict::Yes,
            _ if is_at_frame(line) || line.starts_with(b"Thrown at:") => self.goes_on(Node::Thrown),
            _ => Verdict::No,
        }
    }

    fn after_error(&mut self, line: &[u8]) -> Verdict {
        match line {
            _ if is_blank(line) => self.goes_on(Node::Gap),
            _ if line.starts_with(b"(Use `node --trace-") => Verdict::Last,
            _ if is_indented(line) || is_at_margin(line) || is_at_frame(line) => Verdict::Yes,
            _ => Verdict::No,
        }
    }

    fn after_gap(&mut self, line: &[u8]) -> Verdict {
        match line {
            _ if line.starts_with(b"Node.js v") => Verdict::Last,
            b"Caused by:" | b"Stack backtrace:" | b"Location:" => self.goes_on(Node::Thrown),
            _ => Verdict::No,
        }
    }
}

/// What stands unindented between the frames: where an event came from, what a missing module was required by.
fn is_at_margin(line: &[u8]) -> bool {
    const PARTS: &[&[u8]] =
        &[b"Emitted 'error' event", b"Require stack:", b"- /", b"}", b"]", b"Caused by: "];
    begins_with_any(line, PARTS)
}
