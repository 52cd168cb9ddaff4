//! .NET: exceptions with their inner ones and with the marks of awaited calls.

use super::Verdict;
use super::shape::{begins_with_any, is_at_frame, is_blank, is_indented, thrown};

#[derive(Clone, Copy, Debug)]
pub(super) struct Dotnet {
    /// The line before ended an inner exception of several: a blank line follows it.
    inner_ended: bool,
}

pub(super) fn begin(line: &[u8]) -> Option<Dotnet> {
    const OPENINGS: &[&[u8]] =
        &[b"Unhandled exception. ", b"Unhandled Exception: ", b"[ERROR] FATAL UNHANDLED EXCEPTION: "];
    let opens = match line.first()? {
        b'U' | b'[' => begins_with_any(line, OPENINGS) || is_type(line),
        b'A'..=b'Z' => is_type(line),
        _ => false,
    };
    opens.then_some(Dotnet { inner_ended: false })
}

fn is_type(line: &[u8]) -> bool {
    thrown(line).is_some_and(|it| it.is_qualified() && it.begins_upper())
}

/// The marks that may stand at the margin.
pub(super) fn is_joint(line: &[u8]) -> bool {
    const MARKS: &[&[u8]] = &[b"---> ", b"--- End of ", b"-----> ", b"<---"];
    begins_with_any(line, MARKS)
}

impl Dotnet {
    pub(super) fn accepts(&mut self, line: &[u8]) -> Verdict {
        let after_inner = std::mem::replace(&mut self.inner_ended, line.ends_with(b"<---"));
        let belongs =
            is_indented(line) || is_joint(line) || is_at_frame(line) || (after_inner && is_blank(line));
        if belongs { Verdict::Yes } else { Verdict::No }
    }
}
