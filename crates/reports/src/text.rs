//! A report in, text for people out: as wide as the terminal, from 60 to 160 columns.
//!
//! One to three inputs are told in full, each in a block; more become a table with a row each, and the
//! blocks follow only on request. Whatever the number, levels, time, zone, balance and notices of the
//! whole come last, since the end is what stands above the prompt. Colour never carries meaning alone.
//!
//! Where something was looked for, incidents come first and what was read is told in short.

pub mod figures;
pub mod finding_line;
pub mod layout;
pub mod palette;

pub mod backtest;
mod blocks;
pub mod compare;
pub mod diff;
mod differences;
pub mod eval;
mod held;
mod incidents;
pub mod inject;
pub mod model;
pub mod outlier_model;
mod read;
mod sparkline;
mod table;
pub mod templates;

use std::io;

use crate::detection::Detection;
use crate::scan_report::{Notice, NoticeKind};
use crate::{Renderer, ScanReport};
use layout::Page;
use palette::Palette;

/// The narrowest and the widest page.
pub const WIDTHS: std::ops::RangeInclusive<usize> = 60..=160;

/// From this many inputs on they are told in a table.
const TABLE_FROM: usize = 4;
/// How many notices are shown unless all are asked for.
const NOTICES: usize = 5;

/// Writes text for people.
#[derive(Clone, Debug)]
pub struct TextRenderer {
    /// Columns of the page; brought into [`WIDTHS`].
    pub width: usize,
    /// The colours.
    pub palette: Palette,
    /// Every input, stream and notice in full.
    pub everything: bool,
}

impl Renderer for TextRenderer {
    fn render(&self, report: &ScanReport, out: &mut dyn io::Write) -> io::Result<()> {
        let mut page = Page::for_screen(self.width, &self.palette);
        if let Some(detection) = &report.detection {
            self.detection(report, detection, &mut page);
        }
        if report.detection.is_some() && !self.everything {
            read::in_short(report, &mut page);
        } else {
            self.read_in_full(report, &mut page);
        }
        blocks::asked(&report.asked, &mut page);
        notices(&report.notices, self.everything, &mut page);
        out.write_all(page.text().as_bytes())
    }
}

impl TextRenderer {
    fn detection(&self, report: &ScanReport, detection: &Detection, page: &mut Page) {
        let found = match detection.incidents.len() {
            0 => "no incident".to_owned(),
            count => figures::counted(count as u64, "incident", "incidents"),
        };
        page.heading(&found, &incidents::severities(&detection.incidents));
        if detection.incidents.is_empty() {
            page.remark(&match report.totals.balance.records {
                0 => "there was no record to look at".to_owned(),
                records => {
                    let records = figures::counted(records, "record", "records");
                    format!("nothing in {records} was surprising enough for this budget")
                }
            });
        }
        sparkline::volume(&detection.volume, &detection.incidents, page);
        incidents::all(detection, self.everything, page);
        // What was held back matters less than what differs.
        if let Some(diff) = &report.diff {
            differences::all(diff, self.everything, page);
        }
        held::budget(detection, page);
        held::findings(detection, self.everything, page);
        held::adoptions(detection, self.everything, page);
    }

    fn read_in_full(&self, report: &ScanReport, page: &mut Page) {
        if report.inputs.len() >= TABLE_FROM {
            table::inputs(report, self.everything, page);
        }
        if report.inputs.len() < TABLE_FROM || self.everything {
            report.inputs.iter().for_each(|input| blocks::input(input, page));
        }
        if report.inputs.len() != 1 {
            blocks::totals(report, page);
        }
        if let Some(overview) = &report.templates {
            blocks::templates(overview, page);
        }
    }
}

