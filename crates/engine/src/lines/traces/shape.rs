//! The shapes that the traces of several languages share: indentation, names of errors, places in source files.

/// The longest name of an error or of a file that is looked at.
const LONGEST_NAME: usize = 256;

pub(super) fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

/// Begins with white space and goes on with something else.
pub(super) fn is_indented(line: &[u8]) -> bool {
    matches!(line, [b' ' | b'\t', ..]) && !is_blank(line)
}

pub(super) fn begins_with_any(line: &[u8], beginnings: &[&[u8]]) -> bool {
    let first = line.first();
    beginnings.iter().any(|beginning| beginning.first() == first && line.starts_with(beginning))
}

/// What follows a row of digits, if there is one.
pub(super) fn after_digits(line: &[u8]) -> Option<&[u8]> {
    let digits = line.iter().take(20).take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 { None } else { line.get(digits..) }
}

/// The name of an error at the start of a line, as most languages print what was thrown.
#[derive(Clone, Copy)]
pub(super) struct Thrown<'a> {
    pub(super) name: &'a [u8],
    /// What follows the name: nothing, or `:` or a bracket.
    pub(super) rest: &'a [u8],
}

impl Thrown<'_> {
    pub(super) fn is_qualified(&self) -> bool {
        self.name.contains(&b'.')
    }

    pub(super) fn begins_upper(&self) -> bool {
        self.name.first().is_some_and(u8::is_ascii_uppercase)
    }
}

/// `java.io.IOException: …`, `TypeError [CODE]: …`, `ActiveRecord::StatementInvalidError (…):`.
pub(super) fn thrown(line: &[u8]) -> Option<Thrown<'_>> {
    let (name, rest) = name_and_rest(line, |byte| byte == b':' || byte == b'$' || byte == b'`');
    let name = name.strip_suffix(b":").unwrap_or(name);
    let rest = line.get(name.len()..).unwrap_or(rest);
    let is_error = is_error_name(name);
    let ends =
        rest.is_empty() || rest.starts_with(b":") || rest.starts_with(b" [") || rest.starts_with(b" (");
    (is_error && ends).then_some(Thrown { name, rest })
}

pub(super) fn is_error_name(name: &[u8]) -> bool {
    name.ends_with(b"Exception") || name.ends_with(b"Error") || name.ends_with(b"Throwable")
}

/// A name with dots that a colon or the end of the line follows: how Python prints what was raised.
pub(super) fn is_dotted_name_and_colon(line: &[u8]) -> bool {
    let (name, rest) = name_and_rest(line, |_| false);
    let begins_well = name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    begins_well && matches!(rest.first(), None | Some(b':'))
}

fn name_and_rest(line: &[u8], also: fn(u8) -> bool) -> (&[u8], &[u8]) {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_' || also(byte);
    let length = line.iter().take(LONGEST_NAME).take_while(|byte| is_part(**byte)).count();
    line.split_at(length)
}

/// The part of a line before its first blank.
pub(super) fn first_word(line: &[u8]) -> &[u8] {
    let within = line.get(..LONGEST_NAME).unwrap_or(line);
    let end = memchr::memchr(b' ', within).unwrap_or(within.len());
    within.get(..end).unwrap_or_default()
}

/// `name.ext:12` with any of the given extensions, perhaps with a column after it.
pub(super) fn is_place(word: &[u8], extensions: &[&[u8]]) -> bool {
    let Some(dot) = memchr::memrchr(b'.', word) else { return false };
    let after = word.get(dot..).unwrap_or_default();
    let number = extensions.iter().find_map(|extension| after.strip_prefix(*extension)?.strip_prefix(b":"));
    number.is_some_and(|number| after_digits(number).is_some())
}

/// `at …(…)` as runtimes print a frame; prose that begins with "at" has no name right before a bracket.
pub(super) fn is_at_frame(line: &[u8]) -> bool {
    let Some(frame) = line.strip_prefix(b"at ") else { return false };
    let word = first_word(frame);
    let called = word.iter().position(|byte| *byte == b'(').is_some_and(|at| at > 0);
    called || (line.ends_with(b")") && has_place_in_brackets(frame))
}

/// `handle (/app/index.js:3:9)`.
fn has_place_in_brackets(frame: &[u8]) -> bool {
    let open = memchr::memchr(b'(', frame).unwrap_or(frame.len());
    let inside = frame.get(open..).unwrap_or_default();
    let colon = memchr::memrchr(b':', inside).unwrap_or(inside.len());
    inside.get(colon + 1).is_some_and(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_from_prose() {
        for (line, expected) in [
            ("at com.example.Main.main(Main.java:5)", true),
            ("at async handle (/app/index.js:3:9)", true),
            ("at Example.Api.Get(Int32 id) in /src/Api.cs:line 12", true),
            ("at 10:05 it stopped (again)", false),
            ("at last (see above: nothing)", false),
            ("at (once)", false),
            ("at ", false),
        ] {
            assert_eq!(is_at_frame(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn names_of_errors() {
        for (line, expected) in [
            ("java.io.IOException: closed", Some("java.io.IOException")),
            ("java.lang.StackOverflowError", Some("java.lang.StackOverflowError")),
            ("TypeError [ERR_X]: no", Some("TypeError")),
            ("Error: no", Some("Error")),
            ("ActiveRecord::ConnectionError (refused):", Some("ActiveRecord::ConnectionError")),
            ("Error while reading", None),
            ("Errors: 5", None),
            ("IOExceptional: no", None),
            ("", None),
        ] {
            let found = thrown(line.as_bytes()).map(|it| String::from_utf8_lossy(it.name).into_owned());
            assert_eq!(found.as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn places_in_sources() {
        let is_script = |word: &str| is_place(word.as_bytes(), &[b".js", b".ts"]);
        assert!(is_script("/app/index.js:12") && is_script("/app/a.b.ts:1:9"));
        assert!(
            !is_script("/app/index.js") && !is_script("/app/index.js:x") && !is_script("/app/index.rs:1")
        );
    }
}
