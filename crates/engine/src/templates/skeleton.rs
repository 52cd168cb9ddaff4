//! The tokens of a message in, its skeleton out: constant text with holes.
//!
//! Rules about language and data, never about one log: what is written after `=`, between empty
//! brackets, behind a scheme, in a date or as `true` and `false` is data; values that stand side by
//! side are one value; groups that repeat are one group. The skeleton is a pure function of the
//! tokens as `token.rs` shows them, so lines with the same line key have the same skeleton.

use super::token::{Chunk, Piece, Token, tokens};
use super::words;

/// Stands for a hole in the text of a skeleton. Messages cannot hold it: control bytes are blanks.
pub(crate) const HOLE: u8 = 0x01;

/// More items than this make no difference: the rest of the message is one hole.
const MOST_ITEMS: usize = 600;

/// The longest group that is looked for when groups repeat, in items.
const LONGEST_GROUP: usize = 14;

/// Groups of one address, so that a row of them costs no more than its length.
const MOST_GROUPS: usize = 32;

/// How often a group must stand in a row to be taken for a list.
const REPEATS: usize = 3;

/// What stands at a place of a skeleton.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Text,
    Mark(u8),
    Blank,
    Dots,
    Hole,
}

/// An item and the bytes of the message that it covers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub(crate) item: Item,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Makes skeletons. Its lists are used again for every message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skeletons {
    pieces: Vec<Piece>,
    items: Vec<Placed>,
    text: Vec<u8>,
}

impl Skeletons {
    /// Reads the head of a message. `open` is the number of a chunk to take for a value.
    pub(crate) fn read(&mut self, message: &[u8], open: Option<usize>) {
        self.pieces.clear();
        tokens(message, &mut self.pieces);
        if let Some(nth) = open {
            self.open_chunk(nth);
        }
        let mut reading = Reading { message, pieces: &self.pieces, items: std::mem::take(&mut self.items) };
        reading.items.clear();
        reading.run();
        self.items = reading.items;
        fold_repeats(message, &mut self.items);
        self.write(message);
    }

    fn open_chunk(&mut self, nth: usize) {
        let mut chunks = self.pieces.iter_mut().filter(|piece| matches!(piece.token, Token::Chunk(_)));
        if let Some(piece) = chunks.nth(nth) {
            piece.token = Token::Chunk(Chunk::Opaque);
        }
    }

    fn write(&mut self, message: &[u8]) {
        self.text.clear();
        for placed in &self.items {
            match placed.item {
                Item::Text => self.text.extend_from_slice(bytes_of(message, placed.start, placed.end)),
                Item::Mark(byte) => self.text.push(byte),
                Item::Blank => self.text.push(b' '),
                Item::Dots => self.text.extend_from_slice(b".."),
                Item::Hole => self.text.push(HOLE),
            }
        }
    }

    /// The text of the skeleton, with [`HOLE`] for every hole.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// The values in the holes, in their order.
    pub(crate) fn values<'a>(&'a self, message: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let holes = self.items.iter().filter(|placed| placed.item == Item::Hole);
        holes.map(move |placed| bytes_of(message, placed.start, placed.end))
    }
}

fn bytes_of(message: &[u8], start: u32, end: u32) -> &[u8] {
    message.get(start as usize..end as usize).unwrap_or_default()
}

struct Reading<'a> {
    message: &'a [u8],
    pieces: &'a [Piece],
    items: Vec<Placed>,
}

