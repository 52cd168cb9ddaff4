//! Pretty-printed JSON and XML: what was opened must be closed again.
//!
//! Of JSON the brackets outside of strings are counted, of XML the elements. Lines that are not indented must look
//! like a piece of such a body, so a stray bracket does not swallow the log after it.

use super::Verdict;
use super::shape::{is_blank, is_indented};

#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    Json { depth: u32 },
    Xml(Xml),
}

pub(super) fn begin(line: &[u8]) -> Option<Body> {
    match line.first()? {
        b'{' | b'[' => whole_line_json(line),
        b'<' => whole_line_xml(line),
        _ => at_the_end(line),
    }
}

fn whole_line_json(line: &[u8]) -> Option<Body> {
    let inside = line.get(1..)?.trim_ascii();
    let plausible = matches!(inside.first(), None | Some(b'"' | b'{' | b'[' | b']' | b'}'));
    let depth = if plausible { depth_after(0, line)? } else { 0 };
    (depth > 0).then_some(Body::Json { depth })
}

/// `request body: {` opens a body, too.
fn at_the_end(line: &[u8]) -> Option<Body> {
    let line = line.trim_ascii_end();
    let opens =
        line.ends_with(b" {") || line.ends_with(b" [") || line.ends_with(b"={") || line.ends_with(b":{");
    opens.then_some(Body::Json { depth: 1 })
}

impl Body {
    pub(super) fn accepts(&mut self, line: &[u8]) -> Verdict {
        match self {
            Body::Json { depth } => json(depth, line),
            Body::Xml(xml) => xml.accepts(line),
        }
    }
}

fn json(depth: &mut u32, line: &[u8]) -> Verdict {
    if !is_indented(line) && !is_json_piece(line) {
        return Verdict::No;
    }
    match depth_after(*depth, line) {
        Some(0) => Verdict::Last,
        Some(now) => {
            *depth = now;
            Verdict::Yes
        }
        None => Verdict::No,
    }
}

/// A key, a value or a bracket. A bracket opens something only if what follows it is a piece as well.
fn is_json_piece(line: &[u8]) -> bool {
    match line {
        [b'"', rest @ ..] => is_key_or_text(rest),
        [b'}' | b']', ..] => true,
        [b'{' | b'[', rest @ ..] => {
            matches!(rest.trim_ascii_start().first(), None | Some(b'"' | b'{' | b'[' | b']' | b'}'))
        }
        _ => {
            let value = line.trim_ascii_end();
            let value = value.strip_suffix(b",").unwrap_or(value);
            matches!(value, b"true" | b"false" | b"null") || is_number(value)
        }
    }
}

/// After the string comes a colon, a comma or nothing: a sentence that begins with a quoted word goes on otherwise.
fn is_key_or_text(after_quote: &[u8]) -> bool {
    let mut escaped = false;
    let end = after_quote.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    let rest = end.and_then(|end| after_quote.get(end + 1..)).unwrap_or(b"?").trim_ascii();
    matches!(rest.first(), None | Some(b':' | b',' | b']' | b'}'))
}

fn is_number(value: &[u8]) -> bool {
    let part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
    !value.is_empty() && value.iter().all(part)
}

/// The brackets still open after the line; nothing if more were closed than opened. Strings do not span lines.
fn depth_after(before: u32, line: &[u8]) -> Option<u32> {
    let mut depth = before;
    let mut in_string = false;
    let mut escaped = false;
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth = depth.saturating_add(1),
            b'}' | b']' if !in_string => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    Some(depth)
}

/// How far an XML document has been read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Xml {
    depth: u32,
    place: Place,
    opened: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Text,
    /// Within `<name …`; the last byte before `>` tells whether it closes itself.
    Tag { closing: bool, slash: bool, quote: u8 },
    /// Within `<!--`, up to `-->`.
    Comment,
    /// Within `<![CDATA[`, up to `]]>`.
    Data,
    /// Within `<?` or `<!`, up to `>`.
    Declaration,
}

/// A document, or an element that nothing but more elements can follow on its line.
fn whole_line_xml(line: &[u8]) -> Option<Body> {
    let line = line.trim_ascii_end();
    let name = matches!(line, [b'<', b'?' | b'!' | b'a'..=b'z' | b'A'..=b'Z', ..]);
    let mut xml = Xml::default();
    xml.read(line);
    (name && !xml.is_closed() && line.ends_with(b">")).then_some(Body::Xml(xml))
}

