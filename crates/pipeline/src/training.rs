//! Logs and a choice of model in, a trained outlier model out: what `logsift train` is without its words.
//!
//! Rows are made of all logs, columns are fitted to them, a model to the columns, and a threshold to its scores.
//! Nobody says what is normal unless asked to: then a fifth of the rows is held back for the threshold.

mod contest;
mod fitting;
mod material;
mod tuning;

use std::sync::Arc;
use std::time::Instant;

use logsift_engine::embedding::Embed;
use logsift_engine::features::{Asked, Layout, NotMade};
use logsift_engine::model::Redaction;
use logsift_outliers::catalogue::{Choice, Takes};
use logsift_outliers::{FitError, LoadError, ParamError, Seed};
use logsift_reports::ScanReport;
use logsift_sources::Plan;
use thiserror::Error;

use crate::meanings;
use crate::outlier_model::{Judge, OutlierModel, Provenance};
use crate::scan::{ScanError, ScanSettings};
use crate::threads::Threads;
use crate::watch::Watch;
pub use contest::{Contested, Standing};
pub use fitting::Line;
use fitting::{Fitted, Fitting};
use material::{Material, gather};
pub(crate) use material::{sequences_of, stories};
pub use tuning::Tried;

/// Short names by which some models are known.
const ALIASES: [(&str, &str); 8] = [
    ("iforest", "isolation-forest"),
    ("isolation_forest", "isolation-forest"),
    ("lof", "local-outlier-factor"),
    ("ocsvm", "one-class-svm"),
    ("svm", "one-class-svm"),
    ("vae", "variational-autoencoder"),
    ("zscore", "z-score"),
    ("kmeans", "clusters"),
];

/// What is trained, and how.
pub struct TrainSettings {
    /// How logs are read.
    pub scan: ScanSettings,
    /// The model with its parameters.
    pub choice: Choice,
    /// Which features of what.
    pub asked: Asked,
    /// What makes vectors of the meanings of templates, where features of them are asked for.
    pub embeddings: Option<Arc<dyn Embed>>,
    /// What ties records together to sessions; nothing to find out.
    pub session: Option<String>,
    /// The seed.
    pub seed: u64,
    /// How the threshold is chosen.
    pub line: Line,
    /// Everything that is trained on is known to be normal.
    pub normal: bool,
    /// Whether it is kept how long the fit took.
    pub keeps_effort: bool,
    /// So many settings of parameters are tried,
    pub tune: Option<usize>,
    /// but for those of these names.
    pub fixed: Vec<String>,
}

/// What came of it.
pub struct Trained {
    /// The model.
    pub model: OutlierModel,
    /// What was read, as `scan` tells it.
    pub scanned: ScanReport,
    /// What should be known.
    pub notes: Vec<String>,
    /// The parameters that were tried, the best first.
    pub tried: Vec<Tried>,
    /// Who won, where there was a contest.
    pub contest: Option<Contested>,
}

