//! The header of an unknown format: where is the time, where the level, where does the message begin?
//!
//! The lines of a sample are read side by side, from left to right, as long as nearly all of them
//! agree on what comes next. What comes out is a pattern in the ordinary language, so that an
//! inferred format can be shown, kept in a file and edited.

use super::level::Level;
use super::pattern::Pattern;
use super::timestamp::{Found, find};

/// Lines that must agree on an element of the header.
const AGREE: f64 = 0.9;

/// Header fields before and after the stamp; what lies beyond is message.
const FIELDS: usize = 8;

/// How far into a line a stamp of the header may begin.
const REACH: usize = 120;

/// The patterns of a sample, most specific first, or nothing where no header is to be seen.
pub(crate) fn pattern(lines: &[&[u8]]) -> Option<Vec<Pattern>> {
    let mut columns = Columns::new(lines);
    if lines.is_empty() || !(columns.stamps() || columns.level_ahead().is_some()) {
        return None;
    }
    columns.header();
    let full = Pattern::parse(&columns.finished()).ok()?;
    // Lines that lack a part of the header still have their time.
    let short = columns.short.as_deref().and_then(|text| Pattern::parse(text).ok());
    Some(std::iter::once(full).chain(short).collect())
}

/// The lines of a sample with how far each has been read.
struct Columns<'a> {
    rows: Vec<Row<'a>>,
    text: String,
    short: Option<String>,
    fields: usize,
    level_seen: bool,
    has_time: bool,
    stamp_words: usize,
}

#[derive(Clone, Copy)]
struct Row<'a> {
    line: &'a [u8],
    at: usize,
}

impl<'a> Row<'a> {
    fn rest(&self) -> &'a [u8] {
        self.line.get(self.at..).unwrap_or_default()
    }

    fn word(&self) -> &'a [u8] {
        word_of(self.rest())
    }

    fn words(&self) -> impl Iterator<Item = &'a [u8]> {
        self.rest().split(|byte| is_blank(*byte)).filter(|word| !word.is_empty())
    }
}

