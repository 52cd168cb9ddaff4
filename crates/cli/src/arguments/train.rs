//! The words of `train` and `score`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use logsift_engine::features::{Family, Unit};

use super::eval::{setting, share};
use super::{How, Input};

/// Train an outlier model on logs: isolation forest, LOF, autoencoder, LSTM and others
///
/// Makes rows of numbers of records, of windows or of sessions, fits a model to them and
/// chooses a threshold. Nobody needs to say what is normal. `logsift score` scores other
/// logs with the model, `logsift model inspect` says what is in it. A CSV of numbers is a
/// log, too: --features columns.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift train app.log --model isolation-forest --set trees=200 -o app.forest
  logsift train logs/ --model lof --rows windows --window 1m -o app.lof
  logsift train access.log --features time,network,performance -o access.forest
  logsift train rows.csv --features columns --contamination 1% -o rows.forest
  logsift train hdfs.log --model lstm --session blk_ --normal -o hdfs.lstm
  logsift train new.log --onto app.forest               refit on newer logs
  logsift train new.log --challenge app.forest          replace it if that is better

Exit codes:
  0  trained               3  some input could not be read; the rest was trained on
  2  wrong usage           4  an error of logsift itself")]
pub(crate) struct Train {
    /// Write the model to FILE
    ///
    /// An older model of that name is replaced in one step; nothing else is.
    #[arg(
        short,
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        required_unless_present_any = ["onto", "challenge"]
    )]
    pub(crate) output: Option<PathBuf>,

    /// Refit this model on what PATH holds; without -o it is replaced
    ///
    /// Features, columns, model, parameters and threshold are those it has, so scores mean
    /// what they meant. Says so where the rows are no longer like those it was trained on.
    /// With --since 7d, the last week is the window that it is fitted on.
    #[arg(
        long,
        value_name = "MODEL",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = ["challenge", "features", "rows", "window", "vocabulary", "session", "model"]
    )]
    pub(crate) onto: Option<PathBuf>,

    /// Replace this model by a new one if that is better; without -o in its place
    ///
    /// Both are tried on a fifth of the rows, which the new one was not fitted on: who
    /// tells them better from rows with shuffled columns wins, a challenger only by a
    /// margin of 2 %. Who lost is told.
    #[arg(
        long,
        value_name = "MODEL",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = ["features", "rows", "window", "vocabulary", "session"]
    )]
    pub(crate) challenge: Option<PathBuf>,

    /// The model
    ///
    /// Over rows: isolation-forest, rolling-isolation-forest, one-class-svm,
    /// approximate-one-class-svm, local-outlier-factor (lof), pca, clusters, invariants,
    /// hbos, ecod, copod, z-score, iqr, autoencoder, variational-autoencoder, ensemble.
    /// Over sequences, that is over sessions: markov, lstm, lstm-autoencoder. An
    /// ensemble is several of those over rows: --set members=isolation-forest,lof:2
    /// --set combine=rank, maximum or vote.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "isolation-forest",
        hide_default_value = false,
        help_heading = "The model"
    )]
    pub(crate) model: String,

    /// Set a parameter of the model, such as trees=200; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting, help_heading = "The model")]
    pub(crate) set: Vec<(String, String)>,

    /// The seed of models in which chance takes part
    #[arg(long, value_name = "N", default_value_t = 42, help_heading = "The model")]
    pub(crate) seed: u64,

    /// Try N settings of the parameters and take the best
    ///
    /// Each is fitted on earlier rows and judged on later ones, three times; good is what
    /// tells them from made-up ones. What --set says stays, and the first one tried is
    /// what was set.
    #[arg(long, value_name = "N", value_parser = tries, help_heading = "The model")]
    pub(crate) tune: Option<usize>,

    /// Leave out how long it took, so that equal trainings give equal files
    #[arg(long, help_heading = "The model")]
    pub(crate) no_time: bool,

    #[command(flatten)]
    pub(crate) rows: RowsOf,

    /// The share of ordinary rows that may be flagged, such as 0.001 or 0.1 % [default: 0.001]
    #[arg(long, value_name = "SHARE", value_parser = share, help_heading = "The threshold")]
    pub(crate) false_alarms: Option<f64>,

    /// Flag this share of the rows that are trained on, such as 0.01 or 1 %
    #[arg(
        long,
        value_name = "SHARE",
        value_parser = share,
        conflicts_with_all = ["false_alarms", "flag"],
        help_heading = "The threshold"
    )]
    pub(crate) contamination: Option<f64>,

    /// Flag at most N of the rows that are trained on
    #[arg(long, value_name = "N", conflicts_with = "false_alarms", help_heading = "The threshold")]
    pub(crate) flag: Option<usize>,

    /// All that is trained on is known to be normal
    ///
    /// A fifth of the rows is held back then, and the threshold follows from their scores.
    #[arg(long, help_heading = "The threshold")]
    pub(crate) normal: bool,

    #[command(flatten)]
    pub(crate) input: Input,
}

