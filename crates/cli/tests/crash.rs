//! A daemon that is killed again and again, beside one that is not: the same lines, counts and incidents.
//!
//! A process that is killed loses nothing that the system has already; what a power cut loses is tried in the journal's
//! own tests. Here it is tried that lines and positions are one unit, whatever is being done when the end comes.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::CommandCargoExt;

const KILLS: u64 = 20;
/// Lines written between two kills.
const LINES: u64 = 400;
/// Epochs end some times on the way.
const EPOCH: &str = "200000";
const PATIENCE: Duration = Duration::from_secs(120);

/// A line of a service, and now and then of one in trouble. Each session is opened, reads and is closed, a few twice.
fn line(number: u64) -> String {
    let (minute, second, milli) = (number / 600, number / 10 % 60, number % 10 * 100);
    let time = format!("2026-01-15T10:{minute:02}:{second:02}.{milli:03}Z");
    let trouble = (3000..3400).contains(&number) || (7000..7200).contains(&number);
    match number % 5 {
        0 if trouble => format!("{time} ERROR out of memory: worker of db-{} was killed", number % 3),
        0 | 1 => format!("{time} INFO request {number} served in {} ms", number * 7 % 50),
        2 => format!("{time} INFO session ses_{:08} opened", number / 5),
        3 => format!("{time} WARN session ses_{:08} missed item {}", number / 5, number % 97),
        _ if (4500..4800).contains(&number) => {
            format!("{time} INFO session ses_{:08} opened", number / 5)
        }
        _ => format!("{time} INFO session ses_{:08} closed", number / 5),
    }
}

fn daemon(folder: &Path) -> Child {
    Command::cargo_bin("logsift")
        .unwrap()
        .args(["serve", "app.log", "--state", "state", "--epoch", EPOCH, "--no-listen"])
        .args(["--budget", "1000/day"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(OpenOptions::new().create(true).append(true).open(folder.join("errors")).unwrap())
        .spawn()
        .unwrap()
}

fn state(folder: &Path, words: &[&str]) -> String {
    let mut command = Command::cargo_bin("logsift").unwrap();
    command.args(["state"]).args(words).args(["--state", "state"]).current_dir(folder);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// Waits until so many lines are kept.
fn wait_for(folder: &Path, lines: usize) -> String {
    let begun = Instant::now();
    loop {
        let found = state(folder, &["export", "--lines"]);
        if found.lines().count() >= lines || begun.elapsed() > PATIENCE {
            return found;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Asks it to stop, and waits until it has.
fn stop(mut daemon: Child) {
    let asked = Command::new("kill").args(["-TERM", &daemon.id().to_string()]).status().unwrap();
    assert!(asked.success());
    let begun = Instant::now();
    let ended = daemon.wait().unwrap();
    assert!(ended.success(), "{ended}");
    assert!(begun.elapsed() < Duration::from_secs(60), "it took {:?}", begun.elapsed());
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn twenty_kills_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("app.log");
    let mut expected = String::new();
    for kill in 0..KILLS {
        let mut daemon = daemon(folder.path());
        let mut pieces = String::new();
        for number in kill * LINES..(kill + 1) * LINES {
            writeln!(pieces, "{}", line(number)).unwrap();
        }
        expected.push_str(&pieces);
        // Half of it at once, then a rotation, then the rest; sometimes a line comes in two halves over the kill.
        let cut = pieces.len() / 2 + (kill as usize % 3) * 11;
        append(&log, &pieces[..cut]);
        if kill == 0 {
            // What is rotated away before anybody has looked at the log is nothing that is promised.
            wait_for(folder.path(), 1);
        }
        std::thread::sleep(Duration::from_millis(kill * 37 % 400));
        if kill % 4 == 3 {
            fs::rename(&log, folder.path().join("app.log.1")).unwrap();
            append(&folder.path().join("app.log.1"), &pieces[cut..]);
            append(&log, "");
        } else {
            append(&log, &pieces[cut..]);
        }
        std::thread::sleep(Duration::from_millis(kill * 53 % 300));
        daemon.kill().unwrap();
        daemon.wait().unwrap();
    }
    let last = daemon(folder.path());
    let found = wait_for(folder.path(), (KILLS * LINES) as usize);
    stop(last);
    let errors = fs::read_to_string(folder.path().join("errors")).unwrap();
    assert!(found == expected, "{} lines instead of {}; {errors}", found.lines().count(), KILLS * LINES);
    assert!(!errors.contains("panicked"), "{errors}");

    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("app.log"), &expected).unwrap();
    let once = daemon(other.path());
    wait_for(other.path(), (KILLS * LINES) as usize);
    stop(once);
    let (killed, quiet) = (state(folder.path(), &["export"]), state(other.path(), &["export"]));
    assert!(killed.contains("\"incident\""), "there should be something to compare: {killed}");
    assert!(killed.contains("broken-order"), "there should be sessions to compare: {killed}");
    assert_eq!(killed, quiet);
    assert_eq!(state(folder.path(), &["check"]), "");
}
