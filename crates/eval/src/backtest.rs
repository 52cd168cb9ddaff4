//! The report of a scan in, the same told day by day out: what would have been raised, and what held.

use std::collections::BTreeMap;

use logsift_engine::records::time::{civil_from_days, days_from_civil};
use logsift_reports::ScanReport;
use logsift_reports::backtest_report::{BACKTEST_VERSION, BacktestReport, DayRow, RaisedRow};

use crate::error::EvalError;

/// Days at most: a stamp that was read wrongly must not make a report of a million days.
const MOST_DAYS: i64 = 36_525;

/// Sorts what was raised and held into the days of the log.
pub fn backtest(report: &ScanReport) -> Result<BacktestReport, EvalError> {
    let detection = report.detection.as_ref();
    let (Some(detection), Some(range)) = (detection, &report.totals.time) else {
        let hint = "a backtest goes day by day, so records need times";
        return Err(EvalError::unsuited("no record has a time", hint));
    };
    let mut days = days(&range.first.to_string(), &range.last.to_string())?;
    let mut incidents: Vec<_> = detection.incidents.iter().collect();
    incidents.sort_by(|one, other| one.start.cmp(&other.start).then(one.id.cmp(&other.id)));
    for incident in incidents {
        let start = incident.start.clone().unwrap_or_default();
        let Some(day) = start.get(..10).and_then(|day| days.get_mut(day)) else { continue };
        day.raised += 1;
        day.incidents.push(RaisedRow {
            id: incident.id.clone(),
            start,
            severity: incident.severity.clone(),
            title: incident.title.clone(),
        });
    }
    let held: Vec<_> = detection.findings.iter().filter(|finding| finding.held.is_some()).collect();
    for finding in &held {
        let day = finding.time.as_ref().and_then(|time| days.get_mut(time.get(..10)?));
        day.into_iter().for_each(|day| day.held += 1);
    }
    let days: Vec<DayRow> = days.into_values().collect();
    let budget = &detection.budget;
    Ok(BacktestReport {
        backtest_version: BACKTEST_VERSION,
        product: report.product.clone(),
        names: report.inputs.iter().map(|input| input.name.clone()).collect(),
        budget: budget.asked.clone(),
        raised: detection.incidents.len() as u64,
        held: held.len() as u64 + detection.held_beyond,
        raised_per_day: detection.incidents.len() as f64 / days.len().max(1) as f64,
        most_in_a_day: days.iter().map(|day| day.raised).max().unwrap_or(0),
        quiet_days: days.iter().filter(|day| day.raised == 0).count() as u64,
        days,
    })
}

/// Every day from the first to the last, by its name.
fn days(first: &str, last: &str) -> Result<BTreeMap<String, DayRow>, EvalError> {
    let (Some(from), Some(to)) = (number(first), number(last)) else {
        return Err(EvalError::unsuited("the times of the log are not those of a calendar", "give --tz"));
    };
    if to - from >= MOST_DAYS {
        let reason = format!("the log says it goes from {first} to {last}");
        return Err(EvalError::unsuited(reason, "choose its days with --since and --until"));
    }
    let row = |day: i64| {
        let (year, month, day) = civil_from_days(day);
        let day = format!("{year:04}-{month:02}-{day:02}");
        (day.clone(), DayRow { day, ..DayRow::default() })
    };
    Ok((from..=to).map(row).collect())
}

/// The number of the day of an RFC 3339 time.
fn number(time: &str) -> Option<i64> {
    let (year, month) = (time.get(..4)?.parse().ok()?, time.get(5..7)?.parse().ok()?);
    Some(days_from_civil(year, month, time.get(8..10)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_go_on_through_months_and_have_an_end() {
        let names = |first: &str, last: &str| -> Vec<String> {
            days(first, last).map(|days| days.into_keys().collect()).unwrap_or_default()
        };
        assert_eq!(
            names("2024-02-28T23:59:59Z", "2024-03-01T00:00:00Z"),
            ["2024-02-28", "2024-02-29", "2024-03-01"]
        );
        assert_eq!(names("2024-02-28T00:00:00Z", "2024-02-28T00:00:00Z"), ["2024-02-28"]);
        assert!(days("1970-01-01T00:00:00Z", "2200-01-01T00:00:00Z").is_err());
        assert!(days("", "2200-01-01T00:00:00Z").is_err());
    }
}
