//! Where a page ended in, an opaque word out, and back.

use crate::StoreError;

/// The last row of a page: what it was sorted by, and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) at: i64,
    pub(super) id: String,
}

impl Cursor {
    pub(super) fn word(&self) -> String {
        format!("{:x}.{}", self.at.cast_unsigned(), self.id)
    }

    pub(super) fn read(word: &str) -> Result<Cursor, StoreError> {
        let parts = word.split_once('.').and_then(|(at, id)| {
            let at = u64::from_str_radix(at, 16).ok()?.cast_signed();
            Some(Cursor { at, id: id.to_owned() })
        });
        parts.ok_or_else(|| StoreError::Cursor(word.chars().take(80).collect()))
    }

    /// Behind which row a page begins; before all where none is given. Rows are sorted by what is greatest, then by id.
    pub(super) fn of(after: Option<&String>) -> Result<Cursor, StoreError> {
        after.map_or(Ok(Cursor { at: i64::MAX, id: String::new() }), |word| Cursor::read(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_other_words_are_refused() {
        for (at, id) in [(0, "a"), (-5, "x.y"), (i64::MAX, ""), (i64::MIN, "é")] {
            let cursor = Cursor { at, id: id.to_owned() };
            assert_eq!(Cursor::read(&cursor.word()).unwrap(), cursor);
        }
        for word in ["", "a", "g.1", "11112222333344445.x", "-1.x"] {
            assert!(Cursor::read(word).is_err(), "{word}");
        }
    }
}
