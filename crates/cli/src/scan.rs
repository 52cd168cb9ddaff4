//! `scan`: paths in, the report of what is in them out.
//!
//! Everything that can be refused is refused before the first byte is read, and outputs are opened by then. What
//! was asked for is worked out by the pipeline; here it is only put into its terms, and shown.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use logsift_pipeline::detection::Detecting;
use logsift_pipeline::scan::{RowsOut, ScanSettings, Scanned, scan};
use logsift_reports::ScanReport;
use logsift_reports::scan_report::{Notice, NoticeKind};
use logsift_sources::{Part, Plan, SourceSet};

use crate::arguments::{Against, How, Manners, Scan};
use crate::detecting;
use crate::exit::{Exit, Problem, unless_pipe_closed};
use crate::outputs;
use crate::reading::{self, nothing_to_read};
use crate::sides::of_plan;
use crate::telling;

pub(crate) fn run(mut arguments: Scan, manners: &Manners) -> Result<Exit, Problem> {
    if !arguments.input.or_stdin() {
        return Ok(nothing_to_read("scan"));
    }
    arguments.input.how.as_tables(&arguments.input.paths, &arguments.beside.features);
    let mut settings = arguments.input.how.settings(manners)?;
    settings.only_rows = only_records(&arguments);
    if !settings.only_rows && !arguments.no_detect {
        let detecting = arguments.detect.settings(arguments.known.load(settings.redaction, manners)?)?;
        let (session, all_sessions) = (arguments.session.clone(), arguments.session_scores.is_some());
        let deploys = arguments.input.how.deploys(&arguments.detect.deploy)?;
        let (models, features) =
            (arguments.beside.models()?, arguments.beside.asked(detecting.embeddings.is_some())?);
        settings.detecting =
            Some(Detecting { session, all_sessions, deploys, models, features, ..detecting });
    }
    let mut plan = arguments.input.plan();
    let rows = [&arguments.records, &arguments.scores, &arguments.session_scores].into_iter().flatten();
    let places = arguments.report.places().chain(rows.map(PathBuf::as_path));
    reading::refuse(places, settings.needs_end(), &plan)?;
    let files = arguments.report.open()?;
    let telling = telling::ready(&arguments.telling)?;
    let mut previous = Vec::new();
    if let (Some(Against::Previous), Some(detecting)) = (arguments.against, &mut settings.detecting) {
        previous = against_previous(&mut plan, detecting, &arguments.input.how, manners)?;
    }
    let mut scanned = read(&arguments, &settings, &plan, manners)?;
    scanned.report.notices.splice(0..0, previous);
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
    let rules = settings.detecting.as_ref().and_then(|detecting| detecting.rules.as_deref());
    let told = telling.map_or(Ok(Exit::Ran), |ready| ready.tell(&scanned.report, rules))?;
    match worse(reading::exit(&scanned.report), told) {
        Exit::Ran => Ok(detecting::exit(&scanned.report, arguments.failing.fail_on)),
        other => Ok(other),
    }
}

/// What went wrong first, if anything did.
fn worse(read: Exit, told: Exit) -> Exit {
    if read == Exit::Ran { told } else { read }
}

/// Learns the older files of rotated logs; what is left to read are the newest. Gives what was not read of the older.
fn against_previous(
    plan: &mut Plan,
    detecting: &mut Detecting,
    how: &How,
    manners: &Manners,
) -> Result<Vec<Notice>, Problem> {
    let (newest, older) = std::mem::take(plan).split_newest();
    *plan = newest;
    let parts: Vec<&str> = older.sets.iter().flat_map(SourceSet::parts).map(Part::name).collect();
    let name = match parts.as_slice() {
        [] => {
            return Err(Problem::usage(
                "none of the logs has an older file beside it\nhint: compare with a model (--model), or with other logs (logsift diff)",
            ));
        }
        [only] => (*only).to_owned(),
        [first, .., last] => format!("{} previous files, {first} … {last}", parts.len()),
    };
    let known = of_plan(name, &older, how, manners)?;
    detecting.known = Some((known.name, known.learned));
    Ok(known.notices.into_iter().filter(|notice| notice.kind != NoticeKind::Noted).collect())
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
    let tells = arguments.telling.alert || !arguments.telling.email.is_empty();
    let wants_report = scored || tells || arguments.failing.fail_on.is_some();
    on_stdout && arguments.report.output.is_empty() && !wants_report
}

fn rows_on_stdout(arguments: &Scan) -> bool {
    let places = [&arguments.records, &arguments.scores, &arguments.session_scores];
    places.into_iter().any(|place| place.as_deref() == Some(Path::new("-")))
}

/// The report to standard output, unless that is taken or quiet was asked for. Says whether people have been
/// told of everything that went wrong.
fn show(arguments: &Scan, manners: &Manners, report: &ScanReport) -> Result<bool, Problem> {
    if rows_on_stdout(arguments) { Ok(false) } else { arguments.report.show(manners, report) }
}
