//! `scan`: paths in, the report of what is in them out.
//!
//! Everything that can be refused is refused before the first byte is read, and outputs are opened by then. What
//! was asked for is worked out by the pipeline; here it is only put into its terms, and shown.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use clap::CommandFactory;
use logsift_engine::reader::Settings;
use logsift_engine::records::redact::Kinds;
use logsift_engine::records::zone::Zone;
use logsift_pipeline::moment::Moment;
use logsift_pipeline::scan::{ScanSettings, Scanned, scan};
use logsift_pipeline::watch::Watch;
use logsift_reports::scan_report::{Notice, NoticeKind};
use logsift_reports::text::figures::counted;
use logsift_reports::{JsonRenderer, ScanReport, TextRenderer};
use logsift_sources::{Part, Plan, PlanOptions, SourceSet, plan};

use crate::arguments::{Arguments, Manners, ReportFormat, Scan};
use crate::exit::{Exit, Problem, unless_pipe_closed};
use crate::formats;
use crate::outputs::{self, ReportFile};
use crate::progress::Progress;
use crate::redaction;
use crate::screen;

/// So many notices are told on standard error unless all are asked for.
const NOTICES: usize = 5;

pub(crate) fn run(mut arguments: Scan, manners: &Manners) -> Result<Exit, Problem> {
    if arguments.paths.is_empty() {
        if io::stdin().is_terminal() {
            return Ok(nothing_to_read());
        }
        arguments.paths.push("-".into());
    }
    let settings = settings(&arguments, manners)?;
    let plan = plan(&arguments.paths, &plan_options(&arguments));
    refuse_inputs(&arguments, &plan)?;
    refuse_streams(&settings, &plan)?;
    let files: Vec<ReportFile> =
        arguments.output.iter().map(|path| ReportFile::create(path)).collect::<Result<_, _>>()?;
    let scanned = read(&arguments, &settings, &plan, manners)?;
    for file in files {
        file.write(&scanned.report)?;
    }
    show(&arguments, manners, &scanned.report)?;
    let rows = arguments.records.as_deref().unwrap_or(Path::new("-"));
    unless_pipe_closed(scanned.rows).map_err(|error| outputs::cannot_write(rows, &error))?;
    Ok(exit(&scanned.report))
}

fn nothing_to_read() -> Exit {
    let mut command = Arguments::command();
    command.build();
    let help = command.find_subcommand_mut("scan").map(|scan| scan.render_help());
    screen::complain("nothing to read\nhint: give a PATH, or pipe logs into it");
    if let Some(help) = help {
        anstream::eprint!("\n{}", help.ansi());
    }
    Exit::Usage
}

fn settings(arguments: &Scan, manners: &Manners) -> Result<ScanSettings, Problem> {
    let zone = Zone::choose(None, arguments.tz.as_deref()).map_err(Problem::usage)?;
    let moment = |text: &Option<String>| {
        text.as_deref().map(|text| Moment::parse(text, &zone)).transpose().map_err(Problem::usage)
    };
    Ok(ScanSettings {
        reader: reader_settings(arguments)?,
        since: moment(&arguments.since)?,
        until: moment(&arguments.until)?,
        stream: arguments.stream.clone(),
        threads: threads(manners),
        only_rows: rows_on_stdout(arguments) && arguments.output.is_empty(),
    })
}

fn reader_settings(arguments: &Scan) -> Result<Settings, Problem> {
    let mut settings = Settings::new().with_library(formats::library(arguments.own.formats.as_deref())?);
    if let Some(zone) = &arguments.tz {
        settings = settings.with_zone(zone).map_err(Problem::usage)?;
    }
    if let Some(format) = &arguments.log_format {
        settings = settings.with_format(format).map_err(Problem::usage)?;
    }
    if let Some(redact) = arguments.redact {
        settings = settings.redacted(Kinds::ALL, redaction::manner(redact)?);
    }
    Ok(settings)
}

fn threads(manners: &Manners) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    manners.threads.map_or_else(cores, usize::from)
}

fn plan_options(arguments: &Scan) -> PlanOptions {
    PlanOptions { rotated: !arguments.no_rotated, ..PlanOptions::default() }
}

fn refuse_inputs(arguments: &Scan, plan: &Plan) -> Result<(), Problem> {
    let outputs = arguments.output.iter().chain(&arguments.records).map(PathBuf::as_path);
    let inputs = plan.sets.iter().flat_map(SourceSet::parts).filter_map(Part::path);
    outputs::refuse_inputs(outputs, inputs)
}

