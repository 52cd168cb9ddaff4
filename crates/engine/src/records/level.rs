//! A word or a number that states a level in, one of eight levels out: every vocabulary on one scale.
//!
//! Words, letters and numbers are told apart by the caller, since `7` is `debug` for syslog and `D` is a level
//! only where a level is known to stand. What is no level gives none; nothing is taken for `info`.

mod words;

use std::fmt;
use std::str::FromStr;

/// The one scale. A record without a level has none; it is not `Info`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// Finer than debugging (`trace`, `verbose`, `finest`).
    Trace = 0,
    /// For developers (`debug`, `fine`, `config`).
    Debug,
    /// Ordinary work (`info`, `informational`).
    Info,
    /// Ordinary but worth noting (syslog 5).
    Notice,
    /// Something may go wrong.
    Warn,
    /// Something failed.
    Error,
    /// A part of the system failed (syslog 1 and 2).
    Critical,
    /// The program or the system cannot go on (`fatal`, `panic`, syslog 0).
    Fatal,
}

impl Level {
    /// All levels, mildest first.
    pub const ALL: [Level; 8] = [
        Level::Trace,
        Level::Debug,
        Level::Info,
        Level::Notice,
        Level::Warn,
        Level::Error,
        Level::Critical,
        Level::Fatal,
    ];

    /// The lower-case name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Notice => "notice",
            Level::Warn => "warn",
            Level::Error => "error",
            Level::Critical => "critical",
            Level::Fatal => "fatal",
        }
    }

    /// The level that a word of any vocabulary means, in any case, without brackets around it.
    ///
    /// Single letters are left to [`Level::from_letter`], and words that turn a log off (`off`,
    /// `none`, `silent`) are no level.
    #[inline]
    pub fn from_word(word: &[u8]) -> Option<Level> {
        match word.len() {
            3 => short_word(packed(word)),
            4..=8 => common_word(packed(word)).or_else(|| unusual(word)),
            9 | 11 | 13 => long_word(word).or_else(|| unusual(word)),
            10 | 12 | 14..=40 => unusual(word),
            _ => None,
        }
    }

    /// The level that a single letter means where a level is known to stand: logcat, klog, MongoDB.
    ///
    /// `A` is logcat's assertion; `S`, logcat's silence, is no level.
    pub const fn from_letter(letter: u8) -> Option<Level> {
        match letter.to_ascii_uppercase() {
            b'T' | b'V' => Some(Level::Trace),
            b'D' => Some(Level::Debug),
            b'I' => Some(Level::Info),
            b'N' => Some(Level::Notice),
            b'W' => Some(Level::Warn),
            b'E' => Some(Level::Error),
            b'C' => Some(Level::Critical),
            b'F' | b'A' => Some(Level::Fatal),
            _ => None,
        }
    }

    /// The level of a syslog severity, 0 (emergency) to 7 (debug).
    pub const fn from_syslog(severity: u32) -> Option<Level> {
        match severity {
            0 => Some(Level::Fatal),
            1 | 2 => Some(Level::Critical),
            3 => Some(Level::Error),
            4 => Some(Level::Warn),
            5 => Some(Level::Notice),
            6 => Some(Level::Info),
            7 => Some(Level::Debug),
            _ => None,
        }
    }

    /// The level of an OpenTelemetry severity number, 1 to 24.
    ///
    /// Within the ranges the mapping of syslog in the data model decides: INFO2 is `notice`, and
    /// ERROR2 to ERROR4 are `critical`.
    pub const fn from_otel(number: u32) -> Option<Level> {
        match number {
            1..=4 => Some(Level::Trace),
            5..=8 => Some(Level::Debug),
            9 => Some(Level::Info),
            10..=12 => Some(Level::Notice),
            13..=16 => Some(Level::Warn),
            17 => Some(Level::Error),
            18..=20 => Some(Level::Critical),
            21..=24 => Some(Level::Fatal),
            _ => None,
        }
    }

    /// The level of a bunyan or pino number, 10 (trace) to 60 (fatal), with the custom ones between.
    pub const fn from_bunyan(number: u32) -> Option<Level> {
        match number {
            10..=19 => Some(Level::Trace),
            20..=29 => Some(Level::Debug),
            30..=34 => Some(Level::Info),
            35..=39 => Some(Level::Notice),
            40..=49 => Some(Level::Warn),
            50..=59 => Some(Level::Error),
            60..=69 => Some(Level::Fatal),
            _ => None,
        }
    }

    /// The level of a number whose vocabulary is not known, decided by its range.
    ///
    /// 0 to 7 is read as syslog and 10 to 69 as bunyan and pino. Python's numbers have the same
    /// range and mean one step more (its 30 is a warning), but Python writes names where Node
    /// writes numbers. OpenTelemetry's numbers overlap with both and are only read where the key
    /// says so; 8 and 9 are its alone and mean nothing here.
    pub fn from_number_word(word: &[u8]) -> Option<Level> {
        let digit = |byte: u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
        match *word {
            [only] => Level::from_syslog(digit(only)?),
            [tens, ones] => Level::from_bunyan(digit(tens)? * 10 + digit(ones)?),
            _ => None,
        }
    }
}

/// Three to eight bytes as one number, letters in lower case: the first four and the last four.
///
/// Setting the bit of lower case turns no other byte into a letter, and these bits, the same in
/// every word, take up the length: equal numbers mean equal words.
#[inline]
const fn packed(word: &[u8]) -> u64 {
    match (word, word.first_chunk::<4>(), word.last_chunk::<4>()) {
        ([first, second, third], ..) => {
            u32::from_le_bytes([*first | 0x20, *second | 0x20, *third | 0x20, 0]) as u64
        }
        (_, Some(head), Some(tail)) => {
            let both = u32::from_le_bytes(*head) as u64 | (u32::from_le_bytes(*tail) as u64) << 32;
            let length = word.len() as u64;
            let spread = (length & 1) << 5 | (length & 2) << 12 | (length & 4) << 19;
            (both | 0x2020_2020_2020_2020) ^ spread
        }
        _ => 0,
    }
}

