//! A model in, a page for people out.

use std::io;

use super::figures::{bytes, counted, duration, moment, thousands};
use super::layout::{Page, input_name};
use super::palette::Palette;
use super::templates::{TemplatesText, more};
use crate::model_report::{BlockRow, ModelReport};

/// Parts that are listed unless everything is asked for.
const PARTS: usize = 5;

/// Writes text for people.
#[derive(Clone, Debug)]
pub struct ModelText {
    /// Columns of the page; brought into [`WIDTHS`](super::WIDTHS).
    pub width: usize,
    /// The colours.
    pub palette: Palette,
    /// Every part and every id that has moved.
    pub everything: bool,
}

impl ModelText {
    /// Writes the whole report.
    pub fn render(&self, report: &ModelReport, out: &mut dyn io::Write) -> io::Result<()> {
        let mut page = Page::for_screen(self.width, &self.palette);
        page.heading(&input_name(&report.name), &format!("model · {}", bytes(report.bytes)));
        self.facts(report, &mut page);
        if !report.templates.is_empty() {
            page.gap();
        }
        let table = TemplatesText {
            width: self.width,
            palette: self.palette.clone(),
            slots: false,
            everything: false,
        };
        table.table(&report.templates, report.timeline.as_ref(), &mut page);
        more(report.templates.len(), report.matching, &mut page);
        out.write_all(page.text().as_bytes())
    }

    fn facts(&self, report: &ModelReport, page: &mut Page) {
        let header = &report.header;
        page.row("written", &format!("by logsift {}, format {}", header.written_by, header.format));
        let settings = &report.settings;
        page.row(
            "settings",
            &format!("template rules {}, redaction {}", settings.template_rules, settings.redaction),
        );
        page.list("blocks", &report.blocks.iter().map(block).collect::<Vec<_>>());
        self.parts(report, page);
        if let Some(time) = &report.time {
            let range = format!("{} → {}", moment(&time.first), moment(&time.last));
            page.list("time", &[range, duration(time.seconds)]);
        }
        let level =
            |count: &crate::scan_report::LevelCount| format!("{} {}", count.level, thousands(count.records));
        page.list("levels", &report.levels.iter().map(level).collect::<Vec<_>>());
        page.list("learned", &learned(report));
        if !report.lineage.is_empty() {
            let moved = counted(report.lineage.len() as u64, "older id", "older ids");
            page.row("lineage", &format!("{moved} resolve to templates of today"));
        }
        if self.everything {
            let moved = report.lineage.iter().map(|moved| format!("{} → {}", moved.from, moved.to));
            page.list("", &moved.collect::<Vec<_>>());
        }
    }

    fn parts(&self, report: &ModelReport, page: &mut Page) {
        let shown = if self.everything { report.parts.len() } else { PARTS };
        let part = |part: &crate::model_report::PartRow| {
            format!("{} {}", part.id, counted(part.records, "record", "records"))
        };
        let mut items: Vec<String> = report.parts.iter().take(shown).map(part).collect();
        if report.parts.len() > shown {
            items.push(format!("{} more; -v shows all", thousands((report.parts.len() - shown) as u64)));
        }
        page.list("parts", &items);
    }
}

fn block(block: &BlockRow) -> String {
    let name = block.name.clone().unwrap_or_else(|| format!("kind {}", block.kind));
    let passed = if block.understood { "" } else { ", passed over" };
    format!("{name} {}{passed}", bytes(block.bytes))
}

fn learned(report: &ModelReport) -> Vec<String> {
    let mined = &report.mined;
    let mut items = vec![
        counted(mined.records, "record", "records"),
        counted(mined.templates, "template", "templates"),
        counted(mined.skeletons, "skeleton", "skeletons"),
    ];
    if mined.forgotten_records > 0 {
        items.push(counted(mined.forgotten_records, "forgotten record", "forgotten records"));
    }
    items
}
