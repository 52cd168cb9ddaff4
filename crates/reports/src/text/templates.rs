//! Templates in, a table for people out: the wider the page, the more columns.
//!
//! Columns that would say nothing (no record has a level, or a time) leave their room to the templates, which are
//! wrapped between words and cut only after some lines.

use std::io;

use anstyle::Style;

use super::figures::{counted, moment, percent, thousands};
use super::layout::{Page, foreign, shorten_end, shorten_middle, width, wrap};
use super::notices;
use super::palette::Palette;
use crate::TemplatesReport;
use crate::templates_report::{SlotRow, TemplateRow, TimelineRow, ValueRow};

/// Lines that a template may take.
const LINES: usize = 3;
/// Columns between two columns.
const GAP: usize = 2;
const MEDIUM: usize = 80;
const WIDE: usize = 100;
const WIDEST: usize = 136;
/// Values of a slot that are named.
const VALUES: usize = 5;
const VALUE: usize = 32;

/// Writes text for people.
#[derive(Clone, Debug)]
pub struct TemplatesText {
    /// Columns of the page; brought into [`WIDTHS`](super::WIDTHS).
    pub width: usize,
    /// The colours.
    pub palette: Palette,
    /// The values of every slot, too.
    pub slots: bool,
    /// Every notice in full, and the ids of templates.
    pub everything: bool,
}

impl TemplatesText {
    /// Writes the whole list.
    pub fn render(&self, report: &TemplatesReport, out: &mut dyn io::Write) -> io::Result<()> {
        let mut page = Page::for_screen(self.width, &self.palette);
        heading(report, &mut page);
        self.table(&report.templates, report.totals.timeline.as_ref(), &mut page);
        more(report.templates.len(), report.matching, &mut page);
        notices(&report.notices, self.everything, &mut page);
        out.write_all(page.text().as_bytes())
    }

    /// A row for every template.
    pub(super) fn table(&self, rows: &[TemplateRow], whole: Option<&TimelineRow>, page: &mut Page) {
        if rows.is_empty() {
            return;
        }
        let columns = columns(rows, whole, page);
        draw_header(&columns, page);
        let left: usize = columns.iter().map(|column| column.width + GAP).sum();
        for (nth, template) in rows.iter().enumerate() {
            row(nth, template, &columns, left, page);
            self.details(template, page);
        }
    }

    fn details(&self, template: &TemplateRow, page: &mut Page) {
        if self.slots || self.everything || !template.examples.is_empty() {
            page.row("id", &template.template_id);
        }
        if self.slots {
            for (nth, slot) in template.slots.iter().enumerate() {
                page.row(if nth == 0 { "slots" } else { "" }, &slot_text(nth, slot));
            }
        }
        for (nth, example) in template.examples.iter().enumerate() {
            let text = format!("{}:{}  {}", foreign(&example.file), example.line, foreign(&example.text));
            let label = if nth == 0 { "examples" } else { "" };
            page.row(label, &text);
        }
    }
}

/// How many templates are not listed.
pub(super) fn more(listed: usize, matching: u64, page: &mut Page) {
    let hidden = matching.saturating_sub(listed as u64);
    if hidden > 0 {
        let more = counted(hidden, "more template", "more templates");
        page.remark(&format!("{more}; --all shows all"));
    }
}

struct Column {
    title: &'static str,
    left: bool,
    width: usize,
    cells: Vec<(String, Style)>,
}

fn heading(report: &TemplatesReport, page: &mut Page) {
    let mined = &report.totals.mined;
    let mut aside = counted(mined.records, "record", "records");
    if mined.forgotten_records > 0 {
        aside = format!("{aside}, {} forgotten", thousands(mined.forgotten_records));
    }
    let mut name = counted(mined.templates, "template", "templates");
    if report.matching < mined.templates {
        name = format!("{} of {name}", thousands(report.matching));
    }
    page.heading(&name, &aside);
}

fn columns(rows: &[TemplateRow], whole: Option<&TimelineRow>, page: &Page) -> Vec<Column> {
    let palette = page.palette();
    let column = |title, left, cell: &dyn Fn(&TemplateRow) -> (String, Style)| {
        let cells: Vec<_> = rows.iter().map(cell).collect();
        let width = cells.iter().map(|(text, _)| width(text)).chain([width(title)]).max().unwrap_or(0);
        Column { title, left, width, cells }
    };
    let plain = Style::new();
    let timed = whole.is_some();
    let levelled = rows.iter().any(|row| row.level != "none");
    let mut columns = vec![column("count", false, &|row| (thousands(row.count), plain))];
    if page.width() >= MEDIUM {
        columns.push(column("share", false, &|row| (percent(row.share), palette.dim)));
    }
    if page.width() >= WIDE && timed {
        columns.push(column("rate", false, &|row| (rate(row.per_hour), plain)));
    }
    if levelled {
        columns.push(column("level", true, &|row| (row.level.clone(), palette.level(&row.level))));
    }
    if page.width() >= WIDEST && timed {
        columns.push(column("first", true, &|row| (minute(&row.first), palette.dim)));
        columns.push(column("last", true, &|row| (minute(&row.last), palette.dim)));
    }
    if let Some(whole) = whole.filter(|_| page.width() >= MEDIUM) {
        let bars = if page.width() >= WIDE { 16 } else { 10 };
        columns.push(column("over time", true, &|row| (sparkline(row, whole, bars), palette.name)));
    }
    columns
}

