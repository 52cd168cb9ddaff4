//! A choice and its material in, a fitted model with its threshold, its calibration and what matters to it out.

use logsift_engine::line;
use logsift_outliers::catalogue::{Choice, RowModel, SequenceModel};
use logsift_outliers::threshold::{Calibration, by_budget, by_contamination};
use logsift_outliers::{FitError, Rows, Seed, SequenceTable, Sequences, Table, Workers};

use super::TrainError;
use super::material::Material;

/// One in so many rows is held back for the threshold.
const HELD_BACK: usize = 5;
/// With fewer than this, nothing can be spared.
const FEW: usize = 50;
/// The most abnormal rows by which the importance of columns goes.
const ABNORMAL: usize = 64;
/// Scores of rows that may be asked for in order to tell what matters.
const ASKED: usize = 1 << 15;

/// How the threshold is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Line {
    /// So that a normal row is flagged with this chance.
    FalseAlarms(f64),
    /// So that this share of the training is flagged.
    Contamination(f64),
    /// So that so many rows of the training are flagged.
    Flagged(usize),
}

impl Line {
    /// As the user would say it.
    pub(super) fn words(self, normal: bool) -> String {
        match self {
            Line::FalseAlarms(share) if normal => format!("false alarms {share} of what is normal"),
            Line::FalseAlarms(share) => format!("false alarms {share}"),
            Line::Contamination(share) => format!("contamination {share}"),
            Line::Flagged(count) => format!("{count} flagged"),
        }
    }
}

/// What was fitted.
pub(super) enum Kind {
    Rows(Box<dyn RowModel>),
    Sequences(Box<dyn SequenceModel>),
}

/// A fitted model.
pub(super) struct Fitted {
    pub(super) judge: Kind,
    pub(super) threshold: f64,
    pub(super) calibration: Calibration,
    pub(super) importance: Vec<f64>,
    pub(super) flagged: u64,
}

/// How models are fitted.
pub(super) struct Fitting<'a> {
    pub(super) seed: Seed,
    pub(super) line: Line,
    pub(super) normal: bool,
    pub(super) workers: &'a dyn Workers,
}

impl Fitting<'_> {
    pub(super) fn fit(&self, choice: &Choice, material: &Material) -> Result<Fitted, TrainError> {
        let fitted = match material {
            Material::Rows { table, .. } => self.fit_rows(choice, table.rows()),
            Material::Sequences { table, .. } => self.fit_sequences(choice, table.sequences()),
        };
        fitted.map_err(|error| refused(choice, error))
    }

    fn fit_rows(&self, choice: &Choice, rows: Rows<'_>) -> Result<Fitted, FitError> {
        let model = self.rows_fitted(choice, rows)?;
        let scores = self.own_scores(&*model, rows)?;
        let ordinary = if self.holds_back(rows.len()) {
            let (rest, most) = parted(rows.len());
            let apart = self.rows_fitted(choice, Table::pick(rows, &most).rows())?;
            self.scores(&*apart, Table::pick(rows, &rest).rows())?
        } else {
            scores.clone()
        };
        let threshold = self.threshold(&ordinary, &scores)?;
        Ok(Fitted {
            importance: importance(&*model, rows, &scores),
            judge: Kind::Rows(model),
            threshold,
            calibration: Calibration::fit(&ordinary)?,
            flagged: scores.iter().filter(|score| **score > threshold).count() as u64,
        })
    }

    fn fit_sequences(&self, choice: &Choice, sequences: Sequences<'_>) -> Result<Fitted, FitError> {
        let model = choice.fit_sequences(sequences, self.seed, self.workers)?;
        let mut scores = Vec::new();
        model.score_with(sequences, self.workers, &mut scores);
        let mut ordinary = scores.clone();
        if self.holds_back(sequences.len()) {
            let (rest, most) = parted(sequences.len());
            let pick =
                |places: &[usize]| places.iter().map(|at| sequences.sequence(*at)).collect::<SequenceTable>();
            let apart = choice.fit_sequences(pick(&most).sequences(), self.seed, self.workers)?;
            ordinary.clear();
            apart.score_with(pick(&rest).sequences(), self.workers, &mut ordinary);
        }
        let threshold = self.threshold(&ordinary, &scores)?;
        Ok(Fitted {
            judge: Kind::Sequences(model),
            threshold,
            calibration: Calibration::fit(&ordinary)?,
            importance: Vec::new(),
            flagged: scores.iter().filter(|score| **score > threshold).count() as u64,
        })
    }

    /// A model over rows, in the scale that it wants them in.
    pub(super) fn rows_fitted(&self, choice: &Choice, rows: Rows<'_>) -> Result<Box<dyn RowModel>, FitError> {
        choice.fit_rows(rows, choice.card().standardise, self.seed, self.workers)
    }

    fn holds_back(&self, rows: usize) -> bool {
        self.normal && rows >= FEW
    }

    fn threshold(&self, ordinary: &[f64], all: &[f64]) -> Result<f64, FitError> {
        Ok(match self.line {
            Line::FalseAlarms(share) if self.normal => line::of_normal(ordinary, share),
            // Of the training itself that share may be flagged in any case.
            Line::FalseAlarms(share) => {
                line::of_unknown(ordinary, share).min(line::of_normal(ordinary, share))
            }
            Line::Contamination(share) => by_contamination(all, share)?,
            Line::Flagged(count) => by_budget(all, count),
        })
    }

    /// The scores of the very rows that were fitted on: the model may know better than to meet each in itself.
    fn own_scores(&self, model: &dyn RowModel, rows: Rows<'_>) -> Result<Vec<f64>, FitError> {
        match model.training_scores() {
            Some(scores) if scores.len() == rows.len() => Ok(scores.to_vec()),
            _ => self.scores(model, rows),
        }
    }

    pub(super) fn scores(&self, model: &dyn RowModel, rows: Rows<'_>) -> Result<Vec<f64>, FitError> {
        let mut scores = Vec::new();
        let scored = model.score_with(rows, self.workers, &mut scores);
        scored.map_err(|_| FitError::Diverged("rows have other columns than those fitted on"))?;
        Ok(scores)
    }
}

/// Places that are held back, evenly through the training, and the others.
pub(super) fn parted(count: usize) -> (Vec<usize>, Vec<usize>) {
    (0..count).partition(|place| place % HELD_BACK == HELD_BACK - 1)
}

/// The mean shares of the most abnormal rows.
fn importance(model: &dyn RowModel, rows: Rows<'_>, scores: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|one, other| scores[*other].total_cmp(&scores[*one]).then(one.cmp(other)));
    let most = (ASKED / (rows.columns() + 1)).clamp(1, ABNORMAL).min(order.len());
    let mut importance = vec![0.0; rows.columns()];
    for at in order.iter().take(most) {
        let shares = model.shares(rows.row(*at)).unwrap_or_default();
        importance.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share / most as f64);
    }
    importance
}

pub(super) fn refused(choice: &Choice, error: FitError) -> TrainError {
    let hint = match &error {
        FitError::TooFew { .. } => "train on more, or change a parameter with --set",
        FitError::Param(_) => "change it with --set",
        FitError::NoColumns => "ask for other features with --features",
        _ => "try another model, or other features",
    };
    TrainError::Fit { model: choice.card().name, error, hint }
}
