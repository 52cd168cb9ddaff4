//! Ruby: exceptions as the interpreter prints them, as Rails logs them, and as job runners do.

use super::Verdict;
use super::shape::{first_word, is_blank, is_indented, thrown};

#[derive(Clone, Copy, Debug)]
pub(super) enum Ruby {
    /// What was raised, with what may follow it: a blank line, the faulty piece of source.
    Raised,
    /// After the first frame.
    Frames,
}

pub(super) fn begin(line: &[u8]) -> Option<Ruby> {
    match line.first()? {
        b'A'..=b'Z' if is_rails_error(line) => Some(Ruby::Raised),
        _ => is_place_with_message(line).then_some(Ruby::Raised),
    }
}

/// `ActiveRecord::RecordNotFound (Couldn't find …):` and `ActionView::Template::Error (…):`.
fn is_rails_error(line: &[u8]) -> bool {
    let class = first_word(line);
    let named = memchr::memmem::find(class, b"::").is_some() || thrown(line).is_some();
    named && line.ends_with(b"):") && line.get(class.len()..).is_some_and(|rest| rest.starts_with(b" ("))
}

/// ``app/a.rb:12:in `call': message (RuntimeError)``.
pub(super) fn is_place_with_message(line: &[u8]) -> bool {
    let place = first_word(line);
    place.ends_with(b":in") && is_place_word(place)
}

/// ``app/a.rb:12:in `call'`` with or without `from` before it.
pub(super) fn is_frame(line: &[u8]) -> bool {
    is_place_with_message(line.strip_prefix(b"from ").unwrap_or(line))
}

fn is_place_word(place: &[u8]) -> bool {
    let number = place.strip_suffix(b":in").unwrap_or(place);
    let digits = number.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let before = number.get(..number.len() - digits).unwrap_or_default();
    digits > 0 && before.len() > 1 && before.ends_with(b":")
}

impl Ruby {
    pub(super) fn accepts(&mut self, line: &[u8]) -> Verdict {
        match (*self, line) {
            _ if is_frame(line) => {
                *self = Ruby::Frames;
                Verdict::Yes
            }
            _ if is_indented(line) || is_at_margin(line) => Verdict::Yes,
            (Ruby::Raised, _) if is_blank(line) => Verdict::Yes,
            _ => Verdict::No,
        }
    }
}

fn is_at_margin(line: &[u8]) -> bool {
    line.starts_with(b"Did you mean?") || line.starts_with(b"Caused by:") || line.starts_with(b"... ")
}
