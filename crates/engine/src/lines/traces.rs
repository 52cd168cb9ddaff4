//! A line in; does it open, continue or close a stack trace, a dump or a pretty-printed body?
//!
//! The reader asks in three ways. [`Trace::begin`] and [`Trace::accepts`] follow one trace from its first line to its
//! last; each language has a small state machine that says yes only to what it knows. [`continues`] judges a line by
//! itself, for traces whose beginning was not recognised. [`joins_repeated_header`] does the same for the message of a
//! line that has a header of its own, since some loggers repeat it on each line of a trace.
//!
//! A blank line belongs where a trace may go on after it. If it does not go on, the blank line was its last.

mod body;
mod dotnet;
mod go;
mod java;
mod kernel;
mod lone;
mod native;
mod node;
mod php;
mod python;
mod ruby;
mod rust;
mod shape;

pub use lone::{continues, joins_repeated_header};

/// Whether a line belongs to an open trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It belongs, and more may come.
    Yes,
    /// It belongs and closes the trace.
    Last,
    /// It does not belong: the trace ended before it.
    No,
}

/// An open trace, dump or body.
#[derive(Clone, Copy, Debug)]
pub struct Trace {
    machine: Machine,
    alone: bool,
}

#[derive(Clone, Copy, Debug)]
enum Machine {
    Body(body::Body),
    Dotnet(dotnet::Dotnet),
    Go(go::Go),
    Java(java::Java),
    Kernel(kernel::Kernel),
    Native(native::Native),
    Node(node::Node),
    Php(php::Php),
    Python(python::Python),
    Ruby(ruby::Ruby),
    Rust(rust::Rust),
}

impl Trace {
    /// Opens a trace if this line, or this message of a line with a header, begins one.
    pub fn begin(line: &[u8]) -> Option<Trace> {
        let line = without_return(line);
        let machine = match line.first()? {
            b' ' | b'\t' => python::begin(line).map(Machine::Python),
            b'A'..=b'Z' | b'a'..=b'z' => by_word(line).or_else(|| by_ending(line)),
            _ => by_sign(line).or_else(|| by_ending(line)),
        }?;
        Some(Trace { machine, alone: is_last_word(machine, line) })
    }

    /// Whether the message of a line belongs that has a header of its own, as system logs give one to each line.
    ///
    /// The blanks before the message must be kept. One alone says nothing, since formats pad their columns; only the
    /// kernel indents by one.
    pub fn accepts_message(&mut self, message: &[u8]) -> Verdict {
        match self.machine {
            Machine::Kernel(_) => self.accepts(message),
            _ => self.accepts(without_padding(message)),
        }
    }

    /// The same for a line whose header is equal, to the last digit of its time, to that of the line before it.
    ///
    /// Such a header is proof enough for text that no state machine could know, as the further lines of an error's own
    /// message.
    pub fn accepts_repeated(&mut self, message: &[u8]) -> Verdict {
        match &mut self.machine {
            Machine::Python(it) => it.accepts_repeated(without_return(without_padding(message))),
            _ => self.accepts_message(message),
        }
    }

    /// Whether the runtime or the system wrote this by itself, as the last words of a process are.
    ///
    /// Such a trace is no part of the message that happened to be logged before it; any other may be.
    pub fn stands_alone(&self) -> bool {
        self.alone
    }

    /// Whether it is the body of a document, whose own lines may look like records.
    pub fn is_body(&self) -> bool {
        matches!(self.machine, Machine::Body(_))
    }

    /// Whether this line, which has no header, belongs to the trace. After [`Verdict::Last`] and [`Verdict::No`] the
    /// trace is over.
    pub fn accepts(&mut self, line: &[u8]) -> Verdict {
        let line = without_return(line);
        match &mut self.machine {
            Machine::Body(it) => it.accepts(line),
            Machine::Dotnet(it) => it.accepts(line),
            Machine::Go(it) => it.accepts(line),
            Machine::Java(it) => it.accepts(line),
            Machine::Kernel(it) => it.accepts(line),
            Machine::Native(it) => it.accepts(line),
            Machine::Node(it) => it.accepts(line),
            Machine::Php(it) => it.accepts(line),
            Machine::Python(it) => it.accepts(line),
            Machine::Ruby(it) => it.accepts(line),
            Machine::Rust(it) => it.accepts(line),
        }
    }
}

