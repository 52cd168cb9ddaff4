//! The words of `feedback`: what people say about what was found.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::How;

/// Say once what is normal, and have it heeded
///
/// Writes logsift.feedback.yaml, a file to be reviewed and kept beside the code: every scan,
/// diff and watch in its folder heeds it. What it holds back is counted and listed, never
/// left out in silence.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift scan app.log -o report.json
  logsift feedback normal inc-2 --report report.json --why \"nightly batch\"
  logsift feedback expected-until 2024-06-01 rule:disk-full --why \"new disk is ordered\"
  logsift feedback normal slot:01d8bd1a7a74b8f2#2=0..900 --why \"slow link to the branch\"
  logsift feedback severity low stream:staging-* --why \"nobody is woken for staging\"
  logsift feedback not-normal 7c1f0d2a9be4c311 --report report.json --why \"the retries must go\"
  logsift feedback check --report report.json")]
pub(crate) struct Feedback {
    #[command(subcommand)]
    pub(crate) command: FeedbackCommand,
}

/// What can be said, and what can be done with it.
#[derive(Debug, Subcommand)]
pub(crate) enum FeedbackCommand {
    /// It is normal: hold it back from now on
    Normal(Says),
    /// It is expected until a day, in the time of the log: hold it back until then
    ExpectedUntil(Until),
    /// It is important: raise it whatever the budget
    Important(Says),
    /// It is not of this severity, but of another
    Severity(OfSeverity),
    /// It is not normal, however long it lasts: what was learned as a new normal is taken back
    NotNormal(Says),
    /// List what was said
    List(OnFile),
    /// Say what the file would change on a report or on logs, and what of it says nothing any more
    Check(Check),
}

/// Something that is said.
#[derive(Debug, Args)]
pub(crate) struct Says {
    /// What it is about
    ///
    /// The id of a finding or incident of --report, or one of template:ID, template:TEXT,
    /// slot:ID#NUMBER=FROM..TO, fingerprint:HEX, rule:NAME, stream:GLOB.
    #[arg(value_name = "TARGET")]
    pub(crate) target: String,

    /// Why it is so
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: String,

    /// Who says so
    #[arg(long, value_name = "NAME", env = "USER")]
    pub(crate) who: String,

    /// From this day on, in the time of the log, it no longer holds
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<String>,

    /// The report, as JSON, that the id is of; what would change in it is said
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) report: Option<PathBuf>,

    /// Only say what would change
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) on: OnFile,
}

/// Something that is said to be so until a day.
#[derive(Debug, Args)]
pub(crate) struct Until {
    /// The day
    #[arg(value_name = "DAY")]
    pub(crate) day: String,

    #[command(flatten)]
    pub(crate) says: Says,
}

/// Something that is said to be of a severity.
#[derive(Debug, Args)]
pub(crate) struct OfSeverity {
    /// The severity that it has
    #[arg(value_enum, value_name = "SEVERITY")]
    pub(crate) severity: SeverityWord,

    #[command(flatten)]
    pub(crate) says: Says,
}

/// A severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeverityWord {
    /// Worth knowing.
    Low,
    /// Worth a look today.
    Medium,
    /// Worth a look now.
    High,
    /// Something is broken.
    Critical,
}

/// Which file.
#[derive(Debug, Args)]
pub(crate) struct OnFile {
    /// The file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, default_value = "logsift.feedback.yaml", env = "LOGSIFT_FEEDBACK")]
    pub(crate) feedback: PathBuf,
}

/// What the file would change.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift feedback check --report report.json     on a saved report
  logsift feedback check /var/log/app             on logs

Exit codes:
  0  every entry says something     1  one says nothing any more, or has expired
  2  the file is wrong")]
pub(crate) struct Check {
    /// Files, folders, globs
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<OsString>,

    /// A report as JSON
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "paths")]
    pub(crate) report: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) on: OnFile,

    #[command(flatten)]
    pub(crate) how: How,
}
