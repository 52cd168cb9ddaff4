//! A condition and a record in, whether it holds out.
//!
//! A condition is asked twice. First about everything that messages have in common that differ in the digits of their
//! values only: what that leaves open is kept (see `left`), and for most messages it is nothing. Only where numbers,
//! fields or the hour decide, the rest is asked again about each record.

use regex_automata::meta::Regex;

use super::blind::Blind;
use super::phrase::{Phrase, is_like};
use super::phrases::Phrases;
use super::stretches::{has, none_of};
use super::values::Key;
use crate::records::level::Level;
use crate::records::record::Record;

/// Names of fields that are told apart by themselves.
pub(super) const FIELDS: u32 = 64;

/// A condition.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// One of these.
    Phrases(Phrases),
    /// An expression, the numbers of the stretches of which one is in all that it matches, and the same blind to what
    /// messages of a look differ in.
    Regex(Box<Regex>, Vec<u32>, Box<Blind>),
    Level(Level),
    Stream(Vec<String>),
    Field(FieldTest),
    Number(NumberTest),
    /// Minutes of the day, from and to.
    Hours(u16, u16),
}

/// What a field is.
#[derive(Clone, Debug)]
pub(super) struct FieldTest {
    pub(super) name: String,
    /// Its bits among the fields that are looked for.
    pub(super) bits: u64,
    pub(super) is: Vec<String>,
    pub(super) words: Vec<Phrase>,
    pub(super) range: Option<(f64, f64)>,
    pub(super) exists: Option<bool>,
}

/// A number behind one of several keys.
#[derive(Clone, Debug)]
pub(super) struct NumberTest {
    pub(super) keys: Vec<Sought>,
    /// The bits of all of them.
    pub(super) bits: u64,
    pub(super) over: f64,
    pub(super) under: f64,
}

/// A key, the bit of fields that are called so, and the stretch of texts that name it.
#[derive(Clone, Debug)]
pub(super) struct Sought {
    pub(super) key: Key,
    pub(super) bit: u64,
    pub(super) stretch: u32,
}

/// What is known of a record before its values are looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape<'a> {
    /// The stretches found, a bit each.
    pub(super) found: &'a [u64],
    /// The texts, in lower case and as they stand.
    pub(super) lower: &'a [&'a [u8]],
    pub(super) texts: &'a [&'a [u8]],
    pub(super) level: Option<Level>,
    pub(super) stream: &'a str,
    /// Which fields it has of those that are looked for.
    pub(super) fields: u64,
    /// Those of them whose value all messages have that the answer is for.
    pub(super) told: u64,
    /// Where they stand.
    pub(super) places: &'a Places,
    /// Whether messages are of one shape that differ in their ids, too.
    pub(super) is_alike: bool,
}

/// Where the last field of each bit stands in a record.
#[derive(Clone, Debug)]
pub(super) struct Places([u8; FIELDS as usize]);

impl Default for Places {
    fn default() -> Places {
        Places([Places::NOWHERE; FIELDS as usize])
    }
}

impl Places {
    const NOWHERE: u8 = u8::MAX;

    /// The field at that place of the record has those bits.
    pub(super) fn note(&mut self, bits: u64, at: usize) {
        let at = u8::try_from(at).unwrap_or(Places::NOWHERE);
        let mut bits = bits;
        while bits != 0 {
            self.0[bits.trailing_zeros() as usize] = at;
            bits &= bits - 1;
        }
    }

    /// A field of that name, whatever its case, which has that bit.
    fn value<'a>(&self, record: &Record<'a>, bit: u64, name: &str) -> Option<&'a [u8]> {
        let at = self.0.get(bit.trailing_zeros() as usize).copied().unwrap_or(Places::NOWHERE);
        // Names that share a bit, and records of very many fields, are gone through.
        match record.fields.at(at.into(), record.text) {
            Some((known, value)) if at != Places::NOWHERE && known.eq_ignore_ascii_case(name.as_bytes()) => {
                Some(value.bytes)
            }
            _ => field_of(record, name),
        }
    }
}

/// By what records are chosen of which a condition may hold: one of these stretches is in the text, or it has one of
/// these fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trigger {
    pub(super) stretches: Vec<u32>,
    pub(super) fields: u64,
    /// Neither decides: it may hold of any record.
    pub(super) always: bool,
}

impl Trigger {
    const ALWAYS: Trigger = Trigger { stretches: Vec::new(), fields: 0, always: true };

    /// How many records it chooses, roughly.
    fn rank(&self) -> (bool, bool, usize) {
        (self.always, self.fields != 0, self.stretches.len())
    }
}

impl Condition {
    /// What asking it costs, roughly: of several parts the cheapest is asked first.
    pub(super) fn cost(&self) -> usize {
        match self {
            Condition::Level(_) | Condition::Hours(..) => 0,
            Condition::Field(test) => 1 + test.words.len(),
            Condition::Stream(patterns) => 1 + patterns.len(),
            Condition::Phrases(_) => 2,
            Condition::Number(test) => 2 * test.keys.len(),
            Condition::Regex(..) => 4,
            Condition::Not(part) => part.cost(),
            Condition::All(parts) | Condition::Any(parts) => parts.iter().map(Condition::cost).sum(),
        }
    }

