//! An input, or all of them together, in: a heading with labelled rows out.

use std::collections::BTreeMap;

use super::TABLE_FROM;
use super::figures::{bytes, counted, duration, moment, percent, share, thousands};
use super::layout::{Bar, Page, foreign, input_name, shorten_middle, width};
use crate::ScanReport;
use crate::scan_report::{
    Asked, Format, Input, LevelCount, LineBalance, Streams, TemplatesOverview, TimeRange,
};

const STREAM_NAME: usize = 40;
/// What is said of a log in which no record has a level, and of an empty one.
pub(super) const NO_LEVEL: &str = "none: no record states its level";
pub(super) const NO_LINE: &str = "there is not one line in it";

/// Everything about one input.
pub(super) fn input(input: &Input, page: &mut Page) {
    page.heading(&input_name(&input.name), &size(&input.balance, input.bytes));
    files(input, page);
    if input.balance.lines == 0 {
        return page.row("empty", NO_LINE);
    }
    for (index, format) in input.formats.iter().enumerate() {
        self::format(if index == 0 { "format" } else { "" }, format, page);
    }
    time(input.time.as_ref(), page);
    assumed(input, page);
    streams(input, page);
    levels(&input.levels, page);
    balance(&input.balance, page);
}

/// The zone and what else was assumed of one input.
pub(super) fn assumed(input: &Input, page: &mut Page) {
    if let Some(zone) = &input.zone {
        page.row("zone", &foreign(zone));
    }
    for (index, assumption) in input.assumptions.iter().enumerate() {
        page.row(if index == 0 { "assumed" } else { "" }, &foreign(assumption));
    }
}

/// All inputs together.
pub(super) fn totals(report: &ScanReport, page: &mut Page) {
    let totals = &report.totals;
    if totals.inputs == 0 {
        return;
    }
    let name = counted(totals.inputs, "input", "inputs");
    page.heading(&name, &size(&totals.balance, totals.bytes));
    time(totals.time.as_ref(), page);
    if report.inputs.len() >= TABLE_FROM {
        zones(&report.inputs, page);
        assumptions(&report.inputs, page);
    }
    levels(&totals.levels, page);
    balance(&totals.balance, page);
}

/// The most frequent and the rarest templates.
pub(super) fn templates(overview: &TemplatesOverview, page: &mut Page) {
    if overview.count == 0 {
        return;
    }
    let mut aside = String::new();
    if overview.forgotten_records > 0 {
        aside = counted(overview.forgotten_records, "record forgotten", "records forgotten");
    }
    page.heading(&counted(overview.count, "template", "templates"), &aside);
    let all = || overview.top.iter().chain(&overview.rare);
    let figures = all().map(|brief| width(&thousands(brief.count))).max().unwrap_or(0);
    let level = all().map(|brief| width(&brief.level)).max().unwrap_or(0);
    for (label, list) in [("top", &overview.top), ("rare", &overview.rare)] {
        for (nth, brief) in list.iter().enumerate() {
            page.brief(if nth == 0 { label } else { "" }, brief, figures, level);
        }
    }
}

/// What was asked for, where that was not everything.
pub(super) fn asked(asked: &Asked, page: &mut Page) {
    let since = asked.since.as_ref().map(|time| format!("since {}", moment(time)));
    let until = asked.until.as_ref().map(|time| format!("until {}", moment(time)));
    let stream = asked.stream.as_ref().map(|glob| format!("streams matching {}", foreign(glob)));
    let items: Vec<String> = [since, until, stream].into_iter().flatten().collect();
    page.list("asked", &items);
}

fn size(balance: &LineBalance, size: u64) -> String {
    format!("{} · {}", counted(balance.lines, "line", "lines"), bytes(size))
}

