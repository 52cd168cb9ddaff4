//! What people say, and what a scan makes of it.

use super::run::Folder;

fn log() -> String {
    let mut log = String::new();
    for nth in 0..900 {
        log += &format!(
            "2024-03-{:02}T{:02}:{:02}:00Z INFO gate: round {nth} done\n",
            4 + nth / 600,
            8 + nth % 600 / 60,
            nth % 60
        );
    }
    log + "2024-03-05T18:00:01Z ERROR gate: kernel panic - not syncing: fatal exception in door 7\n"
}

fn report(folder: &Folder, words: &[&str]) -> serde_json::Value {
    let run = folder.run(&[&["scan", "gate.log", "--format", "json"], words].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn what_is_normal_is_held_counted_and_reported() {
    let folder = Folder::with_logs();
    folder.write("gate.log", log().as_bytes());
    let before = report(&folder, &["-o", "report.json"]);
    let incidents = before["detection"]["incidents"].as_array().unwrap().len();
    assert!(incidents > 0);
    let id = before["detection"]["incidents"][0]["id"].as_str().unwrap();
    let words = ["feedback", "normal", id, "--report", "report.json", "--why", "a drill", "--who", "alice"];
    let dry = folder.run(&[&words[..], &["--dry-run"]].concat());
    assert_eq!((dry.code, dry.stderr.as_str()), (0, ""));
    assert!(
        dry.stdout.starts_with(&format!("would have hidden 1 of {incidents} incident")),
        "{}",
        dry.stdout
    );
    assert!(!folder.path().join("logsift.feedback.yaml").exists());
    let said = folder.run(&words);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    let after = report(&folder, &[]);
    assert_eq!(after["detection"]["incidents"].as_array().unwrap().len(), incidents - 1);
    assert_eq!(after["detection"]["budget"]["held_marked_normal"], 1);
    let list = folder.run(&["feedback", "list"]);
    assert!(
        list.stdout.contains("is normal") && list.stdout.contains("alice") && list.stdout.contains("a drill"),
        "{}",
        list.stdout
    );
    let check = folder.run(&["feedback", "check", "--report", "report.json"]);
    assert_eq!(check.code, 0, "{}", check.stdout);
    assert!(check.stdout.contains("1 entry: would have hidden 1 of"), "{}", check.stdout);
}

#[test]
fn entries_expire_by_the_time_of_the_log_and_silent_ones_are_told() {
    let folder = Folder::with_logs();
    folder.write("gate.log", log().as_bytes());
    let before = report(&folder, &["-o", "report.json"])["detection"]["incidents"].as_array().unwrap().len();
    let say = |words: &[&str]| {
        let run = folder.run(&[&["feedback"], words, &["--why", "planned", "--who", "bob"]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
    };
    say(&["expected-until", "2024-03-01", "rule:kernel"]);
    say(&["normal", "template:gone"]);
    let after = report(&folder, &[]);
    assert_eq!(
        after["detection"]["incidents"].as_array().unwrap().len(),
        before,
        "the log is younger than that"
    );
    assert!(after["notices"].to_string().contains("2 of 2 entries changed nothing"), "{}", after["notices"]);
    let check = folder.run(&["feedback", "check", "--report", "report.json"]);
    assert_eq!(check.code, 1);
    assert!(
        check.stdout.contains("rule kernel: has expired")
            && check.stdout.contains("template gone: says nothing here"),
        "{}",
        check.stdout
    );
    say(&["severity", "low", "rule:kernel"]);
    let lower = report(&folder, &[]);
    let of_kernel = |report: &serde_json::Value| {
        let rows = report["detection"]["findings"].as_array().unwrap().clone();
        rows.into_iter()
            .find(|row| row["rules"].to_string().contains("kernel"))
            .map(|row| row["severity"].clone())
    };
    assert_eq!(of_kernel(&lower), Some("low".into()));
    folder.write("logsift.feedback.yaml", b"entries: [{say: normal, who: a, when: 2024-01-01, why: b}]\n");
    let run = folder.run(&["scan", "gate.log"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("entry 1") && run.stderr.contains("about nothing"), "{}", run.stderr);
}

/// Four quiet hours of a shop, after which jobs are tried again and again and never stop being so.
fn retries() -> String {
    let mut log = String::new();
    for second in (0..8 * 3600).step_by(2) {
        let time = format!("2024-03-04T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60);
        log += &format!("{time} INFO served page {} in {} ms\n", second * 7919 % 991, 2 + second * 31 % 8);
        let (often, seldom) = (second > 4 * 3600, second * 6007 % 91 < 2);
        for nth in 0..if often { 6 } else { i32::from(seldom) } {
            log += &format!("{time} WARN retry of job {}\n", second + nth);
        }
    }
    log
}

#[test]
fn what_was_learned_as_a_new_normal_is_listed_and_taken_back() {
    let folder = Folder::with_logs();
    folder.write("gate.log", retries().as_bytes());
    let before = report(&folder, &["-o", "report.json"]);
    let adoptions = before["detection"]["adoptions"].as_array().unwrap();
    let of_retries = adoptions.iter().find(|row| row["template"] == "retry of job <number>").unwrap();
    let (since, adopted) = (of_retries["since"].as_str().unwrap(), of_retries["adopted"].as_str().unwrap());
    assert!("2024-03-04T03:50" < since && since < adopted, "{since}, {adopted}");
    let id = of_retries["finding_id"].as_str().unwrap();
    let finding = |report: &serde_json::Value| {
        let findings = report["detection"]["findings"].as_array().unwrap().clone();
        findings.into_iter().find(|row| row["template_id"] == of_retries["template_id"]).unwrap()
    };
    assert_eq!(finding(&before)["adopted"], adopted);
    let words = ["feedback", "not-normal", id, "--report", "report.json", "--why", "must go", "--who", "bob"];
    let said = folder.run(&words);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    assert!(said.stdout.contains("taken back 1 new normal"), "{}", said.stdout);
    let after = report(&folder, &[]);
    let left = after["detection"]["adoptions"].as_array().unwrap();
    assert!(!left.iter().any(|row| row["template_id"] == of_retries["template_id"]), "{left:?}");
    assert_eq!(finding(&after)["adopted"], serde_json::Value::Null);
    let end =
        |report: &serde_json::Value| report["detection"]["incidents"][0]["end"].as_str().unwrap().to_owned();
    assert!(end(&before).as_str() < "2024-03-04T06:00" && end(&after).as_str() > "2024-03-04T07:50");
    let story = folder.run(&["feedback", "not-normal", "fingerprint:00aa", "--why", "x", "--who", "y"]);
    assert_eq!(story.code, 2);
    assert!(story.stderr.contains("hint: template, stream, rule"), "{}", story.stderr);
}
