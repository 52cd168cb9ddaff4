//! Pieces in, items out, from left to right: which rule takes the piece at a place?

use super::super::token::{Chunk, Piece, Token};
use super::super::words;
use super::fold::is_glue;
use super::{Item, Placed, bytes_of};

/// More items than this make no difference: the rest of the message is one hole.
const MOST_ITEMS: usize = 600;

/// A message that is being read.
pub(super) struct Reading<'a> {
    message: &'a [u8],
    pub(super) pieces: &'a [Piece],
    items: Vec<Placed>,
}

impl<'a> Reading<'a> {
    /// Reads the pieces of a message into a list of items, which is used again.
    pub(super) fn new(message: &'a [u8], pieces: &'a [Piece], mut items: Vec<Placed>) -> Reading<'a> {
        items.clear();
        Reading { message, pieces, items }
    }

    /// Gives the items of the message.
    pub(super) fn run(mut self) -> Vec<Placed> {
        let mut at = 0;
        while at < self.pieces.len() {
            if self.items.len() >= MOST_ITEMS {
                self.hole(at, self.pieces.len());
                return self.items;
            }
            at = self.step(at);
        }
        self.drop_blank();
        self.items
    }

    /// Takes the piece at a place, and with it what belongs to it. Gives the next place.
    fn step(&mut self, at: usize) -> usize {
        match self.token(at) {
            Some(Token::Chunk(chunk)) => self.chunk(at, chunk),
            Some(Token::Punctuation(byte)) => self.punctuation(at, byte),
            Some(Token::Blank) => {
                if !self.items.is_empty() {
                    self.plain(at, Item::Blank);
                }
                at + 1
            }
            Some(Token::Dots) => {
                self.plain(at, Item::Dots);
                at + 1
            }
            None => at + 1,
        }
    }

    fn chunk(&mut self, at: usize, chunk: Chunk) -> usize {
        let compound =
            self.url(at).or_else(|| self.date(at)).or_else(|| self.drive(at)).or_else(|| self.hex_groups(at));
        if let Some(end) = compound {
            return self.hole(at, end);
        }
        match chunk {
            Chunk::Path | Chunk::Authority => {
                let end = self.rest_of_path(at + 1);
                self.hole(at, end)
            }
            Chunk::Opaque => {
                let end = self.unit(at + 1, words::is_byte_unit).unwrap_or(at + 1);
                self.hole(at, end)
            }
            Chunk::Word if self.is_value(at) => {
                let end = self.rest_of_path(at + 1);
                self.hole(at, if self.word(at) == Some(b"/") { end } else { at + 1 })
            }
            Chunk::Word if let Some(end) = self.assigned_structure(at) => self.hole(at, end),
            Chunk::Word => {
                self.plain(at, Item::Text);
                at + 1
            }
        }
    }

    fn punctuation(&mut self, at: usize, byte: u8) -> usize {
        let whole = match byte {
            b':' => self.short_address(at),
            b'<' => self.bound(at).or_else(|| self.placeholder(at)),
            b'>' => self.bound(at),
            b'"' | b'\'' => return self.quote(at, byte),
            b'(' => match self.size_in_brackets(at) {
                Some(end) => {
                    self.drop_blank();
                    return end;
                }
                None => None,
            },
            _ => None,
        };
        if let Some(end) = whole {
            return self.hole(at, end);
        }
        if closes(byte).is_some_and(|open| self.last() == Some(Item::Mark(open)) && at > 0) {
            self.empty_hole(at);
        }
        self.plain(at, Item::Mark(byte));
        if byte == b'=' && self.is_assignment(at) && self.is_nothing(at + 1) {
            self.empty_hole(at + 1);
        }
        at + 1
    }

    // ---- looking at pieces -----------------------------------------------------------------

    pub(super) fn token(&self, at: usize) -> Option<Token> {
        self.pieces.get(at).map(|piece| piece.token)
    }

    pub(super) fn mark(&self, at: usize) -> Option<u8> {
        match self.token(at) {
            Some(Token::Punctuation(byte)) => Some(byte),
            _ => None,
        }
    }

    pub(super) fn blank(&self, at: usize) -> bool {
        self.token(at) == Some(Token::Blank)
    }

    pub(super) fn chunk_at(&self, at: usize) -> Option<Chunk> {
        match self.token(at) {
            Some(Token::Chunk(chunk)) => Some(chunk),
            _ => None,
        }
    }

    pub(super) fn opaque(&self, at: usize) -> bool {
        self.chunk_at(at) == Some(Chunk::Opaque)
    }

    pub(super) fn word(&self, at: usize) -> Option<&[u8]> {
        let piece = self.pieces.get(at)?;
        (piece.token == Token::Chunk(Chunk::Word)).then(|| bytes_of(self.message, piece.start, piece.end))
    }

    /// The first place from `at` on that holds one of these bytes or a blank. A comma or semicolon
    /// stops only where nothing follows it.
    pub(super) fn until(&self, at: usize, stops: &[u8]) -> usize {
        let stop = |place: &usize| match self.token(*place) {
            Some(Token::Punctuation(byte @ (b',' | b';'))) => {
                stops.contains(&byte) && self.chunk_at(place + 1).is_none()
            }
            Some(Token::Punctuation(byte)) => stops.contains(&byte),
            Some(Token::Blank) | None => true,
            _ => false,
        };
        (at..self.pieces.len()).find(stop).unwrap_or(self.pieces.len())
    }

    // ---- writing items ---------------------------------------------------------------------

    pub(super) fn last(&self) -> Option<Item> {
        self.items.last().map(|placed| placed.item)
    }

    pub(super) fn plain(&mut self, at: usize, item: Item) {
        if let Some(piece) = self.pieces.get(at) {
            self.items.push(Placed { item, start: piece.start, end: piece.end });
        }
    }

    pub(super) fn drop_blank(&mut self) {
        if self.last() == Some(Item::Blank) {
            self.items.pop();
        }
    }

    pub(super) fn empty_hole(&mut self, at: usize) {
        let place = self.pieces.get(at).map_or(self.message.len() as u32, |piece| piece.start);
        self.push_hole(Placed { item: Item::Hole, start: place, end: place });
    }

    /// One hole for all pieces of a range. Gives the end of the range.
    pub(super) fn hole(&mut self, start: usize, end: usize) -> usize {
        let first = self.pieces.get(start).map_or(0, |piece| piece.start);
        let last = self.pieces.get(end - 1).map_or(self.message.len() as u32, |piece| piece.end);
        self.push_hole(Placed { item: Item::Hole, start: first, end: last });
        end
    }

    /// A hole that follows another with nothing but glue between becomes one with it.
    pub(super) fn push_hole(&mut self, hole: Placed) {
        let Some(before) = self.items.iter().rposition(|placed| placed.item == Item::Hole) else {
            return self.items.push(hole);
        };
        let between = self.items.get(before + 1..).unwrap_or_default();
        if !is_glue(self.message, between) {
            return self.items.push(hole);
        }
        self.items.truncate(before + 1);
        if let Some(last) = self.items.last_mut() {
            last.end = last.end.max(hole.end);
        }
    }
}

fn closes(byte: u8) -> Option<u8> {
    match byte {
        b')' => Some(b'('),
        b']' => Some(b'['),
        b'}' => Some(b'{'),
        _ => None,
    }
}
