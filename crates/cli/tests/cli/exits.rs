//! How runs end: exit codes and what is said on standard error.

use super::run::{Folder, IntoRun, Run};

fn scan(words: &[&str]) -> Run {
    let mut all = vec!["scan"];
    all.extend(words);
    Folder::with_logs().run(&all)
}

#[test]
fn what_can_be_read_ends_with_0() {
    let run = scan(&["nginx.log"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn a_missing_path_ends_with_3_and_the_rest_is_read() {
    let run = scan(&["nginx.log", "mising.log"]);
    assert_eq!((run.code, run.stderr.as_str()), (3, ""));
    assert!(
        run.stdout.contains("22 lines") && run.stdout.contains("unreadable  mising.log"),
        "{}",
        run.stdout
    );
    let run = scan(&["nginx.log", "mising.log", "--format", "json"]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.starts_with("logsift: mising.log: "), "{}", run.stderr);
}

#[test]
fn where_nothing_can_be_read_it_ends_with_3_and_says_so() {
    let run = scan(&["mising.log"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    assert!(run.stderr.contains("mising.log: "), "{}", run.stderr);
    assert!(run.stderr.ends_with("logsift: nothing could be read\n"), "{}", run.stderr);
}

#[test]
fn wrong_usage_ends_with_2_and_reads_nothing() {
    for words in [
        &["nginx.log", "--since", "yesterday"][..],
        &["nginx.log", "--tz", "Mars/Olympus"],
        &["nginx.log", "--stream", "[a"],
        &["nginx.log", "--log-format", "no-such-format"],
        &["nginx.log", "--log-format", "{time"],
        &["nginx.log", "--formats", "no-such-folder"],
        &["nginx.log", "-o", "report.xyz"],
        &["nginx.log", "-o", "no/such/folder/report.json"],
        &["nginx.log", "-o", "json.log", "--records", "json.log"],
        &["nginx.log", "--records", "nginx.log"],
        &["nginx.log", "--threads", "0"],
        &["nginx.log", "--format", "pdf"],
        &["nginx.log", "--no-such-flag"],
        &["nginx.log", "-q", "-v"],
        &["-", "--since", "2h"],
        &["empty.log", "--since", "2h"],
    ] {
        let folder = Folder::with_logs();
        folder.write("empty.log", b"");
        let before = folder.read("nginx.log");
        let all: Vec<&str> = ["scan"].iter().chain(words).copied().collect();
        let run = folder.run(&all);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{words:?}: {run:?}");
        assert!(!run.stderr.is_empty());
        assert_eq!(folder.read("nginx.log"), before, "{words:?}");
    }
}

#[test]
fn messages_name_the_value_and_a_way_out() {
    for (name, words) in [
        ("since", &["nginx.log", "--since", "yesterday"][..]),
        ("zone", &["nginx.log", "--tz", "Europe/Brelin"]),
        ("format", &["nginx.log", "--log-format", "no-such-format"]),
        ("extension", &["nginx.log", "-o", "report.xyz"]),
        ("overwrite", &["nginx.log", "--records", "nginx.log"]),
        ("stdin_end", &["-", "--since", "2h"]),
    ] {
        insta::assert_snapshot!(format!("wrong_{name}"), scan(words).stderr);
    }
}

#[test]
fn an_empty_file_is_no_error() {
    let folder = Folder::empty();
    folder.write("empty.log", b"");
    let run = folder.run(&["scan", "empty.log"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("not one line"), "{}", run.stdout);
}

#[test]
fn standard_input_is_read_with_and_without_a_dash() {
    for words in [&["scan", "--no-detect", "-"][..], &["scan", "--no-detect"]] {
        let folder = Folder::with_logs();
        let mut command = folder.logsift(words);
        command.write_stdin(folder.read("logfmt.log"));
        let run = command.into_run();
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.stdout.starts_with("standard input "), "{}", run.stdout);
        assert!(run.stdout.contains("20 lines = 20 records"), "{}", run.stdout);
    }
}

#[test]
fn quiet_says_only_what_went_wrong() {
    let run = scan(&["nginx.log", "-q"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    let run = scan(&["nginx.log", "mising.log", "-q"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    assert!(run.stderr.contains("mising.log"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_a_success_and_silent() {
    let folder = big_folder();
    for words in [&["--records", "-"][..], &["--format", "json"], &["--records", "-", "-o", "a.json"]] {
        let output = run_and_close_the_pipe(&folder, words);
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
    }
    let report: serde_json::Value = serde_json::from_str(&folder.read("a.json")).unwrap();
    assert_eq!(report["totals"]["balance"]["lines"], BIG, "a report that was asked for is whole");
}

#[cfg(unix)]
const BIG: usize = 100_000;

#[cfg(unix)]
fn big_folder() -> Folder {
    let folder = Folder::empty();
    let line = "2024-03-04T09:00:00Z INFO api: a line that is written over and over\n";
    folder.write("big.log", line.repeat(BIG).as_bytes());
    folder
}

#[cfg(unix)]
fn run_and_close_the_pipe(folder: &Folder, words: &[&str]) -> std::process::Output {
    use std::io::Read;
    use std::process::{Command, Stdio};
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("logsift"))
        .current_dir(folder.path())
        .args(["scan", "big.log"])
        .args(words)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdout.take().unwrap().read_exact(&mut [0; 10]).unwrap();
    child.wait_with_output().unwrap()
}
