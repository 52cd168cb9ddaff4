//! A comparison in, a page for people out: what is new first, then what is gone, more, less.

use std::io;

use anstyle::Style;

use super::figures::{counted, duration, moment, percent, thousands};
use super::layout::{Page, foreign, input_name, width};
use super::notices;
use super::palette::Palette;
use super::templates::{rate, template_text, wrapped};
use crate::templates_diff::{DiffRow, Side, TemplatesDiff};

/// Rows of a section unless everything is asked for.
const ROWS: usize = 20;
/// From this width on there are rates.
const WIDE: usize = 110;

/// Writes text for people.
#[derive(Clone, Debug)]
pub struct DiffText {
    /// Columns of the page; brought into [`WIDTHS`](super::WIDTHS).
    pub width: usize,
    /// The colours.
    pub palette: Palette,
    /// Every row and notice.
    pub everything: bool,
}

impl DiffText {
    /// Writes the whole comparison.
    pub fn render(&self, diff: &TemplatesDiff, out: &mut dyn io::Write) -> io::Result<()> {
        let mut page = Page::for_screen(self.width, &self.palette);
        side("A", &diff.a, &mut page);
        side("B", &diff.b, &mut page);
        let sections = [("new", &diff.new), ("gone", &diff.gone), ("more", &diff.more), ("less", &diff.less)];
        for (name, rows) in sections {
            section(name, rows, if self.everything { usize::MAX } else { ROWS }, &mut page);
        }
        let changed: usize = sections.iter().map(|(_, rows)| rows.len()).sum();
        page.gap();
        let unchanged = counted(diff.unchanged, "template", "templates");
        let text = if changed == 0 { "no difference: " } else { "" };
        page.remark(&format!("{text}{unchanged} without a clear change"));
        notices(&diff.notices, self.everything, &mut page);
        out.write_all(page.text().as_bytes())
    }
}

/// The rows of one kind of difference.
pub(super) fn section(name: &str, rows: &[DiffRow], most: usize, page: &mut Page) {
    if rows.is_empty() {
        return;
    }
    let aside = counted(rows.len() as u64, "template", "templates");
    page.heading(name, &aside);
    let shown = most.min(rows.len());
    // Of what one side lacks there is nothing to say.
    let sides: &[&str] = match name {
        "new" => &["B"],
        "gone" => &["A"],
        _ => &["A", "B"],
    };
    let cells: Vec<Vec<(String, Style)>> =
        rows.iter().take(shown).map(|row| cells(row, sides, page)).collect();
    let mut titles: Vec<&str> = Vec::new();
    for side in sides {
        titles.extend([*side, "share"]);
        titles.extend((page.width() >= WIDE).then_some("rate"));
    }
    titles.push("level");
    table(&titles, &cells, rows, page);
    if rows.len() > shown {
        let more = counted((rows.len() - shown) as u64, "more template", "more templates");
        page.remark(&format!("{more}; -v shows all"));
    }
}

/// What was compared.
pub(super) fn side(label: &str, side: &Side, page: &mut Page) {
    let mut items = vec![counted(side.records, "record", "records")];
    if let Some(time) = &side.time {
        items.push(format!("{} → {}", moment(&time.first), moment(&time.last)));
        items.push(duration(time.seconds));
    }
    if side.forgotten_records > 0 {
        items.push(format!("{} of forgotten shapes left out", thousands(side.forgotten_records)));
    }
    let kind = if side.model { "model" } else { "" };
    page.row(label, format!("{} {kind}", input_name(&side.name)).trim_end());
    page.list("", &items);
}

fn cells(row: &DiffRow, sides: &[&str], page: &Page) -> Vec<(String, Style)> {
    let palette = page.palette();
    let mut cells = Vec::new();
    for side in sides {
        let side = if *side == "A" { &row.a } else { &row.b };
        cells.push((thousands(side.count), Style::new()));
        cells.push((percent(side.share), palette.dim));
        if page.width() >= WIDE {
            cells.push((rate(side.per_hour), palette.dim));
        }
    }
    cells.push((row.level.clone(), palette.level(&row.level)));
    cells
}

fn table(titles: &[&str], cells: &[Vec<(String, Style)>], rows: &[DiffRow], page: &mut Page) {
    let widest = |nth: usize, title: &str| {
        cells.iter().filter_map(|row| row.get(nth)).map(|(text, _)| width(text)).chain([width(title)]).max()
    };
    let widths: Vec<usize> =
        titles.iter().enumerate().map(|(nth, title)| widest(nth, title).unwrap_or(0)).collect();
    let dim = page.palette().dim;
    for (title, columns) in titles.iter().zip(&widths) {
        page.blanks(columns.saturating_sub(width(title)));
        page.span(dim, title);
        page.blanks(2);
    }
    page.span(dim, "template");
    page.end_line();
    let left: usize = widths.iter().map(|columns| columns + 2).sum();
    for (cells, row) in cells.iter().zip(rows) {
        for ((text, style), columns) in cells.iter().zip(&widths) {
            page.blanks(columns.saturating_sub(width(text)));
            page.span(*style, text);
            page.blanks(2);
        }
        let lines = wrapped(&foreign(&row.template), page.width().saturating_sub(left));
        for (nth, line) in lines.iter().enumerate() {
            page.blanks(if nth == 0 { 0 } else { left });
            template_text(line, page);
            page.end_line();
        }
    }
}
