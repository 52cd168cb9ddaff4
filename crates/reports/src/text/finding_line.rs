//! A finding in, one line for people out: when, how grave, where, what it says, and why that is unusual.

use super::figures::moment;
use super::incidents::place;
use super::layout::{foreign, shorten_end};
use super::palette::Palette;
use crate::detection::FindingRow;

/// Columns of a record, and of a place.
const MESSAGE: usize = 160;
const PLACE: usize = 60;

/// The line, without its end. `title` is that of its incident.
pub fn finding_line(row: &FindingRow, title: &str, palette: &Palette) -> String {
    let time = row.time.as_deref().map_or_else(|| "-".to_owned(), moment);
    let severity = palette.severity(&row.severity);
    let (dim, name) = (palette.dim, palette.name);
    let place = place(row.file.as_deref(), row.line, PLACE);
    let place = place.or_else(|| row.stream.as_deref().map(foreign)).unwrap_or_else(|| "all logs".to_owned());
    let message = row.message.as_deref().or(row.template.as_deref()).unwrap_or(title);
    format!(
        "{dim}{time}{dim:#} {severity}{:<8}{severity:#} {name}{place}{name:#} {} {dim}({}: {}){dim:#}",
        foreign(&row.severity).to_uppercase(),
        shorten_end(&foreign(message), MESSAGE),
        foreign(&row.kind),
        shorten_end(&foreign(&row.explanation), MESSAGE),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escape::is_unsafe;

    #[test]
    fn a_finding_is_one_line_whatever_it_says() {
        let row = FindingRow {
            kind: "new-template".to_owned(),
            severity: "high".to_owned(),
            file: Some("app.log".to_owned()),
            line: Some(7),
            time: Some("2024-01-31T10:00:00Z".to_owned()),
            message: Some("disk is\nfull\x1b[2J".to_owned()),
            explanation: "not seen before".to_owned(),
            ..FindingRow::default()
        };
        let line = finding_line(&row, "", &Palette::plain());
        assert_eq!(
            line,
            "2024-01-31 10:00:00Z HIGH     app.log:7 disk is\\nfull\\x1b[2J (new-template: not seen before)"
        );
        assert!(!line.chars().any(is_unsafe));
        let bare = finding_line(&FindingRow::default(), "all is silent", &Palette::coloured());
        assert!(bare.contains("all logs") && bare.contains("all is silent") && !bare.contains('\n'));
    }
}
