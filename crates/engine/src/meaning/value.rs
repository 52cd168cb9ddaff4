//! The end of a bad word in, the number or value that it is given out: `errors=0`, `error: null`, `err=""`.

use super::lookup::{following, row_at};
use super::words::Sense;

/// What a word is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing.
    Absent,
    /// Zero, or a word for none.
    Zero,
    /// A hole of a template.
    Hole,
    /// A number other than zero: `errors: 3`.
    Number,
    /// Something else, as settings have it: `kernel.panic = 10`, `error=EOF`.
    Set,
}

/// What stands for a hole in the text of a skeleton.
const HOLE: u8 = 0x01;

/// The value of the word that ends at a place.
pub(super) fn value_behind(line: &[u8], end: usize) -> Value {
    let (at, counted) = behind_counters(line, end);
    let (at, sign) = behind_sign(line, at);
    let Some(&first) = line.get(at) else { return if sign == b'=' { Value::Zero } else { Value::Absent } };
    match first {
        b'0'..=b'9' if sign != 0 || counted || is_zero(line, at) => number(line, at, sign),
        _ if sign != 0 && is_nothing(line, at) => Value::Zero,
        HOLE | b'<' if sign == b'=' || counted => Value::Hole,
        b'"' | b'\'' if sign != 0 && line.get(at + 1) == Some(&first) => Value::Zero,
        b' ' | b',' | b';' | b')' | b'&' if sign == b'=' => Value::Zero,
        b'[' if sign != 0 && line.get(at + 1) == Some(&b']') => Value::Zero,
        b'-' if sign == b'=' && line.get(at + 1).is_none_or(|next| *next == b' ') => Value::Zero,
        _ if sign == b'=' => Value::Set,
        _ => Value::Absent,
    }
}

/// Steps over up to two words such as `count` and `code`.
fn behind_counters(line: &[u8], end: usize) -> (usize, bool) {
    let (mut at, mut counted) = (end, false);
    for _ in 0..2 {
        match following(line, at) {
            Some(hit) if matches!(hit.row.sense, Sense::Counter | Sense::Counting) => {
                at = hit.end;
                counted = true;
            }
            _ => break,
        }
    }
    (at, counted)
}

/// Steps over the sign between a key and its value, with blanks and the quote of a JSON key; 0 is no sign.
fn behind_sign(line: &[u8], start: usize) -> (usize, u8) {
    let byte = |place: usize| line.get(place).copied().unwrap_or_default();
    let mut at = start + usize::from(matches!(byte(start), b'"' | b'\''));
    if byte(at) == b' ' && matches!(byte(at + 1), b'=' | b':') {
        at += 1;
    }
    let sign = byte(at);
    if !matches!(sign, b'=' | b':') {
        return (start + usize::from(byte(start) == b' '), 0);
    }
    at += 1;
    while byte(at) == b' ' && at < start + 8 && (sign == b':' || byte(start) == b' ') {
        at += 1;
    }
    (at, sign)
}

/// Whether a number that stands free is a zero: `errors 0`, not `error 0x3f` and not `Error 404`.
fn is_zero(line: &[u8], at: usize) -> bool {
    number(line, at, b' ') == Value::Zero
}

fn number(line: &[u8], at: usize, sign: u8) -> Value {
    let rest = line.get(at..).unwrap_or_default();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.').take(24);
    let zero = digits
        .clone()
        .enumerate()
        .all(|(number, byte)| matches!(byte, b'0' | b'.') || number == 1 && matches!(byte, b'x' | b'X'));
    let next = rest.get(digits.count()).copied().unwrap_or(b' ');
    let whole = !matches!(next, b':' | b'/' | b'-');
    match (zero && whole, sign) {
        (true, _) => Value::Zero,
        (false, 0) => Value::Absent,
        (false, b'=') => Value::Set,
        (false, _) => Value::Number,
    }
}

/// Whether a word for none stands at a place: `nil`, `null`, `<nil>`, `"none"`, `no`.
fn is_nothing(line: &[u8], at: usize) -> bool {
    let start = at + usize::from(matches!(line.get(at), Some(b'<' | b'"' | b'\'' | b'(')));
    let Some(hit) = row_at(line, start) else { return false };
    let alone = !matches!(line.get(hit.end), Some(b' ' | b'_' | b'-'));
    hit.row.sense == Sense::Nothing || hit.row.sense == Sense::Negation && alone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_behind_a_word() {
        let table: &[(&str, Value)] = &[
            ("error", Value::Absent),
            ("error occurred", Value::Absent),
            ("error: disk", Value::Absent),
            ("error 404", Value::Absent),
            ("error 0x3f", Value::Absent),
            ("error 0", Value::Zero),
            ("error=0", Value::Zero),
            ("error: 0", Value::Zero),
            ("error: 0x0", Value::Zero),
            ("error=0.0", Value::Zero),
            ("error=3", Value::Set),
            ("error: 0:13", Value::Number),
            ("error count: 0", Value::Zero),
            ("errorCode 0", Value::Zero),
            ("error_count=7", Value::Set),
            ("error: 3", Value::Number),
            ("error count=\u{1}", Value::Hole),
            ("error=\u{1}", Value::Hole),
            ("error: \u{1}", Value::Absent),
            ("error=<number>", Value::Hole),
            ("error=nil", Value::Zero),
            ("error=<nil>", Value::Zero),
            ("error\":null,", Value::Zero),
            ("error\": \"\"", Value::Zero),
            ("error=\"\"", Value::Zero),
            ("error= next=1", Value::Zero),
            ("error=", Value::Zero),
            ("error: none", Value::Zero),
            ("error: no route", Value::Absent),
            ("error=EOF", Value::Set),
            ("error=[]", Value::Zero),
            ("error = 0", Value::Zero),
            ("error found: 0", Value::Zero),
        ];
        for (text, wanted) in table {
            assert_eq!(value_behind(text.as_bytes(), 5), *wanted, "{text}");
        }
    }
}
