//! A word and its neighbours in, whether the word is a value out.

use super::super::token::Token;
use super::super::words;
use super::reading::Reading;

impl Reading<'_> {
    pub(super) fn is_value(&self, at: usize) -> bool {
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
    pub(super) fn is_root(&self, at: usize) -> bool {
        let method = |word: &[u8]| word.len() >= 3 && word.iter().all(u8::is_ascii_uppercase);
        at > 1 && self.blank(at - 1) && self.word(at - 2).is_some_and(method)
    }

    /// `key=Word{5}`: what is assigned goes on to the closing bracket, if no blank comes before it.
    pub(super) fn assigned_structure(&self, at: usize) -> Option<usize> {
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
    pub(super) fn placeholder(&self, at: usize) -> Option<usize> {
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
    pub(super) fn is_listed(&self, at: usize) -> bool {
        let before = at > 1 && self.mark(at - 1) == Some(b'|') && self.opaque(at - 2);
        before || self.mark(at + 1) == Some(b'|') && self.opaque(at + 2)
    }

    /// `key=`, and not `==`, `=>`, `<=` or a ruler.
    pub(super) fn is_assignment(&self, at: usize) -> bool {
        let operator = |byte| matches!(byte, Some(b'=' | b'<' | b'>' | b'!' | b':'));
        let before = if at == 0 { None } else { self.mark(at - 1) };
        at > 0 && !operator(before) && !operator(self.mark(at + 1)) && !self.blank(at - 1)
    }

    /// Nothing stands where a value should.
    pub(super) fn is_nothing(&self, at: usize) -> bool {
        matches!(
            self.token(at),
            None | Some(Token::Blank | Token::Punctuation(b',' | b';' | b')' | b']' | b'}'))
        )
    }
}
