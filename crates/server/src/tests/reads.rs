//! What is read: the API over a daemon that has seen something, its pages, tags, events and metrics.

use serde_json::json;

use super::*;

/// A quiet log with an outbreak near its end.
fn outbreak() -> String {
    let mut log = String::new();
    for minute in 0..240 {
        for second in (0..60).step_by(6) {
            let stamp = format!("2026-11-21T{:02}:{:02}:{second:02}Z", 8 + minute / 60, minute % 60);
            log.push_str(&format!(
                "{stamp} INFO [api] request {} served in {} ms\n",
                minute * 60 + second,
                10 + second % 7
            ));
            if minute >= 200 {
                log.push_str(&format!(
                    "{stamp} FATAL [db] out of memory: killed process 7 (postgres) after {second} s\n"
                ));
            }
        }
    }
    log
}

fn fed() -> Running {
    let running = Running::new();
    assert_eq!(running.post("/ingest?app=shop", "text/plain", outbreak()).status, 204);
    assert_eq!(running.lines(), 2800);
    running
}

#[test]
fn what_was_found_can_be_read() {
    let running = fed();
    let incidents = running.get("/api/v1/incidents").json();
    let id = incidents["rows"][0]["id"].as_str().expect("an incident").to_owned();
    let one = running.get(&format!("/api/v1/incidents/{id}")).json();
    assert_eq!((&one["id"], one["report"].is_object()), (&json!(id), true));
    let story = running.get(&format!("/api/v1/incidents/{id}/storyline")).json();
    assert!(!story["steps"].as_array().unwrap().is_empty());
    let lines = running.get(&format!("/api/v1/incidents/{id}/lines")).json();
    assert!(lines["causes"][0]["message"].as_str().unwrap().contains("out of memory"), "{lines}");
    let findings = running.get(&format!("/api/v1/findings?incident={id}")).json();
    let finding = findings["rows"][0]["id"].as_str().unwrap();
    assert!(running.get(&format!("/api/v1/findings/{finding}")).json()["report"]["evidence"].is_array());

    let templates = running.get("/api/v1/templates?q=killed").json();
    let template = &templates["rows"][0];
    assert_eq!((templates["rows"].as_array().map(Vec::len), &template["count"]), (Some(1), &json!(400)));
    let template = template["id"].as_str().unwrap();
    let history = running.get(&format!("/api/v1/templates/{template}/history")).json();
    let hours: u64 =
        history["rows"].as_array().unwrap().iter().map(|hour| hour["count"].as_u64().unwrap()).sum();
    assert_eq!(hours, 400);
    assert!(running.get(&format!("/api/v1/templates/{template}/slots")).json()["slots"].is_array());

    let timeline = running.get("/api/v1/timeline?step=3600").json();
    let records: u64 =
        timeline["rows"].as_array().unwrap().iter().map(|step| step["records"].as_u64().unwrap()).sum();
    assert_eq!(records, 2800);
    assert_eq!(running.get("/api/v1/streams").json()["rows"].as_array().map(Vec::len), Some(1));
    let kind = findings["rows"][0]["kind"].as_str().unwrap();
    let explained = running.get(&format!("/api/v1/explain/{kind}"));
    assert!(explained.json()["sentence"].is_string(), "{kind}: {explained:?}");
}

#[test]
fn lists_come_in_pages_with_tags() {
    let running = fed();
    let mut path = "/api/v1/templates?limit=1".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = running.get(&path).json();
        seen.extend(page["rows"].as_array().unwrap().iter().map(|row| row["id"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/templates?limit=1&cursor={next}");
    }
    assert_eq!(seen.len(), 2);
    let first = running.get("/api/v1/templates");
    let tag = first.header("etag").unwrap();
    let again = running.ask("GET", "/api/v1/templates", &[("If-None-Match", tag)], b"");
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_ne!(first.header("x-request-id"), again.header("x-request-id"));
}

#[test]
fn wrong_questions_are_told_so() {
    let running = Running::new();
    let asked = |path: &str| {
        let answer = running.get(path);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
        (answer.status, answer.json()["detail"].as_str().unwrap().to_owned())
    };
    assert_eq!(asked("/api/v1/incidents/none"), (404, "there is no such incident".into()));
    assert_eq!(asked("/api/v1/nothing").0, 404);
    assert_eq!(asked("/api/v1/models/x").0, 400);
    assert_eq!(asked("/api/v1/incidents?cursor=x").0, 400);
    assert!(asked("/api/v1/incidents?sort=up").1.contains("`sort` is not known here"));
    assert!(asked("/api/v1/timeline?since=now").1.contains("2026-11-21T10:00:00Z"));
    assert_eq!(running.ask("DELETE", "/api/v1/status", &[], b"").status, 405);
}

#[test]
fn events_come_live() {
    let running = Running::new();
    let mut stream = running.connect();
    stream.write_all(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut seen = String::new();
    let mut bytes = [0; 4096];
    while !seen.contains(": logsift") {
        let count = stream.read(&mut bytes).unwrap();
        seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    assert!(seen.contains("text/event-stream"));
    assert_eq!(running.post("/ingest", "text/plain", outbreak()).status, 204);
    running.lines();
    stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    while !seen.contains("event: incident-opened") {
        let count = stream.read(&mut bytes).unwrap();
        assert!(count > 0, "{seen}");
        seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
}

#[test]
fn machines_that_watch_are_answered() {
    let running = fed();
    assert_eq!(running.get("/livez").text(), "ok\n");
    assert_eq!(running.get("/readyz").json(), json!({"ready": "ready"}));
    let plain = running.get("/metrics");
    assert_eq!(plain.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        "logsift_lines_total 2800.0",
        "logsift_lines_processed_total 2800.0",
        "logsift_lines_in_flight 0.0",
        "logsift_push_lines_total 2800.0",
    ] {
        assert!(plain.text().lines().any(|found| found == line), "{line}\n{}", plain.text());
    }
    let open =
        running.ask("GET", "/metrics", &[("Accept", "application/openmetrics-text; version=1.0.0")], b"");
    assert!(open.text().ends_with("# EOF\n"));
    assert!(open.text().contains("# TYPE logsift_lines counter\n"));
}

#[test]
fn the_document_and_its_page_are_served() {
    let running = Running::new();
    let document = running.get("/api/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
    let page = running.get("/docs");
    assert!(page.text().contains("/api/v1/incidents"));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert_eq!(running.get("/static/docs.css").header("x-content-type-options"), Some("nosniff"));
    assert_eq!(running.get("/static/../Cargo.toml").status, 404);
}
