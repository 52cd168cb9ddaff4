//! A line in; does it look by itself like the rest of something?
//!
//! Asked for traces whose beginning was not recognised. The first byte decides what is looked for, so an ordinary line
//! costs next to nothing.

use super::{dotnet, go, java, native, php, python, ruby, shape, without_return};

/// Whether a line without a header looks as if it continued whatever came before it.
///
/// A blank line does not: what it means depends on what is open.
pub fn continues(line: &[u8]) -> bool {
    let line = without_return(line);
    let Some(first) = line.first() else { return false };
    match first {
        b' ' | b'\t' => shape::is_indented(line) && !is_padded_date(line) && !python::is_header(line),
        b'a' => shape::is_at_frame(line),
        b'f' => line.starts_with(b"from ") && ruby::is_frame(line),
        b'C' | b'S' | b'W' | b'.' => java::is_joint(line) || line == b"Stack trace:",
        b'D' | b'T' => python::is_chain(line),
        b'-' => dotnet::is_joint(line) || line.starts_with(b"--> "),
        b'<' => line == b"<---",
        b'}' | b']' | b')' | b'"' => is_closing(line),
        b'^' => line.iter().all(|byte| matches!(byte, b'^' | b'~' | b' ')),
        b'|' => true,
        b'#' => php::is_frame(line) || native::is_debugger_frame(line),
        b'[' => php::is_joint(line) || java::is_joint(line),
        b'=' => line.starts_with(b"=>0x"),
        b'g' => go::is_goroutine(line),
        b':' => line.starts_with(b": "),
        _ => false,
    }
}

/// Whether the message of a line that has a header of its own continues the line before it, which has the same one.
///
/// For lines after which no trace is open.
///
/// The line that tells what was raised (`TypeError: …`) is no such message by itself: an open trace knows it, so
/// [`super::Trace::accepts_repeated`] is to be asked first. The
/// blanks before the message must be kept; one alone means nothing, since formats pad their columns. An empty message
/// is one that ends a trace.
pub fn joins_repeated_header(message: &[u8]) -> bool {
    match message {
        [b' ', b'!'..=0xFF, ..] => false,
        _ => {
            shape::is_blank(message)
                || python::is_header(message)
                || php::is_joint(message)
                || continues(message)
        }
    }
}

/// Some formats pad the date or the time with blanks: a new line, not the rest of one.
fn is_padded_date(line: &[u8]) -> bool {
    let text = line.trim_ascii_start();
    let Some(rest) = shape::after_digits(text) else { return false };
    match text.len() - rest.len() {
        4 => matches!(rest, [b'-' | b'/', b'0'..=b'9', ..]),
        1 | 2 => matches!(rest, [b':', b'0'..=b'5', b'0'..=b'9', ..]),
        _ => false,
    }
}

/// Nothing but closing brackets and what may follow them.
fn is_closing(line: &[u8]) -> bool {
    let brackets = |byte: &u8| matches!(byte, b'}' | b']' | b')' | b',' | b';' | b' ' | b'"');
    line.len() <= 16 && line != b"\"" && line.iter().all(brackets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continuations_are_known_by_themselves() {
        let lines = [
            "\tat com.example.Main.main(Main.java:5)",
            "at com.example.Main.main(Main.java:5)",
            "at async handle (/app/index.js:3:9)",
            "Caused by: java.io.IOException: closed",
            "... 12 more",
            "  continued text",
            "}",
            "});",
            "\"} ",
            "--> src/main.rs:2:5",
            "---> System.Exception: inner",
            "^",
            "^~~~~",
            "| column",
            "#0 /app/index.php(12): run()",
            "#1 {main}",
            "#3  0x0000555555555189 in main () at a.c:5",
            "from /app/a.rb:3:in `run'",
            ": TypeError: second line",
        ];
        for line in lines {
            assert!(continues(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn ordinary_lines_do_not_continue() {
        let lines = [
            "",
            "   ",
            "at 10:05 the server stopped (again)",
            "at startup (see the manual)",
            "attached to node 5",
            "- item one",
            "* item two",
            "... and so on",
            "#123 fixed the pool",
            "# comment",
            "from now on all is well",
            "The server started",
            "Suppressed 3 messages",
            "[INFO] ready",
            "[1] ready",
            "--- summary ---",
            "-> connected",
            "\"quoted\" text",
            "= 5",
            "  2024-05-01 10:00:00 padded",
            " 9:05:12 padded",
            "goroutines: 5",
        ];
        for line in lines {
            assert!(!continues(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn repeated_headers() {
        for (message, expected) in [
            ("Traceback (most recent call last):", true),
            ("  File \"/app/a.py\", line 3, in f", true),
            ("    result = f(x)", true),
            ("During handling of the above exception, another exception occurred:", true),
            ("", true),
            ("\tat com.example.Main.main(Main.java:5)", true),
            ("PHP   1. {main}() /app/index.php:0", true),
            ("Request took 5 ms", false),
            (" Request took 5 ms", false),
            ("TypeError: on its own", false),
        ] {
            assert_eq!(joins_repeated_header(message.as_bytes()), expected, "{message}");
        }
    }
}
