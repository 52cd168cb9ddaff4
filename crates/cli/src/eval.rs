//! `eval`: a labelled set in, figures out.

mod backtest;
mod compare;
mod fetch;
mod inject;
mod lines;
mod places;

use std::path::{Path, PathBuf};

use logsift_engine::reader::Settings;
use logsift_eval::EvalError;
use logsift_eval::folds::Folded;
use logsift_eval::lines::Scanning;
use logsift_eval::models::{FitSettings, Judged, Models};
use logsift_eval::report::Evaluation;
use logsift_eval::runs::{RunSet, RunSettings, labels_of};
use logsift_eval::sessions::{ScoredSessions, SessionSet, TrainingChoice, judge_folds, table_of};
use logsift_eval::tables::{TableChoice, TableSet};
use logsift_pipeline::detection::Detecting;
use logsift_sources::{Part, SourceSet};

use crate::arguments::Manners;
use crate::arguments::eval::{Eval, EvalCommand, EvalRuns, EvalSessions, EvalTable, Figures, Training};
use crate::exit::{Exit, Problem};
use crate::{detecting, reading};
use places::Places;

/// What is known of the training behind scores from a file.
const OTHERS: &str = "by whoever wrote the scores";
/// What is trained on where everything is judged fold by fold.
const BEFORE: &str = "on what came before each fold";

pub(crate) fn run(arguments: Eval, manners: &Manners) -> Result<Exit, Problem> {
    match arguments.command {
        EvalCommand::Sessions(sessions) => self::sessions(&sessions, manners),
        EvalCommand::Runs(runs) => self::runs(&runs, manners),
        EvalCommand::Lines(lines) => lines::run(&lines, manners),
        EvalCommand::Table(table) => self::table(&table, manners),
        EvalCommand::Backtest(asked) => backtest::run(asked, manners),
        EvalCommand::Inject(asked) => inject::run(&asked, manners),
        EvalCommand::Fetch(asked) => fetch::run(&asked, manners),
        EvalCommand::Compare(asked) => compare::run(&asked, manners),
    }
}

fn sessions(arguments: &EvalSessions, manners: &Manners) -> Result<Exit, Problem> {
    let file = table_of(&arguments.file);
    let train = arguments.train.as_deref().map(table_of);
    let inputs = [Some(&file), train.as_ref(), arguments.scores_from.as_ref(), arguments.log.as_ref()];
    let models = arguments.models(manners)?;
    let places = Places::open(&arguments.figures, inputs.into_iter().flatten().map(PathBuf::as_path))?;
    if let Some(log) = &arguments.log {
        return scanned_sessions(arguments, log, places, manners);
    }
    match (&arguments.scores_from, arguments.figures.folds) {
        (Some(_), Some(_)) => return Err(no_folds("scores from a file are of one training")),
        (Some(scores), None) => return scored_sessions(arguments, scores, places, manners),
        (None, Some(folds)) => return folded_sessions(arguments, &models, folds.into(), places, manners),
        (None, None) => {}
    }
    let choice = TrainingChoice {
        file: arguments.train.clone(),
        limit: arguments.training.limit_train,
        condition: arguments.train_where.clone(),
    };
    let set = SessionSet::read(&arguments.file, &choice).map_err(refused)?;
    let judged = set.judge(&models).map_err(refused)?;
    let evaluation = Evaluation {
        unit: "session",
        name: &set.name,
        trained_on: &set.trained_on,
        train_units: set.train_units(),
        false_alarms: Some(arguments.false_alarms),
        notes: set.notes().into_iter().chain(judged.notes).collect(),
        units: &set.units,
        judgements: &judged.judgements,
        ..Evaluation::default()
    };
    places.tell(evaluation, &arguments.figures, manners)
}

fn folded_sessions(
    arguments: &EvalSessions,
    models: &Models,
    folds: usize,
    places: Places,
    manners: &Manners,
) -> Result<Exit, Problem> {
    let training = &arguments.training;
    if arguments.train.is_some() || arguments.train_where.is_some() || training.limit_train.is_some() {
        return Err(no_folds("--train and --limit-train choose what is trained on"));
    }
    let folded = judge_folds(&arguments.file, models, folds).map_err(refused)?;
    let name = table_of(&arguments.file).display().to_string();
    tell_folds(folded, ("session", &name), arguments.false_alarms, places, &arguments.figures, manners)
}

