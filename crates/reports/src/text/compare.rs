//! Models compared on many logs in, text for people or Markdown out: means first, then every log.

use std::io;

use anstyle::Style;

use super::figures::{counted, number, thousands};
use super::layout::{Page, foreign, shorten_end};
use super::palette::Palette;
use super::table::{Column, draw};
use crate::compare_report::{CompareReport, ComparedModel, ComparedSet};

/// What stands for a figure that there is none of.
const NONE: &str = "·";
/// Columns of a model's name at most.
const NAME: usize = 26;
/// Columns of the means beside a name, and of what stands there on a wide page, too.
const MEANS: usize = 38;
const MORE: usize = 20;
/// From so many columns on there is room for more.
const WIDE: usize = 80;
/// Columns of a log in the second table.
const LOG: usize = 12;

/// Writes text for people.
#[derive(Clone, Debug)]
pub struct CompareText {
    /// Columns of the page; brought into [`WIDTHS`](super::WIDTHS).
    pub width: usize,
    /// The colours.
    pub palette: Palette,
}

impl CompareText {
    /// Writes the whole report.
    pub fn render(&self, report: &CompareReport, out: &mut dyn io::Write) -> io::Result<()> {
        let mut page = Page::for_screen(self.width, &self.palette);
        let generated = report.sets.iter().filter(|set| set.generated).count();
        page.heading("means over the generated logs", &counted(generated as u64, "log", "logs"));
        page.row("logs", &foreign(&report.made));
        page.gap();
        draw(&self.means(report, page.width()), report.models.len(), &mut page);
        page.gap();
        page.heading("F1 on every log", "");
        let fitting = page.width().saturating_sub(NAME) / (LOG + 2);
        for sets in report.sets.chunks(fitting.max(1)) {
            page.gap();
            draw(&self.logs(report, sets), report.models.len(), &mut page);
        }
        page.gap();
        page.remark(
            "thresholds are automatic; an oracle's is the best on these labels: a bound, and no result",
        );
        page.remark("a day: alerts a day of log time, each of which covers five minutes of flagged lines");
        out.write_all(page.text().as_bytes())
    }

    fn means(&self, report: &CompareReport, width: usize) -> Vec<Column> {
        let wide = width >= WIDE;
        let beside = MEANS + if wide { MORE } else { 0 };
        let room = width.saturating_sub(beside).clamp(10, NAME);
        let models = &report.models;
        let name = |model: &ComparedModel| (shorten_end(&foreign(&model.model), room), self.palette.title);
        let every = |title: &str, cell: &dyn Fn(&ComparedModel) -> String, style: Style| {
            Column::right(title, models.iter().map(|model| self.styled(cell(model), style)).collect())
        };
        let plain = Style::new();
        let mut columns = vec![
            Column::left("model", models.iter().map(name).collect()),
            every("F1", &|model| figure(model.f1), plain),
            every("a day", &|model| rate(model.alerts_per_day), plain),
            every("false", &|model| rate(model.false_alerts_per_day), plain),
            every("ROC AUC", &|model| figure(model.roc_auc), plain),
        ];
        if wide {
            columns.push(every("oracle F1", &|model| figure(model.oracle_f1), self.palette.dim));
            columns.push(every("seconds", &|model| rate(model.seconds), self.palette.dim));
        }
        columns
    }

    fn logs(&self, report: &CompareReport, sets: &[ComparedSet]) -> Vec<Column> {
        let name = |model: &ComparedModel| (shorten_end(&foreign(&model.model), NAME), self.palette.title);
        let mut columns = vec![Column::left("model", report.models.iter().map(name).collect())];
        for set in sets {
            let cell = |model: &ComparedModel| self.styled(figure(f1_of(set, model)), Style::new());
            let title = shorten_end(&foreign(&set.name), LOG);
            columns.push(Column::right(&title, report.models.iter().map(cell).collect()));
        }
        columns
    }

    fn styled(&self, text: String, style: Style) -> (String, Style) {
        if text == NONE { (text, self.palette.faint) } else { (text, style) }
    }
}

/// Writes both tables as Markdown.
pub fn markdown(report: &CompareReport, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "Means over {}:\n", cell(&report.made))?;
    writeln!(out, "| model | F1 | alerts a day | false ones | ROC AUC | oracle F1 |")?;
    writeln!(out, "| --- | --: | --: | --: | --: | --: |")?;
    for model in &report.models {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            cell(&model.model),
            figure(model.f1),
            rate(model.alerts_per_day),
            rate(model.false_alerts_per_day),
            figure(model.roc_auc),
            figure(model.oracle_f1)
        )?;
    }
    let public = report.sets.iter().filter(|set| !set.generated);
    for set in public {
        let lines = format!("{} lines, {} abnormal", thousands(set.lines), thousands(set.abnormal));
        writeln!(out, "\n{} ({lines}):\n", cell(&set.name))?;
        writeln!(out, "| model | F1 | alerts a day | false ones | ROC AUC | oracle F1 |")?;
        writeln!(out, "| --- | --: | --: | --: | --: | --: |")?;
        for row in &set.figures {
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} |",
                cell(&row.model),
                figure(Some(row.f1)),
                rate(row.alerts_per_day),
                rate(row.false_alerts_per_day),
                figure(row.roc_auc),
                figure(row.oracle_f1)
            )?;
        }
    }
    Ok(())
}

fn f1_of(set: &ComparedSet, model: &ComparedModel) -> Option<f64> {
    set.figures.iter().find(|figures| figures.model == model.model).map(|figures| figures.f1)
}

fn figure(figure: Option<f64>) -> String {
    figure.map_or_else(|| NONE.to_owned(), |figure| format!("{figure:.3}"))
}

fn rate(rate: Option<f64>) -> String {
    rate.map_or_else(|| NONE.to_owned(), number)
}

/// Foreign text in a cell of Markdown.
fn cell(text: &str) -> String {
    foreign(text).replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace('`', "\\`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare_report::sample::report;
    use crate::text::WIDTHS;
    use unicode_width::UnicodeWidthStr;

    fn shown(report: &CompareReport, width: usize) -> String {
        let mut out = Vec::new();
        CompareText { width, palette: Palette::plain() }.render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn two_models_on_two_logs() {
        insta::assert_snapshot!("compare_60", shown(&report(), 60));
        insta::assert_snapshot!("compare_100", shown(&report(), 100));
        let mut out = Vec::new();
        markdown(&report(), &mut out).unwrap();
        insta::assert_snapshot!("compare_markdown", String::from_utf8(out).unwrap());
    }

    #[test]
    fn nothing_is_wider_than_the_page_however_many_logs() {
        let mut report = report();
        report.sets = report.sets.into_iter().cycle().take(17).collect();
        report.models[1].model = "a name that is far too long\x1b[2J | <b>".repeat(3);
        for width in WIDTHS {
            for line in shown(&report, width).lines() {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
        let mut out = Vec::new();
        markdown(&report, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains("<b>") && !text.contains('\x1b') && text.contains("\\| &lt;b>"), "{text}");
    }
}
