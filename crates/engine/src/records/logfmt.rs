//! `key=value key="quoted \" value" flag` becomes fields, and says how much of the line was such pairs.
//!
//! One `a=b` in a sentence does not make it logfmt: the share of the bytes that pairs cover lets
//! the format detection decide. For the same reason a word without a value is kept as a flag only
//! where it stands alone between pairs; two bare words in a row are prose.

use memchr::{memchr, memchr2};

use super::fields::{Fields, Kind, Span};
use super::json::unescape;
use super::names::Name;

const MAX_FIELDS: usize = 4096;
const MAX_KEY: usize = 128;

/// What was found in a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Keys with a value.
    pub pairs: usize,
    /// Bytes of pairs and flags, with the blanks behind them.
    pub covered: usize,
    /// Bytes looked at.
    pub total: usize,
}

impl Pairs {
    /// The share of the line that is pairs: 1 for logfmt, near 0 for prose.
    pub fn share(&self) -> f64 {
        self.covered as f64 / self.total.max(1) as f64
    }
}

/// Reads all pairs from `at` to the end of the text.
pub fn read_pairs(text: &[u8], at: usize, fields: &mut Fields) -> Pairs {
    let total = text.len().saturating_sub(at);
    let mut reader = Reader {
        text,
        at,
        fields,
        found: Pairs { total, ..Pairs::default() },
        bare: Bare::None,
        lone_quotes: false,
    };
    while reader.next_word() {}
    reader.keep_flag();
    reader.found
}

/// The words without a value since the last pair.
#[derive(Clone, Copy)]
enum Bare {
    None,
    One { start: usize, end: usize, after: usize },
    Many,
}

struct Reader<'t, 'f> {
    text: &'t [u8],
    at: usize,
    fields: &'f mut Fields,
    found: Pairs,
    bare: Bare,
    /// No value in single quotes ends from here on, so none is looked for again.
    lone_quotes: bool,
}

impl Reader<'_, '_> {
    fn next_word(&mut self) -> bool {
        self.skip_blanks();
        let start = self.at;
        if start >= self.text.len() {
            return false;
        }
        let key_end = self.key_end(start);
        if self.is_pair(start, key_end) {
            self.keep_flag();
            self.pair(start, key_end);
        } else {
            self.bare_word(start, key_end);
        }
        true
    }

    fn key_end(&self, start: usize) -> usize {
        let rest = self.text.get(start..).unwrap_or_default();
        start + rest.iter().position(|&byte| !is_key_byte(byte)).unwrap_or(rest.len())
    }

    /// A key with a letter in front and `=` behind; `==` compares.
    fn is_pair(&self, start: usize, key_end: usize) -> bool {
        let first = self.byte(start);
        self.byte(key_end) == b'='
            && self.byte(key_end + 1) != b'='
            && key_end - start <= MAX_KEY
            && (first.is_ascii_alphabetic() || matches!(first, b'_' | b'@' | b'$') || first >= 0x80)
    }

    fn pair(&mut self, start: usize, key_end: usize) {
        self.at = key_end + 1;
        let (value, kind) = match self.byte(self.at) {
            b'"' => self.quoted(),
            b'\'' => match self.single_quoted_end() {
                Some(end) => self.single_quoted(end),
                None => self.bare_value(),
            },
            _ => self.bare_value(),
        };
        self.push(Span::text(start..key_end), value, kind);
        self.found.pairs += 1;
        self.skip_blanks();
        self.found.covered += self.at - start;
    }

    fn bare_value(&mut self) -> (Span, Kind) {
        let start = self.at;
        self.at = self.word_end(start);
        // `a=1, b=2`: the comma belongs to the list, not to the value.
        let comma =
            self.at > start && matches!(self.byte(self.at - 1), b',' | b';') && self.at < self.text.len();
        let end = self.at - usize::from(comma);
        let kind = Kind::of_bare(self.text.get(start..end).unwrap_or_default());
        (Span::text(start..end), kind)
    }

