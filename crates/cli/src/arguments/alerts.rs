//! The words of `alerts` and `config`, and of `scan --alert`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

/// The settings file.
#[derive(Clone, Debug, Args)]
pub(crate) struct SettingsFile {
    /// The settings file
    #[arg(short, long = "config", value_name = "FILE", value_hint = ValueHint::FilePath, env = "LOGSIFT_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// Where the outbox and the silences are kept.
#[derive(Debug, Args)]
pub(crate) struct StateFolder {
    /// The state folder [default: that of the settings, or of the user]
    #[arg(long = "state", value_name = "DIR", value_hint = ValueHint::DirPath, env = "LOGSIFT_STATE_FOLDER")]
    pub(crate) folder: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) settings: SettingsFile,
}

/// How a scan tells of its incidents.
#[derive(Debug, Args)]
#[command(next_help_heading = "Who is told")]
pub(crate) struct Telling {
    /// Tell incidents on the channels of the settings file
    ///
    /// What was told before is not told again. What cannot be delivered waits in the outbox
    /// of the state folder, for the next run or `logsift alerts retry`.
    #[arg(long)]
    pub(crate) alert: bool,

    /// Tell incidents by mail, through a mail server on this machine
    ///
    /// A short cut for --alert with one channel of mail. May be given more than once.
    #[arg(long, value_name = "ADDRESS", value_hint = ValueHint::EmailAddress)]
    pub(crate) email: Vec<String>,

    /// The mail server of --email
    #[arg(long, value_name = "HOST:PORT", default_value = "localhost:25", env = "LOGSIFT_SMTP")]
    pub(crate) smtp: String,

    #[command(flatten)]
    pub(crate) settings: SettingsFile,

    /// Where is remembered what was told [default: as of the settings, or of the user]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, env = "LOGSIFT_STATE_FOLDER")]
    pub(crate) alert_state: Option<PathBuf>,

    /// How long to wait until everything is delivered
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = span)]
    pub(crate) alert_wait: logsift_alerts::scalars::Span,
}

fn span(text: &str) -> Result<logsift_alerts::scalars::Span, String> {
    text.parse()
}

/// Try channels, list what was told, silence, send again
#[derive(Debug, Args)]
pub(crate) struct Alerts {
    #[command(subcommand)]
    pub(crate) command: AlertsCommand,
}

/// What can be done with alerts.
#[derive(Debug, Subcommand)]
pub(crate) enum AlertsCommand {
    Test(Test),
    List(List),
    Silence(Silence),
    Retry(Retry),
}

/// Send a test notice on a channel of the settings file
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift alerts test ops -c logsift.yaml
  logsift alerts test --all -c logsift.yaml

Exit codes:
  0  delivered             3  a receiver did not take it
  2  wrong usage or settings")]
pub(crate) struct Test {
    /// The channels
    #[arg(value_name = "CHANNEL", required_unless_present = "all")]
    pub(crate) channels: Vec<String>,

    /// Every channel of the file
    #[arg(long, conflicts_with = "channels")]
    pub(crate) all: bool,

    #[command(flatten)]
    pub(crate) settings: SettingsFile,
}

/// List what was told, held back, silenced, or could not be delivered
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift alerts list                        the newest first
  logsift alerts list --only parked          what could not be delivered, and why
  logsift alerts list --only held-back       what the budget kept back
  logsift alerts list --format ndjson | jq .notice.title")]
pub(crate) struct List {
    /// Only those that are so
    #[arg(long, value_enum, value_name = "STATE")]
    pub(crate) only: Option<EntryKind>,

    /// How many at most
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
    pub(crate) most: usize,

    /// The format
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: ListFormat,

    #[command(flatten)]
    pub(crate) state: StateFolder,
}

