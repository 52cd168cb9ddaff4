//! A report in, CSV out: a row for each finding, for spreadsheets and data frames.
//!
//! The columns are the keys of the other formats; the evidence is one column of sentences. Characters that cannot be
//! seen are written by their code and formulas are defused, so the message is for reading; the exact one is in the JSON.

use std::io;

use crate::detection::FindingRow;
use crate::escape::for_terminal;
use crate::{Renderer, ScanReport, csv};

const HEADER: &str = "id,kind,severity,score,p_value,budget_rank,stream,file,line,time,level,template_id,template,\
                      message,explanation,evidence,incident_id,held,session,records,class,rules\n";

/// Writes a row for each finding.
#[derive(Clone, Copy, Debug, Default)]
pub struct CsvRenderer;

impl Renderer for CsvRenderer {
    fn render(&self, report: &ScanReport, out: &mut dyn io::Write) -> io::Result<()> {
        let mut text = HEADER.as_bytes().to_vec();
        let findings = report.detection.iter().flat_map(|detection| &detection.findings);
        findings.for_each(|finding| row(finding, &mut text));
        out.write_all(&text)
    }
}

fn row(row: &FindingRow, out: &mut Vec<u8>) {
    let evidence: Vec<&str> = row.evidence.iter().map(|evidence| evidence.sentence.as_str()).collect();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = [
        row.id.clone(),
        row.kind.clone(),
        row.severity.clone(),
        row.score.to_string(),
        row.p_value.to_string(),
        row.budget_rank.to_string(),
        text(&row.stream),
        text(&row.file),
        row.line.map(|line| line.to_string()).unwrap_or_default(),
        text(&row.time),
        text(&row.level),
        text(&row.template_id),
        text(&row.template),
        text(&row.message),
        row.explanation.clone(),
        evidence.join("; "),
        text(&row.incident_id),
        text(&row.held),
        text(&row.session),
        row.records.to_string(),
        row.class.clone(),
        row.rules.join(" "),
    ];
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        csv::push_safe(&for_terminal(cell), out);
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::sample;
    use proptest::prelude::*;

    fn written(report: &ScanReport) -> String {
        let mut out = Vec::new();
        CsvRenderer.render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The fields of every row, by the rules of RFC 4180.
    fn parsed(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '"' if quoted && characters.peek() == Some(&'"') => cell.extend(characters.next()),
                '"' => quoted = !quoted,
                ',' if !quoted => row.push(std::mem::take(&mut cell)),
                '\n' if !quoted => {
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                _ => cell.push(character),
            }
        }
        rows
    }

    #[test]
    fn every_row_has_every_column_and_no_formula() {
        for report in [sample::story(), sample::bare(), sample::hostile()] {
            let rows = parsed(&written(&report));
            assert_eq!(rows.len(), 26);
            for row in &rows {
                assert_eq!(row.len(), 22, "{row:?}");
                assert!(
                    !row.iter().any(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r'])),
                    "{row:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn rows_stay_rows_whatever_is_said(text in sample::nasty()) {
            let rows = parsed(&written(&sample::brief(&text)));
            prop_assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [22, 22, 22]);
        }
    }

    #[test]
    fn the_table_of_the_story() {
        insta::assert_snapshot!(written(&sample::story()));
    }
}
