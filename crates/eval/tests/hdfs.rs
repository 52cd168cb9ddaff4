//! Real sessions of a distributed file system: the default model must be far above what simple rules reach.
//!
//! The set is not part of the project. Where it is not beside it, the test says so and ends.

#![allow(clippy::print_stdout, reason = "a test that is left out says so")]

use std::path::Path;

use logsift_eval::metrics::{Bootstrap, Weights};
use logsift_eval::models::{FitSettings, Judged, Models};
use logsift_eval::report::{Evaluation, FigureSettings};
use logsift_eval::sessions::{SessionSet, TrainingChoice};
use logsift_reports::eval_report::EvalReport;

/// The set holds 1 % of the normal blocks and half of the abnormal ones.
const WEIGHTS: Weights = Weights { normal: 552_640.0 / 5578.0, abnormal: 16_838.0 / 8349.0 };

fn set() -> Option<SessionSet> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/anomaly/hdfs");
    if !folder.is_dir() {
        println!("SKIPPED: the labelled sessions are not at {}", folder.display());
        return None;
    }
    Some(SessionSet::read(&folder, &TrainingChoice::default()).expect("the set is sound"))
}

fn report(set: &SessionSet, models: &Models) -> EvalReport {
    let judged = set.judge(models).expect("all models take every session");
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
    evaluation.report(&settings)
}

#[test]
fn blocks_are_told_apart_by_what_normal_ones_do() {
    let Some(set) = set() else { return };
    let report = report(&set, &Models::usual(FitSettings { threads: 2, ..FitSettings::default() }));
    let figures = &report.models[0];
    println!("F1 {:.4}, ROC AUC {:?}", figures.f1, figures.roc_auc);
    assert_eq!((report.train_units, report.normal, report.abnormal), (5583, 5578, 8349));
    assert!(figures.f1 > 0.9, "F1 {}", figures.f1);
}

/// The best F1 that any threshold gives, of models that see how often each event happens.
#[test]
fn models_over_counts_order_blocks_as_well_as_published_ones() {
    let Some(set) = set() else { return };
    let bars = [("pca", 0.75), ("autoencoder", 0.97), ("local-outlier-factor", 0.9), ("clusters", 0.8)];
    let names = bars.map(|(name, _)| name.to_owned());
    let fitting = FitSettings { threads: 2, ..FitSettings::default() };
    let models = Models::named(Judged::Sequences, &names, &[], fitting).expect("all of them exist");
    let report = report(&set, &models);
    for (model, (name, bar)) in report.models.iter().zip(bars) {
        let best = model.oracle.as_ref().map_or(0.0, |oracle| oracle.f1);
        println!("{name}: F1 {:.4}, at best {best:.4}", model.f1);
        assert!(best >= bar, "{name}: {best}");
    }
}
