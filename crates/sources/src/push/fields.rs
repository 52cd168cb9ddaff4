//! Takes names and values, gives the inside of a JSON object in one line.

use std::fmt::Display;
use std::io::Write;

/// An object that is being written; its memory is used again for the next one.
#[derive(Debug, Default)]
pub(crate) struct ObjectLine {
    text: Vec<u8>,
}

impl ObjectLine {
    /// Forgets what was written.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
    }

    /// Whether no field was written.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Begins a field: its value must follow.
    pub(crate) fn name(&mut self, name: &str) -> &mut Vec<u8> {
        self.text.push(if self.text.is_empty() { b'{' } else { b',' });
        string(&mut self.text, name);
        self.text.push(b':');
        &mut self.text
    }

    /// Writes a field with a text.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        string(self.name(name), value);
    }

    /// Closes the object and gives it.
    pub(crate) fn close(&mut self) -> &[u8] {
        if self.text.is_empty() {
            self.text.push(b'{');
        }
        self.text.push(b'}');
        &self.text
    }
}

/// Writes a JSON string.
pub(crate) fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(bytes.get(from..at).unwrap_or_default());
        from = at + 1;
        escape(out, byte);
    }
    out.extend_from_slice(bytes.get(from..).unwrap_or_default());
    out.push(b'"');
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\t' => out.extend_from_slice(b"\\t"),
        b'\r' => out.extend_from_slice(b"\\r"),
        _ => {
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
}

/// Writes a number or a word as it shows itself.
pub(crate) fn shown(out: &mut Vec<u8>, value: impl Display) {
    // Writing to memory does not fail.
    let _ = write!(out, "{value}");
}

/// Writes a floating point number; what JSON has no number for becomes a text.
pub(crate) fn float(out: &mut Vec<u8>, number: f64) {
    match number.is_finite() {
        true => shown(out, number),
        false => string(out, &number.to_string()),
    }
}

/// Writes bytes as hexadecimal digits, in quotes.
pub(crate) fn hexadecimal(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for byte in bytes {
        shown(out, format_args!("{byte:02x}"));
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_one_line_that_json_reads_back() {
        let hostile = "a\"b\\c\nd\te\u{1}\u{7f}ü\u{2028}";
        let mut line = ObjectLine::default();
        line.text(hostile, hostile);
        float(line.name("nan"), f64::NAN);
        float(line.name("half"), 0.5);
        hexadecimal(line.name("id"), &[0, 255]);
        let written = line.close().to_vec();
        assert!(!written.contains(&b'\n'));
        let read: serde_json::Value = serde_json::from_slice(&written).unwrap();
        assert_eq!(read[hostile], hostile);
        assert_eq!(
            read["nan"].as_str().zip(read["half"].as_f64()).zip(read["id"].as_str()),
            Some((("NaN", 0.5), "00ff"))
        );
    }

    #[test]
    fn an_empty_object_is_one() {
        assert_eq!(ObjectLine::default().close(), b"{}");
    }
}
