//! What could not be read, was left out or was assumed, in words for a user.
//!
//! Names of files are foreign text: they are escaped here, once, before anything shows them, so
//! that a name can neither move the cursor nor hide its ending.

use std::fmt;
use std::fmt::Write;
use std::path::Path;

/// How grave a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeKind {
    /// Everything was read; the user may want to know what was assumed.
    Noted,
    /// Left out on purpose: binary, hidden, a special file. No error.
    Skipped,
    /// Something that was asked for could not be read, wholly or in part.
    Unreadable,
}

/// One thing to tell about a source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Notice {
    /// The name of the source, fit to be shown: control characters are escaped.
    pub name: String,
    /// How grave it is.
    pub kind: NoticeKind,
    /// What was wrong and what was done; a remedy stands on a second line, after `hint: `.
    pub text: String,
}

impl Notice {
    pub(crate) fn new(kind: NoticeKind, name: impl Into<String>, text: impl Into<String>) -> Notice {
        Notice { name: name.into(), kind, text: text.into() }
    }
}

/// The name, a colon and the text.
impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.text)
    }
}

/// A path as it may be shown.
pub(crate) fn shown_path(path: &Path) -> String {
    shown(path.as_os_str().as_encoded_bytes())
}

/// A foreign name as it may be shown: lossy where it is no UTF-8, control characters escaped.
pub(crate) fn shown(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for character in String::from_utf8_lossy(name).chars() {
        push_shown(&mut text, character);
    }
    text
}

fn push_shown(text: &mut String, character: char) {
    if character.is_control() && u32::from(character) < 0x100 {
        let _ = write!(text, "\\x{:02x}", u32::from(character));
    } else if changes_direction(character) {
        let _ = write!(text, "\\u{{{:x}}}", u32::from(character));
    } else {
        text.push(character);
    }
}

/// Characters that turn the direction of writing, or are not seen, and so could disguise a name.
fn changes_direction(character: char) -> bool {
    matches!(u32::from(character), 0x200b..=0x200f | 0x2028..=0x202e | 0x2066..=0x2069 | 0xfeff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped() {
        let check = |name: &[u8], expected: &str| assert_eq!(shown(name), expected);
        check(b"app.log", "app.log");
        check("größe.log".as_bytes(), "größe.log");
        check(b"a\x1b[31mb", "a\\x1b[31mb");
        check(b"a\nb\x7f", "a\\x0ab\\x7f");
        check(b"\xff.log", "\u{fffd}.log");
        check("a\u{202e}gol".as_bytes(), "a\\u{202e}gol");
        check("a\u{85}b".as_bytes(), "a\\x85b");
    }
}
