//! A record in, its identifiers of one kind out: what is asked of every record once it is known what ties them
//! together.
//!
//! The bytes of the label are searched for instead of all words, so a record costs about as much as its message is
//! long. The message comes first; fields are searched where it names nothing. A record that names several, such as
//! a list of blocks to be deleted, belongs to each of them.

use memchr::memmem;

use super::candidates::{
    Form, LEAST_DECIMAL, LEAST_HEXADECIMAL, LEAST_MARKED, LEAST_TO_SEARCH, LONGEST, Namespace, candidates,
    in_word, is_identifier, number, prefix, trimmed, uuid_label,
};
use super::finder::SessionKey;
use crate::records::names::Name;
use crate::records::record::Record;
use crate::records::roles::Role;
use crate::templates::hexadecimal;

/// So much of a message is searched.
const MOST_BYTES: usize = 4096;
/// Identifiers of one record at most.
pub(super) const MOST: usize = 64;
const UUID: usize = 36;

/// What identifiers are looked for in.
pub(super) trait Sighted {
    /// The message.
    fn message(&self) -> &[u8];

    /// The value of a field. `met` is what its name was in records before.
    fn field(&self, name: &str, met: &mut Option<Name>) -> Option<&[u8]>;

    /// The fields that may hold identifiers.
    fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])>;
}

impl Sighted for Record<'_> {
    #[inline]
    fn message(&self) -> &[u8] {
        self.message
    }

    #[inline]
    fn field(&self, name: &str, met: &mut Option<Name>) -> Option<&[u8]> {
        self.fields.get_again(name, met, self.text)
    }

    fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        Record::fields(self).map(|(name, value)| (name, value.bytes))
    }
}

/// Whether a field of that name may tie records together: what everything of a host or a service has in common
/// does not, and neither does what is said.
pub(super) fn may_tie(name: &[u8]) -> bool {
    !matches!(
        Role::of(name),
        Some(
            Role::Time
                | Role::Level
                | Role::Message
                | Role::Service
                | Role::Host
                | Role::Pod
                | Role::Container
                | Role::Namespace
                | Role::Logger
                | Role::Exception
                | Role::Stack
        )
    )
}

/// Whether a value is one word with a digit, which may be an identifier as a whole.
fn is_one_word(value: &[u8]) -> bool {
    value.len() <= LONGEST
        && value.iter().any(u8::is_ascii_digit)
        && !value.iter().any(|byte| byte.is_ascii_whitespace() || *byte == b'"')
}

/// Adds everything in a record that may be an identifier.
pub(super) fn all_of<'a, S: Sighted>(record: &'a S, found: &mut Vec<(Namespace<'a>, &'a [u8])>) {
    candidates(record.message(), found);
    for (name, value) in record.fields().filter(|(name, _)| may_tie(name)) {
        if is_one_word(value) {
            found.push((Namespace::field(name), value));
        } else {
            candidates(value, found);
        }
    }
}

/// Finds the identifiers of one kind.
#[derive(Clone, Debug)]
pub(super) struct Extractor {
    form: Form,
    label: Box<[u8]>,
    name: Box<str>,
    /// What the name of the field was in records before.
    met: Option<Name>,
    search: Option<memmem::Finder<'static>>,
}

impl Extractor {
    pub(super) fn new(key: &SessionKey) -> Extractor {
        let search = (!key.label.is_empty()).then(|| memmem::Finder::new(&*key.label).into_owned());
        let name = String::from_utf8_lossy(&key.label).into_owned().into_boxed_str();
        Extractor { form: key.form, label: key.label.clone(), name, met: None, search }
    }

    /// Hands out the identifiers of a record; one that stands there twice comes twice.
    #[inline]
    pub(super) fn each<'a, S: Sighted>(&mut self, record: &'a S, take: &mut impl FnMut(&'a [u8])) {
        if self.form == Form::Field {
            let value = record.field(&self.name, &mut self.met);
            value.filter(|value| !value.is_empty() && value.len() <= LONGEST).into_iter().for_each(take);
            return;
        }
        let mut taken = 0;
        self.search(record.message(), &mut |word| limited(&mut taken, word, take));
        if taken == 0 {
            for (_, value) in record.fields().filter(|(_, value)| value.len() >= LEAST_TO_SEARCH) {
                self.search(value, &mut |word| limited(&mut taken, word, take));
            }
        }
    }

    fn search<'a>(&self, text: &'a [u8], take: &mut impl FnMut(&'a [u8])) {
        let text = text.get(..MOST_BYTES).unwrap_or(text);
        match (&self.search, self.form) {
            (Some(search), Form::Key) => each_keyed(search, self.label.len(), text, take),
            (Some(search), _) => self.each_labelled(search, text, take),
            (None, Form::Uuid) => each_uuid(text, take),
            (None, form) => each_number(form, text, take),
        }
    }

