//! What a model holds, as `model inspect` tells it.

use serde::{Deserialize, Serialize};

use crate::scan_report::{LevelCount, Product, TimeRange};
use crate::templates_report::{Mined, TemplateRow, TimelineRow};

/// The version of the report's shape.
pub const MODEL_VERSION: u32 = 1;

/// A model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelReport {
    /// [`MODEL_VERSION`] of the product that wrote the report.
    pub model_version: u32,
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
    /// Under which conditions it was learned; only models of equal conditions can be merged.
    pub settings: ModelSettings,
    /// The parts that were learned, in the order of their ids.
    pub parts: Vec<PartRow>,
    /// What was learned.
    pub mined: Mined,
    /// The earliest and the latest time.
    pub time: Option<TimeRange>,
    /// Records over time.
    pub timeline: Option<TimelineRow>,
    /// Records by level.
    pub levels: Vec<LevelCount>,
    /// Ids that were given out and have become part of another template since.
    pub lineage: Vec<Moved>,
    /// How many templates there are; the list may be shorter in text.
    pub matching: u64,
    /// The templates, the most frequent first.
    pub templates: Vec<TemplateRow>,
}

/// The header of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelHeader {
    /// The format of the file.
    pub format: u16,
    /// The release that wrote it.
    pub written_by: String,
    /// The hash of the settings, sixteen hexadecimal digits.
    pub settings: String,
}

/// A block of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockRow {
    /// The number of its kind.
    pub kind: u16,
    /// The name of its kind, where this release knows it.
    pub name: Option<String>,
    /// Its version.
    pub version: u16,
    /// Bytes of what is in it.
    pub bytes: u64,
    /// Whether this release understands it.
    pub understood: bool,
}

/// What decides whether two models may become one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSettings {
    /// The version of the rules by which templates are made.
    pub template_rules: u8,
    /// What was removed from the lines: `none`, `mask`, `drop` or `hash`.
    pub redaction: String,
}

/// A learned part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRow {
    /// Its id, thirty-two hexadecimal digits.
    pub id: String,
    /// Its records.
    pub records: u64,
}

/// An id that has become part of another template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The old id.
    pub from: String,
    /// What it means today.
    pub to: String,
}
