//! What people said and a report in, what it would have changed out: how many incidents would have been held, and which
//! entries no longer say anything.
//!
//! A report holds everything that feedback asks for, so a saved one is enough: nobody need read the logs again to see
//! what an entry would do.

mod file;

use logsift_engine::findings::feedback::{About, EntryFile, Feedback, Plain, Say, SlotFile};
use logsift_engine::records::time::Time;
use logsift_reports::detection::{Detection, FindingRow, IncidentRow};

pub use file::{FileError, USUAL, append, load, today};

/// The detector whose ranges feedback widens.
const VALUE_RANGE: &str = "value-range";

/// What feedback would have changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preview {
    /// Incidents of the report.
    pub incidents: u64,
    /// Those that would have been held, by their ids.
    pub hidden: Vec<String>,
    /// Those that would have been of another severity, or raised whatever the budget.
    pub changed: Vec<String>,
    /// What was learned as a new normal and would not have been, by the ids of the findings.
    pub taken_back: Vec<String>,
    /// For every entry, how many findings and incidents it is about.
    pub matches: Vec<u64>,
    /// The entries that hold for nothing in the report, because all of it is later.
    pub expired: Vec<usize>,
}

/// Says what feedback would have changed in a report.
pub fn preview(feedback: &Feedback, detection: &Detection) -> Preview {
    let mut preview = Preview {
        incidents: detection.incidents.len() as u64,
        matches: vec![0; feedback.entries().len()],
        ..Preview::default()
    };
    let findings: Vec<(&FindingRow, About<'_>)> =
        detection.findings.iter().map(|row| (row, of_finding(row))).collect();
    let incidents: Vec<(&IncidentRow, About<'_>)> =
        detection.incidents.iter().map(|row| (row, of_incident(row))).collect();
    for (entry, count) in feedback.entries().iter().zip(&mut preview.matches) {
        let all = findings.iter().map(|(_, about)| about).chain(incidents.iter().map(|(_, about)| about));
        *count = all.filter(|about| entry.holds(about.began) && entry.target.means(about)).count() as u64;
    }
    for (row, about) in &incidents {
        let own = feedback.says(about);
        let of_it = || findings.iter().filter(|(finding, _)| finding.incident_id.as_ref() == Some(&row.id));
        let all_normal =
            of_it().next().is_some() && of_it().all(|(_, about)| feedback.says(about).normal.is_some());
        if own.normal.is_some() || all_normal {
            preview.hidden.push(row.id.clone());
        } else if own.severity.is_some()
            || own.important.is_some()
            || of_it().any(|(_, about)| {
                let said = feedback.says(about);
                said.severity.is_some() || said.important.is_some()
            })
        {
            preview.changed.push(row.id.clone());
        }
    }
    let not_normal = |(row, about): &&(&FindingRow, About<'_>)| {
        row.adopted.is_some() && feedback.says(about).not_normal.is_some()
    };
    preview.taken_back = findings.iter().filter(not_normal).map(|(row, _)| row.id.clone()).collect();
    let first = findings.iter().filter_map(|(_, about)| about.began).min();
    let entries = feedback.entries().iter().enumerate();
    preview.expired = entries
        .filter(|(_, entry)| entry.until.zip(first).is_some_and(|(until, first)| until <= first))
        .map(|(at, _)| at)
        .collect();
    preview
}

fn of_finding(row: &FindingRow) -> About<'_> {
    let numbers = row.evidence.iter().filter(|evidence| evidence.kind == VALUE_RANGE);
    About {
        template: row.template_id.clone().zip(row.template.as_deref()),
        stream: row.stream.as_deref(),
        rules: row.rules.iter().map(String::as_str).collect(),
        fingerprint: None,
        began: row.time.as_deref().and_then(time),
        numbers: numbers.map(|evidence| (evidence.slot, evidence.seen)).collect(),
        more_than_numbers: row.evidence.iter().any(|evidence| evidence.kind != VALUE_RANGE),
    }
}

fn of_incident(row: &IncidentRow) -> About<'_> {
    About {
        fingerprint: u64::from_str_radix(&row.fingerprint, 16).ok(),
        began: row.start.as_deref().and_then(time),
        ..About::default()
    }
}

fn time(text: &str) -> Option<Time> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    Time::from_seconds(moment.as_second())
}

/// Says of something that it is never learned as a new normal.
pub const NOT_NORMAL: &str = "not-normal";

