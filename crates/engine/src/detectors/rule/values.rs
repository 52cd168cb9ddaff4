//! A record in, values of it out that a rule asks for: the number behind a key, an address, a user, a field.
//!
//! Keys are looked for in the fields first and then in the text, as whole words: `took 12 ms`, `duration=1.2s`,
//! `"elapsed_ms":17`. A unit behind the number counts, and so does one at the end of the key.

use std::hash::BuildHasher;
use std::net::IpAddr;

use foldhash::fast::FixedState;
use memchr::memmem::Finder;

use super::phrase::without_digits;
use crate::records::record::Record;
use crate::records::roles::Role;
use crate::templates::{Measure, Unit};

/// Endings of a key that are its unit, and what one of them is in the base unit.
const SUFFIXES: [(&str, f64); 14] = [
    ("", 1.0),
    ("_ms", 1e-3),
    ("ms", 1e-3),
    ("_millis", 1e-3),
    ("_milliseconds", 1e-3),
    ("_us", 1e-6),
    ("_micros", 1e-6),
    ("_ns", 1e-9),
    ("_s", 1.0),
    ("_sec", 1.0),
    ("_secs", 1.0),
    ("_seconds", 1.0),
    ("_mb", 1e6),
    ("_bytes", 1.0),
];
/// Signs that may stand between a key and its number.
const BETWEEN: usize = 4;
/// Places of a key in a text that are looked at.
const TRIES: usize = 16;
/// The longest number or address.
const LONGEST: usize = 64;
/// So much of a message is searched for addresses and users.
const SEARCHED: usize = 4096;

/// A key, with all its endings.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// The names of fields, and what one is in the base unit.
    names: Vec<(String, f64)>,
    finder: Finder<'static>,
}

impl Key {
    pub(super) fn of(name: &str) -> Key {
        let lower = name.to_ascii_lowercase();
        let names = SUFFIXES.iter().map(|(suffix, each)| (format!("{lower}{suffix}"), *each)).collect();
        Key { names, finder: Finder::new(lower.as_bytes()).into_owned() }
    }

    /// The names of fields that it stands for, in lower case.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(name, _)| name.as_str())
    }

    /// The number of the first field that is called so, in seconds, bytes or nothing.
    pub(super) fn of_field(&self, record: &Record<'_>) -> Option<f64> {
        record.fields().find_map(|(name, value)| {
            let (_, each) =
                self.names.iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()))?;
            scaled(value.bytes, *each)
        })
    }

    /// Whether a number stands behind the key in a text in lower case. It does so in all texts that differ from it in
    /// their digits only.
    pub(super) fn is_before_number(&self, text: &[u8]) -> bool {
        self.in_text(&without_digits(text)).is_some()
    }

    /// The number behind the key in a text in lower case.
    pub(super) fn in_text(&self, text: &[u8]) -> Option<f64> {
        self.finder.find_iter(text).take(TRIES).find_map(|at| {
            let before = at.checked_sub(1).and_then(|before| text.get(before));
            if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
                return None;
            }
            let behind = text.get(at + self.finder.needle().len()..)?;
            let length = behind.iter().take_while(|byte| is_name(**byte)).count();
            let ending = behind.get(..length)?;
            let (_, each) = SUFFIXES.iter().find(|(suffix, _)| suffix.as_bytes() == ending)?;
            let rest = behind.get(length..)?;
            let signs = rest.iter().take(BETWEEN).take_while(|byte| is_between(**byte)).count();
            scaled(rest.get(signs..)?, *each)
        })
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_between(byte: u8) -> bool {
    matches!(byte, b' ' | b'=' | b':' | b'"' | b'(' | b'[' | b'\'')
}

/// The number that a text begins with, with its unit; or with that of its key where it has none.
fn scaled(text: &[u8], each: f64) -> Option<f64> {
    let text = text.get(..LONGEST).unwrap_or(text);
    let digits =
        text.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+')).count();
    let number = text.get(..digits)?;
    let number = number.strip_suffix(b".").unwrap_or(number);
    let plain: f64 = std::str::from_utf8(number).ok()?.parse().ok()?;
    let rest = text.get(digits..)?;
    let blank = usize::from(rest.first() == Some(&b' '));
    let unit = rest.get(blank..)?;
    let letters = unit.iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'%').count();
    let with_unit = text.get(..digits + blank + letters)?;
    match Measure::of(with_unit) {
        Some(measure) if measure.unit == Unit::Percent => Some(measure.value / 100.0),
        Some(measure) if letters > 0 => Some(measure.value),
        _ if unit.first() == Some(&b'%') => Some(plain / 100.0),
        _ => Some(plain * each),
    }
    .filter(|value| value.is_finite())
}

