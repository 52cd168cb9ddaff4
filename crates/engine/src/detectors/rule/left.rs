//! A condition and what is known of a record before its values are looked at in, what is left to ask of it out.
//!
//! A condition may name a hundred phrases and a field: where the field decides, the phrases are asked in vain about every
//! record. Which stretches and fields there are is the same for all messages of a look, so what they rule out is found
//! once, and only the rest is asked about each record.

use super::condition::{Condition, Shape, has, none_of};
use crate::records::record::Record;

/// The parts of a condition that may decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// All of it.
    Whole,
    /// These, by their places among its parts; the others surely do not hold.
    Parts(Box<[(u32, Left)]>),
}

impl Left {
    /// What is left of a condition where these stretches and fields are there; nothing if it cannot hold.
    pub(super) fn of(condition: &Condition, found: &[u64], fields: u64) -> Option<Left> {
        let may_hold = match condition {
            Condition::Phrase(_, stretch) => has(found, *stretch),
            Condition::Regex(_, stretches, _) => !none_of(stretches, found),
            Condition::Field(test) => test.may_hold(fields),
            Condition::Number(test) => test.may_hold(found, fields),
            Condition::All(parts) => {
                let left = parts_of(parts, found, fields);
                return (left.len() == parts.len()).then(|| Left::some(left, parts.len()));
            }
            Condition::Any(parts) => {
                let left = parts_of(parts, found, fields);
                return (!left.is_empty()).then(|| Left::some(left, parts.len()));
            }
            Condition::Not(_) | Condition::Level(_) | Condition::Stream(_) | Condition::Hours(..) => true,
        };
        may_hold.then_some(Left::Whole)
    }

    fn some(left: Vec<(u32, Left)>, all: usize) -> Left {
        let is_whole = left.len() == all && left.iter().all(|(_, left)| *left == Left::Whole);
        if is_whole { Left::Whole } else { Left::Parts(left.into()) }
    }

    /// Whether what is left reads the text in lower case.
    pub(super) fn reads(&self, condition: &Condition) -> bool {
        match (self, condition) {
            (Left::Parts(left), Condition::All(parts) | Condition::Any(parts)) => {
                left.iter().any(|(at, left)| parts.get(*at as usize).is_some_and(|part| left.reads(part)))
            }
            (_, Condition::All(parts) | Condition::Any(parts)) => {
                parts.iter().any(|part| Left::Whole.reads(part))
            }
            (_, Condition::Not(part)) => Left::Whole.reads(part),
            (_, Condition::Phrase(..) | Condition::Number(_)) => true,
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

    /// Whether the condition holds of a record, which has those stretches and fields.
    pub(super) fn holds(&self, condition: &Condition, record: &Record<'_>, shape: &Shape<'_>) -> bool {
        let (Left::Parts(left), Condition::All(parts) | Condition::Any(parts)) = (self, condition) else {
            return condition.holds(record, shape);
        };
        let holds = |(at, left): &(u32, Left)| {
            parts.get(*at as usize).is_some_and(|part| left.holds(part, record, shape))
        };
        match condition {
            Condition::All(_) => left.iter().all(holds),
            _ => left.iter().any(holds),
        }
    }
}

fn parts_of(parts: &[Condition], found: &[u64], fields: u64) -> Vec<(u32, Left)> {
    let each = parts.iter().zip(0..);
    each.filter_map(|(part, at)| Some((at, Left::of(part, found, fields)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::rule::condition::Places;
    use crate::detectors::rule::file::RuleFile;
    use crate::detectors::rule::set::{RuleSet, name_of};
    use crate::reader::{Reader, Settings, SourceHint};
    use crate::records::record::RecordSink;

    const CONDITIONS: [&str; 7] = [
        "{any: [{words: [refused, denied, 'not found']}, {fields: {status: {at-least: 500}}}]}",
        "{all: [{words: [refused, denied]}, {any: [{fields: {status: {is: [404]}}}, {words: 'code 5*'}]}]}",
        "{any: [{regex: 'took \\d{4} ms'}, {number: {of: took_ms, over: 900}}, {fields: {peer: {exists: false}}}]}",
        "{all: [{level: error}, {any: [{words: refused}, {not: {words: denied}}]}]}",
        "{not: {any: [{words: refused}, {fields: {status: {is: [200]}}}]}, words: [answer, code]}",
        "{any: [{all: [{words: denied}, {fields: {peer: {words: [shop]}}}]}, {words: timeout}]}",
        "{all: [{fields: {peer: {exists: true}}}, {any: [{words: denied}, {words: refused}, {words: code}]}]}",
    ];

    const LOG: &str = r#"{"level":"info","msg":"answer code 200","status":200}
{"level":"error","msg":"denied: code 503","status":503,"peer":"shop"}
{"level":"error","msg":"connection refused","status":404}
{"level":"warn","msg":"not found, took 1234 ms","status":404,"peer":"stock"}
{"level":"info","msg":"nothing to tell","took_ms":950,"peer":"x"}
{"level":"error","msg":"refused and denied"}
{"level":"info","msg":"timeout","status":500,"peer":"shop"}
"#;

    /// What is ruled out, and what is found, of every condition and record.
    struct Compared<'a>(&'a RuleSet, Vec<(bool, bool)>);

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
            let shape = Shape {
                found: &found,
                lower: &lower,
                texts: &texts,
                level: record.level,
                stream: "",
                fields,
                places: &places,
            };
            for selector in &self.0.selectors {
                let condition = &selector.condition;
                let left = Left::of(condition, &found, fields);
                let holds = left.as_ref().is_some_and(|left| left.holds(condition, record, &shape));
                if left.as_ref().is_some_and(|left| !left.reads(condition)) {
                    let unread = Shape { lower: &[b""], ..shape };
                    assert_eq!(holds, condition.holds(record, &unread), "{condition:?} reads the text");
                }
                assert_eq!(holds, condition.holds(record, &shape), "{condition:?} of {:?}", record.text);
                self.1.push((holds, left.is_some_and(|left| left != Left::Whole)));
            }
        }
    }

    #[test]
    fn what_is_left_decides_like_the_whole() {
        let files = CONDITIONS.iter().zip(1..).map(|(when, nth)| {
            let text = format!("title: T\nseverity: high\nwhen: {when}\n");
            RuleFile::parse(&format!("r{nth}.yaml"), &text).expect("a rule")
        });
        let rules = RuleSet::compile(&files.collect::<Vec<_>>()).expect("rules");
        let mut compared = Compared(&rules, Vec::new());
        let mut reader = Reader::new(&Settings::default(), SourceHint::default());
        reader.space()[..LOG.len()].copy_from_slice(LOG.as_bytes());
        reader.filled(LOG.len(), &mut compared);
        reader.finish(&mut compared);
        let Compared(_, seen) = compared;
        assert_eq!(seen.len(), CONDITIONS.len() * LOG.lines().count());
        for wanted in [(true, true), (true, false), (false, true), (false, false)] {
            assert!(seen.contains(&wanted), "{wanted:?}");
        }
    }
}
