//! The words of `scan`, and where reports go.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};
use logsift_reports::Format;

use super::{Detect, FailOn, Input, Known, alerts, train};

/// Find what is unusual in logs
///
/// Reads files, folders, globs or standard input, packed or not, and reports incidents:
/// what happened, since when, and the lines that look like the cause. Beneath it says what
/// was read: formats, streams, times, levels, templates, and what became of every line.
/// Needs no configuration and no labels.
#[derive(Debug, Args)]
#[command(after_long_help = SCAN_EXAMPLES)]
pub(crate) struct Scan {
    #[command(flatten)]
    pub(crate) report: ReportTo,

    /// Write a row of NDJSON for every record to FILE, or to - for standard output
    ///
    /// With `-` the rows take the place of the report. Keys: file, line, offset, lines,
    /// time, level, stream, fields, message, notes.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) records: Option<PathBuf>,

    /// Write a row of CSV with its score for every record to FILE, or to - for standard output
    ///
    /// With `-` the rows take the place of the report. Columns: file, line, template_id,
    /// score, flagged, top_detector. A score grows with how unusual the record is.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "no_detect")]
    pub(crate) scores: Option<PathBuf>,

    /// Write a row of CSV with its score for every session to FILE, or to - for standard output
    ///
    /// A session is the records that share an identifier: a block, a request, a process.
    /// With `-` the rows take the place of the report. Columns: session_id, stream, records,
    /// score, flagged, top_detector.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "no_detect")]
    pub(crate) session_scores: Option<PathBuf>,

    /// What ties records together to sessions [default: found in the log]
    ///
    /// A field, a key in the message, or how the identifiers begin: trace_id, sessionid, blk_.
    #[arg(long, value_name = "NAME", help_heading = "What is unusual", conflicts_with = "no_detect")]
    pub(crate) session: Option<String>,

    #[command(flatten)]
    pub(crate) detect: Detect,

    #[command(flatten)]
    pub(crate) known: Known,

    /// Compare the newest file of every rotated log with the older ones
    ///
    /// app.log.1, app.log.2.gz and so on are the past that app.log is judged by; only
    /// app.log is reported on. Files of which there is no older one are judged by themselves.
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        conflicts_with_all = ["model", "no_detect", "no_rotated"],
        help_heading = "What is unusual"
    )]
    pub(crate) against: Option<Against>,

    #[command(flatten)]
    pub(crate) beside: train::Beside,

    /// Only read: say what is in the logs, not what is unusual about it
    #[arg(long, help_heading = "What is unusual")]
    pub(crate) no_detect: bool,

    #[command(flatten)]
    pub(crate) failing: Failing,

    #[command(flatten)]
    pub(crate) telling: alerts::Telling,

    #[command(flatten)]
    pub(crate) input: Input,
}

/// Where the report goes, and in which formats.
#[derive(Debug, Args)]
pub(crate) struct ReportTo {
    /// The format of the report on standard output
    ///
    /// text, json, ndjson, csv, html, sarif, junit, markdown, github, alerts, png.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = report_format(), hide_possible_values = true)]
    pub(crate) format: Format,

    /// Write the report to FILE too, in the format of its extension
    ///
    /// .txt, .json, .ndjson, .csv, .html, .sarif, .xml (JUnit), .md, .png; the name
    /// alerts.txt gives a line for each incident. May be given more than once.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Vec<PathBuf>,

    /// Draw a picture of the report to FILE: volume, levels, incidents, templates, scores
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) png: Option<PathBuf>,
}

/// What a scan compares with that finds it by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Against {
    /// The older files of the same rotated log.
    Previous,
}

/// How a run ends that found something.
#[derive(Debug, Args)]
pub(crate) struct Failing {
    /// End with 1 where there is an incident of this severity or a graver one
    #[arg(long, value_enum, value_name = "SEVERITY", help_heading = "What is unusual")]
    pub(crate) fail_on: Option<FailOn>,
}

/// The formats of a report by their names.
fn report_format() -> impl TypedValueParser<Value = Format> {
    let named = |name: String| Format::from_name(&name).ok_or("no format of that name");
    PossibleValuesParser::new(Format::ALL.map(Format::name)).try_map(named)
}
const SCAN_EXAMPLES: &str = "\
Examples:
  logsift scan /var/log                     everything in a folder
  logsift scan 'app/*.log.gz' --since 2h    the last two hours of packed logs
  journalctl -o short-iso | logsift scan    standard input
  logsift scan app.log -o app.json          one report to read, one to keep
  logsift scan app.log --model app.model    compare with what was learned
  logsift scan 'app.log*' --against previous  the newest of rotated files against the older
  logsift scan app.log --fail-on high       for scripts: ends with 1 at an incident
  logsift scan app.log --alert -c logsift.yaml  incidents to chat, mail or a pager
  logsift scan app.log --email you@example.com  incidents by mail
  logsift scan app.log --with isolation-forest,lof  outlier models beside the detectors
  logsift scan rows.csv --features columns  a table of numbers
  logsift scan app.log --records - | jq .   a row for every record
  logsift scan app.log --log-format '{time} {level} {message}'

Exit codes:
  0  ran                                    3  some input could not be read, or
  1  incidents at or above --fail-on           some notice not be delivered
  2  wrong usage                            4  an error of logsift itself";
