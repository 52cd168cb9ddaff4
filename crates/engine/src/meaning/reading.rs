//! Lines in, the meaning of their words out: each word is weighed by what stands around it.
//!
//! One pass from left to right. What lies behind a bad word (a name that it is part of, a number it
//! counts) is looked up from its end, over a few bytes only, so the whole stays linear.

use super::letters::{gap_length, word_end};
use super::lookup::{Hit, following, lookup, lookup_tail};
use super::value::{Value, value_behind};
use super::words::{Family, Sense, Tier};
use super::{HardSignal, Meaning};

/// The least weight of a text with a hard signal.
const HARD: f64 = 8.0;
/// What the words of other families add to those of the gravest one.
const OTHERS: f64 = 0.35;
/// What is left of a weight once the text says that the trouble is over.
const OVER: f64 = 0.4;
/// What is left of a failure once the text says that what was asked for was wrong.
const EXPLAINED: f64 = 0.5;
/// What is left of a word that speaks of a case that may come.
const CASE: f64 = 0.4;
/// What is left of a word in the name of a file or address.
const NAMED: f64 = 0.25;
/// What is left of a count that is not known.
const UNKNOWN: f64 = 0.5;
/// How many words a negation reaches.
const REACH: u8 = 3;

/// What the token is that a word is part of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Token {
    #[default]
    Plain,
    /// `--on-error`, `-XX:+ExitOnOutOfMemoryError`.
    Flag,
    /// `/var/log/error.log`, `https://example.com/errors`.
    Path,
}

/// What stands before a word in its clause.
#[derive(Clone, Copy, Debug, Default)]
struct Before {
    token: Token,
    /// The words that a negation still reaches.
    negated: u8,
    /// The words over which nothing can be mended: `could not be`.
    hindered: u8,
    condition: bool,
    /// A zero stands just before, at a place where it counts.
    zero: bool,
    /// A zero stands just before, and may be a number of something.
    maybe_zero: bool,
    counting: bool,
    first: bool,
}

/// What was understood so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reading {
    families: [f64; Family::COUNT],
    hard: Option<HardSignal>,
    over: bool,
    words: [Option<&'static str>; super::SHOWN],
}

impl Reading {
    /// Reads a line.
    pub(super) fn line(&mut self, line: &[u8]) {
        let mut before = Before { first: true, counting: true, ..Before::default() };
        before.token = token_at(line, 0);
        let mut at = 0;
        while at < line.len() {
            at = match gap_length(line, at) {
                Some(length) => gap(line, at, length, &mut before),
                None => self.word(line, at, &mut before),
            };
        }
    }

    /// Weighs the word at a place; gives where to go on.
    fn word(&mut self, line: &[u8], start: usize, before: &mut Before) -> usize {
        let end = word_end(line, start);
        let hit = lookup(line, start, end).or_else(|| lookup_tail(line, start, end));
        let Some(Hit { row, end: last }) = hit else {
            before.pass();
            return end;
        };
        let found = Found { shown: row.shown(), start, end: last };
        match row.sense {
            Sense::Bad(family, tier) => self.bad(line, found, family, tier, before),
            Sense::Hindered(family, tier) => {
                self.bad(line, found, family, tier, before);
                before.hindered = REACH + 1;
            }
            Sense::Hard(family, signal) => self.hard(line, found, family, signal, before),
            Sense::HardAtStart(family, signal) => match line.get(last) {
                Some(b':' | b'!') if before.first => self.hard(line, found, family, signal, before),
                _ => self.bad(line, found, family, Tier::Grave, before),
            },
            Sense::Recovery if before.negated == 0 && before.hindered == 0 => self.over = true,
            _ => {}
        }
        before.pass();
        match row.sense {
            Sense::Negation => before.negated = REACH,
            Sense::Condition => before.condition = true,
            Sense::Counting => before.counting = true,
            _ => {}
        }
        last
    }

