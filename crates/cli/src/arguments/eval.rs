//! The words of `eval`.

mod compare;
mod figures;
mod labelled;
mod training;
mod unlabelled;

use std::num::ParseFloatError;

use clap::{Args, Subcommand};

pub(crate) use compare::{EvalCompare, EvalFetch};
pub(crate) use figures::Figures;
pub(crate) use labelled::{EvalLines, EvalRuns, EvalSessions, EvalTable};
pub(crate) use training::{Training, model, setting};
pub(crate) use unlabelled::{EvalBacktest, EvalInject};

/// Measure detection against labels
///
/// Models are trained on what is normal, judge the rest without seeing a label, and then
/// labels and verdicts are compared. The threshold is automatic; what the best one would
/// have given is shown beside it, marked as an oracle.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift eval sessions sessions.csv.gz                  sessions of event ids
  logsift eval runs campaign/                            one raw log per run
  logsift eval lines --log app.log --labels labels.csv   lines of a log
  logsift eval lines --log app.log --labels labels.csv --model all
                                                         beside all other models
  logsift eval table rows.csv.gz --model all             rows of numbers
  logsift eval backtest app.log --budget 5/day           the past, without labels
  logsift eval inject app.log                            faults put into your own log
  logsift eval fetch                                     public sets
  logsift eval compare                                   all models in one table")]
pub(crate) struct Eval {
    #[command(subcommand)]
    pub(crate) command: EvalCommand,
}

/// What can be evaluated.
#[derive(Debug, Subcommand)]
pub(crate) enum EvalCommand {
    Sessions(EvalSessions),
    Runs(EvalRuns),
    Lines(EvalLines),
    Table(EvalTable),
    Backtest(EvalBacktest),
    Inject(EvalInject),
    Fetch(EvalFetch),
    Compare(EvalCompare),
}

/// `0.001` or `0.1%`; something, and not everything.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse().map(|percent: f64| percent / 100.0),
        None => text.parse(),
    };
    let share = share.map_err(|error: ParseFloatError| error.to_string())?;
    if share > 0.0 && share < 1.0 { Ok(share) } else { Err("it must be above 0 and below 1".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_numbers_or_percentages() {
        for (text, expected) in [("0.001", 0.001), ("5%", 0.05), ("0.1 %", 0.001), ("1e-4", 0.0001)] {
            assert!((share(text).unwrap() - expected).abs() < 1e-15, "{text}");
        }
        for wrong in ["0", "1", "100%", "-0.1", "nan", "x", "", "%"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
