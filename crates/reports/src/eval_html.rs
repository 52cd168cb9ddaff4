//! An evaluation in, one HTML file out: figures, intervals, folds, kinds and pictures; it opens offline, asks for nothing
//! and has no script at all.
//!
//! Text of the set is foreign here, too, so all of it is escaped, and the policy at its head forbids every script,
//! every request and every style but its own.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::escape::for_terminal;
use crate::eval_report::{EvalReport, IntervalRow, ModelFigures};
use crate::png::evaluation;
use crate::text::figures::{counted, duration, number, percent, thousands};

const STYLE: &str = include_str!("html/evaluation.css");
/// What stands for a figure that has no meaning.
const NONE: &str = "·";

/// Writes the whole page.
pub fn render(report: &EvalReport, out: &mut dyn Write) -> io::Result<()> {
    head(report, out)?;
    if report.models.len() > 1 {
        side_by_side(report, out)?;
        if report.models.iter().any(|figures| figures.curves.is_some()) {
            let mut bytes = Vec::new();
            evaluation::models(report, &mut bytes)?;
            picture(&bytes, "ROC and precision over recall of all models", out)?;
        }
    }
    for figures in &report.models {
        model(report, figures, out)?;
    }
    writeln!(
        out,
        "<footer>Oracle: the threshold that is best on these labels, which nobody knows without them; a bound, \
         and no result. Written by {} {}.</footer>\n</main>\n</body>\n</html>",
        text(&report.product.name),
        text(&report.product.version)
    )
}

fn head(report: &EvalReport, out: &mut dyn Write) -> io::Result<()> {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    );
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>logsift evaluation</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>"
    )?;
    writeln!(out, "<h1>{}</h1>\n<dl>", text(&report.name))?;
    let unit = &report.unit;
    let tested = counted(report.test_units, unit, &format!("{unit}s"));
    let parts = format!("{} normal, {} abnormal", thousands(report.normal), thousands(report.abnormal));
    let mut rows = vec![("tested", format!("{tested}: {parts}")), ("trained", report.trained_on.clone())];
    if let Some(weights) = &report.weights {
        let (normal, abnormal) = (weights.normal, weights.abnormal);
        rows.push((
            "weights",
            format!("a normal {unit} stands for {normal}, an abnormal one for {abnormal}"),
        ));
    }
    if let Some(allowed) = report.false_alarms {
        rows.push(("limit", format!("{} of normal {unit}s may be flagged", percent(allowed))));
    }
    rows.extend(report.notes.iter().map(|note| ("note", note.clone())));
    for (name, about) in rows {
        writeln!(out, "<dt>{name}</dt><dd>{}</dd>", text(&about))?;
    }
    writeln!(out, "</dl>")
}

fn side_by_side(report: &EvalReport, out: &mut dyn Write) -> io::Result<()> {
    let mut titles = vec!["model", "flagged", "false", "F1", "precision", "recall", "ROC AUC", "AP", "MCC"];
    titles.extend(["alerts a day", "false ones", "fit", "score", "memory", "F1 of the oracle"]);
    table(
        &titles,
        report.models.iter().map(|figures| {
            let alerts = figures.alerts.as_ref();
            vec![
                figures.model.clone(),
                thousands(figures.tp + figures.fp),
                thousands(figures.fp),
                figure(Some(figures.f1)),
                figure(Some(figures.precision)),
                figure(figures.recall),
                figure(figures.roc_auc),
                figure(figures.average_precision),
                figure(Some(figures.mcc)),
                alerts.map_or_else(none, |alerts| number(alerts.per_day)),
                alerts.map_or_else(none, |alerts| number(alerts.false_per_day)),
                seconds(figures.fit_seconds),
                seconds(figures.score_seconds),
                figures.peak_bytes.map_or_else(none, crate::text::figures::bytes),
                figure(figures.oracle.as_ref().map(|oracle| oracle.f1)),
            ]
        }),
        out,
    )
}

fn model(report: &EvalReport, figures: &ModelFigures, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<h2>{}</h2>", text(&figures.model))?;
    if figures.curves.is_some() {
        let mut bytes = Vec::new();
        evaluation::model(report, figures, &mut bytes)?;
        picture(&bytes, "ROC, precision over recall, scores and errors", out)?;
    }
    table(&["figure", "automatic", "interval", "oracle"], figure_rows(figures).into_iter(), out)?;
    if !figures.folds.is_empty() {
        let row = |(nth, fold): (usize, &crate::eval_report::FoldRow)| {
            vec![
                format!("fold {}", nth + 1),
                thousands(fold.trained),
                thousands(fold.tested),
                thousands(fold.abnormal),
                figure(Some(fold.f1)),
                figure(Some(fold.precision)),
                figure(fold.recall),
                figure(fold.roc_auc),
            ]
        };
        let titles = ["fold", "trained", "tested", "abnormal", "F1", "precision", "recall", "ROC AUC"];
        table(&titles, figures.folds.iter().enumerate().map(row), out)?;
    }
    if !figures.kinds.is_empty() {
        let row = |kind: &crate::eval_report::KindRow| {
            let label = if kind.label == 1 { "abnormal" } else { "normal" };
            vec![kind.kind.clone(), label.to_owned(), thousands(kind.units), thousands(kind.flagged)]
        };
        table(&["kind", "label", "units", "flagged"], figures.kinds.iter().map(row), out)?;
    }
    Ok(())
}