/// Where the end must be known first, everything is read twice; what flows by cannot be.
fn refuse_streams(settings: &ScanSettings, plan: &Plan) -> Result<(), Problem> {
    let mut parts = plan.sets.iter().flat_map(SourceSet::parts);
    match parts.find(|part| part.bytes().is_none()) {
        Some(part) if settings.needs_end() => Err(Problem::usage(format!(
            "the end of `{}` is not known before it is read\nhint: give --since and --until as dates",
            part.name()
        ))),
        _ => Ok(()),
    }
}

fn read(
    arguments: &Scan,
    settings: &ScanSettings,
    plan: &Plan,
    manners: &Manners,
) -> Result<Scanned, Problem> {
    let rows = arguments.records.as_deref().map(outputs::rows).transpose()?;
    let watch = Arc::new(Watch::default());
    let passes = if settings.needs_end() { 2 } else { 1 };
    let total = stored_bytes(plan).map(|bytes| bytes * passes);
    // Rows and a bar on one terminal would be drawn into each other.
    let rows_are_seen = rows_on_stdout(arguments) && io::stdout().is_terminal();
    let progress = Progress::show(&watch, total, !manners.quiet && !rows_are_seen);
    let scanned = scan(plan, settings, rows, &watch).map_err(Problem::usage);
    drop(progress);
    scanned
}

/// Bytes of all parts, if all are known.
fn stored_bytes(plan: &Plan) -> Option<u64> {
    plan.sets.iter().flat_map(SourceSet::parts).map(Part::bytes).sum()
}

fn rows_on_stdout(arguments: &Scan) -> bool {
    arguments.records.as_deref() == Some(Path::new("-"))
}

/// The report to standard output, unless that is taken or quiet was asked for; what went wrong to standard
/// error, unless the report for people has told it already.
fn show(arguments: &Scan, manners: &Manners, report: &ScanReport) -> Result<(), Problem> {
    let told = match arguments.format {
        _ if rows_on_stdout(arguments) => false,
        ReportFormat::Json => {
            outputs::to_stdout(report, &JsonRenderer)?;
            false
        }
        ReportFormat::Text if manners.quiet || report.inputs.is_empty() => false,
        ReportFormat::Text => {
            let palette = screen::palette(manners);
            let text = TextRenderer { width: screen::width(), palette, everything: manners.verbose };
            outputs::to_stdout(report, &text)?;
            true
        }
    };
    if !told {
        tell_notices(report, manners);
    }
    if report.inputs.is_empty() {
        screen::complain("nothing could be read");
    }
    Ok(())
}

fn tell_notices(report: &ScanReport, manners: &Manners) {
    let grave = |notice: &&Notice| manners.verbose || is_failure(notice) || report.inputs.is_empty();
    let notices: Vec<&Notice> = report.notices.iter().filter(grave).collect();
    let shown = if manners.verbose { notices.len() } else { NOTICES };
    for notice in notices.iter().take(shown) {
        screen::complain(&format!("{}: {}", notice.name, notice.text));
    }
    if notices.len() > shown {
        let more = counted((notices.len() - shown) as u64, "more notice", "more notices");
        screen::complain(&format!("{more}; -v shows all"));
    }
}

fn is_failure(notice: &Notice) -> bool {
    matches!(notice.kind, NoticeKind::Failed | NoticeKind::Unreadable)
}

fn exit(report: &ScanReport) -> Exit {
    let has = |kind| report.notices.iter().any(|notice| notice.kind == kind);
    if has(NoticeKind::Failed) {
        Exit::Internal
    } else if has(NoticeKind::Unreadable) || report.inputs.is_empty() {
        Exit::Unreadable
    } else {
        Exit::Ran
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logsift_reports::scan_report::{Asked, Input, Product, REPORT_VERSION, Totals};

    fn check(inputs: usize, kinds: &[NoticeKind], expected: Exit) {
        let notice = |kind: &NoticeKind| Notice { kind: *kind, name: String::new(), text: String::new() };
        let report = ScanReport {
            report_version: REPORT_VERSION,
            product: Product { name: String::new(), version: String::new() },
            asked: Asked::default(),
            inputs: vec![Input::default(); inputs],
            totals: Totals::default(),
            notices: kinds.iter().map(notice).collect(),
        };
        assert_eq!(exit(&report), expected, "{inputs} {kinds:?}");
    }

    #[test]
    fn the_gravest_notice_decides_the_exit() {
        use NoticeKind::{Failed, Noted, Skipped, Unreadable};
        check(1, &[], Exit::Ran);
        check(1, &[Skipped, Noted], Exit::Ran);
        check(0, &[Skipped], Exit::Unreadable);
        check(1, &[Skipped, Unreadable], Exit::Unreadable);
        check(1, &[Unreadable, Failed], Exit::Internal);
    }
}
