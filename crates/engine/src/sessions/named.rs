//! A name that somebody gave in, the kind of identifier that is meant out.

use super::candidates::Form;
use super::extract::Extractor;
use super::finder::SessionKey;
use super::head::Head;

/// What a name may mean: a field, a key in the message, or how identifiers begin.
const MEANINGS: [Form; 4] = [Form::Field, Form::Key, Form::Prefix, Form::Uuid];

/// The meaning that most records have; a field where none has any, since one may come later.
pub(super) fn key_of(heads: &[&Head], name: &str) -> SessionKey {
    let name = name.trim_end_matches(['…', '*']);
    let key = |form: Form| SessionKey { form, label: name.as_bytes().into() };
    let mut best = (0, key(Form::Field));
    for form in MEANINGS.into_iter().filter(|_| !name.is_empty()) {
        let told = told(heads, Extractor::new(&key(form)));
        if told > best.0 {
            best = (told, key(form));
        }
    }
    best.1
}

/// How many records name such an identifier.
pub(super) fn told(heads: &[&Head], mut extractor: Extractor) -> usize {
    let mut told = 0;
    for head in heads {
        head.each(|record, _| {
            let mut is_told = false;
            extractor.each(record, &mut |_| is_told = true);
            told += usize::from(is_told);
        });
    }
    told
}
