//! The words of `eval`.

use std::num::ParseFloatError;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use logsift_eval::inject::FaultKind;
use logsift_eval::metrics::{Costs, Weights};

use super::{Detect, How, Input, Known};

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

/// Sessions: sequences of events, each with a label
///
/// FILE is CSV: session_id,label,events[,part][,kind]. `events` are ids parted by blanks,
/// `label` is 0 for normal and 1 for abnormal. Trained on is what `part` calls
/// `train_normal`, or the file of --train; the rest is tested. Without `part` nobody has
/// said what is normal: everything is trained on without labels, and everything is tested.
/// With --scores-from nothing is trained, and events are not needed.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift eval sessions sessions.csv.gz
  logsift eval sessions sessions.csv --model all
  logsift eval sessions sessions.csv --false-alarms 0.01 --json figures.json
  logsift eval sessions sample.csv --weight normal=99.08,abnormal=2.0168
  logsift eval sessions all.csv --train normal.csv --limit-train 500
  logsift eval sessions sessions.csv --cost fp=1,fn=20 --scores scores.csv
  logsift eval sessions sessions.csv --train-where kind=official_training
  logsift eval sessions labels.csv --log raw.log.gz
  logsift eval sessions labels.csv --scores-from scores.csv

Exit codes:
  0  evaluated             3  the set could not be read
  2  wrong usage           4  an error of logsift itself")]
pub(crate) struct EvalSessions {
    /// The labelled sessions, packed or not; or a folder with sessions.csv in it
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) file: PathBuf,

    /// The share of normal sessions that may be flagged, such as 0.001 or 0.1%
    ///
    /// The threshold follows from it and from what was trained on, never from a label.
    #[arg(long, value_name = "SHARE", default_value = "0.001", value_parser = share)]
    pub(crate) false_alarms: f64,

    /// Take the scores from this file: rows as `scan --session-scores` writes them
    ///
    /// session_id,stream,records,score,flagged,top_detector. Any tool that writes such rows
    /// can be measured. A labelled session without a score counts as not flagged, with
    /// score 0.
    #[arg(
        long,
        value_name = "CSV",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = ["train", "limit_train", "false_alarms", "model", "set", "seed"]
    )]
    pub(crate) scores_from: Option<PathBuf>,

    /// Score this log as `scan` does, and find the labelled sessions in it
    ///
    /// The sessions are those that scan finds by itself, or what --session names ties them.
    #[arg(
        long,
        value_name = "LOG",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = ["scores_from", "train", "limit_train", "false_alarms", "model", "set", "seed"]
    )]
    pub(crate) log: Option<PathBuf>,

    /// What ties the records of a session of --log together: a field, or how identifiers begin
    #[arg(long, value_name = "FIELD", requires = "log")]
    pub(crate) session: Option<String>,

    /// Train on the sessions of this file instead
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Training")]
    pub(crate) train: Option<PathBuf>,

    /// Train on the rows whose COLUMN is VALUE, instead of those whose part is train_normal
    ///
    /// With --log and --scores-from such rows are left out.
    #[arg(
        long,
        value_name = "COLUMN=VALUE",
        value_parser = setting,
        conflicts_with = "train",
        help_heading = "Training"
    )]
    pub(crate) train_where: Option<(String, String)>,

    #[command(flatten)]
    pub(crate) training: Training,

    #[command(flatten)]
    pub(crate) figures: Figures,
}

/// Runs: one raw log per run, each with a label
///
/// DIR has labels.csv (run_id,label[,part][,kind]) and runs/RUN.log, packed or not. Every
/// run is read as `scan` reads a log and becomes a sequence of templates. Trained on are
/// the runs whose `part` is `train_normal`; each of the others is judged by itself.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift eval runs campaign/
  logsift eval runs campaign/ --false-alarms 0.02 --scores scores.csv

Exit codes:
  0  evaluated             3  the set could not be read
  2  wrong usage           4  an error of logsift itself")]
pub(crate) struct EvalRuns {
    /// The folder
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,

