//! The header of an unknown format: where is the time, where the level, where does the message begin?
//!
//! The lines of a sample are read side by side, from left to right, as long as nearly all of them
//! agree on what comes next. What comes out is a pattern in the ordinary language, so that an
//! inferred format can be shown, kept in a file and edited. Where a log mixes headers, each kind of
//! header gives a pattern.

use std::collections::BTreeMap;

use super::clock::Reading;
use super::fields::Fields;
use super::format::Format;
use super::level::Level;
use super::notes::Notes;
use super::pattern::{OwnLevels, Pattern, ReadStamp};
use super::timestamp::{Found, Shape, find};

mod columns;
mod prefix;
mod text;

use columns::Columns;
use text::{columns_in, share};

/// Lines that must agree on an element of the header.
const AGREE: f64 = 0.9;

/// Header fields before and after the stamp; what lies beyond is message.
const FIELDS: usize = 8;

/// How far into a line a stamp of the header may begin.
const REACH: usize = 120;

/// Kinds of header that one log may mix.
const KINDS: usize = 3;

/// A kind of header has at least this share of the lines.
const KIND: f64 = 0.1;

/// Letters that stand for levels where nothing but such letters stands.
const LETTERS: &[u8] = b"TVDINWECFAtvdinwecfa";

/// The format of a sample, or nothing where no header is to be seen.
pub(crate) fn format(lines: &[&[u8]]) -> Option<Format> {
    let mut found = Patterns::default();
    for kind in kinds(lines) {
        found.of_kind(&kind, 1);
    }
    if found.full.is_empty() {
        return None;
    }
    found.full.append(&mut found.short);
    let levels = if found.letters { letters() } else { OwnLevels::default() };
    Some(Format { levels, ..Format::of_patterns("inferred", found.full) })
}

fn letters() -> OwnLevels {
    let word = |letter: &u8| Some(([*letter].into(), Level::from_letter(*letter)?));
    OwnLevels(LETTERS.iter().filter_map(word).collect())
}

/// The lines by the look of what stands before and after their stamp, most frequent look first.
fn kinds<'a>(lines: &[&'a [u8]]) -> Vec<Vec<&'a [u8]>> {
    let mut kinds: BTreeMap<(usize, u8, u8), Vec<&[u8]>> = BTreeMap::new();
    for line in lines {
        let look = find(line, REACH).next().and_then(|found| look(line, &found));
        kinds.entry(look.unwrap_or_default()).or_default().push(line);
    }
    let mut kinds: Vec<_> = kinds.into_values().collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.len()));
    let largest = kinds.first().map_or(0, Vec::len);
    if share(largest, lines.len()) >= AGREE {
        return vec![lines.to_vec()];
    }
    kinds.retain(|kind| kind.len() >= 2 && share(kind.len(), lines.len()) >= KIND);
    kinds.truncate(KINDS);
    kinds
}

fn look(line: &[u8], found: &Found) -> Option<(usize, u8, u8)> {
    let before = line.get(..found.offset)?;
    let after = line.get(found.offset + found.length).copied().unwrap_or(b' ');
    let last = before.last().copied().unwrap_or(0);
    let last = if last.is_ascii_alphanumeric() { b'a' } else { last };
    Some((columns_in(before) + 1, last, after))
}

/// The patterns found so far.
#[derive(Default)]
struct Patterns {
    /// Whole headers.
    full: Vec<Pattern>,
    /// Nothing but the time, for lines that lack a part of their header.
    short: Vec<Pattern>,
    letters: bool,
}

impl Patterns {
    /// Adds the patterns of lines that look alike, and once more those of the lines left over.
    fn of_kind(&mut self, lines: &[&[u8]], again: usize) {
        let mut columns = Columns::new(lines);
        if lines.is_empty() || !columns.begin() {
            return;
        }
        columns.header();
        let Ok(full) = Pattern::parse(&columns.finished()) else { return };
        self.letters |= columns.letters;
        let left: Vec<&[u8]> = lines.iter().filter(|line| !self.reads(&full, line)).copied().collect();
        self.full.push(full);
        if again > 0 && left.len() >= 2 && share(left.len(), lines.len()) >= KIND {
            self.of_kind(&left, again - 1);
        }
        self.short.extend(columns.short.and_then(|text| Pattern::parse(&text).ok()));
    }

