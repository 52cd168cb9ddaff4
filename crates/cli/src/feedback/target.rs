//! A word for what feedback is about in, the key of its entry out.

use logsift_engine::findings::feedback::{EntryFile, SlotFile};
use logsift_pipeline::feedback::{NOT_NORMAL, about_finding, about_fingerprint, about_learned};
use logsift_reports::detection::{AdoptionRow, Detection};

use crate::exit::Problem;

const HINT: &str = "the id of a finding or incident of --report, or template:ID, slot:ID#2=0..900, fingerprint:HEX, rule:NAME, stream:GLOB";

/// Fills in what an entry is about.
pub(super) fn fill(entry: &mut EntryFile, word: &str, report: Option<&Detection>) -> Result<(), Problem> {
    let wrong = |problem: String| Problem::usage(format!("{problem}\nhint: {HINT}"));
    match word.split_once(':') {
        Some(("template", name)) => entry.template = Some(name.to_owned()),
        Some(("rule", name)) => entry.rule = Some(name.to_owned()),
        Some(("stream", glob)) => entry.stream = Some(glob.to_owned()),
        Some(("fingerprint", hex)) => about_fingerprint(entry, hex),
        Some(("slot", words)) => {
            entry.slot =
                Some(slot(words).ok_or_else(|| wrong(format!("`{words}` is no slot with a range")))?);
        }
        _ => {
            return of_report(entry, word, report)
                .ok_or_else(|| wrong(format!("`{word}` is nothing that is known")));
        }
    }
    Ok(())
}

/// `ID#2=0..900`; without a number any slot, without an end any number from there on.
fn slot(words: &str) -> Option<SlotFile> {
    let (of, range) = words.rsplit_once('=')?;
    let (template, slot) = match of.rsplit_once('#') {
        Some((template, slot)) => (template, Some(slot.parse().ok()?)),
        None => (of, None),
    };
    let (from, to) = range.split_once("..")?;
    let number = |text: &str| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
    Some(SlotFile { template: template.to_owned(), slot, from: number(from)?, to: number(to)? })
}

/// An incident is named by its fingerprint, a finding by what is lasting about it: the rule, the template, the stream.
fn of_report(entry: &mut EntryFile, id: &str, report: Option<&Detection>) -> Option<()> {
    let report = report?;
    if entry.say == NOT_NORMAL {
        return of_adoption(entry, id, report);
    }
    let incident = report.incidents.iter().chain(&report.held_incidents);
    if let Some(row) = incident.into_iter().find(|row| row.id == id || row.fingerprint == id) {
        about_fingerprint(entry, &row.fingerprint);
        return Some(());
    }
    about_finding(entry, report.findings.iter().find(|row| row.id == id)?)
}

/// Of an incident the first that was learned as a new normal is meant.
fn of_adoption(entry: &mut EntryFile, id: &str, report: &Detection) -> Option<()> {
    let named = |row: &&AdoptionRow| row.finding_id == id || row.incident_id.as_deref() == Some(id);
    let row = report.adoptions.iter().find(named)?;
    about_learned(entry, row.template_id.as_ref(), row.stream.as_ref());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_adopted_is_named_by_its_message_or_its_stream() {
        let row = |finding: &str, template: Option<&str>| AdoptionRow {
            finding_id: finding.to_owned(),
            incident_id: Some("inc-1".to_owned()),
            stream: Some("web".to_owned()),
            template_id: template.map(str::to_owned),
            ..AdoptionRow::default()
        };
        let report =
            Detection { adoptions: vec![row("a", Some("t")), row("b", None)], ..Detection::default() };
        let filled = |id: &str| {
            let mut entry = EntryFile { say: NOT_NORMAL.to_owned(), ..EntryFile::default() };
            fill(&mut entry, id, Some(&report)).map(|()| (entry.template, entry.stream)).ok()
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(filled("a"), Some((text("t"), None)));
        assert_eq!(filled("inc-1"), Some((text("t"), None)));
        assert_eq!(filled("b"), Some((None, text("web"))));
        assert_eq!(filled("inc-2"), None);
    }

    #[test]
    fn words_for_targets() {
        let fill = |word: &str| {
            let mut entry = EntryFile::default();
            fill(&mut entry, word, None).map(|()| entry).map_err(|problem| problem.to_string())
        };
        assert_eq!(fill("rule:disk-full").unwrap().rule.as_deref(), Some("disk-full"));
        assert_eq!(fill("template:GET <path>: done").unwrap().template.as_deref(), Some("GET <path>: done"));
        let slot = fill("slot:01d8#2=0..900").unwrap().slot.unwrap();
        assert_eq!(
            (slot.template.as_str(), slot.slot, slot.from, slot.to),
            ("01d8", Some(2), Some(0.0), Some(900.0))
        );
        assert_eq!(fill("slot:a <number> b=5..").unwrap().slot.unwrap().to, None);
        for word in ["slot:x", "slot:x#y=1..2", "inc-1", "", "thing:x"] {
            assert!(fill(word).unwrap_err().contains("template:ID"), "{word}");
        }
    }
}
