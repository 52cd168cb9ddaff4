//! Names of months and weekdays: English in any case and length, months of other languages as logs have them.

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// German, French, Spanish, Italian and Portuguese where they differ from the English names.
const FOREIGN_MONTHS: &[(&str, u8)] = &[
    ("ene", 1),
    ("janv", 1),
    ("gen", 1),
    ("fév", 2),
    ("févr", 2),
    ("fev", 2),
    ("mär", 3),
    ("mrz", 3),
    ("mars", 3),
    ("avr", 4),
    ("abr", 4),
    ("mai", 5),
    ("mag", 5),
    ("juin", 6),
    ("giu", 6),
    ("juil", 7),
    ("lug", 7),
    ("août", 8),
    ("ago", 8),
    ("set", 9),
    ("okt", 10),
    ("ott", 10),
    ("dez", 12),
    ("déc", 12),
    ("dic", 12),
];

/// The month whose name begins the text, and the length of the name with its full stop.
pub(super) fn month(text: &[u8]) -> Option<(u8, usize)> {
    let name = word(text);
    let english = MONTHS.iter().position(|month| is_beginning(name, month)).map(|index| index as u8 + 1);
    let month = english.or_else(|| foreign_month(name))?;
    Some((month, name.len() + usize::from(text.get(name.len()) == Some(&b'.'))))
}

fn foreign_month(name: &[u8]) -> Option<u8> {
    let same = |month: &str| name.eq_ignore_ascii_case(month.as_bytes());
    FOREIGN_MONTHS.iter().find(|(month, _)| same(month)).map(|(_, number)| *number)
}

/// The length of a weekday's name with the comma and blanks after it.
pub(super) fn weekday(text: &[u8]) -> Option<usize> {
    let name = word(text);
    WEEKDAYS.iter().find(|weekday| is_beginning(name, weekday))?;
    let rest = text.get(name.len()..)?;
    let comma = usize::from(rest.first() == Some(&b','));
    let blanks = rest.iter().skip(comma).take(2).take_while(|byte| **byte == b' ').count();
    (blanks > 0).then_some(name.len() + comma + blanks)
}

/// The letters that begin the text; names of more than sixteen bytes do not exist.
fn word(text: &[u8]) -> &[u8] {
    let letter = |byte: &&u8| byte.is_ascii_alphabetic() || **byte >= 0x80;
    let length = text.iter().take(16).take_while(letter).count();
    text.get(..length).unwrap_or_default()
}

/// Whether `name` is the whole of `full` or its first three or more letters.
fn is_beginning(name: &[u8], full: &str) -> bool {
    let full = full.as_bytes();
    let usual = name.len() == 3 || name.len() == 4 || name.len() == full.len();
    usual && full.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_where_their_letters_end() {
        assert_eq!(month(b"Jun 14"), Some((6, 3)));
        assert_eq!(month(b"SEPT 14"), Some((9, 4)));
        assert_eq!(month(b"December 4"), Some((12, 8)));
        assert_eq!(month("févr. 4".as_bytes()), Some((2, 6)));
        assert_eq!(month(b"Janitor 4"), None);
        assert_eq!(month(b"Ju 4"), None);
        assert_eq!(month(b""), None);
        assert_eq!(weekday(b"Sun Dec"), Some(4));
        assert_eq!(weekday(b"Sunday, 4"), Some(8));
        assert_eq!(weekday(b"Sundry 4"), None);
        assert_eq!(weekday(b"Sun"), None);
    }
}