/// What was not read as asked, the gravest first; the first few unless everything is asked for.
fn notices(notices: &[Notice], everything: bool, page: &mut Page) {
    if notices.is_empty() {
        return;
    }
    let mut sorted: Vec<&Notice> = notices.iter().collect();
    sorted.sort_by_key(|notice| notice.kind);
    let shown = if everything { sorted.len() } else { NOTICES };
    page.gap();
    for notice in sorted.iter().take(shown) {
        let style = match notice.kind {
            NoticeKind::Failed | NoticeKind::Unreadable => page.palette().error,
            NoticeKind::Skipped | NoticeKind::Noted => page.palette().dim,
        };
        page.notice(notice.kind.name(), style, &notice.name, &notice.text);
    }
    if sorted.len() > shown {
        let more = figures::counted((sorted.len() - shown) as u64, "more notice", "more notices");
        page.remark(&format!("{more}; -v shows all"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::sample::{bare, brief, compared, hostile, nasty, quiet, story};
    use crate::escape::is_unsafe;
    use crate::scan_report::sample;
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    fn shown(report: &ScanReport, width: usize, everything: bool) -> String {
        let mut out = Vec::new();
        TextRenderer { width, palette: Palette::plain(), everything }.render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn many(count: usize) -> ScanReport {
        let mut report = sample::two_inputs();
        let two = report.inputs.clone();
        report.inputs = two.into_iter().cycle().take(count).collect();
        report.totals.inputs = count as u64;
        report
    }

    #[test]
    fn one_input() {
        insta::assert_snapshot!("one_input_60", shown(&sample::one_input(), 60, false));
        insta::assert_snapshot!("one_input_80", shown(&sample::one_input(), 80, false));
        insta::assert_snapshot!("one_input_120", shown(&sample::one_input(), 120, false));
    }

    #[test]
    fn several_inputs() {
        insta::assert_snapshot!("two_inputs_80", shown(&sample::two_inputs(), 80, false));
        insta::assert_snapshot!("many_inputs_60", shown(&many(5), 60, false));
        insta::assert_snapshot!("many_inputs_80", shown(&many(5), 80, false));
        insta::assert_snapshot!("many_inputs_120", shown(&many(5), 120, false));
    }

    #[test]
    fn incidents() {
        insta::assert_snapshot!("story_60", shown(&story(), 60, false));
        insta::assert_snapshot!("story_80", shown(&story(), 80, false));
        insta::assert_snapshot!("story_120", shown(&story(), 120, false));
        insta::assert_snapshot!("story_everything_100", shown(&story(), 100, true));
        insta::assert_snapshot!("quiet_80", shown(&quiet(), 80, false));
        insta::assert_snapshot!("bare_80", shown(&bare(), 80, false));
        insta::assert_snapshot!("compared_60", shown(&compared(), 60, false));
        insta::assert_snapshot!("compared_120", shown(&compared(), 120, false));
    }

    #[test]
    fn nothing_is_wider_than_the_page() {
        let stories = [story(), quiet(), bare(), hostile()];
        for report in [sample::one_input(), sample::two_inputs(), many(60)].into_iter().chain(stories) {
            for width in WIDTHS {
                for line in shown(&report, width, true).lines() {
                    assert!(line.width() <= width, "{width}: {line}");
                }
            }
        }
    }

    #[test]
    fn no_line_ends_with_blanks() {
        for report in [many(7), story(), bare(), hostile()] {
            for line in shown(&report, 97, true).lines() {
                assert_eq!(line, line.trim_end());
            }
        }
    }

    #[test]
    fn foreign_text_cannot_leave_its_place() {
        let evil = "a\x1b[2K\x1b]52;c;AA\x07\n\u{202e}b\u{9b}1A\u{200b}";
        let mut report = many(5);
        report.inputs[0].name = evil.to_owned();
        report.inputs[0].formats[0].name = evil.to_owned();
        report.inputs[0].formats[0].pattern = evil.to_owned();
        report.inputs[0].zone = Some(evil.to_owned());
        report.inputs[0].assumptions = vec![evil.to_owned()];
        report.inputs[0].streams.largest[0].name = evil.to_owned();
        report.inputs[0].files[0] = evil.to_owned();
        report.notices[0].name = evil.to_owned();
        report.notices[0].text = evil.to_owned();
        report.asked.stream = Some(evil.to_owned());
        let text = shown(&report, 120, true);
        assert!(!text.chars().any(|c| is_unsafe(c) && c != '\n'), "{text}");
        assert!(text.contains("\\x1b"));
    }

    #[test]
    fn no_line_begins_with_what_a_log_says() {
        let text = shown(&hostile(), 160, true);
        assert!(text.lines().any(|line| line.trim_start().contains("::error")));
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
        assert!(!text.chars().any(|c| is_unsafe(c) && c != '\n'));
    }

    proptest! {
        #[test]
        fn whatever_is_said_stays_in_its_place(text in nasty(), width in 60..=160usize) {
            let text = shown(&brief(&text), width, true);
            for line in text.lines() {
                prop_assert!(line.width() <= width, "{}: {}", width, line);
                prop_assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{}", line);
            }
        }
    }

    #[test]
    fn colour_adds_codes_and_nothing_else() {
        for report in [many(5), story(), hostile()] {
            only_codes_are_added(&report);
        }
    }

    fn only_codes_are_added(report: &ScanReport) {
        let mut out = Vec::new();
        TextRenderer { width: 80, palette: Palette::coloured(), everything: false }
            .render(report, &mut out)
            .unwrap();
        let coloured = String::from_utf8(out).unwrap();
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some(start) = rest.find('\x1b') {
            plain.push_str(&rest[..start]);
            rest = &rest[start + rest[start..].find('m').unwrap() + 1..];
        }
        plain.push_str(rest);
        assert_ne!(plain, coloured);
        assert_eq!(plain, shown(report, 80, false));
    }
}
