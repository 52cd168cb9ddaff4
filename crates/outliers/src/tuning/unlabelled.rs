//! A model and what it is to be fitted on in, the same model with better parameters out, and no label anywhere.
//!
//! What is good without labels: to tell what really came later from what was made up. Each candidate is fitted on
//! earlier rows; the later ones and as many made-up ones are scored, and the value is the area under the ROC
//! curve between the two. Made up is from what was there: rows whose columns do not belong together, or that
//! stand anywhere in the box around all; sequences with a step that is changed, lost, doubled or out of turn.
//! That is no promise about true anomalies, which may be of another kind, but parameters that are plainly wrong
//! lose, and the parameters as they were win every draw.

use crate::catalogue::Choice;
use crate::data::{Rows, SequenceTable, Sequences, Table};
use crate::error::{FitError, ParamError};
use crate::seed::{Random, Seed};
use crate::tuning::{Candidate, Space, Trial, search, time_splits};
use crate::workers::{Alone, Workers};

/// Rows that are looked at: the search takes many fits.
const ROWS: usize = 4000;
/// Sequences that are looked at.
const SEQUENCES: usize = 1000;
/// Pieces of later rows, each of which judges once.
const FOLDS: usize = 3;

/// A parameter and the values of it that are tried.
type Tried = (&'static str, &'static [&'static str]);

/// What is worth a try, by model and parameter.
const SPACES: &[(&str, &[Tried])] = &[
    (
        "isolation-forest",
        &[("trees", &["100", "300"]), ("samples", &["64", "256", "1024"]), ("extension", &["0", "1"])],
    ),
    ("rolling-isolation-forest", &[("trees", &["50", "100"]), ("samples", &["64", "256"])]),
    ("one-class-svm", &[("nu", &["0.01", "0.05", "0.1", "0.3"]), ("gamma", &["scale", "auto", "0.01", "1"])]),
    ("approximate-one-class-svm", &[("nu", &["0.01", "0.1", "0.3"]), ("features", &["256", "1024"])]),
    ("local-outlier-factor", &[("neighbours", &["5", "10", "20", "40", "80"])]),
    ("ensemble", &[("combine", &["rank", "maximum", "vote"])]),
    ("pca", &[("variance", &["0.8", "0.9", "0.95", "0.99", "0.999"])]),
    ("clusters", &[("clusters", &["2", "4", "8", "16", "32"]), ("relative", &["true", "false"])]),
    ("invariants", &[("support", &["0.9", "0.98", "0.999"])]),
    ("hbos", &[("bins", &["0", "5", "10", "20", "50"])]),
    ("z-score", &[("together", &["max", "mean"])]),
    ("iqr", &[("together", &["max", "mean"])]),
    (
        "autoencoder",
        &[("hidden", &["16", "32", "64"]), ("code", &["0", "2", "8"]), ("dropout", &["0", "0.1"])],
    ),
    ("variational-autoencoder", &[("hidden", &["16", "32", "64"])]),
    ("markov", &[("order", &["1", "2", "3", "5"]), ("together", &["mean", "max", "sum"])]),
    ("lstm", &[("units", &["32", "64"]), ("window", &["5", "10", "20"])]),
    ("lstm-autoencoder", &[("units", &["16", "32", "64"])]),
];

/// How candidates are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Every combination of what is worth a try.
    Grid,
    /// So many of them, by chance.
    Random(usize),
}

/// What came of it.
pub struct Tuned {
    /// The model with the parameters that won.
    pub choice: Choice,
    /// How well the parameters told later from made up as they were.
    pub before: f64,
    /// All that was tried, the best first.
    pub trials: Vec<Trial>,
}

/// Tunes a model over rows that are in the order of time. Parameters whose names are `fixed` stay as they are.
///
/// # Errors
/// Fewer rows than pieces, or a model that cannot be fitted on them whatever its parameters.
pub fn rows(
    choice: &Choice,
    (fixed, way): (&[String], Way),
    rows: Rows<'_>,
    standardise: bool,
    seed: Seed,
    workers: &dyn Workers,
) -> Result<Tuned, FitError> {
    let rows = Table::pick(rows, &evenly(rows.len(), ROWS));
    let rows = rows.rows();
    rows.check(1)?;
    tuned(choice, (fixed, way), rows.len(), seed, workers, |choice, train, test| {
        let earlier = rows.slice(0, train);
        let model = choice.fit_rows(earlier, standardise, seed, &Alone)?;
        let (mut real, mut made) = (Vec::new(), Vec::new());
        let later = rows.slice(test.start, test.end);
        let width = |_| FitError::Diverged("rows have other columns than those fitted on");
        model.score(later, &mut real).map_err(width)?;
        let made_up = made_up_rows(earlier, later.len(), seed.split(test.start as u64));
        model.score(made_up.rows(), &mut made).map_err(width)?;
        Ok(area(&real, &made))
    })
}

/// Tunes a model over sequences that are in the order of time; else like [`rows`].
///
/// # Errors
/// Fewer sequences than pieces, or a model that cannot be fitted on them whatever its parameters.
pub fn sequences(
    choice: &Choice,
    (fixed, way): (&[String], Way),
    sequences: Sequences<'_>,
    seed: Seed,
    workers: &dyn Workers,
) -> Result<Tuned, FitError> {
    let places = evenly(sequences.len(), SEQUENCES);
    let table: SequenceTable = places.iter().map(|&place| sequences.sequence(place)).collect();
    let sequences = table.sequences();
    tuned(choice, (fixed, way), sequences.len(), seed, workers, |choice, train, test| {
        let earlier = sequences.slice(0, train);
        let model = choice.fit_sequences(earlier, seed, &Alone)?;
        let (mut real, mut made) = (Vec::new(), Vec::new());
        let later = sequences.slice(test.start, test.end);
        model.score(later, &mut real);
        let made_up = made_up_sequences(earlier, later, seed.split(test.start as u64));
        model.score(made_up.sequences(), &mut made);
        Ok(area(&real, &made))
    })
}

/// At most so many places, spread evenly, in order.
fn evenly(count: usize, most: usize) -> Vec<usize> {
    let taken = count.min(most);
    (0..taken).map(|place| place * count / taken).collect()
}

fn tuned(
    choice: &Choice,
    (fixed, way): (&[String], Way),
    count: usize,
    seed: Seed,
    workers: &dyn Workers,
    value: impl Fn(&Choice, usize, std::ops::Range<usize>) -> Result<f64, FitError> + Sync,
) -> Result<Tuned, FitError> {
    let (values, model) = (choice.values(), choice.card().name);
    let with = |candidate: &Candidate| -> Result<Choice, ParamError> {
        let mut choice = Choice::named(model)?;
        values.iter().try_for_each(|(name, value)| choice.set(name, value))?;
        candidate.iter().try_for_each(|(name, value)| choice.set(name, value))?;
        Ok(choice)
    };
    let space = space(choice, fixed)?;
    // As it is comes first, and so wins where nothing is better.
    let mut candidates = vec![Candidate::new()];
    let others = match way {
        Way::Grid => space.grid()?,
        Way::Random(tries) => space.random(tries, seed.split(u64::MAX)),
    };
    candidates.extend(others.into_iter().filter(|candidate| !candidate.is_empty()));
    let splits = time_splits(count, FOLDS, 0)?;
    let trials = search(&candidates, &splits, workers, |candidate, split| {
        value(&with(candidate)?, split.train.end, split.test.clone())
    });
    let before = trials.iter().find(|trial| trial.candidate.is_empty()).map_or(0.0, |trial| trial.mean);
    let best = trials.iter().find(|trial| trial.failure.is_none());
    let best = best.ok_or(FitError::Diverged("every candidate"))?.candidate.clone();
    Ok(Tuned { choice: with(&best)?, before, trials })
}

fn space(choice: &Choice, fixed: &[String]) -> Result<Space, ParamError> {
    let mut space = Space::new();
    let found = SPACES.iter().find(|(model, _)| *model == choice.card().name);
    for (name, values) in found.map(|(_, axes)| *axes).unwrap_or_default() {
        if !fixed.iter().any(|fixed| fixed == name) {
            space = space.values(name, values)?;
        }
    }
    Ok(space)
}

/// Half of them have each column from another row, half stand anywhere in the box around the rows and a little
/// beyond.
fn made_up_rows(rows: Rows<'_>, count: usize, seed: Seed) -> Table {
    let mut random = seed.random();
    let ranges: Vec<(f64, f64)> = (0..rows.columns())
        .map(|column| {
            let values = rows.column(column).map(f64::from);
            let (low, high) =
                values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
            let beyond = (high - low) / 10.0;
            (low - beyond, high + beyond)
        })
        .collect();
    let mut table = Table::new(rows.columns());
    for number in 0..count {
        let row: Vec<f32> = ranges
            .iter()
            .enumerate()
            .map(|(column, &(low, high))| {
                if number % 2 == 0 {
                    rows.row(random.below(rows.len()))[column]
                } else {
                    random.between(low, high) as f32
                }
            })
            .collect();
        table.push(&row);
    }
    table
}

fn made_up_sequences(earlier: Sequences<'_>, later: Sequences<'_>, seed: Seed) -> SequenceTable {
    let mut random = seed.random();
    let mut events: Vec<u32> = earlier.iter().flatten().copied().collect();
    events.sort_unstable();
    events.dedup();
    later.iter().map(|sequence| changed(sequence, &events, &mut random)).collect()
}

/// The sequence with one change.
fn changed(sequence: &[u32], events: &[u32], random: &mut Random) -> Vec<u32> {
    let mut sequence = sequence.to_vec();
    let another = if events.is_empty() { 0 } else { events[random.below(events.len())] };
    if sequence.is_empty() {
        return vec![another];
    }
    let place = random.below(sequence.len());
    match random.below(4) {
        0 => sequence[place] = another,
        1 => drop(sequence.remove(place)),
        2 => sequence.insert(place, sequence[place]),
        _ => {
            let other = random.below(sequence.len());
            sequence.swap(place, other);
        }
    }
    sequence
}

/// The share of pairs in which what is made up scores higher; ties count half.
fn area(real: &[f64], made: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> = real.iter().map(|&score| (score, false)).collect();
    all.extend(made.iter().map(|&score| (score, true)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut won) = (0.0, 0.0);
    for tied in all.chunk_by(|a, b| a.0 == b.0) {
        let up = tied.iter().filter(|(_, made)| *made).count() as f64;
        let down = tied.len() as f64 - up;
        won += up * (below + down / 2.0);
        below += down;
    }
    won / (real.len().max(1) * made.len().max(1)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::cards;
    use crate::laws;
    use crate::workers::tests::Threads;

    #[test]
    fn what_is_worth_a_try_is_legal() {
        for (model, axes) in SPACES {
            let mut choice = Choice::named(model).unwrap();
            for (name, values) in *axes {
                values.iter().for_each(|value| choice.set(name, value).unwrap());
            }
        }
        let untuned: Vec<&str> = cards()
            .iter()
            .map(|card| card.name)
            .filter(|name| SPACES.iter().all(|(model, _)| model != name))
            .collect();
        assert_eq!(untuned, ["ecod", "copod"], "which have nothing to set");
    }

    #[test]
    fn a_plane_is_found_and_what_is_fixed_stays() {
        // Three columns of which the third is the sum of the others, but for a little.
        let mut table = laws::cloud(600, 3);
        for row in table.values_mut().chunks_exact_mut(3) {
            row[2] = row[0] + row[1] + row[2] * 0.01;
        }
        let mut choice = Choice::named("pca").unwrap();
        choice.set("variance", "0.5").unwrap();
        let asked = |fixed: &[String], workers: &dyn Workers| {
            let tuned = rows(&choice, (fixed, Way::Grid), table.rows(), true, Seed(1), workers).unwrap();
            (tuned.choice.values(), tuned.before, tuned.trials)
        };
        let (values, before, trials) = asked(&[], &Alone);
        let variance = &values.iter().find(|(name, _)| *name == "variance").unwrap().1;
        assert_ne!(variance, "0.5");
        assert!(trials[0].mean > before + 0.05, "{before} {trials:?}");
        assert_eq!(trials, asked(&[], &Threads(3)).2);
        let (values, _, trials) = asked(&["variance".to_owned()], &Alone);
        assert!(values.contains(&("variance", "0.5".to_owned())), "{values:?}");
        assert!(trials.iter().all(|trial| trial.candidate.is_empty()));
    }

    #[test]
    fn steps_in_turn_are_told_from_steps_out_of_turn() {
        let table = laws::circles(200);
        let choice = Choice::named("markov").unwrap();
        let tuned = sequences(&choice, (&[], Way::Random(4)), table.sequences(), Seed(1), &Alone).unwrap();
        assert!(tuned.trials.len() <= 5 && tuned.trials[0].mean > 0.9, "{:?}", tuned.trials);
        assert!(tuned.trials[0].mean >= tuned.before);
    }

    #[test]
    fn too_few_rows_are_refused() {
        let choice = Choice::named("hbos").unwrap();
        for count in [0, 3] {
            assert!(
                rows(&choice, (&[], Way::Grid), laws::cloud(count, 2).rows(), false, Seed(1), &Alone)
                    .is_err()
            );
        }
    }

    #[test]
    fn ties_count_half() {
        assert_eq!(area(&[1.0, 2.0], &[3.0, 2.0]), 0.875);
        assert_eq!(area(&[1.0], &[1.0]), 0.5);
    }
}
