//! The language in which formats are written, and the matcher it compiles to.
//!
//! A pattern reads like the line it matches. There are no regular expressions in it; a line is
//! matched from left to right in one pass, a step per element, which costs a few nanoseconds each.
//!
//! | element | matches |
//! | --- | --- |
//! | `{time}` | a time stamp; its shape is found from the first lines and fixed per stream |
//! | `{level}` | a level word of any vocabulary, or one of the format's own `levels` |
//! | `{message}` | the rest of the line |
//! | `{>}` | nothing; the message begins here and the captures after it are fields of it |
//! | `{name}` | up to the literal that follows; no blanks, unless the capture stands between a pair of brackets or quotes, and brackets opened inside are skipped with their partner |
//! | `{name:int}` `{name:number}` | digits, with an optional sign; a number may have decimals |
//! | `{name:text}` | like `{name}`, blanks allowed |
//! | `{name:json}` `{name:logfmt}` | structured data; its keys become fields |
//! | `{name:sd}` | structured data of RFC 5424: `-` or elements; their parameters become fields |
//! | `{pri}` | a syslog priority `<34>`: gives the level and the field `facility` |
//! | `{_}` | like `{name}`, not kept |
//! | a blank | one or more blanks or tabs |
//! | `(…)?` | the group, or nothing |
//! | `\` | takes the next character literally: `\(`, `\{` |
//! | anything else | itself |

use std::fmt;
use std::sync::LazyLock;

use super::clock::Reading;
use super::fields::{Fields, Kind, Span};
use super::level::Level;
use super::names::Name;
use super::notes::Notes;
use super::time::Time;
use super::{json, logfmt, syslog_data};

mod compile;
mod headers;
mod tree;

pub use compile::PatternError;
use headers::Way;
pub(crate) use headers::{Headers, is_blind};
pub(crate) use tree::{Matched, Tree};

/// A compiled pattern.
#[derive(Clone)]
pub(crate) struct Pattern {
    text: String,
    steps: Box<[Step]>,
}

/// What reads the stamps of a line: a clock that knows the shape, or a probe that looks for it.
pub(crate) trait ReadStamp {
    /// Reads a stamp at the very beginning of `text`.
    fn read(&mut self, text: &[u8]) -> Option<Reading>;
}

/// A format's own level words, looked up before the common vocabulary.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnLevels(pub(crate) Vec<(Box<[u8]>, Level)>);

/// What the header of a line said.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Head {
    pub(crate) time: Option<Time>,
    pub(crate) level: Option<Level>,
    /// Where the message begins.
    pub(crate) message: usize,
    pub(crate) notes: Notes,
}

/// The facilities of syslog, by number.
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
];

static FACILITY_NAMES: LazyLock<(Name, [Name; 24])> =
    LazyLock::new(|| (Name::of("facility"), FACILITIES.map(Name::of)));

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Blank,
    Byte(u8),
    Time,
    Level,
    /// No blanks, up to one of the stops.
    Word(Option<Name>, Stops),
    /// A word that only a blank ends, and the blanks behind it: one step, since most of a header is this.
    Column(Option<Name>),
    Int(Option<Name>),
    Number(Option<Name>),
    Priority,
    /// Up to the partner of the bracket that was opened just before.
    Bracketed(Option<Name>, u8, u8),
    /// Up to an unescaped quote.
    Quoted(Option<Name>, u8),
    /// Blanks allowed, up to the literal; to the end of the line where there is none.
    Text(Option<Name>, Box<[u8]>),
    Json,
    Logfmt,
    StructuredData,
    /// A byte order mark, where there is one.
    Mark,
    MessageHere,
    Rest,
    Optional(Box<[Step]>),
}

/// Bytes at which a word ends. A blank or the end of the line always ends it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Stops {
    /// These end it wherever they stand.
    anywhere: Vec<u8>,
    /// These end it only before a blank or the end of the line: `a::b: text` stops once.
    before_blank: Vec<u8>,
    /// The same for more than one byte, with whether only before a blank.
    literals: Vec<(Box<[u8]>, bool)>,
}

