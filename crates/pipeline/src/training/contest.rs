//! A champion and a challenger in, who is better at telling what is real out.
//!
//! Both judge rows that the challenger was not fitted on, and the same rows with every column shuffled: whoever tells
//! them apart more often is better. A challenger must be better by a margin, since whatever is in place has proved
//! itself. No label is needed.

use logsift_outliers::catalogue::Choice;
use logsift_outliers::refit::{ContestParams, DriftParams, Verdict};
use logsift_outliers::{Rows, Seed, Table};

use super::TrainError;
use super::fitting::{Fitting, parted, refused};
use super::material::Material;
use crate::outlier_model::{Judge, OutlierModel};

/// Rows that both judge at most, evenly spaced.
const ROWS: usize = 4096;

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
    if rest.is_empty() {
        let reason = format!("{} rows are too few for a contest", rows.rows().len());
        return Err(TrainError::Other(format!(
            "{reason}: a fifth of them is held back\nhint: give more records, or use --onto"
        )));
    }
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

/// How often one of the first scores is below one of the second; ties count half.
fn lower(first: &[f64], second: &[f64]) -> f64 {
    let mut sorted = second.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let pairs = (first.len() * second.len()).max(1) as f64;
    let above = |score: &f64| {
        let up_to = sorted.partition_point(|other| other <= score);
        let below = sorted.partition_point(|other| other < score);
        (sorted.len() - up_to) as f64 + (up_to - below) as f64 / 2.0
    };
    first.iter().map(above).sum::<f64>() / pairs
}

/// The same rows with every column in an order of its own.
fn shuffled(rows: Rows<'_>, seed: Seed) -> Table {
    let mut table = Table::from(rows);
    let columns = rows.columns();
    for column in 0..columns {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        seed.split(column as u64 + 1).random().shuffle(&mut order);
        for (place, from) in order.into_iter().enumerate() {
            if let Some(cell) = table.values_mut().get_mut(place * columns + column) {
                *cell = rows.row(from)[column];
            }
        }
    }
    table
}

/// Evenly spaced rows, in their order.
fn sample(rows: Rows<'_>) -> Table {
    let step = rows.len().div_ceil(ROWS).max(1);
    let places: Vec<usize> = (0..rows.len()).step_by(step).collect();
    Table::pick(rows, &places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_counted_with_ties_as_halves() {
        assert_eq!(lower(&[1.0, 2.0], &[3.0, 4.0]), 1.0);
        assert_eq!(lower(&[3.0], &[1.0, 3.0]), 0.25);
        assert_eq!(lower(&[], &[1.0]), 0.0);
    }
}
