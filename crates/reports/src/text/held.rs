//! The budget and what was held back in, a few lines out: what was not counted, and why.

use super::figures::{clock, counted, duration, number, thousands};
use super::incidents::{self, place};
use super::layout::{Edge, Page, foreign, wrap};
use crate::detection::{BudgetReport, Detection, FindingRow};

/// How many are listed beside incidents, and where there is none.
const BESIDE_INCIDENTS: usize = 3;
const ALONE: usize = 5;
/// How many of what was learned as a new normal.
const ADOPTED: usize = 3;

/// What the budget came to, and what was compared with.
pub(super) fn budget(detection: &Detection, page: &mut Page) {
    let BudgetReport { asked, units, allowed, spent, .. } = &detection.budget;
    page.gap();
    page.list(
        "budget",
        &[
            format!("asked {}", foreign(asked)),
            format!("allowed {} in {}", number(*allowed), over(asked, *units)),
            format!("spent {}", thousands(*spent)),
        ],
    );
    page.list("held", &held(&detection.budget));
    if let Some(with) = &detection.compared_with {
        page.row("against", &foreign(with));
    }
    if let Some(sessions) = &detection.sessions {
        let count = format!("{} by {}", thousands(sessions.count), foreign(&sessions.by));
        page.list("sessions", &[count, format!("{} beyond the threshold", thousands(sessions.flagged))]);
    }
}

/// What the budget was applied to: `2 h 59 min`, `1.2 GB`.
fn over(asked: &str, units: f64) -> String {
    const DAY: f64 = 86_400.0;
    match asked.split_once('/') {
        Some((_, "day")) => duration((units * DAY).round() as u64),
        Some((_, unit)) => format!("{} {}", number(units), foreign(unit)),
        None => number(units),
    }
}

fn held(budget: &BudgetReport) -> Vec<String> {
    let reasons = [
        (budget.held_over_budget, "over-budget"),
        (budget.held_learning, "still-learning"),
        (budget.held_marked_normal, "marked-normal"),
    ];
    let some = reasons.into_iter().filter(|(count, _)| *count > 0);
    let mut items: Vec<String> =
        some.map(|(count, reason)| format!("{} {}", thousands(count), in_words(reason))).collect();
    if items.is_empty() {
        items.push("nothing".to_owned());
    }
    items
}

/// The reason for which a finding was held, as it is said in a sentence.
pub(super) fn in_words(reason: &str) -> String {
    foreign(reason).replace('-', " ")
}

/// What lasted for so long that it is normal now, and how to take that back.
pub(super) fn adoptions(detection: &Detection, everything: bool, page: &mut Page) {
    let all = &detection.adoptions;
    if all.is_empty() {
        return;
    }
    page.heading("new normal", &format!("{} learned as one", counted(all.len() as u64, "change", "changes")));
    let most = if everything { usize::MAX } else { ADOPTED };
    for row in all.iter().take(most) {
        const LINES: usize = 3;
        for line in wrap(&foreign(&row.explanation), page.content_columns()).iter().take(LINES) {
            page.row("", line);
        }
        if let Some(template) = &row.template {
            page.quote(Edge::Thin, page.palette().dim, template, 1);
        }
        let mut items = vec![foreign(&row.kind)];
        items.extend(row.stream.as_ref().map(|stream| foreign(stream)));
        items.extend(row.since.as_ref().map(|since| format!("since {}", clock(since, None))));
        items.extend(row.adopted.as_ref().map(|time| format!("normal from {} on", clock(time, None))));
        items.push(foreign(&row.finding_id));
        page.dim_list("", &items);
    }
    more(all.len().saturating_sub(most) as u64, 0, page);
    page.remark("`logsift feedback not-normal ID --report FILE` takes that back");
}

/// The most surprising of what was held.
pub(super) fn findings(detection: &Detection, everything: bool, page: &mut Page) {
    let held: Vec<&FindingRow> =
        detection.findings.iter().filter(|finding| finding.incident_id.is_none()).collect();
    if held.is_empty() {
        return;
    }
    let beside = !detection.incidents.is_empty();
    let most = if everything {
        usize::MAX
    } else if beside {
        BESIDE_INCIDENTS
    } else {
        ALONE
    };
    let all = held.len() as u64 + detection.held_beyond;
    page.heading("not counted", &format!("{} held back", counted(all, "finding", "findings")));
    if let Some(closest) = detection.held_incidents.first().filter(|_| !beside) {
        incidents::closest(closest, everything, page);
    }
    held.iter().take(most).for_each(|finding| self::finding(finding, page));
    more(held.len().saturating_sub(most) as u64, detection.held_beyond, page);
}

fn finding(finding: &FindingRow, page: &mut Page) {
    const LINES: usize = 3;
    let style = page.palette().severity(&finding.severity);
    let lines = wrap(&foreign(&finding.explanation), page.content_columns());
    for (index, line) in lines.iter().take(LINES).enumerate() {
        page.styled_label(&if index == 0 { foreign(&finding.severity) } else { String::new() }, style);
        page.span(anstyle::Style::new(), line);
        page.end_line();
    }
    let message = finding.message.as_ref().or(finding.template.as_ref());
    if let Some(line) = message {
        page.quote(Edge::Thin, page.palette().dim, line, 1);
    }
    let mut items = vec![foreign(&finding.kind)];
    items.extend(finding.held.as_ref().map(|reason| in_words(reason)));
    items.extend(place(finding.file.as_deref(), finding.line, page.content_columns()));
    items.extend(finding.time.as_ref().map(|time| clock(time, None)));
    page.dim_list("", &items);
}

fn more(listed: u64, beyond: u64, page: &mut Page) {
    let listed = (listed > 0).then(|| format!("{} more; -v shows them", thousands(listed)));
    let beyond = (beyond > 0).then(|| format!("{} less surprising, only counted", thousands(beyond)));
    let text: Vec<String> = listed.into_iter().chain(beyond).collect();
    if !text.is_empty() {
        page.remark(&text.join("; "));
    }
}
