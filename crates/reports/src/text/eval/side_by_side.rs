//! The figures of several models in, one table out: a row for each model, then what each flagged of every kind.

use anstyle::Style;

use super::{EvalText, KINDS, NONE, figure, label, seconds, times};
use crate::eval_report::{CostRow, EvalReport, KindRow, ModelFigures};
use crate::text::figures::{bytes, counted, number, thousands};
use crate::text::layout::{Page, foreign, shorten_end};
use crate::text::table::{Column, draw};

/// Columns of a model's name, where little room is left.
const NAME: usize = 10;
/// Columns of a model's name at most.
const WHOLE_NAME: usize = 26;
/// Columns of the figures beside the name, and of the counts where the page is wide.
const FIGURES: usize = 47;
const COUNTS: usize = 16;
/// Columns of the prices beside the name.
const PRICES: usize = 48;
/// Columns of the times beside the name.
const TIMES: usize = 36;
/// Columns of alerts a day.
const ALERTS: usize = 8;
/// From so many columns on there is room for more than the figures that matter most.
const WIDE: usize = 80;
/// Columns of a kind's label and count.
const BESIDE: usize = 21;
/// Columns that a kind's name has at least.
const KIND: usize = 8;

impl EvalText {
    pub(super) fn side_by_side(&self, report: &EvalReport, page: &mut Page) {
        let models = &report.models;
        page.gap();
        draw(&self.compared(models, page.width()), models.len(), page);
        if models.iter().all(|figures| !figures.kinds.is_empty()) {
            page.gap();
            self.compared_kinds(models, page);
        }
        if models.iter().any(|figures| figures.cost.is_some()) {
            page.gap();
            draw(&self.costs(models, page.width()), models.len(), page);
        }
        let timed: Vec<&ModelFigures> = models.iter().filter(|figures| !times(figures).is_empty()).collect();
        if !timed.is_empty() {
            page.gap();
            draw(&self.times(&timed, page.width()), timed.len(), page);
        }
        if models.iter().any(|figures| figures.alerts.is_some()) {
            page.gap();
            page.remark(
                "a day: alerts a day of log time, each of which covers five minutes of flagged lines",
            );
        }
    }

    /// How long each took, and how much the program held meanwhile.
    fn times(&self, models: &[&ModelFigures], width: usize) -> Vec<Column> {
        let room = width.saturating_sub(TIMES).clamp(NAME, WHOLE_NAME);
        let every = |cell: &dyn Fn(&ModelFigures) -> String| {
            models.iter().map(|figures| (cell(figures), Style::new())).collect()
        };
        let held = |figures: &ModelFigures| figures.peak_bytes.map_or_else(|| NONE.to_owned(), bytes);
        vec![
            Column::left(
                "model",
                models.iter().map(|figures| (name(figures, room), self.palette.title)).collect(),
            ),
            Column::right("fitted in", every(&|figures| seconds(figures.fit_seconds))),
            Column::right("scored in", every(&|figures| seconds(figures.score_seconds))),
            Column::right("memory", every(&held)),
        ]
    }

    /// What errors cost; what only the labels can tell is marked.
    fn costs(&self, models: &[ModelFigures], width: usize) -> Vec<Column> {
        let room = width.saturating_sub(PRICES).clamp(NAME, WHOLE_NAME);
        let every = |cell: fn(&CostRow) -> Option<f64>, style: Style| {
            models.iter().map(|figures| (figure(figures.cost.as_ref().and_then(cell)), style)).collect()
        };
        let dim = self.palette.dim;
        vec![
            Column::left(
                "model",
                models.iter().map(|figures| (name(figures, room), self.palette.title)).collect(),
            ),
            Column::right("cost", every(|cost| Some(cost.total), Style::new())),
            Column::right("at best F1", every(|cost| cost.best, dim)),
            Column::right("least", every(|cost| Some(cost.oracle), dim)),
            Column::right("oracle's line", every(|cost| cost.oracle_threshold, dim)),
        ]
    }

