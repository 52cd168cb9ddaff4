//! The structured data of RFC 5424 becomes fields `id.name`; the number before it, facility and severity.
//!
//! `[origin@32473 ip="192.0.2.1"][meta sequenceId="1"]` is read leniently: a backslash that escapes
//! nothing stays, blanks between parameters may be several. An id longer than any real one counts
//! as malformed, since each of its names would repeat it.

use super::fields::{Fields, Kind, Span};
use super::json::Malformed;

/// RFC 5424 allows 32.
const MAX_ID: usize = 128;
const MAX_FIELDS: usize = 1024;

/// The number `<34>` at the beginning of a syslog line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priority {
    /// Which part of the system: 0 kernel, 1 user, 3 daemon, 4 auth, 16 to 23 local.
    pub facility: u8,
    /// How grave: 0 emergency to 7 debug.
    pub severity: u8,
    /// The position after the `>`.
    pub end: usize,
}

/// Reads the priority that begins at `at`.
pub fn read_priority(text: &[u8], at: usize) -> Option<Priority> {
    let digits = text.get(at..)?.strip_prefix(b"<")?;
    let length = digits.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=3).contains(&length) || digits.get(length) != Some(&b'>') {
        return None;
    }
    let number =
        digits.iter().take(length).fold(0_u16, |number, digit| number * 10 + u16::from(digit - b'0'));
    let number = u8::try_from(number).ok().filter(|&number| number <= 191)?;
    Some(Priority { facility: number / 8, severity: number % 8, end: at + length + 2 })
}

/// Reads the structured data that begins at `at` (`-` or elements) and gives the position after it.
pub fn read_structured_data(text: &[u8], at: usize, fields: &mut Fields) -> Result<usize, Malformed> {
    if text.get(at) == Some(&b'-') {
        return Ok(at + 1);
    }
    let mut reader = Elements { text, at, fields };
    reader.element()?;
    while reader.peek() == b'[' {
        reader.element()?;
    }
    Ok(reader.at)
}

struct Elements<'t, 'f> {
    text: &'t [u8],
    at: usize,
    fields: &'f mut Fields,
}

impl Elements<'_, '_> {
    fn element(&mut self) -> Result<(), Malformed> {
        self.take(b'[')?;
        let id = self.name()?;
        if id.1 - id.0 > MAX_ID {
            return Err(Malformed { at: id.0 });
        }
        let mut parameters = 0;
        loop {
            while self.peek() == b' ' {
                self.at += 1;
            }
            if self.peek() == b']' {
                self.at += 1;
                break;
            }
            self.parameter(id)?;
            parameters += 1;
        }
        if parameters == 0 {
            self.push(Span::text(id.0..id.1), Span::text(id.1..id.1), Kind::Null);
        }
        Ok(())
    }

    fn parameter(&mut self, id: (usize, usize)) -> Result<(), Malformed> {
        let (start, end) = self.name()?;
        self.take(b'=')?;
        self.take(b'"')?;
        let (value_start, escaped) = (self.at, self.skip_value()?);
        let raw = self.text.get(value_start..self.at - 1).unwrap_or_default();
        let value = if escaped {
            let kept = self.fields.scratch().len();
            unescape(raw, self.fields.scratch());
            self.fields.kept_since(kept)
        } else {
            Span::text(value_start..self.at - 1)
        };
        let name = self.fields.scratch().len();
        self.fields.scratch().extend_from_slice(self.text.get(id.0..id.1).unwrap_or_default());
        self.fields.scratch().push(b'.');
        self.fields.scratch().extend_from_slice(self.text.get(start..end).unwrap_or_default());
        let name = self.fields.kept_since(name);
        self.push(name, value, Kind::Text);
        Ok(())
    }

