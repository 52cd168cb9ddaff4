//! What a scan would have raised, day by day of log time, as `eval backtest` tells it.

use serde::{Deserialize, Serialize};

use crate::scan_report::Product;

/// The version of the report's shape.
pub const BACKTEST_VERSION: u32 = 1;

/// What would have been raised over the past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BacktestReport {
    /// [`BACKTEST_VERSION`] of the product that wrote the report.
    pub backtest_version: u32,
    /// What wrote the report.
    pub product: Product,
    /// What was read.
    pub names: Vec<String>,
    /// The budget that was asked for.
    pub budget: String,
    /// Incidents raised.
    pub raised: u64,
    /// Findings held, whatever for.
    pub held: u64,
    /// Incidents raised for each day between the first and the last.
    pub raised_per_day: f64,
    /// Incidents of the day with the most of them.
    pub most_in_a_day: u64,
    /// Days without any.
    pub quiet_days: u64,
    /// Every day between the first and the last.
    pub days: Vec<DayRow>,
}

/// A day of log time, in UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRow {
    /// `2024-03-04`.
    pub day: String,
    /// Incidents that began on it and would have been raised.
    pub raised: u64,
    /// Findings of that day that would have been held.
    pub held: u64,
    /// The incidents, in the order in which they began.
    pub incidents: Vec<RaisedRow>,
}

/// An incident that would have been raised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaisedRow {
    /// Its id in a scan of the same logs.
    pub id: String,
    /// When it began.
    pub start: String,
    /// `low`, `medium`, `high`, `critical`.
    pub severity: String,
    /// What happened, in one line.
    pub title: String,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;

    /// Three days, the second of which was quiet.
    pub(crate) fn report() -> BacktestReport {
        let incident = |id: &str, start: &str, severity: &str, title: &str| RaisedRow {
            id: id.to_owned(),
            start: start.to_owned(),
            severity: severity.to_owned(),
            title: title.to_owned(),
        };
        let first = vec![
            incident("inc-2", "2024-03-04T09:12:00Z", "medium", "`cache miss for {id}` 40 times as often"),
            incident("inc-1", "2024-03-04T17:40:00Z", "critical", "the pool of connections ran empty"),
        ];
        let day = |day: &str, held, incidents: Vec<RaisedRow>| DayRow {
            day: day.to_owned(),
            raised: incidents.len() as u64,
            held,
            incidents,
        };
        let last = vec![incident("inc-3", "2024-03-06T00:00:05Z", "low", "silence for 4 hours")];
        BacktestReport {
            backtest_version: BACKTEST_VERSION,
            product: Product { name: "logsift".to_owned(), version: "0.1.0".to_owned() },
            names: vec!["logs/app.log".to_owned()],
            budget: "5/day".to_owned(),
            raised: 3,
            held: 1240,
            raised_per_day: 1.0,
            most_in_a_day: 2,
            quiet_days: 1,
            days: vec![
                day("2024-03-04", 1200, first),
                day("2024-03-05", 0, Vec::new()),
                day("2024-03-06", 40, last),
            ],
        }
    }
}
