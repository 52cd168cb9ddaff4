//! Rules as written in, one automaton that hears all of them out.
//!
//! Every phrase and expression has a stretch of fixed text that is in all it matches. All stretches are one
//! automaton, so a text is read once, however many rules there are; only rules one of whose stretches was found are
//! asked. A rule that would have to be asked about every text is refused by name.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, MatchKind};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::condition::{Condition, FIELDS};
use super::file::{CountFile, RuleError, RuleFile, ShareFile, ThenFile};
use super::span;
use super::values::By;
use super::written::Wanted;
use crate::findings::Severity;
use crate::templates::alike;

/// Bytes of all expressions together.
const COMPILED: usize = 64 << 20;
/// Bytes of stretches up to which the automaton is a full table: five times as fast, and some 200 bytes for each.
const TABLE: usize = 32 << 10;
/// Rules at most.
const RULES: usize = 20_000;
/// Fields whose text is read like the message.
const TEXTS: [&str; 18] = [
    "cause",
    "detail",
    "details",
    "err",
    "errmsg",
    "error",
    "error_message",
    "error.message",
    "error.stack",
    "exc_info",
    "exception",
    "exception.message",
    "failure",
    "reason",
    "stack",
    "stack_trace",
    "stacktrace",
    "traceback",
];

/// What a rule is called and says.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Unique: `disk-full`.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// How grave it is.
    pub severity: Severity,
    /// The name of its class: `CRITICAL_RESOURCE_USAGE`.
    pub class: String,
    /// What it means.
    pub description: String,
    /// What to do.
    pub remedy: String,
    /// Where it is written what to do.
    pub runbook: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    pub(super) kind: Kind,
}

/// What becomes of the records that a rule is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Each of them is a reason.
    Event,
    /// More than so many within so many seconds.
    Count { more_than: u64, within: i64, across: bool },
    /// More than such a share of others, or of all records.
    Share { over: f64, within: i64, at_least: u64 },
    /// Something follows within so many seconds.
    Then { within: i64 },
    /// None for so many seconds.
    Absent { seconds: i64 },
}

/// Which part of its rule a condition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    When,
    Then,
    Of,
}

/// A condition of a rule.
#[derive(Clone, Debug)]
pub(super) struct Selector {
    pub(super) condition: Condition,
    pub(super) rule: u32,
    pub(super) part: Part,
    pub(super) by: Option<By>,
}

/// What a name of a field is looked for as.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Named {
    pub(super) bits: u64,
    /// Whether its value is compared with others.
    pub(super) is_compared: bool,
    /// Whether its text is read like the message.
    pub(super) is_text: bool,
}

/// All rules, ready to be heard.
#[derive(Clone, Debug)]
pub struct RuleSet {
    rules: Vec<Rule>,
    pub(super) selectors: Vec<Selector>,
    automaton: Option<AhoCorasick>,
    /// The same as a full table, made when there is much to listen to.
    table: OnceLock<Option<AhoCorasick>>,
    /// The selectors of every stretch.
    pub(super) of_stretch: Vec<Vec<u32>>,
    /// Fields and their selectors.
    pub(super) of_fields: Vec<(u64, u32)>,
    pub(super) always: Vec<u32>,
    pub(super) fields: HashMap<u64, Named, FixedState>,
    pub(super) minds_streams: bool,
    /// Those of the stretches that ids may hold, and what finds them.
    in_ids: Vec<Vec<u8>>,
    finds_in_ids: Option<AhoCorasick>,
    pub(super) stretches: Vec<Vec<u8>>,
    /// What records are counted apart by, each once.
    pub(super) by: Vec<By>,
}

impl RuleSet {
    /// Compiles rules. All that is wrong with the first wrong one is told, by its name.
    pub fn compile(files: &[RuleFile]) -> Result<RuleSet, RuleError> {
        if files.len() > RULES {
            return Err(RuleError::TooLarge(format!("{} rules\nhint: {RULES} at most", files.len())));
        }
        let mut wanted = Wanted::default();
        let (mut rules, mut selectors) = (Vec::new(), Vec::new());
        let mut names = std::collections::BTreeSet::new();
        for file in files {
            if !names.insert(&file.name) {
                return Err(RuleError::Twice(file.name.clone()));
            }
            let number = rules.len() as u32;
            selectors.extend(selectors_of(file, number, &mut wanted)?);
            rules.push(rule(file)?);
        }
        let bytes: usize = selectors.iter().map(|selector| selector.condition.bytes()).sum();
        if bytes > COMPILED {
            return Err(RuleError::TooLarge(largest(&rules, &selectors)));
        }
        RuleSet::assemble(rules, selectors, &wanted)
    }

