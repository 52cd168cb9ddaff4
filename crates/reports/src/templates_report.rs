//! The templates of logs, as users store them: one struct per noun, with a version.
//!
//! Fields are only ever added. A change of meaning or a removal raises [`TEMPLATES_VERSION`].

use logsift_engine::records::time::Time;
use logsift_engine::templates::{Account, Slot, Stats, Template, Trend};
use serde::{Deserialize, Serialize};

use crate::scan_report::{Asked, LevelCount, LineBalance, Notice, Product, TimeRange};

/// The version of the report's shape.
pub const TEMPLATES_VERSION: u32 = 1;

/// Nanoseconds of an hour.
const HOUR: f64 = 3.6e12;

/// The result of `templates`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplatesReport {
    /// [`TEMPLATES_VERSION`] of the product that wrote it.
    pub templates_version: u32,
    /// What wrote it.
    pub product: Product,
    /// What was asked for, resolved to points in time.
    pub asked: Asked,
    /// All records together.
    pub totals: TemplateTotals,
    /// How many templates were asked for; the list may be shorter.
    pub matching: u64,
    /// The templates, in the order that was asked for.
    pub templates: Vec<TemplateRow>,
    /// What was skipped, could not be read or failed.
    pub notices: Vec<Notice>,
}

/// All records together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TemplateTotals {
    /// How many inputs were read.
    pub inputs: u64,
    /// Bytes read, unpacked.
    pub bytes: u64,
    /// What became of every line.
    pub balance: LineBalance,
    /// The earliest and the latest time.
    pub time: Option<TimeRange>,
    /// All records over time.
    pub timeline: Option<TimelineRow>,
    /// What the miner did.
    pub mined: Mined,
}

/// What became of the records that were mined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mined {
    /// Records; those of all templates and the forgotten ones.
    pub records: u64,
    /// Templates.
    pub templates: u64,
    /// Skeletons that the templates are made of.
    pub skeletons: u64,
    /// Skeletons forgotten for want of memory.
    pub forgotten_skeletons: u64,
    /// Records of forgotten skeletons; they belong to no template.
    pub forgotten_records: u64,
    /// Records counted without a shape of their own while too much was new.
    pub formless_records: u64,
    /// Words that took too many values and are taken for slots since.
    pub exploded_words: u64,
}

/// One template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TemplateRow {
    /// Its lasting name.
    pub template_id: String,
    /// Its records.
    pub count: u64,
    /// Its share of all records (0 to 1).
    pub share: f64,
    /// Its records in an hour, over the whole time of the logs.
    pub per_hour: Option<f64>,
    /// The gravest level of its records, or `none`.
    pub level: String,
    /// Its records by level.
    pub levels: Vec<LevelCount>,
    /// The earliest time, RFC 3339.
    pub first: Option<String>,
    /// The latest time, RFC 3339.
    pub last: Option<String>,
    /// Its records over time.
    pub timeline: Option<TimelineRow>,
    /// Its text with the type of every slot.
    pub template: String,
    /// The template that it shares all but one word with others, where there is one.
    pub parent: Option<String>,
    /// The types of its slots, in the order of the text.
    pub slots: Vec<SlotRow>,
    /// Its first records.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub examples: Vec<ExampleRow>,
}

/// Records over time, in intervals of one length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineRow {
    /// The start of the first interval, RFC 3339.
    #[serde(with = "crate::rfc3339")]
    pub start: Time,
    /// The length of an interval in seconds.
    pub step: f64,
    /// Records in each.
    pub counts: Vec<u64>,
}

/// What is known of the values of a slot. All figures are about a fair sample of the values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SlotRow {
    /// The type of most values.
    #[serde(rename = "type")]
    pub kind: String,
    /// Values looked at.
    pub sampled: u64,
    /// Different values among them.
    pub distinct: u64,
    /// Whether the values are a closed set.
    pub closed: bool,
    /// `rising` or `falling` where numbers only rise or only fall in time.
    pub trend: Option<String>,
    /// The smallest number.
    pub min: Option<f64>,
    /// The number in the middle.
    pub median: Option<f64>,
    /// The greatest number.
    pub max: Option<f64>,
    /// Frequent values; none under redaction or where the name of the slot says that it holds a secret.
    pub top: Vec<ValueRow>,
}

/// A frequent value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ValueRow {
    /// The value.
    pub value: String,
    /// How often it stands in the sample.
    pub count: u64,
}