/// Fills in what can be learned as a new normal: a template, a stream, or all of them together.
pub fn about_learned(entry: &mut EntryFile, template: Option<&String>, stream: Option<&String>) {
    match template {
        Some(template) => entry.template = Some(template.clone()),
        None => entry.stream = Some(stream.map_or_else(|| "*".to_owned(), String::clone)),
    }
}

/// Fills in what is lasting about a finding: the numbers, the template, the rule, the stream. Nothing where there is
/// nothing.
pub fn about_finding(entry: &mut EntryFile, finding: &FindingRow) -> Option<()> {
    if entry.say == NOT_NORMAL {
        about_learned(entry, finding.template_id.as_ref(), finding.stream.as_ref());
        return Some(());
    }
    let numbers = finding.evidence.iter().find(|evidence| evidence.kind == VALUE_RANGE);
    match (&finding.template_id, numbers) {
        (Some(template), Some(number)) if finding.kind == VALUE_RANGE => {
            let (low, high) = (number.seen.min(number.expected), number.seen.max(number.expected));
            let slot = number.slot.map(|slot| slot.saturating_add(1));
            entry.slot = Some(SlotFile { template: template.clone(), slot, from: Some(low), to: Some(high) });
        }
        (Some(template), _) => entry.template = Some(template.clone()),
        (None, _) => match finding.rules.first() {
            Some(rule) => entry.rule = Some(rule.clone()),
            None => entry.stream = Some(finding.stream.clone()?),
        },
    }
    Some(())
}

/// Fills in that it is about incidents like that.
pub fn about_fingerprint(entry: &mut EntryFile, fingerprint: &str) {
    entry.fingerprint = Some(Plain::Text(fingerprint.to_owned()));
}

/// What an entry says, in a few words.
pub fn words(say: Say) -> String {
    match say {
        Say::Normal => "normal".to_owned(),
        Say::Important => "important".to_owned(),
        Say::Severity(severity) => format!("of severity {}", severity.name()),
        Say::NotNormal => "not normal, however long it lasts".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logsift_engine::findings::feedback::FeedbackFile;

    fn detection() -> Detection {
        let finding = |id: &str, template: &str, incident: &str| FindingRow {
            id: id.to_owned(),
            template_id: Some(template.to_owned()),
            template: Some(format!("text of {template}")),
            incident_id: Some(incident.to_owned()),
            time: Some("2024-03-01T10:00:00Z".to_owned()),
            rules: vec!["disk-full".to_owned()],
            ..FindingRow::default()
        };
        let incident = |id: &str, fingerprint: &str| IncidentRow {
            id: id.to_owned(),
            fingerprint: fingerprint.to_owned(),
            start: Some("2024-03-01T10:00:00Z".to_owned()),
            ..IncidentRow::default()
        };
        Detection {
            incidents: vec![incident("inc-1", "00000000000000aa"), incident("inc-2", "00000000000000bb")],
            findings: vec![
                finding("f1", "t1", "inc-1"),
                FindingRow {
                    adopted: Some("2024-03-01T11:00:00Z".to_owned()),
                    ..finding("f2", "t2", "inc-1")
                },
                finding("f3", "t1", "inc-2"),
            ],
            ..Detection::default()
        }
    }

    #[test]
    fn an_incident_is_hidden_when_all_of_it_is_normal() {
        let check = |entry: &str, hidden: &[&str], matches: u64| {
            let text = format!("entries:\n  - {{{entry}, who: a, when: 2024-01-01, why: b}}\n");
            let feedback = Feedback::of(&FeedbackFile::parse("f", &text).unwrap(), "f").unwrap();
            let preview = preview(&feedback, &detection());
            assert_eq!(
                (preview.hidden.as_slice(), preview.matches[0]),
                (&hidden.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()[..], matches),
                "{entry}"
            );
            preview
        };
        check("say: normal, template: t1", &["inc-2"], 2);
        check("say: normal, template: text of t2", &[], 1);
        check("say: normal, rule: disk-full", &["inc-1", "inc-2"], 3);
        check("say: normal, fingerprint: '00000000000000bb'", &["inc-2"], 1);
        check("say: normal, template: gone", &[], 0);
        let late = check("say: expected-until, until: 2024-02-01, template: t1", &[], 0);
        assert_eq!(late.expired, [0]);
        let other = check("say: severity, severity: low, template: t1", &[], 2);
        assert_eq!(other.changed, ["inc-1", "inc-2"]);
        assert_eq!(check("say: not-normal, template: t2", &[], 1).taken_back, ["f2"]);
        assert!(check("say: not-normal, template: t1", &[], 2).taken_back.is_empty(), "none was learned");
    }
}
