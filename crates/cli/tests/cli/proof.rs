//! Figures beside figures: what `eval` tells against a slow computation of its own, folds, alerts, pages and pictures.

use serde_json::Value;

use super::run::{Folder, Run};

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

/// A generated log with its labels.
fn generated(profile: &str, lines: &str) -> Folder {
    let folder = Folder::empty();
    good(folder.run(&["generate", profile, "--lines", lines, "-o", "."]));
    folder
}

/// A row of `--scores`.
#[derive(Clone, Copy)]
struct Row {
    abnormal: bool,
    score: f64,
    flagged: bool,
}

fn rows(csv: &str) -> Vec<Row> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.rsplitn(4, ',').collect();
        Row { abnormal: fields[2] == "1", score: fields[1].parse().unwrap(), flagged: fields[0] == "1" }
    };
    csv.lines().skip(1).map(row).collect()
}

/// The figures by their definitions, unit by unit and pair by pair, with nothing of the product in it.
fn by_definition(rows: &[Row], weight: impl Fn(bool) -> f64) -> [f64; 5] {
    let sum = |chosen: &dyn Fn(&Row) -> bool| -> f64 {
        rows.iter().filter(|row| chosen(row)).map(|row| weight(row.abnormal)).sum()
    };
    let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    let right = sum(&|row| row.abnormal && row.flagged);
    let precision = share(right, sum(&|row| row.flagged));
    let recall = share(right, sum(&|row| row.abnormal));
    let (mut won, mut pairs, mut average) = (0.0, 0.0, 0.0);
    for one in rows.iter().filter(|row| row.abnormal) {
        for other in rows.iter().filter(|row| !row.abnormal) {
            let both = weight(true) * weight(false);
            pairs += both;
            won += both
                * if one.score == other.score { 0.5 } else { f64::from(u8::from(one.score > other.score)) };
        }
        let above = sum(&|row| row.score >= one.score);
        let abnormal = sum(&|row| row.abnormal && row.score >= one.score);
        average += weight(true) * share(abnormal, above);
    }
    let average = share(average, sum(&|row| row.abnormal));
    let best = rows
        .iter()
        .map(|line| {
            let found = sum(&|row| row.abnormal && row.score >= line.score);
            share(2.0 * found, sum(&|row| row.score >= line.score) + sum(&|row| row.abnormal))
        })
        .fold(0.0, f64::max);
    [precision, recall, share(won, pairs), average, best]
}

#[test]
fn figures_are_those_of_the_definitions() {
    let folder = generated("kubernetes", "700");
    let lines =
        ["lines", "--log", "kubernetes.log", "--labels", "kubernetes.labels.csv", "--scores", "scores.csv"];
    for (model, words, weights) in [
        ("default", &[][..], (1.0, 1.0)),
        ("naive", &["--weight", "normal=30,abnormal=0.5"][..], (30.0, 0.5)),
        ("isolation-forest", &["--weight", "normal=99.08,abnormal=2.0168"][..], (99.08, 2.0168)),
    ] {
        let report = figures(&folder, &[&lines[..], &["--resamples", "0", "--model", model], words].concat());
        let told = &report["models"][0];
        let rows = rows(&folder.read("scores.csv"));
        assert_eq!(rows.len(), 700);
        let expected = by_definition(&rows, |abnormal| if abnormal { weights.1 } else { weights.0 });
        let found = [
            number(told, "precision"),
            number(told, "recall"),
            number(told, "roc_auc"),
            number(told, "average_precision"),
            number(&told["oracle"], "f1"),
        ];
        for (one, other) in found.iter().zip(expected) {
            assert!((one - other).abs() < 1e-9, "{model}: {found:?} are not {expected:?}");
        }
    }
}

