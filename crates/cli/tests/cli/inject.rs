//! Faults in copies of a log: which are found, and that the log itself is left alone.

use std::fs;

use serde_json::Value;

use super::run::{Folder, Run};

/// Two days of a small service.
fn service() -> String {
    let line = |nth: u32| {
        let minutes = nth * 2;
        let said = match nth % 4 {
            0 => format!("request {} served in {} ms", nth * 31 % 977, 20 + nth * 7 % 13),
            1 => format!("user u{} logged in", nth % 17),
            2 => "cache is warm".to_owned(),
            _ => format!("queue holds {} jobs", 3 + nth * 5 % 11),
        };
        let (day, hour, minute) = (4 + minutes / 1440, minutes / 60 % 24, minutes % 60);
        format!("2024-03-{day:02} {hour:02}:{minute:02}:{:02} INFO {said}\n", nth * 13 % 60)
    };
    (0..1440).map(line).collect()
}

fn good(run: Run) -> String {
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    run.stdout
}

fn injected(folder: &Folder, words: &[&str]) -> Value {
    let words: Vec<&str> =
        ["eval", "inject", "app.log", "--json", "-"].iter().chain(words).copied().collect();
    serde_json::from_str(&good(folder.run(&words))).unwrap()
}

#[test]
fn faults_are_put_into_copies_and_told() {
    let folder = Folder::empty();
    folder.write("app.log", service().as_bytes());
    let report =
        injected(&folder, &["--faults", "1", "--kind", "burst,silence,value-shift", "--keep", "copies"]);
    assert_eq!(folder.read("app.log"), service(), "the log is never changed");
    assert_eq!(folder.read("copies/unchanged/app.log"), service());
    let kinds: Vec<&str> =
        report["kinds"].as_array().unwrap().iter().map(|kind| kind["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["burst", "silence", "value-shift"]);
    let rows = report["injections"].as_array().unwrap();
    assert_eq!((rows.len() as u64, Some(rows.len() as u64)), (3, report["injected"].as_u64()), "{report}");
    let found = rows.iter().filter(|row| row["found"] == true).count() as u64;
    assert_eq!(Some(found), report["found"].as_u64());
    // A minute with dozens of times the records there ever were cannot be missed.
    assert_eq!(rows[0]["found"], true, "{report}");
    let copy = folder.read("copies/burst-1/app.log");
    let changed = folder.read("copies/burst-1/changed.csv").lines().count() - 1;
    assert_eq!(
        (copy.lines().count(), changed as u64),
        (1440 + changed, rows[0]["records"].as_u64().unwrap())
    );
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    let folder = Folder::empty();
    folder.write("app.log", service().as_bytes());
    let words = |seed| ["--faults", "2", "--kind", "new-line,drop", "--seed", seed, "--budget", "50/day"];
    let one = injected(&folder, &words("3"));
    assert_eq!(one, injected(&folder, &words("3")));
    assert_ne!(one["injections"], injected(&folder, &words("4"))["injections"]);
    assert!(fs::read_dir(folder.path()).unwrap().count() == 1, "copies are gone");
}

#[test]
fn what_cannot_be_is_refused() {
    let folder = Folder::empty();
    folder.write("plain.log", b"no time here\nnor here\n");
    let refused = |words: &[&str], says: &str| {
        let words: Vec<&str> = ["eval", "inject"].iter().chain(words).copied().collect();
        let run = folder.run(&words);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains(says), "{}", run.stderr);
    };
    refused(&["plain.log"], "no two records of `plain.log` have different times");
    refused(&["plain.log", "--kind", "flood"], "one of drop, burst, reordering");
    refused(&["plain.log", "--since", "2d"], "do not go with faults");
    refused(&["plain.log", "--json", "plain.log"], "is one of the logs to be read");
}
