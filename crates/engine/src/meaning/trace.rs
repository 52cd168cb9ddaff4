//! A message of many lines in, those that state something out.
//!
//! The frames of a stack trace name classes, files and code that sound like trouble wherever
//! exceptions are dealt with (`at org.example.ErrorHandler.handle`). They are passed over; the lines
//! that name the exception itself, before the frames in Java and behind them in Python, are not.

/// The lines of a message that are no frames of a trace.
pub(super) fn speaking_lines(message: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut code_follows = false;
    message.split(|byte| *byte == b'\n').enumerate().filter_map(move |(number, line)| {
        let code = std::mem::replace(&mut code_follows, false);
        if number == 0 {
            return Some(line);
        }
        let text = line.trim_ascii_start();
        let indented = text.len() < line.len();
        code_follows = indented && text.starts_with(b"File \"");
        let frame = indented && (code || is_frame(text));
        (!frame).then_some(line)
    })
}

/// Whether an indented line is a frame of Python, Java, JavaScript, .NET, Ruby or Go.
fn is_frame(text: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 7] = [b"File \"", b"at ", b"... ", b"in ", b"from ", b"/", b"#"];
    BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, wanted: &[&str]) {
        let lines: Vec<&[u8]> = speaking_lines(message.as_bytes()).collect();
        let wanted: Vec<&[u8]> = wanted.iter().map(|line| line.as_bytes()).collect();
        assert_eq!(lines, wanted, "{message}");
    }

    #[test]
    fn frames_are_passed_over() {
        check(
            "Traceback\n  File \"a.py\", line 3, in run\n    raise Failed()\nValueError: no",
            &["Traceback", "ValueError: no"],
        );
        check(
            "stopped\n\tat a.B.c(B.java:1)\n\t... 3 more\nCaused by: X\n\tat a.D.e",
            &["stopped", "Caused by: X"],
        );
        check("two\n  reason: disk full\n", &["two", "  reason: disk full", ""]);
        check("  File \"first", &["  File \"first"]);
    }
}
