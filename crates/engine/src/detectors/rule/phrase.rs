//! A phrase of a rule in, where it stands in a text out. `*` stands for anything within the line.
//!
//! A phrase is looked for without regard to case and as whole words: `log in` is not found in `blog inside`. A `*` at
//! an end lifts that: `deadlock*` finds `deadlocks`. The time is linear in the text: each part is looked for once, from
//! where the one before ended.

use memchr::memmem::Finder;

/// A phrase, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Phrase {
    parts: Vec<Finder<'static>>,
    /// It must begin, or end, where a word does.
    begins: bool,
    ends: bool,
    /// It stands at the beginning of the text.
    anchored: bool,
    /// The longest stretch, with every digit as `0`, by which it is found.
    pub(super) trigger: Vec<u8>,
    /// Its match depends on digits.
    pub(super) has_digits: bool,
}

/// The shortest stretch that a phrase may be found by.
pub(super) const SHORTEST: usize = 3;

impl Phrase {
    /// Takes a phrase apart; nothing where there is too little to look for.
    pub(super) fn of(words: &str) -> Option<Phrase> {
        let lower = words.to_ascii_lowercase();
        let parts: Vec<&str> = lower.split('*').collect();
        let begins = parts.first().is_some_and(|part| !part.is_empty());
        let ends = parts.last().is_some_and(|part| !part.is_empty());
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Phrase::of_parts(&parts, begins, ends)
    }

    /// The fixed text of a template, with anything in its slots.
    pub(super) fn of_template(text: &str) -> Option<Phrase> {
        let lower = text.to_ascii_lowercase();
        let mut parts: Vec<&str> = Vec::new();
        let mut rest = lower.as_str();
        let begins = !rest.starts_with('<');
        while let Some((before, (_, after))) =
            rest.split_once('<').and_then(|(before, slot)| Some((before, slot.split_once('>')?)))
        {
            parts.push(before);
            rest = after;
        }
        parts.push(rest);
        parts.retain(|part| !part.is_empty());
        let phrase = Phrase::of_parts(&parts, begins, !rest.is_empty())?;
        Some(Phrase { anchored: begins, ..phrase })
    }

    fn of_parts(parts: &[&str], begins: bool, ends: bool) -> Option<Phrase> {
        let trigger = without_digits(parts.iter().max_by_key(|part| part.len())?.as_bytes());
        let word = |part: Option<&&str>, last: bool| {
            let byte = part.and_then(|part| if last { part.bytes().last() } else { part.bytes().next() });
            byte.is_some_and(is_word)
        };
        Some(Phrase {
            begins: begins && word(parts.first(), false),
            ends: ends && word(parts.last(), true),
            anchored: false,
            has_digits: parts.iter().any(|part| part.bytes().any(|byte| byte.is_ascii_digit())),
            parts: parts.iter().map(|part| Finder::new(part.as_bytes()).into_owned()).collect(),
            trigger,
        })
        .filter(|phrase| is_found_by(&phrase.trigger))
    }

    /// Whether it has but one part, which is the stretch that it is found by.
    pub(super) fn is_of_one_part(&self) -> bool {
        self.parts.len() == 1
    }

    /// Whether the stretch that it is found by must begin, and end, where a word does.
    pub(super) fn bound(&self) -> [bool; 2] {
        [self.begins, self.ends].map(|is_bound| is_bound && self.is_of_one_part())
    }

    /// Whether it is in a line, which is in lower case.
    fn is_in_line(&self, line: &[u8]) -> bool {
        let Some((first, rest)) = self.parts.split_first() else { return false };
        let mut from = 0;
        while let Some(at) = find(first, line, from) {
            let begun = at + first.needle().len();
            let fits = !self.begins || !is_word_before(line, at);
            if fits && self.goes_on(rest, line, begun) {
                return true;
            }
            // What follows is the same from every later beginning on: only the first one that fits need be tried.
            if self.anchored || (fits && !rest.is_empty()) {
                return false;
            }
            from = at + 1;
        }
        false
    }

