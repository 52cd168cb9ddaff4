//! Pieces in, the end of a value that holds delimiters out: URLs, dates, addresses, sizes, quotes.

use super::super::token::{Chunk, Piece, Token};
use super::super::words;
use super::Item;
use super::reading::Reading;

/// Groups of one address, so that a row of them costs no more than its length.
const MOST_GROUPS: usize = 32;

impl Reading<'_> {
    /// `scheme://…`
    pub(super) fn url(&self, at: usize) -> Option<usize> {
        let is_url = self.mark(at + 1) == Some(b':') && self.chunk_at(at + 2) == Some(Chunk::Authority);
        is_url.then(|| self.until(at + 3, b" \"'<>])},;"))
    }

    /// `Sat Jun 11 03:28:22 PDT 2005`, with or without the day of the week, zone and year.
    pub(super) fn date(&self, at: usize) -> Option<usize> {
        let month = if words::is_weekday(self.word(at)?) {
            let behind = if self.mark(at + 1) == Some(b',') { at + 2 } else { at + 1 };
            self.blank(behind).then_some(behind + 1)?
        } else {
            at
        };
        if !words::is_month(self.word(month)?) {
            return None;
        }
        let clock = month + 4;
        let day = self.blank(month + 1) && self.opaque(month + 2) && self.blank(month + 3);
        if !(day && self.opaque(clock) && self.mark(clock + 1) == Some(b':') && self.opaque(clock + 2)) {
            return None;
        }
        let seconds = self.mark(clock + 3) == Some(b':') && self.opaque(clock + 4);
        let end = if seconds { clock + 5 } else { clock + 3 };
        let zone = self.blank(end) && self.word(end + 1).is_some_and(words::is_zone);
        let year = self.blank(end + 2) && self.opaque(end + 3);
        Some(if zone && year { end + 4 } else { end })
    }

    /// `C:\…`
    pub(super) fn drive(&self, at: usize) -> Option<usize> {
        let letter = self.word(at).is_some_and(|word| word.len() == 1);
        let is_drive =
            letter && self.mark(at + 1) == Some(b':') && self.chunk_at(at + 2) == Some(Chunk::Path);
        is_drive.then(|| self.until(at + 3, b" \"'<>|;,)"))
    }

    /// MAC and IP version 6 addresses: four groups or more, parted by colons.
    pub(super) fn hex_groups(&self, at: usize) -> Option<usize> {
        if self.mark(at + 1) != Some(b':') {
            return None;
        }
        let (mut place, mut groups, mut digits, mut letters) = (at, 0, false, false);
        loop {
            let opaque = self.opaque(place);
            if !opaque && !self.word(place).is_some_and(words::is_hex_group) {
                break;
            }
            (digits, letters) = (digits | opaque, letters | !opaque);
            groups += 1;
            place += 1;
            if groups == MOST_GROUPS {
                break;
            }
            while self.mark(place) == Some(b':')
                && self.chunk_at(place + 1).is_some() | (self.mark(place + 1) == Some(b':'))
            {
                place += 1;
            }
            if self.mark(place - 1) != Some(b':') {
                break;
            }
        }
        (groups >= 4 && digits && letters && self.chunk_at(place - 1).is_some()).then_some(place)
    }

    /// `::1`, and what follows it.
    pub(super) fn short_address(&self, at: usize) -> Option<usize> {
        let begins = at == 0 || self.chunk_at(at - 1).is_none() && self.mark(at - 1) != Some(b':');
        let group = self.opaque(at + 2) || self.word(at + 2).is_some_and(words::is_hex_group);
        let is_address = begins && self.mark(at + 1) == Some(b':') && group;
        is_address.then(|| self.rest_of_path(at + 3))
    }

    /// What goes on behind a path: a colon and more of it, or a query.
    pub(super) fn rest_of_path(&self, mut at: usize) -> usize {
        loop {
            match self.mark(at) {
                Some(b'?' | b'=') => return self.until(at + 1, b" \"'<>|;,()[]{}"),
                Some(b':' | b'!') if self.chunk_at(at + 1).is_some() => at += 2,
                _ => return at,
            }
        }
    }

    /// A unit behind a number, with or without a blank between them.
    pub(super) fn unit(&self, at: usize, is_unit: fn(&[u8]) -> bool) -> Option<usize> {
        let at = if self.blank(at) { at + 1 } else { at };
        self.word(at).is_some_and(is_unit).then_some(at + 1)
    }

    /// `<1 sec`, `> 5 minutes`
    pub(super) fn bound(&self, at: usize) -> Option<usize> {
        let number = if self.blank(at + 1) { at + 2 } else { at + 1 };
        if !self.opaque(number) || self.mark(number + 1) == Some(b'>') {
            return None;
        }
        self.unit(number + 1, words::is_time_unit)
    }

    /// `(1.2 KB)` behind a number: the same size in other words.
    pub(super) fn size_in_brackets(&self, at: usize) -> Option<usize> {
        let number = if self.blank(at + 1) { at + 2 } else { at + 1 };
        if !self.opaque(number) {
            return None;
        }
        let unit = self.unit(number + 1, |word| words::is_byte_unit(word) || word == b"bytes")?;
        let close = if self.blank(unit) { unit + 1 } else { unit };
        (self.mark(close) == Some(b')')).then_some(close + 1)
    }

    /// A quoted value. An apostrophe inside a word quotes nothing.
    pub(super) fn quote(&mut self, at: usize, byte: u8) -> usize {
        let assigned = at > 0 && self.mark(at - 1) == Some(b'=') && self.is_assignment(at - 1);
        self.plain(at, Item::Mark(byte));
        let inside_word = at > 0 && self.chunk_at(at - 1).is_some();
        let close = if inside_word { None } else { self.closing(at + 1, byte) };
        let Some(close) = close else { return at + 1 };
        if close == at + 1 {
            self.empty_hole(at + 1);
        } else if assigned || self.is_single_value(at + 1, close) {
            self.hole(at + 1, close);
        } else {
            return at + 1;
        }
        self.plain(close, Item::Mark(byte));
        close + 1
    }

    /// No blank inside, and a digit somewhere.
    pub(super) fn is_single_value(&self, start: usize, end: usize) -> bool {
        let inside = self.pieces.get(start..end).unwrap_or_default();
        let opaque = |piece: &Piece| matches!(piece.token, Token::Chunk(kind) if kind != Chunk::Word);
        !inside.iter().any(|piece| piece.token == Token::Blank) && inside.iter().any(opaque)
    }

    pub(super) fn closing(&self, from: usize, byte: u8) -> Option<usize> {
        let within = self.pieces.get(from..)?.iter().take(60);
        let found = within.enumerate().find(|(_, piece)| piece.token == Token::Punctuation(byte));
        let close = from + found?.0;
        let ends_word = byte == b'\'' && self.chunk_at(close + 1).is_some();
        (!ends_word).then_some(close)
    }
}
