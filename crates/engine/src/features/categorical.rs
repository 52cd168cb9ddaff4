//! What a record is of in, a number for it out; how rare a value is, is told by the layout.

use super::facts::Facts;
use super::sheet::{Entry, Space, hash};
use super::{Feature, feature};

/// In the order in which they are written.
pub(super) const FEATURES: &[Feature] =
    &[feature("level", "The level as a number: 1 for trace, 8 for the gravest, 0 where there is none.")];

/// How rare the values are, one for each category.
pub(super) const FITTED: &[Feature] = &[
    feature("level_rarity", "How rare the level is in the training, as a natural logarithm, negated."),
    feature("service_rarity", "How rare the service is."),
    feature("host_rarity", "How rare the host is."),
    feature("logger_rarity", "How rare the logger is."),
    feature("status_rarity", "How rare the status is."),
    feature("method_rarity", "How rare the method is."),
];

/// Appends the numbers, and a key for every category; what a record does not say is a value, too.
pub(super) fn push(facts: &Facts<'_>, row: &mut Vec<f32>, entries: &mut Vec<Entry>) {
    let level = facts.level.map_or(0, |level| level as u8 + 1);
    row.push(f32::from(level));
    let text = |text: Option<&[u8]>| text.map_or(0, hash);
    let status = facts.status.map_or(0, f64::to_bits);
    let keys = [
        u64::from(level),
        text(facts.service),
        text(facts.host),
        text(facts.logger),
        status,
        text(facts.method),
    ];
    let entry = |(category, key): (u8, u64)| Entry { space: Space::Category(category), key, value: 1.0 };
    entries.extend((0u8..).zip(keys).map(entry));
}