    /// A value in quotes; one that does not end is the rest of the line.
    fn quoted(&mut self) -> (Span, Kind) {
        let start = self.at + 1;
        let mut place = start;
        let mut escaped = false;
        let end = loop {
            let rest = self.text.get(place..).unwrap_or_default();
            let Some(found) = memchr2(b'"', b'\\', rest) else { break self.text.len() };
            if rest.get(found) == Some(&b'"') {
                break place + found;
            }
            escaped = true;
            place += found + 2;
        };
        self.leave_quotes(end);
        if !escaped {
            return (Span::text(start..end), Kind::Text);
        }
        let kept = self.fields.scratch().len();
        unescape(self.text.get(start..end).unwrap_or_default(), self.fields.scratch());
        self.fields.clean_since(kept);
        (self.fields.kept_since(kept), Kind::Text)
    }

    fn single_quoted(&mut self, end: usize) -> (Span, Kind) {
        let start = self.at + 1;
        self.leave_quotes(end);
        (Span::text(start..end), Kind::Text)
    }

    fn leave_quotes(&mut self, end: usize) {
        self.at = (end + 1).min(self.text.len());
        if matches!(self.byte(self.at), b',' | b';') {
            self.at += 1;
        }
    }

    /// The single quote that closes a value: a blank or the end follows it. Apostrophes do not count.
    fn single_quoted_end(&mut self) -> Option<usize> {
        if self.lone_quotes {
            return None;
        }
        let mut place = self.at + 1;
        while let Some(found) = memchr(b'\'', self.text.get(place..)?) {
            place += found;
            if matches!(self.byte(place + 1), 0 | b' ' | b'\t' | b',' | b'\n') {
                return Some(place);
            }
            place += 1;
        }
        self.lone_quotes = true;
        None
    }

    fn bare_word(&mut self, start: usize, key_end: usize) {
        let end = self.word_end(start);
        self.at = end;
        self.skip_blanks();
        let after_pair = self.found.pairs > 0 && matches!(self.bare, Bare::None);
        let is_key = end == key_end && self.byte(start).is_ascii_alphabetic() && end - start <= MAX_KEY;
        self.bare = if after_pair && is_key { Bare::One { start, end, after: self.at } } else { Bare::Many };
    }

    /// Keeps a lone bare word, now that a pair or the end follows it.
    fn keep_flag(&mut self) {
        if let Bare::One { start, end, after } = self.bare {
            self.push(Span::text(start..end), Span::Known(Name::TRUE), Kind::Bool);
            self.found.covered += after - start;
        }
        self.bare = Bare::None;
    }

    fn push(&mut self, name: Span, value: Span, kind: Kind) {
        if self.fields.len() < MAX_FIELDS {
            self.fields.push(name, value, kind);
        }
    }

    fn word_end(&self, start: usize) -> usize {
        let rest = self.text.get(start..).unwrap_or_default();
        start + rest.iter().position(|byte| is_blank(*byte)).unwrap_or(rest.len())
    }

    fn skip_blanks(&mut self) {
        while self.text.get(self.at).is_some_and(|&byte| is_blank(byte)) {
            self.at += 1;
        }
    }

