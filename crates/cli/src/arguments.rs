//! The words of the command line: every command, flag and variable, with its help.
//!
//! One flat list: help, manual pages, completions and the reference in the book are made of it. What a word means
//! is decided elsewhere; here stands how it is written.

pub(crate) mod alerts;
pub(crate) mod comparing;
pub(crate) mod eval;
pub(crate) mod feedback;
pub(crate) mod generate;
#[cfg(feature = "serve")]
pub(crate) mod listening;
pub(crate) mod rules;
pub(crate) mod serve;
pub(crate) mod train;
pub(crate) mod watch;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use logsift_engine::records::level::Level;
use logsift_pipeline::scan::Glob;
use logsift_reports::Format;

use crate::version;

const SENSITIVITY: f64 = 1.0;

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

/// Find what is unusual in logs
///
/// Reads files, folders, globs or standard input, packed or not, and reports incidents:
/// what happened, since when, and the lines that look like the cause. Beneath it says what
/// was read: formats, streams, times, levels, templates, and what became of every line.
/// Needs no configuration and no labels.
#[derive(Debug, Args)]
#[command(after_long_help = SCAN_EXAMPLES)]
pub(crate) struct Scan {
    #[command(flatten)]
    pub(crate) report: ReportTo,

    /// Write a row of NDJSON for every record to FILE, or to - for standard output
    ///
    /// With `-` the rows take the place of the report. Keys: file, line, offset, lines,
    /// time, level, stream, fields, message, notes.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) records: Option<PathBuf>,

    /// Write a row of CSV with its score for every record to FILE, or to - for standard output
    ///
    /// With `-` the rows take the place of the report. Columns: file, line, template_id,
    /// score, flagged, top_detector. A score grows with how unusual the record is.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "no_detect")]
    pub(crate) scores: Option<PathBuf>,

    /// Write a row of CSV with its score for every session to FILE, or to - for standard output
    ///
    /// A session is the records that share an identifier: a block, a request, a process.
    /// With `-` the rows take the place of the report. Columns: session_id, stream, records,
    /// score, flagged, top_detector.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "no_detect")]
    pub(crate) session_scores: Option<PathBuf>,

    /// What ties records together to sessions [default: found in the log]
    ///
    /// A field, a key in the message, or how the identifiers begin: trace_id, sessionid, blk_.
    #[arg(long, value_name = "NAME", help_heading = "What is unusual", conflicts_with = "no_detect")]
    pub(crate) session: Option<String>,

    #[command(flatten)]
    pub(crate) detect: Detect,

    #[command(flatten)]
    pub(crate) known: Known,

    /// Compare the newest file of every rotated log with the older ones
    ///
    /// app.log.1, app.log.2.gz and so on are the past that app.log is judged by; only
    /// app.log is reported on. Files of which there is no older one are judged by themselves.
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        conflicts_with_all = ["model", "no_detect", "no_rotated"],
        help_heading = "What is unusual"
    )]
    pub(crate) against: Option<Against>,

    #[command(flatten)]
    pub(crate) beside: train::Beside,

    /// Only read: say what is in the logs, not what is unusual about it
    #[arg(long, help_heading = "What is unusual")]
    pub(crate) no_detect: bool,

    #[command(flatten)]
    pub(crate) failing: Failing,

    #[command(flatten)]
    pub(crate) telling: alerts::Telling,

    #[command(flatten)]
    pub(crate) input: Input,
}

/// Where the report goes, and in which formats.
#[derive(Debug, Args)]
pub(crate) struct ReportTo {
    /// The format of the report on standard output
    ///
    /// text, json, ndjson, csv, html, sarif, junit, markdown, github, alerts, png.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = report_format(), hide_possible_values = true)]
    pub(crate) format: Format,

    /// Write the report to FILE too, in the format of its extension
    ///
    /// .txt, .json, .ndjson, .csv, .html, .sarif, .xml (JUnit), .md, .png; the name
    /// alerts.txt gives a line for each incident. May be given more than once.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Vec<PathBuf>,

    /// Draw a picture of the report to FILE: volume, levels, incidents, templates, scores
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) png: Option<PathBuf>,
}

/// What a scan compares with that finds it by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Against {
    /// The older files of the same rotated log.
    Previous,
}