macro_rules! by_packed_word {
    ($key:expr; $($($word:literal)|+ => $level:ident,)*) => {{
        let key = $key;
        $(if $(key == const { packed($word) })||+ { return Some(Level::$level); })*
        None
    }};
}

#[inline]
fn short_word(key: u64) -> Option<Level> {
    by_packed_word! { key;
        b"inf" | b"log" => Info,
        b"err" => Error,
        b"wrn" => Warn,
        b"dbg" => Debug,
        b"trc" | b"vrb" => Trace,
        b"ftl" => Fatal,
        b"crt" => Critical,
        b"ntc" => Notice,
    }
}

/// Words of four to eight letters, the usual ones first.
#[inline]
fn common_word(key: u64) -> Option<Level> {
    by_packed_word! { key;
        b"info" | b"infos" => Info,
        b"warning" | b"warn" => Warn,
        b"error" | b"erro" => Error,
        b"debug" | b"debu" | b"dbug" => Debug,
        b"notice" | b"noti" | b"note" => Notice,
        b"trace" | b"trac" | b"trce" | b"verbose" | b"verb" | b"finest" | b"finer" | b"silly" => Trace,
        b"fine" | b"config" | b"debug1" | b"debug2" | b"debug3" | b"debug4" | b"debug5" => Debug,
        b"severe" | b"failure" | b"fail" | b"eror" => Error,
        b"critical" | b"crit" | b"alert" | b"fault" => Critical,
        b"fatal" | b"fata" | b"panic" | b"pani" | b"emerg" => Fatal,
        b"success" => Notice,
        b"aviso" => Warn,
        b"grave" => Error,
    }
}

#[inline]
fn long_word(word: &[u8]) -> Option<Level> {
    if word.eq_ignore_ascii_case(b"information") || word.eq_ignore_ascii_case(b"informational") {
        Some(Level::Info)
    } else if word.eq_ignore_ascii_case(b"emergency") {
        Some(Level::Fatal)
    } else {
        None
    }
}

/// Only words that begin like one of another language are worth the slower comparison.
#[inline]
fn unusual(word: &[u8]) -> Option<Level> {
    let first = *word.first()?;
    let likely =
        first >= 0x80 || matches!(first | 0x20, b'w' | b'f' | b's' | b'k' | b'h' | b'a' | b'e' | b'c' | b'i');
    if likely && word.len() >= 6 { words::foreign(word) } else { None }
}

/// What `--level` was given is no level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown level `{word}`\nhint: one of trace, debug, info, notice, warn, error, critical, fatal, \
     or a word that logs use for them"
)]
pub struct UnknownLevel {
    /// The word that was given.
    pub word: String,
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Level, UnknownLevel> {
        Level::from_word(word.trim().as_bytes()).ok_or_else(|| UnknownLevel { word: word.to_owned() })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_in_any_case() {
        let check = |words: &str, level| {
            for word in words.split(' ') {
                assert_eq!(Level::from_word(word.as_bytes()), level, "{word}");
                assert_eq!(Level::from_word(word.to_uppercase().as_bytes()), level, "{word}");
            }
        };
        check("trace finest finer verbose silly trc vrb trce", Some(Level::Trace));
        check("debug fine config dbg debu dbug debug5", Some(Level::Debug));
        check("info inf information informational infos log инфо 信息 情報", Some(Level::Info));
        check("notice note hinweis", Some(Level::Notice));
        check("warn warning wrn warnung avertissement предупреждение 警告", Some(Level::Warn));
        check("error err severe failure fail erro fehler erreur ошибка 错误 エラー", Some(Level::Error));
        check("critical crit crt alert crítico", Some(Level::Critical));
        check("fatal panic emerg emergency ftl fata", Some(Level::Fatal));
        check("off none silent all x i errors warnin inform infor infoo errror wwarn warnings", None);
        check(
            "errerror crittical noticee traceback alerted failures @rror emergence 10 warnwarn infoinfo",
            None,
        );
    }

    #[test]
    fn names_read_themselves() {
        for level in Level::ALL {
            assert_eq!(level.name().parse(), Ok(level));
        }
        let error = "loud".parse::<Level>().expect_err("not a level").to_string();
        assert!(error.starts_with("unknown level `loud`\nhint: one of trace, debug,"), "{error}");
    }

    #[test]
    fn numbers_are_read_by_range() {
        let read = |word: &str| Level::from_number_word(word.as_bytes());
        assert_eq!(
            [read("0"), read("3"), read("7")],
            [Some(Level::Fatal), Some(Level::Error), Some(Level::Debug)]
        );
        assert_eq!(
            [read("10"), read("30"), read("60")],
            [Some(Level::Trace), Some(Level::Info), Some(Level::Fatal)]
        );
        assert_eq!([read("8"), read("9"), read("99"), read("200"), read("-1"), read("")], [None; 6]);
        assert_eq!(
            [9, 10, 17, 24, 25, 0].map(Level::from_otel),
            [Some(Level::Info), Some(Level::Notice), Some(Level::Error), Some(Level::Fatal), None, None]
        );
        assert_eq!(
            [b'V', b'w', b'A', b'S'].map(Level::from_letter),
            [Some(Level::Trace), Some(Level::Warn), Some(Level::Fatal), None]
        );
    }
}
