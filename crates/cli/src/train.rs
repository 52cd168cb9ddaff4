//! `train`: logs in, an outlier model out.

use std::path::{Path, PathBuf};

use logsift_engine::features::{Asked, NotMade};
use logsift_pipeline::model_file::write_model_file;
use logsift_pipeline::outlier_model::{Judge, OutlierModel, OutlierModelError};
use logsift_pipeline::training::{
    Contested, Line, Standing, TrainError, TrainSettings, Trained, Tried, named, same_redaction, train_from,
    usual_unit,
};
use logsift_reports::text::figures::counted;

use crate::arguments::Manners;
use crate::arguments::train::{RowsOf, Train};
use crate::exit::{Exit, Problem};
use crate::reading::{self, nothing_to_read};
use crate::score::families;
use crate::{embeddings, models, outputs};

/// The share of ordinary rows that may be flagged where nobody says how many.
const FALSE_ALARMS: f64 = 0.001;
/// Settings that were tried and are told.
const TOLD: usize = 5;

pub(crate) fn run(mut arguments: Train, manners: &Manners) -> Result<Exit, Problem> {
    if !arguments.input.or_stdin() {
        return Ok(nothing_to_read("train"));
    }
    let target = target(&arguments)?;
    let before = before(&arguments, manners)?;
    let families =
        before.as_ref().map_or(arguments.rows.features.as_slice(), |(model, _)| families(model)).to_vec();
    arguments.input.how.as_tables(&arguments.input.paths, &families);
    let settings = settings(&arguments, before.as_ref().map(|(model, _)| model), manners)?;
    let plan = arguments.input.plan();
    reading::refuse([target.as_path()].into_iter(), settings.scan.needs_end(), &plan)?;
    models::refuse_target(&target)?;
    if let Some((model, _)) = &before {
        same_redaction(model, settings.scan.redaction).map_err(|error| refused(&error))?;
    }
    let work = |watch: &_| train_from(&plan, &settings, before, watch);
    let trained = reading::watched(&plan, settings.scan.needs_end(), !manners.quiet, work);
    let trained = trained.map_err(|error| refused(&error))?;
    reading::tell(&trained.scanned, false, manners);
    let model = trained.model.write();
    let former = keep_former(&arguments, &target, &model)?;
    write_model_file(&target, &model).map_err(Problem::internal)?;
    if !manners.quiet {
        let mut told = summary(&trained, &target);
        if let Some(former) = &former {
            told += &told_former(former, &target);
        }
        outputs::print(|out| out.write_all(told.as_bytes()))?;
    }
    Ok(reading::exit(&trained.scanned))
}

fn target(arguments: &Train) -> Result<PathBuf, Problem> {
    let place = arguments.output.as_ref().or(arguments.onto.as_ref()).or(arguments.challenge.as_ref());
    place.cloned().ok_or_else(|| Problem::usage("no place for the model\nhint: give one with -o"))
}

/// Puts a model that is about to be replaced beside its place, so that it can be taken back; gives that file.
fn keep_former(arguments: &Train, target: &Path, model: &[u8]) -> Result<Option<PathBuf>, Problem> {
    let replaces = arguments.output.is_none() && (arguments.onto.is_some() || arguments.challenge.is_some());
    let before = if replaces { std::fs::read(target).map_err(Problem::internal)? } else { Vec::new() };
    // A champion that stays is written as it was.
    if !replaces || before == model {
        return Ok(None);
    }
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".former");
    let former = target.with_file_name(name);
    write_model_file(&former, &before).map_err(Problem::internal)?;
    Ok(Some(former))
}

fn told_former(former: &Path, target: &Path) -> String {
    let (former, target) = (former.display().to_string(), target.display().to_string());
    format!(
        "the former model is {0}; `mv {0} {1}` takes it back\n",
        screen_safe(&former),
        screen_safe(&target)
    )
}

/// The model that is gone on with or challenged.
fn before(arguments: &Train, manners: &Manners) -> Result<Option<(OutlierModel, Standing)>, Problem> {
    let named = match (&arguments.onto, &arguments.challenge) {
        (Some(path), _) => Some((path, Standing::Follows)),
        (None, Some(path)) => Some((path, Standing::Challenges)),
        (None, None) => None,
    };
    named.map(|(path, standing)| Ok((load(path, manners)?, standing))).transpose()
}

/// Reads a trained model.
pub(crate) fn load(path: &Path, manners: &Manners) -> Result<OutlierModel, Problem> {
    OutlierModel::load(path, manners.signer()?.as_ref()).map_err(|error| match error {
        OutlierModelError::Learned { .. } => Problem::usage(error),
        _ => Problem::unreadable(error),
    })
}

