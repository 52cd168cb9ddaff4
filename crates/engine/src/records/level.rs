//! How grave a record says it is: every vocabulary on one scale.

use std::fmt;

/// The one scale. A record without a level has none; it is not `Info`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// Finer than debugging (`trace`, `verbose`, `finest`).
    Trace = 0,
    /// For developers (`debug`, `fine`, `config`).
    Debug,
    /// Ordinary work (`info`, `informational`).
    Info,
    /// Ordinary but worth noting (syslog 5).
    Notice,
    /// Something may go wrong.
    Warn,
    /// Something failed.
    Error,
    /// A part of the system failed (syslog 1 and 2).
    Critical,
    /// The program or the system cannot go on (`fatal`, `panic`, syslog 0).
    Fatal,
}

impl Level {
    /// All levels, mildest first.
    pub const ALL: [Level; 8] = [
        Level::Trace,
        Level::Debug,
        Level::Info,
        Level::Notice,
        Level::Warn,
        Level::Error,
        Level::Critical,
        Level::Fatal,
    ];

    /// The lower-case name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Notice => "notice",
            Level::Warn => "warn",
            Level::Error => "error",
            Level::Critical => "critical",
            Level::Fatal => "fatal",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
