//! What the daemon is told: where its state is, what it reads, how it detects, and what it may take.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use globset::GlobBuilder;
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
    /// Do not start where something in the state is damaged.
    pub require_state: bool,
    /// What it reads by itself; pushes come beside that.
    pub sources: Vec<SourceSettings>,
    /// How lines are read.
    pub reader: reader::Settings,
    /// How those of some files are read instead, the first that means a file.
    pub readers: Vec<OwnReader>,
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

/// How the lines of some files are read.
#[derive(Clone, Debug)]
pub struct OwnReader {
    /// The path, folder or glob that was named.
    pub words: String,
    /// How they are read.
    pub reader: reader::Settings,
}

impl OwnReader {
    /// Whether the source of that name is meant.
    pub(super) fn means(&self, name: &str) -> bool {
        let within = |rest: &str| rest.is_empty() || rest.starts_with('/') || self.words.ends_with('/');
        name.strip_prefix(&self.words).is_some_and(within)
            || GlobBuilder::new(&self.words)
                .literal_separator(true)
                .build()
                .is_ok_and(|glob| glob.compile_matcher().is_match(name))
    }
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
        /// Globs of paths that are left out.
        exclude: Vec<String>,
        /// Of files that are there at the start and were never read, only what is written from then on.
        only_new: bool,
        /// How long half a line waits for its other half.
        half_line: Duration,
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
        /// The journal in that folder instead of that of this system.
        folder: Option<PathBuf>,
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
    /// Files that are followed and open at one time; beyond that those at rest are closed until something happens to them.
    pub open_files: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            queue_bytes: 64 << 20,
            epoch_bytes: 48 << 20,
            disk_bytes: 512 << 20,
            memory_bytes: 32 << 20,
            open_files: 512,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_of_its_own_is_for_what_was_named() {
        let means = |words: &str, name: &str| {
            OwnReader { words: words.to_owned(), reader: reader::Settings::default() }.means(name)
        };
        assert!(means("/var/log/app.log", "/var/log/app.log"));
        assert!(means("/var/log", "/var/log/app/a.log") && means("/var/log/", "/var/log/a.log"));
        assert!(means("/var/log/*.log", "/var/log/a.log"));
        assert!(!means("/var/log/*.log", "/var/log/app/a.log") && !means("/var/lo", "/var/log/a.log"));
    }
}
