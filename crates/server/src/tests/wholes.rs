//! Logs that are handed in as wholes, the settings in force, and lines and jobs as they happen.

use std::time::Instant;

use serde_json::json;

use super::reads::outbreak;
use super::*;
use crate::Setting;

impl Running {
    fn ended(&self, job: &str) -> Value {
        let begun = Instant::now();
        loop {
            let job = self.get(&format!("/api/v1/jobs/{job}")).json();
            if job["ended"].is_string() {
                return job;
            }
            assert!(begun.elapsed() < PATIENCE, "{job}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_log_is_analysed_as_a_job_and_leaves_a_report() {
    let running = Running::new();
    let path = "/api/v1/analyses?name=../shop%20front.log";
    let answer = running.post(path, "application/octet-stream", outbreak());
    assert_eq!(answer.status, 202);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(running.ended(&id)["state"], "done");
    let report = running.get(&format!("/api/v1/analyses/{id}/report"));
    let incident = &report.json()["detection"]["incidents"][0];
    assert_eq!(incident["causes"][0]["file"], "shop-front.log", "{incident}");
    assert!(!report.text().contains(&running.state.path().display().to_string()), "no path of this machine");
    let left = std::fs::read_dir(running.state.path().join("analyses")).unwrap();
    let left: Vec<String> =
        left.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(left, [format!("{id}.json")], "the log itself is gone");
    assert_eq!(running.lines(), 0, "nothing of it was kept");
    for none in ["analysis-0", "..%2Flock", "%2e%2e%2ffacts"] {
        assert_eq!(running.get(&format!("/api/v1/analyses/{none}/report")).status, 404, "{none}");
    }
}

#[test]
fn what_is_no_log_is_refused() {
    let running = Running::new();
    assert_eq!(running.post("/api/v1/analyses", "application/octet-stream", "").status, 400);
    assert_eq!(running.post("/api/v1/analyses?title=x", "application/octet-stream", "x").status, 400);
    let folder = running.state.path().join("analyses");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
    let answer = running.post("/api/v1/analyses", "application/octet-stream", [0, 159, 146, 150].repeat(300));
    let job = running.ended(answer.json()["id"].as_str().unwrap());
    assert!(["done", "failed"].contains(&job["state"].as_str().unwrap()), "{job}");
}

#[test]
fn the_settings_in_force_are_shown() {
    let setting = Setting {
        key: "alerts.channels.team.url".into(),
        value: "\"***\"".into(),
        origin: "logsift.yaml:3".into(),
        variable: None,
    };
    let running = Running::with(Settings { config: vec![setting].into(), ..Settings::default() });
    let rows = running.get("/api/v1/config").json()["rows"].clone();
    let expected = json!([{
        "key": "alerts.channels.team.url", "value": "\"***\"", "origin": "logsift.yaml:3", "variable": null,
    }]);
    assert_eq!(rows, expected);
}

#[test]
fn lines_and_jobs_come_live_to_who_asks_for_them() {
    let running = Running::new();
    assert_eq!(running.get("/api/v1/events?lines=yes").status, 400);
    let mut stream = running.connect();
    stream.write_all(b"GET /api/v1/events?lines=true HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut seen = String::new();
    let mut bytes = [0; 4096];
    let mut until = |word: &str, stream: &mut TcpStream| {
        while !seen.contains(word) {
            let count = stream.read(&mut bytes).unwrap();
            assert!(count > 0, "{seen}");
            seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    };
    until(": logsift", &mut stream);
    assert_eq!(running.post("/ingest?app=shop", "text/plain", "one\ntwo <b>\n").status, 204);
    until("event: lines", &mut stream);
    until("[\"one\",\"two <b>\"]", &mut stream);
    assert_eq!(running.post("/api/v1/models/train", "application/json", "").status, 202);
    until("event: job", &mut stream);
}
