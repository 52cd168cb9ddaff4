//! What every model must keep, tried on each of them, and small data to try it on.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::data::{Rows, SequenceTable, Table};
use crate::error::{FitError, ScoreError};
use crate::fit::{Fit, FitSequences, Score, ScoreSequences};
use crate::guard::LIMIT;
use crate::save::Save;
use crate::seed::Seed;
use crate::workers::tests::Threads;

/// Rows from a normal distribution around 0.
pub(crate) fn cloud(rows: usize, columns: usize) -> Table {
    let mut random = Seed(99).random();
    let values = (0..rows * columns).map(|_| random.normal() as f32).collect();
    Table::from_values(values, columns).unwrap()
}

/// The same, and behind them a row far away.
pub(crate) fn cloud_with_outlier(rows: usize, columns: usize) -> Table {
    let mut table = cloud(rows, columns);
    table.push(&vec![8.0; columns]);
    table
}

fn scores(model: &impl Score, rows: Rows<'_>) -> Vec<u64> {
    let mut out = Vec::new();
    model.score(rows, &mut out).unwrap();
    assert!(out.iter().all(|score| score.is_finite()), "{out:?}");
    out.into_iter().map(f64::to_bits).collect()
}

/// All laws, for a method that takes rows with this many columns.
pub(crate) fn hold<M>(method: &M, columns: usize)
where
    M: Fit,
    M::Fitted: Save,
{
    let table = cloud_with_outlier(700, columns);
    let model = method.fit(table.rows(), Seed(5)).unwrap();
    let expected = scores(&model, table.rows());
    any_workers_same_bits(method, &table, &expected);
    rows_stand_alone(&model, &table, &expected);
    saved_is_the_same(&model, &table, &expected);
    shares_sum(&model, columns);
    odd_rows_are_scored(&model, columns);
    odd_training_is_defined(method, columns);
    hostile_bytes::<M::Fitted>(&model.to_bytes());
}

fn any_workers_same_bits<M: Fit>(method: &M, table: &Table, expected: &[u64]) {
    for threads in [1, 3] {
        let workers = Threads(threads);
        let model = method.fit_with(table.rows(), Seed(5), &workers).unwrap();
        let mut out = Vec::new();
        model.score_with(table.rows(), &workers, &mut out).unwrap();
        assert_eq!(out.into_iter().map(f64::to_bits).collect::<Vec<_>>(), expected, "{threads} threads");
    }
}

fn rows_stand_alone(model: &impl Score, table: &Table, expected: &[u64]) {
    for index in [0, 17, 18, 699, 700] {
        assert_eq!(scores(model, table.rows().slice(index, index + 1)), expected[index..=index], "{index}");
    }
    assert!(scores(model, table.rows().slice(0, 0)).is_empty());
}

fn saved_is_the_same<M: Score + Save>(model: &M, table: &Table, expected: &[u64]) {
    let bytes = model.to_bytes();
    let loaded = M::from_bytes(&bytes).unwrap();
    assert_eq!(scores(&loaded, table.rows()), expected);
    assert_eq!(loaded.to_bytes(), bytes);
}

fn shares_sum(model: &impl Score, columns: usize) {
    for row in [vec![0.0; columns], vec![9.0; columns], vec![f32::NAN; columns], vec![-LIMIT; columns]] {
        let shares = model.shares(&row).unwrap();
        assert_eq!(shares.len(), columns);
        assert!(shares.iter().all(|&share| share >= 0.0));
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{row:?}: {shares:?}");
    }
    assert_eq!(
        model.shares(&vec![0.0; columns + 1]),
        Err(ScoreError::Columns { expected: columns, found: columns + 1 })
    );
}

fn odd_rows_are_scored(model: &impl Score, columns: usize) {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN_POSITIVE, -0.0] {
        assert_eq!(scores(model, Rows::one(&vec![value; columns])).len(), 1, "{value}");
    }
    let mut out = Vec::new();
    let refused = model.score(Rows::one(&vec![0.0; columns + 1]), &mut out);
    assert_eq!(refused, Err(ScoreError::Columns { expected: columns, found: columns + 1 }));
    assert!(out.is_empty());
}

