//! A condition as it is written in, one that can be asked out, or where it is wrong.

use regex_automata::util::syntax;

use super::blind::Blind;
use super::condition::{Condition, FIELDS, FieldTest, NumberTest, Sought};
use super::expression::{compiled, required};
use super::file::{ConditionFile, Few, FieldFile, NumberFile, RuleError};
use super::phrase::{Phrase, SHORTEST};
use super::phrases::Phrases;
use super::span;
use super::stretches::may_touch_id;
use super::values::{Key, limit};
use crate::records::level::Level;

/// Bytes of a pattern at most.
const PATTERN: usize = 4 << 10;
/// Conditions within conditions at most.
const DEEPEST: usize = 16;

/// The stretches and fields that all conditions look for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// Stretches of text in lower case, with every digit as `0`.
    pub(super) stretches: Vec<Vec<u8>>,
    places: std::collections::BTreeMap<Vec<u8>, u32>,
    /// Those of them that may be found in ids.
    pub(super) in_ids: std::collections::BTreeSet<u32>,
    /// Fields; the place is the bit.
    pub(super) fields: Vec<WantedField>,
    /// Whether streams are asked for.
    pub(super) streams: bool,
}

/// A field that a condition looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WantedField {
    /// All the names in lower case that it goes by.
    pub(super) names: Vec<String>,
    /// Whether its value is compared with others, of which there are few; it is a measure where not.
    pub(super) is_compared: bool,
}

impl Wanted {
    /// The number of a stretch whose ends are bound to be those of words, or may be anything.
    fn stretch(&mut self, text: &[u8], bound: [bool; 2]) -> u32 {
        let number = self.places.get(text).copied().unwrap_or_else(|| {
            let number = self.stretches.len() as u32;
            self.stretches.push(text.to_vec());
            self.places.insert(text.to_vec(), number);
            number
        });
        if may_touch_id(text, bound) {
            self.in_ids.insert(number);
        }
        number
    }

    /// The bit of a field. Beyond so many, several share one: then records are looked at in vain.
    fn field(&mut self, field: WantedField) -> u64 {
        let at = self.fields.iter().position(|known| *known == field).unwrap_or_else(|| {
            self.fields.push(field);
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
            let mut any = many(&file.any, "any", wanted)?;
            any.sort_by_key(Condition::cost);
            all.push(Condition::Any(any));
        }
        all.extend(many(&file.all, "all", wanted)?);
        if let Some(not) = &file.not {
            let not = Condition::within(not, rule, &format!("{key}.not"), wanted, depth + 1)?;
            all.push(Condition::Not(Box::new(not)));
        }
        all.sort_by_key(Condition::cost);
        match all.len() {
            0 => Err(RuleError::key(rule, key, "says nothing\nhint: such as words, level, fields, any, not")),
            1 => Ok(all.swap_remove(0)),
            _ => Ok(Condition::All(all)),
        }
    }
}

fn phrases(
    few: &Few,
    of: impl Fn(&str) -> Option<Phrase>,
    rule: &str,
    key: &str,
    wanted: &mut Wanted,
) -> Result<Option<Condition>, RuleError> {
    let mut list = Vec::new();
    for words in &few.0 {
        too_long(words, rule, key)?;
        let phrase = of(words).ok_or_else(|| {
            let hint = format!("`{words}` has nothing to be found by\nhint: {SHORTEST} letters or signs in a row, not all of them digits");
            RuleError::key(rule, key, hint)
        })?;
        list.push((wanted.stretch(&phrase.trigger, phrase.bound()), phrase));
    }
    Ok((!list.is_empty()).then(|| Condition::Phrases(Phrases::of(list))))
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
    let stretches = required(&hir).into_iter().map(|text| wanted.stretch(&text, [false; 2])).collect();
    Ok(Condition::Regex(Box::new(regex), stretches, Box::new(Blind::of(&hir))))
}

fn cut(pattern: &str) -> String {
    if pattern.len() <= 60 { pattern.to_owned() } else { pattern.chars().take(60).chain(['…']).collect() }
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
    let bits = wanted.field(WantedField { names: vec![name.to_ascii_lowercase()], is_compared: true });
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
    let mut keys = Vec::new();
    for name in &file.of.0 {
        if name.len() < SHORTEST || name.len() > 64 || name.bytes().any(|byte| byte.is_ascii_digit()) {
            let hint =
                format!("`{name}` is no key of a number\nhint: {SHORTEST} letters or more, without digits");
            return Err(RuleError::key(rule, key, hint));
        }
        let key = Key::of(name);
        let bit =
            wanted.field(WantedField { names: key.names().map(str::to_owned).collect(), is_compared: false });
        let stretch = wanted.stretch(name.to_ascii_lowercase().as_bytes(), [false; 2]);
        keys.push(Sought { key, bit, stretch });
    }
    if keys.is_empty() {
        return Err(RuleError::key(rule, key, "names no key\nhint: of: [duration, took]"));
    }
    let (over, under) = (over.unwrap_or(f64::NEG_INFINITY), under.unwrap_or(f64::INFINITY));
    let bits = keys.iter().fold(0, |bits, sought| bits | sought.bit);
    Ok(Some(Condition::Number(NumberTest { keys, bits, over, under })))
}