fn files(input: &Input, page: &mut Page) {
    let same = matches!(input.files.as_slice(), [only] if *only == input.name);
    if same || input.files.is_empty() {
        return;
    }
    let mut text = counted(input.files.len() as u64, "file", "files");
    if let [first, .., last] = input.files.as_slice() {
        let name = |path: &str| shorten_middle(&foreign(file_name(path)), STREAM_NAME);
        text = format!("{text}, oldest first: {} … {}", name(first), name(last));
    }
    page.row("files", &text);
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn format(label: &str, format: &Format, page: &mut Page) {
    let mut about = format!("fits {}", percent(format.confidence));
    if format.since_line > 1 {
        about = format!("{about}, from line {}", thousands(format.since_line));
    }
    page.definition(label, &foreign(&format.name), &about, &foreign(&format.pattern));
}

fn time(range: Option<&TimeRange>, page: &mut Page) {
    match range {
        None => page.row("time", "none found"),
        Some(range) => {
            let (first, last) = (moment(&range.first), moment(&range.last));
            page.list("time", &[format!("{first} → {last}"), duration(range.seconds)]);
        }
    }
}

/// A stream list that only repeats the input's name says nothing.
fn streams(input: &Input, page: &mut Page) {
    let Streams { count, largest, other_records } = &input.streams;
    if *count == 0 || (*count == 1 && largest.first().is_some_and(|stream| stream.name == input.name)) {
        return;
    }
    let listed = largest.iter().map(|stream| {
        format!("{} {}", shorten_middle(&foreign(&stream.name), STREAM_NAME), thousands(stream.records))
    });
    let rest = count.saturating_sub(largest.len() as u64);
    let rest = (rest > 0).then(|| format!("{} more {}", thousands(rest), thousands(*other_records)));
    let items: Vec<String> = listed.chain(rest).collect();
    page.list("streams", &items);
}

fn levels(levels: &[LevelCount], page: &mut Page) {
    let whole: u64 = levels.iter().map(|count| count.records).sum();
    match levels {
        [] => {}
        [only] if only.level == "none" => page.row("levels", NO_LEVEL),
        _ => {
            let bars: Vec<Bar> = levels.iter().map(|count| bar(count, whole, page)).collect();
            page.bars("levels", &bars);
        }
    }
}

fn bar(count: &LevelCount, whole: u64, page: &Page) -> Bar {
    let share = share(count.records, whole);
    Bar {
        name: foreign(&count.level),
        count: thousands(count.records),
        percent: percent(share),
        share,
        style: page.palette().level(&count.level),
    }
}

pub(super) fn balance(balance: &LineBalance, page: &mut Page) {
    let reasons: Vec<String> = balance
        .skipped
        .iter()
        .filter(|(_, lines)| **lines > 0)
        .map(|(reason, lines)| format!("{} {}", foreign(reason), thousands(*lines)))
        .collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    let text = format!(
        "{} = {} + {} + {} skipped{reasons}",
        counted(balance.lines, "line", "lines"),
        counted(balance.records, "record", "records"),
        counted(balance.continuations, "continuation line", "continuation lines"),
        thousands(balance.skipped_in_all()),
    );
    if balance.holds {
        page.row("balance", &text);
    } else {
        page.alarm("balance", &format!("{text}: this does not add up, please report it"));
    }
}

/// The zones of many inputs, without the figures that differ from one to the next.
pub(super) fn zones(inputs: &[Input], page: &mut Page) {
    let mut zones: BTreeMap<&str, u64> = BTreeMap::new();
    for zone in inputs.iter().filter_map(|input| input.zone.as_deref()) {
        *zones.entry(zone.split(',').next().unwrap_or(zone)).or_default() += 1;
    }
    let items: Vec<String> = zones
        .into_iter()
        .map(|(zone, count)| format!("{} in {}", foreign(zone), counted(count, "input", "inputs")))
        .collect();
    page.list("zone", &items);
}

/// What was assumed of many inputs, by topic.
pub(super) fn assumptions(inputs: &[Input], page: &mut Page) {
    let mut topics: BTreeMap<&str, u64> = BTreeMap::new();
    for assumption in inputs.iter().flat_map(|input| &input.assumptions) {
        *topics.entry(assumption.split(':').next().unwrap_or(assumption)).or_default() += 1;
    }
    let items: Vec<String> = topics
        .into_iter()
        .map(|(topic, count)| format!("{} in {}", foreign(topic), counted(count, "input", "inputs")))
        .collect();
    page.list("assumed", &items);
}
