//! What an outlier model holds, as `model inspect` tells it.

use serde::{Deserialize, Serialize};

use crate::model_report::{BlockRow, ModelHeader};
use crate::scan_report::{Product, TimeRange};

/// The version of the report's shape.
pub const OUTLIER_MODEL_VERSION: u32 = 1;

/// A trained outlier model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutlierReport {
    /// [`OUTLIER_MODEL_VERSION`] of the product that wrote the report.
    pub outlier_model_version: u32,
    /// What wrote the report.
    pub product: Product,
    /// The file.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// What stands at its beginning.
    pub header: ModelHeader,
    /// Its blocks, in their order.
    pub blocks: Vec<BlockRow>,
    /// The model: `isolation-forest`.
    pub model: String,
    /// Its parameters.
    pub parameters: Vec<ParameterRow>,
    /// The seed.
    pub seed: u64,
    /// What a row is: `records`, `windows` or `sessions`.
    pub rows_of: String,
    /// Seconds of a window, where rows are windows.
    pub window_seconds: Option<i64>,
    /// What ties records together, where rows are sessions and somebody said so.
    pub session: Option<String>,
    /// The families of features.
    pub features: Vec<String>,
    /// What was removed from the lines: `none`, `mask`, `drop` or `hash`.
    pub redaction: String,
    /// Rows that were fitted on.
    pub rows: u64,
    /// Rows that there were.
    pub rows_seen: u64,
    /// The earliest and the latest of them.
    pub time: Option<TimeRange>,
    /// Seconds that the fit took, where that was kept.
    pub fit_seconds: Option<f64>,
    /// Scores beyond it are flagged.
    pub threshold: f64,
    /// How it was chosen.
    pub threshold_by: String,
    /// Rows of the training beyond it.
    pub flagged: u64,
    /// The columns, those that matter most first.
    pub columns: Vec<ColumnRow>,
    /// How many columns there are; the list may be shorter in text.
    pub matching: u64,
    /// Events that have a name, where rows are sequences.
    pub events: u64,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterRow {
    /// Its name.
    pub name: String,
    /// What it is.
    pub value: String,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnRow {
    /// Its name.
    pub name: String,
    /// Its share in what made the most abnormal rows of the training abnormal.
    pub importance: f64,
}
