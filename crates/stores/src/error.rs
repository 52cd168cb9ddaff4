//! Why something cannot be kept or read.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why something cannot be kept or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The system refused.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process uses the state.
    #[error(
        "`{}` is used by process {pid}\nhint: stop that one, or give this one a folder of its own with --state",
        path.display()
    )]
    InUse {
        /// The folder.
        path: PathBuf,
        /// Who uses it, as it said itself.
        pid: String,
    },
    /// A newer program wrote it.
    #[error(
        "`{}` has format {found}, and this program knows formats up to {known}\n\
         hint: use the newer logsift that wrote it, or another folder with --state; nothing was changed",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version that was found.
        found: u64,
        /// The newest that is known.
        known: u64,
    },
    /// What is in the file cannot be understood.
    #[error("`{}` is damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The database refused.
    #[error("facts: {0}")]
    Facts(#[from] rusqlite::Error),
    /// A cursor that was not given out here.
    #[error("`{0}` is no cursor: use the one that the page before gave")]
    Cursor(String),
    /// There is less room than is left to others.
    #[error("the disk of `{}` is nearly full ({free} bytes free)\nhint: make room, or lower the retention", path.display())]
    Full {
        /// The folder.
        path: PathBuf,
        /// Bytes that are free.
        free: u64,
    },
}

impl StoreError {
    /// The system refused to do that with that file.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
        move |source| StoreError::Io { action, path: path.to_owned(), source }
    }

    /// Something in that file makes no sense.
    pub(crate) fn damaged(path: &Path, what: impl Into<String>) -> StoreError {
        StoreError::Damaged { path: path.to_owned(), what: what.into() }
    }
}
