//! The curves of an evaluation in, pictures out: a model with its ROC, its precision over recall, its scores and its
//! errors, or several models over each other.

use std::io;

use super::axes::{compact, round_above};
use super::canvas::{Canvas, Colour};
use super::dashboard::{Area, Brushes, ERRORS, GAP, GROUND, INK, LINE, MARGIN, RECORDS, SOFT, panel, shown};
use super::encode;
use super::font::Font;
use super::{HEIGHT, WIDTH};
use crate::eval_report::{CurvesRow, EvalReport, ModelFigures};
use crate::text::figures::{counted, percent, share, thousands};

/// The size of letters at scales, and of all others.
const SMALL: f32 = 14.0;
const USUAL: f32 = 17.0;
/// What scales take from a panel: at the left, at the bottom.
const LEFT: f32 = 52.0;
const BOTTOM: f32 = 40.0;
/// The thickness of a curve.
const STROKE: f32 = 2.5;
/// Colours of curves, which differ in brightness, too.
const CURVES: [Colour; 10] = [
    [47, 102, 163],
    [207, 47, 95],
    [220, 157, 7],
    [34, 139, 94],
    [120, 79, 178],
    [13, 160, 183],
    [150, 75, 20],
    [232, 112, 66],
    [92, 99, 110],
    [171, 191, 60],
];
/// Models that fit beside the curves.
const MOST: usize = 24;

/// Draws one model.
pub fn model(report: &EvalReport, figures: &ModelFigures, out: &mut dyn io::Write) -> io::Result<()> {
    encode::write(&drawn(report, figures), out)
}

/// Draws all models over each other.
pub fn models(report: &EvalReport, out: &mut dyn io::Write) -> io::Result<()> {
    encode::write(&drawn_together(report), out)
}

fn brushes() -> Brushes {
    let canvas = Canvas::new(WIDTH, HEIGHT, GROUND);
    Brushes { canvas, regular: Font::regular(), medium: Font::medium() }
}

fn card(column: usize, row: usize, wide: bool) -> Area {
    let whole = WIDTH as f32 - 2.0 * MARGIN;
    let half = (whole - GAP) / 2.0;
    let height = (HEIGHT as f32 - 120.0 - 34.0 - GAP) / 2.0;
    Area {
        x: MARGIN + column as f32 * (half + GAP),
        y: 120.0 + row as f32 * (height + GAP),
        width: if wide { whole } else { half },
        height,
    }
}

fn drawn(report: &EvalReport, figures: &ModelFigures) -> Canvas {
    let mut brushes = brushes();
    headline(&shown(&figures.model), report, &mut brushes);
    let nothing = CurvesRow {
        roc: vec![],
        precision_recall: vec![],
        range: (0.0, 1.0),
        normal: vec![],
        abnormal: vec![],
    };
    let curves = figures.curves.as_ref().unwrap_or(&nothing);
    let area = |figure: Option<f64>| figure.map_or_else(|| "·".to_owned(), |figure| format!("{figure:.4}"));
    let title = format!("ROC, area {}", area(figures.roc_auc));
    let plot = plot(panel(card(0, 0, false), &title, &mut brushes));
    unit_square(&plot, ("false alarm rate", "recall"), &mut brushes);
    diagonal(&plot, &mut brushes);
    curve(&curves.roc, &plot, CURVES[0], &mut brushes);
    point(figures.false_alarm_rate, figures.recall, &plot, &mut brushes);
    let title = format!("Precision over recall, average {}", area(figures.average_precision));
    let plot = self::plot(panel(card(1, 0, false), &title, &mut brushes));
    unit_square(&plot, ("recall", "precision"), &mut brushes);
    curve(&curves.precision_recall, &plot, CURVES[0], &mut brushes);
    point(figures.recall, Some(figures.precision), &plot, &mut brushes);
    let scores = panel(card(0, 1, false), "Scores of normal and abnormal ones", &mut brushes);
    distribution(curves, figures.threshold, scores, &mut brushes);
    let errors = panel(card(1, 1, false), "What was flagged", &mut brushes);
    confusion(figures, errors, &mut brushes);
    brushes.canvas
}

