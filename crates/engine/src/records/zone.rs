//! A zone given in words becomes the offset at a civil time.
//!
//! A stamp's own offset always wins; then the setting of the stream, then `--tz`, then UTC. The
//! zone of the machine is never asked for: the same bytes must give the same result everywhere.

use jiff::civil::{DateTime, date};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

/// Where the choice of a zone came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneOrigin {
    /// The setting of the stream.
    Stream,
    /// `--tz`.
    Flag,
    /// Nothing was said: UTC.
    Default,
}

/// The zone of stamps that carry none.
#[derive(Clone, Debug)]
pub struct Zone {
    words: String,
    rule: Rule,
    origin: ZoneOrigin,
}

#[derive(Clone, Debug)]
enum Rule {
    Fixed(i32),
    Named(TimeZone, Known),
}

/// Civil seconds since 1970 from `from` to before `to` have that offset and no other.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    from: i64,
    to: i64,
    offset: i32,
}

/// What was given as a zone is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone `{words}`\nhint: {hint}")]
pub struct UnknownZone {
    /// What was given.
    pub words: String,
    /// What to give instead.
    pub hint: String,
}

impl Default for Zone {
    fn default() -> Zone {
        Zone { words: "UTC".to_owned(), rule: Rule::Fixed(0), origin: ZoneOrigin::Default }
    }
}

impl Zone {
    /// The zone of a stream: its own setting, else `--tz`, else UTC.
    pub fn choose(stream: Option<&str>, flag: Option<&str>) -> Result<Zone, UnknownZone> {
        match (stream, flag) {
            (Some(words), _) => Zone::from_words(words, ZoneOrigin::Stream),
            (None, Some(words)) => Zone::from_words(words, ZoneOrigin::Flag),
            (None, None) => Ok(Zone::default()),
        }
    }

    /// A zone in words: `UTC`, `+02:00`, `CET`, `Europe/Berlin`.
    pub fn from_words(words: &str, origin: ZoneOrigin) -> Result<Zone, UnknownZone> {
        let words = words.trim();
        let rule = fixed(words).map(Rule::Fixed).or_else(|| named(words)).ok_or_else(|| unknown(words))?;
        Ok(Zone { words: words.to_owned(), rule, origin })
    }

    /// The words that the zone was given in.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// Who chose the zone.
    pub const fn origin(&self) -> ZoneOrigin {
        self.origin
    }

    /// The offset at a civil time in seconds since 1970.
    ///
    /// Where the clocks were put back a civil time occurs twice; the one closer to `near`, a point
    /// in time in seconds, is taken, or the first.
    #[inline]
    pub fn offset_at(&mut self, civil: i64, near: Option<i64>) -> i32 {
        match &mut self.rule {
            Rule::Fixed(offset) => *offset,
            Rule::Named(_, known) if known.from <= civil && civil < known.to => known.offset,
            Rule::Named(zone, known) => offset_of_named(zone, known, civil, near),
        }
    }
}

fn fixed(words: &str) -> Option<i32> {
    match words.as_bytes() {
        b"Z" | b"z" => Some(0),
        bytes @ [b'+' | b'-', ..] => offset(bytes),
        bytes => match bytes.to_ascii_uppercase() {
            upper if upper == b"UTC" || upper == b"GMT" => Some(0),
            upper if upper.starts_with(b"UTC") || upper.starts_with(b"GMT") => offset(upper.get(3..)?),
            upper => abbreviation(&upper).filter(|_| !is_region(words)),
        },
    }
}

/// `CET` and its like are both a fixed offset in stamps and, in the database, a rule with summer time.
fn is_region(words: &str) -> bool {
    TimeZoneDatabase::bundled().get(words).is_ok()
}

