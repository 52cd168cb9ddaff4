//! Outlier models on logs: trained, scored, looked into, refitted, challenged, and what is refused.

use std::fs;

use serde_json::Value;

use super::run::{Folder, Run};

/// Requests of a service over three hours; one in a while is slow, and once all of them fail.
fn log(seed: u64) -> String {
    let mut state = seed;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let line = |second: u64| {
        let stamp =
            format!("2024-03-04T{:02}:{:02}:{:02}Z", 8 + second / 3600, second / 60 % 60, second % 60);
        let (user, request, took) = (random(12), second * 7 + seed, 20 + random(30));
        match second {
            7000..7040 => format!(
                "{stamp} ERROR api: request req-{request:08} of u{user} failed: timeout after 9000 ms\n"
            ),
            _ => format!("{stamp} INFO api: request req-{request:08} of u{user} served in {took} ms\n"),
        }
    };
    (0..10_800).step_by(4).map(line).collect()
}

/// A table with a column that follows from another, but for the last row.
fn table() -> String {
    let row = |nth: i64| {
        let at = (nth * 7919) % 1000;
        format!("{},{},{}\n", at, 2 * at + nth % 3, (nth * 31) % 50)
    };
    format!("one,two,three\n{}10,1800,25\n", (0..400).map(row).collect::<String>())
}

fn folder() -> Folder {
    let folder = Folder::empty();
    folder.write("app.log", log(1).as_bytes());
    folder.write("later.log", log(2).as_bytes());
    folder.write("rows.csv", table().as_bytes());
    folder
}

fn good(folder: &Folder, words: &[&str]) -> String {
    let run = folder.run(words);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{words:?} {}", run.stdout);
    run.stdout
}

fn refused(run: &Run, code: i32, says: &str) {
    assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{run:?}");
    assert!(run.stderr.contains(says), "{}", run.stderr);
}

fn inspected(folder: &Folder, model: &str) -> Value {
    serde_json::from_str(&good(folder, &["model", "inspect", model, "--format", "json"])).unwrap()
}

/// The lines that were flagged.
fn flagged(rows: &str) -> Vec<u64> {
    let row = |row: &str| serde_json::from_str::<Value>(row).unwrap();
    let flagged = rows.lines().map(row).filter(|row| row["flagged"] == true);
    flagged.map(|row| row["line"].as_u64().unwrap()).collect()
}

#[test]
fn a_forest_on_records_finds_the_failing_requests() {
    let folder = folder();
    let told = good(
        &folder,
        &["train", "app.log", "--set", "trees=200", "--contamination", "0.5%", "-o", "a.forest"],
    );
    assert!(told.starts_with("a.forest: isolation-forest on 2,700 records, "), "{told}");
    let rows = good(&folder, &["score", "later.log", "--model", "a.forest", "--format", "ndjson"]);
    assert_eq!(rows.lines().count(), 2700);
    let found = flagged(&rows);
    // What failed is part of the last minute for a while after it.
    assert!(found.iter().filter(|line| (1751..=1760).contains(*line)).count() >= 8, "{found:?}");
    assert!(found.iter().all(|line| (1751..=1775).contains(line)), "{found:?}");
    let first: Value = serde_json::from_str(rows.lines().nth(1750).unwrap()).unwrap();
    assert_eq!((&first["time"], &first["records"]), (&"2024-03-04T09:56:40Z".into(), &1.into()));
    let told = first["columns"].as_array().unwrap();
    let shares: f64 = told.iter().map(|column| column["share"].as_f64().unwrap()).sum();
    assert!((1..=3).contains(&told.len()) && shares > 0.0 && shares <= 1.0, "{first}");
}