    fn assemble(rules: Vec<Rule>, selectors: Vec<Selector>, wanted: &Wanted) -> Result<RuleSet, RuleError> {
        let mut set = RuleSet {
            rules,
            automaton: None,
            table: OnceLock::new(),
            of_stretch: vec![Vec::new(); wanted.stretches.len()],
            of_fields: Vec::new(),
            always: Vec::new(),
            fields: HashMap::default(),
            minds_streams: wanted.streams,
            in_ids: Vec::new(),
            finds_in_ids: None,
            stretches: wanted.stretches.clone(),
            by: selectors.iter().filter_map(|selector| selector.by.clone()).collect(),
            selectors,
        };
        set.by.sort_unstable();
        set.by.dedup();
        for (selector, number) in set.selectors.iter().zip(0u32..) {
            let trigger = selector.condition.trigger();
            for stretch in &trigger.stretches {
                set.of_stretch[*stretch as usize].push(number);
            }
            if trigger.fields != 0 {
                set.of_fields.push((trigger.fields, number));
            }
            if trigger.always {
                set.always.push(number);
            }
        }
        for (field, at) in wanted.fields.iter().zip(0u32..) {
            for name in &field.names {
                let named = set.fields.entry(name_of(name.as_bytes())).or_default();
                named.bits |= 1 << (at % FIELDS);
                named.is_compared |= field.is_compared;
            }
        }
        for name in TEXTS {
            set.fields.entry(name_of(name.as_bytes())).or_default().is_text = true;
        }
        if !wanted.stretches.is_empty() {
            let built = automaton(&wanted.stretches, AhoCorasickKind::ContiguousNFA);
            set.automaton = Some(built.map_err(|error| RuleError::TooLarge(error.to_string()))?);
        }
        let in_ids = wanted.in_ids.iter().filter_map(|number| wanted.stretches.get(*number as usize));
        set.in_ids = in_ids.cloned().collect();
        if !set.in_ids.is_empty() {
            let built = automaton(&set.in_ids, AhoCorasickKind::ContiguousNFA);
            set.finds_in_ids = Some(built.map_err(|error| RuleError::TooLarge(error.to_string()))?);
        }
        Ok(set)
    }

    /// Whether a text, in lower case and with its digits as `0`, has a stretch that ids may hold.
    pub(super) fn may_find_in_ids(&self, plain: &[u8]) -> bool {
        self.finds_in_ids.as_ref().is_some_and(|automaton| automaton.is_match(plain))
    }

    /// Whether a text could have a stretch in one of its ids, whatever they are: it is in lower case, with its digits as `0`
    /// and its ids covered.
    pub(super) fn may_hold_in_ids(&self, covered: &[u8]) -> bool {
        alike::may_hold(covered, &self.in_ids)
    }

    /// What finds the stretches. Where there is much to listen to, it may take more memory.
    pub(super) fn automaton(&self, much: bool) -> Option<&AhoCorasick> {
        let table = || {
            let bytes: usize = self.stretches.iter().map(Vec::len).sum();
            let may = (1..=TABLE).contains(&bytes);
            if may { automaton(&self.stretches, AhoCorasickKind::DFA).ok() } else { None }
        };
        let table = if much { self.table.get_or_init(table).as_ref() } else { None };
        table.or(self.automaton.as_ref())
    }

    /// The rules, in the order of their numbers.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// A rule by its number.
    pub fn rule(&self, number: u32) -> Option<&Rule> {
        self.rules.get(number as usize)
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

fn automaton(stretches: &[Vec<u8>], kind: AhoCorasickKind) -> Result<AhoCorasick, BuildError> {
    AhoCorasick::builder().match_kind(MatchKind::Standard).kind(Some(kind)).build(stretches)
}

/// The hash of a name, whatever its case.
pub(super) fn name_of(name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    })
}

fn largest(rules: &[Rule], selectors: &[Selector]) -> String {
    let most = selectors.iter().max_by_key(|selector| selector.condition.bytes());
    let name =
        most.and_then(|selector| rules.get(selector.rule as usize)).map_or("?", |rule| rule.name.as_str());
    format!(
        "their expressions take more than 64 MiB, most of it `{name}`\nhint: words instead of expressions"
    )
}

fn rule(file: &RuleFile) -> Result<Rule, RuleError> {
    let severity = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    let severity =
        severity.into_iter().find(|severity| severity.name() == file.severity).ok_or_else(|| {
            let hint = format!("`{}` is none\nhint: low, medium, high, critical", file.severity);
            RuleError::key(&file.name, "severity", hint)
        })?;
    Ok(Rule {
        name: file.name.clone(),
        title: file.title.clone(),
        severity,
        class: file.class.clone().unwrap_or_else(|| file.name.to_ascii_uppercase().replace('-', "_")),
        description: file.description.clone(),
        remedy: file.remedy.clone(),
        runbook: file.runbook.clone(),
        tags: file.tags.clone(),
        kind: kind(file)?,
    })
}

