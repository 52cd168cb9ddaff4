//! `scan`: paths in, the report of what is in them out.
//!
//! Everything that can be refused is refused before the first byte is read, and outputs are opened by then. What
//! was asked for is worked out by the pipeline; here it is only put into its terms, and shown.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use logsift_pipeline::detection::Detecting;
use logsift_pipeline::scan::{RowsOut, ScanSettings, Scanned, scan};
use logsift_reports::{Format, ScanReport, TextRenderer};
use logsift_sources::Plan;

use crate::arguments::{Manners, Scan};
use crate::exit::{Exit, Problem, unless_pipe_closed};
use crate::outputs::{self, ReportFile};
use crate::reading::{self, nothing_to_read};
use crate::{detecting, screen};

pub(crate) fn run(mut arguments: Scan, manners: &Manners) -> Result<Exit, Problem> {
    if !arguments.input.or_stdin() {
        return Ok(nothing_to_read("scan"));
    }
    let mut settings = arguments.input.how.settings(manners)?;
    settings.only_rows = only_records(&arguments);
    if !settings.only_rows && !arguments.no_detect {
        let detecting = arguments.detect.settings(settings.redaction)?;
        settings.detecting = Some(Detecting { session: arguments.session.clone(), ..detecting });
    }
    let plan = arguments.input.plan();
    let rows = [&arguments.records, &arguments.scores, &arguments.session_scores].into_iter().flatten();
    let places = arguments.output.iter().chain(&arguments.png).chain(rows).map(PathBuf::as_path);
    reading::refuse(places, settings.needs_end(), &plan)?;
    if arguments.format.is_binary() && io::stdout().is_terminal() {
        return Err(Problem::usage("a picture is nothing for a terminal\nhint: give a file with --png"));
    }
    let named = arguments.output.iter().map(|path| ReportFile::create(path));
    let drawn = arguments.png.iter().map(|path| ReportFile::create_as(path, Format::Png));
    let files: Vec<ReportFile> = named.chain(drawn).collect::<Result<_, _>>()?;
    let scanned = read(&arguments, &settings, &plan, manners)?;
    for file in files {
        file.write(&scanned.report)?;
    }
    let told = show(&arguments, manners, &scanned.report)?;
    reading::tell(&scanned.report, told, manners);
    let rows = arguments.records.as_deref().unwrap_or(Path::new("-"));
    unless_pipe_closed(scanned.rows).map_err(|error| outputs::cannot_write(rows, &error))?;
    let scores = arguments.scores.as_deref().unwrap_or(Path::new("-"));
    unless_pipe_closed(scanned.scores).map_err(|error| outputs::cannot_write(scores, &error))?;
    let sessions = arguments.session_scores.as_deref().unwrap_or(Path::new("-"));
    unless_pipe_closed(scanned.sessions).map_err(|error| outputs::cannot_write(sessions, &error))?;
    match reading::exit(&scanned.report) {
        Exit::Ran => Ok(detecting::exit(&scanned.report, arguments.fail_on)),
        other => Ok(other),
    }
}

fn read(
    arguments: &Scan,
    settings: &ScanSettings,
    plan: &Plan,
    manners: &Manners,
) -> Result<Scanned, Problem> {
    let records = arguments.records.as_deref().map(outputs::rows).transpose()?;
    let mut scores = arguments.scores.as_deref().map(outputs::writer).transpose()?;
    let mut sessions = arguments.session_scores.as_deref().map(outputs::writer).transpose()?;
    let rows = RowsOut {
        records,
        scores: scores.as_mut().map(|out| out as &mut dyn Write),
        sessions: sessions.as_mut().map(|out| out as &mut dyn Write),
    };
    // Rows and a bar on one terminal would be drawn into each other.
    let rows_are_seen = rows_on_stdout(arguments) && io::stdout().is_terminal();
    let wanted = !manners.quiet && !rows_are_seen;
    let work = |watch: &_| scan(plan, settings, rows, watch);
    reading::watched(plan, settings.needs_end(), wanted, work).map_err(Problem::usage)
}

/// Nothing but the records is wanted.
fn only_records(arguments: &Scan) -> bool {
    let on_stdout = arguments.records.as_deref() == Some(Path::new("-"));
    let scored = arguments.scores.is_some() || arguments.session_scores.is_some();
    on_stdout && arguments.output.is_empty() && !scored && arguments.fail_on.is_none()
}

fn rows_on_stdout(arguments: &Scan) -> bool {
    let places = [&arguments.records, &arguments.scores, &arguments.session_scores];
    places.into_iter().any(|place| place.as_deref() == Some(Path::new("-")))
}

/// The report to standard output, unless that is taken or quiet was asked for. Says whether people have been
/// told of everything that went wrong.
fn show(arguments: &Scan, manners: &Manners, report: &ScanReport) -> Result<bool, Problem> {
    match arguments.format {
        _ if rows_on_stdout(arguments) => Ok(false),
        Format::Text if manners.quiet || report.inputs.is_empty() => Ok(false),
        Format::Text => {
            let palette = screen::palette(manners);
            let text = TextRenderer { width: screen::width(), palette, everything: manners.verbose };
            outputs::to_stdout(report, &text).map(|()| true)
        }
        other => outputs::to_stdout(report, &*other.renderer()).map(|()| false),
    }
}
