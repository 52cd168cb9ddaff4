//! What a scan reports, as text and as JSON.

use super::run::Folder;

#[test]
fn every_log_at_80_columns() {
    let folder = Folder::with_logs();
    for log in ["syslog", "nginx", "json", "logfmt", "java", "python", "docker", "cri", "mixed"] {
        let run = folder.run_wide(80, &["scan", &format!("{log}.log")]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{log}");
        insta::assert_snapshot!(format!("text_{log}"), run.stdout);
    }
}

#[test]
fn templates_are_told_where_asked_for() {
    let folder = Folder::with_logs();
    let run = folder.run_wide(80, &["scan", "--templates", "nginx.log", "java.log"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("text_with_templates", run.stdout);
}

#[test]
fn a_folder_at_60_80_and_120_columns() {
    let folder = Folder::with_logs();
    for columns in [60, 80, 120] {
        let run = folder.run_wide(columns, &["scan", "."]);
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