fn minute(time: &Option<String>) -> String {
    time.as_deref().map(moment).unwrap_or_default().chars().take("2024-01-01 10:00".len()).collect()
}

/// In the largest unit of time in which it is one or more.
pub(super) fn rate(per_hour: Option<f64>) -> String {
    const UNITS: [(f64, &str); 4] = [(3600.0, "/s"), (60.0, "/min"), (1.0, "/h"), (1.0 / 24.0, "/d")];
    let Some(rate) = per_hour else { return String::new() };
    let (unit, name) = UNITS.into_iter().find(|(unit, _)| rate >= *unit).unwrap_or((1.0 / 24.0, "/d"));
    let value = rate / unit;
    match value {
        100.0.. => format!("{}{name}", thousands(value.round() as u64)),
        0.05.. => format!("{value:.1}{name}"),
        _ => format!("<0.1{name}"),
    }
}

/// Counts over the time of all logs, the highest column full.
fn sparkline(row: &TemplateRow, whole: &TimelineRow, bars: usize) -> String {
    const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let Some(own) = &row.timeline else { return String::new() };
    let heights = spread(own, whole, bars);
    let highest = heights.iter().copied().fold(0.0, f64::max);
    let bar = |height: f64| match height {
        height if height <= 0.0 => ' ',
        height => STEPS[((height / highest * 8.0).ceil() as usize).clamp(1, 8) - 1],
    };
    heights.into_iter().map(bar).collect()
}

/// Counts of intervals, shared out among so many bars over the whole time.
fn spread(own: &TimelineRow, whole: &TimelineRow, bars: usize) -> Vec<f64> {
    // Whole nanoseconds, with which floats are exact.
    let nanos = |seconds: f64| (seconds * 1e9).round();
    let length = nanos(whole.step) * whole.counts.len() as f64;
    let mut heights = vec![0.0; bars];
    for (nth, count) in own.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let start = (own.start.nanos() as f64 - whole.start.nanos() as f64) + nth as f64 * nanos(own.step);
        let place = |time: f64| (time / length * bars as f64).clamp(0.0, bars as f64);
        let (from, to) = (place(start), place(start + nanos(own.step)));
        let first = (from as usize).min(bars - 1);
        let last = ((to.ceil() as usize).max(first + 1)).min(bars);
        for (bar, height) in heights.iter_mut().enumerate().take(last).skip(first) {
            let overlap = to.min(bar as f64 + 1.0) - from.max(bar as f64);
            let part = if to > from { overlap / (to - from) } else { 1.0 };
            *height += *count as f64 * part.max(0.0);
        }
    }
    heights
}

fn draw_header(columns: &[Column], page: &mut Page) {
    let dim = page.palette().dim;
    for column in columns {
        cell(column.title, dim, column, page);
        page.blanks(GAP);
    }
    page.span(dim, "template");
    page.end_line();
    let rule = "─".repeat(page.width());
    page.span(dim, &rule);
    page.end_line();
}

fn row(nth: usize, template: &TemplateRow, columns: &[Column], left: usize, page: &mut Page) {
    for column in columns {
        let (text, style) = column.cells.get(nth).cloned().unwrap_or_default();
        cell(&text, style, column, page);
        page.blanks(GAP);
    }
    let room = page.width().saturating_sub(left);
    for (line, text) in wrapped(&foreign(&template.template), room).iter().enumerate() {
        if line > 0 {
            page.blanks(left);
        }
        template_text(text, page);
        page.end_line();
    }
}

fn cell(text: &str, style: Style, column: &Column, page: &mut Page) {
    let padding = column.width.saturating_sub(width(text));
    page.blanks(if column.left { 0 } else { padding });
    page.span(style, text);
    page.blanks(if column.left { padding } else { 0 });
}

/// At most so many lines; what is too long loses its end.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    if text.trim().is_empty() {
        return vec!["(empty)".to_owned()];
    }
    let mut lines = wrap(text, columns);
    if lines.len() > LINES {
        lines.truncate(LINES);
        if let Some(last) = lines.last_mut() {
            *last = shorten_end(&format!("{last} …"), columns);
            if !last.ends_with('…') {
                last.push('…');
            }
        }
    }
    lines
}

