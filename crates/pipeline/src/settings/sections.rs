//! The sections of the settings file, one struct each: their doc comments are the reference and the JSON schema.
//!
//! Every field has a default, so that an empty file is a complete one.

use std::path::PathBuf;

use logsift_alerts::calendar::Zone;
use logsift_alerts::scalars::{Secret, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scalars::{Address, BudgetWords, Size};
use crate::detection::Detecting;

/// The settings of logsift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Addresses to listen on: ingestion, API, dashboard and metrics.
    pub listen: Vec<Address>,
    /// Who may do what.
    pub auth: Auth,
    /// Certificates for the addresses that are listened on.
    pub tls: Tls,
    /// What is too much.
    pub limits: Limits,
    /// Where is kept what must survive a restart.
    pub state: State,
    /// How long facts are kept.
    pub retention: Retention,
    /// Where lines come from, besides those that are pushed.
    pub sources: Sources,
    /// How what is unusual is found.
    pub detect: Detect,
    /// Who is told of incidents.
    pub alerts: logsift_alerts::settings::Alerts,
    /// Which rules are tried.
    pub rules: Rules,
    /// What people said about findings.
    pub feedback: Feedback,
    /// What logsift says about itself.
    pub log: Log,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            listen: vec![Address(([127, 0, 0, 1], 4040).into())],
            auth: Auth::default(),
            tls: Tls::default(),
            limits: Limits::default(),
            state: State::default(),
            retention: Retention::default(),
            sources: Sources::default(),
            detect: Detect::default(),
            alerts: Default::default(),
            rules: Rules::default(),
            feedback: Feedback::default(),
            log: Log::default(),
        }
    }
}

/// Who may do what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// Bearer tokens. Without any, only addresses of this machine may be listened on.
    pub tokens: Vec<Token>,
    /// Listen beyond this machine without tokens; said at every start.
    pub insecure: bool,
}

/// A bearer token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Whose it is, for the audit log.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// The token, at least 16 characters. Better from a file (`token_file`).
    #[serde(default)]
    pub token: Option<Secret>,
    /// Instead of the token, its SHA-256: `sha256:` and 64 hexadecimal digits.
    #[serde(default)]
    pub hash: Option<String>,
}

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Push lines, nothing else.
    Ingest,
    /// Read everything.
    Read,
    /// Read, and say what is normal.
    Feedback,
    /// Everything.
    Admin,
}

/// Certificates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// The certificate with its chain, PEM.
    pub certificate: Option<PathBuf>,
    /// Its key, PEM.
    pub key: Option<PathBuf>,
    /// Clients must have a certificate of this authority, PEM.
    pub client_authority: Option<PathBuf>,
}

/// What is too much.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Memory of the whole process.
    pub memory: Size,
    /// Lines that wait to be analysed; pushers are told to come later when it is full.
    pub queue: Size,
    /// The body of a request, as it comes.
    pub body: Size,
    /// The body of a request, unpacked.
    pub inflated: Size,
    /// The headers of a request.
    pub headers: Size,
    /// Connections at a time.
    pub connections: u32,
    /// How long a client may take to send its headers.
    pub header_time: Span,
    /// How long a client may take to send a body.
    pub body_time: Span,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            memory: Size::mebibytes(256),
            queue: Size::mebibytes(64),
            body: Size::mebibytes(10),
            inflated: Size::mebibytes(64),
            headers: Size(16 << 10),
            connections: 1024,
            header_time: Span::seconds(10),
            body_time: Span::seconds(30),
        }
    }
}

/// Where is kept what must survive a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    /// The folder; the state folder of the user or the system where it says nothing.
    pub folder: Option<PathBuf>,
    /// What it may take of the disk.
    pub size: Size,
    /// Lines that are kept for replay before a model is written.
    pub journal: Size,
    /// Refuse to start where the state is damaged, instead of going on with the one before.
    pub require: bool,
}

impl Default for State {
    fn default() -> State {
        State { folder: None, size: Size::mebibytes(512), journal: Size::mebibytes(64), require: false }
    }
}

/// How long facts are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Incidents and alerts.
    pub incidents: Span,
    /// Findings with their evidence and lines.
    pub findings: Span,
    /// How often each template came, and how many records there were.
    pub history: Span,
    /// Lines as they came in.
    pub lines: Span,
    /// Who did what.
    pub audit: Span,
}

