//! `templates diff`: two logs or models in, what differs between their templates out.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use logsift_pipeline::compare::compare;
use logsift_reports::json;
use logsift_reports::scan_report::NoticeKind;
use logsift_reports::templates_diff::TemplatesDiff;
use logsift_reports::text::diff::DiffText;
use logsift_reports::text::palette::Palette;

use super::pins;
use crate::arguments::{Diff, Manners, ReportFormat};
use crate::exit::{Exit, Problem};
use crate::outputs::{self, FILE_WIDTH, create, format_of};
use crate::screen;
use crate::sides::side;

pub(super) fn run(arguments: &Diff, manners: &Manners) -> Result<Exit, Problem> {
    let pins = pins(arguments.templates.as_deref())?;
    let named = [&arguments.before, &arguments.after];
    let inputs = named.map(Path::new);
    outputs::refuse_inputs(arguments.output.iter().map(PathBuf::as_path), inputs.into_iter())?;
    let mut files = Vec::new();
    for path in &arguments.output {
        files.push((path, format_of(path)?, create(path)?));
    }
    let [a, b] = named.map(|name| side(name, &arguments.how, manners));
    let (a, b) = (a?, b?);
    let diff = compare(&a, &b, &pins);
    for (path, format, mut file) in files {
        let text = DiffText { width: FILE_WIDTH, palette: Palette::plain(), everything: true };
        let written = write(&diff, format, &text, &mut file);
        written.map_err(|error| outputs::cannot_write(path, &error))?;
    }
    let (width, palette) = (screen::width(), screen::palette(manners));
    let text = DiffText { width, palette, everything: manners.verbose };
    if arguments.format == ReportFormat::Json || !manners.quiet {
        outputs::print(|out| write(&diff, arguments.format, &text, out))?;
    }
    Ok(exit(&diff))
}

fn write(diff: &TemplatesDiff, format: ReportFormat, text: &DiffText, out: &mut dyn Write) -> io::Result<()> {
    match format {
        ReportFormat::Json => json::document(diff, out),
        ReportFormat::Text => text.render(diff, out),
    }
}

fn exit(diff: &TemplatesDiff) -> Exit {
    let has = |kind| diff.notices.iter().any(|notice| notice.kind == kind);
    if has(NoticeKind::Failed) {
        Exit::Internal
    } else if has(NoticeKind::Unreadable) {
        Exit::Unreadable
    } else {
        Exit::Ran
    }
}
