//! Words, brackets and blanks of a line, as inference looks at them.

use crate::records::level::Level;

pub(super) fn word_of(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|byte| is_blank(*byte)).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

pub(super) fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| is_blank(*byte)).filter(|word| !word.is_empty())
}

pub(super) fn columns_in(text: &[u8]) -> usize {
    words(text).count()
}

pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

pub(super) fn leading_blanks(rest: &[u8]) -> usize {
    rest.iter().take_while(|byte| is_blank(**byte)).count()
}

/// The level word that a word begins with, `[INFO]` and `warn[17]:` among them.
pub(super) fn level_word(word: &[u8]) -> Option<&[u8]> {
    let start = word.iter().take_while(|byte| matches!(byte, b'[' | b'(' | b'<' | b'{')).count();
    let inside = word.get(start..)?;
    let length = inside.iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte >= 0x80).count();
    let (core, after) = inside.split_at(length);
    let ends = after.first().is_none_or(|byte| b":,])>}|;[(/".contains(byte));
    (ends && Level::from_word(core).is_some()).then_some(core)
}

/// A single letter that may mean a level.
pub(super) fn level_letter(word: &[u8]) -> Option<&[u8]> {
    let start = word.iter().take_while(|byte| matches!(byte, b'[' | b'(' | b'<')).count();
    let core = word.get(start..=start)?;
    let ends = word.get(start + 1).is_none_or(|byte| b":,])>|;/".contains(byte));
    let means_level = |letter: &u8| letter.is_ascii_uppercase() && Level::from_letter(*letter).is_some();
    (ends && core.first().is_some_and(means_level)).then_some(core)
}

/// Whether letters are levels: several of them, or one that is no word of its own.
pub(super) fn are_levels(letters: &[&[u8]]) -> bool {
    let usual = letters.iter().any(|letter| matches!(letter, [b'I' | b'D' | b'W' | b'E']));
    let several = letters.iter().any(|letter| Some(letter) != letters.first());
    usual && (several || matches!(letters.first(), Some([b'I' | b'D'])))
}

/// What stands in the bracket that `rest` begins with.
pub(super) fn inside_brackets(rest: &[u8]) -> Option<&[u8]> {
    let open = *rest.first()?;
    let close = closing(open)?;
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

pub(super) fn closing(open: u8) -> Option<u8> {
    match open {
        b'[' => Some(b']'),
        b'(' => Some(b')'),
        b'<' => Some(b'>'),
        b'{' => Some(b'}'),
        _ => None,
    }
}

pub(super) fn is_number(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"-").unwrap_or(word);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// Digits, a point, digits: seconds since the start.
pub(super) fn is_uptime(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| *byte == b'.');
    let digits = |part: Option<&[u8]>| part.is_some_and(|part| !part.starts_with(b"-") && is_number(part));
    digits(parts.next()) && digits(parts.next()) && parts.next().is_none()
}

/// A hexadecimal number or a UUID.
pub(super) fn is_identifier(word: &[u8]) -> bool {
    word.len() >= 8
        && word.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
        && word.iter().any(u8::is_ascii_digit)
}

/// `main.go:41`, perhaps with a colon behind.
pub(super) fn is_source(word: &[u8]) -> bool {
    let word = word.strip_suffix(b":").unwrap_or(word);
    let Some(colon) = memchr::memrchr(b':', word) else { return false };
    let (file, line) = word.split_at(colon);
    is_number(line.get(1..).unwrap_or_default()) && file.contains(&b'.') && !file.starts_with(b"/")
}

/// A dotted name, as loggers have.
pub(super) fn is_dotted(word: &[u8]) -> bool {
    word.contains(&b'.') && word.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._$-:/".contains(byte))
}

/// The key of `key=`.
pub(super) fn key_of(word: &[u8]) -> Option<&[u8]> {
    let equals = memchr::memchr(b'=', word)?;
    let key = word.get(..equals)?;
    let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.".contains(byte);
    (!key.is_empty() && key.iter().all(is_key)).then_some(key)
}

pub(super) fn most_common<T: Ord + Clone>(items: impl Iterator<Item = T>) -> Option<T> {
    let mut sorted: Vec<T> = items.collect();
    sorted.sort();
    sorted.chunk_by(|a, b| a == b).max_by_key(|run| run.len()).and_then(|run| run.first().cloned())
}

pub(super) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