    /// Goes behind the closing quote; says whether there were backslashes.
    fn skip_value(&mut self) -> Result<bool, Malformed> {
        let mut escaped = false;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(place) = memchr::memchr2(b'"', b'\\', rest) else {
                return Err(Malformed { at: self.text.len() });
            };
            self.at += place + 1;
            if rest.get(place) == Some(&b'"') {
                return Ok(escaped);
            }
            escaped = true;
            self.at += 1;
        }
    }

    /// A name: no blank, no `=`, `]` or `"`, not empty.
    fn name(&mut self) -> Result<(usize, usize), Malformed> {
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        let length =
            rest.iter().take_while(|&&byte| byte > b' ' && !matches!(byte, b'=' | b']' | b'"')).count();
        if length == 0 {
            return Err(Malformed { at: start.min(self.text.len()) });
        }
        self.at += length;
        Ok((start, self.at))
    }

    fn push(&mut self, name: Span, value: Span, kind: Kind) {
        if self.fields.len() < MAX_FIELDS {
            self.fields.push(name, value, kind);
        }
    }

    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn take(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.peek() != byte {
            return Err(Malformed { at: self.at.min(self.text.len()) });
        }
        self.at += 1;
        Ok(())
    }
}

fn unescape(raw: &[u8], out: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(place) = memchr::memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at(place);
        out.extend_from_slice(plain);
        let escapes = matches!(escape.get(1), Some(b'"' | b'\\' | b']'));
        out.push(escape.get(usize::from(escapes)).copied().unwrap_or(b'\\'));
        rest = escape.get(1 + usize::from(escapes)..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, end: Result<usize, usize>, expected: &[(&str, &str)]) {
        let mut fields = Fields::new();
        let result = read_structured_data(text.as_bytes(), 0, &mut fields);
        assert_eq!(result, end.map_err(|at| Malformed { at }), "{text}");
        let found: Vec<_> = fields.iter(text.as_bytes()).map(|(name, value)| (name, value.bytes)).collect();
        let expected: Vec<_> =
            expected.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn elements_become_fields() {
        check("- message", Ok(1), &[]);
        check(
            r#"[exampleSDID@32473 iut="3" eventSource="Application"][examplePriority@32473 class="high"] m"#,
            Ok(89),
            &[
                ("exampleSDID@32473.iut", "3"),
                ("exampleSDID@32473.eventSource", "Application"),
                ("examplePriority@32473.class", "high"),
            ],
        );
        check(r#"[meta][a  b="" ]"#, Ok(16), &[("meta", ""), ("a.b", "")]);
        check(r#"[a b="q\"\\\]\n"]"#, Ok(17), &[("a.b", r#"q"\]\n"#)]);
    }

    #[test]
    fn broken_data_keeps_what_came_before() {
        check("", Err(0), &[]);
        check("text", Err(0), &[]);
        check("[]", Err(1), &[]);
        check(r#"[a b="1" c="2"#, Err(13), &[("a.b", "1")]);
        check(r#"[a b="1" c]"#, Err(10), &[("a.b", "1")]);
        check(r#"[a b=1]"#, Err(5), &[]);
        check(r#"[a b="1"][c"#, Err(11), &[("a.b", "1")]);
        check(&format!("[{} b=\"1\"]", "i".repeat(200)), Err(1), &[]);
    }

    #[test]
    fn priorities() {
        let check = |text: &str, expected: Option<(u8, u8, usize)>| {
            let found =
                read_priority(text.as_bytes(), 0).map(|found| (found.facility, found.severity, found.end));
            assert_eq!(found, expected, "{text}");
        };
        check("<34>1 2003", Some((4, 2, 4)));
        check("<0>", Some((0, 0, 3)));
        check("<191>Oct", Some((23, 7, 5)));
        for other in ["", "<", "<>", "<192>", "<999>", "<1234>", "<3", "34>", "<-1>", "<a>"] {
            check(other, None);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(text in "[\\[\\]a=\" \\\\é-]{0,60}", at in 0_usize..70) {
            let mut fields = Fields::new();
            let end = read_structured_data(text.as_bytes(), at, &mut fields);
            prop_assert!(end.is_ok_and(|end| end <= text.len()) || end.is_err());
            let _ = read_priority(text.as_bytes(), at);
        }
    }
}
