//! Where reports and rows go: opened before the reading begins, so that a long scan never ends with a
//! place that cannot be written to.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use logsift_pipeline::ordered::Ordered;
use logsift_reports::text::palette::Palette;
use logsift_reports::text::templates::TemplatesText;
use logsift_reports::{Format, Renderer, ScanReport, TemplatesReport, json, templates_rows};

use crate::arguments::ReportFormat;
use crate::exit::{Problem, unless_pipe_closed};

/// Columns of a text report in a file.
pub(crate) const FILE_WIDTH: usize = 100;

/// A file that gets the report.
#[derive(Debug)]
pub(crate) struct ReportFile {
    path: PathBuf,
    format: Format,
    file: File,
}

impl ReportFile {
    /// Opens the file; its name tells the format.
    pub(crate) fn create(path: &Path) -> Result<ReportFile, Problem> {
        let summary = std::env::var_os("GITHUB_STEP_SUMMARY").map(PathBuf::from);
        let format = Format::of_path(path, summary.as_deref()).ok_or_else(|| {
            let known: Vec<String> = Format::ALL
                .iter()
                .filter_map(|format| Some(format!(".{}", format.extensions().first()?)))
                .collect();
            Problem::usage(format!(
                "the extension of `{}` names no format\nhint: one of {}",
                path.display(),
                known.join(" ")
            ))
        })?;
        ReportFile::create_as(path, format)
    }

    /// Opens the file for that format.
    pub(crate) fn create_as(path: &Path, format: Format) -> Result<ReportFile, Problem> {
        Ok(ReportFile { path: path.to_owned(), format, file: create(path)? })
    }

    /// Writes the report.
    pub(crate) fn write(mut self, report: &ScanReport) -> Result<(), Problem> {
        let written = self.format.renderer().render(report, &mut self.file);
        written.map_err(|error| cannot_write(&self.path, &error))
    }
}

/// How a list of templates is written.
#[derive(Clone, Debug)]
pub(crate) enum TemplatesFormat {
    /// For people.
    Text {
        /// Columns of the page.
        width: usize,
        /// The colours.
        palette: Palette,
        /// Every notice.
        everything: bool,
    },
    /// One document.
    Json,
    /// A row per template.
    Csv,
    /// An object per template.
    Ndjson,
}

impl TemplatesFormat {
    /// Writes the list; `slots` asks for the values of the slots.
    pub(crate) fn write(&self, report: &TemplatesReport, slots: bool, out: &mut dyn Write) -> io::Result<()> {
        match self {
            TemplatesFormat::Json => json::document(report, out),
            TemplatesFormat::Ndjson => json::lines(&report.templates, out),
            TemplatesFormat::Csv => templates_rows::csv(report, out),
            TemplatesFormat::Text { width, palette, everything } => {
                let (width, everything) = (*width, *everything);
                TemplatesText { width, palette: palette.clone(), slots, everything }.render(report, out)
            }
        }
    }
}

/// A file that gets a list of templates.
#[derive(Debug)]
pub(crate) struct ListFile {
    path: PathBuf,
    format: TemplatesFormat,
    file: File,
}

impl ListFile {
    /// Opens the file; its extension is the format.
    pub(crate) fn create(path: &Path) -> Result<ListFile, Problem> {
        let format = list_format_of(path)?;
        Ok(ListFile { path: path.to_owned(), format, file: create(path)? })
    }

    /// Writes the list.
    pub(crate) fn write(mut self, report: &TemplatesReport, slots: bool) -> Result<(), Problem> {
        let written = self.format.write(report, slots, &mut self.file);
        written.map_err(|error| cannot_write(&self.path, &error))
    }
}

fn list_format_of(path: &Path) -> Result<TemplatesFormat, Problem> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("txt" | "text") => {
            Ok(TemplatesFormat::Text { width: FILE_WIDTH, palette: Palette::plain(), everything: true })
        }
        Some("json") => Ok(TemplatesFormat::Json),
        Some("csv") => Ok(TemplatesFormat::Csv),
        Some("ndjson" | "jsonl") => Ok(TemplatesFormat::Ndjson),
        _ => Err(Problem::usage(format!(
            "the extension of `{}` names no format\nhint: .txt, .json, .csv or .ndjson",
            path.display()
        ))),
    }
}

/// Writes to standard output. A closed pipe is no error.
pub(crate) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Problem> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    unless_pipe_closed(written).map_err(|error| cannot_write(Path::new("standard output"), &error))
}

/// Opens a file, or standard output for `-`.
pub(crate) fn writer(path: &Path) -> Result<Box<dyn Write + Send>, Problem> {
    Ok(if path == Path::new("-") { Box::new(io::stdout()) } else { Box::new(create(path)?) })
}

/// Opens the place for rows.
pub(crate) fn rows(path: &Path) -> Result<Ordered, Problem> {
    Ok(Ordered::new(writer(path)?))
}

/// Writes a report to standard output.
pub(crate) fn to_stdout(report: &ScanReport, renderer: &dyn Renderer) -> Result<(), Problem> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = renderer.render(report, &mut out).and_then(|()| out.flush());
    unless_pipe_closed(written).map_err(|error| cannot_write(Path::new("standard output"), &error))
}

/// Refuses to write over a file that is to be read. Nothing has been opened yet.
pub(crate) fn refuse_inputs<'a>(
    outputs: impl Iterator<Item = &'a Path>,
    inputs: impl Iterator<Item = &'a Path> + Clone,
) -> Result<(), Problem> {
    for output in outputs {
        let Ok(same) = fs::canonicalize(output) else { continue };
        let regular = fs::metadata(&same).is_ok_and(|file| file.is_file());
        if regular && inputs.clone().any(|input| fs::canonicalize(input).is_ok_and(|input| input == same)) {
            return Err(Problem::usage(format!(
                "`{}` is one of the logs to be read\nhint: write somewhere else",
                output.display()
            )));
        }
    }
    Ok(())
}

/// The error of writing to a place.
pub(crate) fn cannot_write(path: &Path, error: &io::Error) -> Problem {
    Problem::internal(format!("cannot write to `{}`: {error}", path.display()))
}

pub(crate) fn create(path: &Path) -> Result<File, Problem> {
    File::create(path)
        .map_err(|error| Problem::usage(format!("cannot write to `{}`: {error}", path.display())))
}

pub(crate) fn format_of(path: &Path) -> Result<ReportFormat, Problem> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("txt" | "text") => Ok(ReportFormat::Text),
        Some("json") => Ok(ReportFormat::Json),
        _ => Err(Problem::usage(format!(
            "the extension of `{}` names no report format\nhint: .txt or .json",
            path.display()
        ))),
    }
}
