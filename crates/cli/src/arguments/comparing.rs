//! The words of `diff`.

use std::ffi::OsString;

use clap::{Args, ValueHint};

use super::{Detect, Failing, How, ReportTo};

/// Compare logs with known-good ones: what is new, gone, more, less, slower
///
/// The baseline is the known past of the target: incidents of the target are told first, then what it has that the
/// baseline had not. New lines that speak of failure lead the list, each with its file, line and context, so the
/// comparison helps with logs of a few lines and without times, too: a red CI run against the last green one. Streams
/// are matched by name, then by kind (but for numbers and folders the names are equal); where nothing matches,
/// everything is compared with everything.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Compare {
    /// What is known to be good: a file, a folder, an archive, a glob or a model
    #[arg(value_name = "BASELINE", value_hint = ValueHint::AnyPath)]
    pub(crate) baseline: OsString,

    /// What is compared with it: a file, a folder, an archive, a glob, or - for standard input
    #[arg(value_name = "TARGET", value_hint = ValueHint::AnyPath)]
    pub(crate) target: OsString,

    #[command(flatten)]
    pub(crate) report: ReportTo,

    #[command(flatten)]
    pub(crate) detect: Detect,

    #[command(flatten)]
    pub(crate) failing: Failing,

    #[command(flatten)]
    pub(crate) how: How,
}

const EXAMPLES: &str = "\
Examples:
  logsift diff green.log red.log                  what the red CI run says that the green one did not
  logsift diff before/ after/ -o diff.html        two folders, matched file by file
  logsift diff app.model today.log                today against everything learned
  logsift diff 'runs/ok-*.log' runs/failed-17.log many good runs against a bad one
  logsift diff yesterday.tar.gz today/ --fail-on high
  logsift diff a.log b.log --format json | jq -r '.diff.new[] | \"\\(.file):\\(.line) \\(.message)\"'

Exit codes:
  0  ran                                    3  some input could not be read
  1  incidents at or above --fail-on        4  an error of logsift itself
  2  wrong usage";