/// How a run ends that found something.
#[derive(Debug, Args)]
pub(crate) struct Failing {
    /// End with 1 where there is an incident of this severity or a graver one
    #[arg(long, value_enum, value_name = "SEVERITY", help_heading = "What is unusual")]
    pub(crate) fail_on: Option<FailOn>,
}

/// How what is unusual is found.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is unusual")]
pub(crate) struct Detect {
    /// How many false incidents are accepted: `5/day` of log time, or `20/GB` read
    ///
    /// Thresholds follow from it. What is beyond the budget is held back, counted and
    /// listed beneath. 5/day where nothing is said; `diff`, which somebody asks for who
    /// looks for a difference, takes 50/day.
    #[arg(long, value_name = "BUDGET", env = "LOGSIFT_BUDGET")]
    pub(crate) budget: Option<String>,

    /// Above 1 more is found than the budget says, below 1 less
    #[arg(long, value_name = "FACTOR", default_value_t = SENSITIVITY, value_parser = sensitivity)]
    pub(crate) sensitivity: f64,

    /// Something was deployed then: messages that are new or gone since are one incident
    ///
    /// TIME is written as for --since; may be given more than once. A release that rewords
    /// many messages is found without this, too.
    #[arg(long, value_name = "TIME")]
    pub(crate) deploy: Vec<String>,

    /// Listen for the rules of this folder, too
    ///
    /// All .yaml files in it and in its folders. A rule of the name of a built-in one takes
    /// its place. `logsift rules check` tries them.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, env = "LOGSIFT_RULES")]
    pub(crate) rules: Option<PathBuf>,

    /// Heed what this file says about findings [default: logsift.feedback.yaml in the working folder]
    ///
    /// `logsift feedback` writes it: what is normal, expected for a while, important, or of
    /// another severity. What it holds back is counted and listed.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "LOGSIFT_FEEDBACK")]
    pub(crate) feedback: Option<PathBuf>,

    /// Listen for no rules, not even the built-in ones
    #[arg(long, conflicts_with = "rules")]
    pub(crate) no_rules: bool,
}

/// What is known already.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is unusual")]
pub(crate) struct Known {
    /// Compare with this model instead of with the log itself
    #[arg(long, value_name = "MODEL", value_hint = ValueHint::FilePath)]
    pub(crate) model: Option<PathBuf>,
}

impl Detect {
    /// What it is where nobody asked for anything.
    pub(crate) fn unasked() -> Detect {
        Detect {
            budget: None,
            sensitivity: SENSITIVITY,
            deploy: Vec::new(),
            feedback: None,
            rules: None,
            no_rules: false,
        }
    }
}

/// From which severity on a run fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Any incident.
    Low,
    /// Worth a look today.
    Medium,
    /// Worth a look now.
    High,
    /// Something is broken.
    Critical,
}

/// The formats of a report by their names.
fn report_format() -> impl TypedValueParser<Value = Format> {
    let named = |name: String| Format::from_name(&name).ok_or("no format of that name");
    PossibleValuesParser::new(Format::ALL.map(Format::name)).try_map(named)
}

fn sensitivity(text: &str) -> Result<f64, String> {
    let factor: f64 = text.parse().map_err(|_| "not a number")?;
    if (0.01..=100.0).contains(&factor) { Ok(factor) } else { Err("0.01 to 100".to_owned()) }
}

/// Which logs are read, and how: the same for every command that reads logs.
#[derive(Debug, Args)]
pub(crate) struct Input {
    /// Files, folders, globs, or - for standard input
    ///
    /// Folders are read with everything in them. Packed files (gz, zst, xz, bz2, zip,
    /// tar) are unpacked while they are read. Rotated files (app.log, app.log.1,
    /// app.log.2.gz) are one log, read from the oldest on. Without a PATH, standard
    /// input is read, unless it is a terminal.
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<OsString>,

    #[command(flatten)]
    pub(crate) how: How,
}

/// Which records are read, and how.
#[derive(Debug, Args)]
pub(crate) struct How {
    /// Leave out records before this time
    ///
    /// TIME is RFC 3339 (2024-01-31T10:00:00Z), a date (2024-01-31), a date with a time
    /// (2024-01-31 10:00, in the zone of --tz), or a distance such as 90s, 15m, 2h, 3d,
    /// 1w. A distance counts back from the END OF THE LOG, not from the clock, so the
    /// logs are read twice. Records without a time are kept.
    #[arg(long, value_name = "TIME", help_heading = "What is read")]
    pub(crate) since: Option<String>,

