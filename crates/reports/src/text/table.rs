//! Many inputs in, a table with a row each out. The wider the page, the more columns.

use anstyle::Style;

use super::figures::{counted, duration, percent, thousands};
use super::layout::{Page, foreign, input_name, shorten_end, shorten_middle, width};
use crate::ScanReport;
use crate::scan_report::{Input, LevelCount};

const ROWS: usize = 40;
const FORMAT: usize = 17;
const GAP: usize = 2;
const MEDIUM: usize = 80;
const WIDE: usize = 116;

/// A column of a table, whose cells stand at its left or at its right.
pub(super) struct Column {
    pub(super) title: String,
    pub(super) left: bool,
    pub(super) cells: Vec<(String, Style)>,
}

impl Column {
    /// Its cells stand at the left.
    pub(super) fn left(title: &str, cells: Vec<(String, Style)>) -> Column {
        Column { title: title.to_owned(), left: true, cells }
    }

    /// Its cells stand at the right, as numbers do.
    pub(super) fn right(title: &str, cells: Vec<(String, Style)>) -> Column {
        Column { title: title.to_owned(), left: false, cells }
    }
}

/// A row per input; the first rows only, unless everything is asked for.
pub(super) fn inputs(report: &ScanReport, everything: bool, page: &mut Page) {
    let shown = if everything { report.inputs.len() } else { ROWS.min(report.inputs.len()) };
    let inputs = report.inputs.get(..shown).unwrap_or_default();
    let columns = columns(inputs, page);
    let folder = common_folder(inputs);
    page.gap();
    if !matches!(folder, "" | "./") {
        let text = shorten_middle(&format!("in {}", foreign(folder)), page.width());
        page.span(page.palette().dim, &text);
        page.end_line();
    }
    draw(&columns, shown, page);
    if report.inputs.len() > shown {
        let more = counted((report.inputs.len() - shown) as u64, "more input", "more inputs");
        page.remark(&format!("{more}; -v shows all"));
    }
}

fn columns(inputs: &[Input], page: &Page) -> Vec<Column> {
    let palette = page.palette();
    let plain = Style::new();
    let levels = |names: &[&str], style| {
        inputs.iter().map(|input| records_at(&input.levels, names, style, palette.faint)).collect()
    };
    let every = |cell: fn(&Input) -> String, style| inputs.iter().map(|input| (cell(input), style)).collect();
    let right = |title: &str, cells| Column { title: title.to_owned(), left: false, cells };
    let left = |title: &str, cells| Column { title: title.to_owned(), left: true, cells };

    let lines = right("lines", every(|input| thousands(input.balance.lines), plain));
    let format = left("format", every(format_name, palette.name));
    let fits = right("fits", every(format_fit, plain));
    let warnings = right("warnings", levels(&["warn"], palette.warn));
    let errors = right("errors", levels(&["error", "critical", "fatal"], palette.error));
    let span = right("span", every(span, plain));
    let first = left("first", every(|input| minute(input, |range| &range.first), palette.dim));
    let last = left("last", every(|input| minute(input, |range| &range.last), palette.dim));

    let mut columns = match page.width() {
        ..MEDIUM => vec![lines, format, errors],
        MEDIUM..WIDE => vec![lines, format, fits, errors, span],
        _ => vec![lines, format, fits, warnings, errors, first, last],
    };
    let room = page.width().saturating_sub(columns.iter().map(|column| widest(column) + GAP).sum());
    let folder = common_folder(inputs);
    let name = |input: &Input| {
        let name = input.name.get(folder.len()..).unwrap_or(&input.name);
        (shorten_middle(&input_name(name), room), palette.title)
    };
    columns.insert(0, left("input", inputs.iter().map(name).collect()));
    columns
}

/// The folder that all names begin with, slash included, or nothing.
fn common_folder(inputs: &[Input]) -> &str {
    let Some(first) = inputs.first() else { return "" };
    let mut common = first.name.as_str();
    for input in inputs {
        let shared = common.bytes().zip(input.name.bytes()).take_while(|(a, b)| a == b).count();
        let end =
            common.as_bytes().get(..shared).and_then(|bytes| bytes.iter().rposition(|byte| *byte == b'/'));
        common = end.and_then(|end| common.get(..=end)).unwrap_or("");
    }
    common
}

fn records_at(levels: &[LevelCount], names: &[&str], style: Style, none: Style) -> (String, Style) {
    let counts = levels.iter().filter(|count| names.contains(&count.level.as_str()));
    match counts.map(|count| count.records).sum() {
        0 => ("·".to_owned(), none),
        records => (thousands(records), style),
    }
}

fn format_name(input: &Input) -> String {
    match input.formats.as_slice() {
        [] => String::new(),
        [only] => shorten_end(&foreign(&only.name), FORMAT),
        [first, more @ ..] => {
            let more = format!(" +{}", more.len());
            shorten_end(&foreign(&first.name), FORMAT.saturating_sub(more.len())) + &more
        }
    }
}

fn format_fit(input: &Input) -> String {
    input.formats.first().map(|format| percent(format.confidence)).unwrap_or_default()
}

fn span(input: &Input) -> String {
    input.time.as_ref().map(|range| duration(range.seconds)).unwrap_or_default()
}

fn minute(input: &Input, end: fn(&crate::scan_report::TimeRange) -> &String) -> String {
    let whole = input.time.as_ref().map(|range| end(range).replacen('T', " ", 1)).unwrap_or_default();
    whole.chars().take("2024-01-01 10:00".len()).collect()
}

fn widest(column: &Column) -> usize {
    column.cells.iter().map(|(text, _)| width(text)).chain([width(&column.title)]).max().unwrap_or(0)
}

/// Titles, a rule, and so many rows.
pub(super) fn draw(columns: &[Column], rows: usize, page: &mut Page) {
    let widths: Vec<usize> = columns.iter().map(widest).collect();
    let dim = page.palette().dim;
    for (index, column) in columns.iter().enumerate() {
        cell(&column.title, dim, column.left, widths[index], index, page);
    }
    page.end_line();
    let rule = widths.iter().sum::<usize>() + GAP * (widths.len() - 1);
    page.span(dim, &"─".repeat(rule));
    page.end_line();
    for row in 0..rows {
        for (index, column) in columns.iter().enumerate() {
            let Some((text, style)) = column.cells.get(row) else { continue };
            cell(text, *style, column.left, widths[index], index, page);
        }
        page.end_line();
    }
}

fn cell(text: &str, style: Style, left: bool, column_width: usize, index: usize, page: &mut Page) {
    let padding = column_width.saturating_sub(width(text));
    page.blanks(if index > 0 { GAP } else { 0 } + if left { 0 } else { padding });
    page.span(style, text);
    page.blanks(if left { padding } else { 0 });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], folder: &str) {
        let input = |name: &&str| Input { name: (*name).to_owned(), ..Input::default() };
        let inputs: Vec<Input> = names.iter().map(input).collect();
        assert_eq!(common_folder(&inputs), folder, "{names:?}");
    }

    #[test]
    fn the_folder_that_all_share_is_said_once() {
        check(&[], "");
        check(&["a.log", "b.log"], "");
        check(&["/var/log/a.log", "/var/log/apt/b.log"], "/var/log/");
        check(&["/var/log/app/a", "/var/log/apt/b"], "/var/log/");
        check(&["/var/log/a", "-"], "");
        check(&["/a", "/b"], "/");
        check(&["größe/ä", "größe/ö"], "größe/");
    }
}
