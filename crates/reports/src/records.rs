//! Records in, NDJSON out: a row per record, for `--records`.
//!
//! `{"file","line","offset","lines","time","level","stream","fields",{…},"message","notes":[…]}`.
//! This runs once per record of the log, so it is written by hand: what repeats (file, stream names, the
//! whole second of the time) is kept ready as bytes, clean ASCII is copied in runs, and nothing is
//! allocated once the buffer has grown. Characters that a terminal would obey are escaped as in all
//! output, and secrets are masked as in all output: whoever may read a log may not be whom its rows are
//! sent to.

use std::io::Write as _;

use logsift_engine::records::fields::{Kind, Value};
use logsift_engine::records::level::Level;
use logsift_engine::records::notes::Notes;
use logsift_engine::records::record::{Origin, Record, StreamId};
use logsift_engine::records::redact::{Redactor, is_secret_field, mask_secrets};
use logsift_engine::records::time::{Time, civil_from_days};
use serde::de::IgnoredAny;

use crate::escape::{is_unsafe, push_json_escape};

/// Writes the rows of one log.
#[derive(Debug)]
pub struct RowWriter {
    file: Vec<u8>,
    streams: Vec<Vec<u8>>,
    second: WholeSecond,
    messages: Redactor,
    masked: Vec<u8>,
}

/// What a row says; a [`Record`] with the name of its stream looked up.
struct Row<'a> {
    origin: Origin,
    time: Option<Time>,
    level: Option<Level>,
    message: &'a [u8],
    notes: Notes,
}

impl RowWriter {
    /// A writer for the log of that name.
    pub fn new(file: &str) -> RowWriter {
        let mut start = b"{\"file\":".to_vec();
        push_string(file.as_bytes(), &mut start);
        start.extend_from_slice(b",\"line\":");
        RowWriter {
            file: start,
            streams: Vec::new(),
            second: WholeSecond::default(),
            messages: Redactor::for_reports(),
            masked: Vec::new(),
        }
    }

    /// Remembers the name of a stream.
    pub fn stream(&mut self, id: StreamId, name: &str) {
        let index = id.0 as usize;
        if self.streams.len() <= index {
            self.streams.resize(index + 1, Vec::new());
        }
        self.streams[index].clear();
        self.masked.clear();
        let has_secrets = mask_secrets(name.as_bytes(), &mut self.masked);
        let shown = if has_secrets { &self.masked } else { name.as_bytes() };
        push_string(shown, &mut self.streams[index]);
    }

    /// Appends the row of a record, newline included.
    pub fn record(&mut self, record: &Record<'_>, out: &mut Vec<u8>) {
        let Record { origin, time, level, message, notes, .. } = *record;
        self.row(&Row { origin, time, level, message, notes }, record.stream, record.fields(), out);
    }

    fn row<'f>(
        &mut self,
        row: &Row<'_>,
        stream: StreamId,
        fields: impl Iterator<Item = (&'f [u8], Value<'f>)>,
        out: &mut Vec<u8>,
    ) {
        out.extend_from_slice(&self.file);
        push_number(row.origin.line, out);
        out.extend_from_slice(b",\"offset\":");
        push_number(row.origin.offset, out);
        out.extend_from_slice(b",\"lines\":");
        push_number(u64::from(row.origin.lines), out);
        out.extend_from_slice(b",\"time\":");
        self.second.push_time(row.time, out);
        push_level(row.level, out);
        out.extend_from_slice(b",\"stream\":");
        out.extend_from_slice(self.streams.get(stream.0 as usize).map_or(b"null", |name| name));
        push_fields(fields, &mut self.masked, out);
        out.extend_from_slice(b",\"message\":");
        self.masked.clear();
        let has_secrets = self.messages.redact(row.message, &mut self.masked);
        push_string(if has_secrets { &self.masked } else { row.message }, out);
        push_notes(row.notes, out);
        out.extend_from_slice(b"}\n");
    }
}

/// The last whole second that was written, ready as text: most records share it with their neighbours, and
/// nearly all share the day.
#[derive(Debug)]
struct WholeSecond {
    seconds: i64,
    day: i64,
    text: Vec<u8>,
}

