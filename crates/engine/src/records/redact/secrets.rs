//! Secrets that are told by the name before them: `password=…`, `"api_key": "…"`, `Authorization: …`.
//!
//! Given the place of a `=` or `:`, the key is read backwards (a bounded way) and the value
//! forwards. Values may stand bare, in quotes, in quotes escaped any number of times (JSON within
//! JSON), in a list, or be the rest of a header.

use super::shapes::{byte, run};

const MAX_KEY: usize = 64;
/// Quotes with their backslashes: text escaped four times over has 15 before a quote.
const MAX_OPENING: usize = 16;

/// What a name says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secret {
    /// A password.
    Password,
    /// The header with a scheme and credentials.
    Authorization,
    /// A header with pairs up to the end of the line.
    Cookie,
    /// Tokens, keys and the like.
    Other,
}

/// Where a secret value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) secret: Secret,
    pub(super) start: usize,
    pub(super) end: usize,
    /// The value is JSON without quotes: its replacement needs them.
    pub(super) quote: bool,
}

/// The secret whose name ends before the `=` or `:` at `at`; nothing before `floor` belongs to it.
/// Whatever is not wanted is turned down before its value is looked for: many such keys in a row
/// would otherwise look over the same value again and again.
pub(super) fn find(text: &[u8], floor: usize, at: usize, wanted: impl Fn(Secret) -> bool) -> Option<Found> {
    let key = key_before(text, floor, at)?;
    let secret = meaning(text.get(key.start..key.end)?).filter(|&secret| wanted(secret))?;
    let wide = matches!((byte(text, at), byte(text, at + 1)), (b'=', b'>') | (b':', b'='));
    let mut place = at + 1 + usize::from(wide);
    if byte(text, at) == b':' || key.spaced || place > at + 1 {
        place += run(text, place, |byte| matches!(byte, b' ' | b'\t'));
    }
    let opening = text.get(place..)?.iter().position(|byte| !matches!(byte, b'\\' | b'"' | b'\''))?;
    let begins = text.get(place + opening..)?;
    let is_directory = begins.starts_with(b"/") && text.get(key.start..key.end)?.ends_with(b"PWD");
    if opening > MAX_OPENING || begins.starts_with(b"[redacted") || is_directory {
        return None;
    }
    let masked = |found: &Found| text.get(found.start..).is_some_and(|value| value.starts_with(b"[redacted"));
    value(text, place, secret, key.quoted).filter(|found| !is_nothing(text, found) && !masked(found))
}

/// Whether a name says that its value is never shown.
pub(super) fn is_never_shown(name: &[u8]) -> bool {
    let name = name.get(name.len().saturating_sub(MAX_KEY)..).unwrap_or_default();
    matches!(meaning(name), Some(Secret::Password | Secret::Authorization))
}

/// Whether such a name ends before the `=` or `:` at `at`. Nearly all are turned down by two letters.
pub(super) fn ends_never_shown(text: &[u8], at: usize) -> bool {
    let before = text.get(at.saturating_sub(2)..at).unwrap_or_default();
    if before.last().is_some_and(u8::is_ascii_alphanumeric) && !may_be_secret(before) {
        return false;
    }
    let key = key_before(text, 0, at);
    key.and_then(|key| text.get(key.start..key.end)).is_some_and(is_never_shown)
}

struct Key {
    start: usize,
    end: usize,
    quoted: bool,
    spaced: bool,
}

