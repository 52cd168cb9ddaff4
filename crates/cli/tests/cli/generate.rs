//! Generated logs: the files, what is refused, and that the same words give the same bytes.

use serde_json::Value;

use super::run::{Folder, Run};

fn good(run: Run) -> String {
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    run.stdout
}

fn refused(run: Run, says: &str) {
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run:?}");
    assert!(run.stderr.contains(says), "{}", run.stderr);
}

#[test]
fn a_log_has_its_labels_and_its_story() {
    let folder = Folder::empty();
    let said =
        good(folder.run(&["generate", "system", "--lines", "3000", "--anomalies", "10%", "-o", "logs"]));
    assert!(said.starts_with("logs/system.log: 3,000 lines, 300 abnormal, "), "{said}");
    assert_eq!(folder.read("logs/system.log").lines().count(), 3000);
    let labels = folder.read("logs/system.labels.csv");
    assert_eq!(labels.lines().count(), 3001);
    assert_eq!(labels.lines().filter(|row| row.contains(",1,")).count(), 300);
    let story: Value = serde_json::from_str(&folder.read("logs/system.story.json")).unwrap();
    assert_eq!((&story["line_count"], &story["profile"]), (&Value::from(3000), &Value::from("system")));
    let mut names: Vec<String> = std::fs::read_dir(folder.path().join("logs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["system.labels.csv", "system.log", "system.story.json"]);
}

#[test]
fn all_makes_every_profile() {
    let folder = Folder::empty();
    let said = good(folder.run(&["generate", "all", "--lines", "400", "-o", "logs"]));
    assert_eq!(said.lines().count(), 8, "{said}");
    for line in said.lines() {
        let name = line.split(':').next().unwrap();
        assert_eq!(folder.read(name).lines().count(), 400, "{name}");
    }
}

#[test]
fn the_same_words_give_the_same_bytes() {
    let folder = Folder::empty();
    let made = |words: &[&str]| {
        let words: Vec<&str> =
            ["generate", "web", "--lines", "500", "-o", "-"].iter().chain(words).copied().collect();
        good(folder.run(&words))
    };
    let one = made(&[]);
    assert_eq!(one, made(&["--seed", "1"]));
    assert_ne!(one, made(&["--seed", "2"]));
    assert!(made(&["--start", "2030-01-01T10:00:00Z"]).contains("[01/Jan/2030:10:"));
    assert!(made(&["--csv"]).starts_with("timestamp,log_level,response_time,message\n2024-03-04 00:"));
}

#[test]
fn what_was_made_is_not_written_over() {
    let folder = Folder::empty();
    let words = ["generate", "web", "--lines", "50", "-o", "logs"];
    good(folder.run(&words));
    let before = folder.read("logs/web.log");
    let again = ["generate", "web", "--lines", "60", "-o", "logs"];
    refused(folder.run(&again), "hint: name another folder with -o, or write over it with --force");
    assert_eq!(folder.read("logs/web.log"), before);
    good(folder.run(&[&again[..], &["--force"]].concat()));
    assert_ne!(folder.read("logs/web.log"), before);
}

#[test]
fn what_cannot_be_made_is_refused_before_anything_is_written() {
    let folder = Folder::empty();
    folder.write("file", b"");
    refused(folder.run(&["generate", "web", "-o", "file/logs"]), "cannot write to `file/logs`");
    refused(folder.run(&["generate", "all", "-o", "-"]), "all profiles do not go to standard output");
    refused(folder.run(&["generate", "web", "--start", "2h", "-o", "-"]), "a distance from what?");
    refused(folder.run(&["generate", "web", "--start", "1960-01-01", "-o", "-"]), "it lies before 1970");
    refused(folder.run(&["generate", "web", "--anomalies", "50%"]), "2% to 15%");
    refused(folder.run(&["generate", "web", "--clean", "--anomalies", "5%"]), "cannot be used with");
    refused(folder.run(&["generate", "web", "--lines", "0"]), "0 is not in 1..");
    refused(folder.run(&["generate", "nothing"]), "invalid value 'nothing'");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_log_that_is_played_live_takes_its_time() {
    let folder = Folder::empty();
    let words = ["generate", "performance", "--lines", "100", "--rate", "100/s", "--clean"];
    let quick = good(folder.run(&[&words[..], &["-o", "-"]].concat()));
    let began = std::time::Instant::now();
    let live = good(folder.run(&[&words[..], &["--follow", "-o", "-"]].concat()));
    assert_eq!(quick, live);
    assert!(began.elapsed().as_millis() > 300, "{:?}", began.elapsed());
}

#[test]
fn what_is_made_can_be_evaluated() {
    let folder = Folder::empty();
    good(folder.run(&["generate", "database", "--lines", "2000", "-o", "."]));
    let run = folder.run(&["scan", "database.log", "--scores", "scores.csv", "-q"]);
    assert_eq!(run.code, 0, "{run:?}");
    let words = ["eval", "lines", "--log", "database.log", "--labels", "database.labels.csv"];
    let told = good(folder.run(&[&words[..], &["--scores-from", "scores.csv", "--json", "-"]].concat()));
    let report: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(report["test_units"], Value::from(2000), "{report}");
}
