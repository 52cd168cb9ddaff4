//! A report in, one JSON document out, indented and ending with a newline.
//!
//! Beyond what JSON demands, every character that a terminal would obey or hide is escaped: people
//! look at JSON in terminals.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{Formatter, PrettyFormatter};

use crate::escape::{is_unsafe, push_json_escape};
use crate::{Renderer, ScanReport};

/// Writes JSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonRenderer;

impl Renderer for JsonRenderer {
    fn render(&self, report: &ScanReport, out: &mut dyn io::Write) -> io::Result<()> {
        document(report, out)
    }
}

/// Writes one indented document.
pub fn document(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    value.serialize(&mut Serializer::with_formatter(&mut out, Careful { indent: PrettyFormatter::new() }))?;
    io::Write::write_all(&mut out, b"\n")?;
    io::Write::flush(&mut out)
}

/// Writes every value on a line of its own.
pub fn lines<T: Serialize>(values: &[T], out: &mut dyn io::Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    for value in values {
        value.serialize(&mut Serializer::with_formatter(&mut out, CarefulLine))?;
        io::Write::write_all(&mut out, b"\n")?;
    }
    io::Write::flush(&mut out)
}

/// Writes one document on one line that may stand inside of an HTML element: no `<`, `>` or `&` is left in it.
pub(crate) fn embedded(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    value.serialize(&mut Serializer::with_formatter(&mut out, Embedded))?;
    io::Write::flush(&mut out)
}

/// Everything on one line, and whatever HTML knows escaped as well.
struct Embedded;

impl Formatter for Embedded {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        escaped_fragment(fragment, |character| is_unsafe(character) || "<>&".contains(character), out)
    }
}

/// Everything on one line, and unsafe characters escaped.
struct CarefulLine;

impl Formatter for CarefulLine {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        careful_fragment(fragment, out)
    }
}

fn careful_fragment<W: ?Sized + io::Write>(fragment: &str, out: &mut W) -> io::Result<()> {
    escaped_fragment(fragment, is_unsafe, out)
}

fn escaped_fragment<W: ?Sized + io::Write>(
    fragment: &str,
    escape: impl Fn(char) -> bool,
    out: &mut W,
) -> io::Result<()> {
    if !fragment.chars().any(&escape) {
        return out.write_all(fragment.as_bytes());
    }
    let mut escaped = Vec::with_capacity(fragment.len() + 16);
    for character in fragment.chars() {
        if escape(character) {
            push_json_escape(character, &mut escaped);
        } else {
            escaped.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    out.write_all(&escaped)
}

/// Indents as usual and escapes what is unsafe inside of strings.
struct Careful {
    indent: PrettyFormatter<'static>,
}

impl Formatter for Careful {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        careful_fragment(fragment, out)
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.indent.begin_array(out)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.indent.end_array(out)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.indent.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.indent.end_array_value(out)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.indent.begin_object(out)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.indent.end_object(out)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.indent.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.indent.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.indent.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::sample::{bare, hostile, story};
    use crate::scan_report::sample;

    fn written(report: &ScanReport) -> String {
        let mut out = Vec::new();
        JsonRenderer.render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_report_can_be_read_back() {
        let report = sample::two_inputs();
        let again: ScanReport = serde_json::from_str(&written(&report)).unwrap();
        assert_eq!(again, report);
    }

    #[test]
    fn hostile_names_are_escaped_and_come_back_whole() {
        let mut report = sample::two_inputs();
        let name = "a\u{9b}2J\u{202e}\x1b[2K\u{e0041}\".log";
        report.inputs[0].name = name.to_owned();
        let text = written(&report);
        assert!(!text.chars().any(|c| is_unsafe(c) && c != '\n'), "{text}");
        let again: ScanReport = serde_json::from_str(&text).unwrap();
        assert_eq!(again.inputs[0].name, name);
    }

    #[test]
    fn stories_can_be_read_back() {
        for report in [story(), bare(), hostile()] {
            let text = written(&report);
            assert!(!text.chars().any(|c| is_unsafe(c) && c != '\n'));
            assert_eq!(serde_json::from_str::<ScanReport>(&text).unwrap(), report);
        }
    }

    #[test]
    fn the_shape_of_version_1() {
        insta::assert_snapshot!(written(&sample::two_inputs()));
        insta::assert_snapshot!("the_shape_of_what_is_detected", written(&bare()));
    }
}
