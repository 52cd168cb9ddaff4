//! The words of which logs are read, and how: the same for every command that reads logs.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use logsift_pipeline::scan::Glob;

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
