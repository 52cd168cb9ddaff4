//! What can go wrong, with the values that made it so: parameters, training data, saved bytes.

use thiserror::Error;

/// A parameter outside of its legal range.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{parameter}` is `{value}`, legal is {legal}")]
pub struct ParamError {
    /// Name of the parameter, as `set` takes it.
    pub parameter: String,
    /// What was given.
    pub value: String,
    /// What would have been legal, in words: `1 to 10000`.
    pub legal: String,
}

impl ParamError {
    /// Refuses `value` for `parameter` and says what is legal.
    pub fn new(parameter: impl Into<String>, value: impl ToString, legal: impl Into<String>) -> Self {
        Self { parameter: parameter.into(), value: value.to_string(), legal: legal.into() }
    }
}

/// Refuses `value` unless it is `legal`; the comparison that `check()` writes for each parameter.
///
/// # Errors
/// Names the parameter, the value and the legal range.
pub fn require(legal: bool, parameter: &str, value: impl ToString, range: &str) -> Result<(), ParamError> {
    if legal { Ok(()) } else { Err(ParamError::new(parameter, value, range)) }
}

/// Training data that a model cannot be fitted on.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum FitError {
    /// There are fewer rows or sequences than the model needs.
    #[error("{found} rows or sequences are too few: this model needs at least {needed}")]
    TooFew {
        /// How many there are.
        found: usize,
        /// How many there must be.
        needed: usize,
    },
    /// The rows have no column.
    #[error("the rows have no column")]
    NoColumns,
    /// A cell is not a number, infinite or enormous.
    #[error("row {row}, column {column} is `{value}`: training needs finite numbers of at most 1e18")]
    NotFinite {
        /// The row, counted from 0.
        row: usize,
        /// The column, counted from 0.
        column: usize,
        /// What stands there.
        value: f32,
    },
    /// The data and a parameter contradict each other.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// A computation did not arrive at finite numbers.
    #[error("the fit did not stay finite: {0}")]
    Diverged(&'static str),
}

/// Data that a fitted model cannot score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// The rows have other columns than the training rows.
    #[error("the rows have {found} columns, the model was fitted on {expected}")]
    Columns {
        /// Columns of the training rows.
        expected: usize,
        /// Columns of these rows.
        found: usize,
    },
}

/// Saved bytes that are not a model.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes end before the model does, or a length says more than there is.
    #[error("the bytes end too early at {at}")]
    Ends {
        /// Offset at which more was expected.
        at: usize,
    },
    /// Another kind of model than the one asked for, or none at all.
    #[error("the bytes hold `{found}`, not `{expected}`")]
    Kind {
        /// What was asked for.
        expected: String,
        /// What the bytes say.
        found: String,
    },
    /// Written by a later release.
    #[error("`{kind}` has version {found}, this release reads up to {newest}")]
    Version {
        /// The model.
        kind: String,
        /// What the bytes say.
        found: u16,
        /// The newest that is known here.
        newest: u16,
    },
    /// Values that no fit would have written.
    #[error("the bytes are damaged: {0}")]
    Damaged(&'static str),
}