fn kind(file: &RuleFile) -> Result<Kind, RuleError> {
    let name = &file.name;
    let seconds =
        |key: &str, words: &str| span::seconds(words).map_err(|error| RuleError::span(name, key, &error));
    match (&file.count, &file.share, &file.then, &file.absent_for) {
        (None, None, None, None) => Ok(Kind::Event),
        (Some(CountFile { more_than, within, by }), None, None, None) => Ok(Kind::Count {
            more_than: *more_than,
            within: seconds("count.within", within)?,
            across: by.as_deref() == Some("all"),
        }),
        (None, Some(ShareFile { over, within, at_least, .. }), None, None) => Ok(Kind::Share {
            over: span::share(over).map_err(|error| RuleError::span(name, "share.over", &error))?,
            within: seconds("share.within", within)?,
            at_least: *at_least,
        }),
        (None, None, Some(ThenFile { within, .. }), None) => {
            Ok(Kind::Then { within: seconds("then.within", within)? })
        }
        (None, None, None, Some(words)) => Ok(Kind::Absent { seconds: seconds("absent-for", words)? }),
        _ => Err(RuleError::key(
            name,
            "count, share, then, absent-for",
            "only one of them\nhint: make several rules of it",
        )),
    }
}

fn selectors_of(file: &RuleFile, number: u32, wanted: &mut Wanted) -> Result<Vec<Selector>, RuleError> {
    let by = |by: &Option<String>| by.as_deref().filter(|by| *by != "all").map(By::of);
    let of_rule = match (&file.count, &file.then) {
        (Some(count), _) => by(&count.by),
        (None, Some(then)) => by(&then.by),
        (None, None) => None,
    };
    let mut written = vec![(&file.when, "when", Part::When)];
    written.extend(file.then.as_ref().map(|then| (&then.when, "then.when", Part::Then)));
    written.extend(file.share.as_ref().and_then(|share| Some((share.of.as_ref()?, "share.of", Part::Of))));
    let selectors = written.into_iter().map(|(condition, key, part)| {
        let condition = Condition::of(condition, &file.name, key, wanted)?;
        if condition.is_slow() {
            let problem = "an expression without fixed text would be tried on every record, which is slow\nhint: let all that it matches have 3 letters or more in a row, or add words to the condition";
            return Err(RuleError::key(&file.name, key, problem));
        }
        Ok(Selector { condition, rule: number, part, by: of_rule.clone() })
    });
    selectors.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(when: &str) -> Result<RuleSet, RuleError> {
        let file = RuleFile::parse("r.yaml", &format!("title: T\nseverity: high\nwhen: {when}\n"))?;
        RuleSet::compile(&[file])
    }

    #[test]
    fn what_would_be_slow_or_large_is_refused_by_name() {
        let long = "a".repeat(4097);
        let wrong = [
            ("{regex: '.*'}", "without fixed text"),
            ("{any: [{words: abc}, {regex: '[0-9]+x?'}]}", "without fixed text"),
            ("{not: {regex: '^$'}}", "without fixed text"),
            ("{regex: '(?:abc){294967295}'}", "regex"),
            ("{regex: '(?:abcd[a-z]{1000}){1000}'}", "1 MiB"),
            ("{regex: '(abc'}", "unclosed"),
            ("{words: '*'}", "nothing to be found by"),
            ("{level: bad}", "is no level"),
            ("{}", "says nothing"),
            ("{number: {of: duration, over: long}}", "is no limit"),
            ("{hours: late}", "is no time of day"),
        ];
        for (when, wanted) in wrong {
            let error = compiled(when).unwrap_err().to_string();
            assert!(error.contains("rule `r`") && error.contains(wanted), "{when}: {error}");
        }
        let error = compiled(&format!("{{words: {long}}}")).unwrap_err().to_string();
        assert!(error.contains("4 KiB"), "{error}");
        let deep = "{not: ".repeat(20) + "{words: abc}" + &"}".repeat(20);
        assert!(compiled(&deep).unwrap_err().to_string().contains("too deep"));
        for when in
            ["{regex: '(?i)status [45]\\d\\d'}", "{all: [{words: abc}, {regex: '.+'}]}", "{level: error}"]
        {
            assert!(compiled(when).is_ok(), "{when}: {:?}", compiled(when).err());
        }
    }

    #[test]
    fn names_are_unique() {
        let file = RuleFile::parse("r.yaml", "title: T\nseverity: high\nwhen: {words: abc}\n").unwrap();
        assert_eq!(RuleSet::compile(&[file.clone(), file]).unwrap_err(), RuleError::Twice("r".to_owned()));
    }
}