/// The report of a set that was judged fold by fold.
fn tell_folds(
    folded: Folded,
    (unit, name): (&'static str, &str),
    false_alarms: f64,
    places: Places,
    figures: &Figures,
    manners: &Manners,
) -> Result<Exit, Problem> {
    let evaluation = Evaluation {
        unit,
        name,
        trained_on: BEFORE,
        train_units: folded.folds.first().map_or(0, |fold| fold.trained),
        false_alarms: Some(false_alarms),
        notes: folded.judged.notes,
        units: &folded.units,
        judgements: &folded.judged.judgements,
        folds: &folded.folds,
        ..Evaluation::default()
    };
    places.tell(evaluation, figures, manners)
}

fn no_folds(reason: &str) -> Problem {
    Problem::usage(format!("{reason}\nhint: leave --folds out"))
}

impl EvalSessions {
    fn models(&self, manners: &Manners) -> Result<Models, Problem> {
        models(Judged::Sequences, &self.training, self.false_alarms, &self.figures, manners)
    }
}

/// The models that were asked for; rows of scores are of one of them.
fn models(
    judged: Judged,
    training: &Training,
    false_alarms: f64,
    figures: &Figures,
    manners: &Manners,
) -> Result<Models, Problem> {
    let fitting = FitSettings { seed: training.seed, false_alarms, threads: reading::threads(manners) };
    let models = Models::named(judged, &training.model, &training.set, fitting).map_err(refused)?;
    if models.count() > 1 && figures.scores.is_some() {
        return Err(scores_of_several("pca"));
    }
    Ok(models)
}

fn scores_of_several(one: &str) -> Problem {
    Problem::usage(format!("--scores takes the rows of one model\nhint: name one, such as --model {one}"))
}

fn table(arguments: &EvalTable, manners: &Manners) -> Result<Exit, Problem> {
    let (figures, false_alarms) = (&arguments.figures, arguments.false_alarms);
    let models = models(Judged::Tables, &arguments.training, false_alarms, figures, manners)?;
    let inputs = [Some(&arguments.file), arguments.train.as_ref()];
    let places = Places::open(figures, inputs.into_iter().flatten().map(PathBuf::as_path))?;
    let choice = TableChoice {
        train: arguments.train.clone(),
        limit: arguments.training.limit_train,
        raw: arguments.raw,
    };
    if figures.folds.is_some() {
        return Err(no_folds("the rows of a table have no order in time"));
    }
    let set = TableSet::read(&arguments.file, &choice).map_err(refused)?;
    let judged = set.judge(&models).map_err(refused)?;
    let evaluation = Evaluation {
        unit: "row",
        name: &set.name,
        trained_on: &set.trained_on,
        train_units: set.train_units(),
        false_alarms: Some(false_alarms),
        notes: set.notes.iter().cloned().chain(judged.notes).collect(),
        units: &set.units,
        judgements: &judged.judgements,
        ..Evaluation::default()
    };
    places.tell(evaluation, figures, manners)
}

fn scored_sessions(
    arguments: &EvalSessions,
    scores: &Path,
    places: Places,
    manners: &Manners,
) -> Result<Exit, Problem> {
    let condition = arguments.train_where.as_ref();
    let scored = ScoredSessions::read(&arguments.file, scores, condition).map_err(refused)?;
    tell_scored(scored, OTHERS, arguments, places, manners)
}

/// The sessions of a raw log, as `scan` finds and scores them.
fn scanned_sessions(
    arguments: &EvalSessions,
    log: &Path,
    places: Places,
    manners: &Manners,
) -> Result<Exit, Problem> {
    if arguments.figures.folds.is_some() {
        return Err(no_folds("sessions of a log overlap in time"));
    }
    let detecting =
        Detecting { session: arguments.session.clone(), all_sessions: true, ..detecting::usual()? };
    let scored = reading::watched(&Scanning::plan(log), false, !manners.quiet, |watch| {
        Scanning::new(detecting, reading::threads(manners), watch).sessions(
            log,
            &arguments.file,
            arguments.train_where.as_ref(),
        )
    });
    tell_scored(scored.map_err(refused)?, "on the log itself, without its labels", arguments, places, manners)
}

fn tell_scored(
    scored: ScoredSessions,
    trained_on: &str,
    arguments: &EvalSessions,
    places: Places,
    manners: &Manners,
) -> Result<Exit, Problem> {
    let evaluation = Evaluation {
        unit: "session",
        name: &scored.name,
        trained_on,
        train_units: 0,
        false_alarms: None,
        notes: scored.notes,
        units: &scored.units,
        judgements: &[scored.judgement],
        ..Evaluation::default()
    };
    places.tell(evaluation, &arguments.figures, manners)
}

fn runs(arguments: &EvalRuns, manners: &Manners) -> Result<Exit, Problem> {
    let (figures, false_alarms) = (&arguments.figures, arguments.false_alarms);
    let models = models(Judged::Sequences, &arguments.training, false_alarms, figures, manners)?;
    let set = RunSet::read(&arguments.folder, arguments.training.limit_train).map_err(refused)?;
    let plan = set.plan();
    let labels = labels_of(&arguments.folder);
    let logs = plan.sets.iter().flat_map(SourceSet::parts).filter_map(Part::path);
    let places = Places::open(&arguments.figures, logs.chain([labels.as_path()]))?;
    let reader = Settings::new();
    if let Some(folds) = figures.folds {
        let judge = |watch: &_| {
            set.judge_folds(&RunSettings { reader: &reader, models: &models, watch }, folds.into())
        };
        let folded = reading::watched(&plan, false, !manners.quiet, judge).map_err(refused)?;
        return tell_folds(folded, ("run", &set.name), false_alarms, places, figures, manners);
    }
    let judged = reading::watched(&plan, false, !manners.quiet, |watch| {
        set.judge(&RunSettings { reader: &reader, models: &models, watch })
    });
    let judged = judged.map_err(refused)?;
    let evaluation = Evaluation {
        unit: "run",
        name: &set.name,
        trained_on: &set.trained_on,
        train_units: set.train_units(),
        false_alarms: Some(arguments.false_alarms),
        notes: judged.notes,
        units: &set.units,
        judgements: &judged.judgements,
        ..Evaluation::default()
    };
    places.tell(evaluation, &arguments.figures, manners)
}

fn refused(error: EvalError) -> Problem {
    if error.is_usage() { Problem::usage(error) } else { Problem::unreadable(error) }
}
