//! A JSON object in a line becomes fields: nested names are dotted (`http.request.method`).
//!
//! The scanner is our own because a record wants spans, not a tree: a string without escapes is a
//! part of the line, a number stays as it was written, a list is kept as compact text. It never
//! recurses; deeper than 64 levels counts as malformed. What a cut line still says is kept.
//! It is lenient where logs are: raw control bytes in strings, `NaN` and `Infinity` pass.

use memchr::{memchr, memchr2};

use super::fields::{Fields, Kind, Span};
use super::names::Name;
use super::roles::Role;

/// How deep objects and lists may nest.
const MAX_DEPTH: usize = 64;
/// What stands after this many fields is checked but not kept, so that no line fills the memory.
const MAX_FIELDS: usize = 4096;
/// An object whose dotted name is longer than this is kept as compact text: every name below it
/// repeats the prefix, and a long one would make the work quadratic.
const MAX_PREFIX: usize = 256;
/// How many earlier names are compared when a name may be a duplicate.
const DUPLICATE_REACH: usize = 128;

/// A whole object was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object {
    /// The position after the closing brace.
    pub end: usize,
    /// A name stands twice; the last value is the one that [`Fields::get`] finds.
    pub duplicate: bool,
}

/// The data broke off or went wrong; what was read before is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The position of the first byte that does not fit.
    pub at: usize,
}

/// Whether a line begins like an object: a brace and a name with its colon, or an empty object.
pub fn looks_like_object(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let Some(inside) = line.strip_prefix(b"{") else { return false };
    let inside = inside.trim_ascii_start();
    if inside.starts_with(b"}") {
        return true;
    }
    match string_at(inside, 0) {
        Some(name) => inside.get(name.end..).is_some_and(|rest| rest.trim_ascii_start().starts_with(b":")),
        None => false,
    }
}

/// Reads the object that begins at `at` into fields.
pub fn read_object(text: &[u8], at: usize, fields: &mut Fields) -> Result<Object, Malformed> {
    Scanner::new(text, at, None, fields).object()
}

/// Opens JSON objects that stand as a string in a field for messages (`"message":"{\"level\":…}"`).
#[derive(Clone, Debug, Default)]
pub struct Unfolder {
    inner: Vec<u8>,
}

impl Unfolder {
    /// An unfolder; it keeps its memory from record to record.
    pub fn new() -> Unfolder {
        Unfolder::default()
    }

    /// Puts the inner fields, under their own names, in place of the field that held them.
    /// Only an object that is whole counts; says whether there was one.
    pub fn unfold(&mut self, text: &[u8], fields: &mut Fields) -> bool {
        let count = fields.len();
        let Some(index) = (0..count).find(|&index| holds_object(fields, index, text)) else { return false };
        let Some((span, _)) = fields.span_at(index) else { return false };
        self.inner.clear();
        self.inner.extend_from_slice(fields.resolve(span, text));
        let begin = self.inner.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let read = Scanner::new(&self.inner, begin, Some(span), fields).object();
        let whole = read.is_ok_and(|object| {
            self.inner.get(object.end..).unwrap_or_default().iter().all(u8::is_ascii_whitespace)
        });
        if whole {
            fields.remove(index);
        } else {
            fields.truncate(count);
        }
        whole
    }
}

fn holds_object(fields: &Fields, index: usize, text: &[u8]) -> bool {
    let Some((name, value)) = fields.at(index, text) else { return false };
    value.kind == Kind::Text && looks_like_object(value.bytes) && Role::of(name) == Some(Role::Message)
}

/// A string as it stands in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawString {
    /// The first byte after the opening quote.
    pub(crate) start: usize,
    /// The closing quote.
    pub(crate) close: usize,
    /// The position after the closing quote.
    pub(crate) end: usize,
    /// It holds a backslash.
    pub(crate) escaped: bool,
}

/// The string whose opening quote stands at `at`; nothing where there is none or it does not end.
pub(crate) fn string_at(text: &[u8], at: usize) -> Option<RawString> {
    if text.get(at) != Some(&b'"') {
        return None;
    }
    let start = at + 1;
    let mut place = start;
    let mut escaped = false;
    loop {
        place = quote_or_backslash(text, place);
        if *text.get(place)? == b'"' {
            return Some(RawString { start, close: place, end: place + 1, escaped });
        }
        escaped = true;
        place += 2;
    }
}

