//! A message in, its words out: what stands between blanks, quotes and brackets.

use super::sheet::hash;

/// Words that are looked at in a message.
const MOST: usize = 512;
/// Bytes of a word that is a term.
const TERM: std::ops::RangeInclusive<usize> = 2..=40;

/// The words of a message, in their order.
pub(super) struct Words<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Words<'a> {
    pub(super) fn of(message: &'a [u8]) -> Words<'a> {
        Words { rest: message, left: MOST }
    }
}

fn is_border(byte: u8) -> bool {
    matches!(
        byte,
        0..=b' '
            | b'"'
            | b'\''
            | b'`'
            | b','
            | b';'
            | b'('
            | b')'
            | b'['
            | b']'
            | b'{'
            | b'}'
            | b'<'
            | b'>'
            | b'='
            | b'|'
    )
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        let start = self.rest.iter().position(|byte| !is_border(*byte))?;
        let rest = self.rest.get(start..)?;
        let end = rest.iter().position(|byte| is_border(*byte)).unwrap_or(rest.len());
        let (word, rest) = rest.split_at_checked(end)?;
        self.rest = rest;
        // A point or a colon at the end belongs to the sentence.
        let trimmed = word.iter().rposition(|byte| !matches!(byte, b'.' | b':' | b'!' | b'?'));
        Some(trimmed.and_then(|last| word.get(..=last)).unwrap_or(word))
    }
}

/// The hashes of the terms of a message: its words of letters, in lower case, without what varies.
pub(super) fn each_term(message: &[u8], mut take: impl FnMut(u64, &[u8])) {
    let mut lower = [0u8; 40];
    for word in Words::of(message) {
        for part in word.split(|byte| !byte.is_ascii_alphabetic() && *byte != b'_' && *byte < 128) {
            if !TERM.contains(&part.len()) {
                continue;
            }
            let Some(letters) = lower.get_mut(..part.len()) else { continue };
            letters.copy_from_slice(part);
            letters.make_ascii_lowercase();
            take(hash(letters), letters);
        }
    }
}

/// Whether a word is an IPv4 address, with or without a port, or an IPv6 address.
pub(super) fn is_address(word: &[u8]) -> bool {
    address(word).is_some()
}

/// Where an address belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Loopback,
    Private,
    Public,
}

/// What is known of an address, and the port behind it.
pub(super) fn address(word: &[u8]) -> Option<(Reach, Option<u16>)> {
    let word = word.strip_prefix(b"/").unwrap_or(word);
    if word.len() > 45 || !word.first().is_some_and(|byte| byte.is_ascii_hexdigit() || *byte == b':') {
        return None;
    }
    let text = std::str::from_utf8(word).ok()?;
    if let Ok(address) = text.parse::<std::net::Ipv6Addr>() {
        return Some((reach_of_six(address), None));
    }
    let (host, port) = text.rsplit_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let address: std::net::Ipv4Addr = host.parse().ok()?;
    let port = port.map(str::parse::<u16>).transpose().ok()?;
    let near = address.is_private() || address.is_link_local() || address.is_unspecified();
    let reach = match address.is_loopback() {
        true => Reach::Loopback,
        false if near => Reach::Private,
        false => Reach::Public,
    };
    Some((reach, port))
}

fn reach_of_six(address: std::net::Ipv6Addr) -> Reach {
    let first = address.segments()[0];
    match first {
        _ if address.is_loopback() => Reach::Loopback,
        _ if first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80 => Reach::Private,
        _ => Reach::Public,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_between_borders() {
        let words: Vec<&[u8]> = Words::of(b"say \"no\", (x=1): done. ...").collect();
        assert_eq!(words, [b"say".as_slice(), b"no", b"x", b"1", b":", b"done", b"..."]);
        assert_eq!(Words::of(&[b'a', b' '].repeat(10_000)).count(), MOST);
    }

    #[test]
    fn terms_are_the_same_whatever_varies() {
        let terms = |message: &str| {
            let mut terms = Vec::new();
            each_term(message.as_bytes(), |_, term| terms.push(String::from_utf8_lossy(term).into_owned()));
            terms
        };
        assert_eq!(terms("User u17 logged in from 10.0.0.1"), ["user", "logged", "in", "from"]);
        assert_eq!(terms("USER u99 logged in from 10.9.9.9"), ["user", "logged", "in", "from"]);
    }

    #[test]
    fn addresses_are_told_from_versions_and_times() {
        let check = |word: &str, wanted: Option<(Reach, Option<u16>)>| {
            assert_eq!(address(word.as_bytes()), wanted, "{word}");
        };
        check("10.0.0.1", Some((Reach::Private, None)));
        check("/127.0.0.1:8080", Some((Reach::Loopback, Some(8080))));
        check("8.8.8.8:53", Some((Reach::Public, Some(53))));
        check("fe80::1", Some((Reach::Private, None)));
        check("::1", Some((Reach::Loopback, None)));
        check("2001:db8::1", Some((Reach::Public, None)));
        for word in ["1.2.3", "10:11:12", "256.1.1.1", "8.8.8.8:99999", "a.b.c.d", "", ":"] {
            check(word, None);
        }
    }
}