impl Xml {
    fn accepts(&mut self, line: &[u8]) -> Verdict {
        let plausible =
            self.place != Place::Text || line.starts_with(b"<") || is_indented(line) || is_blank(line);
        if !plausible && !line.trim_ascii_end().ends_with(b">") {
            return Verdict::No;
        }
        self.read(line);
        if self.is_closed() { Verdict::Last } else { Verdict::Yes }
    }

    fn is_closed(&self) -> bool {
        self.opened && self.depth == 0 && self.place == Place::Text
    }

    fn read(&mut self, line: &[u8]) {
        let mut rest = line;
        while let Some(&byte) = rest.first() {
            let used = self.step(byte, rest).max(1);
            rest = rest.get(used..).unwrap_or_default();
        }
    }

    /// Handles what `rest` begins with; gives back how many bytes that was.
    fn step(&mut self, byte: u8, rest: &[u8]) -> usize {
        match self.place {
            Place::Text => self.text(rest),
            Place::Tag { closing, slash, quote } => self.tag(byte, closing, slash, quote),
            Place::Comment => self.until(rest, b"-->"),
            Place::Data => self.until(rest, b"]]>"),
            Place::Declaration => self.until(rest, b">"),
        }
    }

    fn text(&mut self, rest: &[u8]) -> usize {
        let markup = memchr::memchr(b'<', rest).unwrap_or(rest.len());
        if markup > 0 {
            return markup;
        }
        let (place, used) = match rest {
            [b'<', b'!', b'-', b'-', ..] => (Place::Comment, 4),
            [b'<', b'!', b'[', ..] => (Place::Data, 3),
            [b'<', b'!' | b'?', ..] => (Place::Declaration, 2),
            [b'<', b'/', ..] => (Place::Tag { closing: true, slash: false, quote: 0 }, 2),
            _ => (Place::Tag { closing: false, slash: false, quote: 0 }, 1),
        };
        self.place = place;
        used
    }

    fn tag(&mut self, byte: u8, closing: bool, slash: bool, quote: u8) -> usize {
        match byte {
            _ if quote != 0 => {
                let quote = if byte == quote { 0 } else { quote };
                self.place = Place::Tag { closing, slash: false, quote };
            }
            b'>' => self.end_of_tag(closing, slash),
            b'"' | b'\'' => self.place = Place::Tag { closing, slash: false, quote: byte },
            _ => self.place = Place::Tag { closing, slash: byte == b'/', quote },
        }
        1
    }

    fn end_of_tag(&mut self, closing: bool, slash: bool) {
        self.opened = true;
        self.place = Place::Text;
        if closing {
            self.depth = self.depth.saturating_sub(1);
        } else if !slash {
            self.depth = self.depth.saturating_add(1);
        }
    }

    fn until(&mut self, rest: &[u8], end: &[u8]) -> usize {
        match memchr::memmem::find(rest, end) {
            Some(at) => {
                self.place = Place::Text;
                at + end.len()
            }
            None => rest.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of the lines the body takes in: all, when it ends with the last one.
    #[track_caller]
    fn check(lines: &[&str], expected: usize) {
        let mut body = begin(lines[0].as_bytes()).expect("the first line opens a body");
        let mut taken = 1;
        for line in &lines[1..] {
            let verdict = body.accepts(line.as_bytes());
            taken += usize::from(verdict != Verdict::No);
            if verdict != Verdict::Yes {
                break;
            }
        }
        assert_eq!(taken, expected, "{lines:?}");
    }

    #[test]
    fn brackets_within_strings_do_not_count() {
        check(&["{", r#""a": "}","#, r#""b": "\"}","#, r#""c": "\\""#, "}", "}"], 5);
        check(&[r#"{"a": ["#, "1,", "-2.5e3", "], \"b\": {", "} }", "next"], 5);
    }

    #[test]
    fn what_is_no_body_ends_it() {
        check(&["{", "next line of the log"], 1);
        check(&["{", "\"quoted\" words begin this line"], 1);
        check(&["[", "[INFO] ready"], 1);
        check(&["{", "  }}", "next"], 1);
        check(&["<a>", "next line of the log"], 1);
    }

    #[test]
    fn elements_are_counted() {
        check(&["<?xml version='1.0'?>", "<a b='>'", "c=\"/\">", "<d/>", "</a>", "<e>"], 5);
        check(&["<!DOCTYPE a>", "<!-- a", "  <b>", "--> <c>", "</c>", "x"], 5);
        check(&["<a>", "<![CDATA[ </a>", "</a> ]]></a>", "<b>"], 3);
    }
}
