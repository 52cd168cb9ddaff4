//! Why a folder cannot be used as a model of meanings: which file, what in it, and what to do.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// A folder that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EmbeddingError {
    /// A file that must be there is not, or cannot be read.
    #[error("`{}`: {error}\nhint: {hint}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
        /// What to do.
        hint: &'static str,
    },
    /// A file is larger than any of its kind.
    #[error("`{}` has {bytes} bytes, at most {most} are read", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How large it is.
        bytes: u64,
        /// How large it may be.
        most: u64,
    },
    /// What stands in a file is not what must stand there.
    #[error("`{}`: {what} is {found}, expected {expected}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The key, the tensor or the place.
        what: String,
        /// What was found.
        found: String,
        /// What must be there.
        expected: String,
    },
}

impl EmbeddingError {
    /// A file in which something else stands.
    pub(crate) fn malformed(
        path: &std::path::Path,
        what: impl Into<String>,
        found: impl std::fmt::Display,
        expected: impl Into<String>,
    ) -> EmbeddingError {
        // What is quoted may come from a stranger, and be long.
        let found: String =
            found.to_string().chars().filter(|letter| !letter.is_control()).take(80).collect();
        EmbeddingError::Malformed {
            path: path.to_owned(),
            what: what.into(),
            found,
            expected: expected.into(),
        }
    }
}
