//! The lines of a sample in, the pattern of the header they share out.
//!
//! Every line has a place up to which it has been read. An element is added to the pattern when nearly all lines
//! agree on it at their places, and then all places move behind it; lines that do not agree are dropped, and where
//! too many would be, the message begins. So an odd line costs nothing but itself.

mod elements;

use super::prefix::{Piece, pieces};
use super::text::{
    columns_in, inside_brackets, is_blank, is_uptime, key_of, leading_blanks, level_word, most_common, share,
    word_of,
};
use super::{AGREE, FIELDS, REACH};
use crate::records::timestamp::{Found, find};

/// Lines that must agree on what decides more than one element.
const NEARLY_ALL: f64 = 0.97;

/// How many words between the stamp and the level may be columns.
const AHEAD: usize = 4;

/// The lines of a sample with how far each has been read, and the pattern so far.
pub(super) struct Columns<'a> {
    rows: Vec<Row<'a>>,
    text: String,
    /// The pattern of lines of which only the stamp is known.
    pub(super) short: Option<String>,
    /// Levels are single letters.
    pub(super) letters: bool,
    fields: usize,
    level_seen: bool,
    has_time: bool,
    stamp_words: usize,
    /// The message begins right behind the pattern.
    closed: bool,
}

#[derive(Clone, Copy)]
struct Row<'a> {
    line: &'a [u8],
    at: usize,
}

/// A row with the beginning and the length of its stamp.
type Stamped<'a> = (Row<'a>, usize, usize);

impl<'a> Row<'a> {
    fn rest(&self) -> &'a [u8] {
        self.line.get(self.at..).unwrap_or_default()
    }

    fn word(&self) -> &'a [u8] {
        word_of(self.rest())
    }
}

