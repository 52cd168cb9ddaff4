//! The binary as users meet it: words in, output and exit code out.
//!
//! Every test runs in a folder of its own with the logs of `fixtures/`, all written last on the same
//! day, so that names and inferred years are the same everywhere.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod cli {
    mod against;
    mod alerts;
    #[cfg(all(unix, feature = "serve"))]
    mod clients;
    mod colours;
    mod commands;
    #[cfg(feature = "serve")]
    pub(crate) mod daemon;
    mod diff;
    mod embeddings;
    mod eval;
    mod exits;
    mod feedback;
    mod flood;
    mod generate;
    mod help;
    mod hostile;
    mod identity;
    mod inject;
    #[cfg(all(target_os = "linux", feature = "serve"))]
    mod journal;
    mod models;
    mod proof;
    mod records;
    mod release;
    mod report;
    mod rules;
    pub(crate) mod run;
    #[cfg(feature = "serve")]
    mod serving;
    mod sessions;
    mod short;
    mod templates;
    mod train;
    mod watch;
    mod writing;
}
