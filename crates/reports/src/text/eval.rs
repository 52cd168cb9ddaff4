//! An evaluation in, text for people out: what was judged, then for every model its errors and its figures.
//!
//! What only an oracle could know stands in a column of its own under that name, and never in place of the
//! automatic figure. Several models are put side by side first; every figure of each of them only where everything
//! is asked for.

mod side_by_side;

use std::io;

use anstyle::Style;

use super::figures::{bytes, counted, duration, percent, share, thousands};
use super::layout::{Page, foreign, input_name, shorten_end};
use super::palette::Palette;
use super::table::{Column, draw};
use crate::eval_report::{EvalReport, FoldRow, IntervalRow, KindRow, ModelFigures};

/// So many kinds are shown unless all are asked for.
const KINDS: usize = 12;
/// Columns of a kind's row beside its name.
const BESIDE_KIND: usize = 40;
/// What stands for a figure that has no meaning.
const NONE: &str = "·";

/// Writes text for people.
#[derive(Clone, Debug)]
pub struct EvalText {
    /// Columns of the page; brought into [`WIDTHS`](super::WIDTHS).
    pub width: usize,
    /// The colours.
    pub palette: Palette,
    /// All kinds.
    pub everything: bool,
}

impl EvalText {
    /// Writes the whole report.
    pub fn render(&self, report: &EvalReport, out: &mut dyn io::Write) -> io::Result<()> {
        let mut page = Page::for_screen(self.width, &self.palette);
        head(report, &mut page);
        let several = report.models.len() > 1;
        if several {
            self.side_by_side(report, &mut page);
        }
        let alone = report.models.iter().filter(|_| !several || self.everything);
        for figures in alone {
            self.model(report, figures, &mut page);
        }
        page.gap();
        if several && !self.everything {
            page.remark("-v shows every figure of every model, with intervals");
        }
        page.remark("oracle: the threshold that is best on these labels; a bound, and no result");
        out.write_all(page.text().as_bytes())
    }

    fn model(&self, report: &EvalReport, figures: &ModelFigures, page: &mut Page) {
        page.heading(&foreign(&figures.model), &times(figures));
        errors(figures, page);
        page.gap();
        self.figures(report, figures, page);
        if !figures.folds.is_empty() {
            page.gap();
            self.folds(&figures.folds, page);
        }
        if !figures.kinds.is_empty() {
            page.gap();
            self.kinds(&figures.kinds, page);
        }
    }

    fn figures(&self, report: &EvalReport, figures: &ModelFigures, page: &mut Page) {
        let rows = rows(report, figures);
        let plain = Style::new();
        let faint = self.palette.faint;
        let dimmed = |text: &String, style| (text.clone(), if text == NONE { faint } else { style });
        let mut columns = vec![
            Column::left("figure", rows.iter().map(|row| (row.name.clone(), self.palette.title)).collect()),
            Column::right("automatic", rows.iter().map(|row| dimmed(&row.automatic, plain)).collect()),
        ];
        if figures.intervals.is_some() {
            let cells = rows.iter().map(|row| dimmed(&row.interval, self.palette.dim)).collect();
            columns.push(Column::left("95 % interval", cells));
        }
        columns.push(Column::right(
            "oracle",
            rows.iter().map(|row| dimmed(&row.oracle, self.palette.dim)).collect(),
        ));
        draw(&columns, rows.len(), page);
    }

    fn folds(&self, folds: &[FoldRow], page: &mut Page) {
        let every =
            |cell: &dyn Fn(&FoldRow) -> String| folds.iter().map(|fold| (cell(fold), Style::new())).collect();
        let number = |nth: usize| (format!("fold {}", nth + 1), self.palette.title);
        let columns = [
            Column::left("", (0..folds.len()).map(number).collect()),
            Column::right("trained", every(&|fold| thousands(fold.trained))),
            Column::right("tested", every(&|fold| thousands(fold.tested))),
            Column::right("abnormal", every(&|fold| thousands(fold.abnormal))),
            Column::right("F1", every(&|fold| figure(Some(fold.f1)))),
            Column::right("ROC AUC", every(&|fold| figure(fold.roc_auc))),
        ];
        draw(&columns, folds.len(), page);
        page.gap();
        page.remark(&spread(folds));
    }

    fn kinds(&self, kinds: &[KindRow], page: &mut Page) {
        let shown = if self.everything { kinds.len() } else { KINDS.min(kinds.len()) };
        let every = |cell: fn(&KindRow) -> String, style: Style| {
            kinds.iter().take(shown).map(|kind| (cell(kind), style)).collect()
        };
        let room = page.width().saturating_sub(BESIDE_KIND);
        let name = |kind: &KindRow| (shorten_end(&foreign(&kind.kind), room), self.palette.name);
        let columns = [
            Column::left("kind", kinds.iter().take(shown).map(name).collect()),
            Column::left("label", every(|kind| label(kind.label).to_owned(), Style::new())),
            Column::right("units", every(|kind| thousands(kind.units), Style::new())),
            Column::right("flagged", every(|kind| thousands(kind.flagged), Style::new())),
            Column::right("share", every(|kind| percent(share(kind.flagged, kind.units)), self.palette.dim)),
        ];
        draw(&columns, shown, page);
        if kinds.len() > shown {
            let more = counted((kinds.len() - shown) as u64, "more kind", "more kinds");
            page.remark(&format!("{more}; -v shows all"));
        }
    }
}

