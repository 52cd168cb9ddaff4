//! A report in, one line for each incident out: `[2024-01-31 10:00:00] HIGH …`, as alert logs have been for ever.
//!
//! Nothing else is written, so that the number of lines is the number of incidents and a quiet log gives an empty
//! file. Times are UTC. Where a log has no times a `-` stands for them.

use std::io;

use crate::detection::IncidentRow;
use crate::text::figures::{counted, duration, moment};
use crate::text::layout::{foreign, shorten_end};
use crate::{Renderer, ScanReport};

/// Columns of a title.
const TITLE: usize = 300;

/// Writes a line for each incident.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlertsRenderer;

impl Renderer for AlertsRenderer {
    fn render(&self, report: &ScanReport, out: &mut dyn io::Write) -> io::Result<()> {
        for incident in report.detection.iter().flat_map(|detection| &detection.incidents) {
            writeln!(out, "{}", line(incident))?;
        }
        Ok(())
    }
}

/// The line of an incident.
pub fn line(row: &IncidentRow) -> String {
    let time = row.start.as_deref().map_or_else(|| "-".to_owned(), moment);
    let mut about = vec![counted(row.finding_count, "finding", "findings")];
    about.push(counted(row.records, "record", "records"));
    about.extend(row.classes.first().map(|class| foreign(class)));
    about.extend(row.start.is_some().then(|| duration(row.seconds)));
    let cause = row.causes.first().map(|cause| format!(" {}:{}", foreign(&cause.file), cause.line));
    format!(
        "[{}] {} {} ({}){}",
        time.trim_end_matches('Z'),
        foreign(&row.severity).to_uppercase(),
        shorten_end(&foreign(&row.title), TITLE),
        about.join(", "),
        cause.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::sample;

    fn written(report: &ScanReport) -> String {
        let mut out = Vec::new();
        AlertsRenderer.render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_for_each_incident() {
        insta::assert_snapshot!(written(&sample::story()) + &written(&sample::bare()));
        assert_eq!(written(&sample::quiet()), "");
        assert_eq!(written(&sample::hostile()).lines().count(), 3);
    }
}
