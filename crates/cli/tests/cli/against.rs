//! `scan --against previous`: rotated files are the past of the newest.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::run::Folder;
use super::writing::service;

fn rotated() -> Folder {
    let folder = Folder::empty();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(service(1, false).as_bytes()).unwrap();
    folder.write("log/app.log.2.gz", &packed.finish().unwrap());
    folder.write("log/app.log.1", service(2, false).as_bytes());
    let mut today = service(3, false);
    today.push_str("2024-05-03 10:00:30 ERROR segmentation fault (core dumped) in worker-3\n");
    folder.write("log/app.log", today.as_bytes());
    folder
}

fn json(folder: &Folder, words: &[&str]) -> Value {
    let run = folder.run(&[words, &["--format", "json"]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{words:?}");
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn the_newest_is_judged_by_the_older_ones() {
    let folder = rotated();
    let report = json(&folder, &["scan", "log", "--against", "previous"]);
    assert_eq!(report["totals"]["balance"]["records"], 2401);
    assert_eq!(report["inputs"].as_array().unwrap().len(), 1);
    let with = report["detection"]["compared_with"].as_str().unwrap();
    assert_eq!(with, "2 previous files, log/app.log.2.gz … log/app.log.1");
    let incidents = report["detection"]["incidents"].as_array().unwrap();
    assert_eq!(incidents.len(), 1, "{incidents:?}");
    assert_eq!(
        (&incidents[0]["causes"][0]["file"], &incidents[0]["causes"][0]["line"]),
        (&"log/app.log".into(), &2401.into())
    );
}

#[test]
fn older_files_are_found_beside_the_one_that_was_named() {
    let folder = rotated();
    let (named, all) = (
        json(&folder, &["scan", "log/app.log", "--against", "previous"]),
        json(&folder, &["scan", "log", "--against", "previous"]),
    );
    assert_eq!(named["detection"], all["detection"]);
    let model =
        folder.run(&["learn", "log/app.log.2.gz", "log/app.log.1", "--no-rotated", "-o", "old.model"]);
    assert_eq!(model.code, 0, "{model:?}");
}

#[test]
fn without_older_files_there_is_nothing_to_compare_with() {
    let folder = Folder::empty();
    folder.write("app.log", b"2024-05-03 10:00:30 INFO up\n");
    let run = folder.run(&["scan", "app.log", "--against", "previous"]);
    assert!(run.code == 2 && run.stderr.contains("none of the logs has an older file"), "{run:?}");
    assert_eq!(folder.run(&["scan", "app.log", "--against", "previous", "--model", "x"]).code, 2);
}