    /// The share of normal runs that may be flagged, such as 0.001 or 5%
    ///
    /// Out of 100 training runs nobody can tell which one in 1,000 would be flagged, so the
    /// tail of their scores is extended.
    #[arg(long, value_name = "SHARE", default_value = "0.001", value_parser = share)]
    pub(crate) false_alarms: f64,

    #[command(flatten)]
    pub(crate) training: Training,

    #[command(flatten)]
    pub(crate) figures: Figures,
}

/// Lines: a raw log, and a label for its lines
///
/// The labels are CSV: line_number,label[,kind], lines counted from 1. The log is scored
/// without a look at them: by what `scan` finds, by a naive baseline, by outlier models, or
/// by all of them, side by side. Where lines have times, alerts a day and how soon trouble
/// was found are told, too. Scores of any other tool can be given as rows like those of `scan --scores`. A
/// labelled line without a score, such as one of a stack trace, counts as part of the record above.
#[derive(Debug, Args)]
// The usual line would not fit 80 columns.
#[command(override_usage = "logsift eval lines --log LOG --labels CSV [OPTIONS]")]
#[command(after_long_help = "\
Examples:
  logsift eval lines --log app.log --labels labels.csv
  logsift eval lines --log app.log --labels labels.csv --model all --html eval.html
  logsift eval lines --log app.log --labels labels.csv --folds 4
  logsift eval lines --log app.log --labels labels.csv.gz \
    --scores-from other-tool.csv --cost fp=1,fn=20

Exit codes:
  0  evaluated             3  the set could not be read
  2  wrong usage           4  an error of logsift itself")]
pub(crate) struct EvalLines {
    /// The raw log
    #[arg(long, value_name = "LOG", value_hint = ValueHint::FilePath)]
    pub(crate) log: PathBuf,

    /// The labels of its lines
    #[arg(long, value_name = "CSV", value_hint = ValueHint::FilePath)]
    pub(crate) labels: PathBuf,

    /// What scores the lines: `default`, `naive`, `all`, or names parted by commas
    ///
    /// `default` is what `scan` finds. `naive` does what is done by habit: TF-IDF over the
    /// words of the raw line, an isolation forest, and a tenth of all lines flagged by decree.
    /// Any outlier model that takes rows can be named; it sees the words of a line, how rare
    /// its template is and when that was met last. `all` puts all of them side by side.
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "default")]
    pub(crate) model: Vec<String>,

    /// The share of lines that an outlier model may flag wrongly, such as 0.001 or 1%
    #[arg(long, value_name = "SHARE", default_value = "0.001", value_parser = share)]
    pub(crate) false_alarms: f64,

    /// Take the scores from this file: rows as `scan --scores` writes them
    ///
    /// file,line,template_id,score,flagged,top_detector. Any tool that writes such rows can
    /// be measured.
    #[arg(long, value_name = "CSV", value_hint = ValueHint::FilePath, conflicts_with = "model")]
    pub(crate) scores_from: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) figures: Figures,
}

/// Tables: rows of numbers, each with a label
///
/// FILE is CSV, packed or not: a column `label`, 0 for normal and 1 for abnormal, and
/// columns of numbers; `id` and `kind` may name rows. Models are fitted on all rows without
/// their labels, or on the rows of --train, which are taken to be normal. Columns are
/// brought to one scale for models that measure across them, unless --raw is given.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift eval table rows.csv.gz
  logsift eval table rows.csv --model all
  logsift eval table rows.csv --model isolation-forest --set trees=200 --seed 7
  logsift eval table rows.csv --model pca,local-outlier-factor --train normal.csv
  logsift eval table rows.csv --model one-class-svm --raw --scores scores.csv

Exit codes:
  0  evaluated             3  the table could not be read
  2  wrong usage           4  an error of logsift itself")]
pub(crate) struct EvalTable {
    /// The labelled table
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,

    /// The share of normal rows that may be flagged, such as 0.001 or 5%
    ///
    /// The threshold follows from it and from the scores of what was fitted on, never from a
    /// label.
    #[arg(long, value_name = "SHARE", default_value = "0.001", value_parser = share)]
    pub(crate) false_alarms: f64,

