//! Traces as real runtimes print them, joined by the least a reader must do.
//!
//! In the left gutter of the fixtures `|` begins a record and `+` continues it; `#` titles a part. Lines that begin with
//! a date, a year or the seconds of a kernel log have a header.

use logsift_engine::lines::traces::{Trace, Verdict, continues, joins_repeated_header};

/// What the joiner remembers between lines.
#[derive(Default)]
struct Joiner {
    open: Option<Trace>,
    /// The record began with a header, so lines without one belong to it if they open a trace.
    headed: bool,
    /// What stood before the message of the line before.
    header: String,
}

impl Joiner {
    fn begins_record(&mut self, line: &str) -> bool {
        let message = message_after_header(line);
        let text = message.unwrap_or(line).as_bytes();
        let header = line.len() - text.len();
        let repeated = message.is_some() && line.get(..header) == Some(self.header.as_str());
        let verdict = self.open.as_mut().map_or(Verdict::No, |trace| match repeated {
            true => trace.accepts_repeated(text),
            false if message.is_some() => trace.accepts_message(text),
            false => trace.accepts(text),
        });
        self.header = line.get(..header).unwrap_or_default().to_owned();
        if verdict != Verdict::Yes {
            self.open = None;
        }
        if verdict != Verdict::No {
            return false;
        }
        self.open = Trace::begin(text);
        let part_of_headed = self.headed && self.open.is_some_and(|trace| !trace.stands_alone());
        let joined = match message {
            Some(message) => joins_repeated_header(message.as_bytes()),
            None => part_of_headed || continues(text),
        };
        if !joined {
            self.headed = message.is_some();
        }
        !joined
    }
}

/// The header of the few formats that the fixtures use; the blanks before the message stay but for one.
fn message_after_header(line: &str) -> Option<&str> {
    let whole = ["ERROR example.api ", " -- : "];
    if let Some(message) = whole.iter().find_map(|end| Some(line.split_once(end)?.1)) {
        return Some(message);
    }
    if line.starts_with("[0") || line.starts_with("[2") || line.starts_with("[ ") {
        return line.split_once("] ").map(|(_, message)| message);
    }
    let dated = line.starts_with("2024");
    let words = if line.get(10..11) == Some("T") { 2 } else { 3 };
    dated.then(|| line.splitn(words + 1, ' ').nth(words)).flatten()
}

#[track_caller]
fn check(fixture: &str) {
    let mut joiner = Joiner::default();
    let mut shown = String::new();
    for line in fixture.lines() {
        let Some(text) = line.strip_prefix("| ").or_else(|| line.strip_prefix("+ ")) else {
            joiner = Joiner::default();
            shown.push_str(line);
            shown.push('\n');
            continue;
        };
        shown.push_str(if joiner.begins_record(text) { "| " } else { "+ " });
        shown.push_str(text);
        shown.push('\n');
    }
    let differing: Vec<_> = fixture.lines().zip(shown.lines()).filter(|(want, got)| want != got).collect();
    assert!(differing.is_empty(), "expected and found: {differing:#?}");
}

macro_rules! fixtures {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            check(include_str!(concat!("traces/", stringify!($name), ".txt")));
        })*
    };
}

fixtures! { body dotnet go java kernel native node php python ruby rust }