#[test]
fn threads_have_no_say_in_a_model_or_a_score() {
    let folder = folder();
    for (name, words) in [
        ("records", &["--model", "isolation-forest"][..]),
        ("windows", &["--model", "lof", "--rows", "windows", "--window", "1m"][..]),
        ("sessions", &["--model", "markov", "--session", "req-"][..]),
        ("words", &["--model", "pca", "--features", "tfidf,hashed"][..]),
    ] {
        let model = |threads: &str| format!("{name}.{threads}");
        let rows = ["1", "2"].map(|threads| {
            let model = model(threads);
            let mut train =
                vec!["train", "app.log", "later.log", "-o", &model, "--no-time", "--threads", threads];
            train.extend(words);
            good(&folder, &train);
            good(&folder, &["score", "app.log", "later.log", "--model", &model, "--threads", threads])
        });
        assert_eq!(folder.bytes(&model("1")), folder.bytes(&model("2")), "{name}");
        assert!(rows[0] == rows[1] && rows[0].lines().count() > 100, "{name}: {}", rows[0].len());
    }
}

#[test]
fn windows_and_sessions_are_rows_too() {
    let folder = folder();
    good(
        &folder,
        &["train", "app.log", "--rows", "windows", "--window", "2m", "--flag", "1", "-o", "w.forest"],
    );
    let rows = good(&folder, &["score", "app.log", "--model", "w.forest", "--format", "ndjson"]);
    let records: u64 = rows
        .lines()
        .map(|row| serde_json::from_str::<Value>(row).unwrap()["records"].as_u64().unwrap())
        .sum();
    assert_eq!((records, rows.lines().count()), (2700, 90));
    assert_eq!(flagged(&rows), [1741]);
    let told = good(
        &folder,
        &["train", "app.log", "--model", "pca", "--rows", "sessions", "--session", "req-", "-o", "s.pca"],
    );
    assert!(
        told.contains("s.pca: pca on 2,700 sessions") && told.contains("note: sessions by req-"),
        "{told}"
    );
    let rows = good(&folder, &["score", "later.log", "--model", "s.pca"]);
    assert!(rows.starts_with("session_id,stream,time,records,score,p_value,flagged,columns\nreq-"), "{rows}");
}

