//! Models in, one table of them over many logs out: the generated ones, which anybody can make, and public ones that
//! somebody has fetched.
//!
//! One log says little, and means hide much; so there are both. Every model sees the same lines, and no label.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use logsift_engine::detectors::rule::built_in;
use logsift_pipeline::detection::Detecting;
use logsift_pipeline::watch::Watch;
use logsift_reports::compare_report::{
    COMPARE_VERSION, CompareReport, ComparedFigures, ComparedModel, ComparedSet,
};
use logsift_reports::eval_report::ModelFigures;
use logsift_reports::scan_report::Product;

use crate::error::EvalError;
use crate::generate::{Order, Outputs, Profile, generate};
use crate::lines::{LineOutliers, LineScorer, LineSet, Ruling, Scanning};
use crate::metrics::Bootstrap;
use crate::models::FitSettings;
use crate::naive::Naive;
use crate::report::{Evaluation, FigureSettings};

/// What a scan uses.
const DEFAULT: &str = "default";
/// The baseline of habit.
const NAIVE: &str = "naive";
/// The built-in rules, and no detector.
const RULES: &str = "rules";

/// A labelled log that models are compared on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledLog {
    /// How the table calls it.
    pub name: String,
    /// Whether it was generated.
    pub generated: bool,
    /// The log.
    pub log: PathBuf,
    /// The labels of its lines.
    pub labels: PathBuf,
}

/// Makes a log of every profile, of so many lines or as many as it usually has.
pub fn generated(folder: &Path, lines: Option<u64>, seed: u64) -> Result<Vec<LabelledLog>, EvalError> {
    let refused = |error: io::Error| {
        EvalError::unsuited(
            format!("the logs cannot be written: {error}"),
            "set TMPDIR to a folder with room",
        )
    };
    Profile::all().map(|profile| made(folder, profile, lines, seed).map_err(refused)).collect()
}

fn made(folder: &Path, profile: Profile, lines: Option<u64>, seed: u64) -> io::Result<LabelledLog> {
    fs::create_dir_all(folder)?;
    let (log, labels) = (
        folder.join(format!("{}.log", profile.name())),
        folder.join(format!("{}.labels.csv", profile.name())),
    );
    let usual = Order::usual(profile);
    let order = Order { lines: lines.unwrap_or(usual.lines), seed, ..usual };
    let (mut log_out, mut labels_out) =
        (BufWriter::new(File::create(&log)?), BufWriter::new(File::create(&labels)?));
    let mut story = io::sink();
    generate(&order, Outputs { log: &mut log_out, labels: &mut labels_out, story: &mut story, pace: None })?;
    for out in [log_out, labels_out] {
        out.into_inner().map_err(io::IntoInnerError::into_error)?;
    }
    Ok(LabelledLog { name: profile.name().to_owned(), generated: true, log, labels })
}

/// How models are compared.
#[derive(Clone, Debug)]
pub struct CompareSettings {
    /// Their names: `default`, `naive`, `rules`, or models that take rows.
    pub models: Vec<String>,
    /// How a scan finds what is unusual.
    pub detecting: Detecting,
    /// How outlier models are fitted.
    pub fitting: FitSettings,
    /// What made the logs, in words.
    pub made: String,
}

