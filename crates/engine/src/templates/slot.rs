//! The bytes of a value in, its type and its number out.
//!
//! Types are read from values that were sampled, never from the line key, so a slot may be shown as
//! `<ip>` or `<host>` without splitting its template when a log writes both.

use std::fmt;

use super::number::{Measure, Unit, digit_value};

/// The type of a value, and of a slot when most of its values have that type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Nothing stands where a value should.
    Empty = 0,
    /// A decimal number, with or without sign and fraction.
    Number,
    /// A number with a unit of time, or `01:23:45`.
    Duration,
    /// A number with a unit of bytes.
    Size,
    /// A number with a percent sign.
    Percentage,
    /// `0x…`
    Hex,
    /// A UUID.
    Uuid,
    /// Sixteen hexadecimal digits or more.
    Hash,
    /// An IP address of either version, with or without port or prefix length.
    Ip,
    /// A MAC address.
    Mac,
    /// `scheme://…`
    Url,
    /// A path of a file system.
    Path,
    /// A mail address.
    Mail,
    /// A host name, with or without port.
    Host,
    /// A date, a time of day with a date, or both.
    Time,
    /// `true`, `false`, `null`.
    Literal,
    /// A name that programs make: letters with digits, dots or underlines.
    Identifier,
    /// A plain word.
    Word,
    /// Several values side by side.
    List,
    /// Anything else, several words among it.
    Text,
}

impl Kind {
    /// All types.
    pub const ALL: [Kind; 20] = [
        Kind::Empty,
        Kind::Number,
        Kind::Duration,
        Kind::Size,
        Kind::Percentage,
        Kind::Hex,
        Kind::Uuid,
        Kind::Hash,
        Kind::Ip,
        Kind::Mac,
        Kind::Url,
        Kind::Path,
        Kind::Mail,
        Kind::Host,
        Kind::Time,
        Kind::Literal,
        Kind::Identifier,
        Kind::Word,
        Kind::List,
        Kind::Text,
    ];

    /// The name that stands in a template: `<ip>`.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Empty => "empty",
            Kind::Number => "number",
            Kind::Duration => "duration",
            Kind::Size => "size",
            Kind::Percentage => "percentage",
            Kind::Hex => "hex",
            Kind::Uuid => "uuid",
            Kind::Hash => "hash",
            Kind::Ip => "ip",
            Kind::Mac => "mac",
            Kind::Url => "url",
            Kind::Path => "path",
            Kind::Mail => "mail",
            Kind::Host => "host",
            Kind::Time => "time",
            Kind::Literal => "literal",
            Kind::Identifier => "id",
            Kind::Word => "word",
            Kind::List => "list",
            Kind::Text => "text",
        }
    }

    /// Some value of the type.
    pub(crate) const fn example(self) -> &'static [u8] {
        match self {
            Kind::Empty => b"",
            Kind::Number => b"1",
            Kind::Duration => b"1s",
            Kind::Size => b"1B",
            Kind::Percentage => b"1%",
            Kind::Hex => b"0x1",
            Kind::Uuid => b"123e4567-e89b-12d3-a456-426614174000",
            Kind::Hash => b"0123456789abcdef",
            Kind::Ip => b"10.0.0.1",
            Kind::Mac => b"00:00:5e:00:53:01",
            Kind::Url => b"http://example.com/",
            Kind::Path => b"/a",
            Kind::Mail => b"a@example.com",
            Kind::Host => b"www.example.com",
            Kind::Time => b"2000-01-01",
            Kind::Literal => b"true",
            Kind::Identifier => b"a_1",
            Kind::Word => b"a",
            Kind::List => b"1,1",
            Kind::Text => b"a a",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The type of a value.
pub(crate) fn kind_of(value: &[u8]) -> Kind {
    let text = bare(value);
    if text.is_empty() {
        return Kind::Empty;
    }
    match Measure::of(text) {
        Some(measure) => kind_of_unit(measure.unit),
        None => TESTS.iter().find(|(_, test)| test(text)).map_or(Kind::Text, |(kind, _)| *kind),
    }
}

/// Whether a value says when something was or where in a network. Most values do not, and that is told sooner than
/// what they are.
pub(super) fn is_time_or_address(value: &[u8]) -> bool {
    let text = bare(value);
    (is_ip(text) || is_mac(text) || is_time(text))
        && matches!(kind_of(value), Kind::Time | Kind::Ip | Kind::Mac)
}

/// Without blanks around it and the full stop behind it.
fn bare(value: &[u8]) -> &[u8] {
    let text = value.trim_ascii();
    text.strip_suffix(b".").filter(|text| !text.is_empty()).unwrap_or(text)
}

fn kind_of_unit(unit: Unit) -> Kind {
    match unit {
        Unit::None => Kind::Number,
        Unit::Percent => Kind::Percentage,
        Unit::Bytes => Kind::Size,
        Unit::Seconds => Kind::Duration,
    }
}

type Test = fn(&[u8]) -> bool;

/// Of what is no number the first test that holds decides.
const TESTS: [(Kind, Test); 14] = [
    (Kind::Literal, |text| {
        matches!(
            text,
            b"true" | b"false" | b"null" | b"nil" | b"True" | b"False" | b"TRUE" | b"FALSE" | b"NULL"
        )
    }),
    (Kind::Hex, is_hex),
    (Kind::Uuid, is_uuid),
    (Kind::Mac, is_mac),
    (Kind::Ip, is_ip),
    (Kind::Hash, is_hash),
    (Kind::Time, is_time),
    (Kind::Url, |text| memchr::memmem::find(text, b"://").is_some_and(|at| at > 0 && !has_blank(text))),
    (Kind::Path, is_path),
    (Kind::Mail, |text| {
        !has_blank(text) && text.iter().filter(|byte| **byte == b'@').count() == 1 && text.contains(&b'.')
    }),
    (Kind::Host, is_host),
    (Kind::Word, |text| text.iter().all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80)),
    (Kind::Identifier, |text| {
        !has_blank(text) && !text.contains(&b',') && text.iter().any(u8::is_ascii_alphanumeric)
    }),
    (Kind::List, |text| text.contains(&b',') || text.split(|byte| *byte == b' ').all(is_plain_number)),
];

