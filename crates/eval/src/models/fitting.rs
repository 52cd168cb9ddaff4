//! A chosen model and its material in, what it says of every unit out, with the time it took.
//!
//! Where training is known to be normal, a second fit on four fifths of it scores the last fifth: the threshold
//! follows from scores of what was not fitted on. Where nobody knows, it follows from the scores of the training.

use std::time::Instant;

use logsift_engine::line;
use logsift_outliers::catalogue::Choice;
use logsift_outliers::{FitError, Rows, Score, Seed, SequenceTable, Sequences, Table, Workers};

use crate::error::EvalError;
use crate::memory::Peak;
use crate::sequences::Training;
use crate::units::{Judgement, Verdict};

/// One in so many of the training is held back for the threshold.
const HELD_BACK: usize = 5;
/// With fewer than this, nothing can be spared.
const FEW: usize = 50;

/// Rows to fit on and to judge.
#[derive(Clone, Copy)]
pub(crate) struct TableMaterial<'a> {
    /// Fitted on.
    pub(crate) trained: Rows<'a>,
    /// Judged.
    pub(crate) tested: Rows<'a>,
    /// Whether what is fitted on is known to be normal.
    pub(crate) normal: bool,
    /// Whether columns are brought to one scale.
    pub(crate) standardise: bool,
}

/// What a model is fitted on and judges.
pub(super) enum Material<'a> {
    Rows(TableMaterial<'a>),
    Sequences { trained: SequenceTable, tested: SequenceTable, normal: bool },
}

impl<'a> Material<'a> {
    pub(super) fn rows(material: &TableMaterial<'a>) -> Material<'a> {
        Material::Rows(*material)
    }

    pub(super) fn sequences(training: Training<'_>, tested: &[Vec<u32>]) -> Material<'a> {
        let (trained, normal) = training.sequences();
        Material::Sequences { trained: trained.iter().collect(), tested: tested.iter().collect(), normal }
    }
}

/// How models are fitted.
pub(super) struct Fitting<'a> {
    pub(super) seed: Seed,
    pub(super) false_alarms: f64,
    pub(super) workers: &'a dyn Workers,
}

impl Fitting<'_> {
    /// Fits the model, finds its threshold and judges what is tested.
    pub(super) fn judge(&self, choice: &Choice, material: &Material<'_>) -> Result<Judgement, EvalError> {
        let model = choice.card().name;
        let peak = Peak::begin();
        let judged = match material {
            Material::Rows(rows) => self.judge_rows(choice, rows),
            Material::Sequences { trained, tested, normal } => {
                self.judge_sequences(choice, trained.sequences(), tested.sequences(), *normal)
            }
        };
        let judged = judged.map(|judgement| Judgement { peak: peak.bytes(), ..judgement });
        judged.map_err(|error| EvalError::unsuited(format!("{model}: {error}"), hint(&error)))
    }

    fn judge_rows(&self, choice: &Choice, material: &TableMaterial<'_>) -> Result<Judgement, FitError> {
        let fit = |rows| choice.fit_rows(rows, material.standardise, self.seed, self.workers);
        let begun = Instant::now();
        let model = fit(material.trained)?;
        let apart = (material.normal && material.trained.len() >= FEW).then(|| apart(material.trained));
        let reference = match &apart {
            Some((most, rest)) => self.scores(&*fit(most.rows())?, rest.rows())?,
            None => self.own_scores(&*model, material.trained)?,
        };
        let threshold = self.threshold(&reference, material.normal);
        let fitted = begun.elapsed();
        let begun = Instant::now();
        // Where the very rows are judged that were fitted on, the model may know better than to meet each in itself.
        let scores = if material.tested == material.trained {
            self.own_scores(&*model, material.tested)?
        } else {
            self.scores(&*model, material.tested)?
        };
        Ok(Judgement {
            model: choice.card().name.to_owned(),
            verdicts: verdicts(&scores, threshold),
            threshold,
            fit: fitted,
            score: begun.elapsed(),
            peak: None,
        })
    }

