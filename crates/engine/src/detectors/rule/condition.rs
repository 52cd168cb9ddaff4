//! A condition as written in, one that can be asked about a record out.
//!
//! A condition is asked twice. First about everything that messages have in common that differ in the digits of their
//! values only: that answer is kept, and for most messages it is *no*. Only where it is *perhaps*, because numbers,
//! fields or the hour decide, it is asked again about each record.

use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::blind::Blind;
use super::file::{ConditionFile, Few, FieldFile, NumberFile, RuleError};
use super::phrase::{Phrase, SHORTEST, is_found_by, is_like, without_digits};
use super::span;
use super::values::{Key, limit};
use crate::records::level::Level;
use crate::records::record::Record;

/// Bytes of a pattern at most.
const PATTERN: usize = 4 << 10;
/// Bytes of a compiled pattern at most.
const COMPILED: usize = 1 << 20;
/// Conditions within conditions at most.
const DEEPEST: usize = 16;
/// Names of fields that are told apart by themselves.
pub(super) const FIELDS: u32 = 64;

/// A condition.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// A phrase, and the number of the stretch that it is found by.
    Phrase(Phrase, u32),
    /// An expression, the numbers of the stretches of which one is in all that it matches, and, where digits matter, the
    /// same blind to them.
    Regex(Box<Regex>, Vec<u32>, Option<Box<Blind>>),
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
    name: String,
    /// Its bits among the fields that are looked for.
    bits: u64,
    is: Vec<String>,
    words: Vec<Phrase>,
    range: Option<(f64, f64)>,
    exists: Option<bool>,
}

/// A number behind one of several keys.
#[derive(Clone, Debug)]
pub(super) struct NumberTest {
    keys: Vec<Key>,
    /// The bits of the fields, and the stretches of the text.
    bits: u64,
    stretches: Vec<u32>,
    over: f64,
    under: f64,
}

/// An answer for all messages that differ in their values only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    Perhaps,
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
    /// Where they stand.
    pub(super) places: &'a Places,
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

/// The stretches and fields that all conditions look for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// Stretches of text in lower case, with every digit as `0`.
    pub(super) stretches: Vec<Vec<u8>>,
    places: std::collections::BTreeMap<Vec<u8>, u32>,
    /// Fields, by their names in lower case; the place is the bit.
    pub(super) fields: Vec<String>,
    /// Whether streams are asked for.
    pub(super) streams: bool,
}

impl Wanted {
    fn stretch(&mut self, text: &[u8]) -> u32 {
        if let Some(known) = self.places.get(text) {
            return *known;
        }
        let number = self.stretches.len() as u32;
        self.stretches.push(text.to_vec());
        self.places.insert(text.to_vec(), number);
        number
    }

    /// The bit of a field. Beyond so many, several share one: then records are looked at in vain.
    fn field(&mut self, name: &str) -> u64 {
        let lower = name.to_ascii_lowercase();
        let at = self.fields.iter().position(|known| *known == lower).unwrap_or_else(|| {
            self.fields.push(lower);
            self.fields.len() - 1
        });
        1 << (at as u32 % FIELDS)
    }
}

impl Condition {
    /// Checks a condition; `key` says where it stands.
    pub(super) fn of(
        file: &ConditionFile,
        rule: &str,
        key: &str,
        wanted: &mut Wanted,
    ) -> Result<Condition, RuleError> {
        Condition::within(file, rule, key, wanted, 0)
    }

