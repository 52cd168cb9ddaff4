//! Real sessions of a distributed file system: the default model must be far above what simple rules reach.
//!
//! The set is not part of the project. Where it is not beside it, the test says so and ends.

#![allow(clippy::print_stdout, reason = "a test that is left out says so")]

use std::path::Path;

use logsift_eval::metrics::{Bootstrap, Weights};
use logsift_eval::models::{FitSettings, Models};
use logsift_eval::report::{Evaluation, FigureSettings};
use logsift_eval::sessions::{SessionSet, TrainingChoice};

/// The set holds 1 % of the normal blocks and half of the abnormal ones.
const WEIGHTS: Weights = Weights { normal: 552_640.0 / 5578.0, abnormal: 16_838.0 / 8349.0 };

#[test]
fn blocks_are_told_apart_by_what_normal_ones_do() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/anomaly/hdfs");
    if !folder.is_dir() {
        println!("SKIPPED: the labelled sessions are not at {}", folder.display());
        return;
    }
    let set = SessionSet::read(&folder, &TrainingChoice::default()).expect("the set is sound");
    let models = Models::usual(FitSettings { threads: 2, ..FitSettings::default() });
    let judged = set.judge(&models).expect("the default takes every session");
    let evaluation = Evaluation {
        unit: "session",
        name: &set.name,
        trained_on: &set.trained_on,
        train_units: set.train_units(),
        false_alarms: Some(0.001),
        notes: set.notes(),
        units: &set.units,
        judgements: &judged.judgements,
        ..Evaluation::default()
    };
    let settings = FigureSettings {
        weights: Some(WEIGHTS),
        bootstrap: Bootstrap { resamples: 0, ..Bootstrap::default() },
        ..FigureSettings::default()
    };
    let report = evaluation.report(&settings);
    let figures = &report.models[0];
    println!("F1 {:.4}, ROC AUC {:?}", figures.f1, figures.roc_auc);
    assert_eq!((report.train_units, report.normal, report.abnormal), (5583, 5578, 8349));
    assert!(figures.f1 > 0.9, "F1 {}", figures.f1);
}
