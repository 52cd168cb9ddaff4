//! The tokens of a message in, its holes out, where the rules have read a message of its line key.
//!
//! Equal line keys (`scan.rs`) mean the same tokens in the same order, only longer or shorter ones.
//! The rules of a skeleton look at nothing else, so a hole that reaches from the third token to the
//! fifth in one message does so in all of them. Finding where tokens end is much cheaper than
//! applying the rules again.

use std::ops::Range;

use super::token::DELIMITERS;

/// Line keys that are remembered at most.
const LAYOUTS: usize = 1 << 11;
/// Room for so many is there at first: most logs of a folder of very many are short.
const AT_FIRST: usize = 1 << 5;
/// Holes of a layout; a message with more of them is read by the rules.
const HOLES: usize = 12;

/// The holes of the messages of a line key. One line of the processor's cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Layout {
    key: u64,
    place: u32,
    count: u8,
    /// From the border before a token to the border behind another.
    holes: [(u16, u16); HOLES],
}

const UNKNOWN: Layout = Layout { key: 0, place: u32::MAX, count: 0, holes: [(0, 0); HOLES] };

/// Layouts of line keys seen lately. They take memory from the first one on, and more as they get into each other's
/// way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layouts {
    known: Vec<Layout>,
    borders: Vec<u16>,
}

impl Layouts {
    /// The place of the skeleton of a line key, and the holes of a message that has it.
    pub(crate) fn find(
        &mut self,
        key: u64,
        message: &[u8],
    ) -> Option<(u32, impl Iterator<Item = Range<usize>> + '_)> {
        let layout = self.known.get(self.index(key)).filter(|layout| layout.key == key)?;
        if layout.place == u32::MAX {
            return None;
        }
        borders(message, &mut self.borders);
        let (end, found) = (message.len(), &self.borders);
        let border = move |nth: u16| found.get(usize::from(nth)).map_or(end, |at| usize::from(*at));
        let holes = layout.holes.iter().take(usize::from(layout.count));
        Some((layout.place, holes.map(move |(start, end)| border(*start)..border(*end))))
    }

    /// Notes the holes of a message for all that have its line key.
    pub(crate) fn note(
        &mut self,
        key: u64,
        place: u32,
        message: &[u8],
        holes: impl Iterator<Item = Range<usize>>,
    ) {
        borders(message, &mut self.borders);
        let mut layout = Layout { key, place, ..UNKNOWN };
        for hole in holes {
            let Some(into) = layout.holes.get_mut(usize::from(layout.count)) else { return };
            let border = |at: usize| self.borders.binary_search(&(at as u16)).ok();
            // Every hole begins and ends with a token.
            let (Some(start), Some(end)) = (border(hole.start), border(hole.end)) else { return };
            *into = (start as u16, end as u16);
            layout.count += 1;
        }
        if self.known.is_empty() {
            self.known = vec![UNKNOWN; AT_FIRST];
        }
        while self.is_taken(key) && self.known.len() < LAYOUTS {
            self.grow();
        }
        self.put(layout);
    }

    /// Whether another line key is in the way.
    fn is_taken(&self, key: u64) -> bool {
        self.known.get(self.index(key)).is_some_and(|layout| layout.place != u32::MAX && layout.key != key)
    }

    fn grow(&mut self) {
        let larger = vec![UNKNOWN; self.known.len() * 4];
        let before = std::mem::replace(&mut self.known, larger);
        before.into_iter().filter(|layout| layout.place != u32::MAX).for_each(|layout| self.put(layout));
    }

    fn put(&mut self, layout: Layout) {
        let index = self.index(layout.key);
        if let Some(slot) = self.known.get_mut(index) {
            *slot = layout;
        }
    }

    /// Their number is a power of two, or none.
    #[inline]
    fn index(&self, key: u64) -> usize {
        key as usize & self.known.len().wrapping_sub(1)
    }

    /// Forgets the places of skeletons, which have changed.
    pub(crate) fn forget(&mut self) {
        self.known.fill(UNKNOWN);
    }

    /// Heap bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.known.len() * size_of::<Layout>()
    }
}

/// Where the tokens of a message begin (see `token.rs`), and where it ends.
fn borders(message: &[u8], into: &mut Vec<u16>) {
    into.clear();
    let mut before = Class::None;
    let mut rest = message;
    let mut at = 0;
    while let [byte, tail @ ..] = rest {
        let class = class_of(*byte, tail, before);
        if class != before || class == Class::Mark {
            into.push(at);
        }
        (before, rest, at) = (class, tail, at + 1);
    }
    into.push(at);
}

