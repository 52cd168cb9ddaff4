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
    /// The database cannot be opened, though it is not damaged.
    #[error("cannot use `{}`: {source}\nhint: {}", path.display(), remedy(source))]
    Unusable {
        /// Its file.
        path: PathBuf,
        /// Why not.
        source: rusqlite::Error,
    },
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

    /// The same error, said of that database.
    pub(crate) fn of_database(self, path: &Path) -> StoreError {
        match self {
            StoreError::Facts(source) => StoreError::Unusable { path: path.to_owned(), source },
            other => other,
        }
    }

    /// Something in that file makes no sense.
    pub(crate) fn damaged(path: &Path, what: impl Into<String>) -> StoreError {
        StoreError::Damaged { path: path.to_owned(), what: what.into() }
    }
}

/// What whoever runs the program can do about it.
fn remedy(error: &rusqlite::Error) -> &'static str {
    use rusqlite::ErrorCode::{
        CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, PermissionDenied, ReadOnly,
    };
    match error.sqlite_error_code() {
        Some(DiskFull) => "make room on its disk, or use a folder on another one with --state",
        Some(CannotOpen | PermissionDenied | ReadOnly) => {
            "whoever runs logsift must be able to write there; --state gives another folder"
        }
        Some(DatabaseBusy | DatabaseLocked) => "another program holds it: end that one",
        _ => "the system's own log says what its disk has; --state gives a folder on another one",
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn a_database_that_cannot_be_used_is_named_with_a_remedy() {
        let said = |code| {
            let refused = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            StoreError::from(refused).of_database(Path::new("/state/facts.db")).to_string()
        };
        assert_eq!(
            said(ffi::SQLITE_IOERR),
            "cannot use `/state/facts.db`: Error code 10: disk I/O error\n\
             hint: the system's own log says what its disk has; --state gives a folder on another one"
        );
        assert!(said(ffi::SQLITE_FULL).contains("make room"));
        assert!(said(ffi::SQLITE_CANTOPEN).contains("write there"));
        assert!(said(ffi::SQLITE_BUSY).contains("another program"));
    }
}
