//! A report in, NDJSON out: what a comparison found new, then a finding on each line, then the incidents.
//!
//! The keys of a finding are a contract and stand in its order; what else is known of it is in the JSON report.
//! Lines of incidents, and of what is new, bear a `type`, lines of findings none.

use std::io;

use serde::Serialize;

use crate::detection::{EvidenceRow, FindingRow, IncidentRow};
use crate::differences::NewRow;
use crate::{Renderer, ScanReport, json};

/// Writes a finding a line.
#[derive(Clone, Copy, Debug, Default)]
pub struct NdjsonRenderer;

impl Renderer for NdjsonRenderer {
    fn render(&self, report: &ScanReport, out: &mut dyn io::Write) -> io::Result<()> {
        if let Some(diff) = &report.diff {
            json::lines(&diff.new.iter().map(NewLine::of).collect::<Vec<_>>(), out)?;
        }
        let Some(detection) = &report.detection else { return Ok(()) };
        json::lines(&detection.findings.iter().map(FindingLine::of).collect::<Vec<_>>(), out)?;
        json::lines(&detection.incidents.iter().map(IncidentLine::of).collect::<Vec<_>>(), out)
    }
}

/// Writes one finding as a line, as it happens.
pub fn finding(row: &FindingRow, out: &mut dyn io::Write) -> io::Result<()> {
    json::lines(&[FindingLine::of(row)], out)
}

#[derive(Serialize)]
struct FindingLine<'a> {
    id: &'a str,
    kind: &'a str,
    severity: &'a str,
    score: f64,
    p_value: f64,
    budget_rank: u64,
    stream: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<u64>,
    time: Option<&'a str>,
    level: Option<&'a str>,
    template_id: Option<&'a str>,
    template: Option<&'a str>,
    message: Option<&'a str>,
    explanation: &'a str,
    evidence: &'a [EvidenceRow],
    incident_id: Option<&'a str>,
    class: &'a str,
    rules: &'a [String],
}

impl<'a> FindingLine<'a> {
    fn of(row: &'a FindingRow) -> FindingLine<'a> {
        FindingLine {
            id: &row.id,
            kind: &row.kind,
            severity: &row.severity,
            score: row.score,
            p_value: row.p_value,
            budget_rank: row.budget_rank,
            stream: row.stream.as_deref(),
            file: row.file.as_deref(),
            line: row.line,
            time: row.time.as_deref(),
            level: row.level.as_deref(),
            template_id: row.template_id.as_deref(),
            template: row.template.as_deref(),
            message: row.message.as_deref(),
            explanation: &row.explanation,
            evidence: &row.evidence,
            incident_id: row.incident_id.as_deref(),
            class: &row.class,
            rules: &row.rules,
        }
    }
}

#[derive(Serialize)]
struct NewLine<'a> {
    #[serde(rename = "type")]
    row_type: &'static str,
    #[serde(flatten)]
    row: &'a NewRow,
}

impl<'a> NewLine<'a> {
    fn of(row: &'a NewRow) -> NewLine<'a> {
        NewLine { row_type: "new", row }
    }
}

#[derive(Serialize)]
struct IncidentLine<'a> {
    #[serde(rename = "type")]
    row_type: &'static str,
    #[serde(flatten)]
    row: &'a IncidentRow,
}

impl<'a> IncidentLine<'a> {
    fn of(row: &'a IncidentRow) -> IncidentLine<'a> {
        IncidentLine { row_type: "incident", row }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::sample;
    use serde_json::Value;

    fn written(report: &ScanReport) -> String {
        let mut out = Vec::new();
        NdjsonRenderer.render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_keys_of_a_finding_are_the_contract() {
        const KEYS: &str = "\"id,kind,severity,score,p_value,budget_rank,stream,file,line,time,level,template_id,\
                            template,message,explanation,evidence,incident_id,class,rules\"";
        let text = written(&sample::bare());
        for line in text.lines().take(25) {
            let mut at = 0;
            for key in KEYS.trim_matches('"').split(',') {
                let found = line.find(&format!("\"{key}\":")).unwrap_or_else(|| panic!("{key} in {line}"));
                assert!(found >= at || key == "kind", "{key} in {line}");
                at = found;
            }
            let row: Value = serde_json::from_str(line).unwrap();
            assert_eq!(row.as_object().unwrap().len(), KEYS.split(',').count());
        }
    }

    #[test]
    fn incidents_follow_and_bear_their_type() {
        let text = written(&sample::story());
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let types: Vec<Option<&str>> = rows.iter().map(|row| row["type"].as_str()).collect();
        assert_eq!(types[..25], [None; 25]);
        assert_eq!(types[25..], [Some("incident"); 3]);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn what_was_not_looked_for_gives_no_line() {
        assert_eq!(written(&crate::scan_report::sample::one_input()), "");
    }
}
