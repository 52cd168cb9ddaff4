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
