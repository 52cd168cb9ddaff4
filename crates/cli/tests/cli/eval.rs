//! Labelled sets: what is evaluated, how it reads, and what is said about sets that are wrong.

use serde_json::Value;

use super::run::{Folder, Run};

/// Sessions of a made-up service: most are normal, and those that are not lack a step or have a foreign one.
fn sessions(with_parts: bool) -> String {
    let mut text = format!("session_id,label,events{},kind\n", if with_parts { ",part" } else { "" });
    for nth in 0..1200usize {
        let abnormal = nth >= 900 && nth % 10 == 0;
        let part = if nth < 800 { "train_normal" } else { "test" };
        let reads = "read ".repeat(1 + nth % 4);
        let (events, kind) = match (abnormal, nth % 20) {
            (false, _) => (format!("open {reads}{}close", ["", "flush "][nth % 2]), ""),
            (true, 0) => (format!("open {reads}timeout retry"), "timeout"),
            (true, _) => (format!("{reads}{reads}read"), "cut"),
        };
        let part = if with_parts { format!(",{part}") } else { String::new() };
        text.push_str(&format!("s{nth},{},{events}{part},{kind}\n", u8::from(abnormal)));
    }
    text
}

fn good(run: Run) -> String {
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    run.stdout
}

fn figures(folder: &Folder, words: &[&str]) -> Value {
    let words: Vec<&str> = ["eval"].iter().chain(words).chain(&["--json", "-"]).copied().collect();
    serde_json::from_str(&good(folder.run(&words))).unwrap()
}

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_else(|| panic!("{name} of {value}"))
}

/// Label, score and flag of every row.
fn rows(csv: &str) -> Vec<(bool, f64, bool)> {
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("id,label,score,flagged"));
    let row = |line: &str| {
        let fields: Vec<&str> = line.rsplitn(4, ',').collect();
        (fields[2] == "1", fields[1].parse().unwrap(), fields[0] == "1")
    };
    lines.map(row).collect()
}

fn close(one: f64, other: f64) {
    assert!((one - other).abs() < 1e-9, "{one} is not {other}");
}

#[test]
fn sessions_are_trained_on_normal_ones_and_judged() {
    let folder = Folder::empty();
    folder.write("sessions.csv", sessions(true).as_bytes());
    let report = figures(&folder, &["sessions", "sessions.csv", "--false-alarms", "0.01"]);
    assert_eq!((&report["eval_version"], &report["unit"]), (&Value::from(1), &Value::from("session")));
    assert_eq!((&report["train_units"], &report["test_units"]), (&Value::from(800), &Value::from(400)));
    assert_eq!((&report["normal"], &report["abnormal"]), (&Value::from(370), &Value::from(30)));
    let model = &report["models"][0];
    assert_eq!(model["model"], "default");
    assert!(number(model, "recall") > 0.9 && number(model, "false_alarm_rate") <= 0.02, "{model}");
    assert!(number(model, "roc_auc") > 0.99, "{model}");
    for name in ["precision", "f1", "average_precision", "mcc", "threshold", "fit_seconds", "score_seconds"] {
        number(model, name);
    }
    let counts: u64 = ["tp", "fp", "tn", "fn"].map(|name| model[name].as_u64().unwrap()).iter().sum();
    assert_eq!(counts, 400);
    let kinds: Vec<&str> =
        model["kinds"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["cut", "timeout", "(none)"]);
}

#[test]
fn figures_can_be_computed_again_from_the_scores() {
    let folder = Folder::empty();
    folder.write("sessions.csv", sessions(true).as_bytes());
    let words = ["sessions", "sessions.csv", "--scores", "scores.csv", "--weight", "normal=30,abnormal=0.5"];
    let model = figures(&folder, &words)["models"][0].clone();
    let rows = rows(&folder.read("scores.csv"));
    let sum = |abnormal: bool, flagged: bool| {
        let count = rows.iter().filter(|row| row.0 == abnormal && row.2 == flagged).count();
        count as f64 * if abnormal { 0.5 } else { 30.0 }
    };
    let flagged = sum(true, true) + sum(false, true);
    close(number(&model, "precision"), if flagged > 0.0 { sum(true, true) / flagged } else { 0.0 });
    close(number(&model, "recall"), sum(true, true) / (sum(true, true) + sum(true, false)));
    let (mut won, mut pairs) = (0.0, 0.0);
    for one in rows.iter().filter(|row| row.0) {
        for other in rows.iter().filter(|row| !row.0) {
            pairs += 1.0;
            won += if one.1 > other.1 { 1.0 } else { f64::from(u8::from(one.1 == other.1)) / 2.0 };
        }
    }
    close(number(&model, "roc_auc"), won / pairs);
}

