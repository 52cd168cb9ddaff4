//! `--records`: a row per record.

use serde_json::Value;

use super::run::Folder;

fn rows(folder: &Folder, words: &[&str]) -> Vec<Value> {
    let mut all = vec!["scan", "--records", "-"];
    all.extend(words);
    let run = folder.run(&all);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    run.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn the_rows_of_every_log() {
    let folder = Folder::with_logs();
    for log in ["syslog", "nginx", "json", "logfmt", "java", "python", "docker", "cri", "mixed"] {
        let run = folder.run(&["scan", &format!("{log}.log"), "--records", "-"]);
        insta::assert_snapshot!(format!("records_{log}"), run.stdout);
    }
}

#[test]
fn rows_have_all_keys_and_stand_in_the_order_of_the_log() {
    let folder = Folder::with_logs();
    let rows = rows(&folder, &["."]);
    let keys = ["file", "line", "offset", "lines", "time", "level", "stream", "fields", "message", "notes"];
    let mut last = (String::new(), 0);
    for row in &rows {
        let object = row.as_object().unwrap();
        assert_eq!(object.len(), keys.len());
        assert!(keys.iter().all(|key| object.contains_key(*key)), "{row}");
        let place = (row["file"].as_str().unwrap().to_owned(), row["line"].as_u64().unwrap());
        assert!(last < place, "{last:?} before {place:?}");
        last = place;
    }
}

#[test]
fn offset_and_line_find_the_record_in_its_file() {
    let folder = Folder::with_logs();
    for row in rows(&folder, &["."]) {
        let text = folder.read(row["file"].as_str().unwrap());
        let offset = row["offset"].as_u64().unwrap() as usize;
        let line = row["line"].as_u64().unwrap() as usize;
        assert_eq!(text[..offset].matches('\n').count() + 1, line, "{row}");
        assert!(offset == 0 || text.as_bytes()[offset - 1] == b'\n', "{row}");
    }
}

#[test]
fn lines_of_rows_add_up_to_the_balance() {
    let folder = Folder::with_logs();
    let report: Value = serde_json::from_str(&folder.run(&["scan", ".", "--format", "json"]).stdout).unwrap();
    let balance = &report["totals"]["balance"];
    let rows = rows(&folder, &["."]);
    assert_eq!(rows.len() as u64, balance["records"].as_u64().unwrap());
    let lines: u64 = rows.iter().map(|row| row["lines"].as_u64().unwrap()).sum();
    assert_eq!(lines, balance["records"].as_u64().unwrap() + balance["continuations"].as_u64().unwrap());
}

#[test]
fn rows_go_to_a_file_beside_the_report_in_the_same_order_with_any_number_of_threads() {
    let folder = Folder::with_logs();
    let logs =
        ["scan", "--no-detect", "syslog.log", "java.log", "cri.log", "json.log", "nginx.log", "docker.log"];
    let with = |more: &[&str]| folder.run(&[&logs[..], more].concat());
    let run = with(&["--records", "rows.ndjson", "--threads", "4"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("6 inputs"), "{}", run.stdout);
    let printed = with(&["--records", "-", "--threads", "1"]);
    assert_eq!(folder.read("rows.ndjson"), printed.stdout);
}

#[test]
fn typed_fields_keep_their_types() {
    let folder = Folder::with_logs();
    let rows = rows(&folder, &["json.log"]);
    let fields: Vec<&Value> = rows.iter().map(|row| &row["fields"]).collect();
    let having =
        |name: &str| fields.iter().find_map(|fields| fields.get(name)).unwrap_or(&Value::Null).clone();
    assert_eq!(having("port"), 8080);
    assert_eq!(having("retry"), true);
    assert_eq!(having("pool.size"), 20);
    assert_eq!(having("items"), serde_json::json!(["8812", "17"]));
    assert_eq!(having("currency"), "EUR");
}

const PERSONAL: &str = "2024-03-04T09:00:00Z INFO api: mail to alice@example.com, password=hunter22secret\n";

#[test]
fn redaction_removes_before_anything_is_written() {
    use super::run::IntoRun;
    let folder = Folder::empty();
    folder.write("a.log", PERSONAL.as_bytes());
    let key = "000102030405060708090a0b0c0d0e0f";
    let row = |how: &str| {
        let mut command = folder.logsift(&["scan", "a.log", "--records", "-", how]);
        command.env("LOGSIFT_REDACT_KEY", key);
        let run = command.into_run();
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert!(!run.stdout.contains("alice") && !run.stdout.contains("hunter"), "{how}: {}", run.stdout);
        assert!(run.stdout.contains("\"notes\":[\"redacted\"]"), "{how}: {}", run.stdout);
        run.stdout
    };
    assert!(row("--redact").contains("[redacted:email]"));
    assert_eq!(row("--redact"), row("--redact=mask"));
    assert!(!row("--redact=drop").contains("redacted:"));
    assert!(row("--redact=hash").contains("[redacted:email:"));
    assert!(folder.run(&["scan", "a.log", "--records", "-"]).stdout.contains("alice@example.com"));
    let run = folder.run(&["scan", "a.log", "--redact=hash"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("LOGSIFT_REDACT_KEY"), "{}", run.stderr);
}
