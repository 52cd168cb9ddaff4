//! The words with which `serve` listens, and those of `token`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

/// Where `serve` listens, and who may come in.
#[derive(Debug, Args)]
#[command(next_help_heading = "Listening")]
pub(crate) struct Listening {
    /// Listen at ADDRESS: pushes, API, dashboard, metrics
    ///
    /// 127.0.0.1:4040 where neither this nor the settings say anything; may be given more than once.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Vec<SocketAddr>,

    /// Do not listen: only the sources are read
    #[arg(long)]
    pub(crate) no_listen: bool,

    /// Who may come in: a file with a line `NAME ROLE SHA256` for each token, as `token new` prints it
    #[arg(long, env = "LOGSIFT_TOKENS_FILE", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) tokens: Option<PathBuf>,

    /// Listen beyond this machine although no token is asked for
    #[arg(long)]
    pub(crate) insecure: bool,

    /// Secure connections with the certificate chain in FILE, in PEM
    #[arg(long, env = "LOGSIFT_TLS_CERTIFICATE", value_name = "FILE", value_hint = ValueHint::FilePath, requires = "tls_key")]
    pub(crate) tls_certificate: Option<PathBuf>,

    /// The key of the certificate, in PEM
    #[arg(long, env = "LOGSIFT_TLS_KEY", value_name = "FILE", value_hint = ValueHint::FilePath, requires = "tls_certificate")]
    pub(crate) tls_key: Option<PathBuf>,
}

/// Make tokens that let clients into a daemon
#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    pub(crate) command: TokenCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token: its line for `serve --tokens` goes to standard output, its secret to standard error
    ///
    /// The secret is shown this once; the line holds only its SHA-256.
    #[command(after_long_help = EXAMPLES)]
    New(NewToken),
}

#[derive(Debug, Args)]
pub(crate) struct NewToken {
    /// What it is called: letters, digits, `.`, `_`, `-`
    #[arg(value_name = "NAME", default_value = "ops")]
    pub(crate) name: String,

    /// What its owner may do
    #[arg(long, value_enum, value_name = "ROLE", default_value = "read")]
    pub(crate) role: RoleWord,
}

/// A role, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleWord {
    /// Send lines, and nothing else.
    Push,
    /// See everything.
    Read,
    /// See everything and say what is normal.
    Feedback,
    /// Everything.
    Admin,
}

const EXAMPLES: &str = "\
Examples:
  logsift token new ops --role admin >> tokens       a line for `serve --tokens tokens`
  logsift token new shipper --role push >> tokens";
