//! `serve` with its HTTP face: lines over a socket, a kill, a start, and the same lines are there.

use super::daemon::Daemon;
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