fn figure_rows(figures: &ModelFigures) -> Vec<Vec<String>> {
    let intervals = figures.intervals.as_ref();
    let oracle = figures.oracle.as_ref();
    let row = |name: &str, automatic: Option<f64>, interval: Option<IntervalRow>, oracle: Option<f64>| {
        let interval =
            interval.flatten().map(|(low, high)| format!("{} … {}", figure(Some(low)), figure(Some(high))));
        vec![name.to_owned(), figure(automatic), interval.unwrap_or_else(none), figure(oracle)]
    };
    let mut rows = vec![
        row("F1", Some(figures.f1), intervals.map(|all| all.f1), oracle.map(|best| best.f1)),
        row(
            "precision",
            Some(figures.precision),
            intervals.map(|all| all.precision),
            oracle.map(|best| best.precision),
        ),
        row("recall", figures.recall, intervals.map(|all| all.recall), oracle.and_then(|best| best.recall)),
        row(
            "false alarm rate",
            figures.false_alarm_rate,
            intervals.map(|all| all.false_alarm_rate),
            oracle.and_then(|best| best.false_alarm_rate),
        ),
        row("ROC AUC", figures.roc_auc, intervals.map(|all| all.roc_auc), None),
        row("average precision", figures.average_precision, intervals.map(|all| all.average_precision), None),
        row("MCC", Some(figures.mcc), intervals.map(|all| all.mcc), oracle.map(|best| best.mcc)),
        row("Cohen's kappa", figures.kappa, None, None),
        row("F0.5", Some(figures.f05), None, None),
        row("accuracy", figures.accuracy, None, None),
        row("balanced accuracy", figures.balanced_accuracy, None, None),
        row("specificity", figures.specificity, None, None),
        row("threshold", figures.threshold, None, oracle.map(|best| best.threshold)),
    ];
    rows.extend(
        figures
            .precision_at
            .iter()
            .map(|at| row(&format!("precision at {}", thousands(at.k)), Some(at.precision), None, None)),
    );
    if let Some(cost) = &figures.cost {
        rows.push(row("cost", Some(cost.total), None, Some(cost.oracle)));
    }
    if let Some(alerts) = &figures.alerts {
        rows.push(row("alerts a day", Some(alerts.per_day), None, None));
        rows.push(row("false alerts a day", Some(alerts.false_per_day), None, None));
    }
    if let Some(delay) = &figures.delay {
        let found = format!("{} of {}", thousands(delay.found), thousands(delay.episodes));
        rows.push(vec!["episodes found".to_owned(), found, none(), none()]);
        let after = delay.median_seconds.map_or_else(none, |seconds| duration(seconds.round() as u64));
        rows.push(vec!["found after, in the middle".to_owned(), after, none(), none()]);
    }
    rows
}

fn table(titles: &[&str], rows: impl Iterator<Item = Vec<String>>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<div class=\"wide\"><table>\n<thead><tr>")?;
    titles.iter().try_for_each(|title| write!(out, "<th scope=\"col\">{}</th>", text(title)))?;
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for row in rows {
        write!(out, "<tr>")?;
        for (nth, cell) in row.iter().enumerate() {
            let element = if nth == 0 { ("<th scope=\"row\">", "</th>") } else { ("<td>", "</td>") };
            write!(out, "{}{}{}", element.0, text(cell), element.1)?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table></div>")
}

fn picture(bytes: &[u8], about: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<img alt=\"{about}\" src=\"data:image/png;base64,{}\">", STANDARD.encode(bytes))
}

/// Foreign text, as text.
fn text(text: &str) -> String {
    let mut escaped = String::new();
    for character in for_terminal(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn none() -> String {
    NONE.to_owned()
}

fn figure(figure: Option<f64>) -> String {
    match figure {
        None => none(),
        Some(figure) if figure.abs() >= 1000.0 => format!("{figure:.0}"),
        Some(figure) if figure.abs() >= 10.0 => format!("{figure:.2}"),
        Some(figure) => format!("{figure:.4}"),
    }
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.2} s")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval_report::sample::{curves, report};

    fn page(report: &EvalReport) -> String {
        let mut out = Vec::new();
        render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_page_has_figures_and_pictures_and_asks_for_nothing() {
        let mut report = report();
        report.models[0].curves = Some(curves());
        let mut other = report.models[0].clone();
        other.model = "markov".to_owned();
        report.models.push(other);
        let page = page(&report);
        assert_eq!(page.matches("<img ").count(), 3);
        for word in ["0.9847", "0.9755 … 0.9936", "12.4", "21 of 24", "fold 2", "disk_full", "57 MiB"] {
            assert!(page.contains(word), "{word}");
        }
        for word in ["<script", "http:", "https:", " style=", "url(", "@import", "href="] {
            assert!(!page.contains(word), "{word}");
        }
        let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
        assert!(page.contains(&format!("style-src 'sha256-{hash}'")));
    }

    #[test]
    fn foreign_text_begins_no_element() {
        let plain = report();
        let mut evil = report();
        let words = "</h1><script>alert(1)</script><img src=x onerror='1'>\"&\x1b[2J".to_owned();
        evil.name = words.clone();
        evil.trained_on = words.clone();
        evil.notes = vec![words.clone()];
        evil.models[0].model = words.clone();
        evil.models[0].kinds[0].kind = words;
        let count = |page: &str| page.matches('<').count();
        assert_eq!(count(&page(&plain)), count(&page(&evil)));
        assert!(!page(&evil).contains('\x1b'));
    }
}
