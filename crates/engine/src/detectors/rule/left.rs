//! A condition and what is known of a record before its values are looked at in, what is left to ask of it out.
//!
//! A condition may name a hundred phrases and a field: where the field decides, the phrases are asked in vain about every
//! record. What is the same for all messages of a look is asked once, and only the rest about each record.

use regex_automata::Input;

use super::blind::Says;
use super::condition::{Condition, FieldTest, Shape};
use super::phrases::Phrases;
use super::stretches::none_of;
use crate::records::record::Record;

/// What is left of a condition that may hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Left {
    /// Nothing: it holds.
    Nothing,
    /// All of it.
    Whole,
    /// An expression, in what comes from that byte of the message on.
    Behind(u32),
    /// These decide, by their places among its parts.
    Parts(Box<[(u32, Left)]>),
}

impl Left {
    /// What is left of a condition for all messages of a shape, of which the record is one; none if it cannot hold.
    pub(super) fn of(condition: &Condition, record: &Record<'_>, shape: &Shape<'_>) -> Option<Left> {
        let surely = |holds: bool| holds.then_some(Left::Nothing);
        match condition {
            Condition::All(parts) => {
                let mut open = Vec::new();
                for (part, at) in parts.iter().zip(0..) {
                    let left = Left::of(part, record, shape)?;
                    if left != Left::Nothing {
                        open.push((at, left));
                    }
                }
                Some(if open.is_empty() { Left::Nothing } else { Left::some(open, parts.len()) })
            }
            Condition::Any(parts) => {
                let mut open = Vec::new();
                for (part, at) in parts.iter().zip(0..) {
                    match Left::of(part, record, shape) {
                        Some(Left::Nothing) => return Some(Left::Nothing),
                        left => open.extend(left.map(|left| (at, left))),
                    }
                }
                (!open.is_empty()).then(|| Left::some(open, parts.len()))
            }
            Condition::Not(part) => match Left::of(part, record, shape) {
                None => Some(Left::Nothing),
                Some(Left::Nothing) => None,
                Some(_) => Some(Left::Whole),
            },
            Condition::Phrases(phrases) => Left::of_phrases(phrases, shape),
            Condition::Regex(_, stretches, _) if none_of(stretches, shape.found) => None,
            Condition::Regex(regex, _, blind) => {
                // What is asked of a look is asked of the message alone.
                let [text] = shape.texts else { return Some(Left::Whole) };
                match blind.says(regex, text, shape.is_alike) {
                    Says::No => None,
                    // Rounded, so that there are few different answers.
                    Says::Perhaps(from) => Some(Left::Behind(from & !31)),
                    Says::Yes => Some(Left::Nothing),
                }
            }
            Condition::Level(_) | Condition::Stream(_) => surely(condition.holds(record, shape)),
            Condition::Field(test) if is_told(test, shape) => surely(test.holds(record, shape)),
            // Numbers may stand in ids.
            Condition::Number(_) if shape.is_alike => Some(Left::Whole),
            Condition::Number(test) => test.may_be_told(shape).then_some(Left::Whole),
            Condition::Field(_) | Condition::Hours(..) => Some(Left::Whole),
        }
    }

    /// Phrases that may be told by digits or ids are open where their stretch is found.
    fn of_phrases(phrases: &Phrases, shape: &Shape<'_>) -> Option<Left> {
        let mut left = None;
        for phrase in phrases.found(shape.found) {
            // Other parts than the one by which it is found may stand in ids.
            if phrase.has_digits || shape.is_alike && !phrase.is_of_one_part() {
                left = Some(Left::Whole);
            } else if shape.has(phrase) {
                return Some(Left::Nothing);
            }
        }
        left
    }

    fn some(left: Vec<(u32, Left)>, all: usize) -> Left {
        let is_whole = left.len() == all && left.iter().all(|(_, left)| *left == Left::Whole);
        if is_whole { Left::Whole } else { Left::Parts(left.into()) }
    }

