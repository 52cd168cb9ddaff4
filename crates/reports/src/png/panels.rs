//! The parts of a report in, panels of the picture out.

use super::axes::{self, compact, round_above};
use super::canvas::Colour;
use super::dashboard::{Area, Brushes, ERRORS, INK, LINE, RECORDS, SOFT, WARNINGS, colour_of, shown};
use crate::detection::{Detection, IncidentRow, Scores, Volume};
use crate::scan_report::TemplatesOverview;
use crate::text::figures::{clock, duration, percent, thousands};

/// The size of letters at scales, and of all others.
const SMALL: f32 = 14.0;
const USUAL: f32 = 17.0;
/// What scales take from a panel: at the left, at the bottom.
const LEFT: f32 = 52.0;
const BOTTOM: f32 = 22.0;

/// All records, with the incidents upon them.
pub(super) fn volume(detection: &Detection, area: Area, brushes: &mut Brushes) {
    let volume = &detection.volume;
    if volume.records.len() < 2 {
        return say("no times, or too little of them", area, brushes);
    }
    let plot = plot(area, 20.0);
    let rows = together(volume, plot.width);
    let most = round_above(rows.iter().map(|row| row[0]).max().unwrap_or(0) as f64);
    scale(most, &plot, brushes);
    for (nth, row) in detection.incidents.iter().enumerate().rev() {
        incident(nth + 1, row, volume.records.len(), &plot, brushes);
    }
    let bar = |row: &[u64; 3]| {
        [(row[0].saturating_sub(row[1] + row[2]), RECORDS), (row[1], WARNINGS), (row[2], ERRORS)]
    };
    bars(rows.iter().map(bar), rows.len(), most, &plot, brushes);
    time_scale(volume, &plot, 12, brushes);
}

/// Warnings and errors alone, since among all records they hardly show.
pub(super) fn levels(detection: &Detection, area: Area, brushes: &mut Brushes) {
    let volume = &detection.volume;
    if volume.records.len() < 2 || volume.warnings.iter().chain(&volume.errors).all(|records| *records == 0) {
        return say("no warning and no error", area, brushes);
    }
    legend(&[("warnings", WARNINGS), ("errors and graver", ERRORS)], area, brushes);
    let plot = plot(area, 0.0);
    let rows = together(volume, plot.width);
    let most = round_above(rows.iter().map(|row| row[1] + row[2]).max().unwrap_or(0) as f64);
    scale(most, &plot, brushes);
    bars(rows.iter().map(|row| [(row[1], WARNINGS), (row[2], ERRORS)]), rows.len(), most, &plot, brushes);
    time_scale(volume, &plot, 6, brushes);
}

/// Rows of a list, and how tall one is.
const ROWS: usize = 4;
const TALL: f32 = 46.0;

/// The incidents, by number; where there is none, the most surprising of what was held.
pub(super) fn incidents(detection: &Detection, area: Area, brushes: &mut Brushes) {
    if detection.incidents.is_empty() {
        return held(detection, area, brushes);
    }
    for (nth, row) in detection.incidents.iter().take(ROWS).enumerate() {
        let y = area.y + nth as f32 * TALL;
        badge(nth + 1, row, area.x, y, brushes);
        let mut about = vec![shown(&row.severity)];
        about.extend(row.start.as_ref().map(|start| clock(start, None)));
        about.extend(row.start.as_ref().map(|_| duration(row.seconds)));
        about.extend(row.causes.first().map(|cause| format!("{}:{}", shown(&cause.file), cause.line)));
        let beside = Area { x: area.x + 36.0, y, width: area.width - 36.0, height: TALL };
        two_lines(&row.title, &about, beside, brushes);
    }
    let more = detection.incidents.len().saturating_sub(ROWS) as u64;
    if more > 0 {
        let more = format!("{} more", thousands(more));
        brushes.write(SMALL, area.x + 36.0, area.y + area.height + 6.0, SOFT, &more);
    }
}

fn held(detection: &Detection, area: Area, brushes: &mut Brushes) {
    let held: Vec<_> = detection.findings.iter().filter(|row| row.incident_id.is_none()).take(ROWS).collect();
    if held.is_empty() {
        return say("nothing", area, brushes);
    }
    for (nth, row) in held.into_iter().enumerate() {
        let mut about = vec![shown(&row.kind)];
        about.extend(row.held.as_ref().map(|reason| shown(reason).replace('-', " ")));
        about.extend(row.file.as_ref().zip(row.line).map(|(file, line)| format!("{}:{line}", shown(file))));
        two_lines(&row.explanation, &about, Area { y: area.y + nth as f32 * TALL, ..area }, brushes);
    }
}