    /// Take columns as they stand
    #[arg(long)]
    pub(crate) raw: bool,

    /// Fit on the rows of this file instead; they need no label
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Training")]
    pub(crate) train: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) training: Training,

    #[command(flatten)]
    pub(crate) figures: Figures,
}

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

/// Public sets: bring one into a cache, with its licence and its checksum
///
/// The only command that uses the network, and only for the set that is named. Without NAME
/// the known sets are listed, and nothing is fetched. A file that was broken off is gone on
/// with. Where nobody has verified a checksum, the one of the first download is recorded
/// beside the file, and later ones are compared with it.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift eval fetch                     what there is
  logsift eval fetch bgl-2k
  logsift eval fetch hdfs --cache /data/sets

Exit codes:
  0  fetched, or there     3  it could not be fetched, or is not what it was
  2  wrong usage           4  an error of logsift itself")]
pub(crate) struct EvalFetch {
    /// The set
    pub(crate) name: Option<String>,

    /// The folder that keeps sets [default: logsift/sets in the folder for caches]
    #[arg(long, value_name = "DIR", env = "LOGSIFT_SETS", value_hint = ValueHint::DirPath)]
    pub(crate) cache: Option<PathBuf>,

    /// Take the sets of this list, JSON like that of the program
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) list: Option<PathBuf>,
}

/// All models in one table, on generated logs and on public ones that were fetched
///
/// Makes the eight logs of `generate`, lets every model judge their lines, and tells F1 with
/// alerts a day beside it: the means over the logs, then F1 on each. Sets that `eval fetch`
/// has brought are judged, too. The same seed gives the same logs and the same figures.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift eval compare
  logsift eval compare --lines 20000 --seed 7
  logsift eval compare --model default,naive,isolation-forest --markdown

Exit codes:
  0  compared              3  a set could not be read
  2  wrong usage           4  an error of logsift itself")]
pub(crate) struct EvalCompare {
    /// How many lines each log has [default: as many as `generate` makes]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(100..))]
    pub(crate) lines: Option<u64>,

    /// Another seed makes other logs
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// The models, parted by commas: `default`, `naive`, `all`, or those that take rows
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "all")]
    pub(crate) model: Vec<String>,

    /// The folder that keeps fetched sets
    #[arg(long, value_name = "DIR", env = "LOGSIFT_SETS", value_hint = ValueHint::DirPath)]
    pub(crate) cache: Option<PathBuf>,

    /// Write the tables as Markdown
    #[arg(long)]
    pub(crate) markdown: bool,

    /// Write the figures as JSON to FILE, or to - in place of the table
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) json: Option<PathBuf>,
}

fn fault_kind(text: &str) -> Result<FaultKind, String> {
    let known = || FaultKind::ALL.map(FaultKind::name).join(", ");
    FaultKind::named(text.trim()).ok_or_else(|| format!("one of {}", known()))
}

/// What is trained, and on how much.
#[derive(Debug, Args)]
#[command(next_help_heading = "Training")]
pub(crate) struct Training {
    /// Train on the first N units only
    #[arg(long, value_name = "N")]
    pub(crate) limit_train: Option<usize>,

    /// The models that are trained: `default`, `all`, or names parted by commas
    ///
    /// isolation-forest, rolling-isolation-forest, one-class-svm,
    /// approximate-one-class-svm, local-outlier-factor, pca, clusters, invariants, hbos,
    /// ecod, copod, z-score, iqr, autoencoder and variational-autoencoder take rows of
    /// numbers, and of sequences how often each event happens; markov, lstm and
    /// lstm-autoencoder take sequences. `all` puts all of them side by side.
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "default")]
    pub(crate) model: Vec<String>,

    /// Set a parameter of a model, such as trees=200; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    pub(crate) set: Vec<(String, String)>,

    /// The seed of models in which chance takes part
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub(crate) seed: u64,
}

pub(super) fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// Which figures are made, and where they go.
#[derive(Debug, Args)]
#[command(next_help_heading = "Figures")]
pub(crate) struct Figures {
    /// For how many units one stands, where the set is an uneven sample
    ///
    /// Precision and all that follows from it would be those of the sample otherwise.
    #[arg(long, value_name = "normal=W,abnormal=W", value_parser = weights)]
    pub(crate) weight: Option<Weights>,