    fn reads(&self, pattern: &Pattern, line: &[u8]) -> bool {
        let levels = if self.letters { letters() } else { OwnLevels::default() };
        pattern.matches(line, &mut AnyStamp, &levels, &mut Fields::new()).is_some()
    }
}

struct AnyStamp;

impl ReadStamp for AnyStamp {
    fn read(&mut self, text: &[u8]) -> Option<Reading> {
        let (_, length) = Shape::detect(text)?;
        Some(Reading { length, time: None, notes: Notes::NONE })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(lines: &[&str], expected: Option<&str>) {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let found = format(&lines).map(|format| format.patterns[0].text().to_owned());
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn header_and_message_are_told_apart() {
        check(
            &[
                "2024-03-01 10:00:00,123 INFO [main] org.example.Server: started on port 80",
                "2024-03-01 10:00:01,001 WARN [worker 3] org.example.Pool: pool of 20 is full",
            ],
            Some("{time} {level} [{thread}] {logger}: {message}"),
        );
        check(
            &[
                "[10.30 16:49:06] chrome.exe - open through proxy",
                "[10.30 16:49:07] git.exe *64 - close, 12 bytes",
            ],
            Some("[{time}] {app:text} - {message}"),
        );
        check(
            &["2024-05-01 10:05:00 FATAL kernel panic - not syncing: hung task"],
            Some("{time} {level} {message}"),
        );
        check(
            &[
                "20171223-22:15:29:606|Step|30002312|on stand",
                "20171223-22:15:29:615|Step|30002312|on screen",
            ],
            Some("{time}|{field1}|{pid:int}|{message}"),
        );
        check(
            &["081109 203615 148 INFO dfs.Data: served it", "081109 203807 222 WARN dfs.Name: block lost"],
            Some("{time} {field1} {level} {logger}: {message}"),
        );
    }

    #[test]
    fn levels_stand_in_the_header_and_not_in_a_sentence() {
        check(
            &["10:11:12.345 mail.exe error : no route", "10:11:13.345 mail.exe error : no answer"],
            Some("{time} {message}"),
        );
        check(&["10:11:12.345 w1 Error: no route", "10:11:13.345 w2 Error: no"], Some("{time} {message}"));
        check(
            &["10:11:12.345 w1 ERROR no route", "10:11:13.345 w2 ERROR no"],
            Some("{time} {field1} {level} {message}"),
        );
        check(&["I0102 10:11:12.345 up", "W0102 10:11:13.345 down"], Some("{level}{time} {message}"));
    }

    #[test]
    fn each_kind_of_header_has_its_pattern() {
        let lines: Vec<String> = (0..20)
            .map(|number| match number % 2 {
                0 => format!("2024-03-01 10:11:{} INFO up", 10 + number),
                _ => format!("[{}] 01/Mar/2024:10:11:{} +0000 down", number, 10 + number),
            })
            .collect();
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let patterns = format(&lines).expect("a format").patterns;
        let texts: Vec<&str> = patterns.iter().map(Pattern::text).take(2).collect();
        assert_eq!(texts, ["{time} {level} {message}", "[{pid:int}] {time} {message}"]);
    }

    #[test]
    fn text_without_time_and_level_has_no_header() {
        check(&["hello there", "general remark"], None);
        check(&["the error is here", "no error is here"], None);
        check(&[], None);
    }

    proptest! {
        #[test]
        fn no_lines_panic(lines in prop::collection::vec("[ \\[\\](){}<>|,;:=\"é\tIINFOwarn0-9.-]{0,60}", 0..8), stamp in any::<bool>()) {
            let head = if stamp { "2024-03-01 10:11:12" } else { "" };
            let lines: Vec<String> = lines.iter().map(|line| format!("{head}{line}")).collect();
            let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
            format(&lines);
        }
    }
}
