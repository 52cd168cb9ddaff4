//! The words of what needs no labels: `eval backtest` and `eval inject`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use logsift_eval::inject::FaultKind;

use crate::arguments::{Detect, How, Input, Known};

/// The past, day by day: what `scan` would have raised with this budget
///
/// No labels are needed. For every day of log time, in UTC: how many incidents would have
/// been raised, how many findings held back, and what they are called. Every day is judged
/// in view of the whole log, as `scan` does.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift eval backtest app.log
  logsift eval backtest logs/ --budget 1/day
  logsift eval backtest app.log.gz --budget 2/week --since 30d --json days.json

Exit codes:
  0  told                  3  an input could not be read; the rest was analysed
  2  wrong usage           4  an error of logsift itself")]
pub(crate) struct EvalBacktest {
    #[command(flatten)]
    pub(crate) input: Input,

    #[command(flatten)]
    pub(crate) detect: Detect,

    #[command(flatten)]
    pub(crate) known: Known,

    /// Write the days as JSON to FILE, or to - in place of the table
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) json: Option<PathBuf>,
}

/// Your own log: known faults put into copies of it, and which of them are found
///
/// Nobody has labels for their own log. Here messages are dropped, repeated, put in another
/// order, made up, given other numbers, silenced, shifted in their rate or written twice, each
/// fault in a copy of its own, at places spread over the log. A fault counts as found where the
/// scan of the copy raises something within its time that the scan of the log as it is does
/// not raise. Told beside it: how often the log as it is would have called somebody,
/// and which budget would be needed to find more. The log itself is never changed.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift eval inject app.log
  logsift eval inject app.log.gz --budget 1/day --faults 10
  logsift eval inject app.log --kind new-line,silence --seed 7 -v
  logsift eval inject app.log --keep copies/ --json faults.json

Exit codes:
  0  told                  3  the log could not be read
  2  wrong usage           4  an error of logsift itself")]
pub(crate) struct EvalInject {
    /// The log, packed or not, or - for standard input
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,

    /// Kinds of faults, parted by commas
    ///
    /// drop: a usual message is missing 30 times. burst: a message is there 20 times as often
    /// for a minute. reordering: 40 records change places, their times stay. new-line: 5 lines
    /// that nobody wrote before. value-shift: a number is ten times as great, 30 times.
    /// silence: nothing at all. level-shift: a message is three times as frequent for a tenth
    /// of the log. duplicated-step: 20 records of a message are there twice.
    #[arg(
        long,
        value_name = "KIND",
        value_delimiter = ',',
        value_parser = fault_kind,
        default_value = "drop,burst,reordering,new-line,value-shift,silence,level-shift,duplicated-step",
        hide_default_value = true
    )]
    pub(crate) kind: Vec<FaultKind>,

    /// How many faults of each kind
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) faults: u16,

    /// Another seed makes other faults at other places
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Take the first N lines of the log
    ///
    /// Every fault takes a scan or more of the whole copy.
    #[arg(long, value_name = "N", default_value_t = 500_000)]
    pub(crate) lines: usize,

    /// Keep the copies in this folder, each with the lines that were changed
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) keep: Option<PathBuf>,

    /// Write the figures as JSON to FILE, or to - in place of the table
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) json: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) detect: Detect,

    #[command(flatten)]
    pub(crate) known: Known,

    #[command(flatten)]
    pub(crate) how: How,
}

fn fault_kind(text: &str) -> Result<FaultKind, String> {
    let known = || FaultKind::ALL.map(FaultKind::name).join(", ");
    FaultKind::named(text.trim()).ok_or_else(|| format!("one of {}", known()))
}