/// The number that somebody wrote as a limit: `5s`, `90%`, `2GiB`, `1000`.
pub(super) fn limit(words: &str) -> Option<f64> {
    let text = words.trim();
    let value = scaled(text.as_bytes(), 1.0)?;
    text.starts_with(|letter: char| letter.is_ascii_digit() || letter == '-').then_some(value)
}

/// What records are counted apart by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    Address,
    Host,
    User,
    Field(String),
}

impl By {
    pub(super) fn of(words: &str) -> By {
        match words {
            "ip" | "address" => By::Address,
            "host" => By::Host,
            "user" => By::User,
            name => By::Field(name.to_owned()),
        }
    }

    /// Whether a field of that name may say it.
    pub(super) fn is_of_field(&self, name: &[u8]) -> bool {
        match self {
            By::Address => CLIENTS.has(name),
            By::Host => Role::of(name) == Some(Role::Host),
            By::User => USERS.has(name),
            By::Field(wanted) => wanted.as_bytes() == name,
        }
    }

    /// A name for the value: equal for equal values. Records without one share a name.
    pub(super) fn of_record(&self, record: &Record<'_>) -> u32 {
        match self {
            By::Address => {
                of_client(record).unwrap_or_else(|| first_address(record.message).map_or(0, named))
            }
            By::Host => record.attribute(Role::Host).map_or(0, |value| named(value.bytes)),
            By::User => user(record).map_or(0, named),
            By::Field(name) => record.field(name).map_or(0, |value| named(value.bytes)),
        }
    }
}

/// A hash, folded: never 0, which stands for no value.
fn named(value: &[u8]) -> u32 {
    let hash = FixedState::with_seed(29).hash_one(value);
    ((hash >> 32) as u32 ^ hash as u32).max(1)
}

/// Names of fields, the surest first, and their lengths, a bit for each.
struct Names {
    list: &'static [&'static str],
    lengths: u64,
}

impl Names {
    const fn of(list: &'static [&'static str]) -> Names {
        let (mut lengths, mut at) = (0, 0);
        while at < list.len() {
            lengths |= 1 << (list[at].len() & 63);
            at += 1;
        }
        Names { list, lengths }
    }

    fn has(&self, name: &[u8]) -> bool {
        self.list.iter().any(|known| known.as_bytes() == name)
    }
}

/// Names of fields that hold the address of whoever asked.
const CLIENTS: Names = Names::of(&[
    "client",
    "client_ip",
    "clientip",
    "remote_addr",
    "remote_ip",
    "source_ip",
    "src_ip",
    "ip",
    "remote",
    "rhost",
]);

/// The field whose name comes first in the list, and the last of that name.
#[inline]
fn first_of<'a>(record: &Record<'a>, names: &Names) -> Option<&'a [u8]> {
    let mut best: Option<(usize, usize)> = None;
    // Hardly any name has the length of one that is looked for.
    for (index, name) in record.fields.names_of_lengths(names.lengths, record.text) {
        let rank = names.list.iter().position(|known| known.as_bytes() == name);
        if let Some(rank) = rank.filter(|rank| best.is_none_or(|(other, _)| *rank <= other)) {
            best = Some((rank, index));
        }
    }
    let (_, value) = record.fields.at(best?.1, record.text)?;
    Some(value.bytes)
}

/// A name for the address of whoever it is about, where a field tells it.
pub(super) fn of_client(record: &Record<'_>) -> Option<u32> {
    first_of(record, &CLIENTS).filter(|value| value.iter().any(u8::is_ascii_digit)).map(named)
}

fn first_address(message: &[u8]) -> Option<&[u8]> {
    runs(message).find_map(|(_, run)| address_in(run))
}

/// Stretches of what addresses are made of, and where they stand.
fn runs(message: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let head = message.get(..SEARCHED).unwrap_or(message);
    let may = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':');
    head.split(move |byte| !may(byte)).scan(0, |at, run| {
        let here = *at;
        *at += run.len() + 1;
        Some((here, run))
    })
}

/// Whether a stretch is an address for some digits in the place of its own.
fn may_be_address(run: &[u8]) -> bool {
    let count = |sign: u8| run.iter().filter(|byte| **byte == sign).count();
    run.len() <= LONGEST && (count(b'.') >= 3 || count(b':') >= 2)
}

/// A run without the stops of its sentence.
fn without_stops(run: &[u8]) -> &[u8] {
    let end = run.iter().rposition(|byte| !matches!(byte, b':' | b'.')).map_or(0, |last| last + 1);
    run.get(..end).unwrap_or_default()
}

