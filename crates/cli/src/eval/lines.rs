//! `eval lines`: a log and labels of its lines in, figures of whoever scores them out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use logsift_engine::detectors::rule::built_in;
use logsift_eval::folds::Folded;
use logsift_eval::lines::{LineOutliers, LineScorer, LineScores, LineSet, Ruling, Scanning, ScoresFile};
use logsift_eval::models::FitSettings;
use logsift_eval::naive::Naive;
use logsift_eval::report::Evaluation;
use logsift_eval::{EvalError, Judgement};
use logsift_pipeline::detection::Detecting;
use logsift_pipeline::watch::Watch;

use super::places::Places;
use super::{BEFORE, OTHERS, no_folds, refused, scores_of_several};
use crate::arguments::Manners;
use crate::arguments::eval::EvalLines;
use crate::exit::{Exit, Problem};
use crate::{detecting, reading};

/// A log is compared with itself.
const ITSELF: &str = "on the log itself, without its labels";
const DEFAULT: &str = "default";
const NAIVE: &str = "naive";
const RULES: &str = "rules";
/// Models that are no outlier models.
const OWN: [&str; 3] = [DEFAULT, NAIVE, RULES];
const ALL: &str = "all";

pub(super) fn run(arguments: &EvalLines, manners: &Manners) -> Result<Exit, Problem> {
    let inputs = [Some(&arguments.log), Some(&arguments.labels), arguments.scores_from.as_ref()];
    let inputs = inputs.into_iter().flatten().map(PathBuf::as_path);
    let names = names(&arguments.model);
    if names.len() > 1 && arguments.figures.scores.is_some() {
        return Err(scores_of_several(NAIVE));
    }
    refuse_unknown(&names, &LineOutliers::names())?;
    let places = Places::open(&arguments.figures, inputs)?;
    let set = LineSet::read(&arguments.log, &arguments.labels).map_err(refused)?;
    let threads = reading::threads(manners);
    let judge = |watch: &Watch| -> Result<(Folded, Vec<Option<f64>>), Problem> {
        let times = set.times(threads, watch).map_err(refused)?;
        Ok((judged(&set, arguments, &names, manners, watch)?, times))
    };
    let (folded, times) = reading::watched(&Scanning::plan(&arguments.log), false, !manners.quiet, judge)?;
    let first = set.units.len() - folded.units.len();
    let evaluation = Evaluation {
        unit: "line",
        name: &set.name,
        trained_on: match (&arguments.scores_from, folded.folds.len()) {
            (Some(_), _) => OTHERS,
            (None, 0) => ITSELF,
            (None, _) => BEFORE,
        },
        notes: folded.judged.notes,
        units: &folded.units,
        judgements: &folded.judged.judgements,
        times: times.get(first..).unwrap_or_default(),
        folds: &folded.folds,
        ..Evaluation::default()
    };
    places.tell(evaluation, &arguments.figures, manners)
}

/// Refuses models that cannot judge lines.
pub(super) fn refuse_unknown(names: &[&str], known: &[&str]) -> Result<(), Problem> {
    let unknown = names.iter().find(|name| !OWN.contains(name) && !known.contains(name));
    let Some(name) = unknown else { return Ok(()) };
    let hint = format!("one of {DEFAULT}, {NAIVE}, {RULES}, {}, {ALL}", known.join(", "));
    Err(Problem::usage(format!("there is no model `{name}` for lines\nhint: {hint}")))
}

/// The names, with all models in the place of `all` and nothing twice.
pub(super) fn names(asked: &[String]) -> Vec<&str> {
    let mut names = Vec::new();
    let mut add = |name| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    for name in asked {
        if name == ALL {
            OWN.into_iter().chain(LineOutliers::names()).for_each(&mut add);
        } else {
            add(name);
        }
    }
    names
}

fn judged(
    set: &LineSet,
    arguments: &EvalLines,
    names: &[&str],
    manners: &Manners,
    watch: &Watch,
) -> Result<Folded, Problem> {
    let threads = reading::threads(manners);
    let fitting = FitSettings { false_alarms: arguments.false_alarms, threads, ..FitSettings::default() };
    if let Some(folds) = arguments.figures.folds {
        if arguments.scores_from.is_some() {
            return Err(no_folds("scores from a file are of one reading"));
        }
        return folded(set, names, &fitting, folds.into(), watch);
    }
    let outliers = LineOutliers::new(fitting, watch);
    let mut all = Folded { units: set.units.clone(), ..Folded::default() };
    if let Some(scores) = &arguments.scores_from {
        let (judgement, notes) = set.judge(&ScoresFile::new(scores)).map_err(refused)?;
        take(&mut all, judgement, notes);
        return Ok(all);
    }
    for name in names {
        let scorer = scorer(name, &outliers, threads, watch)?;
        match set.judge(&*scorer) {
            Ok((judgement, notes)) => take(&mut all, judgement, notes),
            Err(error) if error.is_usage() && names.len() > 1 => {
                let reason = error.to_string();
                let note = format!("left out: {}", reason.lines().next().unwrap_or_default());
                all.judged.notes.push(note);
            }
            Err(error) => return Err(refused(error)),
        }
    }
    if names.iter().any(|name| !OWN.contains(name)) {
        all.judged.notes.extend(LineOutliers::note(set.units.len()));
    }
    Ok(all)
}

/// Adds a model; what was noted of another already is not noted again.
fn take(all: &mut Folded, judgement: Judgement, notes: Vec<String>) {
    for note in notes {
        if !all.judged.notes.contains(&note) {
            all.judged.notes.push(note);
        }
    }
    all.judged.judgements.push(judgement);
}

/// Every fold has a log of its own, which is read anew.
fn folded<'a>(
    set: &LineSet,
    names: &[&'a str],
    fitting: &'a FitSettings,
    folds: usize,
    watch: &'a Watch,
) -> Result<Folded, Problem> {
    let detecting = detecting::usual()?;
    let anew = |name: &&'a str| Anew { name, detecting: detecting.clone(), fitting, watch };
    let scorers: Vec<Anew<'_>> = names.iter().map(anew).collect();
    let scorers: Vec<&dyn LineScorer> = scorers.iter().map(|scorer| scorer as &dyn LineScorer).collect();
    set.judge_folds(&scorers, folds).map_err(refused)
}

/// A model that reads every log it is given.
struct Anew<'a> {
    name: &'a str,
    detecting: Detecting,
    fitting: &'a FitSettings,
    watch: &'a Watch,
}

impl LineScorer for Anew<'_> {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn score(&self, log: &Path) -> Result<LineScores, EvalError> {
        let outliers = LineOutliers::new(*self.fitting, self.watch);
        match self.name {
            DEFAULT => Scanning::new(self.detecting.clone(), self.fitting.threads, self.watch).score(log),
            NAIVE => Naive.score(log),
            RULES => Ruling::new(Arc::clone(built_in()), self.fitting.threads, self.watch).score(log),
            name => outliers.model(name)?.score(log),
        }
    }
}

fn scorer<'a>(
    name: &str,
    outliers: &'a LineOutliers<'_>,
    threads: usize,
    watch: &'a Watch,
) -> Result<Box<dyn LineScorer + 'a>, Problem> {
    match name {
        DEFAULT => Ok(Box::new(Scanning::new(detecting::usual()?, threads, watch))),
        NAIVE => Ok(Box::new(Naive)),
        RULES => Ok(Box::new(Ruling::new(Arc::clone(built_in()), threads, watch))),
        name => outliers.model(name).map_err(refused),
    }
}
