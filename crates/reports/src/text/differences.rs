//! What differs from a baseline in, a few sections out: what is new first, with the line, its place and its context.

use anstyle::Style;

use super::diff::{section, side};
use super::figures::{clock, counted, number, percent, thousands};
use super::incidents::place;
use super::layout::{Edge, Page, foreign};
use crate::differences::{Differences, MatchRow, NewRow, SlowerRow, Spread, ValuesRow};

/// New templates, and rows of other sections, that are shown unless everything is asked for.
const NEW: usize = 12;
const ROWS: usize = 8;
/// From here on words speak of failure clearly enough to be shown with their context.
const FAILURE: f64 = 1.0;
/// Lines of a new record.
const LINES: usize = 6;

/// Everything that differs.
pub(super) fn all(diff: &Differences, everything: bool, page: &mut Page) {
    page.gap();
    side("baseline", &diff.baseline, page);
    side("target", &diff.target, page);
    streams(&diff.streams, everything, page);
    if diff.is_empty() {
        let unchanged = counted(diff.unchanged, "template", "templates");
        return page.remark(&format!("no difference: {unchanged} without a clear change"));
    }
    new(&diff.new, everything, page);
    slower(&diff.slower, everything, page);
    values(&diff.values, everything, page);
    let rows = if everything { usize::MAX } else { ROWS };
    for (name, list) in [("gone", &diff.gone), ("more", &diff.more), ("less", &diff.less)] {
        section(name, list, rows, page);
    }
}

fn streams(rows: &[MatchRow], everything: bool, page: &mut Page) {
    // Whoever is compared with himself needs no words.
    let told: Vec<&MatchRow> = rows.iter().filter(|row| everything || row.by != "name").collect();
    let shown = if everything { told.len() } else { 3 };
    for (nth, row) in told.iter().take(shown).enumerate() {
        let with = match row.baseline.as_slice() {
            [] => "nothing, since the baseline has no such stream".to_owned(),
            [only] => foreign(only),
            many => format!("{} of the baseline", counted(many.len() as u64, "stream", "streams")),
        };
        let label = if nth == 0 { "matched" } else { "" };
        page.row(label, &format!("{} with {with}", foreign(&row.target)));
    }
    if told.len() > shown {
        page.row("", &format!("{} more; -v shows all", thousands((told.len() - shown) as u64)));
    }
}

fn new(rows: &[NewRow], everything: bool, page: &mut Page) {
    if rows.is_empty() {
        return;
    }
    let failing = rows.iter().filter(|row| row.failure >= FAILURE).count() as u64;
    let aside = counted(rows.len() as u64, "template", "templates");
    let failing = if failing == 0 { String::new() } else { format!(", {} of failure", thousands(failing)) };
    page.heading("new", &format!("{aside}{failing}"));
    let shown = if everything { rows.len() } else { NEW };
    rows.iter().take(shown).for_each(|row| self::new_row(row, everything, page));
    rest(rows.len(), shown, page);
}

fn new_row(row: &NewRow, everything: bool, page: &mut Page) {
    let (dim, name) = (page.palette().dim, page.palette().name);
    let fails = row.failure >= FAILURE;
    let level = if row.level == "none" { "" } else { row.level.as_str() };
    let label = if fails && level.is_empty() { "failure" } else { level };
    let style = if fails { page.palette().error } else { page.palette().level(level) };
    page.styled_label(&foreign(label), style);
    let times = if row.count == 1 { "once".to_owned() } else { format!("{} times", thousands(row.count)) };
    let time = row.time.as_ref().map(|time| format!(" · {}", clock(time, None))).unwrap_or_default();
    let beside = format!("{times}{time}");
    let room = page.content_columns().saturating_sub(beside.len() + 2);
    if let Some(place) = place(row.file.as_deref(), row.line, room) {
        page.span(name, &place);
        page.blanks(2);
    }
    page.span(dim, &beside);
    page.end_line();
    let context = if everything { usize::MAX } else { usize::from(fails) };
    let skipped = row.before.len().saturating_sub(context);
    row.before.iter().skip(skipped).for_each(|line| page.quote(Edge::Thin, dim, line, 1));
    let message = row.message.as_ref().unwrap_or(&row.template);
    let style = if fails { page.palette().error } else { Style::new() };
    page.quote(Edge::Thick, style, message, LINES);
    row.after.iter().take(context).for_each(|line| page.quote(Edge::Thin, dim, line, 1));
}

fn slower(rows: &[SlowerRow], everything: bool, page: &mut Page) {
    if rows.is_empty() {
        return;
    }
    page.heading("slower", &counted(rows.len() as u64, "duration", "durations"));
    let shown = if everything { rows.len() } else { ROWS };
    for row in rows.iter().take(shown) {
        let factor = format!("{}×", number(row.factor));
        let spread = |side: &Spread| format!("{} (9 of 10 below {})", number(side.median), number(side.p90));
        let unit = if row.unit.is_empty() { String::new() } else { format!(" {}", foreign(&row.unit)) };
        page.row(&factor, &format!("median {} → {}{unit}", spread(&row.a), spread(&row.b)));
        template(&row.template, row.slot, page);
    }
    rest(rows.len(), shown, page);
}

fn values(rows: &[ValuesRow], everything: bool, page: &mut Page) {
    if rows.is_empty() {
        return;
    }
    page.heading("other values", &counted(rows.len() as u64, "slot", "slots"));
    let shown = if everything { rows.len() } else { ROWS };
    for row in rows.iter().take(shown) {
        let list = |values: &[String]| {
            values
                .iter()
                .map(|value| if value.is_empty() { "nothing".to_owned() } else { foreign(value) })
                .collect::<Vec<_>>()
        };
        let known = match (row.what.as_str(), list(&row.known).as_slice()) {
            ("new", known) => format!("before {}", known.join(", ")),
            (_, [low, high]) => format!("before {low} to {high}"),
            (_, other) => other.join(", "),
        };
        let new = list(&row.new).join(", ");
        let text = format!("{new} in {} of the records; {known}", percent(row.share));
        page.row(&foreign(&row.what), &text);
        template(&row.template, row.slot, page);
    }
    rest(rows.len(), shown, page);
}

fn template(text: &str, slot: u64, page: &mut Page) {
    let slot = slot.saturating_add(1);
    page.styled_row("", page.palette().dim, &format!("slot {slot} of: {}", foreign(text)));
}

fn rest(all: usize, shown: usize, page: &mut Page) {
    if all > shown {
        page.remark(&format!("{} more; -v shows all", thousands((all - shown) as u64)));
    }
}