    fn bad(&mut self, line: &[u8], found: Found, family: Family, tier: Tier, before: &mut Before) {
        let share = found.share(line, family, before);
        self.add(found.shown, family, tier.nats() * share);
    }

    fn hard(&mut self, line: &[u8], found: Found, family: Family, signal: HardSignal, before: &mut Before) {
        let share = found.share(line, family, before);
        self.add(found.shown, family, Tier::Grave.nats() * share);
        if share >= 1.0 && value_behind(line, found.end) != Value::Set {
            self.hard = Some(self.hard.map_or(signal, |other| other.min(signal)));
        }
    }

    fn add(&mut self, shown: &'static str, family: Family, nats: f64) {
        if nats <= 0.0 {
            return;
        }
        if let Some(most) = self.families.get_mut(family as usize) {
            *most = most.max(nats);
        }
        if self.words.contains(&Some(shown)) {
            return;
        }
        if let Some(free) = self.words.iter_mut().find(|word| word.is_none()) {
            *free = Some(shown);
        }
    }

    /// The families, with less of a failure where the text names nothing worse than a wrong request.
    ///
    /// `failed: no such file` is to `failed` what 404 is to 500: the caller's trouble, not the system's.
    fn explained(&self) -> [f64; Family::COUNT] {
        let mut families = self.families;
        let request = families[Family::Invalid as usize];
        let only = families.iter().enumerate().all(|(family, nats)| {
            *nats == 0.0 || family == Family::Failure as usize || family == Family::Invalid as usize
        });
        if only && request > 0.0 && request <= Tier::Weak.nats() {
            families[Family::Failure as usize] *= EXPLAINED;
        }
        families
    }

    /// The gravest family whole, the others in part.
    pub(super) fn meaning(&self) -> Meaning {
        let families = self.explained();
        let most = families.iter().copied().fold(0.0, f64::max);
        let others = families.iter().sum::<f64>() - most;
        let said = most + OTHERS * others;
        let hard = self.hard.filter(|_| !self.over);
        let weight = match hard {
            Some(_) => said.max(HARD),
            None if self.over => said * OVER,
            None => said,
        };
        Meaning { weight, hard, words: self.words }
    }
}

impl Before {
    /// A word has passed.
    fn pass(&mut self) {
        self.negated = self.negated.saturating_sub(1);
        self.hindered = self.hindered.saturating_sub(1);
        self.condition = false;
        self.counting = false;
        self.zero = false;
        self.maybe_zero = false;
        self.first = false;
    }

    /// A mark ended the clause.
    fn end_clause(&mut self) {
        let token = self.token;
        *self = Before { token, counting: true, ..Before::default() };
    }
}

/// A row of the list at a place of a line.
#[derive(Clone, Copy, Debug)]
struct Found {
    shown: &'static str,
    start: usize,
    end: usize,
}

impl Found {
    /// Which share of its weight a bad word keeps where it stands.
    fn share(self, line: &[u8], family: Family, before: &mut Before) -> f64 {
        if before.token == Token::Flag || self.is_turned(line, before) || self.is_name(line) {
            return 0.0;
        }
        let case = if before.condition { CASE } else { 1.0 };
        let named = if before.token == Token::Path { NAMED } else { 1.0 };
        case * named * self.share_by_value(line, family)
    }

    /// Whether it is negated, or counted with zero. A negation reaches on to the next: `no error or crash`.
    fn is_turned(self, line: &[u8], before: &mut Before) -> bool {
        if before.negated > 0 {
            before.negated = REACH + 1;
            return true;
        }
        let plural = || matches!(line.get(self.end.wrapping_sub(1)), Some(b's' | b'S'));
        before.zero || before.maybe_zero && plural()
    }

    /// Whether it is part of a name: `ErrorHandler`, `on_error`, `error page`.
    fn is_name(self, line: &[u8]) -> bool {
        following(line, self.end).is_some_and(|hit| hit.row.sense == Sense::Mention) || self.is_reaction(line)
    }

