//! What was read in, a few lines out: the end of a report that begins with incidents.

use super::blocks;
use super::figures::{bytes, counted, duration, moment, percent, share, thousands};
use super::layout::{Page, foreign, input_name, shorten_middle, width};
use crate::ScanReport;
use crate::scan_report::{Input, LevelCount};

/// How many inputs are named.
const INPUTS: usize = 6;
const FORMAT: usize = 24;

/// A line for each input, one for their levels, and the balance of all.
pub(super) fn in_short(report: &ScanReport, page: &mut Page) {
    let totals = &report.totals;
    if totals.inputs == 0 {
        return;
    }
    let lines = counted(totals.balance.lines, "line", "lines");
    page.heading("what was read", &format!("{lines} · {}", bytes(totals.bytes)));
    inputs(&report.inputs, page);
    if let Some(range) = &totals.time {
        let (first, last) = (moment(&range.first), moment(&range.last));
        page.list("time", &[format!("{first} → {last}"), duration(range.seconds)]);
    }
    assumed(&report.inputs, page);
    levels(&totals.levels, page);
    if let Some(templates) = &report.templates {
        let mut items = vec![counted(templates.count, "template", "templates")];
        let forgotten = templates.forgotten_records;
        items.extend(
            (forgotten > 0).then(|| format!("{} forgotten", counted(forgotten, "record", "records"))),
        );
        page.list("shapes", &items);
    }
    blocks::balance(&totals.balance, page);
}

fn inputs(inputs: &[Input], page: &mut Page) {
    let about: Vec<String> = inputs.iter().take(INPUTS).map(about).collect();
    let beside = about.iter().map(|about| width(about)).max().unwrap_or(0) + 2;
    let room = page.content_columns().saturating_sub(beside);
    let name = |input: &Input| shorten_middle(&input_name(&input.name), room);
    let names: Vec<String> = inputs.iter().take(INPUTS).map(name).collect();
    let columns = names.iter().map(|name| width(name)).max().unwrap_or(0);
    for (index, (name, about)) in names.iter().zip(&about).enumerate() {
        page.label(if index == 0 { "inputs" } else { "" });
        page.span(anstyle::Style::new(), name);
        page.blanks(columns - width(name) + 2);
        page.span(page.palette().dim, about);
        page.end_line();
    }
    let more = inputs.len().saturating_sub(INPUTS) as u64;
    if more > 0 {
        page.styled_row("", page.palette().dim, &format!("{} more; -v shows all", thousands(more)));
    }
}

fn about(input: &Input) -> String {
    let records = counted(input.balance.records, "record", "records");
    match input.formats.first() {
        _ if input.balance.lines == 0 => blocks::NO_LINE.to_owned(),
        None => records,
        Some(format) => {
            let name = super::layout::shorten_end(&foreign(&format.name), FORMAT);
            format!("{records} · {name} {}", percent(format.confidence))
        }
    }
}

/// What was assumed: of one input in full, of several by topic.
fn assumed(inputs: &[Input], page: &mut Page) {
    match inputs {
        [only] => blocks::assumed(only, page),
        _ => {
            blocks::zones(inputs, page);
            blocks::assumptions(inputs, page);
        }
    }
}

fn levels(levels: &[LevelCount], page: &mut Page) {
    let whole: u64 = levels.iter().map(|count| count.records).sum();
    let item = |count: &LevelCount| {
        let part = percent(share(count.records, whole));
        format!("{} {} ({part})", foreign(&count.level), thousands(count.records))
    };
    match levels {
        [only] if only.level == "none" => page.row("levels", blocks::NO_LEVEL),
        _ => page.list("levels", &levels.iter().map(item).collect::<Vec<_>>()),
    }
}
