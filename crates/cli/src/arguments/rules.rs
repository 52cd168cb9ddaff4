//! The words of `rules`: what is listened for, tried, and imported.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::{How, ReportFormat};

/// See, check and try the rules that say what records mean
///
/// A rule is a YAML file: when it fires, how grave that is, what to do, and lines on which
/// it must and must not fire. The built-in ones are listened for in every scan; those of a
/// folder are added with `--rules DIR`.
#[derive(Debug, Args)]
pub(crate) struct Rules {
    #[command(subcommand)]
    pub(crate) command: RulesCommand,
}

/// What can be done with rules.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    List(List),
    Check(Check),
    Test(Test),
    Import(Import),
}

/// List the rules that are listened for
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift rules list
  logsift rules list --rules my-rules/
  logsift rules list --format json | jq '.[] | select(.severity == \"critical\").name'")]
pub(crate) struct List {
    /// The rules of this folder, too
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, env = "LOGSIFT_RULES")]
    pub(crate) rules: Option<PathBuf>,

    /// The format
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: ReportFormat,
}

/// Compile rules and try the lines that they carry
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift rules check                  the built-in rules
  logsift rules check my-rules/        those of a folder
  logsift rules check disk-full.yaml   one of them

Exit codes:
  0  every line does what it must     2  a rule is wrong
  1  a line does what it must not")]
pub(crate) struct Check {
    /// Files or folders of rules [default: the built-in ones]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
}

/// Say what a rule would do on a log, and what it costs
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift rules test brute-force /var/log/auth.log    a built-in rule
  logsift rules test my-rule.yaml app.log             a file
  logsift rules test my-rules/ /var/log               a folder of them")]
pub(crate) struct Test {
    /// The name of a built-in rule, or a file or folder of rules
    #[arg(value_name = "RULE")]
    pub(crate) rule: String,

    /// Files, folders, globs
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<OsString>,

    /// The format
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: ReportFormat,

    #[command(flatten)]
    pub(crate) how: How,
}

/// Make rules of those written in another language
///
/// What cannot be said in a rule of logsift is told, and nothing is written for it.
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(subcommand)]
    pub(crate) from: ImportFrom,
}

/// Languages of rules.
#[derive(Debug, Subcommand)]
pub(crate) enum ImportFrom {
    Sigma(Sigma),
}

/// Make rules of Sigma rules
///
/// Log sources that make sense are read: web servers and proxies, applications, and Linux
/// (syslog, auth, sshd, sudo, cron, auditd). Others, such as the event log of Windows, are
/// refused by name.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift rules import sigma web_sql_injection.yml              to the screen
  logsift rules import sigma rules/web -o my-rules/sigma        a folder of them

Exit codes:
  0  all were made                    2  none could be made
  1  some could not be made")]
pub(crate) struct Sigma {
    /// Files or folders of Sigma rules
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,

    /// Write a file for each rule into this folder instead
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) output: Option<PathBuf>,
}