const DAY: i64 = 86_400;
/// `T00:00:00`
const CLOCK: usize = 9;

impl Default for WholeSecond {
    fn default() -> WholeSecond {
        WholeSecond { seconds: i64::MIN, day: i64::MIN, text: Vec::with_capacity(32) }
    }
}

impl WholeSecond {
    fn push_time(&mut self, time: Option<Time>, out: &mut Vec<u8>) {
        let Some(time) = time else {
            return out.extend_from_slice(b"null");
        };
        if self.seconds != time.seconds() {
            self.remember(time.seconds());
        }
        out.push(b'"');
        out.extend_from_slice(&self.text);
        push_fraction(time.nanos().rem_euclid(1_000_000_000) as u32, out);
        out.extend_from_slice(b"Z\"");
    }

    fn remember(&mut self, seconds: i64) {
        self.seconds = seconds;
        let day = seconds.div_euclid(DAY);
        if self.day == day {
            self.text.truncate(self.text.len() - CLOCK);
        } else {
            self.day = day;
            self.text.clear();
            let (year, month, day) = civil_from_days(day);
            // Writing to a vector cannot fail.
            let _ = write!(self.text, "{year:04}-{month:02}-{day:02}");
        }
        let second = seconds.rem_euclid(DAY);
        for (mark, part) in [(b'T', second / 3600), (b':', second / 60 % 60), (b':', second % 60)] {
            self.text.extend_from_slice(&[mark, b'0' + (part / 10) as u8, b'0' + (part % 10) as u8]);
        }
    }
}

/// As many digits as the time has: 0, 3, 6 or 9, as times are shown everywhere.
fn push_fraction(nanos: u32, out: &mut Vec<u8>) {
    let (mut rest, digits) = match nanos {
        0 => return,
        _ if nanos.is_multiple_of(1_000_000) => (nanos / 1_000_000, 3),
        _ if nanos.is_multiple_of(1_000) => (nanos / 1_000, 6),
        _ => (nanos, 9),
    };
    let mut text = [b'.'; 10];
    for place in text[1..=digits].iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&text[..=digits]);
}

fn push_number(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

fn push_level(level: Option<Level>, out: &mut Vec<u8>) {
    match level {
        None => out.extend_from_slice(b",\"level\":null"),
        Some(level) => {
            out.extend_from_slice(b",\"level\":\"");
            out.extend_from_slice(level.name().as_bytes());
            out.push(b'"');
        }
    }
}

fn push_fields<'f>(
    fields: impl Iterator<Item = (&'f [u8], Value<'f>)>,
    masked: &mut Vec<u8>,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(b",\"fields\":{");
    for (index, (name, value)) in fields.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_string(name, out);
        out.push(b':');
        masked.clear();
        if is_secret_field(name, value.bytes) && !matches!(value.kind, Kind::Null | Kind::Bool) {
            out.extend_from_slice(b"\"[redacted:secret]\"");
        } else if matches!(value.kind, Kind::Text | Kind::List) && mask_secrets(value.bytes, masked) {
            push_value(Value { bytes: masked, ..value }, out);
        } else {
            push_value(value, out);
        }
    }
    out.push(b'}');
}

/// A value in the type it had in the log. What is not valid JSON of its type (`007`, `True`) becomes
/// a string: a row is JSON whatever the log says.
fn push_value(value: Value<'_>, out: &mut Vec<u8>) {
    match value.kind {
        Kind::Null => out.extend_from_slice(b"null"),
        Kind::Bool if matches!(value.bytes, b"true" | b"false") => out.extend_from_slice(value.bytes),
        Kind::Number if is_json_number(value.bytes) => out.extend_from_slice(value.bytes),
        Kind::List if serde_json::from_slice::<IgnoredAny>(value.bytes).is_ok() => {
            push_json(value.bytes, out)
        }
        Kind::Text | Kind::Bool | Kind::Number | Kind::List => push_string(value.bytes, out),
    }
}

fn push_notes(notes: Notes, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"notes\":[");
    for (index, name) in notes.names().enumerate() {
        out.extend_from_slice(if index > 0 { b",\"" } else { b"\"" });
        out.extend_from_slice(name.as_bytes());
        out.push(b'"');
    }
    out.push(b']');
}