#[test]
fn without_parts_everything_is_trained_on_and_judged() {
    let folder = Folder::empty();
    folder.write("sessions.csv", sessions(false).as_bytes());
    let report = figures(&folder, &["sessions", "sessions.csv", "--resamples", "0"]);
    assert_eq!((&report["train_units"], &report["test_units"]), (&Value::from(1200), &Value::from(1200)));
    assert!(report["trained_on"].as_str().unwrap().ends_with("without their labels"), "{report}");
    assert!(report["models"][0]["intervals"].is_null());
    let report = figures(&folder, &["sessions", "sessions.csv", "--limit-train", "300"]);
    assert_eq!((&report["train_units"], &report["test_units"]), (&Value::from(300), &Value::from(1200)));
}

#[test]
fn threads_have_no_say() {
    let folder = Folder::empty();
    folder.write("sessions.csv", sessions(true).as_bytes());
    let scores = |threads: &str| {
        let words = ["eval", "sessions", "sessions.csv", "--scores", "-", "--threads", threads];
        good(folder.run(&words))
    };
    assert_eq!(rows(&scores("1")).len(), 400);
    assert_eq!(scores("1"), scores("4"));
}

/// Runs of a made-up daemon, of which the bad ones say something that no good one says.
fn campaign() -> Folder {
    let folder = Folder::empty();
    let mut labels = "run_id,label,part,kind\n".to_owned();
    for nth in 0..80usize {
        let bad = nth >= 60 && nth % 2 == 0;
        let part = if nth < 60 { "train_normal" } else { "test" };
        labels.push_str(&format!("run{nth},{},{part},{}\n", u8::from(bad), if bad { "disk" } else { "" }));
        let mut log = format!("2024-03-04 10:00:00 INFO daemon started with pid {}\n", 4000 + nth);
        for step in 0..12 + nth % 5 {
            log.push_str(&format!(
                "2024-03-04 10:00:{:02} INFO job {} done in {step} ms\n",
                step + 1,
                nth * 50
            ));
        }
        if bad {
            log.push_str("2024-03-04 10:00:40 INFO could not flush 17 pages to /dev/sdb\n");
        }
        log.push_str("2024-03-04 10:00:59 INFO daemon stopped\n");
        folder.write(format!("set/runs/run{nth}.log"), log.as_bytes());
    }
    folder.write("set/labels.csv", labels.as_bytes());
    folder
}

#[test]
fn runs_are_read_as_logs_and_judged_one_by_one() {
    let folder = campaign();
    let report = figures(&folder, &["runs", "set", "--scores", "scores.csv"]);
    assert_eq!((&report["unit"], &report["train_units"]), (&Value::from("run"), &Value::from(60)));
    let model = &report["models"][0];
    assert!(number(model, "recall") > 0.9 && number(model, "roc_auc") > 0.95, "{model}");
    assert!(number(model, "false_alarm_rate") <= 0.1, "{model}");
    assert!(folder.read("scores.csv").contains("\nrun60,1,"));
    let scores = |threads| good(folder.run(&["eval", "runs", "set", "--scores", "-", "--threads", threads]));
    assert_eq!(scores("1"), scores("3"));
}

/// Scores that somebody else made, so that what is shown depends on no model.
fn scored() -> Folder {
    let folder = Folder::empty();
    let (mut labels, mut scores) = (
        "line_number,label,kind\n".to_owned(),
        "file,line,template_id,score,flagged,top_detector\n".to_owned(),
    );
    for line in 1..=400u64 {
        let abnormal = line % 16 == 0;
        let kind = if abnormal { ["KERNDTLB", "APPREAD"][line as usize / 16 % 2] } else { "" };
        labels.push_str(&format!("{line},{},{kind}\n", u8::from(abnormal)));
        let score = line * 7919 % 101 + if abnormal { 60 } else { 0 };
        if line % 40 != 7 {
            let flag = u8::from(score >= 98);
            scores.push_str(&format!("app.log,{line},{line:016x},{score}.5,{flag},new-template\n"));
        }
    }
    folder.write("labels.csv", labels.as_bytes());
    folder.write("scores.csv", scores.as_bytes());
    folder
}

const LINES: [&str; 8] =
    ["eval", "lines", "--log", "app.log", "--labels", "labels.csv", "--scores-from", "scores.csv"];

