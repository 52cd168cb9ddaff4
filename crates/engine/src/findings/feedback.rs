//! What somebody said about findings in, what it changes about one out: that it is normal, expected for a while,
//! important, of another severity, or not normal however long it lasts.
//!
//! Feedback is a file that people write, review and keep beside their code. Each entry names what it is about by a lasting name, who
//! said it, when and why, and until when it holds. It never changes what is found: it changes what is raised, and
//! what it held is counted and listed as such. The one thing that it moves is the range of a slot, as far as somebody
//! said it may go. Whether it still holds is asked of the time of the log, never of a clock.

mod file;

pub use file::{EntryFile, FeedbackError, FeedbackFile, Plain, SlotFile};

use super::Severity;
use crate::records::time::Time;

/// What people said, checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feedback {
    entries: Vec<Entry>,
}

/// One thing that somebody said.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What about it.
    pub say: Say,
    /// What it is about.
    pub target: Target,
    /// It holds for what began before this; for ever where nothing is said.
    pub until: Option<Time>,
    /// Who said it.
    pub who: String,
    /// Why.
    pub why: String,
}

/// What is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// It is normal, for ever or until a day.
    Normal,
    /// It is raised whatever the budget.
    Important,
    /// It is of this severity.
    Severity(Severity),
    /// It is never learned as a new normal, however long it lasts.
    NotNormal,
}

/// What an entry is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A template, by its id or its text.
    Template(String),
    /// Numbers in a slot of a template that lie between these.
    Slot {
        /// The template, by its id or its text.
        template: String,
        /// The number of the slot, from 1; any where nothing is said.
        slot: Option<u8>,
        /// The least and the greatest that is normal.
        range: (f64, f64),
    },
    /// Incidents of a fingerprint.
    Fingerprint(u64),
    /// What a rule is about.
    Rule(String),
    /// Streams with such a name.
    Stream(String),
}

/// What a finding is, as far as feedback asks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About<'a> {
    /// The id of its template, and its text.
    pub template: Option<(String, &'a str)>,
    /// Its stream.
    pub stream: Option<&'a str>,
    /// The rules that are about it.
    pub rules: Vec<&'a str>,
    /// The fingerprint of its incident, where that is known.
    pub fingerprint: Option<u64>,
    /// When it began; nothing where the log has no times.
    pub began: Option<Time>,
    /// Numbers that were seen out of their range, with their slots.
    pub numbers: Vec<(Option<u8>, f64)>,
    /// There is other evidence than numbers out of their range.
    pub more_than_numbers: bool,
}

/// What all entries together say of a finding, with the places of those that do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// It is normal.
    pub normal: Option<usize>,
    /// It is important.
    pub important: Option<usize>,
    /// Its severity.
    pub severity: Option<(Severity, usize)>,
    /// It is never learned as a new normal.
    pub not_normal: Option<usize>,
}

impl Target {
    /// Whether a finding is what it means, whatever the time.
    pub fn means(&self, about: &About<'_>) -> bool {
        match self {
            Target::Template(name) => about.is_of(name),
            Target::Slot { template, slot, range } => {
                let within = |(of, value): &(Option<u8>, f64)| {
                    let same = slot.is_none_or(|slot| *of == Some(slot.saturating_sub(1)));
                    same && *value >= range.0 && *value <= range.1
                };
                about.is_of(template)
                    && !about.numbers.is_empty()
                    && about.numbers.iter().all(within)
                    && !about.more_than_numbers
            }
            Target::Fingerprint(fingerprint) => about.fingerprint == Some(*fingerprint),
            Target::Rule(name) => about.rules.contains(&name.as_str()),
            // What is about all streams together is meant by whoever means all.
            Target::Stream(pattern) => {
                let name = about.stream.unwrap_or_default();
                crate::detectors::rule::is_like(pattern.as_bytes(), name.as_bytes())
            }
        }
    }

    /// In a few words.
    pub fn words(&self) -> String {
        match self {
            Target::Template(name) => format!("template {name}"),
            Target::Slot { template, slot, range } => {
                let slot = slot.map_or_else(|| "a slot".to_owned(), |slot| format!("slot {slot}"));
                format!("{slot} of {template} between {} and {}", range.0, range.1)
            }
            Target::Fingerprint(fingerprint) => format!("incidents {fingerprint:016x}"),
            Target::Rule(name) => format!("rule {name}"),
            Target::Stream(pattern) => format!("stream {pattern}"),
        }
    }
}