/// Slots in the colour of their type.
pub(super) fn template_text(text: &str, page: &mut Page) {
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, slot) = rest.split_at(start);
        let end = slot.find('>').map_or(slot.len(), |end| end + 1);
        let (slot, after) = slot.split_at(end);
        let name = slot.trim_start_matches('<').trim_end_matches('>');
        let known = logsift_engine::templates::Kind::ALL.iter().any(|kind| kind.name() == name);
        page.span(Style::new(), before);
        if known {
            page.span(page.palette().slot(name), slot);
            rest = after;
        } else {
            page.span(Style::new(), "<");
            rest = rest.get(start + 1..).unwrap_or_default();
        }
    }
    page.span(Style::new(), rest);
}

fn slot_text(nth: usize, slot: &SlotRow) -> String {
    let mut parts = vec![format!(
        "{}. <{}> {} in {}, {}",
        nth + 1,
        slot.kind,
        counted(slot.distinct, "value", "values"),
        thousands(slot.sampled),
        if slot.closed { "closed" } else { "open" },
    )];
    if let (Some(min), Some(median), Some(max)) = (slot.min, slot.median, slot.max) {
        parts.push(format!("min {}, median {}, max {}", number(min), number(median), number(max)));
    }
    parts.extend(slot.trend.clone());
    // Where every value is another one, some of them say nothing.
    let often = |value: &&ValueRow| (slot.closed || value.count > 1) && !value.value.is_empty();
    let top = slot.top.iter().filter(often).take(VALUES);
    let top: Vec<String> = top
        .map(|value| format!("{} ×{}", shorten_middle(&foreign(&value.value), VALUE), value.count))
        .collect();
    if !top.is_empty() {
        parts.push(top.join(", "));
    }
    parts.join(" · ")
}

/// Whole numbers without a fraction, others with few digits.
fn number(value: f64) -> String {
    match value.abs() {
        size if value.fract() == 0.0 && size < 1e15 => format!("{value:.0}"),
        size if (1e-3..1e9).contains(&size) => {
            format!("{value:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => format!("{value:.3e}"),
    }
}

#[cfg(test)]
mod tests {
    use logsift_engine::records::time::Time;

    use super::*;
    use crate::escape::is_unsafe;

    #[test]
    fn rates_are_told_in_the_largest_unit_that_fits() {
        let table = [
            (None, ""),
            (Some(3600.0 * 1234.0), "1,234/s"),
            (Some(90.0), "1.5/min"),
            (Some(6.0), "6.0/h"),
            (Some(0.5), "12.0/d"),
            (Some(0.001), "<0.1/d"),
        ];
        for (rate_per_hour, said) in table {
            assert_eq!(rate(rate_per_hour), said, "{rate_per_hour:?}");
        }
    }

    #[test]
    fn counts_are_shared_out_and_none_is_lost() {
        let line = |seconds: i64, step: u32, counts: &[u64]| {
            let start = Time::from_nanos(seconds * 1_000_000_000);
            TimelineRow { start, step: f64::from(step), counts: counts.to_vec() }
        };
        let whole = line(0, 10, &[1, 1, 1, 1]);
        let check =
            |own: &TimelineRow, heights: &[f64]| assert_eq!(spread(own, &whole, 4), heights, "{own:?}");
        check(&line(0, 10, &[4, 0, 0, 2]), &[4.0, 0.0, 0.0, 2.0]);
        check(&line(0, 20, &[4, 2]), &[2.0, 2.0, 1.0, 1.0]);
        check(&line(15, 10, &[6]), &[0.0, 3.0, 3.0, 0.0]);
        let outside = spread(&line(400, 10, &[5]), &whole, 4);
        assert_eq!(outside.iter().sum::<f64>(), 5.0, "{outside:?}");
    }

    #[test]
    fn long_templates_are_cut_after_some_lines_and_foreign_text_stays_in_its_place() {
        assert_eq!(wrapped("", 20), ["(empty)"]);
        let lines = wrapped(&"word ".repeat(60), 20);
        assert_eq!(lines.len(), LINES);
        assert!(lines[2].ends_with('…') && lines.iter().all(|line| width(line) <= 20), "{lines:?}");
        let mut page = Page::new(60, Palette::coloured());
        template_text(&foreign("a <ip> b <\x1b[2Jno> <number"), &mut page);
        page.end_line();
        let text = page.text().replace('\x1b', "");
        assert!(!text.chars().any(|c| is_unsafe(c) && c != '\n'), "{text}");
        assert!(text.contains("<ip>") && text.contains("\\x1b[2Jno>"), "{text}");
    }
}
