//! Alerts at work in a folder of their own.

use std::time::{Duration, Instant};

use logsift_alerts::notice::Change;
use logsift_alerts::service::Service;
use logsift_alerts::settings::Alerts;
use logsift_reports::detection::IncidentRow;
use tempfile::TempDir;

pub(crate) struct Work {
    pub(crate) service: Service,
    folder: TempDir,
}

pub(crate) fn settings(channels: serde_json::Value) -> Alerts {
    let document = serde_json::json!({
        "channels": channels,
        "budget": "none",
        "limits": { "per_minute": 1000, "per_hour": 10_000, "all_per_minute": 2000 },
        "retry": { "first": "50ms", "longest": "200ms", "timeout": "2s" },
    });
    let settings: Alerts = serde_json::from_value(document).unwrap();
    assert_eq!(settings.faults(), []);
    settings
}

pub(crate) fn incident(fingerprint: &str) -> Change {
    let incident = IncidentRow {
        fingerprint: fingerprint.to_owned(),
        title: format!("trouble {fingerprint}"),
        severity: "high".to_owned(),
        start: Some("2024-03-04T09:00:00Z".to_owned()),
        streams: vec!["web".to_owned()],
        kinds: vec!["new-template".to_owned()],
        records: 3,
        ..IncidentRow::default()
    };
    Change { incident, open: true, ..Change::default() }
}

impl Work {
    pub(crate) fn start(channels: serde_json::Value) -> Work {
        let folder = tempfile::tempdir().unwrap();
        let service = Service::start(&settings(channels), folder.path(), false).unwrap();
        Work { service, folder }
    }

    pub(crate) fn tell(&self, fingerprints: &[&str]) {
        let changes: Vec<Change> = fingerprints.iter().map(|fingerprint| incident(fingerprint)).collect();
        self.service.tell(&changes).unwrap();
    }

    /// Everything is delivered within so long.
    pub(crate) fn sent_within(&self, longest: Duration) {
        assert!(self.service.drain(longest), "{:?}", self.service.outbox().list(None, 100));
    }

    pub(crate) fn stop(self) -> TempDir {
        self.service.stop(Duration::from_secs(1));
        self.folder
    }
}

/// Waits until something holds.
pub(crate) fn until(longest: Duration, what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + longest;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
