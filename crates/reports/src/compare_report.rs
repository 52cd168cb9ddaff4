//! How well models did on many logs, as `eval compare` tells it.

use serde::{Deserialize, Serialize};

use crate::scan_report::Product;

/// The version of the report's shape.
pub const COMPARE_VERSION: u32 = 1;

/// Models side by side over many logs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompareReport {
    /// [`COMPARE_VERSION`] of the product that wrote the report.
    pub compare_version: u32,
    /// What wrote the report.
    pub product: Product,
    /// What the generated logs are, in words.
    pub made: String,
    /// The models, with means over the generated logs.
    pub models: Vec<ComparedModel>,
    /// The logs.
    pub sets: Vec<ComparedSet>,
}

/// Means of a model over the generated logs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ComparedModel {
    /// Its name.
    pub model: String,
    /// Over how many logs.
    pub logs: u64,
    /// F1 at the automatic threshold.
    pub f1: Option<f64>,
    /// F1 at the threshold that only an oracle knows.
    pub oracle_f1: Option<f64>,
    /// The area under the ROC curve.
    pub roc_auc: Option<f64>,
    /// Average precision.
    pub average_precision: Option<f64>,
    /// Alerts a day.
    pub alerts_per_day: Option<f64>,
    /// Alerts a day without any abnormal line.
    pub false_alerts_per_day: Option<f64>,
    /// Seconds to fit and score.
    pub seconds: Option<f64>,
}

/// A log, and how well models did on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ComparedSet {
    /// Its name.
    pub name: String,
    /// Whether it was generated.
    pub generated: bool,
    /// How many lines.
    pub lines: u64,
    /// How many of them are abnormal.
    pub abnormal: u64,
    /// Days between its first and its last line.
    pub days: Option<f64>,
    /// The models.
    pub figures: Vec<ComparedFigures>,
}

/// How well a model did on a log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ComparedFigures {
    /// Its name.
    pub model: String,
    /// Of what was flagged, the abnormal share.
    pub precision: f64,
    /// Of what was abnormal, the flagged share.
    pub recall: Option<f64>,
    /// The harmonic mean of both.
    pub f1: f64,
    /// The same at the threshold that only an oracle knows.
    pub oracle_f1: Option<f64>,
    /// The area under the ROC curve.
    pub roc_auc: Option<f64>,
    /// Average precision.
    pub average_precision: Option<f64>,
    /// Alerts a day.
    pub alerts_per_day: Option<f64>,
    /// Alerts a day without any abnormal line.
    pub false_alerts_per_day: Option<f64>,
    /// Seconds to fit and score.
    pub seconds: f64,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;

    /// Two models on two logs, of which one is public.
    pub(crate) fn report() -> CompareReport {
        let model = |model: &str, f1: f64| ComparedModel {
            model: model.to_owned(),
            logs: 8,
            f1: Some(f1),
            oracle_f1: Some(f1 + 0.1),
            roc_auc: Some(0.8),
            average_precision: Some(0.4),
            alerts_per_day: Some(12.25),
            false_alerts_per_day: Some(1.5),
            seconds: Some(0.02),
        };
        let figures = |model: &str, f1: f64| ComparedFigures {
            model: model.to_owned(),
            precision: f1,
            recall: Some(f1),
            f1,
            oracle_f1: Some(0.6),
            roc_auc: Some(0.81),
            average_precision: Some(0.33),
            alerts_per_day: Some(288.0),
            false_alerts_per_day: None,
            seconds: 0.02,
        };
        let set = |name: &str, generated: bool| ComparedSet {
            name: name.to_owned(),
            generated,
            lines: 6000,
            abnormal: 300,
            days: Some(0.34),
            figures: vec![figures("default", 0.478), figures("naive", 0.127)],
        };
        CompareReport {
            compare_version: COMPARE_VERSION,
            product: Product { name: "logsift".to_owned(), version: "0.1.0".to_owned() },
            made: "8 generated logs of 6,000 lines, seed 1".to_owned(),
            models: vec![model("default", 0.35), model("naive", 0.11)],
            sets: vec![set("kubernetes", true), set("bgl-2k", false)],
        }
    }
}
