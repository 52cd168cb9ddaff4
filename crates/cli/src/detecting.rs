//! Words about detection in, its settings out.

use std::path::Path;
use std::sync::Arc;

use logsift_engine::detectors::ModelWish;
use logsift_engine::detectors::rule::{RuleSet, built_in};
use logsift_engine::features::{Asked, Family, Unit};
use logsift_engine::findings::Budget;
use logsift_engine::model::{Learned, Redaction};
use logsift_engine::windows::TimelineSettings;
use logsift_pipeline::detection::{Detecting, HELD_LISTED};
use logsift_pipeline::learning;
use logsift_pipeline::signing::Signer;
use logsift_pipeline::training::named;

use crate::arguments::train::Beside;
use crate::arguments::{Detect, FailOn, Known, Manners};
use crate::embeddings;
use crate::exit::{Exit, Problem};
use crate::feedback;
use crate::models::unusable;
use crate::rules;
use logsift_reports::ScanReport;

/// False incidents that are accepted where nobody says how many.
const BUDGET: &str = "5/day";
/// The seed of models in which chance takes part.
const SEED: u64 = 42;

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
            course: Default::default(),
            learned_sessions: Default::default(),
            baseline: None,
            held_listed: HELD_LISTED,
            models: Vec::new(),
            features: None,
            embeddings: embeddings::open(self.embeddings.as_deref())?,
        })
    }
}

impl Detect {
    /// The rules that are listened for.
    pub(crate) fn rules(&self) -> Result<Option<Arc<RuleSet>>, Problem> {
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

impl Beside {
    /// The outlier models that look, too. A parameter is set wherever there is one of that name.
    pub(crate) fn models(&self) -> Result<Vec<ModelWish>, Problem> {
        let names: &[String] = match (self.with.as_slice(), self.features.as_slice()) {
            ([], [_, ..]) => &["isolation-forest".to_owned()],
            (names, _) => names,
        };
        let mut choices = Vec::new();
        for name in names {
            choices.push(named(name.trim()).map_err(|error| Problem::usage(error.to_string()))?);
        }
        for (name, value) in &self.set {
            let mut met = false;
            for choice in &mut choices {
                if choice.values().iter().any(|(known, _)| known == name) {
                    met = true;
                    let model = choice.card().name;
                    let refused = |error| Problem::usage(format!("{model}: {error}"));
                    choice.set(name, value).map_err(refused)?;
                }
            }
            if !met {
                return Err(Problem::usage(format!(
                    "no model of --with has a parameter `{name}`\nhint: `logsift explain MODEL` lists those of a model"
                )));
            }
        }
        Ok(choices.iter().map(|choice| ModelWish::new(choice, SEED)).collect())
    }

    /// The features of records by which they look; of meanings only where there is a language model.
    pub(crate) fn asked(&self, embeddings: bool) -> Result<Option<Asked>, Problem> {
        if self.features.is_empty() {
            return Ok(None);
        }
        if self.features.contains(&Family::Semantic) && !embeddings {
            return Err(Problem::usage(
                "features `semantic` need a language model\nhint: name its folder with --embeddings",
            ));
        }
        Asked::new(&self.features, Unit::Records).map(Some).map_err(Problem::usage)
    }
}

impl Known {
    /// The model, if one was named.
    pub(crate) fn load(
        &self,
        redaction: Redaction,
        manners: &Manners,
    ) -> Result<Option<(String, Learned)>, Problem> {
        let signer = manners.signer()?;
        self.model.as_deref().map(|path| known(path, redaction, signer.as_ref())).transpose()
    }
}

/// A model, which must have been learned from lines like those that are read now.
pub(crate) fn known(
    path: &Path,
    redaction: Redaction,
    signer: Option<&Signer>,
) -> Result<(String, Learned), Problem> {
    let learned = learning::load(path, signer).map_err(|error| unusable(&error))?;
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
    logsift_pipeline::settings::scalars::budget(words).ok_or_else(|| {
        Problem::usage(format!(
            "`{words}` is no budget\nhint: so many per hour, day, week or GB, such as 5/day or 20/GB"
        ))
    })
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
