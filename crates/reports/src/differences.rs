//! What a target has that its baseline had not, as users store it: the part of a report that `diff` adds.
//!
//! Plain data with every figure ready to print. Rows of counts are those of `templates diff`.

use serde::{Deserialize, Serialize};

use crate::templates_diff::{DiffRow, Side};

/// What differs between a baseline and a target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Differences {
    /// What is known to be good.
    pub baseline: Side,
    /// What is compared with it.
    pub target: Side,
    /// Which streams were compared with which.
    pub streams: Vec<MatchRow>,
    /// Templates that only the target has: those that speak of failure first, the worst first; then in the order in
    /// which they came.
    pub new: Vec<NewRow>,
    /// Templates that only the baseline has, the most frequent first.
    pub gone: Vec<DiffRow>,
    /// Templates whose share has at least doubled, the clearest first. A is the baseline, B the target.
    pub more: Vec<DiffRow>,
    /// Templates whose share has at least halved, the clearest first.
    pub less: Vec<DiffRow>,
    /// Durations that have grown, all of them or a part, by more than chance explains, those that grew most first.
    pub slower: Vec<SlowerRow>,
    /// Slots with values that the baseline never had, the clearest first.
    pub values: Vec<ValuesRow>,
    /// Templates of both without a clear change of their share.
    pub unchanged: u64,
}

/// A stream of the target and what it was compared with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MatchRow {
    /// The stream of the target, or what its streams are called together.
    pub target: String,
    /// Streams of the baseline.
    pub baseline: Vec<String>,
    /// Why these: `name`, `kind` (but for numbers and folders the names are equal), `all` (nothing of the baseline has
    /// such a name, so everything is compared with everything), `none`.
    pub by: String,
}

/// A template that only the target has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NewRow {
    /// Its lasting name.
    pub template_id: String,
    /// The gravest level of its records, or `none`.
    pub level: String,
    /// Its records.
    pub count: u64,
    /// Its share of the records of the target (0 to 1).
    pub share: f64,
    /// Its text with the type of every slot.
    pub template: String,
    /// How much its words and level speak of failure: 0 not at all, 3 and more clearly.
    pub failure: f64,
    /// The words that speak of it.
    pub words: Vec<String>,
    /// The file or entry of the first record.
    pub file: Option<String>,
    /// Its line, counted from 1.
    pub line: Option<u64>,
    /// When, RFC 3339.
    pub time: Option<String>,
    /// The record as it stands in the log.
    pub message: Option<String>,
    /// Lines before it.
    pub before: Vec<String>,
    /// Lines after it.
    pub after: Vec<String>,
}

/// A duration that has grown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SlowerRow {
    /// The template.
    pub template_id: String,
    /// Its text with the type of every slot.
    pub template: String,
    /// The slot, counted from 0.
    pub slot: u64,
    /// What its numbers are in: `ms`, `s`, or nothing where it is not said.
    pub unit: String,
    /// On the side of the baseline.
    pub a: Spread,
    /// On the side of the target.
    pub b: Spread,
    /// By which factor the median has grown, or what nine of ten are below, if that has grown more.
    pub factor: f64,
    /// The chance of such a shift when nothing has changed, corrected for the number of slots that were compared.
    pub p_value: f64,
}

/// Where the numbers of a slot lie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// How many numbers were looked at.
    pub sampled: u64,
    /// Half of them are below.
    pub median: f64,
    /// Nine of ten are below.
    pub p90: f64,
    /// The greatest.
    pub greatest: f64,
}

/// A slot with values that the baseline never had.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ValuesRow {
    /// The template.
    pub template_id: String,
    /// Its text with the type of every slot.
    pub template: String,
    /// The slot, counted from 0.
    pub slot: u64,
    /// The type of its values.
    pub kind: String,
    /// `new` values of a closed set, or numbers `above` or `below` all before.
    pub what: String,
    /// Values of the baseline, the most frequent first, or its smallest and greatest number.
    pub known: Vec<String>,
    /// Values that only the target has, or its numbers farthest out.
    pub new: Vec<String>,
    /// The share of the target's values that are new (0 to 1).
    pub share: f64,
    /// The chance of such values when nothing has changed, corrected for the number of slots that were compared.
    pub p_value: f64,
}

impl Differences {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        let rows = [self.new.len(), self.gone.len(), self.more.len(), self.less.len(), self.slower.len()];
        rows.iter().sum::<usize>() + self.values.len() == 0
    }
}

#[cfg(test)]
pub(crate) mod sample;