    /// By what it is found. What holds for all is found by the best of its parts.
    pub(super) fn trigger(&self) -> Trigger {
        match self {
            Condition::Phrases(phrases) => {
                Trigger { stretches: phrases.stretches().collect(), ..Trigger::default() }
            }
            Condition::Regex(_, stretches, _) if !stretches.is_empty() => {
                Trigger { stretches: stretches.clone(), ..Trigger::default() }
            }
            Condition::Field(test) if test.exists != Some(false) => {
                Trigger { fields: test.bits, ..Trigger::default() }
            }
            Condition::Number(test) => {
                let stretches = test.keys.iter().map(|sought| sought.stretch).collect();
                Trigger { stretches, fields: test.bits, always: false }
            }
            Condition::All(parts) => {
                parts.iter().map(Condition::trigger).min_by_key(Trigger::rank).unwrap_or(Trigger::ALWAYS)
            }
            Condition::Any(parts) => parts.iter().fold(Trigger::default(), |all, part| {
                let part = part.trigger();
                Trigger {
                    stretches: [all.stretches, part.stretches].concat(),
                    fields: all.fields | part.fields,
                    always: all.always || part.always,
                }
            }),
            _ => Trigger::ALWAYS,
        }
    }

    /// Whether an expression in it that nothing fixed can be found by is asked about every record.
    pub(super) fn is_slow(&self) -> bool {
        match self {
            Condition::Regex(_, stretches, _) => stretches.is_empty(),
            Condition::All(parts) => self.trigger().always && parts.iter().any(Condition::is_slow),
            Condition::Any(parts) => parts.iter().any(Condition::is_slow),
            Condition::Not(part) => part.is_slow(),
            _ => false,
        }
    }

    /// Bytes of heap that its expressions take.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Condition::Regex(regex, ..) => regex.memory_usage(),
            Condition::All(parts) | Condition::Any(parts) => parts.iter().map(Condition::bytes).sum(),
            Condition::Not(part) => part.bytes(),
            _ => 0,
        }
    }

    /// Whether it holds of a record.
    pub(super) fn holds(&self, record: &Record<'_>, shape: &Shape<'_>) -> bool {
        match self {
            Condition::All(parts) => parts.iter().all(|part| part.holds(record, shape)),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(record, shape)),
            Condition::Not(part) => !part.holds(record, shape),
            Condition::Phrases(phrases) => phrases.found(shape.found).any(|phrase| shape.has(phrase)),
            Condition::Regex(regex, stretches, _) => {
                !none_of(stretches, shape.found) && shape.texts.iter().any(|text| regex.is_match(text))
            }
            Condition::Level(least) => shape.level.is_some_and(|level| level >= *least),
            Condition::Stream(patterns) => {
                patterns.iter().any(|pattern| is_like(pattern.as_bytes(), shape.stream.as_bytes()))
            }
            Condition::Field(test) => test.holds(record, shape),
            Condition::Number(test) => test.holds(record, shape),
            Condition::Hours(from, to) => is_within(record, *from, *to),
        }
    }
}

impl Shape<'_> {
    /// Whether a phrase is in one of the texts.
    pub(super) fn has(&self, phrase: &Phrase) -> bool {
        self.lower.iter().any(|text| phrase.is_in(text))
    }
}

fn is_within(record: &Record<'_>, from: u16, to: u16) -> bool {
    let Some(time) = record.time else { return false };
    let minute = (time.seconds().rem_euclid(86_400) / 60) as u16;
    if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
}

impl FieldTest {
    /// Whether it holds of a record.
    pub(super) fn holds(&self, record: &Record<'_>, shape: &Shape<'_>) -> bool {
        let value = match self.bits & shape.fields {
            0 => None,
            bit => shape.places.value(record, bit, &self.name),
        };
        let Some(value) = value else { return self.exists == Some(false) };
        if self.exists == Some(false) {
            return false;
        }
        let is = |wanted: &String| wanted.as_bytes().eq_ignore_ascii_case(value);
        let lower = || value.get(..4096).unwrap_or(value).to_ascii_lowercase();
        let number = || std::str::from_utf8(value).ok()?.trim().parse::<f64>().ok();
        (self.is.is_empty() || self.is.iter().any(is))
            && (self.words.is_empty() || {
                let lower = lower();
                self.words.iter().any(|phrase| phrase.is_in(&lower))
            })
            && self
                .range
                .is_none_or(|(least, most)| number().is_some_and(|number| number >= least && number <= most))
    }
}

/// A field, whatever the case of its name.
fn field_of<'a>(record: &Record<'a>, name: &str) -> Option<&'a [u8]> {
    let mut found = None;
    for (known, value) in record.fields() {
        if known.eq_ignore_ascii_case(name.as_bytes()) {
            found = Some(value.bytes);
        }
    }
    found
}

impl NumberTest {
    /// Whether there is a number behind one of the keys. What it is, the digits say; whether it is one, they do not.
    pub(super) fn may_be_told(&self, shape: &Shape<'_>) -> bool {
        let is_in_text = |sought: &Sought| {
            has(shape.found, sought.stretch)
                && shape.lower.iter().any(|text| sought.key.is_before_number(text))
        };
        self.bits & shape.fields != 0 || self.keys.iter().any(is_in_text)
    }

    fn holds(&self, record: &Record<'_>, shape: &Shape<'_>) -> bool {
        self.keys.iter().any(|sought| {
            let number = sought.number(record, shape);
            number.is_some_and(|number| number > self.over && number < self.under)
        })
    }
}

impl Sought {
    /// The number behind the key: of a field, or else of the text.
    fn number(&self, record: &Record<'_>, shape: &Shape<'_>) -> Option<f64> {
        let field = if self.bit & shape.fields == 0 { None } else { self.key.of_field(record) };
        let in_text = || shape.lower.iter().find_map(|text| self.key.in_text(text));
        field.or_else(|| if has(shape.found, self.stretch) { in_text() } else { None })
    }
}