/// What a byte belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    None,
    Chunk,
    Blank,
    Mark,
    Dots,
}

#[inline(always)]
fn class_of(byte: u8, tail: &[u8], before: Class) -> Class {
    match byte {
        b'.' if before == Class::Dots || tail.first() == Some(&b'.') => Class::Dots,
        0..=b' ' => Class::Blank,
        _ if DELIMITERS[usize::from(byte)] => Class::Mark,
        _ => Class::Chunk,
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::Scan;
    use super::super::skeleton::Skeletons;
    use super::super::token::{head, tokens};
    use super::*;
    use proptest::prelude::*;

    fn message() -> impl Strategy<Value = Vec<u8>> {
        let pieces = vec![
            "a",
            "word",
            "eth0",
            "jk2_init",
            "12",
            "0x1f",
            "10.0.0.1",
            "/var/log",
            "//host/x",
            "..",
            ".",
            "...",
            "-",
            " ",
            " ",
            "  ",
            "\t",
            "=",
            ":",
            ",",
            "(",
            ")",
            "'",
            "\"",
            "<",
            ">",
            "[",
            "]",
            "{",
            "}",
            "|",
            "?",
            "!",
            "\\",
            "é",
            "http",
            "true",
            "Jun",
            "Sat",
            "ba",
            "KB",
            "sec",
            "longer_than_eight_bytes",
            "b5",
            "@",
            "GET",
            "/",
            "node-1 <ok> node-2 <ok> node-3 <ok>",
        ];
        prop::collection::vec(prop::sample::select(pieces), 0..40)
            .prop_map(|pieces| pieces.concat().into_bytes())
    }

    fn key(message: &[u8]) -> u64 {
        let mut scan = Scan::default();
        scan.read(message);
        scan.key
    }

    fn holes(message: &[u8]) -> Vec<Range<usize>> {
        let mut skeletons = Skeletons::default();
        skeletons.read(message, 0);
        skeletons.holes().collect()
    }

    proptest! {
        #[test]
        fn borders_are_those_of_the_tokenizer(message in prop_oneof![message(), prop::collection::vec(any::<u8>(), 0..200)]) {
            let message = head(&message);
            let (mut pieces, mut found) = (Vec::new(), Vec::new());
            tokens(message, &mut pieces);
            borders(message, &mut found);
            let wanted: Vec<u16> = pieces.iter().map(|piece| piece.start as u16).chain([message.len() as u16]).collect();
            prop_assert_eq!(found, wanted);
        }

        /// Values are replaced by others of the same look: where the line key stays, the layout must.
        #[test]
        fn equal_keys_mean_equal_layouts(message in message(), seed in any::<u64>()) {
            let mut random = seed;
            let mut other = Vec::new();
            for byte in &message {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                match (random >> 60, byte) {
                    (0..4, b'0'..=b'9') => other.extend_from_slice(b"77".get(..(random >> 33) as usize % 3).unwrap()),
                    (4..6, b'0'..=b'9') => other.push(b'a' + (random >> 33) as u8 % 26),
                    (6, b' ') => other.extend_from_slice(b"\t  "),
                    (7, b'.') => other.extend_from_slice(b".."),
                    _ => other.push(*byte),
                }
            }
            let (one, two) = (head(&message), head(&other));
            let mut layouts = Layouts::default();
            layouts.note(key(one), 5, one, holes(one).into_iter());
            if let Some((place, found)) = layouts.find(key(two), two) {
                prop_assert_eq!((place, found.collect::<Vec<_>>()), (5, holes(two)));
            } else if holes(one).len() <= HOLES {
                prop_assert_ne!(key(one), key(two));
            }
        }
    }

    #[test]
    fn values_of_another_length_move_the_holes() {
        let mut layouts = Layouts::default();
        let (one, two) =
            (b"send 5 KB to 10.0.0.1, logname= in [a]", b"send  512 KB to fe80:1, logname= in [a]");
        layouts.note(1, 0, one, holes(one).into_iter());
        let shown: Vec<&[u8]> =
            layouts.find(1, two).map(|(_, holes)| holes.map(|hole| &two[hole]).collect()).unwrap_or_default();
        assert_ne!(key(one), key(two));
        assert_eq!(shown[0], b"512 KB");
        assert!(layouts.find(2, two).is_none());
        layouts.forget();
        assert!(layouts.find(1, two).is_none());
    }
}