/// Why nothing could be trained.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The logs cannot be read as asked.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// Features that cannot be made.
    #[error(transparent)]
    Features(#[from] NotMade),
    /// A model or parameter that is not legal.
    #[error("{0}")]
    Param(#[from] ParamError),
    /// No record, window or session.
    #[error("there are no {unit} to train on\nhint: {hint}")]
    Nothing {
        /// What there is none of.
        unit: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// A model that cannot be fitted.
    #[error("{model}: {error}\nhint: {hint}")]
    Fit {
        /// The model.
        model: &'static str,
        /// Why.
        error: FitError,
        /// What to do.
        hint: &'static str,
    },
    /// A model in memory that cannot be read back.
    #[error("{0}")]
    Load(#[from] LoadError),
    /// A model that was trained on something else.
    #[error("{0}")]
    Other(String),
}

/// The model of that name, or of that short name.
pub fn named(name: &str) -> Result<Choice, ParamError> {
    Choice::named(full_name(name))
}

/// The name of a model that has this short name; other names stay.
#[must_use]
pub fn full_name(name: &str) -> &str {
    ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, full)| full)
}

/// Trains a model.
pub fn train(plan: &Plan, settings: &TrainSettings, watch: &Watch) -> Result<Trained, TrainError> {
    train_from(plan, settings, None, watch)
}

/// Trains a model that goes on from another or challenges it: it lays rows out as that one does.
pub fn train_from(
    plan: &Plan,
    settings: &TrainSettings,
    before: Option<(OutlierModel, Standing)>,
    watch: &Watch,
) -> Result<Trained, TrainError> {
    let layout = before.as_ref().and_then(|(model, _)| layout_of(model));
    meanings::required(&settings.asked, layout, settings.embeddings.as_deref())?;
    let gathered = gather(plan, settings, before.as_ref().map(|(model, _)| model), watch)?;
    let mut notes = gathered.notes;
    let workers = Threads(settings.scan.threads);
    let fitting = Fitting {
        seed: Seed(settings.seed),
        line: settings.line,
        normal: settings.normal,
        workers: &workers,
    };
    let tuned = settings
        .tune
        .map(|count| tuning::tune(&settings.choice, &gathered.material, &fitting, &settings.fixed, count));
    let (best, tried) = tuned.transpose()?.unzip();
    let (choice, tried) = (best.as_ref().unwrap_or(&settings.choice), tried.unwrap_or_default());
    let begun = Instant::now();
    let fitted = fitting.fit(choice, &gathered.material)?;
    let effort = settings.keeps_effort.then(|| begun.elapsed().as_secs_f64());
    if let Some(note) = gathered.material.thinned(gathered.seen) {
        notes.push(note);
    }
    let provenance = Provenance {
        model: choice.card().name.to_owned(),
        settings: choice.values().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        seed: settings.seed,
        rows: gathered.material.len() as u64,
        seen: gathered.seen,
        times: gathered.times,
        session: settings.session.clone(),
        redaction: settings.scan.redaction,
        threshold_by: settings.line.words(settings.normal),
        flagged: fitted.flagged,
    };
    let mut contest = None;
    if let Some((champion, standing)) = &before {
        notes.extend(contest::drift(champion, &gathered.material, &fitting)?);
        contest = contest::decide(champion, *standing, choice, &gathered.material, &fitting)?;
    }
    let challenger = model_of(fitted, gathered.material, provenance, effort);
    let model = match (before, &contest) {
        (Some((champion, _)), Some(contested)) if !contested.promoted => champion,
        _ => challenger,
    };
    Ok(Trained { model, scanned: gathered.scanned, notes, tried, contest })
}

fn model_of(fitted: Fitted, material: Material, provenance: Provenance, effort: Option<f64>) -> OutlierModel {
    let judge = match (material, fitted.judge) {
        (Material::Rows { layout, .. }, fitting::Kind::Rows(model)) => Judge::Rows(layout, model),
        (Material::Sequences { events, .. }, fitting::Kind::Sequences(model)) => {
            Judge::Sequences(events, model)
        }
        _ => unreachable!("what is fitted is of the kind of what it was fitted on"),
    };
    OutlierModel {
        provenance,
        judge,
        threshold: fitted.threshold,
        calibration: fitted.calibration,
        importance: fitted.importance,
        effort,
    }
}

/// What rows are trained on where nobody says which: sequences are those of sessions.
pub fn usual_unit(choice: &Choice) -> logsift_engine::features::Unit {
    match choice.card().takes {
        Takes::Sequences => logsift_engine::features::Unit::Sessions,
        Takes::Rows => logsift_engine::features::Unit::Records,
    }
}

/// A model can only be gone on with under the redaction it was trained under.
pub fn same_redaction(model: &OutlierModel, redaction: Redaction) -> Result<(), TrainError> {
    let theirs = model.provenance.redaction;
    if theirs == redaction {
        return Ok(());
    }
    let hint = match theirs {
        Redaction::None => "leave --redact out".to_owned(),
        other => format!("give --redact={}", other.name()),
    };
    Err(TrainError::Other(format!("the model was trained with redaction {}\nhint: {hint}", theirs.name())))
}

/// The columns of a layout that a model is to go on with.
fn layout_of(model: &OutlierModel) -> Option<&Layout> {
    match &model.judge {
        Judge::Rows(layout, _) => Some(layout),
        Judge::Sequences(..) => None,
    }
}