fn label(label: u8) -> &'static str {
    if label == 1 { "abnormal" } else { "normal" }
}

fn head(report: &EvalReport, page: &mut Page) {
    let tested =
        counted(report.test_units, &format!("{} tested", report.unit), &format!("{}s tested", report.unit));
    page.heading(&input_name(&report.name), &tested);
    page.row("trained", &foreign(&report.trained_on));
    page.list(
        "tested",
        &[format!("{} normal", thousands(report.normal)), format!("{} abnormal", thousands(report.abnormal))],
    );
    if let Some(weights) = &report.weights {
        let unit = &report.unit;
        let text = format!(
            "a normal {unit} stands for {}, an abnormal one for {}",
            weights.normal, weights.abnormal
        );
        page.row("weights", &text);
    }
    if let Some(allowed) = report.false_alarms {
        let text = format!(
            "{} of normal {}s may be flagged; no label had a say in the threshold",
            percent_of(allowed),
            report.unit
        );
        page.row("limit", &text);
    }
    for (index, note) in report.notes.iter().enumerate() {
        page.row(if index == 0 { "notes" } else { "" }, &foreign(note));
    }
}

/// What was flagged of either kind.
fn errors(figures: &ModelFigures, page: &mut Page) {
    let palette = page.palette().clone();
    let plain = Style::new();
    let rates = [rate("recall", figures.recall), rate("false alarms", figures.false_alarm_rate)];
    let columns = [
        Column::left("", ["abnormal", "normal"].map(|name| (name.to_owned(), palette.title)).to_vec()),
        Column::right(
            "flagged",
            vec![(thousands(figures.tp), palette.info), (thousands(figures.fp), error(figures.fp, &palette))],
        ),
        Column::right(
            "left alone",
            vec![(thousands(figures.fn_), error(figures.fn_, &palette)), (thousands(figures.tn), plain)],
        ),
        Column::left("", rates.map(|text| (text, palette.dim)).to_vec()),
    ];
    draw(&columns, 2, page);
}

/// The mean over folds, and how far they lie from it.
fn spread(folds: &[FoldRow]) -> String {
    let count = folds.len() as f64;
    let mean = folds.iter().map(|fold| fold.f1).sum::<f64>() / count;
    let squares = folds.iter().map(|fold| (fold.f1 - mean).powi(2)).sum::<f64>();
    let deviation = (squares / (count - 1.0).max(1.0)).sqrt();
    format!("F1 over the folds: {mean:.4} ± {deviation:.4}; above stand the figures of all folds together")
}

fn error(count: u64, palette: &Palette) -> Style {
    if count == 0 { palette.faint } else { palette.error }
}

fn rate(name: &str, share: Option<f64>) -> String {
    share.map(|share| format!("{name} {}", percent_of(share))).unwrap_or_default()
}

/// A row of the table of figures.
struct Row {
    name: String,
    automatic: String,
    interval: String,
    oracle: String,
}

impl Row {
    fn new(name: impl Into<String>, automatic: Option<f64>) -> Row {
        Row {
            name: name.into(),
            automatic: figure(automatic),
            interval: NONE.to_owned(),
            oracle: NONE.to_owned(),
        }
    }

    fn within(mut self, interval: IntervalRow) -> Row {
        if let Some((low, high)) = interval {
            self.interval = format!("{} … {}", figure(Some(low)), figure(Some(high)));
        }
        self
    }

    fn at_best(mut self, oracle: Option<f64>) -> Row {
        self.oracle = figure(oracle);
        self
    }
}

