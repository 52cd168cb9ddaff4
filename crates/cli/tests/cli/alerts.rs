//! Alerts and settings from the command line: channels are tried, scans tell, what failed is listed and sent again.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use super::run::{Folder, Run};

/// An HTTP receiver that answers with these statuses, the last one for ever, and gives the bodies it got.
fn receiver(statuses: &'static [u16]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, bodies) = channel();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let status = statuses.get(number).unwrap_or(statuses.last().unwrap());
            let _ = stream.write_all(
                format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").as_bytes(),
            );
            if sender.send(String::from_utf8(body).unwrap()).is_err() {
                return;
            }
        }
    });
    (url, bodies)
}

/// A log with trouble in it: a steady hour, and then an error that was never there, many times.
fn troubled() -> String {
    let mut log = String::new();
    for second in 0..3_600 {
        log.push_str(&format!(
            "2024-03-04T09:{:02}:{:02}Z INFO served request {second} in 12 ms\n",
            second / 60,
            second % 60
        ));
    }
    for second in 0..120 {
        log.push_str(&format!(
            "2024-03-04T10:{:02}:{:02}Z ERROR connection pool exhausted, 0 of 20 free\n",
            second / 60,
            second % 60
        ));
    }
    log
}

fn folder(url: &str) -> Folder {
    let folder = Folder::empty();
    folder.write("app.log", troubled().as_bytes());
    let settings = format!(
        "state: {{folder: state}}\nalerts:\n  channels:\n    ops: {{webhook: {{url: '{url}'}}}}\n  retry: {{first: 50ms, longest: 100ms, timeout: 5s}}\n"
    );
    folder.write("logsift.yaml", settings.as_bytes());
    folder
}

fn check(run: &Run, code: i32) {
    assert_eq!(run.code, code, "{}\n{}", run.stdout, run.stderr);
}

#[test]
fn a_test_notice_is_sent_and_a_refusal_is_said_without_the_secret() {
    let (url, bodies) = receiver(&[200, 403]);
    let folder = folder(&format!("{url}/SECRETSECRET"));
    let run = folder.run(&["alerts", "test", "ops", "-c", "logsift.yaml"]);
    check(&run, 0);
    assert_eq!(run.stdout, "ops: delivered\n");
    assert!(bodies.recv_timeout(Duration::from_secs(10)).unwrap().contains("\"happened\":\"test\""));
    let run = folder.run(&["alerts", "test", "--all", "-c", "logsift.yaml"]);
    check(&run, 3);
    assert!(
        run.stderr.contains("ops: not delivered: answered 403") && !run.stderr.contains("SECRET"),
        "{}",
        run.stderr
    );
    let run = folder.run(&["alerts", "test", "opps", "-c", "logsift.yaml"]);
    check(&run, 2);
    assert!(run.stderr.contains("no channel `opps`") && run.stderr.contains("one of ops"), "{}", run.stderr);
}

#[test]
fn a_scan_tells_its_incidents_once() {
    let (url, bodies) = receiver(&[503, 200]);
    let folder = folder(&url);
    let words = ["scan", "app.log", "--alert", "-c", "logsift.yaml", "-q"];
    check(&folder.run(&words), 0);
    bodies.recv_timeout(Duration::from_secs(10)).unwrap();
    let told = bodies.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(told.contains("pool exhausted") && told.contains("\"happened\":\"opened\""), "{told}");
    check(&folder.run(&words), 0);
    assert!(bodies.recv_timeout(Duration::from_millis(300)).is_err(), "told twice");
    let list = folder.run(&["alerts", "list", "-c", "logsift.yaml"]);
    check(&list, 0);
    assert!(list.stdout.contains("delivered") && list.stdout.contains("pool exhausted"), "{}", list.stdout);
}

