//! Ids of templates: the same whatever way a log came in, and resolved when a template takes in another.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::run::Folder;

/// Ids and counts of all templates.
type Ids = Vec<(String, u64)>;

fn line(nth: usize) -> String {
    let stamp = format!("2024-03-04T{:02}:{:02}:{:02}Z", nth / 3600 % 24, nth / 60 % 60, nth % 60);
    match nth * 7 % 5 {
        0 => format!("{stamp} INFO user {} logged in\n", ["ann", "ben", "cid", "dan", "eve"][nth / 5 % 5]),
        1 => format!("{stamp} INFO request {nth} took {} ms\n", nth % 90),
        2 => format!("{stamp} WARN nodes {}\n", "node-1 <ok> ".repeat(1 + nth % 4)),
        3 => format!("{stamp} DEBUG state={} admin={}\n", nth.is_multiple_of(2), nth.is_multiple_of(3)),
        _ => format!("{stamp} ERROR 10.0.0.{}: disk /dev/sd{} failed\n", nth % 200, nth % 10),
    }
}

fn gz(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

fn report(folder: &Folder, words: &[&str]) -> serde_json::Value {
    let run = folder.run(words);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{words:?}");
    serde_json::from_str(&run.stdout).unwrap()
}

fn rows(report: &serde_json::Value) -> Ids {
    let row = |template: &serde_json::Value| {
        (template["template_id"].as_str().unwrap().to_owned(), template["count"].as_u64().unwrap())
    };
    let mut rows: Ids = report["templates"].as_array().unwrap().iter().map(row).collect();
    rows.sort();
    rows
}

fn mined(folder: &Folder, words: &[&str]) -> Ids {
    let words = [&["templates", "--format", "json"], words].concat();
    rows(&report(folder, &words))
}

#[test]
fn ids_depend_on_the_lines_alone() {
    let folder = Folder::empty();
    let lines: Vec<String> = (0..400).map(line).collect();
    let reversed: Vec<String> = lines.iter().rev().cloned().collect();
    let (front, back) = lines.split_at(130);
    folder.write("plain.log", lines.concat().as_bytes());
    folder.write("reversed.log", reversed.concat().as_bytes());
    folder.write("packed.log.gz", &gz(&lines.concat()));
    folder.write("front.log", front.concat().as_bytes());
    folder.write("back.log.gz", &gz(&back.concat()));
    let wanted = mined(&folder, &["plain.log"]);
    assert!(wanted.len() >= 5 && wanted.iter().map(|(_, count)| count).sum::<u64>() == 400, "{wanted:?}");
    let ways: &[&[&str]] = &[
        &["plain.log"],
        &["plain.log", "--threads", "1"],
        &["plain.log", "--threads", "2"],
        &["reversed.log"],
        &["packed.log.gz"],
        &["front.log", "back.log.gz", "--threads", "2"],
        &["back.log.gz", "front.log", "--threads", "1"],
    ];
    for way in ways {
        assert_eq!(mined(&folder, way), wanted, "{way:?}");
    }
}

/// Two models with three users each know six templates, and seven users are one.
#[test]
fn ids_of_templates_that_a_merge_generalises_resolve() {
    let folder = Folder::empty();
    let users = |names: &[&str]| -> String {
        let line = |(nth, name): (usize, &&str)| {
            format!("2024-03-04T10:00:{nth:02}Z INFO Accepted the password of {name} today\n")
        };
        names.iter().enumerate().map(line).collect()
    };
    folder.write("a.log", users(&["ann", "ben", "cid"]).as_bytes());
    folder.write("b.log", users(&["dan", "eve", "fay"]).as_bytes());
    for name in ["a", "b"] {
        let (log, model) = (format!("{name}.log"), format!("{name}.model"));
        assert_eq!(folder.run(&["learn", &log, "-o", &model]).code, 0);
    }
    let inspect = |model: &str| report(&folder, &["model", "inspect", model, "--format", "json"]);
    let before: Vec<String> =
        ["a.model", "b.model"].iter().flat_map(|model| rows(&inspect(model))).map(|(id, _)| id).collect();
    assert_eq!(before.len(), 6, "three users are not many yet");
    for (order, output) in [(["a.model", "b.model"], "ab.model"), (["b.model", "a.model"], "ba.model")] {
        let [first, second] = order;
        assert_eq!(folder.run(&["merge", first, second, "-o", output]).code, 0);
        let merged = inspect(output);
        let [(today, 6)] = &rows(&merged)[..] else { panic!("{merged}") };
        assert_eq!(*today, mined(&folder, &["a.log", "b.log"])[0].0, "merged or at once, the id is the same");
        for old in &before {
            let child = |moved: &&serde_json::Value| moved["from"] == old.as_str();
            let moved = merged["lineage"].as_array().unwrap().iter().find(child);
            let parent = moved.unwrap_or_else(|| panic!("{old} is not known any more"))["to"].as_str();
            assert_eq!(parent, Some(today.as_str()));
        }
    }
}

/// A model that is merged on keeps what the first merge knew.
#[test]
fn lineage_outlives_further_merges() {
    let folder = Folder::empty();
    for (nth, name) in ["ann", "ben", "cid", "dan", "eve"].into_iter().enumerate() {
        let line = format!("2024-03-04T10:00:0{nth}Z INFO Accepted the password of {name} today\n");
        folder.write(format!("{nth}.log"), line.as_bytes());
        let (log, model) = (format!("{nth}.log"), format!("{nth}.model"));
        assert_eq!(folder.run(&["learn", &log, "-o", &model]).code, 0);
    }
    let first = rows(&report(&folder, &["model", "inspect", "0.model", "--format", "json"]))[0].0.clone();
    assert_eq!(
        folder.run(&["merge", "0.model", "1.model", "2.model", "3.model", "-o", "four.model"]).code,
        0
    );
    assert_eq!(folder.run(&["merge", "4.model", "four.model", "-o", "five.model"]).code, 0);
    let merged = report(&folder, &["model", "inspect", "five.model", "--format", "json"]);
    let today = &rows(&merged)[0].0;
    let lineage = merged["lineage"].as_array().unwrap();
    assert!(
        lineage.iter().any(|moved| moved["from"] == first.as_str() && moved["to"] == today.as_str()),
        "{merged}"
    );
    let shown = folder.run(&["model", "inspect", "five.model"]).stdout;
    assert!(shown.contains("Accepted the password of"), "{shown}");
}
