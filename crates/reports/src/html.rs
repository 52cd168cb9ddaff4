//! A report in, one HTML file out: it opens offline, asks for nothing from anywhere, and runs no script but its own.
//!
//! The report is embedded as JSON that no browser executes, and the page puts it in as text. Should that fail somewhere,
//! the policy at its head forbids every script and style whose hash it does not name, and every request.

use std::io;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::{Renderer, ScanReport, json};

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/style.css");
/// What the dashboard has as modules: pure, and of no other files.
const SHARED: [&str; 3] = [
    include_str!("../../../dashboard/shared/figures.js"),
    include_str!("../../../dashboard/shared/foreign.js"),
    include_str!("../../../dashboard/shared/story.js"),
];
/// In the order in which they build on each other.
const OWN: &str = concat!(
    include_str!("html/words.js"),
    include_str!("html/chart.js"),
    include_str!("html/incidents.js"),
    include_str!("html/tables.js"),
    include_str!("html/differences.js"),
    include_str!("html/app.js"),
);

/// The script of the page. Modules cannot be loaded from a file that was opened from a disk, so that they are put before our
/// own script with nothing but the word `export` taken away.
static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let lines = SHARED.iter().flat_map(|module| module.lines());
    let shared: String =
        lines.flat_map(|line| [line.strip_prefix("export ").unwrap_or(line), "\n"]).collect();
    format!("\"use strict\";\n{shared}{OWN}")
});

/// Writes one self-contained HTML file.
#[derive(Clone, Copy, Debug, Default)]
pub struct HtmlRenderer;

impl Renderer for HtmlRenderer {
    fn render(&self, report: &ScanReport, out: &mut dyn io::Write) -> io::Result<()> {
        let mut rest = PAGE;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").unwrap_or((after, ""));
            out.write_all(before.as_bytes())?;
            match name {
                "policy" => out.write_all(policy().as_bytes())?,
                "style" => out.write_all(STYLE.as_bytes())?,
                "script" => out.write_all(SCRIPT.as_bytes())?,
                _ => json::embedded(report, out)?,
            }
            rest = after;
        }
        out.write_all(rest.as_bytes())
    }
}

fn policy() -> String {
    let (script, style) = (hash(&SCRIPT), hash(STYLE));
    format!(
        "default-src 'none'; script-src '{script}'; style-src '{style}'; base-uri 'none'; form-action 'none'"
    )
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::sample;
    use proptest::prelude::*;

    fn written(report: &ScanReport) -> String {
        let mut out = Vec::new();
        HtmlRenderer.render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The report as a reader of the page gets it.
    fn embedded(page: &str) -> &str {
        let start = page.find("<script type=\"application/json\" id=\"report\">").unwrap();
        let rest = &page[start..];
        let rest = &rest[rest.find('>').unwrap() + 1..];
        &rest[..rest.find("</script").unwrap()]
    }

    #[test]
    fn the_report_comes_back_whole() {
        for report in [sample::story(), sample::hostile(), crate::scan_report::sample::two_inputs()] {
            let again: ScanReport = serde_json::from_str(embedded(&written(&report))).unwrap();
            assert_eq!(again, report);
        }
    }

    #[test]
    fn whatever_the_log_says_the_page_is_the_same_but_for_its_data() {
        let (quiet, hostile) = (written(&sample::quiet()), written(&sample::hostile()));
        assert_eq!(quiet.replace(embedded(&quiet), ""), hostile.replace(embedded(&hostile), ""));
        assert!(!embedded(&hostile).contains(['<', '>', '&', '\u{2028}', '\x1b']));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn whatever_is_said_comes_back_and_begins_no_element(text in sample::nasty()) {
            let report = sample::brief(&text);
            let page = written(&report);
            prop_assert!(!embedded(&page).contains(['<', '>', '&']));
            prop_assert_eq!(serde_json::from_str::<ScanReport>(embedded(&page)).unwrap(), report);
        }
    }

    #[test]
    fn modules_are_part_of_the_script_and_no_modules_any_more() {
        for line in SCRIPT.lines() {
            assert!(!line.starts_with("import ") && !line.starts_with("export "), "{line}");
        }
        // Each name once: two that are equal would end the whole script.
        let names = SCRIPT.lines().filter_map(|line| {
            let rest = ["const ", "let ", "function "].iter().find_map(|word| line.strip_prefix(word))?;
            rest.split(|sign: char| !sign.is_alphanumeric() && sign != '_').next()
        });
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        assert!(names.contains(&"duration") && names.contains(&"incidentCard"));
        assert!(names.is_sorted_by(|one, other| one < other), "{names:?}");
    }

    #[test]
    fn the_page_asks_for_nothing_and_puts_text_in_as_text() {
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "setAttribute(\"style",
            "setAttribute(\"on",
        ] {
            assert!(!SCRIPT.contains(word), "{word}");
        }
        let shell = written(&sample::quiet());
        let shell = shell.replace("http://www.w3.org/2000/svg", "");
        for word in ["http:", "https:", "src=", "href=", "url(", "@import", "fetch(", " style="] {
            assert!(!shell.contains(word), "{word}");
        }
    }

    #[test]
    fn the_policy_names_the_script_and_the_style_of_the_page() {
        let page = written(&sample::quiet());
        let part = |open: &str, close: &str| {
            let start = page.find(open).unwrap() + open.len();
            page[start..start + page[start..].find(close).unwrap()].to_owned()
        };
        assert!(page.contains(&hash(&part("<style>", "</style>"))));
        assert!(page.contains(&hash(&part("<script>", "</script>"))));
        assert_eq!(hash("abc"), "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }

    #[test]
    fn there_are_two_scripts_and_only_one_that_runs() {
        let page = written(&sample::hostile()).to_ascii_lowercase();
        assert_eq!(page.matches("<script").count(), 2);
        assert_eq!(page.matches("</script").count(), 2);
        assert_eq!(page.matches("<script>").count(), 1);
    }
}
