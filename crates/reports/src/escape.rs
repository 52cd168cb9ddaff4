//! Foreign text in, text out that a terminal or a JSON reader can be trusted with.
//!
//! Log lines and file names are written by strangers. An escape sequence in them could write the
//! clipboard of whoever reads the report, a bidirectional mark could show a name that is not the
//! name, a zero-width character could hide one. None of them passes: they are shown by their code.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character could do more than show itself: controls (C0, DEL, C1), marks that change the
/// direction of text, and characters that cannot be seen.
pub fn is_unsafe(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}'
        | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// The text with every unsafe character written as `\n`, `\t`, `\x1b` or `\u{202e}`.
///
/// A backslash stays as it is, since paths of other systems are full of them.
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        push_shown(character, &mut shown);
    }
    Cow::Owned(shown)
}

fn push_shown(character: char, shown: &mut String) {
    let code = u32::from(character);
    // Writing to a string cannot fail.
    let _ = match character {
        '\n' => shown.write_str("\\n"),
        '\r' => shown.write_str("\\r"),
        '\t' => shown.write_str("\\t"),
        _ if !is_unsafe(character) => shown.write_char(character),
        _ if code < 0x100 => write!(shown, "\\x{code:02x}"),
        _ => write!(shown, "\\u{{{code:x}}}"),
    };
}

/// The text with every `##[`, `##vso[` or the like broken: runners of builds take them for commands wherever they
/// stand in a line that a step prints.
pub(crate) fn without_commands(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("##") {
        let signs = rest[start..].bytes().take_while(|byte| *byte == b'#').count();
        let (before, from) = rest.split_at(start + signs);
        let word = from.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(from.len());
        let (word, after) = from.split_at(word);
        shown.push_str(before);
        shown.push_str(word);
        if after.starts_with('[') {
            shown.push('\\');
        }
        rest = after;
    }
    shown + rest
}

/// Appends a character as one or two `\u` escapes of JSON.
pub(crate) fn push_json_escape(character: char, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut units = [0u16; 2];
    for unit in character.encode_utf16(&mut units) {
        out.extend_from_slice(b"\\u");
        for shift in [12, 8, 4, 0] {
            out.push(HEX[usize::from(*unit >> shift & 15)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, shown: &str) {
        assert_eq!(for_terminal(text), shown);
    }

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(for_terminal("/var/log/größe.log"), Cow::Borrowed(_)));
        check("C:\\logs\\日本.log", "C:\\logs\\日本.log");
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown_by_its_code() {
        check("a\x1b]52;c;AA\x07b", "a\\x1b]52;c;AA\\x07b");
        check("line\r\nnext\t", "line\\r\\nnext\\t");
        check("\u{9b}31m\u{7f}", "\\x9b31m\\x7f");
        check("exe\u{202e}gol", "exe\\u{202e}gol");
        check("a\u{200b}b\u{feff}c\u{e0041}", "a\\u{200b}b\\u{feff}c\\u{e0041}");
    }

    #[test]
    fn every_format_character_below_the_letters_is_caught() {
        for code in (0..0x20).chain(0x7f..0xa0) {
            let character = char::from_u32(code).unwrap();
            assert!(is_unsafe(character), "{code:x}");
        }
        for harmless in ['a', 'é', 'ß', '\u{301}', '한', '→', '🦀'] {
            assert!(!is_unsafe(harmless), "{harmless}");
        }
    }

    #[test]
    fn commands_of_build_runners_are_broken() {
        assert_eq!(
            without_commands("a ##[add-mask]x ##vso[task] ###[b"),
            "a ##\\[add-mask]x ##vso\\[task] ###\\[b"
        );
        assert_eq!(without_commands("# a ## b ##"), "# a ## b ##");
    }

    #[test]
    fn json_escapes_are_pairs_above_the_first_plane() {
        let mut out = Vec::new();
        push_json_escape('\u{e0041}', &mut out);
        push_json_escape('\u{9b}', &mut out);
        assert_eq!(out, b"\\udb40\\udc41\\u009b");
    }
}