    /// Leave out records after this time
    ///
    /// TIME is written as for --since.
    #[arg(long, value_name = "TIME", help_heading = "What is read")]
    pub(crate) until: Option<String>,

    /// Leave out streams whose name does not match
    ///
    /// A stream is a log, or one host and program of a syslog file, or one container.
    /// `*`, `?`, `[a-z]` and `{one,other}` can be used; `*` matches `/`, too.
    #[arg(long, value_name = "GLOB", help_heading = "What is read")]
    pub(crate) stream: Option<Glob>,

    /// Read files that look rotated as logs of their own
    #[arg(long, help_heading = "What is read")]
    pub(crate) no_rotated: bool,

    /// Read all logs in this format instead of finding it
    ///
    /// The name of a format (`logsift explain formats` lists them) or a pattern such as
    /// `{time} [{thread}] {level} {logger} - {message}`.
    #[arg(long, value_name = "NAME|PATTERN", help_heading = "How it is read")]
    pub(crate) log_format: Option<String>,

    #[command(flatten)]
    pub(crate) own: OwnFormats,

    /// The zone of times that carry none [default: UTC]
    ///
    /// UTC, an offset (+02:00) or a name (Europe/Berlin). The report says which zone was
    /// taken for which log.
    #[arg(long, value_name = "ZONE", env = "LOGSIFT_TZ", help_heading = "How it is read")]
    pub(crate) tz: Option<String>,

    /// Remove personal data and secrets before anything else sees them
    ///
    /// E-mail addresses, card numbers, IBANs, telephone numbers, keys and tokens, and
    /// values with the name of a secret. `mask` leaves the name of the kind
    /// ([redacted:email]), `drop` leaves nothing, `hash` adds a hash under the key in
    /// LOGSIFT_REDACT_KEY, so that equal values can be told to be equal.
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "mask",
        help_heading = "How it is read"
    )]
    pub(crate) redact: Option<Redact>,
}

/// Formats of the user's own.
#[derive(Debug, Args)]
#[command(next_help_heading = "How it is read")]
pub(crate) struct OwnFormats {
    /// A folder with more formats, a YAML file each
    ///
    /// A format of the same name takes the place of the built-in one.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, env = "LOGSIFT_FORMATS")]
    pub(crate) formats: Option<PathBuf>,
}

const SCAN_EXAMPLES: &str = "\
Examples:
  logsift scan /var/log                     everything in a folder
  logsift scan 'app/*.log.gz' --since 2h    the last two hours of packed logs
  journalctl -o short-iso | logsift scan    standard input
  logsift scan app.log -o app.json          one report to read, one to keep
  logsift scan app.log --model app.model    compare with what was learned
  logsift scan 'app.log*' --against previous  the newest of rotated files against the older
  logsift scan app.log --fail-on high       for scripts: ends with 1 at an incident
  logsift scan app.log --alert -c logsift.yaml  incidents to chat, mail or a pager
  logsift scan app.log --email you@example.com  incidents by mail
  logsift scan app.log --with isolation-forest,lof  outlier models beside the detectors
  logsift scan rows.csv --features columns  a table of numbers
  logsift scan app.log --records - | jq .   a row for every record
  logsift scan app.log --log-format '{time} {level} {message}'

Exit codes:
  0  ran                                    3  some input could not be read, or
  1  incidents at or above --fail-on           some notice not be delivered
  2  wrong usage                            4  an error of logsift itself";

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

/// Look into a model, or check that it is sound
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

/// Check that a model is sound: every length, checksum and value
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  logsift model verify app.model && logsift merge app.model new.model -o app.model

Exit codes:
  0  sound                 3  damaged, or not to be read")]
pub(crate) struct Verify {
    /// The model
    #[arg(value_name = "MODEL", value_hint = ValueHint::FilePath)]
    pub(crate) model: PathBuf,
}

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

/// What takes the place of what is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Redact {
    /// The name of its kind.
    Mask,
    /// Nothing.
    Drop,
    /// The name of its kind and a keyed hash.
    Hash,
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