#[test]
fn an_evaluation_is_told_in_a_table() {
    let folder = scored();
    let words: Vec<&str> = LINES.iter().chain(&["--cost", "fp=1,fn=20"]).copied().collect();
    for columns in [60, 100] {
        let shown = good(folder.run_wide(columns, &words));
        assert!(shown.lines().all(|line| line.chars().count() <= columns as usize), "{shown}");
        insta::assert_snapshot!(format!("eval_lines_{columns}"), shown);
    }
    let quiet: Vec<&str> = words.iter().chain(&["-q"]).copied().collect();
    assert_eq!(good(folder.run(&quiet)), "");
}

#[test]
fn an_evaluation_is_told_as_json() {
    let folder = scored();
    let words: Vec<&str> =
        LINES.iter().chain(&["--weight", "normal=2", "--json", "out.json"]).copied().collect();
    assert!(good(folder.run(&words)).contains("average precision"), "the table is shown, too");
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(&env!("CARGO_PKG_VERSION").replace('.', "\\."), "[version]");
    settings.bind(|| insta::assert_snapshot!("eval_lines_json", folder.read("out.json")));
}

#[test]
fn sessions_that_others_scored_are_measured() {
    let folder = Folder::empty();
    folder.write("labels.csv", b"session_id,label\na,1\nb,0\nc,0\nd,1\n");
    let scores = "session_id,stream,records,score,flagged,top_detector\na,x,3,9,1,\nb,x,2,9,0,\nc,x,2,1,0,\n";
    folder.write("scores.csv", scores.as_bytes());
    let report = figures(&folder, &["sessions", "labels.csv", "--scores-from", "scores.csv"]);
    let model = &report["models"][0];
    assert_eq!(
        (model["tp"].as_u64(), model["fn"].as_u64(), model["tn"].as_u64()),
        (Some(1), Some(1), Some(2))
    );
    close(number(model, "roc_auc"), 1.5 / 4.0);
    assert_eq!((&model["model"], &report["false_alarms"]), (&Value::from("scores.csv"), &Value::Null));
    let run = folder.run(&["eval", "sessions", "labels.csv", "--scores-from", "scores.csv", "--train", "x"]);
    assert_eq!(run.code, 2, "{run:?}");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let folder = scored();
    folder.write("sessions.csv", b"session_id,label,events,part\na,0,1 2,train_normal\nb,2,1,test\n");
    folder.write("no-part.csv", b"session_id,label,events,part\na,0,1 2,test\n");
    folder.write("set/labels.csv", b"run_id,label,part\nr1,0,train_normal\n");
    let check = |words: &[&str], code: i32, says: &str| {
        let run = folder.run(words);
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{run:?}");
        assert!(run.stderr.contains(says), "{}", run.stderr);
    };
    check(&["eval", "sessions", "sessions.csv"], 3, "`sessions.csv` line 3, column `label`: `2` is no label");
    check(&["eval", "sessions", "no-part.csv"], 2, "hint: name normal sessions `train_normal`");
    check(&["eval", "sessions", "sesions.csv"], 3, "hint: is it `sessions.csv`?");
    check(&["eval", "sessions", "labels.csv"], 3, "has no column `session_id`");
    check(&["eval", "runs", "set"], 3, "line 2, column `run_id`: `r1` has no log");
    check(&["eval", "runs", "nowhere"], 3, "does not exist");
    check(&["eval", "sessions", "sessions.csv", "--json", "sessions.csv"], 2, "hint: write somewhere else");
    check(&["eval", "sessions", ".", "--scores", "./sessions.csv"], 2, "hint: write somewhere else");
    check(&["eval", "sessions", "sessions.csv", "--json", "-", "--scores", "-"], 2, "the same place");
    check(&["eval", "sessions", "sessions.csv", "--false-alarms", "2"], 2, "above 0 and below 1");
    check(&["eval", "sessions", "sessions.csv", "--weight", "odd=1"], 2, "expected normal=NUMBER");
    check(&["eval", "lines", "--log", "app.log", "--labels", "labels.csv"], 3, "`app.log` does not exist");
    assert!(folder.read("sessions.csv").starts_with("session_id"), "nothing was written over it");
}

/// Rows of two numbers that go together; in the last ones they do not.
fn numbers() -> String {
    let mut text = "label,load,requests,kind\n".to_owned();
    for nth in 0..400usize {
        let (load, noise) = (nth * 7919 % 101, nth * 104_729 % 7);
        let abnormal = nth % 40 == 39;
        let requests = if abnormal { 900 + load } else { load * 3 + noise };
        text.push_str(&format!(
            "{},{load}.5,{requests},{}\n",
            u8::from(abnormal),
            if abnormal { "burst" } else { "" }
        ));
    }
    text
}