#[test]
fn lines_are_judged_beside_each_other_with_alerts_and_delays() {
    let folder = generated("application", "1500");
    let words =
        ["lines", "--log", "application.log", "--labels", "application.labels.csv", "--resamples", "0"];
    let report = figures(&folder, &[&words[..], &["--model", "default,naive,hbos"]].concat());
    let models = report["models"].as_array().unwrap();
    let names: Vec<&str> = models.iter().map(|model| model["model"].as_str().unwrap()).collect();
    assert_eq!(names, ["default", "naive", "hbos"]);
    for model in models {
        let (alerts, delay) = (&model["alerts"], &model["delay"]);
        let days = number(alerts, "days");
        assert!((number(alerts, "per_day") * days - number(alerts, "alerts")).abs() < 1e-6, "{model}");
        assert!(number(alerts, "false_alerts") <= number(alerts, "alerts"));
        let flagged = number(model, "tp") + number(model, "fp");
        assert!(number(alerts, "alerts") <= flagged && (flagged == 0.0 || number(alerts, "alerts") > 0.0));
        assert!(number(delay, "found") <= number(delay, "episodes") && number(delay, "episodes") > 3.0);
    }
    let run = folder.run(&["eval", "lines", "--log", "a", "--labels", "b", "--model", "markov"]);
    assert!(run.code == 2 && run.stderr.contains("no model `markov` for lines\n"), "{run:?}");
}

/// Sessions whose normal shape changes halfway.
fn changing() -> Folder {
    let mut text = "session_id,label,events,part\n".to_owned();
    for nth in 0..600 {
        let usual = if nth < 300 { "open read close" } else { "open map close" };
        let (events, label) =
            if nth % 20 == 7 { (format!("{usual} crash"), 1) } else { (usual.to_owned(), 0) };
        let part = if label == 1 { "test" } else { "train_normal" };
        text.push_str(&format!("s{nth},{label},{events},{part}\n"));
    }
    let folder = Folder::empty();
    folder.write("sessions.csv", text.as_bytes());
    folder
}

#[test]
fn folds_know_nothing_of_what_comes_later() {
    let folder = changing();
    let report = figures(&folder, &["sessions", "sessions.csv", "--folds", "5", "--resamples", "0"]);
    assert_eq!(
        (&report["test_units"], &report["trained_on"]),
        (&Value::from(500), &Value::from("on what came before each fold"))
    );
    let folds = report["models"][0]["folds"].as_array().unwrap();
    let rates: Vec<bool> = folds.iter().map(|fold| number(fold, "false_alarm_rate") > 0.5).collect();
    assert_eq!(rates, [false, false, true, false, false], "{report}");
    assert!(folds.iter().all(|fold| fold["recall"] == 1.0));
    let shown = good(folder.run_wide(80, &["eval", "sessions", "sessions.csv", "--folds", "2"]));
    assert!(shown.contains("\nfold 2 ") && shown.contains("F1 over the folds"), "{shown}");
    for words in [["--folds", "400"], ["--folds", "0"]] {
        let run = folder.run(&[&["eval", "sessions", "sessions.csv"], &words[..]].concat());
        assert_eq!(run.code, 2, "{run:?}");
    }
    let run = folder.run(&["eval", "sessions", "sessions.csv", "--folds", "2", "--limit-train", "9"]);
    assert!(run.code == 2 && run.stderr.contains("hint: leave --folds out"), "{run:?}");
}

#[test]
fn lines_have_folds_of_the_log_up_to_their_end() {
    let folder = generated("security", "900");
    let words = ["lines", "--log", "security.log", "--labels", "security.labels.csv", "--folds", "2"];
    let report = figures(&folder, &[&words[..], &["--resamples", "0", "--model", "default,naive"]].concat());
    assert_eq!(report["test_units"], 600);
    for model in report["models"].as_array().unwrap() {
        let tested: Vec<u64> =
            model["folds"].as_array().unwrap().iter().map(|fold| fold["tested"].as_u64().unwrap()).collect();
        assert_eq!(tested, [300, 300]);
        assert!(model["alerts"].is_object());
    }
}

#[test]
fn pages_and_pictures_are_written_and_stand_alone() {
    let folder = changing();
    let words =
        ["sessions", "sessions.csv", "--model", "default,hbos", "--false-alarms", "0.01", "--folds", "3"];
    let asked = ["--html", "page.html", "--plots", "pictures", "--resamples", "10"];
    let report = figures(&folder, &[&words[..], &asked].concat());
    assert!(report["models"][0].get("curves").is_none(), "figures are figures");
    let page = folder.read("page.html");
    assert_eq!(page.matches("src=\"data:image/png;base64,").count(), 3);
    assert!(page.contains("fold 3") && !page.contains("<script"));
    for name in ["default.png", "hbos.png", "all-models.png"] {
        let picture = folder.bytes(&format!("pictures/{name}"));
        assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n") && picture.len() > 10_000, "{name}");
    }
}