    /// Whether what is left reads the text in lower case.
    pub(super) fn reads(&self, condition: &Condition) -> bool {
        match (self, condition) {
            (Left::Nothing, _) => false,
            (Left::Parts(left), Condition::All(parts) | Condition::Any(parts)) => {
                left.iter().any(|(at, left)| parts.get(*at as usize).is_some_and(|part| left.reads(part)))
            }
            (_, Condition::All(parts) | Condition::Any(parts)) => {
                parts.iter().any(|part| Left::Whole.reads(part))
            }
            (_, Condition::Not(part)) => Left::Whole.reads(part),
            (_, Condition::Phrases(_) | Condition::Number(_)) => true,
            (
                _,
                Condition::Regex(..)
                | Condition::Level(_)
                | Condition::Stream(_)
                | Condition::Field(_)
                | Condition::Hours(..),
            ) => false,
        }
    }

    /// Whether the condition holds of a record of the shape.
    pub(super) fn holds(&self, condition: &Condition, record: &Record<'_>, shape: &Shape<'_>) -> bool {
        let holds = |parts: &[Condition], (at, left): &(u32, Left)| {
            parts.get(*at as usize).is_some_and(|part| left.holds(part, record, shape))
        };
        match (self, condition) {
            (Left::Nothing, _) => true,
            (Left::Behind(from), Condition::Regex(regex, ..)) => {
                let [text] = shape.texts else { return condition.holds(record, shape) };
                let from = (*from as usize).min(text.len());
                regex.is_match(Input::new(*text).range(from..))
            }
            (Left::Parts(left), Condition::All(parts)) => left.iter().all(|one| holds(parts, one)),
            (Left::Parts(left), Condition::Any(parts)) => left.iter().any(|one| holds(parts, one)),
            _ => condition.holds(record, shape),
        }
    }
}

