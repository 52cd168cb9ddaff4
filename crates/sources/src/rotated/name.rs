//! The name of a file in, the log it was rotated from and its age out.
//!
//! Known are the ways of logrotate (`app.log.1`, `app.log-20240101.gz`), log4j, logback and their
//! kin (`app.log.2024-01-01`, `app-2024-01-01.1.log`, `app.1.log`), lumberjack, glog, newsyslog,
//! IIS, systemd's journal, and `.old`.

use std::cmp::Reverse;

use crate::rotated::stamp::{Stamp, find_date, find_epoch, find_journal};

/// Suffixes that a compressor adds.
const COMPRESSED: [&[u8]; 9] =
    [b".gz", b".bz2", b".xz", b".zst", b".zstd", b".zip", b".Z", b".lz4", b".lzma"];
/// Suffixes of a log of which one old file is kept.
const KEPT: [&[u8]; 3] = [b".old", b".prev", b".previous"];
/// Longer numbers are process ids and the like.
const MOST_DIGITS: usize = 4;

/// How old a file is within its set; the oldest is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Age {
    /// By a date in the name, then by a number beside it, the lowest oldest.
    Dated(Stamp, u64),
    /// By a number at the end, the highest oldest.
    Numbered(Reverse<u64>),
    /// By a number before the extension, the highest oldest.
    Inner(Reverse<u64>),
    /// The same, the lowest oldest.
    InnerTurned(u64),
    /// The file that is written to.
    Live,
}

impl Age {
    /// The number before the extension.
    pub(crate) fn inner_number(self) -> Option<u64> {
        match self {
            Age::Inner(Reverse(number)) => Some(number),
            _ => None,
        }
    }

    /// The age where the lowest number before the extension is the oldest.
    pub(crate) fn turned(self) -> Age {
        match self {
            Age::Inner(Reverse(number)) => Age::InnerTurned(number),
            other => other,
        }
    }
}

/// Where a file belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The name of the live file.
    pub(crate) stem: Vec<u8>,
    pub(crate) age: Age,
    /// The name alone does not say enough: it holds only if the live file is there too.
    pub(crate) needs_live: bool,
}

/// The name without a suffix of compression.
pub(crate) fn without_compression(name: &[u8]) -> &[u8] {
    let shorter = |suffix: &&[u8]| name.strip_suffix(*suffix).filter(|rest| !rest.is_empty());
    COMPRESSED.iter().find_map(shorter).unwrap_or(name)
}

/// The place of a file in a rotated set, if its name is one of a rotated file.
pub(crate) fn place(name: &[u8]) -> Option<Place> {
    let plain = without_compression(name);
    let is_compressed = plain.len() < name.len();
    journal(plain)
        .or_else(|| dated(plain))
        .or_else(|| numbered(plain, is_compressed))
        .or_else(|| kept(plain))
        .or_else(|| inner(plain))
}

fn journal(name: &[u8]) -> Option<Place> {
    let (from, stamp) = find_journal(name)?;
    let stem = [name.get(..from)?, b".journal"].concat();
    Some(Place { stem, age: Age::Dated(stamp, 0), needs_live: false })
}

fn dated(name: &[u8]) -> Option<Place> {
    let (range, stamp) = find_date(name).or_else(|| find_epoch(name))?;
    let (before, after) = (name.get(..range.start)?, name.get(range.end..)?);
    let (index, after) = index(after);
    let stem = joined(before, after);
    (!stem.is_empty()).then_some(Place { stem, age: Age::Dated(stamp, index), needs_live: false })
}

/// A number right after the date: `.3` of `app-2024-01-01.3.log`.
fn index(after: &[u8]) -> (u64, &[u8]) {
    let none = (0, after);
    let Some((b'.' | b'-' | b'_', rest)) = after.split_first() else { return none };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (Some(number), Some(rest)) = (rest.get(..digits), rest.get(digits..)) else { return none };
    let ends = rest.first().is_none_or(|byte| b".-_".contains(byte));
    match value(number) {
        Some(number) if ends => (number, rest),
        _ => none,
    }
}

/// What stands around a date, less the separator that came with it.
fn joined(before: &[u8], after: &[u8]) -> Vec<u8> {
    let is_separator = |byte: &u8| b".-_@ ".contains(byte);
    let trimmed = match before.split_last() {
        Some((last, rest)) if is_separator(last) => rest,
        _ => before,
    };
    let after = match after.split_first() {
        Some((first, rest)) if trimmed.is_empty() && is_separator(first) => rest,
        _ => after,
    };
    [trimmed, after].concat()
}

/// `app.log.3`
fn numbered(name: &[u8], is_compressed: bool) -> Option<Place> {
    let (stem, digits) = split_last(name, b'.')?;
    let number = small_number(digits)?;
    let is_sure = is_compressed || stem.to_ascii_lowercase().windows(3).any(|part| part == b"log");
    let age = Age::Numbered(Reverse(number));
    Some(Place { stem: stem.to_vec(), age, needs_live: !is_sure })
}