fn drawn_together(report: &EvalReport) -> Canvas {
    let mut brushes = brushes();
    headline(&counted(report.models.len() as u64, "model", "models"), report, &mut brushes);
    let roc = plot(panel(card(0, 0, false), "ROC", &mut brushes));
    unit_square(&roc, ("false alarm rate", "recall"), &mut brushes);
    diagonal(&roc, &mut brushes);
    let recalled = plot(panel(card(1, 0, false), "Precision over recall", &mut brushes));
    unit_square(&recalled, ("recall", "precision"), &mut brushes);
    // The first model is drawn last, over all others.
    for (nth, figures) in report.models.iter().enumerate().rev() {
        let Some(curves) = &figures.curves else { continue };
        curve(&curves.roc, &roc, CURVES[nth % CURVES.len()], &mut brushes);
        curve(&curves.precision_recall, &recalled, CURVES[nth % CURVES.len()], &mut brushes);
    }
    let list = panel(card(0, 1, true), "Area under ROC, and F1 at the automatic threshold", &mut brushes);
    names(report, list, &mut brushes);
    brushes.canvas
}

fn headline(title: &str, report: &EvalReport, brushes: &mut Brushes) {
    let title = brushes.medium.fitting(title, 40.0, WIDTH as f32 - 2.0 * MARGIN - 240.0);
    brushes.write_medium(40.0, MARGIN, 66.0, INK, &title);
    let unit = &report.unit;
    let about = [
        shown(&report.name),
        counted(report.test_units, &format!("{unit} tested"), &format!("{unit}s tested")),
        format!("{} abnormal", thousands(report.abnormal)),
    ];
    let about = brushes.regular.fitting(&about.join("  ·  "), 19.0, WIDTH as f32 - 2.0 * MARGIN);
    brushes.write(19.0, MARGIN, 98.0, SOFT, &about);
    let product = format!("{} {}", report.product.name, report.product.version);
    brushes.write_to(19.0, WIDTH as f32 - MARGIN, 66.0, SOFT, &shown(&product));
}

fn plot(area: Area) -> Area {
    Area { x: area.x + LEFT, y: area.y, width: area.width - LEFT, height: area.height - BOTTOM }
}

/// Both scales from 0 to 1.
fn unit_square(plot: &Area, (across, up): (&str, &str), brushes: &mut Brushes) {
    for nth in 0..=4u8 {
        let part = f32::from(nth) / 4.0;
        let label = format!("{part:.2}");
        let y = plot.y + plot.height * (1.0 - part);
        brushes.canvas.rectangle(plot.x, y, plot.width, 1.0, LINE, 1.0);
        brushes.write_to(SMALL, plot.x - 10.0, y + 5.0, SOFT, &label);
        let x = plot.x + plot.width * part;
        brushes.canvas.rectangle(x, plot.y, 1.0, plot.height, LINE, 1.0);
        let half = brushes.regular.width(&label, SMALL) / 2.0;
        let at = x.clamp(plot.x, plot.x + plot.width - half);
        brushes.write_around(SMALL, at, plot.y + plot.height + 18.0, SOFT, &label);
    }
    brushes.write_around(SMALL, plot.x + plot.width / 2.0, plot.y + plot.height + 36.0, SOFT, across);
    brushes.write(SMALL, plot.x + 8.0, plot.y + 16.0, SOFT, up);
}

fn place((x, y): (f64, f64), plot: &Area) -> (f32, f32) {
    let within = |share: f64| if share.is_finite() { share.clamp(0.0, 1.0) as f32 } else { 0.0 };
    (plot.x + plot.width * within(x), plot.y + plot.height * (1.0 - within(y)))
}

fn diagonal(plot: &Area, brushes: &mut Brushes) {
    brushes.canvas.stroke(place((0.0, 0.0), plot), place((1.0, 1.0), plot), 1.0, SOFT);
}

fn curve(points: &[(f64, f64)], plot: &Area, colour: Colour, brushes: &mut Brushes) {
    for pair in points.windows(2) {
        if let [from, to] = pair {
            brushes.canvas.stroke(place(*from, plot), place(*to, plot), STROKE, colour);
        }
    }
}

