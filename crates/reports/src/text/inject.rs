//! Injected faults in, text for people out: what was found of every kind, and what larger budgets would find and cost.

use std::io;

use anstyle::Style;

use super::figures::{counted, duration, number, percent, thousands};
use super::layout::{Page, foreign, input_name, shorten_end};
use super::palette::Palette;
use super::table::{Column, draw};
use crate::inject_report::{InjectReport, InjectedKindRow, InjectionRow};

/// What stands for a figure that there is none of.
const NONE: &str = "·";
/// Columns of a fault's row beside what it is.
const BESIDE: usize = 50;
/// From so many columns on there is room for intervals and delays.
const WIDE: usize = 80;

/// Writes text for people.
#[derive(Clone, Debug)]
pub struct InjectText {
    /// Columns of the page; brought into [`WIDTHS`](super::WIDTHS).
    pub width: usize,
    /// The colours.
    pub palette: Palette,
    /// Every fault.
    pub everything: bool,
}

impl InjectText {
    /// Writes the whole report.
    pub fn render(&self, report: &InjectReport, out: &mut dyn io::Write) -> io::Result<()> {
        let mut page = Page::for_screen(self.width, &self.palette);
        head(report, &mut page);
        page.gap();
        let possible: Vec<&InjectedKindRow> =
            report.kinds.iter().filter(|kind| kind.not_possible.is_none()).collect();
        draw(&self.kinds(&possible, page.width()), possible.len(), &mut page);
        if possible.len() < report.kinds.len() {
            page.gap();
        }
        for kind in &report.kinds {
            if let Some(reason) = &kind.not_possible {
                page.remark(&format!("{} was not possible: {}", foreign(&kind.kind), foreign(reason)));
            }
        }
        page.gap();
        draw(&self.budgets(report), report.budgets.len(), &mut page);
        if self.everything {
            page.gap();
            draw(&self.faults(&report.injections, page.width()), report.injections.len(), &mut page);
        }
        page.gap();
        if !self.everything {
            page.remark("-v shows every fault");
        }
        page.remark(
            "every fault was put into a copy of its own; found is what only that copy raises, and when",
        );
        page.remark("needed: the least budget tried with which nine in ten are found");
        out.write_all(page.text().as_bytes())
    }

    fn kinds(&self, kinds: &[&InjectedKindRow], width: usize) -> Vec<Column> {
        let palette = &self.palette;
        let every = |cell: &dyn Fn(&InjectedKindRow) -> String, style: Style| {
            kinds.iter().map(|kind| dimmed(cell(kind), style, palette)).collect()
        };
        let mut columns = vec![
            Column::left("fault", every(&|kind| foreign(&kind.kind), palette.title)),
            Column::right("found", every(&|kind| of(kind.found, kind.injected), Style::new())),
            Column::right("recall", every(&|kind| share(kind.recall), Style::new())),
        ];
        if width >= WIDE {
            let interval = |kind: &InjectedKindRow| {
                let shown = |(low, high)| format!("{} … {}", share(Some(low)), share(Some(high)));
                kind.recall_interval.map_or_else(|| NONE.to_owned(), shown)
            };
            let delay =
                |kind: &InjectedKindRow| kind.median_delay_seconds.map_or_else(|| NONE.to_owned(), delay);
            columns.push(Column::left("95 % interval", every(&interval, palette.dim)));
            columns.push(Column::right("after", every(&delay, Style::new())));
        }
        let needed = |kind: &InjectedKindRow| kind.needed.as_deref().map_or_else(|| NONE.to_owned(), foreign);
        columns.push(Column::right("needed", every(&needed, Style::new())));
        columns
    }

    fn budgets(&self, report: &InjectReport) -> Vec<Column> {
        let rows = &report.budgets;
        let plain = Style::new();
        vec![
            Column::left(
                "budget",
                rows.iter().map(|row| (foreign(&row.budget), self.palette.title)).collect(),
            ),
            Column::right("found", rows.iter().map(|row| (of(row.found, report.injected), plain)).collect()),
            Column::right("recall", rows.iter().map(|row| (share(row.recall), plain)).collect()),
            Column::right("alerts", rows.iter().map(|row| (thousands(row.alerts), plain)).collect()),
            Column::right("a day", rows.iter().map(|row| (number(row.alerts_per_day), plain)).collect()),
        ]
    }

