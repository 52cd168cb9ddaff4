//! A backtest in, text for people out: a row for each day, then what was raised on it.

use std::io;

use anstyle::Style;

use super::figures::{counted, number, thousands};
use super::layout::{Page, foreign, input_name, shorten_end};
use super::palette::Palette;
use super::table::{Column, draw};
use crate::backtest_report::{BacktestReport, DayRow};

/// So many days are shown unless all are asked for: the last ones.
const DAYS: usize = 31;
/// So many incidents of a day are shown unless all are asked for.
const TITLES: usize = 5;
/// Columns of a row beside the title.
const BESIDE: usize = 45;

/// Writes text for people.
#[derive(Clone, Debug)]
pub struct BacktestText {
    /// Columns of the page; brought into [`WIDTHS`](super::WIDTHS).
    pub width: usize,
    /// The colours.
    pub palette: Palette,
    /// All days and all titles.
    pub everything: bool,
}

/// A line of the table: a day's first one has its figures, and each incident has a line.
struct Line<'a> {
    day: Option<&'a DayRow>,
    severity: &'a str,
    time: &'a str,
    title: String,
}

impl BacktestText {
    /// Writes the whole report.
    pub fn render(&self, report: &BacktestReport, out: &mut dyn io::Write) -> io::Result<()> {
        let mut page = Page::for_screen(self.width, &self.palette);
        head(report, &mut page);
        page.gap();
        let hidden = if self.everything { 0 } else { report.days.len().saturating_sub(DAYS) };
        let days = report.days.get(hidden..).unwrap_or_default();
        let lines: Vec<Line<'_>> = days.iter().flat_map(|day| self.lines(day, page.width())).collect();
        draw(&self.columns(&lines), lines.len(), &mut page);
        page.gap();
        if hidden > 0 {
            page.remark(&format!("{}; -v shows all", counted(hidden as u64, "earlier day", "earlier days")));
        }
        page.remark("every day is judged in view of the whole log, as `scan` does; days are those of UTC");
        out.write_all(page.text().as_bytes())
    }

    fn lines<'a>(&self, day: &'a DayRow, width: usize) -> Vec<Line<'a>> {
        let most = if self.everything { usize::MAX } else { TITLES };
        let room = width.saturating_sub(BESIDE);
        let mut lines: Vec<Line<'a>> = Vec::new();
        for incident in day.incidents.iter().take(most) {
            let first = lines.is_empty().then_some(day);
            let title = shorten_end(&foreign(&incident.title), room);
            let time = incident.start.get(11..16).unwrap_or_default();
            lines.push(Line { day: first, severity: &incident.severity, time, title });
        }
        if lines.is_empty() {
            lines.push(Line { day: Some(day), severity: "", time: "", title: String::new() });
        }
        let more = day.incidents.len().saturating_sub(most);
        if more > 0 {
            let title = shorten_end(&format!("{more} more; -v shows all"), room);
            lines.push(Line { day: None, severity: "", time: "", title });
        }
        lines
    }

    fn columns(&self, lines: &[Line<'_>]) -> Vec<Column> {
        let palette = &self.palette;
        let count = |count: fn(&DayRow) -> u64, style: Style| {
            let cell = |day: &DayRow| match count(day) {
                0 => ("0".to_owned(), palette.faint),
                some => (thousands(some), style),
            };
            let cells = lines.iter().map(|line| line.day.map_or((String::new(), style), cell));
            cells.collect()
        };
        let day = |line: &Line<'_>| (line.day.map_or(String::new(), |day| foreign(&day.day)), palette.title);
        let severity = |line: &Line<'_>| (foreign(line.severity), palette.severity(line.severity));
        vec![
            Column::left("day", lines.iter().map(day).collect()),
            Column::right("raised", count(|day| day.raised, Style::new())),
            Column::right("held", count(|day| day.held, palette.dim)),
            Column::left("at", lines.iter().map(|line| (foreign(line.time), palette.dim)).collect()),
            Column::left("severity", lines.iter().map(severity).collect()),
            Column::left("what", lines.iter().map(|line| (line.title.clone(), Style::new())).collect()),
        ]
    }
}

fn head(report: &BacktestReport, page: &mut Page) {
    let name = match report.names.as_slice() {
        [only] => input_name(only),
        names => counted(names.len() as u64, "log", "logs"),
    };
    page.heading(&name, &counted(report.days.len() as u64, "day", "days"));
    page.row("budget", &foreign(&report.budget));
    let raised = format!("{} raised, {} a day", thousands(report.raised), number(report.raised_per_day));
    let most = format!("{} on the worst day", thousands(report.most_in_a_day));
    let quiet = counted(report.quiet_days, "quiet day", "quiet days");
    page.list("alerts", &[raised, most, quiet, format!("{} findings held", thousands(report.held))]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest_report::sample::report;
    use crate::text::WIDTHS;
    use crate::text::layout::check_page;

    fn shown(report: &BacktestReport, width: usize, everything: bool) -> String {
        let mut out = Vec::new();
        BacktestText { width, palette: Palette::plain(), everything }.render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn three_days() {
        insta::assert_snapshot!("backtest_60", shown(&report(), 60, false));
        insta::assert_snapshot!("backtest_100", shown(&report(), 100, false));
    }

    #[test]
    fn much_is_shown_only_where_it_is_asked_for() {
        let mut report = report();
        let many = report.days[0].incidents.clone();
        report.days[0].incidents = many.into_iter().cycle().take(8).collect();
        report.days = report.days.into_iter().cycle().take(60).collect();
        let short = shown(&report, 80, false);
        assert!(short.contains("29 earlier days; -v shows all") && short.contains("3 more"), "{short}");
        assert!(!shown(&report, 80, true).contains("-v shows all"));
    }

    #[test]
    fn nothing_is_wider_than_the_page_and_foreign_text_is_inert() {
        let mut report = report();
        let evil = "a\x1b[2K\u{202e}".repeat(40);
        report.names = vec![evil.clone()];
        report.budget = evil.clone();
        report.days[0].incidents[0].title = evil;
        for width in WIDTHS {
            let text = shown(&report, width, false);
            check_page(&text, width);
        }
    }

    #[test]
    fn the_shape_of_version_1() {
        let mut out = Vec::new();
        crate::json::document(&report(), &mut out).unwrap();
        insta::assert_snapshot!("backtest_json", String::from_utf8(out).unwrap());
    }
}