/// Either a model comes out that gives finite scores, or the reason why not.
fn odd_training_is_defined<M: Fit>(method: &M, columns: usize) {
    let refusal = |values: &[f32]| method.fit(Rows::new(values, columns).unwrap(), Seed(1)).err();
    assert!(matches!(refusal(&[]), Some(FitError::TooFew { .. })));
    let mut holed = cloud(50, columns).rows().values().to_vec();
    holed[columns + 1] = f32::NAN;
    assert!(matches!(refusal(&holed), Some(FitError::NotFinite { row: 1, column: 1, .. })));
    for table in [
        cloud(1, columns),
        cloud(2, columns),
        Table::from_values(vec![4.0; 30 * columns], columns).unwrap(),
        Table::from_values(vec![LIMIT; 30 * columns], columns).unwrap(),
        one_constant_column(columns),
    ] {
        match method.fit(table.rows(), Seed(1)) {
            Ok(model) => {
                scores(&model, table.rows());
                odd_rows_are_scored(&model, columns);
            }
            Err(FitError::TooFew { found, needed }) => assert!(found < needed),
            Err(other) => panic!("{other}"),
        }
    }
}

fn one_constant_column(columns: usize) -> Table {
    let mut table = cloud(200, columns);
    table.values_mut().chunks_exact_mut(columns).for_each(|row| row[0] = 7.0);
    table
}

/// Cut, changed and invented bytes are refused or read, and what was read scores.
pub(crate) fn hostile_bytes<M: Score + Save>(bytes: &[u8]) {
    let try_scoring = |bytes: &[u8]| {
        if let Ok(model) = M::from_bytes(bytes) {
            let _ = model.score(cloud(3, model.columns()).rows(), &mut Vec::new());
        }
    };
    hostile(bytes, &try_scoring);
}

fn hostile(bytes: &[u8], try_scoring: &dyn Fn(&[u8])) {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6);
    let cut = any::<prop::sample::Index>();
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 150, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    runner
        .run(&(changes, cut, any::<bool>()), |(changes, cut, whole)| {
            let mut changed = bytes.to_vec();
            for (place, value) in changes {
                let place = place.index(changed.len());
                changed[place] = value;
            }
            if !whole {
                changed.truncate(cut.index(bytes.len()));
            }
            try_scoring(&changed);
            Ok(())
        })
        .unwrap();
}

/// Sequences that go round in a circle, and a last one that does not.
pub(crate) fn circles(count: usize) -> SequenceTable {
    let mut table: SequenceTable =
        (0..count).map(|index| (0..12).map(|step| ((index + step) % 5) as u32).collect::<Vec<_>>()).collect();
    table.push(&[0, 3, 1, 4, 2, 0, 3, 1, 4, 2]);
    table
}

/// The laws for methods that take sequences.
pub(crate) fn hold_for_sequences<M>(method: &M)
where
    M: FitSequences,
    M::Fitted: Save,
{
    let table = circles(150);
    let sequences = table.sequences();
    let bits = |model: &M::Fitted, sequences| {
        let mut out = Vec::new();
        model.score(sequences, &mut out);
        assert!(out.iter().all(|score| score.is_finite()), "{out:?}");
        out.into_iter().map(f64::to_bits).collect::<Vec<_>>()
    };
    let model = method.fit(sequences, Seed(5)).unwrap();
    let expected = bits(&model, sequences);
    assert_eq!(bits(&model, sequences.slice(149, 150)), expected[149..150]);
    for threads in [1, 3] {
        let workers = Threads(threads);
        let again = method.fit_with(sequences, Seed(5), &workers).unwrap();
        let mut out = Vec::new();
        again.score_with(sequences, &workers, &mut out);
        assert_eq!(out.into_iter().map(f64::to_bits).collect::<Vec<_>>(), expected, "{threads} threads");
    }
    let saved = model.to_bytes();
    let loaded = M::Fitted::from_bytes(&saved).unwrap();
    assert_eq!(bits(&loaded, sequences), expected);
    let odd: SequenceTable = [vec![], vec![u32::MAX], vec![0], vec![77; 30]].into_iter().collect();
    assert_eq!(bits(&model, odd.sequences()).len(), 4);
    for sequence in odd.sequences().iter().chain(sequences.iter().take(2)) {
        let shares = model.shares(sequence);
        assert_eq!(shares.len(), sequence.len());
        let sum: f64 = shares.iter().sum();
        assert!(sequence.is_empty() || (sum - 1.0).abs() < 1e-9, "{sequence:?}: {shares:?}");
    }
    assert!(matches!(method.fit(SequenceTable::new().sequences(), Seed(1)), Err(FitError::TooFew { .. })));
    hostile(&saved, &|bytes| {
        if let Ok(model) = M::Fitted::from_bytes(bytes) {
            model.score(odd.sequences(), &mut Vec::new());
        }
    });
}