    /// Words that begin with the label.
    #[inline]
    fn each_labelled<'a>(
        &self,
        search: &memmem::Finder<'_>,
        text: &'a [u8],
        take: &mut impl FnMut(&'a [u8]),
    ) {
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| search.find(rest)) {
            let start = from + at;
            let word = word_at(text, start);
            from = start + word.len().max(self.label.len());
            if !begins_at(text, start) {
                continue;
            }
            let word = trimmed(word);
            let is_it = match self.form {
                Form::Uuid => uuid_label(word) == Some(&*self.label),
                _ => word.len() <= LONGEST && !word.contains(&b'.') && prefix(word) == Some(&*self.label),
            };
            if is_it {
                take(word);
            }
        }
    }
}

/// Hands on as many as a record may have.
#[inline]
fn limited<'a>(taken: &mut usize, word: &'a [u8], take: &mut impl FnMut(&'a [u8])) {
    if *taken < MOST {
        *taken += 1;
        take(word);
    }
}

/// Values after the label and a sign: `key=`, `key: `, `"key":"`.
fn each_keyed<'a>(
    search: &memmem::Finder<'_>,
    length: usize,
    text: &'a [u8],
    take: &mut impl FnMut(&'a [u8]),
) {
    let blank = |byte: &&u8| matches!(**byte, b'"' | b'\'' | b' ');
    let blanks = |from: usize| text.get(from..).unwrap_or_default().iter().take_while(blank).count();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| search.find(rest)) {
        let (start, end) = (from + at, from + at + length);
        from = end;
        let sign = end + blanks(end);
        if !begins_at(text, start) || !matches!(text.get(sign), Some(b'=' | b':')) {
            continue;
        }
        let value = sign + 1 + blanks(sign + 1);
        let word = trimmed(word_at(text, value));
        if is_identifier(word) {
            take(word);
            from = from.max(value + word.len());
        }
    }
}

/// UUIDs with nothing before them, told by their hyphens.
fn each_uuid<'a>(text: &'a [u8], take: &mut impl FnMut(&'a [u8])) {
    let mut from = 0;
    for hyphen in memchr::memchr_iter(b'-', text) {
        let Some(start) = hyphen.checked_sub(8).filter(|start| *start >= from) else { continue };
        if text.get(hyphen + 5) != Some(&b'-') || !begins_at(text, start) {
            continue;
        }
        let word = trimmed(word_at(text, start));
        if word.len() == UUID && uuid_label(word).is_some() {
            take(word);
            from = start + UUID;
        }
    }
}

/// Long numbers after no key.
fn each_number<'a>(form: Form, text: &'a [u8], take: &mut impl FnMut(&'a [u8])) {
    let least = match form {
        Form::Decimal => LEAST_DECIMAL,
        _ if has_marked(text) => LEAST_MARKED,
        _ => return each_hexadecimal(text, take),
    };
    let mut start = 0;
    while let Some(first) = text.get(start..start + least) {
        // A word that ends within these bytes is too short, and most do, so not all bytes are looked at.
        if let Some(end) = first.iter().rposition(|byte| !in_word(*byte)) {
            start += end + 1;
            continue;
        }
        let word = word_at(text, start);
        number_of_form(form, text, start, word).into_iter().for_each(&mut *take);
        start += word.len() + 1;
    }
}

/// Hexadecimal numbers of which none says of itself that it is one: they are long.
fn each_hexadecimal<'a>(text: &'a [u8], take: &mut impl FnMut(&'a [u8])) {
    const { assert!(LEAST_HEXADECIMAL >= hexadecimal::SHORTEST) };
    let mut from = 0;
    while let Some(start) = hexadecimal::long_run(text, from) {
        let word = word_at(text, start);
        if begins_at(text, start) {
            number_of_form(Form::Hexadecimal, text, start, word).into_iter().for_each(&mut *take);
        }
        from = start + word.len();
    }
}

/// The number that a word is, if it is one of that form and stands after no key.
fn number_of_form<'a>(form: Form, text: &'a [u8], start: usize, word: &'a [u8]) -> Option<&'a [u8]> {
    let bare = trimmed(word);
    let is_it = bare.len() <= LONGEST && number(bare) == Some(form);
    let before = text.get(..start).unwrap_or_default();
    (is_it && super::candidates::key(before).is_none()).then_some(bare)
}

/// Whether a hexadecimal number may say of itself that it is one: `0x7f3a`.
fn has_marked(text: &[u8]) -> bool {
    let is_mark = |at: usize| at.checked_sub(1).and_then(|before| text.get(before)) == Some(&b'0');
    memchr::memchr2_iter(b'x', b'X', text).any(is_mark)
}