fn is_plain_number(text: &[u8]) -> bool {
    Measure::of(text).is_some_and(|measure| measure.unit == Unit::None)
}

fn has_blank(text: &[u8]) -> bool {
    text.iter().any(|byte| *byte <= b' ')
}

/// The number in a value: seconds for durations, bytes for sizes, the value of hexadecimal digits.
pub(crate) fn number_of(value: &[u8]) -> Option<f64> {
    let hex = || {
        let text = value.trim_ascii();
        let text = text.strip_suffix(b".").unwrap_or(text);
        text.strip_prefix(b"0x").and_then(|digits| digit_value(digits, 16))
    };
    Measure::of(value).map(|measure| measure.value).or_else(hex)
}

fn is_hex(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X"));
    digits.is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit))
}

pub(super) fn is_uuid(text: &[u8]) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let mut groups = text.split(|byte| *byte == b'-');
    let fits = lengths.iter().all(|length| {
        groups.next().is_some_and(|group| group.len() == *length && group.iter().all(u8::is_ascii_hexdigit))
    });
    fits && groups.next().is_none()
}

fn is_mac(text: &[u8]) -> bool {
    let separator = text.get(2).copied().filter(|byte| matches!(byte, b':' | b'-'));
    let Some(separator) = separator else { return false };
    let pair = |group: &[u8]| group.len() == 2 && group.iter().all(u8::is_ascii_hexdigit);
    text.len() == 17 && text.split(|byte| *byte == separator).all(pair)
}

fn is_ip(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"/").unwrap_or(text);
    let address = text.split(|byte| *byte == b'/').next().unwrap_or_default();
    is_ip4(address) || is_ip6(address)
}

