//! The tokens of a message in, its skeleton out: constant text with holes.
//!
//! Rules about language and data, never about one log: what is written after `=`, between empty
//! brackets, behind a scheme, in a date or as `true` and `false` is data; values that stand side by
//! side are one value; groups that repeat are one group. The skeleton is a pure function of the
//! tokens as `token.rs` shows them, so lines with the same line key have the same skeleton.

mod compound;
mod fold;
mod reading;
mod values;

use std::ops::Range;

use super::token::{Chunk, Piece, Token, tokens};
use fold::fold_repeats;
use reading::Reading;

/// Stands for a hole in the text of a skeleton. Messages cannot hold it: control bytes are blanks.
pub(crate) const HOLE: u8 = 0x01;

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
    /// Reads the head of a message. `open` are chunks to take for values, a bit for each of the first.
    pub(crate) fn read(&mut self, message: &[u8], open: u32) {
        self.pieces.clear();
        tokens(message, &mut self.pieces);
        if open != 0 {
            self.open_chunks(open);
        }
        self.items = Reading::new(message, &self.pieces, std::mem::take(&mut self.items)).run();
        fold_repeats(message, &mut self.items);
        self.write(message);
    }

    fn open_chunks(&mut self, open: u32) {
        let chunks = self.pieces.iter_mut().filter(|piece| matches!(piece.token, Token::Chunk(_)));
        for (nth, piece) in chunks.take(u32::BITS as usize).enumerate() {
            if open & (1 << nth) != 0 {
                piece.token = Token::Chunk(Chunk::Opaque);
            }
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

    /// Where the holes lie in the message, in their order.
    pub(crate) fn holes(&self) -> impl Iterator<Item = Range<usize>> {
        let holes = self.items.iter().filter(|placed| placed.item == Item::Hole);
        holes.map(|placed| placed.start as usize..placed.end as usize)
    }
}

fn bytes_of(message: &[u8], start: u32, end: u32) -> &[u8] {
    message.get(start as usize..end as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::token::head;
    use super::*;

    fn check(message: &str, wanted: &str) {
        let mut skeletons = Skeletons::default();
        skeletons.read(head(message.as_bytes()), 0);
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
        skeletons.read(message, 0);
        let values: Vec<&[u8]> = skeletons.holes().map(|hole| &message[hole]).collect();
        assert_eq!(values, [&b"5 KB"[..], b"10.0.0.1:80", b""]);
    }

    #[test]
    fn chunks_can_be_opened() {
        let mut skeletons = Skeletons::default();
        skeletons.read(b"user bob left", 1 << 1);
        assert_eq!(skeletons.text(), b"user \x01 left");
        skeletons.read(b"user bob left the room", 1 << 1 | 1 << 4);
        assert_eq!(skeletons.text(), b"user \x01 left the \x01");
    }
}
