//! `watch`: logs that go on.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::run::{Folder, IntoRun};
use super::writing::{build, service};

/// How long a line may take that is sure to come.
const LONG: Duration = Duration::from_secs(60);

/// The binary while it follows; it is ended when the test does, however it does.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn begin(folder: &Folder, words: &[&str]) -> Watching {
        let mut command = Command::new(env!("CARGO_BIN_EXE_logsift"));
        command.args(words).current_dir(folder.path()).env("TZ", "UTC").env("NO_COLOR", "1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let lines = lines_of(child.stdout.take().unwrap());
        Watching { child, lines }
    }

    /// Waits for a line that says that.
    fn wait_for(&self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(LONG).unwrap_or_else(|_| panic!("no line says `{text}`"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Stops it as a service manager does, and gives the lines that were left.
    #[cfg(unix)]
    fn stop(mut self) -> (Option<i32>, Vec<String>) {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        let code = self.child.wait().unwrap().code();
        (code, self.lines.iter().collect())
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines_of(out: ChildStdout) -> Receiver<String> {
    let (send, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn append(folder: &Folder, name: &str, text: &str) {
    let file = OpenOptions::new().append(true).create(true).open(folder.path().join(name));
    file.unwrap().write_all(text.as_bytes()).unwrap();
}

/// The findings that were raised: what they are about and where.
fn raised(ndjson: &str) -> Vec<(String, u64, String)> {
    let rows = ndjson.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let raised = rows.filter(|row| row["type"].is_null() && row["incident_id"].is_string());
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    raised
        .map(|row| (text(&row, "kind"), row["line"].as_u64().unwrap_or(0), text(&row, "incident_id")))
        .collect()
}

#[test]
fn standard_input_gives_what_a_scan_gives() {
    let mut crash = service(1, false);
    crash.push_str("2024-05-01 10:00:30 ERROR segmentation fault (core dumped) in worker-3\n");
    for text in [build(2, true), crash, service(2, true)] {
        let folder = Folder::empty();
        folder.write("app.log", text.as_bytes());
        let mut command = folder.logsift(&["watch", "-", "--format", "ndjson"]);
        command.write_stdin(text);
        let run = command.into_run();
        assert_eq!(run.code, 0, "{run:?}");
        let (told, scanned) =
            (raised(&run.stdout), raised(&folder.run(&["scan", "app.log", "--format", "ndjson"]).stdout));
        // Of every incident at least one finding is told; each that is told is one of the scan.
        for (kind, line, incident) in &scanned {
            let known = |(_, line, _): &(String, u64, String)| {
                scanned.iter().any(|(_, other, of)| of == incident && other == line)
            };
            assert!(told.iter().any(known), "{kind} at line {line} of {incident}: {told:?}");
        }
        for (kind, line, _) in &told {
            assert!(scanned.iter().any(|(_, other, _)| other == line), "{kind} at line {line}: {scanned:?}");
        }
    }
}

/// Blocks of four steps, one begun each minute, with three minutes from step to step. The odd one lacks its third.
fn slow_blocks(blocks: usize, odd: usize) -> Vec<String> {
    let steps = ["opened for reading", "read from disk", "checksum verified", "closed by client"];
    let mut lines = Vec::new();
    for minute in 0..blocks {
        let (day, hour, minute_of) = (1 + minute / 1440, minute / 60 % 24, minute % 60);
        let begun = steps
            .iter()
            .enumerate()
            .filter_map(|(nth, step)| Some((minute.checked_sub(3 * nth)?, nth, step)));
        for (block, nth, step) in begun.filter(|(block, nth, _)| !(*block == odd && *nth == 2)) {
            let second = 7 * nth + block % 5;
            lines.push(format!(
                "2026-03-{day:02} {hour:02}:{minute_of:02}:{second:02} INFO blk_77{block:08} {step}\n"
            ));
        }
    }
    lines
}

#[cfg(unix)]
#[test]
fn sessions_are_judged_when_they_are_over() {
    let folder = Folder::empty();
    let lines = slow_blocks(3000, 2900);
    let (first, rest) = lines.split_at(11_202);
    append(&folder, "app.log", &first.concat());
    let words = ["watch", "app.log", "--format", "ndjson", "--budget", "50/day"];
    let watching = Watching::begin(&folder, &words);
    for part in rest.chunks(131) {
        thread::sleep(Duration::from_millis(600));
        append(&folder, "app.log", &part.concat());
    }
    let of_session = |line: &String| line.contains(" sessions, first blk_");
    let first = std::iter::from_fn(|| watching.lines.recv_timeout(LONG).ok()).find(of_session).unwrap();
    assert!(first.contains("first blk_7700002900") && first.contains("broken-order"), "{first}");
    let (code, left) = watching.stop();
    assert_eq!((code, left.iter().filter(|line| of_session(line)).count()), (Some(0), 0), "{left:?}");
}

#[cfg(unix)]
#[test]
fn a_file_is_followed_over_rotation_and_truncation() {
    let folder = Folder::empty();
    append(&folder, "app.log", &service(1, false));
    let watching = Watching::begin(&folder, &["watch", "app.log", "--only-new"]);
    thread::sleep(Duration::from_millis(1500));
    append(&folder, "app.log", "2024-05-01 10:01:00 ERROR segmentation fault (core dumped) in worker-3\n");
    let line = watching.wait_for("segmentation fault");
    assert!(line.starts_with("2024-05-01 10:01:00Z CRITICAL app.log:2401 "), "{line}");
    std::fs::rename(folder.path().join("app.log"), folder.path().join("app.log.1")).unwrap();
    append(&folder, "app.log", "2024-05-01 10:05:00 FATAL kernel panic - not syncing: hung task\n");
    watching.wait_for("app.log:1 kernel panic");
    // Truncated under its writer, as copytruncate does it.
    std::fs::write(folder.path().join("app.log"), "").unwrap();
    thread::sleep(Duration::from_millis(800));
    append(&folder, "app.log", "2024-05-01 10:09:00 ERROR out of memory: killed process 77 (java)\n");
    watching.wait_for("out of memory");
    let (code, rest) = watching.stop();
    assert_eq!(code, Some(0));
    assert!(!rest.iter().any(|line| line.contains("CRITICAL")), "nothing is told twice: {rest:?}");
}

#[cfg(unix)]
#[test]
fn the_state_is_kept_and_gone_on_from() {
    let folder = Folder::empty();
    append(&folder, "app.log", &service(1, false));
    append(
        &folder,
        "app.log",
        "2024-05-01 10:01:00 ERROR segmentation fault (core dumped) in worker-3\nhalf a li",
    );
    let watching = Watching::begin(&folder, &["watch", "app.log", "--state", "kept"]);
    watching.wait_for("segmentation fault");
    assert_eq!(watching.stop().0, Some(0));
    let known = folder.run(&["model", "verify", "kept/watch.model"]);
    assert!(known.stdout.contains("2,401 records"), "{known:?}");
    append(&folder, "app.log", "ne\n2024-05-01 10:02:00 FATAL kernel panic - not syncing: hung task\n");
    let watching = Watching::begin(&folder, &["watch", "app.log", "--state", "kept"]);
    watching.wait_for("app.log:2403 kernel panic");
    let (_, rest) = watching.stop();
    assert!(!rest.iter().any(|line| line.contains("segmentation")), "{rest:?}");
    let known = folder.run(&["model", "verify", "kept/watch.model"]);
    assert!(known.stdout.contains("2,403 records") && known.stdout.contains("2 parts"), "{known:?}");
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let folder = Folder::empty();
    let run = folder.run(&["watch", "absent.log"]);
    assert!(run.code == 3 && run.stderr.contains("nothing to follow"), "{run:?}");
    folder.write("app.log", b"x\n");
    assert_eq!(folder.run(&["watch"]).code, 2);
    let run = folder.run(&["watch", "app.log", "--since", "2h"]);
    assert!(run.code == 2 && run.stderr.contains("has no end to count back from"), "{run:?}");
    folder.write("kept/watch.model", b"no model");
    let run = folder.run(&["watch", "app.log", "--state", "kept"]);
    assert!(matches!(run.code, 2..=4) && run.stderr.contains("watch.model"), "{run:?}");
}