fn is_ip4(text: &[u8]) -> bool {
    let mut parts = text.splitn(2, |byte| *byte == b':');
    let address = parts.next().unwrap_or_default();
    let port =
        parts.next().is_none_or(|port| (1..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit));
    let octet = |part: &[u8]| (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
    port && address.split(|byte| *byte == b'.').count() == 4 && address.split(|byte| *byte == b'.').all(octet)
}

fn is_ip6(text: &[u8]) -> bool {
    let text = text.split(|byte| *byte == b'%').next().unwrap_or_default();
    let text =
        text.strip_prefix(b"[").and_then(|text| text.split(|byte| *byte == b']').next()).unwrap_or(text);
    text.contains(&b':')
        && std::str::from_utf8(text).is_ok_and(|text| text.parse::<core::net::Ipv6Addr>().is_ok())
}

fn is_hash(text: &[u8]) -> bool {
    text.len() >= 16
        && text.iter().all(u8::is_ascii_hexdigit)
        && text.iter().any(|byte| !byte.is_ascii_digit())
}

/// Dates of the common orders, with or without a time of day.
fn is_time(text: &[u8]) -> bool {
    let date = text.split(|byte| matches!(byte, b' ' | b'T' | b',')).next().unwrap_or_default();
    let digits = |part: &[u8], least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.iter().all(u8::is_ascii_digit)
    };
    let dated = [b'-', b'/', b'.'].iter().any(|separator| {
        let mut parts = date.split(|byte| byte == separator);
        let (Some(one), Some(two), Some(three), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let day = three.get(..2).unwrap_or(three);
        // An identifier may begin as a day does.
        let goes_on = three.get(2).is_some_and(u8::is_ascii_hexdigit);
        let year_first = digits(one, 4, 4) && digits(two, 1, 2) && digits(day, 1, 2) && !goes_on;
        let year_last = digits(one, 1, 2) && digits(two, 1, 2) && digits(three, 4, 4);
        year_first || year_last
    });
    let word = text.get(..3).unwrap_or_default();
    let named = super::words::is_month(word) || super::words::is_weekday(word);
    dated || named && text.contains(&b':') && text.contains(&b' ')
}

fn is_path(text: &[u8]) -> bool {
    match text {
        [b'/' | b'\\', _, ..] | [b'.', b'/', ..] | [b'.', b'.', b'/', ..] => !has_blank(text),
        [drive, b':', b'\\' | b'/', ..] => drive.is_ascii_alphabetic(),
        _ => !has_blank(text) && text.iter().filter(|byte| **byte == b'/').count() >= 2,
    }
}

fn is_host(text: &[u8]) -> bool {
    let mut parts = text.splitn(2, |byte| *byte == b':');
    let name = parts.next().unwrap_or_default();
    let port = parts.next();
    let digits = port.is_none_or(|port| !port.is_empty() && port.iter().all(u8::is_ascii_digit));
    let top = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let known = port.is_some() || super::words::is_data(name);
    digits
        && known
        && super::words::is_dotted(name)
        && top.len() >= 2
        && top.iter().all(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_values() {
        let table: &[(&str, Kind)] = &[
            ("", Kind::Empty),
            ("42", Kind::Number),
            ("-1.5e3", Kind::Number),
            ("1,234,567", Kind::Number),
            ("12,34", Kind::List),
            ("99.5%", Kind::Percentage),
            ("5KB", Kind::Size),
            ("18.4 MiB", Kind::Size),
            ("250ms", Kind::Duration),
            ("<1 sec", Kind::Duration),
            ("00:01:02", Kind::Duration),
            ("true", Kind::Literal),
            ("0xdeadbeef", Kind::Hex),
            ("123e4567-e89b-12d3-a456-426614174000", Kind::Uuid),
            ("00:11:43:e3:ba:c3", Kind::Mac),
            ("10.0.0.1", Kind::Ip),
            ("/10.0.0.1:8080", Kind::Ip),
            ("10.0.0.0/8", Kind::Ip),
            ("fe80::1%eth0", Kind::Ip),
            ("d41d8cd98f00b204e9800998ecf8427e", Kind::Hash),
            ("2005-06-03", Kind::Time),
            ("2005-06-03T15:42:50.1Z", Kind::Time),
            ("Sat Jun 11 03:28:22 2005", Kind::Time),
            ("2005/06/03c1a2f9", Kind::Path),
            ("2005-06-03c1a2f9", Kind::Identifier),
            ("https://example.com/a?b=c", Kind::Url),
            ("/var/log/syslog", Kind::Path),
            ("C:\\Windows\\a.dll", Kind::Path),
            ("me@example.com", Kind::Mail),
            ("www.example.com:443", Kind::Host),
            ("root", Kind::Word),
            ("blk_-160899", Kind::Identifier),
            ("John Smith", Kind::Text),
            ("1 2 3", Kind::List),
        ];
        for (value, kind) in table {
            assert_eq!(kind_of(value.as_bytes()), *kind, "{value}");
        }
    }

    #[test]
    fn examples_have_their_types() {
        for kind in Kind::ALL {
            assert_eq!(kind_of(kind.example()), kind, "{kind}");
        }
    }

    #[test]
    fn numbers_of_values() {
        let table: &[(&str, Option<f64>)] = &[
            ("42", Some(42.0)),
            ("42.", Some(42.0)),
            ("2KiB", Some(2048.0)),
            ("250ms", Some(0.25)),
            ("00:01:02", Some(62.0)),
            ("50%", Some(50.0)),
            ("0x10", Some(16.0)),
            ("inf", None),
            ("1e999", None),
            ("10.0.0.1", None),
            ("root", None),
        ];
        for (value, number) in table {
            assert_eq!(number_of(value.as_bytes()), *number, "{value}");
        }
    }
}
