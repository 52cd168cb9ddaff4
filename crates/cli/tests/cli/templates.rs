//! What `templates` lists and assigns.

use std::collections::BTreeMap;

use super::run::{Folder, IntoRun};

/// A log of a small service: frequent, rare, growing and failing messages.
fn service() -> String {
    let mut log = String::new();
    for nth in 0..120u32 {
        let stamp = format!("2024-03-04T{:02}:{:02}:00Z", 8 + nth / 60, nth % 60);
        let user = ["ann", "ben", "cid", "dan", "eve", "fay", "gus"][nth as usize % 7];
        log += &format!("{stamp} INFO request of {user} answered in {} ms\n", nth * 3 % 17);
        if nth % 10 == 0 {
            log += &format!("{stamp} DEBUG cache has {} entries\n", nth * 5);
        }
        if nth > 100 && nth % 8 == 0 {
            log += &format!("{stamp} ERROR no answer from 10.0.0.{nth}: timeout\n");
        }
    }
    log + "2024-03-04T09:59:30Z WARN =size is no valid size, \"0\" is taken\n"
}

fn folder() -> Folder {
    let folder = Folder::with_logs();
    folder.write("service.log", service().as_bytes());
    folder
}

fn good(folder: &Folder, words: &[&str]) -> String {
    let run = folder.run(words);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{words:?}");
    run.stdout
}

fn json(folder: &Folder, words: &[&str]) -> serde_json::Value {
    serde_json::from_str(&good(folder, words)).unwrap()
}

/// Rows of CSV whose first three fields are plain.
fn rows(text: &str) -> Vec<Vec<String>> {
    text.lines().skip(1).map(|line| line.splitn(4, ',').map(str::to_owned).collect()).collect()
}

#[test]
fn the_table_at_every_width() {
    let folder = folder();
    for columns in [60, 80, 100, 140] {
        let run = folder.run_wide(columns, &["templates", "service.log"]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert!(run.stdout.lines().all(|line| line.chars().count() <= columns as usize), "{}", run.stdout);
        insta::assert_snapshot!(format!("templates_{columns}"), run.stdout);
    }
    for (columns, same) in [(1, 60), (9999, 160)] {
        let words = ["templates", ".", "--all", "--slots", "--examples", "2"];
        assert_eq!(folder.run_wide(columns, &words).stdout, folder.run_wide(same, &words).stdout);
    }
}

#[test]
fn every_format() {
    let folder = folder();
    let mut settings = insta::Settings::clone_current();
    settings
        .add_filter(&format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION")), "\"version\": \"[version]\"");
    settings.bind(|| {
        insta::assert_snapshot!(
            "templates_json",
            good(&folder, &["templates", "service.log", "--format", "json", "--limit", "2"])
        );
    });
    insta::assert_snapshot!("templates_csv", good(&folder, &["templates", "service.log", "--format", "csv"]));
    insta::assert_snapshot!(
        "templates_ndjson",
        good(&folder, &["templates", "service.log", "--format", "ndjson"])
    );
    let words = ["templates", "service.log", "--slots", "--examples", "2"];
    insta::assert_snapshot!("templates_slots", good(&folder, &words));
}

#[test]
fn lists_go_to_files_by_their_extension() {
    let folder = folder();
    let words = ["templates", "service.log", "-o", "a.json", "-o", "a.csv", "-o", "a.ndjson", "-o", "a.txt"];
    good(&folder, &words);
    for format in ["json", "csv", "ndjson"] {
        let printed = good(&folder, &["templates", "service.log", "--format", format]);
        assert_eq!(folder.read(&format!("a.{format}")), printed);
    }
    assert!(folder.read("a.txt").contains("no answer from <ip>: timeout"));
}

#[test]
fn every_record_has_a_row_in_the_order_of_the_input() {
    let folder = folder();
    let words = ["templates", ".", "--assignments", "-", "--threads"];
    let all = |threads: &'static str| good(&folder, &[&words[..], &[threads]].concat());
    assert_eq!(all("1"), all("2"));
    assert_eq!(all("1"), all("13"));
    let report = json(&folder, &["templates", ".", "--format", "json"]);
    let rows = rows(&all("1"));
    assert_eq!(rows.len() as u64, report["totals"]["balance"]["records"].as_u64().unwrap());
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &rows {
        *counts.entry(&row[2]).or_default() += 1;
    }
    for template in report["templates"].as_array().unwrap() {
        let id = template["template_id"].as_str().unwrap();
        assert_eq!(counts.remove(id), template["count"].as_u64(), "{template}");
    }
    assert!(counts.is_empty(), "{counts:?}");
    let records = good(&folder, &["scan", ".", "--records", "-"]);
    let places: Vec<(String, u64)> = records
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|row| (row["file"].as_str().unwrap().to_owned(), row["line"].as_u64().unwrap()))
        .collect();
    let assigned: Vec<(String, u64)> =
        rows.iter().map(|row| (row[0].clone(), row[1].parse().unwrap())).collect();
    assert_eq!(assigned, places);
}

