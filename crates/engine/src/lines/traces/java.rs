//! Java, Kotlin, Scala: stack traces with their causes, thread dumps, and the fatal error reports of the virtual machine.

use super::Verdict;
use super::shape::{after_digits, begins_with_any, is_at_frame, is_blank, is_indented, thrown};

#[derive(Clone, Copy, Debug)]
pub(super) enum Java {
    /// What was thrown, its frames, its causes.
    Thrown,
    /// All threads with their frames, parted by blank lines.
    Threads,
    /// A report whose lines all begin with `#`.
    Fatal,
}

pub(super) fn begin(line: &[u8]) -> Option<Java> {
    match line.first()? {
        b'E' if line.starts_with(b"Exception in thread \"") => Some(Java::Thrown),
        b'F' if line.starts_with(b"Full thread dump ") => Some(Java::Threads),
        b'#' if line.starts_with(b"# A fatal error has been detected by") => Some(Java::Fatal),
        b'a'..=b'z' => thrown(line).filter(|it| it.is_qualified()).map(|_| Java::Thrown),
        _ => None,
    }
}

/// The lines that tie the parts of one trace together and stand at the margin.
pub(super) fn is_joint(line: &[u8]) -> bool {
    begins_with_any(line, &[b"Caused by: ", b"Suppressed: ", b"Wrapped by: ", b"[CIRCULAR REFERENCE"])
        || is_more(line)
}

/// `... 12 more`, `... 3 common frames omitted`.
fn is_more(line: &[u8]) -> bool {
    let rest = line.strip_prefix(b"... ").and_then(after_digits);
    rest.is_some_and(|rest| rest.starts_with(b" "))
}

impl Java {
    pub(super) fn accepts(&mut self, line: &[u8]) -> Verdict {
        let belongs = match self {
            Java::Thrown => is_indented(line) || is_joint(line) || is_at_frame(line),
            Java::Threads => is_indented(line) || is_blank(line) || is_of_thread_dump(line),
            Java::Fatal => line.starts_with(b"#"),
        };
        if belongs { Verdict::Yes } else { Verdict::No }
    }
}

fn is_of_thread_dump(line: &[u8]) -> bool {
    const PARTS: &[&[u8]] = &[
        b"\"",
        b"}",
        b"0x",
        b"Threads class SMR info:",
        b"_java_thread_list=",
        b"JNI global ref",
        b"Found ",
        b"=====",
        b"Java stack information for",
        b"which is held by",
        b"Heap",
    ];
    begins_with_any(line, PARTS)
}