/// A number as JSON writes it: no leading zeros, no bare point, no plus sign.
fn is_json_number(bytes: &[u8]) -> bool {
    let rest = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let (whole, rest) = split_digits(rest);
    if whole.is_empty() || (whole.len() > 1 && whole[0] == b'0') {
        return false;
    }
    let Some(rest) = after_fraction(rest) else { return false };
    after_exponent(rest).is_some_and(<[u8]>::is_empty)
}

fn after_fraction(rest: &[u8]) -> Option<&[u8]> {
    let Some(fraction) = rest.strip_prefix(b".") else { return Some(rest) };
    let (digits, rest) = split_digits(fraction);
    (!digits.is_empty()).then_some(rest)
}

fn after_exponent(rest: &[u8]) -> Option<&[u8]> {
    let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) else {
        return Some(rest);
    };
    let unsigned = exponent.strip_prefix(b"-").or_else(|| exponent.strip_prefix(b"+")).unwrap_or(exponent);
    let (digits, rest) = split_digits(unsigned);
    (!digits.is_empty()).then_some(rest)
}

fn split_digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len()))
}

/// Whether a byte can be copied into a JSON string as it is. Bytes above ASCII cannot be judged alone.
#[inline]
fn is_copied(byte: u8) -> bool {
    (0x20..0x7f).contains(&byte) & (byte != b'"') & (byte != b'\\')
}

/// A JSON string, quotes included. What is not UTF-8 becomes U+FFFD.
fn push_string(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = bytes;
    loop {
        let (clean, other) = rest.split_at(clean_length(rest));
        out.extend_from_slice(clean);
        if other.is_empty() {
            break;
        }
        rest = push_other(other, out);
    }
    out.push(b'"');
}

/// How many bytes at the beginning can be copied. Whole blocks are judged at once, without a branch in them.
fn clean_length(bytes: &[u8]) -> usize {
    const BLOCK: usize = 16;
    let blocks = bytes.chunks_exact(BLOCK);
    let clean =
        blocks.take_while(|block| block.iter().fold(true, |all, byte| all & is_copied(*byte))).count()
            * BLOCK;
    let rest = bytes.get(clean..).unwrap_or_default();
    clean + rest.iter().position(|byte| !is_copied(*byte)).unwrap_or(rest.len())
}

/// Writes the run at the beginning that is not plain ASCII, and gives what follows it.
fn push_other<'a>(bytes: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    match bytes {
        [ascii @ 0..0x80, rest @ ..] => {
            push_escaped(*ascii, out);
            rest
        }
        _ => {
            let end = bytes.iter().position(u8::is_ascii).unwrap_or(bytes.len());
            let (run, rest) = bytes.split_at(end);
            push_beyond_ascii(run, out);
            rest
        }
    }
}

fn push_escaped(ascii: u8, out: &mut Vec<u8>) {
    match ascii {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        _ => push_json_escape(char::from(ascii), out),
    }
}