    fn judge_sequences(
        &self,
        choice: &Choice,
        trained: Sequences<'_>,
        tested: Sequences<'_>,
        normal: bool,
    ) -> Result<Judgement, FitError> {
        let fit = |sequences| choice.fit_sequences(sequences, self.seed, self.workers);
        let begun = Instant::now();
        let model = fit(trained)?;
        let mut reference = Vec::new();
        if normal && trained.len() >= FEW {
            let (rest, most) = parted(trained.len());
            let table = |places: &[usize]| -> SequenceTable {
                places.iter().map(|place| trained.sequence(*place)).collect()
            };
            let apart = fit(table(&most).sequences())?;
            apart.score_with(table(&rest).sequences(), self.workers, &mut reference);
        } else {
            model.score_with(trained, self.workers, &mut reference);
        }
        let threshold = self.threshold(&reference, normal);
        let fitted = begun.elapsed();
        let begun = Instant::now();
        let mut scores = Vec::new();
        model.score_with(tested, self.workers, &mut scores);
        Ok(Judgement {
            model: choice.card().name.to_owned(),
            verdicts: verdicts(&scores, threshold),
            threshold,
            fit: fitted,
            score: begun.elapsed(),
            peak: None,
        })
    }

    fn threshold(&self, reference: &[f64], normal: bool) -> f64 {
        if normal {
            line::of_normal(reference, self.false_alarms)
        } else {
            line::of_unknown(reference, self.false_alarms)
        }
    }

    fn own_scores<M: Score + ?Sized>(&self, model: &M, rows: Rows<'_>) -> Result<Vec<f64>, FitError> {
        match model.training_scores() {
            Some(scores) if scores.len() == rows.len() => Ok(scores.to_vec()),
            _ => self.scores(model, rows),
        }
    }

    fn scores<M: Score + ?Sized>(&self, model: &M, rows: Rows<'_>) -> Result<Vec<f64>, FitError> {
        let mut scores = Vec::new();
        let scored = model.score_with(rows, self.workers, &mut scores);
        // Whoever makes the material gives trained and tested rows the same columns.
        scored.map_err(|_| FitError::Diverged("rows have other columns than those fitted on"))?;
        Ok(scores)
    }
}

fn verdicts(scores: &[f64], threshold: f64) -> Vec<Verdict> {
    scores.iter().map(|score| Verdict { score: *score, flagged: *score > threshold }).collect()
}

/// Places that are held back, evenly through the training, and the others.
fn parted(count: usize) -> (Vec<usize>, Vec<usize>) {
    (0..count).partition(|place| place % HELD_BACK == HELD_BACK - 1)
}

/// Most rows, and the rest.
fn apart(rows: Rows<'_>) -> (Table, Table) {
    let (rest, most) = parted(rows.len());
    (Table::pick(rows, &most), Table::pick(rows, &rest))
}

fn hint(error: &FitError) -> &'static str {
    match error {
        FitError::TooFew { .. } => "train on more",
        FitError::Param(_) => "change it with --set",
        _ => "try another model",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logsift_outliers::Alone;

    #[test]
    fn what_is_held_back_is_spread_evenly() {
        let (rest, most) = parted(11);
        assert_eq!((rest, most), (vec![4, 9], vec![0, 1, 2, 3, 5, 6, 7, 8, 10]));
    }

    #[test]
    fn a_normal_training_flags_about_as_often_as_accepted() {
        let mut random = Seed(3).random();
        let mut rows = |count: usize| {
            Table::from_values((0..count * 2).map(|_| random.unit() as f32).collect(), 2).unwrap()
        };
        let (trained, tested) = (rows(2000), rows(2000));
        let fitting = Fitting { seed: Seed(1), false_alarms: 0.05, workers: &Alone };
        let material =
            TableMaterial { trained: trained.rows(), tested: tested.rows(), normal: true, standardise: true };
        for name in ["isolation-forest", "local-outlier-factor", "ecod", "clusters"] {
            let judged = fitting.judge(&Choice::named(name).unwrap(), &Material::rows(&material)).unwrap();
            let flagged = judged.verdicts.iter().filter(|verdict| verdict.flagged).count();
            assert!((40..200).contains(&flagged), "{name}: {flagged}");
        }
    }
}
