//! The words of the command line: every command, flag and variable, with its help.
//!
//! One list, a file for each group of commands: help, manual pages, completions and the reference in the book are made of it. What a word means
//! is decided elsewhere; here stands how it is written.

pub(crate) mod alerts;
pub(crate) mod comparing;
mod detect;
pub(crate) mod eval;
pub(crate) mod feedback;
pub(crate) mod generate;
mod input;
#[cfg(feature = "serve")]
pub(crate) mod listening;
mod models;
pub(crate) mod rules;
mod scan;
pub(crate) mod serve;
mod templates;
pub(crate) mod train;
pub(crate) mod watch;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use logsift_pipeline::signing::Signer;

use crate::exit::Problem;
use crate::version;

pub(crate) use detect::{Detect, FailOn, Known};
pub(crate) use input::{How, Input, OwnFormats, Redact};
pub(crate) use models::{Inspect, Keys, Learn, Merge, Model, ModelCommand, Sign, Verify};
pub(crate) use scan::{Against, Failing, ReportTo, Scan};
pub(crate) use templates::{Diff, SortKey, TableFormat, Templates, TemplatesCommand};

/// Point it at logs: it says what is unusual, since when and why.
#[derive(Debug, Parser)]
#[command(
    name = "logsift",
    version = version::SHORT,
    long_version = version::LONG,
    about = "Point it at logs: it says what is unusual, since when and why",
    after_help = "Run `logsift help COMMAND` for more about a command, `logsift explain` for the words it uses.",
    max_term_width = 80,
    propagate_version = false,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = false
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) manners: Manners,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Scan(Scan),
    Diff(comparing::Compare),
    Watch(watch::Follow),
    Serve(serve::Serve),
    State(serve::State),
    #[cfg(feature = "serve")]
    Token(listening::Token),
    Templates(Templates),
    Learn(Learn),
    Merge(Merge),
    Model(Model),
    Train(train::Train),
    Score(train::Score),
    Generate(generate::Generate),
    Eval(eval::Eval),
    Rules(rules::Rules),
    Feedback(feedback::Feedback),
    Alerts(alerts::Alerts),
    Config(alerts::Config),
    Explain(Explain),
    Completions(Completions),
    Man(Man),
}

/// What all commands take.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct Manners {
    /// When to use colours
    ///
    /// `auto` colours what goes to a terminal and honours NO_COLOR and CLICOLOR_FORCE.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        env = "LOGSIFT_COLOR"
    )]
    pub(crate) color: When,

    /// Say nothing but errors, and show no progress
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Tell everything: all inputs, all notices
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,

    /// How many threads read at most [default: one per core]
    ///
    /// The result does not depend on it.
    #[arg(long, global = true, value_name = "N", env = "LOGSIFT_THREADS")]
    pub(crate) threads: Option<NonZeroUsize>,

    /// Read no model but those that the owner of this public key signed
    ///
    /// The signature of a model stands beside it: `logsift model sign` makes it.
    #[arg(
        long,
        global = true,
        value_name = "KEY",
        value_hint = ValueHint::FilePath,
        env = "LOGSIFT_REQUIRE_SIGNED"
    )]
    pub(crate) require_signed: Option<PathBuf>,
}

impl Manners {
    /// The one whose models are read, where not all are.
    pub(crate) fn signer(&self) -> Result<Option<Signer>, Problem> {
        self.require_signed.as_deref().map(Signer::of_key).transpose().map_err(Problem::usage)
    }
}

/// When to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Explain a word that logsift uses
///
/// Notes on records, reasons for skipped lines, notices, levels, exit codes and formats.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift explain                 all words
  logsift explain year-inferred   a note on a record
  logsift explain exit:3          an exit code
  logsift explain formats         all formats
  logsift explain format:syslog   a format")]
pub(crate) struct Explain {
    /// The word; without it, all words are listed
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,

    #[command(flatten)]
    pub(crate) own: OwnFormats,
}

/// Write a completion script for a shell
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift completions bash > ~/.local/share/bash-completion/completions/logsift
  logsift completions zsh > ~/.zfunc/_logsift
  logsift completions fish > ~/.config/fish/completions/logsift.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Write the manual page
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift man | man -l -
  logsift man --dir ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Write a page for every command into this folder instead
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_words_make_a_command_line() {
        Arguments::command().debug_assert();
    }
}
