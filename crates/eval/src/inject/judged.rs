//! The report of a scan in, what it raised out; and whether a fault is among it.

use std::collections::HashSet;

use logsift_engine::records::time::Time;
use logsift_reports::ScanReport;
use logsift_reports::detection::FindingRow;

use super::faults::Fault;

/// Seconds around a fault that still belong to it.
const AROUND: f64 = 60.0;

/// What a scan raised.
pub(super) struct Raised {
    /// How many incidents.
    pub(super) incidents: usize,
    findings: Vec<Finding>,
    /// Seconds that an interval is long.
    interval: f64,
}

struct Finding {
    /// What it is about, equal in every scan of the same records.
    about: String,
    kind: String,
    time: f64,
}

/// How a fault was found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    /// The kind of the first finding.
    pub(super) kind: String,
    /// Seconds from the beginning of the fault to it.
    pub(super) delay: f64,
}

impl Raised {
    /// What the report raises.
    pub(super) fn of(report: &ScanReport) -> Raised {
        let Some(detection) = &report.detection else {
            return Raised { incidents: 0, findings: Vec::new(), interval: AROUND };
        };
        let raised = detection.findings.iter().filter(|finding| finding.incident_id.is_some());
        Raised {
            incidents: detection.incidents.len(),
            findings: raised.filter_map(finding).collect(),
            interval: detection.volume.step_seconds as f64,
        }
    }

    /// The first finding within the time of the fault that the log as it is does not give.
    pub(super) fn verdict(&self, fault: &Fault, unchanged: &Raised) -> Option<Verdict> {
        // A finding has the time of its interval, which may have begun before the fault.
        let (from, until) = (fault.from - self.interval.max(AROUND), fault.until + AROUND);
        let known: HashSet<&str> = unchanged.findings.iter().map(|finding| finding.about.as_str()).collect();
        let of_fault = |finding: &&Finding| {
            let inside = finding.time >= from && finding.time <= until;
            inside && !known.contains(finding.about.as_str())
        };
        let first =
            self.findings.iter().filter(of_fault).min_by(|one, other| one.time.total_cmp(&other.time))?;
        Some(Verdict { kind: first.kind.clone(), delay: (first.time - fault.from).max(0.0) })
    }
}

fn finding(row: &FindingRow) -> Option<Finding> {
    let time = row.time.as_deref()?;
    let about = [
        row.kind.as_str(),
        row.template.as_deref().unwrap_or_default(),
        row.stream.as_deref().unwrap_or_default(),
        row.session.as_deref().unwrap_or_default(),
        time,
    ];
    Some(Finding { about: about.join("\n"), kind: row.kind.clone(), time: seconds(time)? })
}

/// Seconds since 1970 of an RFC 3339 time in UTC, as reports have it.
fn seconds(time: &str) -> Option<f64> {
    crate::times::seconds_of(time)
}

/// A time as reports have it.
pub(super) fn time(seconds: f64) -> String {
    Time::from_nanos((seconds * 1e9) as i64).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::copy::Changes;
    use super::super::faults::FaultKind;
    use super::*;

    fn raised(findings: &[(&str, f64)]) -> Raised {
        let finding = |(about, time): &(&str, f64)| Finding {
            about: format!("{about}{time}"),
            kind: (*about).to_owned(),
            time: *time,
        };
        Raised { incidents: 1, findings: findings.iter().map(finding).collect(), interval: 60.0 }
    }

    #[test]
    fn what_is_raised_in_any_case_proves_nothing() {
        let (kind, what, changes) = (FaultKind::Burst, String::new(), Changes::default());
        let fault = Fault { kind, what, from: 1000.0, until: 1100.0, changes };
        let unchanged = raised(&[("a", 1050.0)]);
        let verdict = |findings: &[(&str, f64)]| raised(findings).verdict(&fault, &unchanged);
        assert_eq!(verdict(&[("a", 1050.0)]), None);
        assert_eq!(verdict(&[("a", 1050.0), ("b", 900.0), ("b", 1200.0)]), None, "neither before nor after");
        let found = verdict(&[("c", 1090.0), ("b", 1030.0)]).unwrap();
        assert_eq!((found.kind.as_str(), found.delay), ("b", 30.0));
        assert_eq!(verdict(&[("b", 950.0)]).unwrap().delay, 0.0, "its interval has begun before");
    }

    #[test]
    fn times_come_back() {
        assert_eq!(seconds(&time(1_709_546_400.5)), Some(1_709_546_400.5));
    }
}