    /// The byte at a position, 0 beyond the end.
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Bytes of keys; `?` and `&` are not among them, so that the query of an address is no pair.
fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'_' | b'.' | b'-' | b'/' | b'@' | b'$' | b'#')
        || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, pairs: usize, expected: &[(&str, &str, Kind)]) -> f64 {
        let mut fields = Fields::new();
        let found = read_pairs(text.as_bytes(), 0, &mut fields);
        assert_eq!(found.pairs, pairs, "{text}");
        let listed: Vec<_> =
            fields.iter(text.as_bytes()).map(|(name, value)| (name, value.bytes, value.kind)).collect();
        let expected: Vec<_> =
            expected.iter().map(|(name, value, kind)| (name.as_bytes(), value.as_bytes(), *kind)).collect();
        assert_eq!(listed, expected, "{text}");
        found.share()
    }

    #[test]
    fn pairs_become_fields() {
        use Kind::*;
        let share = check(
            r#"ts=2024-05-21T10:00:00Z level=info msg="got \"it\"\n" dur=12 ok=true err= debug caller=main.go:42"#,
            7,
            &[
                ("ts", "2024-05-21T10:00:00Z", Text),
                ("level", "info", Text),
                ("msg", "got \"it\"\n", Text),
                ("dur", "12", Number),
                ("ok", "true", Bool),
                ("err", "", Text),
                ("debug", "true", Bool),
                ("caller", "main.go:42", Text),
            ],
        );
        assert_eq!(share, 1.0);
        check("a=1, b=x; c=3,", 3, &[("a", "1", Number), ("b", "x", Text), ("c", "3,", Text)]);
        check(
            "type=AVC msg='op=login acct=\"root\"' res=ok",
            3,
            &[("type", "AVC", Text), ("msg", "op=login acct=\"root\"", Text), ("res", "ok", Text)],
        );
        check("who='tis a=1", 2, &[("who", "'tis", Text), ("a", "1", Number)]);
        check("who='it's me' a=1", 2, &[("who", "it's me", Text), ("a", "1", Number)]);
        check("token=YWJj== x=a=b", 2, &[("token", "YWJj==", Text), ("x", "a=b", Text)]);
        check("msg=\"cut off", 1, &[("msg", "cut off", Text)]);
        check("größe=3", 1, &[("größe", "3", Number)]);
    }

    #[test]
    fn prose_is_not_covered() {
        let share =
            check("connection of user=alice was closed after 3 tries", 1, &[("user", "alice", Kind::Text)]);
        assert!(share < 0.3, "{share}");
        assert_eq!(check("if a == b or a==b then", 0, &[]), 0.0);
        assert_eq!(check("GET /index.html?a=1&b=2 HTTP/1.1", 0, &[]), 0.0);
        assert_eq!(check("", 0, &[]), 0.0);
        assert_eq!(check("=x \"=\" 1=2 ====", 0, &[]), 0.0);
        assert!(check("a=1 one two b=2", 2, &[("a", "1", Kind::Number), ("b", "2", Kind::Number)]) < 0.7);
    }

    #[test]
    fn reads_from_a_position() {
        let text = b"12:00:00 INFO a=1 b=2";
        let mut fields = Fields::new();
        let found = read_pairs(text, 14, &mut fields);
        assert_eq!(found, Pairs { pairs: 2, covered: 7, total: 7 });
        assert_eq!(fields.get("b", text).unwrap().bytes, b"2");
        assert_eq!(read_pairs(text, 99, &mut fields).pairs, 0);
    }

    /// Were any search repeated from every place, these would take minutes.
    #[test]
    fn the_work_grows_with_the_text_alone() {
        for piece in ["a='b'c ", "a='", "a=\"", "a ", "a=\\", "aaaa"] {
            let text = piece.repeat(400_000 / piece.len()) + "' ";
            assert!(read_pairs(text.as_bytes(), 0, &mut Fields::new()).share() <= 1.0);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(pairs in prop::collection::vec(("[a-z][a-z0-9_.]{0,8}", "[ -~é]{0,20}"), 1..8)) {
            let line: Vec<_> = pairs.iter()
                .map(|(key, value)| format!("{key}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
                .collect();
            let line = line.join(" ");
            let mut fields = Fields::new();
            let found = read_pairs(line.as_bytes(), 0, &mut fields);
            prop_assert_eq!(found.share(), 1.0);
            let read: Vec<_> = fields.iter(line.as_bytes()).map(|(name, value)| (name, value.bytes)).collect();
            let written: Vec<_> = pairs.iter().map(|(key, value)| (key.as_bytes(), value.as_bytes())).collect();
            prop_assert_eq!(read, written);
        }

        #[test]
        fn no_bytes_panic(text in "[a=\"' \\\\,é\\x00]{0,60}", at in 0_usize..70) {
            let mut fields = Fields::new();
            let found = read_pairs(text.as_bytes(), at, &mut fields);
            prop_assert!(found.covered <= found.total);
        }
    }
}