#[test]
fn what_is_refused_is_parked_listed_and_sent_by_hand() {
    let (url, bodies) = receiver(&[401, 200]);
    let folder = folder(&url);
    let run = folder.run(&["scan", "app.log", "--alert", "-c", "logsift.yaml", "-q"]);
    check(&run, 3);
    assert!(run.stderr.contains("ops: answered 401"), "{}", run.stderr);
    let list =
        folder.run(&["alerts", "list", "--only", "parked", "--format", "ndjson", "-c", "logsift.yaml"]);
    let entry: serde_json::Value = serde_json::from_str(list.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(entry["state"], "parked");
    bodies.recv().unwrap();
    let run = folder.run(&["alerts", "retry", "-c", "logsift.yaml"]);
    check(&run, 0);
    assert_eq!(run.stdout, "1 of 1 delivered\n");
    assert!(bodies.recv_timeout(Duration::from_secs(10)).unwrap().contains("pool exhausted"));
}

#[test]
fn a_silence_keeps_a_scan_quiet() {
    let (url, bodies) = receiver(&[200]);
    let folder = folder(&url);
    let words = [
        "alerts",
        "silence",
        "severity=~\".*\"",
        "--for",
        "1h",
        "--comment",
        "known",
        "--author",
        "ada",
        "-c",
        "logsift.yaml",
    ];
    let run = folder.run(&words);
    check(&run, 0);
    assert!(run.stdout.starts_with("1  severity=~\".*\"  until "), "{}", run.stdout);
    check(&folder.run(&["scan", "app.log", "--alert", "-c", "logsift.yaml", "-q"]), 0);
    assert!(bodies.recv_timeout(Duration::from_millis(300)).is_err());
    let list = folder.run(&["alerts", "list", "--only", "muted", "-c", "logsift.yaml"]);
    assert!(list.stdout.contains("silence 1 by ada: known"), "{}", list.stdout);
    let export = folder.run(&["alerts", "silence", "--export", "-c", "logsift.yaml"]);
    folder.write("am.json", export.stdout.as_bytes());
    check(&folder.run(&["alerts", "silence", "--end", "1", "-c", "logsift.yaml"]), 0);
    check(&folder.run(&["alerts", "silence", "--end", "1", "-c", "logsift.yaml"]), 2);
    check(&folder.run(&["alerts", "silence", "--import", "am.json", "-c", "logsift.yaml"]), 0);
    assert_eq!(folder.run(&["alerts", "silence", "--list", "-c", "logsift.yaml"]).stdout, run.stdout);
    check(&folder.run(&["alerts", "silence", "severity~high", "--comment", "x", "-c", "logsift.yaml"]), 2);
}

#[test]
fn wrong_wishes_are_refused_before_anything_is_read() {
    let folder = folder("http://127.0.0.1:9/");
    for (words, said) in [
        (&["scan", "app.log", "--alert"][..], "no channel to tell incidents on"),
        (&["scan", "app.log", "--email", "nobody"], "is no mail address"),
        (&["scan", "app.log", "--email", "you@example.com", "--smtp", "localhost"], "has no port"),
        (&["scan", "app.log", "--alert", "-c", "missing.yaml"], "missing.yaml: cannot be read"),
        (&["alerts", "retry"], "the settings have no channels"),
    ] {
        let run = folder.run(words);
        check(&run, 2);
        assert!(run.stderr.contains(said), "{words:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{words:?}");
    }
}

#[test]
fn settings_are_shown_checked_and_described() {
    let folder = folder("http://127.0.0.1:9/SECRETSECRET");
    let run = folder.run(&["config", "show", "--origin", "-c", "logsift.yaml"]);
    check(&run, 0);
    let line = |key: &str| {
        run.stdout
            .lines()
            .find(|line| line.starts_with(key))
            .unwrap_or_else(|| panic!("{key}: {}", run.stdout))
            .to_owned()
    };
    assert!(
        line("alerts.channels.ops.webhook.url: \"***\"")
            .contains("# logsift.yaml:4 (LOGSIFT_ALERTS_CHANNELS_OPS_WEBHOOK_URL)")
    );
    assert!(line("detect.budget: \"5/day\"").contains("# default (LOGSIFT_DETECT_BUDGET)"));
    assert!(!run.stdout.contains("SECRET"));
    assert_eq!(folder.run(&["config", "check", "-c", "logsift.yaml"]).stdout, "logsift.yaml: no problems\n");
    let unreached = folder.run(&["config", "check", "--connect", "-c", "logsift.yaml"]);
    check(&unreached, 3);
    assert!(unreached.stderr.contains("alerts.channels.ops: http://127.0.0.1:9: "), "{}", unreached.stderr);
    folder.write("wrong.yaml", b"limits:\n  memroy: 1MiB\nlog: {level: loud}\n");
    let wrong = folder.run(&["config", "check", "-c", "wrong.yaml"]);
    check(&wrong, 2);
    insta::assert_snapshot!(wrong.stderr);
    let schema: serde_json::Value = serde_json::from_str(&folder.run(&["config", "schema"]).stdout).unwrap();
    assert!(schema["properties"]["alerts"].is_object());
}
