//! What differs from a baseline in, sections of Markdown out: new lines with their context first.

use super::{CONTEXT, LINES, ROWS, cell, closed, code, fence, inline, opened};
use crate::differences::{Differences, NewRow};
use crate::templates_diff::DiffRow;
use crate::text::figures::{counted, number, percent, thousands};

/// New templates that are told with their context; the others stand in a table.
const TOLD: usize = 10;
/// From here on words speak of failure clearly enough.
const FAILURE: f64 = 1.0;

/// Everything that differs.
pub(super) fn all(diff: &Differences, page: &mut String) {
    page.push_str("## Against the baseline\n\n");
    page.push_str(&format!(
        "Compared {} ({}) with {} ({}).\n\n",
        code(&diff.target.name),
        counted(diff.target.records, "record", "records"),
        code(&diff.baseline.name),
        counted(diff.baseline.records, "record", "records"),
    ));
    if diff.is_empty() {
        let unchanged = counted(diff.unchanged, "template", "templates");
        return page.push_str(&format!("No difference: {unchanged} without a clear change.\n\n"));
    }
    new(&diff.new, page);
    slower(diff, page);
    values(diff, page);
    for (name, rows) in [("Gone", &diff.gone), ("More", &diff.more), ("Less", &diff.less)] {
        counts(name, rows, page);
    }
}

fn new(rows: &[NewRow], page: &mut String) {
    if rows.is_empty() {
        return;
    }
    page.push_str(&format!("### New: {}\n\n", counted(rows.len() as u64, "template", "templates")));
    let (told, listed): (Vec<&NewRow>, Vec<&NewRow>) = {
        let failing = rows.iter().take_while(|row| row.failure >= FAILURE).count().min(TOLD);
        let (told, listed) = rows.split_at(failing);
        (told.iter().collect(), listed.iter().collect())
    };
    for row in told {
        let count =
            if row.count == 1 { "once".to_owned() } else { format!("{} times", thousands(row.count)) };
        page.push_str(&format!("**At** {} ({count}):\n\n", place(row)));
        let skipped = row.before.len().saturating_sub(CONTEXT);
        let before = row.before.iter().skip(skipped).map(|line| format!("  {line}"));
        let message = row.message.as_ref().unwrap_or(&row.template);
        let message = message.lines().take(LINES).map(|line| format!("> {line}"));
        let after = row.after.iter().take(CONTEXT).map(|line| format!("  {line}"));
        fence(&before.chain(message).chain(after).collect::<Vec<_>>(), page);
    }
    if listed.is_empty() {
        return;
    }
    opened(&format!("New: {}", counted(listed.len() as u64, "other", "others")), page);
    page.push_str("| records | level | where | line |\n| ---: | --- | --- | --- |\n");
    for row in listed.iter().take(ROWS) {
        let message = row.message.as_ref().unwrap_or(&row.template);
        let line = message.lines().next().map(cell).unwrap_or_default();
        let (count, level) = (thousands(row.count), inline(&row.level));
        page.push_str(&format!("| {count} | {level} | {} | {line} |\n", place(row)));
    }
    closed(listed.len(), page);
}

fn place(row: &NewRow) -> String {
    match (&row.file, row.line) {
        (Some(file), Some(line)) => cell(&format!("{file}:{line}")),
        _ => cell(&row.template),
    }
}

fn slower(diff: &Differences, page: &mut String) {
    if diff.slower.is_empty() {
        return;
    }
    page.push_str(
        "### Slower\n\n| factor | median | 9 of 10 below | slot | template |\n| ---: | ---: | ---: | ---: | --- |\n",
    );
    for row in diff.slower.iter().take(ROWS) {
        let unit = inline(&row.unit);
        let step = |a: f64, b: f64| format!("{} → {} {unit}", number(a), number(b));
        let (median, p90) = (step(row.a.median, row.b.median), step(row.a.p90, row.b.p90));
        let slot = row.slot.saturating_add(1);
        page.push_str(&format!(
            "| {}× | {} | {} | {slot} | {} |\n",
            number(row.factor),
            median.trim_end(),
            p90.trim_end(),
            cell(&row.template)
        ));
    }
    page.push('\n');
}

fn values(diff: &Differences, page: &mut String) {
    if diff.values.is_empty() {
        return;
    }
    page.push_str(
        "### Other values\n\n| new | share | before | slot | template |\n| --- | ---: | --- | ---: | --- |\n",
    );
    for row in diff.values.iter().take(ROWS) {
        let list = |values: &[String]| values.iter().map(|value| cell(value)).collect::<Vec<_>>().join(", ");
        let slot = row.slot.saturating_add(1);
        let (new, known, share) = (list(&row.new), list(&row.known), percent(row.share));
        page.push_str(&format!("| {new} | {share} | {known} | {slot} | {} |\n", cell(&row.template)));
    }
    page.push('\n');
}

fn counts(name: &str, rows: &[DiffRow], page: &mut String) {
    if rows.is_empty() {
        return;
    }
    opened(&format!("{name}: {}", counted(rows.len() as u64, "template", "templates")), page);
    page.push_str("| baseline | target | level | template |\n| ---: | ---: | --- | --- |\n");
    for row in rows.iter().take(ROWS) {
        let side = |count: u64, share: f64| format!("{} ({})", thousands(count), percent(share));
        let (a, b) = (side(row.a.count, row.a.share), side(row.b.count, row.b.share));
        page.push_str(&format!("| {a} | {b} | {} | {} |\n", inline(&row.level), cell(&row.template)));
    }
    closed(rows.len(), page);
}