/// The next `"` or `\`, or the end. Most strings of logs are short, for which the call of a vector
/// search costs more than a few words looked at in place.
#[inline]
fn quote_or_backslash(text: &[u8], from: usize) -> usize {
    let mut place = from;
    for _ in 0..4 {
        let Some(word) = text.get(place..).and_then(|rest| rest.first_chunk::<8>()) else { break };
        let word = u64::from_le_bytes(*word);
        let hits = zero_bytes(word ^ (LOW_BITS * b'"' as u64)) | zero_bytes(word ^ (LOW_BITS * b'\\' as u64));
        if hits != 0 {
            return place + (hits.trailing_zeros() / 8) as usize;
        }
        place += 8;
    }
    let rest = text.get(place..).unwrap_or_default();
    if rest.len() < 8 {
        let found = rest.iter().position(|&byte| byte == b'"' || byte == b'\\');
        return place + found.unwrap_or(rest.len());
    }
    place + memchr2(b'"', b'\\', rest).unwrap_or(rest.len())
}

const LOW_BITS: u64 = 0x0101_0101_0101_0101;

/// The high bit of the lowest zero byte is set, and none below it.
#[inline]
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(LOW_BITS) & !word & (LOW_BITS << 7)
}

/// Appends a string's inside without its escapes. A half surrogate becomes U+FFFD; an escape that
/// does not exist stays as it is.
pub(crate) fn unescape(raw: &[u8], out: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(place) = memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at(place);
        out.extend_from_slice(plain);
        let length = unescape_one(escape, out);
        rest = escape.get(length..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

/// Appends what one escape stands for and gives its length.
fn unescape_one(escape: &[u8], out: &mut Vec<u8>) -> usize {
    let plain = match escape.get(1) {
        Some(b'u') => return unescape_unit(escape, out),
        Some(&byte @ (b'"' | b'\\' | b'/')) => byte,
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(b'r') => b'\r',
        Some(b'b') => 0x08,
        Some(b'f') => 0x0c,
        Some(_) | None => {
            out.push(b'\\');
            return 1;
        }
    };
    out.push(plain);
    2
}

fn unescape_unit(escape: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(first) = unit_at(escape) else {
        out.push(b'\\');
        return 1;
    };
    let second = escape.get(6..).filter(|next| next.starts_with(b"\\u")).and_then(unit_at);
    let (code, length) = match (first, second) {
        (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
            (0x1_0000 + ((u32::from(first) - 0xd800) << 10) + (u32::from(low) - 0xdc00), 12)
        }
        _ => (u32::from(first), 6),
    };
    let letter = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    length
}

fn unit_at(escape: &[u8]) -> Option<u16> {
    let digits = escape.get(2..6)?;
    digits.iter().try_fold(0_u16, |unit, &digit| {
        let value = char::from(digit).to_digit(16)?;
        Some(unit << 4 | value as u16)
    })
}

struct Scanner<'t, 'f> {
    text: &'t [u8],
    at: usize,
    /// The text is a copy of this span; spans into it are shifted accordingly.
    copy_of: Option<Span>,
    fields: &'f mut Fields,
    first_field: usize,
    seen: SeenNames,
    duplicate: bool,
    /// The dotted name of the open object, in the scratch arena, with its last dot. The prefix of
    /// each object around it is the beginning of the same bytes, so their lengths are enough.
    prefix_start: usize,
    prefix: usize,
    outer: [u16; MAX_DEPTH],
    depth: usize,
}

impl<'t, 'f> Scanner<'t, 'f> {
    fn new(text: &'t [u8], at: usize, copy_of: Option<Span>, fields: &'f mut Fields) -> Self {
        let first_field = fields.len();
        Scanner {
            text,
            at,
            copy_of,
            fields,
            first_field,
            seen: SeenNames::default(),
            duplicate: false,
            prefix_start: 0,
            prefix: 0,
            outer: [0; MAX_DEPTH],
            depth: 0,
        }
    }

    fn object(mut self) -> Result<Object, Malformed> {
        self.take(b'{')?;
        self.blanks();
        if self.peek() == b'}' {
            return Ok(Object { end: self.at + 1, duplicate: false });
        }
        loop {
            let key = self.string()?;
            self.blanks();
            self.take(b':')?;
            self.blanks();
            let opened = self.value(key)?;
            if !opened && self.after_value()? {
                return Ok(Object { end: self.at, duplicate: self.duplicate });
            }
            self.blanks();
        }
    }

    /// Goes over the comma to the next name, or out of the objects that close; says whether the
    /// outermost has closed.
    #[inline]
    fn after_value(&mut self) -> Result<bool, Malformed> {
        loop {
            self.blanks();
            match self.peek() {
                b',' => {
                    self.at += 1;
                    return Ok(false);
                }
                b'}' => {
                    self.at += 1;
                    if self.depth == 0 {
                        return Ok(true);
                    }
                    self.depth -= 1;
                    self.prefix = self.outer.get(self.depth).copied().unwrap_or(0).into();
                }
                _ => return self.malformed(),
            }
        }
    }

    /// Reads one value; says whether it was an object, which is then open.
    #[inline]
    fn value(&mut self, key: RawString) -> Result<bool, Malformed> {
        match self.peek() {
            b'"' => self.text_value(key)?,
            b'{' => return self.open(key),
            b'[' => self.list(key)?,
            b't' => self.word(key, b"true", Kind::Bool)?,
            b'f' => self.word(key, b"false", Kind::Bool)?,
            b'n' => self.word(key, b"null", Kind::Null)?,
            b'N' => self.word(key, b"NaN", Kind::Number)?,
            b'I' => self.word(key, b"Infinity", Kind::Number)?,
            _ => self.number(key)?,
        }
        Ok(false)
    }

    fn text_value(&mut self, key: RawString) -> Result<(), Malformed> {
        let Some(raw) = string_at(self.text, self.at) else {
            // A cut line: what is there of the value is worth more than nothing.
            let rest =
                RawString { start: self.at + 1, close: self.text.len(), end: self.text.len(), escaped: true };
            self.at = self.text.len();
            self.push_text(key, rest);
            return self.malformed();
        };
        self.at = raw.end;
        self.push_text(key, raw);
        Ok(())
    }

    #[inline]
    fn push_text(&mut self, key: RawString, raw: RawString) {
        let value = if raw.escaped {
            let start = self.fields.scratch().len();
            unescape(self.text.get(raw.start..raw.close).unwrap_or_default(), self.fields.scratch());
            self.fields.clean_since(start);
            self.fields.kept_since(start)
        } else {
            self.span(raw.start, raw.close)
        };
        self.push(key, value, Kind::Text);
    }

    fn word(&mut self, key: RawString, word: &[u8], kind: Kind) -> Result<(), Malformed> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return self.malformed();
        }
        let start = self.at;
        self.at += word.len();
        let value = self.span(start, self.at);
        self.push(key, value, kind);
        Ok(())
    }

    fn number(&mut self, key: RawString) -> Result<(), Malformed> {
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        let length = rest.iter().take_while(|&&byte| is_number_byte(byte)).count();
        if length == 0 {
            return self.malformed();
        }
        if rest.starts_with(b"-I") {
            return self.word(key, b"-Infinity", Kind::Number);
        }
        self.at += length;
        let value = self.span(start, self.at);
        self.push(key, value, Kind::Number);
        Ok(())
    }

    fn open(&mut self, key: RawString) -> Result<bool, Malformed> {
        let mut inside = self.at + 1;
        while self.text.get(inside).is_some_and(u8::is_ascii_whitespace) {
            inside += 1;
        }
        let length = self.prefix + (key.close - key.start) + 1;
        if self.text.get(inside) == Some(&b'}') || length > MAX_PREFIX {
            self.list(key)?;
            return Ok(false);
        }
        let Some(outer) = self.outer.get_mut(self.depth) else { return self.malformed() };
        *outer = self.prefix as u16;
        self.depth += 1;
        self.at = inside;
        let start = self.keep_name(key);
        self.fields.scratch().push(b'.');
        self.prefix = self.fields.scratch().len() - start;
        self.prefix_start = start;
        Ok(true)
    }

    /// Reads a list, or an object that is kept like one.
    fn list(&mut self, key: RawString) -> Result<(), Malformed> {
        let start = self.at;
        let Ok(compact) = self.skip_nested() else {
            let value = self.span(start, self.at);
            self.push(key, value, Kind::Text);
            return self.malformed();
        };
        let value = if compact { self.span(start, self.at) } else { self.keep_compact(start) };
        self.push(key, value, Kind::List);
        Ok(())
    }

    /// Goes behind the bracket that closes the one at hand; says whether there were no blanks.
    fn skip_nested(&mut self) -> Result<bool, Malformed> {
        // One bit per open bracket: set for an object.
        let mut open = 0_u64;
        let mut depth = 0;
        let mut compact = true;
        loop {
            let byte = self.peek();
            match byte {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'[' | b'{' if depth == MAX_DEPTH => return self.malformed(),
                b'[' | b'{' => {
                    open = open << 1 | u64::from(byte == b'{');
                    depth += 1;
                }
                b']' | b'}' if (open & 1 == 1) != (byte == b'}') => return self.malformed(),
                b']' | b'}' => {
                    open >>= 1;
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        return Ok(compact);
                    }
                }
                b' ' | b'\t' | b'\n' | b'\r' => compact = false,
                0 => return self.malformed(),
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Copies from `start` to here without the blanks outside strings.
    fn keep_compact(&mut self, start: usize) -> Span {
        let kept = self.fields.scratch().len();
        let mut place = start;
        while place < self.at {
            let end = string_at(self.text, place).map_or(place + 1, |string| string.end);
            let piece = self.text.get(place..end).unwrap_or_default();
            if !piece.first().is_some_and(u8::is_ascii_whitespace) {
                self.fields.scratch().extend_from_slice(piece);
            }
            place = end;
        }
        self.fields.kept_since(kept)
    }

    #[inline]
    fn push(&mut self, key: RawString, value: Span, kind: Kind) {
        if self.fields.len() - self.first_field >= MAX_FIELDS {
            return;
        }
        let name = if self.depth == 0 && !key.escaped {
            self.span(key.start, key.close)
        } else {
            let start = self.keep_name(key);
            self.fields.kept_since(start)
        };
        self.look_for_duplicate(key, name);
        self.fields.push(name, value, kind);
    }

    /// Writes the dotted name into the scratch arena and says where it begins.
    fn keep_name(&mut self, key: RawString) -> usize {
        let prefix = self.prefix_start..self.prefix_start + if self.depth == 0 { 0 } else { self.prefix };
        let key_bytes = self.text.get(key.start..key.close).unwrap_or_default();
        let scratch = self.fields.scratch();
        let start = scratch.len();
        if prefix.end <= start {
            scratch.extend_from_within(prefix);
        }
        if key.escaped {
            let key_start = scratch.len();
            unescape(key_bytes, scratch);
            self.fields.clean_since(key_start);
        } else {
            scratch.extend_from_slice(key_bytes);
        }
        start
    }

    #[inline]
    fn look_for_duplicate(&mut self, key: RawString, name: Span) {
        let key_bytes = self.text.get(key.start..key.close).unwrap_or_default();
        if self.duplicate || self.copy_of.is_some() || !self.seen.add(key_bytes) {
            return;
        }
        let name = self.fields.resolve(name, self.text);
        let last = self.fields.len().min(self.first_field + DUPLICATE_REACH);
        self.duplicate = (self.first_field..last)
            .any(|index| self.fields.at(index, self.text).is_some_and(|(known, _)| known == name));
    }

    #[inline]
    fn span(&self, start: usize, end: usize) -> Span {
        match self.copy_of {
            None => Span::text(start..end),
            Some(Span::Scratch(base, _)) => Span::Scratch(base + start as u32, base + end as u32),
            Some(Span::Text(base, _)) => Span::Text(base + start as u32, base + end as u32),
            Some(Span::Known(_)) => Span::Known(Name::EMPTY),
        }
    }

    fn string(&mut self) -> Result<RawString, Malformed> {
        match string_at(self.text, self.at) {
            Some(string) => {
                self.at = string.end;
                Ok(string)
            }
            None => {
                if self.peek() == b'"' {
                    self.at = self.text.len();
                }
                self.malformed()
            }
        }
    }

    /// The byte at hand, or 0 at the end: no token begins with it.
    #[inline]
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    #[inline]
    fn blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.peek() != byte {
            return self.malformed();
        }
        self.at += 1;
        Ok(())
    }

    fn malformed<T>(&self) -> Result<T, Malformed> {
        Err(Malformed { at: self.at.min(self.text.len()) })
    }
}

fn is_number_byte(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// A small filter of names seen, so that only a likely duplicate is compared with the others.
#[derive(Default)]
struct SeenNames([u64; 4]);

impl SeenNames {
    /// Adds a name and says whether it may have been there before.
    #[inline]
    fn add(&mut self, name: &[u8]) -> bool {
        let head = name.iter().take(4).fold(0_u64, |word, &byte| word << 8 | u64::from(byte));
        let tail = name.iter().rev().take(4).fold(0_u64, |word, &byte| word << 8 | u64::from(byte));
        let hash = (head << 32 ^ tail ^ (name.len() as u64) << 24).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
        let Some(word) = self.0.get_mut((hash >> 6) as usize) else { return true };
        let bit = 1 << (hash & 63);
        let before = *word & bit != 0;
        *word |= bit;
        before
    }
}

#[cfg(test)]
mod tests;