impl Pattern {
    /// Compiles a pattern.
    pub(crate) fn parse(text: &str) -> Result<Pattern, PatternError> {
        Ok(Pattern { text: text.to_owned(), steps: compile::steps(text)? })
    }

    /// The pattern as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Matches the header of a line and adds its captures to the fields. On a mismatch the fields
    /// may hold captures of the part that did match.
    pub(crate) fn matches(
        &self,
        line: &[u8],
        stamps: &mut impl ReadStamp,
        levels: &OwnLevels,
        fields: &mut Fields,
    ) -> Option<Head> {
        let mut run = Run {
            line,
            stamps,
            levels,
            fields,
            head: Head::default(),
            message: None,
            blanks: Blanks::default(),
            way: Way::default(),
        };
        let end = run.steps(&self.steps, 0)?;
        run.finished(end)
    }

    /// How much a match says: stamps and levels count most, then captures, then literals.
    pub(crate) fn weight(&self) -> f64 {
        weight(&self.steps)
    }

    /// Whether the pattern holds a stamp.
    pub(crate) fn has_time(&self) -> bool {
        contains(&self.steps, &|step| matches!(step, Step::Time))
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.text)
    }
}

fn contains(steps: &[Step], wanted: &dyn Fn(&Step) -> bool) -> bool {
    steps.iter().any(|step| match step {
        Step::Optional(inner) => contains(inner, wanted),
        step => wanted(step),
    })
}

fn weight(steps: &[Step]) -> f64 {
    let of_step = |step: &Step| match step {
        Step::Time | Step::Level => 4.0,
        Step::Priority => 3.0,
        Step::Int(_) | Step::Number(_) | Step::Json | Step::Logfmt | Step::StructuredData => 1.5,
        Step::Bracketed(..) | Step::Quoted(..) => 1.2,
        Step::Word(name, stops) if *stops != Stops::default() && !is_nameless(*name) => 1.0,
        Step::Word(name, _) | Step::Column(name) => {
            if is_nameless(*name) {
                0.1
            } else {
                0.5
            }
        }
        Step::Byte(byte) if byte.is_ascii_alphanumeric() => 0.5,
        Step::Byte(_) => 0.3,
        Step::Text(..) | Step::Blank | Step::Mark | Step::MessageHere | Step::Rest => 0.0,
        Step::Optional(inner) => 0.25 * weight(inner),
    };
    steps.iter().map(of_step).sum()
}

/// Columns of which nothing is known but that they are there say little.
fn is_nameless(name: Option<Name>) -> bool {
    name.is_none_or(|name| name.text().starts_with("field"))
}

struct Run<'a, S> {
    line: &'a [u8],
    stamps: &'a mut S,
    levels: &'a OwnLevels,
    fields: &'a mut Fields,
    head: Head,
    message: Option<usize>,
    blanks: Blanks,
    way: Way,
}

/// Which of 64 bytes of a line are no more than a blank. A header of columns asks for the ends of many short words that
/// stand side by side, and this finds them all at once.
#[derive(Clone, Copy, Default)]
struct Blanks {
    from: usize,
    /// A bit for each byte.
    bits: u64,
}

