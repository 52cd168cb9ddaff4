//! Here is evidence: together, does it deserve a person?
//!
//! Evidence about one subject in one interval is combined; what it comes to is compared with what the same log
//! came to before (calibration), corrected for everything that was looked at, and held against the budget of
//! false alarms. What is not raised is held, with the reason, counted and shown.

pub(crate) mod calibrate;
pub(crate) mod combine;
pub mod feedback;
pub(crate) mod hard;
pub(crate) mod learnable;
pub(crate) mod ledger;
pub(crate) mod outbreak;
pub(crate) mod tested;
pub(crate) mod tracks;

pub use ledger::Ledger;
pub use tested::{State, SubjectState};

use crate::detectors::{Evidence, Subject};
use crate::records::level::Level;
use crate::windows::Place;

/// How grave a finding or an incident is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Worth a look today.
    Medium,
    /// Worth a look now.
    High,
    /// Something is broken.
    Critical,
}

/// Why a finding was not raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Held {
    /// More surprising things used the budget up.
    OverBudget,
    /// Too little was known of the stream or template yet.
    StillLearning,
    /// Somebody said that it is normal.
    MarkedNormal,
}

/// A finding: one subject in one or several intervals in a row, whose evidence is beyond the threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// The session it is about, by its place in the list of sessions.
    pub session: Option<u32>,
    /// The number of the first and of the last interval.
    pub intervals: (i64, i64),
    /// Its evidence, the strongest first.
    pub evidence: Vec<Evidence>,
    /// The chance of something at least as odd when nothing is wrong, after calibration.
    pub p_value: f64,
    /// Negative natural logarithm of that, extended beyond what can be counted: for ranking.
    pub score: f64,
    /// How grave.
    pub severity: Severity,
    /// Gravest level of its records.
    pub level: Option<Level>,
    /// Something that is bad by itself, whatever was seen before.
    pub hard: Option<&'static str>,
    /// Records it is about.
    pub records: u64,
    /// The record to look at.
    pub place: Option<Place>,
    /// Why it was not raised; nothing if it was.
    pub held: Option<Held>,
}

/// How many false incidents the user accepts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// So many a day of log time.
    PerDay(f64),
    /// So many for every gigabyte read.
    PerGigabyte(f64),
}

impl Default for Budget {
    fn default() -> Budget {
        Budget::PerDay(5.0)
    }
}

impl Severity {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl Held {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Held::OverBudget => "over-budget",
            Held::StillLearning => "still-learning",
            Held::MarkedNormal => "marked-normal",
        }
    }
}