fn is_last_word(machine: Machine, line: &[u8]) -> bool {
    match machine {
        Machine::Rust(_) | Machine::Kernel(_) => true,
        Machine::Go(_) => !go::is_goroutine(line),
        Machine::Native(it) => !matches!(it, native::Native::Debugger),
        Machine::Java(it) => !matches!(it, java::Java::Thrown) || line.starts_with(b"Exception in thread "),
        Machine::Node(it) => matches!(it, node::Node::Source) || line.starts_with(b"(node:"),
        Machine::Python(_) => {
            shape::begins_with_any(line, &[b"Fatal Python error: ", b"Exception in thread "])
        }
        Machine::Dotnet(_) => line.starts_with(b"Unhandled "),
        Machine::Php(_) => line.starts_with(b"PHP ") && !line.starts_with(b"PHP Stack"),
        Machine::Ruby(_) | Machine::Body(_) => false,
    }
}

/// What begins with a letter: most openings, and the names of errors.
fn by_word(line: &[u8]) -> Option<Machine> {
    let fixed = go::begin(line)
        .map(Machine::Go)
        .or_else(|| rust::begin(line).map(Machine::Rust))
        .or_else(|| kernel::begin(line).map(Machine::Kernel))
        .or_else(|| native::begin(line).map(Machine::Native))
        .or_else(|| php::begin(line).map(Machine::Php))
        .or_else(|| python::begin(line).map(Machine::Python));
    if fixed.is_some() || !may_name_error(line) {
        return fixed;
    }
    (java::begin(line).map(Machine::Java))
        .or_else(|| dotnet::begin(line).map(Machine::Dotnet))
        .or_else(|| ruby::begin(line).map(Machine::Ruby))
        .or_else(|| node::begin(line).map(Machine::Node))
}

/// Spares ordinary sentences the closer look: their first word ends neither as the name of an error does (`Exception`,
/// `Error`, `Throwable`, perhaps with a colon) nor as a place in a source file.
fn may_name_error(line: &[u8]) -> bool {
    let word = shape::first_word(line);
    let place = matches!(word.last(), Some(b':' | b'0'..=b'9')) || word.ends_with(b":in");
    let named = place || shape::is_error_name(word);
    named || line.ends_with(b"):") || shape::begins_with_any(line, &[b"Un", b"Full thread dump "])
}

/// What begins with a bracket, a path or any other sign.
fn by_sign(line: &[u8]) -> Option<Machine> {
    match line.first()? {
        b'{' | b'<' => body::begin(line).map(Machine::Body),
        b'[' => (php::begin(line).map(Machine::Php))
            .or_else(|| dotnet::begin(line).map(Machine::Dotnet))
            .or_else(|| node::begin(line).map(Machine::Node))
            .or_else(|| body::begin(line).map(Machine::Body)),
        b'#' => (php::begin(line).map(Machine::Php))
            .or_else(|| native::begin(line).map(Machine::Native))
            .or_else(|| java::begin(line).map(Machine::Java)),
        b'=' | b'*' => {
            native::begin(line).map(Machine::Native).or_else(|| kernel::begin(line).map(Machine::Kernel))
        }
        b'-' => kernel::begin(line).map(Machine::Kernel).or_else(|| python::begin(line).map(Machine::Python)),
        b'/' | b'(' => node::begin(line).map(Machine::Node).or_else(|| ruby::begin(line).map(Machine::Ruby)),
        _ => ruby::begin(line).map(Machine::Ruby),
    }
}

/// What ends with the header of a traceback or with an opened bracket.
fn by_ending(line: &[u8]) -> Option<Machine> {
    match line.last()? {
        b':' => python::begin(line).map(Machine::Python),
        b'{' | b'[' => body::begin(line).map(Machine::Body),
        _ => None,
    }
}

/// A single blank before the message is padding.
fn without_padding(message: &[u8]) -> &[u8] {
    match message {
        [b' ', rest @ ..] if matches!(rest, [b'!'..=0xFF, ..]) => rest,
        _ => message,
    }
}

