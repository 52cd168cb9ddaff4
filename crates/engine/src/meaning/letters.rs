//! Bytes in, the bounds of words out: letters of any script, parts of identifiers, CJK letters one by one.
//!
//! `IOException`, `connection_refused` and `org.example.Failed` are words like those of a sentence.
//! Chinese and Japanese write no blanks, so each of their letters may begin a word.

/// No word of the list is as long; longer runs of letters are taken in pieces.
const LONGEST: usize = 64;

/// The length of the letter at a place, `None` where there is none.
fn letter_length(line: &[u8], at: usize) -> Option<usize> {
    let byte = *line.get(at)?;
    let length = match byte {
        b'a'..=b'z' | b'A'..=b'Z' => return Some(1),
        0xC3..=0xDF => 2,
        0xE3 if line.get(at + 1) == Some(&0x80) => return None,
        0xE0 | 0xE1 | 0xE3..=0xED => 3,
        _ => return None,
    };
    Some(length.min(line.len() - at))
}

/// How many bytes at a place are no part of a word, `None` where one begins or the line ends.
pub(super) fn gap_length(line: &[u8], at: usize) -> Option<usize> {
    let byte = *line.get(at)?;
    if letter_length(line, at).is_some() {
        return None;
    }
    let length = match byte {
        0xC2 => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    };
    Some(length.min(line.len() - at))
}

/// Whether the letter at a place is a word by itself.
fn stands_alone(line: &[u8], at: usize) -> bool {
    matches!(line.get(at), Some(0xE3..=0xED))
}

/// The end of the word, or of the rest of it, that begins at a place.
pub(super) fn word_end(line: &[u8], start: usize) -> usize {
    let mut at = start;
    while at < start + LONGEST {
        let Some(length) = letter_length(line, at) else { break };
        if at > start && is_boundary(line, at) {
            break;
        }
        at += length;
    }
    at
}

/// Whether a word may end or begin at a place behind a letter.
pub(super) fn is_boundary(line: &[u8], at: usize) -> bool {
    if letter_length(line, at).is_none() || stands_alone(line, at) {
        return true;
    }
    let before = at.checked_sub(1).and_then(|before| line.get(before)).copied().unwrap_or_default();
    if before >= 0x80 {
        return at.checked_sub(3).is_some_and(|before| stands_alone(line, before));
    }
    let here = line.get(at).copied().unwrap_or_default();
    here.is_ascii_uppercase() && (before.is_ascii_lowercase() || begins_small(line, at))
}

/// Whether a word of small letters begins with this capital: `E` in `IOException`, not `R` in `ERRORs`.
fn begins_small(line: &[u8], at: usize) -> bool {
    let small = |place: usize| line.get(place).is_some_and(u8::is_ascii_lowercase);
    small(at + 1) && (small(at + 2) || line.get(at + 1) != Some(&b's'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let (line, mut at, mut words) = (text.as_bytes(), 0, Vec::new());
        while at < line.len() {
            match gap_length(line, at) {
                Some(length) => at += length,
                None => {
                    let end = word_end(line, at);
                    words.push(&text[at..end]);
                    at = end;
                }
            }
        }
        words
    }

    #[test]
    fn words_of_sentences_and_identifiers() {
        let table: &[(&str, &[&str])] = &[
            ("IOException: no-such_file", &["IO", "Exception", "no", "such", "file"]),
            ("org.example.HTTPServer2Error", &["org", "example", "HTTP", "Server", "Error"]),
            ("two ERRORs, IDs", &["two", "ERRORs", "IDs"]),
            ("Zeitüberschreitung beim Öffnen", &["Zeitüberschreitung", "beim", "Öffnen"]),
            ("连接失败error", &["连", "接", "失", "败", "error"]),
            ("“error” — done。", &["error", "done"]),
            ("don't", &["don", "t"]),
            ("", &[]),
        ];
        for (text, wanted) in table {
            assert_eq!(words(text), *wanted, "{text}");
        }
    }

    #[test]
    fn a_run_of_letters_without_end_is_taken_in_pieces() {
        assert_eq!(words(&"a".repeat(130)).len(), 3);
    }
}
