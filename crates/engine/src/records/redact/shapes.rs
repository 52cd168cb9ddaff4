//! Values that are told by their own shape: e-mail, card, IBAN, phone, JWT, keys of known services.
//!
//! Each function looks at a position and gives the end of the value that begins there. All look
//! at a bounded number of bytes, or go on from where they ended, so a walk over a text is linear.

/// The byte at a position, 0 beyond the end.
pub(super) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// How many bytes from `at` on are of a kind.
pub(super) fn run(text: &[u8], at: usize, is: impl Fn(u8) -> bool) -> usize {
    text.get(at..).unwrap_or_default().iter().take_while(|&&byte| is(byte)).count()
}

/// Letters, digits and `_` glue: a value does not begin or end between two of them.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Bytes of the part before the `@`.
pub(super) fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-') || byte >= 0x80
}

/// A domain has at most 253 bytes.
const LONGEST_DOMAIN: usize = 254;

/// The end of the domain after an `@`, where it is one: labels, and letters at the end.
pub(super) fn email_domain(text: &[u8], at_sign: usize) -> Option<usize> {
    let start = at_sign + 1;
    let window = text.get(start..text.len().min(start + LONGEST_DOMAIN))?;
    let length =
        run(window, 0, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-') || byte >= 0x80);
    // Longer than any domain, and the window may end within a letter.
    if length == LONGEST_DOMAIN {
        return None;
    }
    let domain = window.get(..length)?;
    let trimmed = domain.iter().rev().take_while(|&&byte| matches!(byte, b'.' | b'-')).count();
    let domain = domain.get(..length - trimmed)?;
    let dot = domain.iter().rposition(|&byte| byte == b'.')?;
    let (labels, last) = (domain.get(..dot)?, domain.get(dot + 1..)?);
    let letters = last.len() >= 2 && last.iter().all(|&byte| byte.is_ascii_alphabetic() || byte >= 0x80);
    // `icon@2x.png` is a picture.
    let is_file = [&b"png"[..], b"jpg", b"jpeg", b"gif", b"svg", b"webp"].contains(&last);
    let good = labels.first().is_some_and(u8::is_ascii_alphanumeric) && letters && !is_file;
    good.then_some(start + domain.len())
}

/// The end of a card number: 13 to 19 digits in one run or in the groups of a card, of a known
/// issuer and with the right check digit.
pub(super) fn card(text: &[u8], at: usize) -> Option<usize> {
    let first = run(text.get(..text.len().min(at + 20))?, at, |byte| byte.is_ascii_digit());
    if first != 4 && !(13..=19).contains(&first) {
        return None;
    }
    let mut digits = [0_u8; 20];
    let mut groups = [0_usize; 6];
    let (mut count, mut group, mut place) = (0, 0, at);
    loop {
        let length = run(text.get(..text.len().min(place + 20))?, place, |byte| byte.is_ascii_digit());
        for digit in text.get(place..place + length)? {
            *digits.get_mut(count)? = digit - b'0';
            count += 1;
        }
        *groups.get_mut(group)? = length;
        group += 1;
        place += length;
        let separator = byte(text, at + 4);
        let goes_on = matches!(separator, b' ' | b'-')
            && byte(text, place) == separator
            && byte(text, place + 1).is_ascii_digit()
            && count < 16;
        if !goes_on {
            break;
        }
        place += 1;
    }
    let grouped = match groups.get(..group)? {
        [_] => true,
        [4, 4, 4, last] => (1..=4).contains(last),
        [4, 4, 4, 4, last] => *last <= 3,
        [4, 6, last] => matches!(last, 4 | 5),
        _ => false,
    };
    let digits = digits.get(..count)?;
    (grouped && is_issued(digits) && luhn(digits) && ends_here(text, place)).then_some(place)
}

fn ends_here(text: &[u8], at: usize) -> bool {
    let next = byte(text, at);
    let goes_on = matches!(next, b'.' | b'-' | b'/') && is_word(byte(text, at + 1));
    !is_word(next) && !goes_on
}

fn is_issued(digits: &[u8]) -> bool {
    let lengths: &[usize] = match digits {
        [4, ..] => &[13, 16, 19],
        [5, 1..=5, ..] | [2, 2..=7, ..] | [3, 5, ..] => &[16],
        [3, 4 | 7, ..] => &[15],
        [3, 0 | 6 | 8, ..] => &[14],
        [6, ..] => &[16, 17, 18, 19],
        _ => &[],
    };
    lengths.contains(&digits.len())
}

fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = (digits.iter().rev().enumerate())
        .map(|(place, &digit)| u32::from(if place % 2 == 1 { doubled(digit) } else { digit }))
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|&digit| digit != 0)
}

/// The end of a telephone number: international with `+`, or in the groups 3-3-4.
pub(super) fn phone(text: &[u8], at: usize) -> Option<usize> {
    match byte(text, at) {
        b'+' => international(text, at),
        b'(' => national(text, at, b')'),
        _ => national(text, at, 0),
    }
}

