//! The words of `eval fetch` and `eval compare`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::model;

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
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "all", value_parser = model)]
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
