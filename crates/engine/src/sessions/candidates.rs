//! A message in, the identifiers in it out: what might tie its record to others.
//!
//! An identifier is a word with a digit that looks made rather than measured: letters and then digits
//! (`blk_-160899`, `attempt_14_m_0`), a UUID, a long hexadecimal or decimal number, or whatever has a digit and
//! stands after a key (`sessionid:0x14f05`, `"trace_id":"7b"`). Its namespace is what identifiers of the same
//! kind have in common. Which namespace ties records together is for [`super::Finder`] to say.

/// No message is searched further; identifiers stand early.
const MOST_BYTES: usize = 1024;
/// No message gives more.
const MOST_CANDIDATES: usize = 12;
/// A longer word is data.
pub(super) const LONGEST: usize = 96;
pub(super) const LEAST_HEXADECIMAL: usize = 12;
/// The same with `0x` before it.
pub(super) const LEAST_MARKED: usize = 6;
pub(super) const LEAST_DECIMAL: usize = 7;
/// The shortest text with an identifier.
pub(super) const LEAST_TO_SEARCH: usize = 4;
const LONGEST_LABEL: usize = 32;

/// How an identifier looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// A field of the record, such as the thread or the process; the label is its name.
    Field,
    /// A value after a key; the label is the key.
    Key,
    /// Letters and then digits; the label is the letters.
    Prefix,
    /// A UUID; the label is what stands before it within the word.
    Uuid,
    /// A long hexadecimal number.
    Hexadecimal,
    /// A long decimal number.
    Decimal,
}

/// What identifiers of a kind have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Namespace<'a> {
    /// How they look.
    pub form: Form,
    /// The part that is the same in all.
    pub label: &'a [u8],
}

impl<'a> Namespace<'a> {
    /// The values of a field of that name.
    pub fn field(name: &'a [u8]) -> Namespace<'a> {
        Namespace { form: Form::Field, label: name }
    }
}

/// An identifier as it stands in a message, after its namespace.
pub type Candidate<'a> = (Namespace<'a>, &'a [u8]);

/// Adds the identifiers of a message, in its order.
pub fn candidates<'a>(message: &'a [u8], found: &mut Vec<Candidate<'a>>) {
    let message = message.get(..MOST_BYTES).unwrap_or(message);
    let most = found.len() + MOST_CANDIDATES;
    let mut start = 0;
    for end in 0..=message.len() {
        if message.get(end).is_some_and(|byte| in_word(*byte)) {
            continue;
        }
        let word = message.get(start..end).unwrap_or_default();
        if is_identifier(word) {
            let before = message.get(..start).unwrap_or_default();
            found.extend(candidate(trimmed(word), before));
        }
        if found.len() >= most {
            return;
        }
        start = end + 1;
    }
}

/// Whether a word may be an identifier at all.
pub(super) fn is_identifier(word: &[u8]) -> bool {
    word.len() <= LONGEST && word.iter().any(u8::is_ascii_digit)
}

/// Whether words have that byte.
const IN_WORD: [bool; 256] = {
    let (mut table, mut byte) = ([false; 256], 0u8);
    loop {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | 0x80..);
        match byte.checked_add(1) {
            Some(next) => byte = next,
            None => break table,
        }
    }
};

#[inline]
pub(super) fn in_word(byte: u8) -> bool {
    IN_WORD[usize::from(byte)]
}

/// A word without the stops of its sentence.
pub(super) fn trimmed(word: &[u8]) -> &[u8] {
    let end = word.iter().rposition(|byte| *byte != b'.').map_or(0, |last| last + 1);
    word.get(..end).unwrap_or_default()
}

fn candidate<'a>(word: &'a [u8], before: &'a [u8]) -> Option<Candidate<'a>> {
    if let Some(label) = uuid_label(word) {
        return Some((Namespace { form: Form::Uuid, label }, word));
    }
    if word.contains(&b'.') {
        return None;
    }
    let form = number(word);
    if let Some(label) = key(before) {
        return Some((Namespace { form: Form::Key, label }, word));
    }
    if let Some(form) = form {
        return Some((Namespace { form, label: b"" }, word));
    }
    prefix(word).map(|label| (Namespace { form: Form::Prefix, label }, word))
}

/// What stands before a UUID at the end of a word.
pub(super) fn uuid_label(word: &[u8]) -> Option<&[u8]> {
    let (label, uuid) = word.split_at_checked(word.len().checked_sub(36)?)?;
    let is_uuid = uuid.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    let is_label = label.is_empty() || label.ends_with(b"-") || label.ends_with(b"_");
    (is_uuid && is_label && label.len() <= LONGEST_LABEL).then_some(label)
}