/// A record of a template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExampleRow {
    /// Its file.
    pub file: String,
    /// Its line.
    pub line: u64,
    /// Its text, without secrets.
    pub text: String,
}

impl TemplateRow {
    /// The row of a template among so many records over so many nanoseconds; without values of slots where
    /// values were removed.
    pub fn of(template: &Template, records: u64, nanos: Option<u64>, values: bool) -> TemplateRow {
        let stats = &template.stats;
        let times = stats.times();
        let (before, _) = shapes(template);
        let slots = template.slots.iter().zip(before);
        TemplateRow {
            template_id: template.id.to_string(),
            count: stats.count(),
            share: if records == 0 { 0.0 } else { stats.count() as f64 / records as f64 },
            per_hour: per_hour(stats.count(), nanos),
            level: stats.gravest().map_or("none", |level| level.name()).to_owned(),
            levels: LevelCount::of(stats),
            first: times.map(|(first, _)| first.to_string()),
            last: times.map(|(_, last)| last.to_string()),
            timeline: TimelineRow::of(stats),
            template: shown(template.text()),
            parent: template.parent.map(|parent| parent.to_string()),
            slots: slots.map(|(slot, before)| SlotRow::of(slot, before, values)).collect(),
            examples: Vec::new(),
        }
    }
}

/// Records in an hour, where there is a time to divide by.
pub fn per_hour(count: u64, nanos: Option<u64>) -> Option<f64> {
    nanos.filter(|nanos| *nanos > 0).map(|nanos| count as f64 * HOUR / nanos as f64)
}

/// The constant text before every slot, and after the last.
fn shapes(template: &Template) -> (Vec<&[u8]>, &[u8]) {
    const HOLE: u8 = 1;
    let mut parts: Vec<&[u8]> = template.raw.split(|byte| *byte == HOLE).collect();
    let last = parts.pop().unwrap_or_default();
    (parts, last)
}

/// What is constant in all lines may be a secret, too.
pub fn shown(text: String) -> String {
    let mut out = Vec::new();
    let masked = logsift_engine::records::redact::mask_secrets(text.as_bytes(), &mut out);
    if masked { String::from_utf8_lossy(&out).into_owned() } else { text }
}

impl TimelineRow {
    /// The records that were counted, over time.
    pub fn of(stats: &Stats) -> Option<TimelineRow> {
        let (start, step, bins) = stats.timeline().bins()?;
        let used = bins.iter().rposition(|count| *count > 0)? + 1;
        let counts = bins.iter().take(used).map(|count| u64::from(*count)).collect();
        Some(TimelineRow { start, step: step as f64 / 1e9, counts })
    }
}

impl SlotRow {
    fn of(slot: &Slot, before: &[u8], values: bool) -> SlotRow {
        let trend = match slot.trend {
            Trend::Mixed => None,
            Trend::Rising => Some("rising".to_owned()),
            Trend::Falling => Some("falling".to_owned()),
        };
        let top = slot.top.iter().filter(|(value, _)| values && !is_secret(before, value));
        let value = |(value, count): &(Vec<u8>, u64)| ValueRow {
            value: String::from_utf8_lossy(value).into_owned(),
            count: *count,
        };
        SlotRow {
            kind: slot.kind.name().to_owned(),
            sampled: slot.sampled,
            distinct: slot.distinct,
            closed: slot.is_closed(),
            trend,
            min: slot.quantile(0.0),
            median: slot.quantile(0.5),
            max: slot.quantile(1.0),
            top: top.map(value).collect(),
        }
    }
}

/// Whether the value is one that must not be shown: alone, or behind the name that stands before it.
fn is_secret(before: &[u8], value: &[u8]) -> bool {
    const NAME: usize = 64;
    let name = before.get(before.len().saturating_sub(NAME)..).unwrap_or_default();
    let mut out = Vec::new();
    logsift_engine::records::redact::mask_secrets(&[name, value].concat(), &mut out)
}

impl From<(Account, u64)> for Mined {
    fn from((account, templates): (Account, u64)) -> Mined {
        Mined {
            records: account.records,
            templates,
            skeletons: account.skeletons,
            forgotten_skeletons: account.forgotten,
            forgotten_records: account.forgotten_records,
            formless_records: account.formless,
            exploded_words: account.exploded,
        }
    }
}