/// Where the automatic threshold stands.
fn point(x: Option<f64>, y: Option<f64>, plot: &Area, brushes: &mut Brushes) {
    let Some(at) = x.zip(y) else { return };
    let (x, y) = place(at, plot);
    brushes.canvas.rounded(x - 7.0, y - 7.0, 14.0, 14.0, 7.0, INK);
    brushes.canvas.rounded(x - 4.0, y - 4.0, 8.0, 8.0, 4.0, ERRORS);
    let label = "automatic threshold";
    let (left, line) = (x > plot.x + plot.width * 0.6, if y > plot.y + 40.0 { y - 12.0 } else { y + 24.0 });
    if left {
        brushes.write_to(SMALL, x - 4.0, line, INK, label);
    } else {
        brushes.write(SMALL, x + 12.0, line, INK, label);
    }
}

/// Normal ones stand upwards, abnormal ones hang beneath, so that neither hides the other. Each power of ten takes the
/// same height, so that one stays visible beside a million.
fn distribution(curves: &CurvesRow, threshold: Option<f64>, area: Area, brushes: &mut Brushes) {
    let most = curves.normal.iter().chain(&curves.abnormal).copied().max().unwrap_or(0);
    if most == 0 {
        brushes.write(USUAL, area.x, area.y + 20.0, SOFT, "no score");
        return;
    }
    let plot = plot(area);
    let powers = (most.ilog10() + 1) as f32;
    let middle = plot.y + plot.height / 2.0;
    brushes.canvas.rectangle(plot.x, middle, plot.width, 1.0, SOFT, 1.0);
    let wide = plot.width / curves.normal.len().max(1) as f32;
    let tall = |count: u64| plot.height / 2.0 * (((count as f32).log10() / powers).max(0.02));
    for (nth, count) in curves.normal.iter().enumerate().filter(|(_, count)| **count > 0) {
        let x = plot.x + nth as f32 * wide;
        brushes.canvas.rectangle(x, middle - tall(*count), (wide - 1.5).max(1.0), tall(*count), RECORDS, 1.0);
    }
    for (nth, count) in curves.abnormal.iter().enumerate().filter(|(_, count)| **count > 0) {
        let x = plot.x + nth as f32 * wide;
        brushes.canvas.rectangle(x, middle + 1.0, (wide - 1.5).max(1.0), tall(*count), ERRORS, 1.0);
    }
    brushes.write_to(SMALL, plot.x - 10.0, plot.y + 12.0, SOFT, &compact(10f64.powf(f64::from(powers))));
    let right = plot.x + plot.width - 8.0;
    brushes.write_to(SMALL, right, middle - 8.0, SOFT, "normal");
    brushes.write_to(SMALL, right, middle + 20.0, ERRORS, "abnormal");
    score_scale(curves.range, threshold, &plot, brushes);
}

fn score_scale((low, high): (f64, f64), threshold: Option<f64>, plot: &Area, brushes: &mut Brushes) {
    let step = round_above((high - low) / 6.0);
    let first = (low / step).ceil() as i64;
    for score in (0..8).map(|nth| (first + nth) as f64 * step).filter(|score| *score <= high) {
        let x = plot.x + plot.width * ((score - low) / (high - low)) as f32;
        brushes.write_around(SMALL, x, plot.y + plot.height + 18.0, SOFT, &short(score));
    }
    let Some(share) = threshold.map(|line| (line - low) / (high - low)).filter(|at| (0.0..=1.0).contains(at))
    else {
        return;
    };
    let x = plot.x + plot.width * share as f32;
    brushes.canvas.rectangle(x - 1.0, plot.y, 2.0, plot.height, INK, 0.7);
    let label = "flagged from here on";
    if share < 0.7 {
        brushes.write(SMALL, x + 8.0, plot.y + 12.0, INK, label);
    } else {
        brushes.write_to(SMALL, x - 8.0, plot.y + 12.0, INK, label);
    }
}