    /// Whether the other parts follow. The last is tried at all its places, since only one may end with a word.
    fn goes_on(&self, rest: &[Finder<'static>], line: &[u8], mut from: usize) -> bool {
        let ended = |end: usize| !self.ends || !line.get(end).copied().is_some_and(is_word);
        let Some((last, middle)) = rest.split_last() else { return ended(from) };
        for part in middle {
            let Some(at) = find(part, line, from) else { return false };
            from = at + part.needle().len();
        }
        while let Some(at) = find(last, line, from) {
            if ended(at + last.needle().len()) {
                return true;
            }
            from = at + 1;
        }
        false
    }

    /// Whether it is in a text, which is in lower case. It does not reach over the end of a line.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        if self.anchored {
            let begins = |line: &[u8]| {
                let first = self.parts.first().map_or(&b""[..], Finder::needle);
                line.starts_with(first) && self.is_in_line(line)
            };
            return text.split(|byte| *byte == b'\n').any(begins);
        }
        if self.parts.len() == 1 {
            return self.is_in_line(text);
        }
        text.split(|byte| *byte == b'\n').any(|line| self.is_in_line(line))
    }
}

/// Every digit as `0`: what is looked for in messages that differ in their digits only.
pub(super) fn without_digits(text: &[u8]) -> Vec<u8> {
    text.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }).collect()
}

/// Whether a stretch is long enough, and more than a number.
pub(super) fn is_found_by(stretch: &[u8]) -> bool {
    stretch.len() >= SHORTEST && stretch.iter().any(|byte| !byte.is_ascii_digit())
}

fn find(finder: &Finder<'_>, line: &[u8], from: usize) -> Option<usize> {
    Some(finder.find(line.get(from..)?)? + from)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

fn is_word_before(line: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| line.get(before)).copied().is_some_and(is_word)
}

/// Whether a name is like a pattern with `*` and `?`, whatever the case.
pub(crate) fn is_like(pattern: &[u8], name: &[u8]) -> bool {
    let same = |one: u8, other: u8| one == b'?' || one.eq_ignore_ascii_case(&other);
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = name.get(place) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at + 1, place));
                at += 1;
            }
            Some(wanted) if same(*wanted, *byte) => (at, place) = (at + 1, place + 1),
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    (at, place) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_whole_words() {
        let table: &[(&str, &str, bool)] = &[
            ("log in", "blog inside", false),
            ("log in", "cannot log in: x", true),
            ("deadlock", "two deadlocks", false),
            ("deadlock*", "two deadlocks", true),
            ("*exception", "a NullPointerException here", true),
            ("*exception", "exceptional", false),
            ("password for * from", "Failed password for root from ::1", true),
            ("password for * from", "password for root\nfrom ::1", false),
            ("password for * from", "from password for", false),
            ("a b * c", "xa b a b x c", true),
            ("%2e%2e/", "get /%2e%2e/x", true),
            ("out of memory:", "Out of memory: Killed", true),
            ("error 5*", "error 55", true),
            ("[errno 28]", "OSError: [Errno 28] No space", true),
            ("on * error", "on errors on error", true),
        ];
        for (phrase, text, wanted) in table {
            let found = Phrase::of(phrase).map(|phrase| phrase.is_in(text.to_ascii_lowercase().as_bytes()));
            assert_eq!(found, Some(*wanted), "{phrase} in {text}");
        }
        for phrase in ["", "*", "12", "a * b", "5*5"] {
            assert!(Phrase::of(phrase).is_none(), "{phrase}");
        }
    }

    #[test]
    fn a_template_is_found_from_its_beginning() {
        let phrase = Phrase::of_template("Connection from <ip> closed after <number> ms").unwrap();
        assert!(phrase.is_in(b"connection from 10.0.0.1 closed after 5 ms"));
        assert!(!phrase.is_in(b"a connection from 10.0.0.1 closed after 5 ms"));
        assert!(!phrase.is_in(b"connection from 10.0.0.1 opened"));
    }

    #[test]
    fn names_are_like_patterns() {
        assert!(is_like(b"web-*", b"WEB-1") && is_like(b"*", b"") && is_like(b"a?c*", b"abcd"));
        assert!(!is_like(b"web-?", b"web-12") && !is_like(b"", b"a"));
        // Many stars cost no more than the product of both lengths.
        let (stars, letters) = ("*a".repeat(200) + "b", "a".repeat(4000));
        assert!(!is_like(stars.as_bytes(), letters.as_bytes()));
    }
}