#[inline]
fn begins_at(text: &[u8], start: usize) -> bool {
    start.checked_sub(1).and_then(|before| text.get(before)).is_none_or(|byte| !in_word(*byte))
}

/// The word that stands there.
#[inline]
fn word_at(text: &[u8], start: usize) -> &[u8] {
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.iter().position(|byte| !in_word(*byte)).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Plain(Vec<u8>);

    impl Sighted for Plain {
        fn message(&self) -> &[u8] {
            &self.0
        }

        fn field(&self, _: &str, _: &mut Option<Name>) -> Option<&[u8]> {
            None
        }

        fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
            std::iter::empty()
        }
    }

    fn extracted(form: Form, label: &str, message: &[u8]) -> Vec<Vec<u8>> {
        let key = SessionKey { form, label: label.as_bytes().into() };
        let mut found = Vec::new();
        Extractor::new(&key).each(&Plain(message.to_vec()), &mut |word| found.push(word.to_vec()));
        found
    }

    #[test]
    fn identifiers_of_one_kind() {
        let check = |form: Form, label: &str, message: &str, expected: &[&str]| {
            let found = extracted(form, label, message.as_bytes());
            let found: Vec<String> =
                found.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
            assert_eq!(found, expected, "{message}");
        };
        check(
            Form::Prefix,
            "blk_",
            "ask 10.0.0.1:50 to delete blk_-12 blk_7 blk_-12.",
            &["blk_-12", "blk_7", "blk_-12"],
        );
        check(Form::Prefix, "blk_", "subblk_12 blk_ blk_x blk_1.meta block=blk_9", &["blk_9"]);
        check(
            Form::Key,
            "sessionid",
            "(sessionid 1) sessionid:0x14f, \"sessionid\": \"b2\"",
            &["0x14f", "b2"],
        );
        check(Form::Key, "id", "uid=7 id = 8; id=none", &["8"]);
        check(Form::Key, "id", "id=id:9", &["9"]);
        let uuid = "b9000564-fe1a-409b-b8cc-1e88b294cd1d";
        check(Form::Uuid, "", &format!("[instance: {uuid}] a-b-c {uuid} x{uuid}"), &[uuid, uuid]);
        check(
            Form::Uuid,
            "req-",
            &format!("{uuid} (req-{uuid}) req-12"),
            &["req-b9000564-fe1a-409b-b8cc-1e88b294cd1d"],
        );
        check(Form::Decimal, "", "of order 12345678. size=87654321 123", &["12345678"]);
        check(Form::Decimal, "", "1234567. 123456. 12345678 1234567", &["1234567", "12345678", "1234567"]);
        check(Form::Hexadecimal, "", "at 0x7f3a99 or 7f3a99", &["0x7f3a99"]);
        check(Form::Hexadecimal, "", "0x7f3a,a 922116fdbc3b:0x7f3", &["0x7f3a", "922116fdbc3b"]);
        check(Form::Prefix, "blk_", "", &[]);
    }

    proptest! {
        /// What was counted when the kind was chosen is found again.
        #[test]
        fn all_candidates_are_found_again(message in "([a-c0-3_=:. -]{0,9}|blk_[0-9]{2}|0x[0-9a-f]{6} ){0,12}") {
            let message = message.as_bytes();
            let mut found = Vec::new();
            candidates(message, &mut found);
            for (namespace, word) in found {
                let label = String::from_utf8_lossy(namespace.label).into_owned();
                let again = extracted(namespace.form, &label, message);
                prop_assert!(again.iter().any(|other| other == word), "{namespace:?} {again:?}");
            }
        }

        #[test]
        fn numbers_are_the_words_that_are_numbers(
            text in "([0-9a-f]{1,16}|[0-9]{7}|[g-i.:=\" -]){0,30}",
            marked in any::<bool>(),
        ) {
            let text = if marked { format!("{text} 0x1f2e3d") } else { text };
            for form in [Form::Hexadecimal, Form::Decimal] {
                let mut expected = Vec::new();
                let mut start = 0;
                for word in text.as_bytes().split(|byte| !in_word(*byte)) {
                    expected.extend(number_of_form(form, text.as_bytes(), start, word).map(<[u8]>::to_vec));
                    start += word.len() + 1;
                }
                expected.truncate(MOST);
                prop_assert_eq!(extracted(form, "", text.as_bytes()), expected);
            }
        }

        #[test]
        fn any_bytes_are_searched(message in proptest::collection::vec(any::<u8>(), 0..200), form in 0..5) {
            let forms = [Form::Key, Form::Prefix, Form::Uuid, Form::Hexadecimal, Form::Decimal];
            let label = if form < 2 { "a" } else { "" };
            prop_assert!(extracted(forms[form as usize], label, &message).len() <= MOST);
        }
    }
}
