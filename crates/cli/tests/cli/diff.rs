//! `diff`: known-good logs against others.

use serde_json::Value;

use super::run::Folder;
use super::writing::{build, service};

fn json(folder: &Folder, words: &[&str]) -> Value {
    let run = folder.run(&[words, &["--format", "json"]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{words:?}");
    serde_json::from_str(&run.stdout).unwrap()
}

fn list<'a>(diff: &'a Value, name: &str) -> &'a [Value] {
    diff[name].as_array().unwrap()
}

fn builds() -> Folder {
    let folder = Folder::empty();
    folder.write("green.log", build(1, false).as_bytes());
    folder.write("red.log", build(2, true).as_bytes());
    folder
}

fn days() -> Folder {
    let folder = Folder::empty();
    folder.write("good/app-1.log", service(1, false).as_bytes());
    folder.write("bad/app-2.log", service(2, true).as_bytes());
    folder.write("calm/app-3.log", service(3, false).as_bytes());
    folder
}

#[test]
fn a_red_build_against_a_green_one() {
    let folder = builds();
    let run = folder.run_wide(90, &["diff", "green.log", "red.log"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("diff_builds", run.stdout);
    let report = json(&folder, &["diff", "green.log", "red.log"]);
    let new = list(&report["diff"], "new");
    assert!(new[0]["failure"].as_f64().unwrap() >= 3.0, "{}", new[0]);
    let lines: Vec<u64> = new.iter().take(5).filter_map(|row| row["line"].as_u64()).collect();
    assert!([119, 166].iter().all(|line| lines.contains(line)), "the failed test and its panic: {lines:?}");
    let gone: Vec<&str> =
        list(&report["diff"], "gone").iter().filter_map(|row| row["template"].as_str()).collect();
    assert!(gone.contains(&"Uploading artifacts"), "{gone:?}");
    assert_eq!(report["diff"]["streams"][0]["by"], "all");
}

#[test]
fn a_bad_day_against_a_good_one_is_new_slower_and_less() {
    let folder = days();
    let diff = &json(&folder, &["diff", "good", "bad"])["diff"];
    assert_eq!(
        (&diff["streams"][0]["by"], &diff["streams"][0]["target"]),
        (&"kind".into(), &"app-2.log".into())
    );
    let templates = |name: &str| -> Vec<&str> {
        list(diff, name).iter().filter_map(|row| row["template"].as_str()).collect()
    };
    assert_eq!(templates("new"), ["connection to <ip> refused: too many clients"]);
    assert_eq!(list(diff, "new")[0]["file"], "bad/app-2.log");
    assert!(templates("less").iter().any(|text| text.starts_with("heartbeat")), "{diff}");
    assert!(templates("slower")[0].starts_with("request <number> served in <number> ms"), "{diff}");
    assert_eq!(
        (&list(diff, "slower")[0]["unit"], &list(diff, "slower")[0]["slot"]),
        (&"ms".into(), &1.into())
    );
    assert!(templates("gone").is_empty(), "{diff}");
}

#[test]
fn two_good_days_do_not_differ() {
    let folder = days();
    let report = json(&folder, &["diff", "good", "calm"]);
    for name in ["new", "gone", "more", "less", "slower", "values"] {
        assert_eq!(list(&report["diff"], name), &[] as &[Value], "{name}");
    }
    assert_eq!(report["detection"]["incidents"], serde_json::json!([]));
    let run = folder.run(&["diff", "good", "calm"]);
    assert!(run.stdout.contains("no difference: "), "{}", run.stdout);
    let same = json(&folder, &["diff", "good/app-1.log", "good/app-1.log"]);
    assert_eq!((list(&same["diff"], "new").len(), &same["diff"]["streams"][0]["by"]), (0, &"name".into()));
}

#[test]
fn a_model_is_a_baseline_and_gives_the_same() {
    let folder = days();
    assert_eq!(folder.run(&["learn", "good", "-o", "good.model"]).code, 0);
    let (of_model, of_logs) =
        (json(&folder, &["diff", "good.model", "bad"]), json(&folder, &["diff", "good", "bad"]));
    for name in ["new", "gone", "more", "less", "slower", "values", "streams"] {
        assert_eq!(of_model["diff"][name], of_logs["diff"][name], "{name}");
    }
    assert_eq!(of_model["detection"]["findings"], of_logs["detection"]["findings"]);
    assert_eq!(
        (&of_model["diff"]["baseline"]["model"], &of_logs["diff"]["baseline"]["model"]),
        (&true.into(), &false.into())
    );
}

#[test]
fn every_format_is_written_and_threads_do_not_matter() {
    let folder = builds();
    let names =
        ["a.txt", "a.json", "a.ndjson", "a.csv", "a.html", "a.sarif", "a.xml", "a.md", "alerts.txt", "a.png"];
    let mut words = vec!["-q", "diff", "green.log", "red.log"];
    names.iter().for_each(|name| words.extend(["-o", name]));
    let run = folder.run(&words);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    let sizes = names.map(|name| std::fs::metadata(folder.path().join(name)).unwrap().len());
    assert!(sizes.iter().all(|size| *size > 0), "{sizes:?}");
    assert!(folder.read("a.md").contains("## Against the baseline"));
    assert!(folder.read("a.html").contains("\"diff\":"));
    let first: Value = serde_json::from_str(folder.read("a.ndjson").lines().next().unwrap()).unwrap();
    assert_eq!(first["type"], "new");
    let one = folder.run(&["diff", "green.log", "red.log", "--format", "json", "--threads", "1"]);
    assert_eq!(one.stdout, folder.read("a.json"));
}

#[test]
fn exits_and_refusals() {
    let folder = builds();
    assert_eq!(folder.run(&["diff", "green.log", "red.log", "--fail-on", "high"]).code, 1);
    assert_eq!(folder.run(&["diff", "green.log", "green.log", "--fail-on", "low"]).code, 0);
    let run = folder.run(&["diff", "absent.log", "red.log"]);
    assert!(run.code == 3 && run.stderr.contains("nothing of `absent.log` could be read"), "{run:?}");
    let run = folder.run(&["diff", "green.log", "red.log", "-o", "green.log"]);
    assert!(run.code == 2 && run.stderr.contains("is one of the logs to be read"), "{run:?}");
    assert!(folder.read("green.log").starts_with("Checking out"));
    assert_eq!(folder.run(&["diff", "green.log"]).code, 2);
    assert_eq!(folder.run(&["learn", "green.log", "--redact", "-o", "masked.model"]).code, 0);
    let run = folder.run(&["diff", "masked.model", "red.log"]);
    assert!(run.code == 2 && run.stderr.contains("give --redact=mask"), "{run:?}");
}