#[test]
fn rows_are_quoted_and_formulas_defused() {
    let folder = folder();
    let rows = good(&folder, &["templates", "service.log", "--assignments", "-", "--grep", "nothing"]);
    let last = rows.lines().last().unwrap();
    assert!(last.contains(",\"'") || last.contains(",'"), "{last}");
    assert!(last.starts_with("service.log,"), "{last}");
}

#[test]
fn ids_depend_on_neither_threads_nor_order_nor_packing() {
    let folder = folder();
    let ids = |words: &[&str]| {
        let report = json(&folder, &[&["templates"], words, &["--format", "json"]].concat());
        let list = report["templates"].as_array().unwrap().clone();
        let pair = |template: &serde_json::Value| {
            (template["template_id"].as_str().unwrap().to_owned(), template["count"].as_u64().unwrap())
        };
        list.iter().map(pair).collect::<Vec<_>>()
    };
    let text = service();
    let reversed: Vec<&str> = text.lines().rev().collect();
    folder.write("reversed.log", (reversed.join("\n") + "\n").as_bytes());
    let known = ids(&["service.log"]);
    assert!(known.len() >= 4, "{known:?}");
    for words in [&["service.log"][..], &["service.log", "--threads", "2"], &["reversed.log"]] {
        assert_eq!(ids(words), known, "{words:?}");
    }
    let mut command = folder.logsift(&["templates", "-", "--format", "json"]);
    command.write_stdin(text);
    let piped: serde_json::Value = serde_json::from_str(&command.into_run().stdout).unwrap();
    assert_eq!(piped["templates"].as_array().unwrap().len(), known.len());
    assert_eq!(piped["templates"][0]["template_id"], known[0].0.as_str());
}

