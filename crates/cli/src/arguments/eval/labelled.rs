//! The words of what is measured against labels: `eval sessions`, `runs`, `lines` and `table`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::{Figures, Training, model, setting, share};

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
        conflicts_with_all = ["train", "limit_train", "false_alarms", "model", "set", "tune", "seed"]
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

    /// What scores the lines: `default`, `rules`, `naive`, `all`, or names parted by commas
    ///
    /// `default` is what `scan` finds, `rules` what the built-in rules say. `naive` does what is done by habit: TF-IDF over the
    /// words of the raw line, an isolation forest, and a tenth of all lines flagged by decree.
    /// Any outlier model that takes rows can be named; it sees the words of a line, how rare
    /// its template is and when that was met last. `all` puts all of them side by side.
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "default", value_parser = model)]
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
  logsift eval table rows.csv --model one-class-svm --tune
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
