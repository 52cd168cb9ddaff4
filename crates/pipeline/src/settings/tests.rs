//! Settings that are read, refused, set by variables, shown and read again.

use std::fs;

use tempfile::TempDir;

use super::*;

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn load_text(text: &str, pairs: &[(&str, &str)]) -> (TempDir, Result<Loaded, Problems>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("logsift.yaml");
    fs::write(&file, text).unwrap();
    let loaded = load(Some(&file), &variables(pairs));
    (folder, loaded)
}

/// The problems, each as `line key reason`, without the folder of the test.
fn refused(text: &str, pairs: &[(&str, &str)]) -> Vec<String> {
    let (_folder, loaded) = load_text(text, pairs);
    let problems = loaded.expect_err("should be refused").0;
    let line = |problem: &Problem| match &problem.place {
        Place::File { line, .. } => line.to_string(),
        other => other.to_string(),
    };
    let shown = |problem: &Problem| {
        format!("{} {}: {} | {}", line(problem), problem.key, problem.reason, problem.remedy)
    };
    problems.iter().map(shown).collect()
}

#[test]
fn nothing_at_all_is_a_complete_file() {
    let none = load(None, &Variables::new()).unwrap();
    assert_eq!(none.settings, Settings::default());
    let (_folder, empty) = load_text("", &[]);
    assert_eq!(empty.unwrap().settings, Settings::default());
}

#[test]
fn all_problems_come_at_once_each_with_its_line() {
    let text = "\
listen: [127.0.0.1]
limits:
  memory: 64
  conections: 3
  body: 64 MB
state:
  require: maybe
log:
  level: loud
detekt: {}
auth:
  tokens:
    - role: admin
";
    insta::assert_snapshot!(refused(text, &[]).join("\n"));
}

#[test]
fn what_does_not_fit_together_is_said_at_the_line_of_its_key() {
    let text = "\
listen: 0.0.0.0:4040
tls:
  certificate: a.pem
limits:
  queue: 200MiB
auth:
  tokens:
    - {name: ci, role: ingest, token: short}
    - {name: ci, role: read, hash: md5}
detect:
  redact: hash
  sensitivity: 0
  session: ''
sources:
  files:
    - paths: []
alerts:
  route:
    channels: [ops]
    mute: [nights]
";
    let open = text.replace("auth:\n  tokens:\n    - {name: ci, role: ingest, token: short}\n    - {name: ci, role: read, hash: md5}\n", "");
    assert!(
        refused(&open, &[]).iter().any(|line| line.starts_with("1 listen: ")),
        "{:?}",
        refused(&open, &[])
    );
    insta::assert_snapshot!(refused(text, &[]).join("\n"));
}

#[test]
fn every_key_is_a_variable_and_variables_win() {
    let text = "detect:\n  budget: 5/day\nsources:\n  files:\n    - paths: [a.log]\n";
    let pairs = [
        ("LOGSIFT_DETECT_BUDGET", "1/week"),
        ("LOGSIFT_LISTEN", "127.0.0.1:1, [::1]:2"),
        ("LOGSIFT_SOURCES_FILES_0_PATHS", "b.log,c.log"),
        ("LOGSIFT_SOURCES_STDIN", "true"),
        ("LOGSIFT_LIMITS_CONNECTIONS", "7"),
    ];
    let (_folder, loaded) = load_text(text, &pairs);
    let loaded = loaded.unwrap();
    assert_eq!(loaded.settings.detect.budget.words, "1/week");
    assert_eq!(loaded.settings.listen.len(), 2);
    assert_eq!(loaded.settings.sources.files[0].paths, [Path::new("b.log"), Path::new("c.log")]);
    assert!(loaded.settings.sources.stdin);
    assert_eq!(loaded.settings.limits.connections, 7);
    assert!(loaded.notes.is_empty(), "{:?}", loaded.notes);
}

