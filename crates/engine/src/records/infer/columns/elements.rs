//! The elements of a header, one by one: each looks whether nearly all lines go on with it.

use std::collections::BTreeSet;

use super::super::text::{
    are_levels, closing, columns_in, inside_brackets, is_blank, is_dotted, is_identifier, is_number,
    is_source, is_uptime, key_of, leading_blanks, level_letter, level_word, most_common, share, words,
};
use super::super::{AGREE, FIELDS};
use super::{AHEAD, Columns, NEARLY_ALL, Row, all_agree};
use crate::records::level::Level;
use crate::records::roles::Role;

impl<'a> Columns<'a> {
    pub(super) fn blank(&mut self) -> bool {
        self.text.push(' ');
        self.advance(|row| Some(leading_blanks(row.rest())))
    }

    pub(super) fn punctuation(&mut self, byte: u8) -> bool {
        // `->`, `--flag` and `...` begin messages; a dash or colon by itself parts header and message.
        let run = |row: &Row<'_>| row.rest().iter().take_while(|other| **other == byte).count();
        let Some(length) = most_common(self.rows.iter().map(run)) else { return false };
        let alone = |row: &&Row<'_>| {
            row.rest()
                .get(length)
                .is_none_or(|next| is_blank(*next) || matches!(byte, b']' | b')' | b'>' | b'}' | b',' | b'"'))
        };
        if length > 3 || share(self.rows.iter().filter(alone).count(), self.rows.len()) < AGREE {
            return false;
        }
        self.literal(&vec![byte; length]);
        self.advance(|row| (run(row) == length).then_some(length))
    }

    /// `[…]` in nearly every line.
    pub(super) fn bracketed(&mut self, open: u8) -> bool {
        let inside: Vec<&[u8]> = self.rows.iter().filter_map(|row| inside_brackets(row.rest())).collect();
        let structured = |text: &&&[u8]| open == b'{' && (text.contains(&b'"') || text.contains(&b'='));
        if share(inside.len(), self.rows.len()) < 0.95 || inside.iter().any(|text| structured(&text)) {
            return false;
        }
        self.bracketed_texts(open, &inside);
        self.fields += 1;
        self.advance(|row| inside_brackets(row.rest()).map(|text| text.len() + 2))
    }

    /// Writes a pair of brackets and what stands in it.
    pub(super) fn bracketed_texts(&mut self, open: u8, inside: &[&'a [u8]]) {
        let Some(close) = closing(open) else { return };
        let texts: Vec<&[u8]> = inside.iter().map(|text| text.trim_ascii()).collect();
        let padded = inside.iter().zip(&texts).any(|(text, trimmed)| text.len() > trimmed.len());
        let gap = if padded { "( )?" } else { "" };
        self.literal(&[open]);
        if self.are_levels(&texts) {
            self.level_seen = true;
            self.text.push_str(&format!("{gap}{{level}}{gap}"));
        } else if all_agree(&texts, is_uptime) && !self.has_time {
            self.text.push_str(&format!("{gap}{{uptime:number}}{gap}"));
        } else if texts.iter().all(|text| is_number(text)) && !self.text.contains("{pid:int}") {
            self.text.push_str(&format!("{gap}{{pid:int}}{gap}"));
        } else if self.text.contains("{thread}") {
            self.field("");
        } else {
            self.field("thread");
        }
        self.literal(&[close]);
    }

    /// Columns parted by `|` or the like, each without blanks inside and short.
    pub(super) fn piped(&mut self, separator: u8) -> bool {
        let column = |row: &Row<'a>| {
            let rest = row.rest().get(1..)?;
            let text = rest.get(..memchr::memchr(separator, rest)?)?;
            let inside = text.trim_ascii();
            let good = !inside.is_empty() && text.len() < 40 && !inside.iter().any(|byte| is_blank(*byte));
            good.then_some(text)
        };
        let columns: Vec<&[u8]> = self.rows.iter().filter_map(column).collect();
        if share(columns.len(), self.rows.len()) < AGREE {
            let blank_next = |row: &&Row<'_>| row.rest().get(1).is_some_and(|byte| is_blank(*byte));
            if share(self.rows.iter().filter(blank_next).count(), self.rows.len()) >= AGREE {
                return false;
            }
            self.literal(&[separator]);
            (self.fields, self.closed) = (FIELDS, true);
            return self.advance(|_| Some(1));
        }
        let gap = |has: &dyn Fn(&[u8]) -> bool| match columns.iter().filter(|text| has(text)).count() {
            0 => "",
            all if all == columns.len() => " ",
            _ => "( )?",
        };
        let before = gap(&|text| text.first() == Some(&b' '));
        let after = gap(&|text| text.last() == Some(&b' '));
        let texts: Vec<&[u8]> = columns.iter().map(|text| text.trim_ascii()).collect();
        self.literal(&[separator]);
        self.text.push_str(before);
        self.column(&texts);
        self.text.push_str(after);
        self.fields += 1;
        self.advance(|row| column(row).map(|text| text.len() + 1))
    }

    fn column(&mut self, texts: &[&'a [u8]]) {
        if self.are_levels(texts) {
            self.level_seen = true;
            self.text.push_str("{level}");
        } else if texts.iter().all(|text| is_number(text)) && !self.text.contains("{pid:int}") {
            self.text.push_str("{pid:int}");
        } else {
            self.field("");
        }
    }

    /// Whether nearly all of these are levels: words, or letters and nothing else.
    pub(super) fn are_levels(&mut self, texts: &[&'a [u8]]) -> bool {
        if self.level_seen {
            return false;
        }
        if all_agree(texts, |text| level_word(text).is_some()) {
            return true;
        }
        let letters: Vec<&[u8]> =
            texts.iter().filter(|text| text.len() == 1).filter_map(|text| level_letter(text)).collect();
        let found = letters.len() == texts.len() && are_levels(&letters);
        self.letters |= found;
        found
    }

    /// In how many words the level comes, where nearly every line has one at the same place.
    pub(super) fn level_ahead(&mut self) -> Option<usize> {
        if self.level_seen {
            return None;
        }
        (0..AHEAD.saturating_sub(self.fields).max(1)).find(|ahead| self.levels_in(*ahead))
    }

    fn levels_in(&mut self, ahead: usize) -> bool {
        let at: Vec<&[u8]> = self.rows.iter().filter_map(|row| words(row.rest()).nth(ahead)).collect();
        if at.len() < self.rows.len().div_ceil(2) {
            return false;
        }
        let cores: Vec<&[u8]> = at.iter().filter_map(|word| level_word(word)).collect();
        if share(cores.len(), self.rows.len()) >= AGREE {
            return ahead == 0 && self.has_time || is_header_level(&cores, &at, ahead);
        }
        let letters: Vec<&[u8]> = at.iter().filter_map(|word| level_letter(word)).collect();
        let found =
            self.has_time && share(letters.len(), self.rows.len()) >= NEARLY_ALL && are_levels(&letters);
        self.letters |= found;
        found
    }

    pub(super) fn level(&mut self) -> bool {
        let length = |word: &'a [u8]| level_word(word).or_else(|| level_letter(word)).map(<[u8]>::len);
        if self.rows.iter().any(|row| row.word().first().is_some_and(|first| closing(*first).is_some())) {
            return false;
        }
        self.level_seen = true;
        self.fields += 1;
        self.text.push_str("{level}");
        self.advance(|row| length(row.word()))
    }

    /// Bare numbers after the stamp are process and thread ids; after the level they begin the
    /// message, unless more of the header follows.
    pub(super) fn number(&mut self) -> bool {
        let before_mark = |row: &&Row<'_>| {
            let rest = row.rest().get(row.word().len()..).unwrap_or_default();
            rest.get(leading_blanks(rest)).is_some_and(|next| b"[(|".contains(next))
                || rest.starts_with(b" --- ")
        };
        let marked = || share(self.rows.iter().filter(before_mark).count(), self.rows.len()) >= NEARLY_ALL;
        let behind_level = self.text.rfind("{level}") > self.text.rfind("{time}");
        if !self.words_agree(is_number, NEARLY_ALL) || (behind_level && !marked()) {
            return false;
        }
        let name = if self.text.contains("{pid:int}") { "thread" } else { "pid" };
        self.capture(&format!("{name}:int"))
    }

    /// Ids of requests and the like, and places in the source.
    pub(super) fn identifier(&mut self) -> bool {
        if self.words_agree(is_identifier, NEARLY_ALL) {
            return self.capture("");
        }
        if !self.text.contains("{source}") && self.words_agree(is_source, NEARLY_ALL) {
            let colon = self.words_agree(|word| word.ends_with(b":"), NEARLY_ALL);
            self.text.push_str(if colon { "{source}:" } else { "{source}" });
            self.fields += 1;
            return self.advance(|row| Some(row.word().len()));
        }
        false
    }

    /// A column that is padded to a width or ended by a tab, as in tables.
    pub(super) fn padded(&mut self) -> bool {
        let gap = |row: &Row<'_>| {
            let word = row.word();
            let rest = row.rest().get(word.len()..)?;
            Some((leading_blanks(rest), word.len(), rest.first() == Some(&b'\t')))
        };
        let gaps: Vec<(usize, usize, bool)> = self.rows.iter().filter_map(gap).collect();
        let tabs = gaps.iter().filter(|(_, length, tab)| *tab && *length > 0).count();
        if self.text.ends_with(' ') && share(tabs, self.rows.len()) >= NEARLY_ALL {
            return self.capture("");
        }
        let wide = gaps.iter().filter(|(blanks, ..)| *blanks >= 2).count();
        let widths = most_common(gaps.iter().map(|(blanks, length, _)| blanks + length));
        let aligned = gaps.iter().filter(|(blanks, length, _)| Some(blanks + length) == widths).count();
        if share(wide, self.rows.len()) < AGREE || share(aligned, self.rows.len()) < AGREE {
            return false;
        }
        self.capture("")
    }

    /// `logger:` or `host app[pid]:` before the message, `main.go:41]`, or a dotted logger.
    pub(super) fn named(&mut self) -> bool {
        let colon = |word: &[u8]| word.len() > 1 && word.ends_with(b":") && !word.contains(&b'=');
        let name = |word: &[u8]| colon(word) && level_word(word).is_none();
        let second = |row: &&Row<'_>| words(row.rest()).nth(1).is_some_and(name) && !colon(row.word());
        if self.words_agree(name, 0.95) {
            let pids = self.rows.iter().filter(|row| row.word().ends_with(b"]:")).count();
            let bracket = share(pids, self.rows.len()) > 0.05;
            self.text.push_str(if bracket { "{logger}([{pid:int}])?:" } else { "{logger}:" });
            self.fields = FIELDS;
            return self.advance(|row| colon(row.word()).then(|| row.word().len())) && self.after_name();
        }
        if self.words_agree(|word| word.ends_with(b"]") && !word.contains(&b'['), NEARLY_ALL) {
            self.text.push_str("{source}]");
            self.fields = FIELDS;
            return self.advance(|row| Some(row.word().len())) && self.after_name();
        }
        if !self.level_seen && share(self.rows.iter().filter(second).count(), self.rows.len()) >= AGREE {
            return self.capture("host");
        }
        (self.level_seen || self.text.contains("{thread}"))
            && self.words_agree(is_dotted, NEARLY_ALL)
            && self.capture("logger")
    }

    /// After a name, only a level may still stand before the message.
    fn after_name(&mut self) -> bool {
        self.text.push(' ');
        self.advance(|row| Some(leading_blanks(row.rest())));
        if self.levels_in(0) && !self.level_seen && self.level() {
            self.fields = FIELDS - 1;
            return true;
        }
        false
    }

    /// `key=` of a known meaning, the same in every line.
    pub(super) fn keyed(&mut self) -> Option<bool> {
        let key = key_of(self.rows.first()?.word())?;
        let role = Role::of(key)?;
        if !self.words_agree(|word| key_of(word) == Some(key), NEARLY_ALL) {
            return None;
        }
        self.literal(key);
        self.text.push('=');
        self.advance(|_| Some(key.len() + 1));
        if role == Role::Message {
            (self.fields, self.closed) = (FIELDS, true);
            return Some(false);
        }
        if role == Role::Level && self.levels_in(0) {
            return Some(self.level());
        }
        let quoted = self.agreed_byte() == Some(b'"');
        let name = String::from_utf8_lossy(key).into_owned();
        let name = if matches!(role, Role::Time | Role::Level) { "" } else { name.as_str() };
        if quoted {
            self.text.push('"');
            self.field(name);
            self.text.push('"');
            self.fields += 1;
            return Some(self.advance(|row| {
                let inside = row.rest().get(1..)?;
                memchr::memchr(b'"', inside).map(|end| end + 2)
            }));
        }
        Some(self.capture(name))
    }

    /// `program - message`, where the dash stands by itself within the first words. Programs of several words are
    /// believed where they come again: a sentence may have a dash in it, too.
    pub(super) fn program(&mut self) -> bool {
        let dash = |row: &Row<'_>| {
            let head = row.rest().get(..60.min(row.rest().len()))?;
            let at = memchr::memmem::find(head, b" - ")?;
            (columns_in(head.get(..at)?) <= 3).then_some(at)
        };
        let name = |row: &Row<'a>| row.rest().get(..dash(row)?);
        let names: Vec<&[u8]> = self.rows.iter().filter_map(name).collect();
        let distinct: BTreeSet<&[u8]> = names.iter().copied().collect();
        let single = names.iter().filter(|name| columns_in(name) <= 1).count() * 2 >= names.len();
        let come_again = distinct.len() * 2 <= names.len();
        if share(names.len(), self.rows.len()) < 0.95 || !(single || come_again) {
            return false;
        }
        self.text.push_str("{app:text} - ");
        self.fields = FIELDS;
        self.advance(|row| dash(row).map(|at| at + 3));
        false
    }
}

/// Whether level words that are not the first word of a line stand in the header: other levels occur
/// there too, or they are written in capitals and do not begin a message such as `ERROR: text`.
fn is_header_level(cores: &[&[u8]], at: &[&[u8]], ahead: usize) -> bool {
    let level = |core: &&&[u8]| Level::from_word(core);
    let first = cores.first().and_then(|core| level(&core));
    if cores.iter().any(|core| level(&core) != first) {
        return true;
    }
    let capitals = cores.iter().all(|core| core.iter().all(u8::is_ascii_uppercase));
    let mild = first.is_some_and(|level| level <= Level::Info);
    let colons = at.iter().any(|word| word.ends_with(b":"));
    let bracketed = at.iter().all(|word| word.first().is_some_and(|first| closing(*first).is_some()));
    let leads = ahead == 0 && (colons || capitals);
    bracketed || leads || (capitals && (mild || !colons))
}