#[test]
fn what_is_listed_can_be_chosen_and_sorted() {
    let folder = folder();
    let texts = |words: &[&str]| {
        let report = json(&folder, &[&["templates", "service.log", "--format", "json"], words].concat());
        let list = report["templates"].as_array().unwrap().clone();
        list.iter().map(|template| template["template"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = |words: &[&str]| texts(words).first().cloned().unwrap_or_default();
    assert_eq!(texts(&["--level", "error"]), ["no answer from <ip>: timeout"]);
    assert_eq!(texts(&["--level", "warn"]).len(), 2);
    assert_eq!(texts(&["--grep", "CACHE"]), ["cache has <number> entries"]);
    assert_eq!(texts(&["--new-since", "5m"]).len(), 1);
    assert_eq!(texts(&["--new-since", "2024-03-04 09:30"]).len(), 2);
    assert_eq!(texts(&["--limit", "1"]).len(), 1);
    assert_eq!(first(&["--sort", "level"]), "no answer from <ip>: timeout");
    assert!(first(&["--sort", "first"]).contains("is no valid size"));
    assert!(first(&["--sort", "last"]).contains("is no valid size"));
    assert!(first(&["--sort", "count"]).starts_with("request of"));
    let sorted = texts(&["--sort", "text"]);
    assert!(sorted.is_sorted(), "{sorted:?}");
}

#[test]
fn pins_decide_and_wrong_ones_are_refused_with_their_place() {
    let folder = folder();
    folder.write("own.yaml", b"pin:\n  - cache has <*>\n");
    let list = good(&folder, &["templates", "service.log", "--templates", "own.yaml", "--format", "csv"]);
    assert!(list.lines().any(|line| line.contains(",cache has <") && !line.contains("entries")), "{list}");
    folder.write("wrong.yaml", b"pin:\n  - <*>\n");
    let run = folder.run(&["templates", "service.log", "--templates", "wrong.yaml"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("wrong.yaml") && run.stderr.contains("line 2"), "{}", run.stderr);
}

#[test]
fn secrets_are_not_shown() {
    let folder = Folder::empty();
    let mut log = String::new();
    for nth in 0..30 {
        log += &format!(
            "2024-03-04T08:00:{nth:02}Z INFO login of u{nth} password=hunter2secret{} ok\n",
            nth % 3
        );
    }
    folder.write("a.log", log.as_bytes());
    for format in ["text", "json", "csv", "ndjson"] {
        let words = ["templates", "a.log", "--slots", "--examples", "3", "--format", format];
        let said = good(&folder, &words);
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn wrong_usage_ends_with_2_and_missing_logs_with_3() {
    let folder = folder();
    for words in [
        &["service.log", "--sort", "size"][..],
        &["service.log", "--level", "loud"],
        &["service.log", "--new-since", "yesterday"],
        &["service.log", "--templates", "none.yaml"],
        &["service.log", "--assignments", "service.log"],
        &["service.log", "-o", "list.pdf"],
        &["service.log", "--limit", "3", "--all"],
    ] {
        let run = folder.run(&[&["templates"], words].concat());
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{words:?} {run:?}");
    }
    assert_eq!(folder.read("service.log"), service());
    let run = folder.run(&["templates", "none.log"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    let run = folder.run(&["templates", "none.log", "service.log"]);
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("unreadable"), "{}", run.stdout);
}

#[test]
fn a_comparison_of_two_logs() {
    let folder = folder();
    let good_run: String =
        service().lines().filter(|line| !line.contains("no answer")).map(|l| format!("{l}\n")).collect();
    folder.write("good.log", good_run.replace("cache has", "cache holds").as_bytes());
    for columns in [60, 80, 120] {
        let run = folder.run_wide(columns, &["templates", "diff", "good.log", "service.log"]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert!(run.stdout.lines().all(|line| line.chars().count() <= columns as usize), "{}", run.stdout);
        insta::assert_snapshot!(format!("diff_{columns}"), run.stdout);
    }
    let diff = json(&folder, &["templates", "diff", "good.log", "service.log", "--format", "json"]);
    let new: Vec<&str> =
        diff["new"].as_array().unwrap().iter().map(|row| row["template"].as_str().unwrap()).collect();
    assert_eq!(new, ["cache has <number> entries", "no answer from <ip>: timeout"]);
    assert_eq!(diff["gone"][0]["a"]["count"], 12);
    assert_eq!(diff["gone"][0]["b"]["count"], 0);
    good(&folder, &["learn", "good.log", "-o", "good.model"]);
    let of_model = json(&folder, &["templates", "diff", "good.model", "service.log", "--format", "json"]);
    assert_eq!(of_model["new"], diff["new"]);
    assert_eq!(of_model["gone"], diff["gone"]);
    let same = json(&folder, &["templates", "diff", "good.log", "good.log", "--format", "json"]);
    assert_eq!(same["new"].as_array().unwrap().len() + same["more"].as_array().unwrap().len(), 0);
}
