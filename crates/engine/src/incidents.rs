//! Here are findings: which belong together, which came first?

pub(crate) mod causes;
pub(crate) mod fingerprint;
pub(crate) mod flood;
pub(crate) mod group;
mod records;
pub(crate) mod release;
pub(crate) mod severity;
pub(crate) mod story;

pub use records::records_of;
pub use release::{Changed, Deploy};
pub use story::{Story, StoryStep};

use crate::findings::Severity;
use crate::windows::Place;

/// Findings that belong together: one story.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Equal for the same kind of story, whenever it happens: templates and kinds of the leading causes, hashed.
    pub fingerprint: u64,
    /// Its findings, by their places in the list of findings, in the order of time.
    pub findings: Vec<u32>,
    /// The numbers of the first and of the last interval.
    pub intervals: (i64, i64),
    /// How grave.
    pub severity: Severity,
    /// For ranking.
    pub score: f64,
    /// The records that look like the cause, the likeliest first.
    pub causes: Vec<Cause>,
    /// It is bad by itself, or somebody said that it is important: it costs nothing of the budget.
    pub hard: bool,
    /// A new version writes other messages.
    pub release: Option<Changed>,
}

/// A record that looks like the cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// Where it stands.
    pub place: Place,
    /// The finding that names it.
    pub finding: u32,
    /// How likely, against the others.
    pub weight: f64,
}
