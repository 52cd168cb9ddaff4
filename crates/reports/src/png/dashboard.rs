//! A report in, the whole picture out: the answer, the volume with its incidents, and four panels beneath.

use super::canvas::{Canvas, Colour};
use super::font::Font;
use super::{HEIGHT, WIDTH, panels};
use crate::ScanReport;
use crate::detection::{Detection, IncidentRow};
use crate::escape::for_terminal;
use crate::text::figures::{clock, counted, duration, moment};

/// The ground, cards on it, text, text beside it, lines.
pub(super) const GROUND: Colour = [247, 247, 245];
const CARD: Colour = [255, 255, 255];
pub(super) const INK: Colour = [27, 29, 33];
pub(super) const SOFT: Colour = [92, 99, 110];
pub(super) const LINE: Colour = [226, 226, 221];
/// Records, warnings, errors.
pub(super) const RECORDS: Colour = [169, 185, 201];
pub(super) const WARNINGS: Colour = [220, 157, 7];
pub(super) const ERRORS: Colour = [207, 47, 95];

pub(super) const MARGIN: f32 = 40.0;
pub(super) const GAP: f32 = 20.0;

/// What a panel is drawn with.
#[derive(Debug)]
pub(super) struct Brushes {
    pub(super) canvas: Canvas,
    pub(super) regular: Font,
    pub(super) medium: Font,
}

/// Where a panel draws.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

/// The whole picture.
pub(super) fn drawn(report: &ScanReport) -> Canvas {
    let canvas = Canvas::new(WIDTH, HEIGHT, GROUND);
    let mut brushes = Brushes { canvas, regular: Font::regular(), medium: Font::medium() };
    let nothing = Detection::default();
    let detection = report.detection.as_ref().unwrap_or(&nothing);
    headline(report, &mut brushes);
    let whole = WIDTH as f32 - 2.0 * MARGIN;
    let half = (whole - GAP) / 2.0;
    let right = MARGIN + half + GAP;
    let rows = [(120.0, 284.0), (424.0, 258.0), (702.0, 264.0)];
    let card = |x: f32, row: usize, width: f32| {
        let (y, height) = rows[row];
        Area { x, y, width, height }
    };
    panels::volume(detection, panel(card(MARGIN, 0, whole), "Records over time", &mut brushes), &mut brushes);
    panels::levels(
        detection,
        panel(card(MARGIN, 1, half), "Warnings and errors", &mut brushes),
        &mut brushes,
    );
    let title = if detection.incidents.is_empty() { "Not counted: the most surprising" } else { "Incidents" };
    panels::incidents(detection, panel(card(right, 1, half), title, &mut brushes), &mut brushes);
    let templates = panel(card(MARGIN, 2, half), "Most frequent templates", &mut brushes);
    panels::templates(report.templates.as_ref(), templates, &mut brushes);
    let scores = panel(card(right, 2, half), "How surprising everything was", &mut brushes);
    panels::scores(&detection.scores, scores, &mut brushes);
    brushes.canvas
}

fn headline(report: &ScanReport, brushes: &mut Brushes) {
    let title = match report.detection.as_ref().map(|detection| detection.incidents.len() as u64) {
        None => "What was read".to_owned(),
        Some(0) => "No incident".to_owned(),
        Some(count) => counted(count, "incident", "incidents"),
    };
    brushes.write_medium(40.0, MARGIN, 66.0, INK, &title);
    let mut about = vec![counted(report.totals.balance.records, "record", "records")];
    about.push(counted(report.totals.inputs, "input", "inputs"));
    if let Some(range) = &report.totals.time {
        about.push(format!("{} – {} UTC", day_and_time(&range.first), time_of(&range.last, &range.first)));
        about.push(duration(range.seconds));
    }
    if let Some(detection) = &report.detection {
        about.push(format!("budget {}", shown(&detection.budget.asked)));
    }
    let about = brushes.regular.fitting(&about.join("  ·  "), 19.0, WIDTH as f32 - 2.0 * MARGIN);
    brushes.write(19.0, MARGIN, 98.0, SOFT, &about);
    let product = format!("{} {}", report.product.name, report.product.version);
    let product = brushes.regular.fitting(&shown(&product), 19.0, 400.0);
    brushes.write_to(19.0, WIDTH as f32 - MARGIN, 66.0, SOFT, &product);
}

fn day_and_time(time: &str) -> String {
    moment(time).trim_end_matches('Z').to_owned()
}

fn time_of(time: &str, day: &str) -> String {
    clock(time, Some(day)).trim_end_matches('Z').to_owned()
}

/// Draws a card and its title, and gives what is left for its content.
pub(super) fn panel(area: Area, title: &str, brushes: &mut Brushes) -> Area {
    let Area { x, y, width, height } = area;
    brushes.canvas.rounded(x, y, width, height, 12.0, LINE);
    brushes.canvas.rounded(x + 1.0, y + 1.0, width - 2.0, height - 2.0, 11.0, CARD);
    brushes.write_medium(18.0, x + 22.0, y + 34.0, INK, title);
    Area { x: x + 22.0, y: y + 52.0, width: width - 44.0, height: height - 70.0 }
}

/// Text of a log as the picture may show it.
pub(super) fn shown(text: &str) -> String {
    for_terminal(text).into_owned()
}

/// The colour of an incident.
pub(super) fn colour_of(row: &IncidentRow) -> Colour {
    match row.severity.as_str() {
        "critical" => [165, 14, 58],
        "high" => [200, 66, 11],
        "medium" => [166, 116, 0],
        _ => [47, 102, 163],
    }
}

impl Brushes {
    /// Text from a place on; gives where it ends.
    pub(super) fn write(&mut self, size: f32, x: f32, y: f32, colour: Colour, text: &str) -> f32 {
        self.canvas.text(&self.regular, size, x, y, colour, text)
    }

    /// The same, stronger.
    pub(super) fn write_medium(&mut self, size: f32, x: f32, y: f32, colour: Colour, text: &str) -> f32 {
        self.canvas.text(&self.medium, size, x, y, colour, text)
    }

    /// Text that ends at a place.
    pub(super) fn write_to(&mut self, size: f32, x: f32, y: f32, colour: Colour, text: &str) {
        let left = x - self.regular.width(text, size);
        self.write(size, left, y, colour, text);
    }

    /// Text around a place.
    pub(super) fn write_around(&mut self, size: f32, x: f32, y: f32, colour: Colour, text: &str) {
        let left = x - self.regular.width(text, size) / 2.0;
        self.write(size, left, y, colour, text);
    }
}
