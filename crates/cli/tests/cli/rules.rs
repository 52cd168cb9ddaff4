//! What `rules` lists, checks, tries and imports, and what rules do to a scan.

use super::run::Folder;

const OWN: &str = "title: The door was opened\nseverity: critical\nclass: DOOR\nwhen: {words: door * opened}\nfires: ['INFO x: door 7 was opened']\nquiet: ['INFO x: door 7 was closed']\n";

fn log() -> String {
    let mut log = String::new();
    for nth in 0..600 {
        log += &format!("2024-03-04T{:02}:{:02}:00Z INFO gate: round {nth} done\n", 8 + nth / 60, nth % 60);
    }
    log + "2024-03-04T18:00:01Z INFO gate: door 7 was opened\n"
}

#[test]
fn rules_are_listed_and_checked() {
    let folder = Folder::with_logs();
    folder.write("own/door.yaml", OWN.as_bytes());
    let run = folder.run(&["rules", "list", "--rules", "own"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("disk-full") && run.stdout.contains("door "), "{}", run.stdout);
    let run = folder.run(&["rules", "list", "--format", "json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&run.stdout).unwrap();
    assert!(rows.iter().all(|row| row["class"].is_string() && row["remedy"].is_string()));
    let run = folder.run(&["rules", "check", "own"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "1 rule, 2 lines: all as they must\n"));
    folder.write("own/bad.yaml", OWN.replace("door * opened", "door * closed").as_bytes());
    let run = folder.run(&["rules", "check", "own/bad.yaml"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("bad does not fire on: INFO x: door 7 was opened"), "{}", run.stdout);
    folder.write("own/slow.yaml", OWN.replace("words: door * opened", "regex: '.*'").as_bytes());
    let run = folder.run(&["rules", "check", "own/slow.yaml"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("rule `slow`") && run.stderr.contains("slow"), "{}", run.stderr);
}

#[test]
fn a_rule_is_tried_on_a_log_and_flags_its_records() {
    let folder = Folder::with_logs();
    folder.write("door.yaml", OWN.as_bytes());
    folder.write("gate.log", log().as_bytes());
    let run = folder.run(&["rules", "test", "door.yaml", "gate.log"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("door: 1 record, 1 interval\n  gate.log:601 "), "{}", run.stdout);
    let last = |words: &[&str]| {
        let run = folder.run(words);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout.lines().last().unwrap_or_default().to_owned()
    };
    let with = last(&["scan", "gate.log", "--scores", "-", "--rules", "door.yaml"]);
    assert!(with.ends_with(",1,rule"), "{with}");
    let report = folder.run(&["scan", "gate.log", "--format", "json", "--rules", "door.yaml"]);
    let report: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    let findings = report["detection"]["findings"].as_array().unwrap();
    let door = findings.iter().find(|row| row["rules"][0] == "door").expect("a finding names the rule");
    assert_eq!((door["class"].as_str(), door["severity"].as_str()), (Some("DOOR"), Some("critical")));
    let without = folder.run(&["scan", "gate.log", "--format", "json", "--no-rules"]);
    assert!(!without.stdout.contains("\"DOOR\""));
    let run = folder.run(&["rules", "test", "nothing", "gate.log"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("no rule is called `nothing`"), "{}", run.stderr);
}

#[test]
fn sigma_rules_are_imported_or_refused() {
    let folder = Folder::with_logs();
    let good = "title: Path Traversal\nlogsource: {category: webserver}\ndetection:\n  keywords: ['../../']\n  condition: keywords\nlevel: medium\n";
    folder.write("sigma/good.yml", good.as_bytes());
    folder.write("sigma/windows.yml", good.replace("category: webserver", "product: windows").as_bytes());
    let run = folder.run(&["rules", "import", "sigma", "sigma", "-o", "own"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("product `windows`"), "{}", run.stderr);
    let run = folder.run(&["rules", "check", "own"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "1 rule, 0 lines: all as they must\n"));
}
