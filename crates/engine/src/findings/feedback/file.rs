//! The text of a feedback file in, its entries as they are written out: strict, with every mistake named.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Entry, Say, Target};
use crate::findings::Severity;
use crate::records::time::Time;

/// A feedback file as written.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FeedbackFile {
    /// What was said, the oldest first.
    #[serde(default)]
    pub entries: Vec<EntryFile>,
}

/// One thing that somebody said.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EntryFile {
    /// `normal`, `expected-until`, `important`, `severity`, `not-normal`.
    pub say: String,
    /// About a template, by its id or its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// About the numbers of a slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<SlotFile>,
    /// About incidents of a fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Plain>,
    /// About what a rule is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// About streams with such a name: `web-*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// The severity that it has instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// The day, or the moment, from which on it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Who said it.
    pub who: String,
    /// When it was said.
    pub when: String,
    /// Why.
    pub why: String,
}

/// Numbers of a slot.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SlotFile {
    /// The template, by its id or its text.
    pub template: String,
    /// The number of the slot, from 1; any where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u8>,
    /// The least that is normal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// The greatest that is normal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
}

/// A text that may look like a number.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Plain {
    /// As text.
    Text(String),
    /// As a number.
    Number(u64),
}

/// Why feedback cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FeedbackError {
    /// It is no YAML or not of this shape.
    #[error("feedback file `{file}`: {problem}")]
    File {
        /// The file's name.
        file: String,
        /// What the parser says, with line and column.
        problem: String,
    },
    /// An entry cannot be meant.
    #[error("feedback file `{file}`, entry {number}: {problem}")]
    Entry {
        /// The file's name.
        file: String,
        /// The number of the entry, from 1.
        number: usize,
        /// What is wrong, and what to do about it.
        problem: String,
    },
}

/// Nothing that people write is longer.
const LONGEST: usize = 4 << 20;

impl FeedbackFile {
    /// Reads a file. `file` names it in errors.
    pub fn parse(file: &str, text: &str) -> Result<FeedbackFile, FeedbackError> {
        let wrong = |problem: String| FeedbackError::File { file: file.to_owned(), problem };
        if text.len() > LONGEST {
            return Err(wrong("is too long\nhint: 4 MiB at most".to_owned()));
        }
        let is_empty = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        if text.lines().all(is_empty) {
            return Ok(FeedbackFile::default());
        }
        serde_saphyr::from_str(text).map_err(|error| wrong(error.to_string()))
    }
}

impl EntryFile {
    /// As YAML, without the dash of a list.
    pub fn to_yaml(&self) -> Result<String, FeedbackError> {
        let failed = |problem: String| FeedbackError::File { file: "entry".to_owned(), problem };
        serde_saphyr::to_string(self).map_err(|error| failed(error.to_string()))
    }
}

/// Checks an entry.
pub(super) fn checked(entry: &EntryFile, at: usize, file: &str) -> Result<Entry, FeedbackError> {
    let wrong = |problem: String| FeedbackError::Entry { file: file.to_owned(), number: at + 1, problem };
    let until =
        entry.until.as_deref().map(|text| time(text).ok_or_else(|| wrong(no_time(text)))).transpose()?;
    time(&entry.when).ok_or_else(|| wrong(no_time(&entry.when)))?;
    if entry.why.trim().is_empty() || entry.who.trim().is_empty() {
        return Err(wrong("says not who said it or why\nhint: who, why".to_owned()));
    }
    let say = match entry.say.as_str() {
        "normal" => Say::Normal,
        "expected-until" if until.is_some() => Say::Normal,
        "expected-until" => return Err(wrong("says not until when\nhint: until: 2024-12-31".to_owned())),
        "important" => Say::Important,
        "severity" => Say::Severity(severity(entry).map_err(wrong)?),
        "not-normal" => Say::NotNormal,
        other => {
            let hint = "normal, expected-until, important, severity, not-normal";
            return Err(wrong(format!("`{other}` is nothing that can be said\nhint: {hint}")));
        }
    };
    let target = target(entry).map_err(wrong)?;
    if say == Say::NotNormal && matches!(target, Target::Fingerprint(_) | Target::Slot { .. }) {
        let hint = "template, stream, rule: what is learned is messages and streams, not incidents";
        return Err(wrong(format!("`not-normal` cannot be about that\nhint: {hint}")));
    }
    Ok(Entry { say, target, until, who: entry.who.clone(), why: entry.why.clone() })
}