/// What rows are made of.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "The rows")]
pub(crate) struct RowsOf {
    /// Families of features, parted by commas
    ///
    /// time, text, rolling, categorical, network, performance, behaviour, templates, tfidf,
    /// hashed, columns, semantic. `logsift explain features` tells of them. Where nothing is
    /// asked for: all but the last four, and of sessions time, behaviour and templates.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = family)]
    pub(crate) features: Vec<Family>,

    /// What a row is [default: records, for models over sequences sessions]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) rows: Option<RowUnit>,

    /// How long a window is, in log time: 60s, 5m, 1h, 1d [default: 5m]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) window: Option<i64>,

    /// Columns that templates, words and fields may have, each [default: 256]
    #[arg(long, value_name = "N")]
    pub(crate) vocabulary: Option<usize>,

    /// Make the features `semantic` with the language model of this folder
    ///
    /// A sentence-transformers model of the BERT family, such as all-MiniLM-L6-v2.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, env = "LOGSIFT_EMBEDDINGS")]
    pub(crate) embeddings: Option<PathBuf>,

    /// What ties records together to sessions [default: found in the log]
    ///
    /// A field, a key in the message, or how the identifiers begin: trace_id, sessionid, blk_.
    #[arg(long, value_name = "NAME")]
    pub(crate) session: Option<String>,
}

/// Outlier models beside the detectors of a scan.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "What is unusual")]
pub(crate) struct Beside {
    /// Let these outlier models look, too: names parted by commas
    ///
    /// Models over rows (isolation-forest, lof, pca …) look at the windows of every stream,
    /// models over sequences (markov, lstm …) at sessions. What they find is weighed with
    /// everything else and kept to the same budget. `logsift explain models` lists them.
    #[arg(long, value_name = "MODELS", value_delimiter = ',', conflicts_with = "no_detect")]
    pub(crate) with: Vec<String>,

    /// Let them look at records instead, by these families of features
    ///
    /// `columns` for a table of numbers; all others as for `logsift train`. Without --with
    /// an isolation forest looks.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = family, conflicts_with = "no_detect")]
    pub(crate) features: Vec<Family>,

    /// Set a parameter of a model of --with, such as trees=200; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting, conflicts_with = "no_detect")]
    pub(crate) set: Vec<(String, String)>,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowUnit {
    /// A record.
    Records,
    /// The records of a stream in a span of log time.
    Windows,
    /// Records that share an identifier.
    Sessions,
}

impl RowUnit {
    /// As the engine calls it.
    pub(crate) fn unit(self) -> Unit {
        match self {
            RowUnit::Records => Unit::Records,
            RowUnit::Windows => Unit::Windows,
            RowUnit::Sessions => Unit::Sessions,
        }
    }
}

/// Score logs with a model that `train` wrote
///
/// A row for every record, window or session, as the model takes them: file, line, stream,
/// time, records, score, p_value, flagged, columns. A score grows with how unusual it is;
/// p_value is the share of the training that scores as high; columns are those which made a
/// flagged row unusual, with their shares.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift score today.log --model app.forest
  logsift score today.log --model app.forest --flagged -o odd.csv
  logsift score rows.csv --model rows.forest --format ndjson | jq 'select(.flagged)'

Exit codes:
  0  scored                3  some input could not be read; the rest was scored
  2  wrong usage           4  an error of logsift itself")]
pub(crate) struct Score {
    /// The model
    #[arg(long, value_name = "MODEL", value_hint = ValueHint::FilePath)]
    pub(crate) model: PathBuf,

    /// The language model, where the model looks at what messages mean
    ///
    /// The folder that it was trained with.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, env = "LOGSIFT_EMBEDDINGS")]
    pub(crate) embeddings: Option<PathBuf>,

    /// The format of the rows
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "csv")]
    pub(crate) format: RowFormat,

    /// Write the rows to FILE instead of to standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,

    /// Only rows beyond the threshold
    #[arg(long)]
    pub(crate) flagged: bool,

    /// Files, folders, globs, or - for standard input
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<std::ffi::OsString>,

    #[command(flatten)]
    pub(crate) how: How,
}

/// The format of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    /// A header and a line for each row.
    Csv,
    /// An object for each row.
    Ndjson,
}

pub(crate) fn family(text: &str) -> Result<Family, String> {
    let known = || Family::ALL.map(Family::name).join(", ");
    Family::from_name(text.trim()).ok_or_else(|| format!("legal is {}", known()))
}

fn tries(text: &str) -> Result<usize, String> {
    let count = text.parse::<usize>().ok().filter(|count| (1..=1000).contains(count));
    count.ok_or_else(|| "legal is 1 to 1000".to_owned())
}

/// `90s`, `15m`, `2h`, `1d`.
fn duration(text: &str) -> Result<i64, String> {
    let units = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];
    let seconds = units.into_iter().find_map(|(unit, seconds)| {
        let number: i64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        number.checked_mul(seconds)
    });
    seconds.ok_or_else(|| "expected a number with s, m, h or d behind it, such as 60s".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        for (text, wanted) in [("60s", 60), ("5m", 300), ("2h", 7200), ("1d", 86_400)] {
            assert_eq!(duration(text), Ok(wanted), "{text}");
        }
        for text in ["", "5", "m", "5y", "99999999999999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
