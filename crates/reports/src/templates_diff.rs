//! Two logs or models compared by their templates, as users store it.

use serde::{Deserialize, Serialize};

use crate::scan_report::{Notice, Product, TimeRange};

/// The version of the report's shape.
pub const DIFF_VERSION: u32 = 1;

/// The result of `templates diff`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplatesDiff {
    /// [`DIFF_VERSION`] of the product that wrote it.
    pub diff_version: u32,
    /// What wrote it.
    pub product: Product,
    /// What was before.
    pub a: Side,
    /// What is compared with it.
    pub b: Side,
    /// Templates that only B has, the most frequent first.
    pub new: Vec<DiffRow>,
    /// Templates that only A has, the most frequent first.
    pub gone: Vec<DiffRow>,
    /// Templates whose share has at least doubled, the clearest first.
    pub more: Vec<DiffRow>,
    /// Templates whose share has at least halved, the clearest first.
    pub less: Vec<DiffRow>,
    /// Templates of both without such a change.
    pub unchanged: u64,
    /// What was skipped, could not be read or failed.
    pub notices: Vec<Notice>,
}

/// One side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// What was named.
    pub name: String,
    /// Whether that is a model.
    pub model: bool,
    /// Its records.
    pub records: u64,
    /// Records of shapes that had to be forgotten; they cannot be compared.
    pub forgotten_records: u64,
    /// The templates of both that it has.
    pub templates: u64,
    /// The earliest and the latest time.
    pub time: Option<TimeRange>,
}

/// A template on both sides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DiffRow {
    /// Its lasting name.
    pub template_id: String,
    /// The gravest level of its records, or `none`.
    pub level: String,
    /// In A.
    pub a: SideCount,
    /// In B.
    pub b: SideCount,
    /// Its text with the type of every slot.
    pub template: String,
}

/// What was counted of a template on one side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SideCount {
    /// Its records.
    pub count: u64,
    /// Its share of the records of that side (0 to 1).
    pub share: f64,
    /// Its records in an hour, over the whole time of that side.
    pub per_hour: Option<f64>,
}
