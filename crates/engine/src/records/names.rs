//! Names of captures, kept once for the life of the program.
//!
//! A capture's name stands in every record of its format, so fields hold a small number instead of
//! the text. Names come from format files and `--log-format`, never from log text; the set is
//! small, and its number is bounded.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Names that are told apart; those beyond share the last one.
const MOST: usize = 1 << 12;

static TEXTS: [OnceLock<Box<str>>; MOST] = [const { OnceLock::new() }; MOST];
static COUNT: AtomicUsize = AtomicUsize::new(0);
static ADDING: Mutex<()> = Mutex::new(());

/// A name known beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    number: u16,
    /// The length of its text: most names are told from one that is looked for by that.
    length: u16,
}

/// Names that need no table.
const FIXED: [&str; 2] = ["", "true"];

impl Name {
    /// No name.
    pub const EMPTY: Name = Name::numbered(0, FIXED[0]);
    /// The value of a flag that stands without one.
    pub const TRUE: Name = Name::numbered(1, FIXED[1]);

    const fn numbered(number: usize, text: &str) -> Name {
        let length = if text.len() < u16::MAX as usize { text.len() as u16 } else { u16::MAX };
        Name { number: number as u16, length }
    }

    /// The one name of that text.
    pub fn of(text: &str) -> Name {
        if let Some(index) = FIXED.iter().position(|fixed| *fixed == text) {
            return Name::numbered(index, text);
        }
        let _adding = ADDING.lock().unwrap_or_else(PoisonError::into_inner);
        let count = COUNT.load(Ordering::Relaxed);
        let known = TEXTS.iter().take(count).position(|slot| slot.get().is_some_and(|name| **name == *text));
        if let Some(index) = known {
            return Name::numbered(FIXED.len() + index, text);
        }
        let index = count.min(MOST - 1);
        // The slot is empty unless the table is full, and then it keeps its name.
        let _ = TEXTS[index].set(text.into());
        COUNT.store((count + 1).min(MOST), Ordering::Relaxed);
        Name::numbered(FIXED.len() + index, TEXTS[index].get().map_or(text, |kept| kept))
    }

    /// The length of its text.
    #[inline]
    pub fn length(self) -> usize {
        usize::from(self.length)
    }

    /// The text of the name.
    #[inline]
    pub fn text(self) -> &'static str {
        let index = usize::from(self.number);
        match index.checked_sub(FIXED.len()) {
            None => FIXED[index],
            Some(index) => TEXTS.get(index).and_then(OnceLock::get).map_or("", |name| name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_the_same_name() {
        let name = Name::of("logger");
        assert_eq!(name, Name::of("logger"));
        assert_eq!((name.text(), name.length()), ("logger", 6));
        assert_eq!((Name::TRUE.text(), Name::TRUE.length()), ("true", 4));
        assert_ne!(name, Name::of("thread"));
    }
}
