//! What no output shows, whether redaction was asked for or not.

use super::making::line;
use super::scan::Place;

const TOKEN: &str =
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";

fn secrets() -> Vec<(String, &'static str)> {
    let in_text = |text: &str| format!("2024-03-04T09:30:00Z WARN api: {text}");
    vec![
        (in_text("login with password=hunter2hunter2 failed"), "hunter2"),
        (in_text("Authorization: Basic dXNlcjpodW50ZXIy sent"), "dXNlcjpodW50ZXIy"),
        (in_text("authorization: Bearer abcdef0123456789abcdef"), "abcdef0123456789abcdef"),
        (in_text("connecting to postgres://app:hunter2@db.example.com/shop"), "hunter2"),
        (in_text(&format!("session {TOKEN} began")), "dozjgNryP4J3jVmNHl0w5N"),
        (
            in_text("key -----BEGIN RSA PRIVATE KEY-----MIIEowIBAAKCAQEA7bq-----END RSA PRIVATE KEY-----"),
            "MIIEowIBAAKCAQEA7bq",
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bqQmXKv\n-----END RSA PRIVATE KEY-----".into(),
            "MIIEowIBAAKCAQEA7bqQmXKv",
        ),
    ]
}

#[test]
fn rows_never_show_secrets() {
    for (text, secret) in secrets() {
        let log: String = (0..20).map(line).chain([format!("{text}\n")]).chain((20..40).map(line)).collect();
        let scanned = Place::with(log).scan();
        assert_eq!(scanned.count("was served"), 40);
        for row in &scanned.rows {
            assert!(!row.to_string().contains(secret), "{row}");
        }
        assert!(scanned.count("[redacted:") == 1, "{text}: {:?}", scanned.some_messages());
    }
}

#[test]
fn fields_never_show_secrets() {
    let json = |n: usize| {
        format!(
            "{{\"time\":\"2024-03-04T09:00:{:02}Z\",\"msg\":\"call {n}\",\"password\":\"hunter2\",\
             \"headers\":{{\"Authorization\":\"Basic dXNlcjpodW50ZXIy\"}},\"url\":\"http://me:hunter2@example.com/\",\
             \"args\":[\"password=hunter2\"],\"kept\":\"value {n}\"}}\n",
            n % 60
        )
    };
    let logfmt = |n: usize| {
        format!(
            "time=2024-03-04T09:00:{:02}Z level=info msg=\"call {n}\" path=/login password=hunter2 kept=\"value {n}\"\n",
            n % 60
        )
    };
    for log in [(0..30).map(json).collect::<String>(), (0..30).map(logfmt).collect::<String>()] {
        let scanned = Place::with(log).scan();
        assert_eq!((scanned.records(), scanned.count("call")), (30, 30));
        for (n, row) in scanned.rows.iter().enumerate() {
            let row_text = row.to_string();
            assert!(!row_text.contains("hunter2") && !row_text.contains("dXNlcjpodW50ZXIy"), "{row}");
            assert!(row_text.contains(&format!("value {n}")), "{row}");
        }
    }
}
