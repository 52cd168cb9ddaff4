//! The words of a set of skeletons, numbered by their content.
//!
//! Numbers follow the order of the bytes, not of arrival, so comparing numbers is comparing
//! content and every decision that rests on them is the same on every machine.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::{HashSet, HashTable};

use super::skeleton::HOLE;
use super::token::{DELIMITERS, is_soft};
use super::words;

/// The number of a token in its lexicon.
pub(crate) type TokenId = u32;

/// The hole.
pub(crate) const HOLE_ID: TokenId = 0;
/// A blank.
pub(crate) const BLANK: TokenId = 1;

/// The longest quoted text that counts as one word.
const LONGEST_QUOTE: usize = 120;

/// The most marks that close a field.
const LONGEST_CLOSE: usize = 8;

#[derive(Clone, Copy, Debug, Default)]
struct Traits {
    word: bool,
    identifier: bool,
    name: bool,
    soft: bool,
    open_key: bool,
    sign: bool,
    title: bool,
    verb: bool,
}

/// All tokens of a set of skeletons.
#[derive(Debug)]
pub(crate) struct Lexicon {
    texts: Vec<Box<[u8]>>,
    traits: Vec<Traits>,
    numbers: HashTable<TokenId>,
}

impl Lexicon {
    /// Collects the tokens of skeletons.
    pub(crate) fn of<'a>(skeletons: impl Iterator<Item = &'a [u8]>) -> Lexicon {
        let mut seen: HashSet<&[u8], FixedState> = HashSet::default();
        for text in skeletons {
            seen.extend(split(text).filter(|token| !matches!(**token, [HOLE] | [b' '])));
        }
        let mut seen: Vec<&[u8]> = seen.into_iter().collect();
        seen.sort_unstable();
        let fixed: [&[u8]; 2] = [&[HOLE], b" "];
        let texts: Vec<Box<[u8]>> = fixed.into_iter().chain(seen).map(Box::from).collect();
        let traits = texts.iter().map(|text| Traits::of(text)).collect();
        let mut numbers = HashTable::with_capacity(texts.len());
        let hash = |text: &[u8]| FixedState::default().hash_one(text);
        for (number, text) in texts.iter().enumerate() {
            let again = |number: &TokenId| texts.get(*number as usize).map_or(0, |text| hash(text));
            numbers.insert_unique(hash(text), number as TokenId, again);
        }
        Lexicon { texts, traits, numbers }
    }

    /// The tokens of a skeleton, all of which must have been collected.
    pub(crate) fn read(&self, text: &[u8]) -> Vec<TokenId> {
        split(text).map(|token| self.number(token)).collect()
    }

    fn number(&self, token: &[u8]) -> TokenId {
        match token {
            [HOLE] => HOLE_ID,
            [b' '] => BLANK,
            _ => {
                let hash = FixedState::default().hash_one(token);
                self.numbers.find(hash, |number| self.text(*number) == token).copied().unwrap_or(HOLE_ID)
            }
        }
    }

    /// The bytes of a token.
    pub(crate) fn text(&self, token: TokenId) -> &[u8] {
        self.texts.get(token as usize).map_or(b"", |text| text)
    }

    /// The text of a template.
    pub(crate) fn write(&self, tokens: &[TokenId]) -> Vec<u8> {
        tokens.iter().flat_map(|token| self.text(*token)).copied().collect()
    }

    fn traits(&self, token: TokenId) -> Traits {
        self.traits.get(token as usize).copied().unwrap_or_default()
    }

    /// A word, and not a hole, blank or delimiter.
    pub(crate) fn is_word(&self, token: TokenId) -> bool {
        self.traits(token).word
    }

    /// A name that programs make.
    pub(crate) fn is_identifier(&self, token: TokenId) -> bool {
        self.traits(token).identifier
    }

    /// A name of three parts or more, such as `org.example.Main`.
    pub(crate) fn is_name(&self, token: TokenId) -> bool {
        self.traits(token).name
    }

    /// A word that begins with a capital letter and goes on in small ones.
    pub(crate) fn is_title(&self, token: TokenId) -> bool {
        self.traits(token).title
    }

    /// A form of a verb, which is part of what a message says.
    pub(crate) fn is_verb_form(&self, token: TokenId) -> bool {
        self.traits(token).verb
    }

    /// A key whose values are an open set.
    pub(crate) fn names_open_set(&self, token: TokenId) -> bool {
        self.traits(token).open_key
    }

    /// That delimiter.
    pub(crate) fn is_mark(&self, token: TokenId, byte: u8) -> bool {
        self.text(token) == [byte]
    }

    /// Words that differ in their last digit alone.
    pub(crate) fn are_numbered(&self, words: &[TokenId]) -> bool {
        let stem = |word: &TokenId| self.text(*word).split_last().map(|(_, stem)| stem);
        let mut stems = words.iter().map(stem);
        let first = stems.next().flatten();
        words.iter().all(|word| self.traits(*word).soft) && first.is_some() && stems.all(|stem| stem == first)
    }

    /// The fields between blanks: where each begins, and where its core ends before closing marks.
    pub(crate) fn fields(&self, tokens: &[TokenId]) -> Vec<(usize, usize)> {
        let mut fields = Vec::new();
        let mut start = 0;
        for field in tokens.split(|token| *token == BLANK) {
            fields.push((start, start + self.core(field)));
            start += field.len() + 1;
        }
        fields
    }

    /// How many tokens of a field stand before the marks that close it.
    fn core(&self, field: &[TokenId]) -> usize {
        let mut length = field.len();
        let least = length.saturating_sub(LONGEST_CLOSE);
        while length > least
            && let Some(last) = length.checked_sub(1).and_then(|at| field.get(at))
        {
            let opener: &[u8] = match self.text(*last) {
                b")" => b"(",
                b"]" => b"[",
                b"}" => b"{",
                b"," | b";" | b":" | b"." | b"\"" | b"'" => b"",
                _ => break,
            };
            let inside = field.get(..length - 1).unwrap_or_default();
            if !opener.is_empty() && inside.iter().any(|token| self.text(*token) == opener) {
                break;
            }
            length -= 1;
        }
        length
    }

    /// Makes one hole of holes with nothing but glue between them.
    pub(crate) fn collapse(&self, tokens: &mut Vec<TokenId>) {
        if tokens.iter().filter(|token| **token == HOLE_ID).count() < 2 {
            return;
        }
        let mut made: Vec<TokenId> = Vec::with_capacity(tokens.len());
        for token in tokens.drain(..) {
            if token == HOLE_ID
                && let Some(before) = made.iter().rposition(|had| *had == HOLE_ID)
                && self.is_glue(made.get(before + 1..).unwrap_or_default())
            {
                made.truncate(before + 1);
            } else {
                made.push(token);
            }
        }
        *tokens = made;
    }

    fn is_glue(&self, between: &[TokenId]) -> bool {
        let tight = |token: &TokenId| {
            matches!(self.text(*token), b":" | b"," | b"|" | b"..") || self.traits(*token).sign
        };
        match between {
            [] | [BLANK] => true,
            [comma, BLANK] if self.is_mark(*comma, b',') => true,
            [BLANK, dash, BLANK] => self.is_mark(*dash, b'-'),
            [_] | [_, _] => between.iter().all(tight),
            _ => false,
        }
    }
}

