//! Incidents in, a story each out: how grave, what, since when, the lines that look like the cause, what followed.

use super::figures::{clock, counted, duration, moment, number, percent, thousands};
use super::layout::{CONTENT, Edge, Page, foreign, shorten_end, shorten_middle, width, wrap};
use crate::detection::{CauseRow, Detection, EvidenceRow, FindingRow, IncidentRow, StoryRow};

/// Columns that a file name may take beside other things.
const PLACE: usize = 44;

/// How much of an incident is told.
struct Extent {
    causes: usize,
    message: usize,
    context: usize,
    story: usize,
    evidence: usize,
}

impl Extent {
    const SHORT: Extent = Extent { causes: 3, message: 4, context: 1, story: 6, evidence: 4 };
    const WHOLE: Extent = Extent {
        causes: usize::MAX,
        message: 40,
        context: usize::MAX,
        story: usize::MAX,
        evidence: usize::MAX,
    };
}

/// All incidents, the gravest first.
pub(super) fn all(detection: &Detection, everything: bool, page: &mut Page) {
    let extent = if everything { Extent::WHOLE } else { Extent::SHORT };
    for (index, row) in detection.incidents.iter().enumerate() {
        page.gap();
        title(index + 1, row, page);
        when(row, page);
        page.list("streams", &row.streams.iter().map(|stream| foreign(stream)).collect::<Vec<_>>());
        causes(row, &extent, page);
        story(row, &extent, page);
        evidence(row, &detection.findings, &extent, page);
        if everything {
            page.list("id", &[foreign(&row.id), format!("fingerprint {}", foreign(&row.fingerprint))]);
        }
    }
}

/// Where to look first although nothing counts: the title and the causes of what comes closest to an incident.
pub(super) fn closest(row: &IncidentRow, everything: bool, page: &mut Page) {
    let extent = if everything { Extent::WHOLE } else { Extent::SHORT };
    let mut lines = wrap(&foreign(&row.title), page.content_columns()).into_iter();
    page.row("closest", &lines.next().unwrap_or_default());
    lines.for_each(|line| page.row("", &line));
    causes(row, &extent, page);
}

/// Where something stands: `/var/log/app.log:812`.
pub(super) fn place(file: Option<&str>, line: Option<u64>, columns: usize) -> Option<String> {
    let file = file?;
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    let file = if file == "-" { "standard input".to_owned() } else { foreign(file) };
    Some(shorten_middle(&file, columns.saturating_sub(width(&line))) + &line)
}

fn title(number: usize, row: &IncidentRow, page: &mut Page) {
    let number = number.to_string();
    let badge = foreign(&row.severity).to_uppercase();
    page.span(page.palette().dim, &number);
    page.blanks(1);
    page.span(page.palette().severity(&row.severity), &badge);
    page.blanks((CONTENT.saturating_sub(width(&number) + 1 + width(&badge))).max(1));
    let left = CONTENT.max(width(&number) + width(&badge) + 2);
    for (index, line) in wrap(&foreign(&row.title), page.width() - left).iter().take(4).enumerate() {
        page.blanks(if index == 0 { 0 } else { left });
        page.span(page.palette().title, line);
        page.end_line();
    }
}

fn when(row: &IncidentRow, page: &mut Page) {
    let mut items = Vec::new();
    if let Some(start) = &row.start {
        let end = row.end.as_ref().map(|end| clock(end, Some(start)));
        let end = end.map(|end| format!(" → {end}")).unwrap_or_default();
        items.push(format!("{}{end}", moment(start)));
        items.push(duration(row.seconds));
    }
    items.push(counted(row.finding_count, "finding", "findings"));
    items.push(counted(row.records, "record", "records"));
    page.list(if row.start.is_some() { "when" } else { "what" }, &items);
    let shown = |names: &[String]| names.iter().map(|name| foreign(name)).collect::<Vec<String>>();
    if !row.classes.is_empty() {
        page.list("class", &shown(&row.classes));
    }
    if !row.rules.is_empty() {
        page.list("rules", &shown(&row.rules));
    }
}

fn causes(row: &IncidentRow, extent: &Extent, page: &mut Page) {
    for (index, cause) in row.causes.iter().take(extent.causes).enumerate() {
        // The others are told in short: whoever doubts the first looks on.
        let whole = index == 0 || extent.context == usize::MAX;
        self::cause(if index == 0 { "cause" } else { "or" }, cause, row, extent, whole, page);
    }
}

fn cause(label: &str, cause: &CauseRow, row: &IncidentRow, extent: &Extent, whole: bool, page: &mut Page) {
    let dim = page.palette().dim;
    let mut beside: Vec<String> = cause.level.iter().map(|level| foreign(level)).collect();
    beside.extend(cause.time.as_ref().map(|time| clock(time, row.start.as_deref())));
    let beside = beside.join(" · ");
    let room = page.content_columns().saturating_sub(width(&beside) + 2);
    let place = place(Some(&cause.file), Some(cause.line), room).unwrap_or_default();
    page.label(label);
    page.span(page.palette().name, &place);
    page.blanks(2);
    page.span(dim, &beside);
    page.end_line();
    if whole {
        let skipped = cause.before.len().saturating_sub(extent.context);
        cause.before.iter().skip(skipped).for_each(|line| page.quote(Edge::Thin, dim, line, 1));
    }
    let style = page.palette().level(cause.level.as_deref().unwrap_or_default());
    let style = if cause.level.is_some() { style } else { page.palette().title };
    page.quote(Edge::Thick, style, &cause.message, if whole { extent.message } else { 1 });
    if whole {
        cause.after.iter().take(extent.context).for_each(|line| page.quote(Edge::Thin, dim, line, 1));
    }
    why(cause, page);
}