impl Reading<'_> {
    fn run(&mut self) {
        let mut at = 0;
        while at < self.pieces.len() {
            if self.items.len() >= MOST_ITEMS {
                self.hole(at, self.pieces.len());
                return;
            }
            at = self.step(at);
        }
        self.drop_blank();
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

    // ---- values that hold delimiters -------------------------------------------------------

    /// `scheme://…`
    fn url(&self, at: usize) -> Option<usize> {
        let is_url = self.mark(at + 1) == Some(b':') && self.chunk_at(at + 2) == Some(Chunk::Authority);
        is_url.then(|| self.until(at + 3, b" \"'<>])},;"))
    }

    /// `Sat Jun 11 03:28:22 PDT 2005`, with or without the day of the week, zone and year.
    fn date(&self, at: usize) -> Option<usize> {
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
    fn drive(&self, at: usize) -> Option<usize> {
        let letter = self.word(at).is_some_and(|word| word.len() == 1);
        let is_drive =
            letter && self.mark(at + 1) == Some(b':') && self.chunk_at(at + 2) == Some(Chunk::Path);
        is_drive.then(|| self.until(at + 3, b" \"'<>|;,)"))
    }

    /// MAC and IP version 6 addresses: four groups or more, parted by colons.
    fn hex_groups(&self, at: usize) -> Option<usize> {
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
    fn short_address(&self, at: usize) -> Option<usize> {
        let begins = at == 0 || self.chunk_at(at - 1).is_none() && self.mark(at - 1) != Some(b':');
        let group = self.opaque(at + 2) || self.word(at + 2).is_some_and(words::is_hex_group);
        let is_address = begins && self.mark(at + 1) == Some(b':') && group;
        is_address.then(|| self.rest_of_path(at + 3))
    }

    /// What goes on behind a path: a colon and more of it, or a query.
    fn rest_of_path(&self, mut at: usize) -> usize {
        loop {
            match self.mark(at) {
                Some(b'?' | b'=') => return self.until(at + 1, b" \"'<>|;,()[]{}"),
                Some(b':' | b'!') if self.chunk_at(at + 1).is_some() => at += 2,
                _ => return at,
            }
        }
    }

    /// A unit behind a number, with or without a blank between them.
    fn unit(&self, at: usize, is_unit: fn(&[u8]) -> bool) -> Option<usize> {
        let at = if self.blank(at) { at + 1 } else { at };
        self.word(at).is_some_and(is_unit).then_some(at + 1)
    }

    /// `<1 sec`, `> 5 minutes`
    fn bound(&self, at: usize) -> Option<usize> {
        let number = if self.blank(at + 1) { at + 2 } else { at + 1 };
        if !self.opaque(number) || self.mark(number + 1) == Some(b'>') {
            return None;
        }
        self.unit(number + 1, words::is_time_unit)
    }

    /// `(1.2 KB)` behind a number: the same size in other words.
    fn size_in_brackets(&self, at: usize) -> Option<usize> {
        let number = if self.blank(at + 1) { at + 2 } else { at + 1 };
        if !self.opaque(number) {
            return None;
        }
        let unit = self.unit(number + 1, |word| words::is_byte_unit(word) || word == b"bytes")?;
        let close = if self.blank(unit) { unit + 1 } else { unit };
        (self.mark(close) == Some(b')')).then_some(close + 1)
    }

    /// A quoted value. An apostrophe inside a word quotes nothing.
    fn quote(&mut self, at: usize, byte: u8) -> usize {
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
    fn is_single_value(&self, start: usize, end: usize) -> bool {
        let inside = self.pieces.get(start..end).unwrap_or_default();
        let opaque = |piece: &Piece| matches!(piece.token, Token::Chunk(kind) if kind != Chunk::Word);
        !inside.iter().any(|piece| piece.token == Token::Blank) && inside.iter().any(opaque)
    }

    fn closing(&self, from: usize, byte: u8) -> Option<usize> {
        let within = self.pieces.get(from..)?.iter().take(60);
        let found = within.enumerate().find(|(_, piece)| piece.token == Token::Punctuation(byte));
        let close = from + found?.0;
        let ends_word = byte == b'\'' && self.chunk_at(close + 1).is_some();
        (!ends_word).then_some(close)
    }

    // ---- words that are values -------------------------------------------------------------

    fn is_value(&self, at: usize) -> bool {
        let Some(word) = self.word(at) else { return false };
        if at > 0 && words::is_literal(word) {
            return true;
        }
        if word == b"/" && self.is_root(at) {
            return true;
        }
        let numbered = self.mark(at + 1) == Some(b':') && self.opaque(at + 2);
        let assigned = at > 1 && self.mark(at - 1) == Some(b'=') && self.is_assignment(at - 1);
        words::is_data(word) || numbered && (assigned || words::is_dotted(word)) || self.is_listed(at)
    }

    /// The path `/` behind a method such as `GET`, or before a query.
    fn is_root(&self, at: usize) -> bool {
        let method = |word: &[u8]| word.len() >= 3 && word.iter().all(u8::is_ascii_uppercase);
        at > 1 && self.blank(at - 1) && self.word(at - 2).is_some_and(method)
    }

    /// `key=Word{5}`: what is assigned goes on to the closing bracket, if no blank comes before it.
    fn assigned_structure(&self, at: usize) -> Option<usize> {
        let assigned = at > 1 && self.mark(at - 1) == Some(b'=') && self.is_assignment(at - 1);
        let close = match self.mark(at + 1) {
            Some(b'{') => b'}',
            Some(b'(') => b')',
            Some(b'[') => b']',
            _ => return None,
        };
        let end = self.until(at + 2, &[close]);
        (assigned && self.mark(end) == Some(close)).then_some(end + 1)
    }

    /// `<none>`, `<bottom of stack>`: stands for a value.
    fn placeholder(&self, at: usize) -> Option<usize> {
        let mut place = at + 1;
        for _ in 0..5 {
            self.word(place)?;
            match self.mark(place + 1) {
                Some(b'>') => return Some(place + 2),
                _ if self.blank(place + 1) => place += 2,
                _ => return None,
            }
        }
        None
    }

    /// In a list parted by bars, beside a number: `0|com.example|121`.
    fn is_listed(&self, at: usize) -> bool {
        let before = at > 1 && self.mark(at - 1) == Some(b'|') && self.opaque(at - 2);
        before || self.mark(at + 1) == Some(b'|') && self.opaque(at + 2)
    }

    /// `key=`, and not `==`, `=>`, `<=` or a ruler.
    fn is_assignment(&self, at: usize) -> bool {
        let operator = |byte| matches!(byte, Some(b'=' | b'<' | b'>' | b'!' | b':'));
        let before = if at == 0 { None } else { self.mark(at - 1) };
        at > 0 && !operator(before) && !operator(self.mark(at + 1)) && !self.blank(at - 1)
    }

    /// Nothing stands where a value should.
    fn is_nothing(&self, at: usize) -> bool {
        matches!(
            self.token(at),
            None | Some(Token::Blank | Token::Punctuation(b',' | b';' | b')' | b']' | b'}'))
        )
    }

    // ---- looking at pieces -----------------------------------------------------------------

    fn token(&self, at: usize) -> Option<Token> {
        self.pieces.get(at).map(|piece| piece.token)
    }

    fn mark(&self, at: usize) -> Option<u8> {
        match self.token(at) {
            Some(Token::Punctuation(byte)) => Some(byte),
            _ => None,
        }
    }

    fn blank(&self, at: usize) -> bool {
        self.token(at) == Some(Token::Blank)
    }

    fn chunk_at(&self, at: usize) -> Option<Chunk> {
        match self.token(at) {
            Some(Token::Chunk(chunk)) => Some(chunk),
            _ => None,
        }
    }

    fn opaque(&self, at: usize) -> bool {
        self.chunk_at(at) == Some(Chunk::Opaque)
    }

    fn word(&self, at: usize) -> Option<&[u8]> {
        let piece = self.pieces.get(at)?;
        (piece.token == Token::Chunk(Chunk::Word)).then(|| bytes_of(self.message, piece.start, piece.end))
    }

    /// The first place from `at` on that holds one of these bytes or a blank. A comma or semicolon
    /// stops only where nothing follows it.
    fn until(&self, at: usize, stops: &[u8]) -> usize {
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

    fn last(&self) -> Option<Item> {
        self.items.last().map(|placed| placed.item)
    }

    fn plain(&mut self, at: usize, item: Item) {
        if let Some(piece) = self.pieces.get(at) {
            self.items.push(Placed { item, start: piece.start, end: piece.end });
        }
    }

    fn drop_blank(&mut self) {
        if self.last() == Some(Item::Blank) {
            self.items.pop();
        }
    }

    fn empty_hole(&mut self, at: usize) {
        let place = self.pieces.get(at).map_or(self.message.len() as u32, |piece| piece.start);
        self.push_hole(Placed { item: Item::Hole, start: place, end: place });
    }

    /// One hole for all pieces of a range. Gives the end of the range.
    fn hole(&mut self, start: usize, end: usize) -> usize {
        let first = self.pieces.get(start).map_or(0, |piece| piece.start);
        let last = self.pieces.get(end - 1).map_or(self.message.len() as u32, |piece| piece.end);
        self.push_hole(Placed { item: Item::Hole, start: first, end: last });
        end
    }

    /// A hole that follows another with nothing but glue between becomes one with it.
    fn push_hole(&mut self, hole: Placed) {
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

/// Whether what stands between two values makes one value of them.
fn is_glue(message: &[u8], between: &[Placed]) -> bool {
    let tight = |placed: &Placed| match placed.item {
        Item::Mark(byte) => matches!(byte, b':' | b',' | b'|'),
        Item::Dots => true,
        Item::Text => words::is_sign(bytes_of(message, placed.start, placed.end)),
        Item::Blank | Item::Hole => false,
    };
    match between {
        [] | [Placed { item: Item::Blank, .. }] => true,
        [Placed { item: Item::Mark(b','), .. }, Placed { item: Item::Blank, .. }] => true,
        [Placed { item: Item::Blank, .. }, dash, Placed { item: Item::Blank, .. }] => {
            dash.item == Item::Text && bytes_of(message, dash.start, dash.end) == b"-"
        }
        [_] | [_, _] => between.iter().all(tight),
        _ => false,
    }
}

/// Groups that repeat are written once: `a <ok> b <ok> c <ok>` has the shape of `a <ok>`.
fn fold_repeats(message: &[u8], items: &mut Vec<Placed>) {
    for group in 2..=LONGEST_GROUP {
        let mut at = 0;
        while at + group * (REPEATS - 1) < items.len() {
            if let Some((start, end)) = repeats_at(message, items, at, group) {
                items.drain(start..end);
            }
            at += 1;
        }
    }
}

/// The items that repeat the group at a place, if it repeats often enough to be a list.
fn repeats_at(message: &[u8], items: &[Placed], at: usize, group: usize) -> Option<(usize, usize)> {
    let (front, back) = (items.get(at..)?, items.get(at + group..)?);
    let first = front.get(..group)?;
    // Without a hole nothing is folded, however long it repeats; so no run is measured in vain.
    let begins = is_same(message, first.first()?, back.first()?);
    if !begins || !first.iter().any(|placed| placed.item == Item::Hole) {
        return None;
    }
    let run = front.iter().zip(back).take_while(|(one, two)| is_same(message, one, two)).count();
    if run + 1 < group {
        return None;
    }
    let missing = (group - run % group) % group;
    // The last group may lack what parts it from the next.
    let separator = first.get(group - missing..)?;
    let is_separator = separator.iter().all(|placed| matches!(placed.item, Item::Blank | Item::Mark(_)));
    let (groups, kept) =
        if is_separator { ((run + missing) / group + 1, group - missing) } else { (run / group + 1, group) };
    let end = if is_separator { at + group + run } else { at + group + run / group * group };
    (groups >= REPEATS).then_some((at + kept, end))
}

fn is_same(message: &[u8], one: &Placed, two: &Placed) -> bool {
    let text = |placed: &Placed| bytes_of(message, placed.start, placed.end);
    one.item == two.item && (one.item != Item::Text || text(one) == text(two))
}

#[cfg(test)]
mod tests {
    use super::super::token::head;
    use super::*;

    fn check(message: &str, wanted: &str) {
        let mut skeletons = Skeletons::default();
        skeletons.read(head(message.as_bytes()), None);
        let shown = String::from_utf8_lossy(skeletons.text()).replace(char::from(HOLE), "*");
        assert_eq!(shown, wanted, "{message}");
    }

    #[test]
    fn what_is_data_becomes_a_hole() {
        let table: &[(&str, &str)] = &[
            ("Received block blk_-160 of size 67108864 from /10.0.0.1", "Received block * of size * from *"),
            ("open https://example.com/a?b=c&d=e, then close", "open *, then close"),
            ("GET /index.html?user=bob&x=y HTTP", "GET * HTTP"),
            ("at Sat Jun 11 03:28:22 PDT 2005 it stopped", "at * it stopped"),
            ("opened C:\\Windows\\winsxs\\core.dll, done", "opened *, done"),
            ("from 00:11:43:e3:ba:c3 via eth1", "from * via eth1"),
            ("bound to fe80::ba:fe:12:0a now", "bound to * now"),
            ("took 18 KB (1.2 KB) of it", "took * of it"),
            ("451 bytes (18.4 KB) sent, lifetime <1 sec", "* bytes sent, lifetime *"),
            ("451 bytes sent, lifetime 00:02", "* bytes sent, lifetime *"),
            ("overlap:false, open= true", "overlap:*, open=*"),
            ("true story", "true story"),
            ("logname= uid=0 tty=ssh", "logname=* uid=* tty=ssh"),
            ("call() with [] and \"\"", "call(*) with [*] and \"*\""),
            ("tag=\"View Lock\", ws=WorkSource{10113}", "tag=\"*\", ws=*"),
            ("host 'web1.prod' is 'not here'", "host '*' is 'not here'"),
            ("can't open 'a b'", "can't open 'a b'"),
            ("0|com.example|121|null|10", "*"),
            ("called by <bottom of stack> twice", "called by * twice"),
            ("if a < b then", "if a < b then"),
            ("bad node-1 0x1fc <ok> node-2 0x1fd <ok> node-7 0x1fe <ok>", "bad *"),
            ("(5) iar 1, (6) iar 2, (7) iar 3", "(*) iar *"),
            ("mail to root@example.com via mx.example.net:25", "mail to * via *"),
            ("a == b => c", "a == b => c"),
            ("::1 said \"GET /?p=3,4\" and \"GET / HTTP\"", "* said \"GET *\" and \"GET * HTTP\""),
            ("=====", "====="),
            ("interrupt......0", "interrupt..*"),
            ("", ""),
        ];
        for (message, wanted) in table {
            check(message, wanted);
        }
    }

    #[test]
    fn values_stand_in_the_order_of_the_holes() {
        let message = b"send 5 KB to 10.0.0.1:80, logname= in [a]";
        let mut skeletons = Skeletons::default();
        skeletons.read(message, None);
        let values: Vec<&[u8]> = skeletons.values(message).collect();
        assert_eq!(values, [&b"5 KB"[..], b"10.0.0.1:80", b""]);
    }

    /// Lines made to be slow: each takes well under a millisecond even without optimisation.
    #[test]
    fn no_line_is_slow() {
        let units = [
            "a:", "a b ", "()", "=x", "a://", "'", "\"a 1\"", "<a", "/a:", "1 <b> ", "(1 KB) ", "|1", "..",
            "1,x ",
        ];
        let began = std::time::Instant::now();
        for unit in units {
            let mut skeletons = Skeletons::default();
            let message = unit.repeat(4096 / unit.len());
            (0..10).for_each(|_| skeletons.read(head(message.as_bytes()), None));
        }
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    }

    #[test]
    fn a_chunk_can_be_opened() {
        let mut skeletons = Skeletons::default();
        skeletons.read(b"user bob left", Some(1));
        assert_eq!(skeletons.text(), b"user \x01 left");
    }
}
