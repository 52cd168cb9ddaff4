//! A choice with room for more in, the parameters that serve best out, without a label.
//!
//! What is good is told from what was not fitted on: a model is good if it tells later rows from rows that cannot be,
//! namely those whose columns were shuffled each by itself. A value is how often a real row scores lower than a
//! shuffled one.

use logsift_outliers::catalogue::Choice;
use logsift_outliers::tuning::{Candidate, Space, Split, search, time_splits};
use logsift_outliers::{Alone, FitError, ParamError, Rows, Seed, Table};

use super::TrainError;
use super::fitting::{Fitting, refused};
use super::material::Material;

/// Times that every candidate is tried, forwards in time.
const FOLDS: usize = 3;
/// Rows that candidates are tried on.
const ROWS: usize = 4096;

/// Parameters that were tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// Names and values.
    pub settings: Vec<(String, String)>,
    /// How often a real row scores lower than one that cannot be: 1 is best, 0.5 is chance.
    pub value: f64,
    /// Why it could not be tried.
    pub failure: Option<String>,
}

/// Tries so many settings of the parameters that matter most; those that were there first.
pub(super) fn tune(
    choice: &Choice,
    material: &Material,
    fitting: &Fitting<'_>,
    count: usize,
) -> Result<Vec<Tried>, TrainError> {
    let Material::Rows { table, .. } = material else {
        let name = choice.card().name;
        return Err(TrainError::Other(format!(
            "`{name}` takes sequences, for which nothing is tuned\nhint: leave --tune out"
        )));
    };
    let rows = sample(table.rows());
    let splits = time_splits(rows.rows().len(), FOLDS, 0).map_err(|error| refused(choice, error.into()))?;
    let mut candidates: Vec<Candidate> = vec![Vec::new()];
    candidates.extend(space(choice)?.random(count.saturating_sub(1), Seed(fitting.seed.0)));
    let begun = Begun::of(choice);
    let value =
        |candidate: &Candidate, split: &Split| value_of(&begun, candidate, split, rows.rows(), fitting);
    let trials = search(&candidates, &splits, fitting.workers, value);
    Ok(trials
        .into_iter()
        .map(|trial| Tried { settings: trial.candidate, value: trial.mean, failure: trial.failure })
        .collect())
}

/// The choice with the best of what was tried.
pub(super) fn best(choice: &Choice, tried: &[Tried]) -> Result<Choice, TrainError> {
    let best = tried.first().filter(|first| first.failure.is_none());
    Ok(Begun::of(choice).with(best.map_or(&[][..], |best| &best.settings))?)
}

/// A choice as names and values, which several threads can begin with.
struct Begun {
    model: &'static str,
    values: Candidate,
}

impl Begun {
    fn of(choice: &Choice) -> Begun {
        let values = choice.values().into_iter().map(|(name, value)| (name.to_owned(), value));
        Begun { model: choice.card().name, values: values.collect() }
    }

    fn with(&self, settings: &[(String, String)]) -> Result<Choice, ParamError> {
        let mut choice = Choice::named(self.model)?;
        for (name, value) in self.values.iter().chain(settings) {
            choice.set(name, value)?;
        }
        Ok(choice)
    }
}

/// Every number from a quarter to four times its value, as far as that is legal.
fn space(choice: &Choice) -> Result<Space, ParamError> {
    let (mut space, begun) = (Space::new(), Begun::of(choice));
    for (name, value) in choice.values() {
        let legal = |value: &str| begun.with(&[(name.to_owned(), value.to_owned())]).is_ok();
        let Ok(number) = value.parse::<f64>() else { continue };
        let whole = value.parse::<u64>().is_ok();
        let values: Vec<String> = [0.25, 0.5, 1.0, 2.0, 4.0]
            .map(|factor| number * factor)
            .map(|number| if whole { number.round().to_string() } else { number.to_string() })
            .into_iter()
            .filter(|value| legal(value))
            .collect();
        if values.len() > 1 {
            space = space.values(name, &values)?;
        }
    }
    Ok(space)
}

fn value_of(
    begun: &Begun,
    candidate: &Candidate,
    split: &Split,
    rows: Rows<'_>,
    fitting: &Fitting<'_>,
) -> Result<f64, FitError> {
    let choice = begun.with(candidate)?;
    let train = rows.slice(split.train.start, split.train.end);
    let test = rows.slice(split.test.start, split.test.end);
    // Candidates are tried side by side, so each of them works alone.
    let alone = Fitting { workers: &Alone, ..*fitting };
    let model = alone.rows_fitted(&choice, train)?;
    let real = alone.scores(&*model, test)?;
    let shuffled = alone.scores(&*model, shuffled(test, fitting.seed).rows())?;
    Ok(lower(&real, &shuffled))
}

/// How often one of the first scores is below one of the second; ties count half.
pub(super) fn lower(first: &[f64], second: &[f64]) -> f64 {
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
pub(super) fn shuffled(rows: Rows<'_>, seed: Seed) -> Table {
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
pub(super) fn sample(rows: Rows<'_>) -> Table {
    let step = rows.len().div_ceil(ROWS).max(1);
    let places: Vec<usize> = (0..rows.len()).step_by(step).collect();
    Table::pick(rows, &places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::{Line, named};

    #[test]
    fn ranks_are_counted_with_ties_as_halves() {
        assert_eq!(lower(&[1.0, 2.0], &[3.0, 4.0]), 1.0);
        assert_eq!(lower(&[3.0], &[1.0, 3.0]), 0.25);
        assert_eq!(lower(&[], &[1.0]), 0.0);
    }

    #[test]
    fn what_tells_real_rows_from_shuffled_ones_wins() {
        let mut random = Seed(3).random();
        let mut rows = Table::new(2);
        (0..600).for_each(|_| {
            let at = random.normal() as f32;
            rows.push(&[at, at + 0.05 * random.normal() as f32]);
        });
        let fitting =
            Fitting { seed: Seed(1), line: Line::FalseAlarms(0.001), normal: false, workers: &Alone };
        let split = Split { train: 0..400, test: 400..600 };
        let of = |name: &str| {
            value_of(&Begun::of(&named(name).unwrap()), &Vec::new(), &split, rows.rows(), &fitting).unwrap()
        };
        // Columns each by itself tell little here, together they tell all.
        assert!(of("z-score") < 0.7, "{}", of("z-score"));
        assert!(of("lof") > 0.85, "{}", of("lof"));
    }

    #[test]
    fn candidates_are_legal() {
        for card in logsift_outliers::catalogue::cards() {
            let choice = named(card.name).unwrap();
            for candidate in space(&choice).unwrap().random(5, Seed(1)) {
                assert!(Begun::of(&choice).with(&candidate).is_ok(), "{} {candidate:?}", card.name);
            }
        }
    }
}
