//! The words of `learn`, `merge` and `model`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::{Input, ReportFormat};

/// Learn a model of logs: their templates and what was counted of them
///
/// A model can be merged with others and learned on from; it holds no log lines. Every log
/// is a part of the model: learning the same log twice changes nothing.
#[derive(Debug, Args)]
#[command(after_long_help = LEARN_EXAMPLES)]
pub(crate) struct Learn {
    /// Write the model to FILE
    ///
    /// An older model of that name is replaced in one step; nothing else is.
    #[arg(
        short,
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        required_unless_present = "onto"
    )]
    pub(crate) output: Option<PathBuf>,

    /// Go on from this model; without -o it is replaced
    #[arg(long, value_name = "MODEL", value_hint = ValueHint::FilePath)]
    pub(crate) onto: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) input: Input,
}

const LEARN_EXAMPLES: &str = "\
Examples:
  logsift learn /var/log/app -o app.model     learn a folder
  logsift learn today.log --onto app.model    learn on
  logsift model inspect app.model             what was learned";

/// Merge models into one
///
/// The result is that of learning all their logs at once, in whatever order the models are
/// given. What several models hold is counted once. Models of which each holds logs of its
/// own beside shared ones cannot be merged: their counts cannot be told apart.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift merge web1.model web2.model -o web.model
  logsift merge *.model -o all.model")]
pub(crate) struct Merge {
    /// The models
    #[arg(required = true, value_name = "MODEL", value_hint = ValueHint::FilePath)]
    pub(crate) models: Vec<PathBuf>,

    /// Write the merged model to FILE; it may be one of those that are merged
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
}

/// Look into a model, check that it is sound, or sign it
#[derive(Debug, Args)]
pub(crate) struct Model {
    #[command(subcommand)]
    pub(crate) command: ModelCommand,
}

/// What can be done with a model.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    Inspect(Inspect),
    Verify(Verify),
    Key(Keys),
    Sign(Sign),
}

/// Say what a model holds
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift model inspect app.model
  logsift model inspect app.model --format json | jq '.templates[].template'")]
pub(crate) struct Inspect {
    /// The model
    #[arg(value_name = "MODEL", value_hint = ValueHint::FilePath)]
    pub(crate) model: PathBuf,

    /// The format
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: ReportFormat,

    /// All templates or columns, not only the most frequent
    #[arg(long)]
    pub(crate) all: bool,
}

/// Make a pair of keys: NAME.key signs models, NAME.pub tells which were signed by it
///
/// Ed25519 keys in PEM, as OpenSSL writes them. Files that exist are left alone.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift model key team      team.key for whoever signs, team.pub for all others")]
pub(crate) struct Keys {
    /// The name of both files, without .key and .pub
    #[arg(value_name = "NAME", value_hint = ValueHint::FilePath)]
    pub(crate) name: PathBuf,
}

/// Sign a model, so that others can require it: MODEL.sig beside it
///
/// The signature is of the bytes of the file. Whoever gives --require-signed with the public key
/// reads the model only as it was signed.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift model sign app.model --key team.key
  logsift scan /var/log --model app.model --require-signed team.pub

The same with OpenSSL:
  openssl pkeyutl -sign -rawin -inkey team.key -in app.model -out app.model.sig")]
pub(crate) struct Sign {
    /// The model
    #[arg(value_name = "MODEL", value_hint = ValueHint::FilePath)]
    pub(crate) model: PathBuf,

    /// The secret key, in PEM
    #[arg(long, value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
}

/// Check that a model is sound: every length, checksum and value
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift model verify app.model --require-signed team.pub
  logsift model verify app.model && logsift merge app.model new.model -o app.model

Exit codes:
  0  sound                 3  damaged, or not to be read")]
pub(crate) struct Verify {
    /// The model
    #[arg(value_name = "MODEL", value_hint = ValueHint::FilePath)]
    pub(crate) model: PathBuf,
}
