//! The words of `watch`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::{Detect, How, Known};

/// Follow logs and say what is unusual as it happens
///
/// Reads what is in the files already, then what is written to them, over rotation (by rename and by truncation), until it
/// is stopped (Ctrl-C, SIGTERM) or standard input ends. A finding is told once, in a line: when, how grave, where, what,
/// and why. Findings that need a whole interval of log time (something is missing, something is more often) are told
/// when the interval is over, and sessions are judged when they are. No more incidents are told than the
/// budget allows; what was long over before it looked odd is told at the end only. Then the findings are those of
/// `logsift scan` over the same lines.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Follow {
    /// Files, folders, globs, or - for standard input
    ///
    /// Each file is followed by its name. Files that appear in a folder later are not.
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<OsString>,

    /// The format of the findings
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: FollowFormat,

    /// Only tell what happens from now on; learn what is in the files already
    #[arg(long)]
    pub(crate) only_new: bool,

    /// Keep what was learned in DIR, and go on from there at the next start
    ///
    /// DIR holds a model (watch.model), which every command that takes a model can read, and how far each file was
    /// read (positions.json). Both are replaced in one step, every --save-every seconds and at the end.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "model")]
    pub(crate) state: Option<PathBuf>,

    /// Seconds between two savings of the state
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "state", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) save_every: u64,

    /// What ties records together to sessions [default: found in the log]
    ///
    /// A field, a key in the message, or how the identifiers begin: trace_id, sessionid, blk_; none to look at no
    /// sessions.
    #[arg(long, value_name = "NAME", help_heading = "What is unusual")]
    pub(crate) session: Option<String>,

    #[command(flatten)]
    pub(crate) detect: Detect,

    #[command(flatten)]
    pub(crate) known: Known,

    #[command(flatten)]
    pub(crate) how: How,
}

/// The format of findings that are told as they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FollowFormat {
    /// A line for people.
    Text,
    /// A line for programs: the finding objects of `scan --format ndjson`.
    Ndjson,
}

const EXAMPLES: &str = "\
Examples:
  logsift watch /var/log/app.log                       a file, over its rotations
  logsift watch app.log --only-new --state ~/.logsift  a service: goes on where it stopped
  kubectl logs -f deploy/web | logsift watch -         standard input
  logsift watch app.log --model good.model             against what was learned
  logsift watch app.log --format ndjson | jq -r .explanation

Exit codes:
  0  stopped, or the input has ended        3  some input could not be read
  2  wrong usage                            4  an error of logsift itself";