/// Lines are given as they were split; a carriage return may still end them.
fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ordinary_lines_open_nothing() {
        let lines = [
            "",
            "panicking is not an option",
            "goroutine pool has 5 workers",
            "thread 'main' started",
            "Error while reading",
            "Exceptions: 0",
            "java.lang.System loaded",
            "Call me",
            "[INFO] {\"a\": 1}",
            "[2024-05-01] started",
            "{\"a\": 1, \"b\": [2]}",
            "{name} joined",
            "<unknown> user logged in",
            "<a>b</a>",
            "<34>Oct 11 22:14:15 host su: failed",
            "================",
            "*** restarted ***",
            "#5 is ready",
            "a.rb:12: warning",
            "/app/index.js:12 compiled",
            "BUGS fixed: 3",
            "tracebacks (most recent call last)",
        ];
        for line in lines {
            assert!(Trace::begin(line.as_bytes()).is_none(), "{line}");
        }
    }

    #[test]
    fn last_words_stand_alone() {
        for (line, expected) in [
            ("panic: no database", true),
            ("goroutine 7 [running]:", false),
            ("thread 'main' panicked at src/main.rs:3:5:", true),
            ("Exception in thread \"main\" java.lang.Error", true),
            ("java.lang.Error: x", false),
            ("Traceback (most recent call last):", false),
            ("Unhandled exception. System.Exception: x", true),
            ("System.Exception: x", false),
            ("{", false),
        ] {
            assert_eq!(
                Trace::begin(line.as_bytes()).map(|trace| trace.stands_alone()),
                Some(expected),
                "{line}"
            );
        }
    }

    #[test]
    fn padding_is_no_indentation() {
        let mut trace = Trace::begin(b"java.lang.Error: x").expect("the name of an error opens a trace");
        assert_eq!(trace.accepts_message(b" next message"), Verdict::No);
        assert_eq!(trace.accepts_message(b" \tat a.B.c(B.java:1)"), Verdict::Yes);
        let mut oops = Trace::begin(b"Call Trace:").expect("the kernel begins a trace so");
        assert_eq!(oops.accepts_message(b" <TASK>"), Verdict::Yes);
    }

    /// Lines made of the words that the machines look for.
    fn likely_line() -> impl Strategy<Value = Vec<u8>> {
        let words = [
            "Traceback (most recent call last):",
            "java.io.IOException",
            "Error",
            ":",
            "\t",
            "  ",
            "at ",
            "f(",
            "a.rb:1:in",
            "#0 ",
            "==1==",
            "ERROR: ",
            "{",
            "}",
            "[",
            "\"",
            "\\",
            "<",
            ">",
            "/",
            "<!--",
            "-->",
            "panic: ",
            "goroutine 1 [x]:",
            "BUG: ",
            "RAX: 0000",
            "thread 'a' panicked at x:",
            "\r",
            "é",
        ];
        let word = prop_oneof![4 => prop::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
            1 => prop::collection::vec(any::<u8>(), 0..4)];
        prop::collection::vec(word, 0..6).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn no_line_is_too_much(lines in prop::collection::vec(likely_line(), 0..12)) {
            let mut open: Option<Trace> = None;
            for line in &lines {
                let verdict = open.as_mut().map_or(Verdict::No, |trace| trace.accepts(line));
                if verdict != Verdict::Yes {
                    open = Trace::begin(line);
                }
                let _ = (continues(line), joins_repeated_header(line));
            }
        }
    }

    /// Long lines of what is searched for: were any step quadratic, this would not end in time.
    #[test]
    fn long_lines_take_linear_time() {
        let parts = [
            "<",
            "<!--",
            "<a b='",
            "{",
            "[\"",
            "\\",
            "a.b",
            "==1",
            " +0x",
            "' panicked at ",
            "#0 ",
            "=",
            "^",
        ];
        for part in parts {
            let line = part.repeat((4 << 20) / part.len());
            let started = std::time::Instant::now();
            for opening in ["<?xml version='1.0'?>", "{", "panic: x", "==1==ERROR: x", "BUG: x", "Error: x"] {
                let mut trace = Trace::begin(opening.as_bytes()).expect("these lines open a trace");
                trace.accepts(line.as_bytes());
            }
            let _ = (Trace::begin(line.as_bytes()), continues(line.as_bytes()));
            assert!(started.elapsed().as_secs() < 20, "{part}");
        }
    }
}