fn short(score: f64) -> String {
    if score.abs() >= 1000.0 {
        return compact(score);
    }
    let text = format!("{score:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Two rows of two cells, the fuller the darker.
fn confusion(figures: &ModelFigures, area: Area, brushes: &mut Brushes) {
    let cells = [
        [("abnormal, flagged", figures.tp, true), ("abnormal, left alone", figures.fn_, false)],
        [("normal, flagged", figures.fp, false), ("normal, left alone", figures.tn, true)],
    ];
    let (wide, tall) = ((area.width - GAP) / 2.0, (area.height - GAP) / 2.0);
    for (row, pair) in cells.iter().enumerate() {
        let all: u64 = pair.iter().map(|(_, count, _)| count).sum();
        for (column, (label, count, right)) in pair.iter().enumerate() {
            let part = share(*count, all);
            let (x, y) = (area.x + column as f32 * (wide + GAP), area.y + row as f32 * (tall + GAP));
            let colour = if *right { CURVES[0] } else { ERRORS };
            brushes.canvas.rectangle(x, y, wide, tall, colour, 0.06 + 0.34 * part as f32);
            brushes.write(SMALL, x + 14.0, y + 24.0, SOFT, label);
            brushes.write_medium(34.0, x + 14.0, y + tall / 2.0 + 16.0, INK, &thousands(*count));
            let of = if row == 0 { "of the abnormal ones" } else { "of the normal ones" };
            let about = if all > 0 { format!("{} {of}", percent(part)) } else { "there are none".to_owned() };
            brushes.write(SMALL, x + 14.0, y + tall - 14.0, SOFT, &about);
        }
    }
}

/// Names in the colours of their curves, in columns.
fn names(report: &EvalReport, area: Area, brushes: &mut Brushes) {
    const COLUMNS: usize = 3;
    let rows = report.models.len().min(MOST).div_ceil(COLUMNS).max(1);
    let (wide, tall) = (area.width / COLUMNS as f32, (area.height / rows as f32).min(34.0));
    for (nth, figures) in report.models.iter().take(MOST).enumerate() {
        let (x, y) = (area.x + (nth / rows) as f32 * wide, area.y + (nth % rows) as f32 * tall);
        brushes.canvas.rounded(x, y + 2.0, 14.0, 14.0, 3.0, CURVES[nth % CURVES.len()]);
        let auc = figures.roc_auc.map_or_else(|| "·".to_owned(), |auc| format!("{auc:.3}"));
        let about = format!("{auc}   F1 {:.3}", figures.f1);
        let room = wide - 40.0 - brushes.regular.width(&about, USUAL) - 24.0;
        let name = brushes.regular.fitting(&shown(&figures.model), USUAL, room);
        brushes.write(USUAL, x + 24.0, y + 15.0, INK, &name);
        brushes.write_to(USUAL, x + wide - 24.0, y + 15.0, SOFT, &about);
    }
    if report.models.len() > MOST {
        let more = format!("{} more", report.models.len() - MOST);
        brushes.write_to(SMALL, area.x + area.width, area.y - 18.0, SOFT, &more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval_report::sample::{curves, report};

    fn with_curves(models: usize) -> EvalReport {
        let mut report = report();
        report.models[0].curves = Some(curves());
        report.models = report.models.into_iter().cycle().take(models).collect();
        report
    }

    fn ink(canvas: &Canvas) -> usize {
        canvas.pixels().iter().filter(|pixel| **pixel != GROUND).count()
    }

    #[test]
    fn models_with_and_without_curves_have_pictures() {
        let with = with_curves(1);
        let without = report();
        let (with, without) = (drawn(&with, &with.models[0]), drawn(&without, &without.models[0]));
        assert_ne!(with.pixels(), without.pixels());
        let many = drawn_together(&with_curves(40));
        assert!(ink(&many) > 100_000 && many.pixels() != drawn_together(&with_curves(2)).pixels());
    }

    #[test]
    fn figures_that_have_no_meaning_and_odd_curves_draw_nothing_wrong() {
        let mut report = with_curves(1);
        let figures = &mut report.models[0];
        (figures.recall, figures.roc_auc, figures.threshold) = (None, None, Some(f64::NAN));
        figures.model = "\x1b[2J\u{202e}日".repeat(80);
        let curves = figures.curves.as_mut().unwrap();
        curves.roc = vec![(f64::NAN, 0.5), (1e300, -4.0), (0.5, f64::INFINITY)];
        curves.range = (0.0, 0.0);
        curves.normal.clear();
        let mut out = Vec::new();
        model(&report, &report.models[0], &mut out).unwrap();
        models(&report, &mut out).unwrap();
        assert_eq!(out.windows(8).filter(|window| window == b"\x89PNG\r\n\x1a\n").count(), 2);
    }
}
