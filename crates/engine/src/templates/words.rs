//! A word in, what it is out: small, closed word lists and shapes that every log shares.

/// `true` and its kin: values in any language of programming.
pub(crate) fn is_literal(word: &[u8]) -> bool {
    matches!(
        word,
        b"true" | b"false" | b"null" | b"True" | b"False" | b"TRUE" | b"FALSE" | b"NULL" | b"nil" | b"(null)"
    )
}

/// The name of a month, short or whole.
pub(crate) fn is_month(word: &[u8]) -> bool {
    const MONTHS: [&[u8]; 12] = [
        b"january",
        b"february",
        b"march",
        b"april",
        b"may",
        b"june",
        b"july",
        b"august",
        b"september",
        b"october",
        b"november",
        b"december",
    ];
    begins_large(word) && MONTHS.iter().any(|name| is_short_or_whole(word, name))
}

/// The name of a day of the week, short or whole.
pub(crate) fn is_weekday(word: &[u8]) -> bool {
    const DAYS: [&[u8]; 7] =
        [b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday"];
    begins_large(word) && DAYS.iter().any(|name| is_short_or_whole(word, name))
}

fn is_short_or_whole(word: &[u8], name: &[u8]) -> bool {
    let short = name.get(..3).unwrap_or(name);
    word.eq_ignore_ascii_case(name) || word.eq_ignore_ascii_case(short)
}

fn begins_large(word: &[u8]) -> bool {
    word.len() >= 3 && word.first().is_some_and(u8::is_ascii_uppercase)
}

/// A zone such as `UTC` or `CEST`.
pub(crate) fn is_zone(word: &[u8]) -> bool {
    (3..=4).contains(&word.len()) && word.iter().all(u8::is_ascii_uppercase)
}

/// A group of a MAC or IP version 6 address that happens to hold letters alone.
pub(crate) fn is_hex_group(word: &[u8]) -> bool {
    word.len() <= 4 && word.iter().all(u8::is_ascii_hexdigit)
}

/// `B`, `KB`, `MiB`, … Bytes in words (`512 bytes`) stay in the text.
pub(crate) fn is_byte_unit(word: &[u8]) -> bool {
    match word {
        [b'B'] | [_, b'B'] | [_, b'i', b'B'] => {
            word.len() == 1 || word.first().is_some_and(|first| b"KMGTPkmgtp".contains(first))
        }
        _ => false,
    }
}

/// A unit of time behind a bound (`<1 sec`).
pub(crate) fn is_time_unit(word: &[u8]) -> bool {
    matches!(
        word,
        b"s" | b"ms"
            | b"us"
            | b"ns"
            | b"sec"
            | b"secs"
            | b"second"
            | b"seconds"
            | b"min"
            | b"mins"
            | b"minute"
            | b"minutes"
            | b"hour"
            | b"hours"
            | b"day"
            | b"days"
    )
}

/// A chunk without a letter or digit.
pub(crate) fn is_sign(word: &[u8]) -> bool {
    !word.iter().any(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80 || *byte == b'_')
}

/// Names parted by dots: `org.example.Main`.
pub(crate) fn is_dotted(word: &[u8]) -> bool {
    let mut names = word.split(|byte| *byte == b'.');
    let named =
        |name: &[u8]| name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$'));
    word.contains(&b'.') && names.all(|name| !name.is_empty() && named(name))
}

/// A word that is data by its shape alone.
pub(crate) fn is_data(word: &[u8]) -> bool {
    let joined = word.iter().any(|byte| matches!(byte, b'.' | b'@' | b'/'));
    is_hex_word(word) || joined && (is_host(word) || is_mail(word) || is_nested(word))
}

/// Eight hexadecimal letters or more, without a single digit.
fn is_hex_word(word: &[u8]) -> bool {
    let all = |low: u8, high: u8| word.iter().all(|byte| (low..=high).contains(byte));
    word.len() >= 8 && (all(b'a', b'f') || all(b'A', b'F'))
}

fn is_mail(word: &[u8]) -> bool {
    let Some(at) = word.iter().position(|byte| *byte == b'@') else { return false };
    let (name, host) = word.split_at(at);
    !name.is_empty() && is_dotted(host.get(1..).unwrap_or_default())
}

/// A host name: names parted by dots, the last a domain that hosts have in logs.
fn is_host(word: &[u8]) -> bool {
    const DOMAINS: [&[u8]; 40] = [
        b"com",
        b"net",
        b"org",
        b"edu",
        b"gov",
        b"mil",
        b"int",
        b"info",
        b"biz",
        b"local",
        b"localdomain",
        b"lan",
        b"internal",
        b"intranet",
        b"corp",
        b"home",
        b"arpa",
        b"io",
        b"cn",
        b"hk",
        b"jp",
        b"tw",
        b"kr",
        b"in",
        b"ru",
        b"de",
        b"fr",
        b"uk",
        b"pl",
        b"it",
        b"es",
        b"nl",
        b"ch",
        b"se",
        b"at",
        b"br",
        b"ca",
        b"us",
        b"eu",
        b"au",
    ];
    let word = word.strip_suffix(b".").unwrap_or(word);
    let last = word.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    last.len() < word.len() && DOMAINS.contains(&last) && is_dotted(word)
}

/// Two slashes or more, or a slash among dots: `a/b/c`, `com.example/.Main`.
fn is_nested(word: &[u8]) -> bool {
    let count = |wanted: u8| word.iter().filter(|byte| **byte == wanted).count();
    let slashes = count(b'/');
    !is_sign(word) && (slashes >= 2 || slashes == 1 && count(b'.') >= 2)
}

/// A name that programs make rather than people: parted by dots, underlines, slashes or dollars.
pub(crate) fn is_identifier(word: &[u8]) -> bool {
    let joint = |byte: &u8| matches!(byte, b'.' | b'_' | b'/' | b'\\' | b'$');
    let starts = matches!(word, [b'*' | b'#', ..]);
    let joined = word.windows(2).any(|pair| {
        let [one, two] = pair else { return false };
        one.is_ascii_alphabetic() && joint(two) || *one == b'_'
    });
    let inner = word.get(..word.len().saturating_sub(1)).unwrap_or_default();
    starts || word.contains(&b'_') || joined && inner.iter().any(joint)
}

/// A key whose values are an open set by its meaning.
pub(crate) fn names_open_set(word: &[u8]) -> bool {
    const KEYS: [&[u8]; 10] =
        [b"user", b"username", b"host", b"hostname", b"node", b"file", b"path", b"domain", b"group", b"name"];
    KEYS.iter().any(|key| word.eq_ignore_ascii_case(key))
}

/// A form of a verb that tells what happened or happens: `started`, `Stopping`.
pub(crate) fn is_verb_form(word: &[u8]) -> bool {
    let lower = |byte: &u8| byte.is_ascii_lowercase();
    word.len() >= 4
        && word.get(1..).is_some_and(|rest| rest.iter().all(lower))
        && (word.ends_with(b"ed") || word.ends_with(b"ing"))
}
