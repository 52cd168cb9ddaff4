//! A timeline and detectors in, findings and incidents within a budget out: the one loop in which detection happens.
//!
//! Every interval is judged by all detectors before any of them may learn from it, and what was flagged is not
//! learned. In the known past everything happens just the same, but what is found there only says how often such things
//! happen. When all intervals were walked through, findings are grouped into stories and the budget is spent on the most
//! surprising of them.
//!
//! ```
//! use logsift_engine::detection::{DetectionSettings, detect};
//! use logsift_engine::windows::Timeline;
//!
//! let nothing = Timeline::default();
//! let detected = detect(&nothing, vec![], &DetectionSettings::default());
//! assert!(detected.incidents.is_empty());
//! ```

mod heeded;
mod outcome;
mod rows;
mod sessions;
mod walk;

#[cfg(test)]
mod simulation;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::detectors::rule::{Firings, RuleFired};
use crate::detectors::{Detector, Explanation};
use crate::findings::feedback::Feedback;
use crate::findings::{Budget, Finding, Ledger, State, SubjectState};
use crate::incidents::{Deploy, Incident, Story};
use crate::sessions::JudgedSessions;
use crate::templates::TemplateId;
use crate::windows::{Place, Timeline};
pub use rows::OddRow;

/// What the user wants of detection.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectionSettings {
    /// False incidents accepted.
    pub budget: Budget,
    /// How readily something is raised within the budget: 1 is as it is, 2 takes things for twice as surprising.
    pub sensitivity: f64,
    /// Gigabytes read, for a budget that counts them.
    pub gigabytes: f64,
    /// What somebody said is normal.
    pub normal: MarkedNormal,
    /// What somebody said about what is found.
    pub feedback: Feedback,
    /// When something was deployed: messages that are new or gone since belong to it.
    pub deploys: Vec<Deploy>,
}

/// What somebody said is normal, by lasting names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarkedNormal {
    /// Incidents of these fingerprints.
    pub fingerprints: BTreeSet<u64>,
    /// Everything about these templates.
    pub templates: BTreeSet<TemplateId>,
}

/// What was detected.
#[derive(Clone, Debug, PartialEq)]
pub struct Detected {
    /// Findings, raised and held, in the order of time.
    pub findings: Vec<Finding>,
    /// For every finding the words for its evidence, in the same order.
    pub explanations: Vec<Vec<Explanation>>,
    /// For every finding the records beside its own that show it, in the same order: of a finding about sessions, those of
    /// the other sessions.
    pub shown_by: Vec<Vec<Place>>,
    /// For every finding the numbers of the rules that are about it, the gravest first, in the same order.
    pub rules: Vec<Vec<u32>>,
    /// Incidents: the raised ones first, each part with the weightiest first.
    pub incidents: Vec<Incident>,
    /// For every incident its story.
    pub stories: Vec<Story>,
    /// How many of the incidents are raised; the others are held, and each of their findings says why.
    pub raised: usize,
    /// For every entry of the feedback how many findings it changed.
    pub said: Vec<u64>,
    /// The account of the budget.
    pub ledger: Ledger,
    /// Findings that lasted for so long that they are learned as a new normal.
    pub adoptions: Vec<Adoption>,
    /// How well streams and templates are known, in the order of their numbers.
    pub states: Vec<SubjectState>,
    /// How odd the cells of what was just read are, in the order of intervals, streams and templates.
    /// Cells about which nothing was said are not listed.
    pub scores: Vec<CellScore>,
}

/// A finding that became a new normal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// The finding, by its place in the list.
    pub finding: u32,
    /// The interval from which on it was learned.
    pub interval: i64,
}

/// How odd a template was in a stream and an interval, or all templates, or all streams.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellScore {
    /// The number of the interval.
    pub interval: i64,
    /// The stream.
    pub stream: Option<u32>,
    /// The template.
    pub template: Option<u32>,
    /// The surprise of all detectors together.
    pub score: f64,
    /// The detector that was surprised most.
    pub kind: &'static str,
}

impl Default for DetectionSettings {
    fn default() -> DetectionSettings {
        DetectionSettings {
            budget: Budget::default(),
            sensitivity: 1.0,
            gigabytes: 0.0,
            normal: MarkedNormal::default(),
            feedback: Feedback::default(),
            deploys: Vec::new(),
        }
    }
}

impl Detected {
    /// How odd a cell is, if anything was said about it.
    pub fn score(&self, interval: i64, stream: Option<u32>, template: Option<u32>) -> Option<&CellScore> {
        let wanted = (interval, stream, template);
        let key = |score: &CellScore| (score.interval, score.stream, score.template);
        let at = self.scores.binary_search_by_key(&wanted, key).ok()?;
        self.scores.get(at)
    }
}

/// What was found beside the windows of a log, to be ruled upon with everything else.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// What deviates among sessions.
    pub sessions: &'a JudgedSessions,
    /// What outlier models say of rows.
    pub rows: &'a [OddRow],
    /// Where rules fired, if they were listened for.
    pub rules: Option<&'a Arc<Firings>>,
}

/// Walks the detectors through a timeline and rules over what they say.
pub fn detect(
    timeline: &Timeline,
    detectors: Vec<Box<dyn Detector>>,
    settings: &DetectionSettings,
) -> Detected {
    let beside = Beside { sessions: &JudgedSessions::default(), rows: &[], rules: None };
    detect_all(timeline, detectors, &beside, settings)
}

/// The same where there is more than windows.
pub fn detect_all(
    timeline: &Timeline,
    mut detectors: Vec<Box<dyn Detector>>,
    beside: &Beside<'_>,
    settings: &DetectionSettings,
) -> Detected {
    let rules = beside.rules.cloned().unwrap_or_else(|| Arc::new(Firings::none()));
    if !rules.is_empty() {
        detectors.push(Box::new(RuleFired::new(Arc::clone(&rules), timeline)));
    }
    let others = outcome::Others {
        sessions: sessions::OfSessions::of(beside.sessions, timeline),
        rows: rows::OfRows::of(beside.rows, timeline),
        rules: &rules,
    };
    let is_short = outcome::means(timeline, settings, others.rows.looked_at).state() != State::Trusted;
    let heeded = heeded::Heeded { timeline, rules: &rules, settings };
    let walked = walk::walk(timeline, detectors, is_short, &|finding| !heeded.is_not_normal(finding));
    outcome::outcome(timeline, walked, others, settings)
}
