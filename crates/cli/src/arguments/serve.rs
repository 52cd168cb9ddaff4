//! The words of `serve` and `state`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use super::alerts::SettingsFile;
use super::{Detect, How, Known};

/// Run as a daemon: read logs for ever, keep what was found, survive anything
///
/// Follows files, folders and globs over their rotations (also those that happen while it is not running), and keeps
/// everything in a state folder: lines that came in, how far every file was read, the model, incidents and findings. All
/// of it is one unit, so that a run that is killed at any moment goes on as if nothing had happened: no line is lost and
/// none is counted twice. SIGTERM and Ctrl-C stop it within seconds; a second one ends it at once.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Serve {
    /// Files, folders, globs, or - for standard input
    ///
    /// Files that appear in a folder or match a glob later are found within a second.
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<String>,

    /// Keep the state in DIR instead of the user's state folder
    #[arg(long, env = "LOGSIFT_STATE_FOLDER", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) state: Option<PathBuf>,

    /// Do not start where something in the state is damaged
    ///
    /// Otherwise it starts with what is sound, keeps what is not as *.damaged, and says so.
    #[arg(long)]
    pub(crate) require_state: bool,

    /// Receive syslog over UDP at ADDRESS
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) syslog_udp: Vec<SocketAddr>,

    /// Receive syslog over TCP at ADDRESS, framed by newlines or octet counts
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) syslog_tcp: Vec<SocketAddr>,

    /// Read the journal of systemd
    #[arg(long)]
    pub(crate) journald: bool,

    /// Only entries of UNIT in that journal
    #[arg(long = "unit", value_name = "UNIT", requires = "journald")]
    pub(crate) units: Vec<String>,

    /// Read the journal in DIR instead of that of this system
    #[arg(long, value_name = "DIR", requires = "journald", value_hint = ValueHint::DirPath)]
    pub(crate) journald_folder: Option<PathBuf>,

    /// Read the logs of pods in DIR
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "/var/log/pods", value_hint = ValueHint::DirPath)]
    pub(crate) kubernetes: Option<String>,

    /// Read the logs of containers in DIR
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "/var/lib/docker/containers", value_hint = ValueHint::DirPath)]
    pub(crate) docker: Option<String>,

    /// The format of its own log, which goes to standard error
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) own_log: LogFormat,

    /// Bytes of lines after which what came is learned
    #[arg(long, value_name = "BYTES", hide = true, value_parser = clap::value_parser!(u64).range(4096..=(64 << 20)))]
    pub(crate) epoch: Option<u64>,

    #[command(flatten)]
    pub(crate) settings: SettingsFile,

    #[cfg(feature = "serve")]
    #[command(flatten)]
    pub(crate) listening: super::listening::Listening,

    #[command(flatten)]
    pub(crate) detect: Detect,

    #[command(flatten)]
    pub(crate) known: Known,

    #[command(flatten)]
    pub(crate) how: How,
}

impl Serve {
    /// Nothing but a settings file and a state folder.
    pub(crate) fn of_file(settings: &SettingsFile, state: &Path) -> Serve {
        /// Nobody's command line: its words stand in the code.
        #[derive(Parser)]
        struct Bare {
            #[command(flatten)]
            serve: Serve,
        }
        let state = Some(state.to_owned());
        Serve { settings: settings.clone(), state, ..Bare::parse_from(["serve"]).serve }
    }
}

/// The format of the daemon's own log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for people.
    Text,
    /// An object for programs.
    Json,
}

/// Look into the state of a daemon: check, export, compact
#[derive(Debug, Args)]
pub(crate) struct State {
    #[command(subcommand)]
    pub(crate) command: StateCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StateCommand {
    /// Say whether everything in a state folder is sound
    Check(StateFolder),
    /// Write what a state holds: counts of templates and sources, incidents
    ///
    /// A line of JSON each, in an order that depends on nothing but the content: two daemons that read the same lines
    /// give the same bytes, however often one of them was killed. Works while a daemon uses the folder. What it has not
    /// learned yet is read as the settings say, so name the file that it was started with.
    Export(Export),
    /// Give room on the disk back
    Compact(StateFolder),
}

#[derive(Debug, Args)]
pub(crate) struct StateFolder {
    /// The state folder
    #[arg(long, env = "LOGSIFT_STATE_FOLDER", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) state: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) folder: StateFolder,

    #[command(flatten)]
    pub(crate) settings: SettingsFile,

    /// Write the lines that came in instead, as far as they are kept
    #[arg(long)]
    pub(crate) lines: bool,
}

const EXAMPLES: &str = "\
Examples:
  logsift serve /var/log/app.log                 a file, over its rotations
  logsift serve '/var/log/*.log' --journald      a glob, and the journal
  logsift serve --syslog-udp 127.0.0.1:5514      what syslog sends
  logsift serve -c logsift.yaml                  as a settings file says
  logsift state export --state DIR | sort        what it holds

Exit codes:
  0  stopped                                2  wrong usage
  4  the state is used by another process, or was written by a newer logsift";