fn push_beyond_ascii(run: &[u8], out: &mut Vec<u8>) {
    for chunk in run.utf8_chunks() {
        push_safe(chunk.valid(), out);
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

fn push_safe(text: &str, out: &mut Vec<u8>) {
    for character in text.chars() {
        if is_unsafe(character) {
            push_json_escape(character, out);
        } else {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

/// JSON known to be valid, with the unsafe characters of its strings escaped. Outside of strings valid
/// JSON has none but white space, which compact JSON does without.
fn push_json(json: &[u8], out: &mut Vec<u8>) {
    for chunk in json.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' | '\r' | '\t' => {}
                _ if is_unsafe(character) => push_json_escape(character, out),
                _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(row: &Row<'_>, fields: &[(&[u8], Value<'_>)]) -> String {
        let mut writer = RowWriter::new("app \"x\".log");
        writer.stream(StreamId(1), "web1/sshd");
        let mut out = Vec::new();
        writer.row(row, StreamId(1), fields.iter().copied(), &mut out);
        String::from_utf8(out).unwrap()
    }

    fn row(message: &[u8]) -> Row<'_> {
        Row {
            origin: Origin { line: 12, offset: 3_456, lines: 2 },
            time: Some(Time::from_nanos(1_704_067_200_250_000_000)),
            level: Some(Level::Warn),
            message,
            notes: Notes::JOINED.with(Notes::NO_NEWLINE),
        }
    }

    fn field(kind: Kind, bytes: &[u8]) -> String {
        let mut out = Vec::new();
        push_value(Value { bytes, kind }, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn time(nanos: i64) -> String {
        let mut out = Vec::new();
        WholeSecond::default().push_time(Some(Time::from_nanos(nanos)), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_row_has_every_key_in_its_order() {
        let pid = Value { bytes: b"17", kind: Kind::Number };
        insta::assert_snapshot!(written(&row(b"first\n\tat second"), &[(b"pid", pid), (b"a.b", pid)]));
    }

    #[test]
    fn what_is_unknown_is_null() {
        let bare =
            Row { origin: Origin::default(), time: None, level: None, message: b"", notes: Notes::NONE };
        let mut out = Vec::new();
        RowWriter::new("-").row(&bare, StreamId(0), [].into_iter(), &mut out);
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn values_keep_their_type_where_json_has_it() {
        assert_eq!(field(Kind::Number, b"-1.5e+3"), "-1.5e+3");
        assert_eq!(field(Kind::Number, b"0"), "0");
        for odd in ["007", "1.", ".5", "+1", "0x1f", "", "-", "1e", "NaN"] {
            assert_eq!(field(Kind::Number, odd.as_bytes()), format!("{odd:?}"));
        }
        assert_eq!(field(Kind::Bool, b"true"), "true");
        assert_eq!(field(Kind::Bool, b"True"), "\"True\"");
        assert_eq!(field(Kind::Null, b"null"), "null");
        assert_eq!(field(Kind::List, b"[1,\"a\"]"), "[1,\"a\"]");
        assert_eq!(field(Kind::List, b"[1,"), "\"[1,\"");
        assert_eq!(field(Kind::List, "[\"\u{202e}\x7f\"]".as_bytes()), "[\"\\u202e\\u007f\"]");
    }

    #[test]
    fn times_are_those_shown_everywhere() {
        for nanos in [0, 1, -1, 1_000, -1_000, 1_500_000_000, i64::MAX, i64::MIN] {
            assert_eq!(time(nanos), format!("\"{}\"", Time::from_nanos(nanos)));
        }
    }

    #[test]
    fn a_later_row_does_not_keep_the_second_of_an_earlier_one() {
        let mut second = WholeSecond::default();
        let mut out = Vec::new();
        for seconds in [1, 1, 2, 86_400, 3] {
            second.push_time(Time::from_seconds(seconds), &mut out);
        }
        let text = String::from_utf8(out).unwrap();
        let clocks = ["01T00:00:01", "01T00:00:01", "01T00:00:02", "02T00:00:00", "01T00:00:03"];
        assert_eq!(text, clocks.map(|clock| format!("\"1970-01-{clock}Z\"")).concat());
    }

    proptest! {
        #[test]
        fn any_bytes_make_a_row_that_parses_and_is_harmless(
            message in proptest::collection::vec(any::<u8>(), 0..64),
            name in proptest::collection::vec(any::<u8>(), 0..8),
            value in proptest::collection::vec(any::<u8>(), 0..16),
            kind in 0..5usize,
        ) {
            let kind = [Kind::Text, Kind::Number, Kind::Bool, Kind::Null, Kind::List][kind];
            let text = written(&row(&message), &[(&name, Value { bytes: &value, kind })]);
            prop_assert!(!text.trim_end().chars().any(is_unsafe));
            let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(parsed["message"].as_str().unwrap(), String::from_utf8_lossy(&message));
        }

        #[test]
        fn numbers_are_judged_as_a_json_parser_does(text in "-?[0-9.eE+-]{0,8}") {
            let parses = serde_json::from_str::<serde_json::value::Number>(&text).is_ok();
            let huge = text.contains(['e', 'E']);
            prop_assert!(huge || is_json_number(text.as_bytes()) == parses);
        }
    }
}