#[test]
fn a_wrong_variable_is_refused_by_name_and_a_misspelt_one_is_noted() {
    let problems = refused("", &[("LOGSIFT_LIMITS_MEMORY", "much")]);
    assert_eq!(problems, ["env LOGSIFT_LIMITS_MEMORY limits.memory: is no size such as 64MiB or 10MB | "]);
    let pairs = [
        ("LOGSIFT_LIMITS_MEMROY", "64MiB"),
        ("LOGSIFT_PORT", "tcp://10.0.0.1:80"),
        ("LOGSIFT_SERVICE_HOST", "10.0.0.1"),
    ];
    let (_folder, loaded) = load_text("", &pairs);
    let notes = loaded.unwrap().notes;
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].remedy, "did you mean LOGSIFT_LIMITS_MEMORY?");
}

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("key"), "hunter2-hunter2-hunter2\n").unwrap();
    let file = folder.path().join("logsift.yaml");
    fs::write(&file, "detect:\n  redact_key_file: key\n").unwrap();
    let loaded = load(Some(&file), &Variables::new()).unwrap();
    assert_eq!(loaded.settings.detect.redact_key.as_ref().unwrap().reveal(), "hunter2-hunter2-hunter2");
    let path = folder.path().join("key").display().to_string();
    let by_variable = load(None, &variables(&[("LOGSIFT_DETECT_REDACT_KEY_FILE", &path)])).unwrap();
    assert_eq!(by_variable.settings, loaded.settings);
    let lines = format!("{:?} {:?}", shown(&loaded), loaded.settings);
    assert!(!lines.contains("hunter2"), "{lines}");
    let line = shown(&loaded).into_iter().find(|line| line.key == "detect.redact_key").unwrap();
    assert_eq!((line.value.as_str(), line.variable.as_str()), ("\"***\"", "LOGSIFT_DETECT_REDACT_KEY"));
    assert!(line.place.to_string().ends_with("logsift.yaml:2"), "{}", line.place);
    let wrong = refused("auth:\n  tokens:\n    - {name: a, role: read, token: [hunter2]}\n", &[]);
    assert!(!wrong.join("").contains("hunter2"), "{wrong:?}");
}

#[test]
fn a_reload_gives_what_changed_or_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("logsift.yaml");
    fs::write(&file, "detect:\n  budget: 5/day\n  redact_key: a\n").unwrap();
    let old = load(Some(&file), &Variables::new()).unwrap();
    assert!(reload(&old, &Variables::new()).unwrap().keys.is_empty());
    fs::write(&file, "detect:\n  budget: 1/day\n  redact_key: a\nlisten: 127.0.0.1:1\n").unwrap();
    let changes = reload(&old, &Variables::new()).unwrap();
    assert_eq!(changes.keys, ["detect.budget", "listen"]);
    assert!(
        changes.touch("detect")
            && changes.touch("listen")
            && !changes.touch("alerts")
            && !changes.touch("det")
    );
    fs::write(&file, "detect:\n  budget: 5/day\n  redact_key: b\n").unwrap();
    assert_eq!(
        reload(&old, &Variables::new()).unwrap().keys,
        ["detect"],
        "a secret changed, and is not shown"
    );
    fs::write(&file, "detect:\n  budget: much\n").unwrap();
    assert_eq!(reload(&old, &Variables::new()).unwrap_err().0.len(), 1);
    fs::remove_file(&file).unwrap();
    assert!(reload(&old, &Variables::new()).is_err());
}

#[test]
fn routes_within_routes_are_read() {
    let text = "\
alerts:
  channels: {ops: {console: {}}}
  route:
    channels: ops
    routes:
      - match: [severity>=high]
        routes:
          - {match: ['stream=~\"web.*\"'], repeat: 4h}
          - {match: [severity~high]}
";
    let problems = refused(text, &[]);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("9 alerts.route.routes[0].routes[1].match[0]: "), "{problems:?}");
    let (_folder, loaded) = load_text(&text.replace("severity~high", "severity=high"), &[]);
    assert_eq!(loaded.unwrap().settings.alerts.route.routes[0].routes.len(), 2);
}

#[test]
fn the_sample_of_the_book_is_right_and_complete() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/book/logsift.yaml");
    let text = fs::read_to_string(sample).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("secrets")).unwrap();
    for (name, secret) in [
        ("shipper", "0123456789abcdef0123456789abcdef"),
        ("slack", "https://hooks.slack.com/services/T000/B000/XXXX"),
        ("mail", "hunter2"),
        ("pagerduty", "R0UT1NG"),
    ] {
        fs::write(folder.path().join("secrets").join(name), secret).unwrap();
    }
    let file = folder.path().join("logsift.yaml");
    fs::write(&file, &text).unwrap();
    let loaded = load(Some(&file), &Variables::new()).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(loaded.settings.alerts.channels.len(), 5);
    assert_eq!(loaded.settings.alerts.route.routes.len(), 2);
    for section in
        ["listen", "auth", "limits", "state", "retention", "sources", "detect", "rules", "log", "alerts"]
    {
        assert!(text.lines().any(|line| line.starts_with(&format!("{section}:"))), "{section}");
    }
    let shown = shown(&loaded).into_iter().map(|line| format!("{line:?}")).collect::<String>();
    assert!(!shown.contains("hunter2") && !shown.contains("XXXX") && !shown.contains("R0UT1NG"));
}