fn rows(report: &EvalReport, figures: &ModelFigures) -> Vec<Row> {
    let intervals = figures.intervals.as_ref();
    let oracle = figures.oracle.as_ref();
    let mut rows = vec![
        Row::new("F1", Some(figures.f1))
            .within(intervals.and_then(|all| all.f1))
            .at_best(oracle.map(|best| best.f1)),
        Row::new("precision", Some(figures.precision))
            .within(intervals.and_then(|all| all.precision))
            .at_best(oracle.map(|best| best.precision)),
        Row::new("recall", figures.recall)
            .within(intervals.and_then(|all| all.recall))
            .at_best(oracle.and_then(|best| best.recall)),
        Row::new("false alarm rate", figures.false_alarm_rate)
            .within(intervals.and_then(|all| all.false_alarm_rate))
            .at_best(oracle.and_then(|best| best.false_alarm_rate)),
        Row::new("threshold", figures.threshold).at_best(oracle.map(|best| best.threshold)),
        Row::new("ROC AUC", figures.roc_auc).within(intervals.and_then(|all| all.roc_auc)),
        Row::new("average precision", figures.average_precision)
            .within(intervals.and_then(|all| all.average_precision)),
        Row::new("MCC", Some(figures.mcc))
            .within(intervals.and_then(|all| all.mcc))
            .at_best(oracle.map(|best| best.mcc)),
        Row::new("Cohen's kappa", figures.kappa),
        Row::new("F0.5", Some(figures.f05)),
        Row::new("accuracy", figures.accuracy),
        Row::new("balanced accuracy", figures.balanced_accuracy),
        Row::new("specificity", figures.specificity),
    ];
    let at = |at: &crate::eval_report::PrecisionAt| {
        Row::new(format!("precision at {}", thousands(at.k)), Some(at.precision))
    };
    rows.extend(figures.precision_at.iter().map(at));
    rows.extend(rows_in_time(figures));
    if let Some(cost) = &figures.cost {
        rows.push(Row::new("cost", Some(cost.total)).at_best(cost.best));
        rows.push(Row::new(format!("cost per {}", report.unit), Some(cost.per_unit)));
        rows.push(Row::new("cost of no flags", Some(cost.nothing_flagged)));
        rows.push(Row::new("least cost", None).at_best(Some(cost.oracle)));
        rows.push(Row::new("threshold of it", None).at_best(cost.oracle_threshold));
    }
    rows
}

/// What somebody who is called would have seen.
fn rows_in_time(figures: &ModelFigures) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(alerts) = &figures.alerts {
        rows.push(Row::new("alerts a day", Some(alerts.per_day)));
        rows.push(Row::new("false alerts a day", Some(alerts.false_per_day)));
    }
    if let Some(delay) = &figures.delay {
        let found = format!("{} of {}", thousands(delay.found), thousands(delay.episodes));
        rows.push(Row { automatic: found, ..Row::new("episodes found", None) });
        let after = delay.median_seconds.map(|seconds| duration(seconds.round().max(0.0) as u64));
        let after = after.unwrap_or_else(|| NONE.to_owned());
        rows.push(Row { automatic: after, ..Row::new("found after", None) });
    }
    rows
}

/// Four digits after the point where there is a fraction worth showing.
fn figure(figure: Option<f64>) -> String {
    match figure {
        None => NONE.to_owned(),
        Some(figure) if figure >= 1000.0 => thousands(figure.round() as u64),
        Some(figure) if figure.abs() >= 10.0 => format!("{figure:.2}"),
        Some(figure) => format!("{figure:.4}"),
    }
}

/// A share that may be far below one in a thousand.
fn percent_of(share: f64) -> String {
    if share <= 0.0 || share >= 0.01 {
        return percent(share);
    }
    let digits = format!("{:.3}", share * 100.0);
    format!("{} %", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// Whoever reads scores from a file does not know how long they took.
fn times(figures: &ModelFigures) -> String {
    if figures.fit_seconds == 0.0 && figures.score_seconds == 0.0 {
        return String::new();
    }
    let memory = figures.peak_bytes.map(|peak| format!(" · {}", bytes(peak))).unwrap_or_default();
    let (fit, score) = (seconds(figures.fit_seconds), seconds(figures.score_seconds));
    format!("fitted in {fit} · scored in {score}{memory}")
}

fn seconds(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.2} s") } else { format!("{seconds:.0} s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval_report::sample::report;
    use crate::text::WIDTHS;
    use crate::text::layout::check_page;

    fn shown(report: &EvalReport, width: usize) -> String {
        let mut out = Vec::new();
        EvalText { width, palette: Palette::plain(), everything: false }.render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_evaluation() {
        insta::assert_snapshot!("evaluation_60", shown(&report(), 60));
        insta::assert_snapshot!("evaluation_100", shown(&report(), 100));
    }

    #[test]
    fn what_has_no_meaning_is_a_dot() {
        let mut report = report();
        let figures = &mut report.models[0];
        (figures.recall, figures.roc_auc, figures.oracle, figures.intervals) = (None, None, None, None);
        figures.kinds.clear();
        let text = shown(&report, 80);
        let area = text.lines().find(|line| line.starts_with("ROC AUC")).unwrap();
        assert_eq!(area.split_whitespace().collect::<Vec<_>>(), ["ROC", "AUC", "·", "·"]);
        assert!(!text.contains("interval"), "{text}");
    }

    #[test]
    fn nothing_is_wider_than_the_page_and_foreign_text_is_inert() {
        let mut report = report();
        let evil = "a\x1b[2K\u{202e}".repeat(40);
        report.name = evil.clone();
        report.trained_on = evil.clone();
        report.notes = vec![evil.clone()];
        report.models[0].model = evil.clone();
        report.models[0].kinds[0].kind = evil;
        for width in WIDTHS {
            let text = shown(&report, width);
            check_page(&text, width);
        }
    }

    #[test]
    fn the_shape_of_version_1() {
        let mut out = Vec::new();
        crate::json::document(&report(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(serde_json::from_str::<EvalReport>(&text).unwrap(), report());
        insta::assert_snapshot!("evaluation_json", text);
    }
}
