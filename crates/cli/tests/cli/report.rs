//! What a scan reports, as text and as JSON.

use super::run::Folder;

#[test]
fn every_log_at_80_columns() {
    let folder = Folder::with_logs();
    for log in ["syslog", "nginx", "json", "logfmt", "java", "python", "docker", "cri", "mixed"] {
        let run = folder.run_wide(80, &["scan", "--no-detect", &format!("{log}.log")]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{log}");
        insta::assert_snapshot!(format!("text_{log}"), run.stdout);
    }
}

#[test]
fn what_is_unusual_leads_the_report() {
    let folder = Folder::with_logs();
    for log in ["json", "java", "nginx"] {
        let run = folder.run_wide(80, &["scan", &format!("{log}.log")]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{log}");
        insta::assert_snapshot!(format!("text_incidents_{log}"), run.stdout);
    }
}

#[test]
fn an_incident_fails_a_run_that_asks_for_it() {
    let folder = Folder::with_logs();
    for (words, code) in [
        (&["json.log", "--fail-on", "critical"][..], 1),
        (&["json.log", "--fail-on", "low"], 1),
        (&["nginx.log", "--fail-on", "low"], 0),
        (&["json.log"], 0),
    ] {
        assert_eq!(folder.run(&[&["scan"], words].concat()).code, code, "{words:?}");
    }
}

#[test]
fn every_format_is_written_by_its_name_and_by_its_extension() {
    let folder = Folder::with_logs();
    for (name, file) in [
        ("text", "a.txt"),
        ("json", "a.json"),
        ("ndjson", "a.ndjson"),
        ("csv", "a.csv"),
        ("html", "a.html"),
        ("sarif", "a.sarif"),
        ("junit", "a.xml"),
        ("markdown", "a.md"),
        ("alerts", "alerts.txt"),
    ] {
        let run = folder.run_wide(100, &["scan", "json.log", "--format", name, "-o", file]);
        assert_eq!(run.code, 0, "{name}");
        let written = folder.bytes(file);
        assert!(!written.is_empty(), "{name}");
        if name != "text" {
            assert_eq!(String::from_utf8_lossy(&written), run.stdout, "{name}");
        }
    }
    assert_eq!(folder.run(&["scan", "json.log", "-q", "-o", "a.png"]).code, 0);
    assert!(folder.bytes("a.png").starts_with(b"\x89PNG"));
    assert_eq!(folder.run(&["scan", "json.log", "-q", "--png", "b.dat"]).code, 0);
    assert_eq!(folder.bytes("b.dat"), folder.bytes("a.png"));
}

#[test]
fn the_report_does_not_depend_on_the_number_of_threads() {
    let folder = Folder::with_logs();
    let with = |threads: &str| folder.run(&["scan", ".", "--format", "json", "--threads", threads]).stdout;
    assert_eq!(with("1"), with("4"));
}

#[test]
fn every_record_has_a_score_in_the_order_of_the_input() {
    let folder = Folder::with_logs();
    let run = folder.run(&["scan", "json.log", "python.log", "--scores", "-"]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], "file,line,template_id,score,flagged,top_detector");
    assert_eq!(lines.len(), 1 + 21 + 17);
    let score = |line: &str| line.split(',').nth(3).and_then(|score| score.parse::<f64>().ok());
    let highest = lines[1..].iter().max_by(|one, other| score(one).partial_cmp(&score(other)).unwrap());
    assert!(highest.is_some_and(|line| line.starts_with("json.log,19,")), "{highest:?}");
}

#[test]
fn a_model_tells_what_is_new_against_it() {
    let folder = Folder::with_logs();
    assert_eq!(folder.run(&["learn", "json.log", "-o", "app.model", "-q"]).code, 0);
    let run = folder.run(&["scan", "json.log", "--model", "app.model", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["detection"]["compared_with"], "app.model");
    assert_eq!(report["detection"]["incidents"], serde_json::json!([]), "what the past had is not news");
    let run = folder.run(&["scan", "json.log", "--model", "app.model", "--redact"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("leave --redact out"), "{}", run.stderr);
}

#[test]
fn a_folder_at_60_80_and_120_columns() {
    let folder = Folder::with_logs();
    for columns in [60, 80, 120] {
        let run = folder.run_wide(columns, &["scan", "--no-detect", "."]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert!(run.stdout.lines().all(|line| line.chars().count() <= columns as usize), "{}", run.stdout);
        insta::assert_snapshot!(format!("text_folder_{columns}"), run.stdout);
    }
}

#[test]
fn columns_are_kept_within_60_and_160() {
    let folder = Folder::with_logs();
    for (columns, same) in [(1, 60), (9999, 160)] {
        let words = ["scan", "nginx.log", "json.log"];
        assert_eq!(folder.run_wide(columns, &words).stdout, folder.run_wide(same, &words).stdout);
    }
}

#[test]
fn verbose_tells_every_input_of_a_folder() {
    let folder = Folder::with_logs();
    let run = folder.run(&["scan", ".", "-v"]);
    assert_eq!(run.stdout.matches("balance ").count(), 10, "{}", run.stdout);
}

#[test]
fn json_has_the_stable_keys() {
    let run = Folder::with_logs().run(&["scan", "java.log", "syslog.log", "--format", "json"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(&regex_of_version(), "\"version\": \"[version]\"");
    settings.bind(|| insta::assert_snapshot!("json_two_logs", run.stdout));
}

fn regex_of_version() -> String {
    format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION").replace('.', "\\."))
}

#[test]
fn the_balance_holds_for_every_log() {
    let report = json(&["scan", ".", "--format", "json"]);
    for balance in
        report["inputs"].as_array().unwrap().iter().chain([&report["totals"]]).map(|i| &i["balance"])
    {
        assert_eq!(balance["holds"], true);
        let skipped: u64 =
            balance["skipped"].as_object().unwrap().values().map(|v| v.as_u64().unwrap()).sum();
        let sum = balance["records"].as_u64().unwrap() + balance["continuations"].as_u64().unwrap() + skipped;
        assert_eq!(balance["lines"].as_u64().unwrap(), sum);
    }
    assert_eq!(report["totals"]["balance"]["lines"], 220);
}

#[test]
fn reports_go_to_files_by_their_extension() {
    let folder = Folder::with_logs();
    let run = folder.run(&["scan", "nginx.log", "-o", "a.json", "-o", "a.txt"]);
    assert_eq!(run.code, 0, "{run:?}");
    let printed = folder.run(&["scan", "nginx.log", "--format", "json"]).stdout;
    assert_eq!(folder.read("a.json"), printed);
    assert!(folder.read("a.txt").contains("22 lines = 22 records"));
    assert!(run.stdout.contains("22 lines = 22 records"));
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let folder = Folder::with_logs();
    let words = |threads| folder.run(&["scan", ".", "-v", "--format", "json", "--threads", threads]).stdout;
    assert_eq!(words("1"), words("2"));
    assert_eq!(words("1"), words("13"));
}

#[test]
fn rotated_files_are_one_log_unless_asked_otherwise() {
    let folder = Folder::with_logs();
    folder.write("rotated/app.log", b"2024-03-04T10:00:00Z INFO c\n2024-03-04T11:00:00Z INFO d\n");
    folder.write("rotated/app.log.1", b"2024-03-04T08:00:00Z INFO a\n2024-03-04T09:00:00Z INFO b\n");
    let report = parsed(&folder, &["scan", "rotated", "--format", "json"]);
    assert_eq!(report["inputs"].as_array().unwrap().len(), 1);
    assert_eq!(report["inputs"][0]["files"].as_array().unwrap().len(), 2);
    assert_eq!(report["inputs"][0]["balance"]["lines"], 4);
    assert_eq!(report["inputs"][0]["time"]["first"], "2024-03-04T08:00:00Z");
    let report = parsed(&folder, &["scan", "rotated", "--no-rotated", "--format", "json"]);
    assert_eq!(report["inputs"].as_array().unwrap().len(), 2);
}

#[test]
fn time_and_stream_choose_records_and_every_line_is_accounted_for() {
    let report = json(&["scan", "json.log", "--format", "json", "--since", "2024-03-04 09:01"]);
    assert_eq!(report["asked"]["since"], "2024-03-04T09:01:00Z");
    assert_eq!(report["totals"]["balance"]["records"], 5);
    assert_eq!(report["totals"]["balance"]["skipped"]["outside-time"], 16);
    let report = json(&["scan", "json.log", "--format", "json", "--until", "31s", "--since", "1m"]);
    assert_eq!(report["asked"]["since"], "2024-03-04T09:00:31.299Z");
    assert_eq!(report["asked"]["until"], "2024-03-04T09:01:00.299Z");
    assert_eq!(report["totals"]["balance"]["records"], 6);
    let report = json(&["scan", "syslog.log", "--format", "json", "--stream", "*/sshd"]);
    assert_eq!(report["inputs"][0]["streams"]["count"], 1);
    assert_eq!(report["totals"]["balance"]["records"], 9);
    assert_eq!(report["totals"]["balance"]["skipped"]["other-stream"], 16);
    assert_eq!(report["totals"]["balance"]["holds"], true);
}

#[test]
fn flags_can_be_given_as_variables_and_flags_win() {
    use super::run::IntoRun;
    let folder = Folder::with_logs();
    let first = |words: &[&str]| {
        let mut command = folder.logsift(words);
        command.env("LOGSIFT_TZ", "Europe/Berlin").env("LOGSIFT_THREADS", "1");
        let report: serde_json::Value = serde_json::from_str(&command.into_run().stdout).unwrap();
        report["inputs"][0]["time"]["first"].as_str().unwrap().to_owned()
    };
    assert_eq!(first(&["scan", "python.log", "--format", "json"]), "2024-03-04T08:00:00.003Z");
    assert_eq!(first(&["scan", "python.log", "--format", "json", "--tz", "UTC"]), "2024-03-04T09:00:00.003Z");
}

fn json(words: &[&str]) -> serde_json::Value {
    parsed(&Folder::with_logs(), words)
}

fn parsed(folder: &Folder, words: &[&str]) -> serde_json::Value {
    let run = folder.run(words);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    serde_json::from_str(&run.stdout).unwrap()
}
