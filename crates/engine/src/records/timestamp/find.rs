//! Where in a line could a stamp stand? Candidates from left to right.

use super::Shape;

/// A stamp found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it begins.
    pub offset: usize,
    /// How many bytes it has.
    pub length: usize,
    /// Its layout.
    pub shape: Shape,
}

/// The stamps that begin at the start of a word within the first `limit` bytes.
///
/// Stamps do not overlap: the search goes on behind each one.
pub fn find(text: &[u8], limit: usize) -> impl Iterator<Item = Found> + '_ {
    let within = text.get(..limit.min(text.len())).unwrap_or_default();
    let mut at = if within.iter().any(u8::is_ascii_digit) { 0 } else { within.len() };
    std::iter::from_fn(move || {
        while at < within.len() {
            let offset = at;
            at += 1;
            if !may_begin(text, offset) {
                continue;
            }
            if let Some((shape, length)) = text.get(offset..).and_then(Shape::detect) {
                at = offset + length;
                return Some(Found { offset, length, shape });
            }
        }
        None
    })
}

/// Whether a stamp may begin at that byte, by what stands there and before it.
fn may_begin(text: &[u8], at: usize) -> bool {
    let Some(&first) = text.get(at) else { return false };
    if !first.is_ascii_alphanumeric() && first < 0x80 && first != b'@' {
        return false;
    }
    let Some(before) = at.checked_sub(1) else { return true };
    let earlier = before.checked_sub(1).and_then(|index| text.get(index)).copied();
    match text.get(before).copied().unwrap_or(b' ') {
        b':' | b',' | b'-' => {
            earlier.is_none_or(|byte| !byte.is_ascii_alphanumeric() || !first.is_ascii_digit())
                || earlier.is_some_and(|byte| byte.is_ascii_alphabetic())
        }
        b'I' | b'W' | b'E' | b'F' | b'D' => first.is_ascii_digit() && earlier.is_none_or(is_mark),
        mark => is_mark(mark),
    }
}

/// Blanks, brackets, quotes and signs that stand before a value.
fn is_mark(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t'
            | b'['
            | b'('
            | b'{'
            | b'<'
            | b'>'
            | b'"'
            | b'\''
            | b'='
            | b'|'
            | b';'
            | b'*'
            | b'#'
            | b'`'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, stamps: &[&str]) {
        let all = find(text.as_bytes(), 200).map(|found| &text[found.offset..found.offset + found.length]);
        assert_eq!(all.collect::<Vec<_>>(), stamps, "{text}");
    }

    #[test]
    fn finds_stamps_where_words_begin() {
        check("[Sun Dec 04 04:47:44 2005] [notice] x", &["Sun Dec 04 04:47:44 2005"]);
        check("<34>Oct 11 22:14:15 mymachine su: x", &["Oct 11 22:14:15"]);
        check("I0102 15:04:05.000000 123 main.go:5] x", &["0102 15:04:05.000000"]);
        check(
            "- 1117838570 2005.06.03 R02 2005-06-03-15.42.50.675872 R02",
            &["1117838570", "2005-06-03-15.42.50.675872"],
        );
        check("time=\"2024-01-01T10:11:12Z\" level=info", &["2024-01-01T10:11:12Z"]);
        check("msg=audit(1364481363.243:24287): x", &["1364481363.243"]);
        check("1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET /\"", &["10/Oct/2000:13:55:36 -0700"]);
        check("*Mar  1 18:46:11.123: %SYS-5", &["Mar  1 18:46:11.123"]);
        check(
            "nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO",
            &["2017-05-16 00:00:00.008"],
        );
    }

    #[test]
    fn finds_none_within_other_things() {
        check("mac 00:11:22:33:44:55 and v2024-01-01T10:11:12x", &[]);
        check("no digit in May", &[]);
        check("id=123e4567-e89b-12d3-a456-426614174000 1234567890-abc 12345678901", &[]);
        check("fe80::10:11:12:13 1.2.3.4:10 5/6", &[]);
    }

    #[test]
    fn stops_at_the_limit() {
        assert_eq!(find(b"some words first 2024-01-01 10:11:12", 10).count(), 0);
        assert_eq!(find(b"some words 2024-01-01 10:11:12", 12).count(), 1);
    }
}
