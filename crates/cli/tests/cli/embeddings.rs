//! What messages mean: a scan, a training and a scoring with a small language model, and what is refused.

use std::path::Path;

use serde_json::Value;

use super::run::{Folder, Run};

/// A language model with random weights, which the crate that runs such has for its tests.
fn model(name: &str) -> String {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../embeddings/tests/models");
    models.join(name).display().to_string()
}

/// Hours of a service with a handful of messages; new ones come now and then.
fn log(last: &str) -> String {
    let messages =
        ["user logged in", "user logged out", "connection closed", "pool free", "path of log", "action ok"];
    let late =
        ["login of user", "closed the pool", "error path", "status of action", "free duration", "app log ok"];
    let line = |at: usize| {
        let (hour, minute) = (at / 120 % 24, at / 2 % 60);
        let known = messages.len() + (at / 400).min(late.len());
        let text = messages.iter().chain(&late).nth(at * 7 % known).unwrap_or(&"");
        format!(
            "2024-03-04T{hour:02}:{minute:02}:{:02}Z INFO session req-{:06} {text}\n",
            at % 2 * 30,
            at / 5
        )
    };
    (0..2800).map(line).collect::<String>() + &format!("2024-03-04T23:30:00Z INFO session req-9 {last}\n")
}

fn folder() -> Folder {
    let folder = Folder::empty();
    folder.write("app.log", log("unbelievable torpedo").as_bytes());
    folder
}

fn good(folder: &Folder, words: &[&str]) -> String {
    let run = folder.run(words);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{words:?} {}", run.stdout);
    run.stdout
}

fn refused(run: &Run, says: &str) {
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run:?}");
    assert!(run.stderr.contains(says), "{}", run.stderr);
}

#[test]
fn a_scan_looks_at_meanings_where_it_is_asked_to() {
    let (folder, model) = (folder(), model("mean"));
    let scan =
        |words: &[&str]| good(&folder, &[&["scan", "app.log", "--format", "json"][..], words].concat());
    let kinds = |text: &str| {
        let report: Value = serde_json::from_str(text).unwrap();
        let kinds = report["detection"]["kinds"].as_array().unwrap().clone();
        kinds.iter().any(|kind| kind["kind"] == "new-meaning")
    };
    let with = scan(&["--embeddings", &model]);
    assert!(kinds(&with) && !kinds(&scan(&[])));
    assert_eq!(with, scan(&["--embeddings", &model, "--threads", "1"]), "threads have no say");
}

#[test]
fn models_take_meanings_as_features_of_records_windows_and_sessions() {
    let (folder, model) = (folder(), model("mean"));
    for (rows, name) in [("records", "r"), ("windows", "w"), ("sessions", "s")] {
        let words =
            ["train", "app.log", "--features", "semantic", "--model", "lof", "--no-time", "--rows", rows];
        good(&folder, &[&words[..], &["--embeddings", &model, "--threads", "1", "-o", "one"]].concat());
        good(&folder, &[&words[..], &["--embeddings", &model, "--threads", "2", "-o", name]].concat());
        assert_eq!(folder.bytes("one"), folder.bytes(name), "{rows}");
        let told: Value =
            serde_json::from_str(&good(&folder, &["model", "inspect", name, "--format", "json"])).unwrap();
        let told = told.to_string();
        assert!(told.contains("semantic.novelty") && told.contains("semantic[session"), "{rows} {told}");
        let scores = good(&folder, &["score", "app.log", "--model", name, "--embeddings", &model]);
        assert!(scores.lines().count() > 10, "{rows} {scores}");
    }
}

/// A template that the training never met has a meaning of its own.
#[test]
fn what_was_never_met_is_read_when_it_is_scored() {
    let (folder, model) = (folder(), model("mean"));
    good(
        &folder,
        &[
            "train",
            "app.log",
            "--features",
            "semantic",
            "--model",
            "z-score",
            "-o",
            "m",
            "--embeddings",
            &model,
        ],
    );
    folder.write(
        "other.log",
        b"2024-03-05T01:00:00Z INFO ~~~~ !!! $$$ {{{\n2024-03-05T01:00:01Z INFO session req-1 pool free\n",
    );
    let rows =
        good(&folder, &["score", "other.log", "--model", "m", "--format", "ndjson", "--embeddings", &model]);
    let scores: Vec<f64> = rows
        .lines()
        .map(|row| serde_json::from_str::<Value>(row).unwrap()["score"].as_f64().unwrap())
        .collect();
    assert!(scores.len() == 2 && scores[0] > 2.0 * scores[1], "{rows}");
}

#[test]
fn what_is_missing_or_does_not_fit_is_refused() {
    let (folder, small) = (folder(), model("mean"));
    refused(
        &folder.run(&["train", "app.log", "--features", "semantic", "-o", "m"]),
        "features `semantic` need a language model",
    );
    refused(&folder.run(&["scan", "app.log", "--features", "semantic"]), "--embeddings");
    refused(&folder.run(&["scan", "app.log", "--embeddings", "nowhere"]), "nowhere/config.json");
    good(&folder, &["train", "app.log", "--features", "semantic", "-o", "m", "--embeddings", &small]);
    refused(&folder.run(&["score", "app.log", "--model", "m"]), "name its folder with --embeddings");
    refused(
        &folder.run(&["score", "app.log", "--model", "m", "--embeddings", &model("first")]),
        "the model was trained with another language model",
    );
}