#[test]
fn tables_are_judged_by_every_model_that_takes_rows() {
    let folder = Folder::empty();
    folder.write("rows.csv", numbers().as_bytes());
    let report = figures(&folder, &["table", "rows.csv", "--model", "all", "--resamples", "0"]);
    assert_eq!((&report["unit"], &report["train_units"]), (&Value::from("row"), &Value::from(400)));
    let models = report["models"].as_array().unwrap();
    assert_eq!(models.len(), 16, "{report}");
    for name in ["isolation-forest", "one-class-svm", "z-score", "hbos", "ensemble"] {
        let model = models.iter().find(|model| model["model"] == name).unwrap();
        assert!(number(model, "roc_auc") > 0.95, "{model}");
    }
    let plain = figures(&folder, &["table", "rows.csv"]);
    assert_eq!(plain["models"][0]["model"], "isolation-forest");
    let short = figures(&folder, &["table", "rows.csv", "--model", "lof,vae", "--resamples", "0"]);
    let names: Vec<&str> =
        short["models"].as_array().unwrap().iter().filter_map(|model| model["model"].as_str()).collect();
    assert_eq!(names, ["local-outlier-factor", "variational-autoencoder"]);
}

#[test]
fn the_seed_of_a_model_and_nothing_else_decides_its_scores() {
    let folder = Folder::empty();
    folder.write("rows.csv", numbers().as_bytes());
    let scores = |more: &[&str]| {
        let words: Vec<&str> =
            ["eval", "table", "rows.csv", "--scores", "-"].iter().chain(more).copied().collect();
        good(folder.run(&words))
    };
    let once = scores(&["--seed", "7"]);
    assert_eq!(once, scores(&["--seed", "7", "--threads", "3"]));
    assert_ne!(once, scores(&["--seed", "8"]));
    assert_ne!(once, scores(&["--seed", "7", "--set", "trees=10"]));
    assert_eq!(rows(&once).len(), 400);
}

#[test]
fn another_table_can_be_fitted_on() {
    let folder = Folder::empty();
    folder.write("rows.csv", numbers().as_bytes());
    let normal: String =
        numbers().lines().filter(|row| !row.starts_with('1')).map(|row| format!("{row}\n")).collect();
    folder.write("normal.csv", normal.as_bytes());
    let words =
        ["table", "rows.csv", "--train", "normal.csv", "--model", "pca,z-score", "--false-alarms", "0.01"];
    let report = figures(&folder, &words);
    assert_eq!(report["train_units"], 390);
    for model in report["models"].as_array().unwrap() {
        assert_eq!(number(model, "recall"), 1.0, "{model}");
        assert!(number(model, "false_alarm_rate") <= 0.03, "{model}");
    }
}

#[test]
fn sessions_are_judged_by_all_models_beside_the_default() {
    let folder = Folder::empty();
    folder.write("sessions.csv", sessions(true).as_bytes());
    let alone = figures(&folder, &["sessions", "sessions.csv", "--resamples", "0"]);
    // All but those that take minutes to train; that they are among `all` is known where names are expanded.
    let quick =
        "default,isolation-forest,pca,clusters,invariants,hbos,ecod,copod,z-score,iqr,ensemble,markov";
    let words = ["sessions", "sessions.csv", "--model", quick, "--resamples", "0", "--cost", "fp=1,fn=20"];
    let report = figures(&folder, &words);
    let models = report["models"].as_array().unwrap();
    assert_eq!((models.len(), &models[0]["model"]), (12, &Value::from("default")));
    for name in ["tp", "fp", "threshold", "roc_auc", "average_precision"] {
        assert_eq!(models[0][name], alone["models"][0][name], "{name}");
    }
    for model in models {
        let cost = &model["cost"];
        close(number(cost, "total"), number(model, "fp") + 20.0 * number(model, "fn"));
        let (least, best) = (number(cost, "oracle"), number(cost, "best"));
        assert!(least <= best && least <= number(cost, "total") && least <= number(cost, "nothing_flagged"));
    }
    let shown =
        good(folder.run_wide(80, &["eval", "sessions", "sessions.csv", "--model", "markov,clusters"]));
    assert!(shown.contains("\nmarkov ") && shown.contains("fitted in  scored in  memory"), "{shown}");
}