/// `app.log.old`, `app.old.log`
fn kept(name: &[u8]) -> Option<Place> {
    let stem = KEPT.iter().find_map(|suffix| name.strip_suffix(*suffix)).map(<[u8]>::to_vec);
    let stem = stem.or_else(|| {
        let (rest, extension) = split_last(name, b'.')?;
        let rest = KEPT.iter().find_map(|suffix| rest.strip_suffix(*suffix))?;
        Some([rest, b".", extension].concat())
    })?;
    (!stem.is_empty()).then_some(Place { stem, age: Age::Numbered(Reverse(1)), needs_live: true })
}

/// `app.3.log`, `app-3.log`; without `app.log` those may be three instances of a program.
fn inner(name: &[u8]) -> Option<Place> {
    let (rest, extension) = split_last(name, b'.')?;
    let at = rest.iter().rposition(|byte| b".-_".contains(byte))?;
    let number = small_number(rest.get(at + 1..)?)?;
    let stem = [rest.get(..at)?, b".", extension].concat();
    (at > 0).then_some(Place { stem, age: Age::Inner(Reverse(number)), needs_live: true })
}

fn split_last(name: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = name.iter().rposition(|&byte| byte == separator).filter(|&at| at > 0)?;
    Some((name.get(..at)?, name.get(at + 1..)?))
}

fn small_number(digits: &[u8]) -> Option<u64> {
    if digits.len() > MOST_DIGITS { None } else { value(digits) }
}

fn value(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_are_found() {
        let check = |name: &str, expected: Option<&str>| {
            let stem = place(name.as_bytes()).map(|place| String::from_utf8(place.stem).unwrap());
            assert_eq!(stem.as_deref(), expected, "{name}");
        };
        check("app.log", None);
        check("app.log.1", Some("app.log"));
        check("app.log.12.gz", Some("app.log"));
        check("syslog.2.gz", Some("syslog"));
        check("app.log-20240101.gz", Some("app.log"));
        check("app.log.2024-01-01", Some("app.log"));
        check("app.log.2024-01-01.gz", Some("app.log"));
        check("app-2024-01-01.log", Some("app.log"));
        check("app-2024-01-01.3.log.gz", Some("app.log"));
        check("app-2024-01-01-3.log", Some("app.log"));
        check("app_20240101.log", Some("app.log"));
        check("app.1.log", Some("app.log"));
        check("app-2024-01-01T13-45-12.123.log", Some("app.log"));
        check("app-20240101-134512.log", Some("app.log"));
        check("app.log.2024-01-01-13", Some("app.log"));
        check("app.log.2024-01", Some("app.log"));
        check("2024_01_01.request.log", Some("request.log"));
        check("2024-01-01.log", Some("log"));
        check("catalina.2024-01-01.log", Some("catalina.log"));
        check("localhost_access_log.2024-01-01.txt", Some("localhost_access_log.txt"));
        check("server.host.user.log.INFO.20240101-134512.4711", Some("server.host.user.log.INFO"));
        check("app.log.1704067200", Some("app.log"));
        check("u_ex240101.log", Some("u_ex.log"));
        check("app.log.old", Some("app.log"));
        check("app.old.log", Some("app.log"));
        check("Xorg.0.log", Some("Xorg.log"));
        check("system@000612ab34cd56ef-0011223344556677.journal", None);
        check(
            "system@00112233445566778899aabbccddeeff-0000000000000001-000612ab34cd56ef.journal",
            Some("system.journal"),
        );
        check("app.log.12345", None);
        check("app-20241301.log", None);
        check("data-99999999.log", None);
        check("app.log.+1", None);
        check("", None);
        check(".1", None);
        check("access.log.gz", None);
    }

    #[test]
    fn ages_are_ordered() {
        let check = |older: &str, newer: &str| {
            let age = |name: &str| place(name.as_bytes()).map_or(Age::Live, |place| place.age);
            assert!(age(older) < age(newer), "{older} {newer}");
        };
        check("app.log.10.gz", "app.log.2.gz");
        check("app.log.1", "app.log");
        check("app.log.1", "app.log.0");
        check("app.log-20231231.gz", "app.log-20240101");
        check("app.log-20240101", "app.log.1");
        check("app-2024-01-01.log", "app-2024-01-01.1.log");
        check("app-2024-01-01.2.log", "app-2024-01-01.10.log");
        check("app-2024-01-01.23.log", "app-2024-01-01.24.log");
        check("app-2024-01-01.99.log", "app-2024-01-02.0.log");
        check("app.log.2024-01-01-09", "app.log.2024-01-01-10");
        check("app-2024-01-01T13-45-12.123.log", "app-2024-01-01T13-45-12.200.log");
        check("app-2024-01-01T13-45-12.log", "app-2024-01-01T14-00-00.log");
        check("app.log.1704067200", "app.log.1704067201");
        check("u_ex240131.log", "u_ex240201.log");
        check("app.log.2023-12", "app.log.2024-01");
        check("app.log.2024010112", "app.log.2024010113");
    }
}