fn international(text: &[u8], at: usize) -> Option<usize> {
    if !matches!(byte(text, at + 1), b'1'..=b'9') {
        return None;
    }
    let (mut place, mut digits, mut end) = (at + 1, 0, at);
    loop {
        let length = run(text.get(..text.len().min(place + 16))?, place, |byte| byte.is_ascii_digit());
        if length == 0 || digits + length > 15 {
            break;
        }
        digits += length;
        place += length;
        end = place;
        // One long run is a number by itself; what follows it is something else.
        if length >= 8 {
            break;
        }
        let gap = text.get(place..)?;
        place += match gap {
            [b')', b' ', ..] | [b' ', b'(', ..] => 2,
            [b' ' | b'-' | b'.' | b'(' | b')', ..] => 1,
            _ => break,
        };
    }
    ((8..=15).contains(&digits) && !is_word(byte(text, end))).then_some(end)
}

fn national(text: &[u8], at: usize, bracket: u8) -> Option<usize> {
    let start = at + usize::from(bracket != 0);
    let digits = |from: usize, count: usize| {
        text.get(from..from + count).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let mut place = start + 3;
    if bracket != 0 {
        if byte(text, place) != bracket {
            return None;
        }
        place += 1 + usize::from(byte(text, place + 1) == b' ');
    } else if byte(text, place) == b'-' {
        place += 1;
    } else {
        return None;
    }
    let good = matches!(byte(text, start), b'2'..=b'9')
        && digits(start, 3)
        && digits(place, 3)
        && byte(text, place + 3) == b'-'
        && digits(place + 4, 4);
    (good && ends_here(text, place + 8)).then_some(place + 8)
}

/// The end of an IBAN: country, check digits, and the length of the country; in one run or in
/// groups of four.
pub(super) fn iban(text: &[u8], at: usize) -> Option<usize> {
    let (country, check) = text.get(at..at + 4)?.split_at(2);
    if !check.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let expected = usize::from(IBAN_LENGTHS.iter().find(|(code, _)| *code == country)?.1);
    let (mut place, mut count, mut rest) = (at, 0, 0_u32);
    let mut head = [0_u8; 4];
    while count < expected {
        let grouped = count > 0 && count % 4 == 0 && byte(text, place) == b' ';
        place += usize::from(grouped);
        let letter = byte(text, place);
        if !(letter.is_ascii_digit() || letter.is_ascii_uppercase()) {
            return None;
        }
        match head.get_mut(count) {
            Some(kept) => *kept = letter,
            None => rest = remainder(rest, letter),
        }
        count += 1;
        place += 1;
    }
    let rest = head.iter().fold(rest, |rest, &letter| remainder(rest, letter));
    (rest == 1 && ends_here(text, place)).then_some(place)
}

/// The number so far with one more digit, or letter of two digits, modulo 97.
fn remainder(rest: u32, letter: u8) -> u32 {
    match letter {
        b'0'..=b'9' => (rest * 10 + u32::from(letter - b'0')) % 97,
        _ => (rest * 100 + u32::from(letter.saturating_sub(b'A')) + 10) % 97,
    }
}

const IBAN_LENGTHS: &[(&[u8], u8)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BR", 29),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MT", 31),
    (b"MU", 30),
    (b"NL", 18),
    (b"NO", 15),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"SA", 24),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VG", 24),
    (b"XK", 20),
];

/// The end of a JSON web token: three parts in base64url, the first of which begins a JSON object.
pub(super) fn jwt(text: &[u8], at: usize) -> Option<usize> {
    if !text.get(at..)?.starts_with(b"eyJ") {
        return None;
    }
    let header = run(text, at, is_base64_url);
    let payload_at = at + header + 1;
    let payload = run(text, payload_at, is_base64_url);
    let signature_at = payload_at + payload + 1;
    let dots = byte(text, payload_at - 1) == b'.' && byte(text, signature_at - 1) == b'.';
    (header >= 10 && payload >= 4 && dots).then(|| signature_at + run(text, signature_at, is_base64_url))
}

fn is_base64_url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The beginnings of keys that services give out, and how many bytes follow at least.
const KEY_PREFIXES: &[(&[u8], usize)] = &[
    (b"AKIA", 16),
    (b"ASIA", 16),
    (b"AIza", 35),
    (b"GOCSPX-", 20),
    (b"SG.", 30),
    (b"dapi", 32),
    (b"dop_v1_", 60),
    (b"ghp_", 36),
    (b"gho_", 36),
    (b"ghu_", 36),
    (b"ghs_", 36),
    (b"ghr_", 36),
    (b"github_pat_", 22),
    (b"glpat-", 20),
    (b"hf_", 30),
    (b"hvs.", 20),
    (b"npm_", 36),
    (b"pypi-", 40),
    (b"rk_live_", 16),
    (b"rk_test_", 16),
    (b"shpat_", 30),
    (b"sk-", 32),
    (b"sk_live_", 16),
    (b"sk_test_", 16),
    (b"xapp-", 10),
    (b"xoxa-", 10),
    (b"xoxb-", 10),
    (b"xoxe-", 10),
    (b"xoxo-", 10),
    (b"xoxp-", 10),
    (b"xoxr-", 10),
    (b"xoxs-", 10),
    (b"ya29.", 20),
];

