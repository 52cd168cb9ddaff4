//! What stands before the stamp of a line in, its pieces out: blanks, words, brackets, single marks.
//!
//! Lines are compared by the kinds of their pieces, so words may differ where columns are the same.

use super::text::{closing, inside_brackets, is_blank, leading_blanks};

/// A part of what stands before a stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Piece {
    Blank,
    Byte(u8),
    Word,
    Bracketed(u8),
}

/// The pieces with the text of each; a bracketed one has the text inside.
pub(super) fn pieces(prefix: &[u8]) -> Vec<(Piece, &[u8])> {
    let mut pieces = Vec::new();
    let mut rest = prefix;
    while let Some(&first) = rest.first() {
        let (piece, text, length) = next_piece(rest, first);
        pieces.push((piece, text));
        rest = rest.get(length..).unwrap_or_default();
    }
    pieces
}

fn next_piece(rest: &[u8], first: u8) -> (Piece, &[u8], usize) {
    let one = rest.get(..1).unwrap_or_default();
    if is_blank(first) {
        return (Piece::Blank, one, leading_blanks(rest));
    }
    if closing(first).is_some() {
        return match inside_brackets(rest) {
            Some(inside) => (Piece::Bracketed(first), inside, inside.len() + 2),
            None => (Piece::Byte(first), one, 1),
        };
    }
    if matches!(first, b'|' | b'"' | b',' | b';' | b']' | b')' | b'>' | b':') {
        let alone = rest.get(1).is_none_or(|next| is_blank(*next)) || matches!(first, b'|' | b'"' | b';');
        if alone {
            return (Piece::Byte(first), one, 1);
        }
    }
    let word = word_length(rest);
    (Piece::Word, rest.get(..word).unwrap_or_default(), word)
}

/// A word ends before a bracket that is closed again, before `|`, and before a last mark.
fn word_length(rest: &[u8]) -> usize {
    let mut end = 1;
    while let Some(byte) = rest.get(end) {
        let bracket =
            closing(*byte).is_some() && rest.get(end..).is_some_and(|rest| inside_brackets(rest).is_some());
        let last = matches!(byte, b',' | b'"' | b'[' | b'(') && end + 1 == rest.len();
        if is_blank(*byte) || bracket || last || matches!(byte, b'|' | b';') {
            break;
        }
        end += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_fall_into_pieces() {
        let check = |prefix: &str, expected: &[(Piece, &str)]| {
            let found = pieces(prefix.as_bytes());
            let found: Vec<_> = found
                .iter()
                .map(|(piece, text)| (*piece, std::str::from_utf8(text).expect("text")))
                .collect();
            assert_eq!(found, expected, "{prefix}");
        };
        check("", &[]);
        check(
            "- web-1  [",
            &[
                (Piece::Word, "-"),
                (Piece::Blank, " "),
                (Piece::Word, "web-1"),
                (Piece::Blank, " "),
                (Piece::Byte(b'['), "["),
            ],
        );
        check(
            "app[17]: ",
            &[
                (Piece::Word, "app"),
                (Piece::Bracketed(b'['), "17"),
                (Piece::Byte(b':'), ":"),
                (Piece::Blank, " "),
            ],
        );
        check("[INFO ] ", &[(Piece::Bracketed(b'['), "INFO "), (Piece::Blank, " ")]);
        check("time=\"", &[(Piece::Word, "time="), (Piece::Byte(b'"'), "\"")]);
    }
}