    fn faults(&self, faults: &[InjectionRow], width: usize) -> Vec<Column> {
        let palette = &self.palette;
        let room = width.saturating_sub(BESIDE);
        let found = |fault: &InjectionRow| match &fault.found_by {
            Some(kind) => (shorten_end(&foreign(kind), 16), Style::new()),
            None => (NONE.to_owned(), palette.faint),
        };
        let at = |fault: &InjectionRow| fault.from.get(5..16).unwrap_or_default().replace('T', " ");
        vec![
            Column::left("at", faults.iter().map(|fault| (foreign(&at(fault)), palette.dim)).collect()),
            Column::left("fault", faults.iter().map(|fault| (foreign(&fault.kind), palette.title)).collect()),
            Column::left("found by", faults.iter().map(found).collect()),
            Column::left(
                "what",
                faults.iter().map(|fault| (shorten_end(&foreign(&fault.what), room), Style::new())).collect(),
            ),
        ]
    }
}

fn head(report: &InjectReport, page: &mut Page) {
    page.heading(&input_name(&report.name), &counted(report.records, "record", "records"));
    page.row("budget", &foreign(&report.budget));
    let alerts = counted(report.alerts, "alert", "alerts");
    let days = format!("{alerts} in {} days without any fault", number(report.days));
    page.list("alerts", &[days, format!("{} a day", number(report.alerts_per_day))]);
    let faults = format!("{} of {} found", thousands(report.found), thousands(report.injected));
    let mut found = vec![faults];
    found.extend(report.recall.map(|recall| format!("recall {}", percent(recall))));
    if let Some((low, high)) = report.recall_interval {
        found.push(format!("95 % interval {} … {}", percent(low), percent(high)));
    }
    page.list("faults", &found);
    let chance = format!(
        "{} of {} copies raise something new half a log away, too",
        thousands(report.found_elsewhere),
        thousands(report.injected)
    );
    page.row("chance", &chance);
    for (index, note) in report.notes.iter().enumerate() {
        page.row(if index == 0 { "notes" } else { "" }, &foreign(note));
    }
}

fn dimmed(text: String, style: Style, palette: &Palette) -> (String, Style) {
    if text == NONE { (text, palette.faint) } else { (text, style) }
}

fn of(part: u64, whole: u64) -> String {
    format!("{} of {}", thousands(part), thousands(whole))
}

fn share(share: Option<f64>) -> String {
    share.map_or_else(|| NONE.to_owned(), |share| format!("{:.0} %", share * 100.0))
}

fn delay(seconds: f64) -> String {
    duration(seconds.round().max(0.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inject_report::sample::report;
    use crate::text::WIDTHS;
    use crate::text::layout::check_page;

    fn shown(report: &InjectReport, width: usize, everything: bool) -> String {
        let mut out = Vec::new();
        InjectText { width, palette: Palette::plain(), everything }.render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn faults_of_two_kinds() {
        insta::assert_snapshot!("inject_60", shown(&report(), 60, false));
        insta::assert_snapshot!("inject_100", shown(&report(), 100, true));
    }

    #[test]
    fn nothing_is_wider_than_the_page_and_foreign_text_is_inert() {
        let mut report = report();
        let evil = "a\x1b[2K\u{202e}".repeat(40);
        report.name = evil.clone();
        report.notes = vec![evil.clone()];
        report.injections[0].what = evil.clone();
        report.injections[0].found_by = Some(evil);
        for width in WIDTHS {
            let text = shown(&report, width, true);
            check_page(&text, width);
        }
    }

    #[test]
    fn the_shape_of_version_1() {
        let mut out = Vec::new();
        crate::json::document(&report(), &mut out).unwrap();
        insta::assert_snapshot!("inject_json", String::from_utf8(out).unwrap());
    }
}