pub(super) fn number(word: &[u8]) -> Option<Form> {
    let (digits, is_marked) = match word {
        [b'0', b'x' | b'X', digits @ ..] => (digits, true),
        _ => (word, false),
    };
    if !is_marked && digits.iter().all(u8::is_ascii_digit) {
        return (digits.len() >= LEAST_DECIMAL).then_some(Form::Decimal);
    }
    let is_long = is_marked && word.len() >= LEAST_MARKED || digits.len() >= LEAST_HEXADECIMAL;
    (is_long && digits.iter().all(u8::is_ascii_hexdigit)).then_some(Form::Hexadecimal)
}

/// The letters before the first digit of a word that begins with some and ends with a digit.
pub(super) fn prefix(word: &[u8]) -> Option<&[u8]> {
    let letters = word.iter().position(u8::is_ascii_digit)?;
    let label = word.get(..letters)?;
    let label = label.strip_suffix(b"-").filter(|label| label.ends_with(b"_")).unwrap_or(label);
    let has_letters = label.first().is_some_and(u8::is_ascii_alphabetic) && label.len() >= 2;
    let ends_well = word.last().is_some_and(u8::is_ascii_alphanumeric);
    (has_letters && ends_well && label.len() <= LONGEST_LABEL).then_some(label)
}

/// The key that ends what stands before a value: `key=`, `key:`, `key: ` or `"key":"`.
pub(super) fn key(before: &[u8]) -> Option<&[u8]> {
    let before = trim_end(before, |byte| matches!(byte, b'"' | b'\'' | b' '));
    let before = match before.split_last()? {
        (b'=' | b':', rest) => trim_end(rest, |byte| matches!(byte, b'"' | b'\'' | b' ')),
        _ => return None,
    };
    let start = before.iter().rposition(|byte| !in_word(*byte)).map_or(0, |last| last + 1);
    let label = before.get(start..)?;
    let is_key = label.first().is_some_and(u8::is_ascii_alphabetic) && !label.iter().any(u8::is_ascii_digit);
    (is_key && label.len() <= LONGEST_LABEL).then_some(label)
}

fn trim_end(bytes: &[u8], is_left_out: impl Fn(u8) -> bool) -> &[u8] {
    let end = bytes.iter().rposition(|byte| !is_left_out(*byte)).map_or(0, |last| last + 1);
    bytes.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn identifiers_are_found() {
        let check = |message: &str, expected: &[(Form, &str, &str)]| {
            let mut found = Vec::new();
            candidates(message.as_bytes(), &mut found);
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let found: Vec<(Form, String, String)> =
                found.iter().map(|(space, value)| (space.form, text(space.label), text(value))).collect();
            let expected: Vec<(Form, String, String)> = expected
                .iter()
                .map(|(form, label, value)| (*form, (*label).into(), (*value).into()))
                .collect();
            assert_eq!(found, expected, "{message}");
        };
        check(
            "Receiving block blk_-1608999687919862906 src: /10.250.19.102:54106",
            &[(Form::Prefix, "blk_", "blk_-1608999687919862906")],
        );
        check(
            "[instance: b9000564-fe1a-409b-b8cc-1e88b294cd1d] VM Started (req-3ea4052c-895d-4b64-9e2d-04d64c4d94ab)",
            &[
                (Form::Uuid, "", "b9000564-fe1a-409b-b8cc-1e88b294cd1d"),
                (Form::Uuid, "req-", "req-3ea4052c-895d-4b64-9e2d-04d64c4d94ab"),
            ],
        );
        check(
            "Progress of TaskAttempt attempt_1445144423722_0020_m_000000_0 is : 0.1",
            &[(Form::Prefix, "attempt_", "attempt_1445144423722_0020_m_000000_0")],
        );
        check(
            "Closed socket for client (sessionid 1) sessionid:0x14f05578bd80001.",
            &[(Form::Key, "sessionid", "0x14f05578bd80001")],
        );
        check("{\"trace_id\":\"7b4f\",\"n\": 5}", &[(Form::Key, "trace_id", "7b4f"), (Form::Key, "n", "5")]);
        check(
            "in pool-3-thread-17 at 0x7f3a99",
            &[(Form::Prefix, "pool-", "pool-3-thread-17"), (Form::Hexadecimal, "", "0x7f3a99")],
        );
        check("took 12 ms at 10.0.0.1, version 2.4.1 of order 12345678", &[(Form::Decimal, "", "12345678")]);
        check(
            "commit 3f786850e387550fdab836ed7e6dc881de23001b",
            &[(Form::Hexadecimal, "", "3f786850e387550fdab836ed7e6dc881de23001b")],
        );
        check("", &[]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_searched(message in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut found = Vec::new();
            candidates(&message, &mut found);
            prop_assert!(found.len() <= MOST_CANDIDATES);
            prop_assert!(found.iter().all(|(_, value)| value.iter().any(u8::is_ascii_digit)));
        }
    }
}