impl<'a> Columns<'a> {
    pub(super) fn new(lines: &[&'a [u8]]) -> Columns<'a> {
        let rows = lines.iter().map(|line| Row { line, at: leading_blanks(line) }).collect();
        Columns {
            rows,
            text: String::new(),
            short: None,
            letters: false,
            fields: 0,
            level_seen: false,
            has_time: false,
            stamp_words: 0,
            closed: false,
        }
    }

    /// Reads up to the end of the stamp; without one, a level or an uptime must come first.
    pub(super) fn begin(&mut self) -> bool {
        self.stamps() || self.uptime() || self.level_ahead().is_some()
    }

    /// Reads up to and over the last stamp that the lines share, with the columns before it.
    fn stamps(&mut self) -> bool {
        while let Some(starts) = self.next_stamps() {
            let before: Vec<&[u8]> =
                starts.iter().map(|(row, at, _)| row.line.get(row.at..*at).unwrap_or_default()).collect();
            self.forget_earlier_stamp();
            self.columns_before(&before);
            self.text.push_str("{time}");
            let words = |(row, at, length): &Stamped<'a>| {
                columns_in(row.line.get(*at..at + length).unwrap_or_default())
            };
            self.stamp_words = most_common(starts.iter().map(words)).unwrap_or(1);
            self.rows = starts.iter().map(|(row, at, length)| Row { at: at + length, ..*row }).collect();
            self.has_time = true;
            let closed = self.agreed_byte().filter(|byte| b"])>}\"".contains(byte));
            let closed = closed.map(|byte| escaped(&[byte])).unwrap_or_default();
            self.short = Some(format!("{}{closed} {{message}}", self.text));
        }
        self.has_time
    }

    /// The last stamp is the record's time; those before it are columns like any other.
    fn forget_earlier_stamp(&mut self) {
        let words = vec!["{_}"; self.stamp_words].join(" ");
        self.text = self.text.replace("{time}", &words);
    }

    /// The next stamp of each line that has one within reach, if most have.
    fn next_stamps(&self) -> Option<Vec<Stamped<'a>>> {
        let stamp = |row: &Row<'a>| {
            let Found { offset, length, .. } = find(row.rest(), REACH.saturating_sub(row.at)).next()?;
            let before = row.rest().get(..offset)?;
            (columns_in(before) <= FIELDS).then_some((*row, row.at + offset, length))
        };
        let found: Vec<Stamped<'a>> = self.rows.iter().filter_map(stamp).collect();
        if found.is_empty() || share(found.len(), self.rows.len()) < AGREE {
            return None;
        }
        // A stamp that wanders among the columns belongs to the messages.
        let columns = |(row, at, _): &Stamped<'a>| columns_in(row.line.get(row.at..*at).unwrap_or_default());
        let usual = most_common(found.iter().map(columns))?;
        let settled: Vec<_> = found.into_iter().filter(|stamp| columns(stamp) == usual).collect();
        (share(settled.len(), self.rows.len()) >= AGREE).then_some(settled)
    }

    /// Writes the columns before a stamp: punctuation as it stands, words as captures.
    fn columns_before(&mut self, before: &[&'a [u8]]) {
        let parted: Vec<_> = before.iter().map(|prefix| pieces(prefix)).collect();
        let shape_of =
            |parted: &Vec<(Piece, &[u8])>| parted.iter().map(|(piece, _)| *piece).collect::<Vec<_>>();
        let Some(usual) = most_common(parted.iter().map(shape_of)) else { return };
        let alike: Vec<_> = parted.into_iter().filter(|parted| shape_of(parted) == usual).collect();
        for (index, piece) in usual.iter().enumerate() {
            let texts: Vec<&[u8]> =
                alike.iter().filter_map(|parted| parted.get(index)).map(|(_, text)| *text).collect();
            match piece {
                Piece::Blank => self.text.push(' '),
                Piece::Byte(byte) => self.literal(&[*byte]),
                Piece::Bracketed(open) => self.bracketed_texts(*open, &texts),
                Piece::Word => self.prefix_word(&texts, index + 1 == usual.len()),
            }
        }
    }

    /// A word before a stamp: a level, `key=value`, or a column.
    fn prefix_word(&mut self, texts: &[&'a [u8]], touches_stamp: bool) {
        let first = texts.first().copied().unwrap_or_default();
        if texts.iter().all(|text| text.is_empty()) {
            return;
        }
        let constant = texts.iter().all(|text| text == &first);
        if self.are_levels(texts) {
            self.level_seen = true;
            self.text.push_str("{level}");
            let core = if self.letters { 1 } else { level_word(first).map_or(first.len(), <[u8]>::len) };
            self.literal(first.get(core..).unwrap_or_default());
        } else if constant && touches_stamp {
            self.literal(first);
        } else if let Some(key) =
            key_of(first).filter(|key| texts.iter().all(|text| key_of(text) == Some(key)))
        {
            let values: Vec<&[u8]> = texts.iter().filter_map(|text| text.get(key.len() + 1..)).collect();
            self.literal(key);
            self.text.push('=');
            self.prefix_word(&values, false);
        } else {
            self.field("");
        }
    }

    /// `[  12.345678]` at the very beginning.
    fn uptime(&mut self) -> bool {
        let inside: Vec<&[u8]> = self.rows.iter().filter_map(|row| inside_brackets(row.rest())).collect();
        let uptime = |text: &&&[u8]| is_uptime(text.trim_ascii());
        self.agreed_byte() == Some(b'[')
            && share(inside.iter().filter(uptime).count(), self.rows.len()) >= AGREE
    }

    /// Reads the columns between the stamp and the message.
    pub(super) fn header(&mut self) {
        while self.fields < FIELDS && !self.rows.is_empty() && self.element() {}
    }

    /// Reads one more element of the header, or says that the message begins.
    fn element(&mut self) -> bool {
        if let Some(byte) = self.agreed_byte() {
            match byte {
                b' ' | b'\t' => return self.blank(),
                b'[' | b'(' | b'<' | b'{' if self.bracketed(byte) => return true,
                b'|' | b';' | b',' if self.piped(byte) => return true,
                b'"' if self.text.ends_with("{time}") => return self.punctuation(byte),
                b']' | b')' | b'>' | b'}' | b',' | b':' | b'|' | b'-' | b';' | b'.' => {
                    return self.punctuation(byte);
                }
                _ => {}
            }
        }
        if let Some(more) = self.keyed() {
            return more;
        }
        match self.level_ahead() {
            Some(0) => self.level(),
            Some(_) => self.capture(""),
            None => self.number() || self.identifier() || self.padded() || self.named() || self.program(),
        }
    }

    fn agreed_byte(&self) -> Option<u8> {
        let byte = most_common(self.rows.iter().filter_map(|row| row.rest().first().copied()))?;
        let byte = if byte == b'\t' { b' ' } else { byte };
        let same = |row: &&Row<'_>| {
            row.rest().first().is_some_and(|first| *first == byte || (is_blank(*first) && byte == b' '))
        };
        let agree = self.rows.iter().filter(same).count();
        (share(agree, self.rows.len()) >= NEARLY_ALL).then_some(byte)
    }

    fn capture(&mut self, name: &str) -> bool {
        self.fields += 1;
        self.field(name);
        self.advance(|row| (!row.word().is_empty()).then(|| row.word().len()))
    }

    fn field(&mut self, name: &str) {
        if name.is_empty() {
            let number = self.text.matches("{field").count() + 1;
            self.text.push_str(&format!("{{field{number}}}"));
        } else {
            self.text.push_str(&format!("{{{name}}}"));
        }
    }

    fn literal(&mut self, bytes: &[u8]) {
        self.text.push_str(&escaped(bytes));
    }

    fn words_agree(&self, is: impl Fn(&[u8]) -> bool, enough: f64) -> bool {
        share(self.rows.iter().filter(|row| is(row.word())).count(), self.rows.len()) >= enough
    }

    /// Moves every row on; rows that cannot follow drop out. Gives whether rows are left.
    fn advance(&mut self, by: impl Fn(&Row<'a>) -> Option<usize>) -> bool {
        self.rows = self.rows.iter().filter_map(|row| Some(Row { at: row.at + by(row)?, ..*row })).collect();
        !self.rows.is_empty()
    }

    pub(super) fn finished(&self) -> String {
        let parted = self.closed || self.text.ends_with(' ') || self.text.is_empty();
        format!("{}{}{{message}}", self.text, if parted { "" } else { " " })
    }
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        if matches!(byte, b'(' | b')' | b'{' | b'}' | b'\\') {
            text.push('\\');
        }
        text.push(*byte as char);
    }
    text
}

fn all_agree(texts: &[&[u8]], is: impl Fn(&[u8]) -> bool) -> bool {
    share(texts.iter().filter(|text| is(text)).count(), texts.len()) >= AGREE
}