/// The address in a run of digits, dots and colons: `10.0.0.1:443` has a port.
fn address_in(run: &[u8]) -> Option<&[u8]> {
    if run.len() < 3 || !may_be_address(run) {
        return None;
    }
    let text = std::str::from_utf8(without_stops(run)).ok()?;
    if text.parse::<IpAddr>().is_ok() {
        return Some(text.as_bytes());
    }
    let (host, port) = text.rsplit_once(':')?;
    (port.parse::<u16>().is_ok() && host.contains('.') && host.parse::<IpAddr>().is_ok())
        .then_some(host.as_bytes())
}

/// An address of four numbers, as nearly all are: how many digits each of them has.
type Quad = [u8; 4];

/// The digits of the numbers of what may be such an address; no digits where it is none.
fn quad_of(run: &[u8]) -> Quad {
    let mut quad = [0; 4];
    let mut parts = run.split(|byte| *byte == b'.');
    for (digits, part) in quad.iter_mut().zip(&mut parts) {
        if !(1..=3).contains(&part.len()) || !part.iter().all(u8::is_ascii_digit) {
            return [0; 4];
        }
        *digits = part.len() as u8;
    }
    if parts.next().is_none() { quad } else { [0; 4] }
}

/// Where an address with such digits ends, if a run begins with one. A number does not begin with a zero, and is at
/// most 255.
#[inline]
fn quad_end(run: &[u8], quad: Quad) -> Option<usize> {
    let mut at = 0;
    let is_one = quad.iter().all(|digits| {
        let number = run.get(at..at + usize::from(*digits)).unwrap_or_default();
        at += number.len() + 1;
        matches!(
            number,
            [_] | [b'1'..=b'9', _] | [b'1', _, _] | [b'2', b'0'..=b'4', _] | [b'2', b'5', b'0'..=b'5']
        )
    });
    is_one.then(|| at - 1)
}

/// Where the address stands in messages of a look. Messages that differ in their digits only have it at one place.
#[derive(Clone, Copy, Debug)]
pub(super) struct AddressPlace {
    /// From where to where; of no length where there is none.
    from: u16,
    to: u16,
    quad: Quad,
}

impl AddressPlace {
    /// No message of the look was searched.
    pub(super) const UNKNOWN: AddressPlace = AddressPlace { from: u16::MAX, to: 0, quad: [0; 4] };

    fn of(&self, message: &[u8]) -> Option<u32> {
        let run = message.get(usize::from(self.from)..usize::from(self.to))?;
        if run.is_empty() {
            return Some(0);
        }
        match quad_end(run, self.quad) {
            Some(end) => run.get(..end).map(named),
            None => address_in(run).map(named),
        }
    }

    fn search(&mut self, message: &[u8]) -> u32 {
        let candidate = runs(message).find(|(_, run)| may_be_address(run));
        let (at, run) = candidate.unwrap_or((0, &[]));
        *self =
            AddressPlace { from: at as u16, to: (at + run.len()) as u16, quad: quad_of(without_stops(run)) };
        first_address(message).map_or(0, named)
    }
}

/// A name for the address in a message: equal for equal ones, 0 for none. `place` is what is known of its look.
pub(super) fn name_of_address(message: &[u8], place: Option<&mut AddressPlace>) -> u32 {
    let Some(place) = place.filter(|_| message.len() <= SEARCHED) else {
        return first_address(message).map_or(0, named);
    };
    // A look says nothing of the blanks before a message.
    let begin = message.iter().position(|byte| *byte > b' ').unwrap_or(0);
    let message = message.get(begin..).unwrap_or_default();
    place.of(message).unwrap_or_else(|| place.search(message))
}

/// Names of fields that hold a user.
const USERS: Names = Names::of(&["user", "username", "user_name", "login", "account"]);