/// Whether all messages of a shape have the field with the same value, or lack it.
fn is_told(test: &FieldTest, shape: &Shape<'_>) -> bool {
    test.bits & shape.fields & !shape.told == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::rule::condition::Places;
    use crate::detectors::rule::file::RuleFile;
    use crate::detectors::rule::set::{RuleSet, name_of};
    use crate::reader::{Reader, Settings, SourceHint};
    use crate::records::record::RecordSink;

    const CONDITIONS: [&str; 8] = [
        "{any: [{words: [refused, denied, 'not found']}, {fields: {status: {at-least: 500}}}]}",
        "{all: [{words: [refused, denied]}, {any: [{fields: {status: {is: [404]}}}, {words: 'code 5*'}]}]}",
        "{any: [{regex: 'took 1\\d{3} ms'}, {number: {of: took_ms, over: 900}}, {fields: {peer: {exists: false}}}]}",
        "{all: [{level: error}, {any: [{words: refused}, {not: {words: denied}}]}]}",
        "{not: {any: [{words: refused}, {fields: {status: {is: [200]}}}]}, words: [answer, code]}",
        "{any: [{all: [{words: denied}, {fields: {peer: {words: [shop]}}}]}, {words: timeout}]}",
        "{all: [{fields: {peer: {exists: true}}}, {any: [{words: denied}, {words: refused}, {words: code}]}]}",
        "{number: {of: took, over: 0.9}}",
    ];

    const LOG: &str = r#"{"level":"info","msg":"answer code 200","status":200}
{"level":"error","msg":"denied: code 503","status":503,"peer":"shop"}
{"level":"error","msg":"connection refused","status":404}
{"level":"warn","msg":"not found, took 1234 ms","status":404,"peer":"stock"}
{"level":"info","msg":"nothing to tell","took_ms":950,"peer":"x"}
{"level":"error","msg":"refused and denied"}
{"level":"info","msg":"timeout","status":500,"peer":"shop"}
{"level":"warn","msg":"after a walk of many and many a mile it took 1234 ms","status":404,"peer":"stock"}
"#;

    /// What is ruled out, and what is found, of every condition and record.
    struct Compared<'a>(&'a RuleSet, Vec<(bool, bool)>, bool);

    impl RecordSink for Compared<'_> {
        fn record(&mut self, record: &Record<'_>) {
            let lower = record.message.to_ascii_lowercase();
            let digits = |byte: &u8| if byte.is_ascii_digit() { b'0' } else { *byte };
            let plain: Vec<u8> = lower.iter().map(digits).collect();
            let mut found = vec![0; self.0.stretches.len().div_ceil(64)];
            for (stretch, at) in self.0.stretches.iter().zip(0..) {
                if memchr::memmem::find(&plain, stretch).is_some() {
                    found[at / 64] |= 1 << (at % 64);
                }
            }
            let (mut fields, mut places) = (0, Places::default());
            for ((name, _), at) in record.fields().zip(0..) {
                if let Some(named) = self.0.fields.get(&name_of(name)) {
                    fields |= named.bits;
                    places.note(named.bits, at);
                }
            }
            let (lower, texts) = ([lower.as_slice()], [record.message]);
            for (told, is_alike) in [(0, false), (fields, false), (fields, true)] {
                let shape = Shape {
                    found: &found,
                    lower: &lower,
                    texts: &texts,
                    level: record.level,
                    stream: "",
                    fields,
                    told,
                    places: &places,
                    is_alike,
                };
                for selector in &self.0.selectors {
                    self.1.push(compared(&selector.condition, record, &shape));
                    let left = Left::of(&selector.condition, record, &shape);
                    self.2 |= left.is_some_and(|left| left.is_behind(32));
                }
            }
        }
    }

    impl Left {
        /// Whether an expression is asked about what comes from that byte on.
        fn is_behind(&self, at: u32) -> bool {
            match self {
                Left::Behind(from) => *from == at,
                Left::Parts(parts) => parts.iter().any(|(_, part)| part.is_behind(at)),
                Left::Nothing | Left::Whole => false,
            }
        }
    }

    /// Whether a condition holds, which what is left must say as well, and whether something was ruled out.
    fn compared(condition: &Condition, record: &Record<'_>, shape: &Shape<'_>) -> (bool, bool) {
        let left = Left::of(condition, record, shape);
        let holds = left.as_ref().is_some_and(|left| left.holds(condition, record, shape));
        assert_eq!(holds, condition.holds(record, shape), "{condition:?} of {:?}", record.text);
        if let Some(left) = left.as_ref().filter(|left| !left.reads(condition)) {
            let unread = Shape { lower: &[b""], ..*shape };
            assert_eq!(holds, left.holds(condition, record, &unread), "{condition:?} reads the text");
        }
        assert!(left != Some(Left::Nothing) || holds, "{condition:?} is sure");
        (holds, left.is_some_and(|left| left != Left::Whole))
    }

    #[test]
    fn what_is_left_decides_like_the_whole() {
        let files = CONDITIONS.iter().zip(1..).map(|(when, nth)| {
            let text = format!("title: T\nseverity: high\nwhen: {when}\n");
            RuleFile::parse(&format!("r{nth}.yaml"), &text).expect("a rule")
        });
        let rules = RuleSet::compile(&files.collect::<Vec<_>>()).expect("rules");
        let mut compared = Compared(&rules, Vec::new(), false);
        let mut reader = Reader::new(&Settings::default(), SourceHint::default());
        reader.space()[..LOG.len()].copy_from_slice(LOG.as_bytes());
        reader.filled(LOG.len(), &mut compared);
        reader.finish(&mut compared);
        let Compared(_, seen, seen_behind) = compared;
        assert_eq!(seen.len(), 3 * CONDITIONS.len() * LOG.lines().count());
        assert!(seen_behind, "an expression is asked about the end of a message");
        for wanted in [(true, true), (true, false), (false, true), (false, false)] {
            assert!(seen.contains(&wanted), "{wanted:?}");
        }
    }
}