    fn within(
        file: &ConditionFile,
        rule: &str,
        key: &str,
        wanted: &mut Wanted,
        depth: usize,
    ) -> Result<Condition, RuleError> {
        if depth > DEEPEST {
            return Err(RuleError::key(rule, key, "conditions are nested too deep\nhint: 16 levels at most"));
        }
        let mut all = Vec::new();
        all.extend(phrases(&file.words, Phrase::of, rule, &format!("{key}.words"), wanted)?);
        all.extend(phrases(&file.template, Phrase::of_template, rule, &format!("{key}.template"), wanted)?);
        all.extend(regexes(&file.regex, rule, &format!("{key}.regex"), wanted)?);
        all.extend(level(file.level.as_deref(), rule, key)?);
        if !file.stream.is_empty() {
            wanted.streams = true;
            all.push(Condition::Stream(file.stream.0.clone()));
        }
        for (name, test) in &file.fields {
            all.push(field(name, test, rule, &format!("{key}.fields.{name}"), wanted)?);
        }
        all.extend(number(file.number.as_ref(), rule, &format!("{key}.number"), wanted)?);
        if let Some(hours) = &file.hours {
            let (from, to) = span::hours(hours).map_err(|error| RuleError::span(rule, key, &error))?;
            all.push(Condition::Hours(from, to));
        }
        let many =
            |files: &[ConditionFile], name: &str, wanted: &mut Wanted| -> Result<Vec<Condition>, RuleError> {
                let each = files.iter().enumerate();
                each.map(|(at, file)| {
                    Condition::within(file, rule, &format!("{key}.{name}[{at}]"), wanted, depth + 1)
                })
                .collect()
            };
        if !file.any.is_empty() {
            all.push(Condition::Any(many(&file.any, "any", wanted)?));
        }
        all.extend(many(&file.all, "all", wanted)?);
        if let Some(not) = &file.not {
            let not = Condition::within(not, rule, &format!("{key}.not"), wanted, depth + 1)?;
            all.push(Condition::Not(Box::new(not)));
        }
        match all.len() {
            0 => Err(RuleError::key(rule, key, "says nothing\nhint: such as words, level, fields, any, not")),
            1 => Ok(all.swap_remove(0)),
            _ => Ok(Condition::All(all)),
        }
    }