fn severity(entry: &EntryFile) -> Result<Severity, String> {
    let all = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    let words = entry.severity.as_deref().unwrap_or_default();
    let found = all.into_iter().find(|severity| severity.name() == words);
    found.ok_or_else(|| format!("`{words}` is no severity\nhint: low, medium, high, critical"))
}

fn target(entry: &EntryFile) -> Result<Target, String> {
    let mut targets = Vec::new();
    targets.extend(entry.template.clone().map(Target::Template));
    targets.extend(entry.rule.clone().map(Target::Rule));
    targets.extend(entry.stream.clone().map(Target::Stream));
    if let Some(slot) = &entry.slot {
        let range = (slot.from.unwrap_or(f64::NEG_INFINITY), slot.to.unwrap_or(f64::INFINITY));
        if slot.from.is_none() && slot.to.is_none() || range.0 > range.1 || slot.slot == Some(0) {
            return Err("the slot has no range\nhint: from, to; slots are counted from 1".to_owned());
        }
        targets.push(Target::Slot { template: slot.template.clone(), slot: slot.slot, range });
    }
    if let Some(fingerprint) = &entry.fingerprint {
        let text = match fingerprint {
            Plain::Text(text) => text.clone(),
            Plain::Number(number) => number.to_string(),
        };
        let parsed = u64::from_str_radix(&text, 16).map_err(|_| {
            format!("`{text}` is no fingerprint\nhint: 16 digits, as the report shows them, in quotes")
        })?;
        targets.push(Target::Fingerprint(parsed));
    }
    match targets.len() {
        1 => Ok(targets.swap_remove(0)),
        0 => Err("is about nothing\nhint: template, slot, fingerprint, rule, stream".to_owned()),
        _ => Err("is about several things\nhint: make several entries of it".to_owned()),
    }
}

fn no_time(text: &str) -> String {
    format!("`{text}` is no day\nhint: 2024-12-31, or 2024-12-31T10:00:00Z")
}

/// A day or a moment, in UTC.
pub(super) fn time(text: &str) -> Option<Time> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Time::from_seconds(moment.as_second());
    }
    let day: jiff::civil::Date = text.parse().ok()?;
    let midnight = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Time::from_seconds(midnight.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::feedback::Feedback;

    #[test]
    fn mistakes_are_named_with_their_entry() {
        let good = "{say: normal, template: x, who: a, when: 2024-03-01, why: b}";
        let parse = |entry: &str| {
            let file = FeedbackFile::parse("f.yaml", &format!("entries:\n  - {good}\n  - {entry}\n"))?;
            Feedback::of(&file, "f.yaml")
        };
        assert_eq!(parse(good).unwrap().entries().len(), 2);
        let table = [
            ("{say: fine, template: x, who: a, when: 2024-03-01, why: b}", "`fine` is nothing"),
            ("{say: normal, who: a, when: 2024-03-01, why: b}", "about nothing"),
            ("{say: normal, template: x, rule: y, who: a, when: 2024-03-01, why: b}", "several things"),
            ("{say: expected-until, template: x, who: a, when: 2024-03-01, why: b}", "until when"),
            ("{say: normal, template: x, who: a, when: soon, why: b}", "`soon` is no day"),
            ("{say: normal, template: x, who: a, when: 2024-03-01, why: ''}", "why"),
            ("{say: severity, template: x, who: a, when: 2024-03-01, why: b}", "is no severity"),
            ("{say: normal, fingerprint: xyz, who: a, when: 2024-03-01, why: b}", "`xyz` is no fingerprint"),
            ("{say: normal, slot: {template: x}, who: a, when: 2024-03-01, why: b}", "no range"),
        ];
        for (entry, wanted) in table {
            let error = parse(entry).unwrap_err().to_string();
            assert!(error.contains(wanted) && error.contains("entry 2"), "{entry}: {error}");
        }
        let unknown = parse("{say: normal, tmplate: x, who: a, when: 2024-03-01, why: b}");
        assert!(unknown.unwrap_err().to_string().contains("tmplate"));
        assert_eq!(FeedbackFile::parse("f.yaml", "# nothing yet\n"), Ok(FeedbackFile::default()));
    }
}