/// Whether the first two bytes are those of any prefix; nearly all words are turned down here.
fn begins_like_key(rest: &[u8]) -> bool {
    let [first, second, ..] = *rest else { return false };
    let seconds: &[u8] = match first {
        b'A' => b"KSI",
        b'G' => b"O",
        b'S' => b"G",
        b'd' => b"ao",
        b'g' => b"hil",
        b'h' => b"fv",
        b'n' => b"p",
        b'p' => b"y",
        b'r' => b"k",
        b's' => b"hk",
        b'x' => b"ao",
        b'y' => b"a",
        _ => b"",
    };
    seconds.contains(&second)
}

/// The end of a key of a known service.
pub(super) fn key(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    if !begins_like_key(rest) {
        return None;
    }
    let (prefix, least) = KEY_PREFIXES.iter().find(|(prefix, _)| rest.starts_with(prefix))?;
    let length = run(rest, prefix.len(), |byte| is_base64_url(byte) || byte == b'.');
    let mixed = rest.iter().skip(prefix.len()).take(length).any(u8::is_ascii_digit);
    (length >= *least && mixed).then_some(at + prefix.len() + length)
}

/// The end of a private key block that begins at `at`: with its last line, or of the whole text.
pub(super) fn private_key(text: &[u8], at: usize) -> Option<PrivateKey> {
    let rest = text.get(at..)?.strip_prefix(b"-----BEGIN ")?;
    let label = rest.get(..rest.len().min(64))?;
    memchr::memmem::find(label, b"PRIVATE KEY")?;
    let end = memchr::memmem::find(rest, b"-----END ").and_then(|end| {
        let close = memchr::memmem::find(rest.get(end + 9..)?, b"-----")?;
        Some(at + 11 + end + 9 + close + 5)
    });
    Some(PrivateKey { end: end.unwrap_or(text.len()), whole: end.is_some() })
}

/// A block found.
pub(super) struct PrivateKey {
    pub(super) end: usize,
    pub(super) whole: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    type Shape = fn(&[u8], usize) -> Option<usize>;

    fn check(shape: Shape, yes: &[&str], no: &[&str]) {
        for text in yes {
            assert_eq!(shape(text.as_bytes(), 0), Some(text.len()), "{text}");
        }
        for text in no {
            assert_eq!(shape(text.as_bytes(), 0), None, "{text}");
        }
    }

    #[test]
    fn cards() {
        check(
            card,
            &[
                "4111111111111111",
                "4111 1111 1111 1111",
                "5500-0000-0000-0004",
                "3782 822463 10005",
                "6011000990139424",
            ],
            &[
                "4111111111111112",
                "1716301845123456",
                "4111 1111-1111 1111",
                "41111111 11111111",
                "411111111111111a",
                "0000000000000000",
                "4111",
                "",
            ],
        );
    }

    #[test]
    fn phones() {
        check(
            phone,
            &[
                "+14155550123",
                "+49 30 901820",
                "+1 (415) 555-0123",
                "(415) 555-0123",
                "(415)555-0123",
                "415-555-0123",
            ],
            &[
                "+0100",
                "+1234567",
                "+1234567890123456",
                "415-555-01234",
                "115-555-0123",
                "2024-05-21",
                "(415) x",
                "415.555",
                "+",
            ],
        );
    }

    #[test]
    fn ibans() {
        check(
            iban,
            &[
                "DE89370400440532013000",
                "GB82 WEST 1234 5698 7654 32",
                "NO9386011117947",
                "FR1420041010050500013M02606",
            ],
            &[
                "DE89370400440532013001",
                "DE8937040044053201300",
                "XX89370400440532013000",
                "DEADBEEF",
                "DE893704004405320130007",
            ],
        );
    }

    #[test]
    fn tokens() {
        check(
            jwt,
            &["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_1", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."],
            &["eyJ", "eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi"],
        );
        check(
            key,
            &["AKIAIOSFODNN7EXAMPLE", "xoxb-123456789012-abc"],
            &["AKIA", "AKIAIOSFODNNSEVENEXAMPLE", "ghp_short1", "plain"],
        );
    }

    #[test]
    fn no_prefix_is_turned_down() {
        for (prefix, _) in KEY_PREFIXES {
            assert!(begins_like_key(prefix), "{}", String::from_utf8_lossy(prefix));
        }
    }

    #[test]
    fn domains() {
        let end = |text: &str| email_domain(text.as_bytes(), 1);
        assert_eq!(end("a@example.com."), Some(13));
        assert_eq!(end("a@mail.example.co.uk>"), Some(20));
        let long = format!("a@x.{}", "é".repeat(200));
        assert_eq!(end(&long), None, "a window of bytes ends within a letter");
        for other in ["a@localhost", "a@1.2.3", "a@2x.png", "a@", "a@.com", "a@x.c"] {
            assert_eq!(end(other), None, "{other}");
        }
    }
}