fn two_lines(title: &str, about: &[String], area: Area, brushes: &mut Brushes) {
    let title = brushes.medium.fitting(&shown(title), USUAL, area.width);
    brushes.write_medium(USUAL, area.x, area.y + 16.0, INK, &title);
    let about = brushes.regular.fitting(&about.join("  ·  "), SMALL, area.width);
    brushes.write(SMALL, area.x, area.y + 36.0, SOFT, &about);
}

/// The most frequent templates, a bar each.
pub(super) fn templates(overview: Option<&TemplatesOverview>, area: Area, brushes: &mut Brushes) {
    const ROWS: usize = 6;
    let top = overview.map_or(&[][..], |overview| &overview.top);
    let most = top.iter().map(|brief| brief.share).fold(0.0, f64::max);
    if most <= 0.0 {
        return say("no templates were made", area, brushes);
    }
    let tall = area.height / ROWS as f32;
    for (nth, brief) in top.iter().take(ROWS).enumerate() {
        let y = area.y + nth as f32 * tall;
        let figures = format!("{}  ·  {}", thousands(brief.count), percent(brief.share));
        let room = area.width - brushes.regular.width(&figures, SMALL) - 24.0;
        let text = brushes.regular.fitting(&shown(&brief.template), 15.0, room);
        brushes.write(15.0, area.x, y + 14.0, INK, &text);
        brushes.write_to(SMALL, area.x + area.width, y + 14.0, SOFT, &figures);
        let width = (brief.share / most) as f32 * area.width;
        brushes.canvas.rectangle(area.x, y + 20.0, area.width, 4.0, LINE, 0.6);
        brushes.canvas.rectangle(area.x, y + 20.0, width.max(2.0), 4.0, RECORDS, 1.0);
    }
}

/// How much there was of each score; a line where things begin to be raised.
pub(super) fn scores(scores: &Scores, area: Area, brushes: &mut Brushes) {
    let highest = scores.counts.iter().copied().max().unwrap_or(0);
    if highest == 0 || scores.step <= 0.0 {
        return say("nothing was weighed", area, brushes);
    }
    let plot = plot(area, 0.0);
    // Each power of ten takes the same height, so that one stays visible beside a million.
    let powers = highest.ilog10() + 1;
    for power in 0..=powers {
        let y = plot.y + plot.height - plot.height * power as f32 / powers as f32;
        brushes.canvas.rectangle(plot.x, y, plot.width, 1.0, LINE, 1.0);
        if powers < 6 || power.is_multiple_of(2) {
            brushes.write_to(SMALL, plot.x - 10.0, y + 5.0, SOFT, &compact(10f64.powi(power as i32)));
        }
    }
    let wide = plot.width / scores.counts.len() as f32;
    for (nth, count) in scores.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let share = ((*count as f32).log10() / powers as f32).max(0.02);
        let raised = (nth as f64 + 1.0) * scores.step > scores.threshold;
        let colour = if raised { ERRORS } else { RECORDS };
        let tall = plot.height * share;
        brushes.canvas.rectangle(
            plot.x + nth as f32 * wide,
            plot.y + plot.height - tall,
            (wide - 1.5).max(1.0),
            tall,
            colour,
            1.0,
        );
    }
    let end = scores.step * scores.counts.len() as f64;
    threshold((scores.threshold / end) as f32, &plot, brushes);
    let step = round_above(end / 7.0);
    for score in (0..=7).map(|nth| f64::from(nth) * step).filter(|score| *score <= end) {
        let x = plot.x + plot.width * (score / end) as f32;
        brushes.write_around(SMALL, x, plot.y + plot.height + 18.0, SOFT, &compact(score));
    }
}

fn threshold(share: f32, plot: &Area, brushes: &mut Brushes) {
    if !(0.0..=1.0).contains(&share) {
        return;
    }
    let x = plot.x + plot.width * share;
    brushes.canvas.rectangle(x - 1.0, plot.y, 2.0, plot.height, INK, 0.7);
    let label = "raised from here on";
    if share < 0.7 {
        brushes.write(SMALL, x + 8.0, plot.y + 12.0, INK, label);
    } else {
        brushes.write_to(SMALL, x - 8.0, plot.y + 12.0, INK, label);
    }
}

/// The part of a panel between the scales; `above` is kept free.
fn plot(area: Area, above: f32) -> Area {
    Area {
        x: area.x + LEFT,
        y: area.y + above,
        width: area.width - LEFT,
        height: area.height - above - BOTTOM,
    }
}