fn offset(words: &[u8]) -> Option<i32> {
    let (sign, digits) = match words {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i32::from(byte - b'0'));
    let (hours, minutes) = match digits {
        [one] => (digit(one)?, 0),
        [ten, one] => (digit(ten)? * 10 + digit(one)?, 0),
        [ten, one, b':', minutes @ ..] | [ten, one, minutes @ ..] => match minutes {
            [tens, ones] => (digit(ten)? * 10 + digit(one)?, digit(tens)? * 10 + digit(ones)?),
            _ => return None,
        },
        _ => return None,
    };
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn named(words: &str) -> Option<Rule> {
    let zone = TimeZoneDatabase::bundled().get(words).ok()?;
    Some(Rule::Named(zone, Known::default()))
}

fn unknown(words: &str) -> UnknownZone {
    let usual = "write a name such as `Europe/Berlin`, an offset such as `+02:00`, or `UTC`";
    let hint = if words.eq_ignore_ascii_case("local") {
        format!("the zone of this machine is not used, so that every machine gives the same result; {usual}")
    } else {
        similar(words).map_or_else(|| usual.to_owned(), |name| format!("did you mean `{name}`?"))
    };
    UnknownZone { words: words.to_owned(), hint }
}

/// A zone whose place has the same first letters: `Berlin` and `Europe/Brelin` mean `Europe/Berlin`.
fn similar(words: &str) -> Option<String> {
    let place = |name: &str| name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase().replace('_', " ");
    let mut letters: Vec<char> = place(&words.replace('_', " ")).chars().collect();
    letters.sort_unstable();
    let database = TimeZoneDatabase::bundled();
    let mut names: Vec<String> = database.available().map(|name| name.as_str().to_owned()).collect();
    names.sort_unstable_by_key(|name| (!name.contains('/'), name.clone()));
    names.into_iter().find(|name| {
        let mut other: Vec<char> = place(name).chars().collect();
        other.sort_unstable();
        letters.len() >= 4 && other == letters
    })
}

#[cold]
fn offset_of_named(zone: &TimeZone, known: &mut Known, civil: i64, near: Option<i64>) -> i32 {
    let Some(when) = date_time(civil) else { return 0 };
    let ambiguous = zone.to_ambiguous_timestamp(when);
    let Ok(first) = ambiguous.compatible() else { return 0 };
    let second = ambiguous.later().unwrap_or(first);
    let chosen = match near {
        Some(near) if ambiguous.is_ambiguous() => closer(first, second, near),
        _ => first,
    };
    let offset = (civil - chosen.as_second()) as i32;
    if !ambiguous.is_ambiguous() {
        *known = stretch(zone, first, offset);
    }
    offset
}

fn closer(first: Timestamp, second: Timestamp, near: i64) -> Timestamp {
    if first.as_second().abs_diff(near) <= second.as_second().abs_diff(near) { first } else { second }
}

fn date_time(civil: i64) -> Option<DateTime> {
    date(1970, 1, 1).at(0, 0, 0, 0).checked_add(SignedDuration::from_secs(civil)).ok()
}

/// The civil times around `instant`, between the transitions before and after, that are not ambiguous.
fn stretch(zone: &TimeZone, instant: Timestamp, offset: i32) -> Known {
    let next = zone.following(instant).next();
    let to = next.map_or(i64::MAX, |next| {
        next.timestamp().as_second() + i64::from(offset.min(next.offset().seconds()))
    });
    let from = zone.preceding(instant).next().map_or(instant.as_second(), |last| {
        let before = last.timestamp().as_second() - 1;
        let earlier =
            Timestamp::from_second(before).map_or(offset, |before| zone.to_offset(before).seconds());
        last.timestamp().as_second() + i64::from(offset.max(earlier))
    });
    Known { from, to, offset }
}

/// The offset of a zone's short name as it stands in stamps.
///
/// Short names are not unique. The choice is the one most servers mean: `CST` is North America's,
/// `IST` India's, `BST` Britain's summer time.
pub fn abbreviation(name: &[u8]) -> Option<i32> {
    let quarters = match name {
        b"UTC" | b"GMT" | b"WET" | b"UT" => 0,
        b"CET" | b"MEZ" | b"MET" | b"WEST" | b"BST" | b"WAT" => 4,
        b"CEST" | b"MESZ" | b"MEST" | b"EET" | b"SAST" | b"CAT" => 8,
        b"EEST" | b"MSK" | b"TRT" | b"EAT" => 12,
        b"MSD" => 16,
        b"PKT" => 20,
        b"IST" => 22,
        b"ICT" | b"WIB" => 28,
        b"HKT" | b"SGT" | b"AWST" | b"PHT" => 32,
        b"JST" | b"KST" => 36,
        b"ACST" => 38,
        b"AEST" => 40,
        b"ACDT" => 42,
        b"AEDT" => 44,
        b"NZST" => 48,
        b"NZDT" => 52,
        b"BRT" | b"ART" | b"ADT" => -12,
        b"NST" => -14,
        b"NDT" => -10,
        b"AST" | b"EDT" => -16,
        b"EST" | b"CDT" => -20,
        b"CST" | b"MDT" => -24,
        b"MST" | b"PDT" => -28,
        b"PST" | b"AKDT" => -32,
        b"AKST" => -36,
        b"HST" => -40,
        _ => return None,
    };
    Some(quarters * 900)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::time::days_from_civil;

    fn civil(year: i64, month: u32, day: u32, hour: i64, minute: i64) -> i64 {
        days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60
    }

    fn zone(words: &str) -> Zone {
        Zone::from_words(words, ZoneOrigin::Flag).expect("a zone")
    }

    #[test]
    fn offsets_in_words() {
        let check = |words: &str, offset| assert_eq!(zone(words).offset_at(0, None), offset, "{words}");
        check("UTC", 0);
        check("utc", 0);
        check("Z", 0);
        check("+02:00", 7200);
        check("-0330", -12_600);
        check("+5", 18_000);
        check("UTC+2", 7200);
        check("CEST", 7200);
        check("Europe/Berlin", 3600);
        check("asia/kolkata", 19_800);
    }

    #[test]
    fn named_zones_know_summer_and_remember_it() {
        let mut berlin = zone("Europe/Berlin");
        for _ in 0..2 {
            assert_eq!(berlin.offset_at(civil(2024, 3, 31, 1, 59), None), 3600);
            assert_eq!(berlin.offset_at(civil(2024, 3, 31, 3, 0), None), 7200);
            assert_eq!(berlin.offset_at(civil(2024, 10, 27, 1, 59), None), 7200);
            assert_eq!(berlin.offset_at(civil(2024, 10, 27, 3, 0), None), 3600);
        }
    }

    #[test]
    fn the_hour_that_occurs_twice_goes_on_from_the_last_record() {
        let mut berlin = zone("Europe/Berlin");
        let first_pass = civil(2024, 10, 27, 0, 29);
        let second_pass = civil(2024, 10, 27, 1, 29);
        assert_eq!(berlin.offset_at(civil(2024, 10, 27, 2, 30), Some(first_pass)), 7200);
        assert_eq!(berlin.offset_at(civil(2024, 10, 27, 2, 30), Some(second_pass)), 3600);
        assert_eq!(berlin.offset_at(civil(2024, 10, 27, 2, 30), None), 7200);
    }

    #[test]
    fn the_stream_is_asked_before_the_flag() {
        let chosen = |stream, flag| Zone::choose(stream, flag).expect("a zone");
        assert_eq!(chosen(Some("+01:00"), Some("+02:00")).words(), "+01:00");
        assert_eq!(chosen(None, Some("+02:00")).origin(), ZoneOrigin::Flag);
        assert_eq!(chosen(None, None).words(), "UTC");
    }

    #[test]
    fn errors_name_the_value_and_a_way_out() {
        let error = |words: &str| Zone::from_words(words, ZoneOrigin::Flag).expect_err("no zone").to_string();
        assert_eq!(error("Berlin"), "unknown time zone `Berlin`\nhint: did you mean `Europe/Berlin`?");
        assert_eq!(
            error("Europe/Brelin"),
            "unknown time zone `Europe/Brelin`\nhint: did you mean `Europe/Berlin`?"
        );
        assert!(error("+99:00").contains("hint: write a name such as"), "{}", error("+99:00"));
        assert!(error("local").contains("the zone of this machine is not used"));
    }
}