fn settings(
    arguments: &Train,
    before: Option<&OutlierModel>,
    manners: &Manners,
) -> Result<TrainSettings, Problem> {
    let param = |error: logsift_outliers::ParamError| Problem::usage(format!("{error}"));
    let mut choice = match before.filter(|_| arguments.onto.is_some()) {
        Some(model) => model.provenance.choice().map_err(param)?,
        None => named(&arguments.model).map_err(param)?,
    };
    for (name, value) in &arguments.set {
        let model = choice.card().name;
        choice.set(name, value).map_err(|error| Problem::usage(format!("{model}: {error}")))?;
    }
    let (asked, session) = match before.map(|model| (&model.judge, &model.provenance)) {
        Some((Judge::Rows(layout, _), of)) => (layout.asked().clone(), of.session.clone()),
        Some((Judge::Sequences(..), of)) => (Asked::usual(usual_unit(&choice)), of.session.clone()),
        None => (arguments.rows.asked(&choice).map_err(Problem::usage)?, arguments.rows.session.clone()),
    };
    let line = match (arguments.contamination, arguments.flag) {
        (Some(share), _) => Line::Contamination(share),
        (None, Some(count)) => Line::Flagged(count),
        (None, None) => Line::FalseAlarms(arguments.false_alarms.unwrap_or(FALSE_ALARMS)),
    };
    Ok(TrainSettings {
        scan: arguments.input.how.settings(manners)?,
        choice,
        asked,
        embeddings: embeddings::open(arguments.rows.embeddings.as_deref())?,
        session,
        seed: arguments.seed,
        line,
        normal: arguments.normal,
        keeps_effort: !arguments.no_time,
        tune: arguments.tune,
        fixed: arguments.set.iter().map(|(name, _)| name.clone()).collect(),
    })
}

impl RowsOf {
    /// The features that are wanted.
    pub(crate) fn asked(&self, choice: &logsift_outliers::catalogue::Choice) -> Result<Asked, NotMade> {
        let unit = self.rows.map_or_else(|| usual_unit(choice), |rows| rows.unit());
        let mut asked = match self.features.as_slice() {
            [] => Asked::usual(unit),
            families => Asked::new(families, unit)?,
        };
        if let Some(seconds) = self.window {
            asked = asked.with_window(seconds)?;
        }
        match self.vocabulary {
            Some(columns) => asked.with_vocabulary(columns),
            None => Ok(asked),
        }
    }
}

/// What cannot be trained is a wrong use, but for what cannot be read.
pub(crate) fn refused(error: &TrainError) -> Problem {
    match error {
        TrainError::Nothing { .. } => Problem::unreadable(error),
        _ => Problem::usage(error),
    }
}

fn summary(trained: &Trained, target: &Path) -> String {
    let provenance = &trained.model.provenance;
    let rows = trained.model.rows_of();
    let mut text = format!(
        "{}: {} on {} {rows}",
        target.display(),
        provenance.model,
        logsift_reports::text::figures::thousands(provenance.rows)
    );
    if let Judge::Rows(layout, _) = &trained.model.judge {
        text += &format!(", {}", counted(layout.names().len() as u64, "column", "columns"));
    }
    text += &format!(", {} beyond the threshold ({})\n", provenance.flagged, provenance.threshold_by);
    for note in &trained.notes {
        text += &format!("note: {}\n", screen_safe(note));
    }
    if let Some(contest) = &trained.contest {
        text += &told_contest(contest);
    }
    trained.tried.iter().take(TOLD).for_each(|tried| text += &told_try(tried));
    text
}

fn screen_safe(text: &str) -> String {
    logsift_reports::escape::for_terminal(text).into_owned()
}

fn told_contest(contest: &Contested) -> String {
    let kept = if contest.promoted { "the challenger takes its place" } else { "the champion stays" };
    format!(
        "{kept}: champion {:.4}, challenger {:.4}, on {}\n",
        contest.champion,
        contest.challenger,
        counted(contest.rows, "row held back", "rows held back")
    )
}

fn told_try(tried: &Tried) -> String {
    let settings: Vec<String> =
        tried.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let settings = if settings.is_empty() { "as set".to_owned() } else { settings.join(" ") };
    match &tried.failure {
        Some(failure) => format!("tried {settings}: {failure}\n"),
        None => format!("tried {settings}: {:.4}\n", tried.value),
    }
}
