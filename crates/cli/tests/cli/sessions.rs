//! `--session-scores` and `--session`: what belongs together, and which of it is not like the rest.

use std::fmt::Write;

use serde_json::Value;

use super::run::Folder;

const STEPS: [&str; 4] = ["opened for reading", "read from disk", "checksum verified", "closed by client"];

/// Blocks of four steps, three at a time. The odd ones lack their third step.
fn blocks(from: usize, records: usize, odd: &[usize]) -> String {
    let mut text = String::new();
    for at in 0..records {
        let (block, step) = (from + at / 12 * 3 + at % 3, at % 12 / 3);
        let (hour, minute, second) = (at / 3600, at / 60 % 60, at % 60);
        if !(odd.contains(&block) && step == 2) {
            let step = STEPS[step];
            writeln!(text, "2026-03-01 {hour:02}:{minute:02}:{second:02} INFO blk_77{block:08} {step}")
                .unwrap();
        }
    }
    text
}

fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect()).collect()
}

fn scores(folder: &Folder, words: &[&str]) -> String {
    let mut all = vec!["scan", "--session-scores", "-"];
    all.extend(words);
    let run = folder.run(&all);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{words:?}");
    run.stdout
}

#[test]
fn every_session_has_a_row_and_the_odd_ones_are_flagged() {
    let folder = Folder::empty();
    folder.write("app.log", blocks(0, 12_000, &[700, 1900]).as_bytes());
    let text = scores(&folder, &["app.log"]);
    assert_eq!(text.lines().next(), Some("session_id,stream,records,score,flagged,top_detector"));
    let rows = rows(&text);
    assert_eq!(rows.len(), 3000);
    assert_eq!(rows[0][..3], ["blk_7700000000", "app.log", "4"]);
    let flagged: Vec<&str> = rows.iter().filter(|row| row[4] == "1").map(|row| row[0]).collect();
    assert_eq!(flagged, ["blk_7700000700", "blk_7700001900"]);
}

/// What ties records together, how many sessions there are and how many are flagged; and findings about sessions: of
/// which, and what is said.
fn told(folder: &Folder) -> (Value, Vec<(String, String)>) {
    let run = folder.run(&["scan", "app.log", "--format", "json", "--budget", "50/day"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let detection = &report["detection"];
    let findings = detection["findings"].as_array().unwrap().iter();
    let of_sessions = findings.filter(|finding| !finding["session"].is_null());
    let words = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let told =
        of_sessions.map(|finding| (words(finding, "session"), words(finding, "explanation"))).collect();
    (detection["sessions"].clone(), told)
}

#[test]
fn sessions_that_deviate_at_one_time_are_one_finding() {
    let folder = Folder::empty();
    folder.write("app.log", blocks(0, 12_000, &[700, 702, 1900]).as_bytes());
    let (sessions, told) = told(&folder);
    assert_eq!(sessions, serde_json::json!({ "by": "blk_…", "count": 3000, "flagged": 3 }));
    let ids: Vec<&str> = told.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["blk_7700000700", "blk_7700001900"], "{told:?}");
    for (part, (_, words)) in ["in 2 of 3,000 sessions", "in 1 of 3,000 sessions"].iter().zip(&told) {
        for part in ["read from disk` is followed by", "closed by client`", "and at 1 other time", part] {
            assert!(words.contains(part), "{part}: {words}");
        }
    }
}

/// What a session lacks now and then, all through the log, is no news; what a few lack at one time is.
#[test]
fn a_habit_is_not_told_and_what_happens_once_is() {
    let folder = Folder::empty();
    let habit: Vec<usize> = (0..3000).filter(|block| block % 150 == 7).collect();
    folder.write("app.log", blocks(0, 12_000, &habit).as_bytes());
    let (sessions, none) = told(&folder);
    assert_eq!((&sessions["flagged"], none), (&Value::from(20), vec![]));
    let is_odd =
        |line: &str| (1500..1504).any(|block| line.ends_with(&format!("blk_77{block:08} read from disk")));
    let lines: String = blocks(0, 12_000, &habit)
        .lines()
        .filter(|line| !is_odd(line))
        .fold(String::new(), |all, line| all + line + "\n");
    folder.write("app.log", lines.as_bytes());
    let (_, told) = told(&folder);
    assert!(told.iter().all(|(id, _)| id.starts_with("blk_770000150")), "{told:?}");
    assert!(!told.is_empty());
}

/// Sessions of ordinary logs differ in ordinary ways: rare requests, retries, writers side by side.
#[test]
fn ordinary_logs_have_next_to_no_findings_about_sessions() {
    let folder = Folder::empty();
    let words = ["generate", "application", "--clean", "--lines", "40000", "-o", "-"];
    folder.write("app.log", folder.run(&words).stdout.as_bytes());
    let (sessions, told) = told(&folder);
    assert!(sessions["count"].as_u64() > Some(10_000), "{sessions}");
    assert!(told.len() < 3, "{told:?}");
}

#[test]
fn what_ties_records_together_can_be_named() {
    let folder = Folder::empty();
    folder.write("app.log", blocks(0, 120, &[]).as_bytes());
    assert_eq!(rows(&scores(&folder, &["app.log", "--session", "blk_"])).len(), 30);
    let run = folder.run(&["scan", "app.log", "--session", "nobody", "--format", "json"]);
    assert!(run.stdout.contains("no record has `nobody`, so there are no sessions"), "{}", run.stdout);
    assert_eq!(folder.run(&["scan", "app.log", "--session", "blk_", "--no-detect"]).code, 2);
}

#[test]
fn neither_threads_nor_files_change_sessions() {
    let folder = Folder::empty();
    let text = blocks(0, 36_000, &[700, 1900, 6001]);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for (part, name) in lines.chunks(9000).zip(["app.log.3", "app.log.2", "app.log.1", "app.log"]) {
        folder.write(name, part.concat().as_bytes());
    }
    let one = scores(&folder, &[".", "--threads", "1"]);
    assert_eq!(scores(&folder, &[".", "--threads", "4"]), one);
    let names = |text: &str| -> Vec<String> {
        rows(text).iter().map(|row| format!("{} {} {}", row[0], row[2], row[4])).collect()
    };
    let whole = Folder::empty();
    whole.write("app.log", text.as_bytes());
    assert_eq!(names(&scores(&whole, &["app.log"])), names(&one));
}

#[test]
fn a_model_knows_what_sessions_look_like() {
    let folder = Folder::empty();
    folder.write("old.log", blocks(0, 12_000, &[]).as_bytes());
    // Too few to tell by themselves which of them are odd: half of them are.
    folder.write("new.log", blocks(5000, 24, &[5001, 5003, 5005]).as_bytes());
    assert_eq!(folder.run(&["learn", "old.log", "-o", "model"]).code, 0);
    let flagged = |words: &[&str]| -> Vec<String> {
        let text = scores(&folder, words);
        rows(&text).iter().filter(|row| row[4] == "1").map(|row| row[0].to_owned()).collect()
    };
    assert_eq!(flagged(&["new.log"]), [""; 0]);
    let expected = ["blk_7700005001", "blk_7700005003", "blk_7700005005"];
    assert_eq!(flagged(&["new.log", "--model", "model"]), expected);
}