    /// Whether `on`, `if` or `is` stands before it in the same identifier.
    fn is_reaction(self, line: &[u8]) -> bool {
        let joint = self.start.checked_sub(1).and_then(|at| line.get(at)).copied().unwrap_or(b' ');
        let end = if matches!(joint, b'_' | b'-') { self.start.saturating_sub(1) } else { self.start };
        let joined = end < self.start || joint.is_ascii_alphabetic();
        let word = line.get(end.saturating_sub(2)..end).unwrap_or_default();
        let begins = end.checked_sub(3).and_then(|at| line.get(at)).is_none_or(|byte| {
            !byte.is_ascii_alphabetic() || word.first().is_some_and(u8::is_ascii_uppercase)
        });
        let names = [&b"on"[..], b"if", b"is"];
        joined && begins && names.iter().any(|name| word.eq_ignore_ascii_case(name))
    }

    fn share_by_value(self, line: &[u8], family: Family) -> f64 {
        match value_behind(line, self.end) {
            Value::Zero => 0.0,
            Value::Set | Value::Number | Value::Hole if family == Family::Timeout => 0.0,
            Value::Hole => UNKNOWN,
            Value::Set | Value::Number | Value::Absent => 1.0,
        }
    }
}

/// Passes what is between words; gives where to go on.
fn gap(line: &[u8], at: usize, length: usize, before: &mut Before) -> usize {
    let byte = line.get(at).copied().unwrap_or_default();
    let next = line.get(at + length).copied().unwrap_or(b' ');
    match byte {
        b'0'..=b'9' => return number(line, at, before),
        b' ' | b'\t' => before.token = token_at(line, at + length),
        b'.' | b'!' | b'?' if next == b' ' => before.end_clause(),
        b',' | b';' | b'|' | b'(' | b')' | b'[' | b']' | b'{' | b'}' => end_token(line, at + length, before),
        b'"' | b'\'' if next != b't' => before.token = before.token.after(line, at + length),
        b'=' => before.token = before.token.after(line, at + length),
        b':' if line.get(at..at + 3) == Some(b"://") => before.token = Token::Path,
        b':' => end_token(line, at + length, before),
        _ => {}
    }
    at + length
}

fn end_token(line: &[u8], next: usize, before: &mut Before) {
    let first = before.first;
    before.end_clause();
    before.first = first && matches!(line.get(next), Some(b'0'..=b'9'));
    before.token = before.token.after(line, next);
}

impl Token {
    /// What begins behind a sign within a token: a flag goes on up to a blank, a path up to a sign.
    fn after(self, line: &[u8], at: usize) -> Token {
        if self == Token::Flag { Token::Flag } else { token_at(line, at) }
    }
}

/// What the token is that begins at a place.
fn token_at(line: &[u8], at: usize) -> Token {
    let byte = |place: usize| line.get(place).copied().unwrap_or(b' ');
    match byte(at) {
        b'-' if byte(at + 1) == b'-' || byte(at + 1).is_ascii_alphabetic() => Token::Flag,
        b'/' | b'\\' if byte(at + 1) != b' ' => Token::Path,
        b'~' | b'.' if byte(at + 1) == b'/' => Token::Path,
        letter if letter.is_ascii_alphabetic() && byte(at + 1) == b':' && byte(at + 2) == b'\\' => {
            Token::Path
        }
        _ => Token::Plain,
    }
}

/// Passes a number. A zero may count what comes next: `0 errors`, but not `disk 0 failed`, `x=0 failed`.
fn number(line: &[u8], start: usize, before: &mut Before) -> usize {
    let digits = line.get(start..).unwrap_or_default();
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let end = start + length.max(1);
    let zero = line.get(start..end).is_some_and(|text| text.iter().all(|byte| matches!(byte, b'0' | b'.')));
    let is_value = start.checked_sub(1).is_some_and(|at| !matches!(line.get(at), Some(b' ' | b'(' | b',')));
    if zero && !is_value && line.get(end) == Some(&b' ') {
        before.zero = before.counting;
        before.maybe_zero = true;
    }
    end
}