impl About<'_> {
    fn is_of(&self, name: &str) -> bool {
        self.template.as_ref().is_some_and(|(id, text)| id == name || *text == name)
    }
}

impl Entry {
    /// Whether it holds for what began then.
    pub fn holds(&self, began: Option<Time>) -> bool {
        match (self.until, began) {
            (Some(until), Some(began)) => began < until,
            _ => true,
        }
    }
}

impl Feedback {
    /// Checks what a file says. `file` names it in errors.
    pub fn of(file: &FeedbackFile, name: &str) -> Result<Feedback, FeedbackError> {
        let entries = file.entries.iter().enumerate().map(|(at, entry)| file::checked(entry, at, name));
        Ok(Feedback { entries: entries.collect::<Result<_, _>>()? })
    }

    /// The entries, in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What is said of a finding. Of several the first counts.
    pub fn says(&self, about: &About<'_>) -> Said {
        let mut said = Said::default();
        let holding = self.entries.iter().enumerate().filter(|(_, entry)| entry.holds(about.began));
        for (at, entry) in holding.filter(|(_, entry)| entry.target.means(about)) {
            match entry.say {
                Say::Normal => said.normal = said.normal.or(Some(at)),
                Say::Important => said.important = said.important.or(Some(at)),
                Say::Severity(severity) => said.severity = said.severity.or(Some((severity, at))),
                Say::NotNormal => said.not_normal = said.not_normal.or(Some(at)),
            }
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feedback(text: &str) -> Feedback {
        Feedback::of(&FeedbackFile::parse("f.yaml", text).unwrap(), "f.yaml").unwrap()
    }

    #[test]
    fn entries_say_what_they_are_about() {
        let said = feedback(
            "entries:
  - {say: normal, template: 'Job <id> failed', who: alice, when: 2024-03-01, why: retried}
  - {say: expected-until, stream: 'web-*', until: 2024-04-01, who: alice, when: 2024-03-01, why: migration}
  - {say: important, rule: disk-full, who: bob, when: 2024-03-01, why: pager}
  - {say: severity, severity: low, fingerprint: 00000000000000ff, who: bob, when: 2024-03-01, why: known}
  - {say: normal, slot: {template: t, slot: 2, from: 0, to: 900}, who: bob, when: 2024-03-01, why: slow link}
",
        );
        let time = |text: &str| file::time(text).unwrap();
        let none = About::default();
        let job = About { template: Some(("x".to_owned(), "Job <id> failed")), ..none.clone() };
        assert_eq!(said.says(&job).normal, Some(0));
        let web = |began| About { stream: Some("web-1"), began: Some(time(began)), ..none.clone() };
        assert_eq!(said.says(&web("2024-03-31")).normal, Some(1));
        assert_eq!(said.says(&web("2024-04-01")).normal, None, "it has expired by the time of the log");
        assert_eq!(said.says(&About { rules: vec!["a", "disk-full"], ..none.clone() }).important, Some(2));
        let story = About { fingerprint: Some(255), ..none.clone() };
        assert_eq!(said.says(&story).severity, Some((Severity::Low, 3)));
        let number = |slot, value| About {
            template: Some(("t".to_owned(), "x <number>")),
            numbers: vec![(Some(slot), value)],
            ..none.clone()
        };
        assert_eq!(said.says(&number(1, 900.0)).normal, Some(4), "slots are counted from 1");
        assert_eq!(said.says(&number(1, 901.0)).normal, None);
        assert_eq!(said.says(&number(0, 5.0)).normal, None);
        assert_eq!(said.says(&About { more_than_numbers: true, ..number(1, 5.0) }).normal, None);
        assert_eq!(said.says(&none), Said::default());
        let all = feedback("entries:\n  - {say: important, stream: '*', who: a, when: 2024-03-01, why: b}\n");
        assert_eq!(all.says(&none).important, Some(0), "all streams together, too");
    }
}
