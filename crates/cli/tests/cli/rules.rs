//! What `rules` lists, checks, tries and imports, and what rules do to a scan.

use serde_json::Value;

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
    let rows: Vec<Value> = serde_json::from_str(&run.stdout).unwrap();
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
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
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

/// Figures of the built-in rules alone, on a generated log.
fn of_rules_alone(log: &str) -> Value {
    let folder = Folder::empty();
    let run = folder.run(&["generate", log, "--lines", "4000", "-q", "-o", "."]);
    assert_eq!(run.code, 0, "{run:?}");
    let (log, labels) = (format!("{log}.log"), format!("{log}.labels.csv"));
    let words = ["eval", "lines", "--model", "rules", "--log", &log, "--labels", &labels];
    let words: Vec<&str> = words.into_iter().chain(["--resamples", "0", "-q", "--json", "-"]).collect();
    let run = folder.run(&words);
    assert_eq!(run.code, 0, "{run:?}");
    serde_json::from_str::<Value>(&run.stdout).unwrap()["models"][0].clone()
}

#[test]
fn the_packs_know_the_trouble_that_everybody_knows() {
    let logs = [
        "database-failures",
        "authentication-failures",
        "resource-exhaustion",
        "slow-queries",
        "error-bursts",
    ];
    for log in logs {
        let model = of_rules_alone(log);
        let (recall, precision) = (model["recall"].as_f64().unwrap(), model["precision"].as_f64().unwrap());
        assert!(recall >= 0.98 && precision >= 0.98, "{log}: recall {recall}, precision {precision}");
    }
}

#[test]
fn every_number_beyond_its_range_is_flagged_and_not_only_the_greatest() {
    let folder = Folder::empty();
    let gauge = |nth: usize| match nth {
        2400..2420 => 3000 + (nth - 2400) * 200,
        _ => 900 + nth * 7919 % 200,
    };
    let line = |nth: usize| {
        let (hour, minute, second) = (nth / 360, nth / 6 % 60, nth % 6 * 10);
        format!("2024-03-04T{hour:02}:{minute:02}:{second:02}Z INFO api gauge rss_mb={}\n", gauge(nth))
    };
    folder.write("gauge.log", (0..3000).map(line).collect::<String>().as_bytes());
    let run = folder.run(&["scan", "gauge.log", "-q", "--scores", "-"]);
    let flagged: Vec<usize> = run
        .stdout
        .lines()
        .skip(1)
        .enumerate()
        .filter(|(_, row)| row.contains(",1,value-range"))
        .map(|(nth, _)| nth)
        .collect();
    assert!(flagged.len() >= 18 && flagged.iter().all(|nth| gauge(*nth) >= 3000), "{flagged:?}");
}

#[test]
fn what_belongs_to_something_grave_is_flagged_with_it() {
    let folder = Folder::empty();
    let mut log = String::new();
    for nth in 0..3000 {
        let (minute, second, process) = (nth / 60 % 60, nth % 60, 4000 + nth / 2 * 7 % 900);
        let hour = 10 + nth / 3600;
        log.push_str(&format!(
            "2024-03-04 {hour}:{minute:02}:{second:02}.100 UTC [{process}] app@shop LOG:  duration: {}.5 ms  statement: SELECT {nth}\n",
            nth % 40
        ));
        if nth == 2500 {
            let at = format!("2024-03-04 {hour}:{minute:02}:{second:02}");
            log.push_str(&format!("{at}.200 UTC [777] app@shop ERROR:  deadlock detected\n"));
            log.push_str(&format!(
                "{at}.201 UTC [778] app@shop LOG:  duration: 3.5 ms  statement: SELECT 1\n"
            ));
            log.push_str(&format!(
                "{at}.202 UTC [777] app@shop LOG:  duration: 3.5 ms  statement: SELECT 1\n"
            ));
        }
    }
    folder.write("db.log", log.as_bytes());
    let run = folder.run(&["scan", "db.log", "-q", "--scores", "-"]);
    let row = |line: usize| run.stdout.lines().nth(line).unwrap_or_default().to_owned();
    let (grave, other, same) = (row(2502), row(2503), row(2504));
    assert!(grave.contains(",2502,") && grave.contains(",1,"), "{grave}");
    assert!(other.contains(",0,"), "{other}");
    assert!(same.ends_with(",1,companion"), "{same}");
}