/// What became of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EntryKind {
    /// To be sent.
    Waiting,
    /// Sent.
    Delivered,
    /// Part of a summary.
    Summarised,
    /// Beyond the budget.
    HeldBack,
    /// Kept quiet by a silence, a calendar or another incident.
    Muted,
    /// Could not be delivered.
    Parked,
}

/// The format of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people.
    Text,
    /// For programs: an object a line.
    Ndjson,
}

/// Keep incidents quiet for a while, and list, end, import or export silences
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift alerts silence fingerprint=8f14e45fceea167a --for 2h --comment 'deploying'
  logsift alerts silence 'stream=~\"web.*\"' 'severity<=medium' --for 1d --comment 'known'
  logsift alerts silence --list
  logsift alerts silence --end 3
  amtool silence query -o json | logsift alerts silence --import -
  logsift alerts silence --export > silences.json")]
pub(crate) struct Silence {
    /// Which incidents: NAME=VALUE, also != =~ !~ and, for the severity, >= <=
    ///
    /// Names are severity, stream, kind, tag and fingerprint. All must hold.
    #[arg(value_name = "MATCHER", required_unless_present_any = ["list", "end", "import", "export"])]
    pub(crate) matchers: Vec<String>,

    /// For how long
    #[arg(long = "for", value_name = "TIME", value_parser = span, default_value = "2h")]
    pub(crate) span: logsift_alerts::scalars::Span,

    /// Why
    #[arg(long, value_name = "TEXT", required_unless_present_any = ["list", "end", "import", "export"])]
    pub(crate) comment: Option<String>,

    /// Who says so
    #[arg(long, value_name = "NAME", env = "USER", default_value = "unknown")]
    pub(crate) author: String,

    /// List silences
    #[arg(long, group = "instead")]
    pub(crate) list: bool,

    /// End the silence of that name
    #[arg(long, value_name = "NAME", group = "instead")]
    pub(crate) end: Option<String>,

    /// Add silences as Alertmanager's API v2 has them, from FILE or -
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, group = "instead")]
    pub(crate) import: Option<PathBuf>,

    /// Write silences as Alertmanager's API v2 takes them
    #[arg(long, group = "instead")]
    pub(crate) export: bool,

    #[command(flatten)]
    pub(crate) state: StateFolder,
}

/// Send again what could not be delivered
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift alerts retry -c logsift.yaml              all that is parked
  logsift alerts retry -c logsift.yaml --channel ops

Exit codes:
  0  all were delivered    3  some could not be delivered; they wait or are parked
  2  wrong usage or settings")]
pub(crate) struct Retry {
    /// Only those for this channel
    #[arg(long, value_name = "CHANNEL")]
    pub(crate) channel: Option<String>,

    /// How long to wait until they are delivered
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = span)]
    pub(crate) wait: logsift_alerts::scalars::Span,

    #[command(flatten)]
    pub(crate) state: StateFolder,
}

/// Show or check the settings, or print their JSON schema
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

/// What can be done with settings.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    Show(Show),
    Check(Check),
    Schema(Schema),
}

/// Show every setting with its value, secrets as ***
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift config show -c logsift.yaml
  logsift config show -c logsift.yaml --origin    where each value comes from")]
pub(crate) struct Show {
    /// Say where each value comes from, and which variable would set it
    #[arg(long)]
    pub(crate) origin: bool,

    #[command(flatten)]
    pub(crate) settings: SettingsFile,
}

/// Check the settings: every problem at once, with its line
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift config check -c logsift.yaml
  logsift config check -c logsift.yaml --connect

Exit codes:
  0  right                 3  right, but something cannot be reached (--connect)
  2  wrong")]
pub(crate) struct Check {
    /// Reach out, too: open every channel without telling anybody anything
    #[arg(long)]
    pub(crate) connect: bool,

    #[command(flatten)]
    pub(crate) settings: SettingsFile,
}

/// Print the JSON schema of the settings, for editors
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift config schema > logsift.schema.json")]
pub(crate) struct Schema {}
