//! `serve` with its HTTP face: lines over a socket, a kill, a start, and the same lines are there.

use std::time::{Duration, Instant};

use super::daemon::{Daemon, PATIENCE};
use super::run::Folder;

#[test]
fn what_was_answered_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::start(folder.path(), &[]);
    let lines = "2026-11-21T10:00:00Z INFO one\n2026-11-21T10:00:01Z INFO two\n";
    assert!(daemon.post("/ingest?app=shop", lines).starts_with("HTTP/1.1 204"));
    daemon.kill();
    let daemon = Daemon::start(folder.path(), &[]);
    daemon.wait_for(2);
    assert!(daemon.post("/ingest?app=shop", "2026-11-21T10:00:02Z INFO three\n").starts_with("HTTP/1.1 204"));
    daemon.wait_for(3);
    assert!(daemon.get("/").ends_with("{\"status\":\"Log Anomaly Detection API running\"}"));
}

#[test]
fn sessions_are_looked_at_by_default() {
    let line = |nth: u32| {
        let (step, second) = (["opened", "read", "closed"][nth as usize % 3], nth % 60);
        format!("2026-11-21T10:{:02}:{second:02}Z INFO req_{:06} {step}\n", nth / 60 % 60, nth / 3)
    };
    let state = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(state.path(), &[]);
    let lines: String = (0..9000).map(line).collect();
    assert!(daemon.post("/ingest?app=shop", &lines).starts_with("HTTP/1.1 204"));
    let since = Instant::now();
    let of_sessions = |metrics: &str| {
        let name = "logsift_memory_bytes{part=\"sessions\"} ";
        let bytes = metrics.lines().find_map(|line| line.strip_prefix(name));
        bytes.map_or(0.0, |bytes| bytes.parse::<f64>().unwrap())
    };
    // Memory is counted now and then, as long as lines come.
    for nth in 9000.. {
        let metrics = daemon.get("/metrics");
        if of_sessions(&metrics) > 100_000.0 {
            break;
        }
        assert!(since.elapsed() < PATIENCE, "{metrics}");
        assert!(daemon.post("/ingest?app=shop", &line(nth)).starts_with("HTTP/1.1 204"));
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn other_machines_need_a_token() {
    let folder = Folder::empty();
    let run = folder.run(&["serve", "--state", "state", "--listen", "0.0.0.0:0"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("no token is asked for") && run.stderr.contains("logsift token new"),
        "{}",
        run.stderr
    );
    let run = folder.run(&["serve", "--state", "state", "--tokens", "none"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("cannot read the tokens in `none`"), "{}", run.stderr);
}

#[test]
fn a_new_token_has_a_line_and_a_secret() {
    let run = Folder::empty().run(&["token", "new", "ops", "--role", "admin"]);
    let words: Vec<&str> = run.stdout.split_whitespace().collect();
    assert_eq!((run.code, words.len(), words[..2].to_vec()), (0, 3, vec!["ops", "admin"]));
    assert_eq!(words[2].len(), 64);
    assert!(run.stderr.contains("lst_") && !run.stdout.contains("lst_"), "{}", run.stderr);
    assert_eq!(Folder::empty().run(&["token", "new", "a b"]).code, 2);
}
