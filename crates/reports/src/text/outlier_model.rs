//! An outlier model in, a page for people out.

use std::io;

use super::figures::{bytes, counted, duration, moment, thousands};
use super::layout::{Page, foreign, input_name};
use super::palette::Palette;
use crate::outlier_report::{ColumnRow, OutlierReport};

/// Writes text for people.
#[derive(Clone, Debug)]
pub struct OutlierText {
    /// Columns of the page; brought into [`WIDTHS`](super::WIDTHS).
    pub width: usize,
    /// The colours.
    pub palette: Palette,
}

impl OutlierText {
    /// Writes the whole report.
    pub fn render(&self, report: &OutlierReport, out: &mut dyn io::Write) -> io::Result<()> {
        let mut page = Page::for_screen(self.width, &self.palette);
        page.heading(&input_name(&report.name), &format!("outlier model · {}", bytes(report.bytes)));
        let header = &report.header;
        page.row("written", &format!("by logsift {}, format {}", header.written_by, header.format));
        page.row("model", &foreign(&report.model));
        let parameters = report.parameters.iter().map(|row| foreign(&format!("{} {}", row.name, row.value)));
        page.list("set", &parameters.chain([format!("seed {}", report.seed)]).collect::<Vec<_>>());
        page.list("rows", &rows(report));
        if !report.features.is_empty() {
            page.row("features", &report.features.join(", "));
        }
        if let Some(time) = &report.time {
            let range = format!("{} → {}", moment(&time.first), moment(&time.last));
            page.list("time", &[range, duration(time.seconds)]);
        }
        if let Some(seconds) = report.fit_seconds {
            page.row("took", &format!("{seconds:.3} s to fit"));
        }
        let beyond = counted(report.flagged, "row of the training", "rows of the training");
        page.row(
            "flags",
            &format!("above {:.4} by {}, {beyond}", report.threshold, foreign(&report.threshold_by)),
        );
        if report.events > 0 {
            page.row("events", &counted(report.events, "template", "templates"));
        }
        importance(&report.columns, report.matching, &mut page);
        out.write_all(page.text().as_bytes())
    }
}

fn rows(report: &OutlierReport) -> Vec<String> {
    let mut items = vec![format!("{} {}", thousands(report.rows), report.rows_of)];
    if report.rows < report.rows_seen {
        items.push(format!("chosen by lot out of {}", thousands(report.rows_seen)));
    }
    items.extend(report.window_seconds.map(|seconds| format!("of {seconds} s")));
    items.extend(report.session.as_ref().map(|by| foreign(&format!("by {by}"))));
    if report.redaction != "none" {
        items.push(format!("redaction {}", report.redaction));
    }
    items
}

/// What matters, a line for each column.
fn importance(columns: &[ColumnRow], matching: u64, page: &mut Page) {
    if columns.is_empty() {
        return;
    }
    page.gap();
    page.remark(&format!(
        "What made the most abnormal rows of the training abnormal, of {matching} columns:"
    ));
    for column in columns {
        page.row(&format!("{:.1} %", column.importance * 100.0), &foreign(&column.name));
    }
}
