//! The formats of a report: their names, the extensions of their files, and which renderer writes them.
//!
//! A format is added by a file of its own, a variant and a row here.

use std::io;
use std::path::Path;

use crate::alerts::AlertsRenderer;
use crate::findings_csv::CsvRenderer;
use crate::github::GithubRenderer;
use crate::html::HtmlRenderer;
use crate::json::JsonRenderer;
use crate::junit::JunitRenderer;
use crate::markdown::MarkdownRenderer;
use crate::ndjson::NdjsonRenderer;
use crate::png::PngRenderer;
use crate::sarif::SarifRenderer;
use crate::text::TextRenderer;
use crate::text::palette::Palette;
use crate::{Renderer, ScanReport};

/// Columns of a text report in a file.
pub const FILE_WIDTH: usize = 100;

/// A format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Text for people.
    Text,
    /// The whole report as one JSON document.
    Json,
    /// A finding on each line, then the incidents.
    Ndjson,
    /// A row for each finding.
    Csv,
    /// A page for a browser, with everything in it.
    Html,
    /// SARIF 2.1.0, for code hosts.
    Sarif,
    /// JUnit XML, for servers that build software.
    Junit,
    /// GitHub-flavoured Markdown, for tickets.
    Markdown,
    /// Workflow commands of GitHub Actions.
    Github,
    /// A line for each incident.
    Alerts,
    /// A picture.
    Png,
}

impl Format {
    /// All of them, in the order of the documentation.
    pub const ALL: [Format; 11] = [
        Format::Text,
        Format::Json,
        Format::Ndjson,
        Format::Csv,
        Format::Html,
        Format::Sarif,
        Format::Junit,
        Format::Markdown,
        Format::Github,
        Format::Alerts,
        Format::Png,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Ndjson => "ndjson",
            Format::Csv => "csv",
            Format::Html => "html",
            Format::Sarif => "sarif",
            Format::Junit => "junit",
            Format::Markdown => "markdown",
            Format::Github => "github",
            Format::Alerts => "alerts",
            Format::Png => "png",
        }
    }

    /// The extensions of its files, the usual one first; none where it is only ever printed.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Format::Text => &["txt", "text"],
            Format::Json => &["json"],
            Format::Ndjson => &["ndjson", "jsonl"],
            Format::Csv => &["csv"],
            Format::Html => &["html", "htm"],
            Format::Sarif => &["sarif"],
            Format::Junit => &["xml"],
            Format::Markdown => &["md", "markdown"],
            Format::Github => &[],
            Format::Alerts => &["alerts"],
            Format::Png => &["png"],
        }
    }

    /// Whether it is no text, so that a terminal must not be given it.
    pub const fn is_binary(self) -> bool {
        matches!(self, Format::Png)
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format of files with that extension, in letters of any case.
    pub fn from_extension(extension: &str) -> Option<Format> {
        let extension = extension.to_ascii_lowercase();
        Format::ALL.into_iter().find(|format| format.extensions().contains(&extension.as_str()))
    }

    /// The format of a file: `alerts.txt` and `results.sarif.json` are known by their names, the file that a runner
    /// of GitHub Actions reads a job's summary from (the variable `GITHUB_STEP_SUMMARY` names it) is Markdown, and
    /// all others go by their extension.
    pub fn of_path(path: &Path, step_summary: Option<&Path>) -> Option<Format> {
        if step_summary == Some(path) {
            return Some(Format::Markdown);
        }
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        match name.as_str() {
            "alerts.txt" => Some(Format::Alerts),
            _ if name.ends_with(".sarif.json") => Some(Format::Sarif),
            _ => Format::from_extension(path.extension()?.to_str()?),
        }
    }

    /// What writes it to a file.
    pub fn renderer(self) -> Box<dyn Renderer> {
        match self {
            Format::Text => {
                Box::new(TextRenderer { width: FILE_WIDTH, palette: Palette::plain(), everything: true })
            }
            Format::Json => Box::new(JsonRenderer),
            Format::Ndjson => Box::new(NdjsonRenderer),
            Format::Csv => Box::new(CsvRenderer),
            Format::Html => Box::new(HtmlRenderer),
            Format::Sarif => Box::new(SarifRenderer),
            Format::Junit => Box::new(JunitRenderer),
            Format::Markdown => Box::new(MarkdownRenderer),
            Format::Github => Box::new(GithubRenderer),
            Format::Alerts => Box::new(AlertsRenderer),
            Format::Png => Box::new(PngRenderer),
        }
    }
}

/// Writes a report as a file of that format.
pub fn render(format: Format, report: &ScanReport, out: &mut dyn io::Write) -> io::Result<()> {
    format.renderer().render(report, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::sample;
    use crate::escape::is_unsafe;
    use proptest::prelude::*;

    #[test]
    fn names_and_extensions_lead_back_to_their_format() {
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.name()), Some(format));
            for extension in format.extensions() {
                assert_eq!(Format::from_extension(extension), Some(format));
                assert_eq!(Format::from_extension(&extension.to_uppercase()), Some(format));
            }
        }
        assert_eq!(Format::from_extension("exe"), None);
        assert_eq!(Format::from_name("TEXT"), None);
    }

    #[test]
    fn files_are_known_by_their_names() {
        let check = |path: &str, format| assert_eq!(Format::of_path(Path::new(path), None), format, "{path}");
        check("out/report.HTML", Some(Format::Html));
        check("out/alerts.txt", Some(Format::Alerts));
        check("a.sarif.json", Some(Format::Sarif));
        check("a.txt", Some(Format::Text));
        check("step_summary_1", None);
        check("..", None);
        let summary = Path::new("/tmp/step_summary_1");
        assert_eq!(Format::of_path(summary, Some(summary)), Some(Format::Markdown));
    }

    fn no_terminal_is_steered(report: &ScanReport) {
        for format in Format::ALL.into_iter().filter(|format| !format.is_binary()) {
            let mut out = Vec::new();
            render(format, report, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            // Markdown parts with it what would be a mention.
            let ours = |c: char| c == '\n' || (format == Format::Markdown && c == '\u{2060}');
            let steering = text.chars().find(|c| is_unsafe(*c) && !ours(*c));
            assert_eq!(steering, None, "{}", format.name());
        }
    }

    #[test]
    fn no_text_format_lets_a_terminal_be_steered() {
        [sample::hostile(), sample::story(), sample::bare()].iter().for_each(no_terminal_is_steered);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn whatever_is_said_no_terminal_is_steered(text in sample::nasty()) {
            no_terminal_is_steered(&sample::brief(&text));
        }
    }

    #[test]
    fn the_same_report_gives_the_same_bytes() {
        for format in Format::ALL {
            let write = || {
                let mut out = Vec::new();
                render(format, &sample::story(), &mut out).unwrap();
                out
            };
            assert_eq!(write(), write(), "{}", format.name());
        }
    }
}
