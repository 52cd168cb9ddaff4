//! Lines that are kept around findings: the lines of a finding or an incident in, rows to be searched out.
//!
//! A line is kept as long as its time is. What is kept of it is cut: who searches wants to find it, not to store it twice.

use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rows::{FindingFact, IncidentFact};

/// Signs of a line that are kept.
const SIGNS: usize = 2000;

/// A line that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineFact {
    /// When, in log time; of a line around a cause the time of that.
    pub at: i64,
    /// The finding or incident that it is kept for.
    pub owner: String,
    /// `finding`: something was found about it; `cause`: it looks like the cause of an incident; `around`: it stands near one.
    pub kept: String,
    /// The incident.
    pub incident: Option<String>,
    /// The stream.
    pub stream: Option<String>,
    /// The template.
    pub template: Option<String>,
    /// The level.
    pub level: Option<String>,
    /// The file or entry.
    pub file: Option<String>,
    /// The line, counted from 1.
    pub line: Option<i64>,
    /// The line itself.
    pub text: String,
}

/// The line of a finding; nothing where it is about no record.
pub(super) fn of_finding(finding: &FindingFact, at: i64) -> Option<LineFact> {
    let text = word(&finding.document, "message").filter(|text| !text.is_empty())?;
    Some(LineFact {
        at,
        owner: finding.id.clone(),
        kept: "finding".to_owned(),
        incident: finding.incident.clone(),
        stream: finding.stream.clone(),
        template: finding.template.clone(),
        level: word(&finding.document, "level").map(str::to_owned),
        file: word(&finding.document, "file").map(str::to_owned),
        line: finding.document.get("line").and_then(Value::as_i64),
        text: cut(text),
    })
}

/// The causes of an incident and the lines around them.
pub(super) fn of_incident(incident: &IncidentFact) -> Vec<LineFact> {
    let causes = incident.document.get("causes").and_then(Value::as_array);
    causes.into_iter().flatten().flat_map(|cause| of_cause(incident, cause)).collect()
}

fn of_cause(incident: &IncidentFact, cause: &Value) -> Vec<LineFact> {
    let file = word(cause, "file").map(str::to_owned);
    let stream = file.clone().filter(|file| incident.streams.contains(file));
    let first = incident.streams.first().filter(|_| incident.streams.len() == 1).cloned();
    let written = word(cause, "time").and_then(|time| time.parse::<jiff::Timestamp>().ok());
    let written = written.and_then(|time| i64::try_from(time.as_nanosecond()).ok());
    let line = cause.get("line").and_then(Value::as_i64);
    let one = |kept: &str, text: &str, line: Option<i64>| LineFact {
        at: written.unwrap_or(incident.start.unwrap_or(incident.opened)),
        owner: incident.id.clone(),
        kept: kept.to_owned(),
        incident: Some(incident.id.clone()),
        stream: stream.clone().or_else(|| first.clone()),
        file: file.clone(),
        line,
        text: cut(text),
        ..LineFact::default()
    };
    let before = texts(cause, "before");
    let count = before.len() as i64;
    let mut rows: Vec<LineFact> = Vec::new();
    for (place, text) in before.iter().enumerate() {
        rows.push(one("around", text, line.map(|line| line.saturating_sub(count - place as i64))));
    }
    if let Some(text) = word(cause, "message") {
        let owned = |name| word(cause, name).map(str::to_owned);
        rows.push(LineFact {
            level: owned("level"),
            template: owned("template_id"),
            ..one("cause", text, line)
        });
    }
    // A record may have lines of its own, so that nobody knows the number of what stands behind it.
    rows.extend(texts(cause, "after").iter().map(|text| one("around", text, None)));
    rows
}

fn word<'a>(of: &'a Value, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

fn texts<'a>(of: &'a Value, name: &str) -> Vec<&'a str> {
    of.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn cut(text: &str) -> String {
    text.chars().take(SIGNS).collect()
}

/// Puts the lines of one owner in the place of those that were kept for it.
pub(super) fn write(
    transaction: &Transaction<'_>,
    owner: &str,
    epoch: i64,
    lines: &[LineFact],
) -> rusqlite::Result<()> {
    let mut gone = transaction.prepare_cached("DELETE FROM lines WHERE owner = ?1 AND epoch = ?2")?;
    gone.execute(params![owner, epoch])?;
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO lines (at, owner, place, epoch, kept, incident, stream, template, level, file, line,
         text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for (place, row) in lines.iter().enumerate() {
        statement.execute(params![
            row.at,
            owner,
            place as i64,
            epoch,
            row.kept,
            row.incident,
            row.stream,
            row.template,
            row.level,
            row.file,
            row.line,
            row.text
        ])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cause_brings_the_lines_around_it() {
        let document = json!({"causes": [{"file": "a.log", "line": 7, "time": "1970-01-01T00:00:02Z", "level": "error",
            "template_id": "t", "message": "boom", "before": ["x", "y"], "after": ["z"]}, {"file": "b", "line": "no"}]});
        let incident = IncidentFact {
            id: "i".to_owned(),
            start: Some(1),
            streams: vec!["a.log".to_owned(), "c".to_owned()],
            document,
            ..IncidentFact::default()
        };
        let rows = of_incident(&incident);
        let seen: Vec<_> = rows.iter().map(|row| (row.kept.as_str(), row.line, row.text.as_str())).collect();
        let around = "around";
        assert_eq!(
            seen,
            [(around, Some(5), "x"), (around, Some(6), "y"), ("cause", Some(7), "boom"), (around, None, "z")]
        );
        assert!(rows.iter().all(|row| row.at == 2_000_000_000 && row.stream.as_deref() == Some("a.log")));
        assert_eq!(rows[2].level.as_deref(), Some("error"));
    }

    #[test]
    fn a_long_line_is_cut_between_two_signs() {
        let finding =
            FindingFact { document: json!({"message": "é".repeat(5000)}), ..FindingFact::default() };
        assert_eq!(of_finding(&finding, 0).unwrap().text, "é".repeat(SIGNS));
        assert_eq!(of_finding(&FindingFact::default(), 0), None);
    }
}