impl<S: ReadStamp> Run<'_, S> {
    /// Runs steps from a position and gives the position after them.
    #[inline]
    fn steps(&mut self, steps: &[Step], mut at: usize) -> Option<usize> {
        for (nth, step) in steps.iter().enumerate() {
            match self.step(step, at) {
                Some(end) => at = end,
                None => {
                    self.way.tried(steps.get(..nth).unwrap_or_default());
                    self.way.fail(step, at);
                    return None;
                }
            }
        }
        Some(at)
    }

    #[inline]
    fn step(&mut self, step: &Step, at: usize) -> Option<usize> {
        match step {
            Step::Column(name) => self.column(*name, at),
            Step::Blank => self.blank(at),
            Step::Byte(byte) => (*self.line.get(at)? == *byte).then_some(at + 1),
            Step::Word(name, stops) => self.word(*name, stops, at),
            Step::Time => self.time(at),
            Step::Level => self.level(at),
            Step::Int(name) => self.int(*name, at),
            Step::Number(name) => self.number(*name, at),
            Step::Priority => self.priority(at),
            Step::Bracketed(name, open, close) => {
                let (end, is_balanced) = bracket_end(self.line, at, *open, *close)?;
                if !is_balanced {
                    self.way.unsure();
                }
                self.keep_trimmed(*name, at, end)
            }
            Step::Quoted(name, quote) => {
                let end = quote_end(self.line, at, *quote)?;
                self.keep(*name, at, end, Kind::Text)
            }
            Step::Text(name, until) => {
                let end = text_end(self.line, at, until)?;
                self.keep(*name, at, end, Kind::Text)
            }
            Step::Json => json::read_object(self.line, at, self.fields).ok().map(|object| object.end),
            Step::Logfmt => {
                logfmt::read_pairs(self.line, at, self.fields);
                Some(self.line.len())
            }
            Step::StructuredData => syslog_data::read_structured_data(self.line, at, self.fields).ok(),
            Step::Mark => {
                let marked = self.line.get(at..)?.starts_with(b"\xef\xbb\xbf");
                Some(if marked { at + 3 } else { at })
            }
            Step::MessageHere => {
                self.message = Some(at);
                Some(at)
            }
            Step::Rest => {
                self.message = Some(at);
                Some(self.line.len())
            }
            Step::Optional(inner) => self.optional(inner, at),
        }
    }

    /// What is left of a line after its last step may only be blank.
    #[inline]
    fn finished(&mut self, end: usize) -> Option<Head> {
        let trailing = self.line.get(end..)?;
        if !trailing.iter().all(|byte| is_blank(*byte)) {
            return None;
        }
        self.head.message = self.message.unwrap_or(self.line.len());
        Some(self.head)
    }

    #[inline]
    fn blank(&mut self, at: usize) -> Option<usize> {
        let mut end = at;
        while self.line.get(end).is_some_and(|byte| is_blank(*byte)) {
            end += 1;
        }
        self.way.look(end + 1);
        (end > at || at >= self.line.len()).then_some(end)
    }

    #[inline]
    fn word(&mut self, name: Option<Name>, stops: &Stops, at: usize) -> Option<usize> {
        let end = stops.end_of_word(self.line, at);
        if end == at {
            return None;
        }
        // A stop of more than one byte is looked for up to the next blank.
        let looked = if stops.literals.is_empty() { end + 2 } else { blank_after(self.line, at) + 1 };
        self.way.look(looked);
        self.keep(name, at, end, Kind::Text)
    }

    #[inline]
    fn column(&mut self, name: Option<Name>, at: usize) -> Option<usize> {
        let end = self.blanks.after(self.line, at);
        if end == at {
            return None;
        }
        self.keep(name, at, end, Kind::Text)?;
        self.blank(end)
    }

    #[inline]
    fn int(&mut self, name: Option<Name>, at: usize) -> Option<usize> {
        let end = self.signed_digits(at)?;
        self.way.look(end + 2);
        self.keep(name, at, end, Kind::Number)
    }

    fn number(&mut self, name: Option<Name>, at: usize) -> Option<usize> {
        let whole = self.signed_digits(at)?;
        let decimals = (self.line.get(whole) == Some(&b'.')).then(|| self.digits(whole + 1));
        let end = decimals.filter(|end| *end > whole + 1).unwrap_or(whole);
        self.way.look(end + 2);
        self.keep(name, at, end, Kind::Number)
    }

    #[inline]
    fn signed_digits(&self, at: usize) -> Option<usize> {
        let signed = matches!(self.line.get(at)?, b'-' | b'+');
        let first = at + usize::from(signed);
        let end = self.digits(first);
        (end > first).then_some(end)
    }

    #[inline]
    fn digits(&self, mut at: usize) -> usize {
        while self.line.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    }

    /// The level is that of the priority unless the line names one itself.
    fn priority(&mut self, at: usize) -> Option<usize> {
        let priority = syslog_data::read_priority(self.line, at)?;
        self.way.unsure();
        self.head.level = Level::from_syslog(u32::from(priority.severity));
        let facility = FACILITY_NAMES.1.get(usize::from(priority.facility)).copied()?;
        self.fields.push(Span::Known(FACILITY_NAMES.0), Span::Known(facility), Kind::Text);
        Some(priority.end)
    }

    #[inline]
    fn time(&mut self, at: usize) -> Option<usize> {
        let stamped = self.stamps.read(self.line.get(at..)?)?;
        self.way.stamp = Some((at, stamped.length));
        self.head.time = stamped.time;
        self.head.notes.add(stamped.notes);
        Some(at + stamped.length)
    }

    #[inline]
    fn level(&mut self, at: usize) -> Option<usize> {
        let rest = self.line.get(at..)?;
        for (word, _) in &self.levels.0 {
            let same = rest.iter().zip(word).take_while(|(one, other)| one == other).count();
            // Behind a word that is there, the next step looks.
            if let Some(other) = word.get(same) {
                self.way.miss(at + same, *other);
            }
            // It may be this level with another digit.
            if word.iter().take(same).any(u8::is_ascii_digit) {
                self.way.unsure();
            }
        }
        if let Some((word, level)) = self.levels.0.iter().find(|(word, _)| starts_with_word(rest, word)) {
            self.head.level = Some(*level);
            return Some(at + word.len());
        }
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte >= 0x80).count();
        self.way.look(at + length + 1);
        self.head.level = Some(Level::from_word(rest.get(..length)?)?);
        Some(at + length)
    }

    #[inline]
    fn keep(&mut self, name: Option<Name>, at: usize, end: usize, kind: Kind) -> Option<usize> {
        if let Some(name) = name {
            self.fields.push(Span::Known(name), Span::text(at..end), kind);
        }
        Some(end)
    }

    /// Padding within brackets is no part of the value.
    #[inline]
    fn keep_trimmed(&mut self, name: Option<Name>, at: usize, end: usize) -> Option<usize> {
        let inside = self.line.get(at..end)?;
        let start = at + inside.iter().take_while(|byte| is_blank(**byte)).count();
        let last = inside.iter().rposition(|byte| !is_blank(*byte)).map_or(start, |last| at + last + 1);
        self.keep(name, start, last, Kind::Text)?;
        Some(end)
    }

    #[inline]
    fn optional(&mut self, inner: &[Step], at: usize) -> Option<usize> {
        if self.cannot_begin(inner, at) { Some(at) } else { self.try_optional(inner, at) }
    }

    /// Whether one look at the next byte shows that these steps do not match.
    #[inline]
    fn cannot_begin(&mut self, steps: &[Step], at: usize) -> bool {
        let wanted = match steps.first() {
            Some(Step::Byte(byte)) => *byte,
            Some(Step::Priority) => b'<',
            _ => return false,
        };
        let is_missed = self.line.get(at) != Some(&wanted);
        if is_missed {
            self.way.miss(at, wanted);
        }
        is_missed
    }

    fn try_optional(&mut self, inner: &[Step], at: usize) -> Option<usize> {
        let (fields, head, message) = (self.fields.len(), self.head, self.message);
        let end = self.steps(inner, at);
        if end.is_some() {
            self.way.tried(inner);
        } else {
            self.fields.truncate(fields);
            self.head = head;
            self.message = message;
        }
        Some(end.unwrap_or(at))
    }
}

