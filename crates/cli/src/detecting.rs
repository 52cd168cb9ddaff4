//! Words about detection in, its settings out.

use std::path::Path;
use std::sync::Arc;

use logsift_engine::detectors::rule::{RuleSet, built_in};
use logsift_engine::findings::Budget;
use logsift_engine::model::{Learned, Redaction};
use logsift_engine::windows::TimelineSettings;
use logsift_pipeline::detection::{Detecting, HELD_LISTED};
use logsift_pipeline::learning;

use crate::arguments::{Detect, FailOn, Known};
use crate::exit::{Exit, Problem};
use crate::feedback;
use crate::models::unusable;
use crate::rules;
use logsift_reports::ScanReport;

/// False incidents that are accepted where nobody says how many.
const BUDGET: &str = "5/day";

impl Detect {
    /// How what is unusual is found.
    pub(crate) fn settings(&self, known: Option<(String, Learned)>) -> Result<Detecting, Problem> {
        self.settings_within(BUDGET, known)
    }

    /// The same, with another budget where none was asked for.
    pub(crate) fn settings_within(
        &self,
        usual: &str,
        known: Option<(String, Learned)>,
    ) -> Result<Detecting, Problem> {
        let words = self.budget.as_deref().unwrap_or(usual);
        Ok(Detecting {
            budget: budget(words)?,
            budget_words: words.to_owned(),
            sensitivity: self.sensitivity,
            known,
            session: None,
            all_sessions: false,
            deploys: Vec::new(),
            rules: self.rules()?,
            feedback: feedback::heeded(self.feedback.as_deref())?,
            timeline: TimelineSettings::default(),
            baseline: None,
            held_listed: HELD_LISTED,
        })
    }
}

impl Detect {
    /// The rules that are listened for.
    fn rules(&self) -> Result<Option<Arc<RuleSet>>, Problem> {
        match &self.rules {
            _ if self.no_rules => Ok(None),
            None => Ok(Some(Arc::clone(built_in()))),
            Some(folder) => rules::set(folder).map(|rules| Some(Arc::new(rules))),
        }
    }
}

/// What `scan` takes without any word about it.
pub(crate) fn usual() -> Result<Detecting, Problem> {
    Detect::unasked().settings(None)
}

impl Known {
    /// The model, if one was named.
    pub(crate) fn load(&self, redaction: Redaction) -> Result<Option<(String, Learned)>, Problem> {
        self.model.as_deref().map(|path| known(path, redaction)).transpose()
    }
}

/// A model, which must have been learned from lines like those that are read now.
pub(crate) fn known(path: &Path, redaction: Redaction) -> Result<(String, Learned), Problem> {
    let learned = learning::load(path).map_err(|error| unusable(&error))?;
    let theirs = learned.conditions().redaction;
    let name = path.display().to_string();
    if theirs == redaction { Ok((name, learned)) } else { Err(other_redaction(&name, theirs)) }
}

/// A model cannot be compared with lines from which something else was removed.
pub(crate) fn other_redaction(name: &str, theirs: Redaction) -> Problem {
    let hint = match theirs {
        Redaction::None => "leave --redact out".to_owned(),
        other => format!("give --redact={}", other.name()),
    };
    Problem::usage(format!("`{name}` was learned with redaction {}\nhint: {hint}", theirs.name()))
}

/// `5/day`, `0.5/hour`, `2/week`, `20/GB`.
fn budget(words: &str) -> Result<Budget, Problem> {
    let wrong = || {
        Problem::usage(format!(
            "`{words}` is no budget\nhint: so many per hour, day, week or GB, such as 5/day or 20/GB"
        ))
    };
    let (number, unit) = words.split_once('/').ok_or_else(wrong)?;
    let number: f64 = number.trim().parse().map_err(|_| wrong())?;
    if !number.is_finite() || number < 0.0 {
        return Err(wrong());
    }
    match unit.trim().to_ascii_lowercase().as_str() {
        "hour" | "h" => Ok(Budget::PerDay(number * 24.0)),
        "day" | "d" => Ok(Budget::PerDay(number)),
        "week" | "w" => Ok(Budget::PerDay(number / 7.0)),
        "gb" => Ok(Budget::PerGigabyte(number)),
        _ => Err(wrong()),
    }
}

/// How a run ends that looked for incidents and found these.
pub(crate) fn exit(report: &ScanReport, fail_on: Option<FailOn>) -> Exit {
    let found = report.detection.iter().flat_map(|detection| &detection.incidents);
    let names = ["low", "medium", "high", "critical"];
    let rank = |severity: &str| names.iter().position(|name| *name == severity).unwrap_or(0);
    match fail_on {
        Some(least) if found.into_iter().any(|incident| rank(&incident.severity) >= least as usize) => {
            Exit::Findings
        }
        _ => Exit::Ran,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets() {
        let check =
            |words: &str, expected: Option<Budget>| assert_eq!(budget(words).ok(), expected, "{words}");
        check("5/day", Some(Budget::PerDay(5.0)));
        check("0.5/hour", Some(Budget::PerDay(12.0)));
        check("7/week", Some(Budget::PerDay(1.0)));
        check("20/GB", Some(Budget::PerGigabyte(20.0)));
        check("0/day", Some(Budget::PerDay(0.0)));
        for words in ["", "5", "/day", "-1/day", "inf/day", "NaN/day", "5/year", "5/day/day"] {
            check(words, None);
        }
    }
}