impl<'a> Columns<'a> {
    fn new(lines: &[&'a [u8]]) -> Columns<'a> {
        let rows = lines.iter().map(|line| Row { line, at: leading_blanks(line) }).collect();
        Columns {
            rows,
            text: String::new(),
            short: None,
            fields: 0,
            level_seen: false,
            has_time: false,
            stamp_words: 0,
        }
    }

    /// Reads up to and over the last stamp that the lines share, with the columns before it.
    fn stamps(&mut self) -> bool {
        while let Some(starts) = self.next_stamps() {
            let before = self.prefixes(&starts);
            self.forget_earlier_stamp();
            self.columns_before(&before);
            self.text.push_str("{time}");
            let words =
                |(row, at, length): &(Row<'a>, usize, usize)| blanks_in(row.line.get(*at..at + length));
            self.stamp_words = most_common(starts.iter().map(words)).unwrap_or(1);
            self.rows = starts.iter().map(|(row, at, length)| Row { at: at + length, ..*row }).collect();
            self.has_time = true;
            let closed = self.closing_bracket();
            self.short = Some(format!("{}{} {{message}}", self.text, closed.unwrap_or_default()));
        }
        self.has_time
    }

    /// The last stamp is the record's time; those before it are columns like any other.
    fn forget_earlier_stamp(&mut self) {
        let words = vec!["{_}"; self.stamp_words].join(" ");
        self.text = self.text.replace("{time}", &words);
    }

    /// The next stamp of each line that has one within reach, if most have.
    fn next_stamps(&self) -> Option<Vec<(Row<'a>, usize, usize)>> {
        let found: Vec<(Row<'a>, usize, usize)> = self
            .rows
            .iter()
            .filter_map(|row| {
                let Found { offset, length, .. } = find(row.rest(), REACH.saturating_sub(row.at)).next()?;
                let before = row.rest().get(..offset)?;
                let columns = before.split(|byte| is_blank(*byte)).filter(|word| !word.is_empty()).count();
                (columns <= FIELDS).then_some((*row, row.at + offset, length))
            })
            .collect();
        if found.is_empty() || share(found.len(), self.rows.len()) < AGREE {
            return None;
        }
        // A stamp that wanders among the columns belongs to the messages.
        let columns = |(row, at, _): &(Row<'a>, usize, usize)| blanks_in(row.line.get(row.at..*at));
        let usual = most_common(found.iter().map(columns))?;
        let settled: Vec<_> = found.into_iter().filter(|stamp| columns(stamp) == usual).collect();
        (share(settled.len(), self.rows.len()) >= AGREE).then_some(settled)
    }

    fn prefixes(&self, starts: &[(Row<'a>, usize, usize)]) -> Vec<&'a [u8]> {
        starts.iter().map(|(row, at, _)| row.line.get(row.at..*at).unwrap_or_default()).collect()
    }

    /// Writes the columns before a stamp: punctuation as it stands, words as captures.
    fn columns_before(&mut self, before: &[&[u8]]) {
        let Some(first) = before.first() else { return };
        if before.iter().all(|prefix| prefix == first) && first.len() <= 3 && !first.iter().any(is_word_byte)
        {
            self.literal(first);
            return;
        }
        let shape = |prefix: &&[u8]| prefix_shape(prefix);
        let Some(usual) = most_common(before.iter().map(shape)) else { return };
        for piece in usual {
            match piece {
                Piece::Blank => self.text.push(' '),
                Piece::Byte(byte) => self.literal(&[byte]),
                Piece::Word => self.field(""),
            }
        }
    }

    /// A bracket that the stamp stands in is closed right after it.
    fn closing_bracket(&mut self) -> Option<String> {
        let byte = self.agreed_byte().filter(|byte| matches!(byte, b']' | b')' | b'>' | b'"'))?;
        Some((byte as char).to_string())
    }

    /// Reads the columns between the stamp and the message.
    fn header(&mut self) {
        while self.fields < FIELDS && self.element() {}
    }

    /// Reads one more element of the header, or says that the message begins.
    fn element(&mut self) -> bool {
        if let Some(byte) = self.agreed_byte() {
            match byte {
                b' ' | b'\t' => return self.blank(),
                b'[' | b'(' | b'<' if self.bracketed(byte) => return true,
                b'|' | b';' | b',' if self.piped(byte) => return true,
                b']' | b')' | b'>' | b',' | b':' | b'|' | b'-' | b';' | b'.' => {
                    return self.punctuation(byte);
                }
                _ => {}
            }
        }
        if let Some(ahead) = self.level_ahead() {
            return if ahead == 0 { self.level() } else { self.capture("") };
        }
        self.number() || self.padded() || self.named() || self.program()
    }

    fn agreed_byte(&self) -> Option<u8> {
        let byte = most_common(self.rows.iter().filter_map(|row| row.rest().first().copied()))?;
        let agree = self.rows.iter().filter(|row| row.rest().first() == Some(&byte)).count();
        (share(agree, self.rows.len()) >= 0.97).then_some(byte)
    }

    fn blank(&mut self) -> bool {
        self.text.push(' ');
        self.advance(|row| Some(leading_blanks(row.rest())))
    }

    fn punctuation(&mut self, byte: u8) -> bool {
        // `->`, `--flag` and `...` begin messages; a dash or colon by itself parts header and message.
        let run = |row: &Row<'_>| row.rest().iter().take_while(|other| **other == byte).count();
        let Some(length) = most_common(self.rows.iter().map(run)) else { return false };
        let alone = |row: &&Row<'_>| {
            row.rest()
                .get(length)
                .is_none_or(|next| is_blank(*next) || matches!(byte, b']' | b')' | b'>' | b','))
        };
        if length > 3 || share(self.rows.iter().filter(alone).count(), self.rows.len()) < AGREE {
            return false;
        }
        self.literal(&vec![byte; length]);
        self.advance(|row| (run(row) == length).then_some(length))
    }

    /// `[…]` in nearly every line.
    fn bracketed(&mut self, open: u8) -> bool {
        let close = match open {
            b'[' => b']',
            b'(' => b')',
            _ => b'>',
        };
        let inside: Vec<&[u8]> =
            self.rows.iter().filter_map(|row| inside_brackets(row.rest(), open, close)).collect();
        if share(inside.len(), self.rows.len()) < 0.95 {
            return false;
        }
        let name =
            if all_agree(&inside, |text| Level::from_word(text.trim_ascii()).is_some()) && !self.level_seen {
                self.level_seen = true;
                "level"
            } else if all_agree(&inside, is_number) {
                "pid"
            } else {
                "thread"
            };
        self.literal(&[open]);
        if name == "level" {
            // Levels are often padded inside their brackets.
            let padded = |text: &&[u8]| text.first() == Some(&b' ');
            let trailing = |text: &&[u8]| text.last() == Some(&b' ');
            self.text.push_str(if inside.iter().any(|text| padded(&text)) { "( )?" } else { "" });
            self.text.push_str("{level}");
            self.text.push_str(if inside.iter().any(|text| trailing(&text)) { "( )?" } else { "" });
        } else {
            self.field(name);
        }
        self.literal(&[close]);
        self.fields += 1;
        self.advance(|row| inside_brackets(row.rest(), open, close).map(|text| text.len() + 2))
    }

    /// Columns parted by `|` or the like, each without blanks and short.
    fn piped(&mut self, separator: u8) -> bool {
        let column = |row: &Row<'_>| {
            let rest = row.rest().get(1..)?;
            let end = memchr::memchr(separator, rest)?;
            let text = rest.get(..end)?;
            (end < 40 && !text.iter().any(|byte| is_blank(*byte))).then_some(end)
        };
        let agree = self.rows.iter().filter(|row| column(row).is_some()).count();
        self.literal(&[separator]);
        if share(agree, self.rows.len()) < AGREE {
            self.fields = FIELDS;
            return self.advance(|_| Some(1));
        }
        self.field("");
        self.fields += 1;
        self.advance(|row| column(row).map(|end| end + 1))
    }

    /// In how many words the level comes, where nearly every line has one at the same place.
    fn level_ahead(&self) -> Option<usize> {
        if self.level_seen {
            return None;
        }
        (0..6).find(|ahead| {
            let at_level = |row: &&Row<'_>| row.words().nth(*ahead).is_some_and(is_level_word);
            share(self.rows.iter().filter(at_level).count(), self.rows.len()) >= AGREE
        })
    }

    fn level(&mut self) -> bool {
        self.level_seen = true;
        self.fields += 1;
        self.text.push_str("{level}");
        self.advance(|row| {
            let word = row.word();
            Some(word.len() - trailing_punctuation(word))
        })
    }

    /// Bare numbers right after the stamp: process and thread ids.
    fn number(&mut self) -> bool {
        if self.level_seen || !self.words_agree(is_number, 0.97) {
            return false;
        }
        let name = if self.text.contains("{pid:int}") { "thread" } else { "pid" };
        self.capture(&format!("{name}:int"))
    }

    /// A column that is padded to a width, as in tables.
    fn padded(&mut self) -> bool {
        let gap = |row: &Row<'_>| {
            let rest = row.rest().get(row.word().len()..)?;
            Some((leading_blanks(rest), row.word().len()))
        };
        let gaps: Vec<(usize, usize)> = self.rows.iter().filter_map(gap).collect();
        let wide = gaps.iter().filter(|(blanks, _)| *blanks >= 2).count();
        let widths = most_common(gaps.iter().map(|(blanks, length)| blanks + length));
        let aligned = gaps.iter().filter(|(blanks, length)| Some(blanks + length) == widths).count();
        if share(wide, self.rows.len()) < AGREE || share(aligned, self.rows.len()) < AGREE {
            return false;
        }
        self.capture("")
    }

    /// `logger:` or `host app[pid]:` before the message, or a dotted logger before a bracket.
    fn named(&mut self) -> bool {
        let colon = |word: &[u8]| word.len() > 1 && word.ends_with(b":") && !word.contains(&b'=');
        let second = |row: &&Row<'_>| row.words().nth(1).is_some_and(colon) && !colon(row.word());
        if self.words_agree(colon, 0.95) {
            let pids = self.rows.iter().filter(|row| row.word().ends_with(b"]:")).count();
            let bracket = share(pids, self.rows.len()) > 0.05;
            self.text.push_str(if bracket { "{logger}([{pid:int}])?:" } else { "{logger}:" });
            self.fields = FIELDS;
            return self.advance(|row| colon(row.word()).then(|| row.word().len()))
                && self.blank_before_message();
        }
        if !self.level_seen && share(self.rows.iter().filter(second).count(), self.rows.len()) >= AGREE {
            return self.capture("host");
        }
        let logger = |word: &[u8]| {
            word.contains(&b'.') && word.iter().all(|byte| is_word_byte(byte) || b"._$-:/".contains(byte))
        };
        self.level_seen && self.words_agree(logger, 0.97) && self.capture("logger")
    }

    /// `program - message`, where the dash stands by itself within the first words.
    fn program(&mut self) -> bool {
        let dash = |row: &Row<'_>| {
            let head = row.rest().get(..60.min(row.rest().len()))?;
            let at = memchr::memmem::find(head, b" - ")?;
            (blanks_in(head.get(..at)) <= 3).then_some(at)
        };
        let agree = self.rows.iter().filter(|row| dash(row).is_some()).count();
        if share(agree, self.rows.len()) < 0.95 {
            return false;
        }
        self.text.push_str("{app:text} -");
        self.fields = FIELDS;
        self.advance(|row| dash(row).map(|at| at + 2)) && self.blank_before_message()
    }

    fn blank_before_message(&mut self) -> bool {
        self.text.push(' ');
        false
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
        for byte in bytes {
            if matches!(byte, b'(' | b')' | b'{' | b'}' | b'\\') {
                self.text.push('\\');
            }
            self.text.push(*byte as char);
        }
    }

    fn words_agree(&self, is: impl Fn(&[u8]) -> bool, enough: f64) -> bool {
        share(self.rows.iter().filter(|row| is(row.word())).count(), self.rows.len()) >= enough
    }

    /// Moves every row on; rows that cannot follow drop out. Gives whether rows are left.
    fn advance(&mut self, by: impl Fn(&Row<'a>) -> Option<usize>) -> bool {
        self.rows = self.rows.iter().filter_map(|row| Some(Row { at: row.at + by(row)?, ..*row })).collect();
        !self.rows.is_empty()
    }

    fn finished(&self) -> String {
        let parted = self.text.ends_with(' ') || self.text.ends_with('|') || self.text.is_empty();
        format!("{}{}{{message}}", self.text, if parted { "" } else { " " })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Blank,
    Byte(u8),
    Word,
}

/// Columns before a stamp: blanks, brackets that stand at the border of a word, and words.
fn prefix_shape(prefix: &[u8]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (index, byte) in prefix.iter().enumerate() {
        let last = pieces.last().copied();
        let border = last.is_none_or(|last| last == Piece::Blank)
            || prefix.get(index + 1).is_none_or(|next| is_blank(*next));
        let piece = match byte {
            b' ' | b'\t' => Piece::Blank,
            b'[' | b']' | b'(' | b')' | b'<' | b'>' | b'|' | b'"' if border || index + 1 == prefix.len() => {
                Piece::Byte(*byte)
            }
            _ => Piece::Word,
        };
        if Some(piece) != last || matches!(piece, Piece::Byte(_)) {
            pieces.push(piece);
        }
    }
    pieces
}

fn is_level_word(word: &[u8]) -> bool {
    let core = &word[..word.len() - trailing_punctuation(word)];
    core.len() > 1 && core.first().is_some_and(u8::is_ascii_alphabetic) && Level::from_word(core).is_some()
}

fn trailing_punctuation(word: &[u8]) -> usize {
    word.iter()
        .rev()
        .take_while(|byte| matches!(byte, b':' | b',' | b']' | b')' | b'>' | b'|' | b';'))
        .count()
}

fn inside_brackets(rest: &[u8], open: u8, close: u8) -> Option<&[u8]> {
    let mut depth = 0usize;
    for (offset, byte) in rest.iter().enumerate().take(200) {
        if *byte == open {
            depth += 1;
        } else if *byte == close {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return rest.get(1..offset);
            }
        }
    }
    None
}

fn word_of(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|byte| is_blank(*byte)).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn is_word_byte(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn is_number(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"-").unwrap_or(word);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

fn leading_blanks(rest: &[u8]) -> usize {
    rest.iter().take_while(|byte| is_blank(**byte)).count()
}

fn blanks_in(text: Option<&[u8]>) -> usize {
    text.unwrap_or_default().split(|byte| is_blank(*byte)).filter(|word| !word.is_empty()).count()
}

fn all_agree(texts: &[&[u8]], is: impl Fn(&[u8]) -> bool) -> bool {
    share(texts.iter().filter(|text| is(text)).count(), texts.len()) >= AGREE
}

fn most_common<T: Ord + Clone>(items: impl Iterator<Item = T>) -> Option<T> {
    let mut sorted: Vec<T> = items.collect();
    sorted.sort();
    sorted.chunk_by(|a, b| a == b).max_by_key(|run| run.len()).map(|run| run[0].clone())
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], expected: Option<&str>) {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let found = pattern(&lines).map(|patterns| patterns[0].text().to_owned());
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn header_and_message_are_told_apart() {
        check(
            &[
                "2024-03-01 10:00:00,123 INFO [main] org.example.Server: started on port 80",
                "2024-03-01 10:00:01,001 WARN [worker 3] org.example.Pool: pool of 20 is full",
            ],
            Some("{time} {level} [{thread}] {logger}: {message}"),
        );
        check(
            &[
                "[10.30 16:49:06] chrome.exe - open through proxy",
                "[10.30 16:49:07] git.exe *64 - close, 12 bytes",
            ],
            Some("[{time}] {app:text} - {message}"),
        );
        check(
            &[
                "20171223-22:15:29:606|Step|30002312|on stand",
                "20171223-22:15:29:615|Step|30002312|on screen",
            ],
            Some("{time}|{field1}|{field2}|{message}"),
        );
        check(
            &["081109 203615 148 INFO dfs.Data: served it", "081109 203807 222 WARN dfs.Name: block lost"],
            Some("{time} {field1} {level} {logger}: {message}"),
        );
    }

    #[test]
    fn text_without_time_and_level_has_no_header() {
        check(&["hello there", "general remark"], None);
        check(&[], None);
    }
}