fn key_before(text: &[u8], floor: usize, at: usize) -> Option<Key> {
    let window = at.saturating_sub(MAX_KEY + 16).max(floor);
    let before = text.get(window..at)?;
    let before_colon = before.strip_suffix(b":").unwrap_or(before);
    let trimmed = before_colon.trim_ascii_end();
    let bare = trimmed.strip_suffix(b"\"").or_else(|| trimmed.strip_suffix(b"'"));
    let quoted = bare.is_some();
    let mut name = bare.unwrap_or(trimmed);
    while let Some(shorter) = name.strip_suffix(b"\\").filter(|_| quoted) {
        name = shorter;
    }
    let length = name.iter().rev().take(MAX_KEY).take_while(|&&byte| is_key_byte(byte)).count();
    let end = window + name.len();
    let spaced = trimmed.len() < before_colon.len();
    (length > 0).then_some(Key { start: end - length, end, quoted, spaced })
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// What a name means, compared by its end without case and separators.
fn meaning(name: &[u8]) -> Option<Secret> {
    if !may_be_secret(name) {
        return None;
    }
    let mut letters = [0_u8; MAX_KEY];
    let mut length = 0;
    for &byte in name.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
        *letters.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    let name = letters.get(..length)?;
    let ends = |list: &[&str]| list.iter().any(|end| name.ends_with(end.as_bytes()));
    let is = |list: &[&str]| list.iter().any(|whole| name == whole.as_bytes());
    if ends(&["password", "passwd", "passphrase", "passwort", "pwd"]) || is(&["pass"]) {
        Some(Secret::Password)
    } else if ends(&["authorization"]) {
        Some(Secret::Authorization)
    } else if ends(&["cookie"]) || is(&["cookies"]) {
        Some(Secret::Cookie)
    } else if is(&["auth", "bearer", "pin", "otp", "cvv", "cvc", "secrets"]) || ends(OTHER_ENDS) {
        (!ends(&["nexttoken", "pagetoken", "continuationtoken", "cancellationtoken"]))
            .then_some(Secret::Other)
    } else {
        None
    }
}

/// Whether the last two letters are those of any name; nearly all are turned down here.
fn may_be_secret(name: &[u8]) -> bool {
    let [.., first, last] = *name else { return false };
    let ends: &[u8] = match last.to_ascii_lowercase() {
        b'd' => b"rwi",
        b'e' => b"sir",
        b'n' => b"oei",
        b's' => b"eslt",
        b't' => b"re",
        b'c' | b'v' => b"v",
        b'h' | b'p' => b"t",
        b'r' | b'y' => b"e",
        b'l' => b"a",
        b'0'..=b'9' | b'a'..=b'z' => return false,
        // A separator at the end says nothing.
        _ => return true,
    };
    ends.contains(&first.to_ascii_lowercase()) || !first.is_ascii_alphanumeric()
}

const OTHER_ENDS: &[&str] = &[
    "secret",
    "token",
    "apikey",
    "accesskey",
    "accesskeyid",
    "secretkey",
    "privatekey",
    "accountkey",
    "sharedkey",
    "authkey",
    "encryptionkey",
    "signingkey",
    "masterkey",
    "credential",
    "credentials",
    "sessionid",
    "sessid",
    "amzsignature",
];

fn value(text: &[u8], at: usize, secret: Secret, key_quoted: bool) -> Option<Found> {
    let backslashes = run(text, at, |byte| byte == b'\\');
    let first = byte(text, at + backslashes);
    let found = |start, end, quote| Some(Found { secret, start, end, quote });
    match first {
        b'"' | b'\'' => {
            let start = at + backslashes + 1;
            found(start, closing_quote(text, start, first, backslashes), false)
        }
        b'[' if key_quoted => found(at, list_end(text, at), true),
        b'{' | 0 | b'\n' => None,
        _ => {
            let (start, end) = bare(text, at, secret);
            found(start, end, key_quoted)
        }
    }
}

/// The place of the quote that ends a value, or the end of the text. A quote inside is preceded by
/// more backslashes than the opening one.
fn closing_quote(text: &[u8], start: usize, quote: u8, backslashes: usize) -> usize {
    let (mut at, mut before) = (start, 0);
    while let Some(&next) = text.get(at) {
        let closes = if backslashes == 0 { before % 2 == 0 } else { before <= backslashes };
        if next == quote && closes {
            return at - before.min(backslashes);
        }
        before = if next == b'\\' { before + 1 } else { 0 };
        at += 1;
    }
    text.len()
}

/// The end of a list of strings.
fn list_end(text: &[u8], at: usize) -> usize {
    let mut place = at;
    loop {
        match byte(text, place) {
            b'"' => place = closing_quote(text, place + 1, b'"', 0),
            b']' => return place + 1,
            _ => {}
        }
        if place >= text.len() {
            return text.len();
        }
        place += 1;
    }
}

fn bare(text: &[u8], at: usize, secret: Secret) -> (usize, usize) {
    let scheme = scheme_length(text, at);
    match secret {
        Secret::Cookie => (at, header_end(text, at)),
        Secret::Authorization if scheme == 0 => (at, header_end(text, at)),
        _ if scheme > 0 => (at + scheme, word_end(text, at + scheme)),
        _ => (at, word_end(text, at)),
    }
}

/// The length of a scheme with one value behind it, with the blank.
fn scheme_length(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let schemes: [&[u8]; 5] = [b"bearer ", b"basic ", b"token ", b"negotiate ", b"apikey "];
    let fits =
        |scheme: &&[u8]| rest.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    schemes.iter().find(|scheme| fits(scheme)).map_or(0, |scheme| scheme.len())
}

/// The end of the line, or the quote that closes the string in which the header stands.
fn header_end(text: &[u8], at: usize) -> usize {
    let mut place = at;
    while let Some(&next) = text.get(place) {
        match next {
            b'\n' | b'\r' => break,
            // `name="value"` holds quotes of its own.
            b'"' | b'\'' if byte(text, place.wrapping_sub(1)) == b'=' && place > at => {
                place = closing_quote(text, place + 1, next, 0);
            }
            b'"' | b'\'' => break,
            b'\\' if matches!(byte(text, place + 1), b'"' | b'n' | b'r' | b'\\') => break,
            _ => {}
        }
        place += 1;
    }
    place.min(text.len())
}

/// The end of a bare value. Commas and closing brackets may be part of a password; they end it
/// where something else clearly begins behind them.
fn word_end(text: &[u8], at: usize) -> usize {
    let mut place = at;
    while let Some(&next) = text.get(place) {
        match next {
            b' ' | b'\t' | b'\n' | b'\r' | b'&' | b'"' | b'\'' | b'<' => break,
            b',' | b';' if begins_other(text, place + 1) => break,
            b')' | b']' | b'}' if closes(text, place + 1) => break,
            b'\\' if byte(text, place + 1) == b'"' => break,
            _ => place += 1,
        }
    }
    place
}

fn begins_other(text: &[u8], at: usize) -> bool {
    if matches!(byte(text, at), 0 | b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\\') {
        return true;
    }
    let window = text.get(at..text.len().min(at + 40)).unwrap_or_default();
    let key = run(window, 0, is_key_byte);
    key > 0 && matches!(byte(window, key), b'=' | b':')
}

fn closes(text: &[u8], at: usize) -> bool {
    matches!(
        byte(text, at),
        0 | b' ' | b'\t' | b'\n' | b'\r' | b',' | b';' | b')' | b']' | b'}' | b'"' | b'\\'
    )
}

/// An empty value, a word for nothing, stars, or what was masked before, be it behind a scheme.
fn is_nothing(text: &[u8], found: &Found) -> bool {
    let value = text.get(found.start..found.end).unwrap_or_default();
    let words: [&[u8]; 9] =
        [b"null", b"none", b"nil", b"true", b"false", b"undefined", b"(none)", b"[]", b"-"];
    value.starts_with(b"[redacted")
        || words.iter().any(|word| value.eq_ignore_ascii_case(word))
        || value.iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(Secret, &str)>) {
        let at = text.find(['=', ':']).unwrap();
        let found = find(text.as_bytes(), 0, at, |_| true);
        let found = found.map(|found| (found.secret, &text[found.start..found.end]));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn values_end_where_they_should() {
        use Secret::*;
        check("password=hunter2 next", Some((Password, "hunter2")));
        check("db_password = 'a b' x", Some((Password, "a b")));
        check("DB-PASSWD: s,e;cret, x", Some((Password, "s,e;cret")));
        check("pwd=a;Port=1", Some((Password, "a")));
        check("(password=abc)", Some((Password, "abc")));
        check("password => \"x\\\"y\" }", Some((Password, "x\\\"y")));
        check(r#"{"password": "x", "a": 1}"#, Some((Password, "x")));
        check(r#"{\"password\":\"x y\",\"a\":1}"#, Some((Password, "x y")));
        check(r#"{\\\"token\\\":\\\"x\\\",\\\"a\\\":1}"#, Some((Other, "x")));
        check(r#"{"pin":1234,"a":1}"#, Some((Other, "1234")));
        check("api_key=k1&user=a", Some((Other, "k1")));
        check("Authorization: Bearer abc.def, Host", Some((Authorization, "abc.def")));
        check(
            "authorization: Digest user=\"a\", x=\"b\"",
            Some((Authorization, "Digest user=\"a\", x=\"b\"")),
        );
        check("Cookie: a=b; c=\"d\"; e=f", Some((Cookie, "a=b; c=\"d\"; e=f")));
        check("-H 'Cookie: a=b; c=d' http", Some((Cookie, "a=b; c=d")));
        check(r#""set-cookie":["sid=a]b; Path=/"],"x":1"#, Some((Cookie, r#"["sid=a]b; Path=/"]"#)));
        check("password=\"cut off", Some((Password, "cut off")));
    }

    #[test]
    fn no_name_is_turned_down_by_its_end() {
        for name in OTHER_ENDS.iter().chain(&[
            "password",
            "passwd",
            "passphrase",
            "passwort",
            "PWD",
            "pass",
            "cookies",
        ]) {
            assert!(meaning(name.as_bytes()).is_some(), "{name}");
        }
        for name in
            ["authorization", "Set-Cookie", "auth", "bearer", "pin", "otp", "cvv", "cvc", "secrets", "token_"]
        {
            assert!(meaning(name.as_bytes()).is_some(), "{name}");
        }
    }

    #[test]
    fn other_names_and_empty_values_are_left() {
        for text in [
            "user=alice",
            "password=",
            "password= user=bob",
            "password=null",
            "password: ***",
            "PWD=/root",
            "tokens=500",
            "next_token=abc",
            "=x",
            ":",
            "passwords: 3",
            "{\"auth\":{\"user\":1}}",
            "password=[redacted:secret]",
            "password=token [redacted:secret]",
        ] {
            check(text, None);
        }
    }
}
