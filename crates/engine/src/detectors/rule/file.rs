//! The text of a rule file in, the rule as it is written out: strict, with every mistake named.
//!
//! A rule is data: when it fires, how grave that is, what to do, and lines that must and must not fire. The same
//! struct comes out of the built-in packs, of a user's folder and of what was imported.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::span::NotASpan;

/// A rule as written.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleFile {
    /// Unique: `disk-full`. Where it is left out, the name of the file.
    #[serde(default)]
    pub name: String,
    /// One line for people.
    pub title: String,
    /// `low`, `medium`, `high`, `critical`.
    pub severity: String,
    /// The name of its class: `CRITICAL_RESOURCE_USAGE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// What it means that this happens.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remedy: String,
    /// Where it is written what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// Words to find it by, such as the ids of techniques: `attack.t1110`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Which records it is about.
    pub when: ConditionFile,
    /// It fires where there are more than so many of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<CountFile>,
    /// It fires where they are more than such a share of others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<ShareFile>,
    /// It fires where this follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<ThenFile>,
    /// It fires where none of them came for so long: `26h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent_for: Option<String>,
    /// Lines on which it must fire.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fires: Vec<String>,
    /// Lines on which it must not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quiet: Vec<String>,
}

/// A condition: everything that it names must hold.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ConditionFile {
    /// One of these phrases is in the text; `*` stands for anything.
    #[serde(skip_serializing_if = "Few::is_empty")]
    pub words: Few,
    /// One of these regular expressions matches the text.
    #[serde(skip_serializing_if = "Few::is_empty")]
    pub regex: Few,
    /// The text begins like one of these templates: `Connection from <ip> closed`.
    #[serde(skip_serializing_if = "Few::is_empty")]
    pub template: Few,
    /// The record is as grave as this or graver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// The name of the stream is like one of these: `web-*`.
    #[serde(skip_serializing_if = "Few::is_empty")]
    pub stream: Few,
    /// What fields are.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, FieldFile>,
    /// A number behind one of these keys, in a field or in the text: `{of: [duration, took], over: 5s}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<NumberFile>,
    /// The time of day in UTC: `22:00-06:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// One of these holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<ConditionFile>,
    /// All of these hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<ConditionFile>,
    /// This does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not: Option<Box<ConditionFile>>,
}

/// What a field is.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct FieldFile {
    /// One of these, whatever the case.
    #[serde(skip_serializing_if = "Few::is_empty")]
    pub is: Few,
    /// One of these phrases is in it.
    #[serde(skip_serializing_if = "Few::is_empty")]
    pub words: Few,
    /// A number that is not below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// A number that is not above this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// Whether it is there at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
}

/// A number behind a key.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NumberFile {
    /// The keys, without a unit: `duration` is found as `duration_ms`, too.
    pub of: Few,
    /// It is greater: `5s`, `90%`, `2GiB`, `1000`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Words>,
    /// It is smaller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<Words>,
}

/// More than so many within such a time.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CountFile {
    /// So many are no reason yet.
    pub more_than: u64,
    /// Within so long: `1m`.
    pub within: String,
    /// Counted apart by this: `ip`, `host`, `user` or the name of a field. Streams are always counted apart, unless
    /// this is `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// A share of others.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShareFile {
    /// Greater than this: `5%`.
    pub over: String,
    /// Within so long.
    pub within: String,
    /// So many there must be, or a share says nothing.
    #[serde(default)]
    pub at_least: u64,
    /// The others; all records of the stream where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<ConditionFile>,
}

/// What follows.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ThenFile {
    /// The records that follow.
    pub when: ConditionFile,
    /// So soon.
    pub within: String,
    /// And share this: `ip`, `host`, `user` or the name of a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// One text or several.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Few(pub Vec<String>);

/// A text or a number, as it stands.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Words {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Words),
    Many(Vec<Words>),
}

impl Few {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Words {
    /// As it stands.
    pub(super) fn text(&self) -> String {
        match self {
            Words::Number(number) => number.to_string(),
            Words::Text(text) => text.clone(),
        }
    }
}

impl<'de> Deserialize<'de> for Few {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Few, D::Error> {
        Ok(match OneOrMany::deserialize(from)? {
            OneOrMany::One(one) => Few(vec![one.text()]),
            OneOrMany::Many(many) => Few(many.iter().map(Words::text).collect()),
        })
    }
}

impl Serialize for Few {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

/// Why a rule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RuleError {
    /// The file is no YAML or not of this shape.
    #[error("rule file `{file}`: {problem}")]
    File {
        /// The file's name.
        file: String,
        /// What the parser says, with line and column.
        problem: String,
    },
    /// Something in it cannot be meant.
    #[error("rule `{rule}`, {key}: {problem}")]
    Key {
        /// The rule's name.
        rule: String,
        /// Where in the rule.
        key: String,
        /// What is wrong, and what to do about it.
        problem: String,
    },
    /// Two rules have one name.
    #[error("two rules are called `{0}`\nhint: give one of them another `name`")]
    Twice(String),
    /// All of them together are too large.
    #[error("the rules are too large together: {0}")]
    TooLarge(String),
}

impl RuleError {
    pub(super) fn key(rule: &str, key: &str, problem: impl Into<String>) -> RuleError {
        RuleError::Key { rule: rule.to_owned(), key: key.to_owned(), problem: problem.into() }
    }

    pub(super) fn span(rule: &str, key: &str, problem: &NotASpan) -> RuleError {
        RuleError::key(rule, key, problem.to_string())
    }
}

/// Nothing that people write is longer; what is longer need not be read to be refused.
const LONGEST: usize = 1 << 20;

impl RuleFile {
    /// Reads a rule. `file` names it in errors, and in its name where it says none.
    pub fn parse(file: &str, text: &str) -> Result<RuleFile, RuleError> {
        let wrong = |problem: String| RuleError::File { file: file.to_owned(), problem };
        if text.len() > LONGEST {
            return Err(wrong("is longer than a rule can be\nhint: 1 MiB at most".to_owned()));
        }
        let mut rule: RuleFile = serde_saphyr::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if rule.name.is_empty() {
            let last = file.rsplit(['/', '\\']).next().unwrap_or(file);
            rule.name = last.trim_end_matches(".yaml").trim_end_matches(".yml").to_owned();
        }
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if rule.name.is_empty() || !rule.name.bytes().all(plain) {
            let problem = format!("`{}` is no name\nhint: lower case, digits and dashes", rule.name);
            return Err(wrong(problem));
        }
        Ok(rule)
    }

    /// As a file.
    pub fn to_yaml(&self) -> Result<String, RuleError> {
        let failed = |problem: String| RuleError::File { file: self.name.clone(), problem };
        serde_saphyr::to_string(self).map_err(|error| failed(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_refused_with_its_place() {
        let parse = |text: &str| RuleFile::parse("rules/x/disk-full.yaml", text);
        let rule = parse("title: T\nseverity: high\nwhen: {words: no space left}\n").unwrap();
        assert_eq!(
            (rule.name.as_str(), rule.when.words.0.as_slice()),
            ("disk-full", &["no space left".to_owned()][..])
        );
        for text in [
            "title: T\nseverity: high\nwhen: {word: no}\n",
            "title: T\nseverity: high\n",
            "title: T\nseverity: high\nwhen: {words: no}\nname: Disk Full\n",
            "- a\n- b\n",
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains("disk-full.yaml"), "{error}");
        }
    }
}
