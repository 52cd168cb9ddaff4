//! `eval`: a labelled set in, figures out.

mod backtest;

use std::path::{Path, PathBuf};

use logsift_engine::reader::Settings;
use logsift_eval::lines::{LineSet, Scanning, ScoresFile};
use logsift_eval::metrics::Bootstrap;
use logsift_eval::models::{FitSettings, Judged, Models};
use logsift_eval::naive::Naive;
use logsift_eval::report::{Evaluation, FigureSettings};
use logsift_eval::runs::{RunSet, RunSettings, labels_of};
use logsift_eval::sessions::{ScoredSessions, SessionSet, TrainingChoice, table_of};
use logsift_eval::tables::{TableChoice, TableSet};
use logsift_eval::{EvalError, Judgement, write_scores};
use logsift_reports::json;
use logsift_reports::text::eval::EvalText;
use logsift_sources::{Part, SourceSet};

use crate::arguments::Manners;
use crate::arguments::eval::{
    Eval, EvalCommand, EvalLines, EvalRuns, EvalSessions, EvalTable, Figures, LineModel, Training,
};
use crate::exit::{Exit, Problem, unless_pipe_closed};
use crate::{detecting, outputs, reading, screen};

/// What is known of the training behind scores from a file.
const OTHERS: &str = "by whoever wrote the scores";
/// A log is compared with itself.
const ITSELF: &str = "on the log itself, without its labels";

pub(crate) fn run(arguments: Eval, manners: &Manners) -> Result<Exit, Problem> {
    match arguments.command {
        EvalCommand::Sessions(sessions) => self::sessions(&sessions, manners),
        EvalCommand::Runs(runs) => self::runs(&runs, manners),
        EvalCommand::Lines(lines) => self::lines(&lines, manners),
        EvalCommand::Table(table) => self::table(&table, manners),
        EvalCommand::Backtest(asked) => backtest::run(asked, manners),
    }
}

fn sessions(arguments: &EvalSessions, manners: &Manners) -> Result<Exit, Problem> {
    let file = table_of(&arguments.file);
    let train = arguments.train.as_deref().map(table_of);
    let inputs = [Some(&file), train.as_ref(), arguments.scores_from.as_ref()];
    let models = arguments.models(manners)?;
    let places = Places::open(&arguments.figures, inputs.into_iter().flatten().map(PathBuf::as_path))?;
    if let Some(scores) = &arguments.scores_from {
        return scored_sessions(arguments, scores, places, manners);
    }
    let choice = TrainingChoice { file: arguments.train.clone(), limit: arguments.training.limit_train };
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
    };
    places.tell(evaluation, &arguments.figures, manners)
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
    let (seed, tune, threads) = (training.seed, training.tune, reading::threads(manners));
    let fitting = FitSettings { seed, false_alarms, threads, tune };
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
    };
    places.tell(evaluation, figures, manners)
}

fn scored_sessions(
    arguments: &EvalSessions,
    scores: &Path,
    places: Places,
    manners: &Manners,
) -> Result<Exit, Problem> {
    let scored = ScoredSessions::read(&arguments.file, scores).map_err(refused)?;
    let evaluation = Evaluation {
        unit: "session",
        name: &scored.name,
        trained_on: OTHERS,
        train_units: 0,
        false_alarms: None,
        notes: scored.notes,
        units: &scored.units,
        judgements: &[scored.judgement],
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
    };
    places.tell(evaluation, &arguments.figures, manners)
}

fn lines(arguments: &EvalLines, manners: &Manners) -> Result<Exit, Problem> {
    let inputs = [Some(&arguments.log), Some(&arguments.labels), arguments.scores_from.as_ref()];
    let inputs = inputs.into_iter().flatten().map(PathBuf::as_path);
    if arguments.model == LineModel::All && arguments.figures.scores.is_some() {
        return Err(scores_of_several("naive"));
    }
    let places = Places::open(&arguments.figures, inputs)?;
    let set = LineSet::read(&arguments.log, &arguments.labels).map_err(refused)?;
    let (mut judgements, mut notes) = (Vec::new(), Vec::new());
    for (judgement, of_one) in judged_lines(&set, arguments, manners)? {
        judgements.push(judgement);
        notes.extend(of_one.into_iter().filter(|note| !notes.contains(note)).collect::<Vec<_>>());
    }
    let trained_on = if arguments.scores_from.is_some() { OTHERS } else { ITSELF };
    let evaluation = Evaluation {
        unit: "line",
        name: &set.name,
        trained_on,
        train_units: 0,
        false_alarms: None,
        notes,
        units: &set.units,
        judgements: &judgements,
    };
    places.tell(evaluation, &arguments.figures, manners)
}