    fn compared(&self, models: &[ModelFigures], width: usize) -> Vec<Column> {
        let (plain, dim, faint) = (Style::new(), self.palette.dim, self.palette.faint);
        let every = |cell: &dyn Fn(&ModelFigures) -> Option<f64>, style: Style| {
            let shown = |figures: &ModelFigures| figure(cell(figures));
            let styled = |text: String| if text == NONE { (text, faint) } else { (text, style) };
            models.iter().map(|figures| styled(shown(figures))).collect()
        };
        let count = |cell: fn(&ModelFigures) -> u64| {
            models.iter().map(|figures| (thousands(cell(figures)), plain)).collect()
        };
        let has_alerts = models.iter().any(|figures| figures.alerts.is_some());
        let beside = match (width >= WIDE, has_alerts) {
            (true, true) => FIGURES + COUNTS + ALERTS,
            (true, false) => FIGURES + COUNTS,
            (false, _) => FIGURES,
        };
        let room = width.saturating_sub(beside).clamp(NAME, WHOLE_NAME);
        let mut columns = vec![
            Column::left(
                "model",
                models.iter().map(|figures| (name(figures, room), self.palette.title)).collect(),
            ),
            Column::right("F1", every(&|figures| Some(figures.f1), plain)),
            Column::right("precision", every(&|figures| Some(figures.precision), plain)),
            Column::right("recall", every(&|figures| figures.recall, plain)),
            Column::right("ROC AUC", every(&|figures| figures.roc_auc, plain)),
        ];
        if width >= WIDE {
            columns.insert(1, Column::right("flagged", count(|figures| figures.tp + figures.fp)));
            columns.insert(2, Column::right("false", count(|figures| figures.fp)));
        }
        if width >= WIDE && has_alerts {
            let alerts = |figures: &ModelFigures| {
                figures
                    .alerts
                    .map_or_else(|| (NONE.to_owned(), faint), |alerts| (number(alerts.per_day), plain))
            };
            columns.push(Column::right("a day", models.iter().map(alerts).collect()));
        }
        columns.push(Column::right("oracle F1", every(&|figures| Some(figures.oracle?.f1), dim)));
        columns
    }

    /// Kinds are in the same order for all models, for they are counted over the same units.
    fn compared_kinds(&self, models: &[ModelFigures], page: &mut Page) {
        let Some(kinds) = models.first().map(|figures| &figures.kinds) else { return };
        let shown = if self.everything { kinds.len() } else { KINDS.min(kinds.len()) };
        let fitting = page.width().saturating_sub(BESIDE + KIND) / (NAME + 2);
        let models = models.get(..fitting).unwrap_or(models);
        let room = page.width().saturating_sub(BESIDE + (NAME + 2) * models.len());
        let name_of = |kind: &KindRow| (shorten_end(&foreign(&kind.kind), room), self.palette.name);
        let units = |kind: &KindRow| (thousands(kind.units), Style::new());
        let mut columns = vec![
            Column::left("kind", kinds.iter().take(shown).map(name_of).collect()),
            Column::left(
                "label",
                kinds.iter().take(shown).map(|kind| (label(kind.label).to_owned(), Style::new())).collect(),
            ),
            Column::right("units", kinds.iter().take(shown).map(units).collect()),
        ];
        let flagged = |figures: &ModelFigures| {
            let cells = figures.kinds.iter().take(shown).map(|kind| (thousands(kind.flagged), Style::new()));
            Column::right(&name(figures, NAME), cells.collect())
        };
        columns.extend(models.iter().map(flagged));
        draw(&columns, shown, page);
        if kinds.len() > shown {
            let more = counted((kinds.len() - shown) as u64, "more kind", "more kinds");
            page.remark(&format!("{more}; -v shows all"));
        }
    }
}

fn name(figures: &ModelFigures, room: usize) -> String {
    shorten_end(&foreign(&figures.model), room)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval_report::sample::report;
    use crate::text::WIDTHS;
    use crate::text::palette::Palette;
    use unicode_width::UnicodeWidthStr;

    /// Two models, of which the second has flagged nothing.
    fn two() -> EvalReport {
        let mut report = report();
        let mut other = report.models[0].clone();
        (other.model, other.fit_seconds) = ("naive".to_owned(), 12.5);
        (other.tp, other.fp, other.f1, other.recall, other.roc_auc) = (0, 0, 0.0, Some(0.0), None);
        other.kinds.iter_mut().for_each(|kind| kind.flagged = 0);
        report.models.push(other);
        report
    }

    fn shown(report: &EvalReport, width: usize, everything: bool) -> String {
        let mut out = Vec::new();
        EvalText { width, palette: Palette::plain(), everything }.render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn two_models() {
        insta::assert_snapshot!("two_models_60", shown(&two(), 60, false));
        insta::assert_snapshot!("two_models_100", shown(&two(), 100, false));
    }

    #[test]
    fn every_figure_is_shown_where_everything_is_asked_for() {
        assert!(!shown(&two(), 80, false).contains("95 % interval"));
        assert_eq!(shown(&two(), 80, true).matches("95 % interval").count(), 2);
    }

    #[test]
    fn nothing_is_wider_than_the_page_however_many_models() {
        let mut report = two();
        report.models[1].model = "a name that is far too long\x1b[2J".to_owned();
        report.models[0].kinds[0].kind = "k".repeat(90);
        let again = report.models.clone();
        report.models.extend(again.into_iter().cycle().take(9));
        for width in WIDTHS {
            for line in shown(&report, width, false).lines() {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }
}
