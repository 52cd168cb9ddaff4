//! What the daemon is told: where its state is, what it reads, how it detects, and what it may take.

use std::net::SocketAddr;
use std::path::PathBuf;

use logsift_alerts::settings::Alerts;
use logsift_engine::model::Redaction;
use logsift_engine::reader;

use crate::detection::Detecting;

/// What the daemon is told.
///
/// Where the reader redacts, lines are redacted before they are written to the journal, too.
#[derive(Clone, Debug)]
pub struct DaemonSettings {
    /// The folder of its state; made where there is none.
    pub state: PathBuf,
    /// What it reads by itself; pushes come beside that.
    pub sources: Vec<SourceSettings>,
    /// How lines are read.
    pub reader: reader::Settings,
    /// What the reader removes.
    pub redaction: Redaction,
    /// How detection works. A model that is known is only the beginning: the state has its own then.
    pub detecting: Detecting,
    /// What it may take.
    pub limits: Limits,
    /// How long facts are kept.
    pub retention: Retention,
    /// Who is told of incidents.
    pub alerts: Alerts,
}

/// Something that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceSettings {
    /// A file, folder or glob that is followed.
    Files {
        /// The path or pattern.
        path: String,
        /// Labels of its lines.
        labels: Vec<(String, String)>,
    },
    /// A folder of logs of Kubernetes: `/var/log/pods`.
    Kubernetes {
        /// The folder.
        path: String,
    },
    /// A folder of logs of Docker: `/var/lib/docker/containers`.
    Docker {
        /// The folder.
        path: String,
    },
    /// Standard input.
    Stdin,
    /// Syslog over UDP.
    SyslogUdp {
        /// Where to listen.
        listen: SocketAddr,
    },
    /// Syslog over TCP, framed by newlines or octet counts.
    SyslogTcp {
        /// Where to listen.
        listen: SocketAddr,
    },
    /// The systemd journal, through `journalctl`.
    Journald {
        /// Only of these units; none: all.
        units: Vec<String>,
    },
}

/// What the daemon may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that came in and wait to be read; beyond it pushes are told to come later and files wait.
    pub queue_bytes: u64,
    /// Bytes of lines after which an epoch ends.
    pub epoch_bytes: u64,
    /// Bytes that the state folder may have.
    pub disk_bytes: u64,
    /// Bytes that mined templates may have.
    pub memory_bytes: usize,
    /// Different sources, by name and labels; lines of more share one.
    pub sources: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            queue_bytes: 64 << 20,
            epoch_bytes: 48 << 20,
            disk_bytes: 512 << 20,
            memory_bytes: 32 << 20,
            sources: 256,
        }
    }
}

/// How long facts are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days.
    pub days: u32,
}

impl Default for Retention {
    fn default() -> Retention {
        Retention { days: 90 }
    }
}