/// Who it is about: of a field, or the word behind `user`, `user=` or `for`.
fn user<'a>(record: &Record<'a>) -> Option<&'a [u8]> {
    let field = first_of(record, &USERS);
    if field.is_some_and(|value| !matches!(value, b"" | b"-")) {
        return field;
    }
    let head = record.message.get(..SEARCHED).unwrap_or(record.message);
    let mut words = head.split(|byte| matches!(byte, b' ' | b'=' | b'"' | b'\'' | b'\n' | b',' | b':'));
    let is_key = |word: &[u8]| word.eq_ignore_ascii_case(b"user") || word == b"for";
    words.by_ref().find(|word| is_key(word))?;
    words.find(|word| !word.is_empty() && !is_key(word) && *word != b"invalid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_behind_their_keys() {
        let table: &[(&str, &str, Option<f64>)] = &[
            ("duration", "log: duration: 295.551 ms  statement", Some(0.295_551)),
            ("duration", "request duration_ms=1500.5 rows=3", Some(1.5005)),
            ("duration", "total_duration=3", None),
            ("duration", "durations: 4", None),
            ("took", "it took 12 s", Some(12.0)),
            ("took", "it took too long, took=7m", Some(420.0)),
            ("query_time", "# query_time: 12.5  lock_time: 0.1", Some(12.5)),
            ("cpu", "cpu=0.93 load1=4", Some(0.93)),
            ("usage", "usage 93% of disk", Some(0.93)),
            ("memory", "memory_mb=12", Some(12e6)),
            ("x", "x=", None),
            ("x", "x", None),
        ];
        for (key, text, wanted) in table {
            let found = Key::of(key).in_text(text.as_bytes());
            let near = match (found, wanted) {
                (Some(found), Some(wanted)) => (found - wanted).abs() < 1e-6 * wanted.abs(),
                (found, wanted) => found.is_none() && wanted.is_none(),
            };
            assert!(near, "{key} in {text}: {found:?}");
            assert_eq!(Key::of(key).is_before_number(text.as_bytes()), wanted.is_some(), "{key} in {text}");
        }
        assert_eq!(
            (limit("5s"), limit("90%"), limit("1000"), limit("a lot")),
            (Some(5.0), Some(0.9), Some(1000.0), None)
        );
    }

    #[test]
    fn addresses_are_found_wherever_they_stand() {
        let table: &[(&str, Option<&str>)] = &[
            ("Failed password for root from 198.51.100.7 port 22 ssh2", Some("198.51.100.7")),
            ("from [2001:db8::17]: denied", Some("2001:db8::17")),
            ("client 10.0.0.1:4433, bad", Some("10.0.0.1")),
            ("version 1.2.3 at 12:30:05", None),
            ("", None),
        ];
        for (message, wanted) in table {
            assert_eq!(first_address(message.as_bytes()), wanted.map(str::as_bytes), "{message}");
        }
    }

    #[test]
    fn four_numbers_are_told_as_the_library_tells_them() {
        let runs = "0.0.0.0 10.0.0.1 255.255.255.255 256.0.0.1 1.2.3 1.2.3.4.5 01.2.3.4 1.2.3.00 1..2.3 1.2.3. .1.2.3 \
                    1.2.3.1000 a.b.c.d 1.2.3.4:5 ::1";
        for run in runs.split(' ') {
            let is_one = run.parse::<std::net::Ipv4Addr>().is_ok();
            let end = quad_end(run.as_bytes(), quad_of(run.as_bytes()));
            assert_eq!(end, is_one.then_some(run.len()), "{run}");
        }
        for number in 0..=1000 {
            let run = format!("{number}.8.{number}.10");
            let is_one = run.parse::<std::net::Ipv4Addr>().is_ok();
            let end = quad_end(run.as_bytes(), quad_of(run.as_bytes()));
            assert_eq!(end, is_one.then_some(run.len()), "{run}");
        }
    }

    #[test]
    fn a_place_that_is_remembered_gives_what_a_search_gives() {
        let mut places: std::collections::BTreeMap<u64, AddressPlace> = std::collections::BTreeMap::new();
        let mut check = |message: &str| {
            let message = message.as_bytes();
            let mut miner = crate::templates::Miner::default();
            let look = miner.add_spotted(message, &Default::default()).look;
            let place = places.entry(look.key).or_insert(AddressPlace::UNKNOWN);
            let searched = first_address(message).map_or(0, named);
            let found = name_of_address(message, Some(place).filter(|_| look.is_whole));
            assert_eq!(found, searched, "{}", message.escape_ascii());
        };
        for message in [
            "from 198.51.100.7 port 22",
            "from 198.51.100.8 port 23",
            "  from 198.51.100.9 port 23",
            "\u{1} from 198.51.100.9 port 23",
            "from 998.51.100.9 port 23",
            "from 998.51.100.9 to 10.0.0.1",
            "from 198.51.100.9 to 10.0.0.1",
            "from 298.51.100.9 to 10.0.0.2",
            "from 198.51.100.9: 11",
            "from 198.51.100.8: 11",
            "from 298.51.100.8: 11",
            "from 198.51.100.9.:.",
            "from 198.51.100.8.:.",
            "at 1.2.3. of 10.0.0.1:22",
            "at 1.2.4. of 10.0.0.2:23",
            "at 12:30:05 of 10.0.0.1",
            "at 12:30:06 of 10.0.0.2:17, 10.0.0.3",
            "at 12:30:07 of 10.0.0.3:17, 10.0.0.4",
            "at 12:30:07 of 10.0.0.3:97, 10.0.0.4\nand 10.0.0.5",
            "nobody",
            "nobody",
        ] {
            check(message);
        }
    }
}
