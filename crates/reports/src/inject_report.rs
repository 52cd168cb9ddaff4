//! Which faults were found that had been put into copies of a log, as `eval inject` tells it.

use serde::{Deserialize, Serialize};

use crate::scan_report::Product;

/// The version of the report's shape.
pub const INJECT_VERSION: u32 = 1;

/// Faults that were injected, and which of them were found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InjectReport {
    /// [`INJECT_VERSION`] of the product that wrote the report.
    pub inject_version: u32,
    /// What wrote the report.
    pub product: Product,
    /// The log.
    pub name: String,
    /// How many records of it were taken.
    pub records: u64,
    /// Days from its first to its last record.
    pub days: f64,
    /// The budget that was asked for.
    pub budget: String,
    /// The seed that the faults were drawn with.
    pub seed: u64,
    /// How many faults were injected, each into a copy of its own.
    pub injected: u64,
    /// How many were found.
    pub found: u64,
    /// The share that was found.
    pub recall: Option<f64>,
    /// Within which the share lies with 95 % confidence.
    pub recall_interval: Option<(f64, f64)>,
    /// In how many copies something new was raised in a time of equal length half a log away: that many may have
    /// been found by chance.
    pub found_elsewhere: u64,
    /// Incidents raised in the log as it is.
    pub alerts: u64,
    /// The same for a day of log time.
    pub alerts_per_day: f64,
    /// What should be known about it.
    pub notes: Vec<String>,
    /// The kinds of faults.
    pub kinds: Vec<InjectedKindRow>,
    /// Larger budgets with which more is found.
    pub budgets: Vec<BudgetRow>,
    /// Every fault.
    pub injections: Vec<InjectionRow>,
}

/// Faults of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InjectedKindRow {
    /// `drop`, `burst`, `reordering`, `new-line`, `value-shift`, `silence`, `level-shift`, `duplicated-step`.
    pub kind: String,
    /// How many were injected.
    pub injected: u64,
    /// How many were found.
    pub found: u64,
    /// The share that was found.
    pub recall: Option<f64>,
    /// Within which the share lies with 95 % confidence.
    pub recall_interval: Option<(f64, f64)>,
    /// Seconds from the beginning of a fault to what was found, in the middle of those found.
    pub median_delay_seconds: Option<f64>,
    /// The least budget that was tried with which nine in ten are found; nothing where none is enough.
    pub needed: Option<String>,
    /// Why none could be injected.
    pub not_possible: Option<String>,
}

/// A budget, what it finds and what it costs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BudgetRow {
    /// The budget.
    pub budget: String,
    /// Faults found.
    pub found: u64,
    /// The share of all faults.
    pub recall: Option<f64>,
    /// Incidents raised in the log as it is.
    pub alerts: u64,
    /// The same for a day of log time.
    pub alerts_per_day: f64,
}

/// One fault.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InjectionRow {
    /// Its kind.
    pub kind: String,
    /// What was done, in words.
    pub what: String,
    /// When it began, RFC 3339.
    pub from: String,
    /// When it ended.
    pub until: String,
    /// How many records were removed, changed or added.
    pub records: u64,
    /// Whether it was found.
    pub found: bool,
    /// The kind of the finding.
    pub found_by: Option<String>,
    /// Seconds from its beginning to what was found.
    pub delay_seconds: Option<f64>,
    /// The least budget that was tried with which it is found.
    pub needed: Option<String>,
    /// Whether something new was raised half a log away from it, too.
    pub found_elsewhere: bool,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;

    /// Two kinds, of which one was always found, and one that could not be injected.
    pub(crate) fn report() -> InjectReport {
        let kind = |kind: &str, found: u64, interval, needed: Option<&str>| InjectedKindRow {
            kind: kind.to_owned(),
            injected: 5,
            found,
            recall: Some(found as f64 / 5.0),
            recall_interval: Some(interval),
            median_delay_seconds: (found > 0).then_some(42.0),
            needed: needed.map(str::to_owned),
            not_possible: None,
        };
        let silence = InjectedKindRow {
            kind: "silence".to_owned(),
            not_possible: Some("it would last more than a tenth of the log".to_owned()),
            ..InjectedKindRow::default()
        };
        let budget = |budget: &str, found: u64, alerts: u64| BudgetRow {
            budget: budget.to_owned(),
            found,
            recall: Some(found as f64 / 10.0),
            alerts,
            alerts_per_day: alerts as f64 / 2.5,
        };
        let injection = |kind: &str, found: bool| InjectionRow {
            kind: kind.to_owned(),
            what: "200 times within a minute: cache miss for {id}".to_owned(),
            from: "2024-03-04T09:12:00Z".to_owned(),
            until: "2024-03-04T09:13:00Z".to_owned(),
            records: 200,
            found,
            found_by: found.then(|| "burst".to_owned()),
            delay_seconds: found.then_some(42.0),
            needed: Some(if found { "5/day" } else { "50/day" }.to_owned()),
            found_elsewhere: !found,
        };
        InjectReport {
            inject_version: INJECT_VERSION,
            product: Product { name: "logsift".to_owned(), version: "0.1.0".to_owned() },
            name: "logs/app.log".to_owned(),
            records: 48_210,
            days: 2.5,
            budget: "5/day".to_owned(),
            seed: 1,
            injected: 10,
            found: 7,
            recall: Some(0.7),
            recall_interval: Some((0.397, 0.892)),
            found_elsewhere: 1,
            alerts: 3,
            alerts_per_day: 1.2,
            notes: vec!["the first 50,000 lines of the log were taken; --lines takes more".to_owned()],
            kinds: vec![
                kind("burst", 5, (0.566, 1.0), Some("5/day")),
                kind("value-shift", 2, (0.118, 0.769), Some("50/day")),
                silence,
            ],
            budgets: vec![budget("5/day", 7, 3), budget("50/day", 10, 19)],
            injections: vec![injection("burst", true), injection("value-shift", false)],
        }
    }
}