/// Intervals summed until their bars are at least three pixels wide: all records, warnings, errors.
fn together(volume: &Volume, width: f32) -> Vec<[u64; 3]> {
    let intervals = volume.records.len();
    let size = (intervals as f32 * 3.0 / width).ceil().max(1.0) as usize;
    let sum = |list: &[u64], from: usize| -> u64 { list.iter().skip(from).take(size).sum() };
    let lists = [&volume.records, &volume.warnings, &volume.errors];
    (0..intervals).step_by(size).map(|from| lists.map(|list| sum(list, from))).collect()
}

fn bars<const N: usize>(
    rows: impl Iterator<Item = [(u64, Colour); N]>,
    count: usize,
    most: f64,
    plot: &Area,
    brushes: &mut Brushes,
) {
    let wide = plot.width / count as f32;
    let gap = if wide > 5.0 { 1.0 } else { 0.0 };
    for (nth, row) in rows.enumerate() {
        // Edges on whole pixels: between two that share a pixel the ground would shine through.
        let left = (plot.x + nth as f32 * wide).round();
        let right = (plot.x + (nth + 1) as f32 * wide).round();
        let mut bottom = plot.y + plot.height;
        for (records, colour) in row.into_iter().filter(|(records, _)| *records > 0) {
            let tall = ((records as f64 / most) as f32 * plot.height).max(1.0);
            bottom -= tall;
            brushes.canvas.rectangle(left, bottom, right - left - gap, tall, colour, 1.0);
        }
    }
}

fn incident(number: usize, row: &IncidentRow, intervals: usize, plot: &Area, brushes: &mut Brushes) {
    let Some((first, last)) = row.intervals else { return };
    let at = |interval: u64| plot.x + plot.width * (interval as f32 / intervals as f32).min(1.0);
    let (left, right) = (at(first).round(), at(last.saturating_add(1)).round());
    let width = (right - left).max(3.0);
    brushes.canvas.rectangle(left, plot.y - 8.0, width, plot.height + 8.0, colour_of(row), 0.14);
    brushes.canvas.rectangle(left, plot.y - 14.0, width, 5.0, colour_of(row), 1.0);
    let middle = (left + width / 2.0 - 11.0).round();
    badge(number, row, middle.min(plot.x + plot.width - 22.0), plot.y - 30.0, brushes);
}

fn badge(number: usize, row: &IncidentRow, x: f32, y: f32, brushes: &mut Brushes) {
    brushes.canvas.rounded(x, y, 22.0, 20.0, 6.0, colour_of(row));
    let number = number.to_string();
    let left = x + 11.0 - brushes.medium.width(&number, SMALL) / 2.0;
    brushes.write_medium(SMALL, left, y + 15.0, [255; 3], &number);
}

fn scale(most: f64, plot: &Area, brushes: &mut Brushes) {
    for quarter in [0.0f32, 0.5, 1.0] {
        let y = plot.y + plot.height * (1.0 - quarter);
        brushes.canvas.rectangle(plot.x, y, plot.width, 1.0, LINE, 1.0);
        brushes.write_to(SMALL, plot.x - 10.0, y + 5.0, SOFT, &compact(most * f64::from(quarter)));
    }
}

fn time_scale(volume: &Volume, plot: &Area, most: u64, brushes: &mut Brushes) {
    let seconds = volume.step_seconds.saturating_mul(volume.records.len() as u64);
    let Some(start) = &volume.start else { return };
    for (place, label) in axes::times(start, seconds, most) {
        let x = plot.x + plot.width * (place as f32 / seconds.max(1) as f32);
        let half = brushes.regular.width(&label, SMALL) / 2.0;
        let x = x.clamp(plot.x + half - 4.0, plot.x + plot.width - half);
        brushes.write_around(SMALL, x, plot.y + plot.height + 18.0, SOFT, &label);
    }
}

fn legend(items: &[(&str, Colour)], area: Area, brushes: &mut Brushes) {
    let mut right = area.x + area.width;
    for (name, colour) in items.iter().rev() {
        brushes.write_to(SMALL, right, area.y - 18.0, SOFT, name);
        right = (right - brushes.regular.width(name, SMALL) - 18.0).floor();
        brushes.canvas.rounded(right, area.y - 29.0, 12.0, 12.0, 3.0, *colour);
        right -= 18.0;
    }
}

fn say(text: &str, area: Area, brushes: &mut Brushes) {
    brushes.write(USUAL, area.x, area.y + 20.0, SOFT, text);
}