    /// By what it is found. What holds for all is found by the best of its parts.
    pub(super) fn trigger(&self) -> Trigger {
        match self {
            Condition::Phrase(_, stretch) => Trigger { stretches: vec![*stretch], ..Trigger::default() },
            Condition::Regex(_, stretches, _) if !stretches.is_empty() => {
                Trigger { stretches: stretches.clone(), ..Trigger::default() }
            }
            Condition::Field(test) if test.exists != Some(false) => {
                Trigger { fields: test.bits, ..Trigger::default() }
            }
            Condition::Number(test) => {
                Trigger { stretches: test.stretches.clone(), fields: test.bits, always: false }
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

    /// What can be said of all messages of a shape.
    pub(super) fn of_shape(&self, shape: &Shape<'_>) -> Answer {
        match self {
            Condition::All(parts) => {
                let answers = parts.iter().map(|part| part.of_shape(shape));
                first(answers, Answer::No, Answer::Yes)
            }
            Condition::Any(parts) => {
                let answers = parts.iter().map(|part| part.of_shape(shape));
                first(answers, Answer::Yes, Answer::No)
            }
            Condition::Not(part) => match part.of_shape(shape) {
                Answer::Yes => Answer::No,
                Answer::No => Answer::Yes,
                Answer::Perhaps => Answer::Perhaps,
            },
            Condition::Phrase(_, stretch) if !has(shape.found, *stretch) => Answer::No,
            Condition::Phrase(phrase, _) if phrase.has_digits => Answer::Perhaps,
            Condition::Regex(_, stretches, _) if none_of(stretches, shape.found) => Answer::No,
            Condition::Regex(_, _, Some(blind)) => {
                if blind.may_match(shape.texts) {
                    Answer::Perhaps
                } else {
                    Answer::No
                }
            }
            Condition::Phrase(..) | Condition::Regex(..) | Condition::Level(_) | Condition::Stream(_) => {
                if self.holds_of_text(shape) {
                    Answer::Yes
                } else {
                    Answer::No
                }
            }
            Condition::Field(test) if !test.may_hold(shape.fields) => Answer::No,
            Condition::Field(test) if test.bits & shape.fields == 0 => Answer::Yes,
            Condition::Number(test) if !test.may_hold(shape.found, shape.fields) => Answer::No,
            Condition::Number(test) if !test.may_be_told(shape) => Answer::No,
            Condition::Field(_) | Condition::Number(_) | Condition::Hours(..) => Answer::Perhaps,
        }
    }

    /// Whether it holds of a record.
    pub(super) fn holds(&self, record: &Record<'_>, shape: &Shape<'_>) -> bool {
        match self {
            Condition::All(parts) => parts.iter().all(|part| part.holds(record, shape)),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(record, shape)),
            Condition::Not(part) => !part.holds(record, shape),
            Condition::Field(test) => test.holds(record, shape),
            Condition::Number(test) => test.holds(record, shape),
            Condition::Hours(from, to) => is_within(record, *from, *to),
            _ => self.holds_of_text(shape),
        }
    }

    fn holds_of_text(&self, shape: &Shape<'_>) -> bool {
        match self {
            Condition::Phrase(phrase, stretch) => {
                has(shape.found, *stretch) && shape.lower.iter().any(|text| phrase.is_in(text))
            }
            Condition::Regex(regex, stretches, _) => {
                !none_of(stretches, shape.found) && shape.texts.iter().any(|text| regex.is_match(text))
            }
            Condition::Level(least) => shape.level.is_some_and(|level| level >= *least),
            Condition::Stream(patterns) => {
                patterns.iter().any(|pattern| is_like(pattern.as_bytes(), shape.stream.as_bytes()))
            }
            _ => false,
        }
    }
}

/// The answer that decides, or whether one is open, or the other.
fn first(mut answers: impl Iterator<Item = Answer>, decides: Answer, other: Answer) -> Answer {
    let mut open = other;
    answers
        .try_for_each(|answer| {
            if answer == Answer::Perhaps {
                open = Answer::Perhaps;
            }
            if answer == decides { Err(()) } else { Ok(()) }
        })
        .map_or(decides, |()| open)
}

pub(super) fn has(found: &[u64], number: u32) -> bool {
    found.get(number as usize / 64).is_some_and(|bits| bits >> (number % 64) & 1 == 1)
}

pub(super) fn none_of(stretches: &[u32], found: &[u64]) -> bool {
    !stretches.is_empty() && !stretches.iter().any(|stretch| has(found, *stretch))
}

fn is_within(record: &Record<'_>, from: u16, to: u16) -> bool {
    let Some(time) = record.time else { return false };
    let minute = (time.seconds().rem_euclid(86_400) / 60) as u16;
    if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
}

impl FieldTest {
    /// Whether it may hold of a record with these fields.
    pub(super) fn may_hold(&self, fields: u64) -> bool {
        self.bits & fields != 0 || self.exists == Some(false)
    }

    fn holds(&self, record: &Record<'_>, shape: &Shape<'_>) -> bool {
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
    /// Whether it may hold of a record with these stretches and fields.
    pub(super) fn may_hold(&self, found: &[u64], fields: u64) -> bool {
        self.bits & fields != 0 || !none_of(&self.stretches, found)
    }

    /// Whether there is a number behind one of the keys. What it is, the digits say; whether it is one, they do not.
    fn may_be_told(&self, shape: &Shape<'_>) -> bool {
        let is_in_text = |key: &Key| shape.lower.iter().any(|text| key.is_before_number(text));
        self.bits & shape.fields != 0 || self.keys.iter().any(is_in_text)
    }

    fn holds(&self, record: &Record<'_>, shape: &Shape<'_>) -> bool {
        let numbers = self.keys.iter().filter_map(|key| key.number(record, shape.lower));
        numbers.into_iter().any(|number| number > self.over && number < self.under)
    }
}

fn phrases(
    few: &Few,
    of: impl Fn(&str) -> Option<Phrase>,
    rule: &str,
    key: &str,
    wanted: &mut Wanted,
) -> Result<Option<Condition>, RuleError> {
    let mut phrases = Vec::new();
    for words in &few.0 {
        too_long(words, rule, key)?;
        let phrase = of(words).ok_or_else(|| {
            let hint = format!("`{words}` has nothing to be found by\nhint: {SHORTEST} letters or signs in a row, not all of them digits");
            RuleError::key(rule, key, hint)
        })?;
        let stretch = wanted.stretch(&phrase.trigger);
        phrases.push(Condition::Phrase(phrase, stretch));
    }
    Ok(one_of(phrases))
}

fn one_of(mut conditions: Vec<Condition>) -> Option<Condition> {
    match conditions.len() {
        0 => None,
        1 => conditions.pop(),
        _ => Some(Condition::Any(conditions)),
    }
}

fn too_long(pattern: &str, rule: &str, key: &str) -> Result<(), RuleError> {
    if pattern.len() <= PATTERN {
        return Ok(());
    }
    Err(RuleError::key(
        rule,
        key,
        format!("a pattern of {} bytes is too long\nhint: 4 KiB at most", pattern.len()),
    ))
}

fn regexes(few: &Few, rule: &str, key: &str, wanted: &mut Wanted) -> Result<Option<Condition>, RuleError> {
    let mut regexes = Vec::new();
    for pattern in &few.0 {
        too_long(pattern, rule, key)?;
        regexes.push(regex(pattern, rule, key, wanted)?);
    }
    Ok(one_of(regexes))
}

fn regex(pattern: &str, rule: &str, key: &str, wanted: &mut Wanted) -> Result<Condition, RuleError> {
    let wrong = |problem: String| RuleError::key(rule, key, format!("`{}`: {problem}", cut(pattern)));
    let syntax = syntax::Config::new().utf8(false).unicode(false).multi_line(true).nest_limit(64);
    let hir = syntax::parse_with(pattern, &syntax).map_err(|error| wrong(error.to_string()))?;
    let regex = compiled(&hir).ok_or_else(|| {
        wrong(
            "is larger than 1 MiB when it is compiled\nhint: smaller repetitions, or words instead"
                .to_owned(),
        )
    })?;
    let stretches = required(&hir).into_iter().map(|text| wanted.stretch(&text)).collect();
    let blind = minds_digits(&hir).then(|| Box::new(Blind::of(&hir)));
    Ok(Condition::Regex(Box::new(regex), stretches, blind))
}

/// An expression that can be asked; nothing where it is too large.
pub(super) fn compiled(hir: &Hir) -> Option<Regex> {
    let config =
        Regex::config().utf8_empty(false).nfa_size_limit(Some(COMPILED)).onepass_size_limit(Some(COMPILED));
    Regex::builder().configure(config).build_from_hir(hir).ok()
}

fn cut(pattern: &str) -> String {
    if pattern.len() <= 60 { pattern.to_owned() } else { pattern.chars().take(60).chain(['…']).collect() }
}

/// Stretches of text in lower case of which one is in everything that matches; none where that is not known.
fn required(hir: &Hir) -> Vec<Vec<u8>> {
    match hir.kind() {
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Alternation(parts) => {
            let each: Vec<Vec<Vec<u8>>> = parts.iter().map(required).collect();
            if each.iter().any(Vec::is_empty) { Vec::new() } else { each.concat() }
        }
        HirKind::Concat(parts) => {
            let runs = stretches_of(parts).into_iter().map(|run| vec![run]);
            let inner = parts.iter().filter(|part| !is_letter(part)).map(required);
            let all = runs.chain(inner).filter(|found| !found.is_empty());
            all.max_by_key(|found| (found.iter().map(Vec::len).min(), std::cmp::Reverse(found.len())))
                .unwrap_or_default()
        }
        _ => stretches_of(std::slice::from_ref(hir))
            .into_iter()
            .map(|run| vec![run])
            .next()
            .unwrap_or_default(),
    }
}

/// What a part is as a piece of fixed text, in lower case: a literal, or a letter in either case.
fn fixed(part: &Hir) -> Option<Vec<u8>> {
    match part.kind() {
        HirKind::Literal(literal) => Some(without_digits(&literal.0.to_ascii_lowercase())),
        HirKind::Class(Class::Bytes(class)) => {
            let is_digit = |byte: u8| byte.is_ascii_digit();
            if class.ranges().iter().all(|range| is_digit(range.start()) && is_digit(range.end())) {
                return Some(vec![b'0']);
            }
            let [one, other] = class.ranges() else { return None };
            let single = one.start() == one.end() && other.start() == other.end();
            (single && one.start().eq_ignore_ascii_case(&other.start()))
                .then(|| vec![one.start().to_ascii_lowercase()])
        }
        _ => None,
    }
}

fn is_letter(part: &Hir) -> bool {
    fixed(part).is_some()
}

/// The longest run of fixed text among parts in a row.
fn stretches_of(parts: &[Hir]) -> Option<Vec<u8>> {
    let mut best: Vec<u8> = Vec::new();
    let mut run: Vec<u8> = Vec::new();
    for part in parts {
        let Some(text) = fixed(part) else {
            run.clear();
            continue;
        };
        for byte in text {
            if byte == b'\n' {
                run.clear();
                continue;
            }
            run.push(byte);
            if run.len() > best.len() {
                best.clone_from(&run);
            }
        }
    }
    is_found_by(&best).then_some(best)
}

/// Whether it tells digits apart.
fn minds_digits(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.iter().any(u8::is_ascii_digit),
        HirKind::Class(Class::Bytes(class)) => {
            let digits = (b'0'..=b'9').filter(|digit| {
                class.ranges().iter().any(|range| (range.start()..=range.end()).contains(digit))
            });
            !matches!(digits.count(), 0 | 10)
        }
        HirKind::Class(Class::Unicode(_)) => true,
        HirKind::Capture(capture) => minds_digits(&capture.sub),
        HirKind::Repetition(repetition) => minds_digits(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(minds_digits),
        HirKind::Empty | HirKind::Look(_) => false,
    }
}

fn level(words: Option<&str>, rule: &str, key: &str) -> Result<Option<Condition>, RuleError> {
    let Some(words) = words else { return Ok(None) };
    let level = Level::from_word(words.as_bytes()).ok_or_else(|| {
        let all = Level::ALL.map(Level::name).join(", ");
        RuleError::key(rule, &format!("{key}.level"), format!("`{words}` is no level\nhint: {all}"))
    })?;
    Ok(Some(Condition::Level(level)))
}

fn field(
    name: &str,
    test: &FieldFile,
    rule: &str,
    key: &str,
    wanted: &mut Wanted,
) -> Result<Condition, RuleError> {
    let mut words = Vec::new();
    for phrase in &test.words.0 {
        too_long(phrase, rule, key)?;
        let wrong = || {
            RuleError::key(
                rule,
                key,
                format!("`{phrase}` has nothing to be found by\nhint: {SHORTEST} letters in a row"),
            )
        };
        words.push(Phrase::of(phrase).ok_or_else(wrong)?);
    }
    let range = (test.at_least.is_some() || test.at_most.is_some())
        .then(|| (test.at_least.unwrap_or(f64::NEG_INFINITY), test.at_most.unwrap_or(f64::INFINITY)));
    if test.is.is_empty() && words.is_empty() && range.is_none() && test.exists.is_none() {
        return Err(RuleError::key(rule, key, "says nothing\nhint: is, words, at-least, at-most, exists"));
    }
    let bits = wanted.field(name);
    Ok(Condition::Field(FieldTest {
        name: name.to_owned(),
        bits,
        is: test.is.0.clone(),
        words,
        range,
        exists: test.exists,
    }))
}

fn number(
    file: Option<&NumberFile>,
    rule: &str,
    key: &str,
    wanted: &mut Wanted,
) -> Result<Option<Condition>, RuleError> {
    let Some(file) = file else { return Ok(None) };
    let bound = |words: Option<&super::file::Words>| -> Result<Option<f64>, RuleError> {
        let Some(words) = words.map(super::file::Words::text) else { return Ok(None) };
        let wrong =
            || RuleError::key(rule, key, format!("`{words}` is no limit\nhint: such as 5s, 90%, 2GiB, 1000"));
        limit(&words).map(Some).ok_or_else(wrong)
    };
    let (over, under) = (bound(file.over.as_ref())?, bound(file.under.as_ref())?);
    if over.is_none() && under.is_none() {
        return Err(RuleError::key(rule, key, "has no limit\nhint: over, under"));
    }
    let (mut keys, mut bits, mut stretches) = (Vec::new(), 0, Vec::new());
    for name in &file.of.0 {
        if name.len() < SHORTEST || name.len() > 64 || name.bytes().any(|byte| byte.is_ascii_digit()) {
            let hint =
                format!("`{name}` is no key of a number\nhint: {SHORTEST} letters or more, without digits");
            return Err(RuleError::key(rule, key, hint));
        }
        let known = Key::of(name);
        for (field, _) in &known.names {
            bits |= wanted.field(field);
        }
        stretches.push(wanted.stretch(&without_digits(name.to_ascii_lowercase().as_bytes())));
        keys.push(known);
    }
    if keys.is_empty() {
        return Err(RuleError::key(rule, key, "names no key\nhint: of: [duration, took]"));
    }
    let (over, under) = (over.unwrap_or(f64::NEG_INFINITY), under.unwrap_or(f64::INFINITY));
    Ok(Some(Condition::Number(NumberTest { keys, bits, stretches, over, under })))
}