impl Traits {
    fn of(text: &[u8]) -> Traits {
        let delimiter =
            matches!(text, [HOLE] | b"..") || matches!(text, [byte] if DELIMITERS[usize::from(*byte)]);
        let sign = !delimiter && words::is_sign(text);
        let word = !delimiter && !sign;
        let parts = text.split(|byte| matches!(byte, b'.' | b'/')).filter(|part| !part.is_empty()).count();
        let small =
            text.get(1..).is_some_and(|rest| !rest.is_empty() && rest.iter().all(u8::is_ascii_lowercase));
        Traits {
            word,
            sign,
            identifier: word && words::is_identifier(text),
            name: word && parts >= 3 && !text.contains(&b' '),
            soft: word && is_soft(text),
            verb: word && words::is_verb_form(text),
            open_key: word && words::names_open_set(text),
            title: word && small && text.first().is_some_and(u8::is_ascii_uppercase),
        }
    }
}

/// The tokens of a skeleton's text.
pub(crate) fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let before = at.checked_sub(1).and_then(|place| text.get(place)).copied();
        let length = token_length(rest, before);
        at += length;
        rest.get(..length)
    })
}

fn token_length(rest: &[u8], before: Option<u8>) -> usize {
    match rest {
        [quote @ (b'"' | b'\''), ..] if before.is_none_or(opens_quote) => {
            quoted_length(rest, *quote).unwrap_or(1)
        }
        [b'.', b'.', ..] => 2,
        [byte, ..] if is_single(*byte) => 1,
        _ => {
            let ends = |at: &usize| match rest.get(*at..).unwrap_or_default() {
                [b'.', b'.', ..] => true,
                [byte, ..] => is_single(*byte),
                [] => true,
            };
            (1..rest.len()).find(ends).unwrap_or(rest.len())
        }
    }
}

fn is_single(byte: u8) -> bool {
    DELIMITERS[usize::from(byte)]
}

fn opens_quote(before: u8) -> bool {
    is_single(before) && before != HOLE
}

/// Several words in quotes, without a hole, are one word.
fn quoted_length(rest: &[u8], quote: u8) -> Option<usize> {
    let inside = rest.get(1..)?;
    let length = inside.iter().take(LONGEST_QUOTE).position(|byte| *byte == quote)?;
    let inside = inside.get(..length)?;
    (inside.contains(&b' ') && !inside.contains(&HOLE)).then_some(length + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_a_skeleton() {
        let found: Vec<&[u8]> = split(b"a 'b c' d=\x01, can't..").collect();
        let wanted: Vec<&[u8]> =
            vec![b"a", b" ", b"'b c'", b" ", b"d", b"=", b"\x01", b",", b" ", b"can", b"'", b"t", b".."];
        assert_eq!(found, wanted);
    }
}
