//! The words of `templates`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use logsift_engine::records::level::Level;

use super::{How, Input, ReportFormat};

/// List the templates of logs: the shapes of their messages
///
/// A template is the constant text of a message with typed slots: `Connection from <ip>
/// closed after <number> ms`. For every template the list has the count, the share of all
/// records, the rate, the gravest level, the first and the last time, and the course over
/// time. Needs no configuration.
#[derive(Debug, Args)]
#[command(after_long_help = TEMPLATES_EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Templates {
    #[command(subcommand)]
    pub(crate) command: Option<TemplatesCommand>,

    /// The format of the list on standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: TableFormat,

    /// Write the list to FILE too: .txt, .json, .csv or .ndjson
    ///
    /// May be given more than once.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Vec<PathBuf>,

    /// Write a row of CSV for every record to FILE, or to - for standard output
    ///
    /// With `-` the rows take the place of the list. Columns: file, line, template_id,
    /// template. A record whose shape had to be forgotten for want of memory has no id.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) assignments: Option<PathBuf>,

    /// The order
    ///
    /// `count` most frequent first, `first` newest first, `last` seen last first, `level`
    /// gravest first, `rate` densest first (records over its own time), `text` by text.
    #[arg(long, value_enum, value_name = "KEY", default_value = "count", help_heading = "What is listed")]
    pub(crate) sort: SortKey,

    /// Only templates whose text has TEXT in it, in any case
    #[arg(long, value_name = "TEXT", help_heading = "What is listed")]
    pub(crate) grep: Option<String>,

    /// Only templates with a record of this level or a graver one
    #[arg(long, value_name = "LEVEL", value_parser = level, help_heading = "What is listed")]
    pub(crate) level: Option<Level>,

    /// Only templates that were not seen before this time
    ///
    /// TIME is written as for --since; a distance counts back from the last record.
    #[arg(long, value_name = "TIME", help_heading = "What is listed")]
    pub(crate) new_since: Option<String>,

    /// At most N templates [default: 40 as text, all otherwise]
    #[arg(long, value_name = "N", conflicts_with = "all", help_heading = "What is listed")]
    pub(crate) limit: Option<usize>,

    /// All templates
    #[arg(long, help_heading = "What is listed")]
    pub(crate) all: bool,

    /// Say what the values of every slot are
    ///
    /// Type, how many different ones, smallest, middle and greatest number, the most
    /// frequent values, and whether they are a closed set. JSON always says it.
    #[arg(long, help_heading = "What is listed")]
    pub(crate) slots: bool,

    /// Show the first N records of every template, without secrets
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "What is listed")]
    pub(crate) examples: usize,

    /// Your own decisions about templates: a YAML file with pin, split and merge
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "How it is read")]
    pub(crate) templates: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) input: Input,
}

/// What else can be done with templates.
#[derive(Debug, Subcommand)]
pub(crate) enum TemplatesCommand {
    Diff(Diff),
}

/// Compare the templates of two logs or models: new, gone, more, less
///
/// New are templates that only B has, gone those that only A has. More and less are
/// templates whose share of all records has at least doubled or halved, by more than chance
/// explains. Whether there is a difference or not, the run ends with 0.
#[derive(Debug, Args)]
#[command(after_long_help = DIFF_EXAMPLES)]
pub(crate) struct Diff {
    /// What was before: a file, a folder, a glob or a model
    #[arg(value_name = "A", value_hint = ValueHint::AnyPath)]
    pub(crate) before: OsString,

    /// What is compared with it
    #[arg(value_name = "B", value_hint = ValueHint::AnyPath)]
    pub(crate) after: OsString,

    /// The format of the comparison
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: ReportFormat,

    /// Write the comparison to FILE too, in the format of its extension: .txt, .json
    ///
    /// May be given more than once.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Vec<PathBuf>,

    /// Your own decisions about templates: a YAML file with pin, split and merge
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "How it is read")]
    pub(crate) templates: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) how: How,
}

const DIFF_EXAMPLES: &str = "\
Examples:
  logsift templates diff good.log bad.log        what the bad run says that the good one did not
  logsift templates diff app.model today.log     what is new since the model was learned
  logsift templates diff a b --format json | jq '.new[].template'";
const TEMPLATES_EXAMPLES: &str = "\
Examples:
  logsift templates app.log                         what it says, most frequent first
  logsift templates /var/log --level error          only what went wrong
  logsift templates app.log --new-since 1h          what was never said before
  logsift templates app.log --slots --grep timeout  the values of some
  logsift templates app.log --assignments rows.csv  the template of every record
  logsift templates diff good.log bad.log           what one has and the other has not

Exit codes:
  0  read                  3  some input could not be read; the rest was
  2  wrong usage           4  an error of logsift itself";

fn level(text: &str) -> Result<Level, String> {
    let known = Level::from_word(text.as_bytes());
    known.ok_or_else(|| format!("one of {}", Level::ALL.map(Level::name).join(", ")))
}

/// The format of a list of templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    /// For people.
    Text,
    /// For programs: one document.
    Json,
    /// For spreadsheets: a row per template.
    Csv,
    /// For programs: an object per template.
    Ndjson,
}

/// An order of templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SortKey {
    /// The most frequent first.
    Count,
    /// The newest first.
    First,
    /// That which was seen last first.
    Last,
    /// The gravest first.
    Level,
    /// The densest first.
    Rate,
    /// By text.
    Text,
}
