//! A message in, what it looks like out: one pass over its bytes, nothing allocated.

use super::words::{Words, is_address};
use super::{Feature, feature};
use crate::meaning;

/// In the order in which they are written.
pub(super) const FEATURES: &[Feature] = &[
    feature("length", "Bytes of the message."),
    feature("lines", "Lines of it."),
    feature("words", "Words of it."),
    feature("longest_word", "Bytes of its longest word."),
    feature("letters", "The share of letters among its bytes."),
    feature("capitals", "The share of capital letters."),
    feature("digits", "The share of digits."),
    feature("blanks", "The share of blanks."),
    feature("punctuation", "The share of punctuation."),
    feature("foreign", "The share of bytes beyond ASCII."),
    feature("entropy", "How many bits a byte carries: high for keys and packed data."),
    feature("numbers", "Numbers in it."),
    feature("urls", "URLs in it."),
    feature("addresses", "IP addresses in it."),
    feature("paths", "Paths of files in it."),
    feature("trouble", "How bad it sounds, in nats, as `severity` weighs words."),
    feature("error", "1 where it speaks of an error."),
    feature("failure", "1 where something failed, or cannot be."),
    feature("exception", "1 where it speaks of an exception or a trace."),
    feature("timeout", "1 where something took too long."),
    feature("denied", "1 where something was denied, refused or forbidden."),
    feature("warning", "1 where it warns."),
    feature("fatal", "1 where something is fatal, critical, or crashed."),
    feature("retry", "1 where something is tried again."),
    feature("memory", "1 where it speaks of memory, heap or space."),
];

/// Words by which the flags go, each with the beginnings that count.
const FLAGS: [&[&str]; 9] = [
    &["error", "err"],
    &["fail", "cannot", "unable", "abort"],
    &["exception", "traceback", "stacktrace", "caused"],
    &["timeout", "timed", "deadline", "expired"],
    &["denied", "refused", "forbidden", "unauthori", "reject", "invalid"],
    &["warn"],
    &["fatal", "critical", "panic", "crash", "emerg", "segfault"],
    &["retry", "retri", "again", "reconnect"],
    &["memory", "heap", "oom", "space"],
];

/// Bytes that are looked at.
const MOST: usize = 8192;

/// Appends the features of a message.
pub(super) fn push(message: &[u8], row: &mut Vec<f32>) {
    let looked = message.get(..MOST).unwrap_or(message);
    let classes = Classes::of(looked);
    let seen = Seen::of(looked);
    row.extend([message.len() as f32, classes.lines, seen.words, seen.longest]);
    let share = |count: f32| count / (looked.len().max(1) as f32);
    let counts = [classes.letters, classes.capitals, classes.digits, classes.blanks];
    row.extend(counts.map(share));
    row.extend([share(classes.punctuation), share(classes.foreign), classes.entropy]);
    row.extend([seen.numbers, seen.urls, seen.addresses, seen.paths]);
    row.push(meaning::of_text(looked).weight as f32);
    row.extend(seen.flags.map(f32::from));
}

/// How many bytes are of which class.
#[derive(Default)]
struct Classes {
    lines: f32,
    letters: f32,
    capitals: f32,
    digits: f32,
    blanks: f32,
    punctuation: f32,
    foreign: f32,
    entropy: f32,
}

impl Classes {
    fn of(message: &[u8]) -> Classes {
        let mut counts = [0u32; 256];
        message.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
        let mut classes = Classes { lines: 1.0, ..Classes::default() };
        let whole = message.len().max(1) as f64;
        for (byte, count) in (0u8..=255).zip(counts).filter(|(_, count)| *count > 0) {
            let count_f = count as f32;
            match byte {
                b'a'..=b'z' => classes.letters += count_f,
                b'A'..=b'Z' => {
                    classes.letters += count_f;
                    classes.capitals += count_f;
                }
                b'0'..=b'9' => classes.digits += count_f,
                b'\n' => classes.lines += count_f,
                0..=b' ' => classes.blanks += count_f,
                128.. => classes.foreign += count_f,
                _ => classes.punctuation += count_f,
            }
            let share = f64::from(count) / whole;
            classes.entropy -= (share * share.log2()) as f32;
        }
        classes
    }
}

