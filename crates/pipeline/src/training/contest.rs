//! A champion and a challenger in, who is better at telling what is real out.
//!
//! Both judge rows that the challenger was not fitted on, and the same rows with every column shuffled: whoever tells
//! them apart more often is better. A challenger must be better by a margin, since whatever is in place has proved
//! itself. No label is needed.

use logsift_outliers::catalogue::Choice;
use logsift_outliers::refit::{ContestParams, DriftParams, Verdict};
use logsift_outliers::{Rows, Table};

use super::TrainError;
use super::fitting::{Fitting, parted, refused};
use super::material::Material;
use super::tuning::{lower, sample, shuffled};
use crate::outlier_model::{Judge, OutlierModel};

/// What a new model is to the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It takes its place.
    Follows,
    /// It takes its place if it is better.
    Challenges,
}

/// What a contest came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Contested {
    /// How often the champion tells a real row from one that cannot be.
    pub champion: f64,
    /// How often the challenger does.
    pub challenger: f64,
    /// Rows that both judged.
    pub rows: u64,
    /// Whether the challenger won.
    pub promoted: bool,
}

/// Lets a model of this choice challenge the champion.
pub(super) fn decide(
    champion: &OutlierModel,
    standing: Standing,
    choice: &Choice,
    material: &Material,
    fitting: &Fitting<'_>,
) -> Result<Option<Contested>, TrainError> {
    if standing == Standing::Follows {
        return Ok(None);
    }
    let (Material::Rows { table, .. }, Judge::Rows(_, judge)) = (material, &champion.judge) else {
        return Err(TrainError::Other(
            "models over sequences are not challenged\nhint: train another one beside it".to_owned(),
        ));
    };
    let rows = sample(table.rows());
    let (rest, most) = parted(rows.rows().len());
    let (most, rest) = (Table::pick(rows.rows(), &most), Table::pick(rows.rows(), &rest));
    let failed = |error| refused(choice, error);
    let challenger = fitting.rows_fitted(choice, most.rows()).map_err(failed)?;
    let odd = shuffled(rest.rows(), fitting.seed);
    let tells = |model, rows: Rows<'_>, odd: Rows<'_>| {
        Ok(lower(&fitting.scores(model, rows)?, &fitting.scores(model, odd)?))
    };
    let ours = tells(&**judge, rest.rows(), odd.rows()).map_err(failed)?;
    let theirs = tells(&*challenger, rest.rows(), odd.rows()).map_err(failed)?;
    let params = ContestParams { rows: 1, ..ContestParams::default() };
    let mut contest = params.check()?.start(());
    contest.challenge(());
    let verdict = contest.compare(rest.rows().len(), 1.0 - ours, 1.0 - theirs);
    let rows = rest.rows().len() as u64;
    Ok(Some(Contested { champion: ours, challenger: theirs, rows, promoted: verdict == Verdict::Promoted }))
}

/// Scores that drift is told from.
const COMPARED: usize = 20;

/// Says so where the champion finds the new rows otherwise than those it was trained on. What it thinks of them is
/// compared by how rare it finds each: were they like the training, one in ten would be among the rarest tenth.
pub(super) fn drift(
    champion: &OutlierModel,
    material: &Material,
    fitting: &Fitting<'_>,
) -> Result<Option<String>, TrainError> {
    let (Material::Rows { table, .. }, Judge::Rows(_, judge)) = (material, &champion.judge) else {
        return Ok(None);
    };
    let rows = sample(table.rows());
    let count = rows.rows().len();
    if count < COMPARED {
        return Ok(None);
    }
    let scores = fitting
        .scores(&**judge, rows.rows())
        .map_err(|error| TrainError::Other(format!("{}: {error}", champion.provenance.model)))?;
    let even: Vec<f64> = (1..=1000).map(|nth| -f64::from(nth) / 1000.0).collect();
    let params = DriftParams { recent: count, ..DriftParams::default() };
    let failed = |error: logsift_outliers::FitError| TrainError::Other(error.to_string());
    let mut alarm = params.check()?.start(&even).map_err(failed)?;
    let drift = scores.iter().filter_map(|score| alarm.push(-champion.calibration.p_value(*score))).last();
    Ok(drift.map(|drift| {
        let way = if drift.higher { "odder" } else { "more usual" };
        format!(
            "the rows are {way} to the model before than those it was trained on (distance {:.2}, chance explains {:.2})",
            drift.distance, drift.limit
        )
    }))
}