impl Default for Retention {
    fn default() -> Retention {
        const DAY: u64 = 86_400;
        Retention {
            incidents: Span::seconds(90 * DAY),
            findings: Span::seconds(30 * DAY),
            history: Span::seconds(30 * DAY),
            lines: Span::seconds(7 * DAY),
            audit: Span::seconds(365 * DAY),
        }
    }
}

/// Where lines come from, besides those that are pushed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sources {
    /// Files that are followed.
    pub files: Vec<Files>,
    /// Read standard input.
    pub stdin: bool,
    /// Syslog over the network.
    pub syslog: Syslog,
    /// The journal of systemd.
    pub journald: Journald,
    /// Logs of pods on this node.
    pub kubernetes: Containers,
    /// Logs of Docker containers on this machine.
    pub docker: Containers,
}

/// Files that are followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Files, folders and globs.
    pub paths: Vec<PathBuf>,
    /// Globs of files that are left out.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Their format, by name or as a pattern, instead of finding it.
    #[serde(default)]
    pub format: Option<String>,
    /// The zone of times that carry none, instead of `detect.tz`.
    #[serde(default)]
    pub tz: Option<Zone>,
    /// Read from the end on, not from the beginning, where nothing is known of a file.
    #[serde(default)]
    pub only_new: bool,
    /// How long half a line waits for its other half.
    #[serde(default = "half_line")]
    pub half_line: Span,
}

fn half_line() -> Span {
    Span(logsift_sources::HALF_LINE)
}

/// Syslog over the network, RFC 3164 and 5424.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Syslog {
    /// An address for datagrams. They may be lost on the way, and are counted when they are dropped here.
    pub udp: Option<Address>,
    /// An address for connections, framed by newlines or octet counts.
    pub tcp: Option<Address>,
}

/// The journal of systemd.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Journald {
    /// Read it.
    pub enabled: bool,
    /// Only these units; all where there are none.
    pub units: Vec<String>,
    /// Another folder with journal files.
    pub folder: Option<PathBuf>,
}

/// Logs that a container runtime writes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Containers {
    /// Follow them.
    pub enabled: bool,
    /// Where they are, if not where the runtime puts them.
    pub folder: Option<PathBuf>,
}

/// How what is unusual is found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Detect {
    /// How many false incidents are accepted: so many per hour, day, week or GB read.
    pub budget: BudgetWords,
    /// Above 1 more is found than the budget says, below 1 less; 0.01 to 100.
    pub sensitivity: f64,
    /// What ties records together to sessions: `auto` finds that in the logs, `none` looks at no sessions, and else it is
    /// the name of a field, a key in the message, or how the identifiers begin.
    pub session: String,
    /// A model to begin with.
    pub model: Option<PathBuf>,
    /// The zone of times that carry none.
    pub tz: Zone,
    /// A folder with more log formats.
    pub formats: Option<PathBuf>,
    /// What is removed from lines before anything else sees them.
    pub redact: Redact,
    /// The key of the hashes where `redact` is `hash`.
    pub redact_key: Option<Secret>,
}

impl Default for Detect {
    fn default() -> Detect {
        let budget =
            BudgetWords { words: "5/day".to_owned(), budget: logsift_engine::findings::Budget::PerDay(5.0) };
        Detect {
            budget,
            sensitivity: 1.0,
            session: Detecting::FOUND.to_owned(),
            model: None,
            tz: Zone::default(),
            formats: None,
            redact: Redact::Off,
            redact_key: None,
        }
    }
}

/// What takes the place of personal data and secrets in lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Redact {
    /// They stay.
    Off,
    /// The name of their kind.
    Mask,
    /// Nothing.
    Drop,
    /// The name of their kind and a keyed hash.
    Hash,
}

/// Which rules are tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Whether the built-in packs are used.
    pub packs: bool,
    /// Folders with rules of your own.
    pub folders: Vec<PathBuf>,
    /// Rules that are left out, by name.
    pub off: Vec<String>,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { packs: true, folders: Vec::new(), off: Vec::new() }
    }
}

/// What people said about findings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Feedback {
    /// The file; `logsift.feedback.yaml` beside this file where it says nothing.
    pub file: Option<PathBuf>,
}

/// What logsift says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// How much.
    pub level: LogLevel,
    /// For people, or an object a line.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Log {
        Log { level: LogLevel::Info, format: LogFormat::Text }
    }
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What went wrong.
    Error,
    /// And what may go wrong.
    Warn,
    /// And what happens.
    Info,
    /// And how.
    Debug,
}

/// How it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// An object a line.
    Json,
}