#[test]
fn the_threshold_of_least_cost_gives_that_cost() {
    let folder = Folder::empty();
    folder.write("rows.csv", numbers().as_bytes());
    let words = ["table", "rows.csv", "--scores", "scores.csv", "--cost", "fp=3,fn=2", "--model", "hbos"];
    let cost = figures(&folder, &words)["models"][0]["cost"].clone();
    let rows = rows(&folder.read("scores.csv"));
    let at = |line: f64| -> f64 {
        rows.iter()
            .map(|(abnormal, score, _)| match (abnormal, *score >= line - 1e-9) {
                (false, true) => 3.0,
                (true, false) => 2.0,
                _ => 0.0,
            })
            .sum()
    };
    let cheapest = rows.iter().map(|row| at(row.1)).fold(at(f64::INFINITY), f64::min);
    close(number(&cost, "oracle"), cheapest);
    close(at(cost["oracle_threshold"].as_f64().unwrap_or(f64::INFINITY)), cheapest);
}

#[test]
fn wishes_that_cannot_be_are_refused_before_anything_is_read() {
    let folder = Folder::empty();
    let check = |words: &[&str], says: &str| {
        let run = folder.run(&[&["eval"], words].concat());
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run:?}");
        assert!(run.stderr.contains(says), "{}", run.stderr);
    };
    check(&["table", "x.csv", "--model", "forest"], "hint: one of default, isolation-forest");
    check(&["table", "x.csv", "--model", "markov"], "`markov` takes sequences of events");
    check(&["table", "x.csv", "--set", "trees=none"], "`trees` is `none`");
    check(&["table", "x.csv", "--set", "trees"], "expected NAME=VALUE");
    check(&["sessions", "x.csv", "--set", "trees=5"], "the model has nothing to set");
    check(
        &["sessions", "x.csv", "--model", "all", "--scores", "s.csv"],
        "--scores takes the rows of one model",
    );
    assert!(!folder.path().join("s.csv").exists());
}

/// Four days of a service that answers every two minutes; on the third it says something dreadful.
fn four_days() -> String {
    let mut log = String::new();
    for minute in (0..4 * 24 * 60usize).step_by(2) {
        let (day, hour, minute) = (4 + minute / 1440, minute / 60 % 24, minute % 60);
        let stamp = format!("2024-03-{day:02} {hour:02}:{minute:02}");
        log.push_str(&format!(
            "{stamp}:01 INFO answered request {} in {} ms\n",
            hour * 60 + minute,
            5 + minute % 7
        ));
        if day == 6 && hour == 13 && minute < 30 {
            log.push_str(&format!(
                "{stamp}:02 ERROR out of memory: cannot allocate 4096 bytes for the heap\n"
            ));
        }
    }
    log
}

#[test]
fn the_past_is_told_day_by_day_as_a_scan_would_have_raised_it() {
    let folder = Folder::empty();
    folder.write("app.log", four_days().as_bytes());
    let report = figures(&folder, &["backtest", "app.log", "--budget", "5/day"]);
    let days: Vec<(&str, u64)> = report["days"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| (day["day"].as_str().unwrap(), day["raised"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        days.iter().map(|day| day.0).collect::<Vec<_>>(),
        ["2024-03-04", "2024-03-05", "2024-03-06", "2024-03-07"]
    );
    assert!(days[2].1 >= 1, "{report}");
    let scan = folder.run(&["scan", "app.log", "--budget", "5/day", "-o", "scan.json"]);
    assert_eq!(scan.code, 0, "{scan:?}");
    let scan: Value = serde_json::from_str(&folder.read("scan.json")).unwrap();
    let raised = scan["detection"]["incidents"].as_array().unwrap().len() as u64;
    assert_eq!(days.iter().map(|day| day.1).sum::<u64>(), raised);
    assert_eq!(report["raised"], raised);
    let shown = good(folder.run_wide(80, &["eval", "backtest", "app.log"]));
    assert!(shown.contains("\n2024-03-06 ") && shown.contains("1 raised"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
}

#[test]
fn a_backtest_needs_days() {
    let folder = Folder::empty();
    folder.write("app.log", "a line without any time\n".repeat(50).as_bytes());
    let check = |words: &[&str], code: i32, says: &str| {
        let run = folder.run(&[&["eval", "backtest"], words].concat());
        assert_eq!(run.code, code, "{run:?}");
        assert!(run.stderr.contains(says), "{}", run.stderr);
    };
    check(&["app.log"], 2, "no record has a time");
    check(&["nowhere.log"], 3, "does not exist");
    check(&["app.log", "--json", "app.log"], 2, "hint: write somewhere else");
    check(&["app.log", "--budget", "5/year"], 2, "is no budget");
}