type JudgedLines = (Judgement, Vec<String>);

fn judged_lines(
    set: &LineSet,
    arguments: &EvalLines,
    manners: &Manners,
) -> Result<Vec<JudgedLines>, Problem> {
    if let Some(scores) = &arguments.scores_from {
        return Ok(vec![set.judge(&ScoresFile::new(scores)).map_err(refused)?]);
    }
    let mut judged = Vec::new();
    if arguments.model != LineModel::Naive {
        judged.push(scanned_lines(set, &arguments.log, manners)?);
    }
    if arguments.model != LineModel::Default {
        judged.push(set.judge(&Naive).map_err(refused)?);
    }
    Ok(judged)
}

fn scanned_lines(set: &LineSet, log: &Path, manners: &Manners) -> Result<JudgedLines, Problem> {
    let detecting = detecting::usual()?;
    let judged = reading::watched(&Scanning::plan(log), false, !manners.quiet, |watch| {
        set.judge(&Scanning::new(detecting, reading::threads(manners), watch))
    });
    judged.map_err(refused)
}

fn refused(error: EvalError) -> Problem {
    if error.is_usage() { Problem::usage(error) } else { Problem::unreadable(error) }
}

type Place = (PathBuf, Box<dyn std::io::Write + Send>);

/// Where figures and rows go, opened before anything is judged.
struct Places {
    json: Option<Place>,
    scores: Option<Place>,
}

impl Places {
    fn open<'a>(
        figures: &'a Figures,
        inputs: impl Iterator<Item = &'a Path> + Clone,
    ) -> Result<Places, Problem> {
        let asked = [figures.json.as_ref(), figures.scores.as_ref()];
        outputs::refuse_inputs(asked.into_iter().flatten().map(PathBuf::as_path), inputs)?;
        if figures.json.is_some() && figures.json == figures.scores {
            return Err(Problem::usage(
                "--json and --scores go to the same place\nhint: name another for one of them",
            ));
        }
        let open = |path: &Option<PathBuf>| -> Result<Option<Place>, Problem> {
            path.as_ref().map(|path| Ok((path.clone(), outputs::writer(path)?))).transpose()
        };
        Ok(Places { json: open(&figures.json)?, scores: open(&figures.scores)? })
    }

    /// Makes the figures and writes them to every place.
    fn tell(self, evaluation: Evaluation<'_>, figures: &Figures, manners: &Manners) -> Result<Exit, Problem> {
        let settings = FigureSettings {
            weights: figures.weight,
            costs: figures.cost,
            bootstrap: Bootstrap { resamples: figures.resamples, ..Bootstrap::default() },
        };
        let taken = [&self.json, &self.scores];
        let stdout_is_taken = taken.into_iter().flatten().any(|(path, _)| path == Path::new("-"));
        if let (Some((path, mut out)), Some(judgement)) = (self.scores, evaluation.judgements.first()) {
            let written = write_scores(evaluation.units, &judgement.verdicts, &mut out);
            unless_pipe_closed(written).map_err(|error| outputs::cannot_write(&path, &error))?;
        }
        let report = evaluation.report(&settings);
        if let Some((path, mut out)) = self.json {
            let written = json::document(&report, &mut out);
            unless_pipe_closed(written).map_err(|error| outputs::cannot_write(&path, &error))?;
        }
        if !manners.quiet && !stdout_is_taken {
            let (width, palette) = (screen::width(), screen::palette(manners));
            let text = EvalText { width, palette, everything: manners.verbose };
            outputs::print(|out| text.render(&report, out))?;
        }
        Ok(Exit::Ran)
    }
}