impl Blanks {
    /// The position of the next byte up to 0x20, or the end of the line.
    #[inline]
    fn after(&mut self, line: &[u8], at: usize) -> usize {
        if let Some(end) = self.known(at) {
            return end;
        }
        let Some(bytes) = line.get(at..).and_then(|rest| rest.first_chunk::<64>()) else {
            return blank_after(line, at);
        };
        *self = Blanks { from: at, bits: blanks_among(bytes) };
        self.known(at).unwrap_or_else(|| blank_after(line, at + 64))
    }

    /// The same where these bytes tell it.
    #[inline]
    fn known(&self, at: usize) -> Option<usize> {
        let behind = at.checked_sub(self.from).filter(|behind| *behind < 64)?;
        let bits = self.bits >> behind;
        (bits != 0).then(|| at + bits.trailing_zeros() as usize)
    }
}

/// A bit for every byte up to 0x20.
#[inline]
fn blanks_among(bytes: &[u8; 64]) -> u64 {
    let mut bits = 0;
    for (word, nth) in bytes.as_chunks::<8>().0.iter().zip(0..8) {
        let word = u64::from_le_bytes(*word);
        // Without their high bits no sum of bytes reaches into the next one.
        let above = (word & !HIGHS) + ONES * (0x7F - 0x20);
        let high = !(above | word) & HIGHS;
        bits |= ((high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * nth);
    }
    bits
}

impl Stops {
    #[inline]
    fn end_of_word(&self, line: &[u8], at: usize) -> usize {
        let end = match *self.anywhere.as_slice() {
            [] => blank_after(line, at),
            [stop] => blank_or(line, at, stop, stop),
            [stop, other] => blank_or(line, at, stop, other),
            [stop, other, ref more @ ..] => {
                let end = blank_or(line, at, stop, other);
                let word = line.get(at..end).unwrap_or_default();
                at + word.iter().position(|byte| more.contains(byte)).unwrap_or(word.len())
            }
        };
        let blank = line.get(end).is_none_or(|byte| *byte <= b' ');
        let last = line.get(end.wrapping_sub(1)).filter(|_| end > at);
        let end =
            if blank && last.is_some_and(|byte| self.before_blank.contains(byte)) { end - 1 } else { end };
        if self.literals.is_empty() { end } else { self.before_literal(line, at, end) }
    }

    fn before_literal(&self, line: &[u8], at: usize, end: usize) -> usize {
        let word = line.get(at..end).unwrap_or_default();
        let position = |(literal, before_blank): &(Box<[u8]>, bool)| match before_blank {
            true => word.ends_with(literal).then(|| word.len() - literal.len()),
            false => memchr::memmem::find(word, literal),
        };
        at + self.literals.iter().filter_map(position).min().unwrap_or(word.len())
    }
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// The position of the next byte up to 0x20, or the end of the line.
#[inline]
pub(crate) fn blank_after(line: &[u8], at: usize) -> usize {
    find(line, at, below_or_equal_blank, |byte| byte <= b' ')
}

/// The same, or the position of one of two bytes before it.
#[inline]
fn blank_or(line: &[u8], at: usize, stop: u8, other: u8) -> usize {
    let (stops, others) = (ONES * u64::from(stop), ONES * u64::from(other));
    find(
        line,
        at,
        |word| below_or_equal_blank(word) | is_zero(word ^ stops) | is_zero(word ^ others),
        |byte| byte <= b' ' || byte == stop || byte == other,
    )
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = ONES * 0x80;

/// The high bit of every byte up to 0x20. Of the set bits the lowest is always right.
#[inline]
fn below_or_equal_blank(word: u64) -> u64 {
    word.wrapping_sub(ONES * 0x21) & !word & HIGHS
}

/// The high bit of every byte that is zero. Of the set bits the lowest is always right.
#[inline]
fn is_zero(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGHS
}

/// Looks at eight bytes in a step.
#[inline]
fn find(line: &[u8], at: usize, marks: impl Fn(u64) -> u64, is: impl Fn(u8) -> bool) -> usize {
    let rest = line.get(at..).unwrap_or_default();
    let (words, tail) = rest.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let marked = marks(u64::from_le_bytes(*word));
        if marked != 0 {
            return at + index * 8 + (marked.trailing_zeros() / 8) as usize;
        }
    }
    let in_tail = tail.iter().position(|byte| is(*byte)).unwrap_or(tail.len());
    at + words.len() * 8 + in_tail
}

/// `I` begins `I0110` but not `Info`: only a letter goes on with a letter, and a digit with a digit.
fn starts_with_word(rest: &[u8], word: &[u8]) -> bool {
    let (Some(last), Some(next)) = (word.last(), rest.get(word.len())) else { return rest == word };
    let goes_on = (last.is_ascii_alphabetic() && next.is_ascii_alphabetic())
        || (last.is_ascii_digit() && next.is_ascii_digit());
    !goes_on && rest.starts_with(word)
}

/// The position of the bracket that closes the one opened just before `at`, and whether it does.
fn bracket_end(line: &[u8], at: usize, open: u8, close: u8) -> Option<(usize, bool)> {
    let mut depth = 0usize;
    let mut first_close = None;
    for (offset, byte) in line.get(at..)?.iter().enumerate() {
        if *byte == close {
            if depth == 0 {
                return Some((at + offset, true));
            }
            first_close = first_close.or(Some(at + offset));
            depth -= 1;
        } else if *byte == open {
            depth += 1;
        }
    }
    // Unbalanced text: the first closing bracket is the best guess.
    first_close.map(|close| (close, false))
}

fn quote_end(line: &[u8], at: usize, quote: u8) -> Option<usize> {
    let mut from = at;
    loop {
        let (offset, byte) = line
            .get(from..)?
            .iter()
            .enumerate()
            .find_map(|(offset, byte)| (*byte == quote || *byte == b'\\').then_some((offset, *byte)))?;
        if byte == quote {
            return Some(from + offset);
        }
        from += offset + 2;
    }
}

fn text_end(line: &[u8], at: usize, until: &[u8]) -> Option<usize> {
    let rest = line.get(at..)?;
    if until.is_empty() {
        Some(line.len())
    } else {
        memchr::memmem::find(rest, until).map(|offset| at + offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes `<digits and signs>` up to a blank as a stamp.
    struct Fake;

    impl ReadStamp for Fake {
        fn read(&mut self, text: &[u8]) -> Option<Reading> {
            let length = text.iter().take_while(|byte| b"0123456789-:.".contains(byte)).count();
            (length > 0).then_some(Reading { length, time: Some(Time::from_nanos(7)), notes: Notes::NONE })
        }
    }

    fn check(pattern: &str, line: &str, expected: Option<(&str, &str)>) {
        let pattern = Pattern::parse(pattern).expect("a pattern");
        let mut fields = Fields::new();
        let levels = OwnLevels(vec![(b"V".to_vec().into(), Level::Trace)]);
        let found = pattern.matches(line.as_bytes(), &mut Fake, &levels, &mut fields).map(|head| {
            let shown: Vec<String> = fields
                .iter(line.as_bytes())
                .map(|(name, value)| format!("{}={}", text(name), text(value.bytes)))
                .chain(head.level.map(|level| format!("level={level}")))
                .collect();
            (shown.join(" "), line[head.message..].to_owned())
        });
        assert_eq!(
            found,
            expected.map(|(fields, message)| (fields.to_owned(), message.to_owned())),
            "{line}"
        );
    }

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).expect("text")
    }

    #[test]
    fn words_stop_at_the_literal_that_follows() {
        let pattern = "{time} {host} {app}([{pid:int}])?: {message}";
        check(pattern, "12:00 box sshd[17]: hello there", Some(("host=box app=sshd pid=17", "hello there")));
        check(pattern, "12:00 box kernel: a: b", Some(("host=box app=kernel", "a: b")));
        check(pattern, "12:00 box a::b: c", Some(("host=box app=a::b", "c")));
        check(pattern, "12:00 box kernel:", Some(("host=box app=kernel", "")));
        check(pattern, "12:00 box nothing here", None);
        check(pattern, "no stamp", None);
    }

    #[test]
    fn brackets_may_nest_and_quotes_may_be_escaped() {
        check("[{thread}] - {message}", "[Q[id=1]/0:0@77] - up", Some(("thread=Q[id=1]/0:0@77", "up")));
        check("[{thread}] {message}", "[main worker 3] up", Some(("thread=main worker 3", "up")));
        check("\"{agent}\" {bytes:int}", "\"a \\\" b\" -5", Some(("agent=a \\\" b bytes=-5", "")));
        check("[{a}] {message}", "[never closed", None);
    }

    #[test]
    fn the_message_may_begin_before_captures() {
        check(
            "{client} [{time}] {>}\"{method} {path}\" {status:int}",
            "::1 [1:2] \"GET /a\" 200",
            Some(("client=::1 method=GET path=/a status=200", "\"GET /a\" 200")),
        );
    }

    #[test]
    fn a_word_ends_at_the_whole_literal() {
        check("{file}.go:{line:int} {message}", "a.b.go:7 up", Some(("file=a.b line=7", "up")));
        check("{app}.exe {message}", "a.exe.exe up", Some(("app=a.exe", "up")));
        check("{a}->{b}: {message}", "x-y->z: up", Some(("a=x-y b=z", "up")));
    }

    #[test]
    fn values_in_brackets_lose_their_padding() {
        check("[{thread}] {message}", "[  main ] up", Some(("thread=main", "up")));
        check("[{thread}] {message}", "[  ] up", Some(("thread=", "up")));
    }

    #[test]
    fn numbers_may_have_decimals() {
        check("[( )?{uptime:number}] {message}", "[  12.5] up", Some(("uptime=12.5", "up")));
        check("{uptime:number}. {message}", "-12. up", Some(("uptime=-12", "up")));
    }

    #[test]
    fn syslog_priorities_give_level_and_facility() {
        check("({pri})?{a} {message}", "<34>x up", Some(("facility=auth a=x level=critical", "up")));
        check("({pri})?{a} {message}", "<999>x up", Some(("a=<999>x", "up")));
        check(
            "{pri}1 {a} {_:sd} {message}",
            "<14>1 x [o@1 ip=\"::1\" n=\"2\"][m@1] \u{feff}up",
            Some(("facility=user a=x o@1.ip=::1 o@1.n=2 m@1= level=info", "up")),
        );
        check("{a} {_:sd} {message}", "x - up", Some(("a=x", "up")));
        check("{a} {_:sd} {message}", "x [o", None);
    }

    #[test]
    fn levels_of_the_format_come_first() {
        check("{level}/{app}: {message}", "V/x: y", Some(("app=x level=trace", "y")));
        check("{level} {message}", "Vx y", None);
        check("{level}{pid:int} {message}", "V17 y", Some(("pid=17 level=trace", "y")));
        check("{level}: {message}", "WARN: y", Some(("level=warn", "y")));
    }

    #[test]
    fn what_is_left_over_is_a_mismatch() {
        check("{a} {b}", "x y z", None);
        check("{a} {b}", "x y  ", Some(("a=x b=y", "")));
        check("{a:text} - {message}", "x y - z - q", Some(("a=x y", "z - q")));
    }

    #[test]
    fn all_blanks_of_a_line_are_found_at_once() {
        let mut line: Vec<u8> = (0..=255).collect();
        line.extend(b"a column and another ".repeat(9));
        line.extend([b'x'; 150]);
        line.extend(b" end");
        let mut blanks = Blanks::default();
        for at in (0..line.len() + 2).chain([3, 70, 1]) {
            assert_eq!(blanks.after(&line, at), blank_after(&line, at), "{at}");
        }
    }

    #[test]
    fn blanks_are_found_eight_bytes_at_a_step() {
        for length in 0..40 {
            let mut line = vec![b'x'; length];
            assert_eq!(blank_after(&line, 0), length);
            line.extend_from_slice(b" \xffy");
            assert_eq!(blank_after(&line, 0), length);
        }
    }
}
