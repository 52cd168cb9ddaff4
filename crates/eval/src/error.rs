//! Why an evaluation cannot be made, with the place and the remedy.

use thiserror::Error;

/// Why an evaluation cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EvalError {
    /// A file could not be read, wholly or in part. Figures of a part would be figures of something else.
    #[error("`{file}` {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// What was wrong, with a hint.
        reason: String,
    },
    /// A table lacks a column.
    #[error("`{file}` has no column `{column}`\nhint: its first line must name these columns: {expected}")]
    NoColumn {
        /// The file.
        file: String,
        /// What is missing.
        column: &'static str,
        /// The whole header.
        expected: &'static str,
    },
    /// A row is not like the header.
    #[error(
        "`{file}` line {line}: {found} fields where the header has {expected}\nhint: quote fields that contain a comma"
    )]
    Fields {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// Fields of the row.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// A field holds what it cannot mean.
    #[error("`{file}` line {line}, column `{column}`: `{value}` {reason}")]
    Value {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// The field.
        value: String,
        /// What is wrong, with a hint.
        reason: String,
    },
    /// The files are sound, and what was asked of them cannot be done.
    #[error("{reason}\nhint: {hint}")]
    Unsuited {
        /// Why.
        reason: String,
        /// The remedy.
        hint: String,
    },
}

impl EvalError {
    pub(crate) fn unsuited(reason: impl Into<String>, hint: impl Into<String>) -> EvalError {
        EvalError::Unsuited { reason: reason.into(), hint: hint.into() }
    }

    /// Whether it is a matter of what was asked and not of what the files hold.
    pub fn is_usage(&self) -> bool {
        matches!(self, EvalError::Unsuited { .. })
    }
}