/// Judges every log with every model.
pub fn compare(
    logs: &[LabelledLog],
    settings: &CompareSettings,
    watch: &Watch,
) -> Result<CompareReport, EvalError> {
    let mut sets = Vec::new();
    for log in logs {
        sets.push(judged(log, settings, watch)?);
    }
    let models = settings.models.iter().map(|model| mean(model, &sets)).collect();
    Ok(CompareReport {
        compare_version: COMPARE_VERSION,
        product: Product { name: "logsift".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        made: settings.made.clone(),
        models,
        sets,
    })
}

fn judged(log: &LabelledLog, settings: &CompareSettings, watch: &Watch) -> Result<ComparedSet, EvalError> {
    let set = LineSet::read(&log.log, &log.labels)?;
    let times = set.times(settings.fitting.threads, watch)?;
    let outliers = LineOutliers::new(settings.fitting, watch);
    let mut judgements = Vec::new();
    for model in &settings.models {
        let scorer: Box<dyn LineScorer + '_> = match model.as_str() {
            DEFAULT => Box::new(Scanning::new(settings.detecting.clone(), settings.fitting.threads, watch)),
            NAIVE => Box::new(Naive),
            RULES => Box::new(Ruling::new(Arc::clone(built_in()), settings.fitting.threads, watch)),
            name => outliers.model(name)?,
        };
        match set.judge(&*scorer) {
            Ok((judgement, _)) => judgements.push(judgement),
            // A model that cannot be fitted on this log has no row in it.
            Err(EvalError::Unsuited { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let evaluation = Evaluation {
        unit: "line",
        name: &log.name,
        units: &set.units,
        judgements: &judgements,
        times: &times,
        ..Evaluation::default()
    };
    let bootstrap = Bootstrap { resamples: 0, ..Bootstrap::default() };
    let report = evaluation.report(&FigureSettings { bootstrap, ..FigureSettings::default() });
    Ok(ComparedSet {
        name: log.name.clone(),
        generated: log.generated,
        lines: report.test_units,
        abnormal: report.abnormal,
        days: report.models.first().and_then(|figures| Some(figures.alerts?.days)),
        figures: report.models.iter().map(row).collect(),
    })
}

fn row(figures: &ModelFigures) -> ComparedFigures {
    ComparedFigures {
        model: figures.model.clone(),
        precision: figures.precision,
        recall: figures.recall,
        f1: figures.f1,
        oracle_f1: figures.oracle.as_ref().map(|oracle| oracle.f1),
        roc_auc: figures.roc_auc,
        average_precision: figures.average_precision,
        alerts_per_day: figures.alerts.map(|alerts| alerts.per_day),
        false_alerts_per_day: figures.alerts.map(|alerts| alerts.false_per_day),
        seconds: figures.fit_seconds + figures.score_seconds,
    }
}

/// The means of a model over the generated logs: of them anybody can make as many as they like.
fn mean(model: &str, sets: &[ComparedSet]) -> ComparedModel {
    let rows: Vec<&ComparedFigures> = sets
        .iter()
        .filter(|set| set.generated)
        .filter_map(|set| set.figures.iter().find(|figures| figures.model == model))
        .collect();
    let mean = |figure: &dyn Fn(&ComparedFigures) -> Option<f64>| {
        let known: Vec<f64> = rows.iter().filter_map(|row| figure(row)).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    ComparedModel {
        model: model.to_owned(),
        logs: rows.len() as u64,
        f1: mean(&|row| Some(row.f1)),
        oracle_f1: mean(&|row| row.oracle_f1),
        roc_auc: mean(&|row| row.roc_auc),
        average_precision: mean(&|row| row.average_precision),
        alerts_per_day: mean(&|row| row.alerts_per_day),
        false_alerts_per_day: mean(&|row| row.false_alerts_per_day),
        seconds: mean(&|row| Some(row.seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_those_of_the_generated_logs() {
        let set = |generated: bool, f1: f64, alerts: Option<f64>| ComparedSet {
            generated,
            figures: vec![ComparedFigures {
                model: "pca".to_owned(),
                f1,
                alerts_per_day: alerts,
                ..ComparedFigures::default()
            }],
            ..ComparedSet::default()
        };
        let sets = [set(true, 0.5, Some(4.0)), set(true, 0.7, None), set(false, 0.0, Some(100.0))];
        let found = mean("pca", &sets);
        assert_eq!((found.logs, found.f1, found.alerts_per_day), (2, Some(0.6), Some(4.0)));
        assert_eq!((mean("hbos", &sets).logs, mean("hbos", &sets).f1), (0, None));
    }
}