/// What its words are.
#[derive(Default)]
struct Seen {
    words: f32,
    longest: f32,
    numbers: f32,
    urls: f32,
    addresses: f32,
    paths: f32,
    flags: [bool; FLAGS.len()],
}

impl Seen {
    fn of(message: &[u8]) -> Seen {
        let mut seen = Seen::default();
        for word in Words::of(message) {
            seen.words += 1.0;
            seen.longest = seen.longest.max(word.len() as f32);
            seen.take(word);
        }
        seen
    }

    fn take(&mut self, word: &[u8]) {
        if word.first().is_some_and(u8::is_ascii_alphabetic) {
            self.flag(word);
        }
        if word.windows(3).any(|three| three == b"://") {
            self.urls += 1.0;
        } else if is_address(word) {
            self.addresses += 1.0;
        } else if word.contains(&b'/') && word.len() > 2 {
            self.paths += 1.0;
        } else if word.first().is_some_and(u8::is_ascii_digit) {
            self.numbers += 1.0;
        }
    }

    /// A word counts from its beginning, also after an underscore or a point within.
    fn flag(&mut self, word: &[u8]) {
        for part in word.split(|byte| !byte.is_ascii_alphabetic()).filter(|part| part.len() > 2) {
            for (flag, beginnings) in self.flags.iter_mut().zip(FLAGS) {
                *flag |= beginnings.iter().any(|beginning| begins(part, beginning));
            }
        }
    }
}

/// Whether a word begins so, or ends so: `NullPointerException` does.
fn begins(word: &[u8], beginning: &str) -> bool {
    let length = beginning.len();
    let starts = word.get(..length).is_some_and(|start| start.eq_ignore_ascii_case(beginning.as_bytes()));
    let ends = || word.len().checked_sub(length).and_then(|at| word.get(at..));
    // `err` ends many words that have nothing to do with errors.
    starts || length > 4 && ends().is_some_and(|end| end.eq_ignore_ascii_case(beginning.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(message: &str, name: &str) -> f32 {
        let mut row = Vec::new();
        push(message.as_bytes(), &mut row);
        assert_eq!(row.len(), FEATURES.len());
        row[FEATURES.iter().position(|feature| feature.name == name).unwrap()]
    }

    #[test]
    fn what_a_message_looks_like() {
        let message = "GET https://example.com/a from 10.0.0.7 took 12 ms";
        for (name, wanted) in
            [("length", 50.0), ("words", 7.0), ("urls", 1.0), ("addresses", 1.0), ("numbers", 1.0)]
        {
            assert_eq!(of(message, name), wanted, "{name}");
        }
        assert_eq!(of("one\ntwo\n", "lines"), 3.0);
        assert_eq!(of("wrote /var/log/app.log", "paths"), 1.0);
        assert_eq!(of("AAAA", "entropy"), 0.0);
        assert_eq!(of("ABab", "capitals"), 0.5);
        assert_eq!(of("", "letters"), 0.0);
    }

    #[test]
    fn flags_go_by_words_and_not_by_parts_of_them() {
        for (message, name, wanted) in [
            ("NullPointerException: x", "exception", 1.0),
            ("Connection refused", "denied", 1.0),
            ("request timed out", "timeout", 1.0),
            ("TIMEOUT_EXPIRED", "timeout", 1.0),
            ("a ferret", "error", 0.0),
            ("all is well", "failure", 0.0),
            ("disk_full: no space left", "memory", 1.0),
        ] {
            assert_eq!(of(message, name), wanted, "{message} {name}");
        }
    }

    #[test]
    fn any_bytes_give_finite_numbers() {
        for message in [&[0u8, 255, 254, 10, 0][..], &[b'/'; 20_000], &[b' '; 3]] {
            let mut row = Vec::new();
            push(message, &mut row);
            assert!(row.iter().all(|value| value.is_finite()), "{row:?}");
        }
    }
}
