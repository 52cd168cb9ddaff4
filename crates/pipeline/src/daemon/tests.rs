//! The daemon as whoever works with it sees it.

use std::time::Duration;

use logsift_engine::findings::Budget;
use logsift_engine::model::Redaction;
use logsift_engine::reader;
use logsift_engine::windows::TimelineSettings;

use super::*;
use crate::detection::{Detecting, HELD_LISTED};

const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn settings(state: &std::path::Path) -> DaemonSettings {
    DaemonSettings {
        state: state.to_owned(),
        sources: Vec::new(),
        reader: reader::Settings::default(),
        redaction: Redaction::None,
        detecting: Detecting {
            budget: Budget::PerDay(5.0),
            budget_words: "5/day".to_owned(),
            sensitivity: 1.0,
            known: None,
            session: None,
            all_sessions: false,
            deploys: Vec::new(),
            timeline: TimelineSettings::default(),
            baseline: None,
            held_listed: HELD_LISTED,
        },
        limits: Limits::default(),
        retention: Retention::default(),
    }
}

fn push(text: &str) -> Push {
    Push { source: "push/text".to_owned(), lines: text.as_bytes().to_vec(), ..Push::default() }
}

#[test]
fn what_was_answered_is_there_after_a_start() {
    let state = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(settings(state.path())).unwrap();
    let handle = daemon.handle();
    handle.push(push("one\ntwo")).unwrap().wait().unwrap();
    handle.push(push("three\n")).unwrap().wait().unwrap();
    assert!(handle.settle(PATIENCE));
    let status = handle.status();
    assert_eq!((status.lines.came_in, status.lines.processed, status.lines.in_flight), (3, 3, 0));
    assert!(matches!(
        Daemon::start(settings(state.path())),
        Err(StartError::State(StoreError::InUse { .. }))
    ));
    daemon.stop();
    let daemon = Daemon::start(settings(state.path())).unwrap();
    assert!(daemon.handle().settle(PATIENCE));
    let status = daemon.handle().status();
    assert_eq!((status.lines.came_in, status.lines.processed), (3, 3));
    assert_eq!((status.sources[0].name.as_str(), status.sources[0].lines), ("push/text", 3));
    daemon.stop();
}

#[test]
fn lines_can_be_judged_without_being_kept() {
    let state = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(settings(state.path())).unwrap();
    let lines =
        "2026-01-01T00:00:00Z INFO all is well\n2026-01-01T00:00:01Z ERROR out of memory: killed process 7\n";
    let verdicts = daemon.handle().detect(lines.as_bytes());
    let anomalous: Vec<bool> = verdicts.iter().map(|verdict| verdict.anomalous).collect();
    assert_eq!(anomalous, [false, true]);
    assert_eq!(daemon.handle().status().lines.came_in, 0);
    daemon.stop();
}