    /// What a false alarm and a missed abnormal unit cost
    #[arg(long, value_name = "fp=C,fn=C", value_parser = costs)]
    pub(crate) cost: Option<Costs>,

    /// Draw units anew N times for the intervals; 0 leaves the intervals out
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) resamples: usize,

    /// Cut the units, in their order, into N + 1 blocks, and test each after training on those before
    ///
    /// Cross-validation as it is done with times: nothing is known of what comes later. The
    /// first block is only trained on. The figures are those of all tested blocks together.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) folds: Option<u16>,

    /// Write the figures as JSON to FILE, or to - in place of the table
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) json: Option<PathBuf>,

    /// Write the figures and pictures to FILE as one page of HTML that opens offline
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) html: Option<PathBuf>,

    /// Draw ROC, precision over recall, scores and errors of every model into DIR, as PNG
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) plots: Option<PathBuf>,

    /// Write a row of CSV for every tested unit to FILE: id,label,score,flagged
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) scores: Option<PathBuf>,
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

fn weights(text: &str) -> Result<Weights, String> {
    let [normal, abnormal] = pair(text, ["normal", "abnormal"])?;
    let weights = Weights { normal: normal.unwrap_or(1.0), abnormal: abnormal.unwrap_or(1.0) };
    if weights.normal > 0.0 && weights.abnormal > 0.0 {
        Ok(weights)
    } else {
        Err("weights must be above 0".to_owned())
    }
}

fn costs(text: &str) -> Result<Costs, String> {
    let [false_alarm, missed] = pair(text, ["fp", "fn"])?;
    let costs = Costs { false_alarm: false_alarm.unwrap_or(1.0), missed: missed.unwrap_or(1.0) };
    if costs.false_alarm >= 0.0 && costs.missed >= 0.0 {
        Ok(costs)
    } else {
        Err("costs must not be below 0".to_owned())
    }
}

/// `one=1,other=2`, in any order; either may be left out.
fn pair(text: &str, names: [&str; 2]) -> Result<[Option<f64>; 2], String> {
    let expected = || format!("expected {}=NUMBER,{}=NUMBER", names[0], names[1]);
    let mut found = [None; 2];
    for item in text.split(',') {
        let (name, value) = item.split_once('=').ok_or_else(expected)?;
        let place = names.iter().position(|known| *known == name.trim()).ok_or_else(expected)?;
        let value: f64 = value.trim().parse().map_err(|_| format!("`{value}` is no number"))?;
        if !value.is_finite() {
            return Err(format!("`{value}` is no finite number"));
        }
        if found[place].replace(value).is_some() {
            return Err(format!("`{}` is given twice", names[place]));
        }
    }
    Ok(found)
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

    #[test]
    fn pairs_come_in_any_order() {
        let both = Weights { normal: 99.08, abnormal: 2.0168 };
        assert_eq!(weights("normal=99.08,abnormal=2.0168"), Ok(both));
        assert_eq!(weights("abnormal=2.0168, normal=99.08"), Ok(both));
        assert_eq!(weights("normal=3"), Ok(Weights { normal: 3.0, abnormal: 1.0 }));
        assert_eq!(costs("fn=20"), Ok(Costs { false_alarm: 1.0, missed: 20.0 }));
        assert_eq!(costs("fp=0,fn=1"), Ok(Costs { false_alarm: 0.0, missed: 1.0 }));
        for wrong in ["", "normal", "normal=", "normal=0", "odd=1", "normal=1,normal=2", "normal=inf"] {
            assert!(weights(wrong).is_err(), "{wrong}");
        }
        assert!(costs("fp=-1").is_err());
    }

    #[test]
    fn settings_are_names_and_values() {
        let pair = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(setting("trees=200"), pair("trees", "200"));
        assert_eq!(setting(" a = b=c "), pair("a", "b=c"));
        assert!(setting("trees").is_err() && setting("=5").is_err());
    }
}