#[test]
fn public_sets_are_listed_without_a_network() {
    let folder = Folder::empty();
    let list = good(folder.run(&["eval", "fetch", "--cache", "sets"]));
    assert!(
        list.starts_with("bgl-2k\n  2,000 lines of the Blue Gene/L") && list.contains("free for research"),
        "{list}"
    );
    let run = folder.run(&["eval", "fetch", "no-such", "--cache", "sets"]);
    assert!(run.code == 2 && run.stderr.contains("hint: one of bgl-2k, bgl, hdfs"), "{run:?}");
    assert!(!folder.path().join("sets").exists(), "nothing is made before something is fetched");
}

#[test]
fn models_are_compared_on_logs_that_anybody_can_make() {
    let folder = Folder::empty();
    let words = ["eval", "compare", "--lines", "300", "--model", "default,hbos", "--cache", "none"];
    let told = good(folder.run(&[&words[..], &["--json", "-"]].concat()));
    let report: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (report["sets"].as_array().unwrap().len(), report["models"][1]["logs"].as_u64()),
        (8, Some(8))
    );
    let mean = number(&report["models"][0], "f1");
    let f1s = report["sets"].as_array().unwrap().iter().map(|set| number(&set["figures"][0], "f1"));
    assert!((f1s.sum::<f64>() / 8.0 - mean).abs() < 1e-9);
    folder.write("sets/bgl-2k/bgl-2k.log", b"2024-03-04 10:00:00 one\n2024-03-04 10:00:01 two\n");
    folder.write("sets/bgl-2k/bgl-2k.labels.csv", b"line_number,label,kind\n1,0,\n2,1,X\n");
    let words = ["eval", "compare", "--lines", "100", "--model", "naive", "--cache", "sets", "--markdown"];
    let table = good(folder.run(&words));
    assert!(table.contains("| naive | ") && table.contains("bgl-2k (2 lines, 1 abnormal):"), "{table}");
}

/// A log of jobs of which one in twenty never ends, and the labels of the jobs.
fn jobs() -> Folder {
    let (mut log, mut labels) = (String::new(), "session_id,label,known\n".to_owned());
    for nth in 0..400u32 {
        let (minute, second) = (nth / 6, nth % 6 * 10);
        let (hour, minute) = (10 + minute / 60, minute % 60);
        let stamp = |step: u32| format!("2024-03-04 {hour:02}:{minute:02}:{:02} INFO", second + step);
        let broken = nth % 20 == 11;
        log.push_str(&format!("{} job job_{:06} taken\n", stamp(0), 7000 + nth * 13));
        log.push_str(&format!("{} job job_{:06} written to disk\n", stamp(1), 7000 + nth * 13));
        let end = if broken { "lost its worker" } else { "done" };
        log.push_str(&format!("{} job job_{:06} {end}\n", stamp(2), 7000 + nth * 13));
        labels.push_str(&format!(
            "job_{:06},{},{}\n",
            7000 + nth * 13,
            u8::from(broken),
            u8::from(nth % 20 == 0)
        ));
    }
    let folder = Folder::empty();
    folder.write("jobs.log", log.as_bytes());
    folder.write("labels.csv", labels.as_bytes());
    folder
}

#[test]
fn sessions_of_a_raw_log_are_judged_in_one_command() {
    let folder = jobs();
    let words = ["sessions", "labels.csv", "--log", "jobs.log", "--resamples", "0"];
    let report = figures(&folder, &words);
    assert_eq!(
        (&report["test_units"], &report["models"][0]["model"]),
        (&Value::from(400), &Value::from("default"))
    );
    assert!(number(&report["models"][0], "roc_auc") > 0.9, "{report}");
    good(folder.run(&["scan", "jobs.log", "-q", "--session-scores", "scores.csv"]));
    let apart =
        figures(&folder, &["sessions", "labels.csv", "--scores-from", "scores.csv", "--resamples", "0"]);
    for name in ["tp", "fp", "roc_auc", "average_precision"] {
        assert_eq!(report["models"][0][name], apart["models"][0][name], "{name}");
    }
    let fewer = figures(&folder, &[&words[..], &["--train-where", "known=1"]].concat());
    assert_eq!(fewer["test_units"], 380, "what is known to be normal is not tested");
    let run =
        folder.run(&["eval", "sessions", "labels.csv", "--log", "jobs.log", "--train-where", "colour=1"]);
    assert!(run.stderr.contains("has no column `colour`"), "{run:?}");
}