#[test]
fn a_table_of_numbers_is_a_log_too() {
    let folder = folder();
    let told = good(
        &folder,
        &["train", "rows.csv", "--features", "columns", "--model", "lof", "--flag", "1", "-o", "t.lof"],
    );
    assert_eq!(
        told,
        "t.lof: local-outlier-factor on 401 records, 3 columns, 1 beyond the threshold (1 flagged)\n"
    );
    let rows = good(&folder, &["score", "rows.csv", "--model", "t.lof", "--flagged"]);
    let row = rows.lines().nth(1).unwrap();
    assert!(rows.lines().count() == 2 && row.starts_with("rows.csv,402,rows.csv,,1,"), "{rows}");
    let report =
        good(&folder, &["scan", "rows.csv", "--features", "columns", "--with", "lof", "--format", "json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    let first = &report["detection"]["incidents"][0]["causes"][0];
    assert_eq!((&first["line"], &first["file"]), (&402.into(), &"rows.csv".into()), "{report:#}");
    let kinds = report["detection"]["kinds"].as_array().unwrap();
    assert_eq!(kinds.last().unwrap()["kind"], "local-outlier-factor");
}

#[test]
fn several_models_become_one() {
    let folder = folder();
    let train = ["train", "rows.csv", "--features", "columns", "--model", "ensemble", "--no-time"];
    let set = ["--set", "members=isolation-forest,lof:2,pca", "--set", "combine=maximum"];
    let words = |last: &[&'static str]| [&train, &set[..], last].concat();
    let told = good(&folder, &words(&["--flag", "1", "-o", "e", "--threads", "1"]));
    assert!(told.starts_with("e: ensemble on 401 records, 3 columns, 1 beyond the threshold"), "{told}");
    good(&folder, &words(&["--flag", "1", "-o", "again", "--threads", "2"]));
    let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(bytes("e"), bytes("again"));
    let shown = good(&folder, &["model", "inspect", "e"]);
    let set = "set      members isolation-forest,local-outlier-factor:2,pca";
    assert!(shown.contains(set) && shown.contains("combine maximum"), "{shown}");
    let rows = good(&folder, &["score", "rows.csv", "--model", "e", "--flagged"]);
    let row = rows.lines().nth(1).unwrap();
    assert!(rows.lines().count() == 2 && row.starts_with("rows.csv,402,rows.csv,,1,"), "{rows}");
    // The members that an ensemble begins with look at columns one by one, but for one of them.
    folder.write("far.csv", table().replace("10,1800,25", "9000,-4000,900").as_bytes());
    let shown = good(&folder, &["scan", "far.csv", "--features", "columns", "--with", "ensemble"]);
    assert!(shown.contains("far.csv:402") && shown.contains("ensemble scores it"), "{shown}");
    let nested = ["train", "rows.csv", "--model", "ensemble", "--set", "members=pca,ensemble", "-o", "x"];
    let says = "`members` is `pca,ensemble`, legal is models over rows, parted by commas";
    refused(&folder.run(&nested), 2, says);
}

#[test]
fn where_no_record_has_what_is_asked_for_that_is_told() {
    let folder = folder();
    let run = folder.run(&["train", "app.log", "--features", "columns", "-o", "m"]);
    refused(&run, 2, "no record has any of these features\n  hint: ask for others with --features");
}

#[test]
fn a_number_that_is_missing_stands_for_the_middle() {
    let folder = folder();
    folder.write("holes.csv", b"a,b,c\n1,2,3\n2,,3\n3,NaN,4\n4,inf,4\n5,6,1\n1,2,2\n2,3,3\n3,4,1\n");
    good(&folder, &["train", "holes.csv", "--features", "columns", "--model", "z-score", "-o", "h"]);
    let rows = good(&folder, &["score", "holes.csv", "--model", "h", "--format", "ndjson"]);
    assert_eq!(rows.lines().count(), 8);
    assert!(rows.lines().all(|row| serde_json::from_str::<Value>(row).unwrap()["score"].is_f64()), "{rows}");
}

#[test]
fn one_row_and_none_are_told() {
    let folder = folder();
    folder.write("one.log", b"2024-03-04T00:00:00Z INFO one\n");
    folder.write("none.log", b"");
    for model in ["lof", "one-class-svm", "pca", "isolation-forest", "autoencoder"] {
        let run = folder.run(&["train", "one.log", "--model", model, "-o", "m"]);
        assert!(run.code == 0 || run.code == 2 && run.stderr.contains("too few"), "{model}: {run:?}");
    }
    let run = folder.run(&["train", "none.log", "-o", "n"]);
    refused(&run, 3, "there are no records to train on");
    assert!(!folder.path().join("n").exists());
    let run = folder.run(&["train", "one.log", "--rows", "sessions", "-o", "n"]);
    refused(
        &run,
        3,
        "there are no sessions to train on\n  hint: name what ties records together with --session",
    );
    good(&folder, &["train", "app.log", "-o", "a"]);
    assert_eq!(good(&folder, &["score", "none.log", "--model", "a", "--format", "ndjson"]), "");
    assert_eq!(good(&folder, &["score", "one.log", "--model", "a"]).lines().count(), 2);
}

#[test]
fn every_parameter_out_of_range_is_refused_with_its_name_its_value_and_what_is_legal() {
    let folder = Folder::empty();
    folder.write("app.log", b"one\n");
    let mut tried = 0;
    for (model, parameters) in parameters(&folder) {
        for (name, legal) in parameters {
            // No parameter may be a word that is none; those with a range may not be below it, either.
            let mut values = vec!["nonsense"];
            if !legal.contains(", ") {
                values.push("-1e300");
            }
            for value in values {
                let set = format!("{name}={value}");
                let run = folder.run(&["train", "app.log", "--model", &model, "--set", &set, "-o", "m"]);
                refused(&run, 2, &format!("{model}: `{name}` is `{value}`, legal is {legal}"));
                let run = folder.run(&["scan", "app.log", "--with", &model, "--set", &set]);
                refused(&run, 2, &format!("`{name}` is `{value}`, legal is {legal}"));
                tried += 1;
            }
        }
    }
    assert!(tried > 60, "{tried}");
}

/// Every model with its parameters and their legal ranges, as `explain` tells them.
fn parameters(folder: &Folder) -> Vec<(String, Vec<(String, String)>)> {
    let list = folder.run_wide(400, &["explain", "models"]).stdout;
    let names = list.lines().skip(1).filter_map(|line| line.split_whitespace().next().map(str::to_owned));
    let of = |name: &String| {
        let page = folder.run_wide(400, &["explain", &format!("model:{name}")]).stdout;
        let set = page.lines().filter_map(|line| line.split_once("  legal is "));
        set.map(|(name, legal)| (name.trim().split('=').next().unwrap().to_owned(), legal.to_owned()))
            .collect()
    };
    names.map(|name| (name.clone(), of(&name))).collect()
}

#[test]
fn what_cannot_be_is_refused_with_a_remedy() {
    let folder = folder();
    let train = |words: &[&str]| {
        let mut all = vec!["train", "app.log", "-o", "m"];
        all.extend(words);
        folder.run(&all)
    };
    refused(&train(&["--model", "oracle"]), 2, "`model` is `oracle`, legal is isolation-forest, ");
    refused(&train(&["--set", "tree=3"]), 2, "isolation-forest: `parameter` is `tree`, legal is trees, ");
    refused(&train(&["--features", "time,colour"]), 2, "legal is time, text, rolling, ");
    refused(
        &train(&["--rows", "sessions", "--features", "text"]),
        2,
        "rows of sessions have no features `text`",
    );
    refused(
        &train(&["--model", "lstm", "--rows", "records"]),
        2,
        "`lstm` takes sequences of events, not records",
    );
    refused(&train(&["--window", "0s"]), 2, "`window` is `0s`, legal is 1s to ");
    refused(&train(&["--vocabulary", "9999"]), 2, "`vocabulary` is `9999`, legal is 1 to 4096");
    refused(&train(&["--contamination", "2"]), 2, "it must be above 0 and below 1");
    refused(&train(&["--tune", "0"]), 2, "legal is 1 to 1000");
    refused(&folder.run(&["scan", "app.log", "--with", "oracle"]), 2, "`model` is `oracle`, legal is");
    refused(
        &folder.run(&["scan", "app.log", "--with", "markov", "--set", "trees=3"]),
        2,
        "no model of --with has a parameter `trees`",
    );
    refused(
        &folder.run(&["train", "app.log", "-o", "app.log"]),
        2,
        "`app.log` is one of the logs to be read",
    );
    refused(&folder.run(&["train", "app.log", "-o", "rows.csv"]), 2, "is no logsift model");
    assert_eq!(folder.read("rows.csv"), table());
}

#[test]
fn a_model_of_another_kind_is_told_apart() {
    let folder = folder();
    good(&folder, &["learn", "app.log", "-o", "learned.model"]);
    refused(
        &folder.run(&["score", "app.log", "--model", "learned.model"]),
        2,
        "holds templates and no outlier model",
    );
    good(&folder, &["train", "app.log", "-o", "a.forest"]);
    refused(&folder.run(&["scan", "app.log", "--model", "a.forest"]), 3, "has no block `parts`");
    refused(&folder.run(&["score", "app.log", "--model", "app.log"]), 3, "not a logsift model");
    good(&folder, &["train", "app.log", "--redact", "-o", "masked.forest"]);
    refused(&folder.run(&["score", "app.log", "--model", "masked.forest"]), 2, "give --redact=mask");
}

#[test]
fn a_damaged_model_is_refused_wherever_the_damage_is() {
    let folder = folder();
    good(&folder, &["train", "app.log", "--set", "trees=3", "--set", "samples=8", "-o", "a.forest"]);
    let whole = folder.bytes("a.forest");
    for at in (0..whole.len()).step_by(whole.len() / 24) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x20;
        folder.write("d.forest", &damaged);
        for words in [&["score", "app.log", "--model", "d.forest"][..], &["model", "verify", "d.forest"]] {
            let run = folder.run(words);
            assert_eq!(run.code, 3, "{at} {words:?} {run:?}");
        }
        folder.write("d.forest", &whole[..at]);
        assert_eq!(folder.run(&["score", "app.log", "--model", "d.forest"]).code, 3, "{at}");
    }
}

#[test]
fn a_model_says_what_is_in_it() {
    let folder = folder();
    good(
        &folder,
        &[
            "train",
            "app.log",
            "--rows",
            "windows",
            "--features",
            "time,text",
            "--set",
            "trees=20",
            "-o",
            "a.forest",
        ],
    );
    let report = inspected(&folder, "a.forest");
    assert_eq!(
        (&report["model"], &report["rows"], &report["rows_of"]),
        (&"isolation-forest".into(), &36.into(), &"windows".into())
    );
    assert_eq!(report["features"], serde_json::json!(["time", "text"]));
    assert_eq!(report["parameters"][0], serde_json::json!({"name": "trees", "value": "20"}));
    assert_eq!(report["time"]["first"], "2024-03-04T08:00:00Z");
    assert!(report["fit_seconds"].as_f64().unwrap() >= 0.0);
    let importance: Vec<f64> = report["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column["importance"].as_f64().unwrap())
        .collect();
    assert!(importance.is_sorted_by(|one, other| one >= other));
    assert!((importance.iter().sum::<f64>() - 1.0).abs() < 1e-3, "{importance:?}");
    good(&folder, &["train", "app.log", "--set", "trees=20", "--no-time", "-o", "b.forest"]);
    assert_eq!(inspected(&folder, "b.forest")["fit_seconds"], Value::Null);
    assert!(
        good(&folder, &["model", "verify", "b.forest"])
            .starts_with("b.forest: sound, 2 blocks, isolation-forest on 2,700 records")
    );
    insta::assert_snapshot!(good(&folder, &["model", "inspect", "b.forest"]));
}

#[test]
fn a_challenger_must_be_better_and_a_refit_keeps_its_columns() {
    let folder = folder();
    // A model of nothing but a random column loses against one that sees all of them.
    good(&folder, &["train", "rows.csv", "--features", "columns", "--model", "z-score", "-o", "champion"]);
    let told = good(&folder, &["train", "rows.csv", "--challenge", "champion", "--model", "lof"]);
    assert!(told.contains("the challenger takes its place: champion 0."), "{told}");
    assert!(told.contains("`mv champion.former champion` takes it back"), "{told}");
    assert_eq!(inspected(&folder, "champion.former")["model"], "z-score");
    assert_eq!(inspected(&folder, "champion")["model"], "local-outlier-factor");
    let told = good(&folder, &["train", "rows.csv", "--challenge", "champion", "--model", "z-score"]);
    assert!(told.contains("the champion stays: champion 0."), "{told}");
    assert!(!told.contains("takes it back"), "{told}");
    assert_eq!(inspected(&folder, "champion.former")["model"], "z-score");
    assert_eq!(inspected(&folder, "champion")["model"], "local-outlier-factor");
    good(&folder, &["train", "app.log", "--set", "trees=30", "-o", "old"]);
    good(&folder, &["train", "later.log", "--onto", "old", "--since", "1h", "-o", "new"]);
    let (old, new) = (inspected(&folder, "old"), inspected(&folder, "new"));
    let names = |report: &Value| {
        let columns = report["columns"].as_array().unwrap().iter();
        let mut names: Vec<String> =
            columns.map(|column| column["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!((names(&old), &old["parameters"]), (names(&new), &new["parameters"]));
    assert!(new["rows"].as_u64() < old["rows"].as_u64());
}

#[test]
fn drift_is_told() {
    let folder = folder();
    good(&folder, &["train", "app.log", "--features", "text,performance", "-o", "m"]);
    let slow = log(3).replace("served in ", "served in 9").replace(" INFO ", " WARN ");
    folder.write("slow.log", slow.as_bytes());
    let told = good(&folder, &["train", "slow.log", "--onto", "m", "-o", "n"]);
    assert!(
        told.contains("note: the rows are odder to the model before than those it was trained on"),
        "{told}"
    );
    let told = good(&folder, &["train", "later.log", "--onto", "m", "-o", "n"]);
    assert!(!told.contains("note: "), "{told}");
}

#[test]
fn tuning_tries_what_was_set_and_others() {
    let folder = folder();
    let words =
        ["train", "rows.csv", "--features", "columns", "--model", "lof", "--tune", "4", "--no-time", "-o"];
    let told = ["one", "two"].map(|model| {
        let threads = if model == "one" { "1" } else { "2" };
        good(&folder, &[&words[..], &[model, "--threads", threads]].concat())
    });
    assert_eq!(told[0].replace("one: ", "two: "), told[1]);
    assert!(told[0].matches("\ntried ").count() == 4 && told[0].contains("tried as set: "), "{}", told[0]);
    assert_eq!(folder.bytes("one"), folder.bytes("two"));
}

#[test]
fn a_scan_with_models_weighs_what_they_say_and_one_without_is_as_before() {
    let folder = folder();
    let plain = good(&folder, &["scan", "app.log", "--format", "json"]);
    let with = |threads: &str| {
        let words = [
            "scan",
            "app.log",
            "--with",
            "isolation-forest,lof,markov",
            "--set",
            "trees=50",
            "--format",
            "json",
        ];
        good(&folder, &[&words[..], &["--threads", threads]].concat())
    };
    assert_eq!(with("1"), with("2"));
    let (plain, with): (Value, Value) =
        (serde_json::from_str(&plain).unwrap(), serde_json::from_str(&with("1")).unwrap());
    let kinds = |report: &Value| report["detection"]["kinds"].as_array().unwrap().len();
    assert_eq!(kinds(&with), kinds(&plain) + 3);
    let findings = with["detection"]["findings"].as_array().unwrap().iter();
    let evidence = findings.flat_map(|finding| finding["evidence"].as_array().unwrap());
    let of_models: Vec<&Value> = evidence.filter(|evidence| evidence["kind"] == "isolation-forest").collect();
    assert!(
        of_models.iter().all(|evidence| evidence["sentence"].as_str().unwrap().contains("as unlike the"))
    );
    assert!(!of_models.is_empty(), "{with:#}");
    assert!(!plain.to_string().contains("isolation-forest"));
}

#[test]
fn rows_read_as_before() {
    let folder = folder();
    good(
        &folder,
        &[
            "train", "app.log", "--rows", "windows", "--window", "10m", "--set", "trees=25", "--flag", "1",
            "-o", "w",
        ],
    );
    let csv = good(&folder, &["score", "app.log", "--model", "w"]);
    insta::assert_snapshot!(
        csv.lines()
            .skip(9)
            .take(5)
            .fold(csv.lines().next().unwrap().to_owned(), |all, line| all + "\n" + line)
    );
    let ndjson = good(
        &folder,
        &["score", "app.log", "--model", "w", "--flagged", "--format", "ndjson", "-o", "rows.ndjson"],
    );
    assert_eq!(ndjson, "");
    insta::assert_snapshot!(folder.read("rows.ndjson"));
    fs::remove_file(folder.path().join("w")).unwrap();
    refused(&folder.run(&["score", "app.log", "--model", "w"]), 3, "cannot read `w`");
}