fn why(cause: &CauseRow, page: &mut Page) {
    const LINES: usize = 4;
    let text = format!("{} likely: {}", percent(cause.weight), foreign(&cause.why));
    let lines = wrap(&text, page.content_columns());
    for line in lines.iter().take(LINES) {
        page.styled_row("", page.palette().dim, line);
    }
}

fn story(row: &IncidentRow, extent: &Extent, page: &mut Page) {
    let clocks: Vec<String> = row.story.iter().map(|step| step_clock(step, row)).collect();
    let columns = clocks.iter().take(extent.story).map(|clock| width(clock)).max().unwrap_or(0);
    for (index, (step, clock)) in row.story.iter().zip(&clocks).take(extent.story).enumerate() {
        page.label(if index == 0 { "story" } else { "" });
        page.span(page.palette().dim, clock);
        let left = if columns == 0 { 0 } else { columns + 2 };
        page.blanks(left - width(clock));
        step_text(step, left, page);
    }
    let more = row.story.len().saturating_sub(extent.story) as u64;
    if more > 0 {
        page.styled_row(
            "",
            page.palette().dim,
            &format!("{}; -v shows all", counted(more, "more step", "more steps")),
        );
    }
}

fn step_clock(step: &StoryRow, row: &IncidentRow) -> String {
    step.time.as_ref().map(|time| clock(time, row.start.as_deref())).unwrap_or_default()
}

fn step_text(step: &StoryRow, left: usize, page: &mut Page) {
    const LINES: usize = 4;
    let room = page.content_columns().saturating_sub(left);
    for (index, line) in wrap(&foreign(&step.sentence), room).iter().take(LINES).enumerate() {
        page.blanks(if index == 0 { 0 } else { CONTENT + left });
        page.span(anstyle::Style::new(), line);
        page.end_line();
    }
    let kind = foreign(&step.kind);
    let columns = room.saturating_sub(width(&kind) + 3).min(PLACE);
    let place =
        place(step.file.as_deref(), step.line, columns).or_else(|| step.stream.as_deref().map(foreign));
    let place = place.map(|place| format!(" · {}", shorten_middle(&place, columns))).unwrap_or_default();
    page.blanks(CONTENT + left);
    page.span(page.palette().dim, &format!("{kind}{place}"));
    page.end_line();
}

/// The strongest evidence of the incident's findings: expected against seen.
fn evidence(row: &IncidentRow, findings: &[FindingRow], extent: &Extent, page: &mut Page) {
    let own = findings.iter().filter(|finding| finding.incident_id.as_deref() == Some(row.id.as_str()));
    let mut rows: Vec<&EvidenceRow> = own.flat_map(|finding| &finding.evidence).collect();
    rows.sort_by(|a, b| b.surprise.total_cmp(&a.surprise));
    rows.truncate(extent.evidence);
    if rows.is_empty() {
        return;
    }
    let cells: Vec<[String; 3]> =
        rows.iter().map(|row| [foreign(&row.kind), number(row.expected), number(row.seen)]).collect();
    let titles = ["", "expected", "seen"];
    let widest =
        |nth: usize| cells.iter().map(|row| width(&row[nth])).max().unwrap_or(0).max(width(titles[nth]));
    let columns = [widest(0), widest(1), widest(2)];
    let dim = page.palette().dim;
    table_row("evidence", &titles.map(str::to_owned), columns, dim, "", page);
    for (row, cells) in rows.iter().zip(&cells) {
        table_row("", cells, columns, anstyle::Style::new(), &row.sentence, page);
    }
}

fn table_row(
    label: &str,
    cells: &[String; 3],
    columns: [usize; 3],
    style: anstyle::Style,
    sentence: &str,
    page: &mut Page,
) {
    const GAP: usize = 2;
    const SHORTEST: usize = 24;
    let [kind, expected, seen] = cells;
    page.label(label);
    page.span(page.palette().name, kind);
    page.blanks(columns[0] - width(kind) + GAP + columns[1] - width(expected));
    page.span(style, expected);
    page.blanks(GAP + columns[2] - width(seen));
    page.span(style, seen);
    let used: usize = columns.iter().map(|columns| columns + GAP).sum();
    let room = page.content_columns().saturating_sub(used);
    if room >= SHORTEST {
        page.blanks(GAP);
        page.span(page.palette().dim, &shorten_end(&foreign(sentence), room));
    }
    page.end_line();
}

/// How many incidents of each severity, the gravest first.
pub(super) fn severities(incidents: &[IncidentRow]) -> String {
    let counted = |name: &&str| {
        let count = incidents.iter().filter(|row| row.severity == *name).count() as u64;
        (count > 0).then(|| format!("{} {name}", thousands(count)))
    };
    let parts: Vec<String> = ["critical", "high", "medium", "low"].iter().filter_map(counted).collect();
    parts.join(" · ")
}
