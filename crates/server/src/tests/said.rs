//! What people say: rules with their hits and trials, feedback with its effect, and that it holds.

use serde_json::json;

use super::reads::{fed, outbreak};
use super::*;

impl Running {
    fn say(&self, path: &str, body: Value) -> Answer {
        self.post(path, "application/json", body.to_string())
    }
}

#[test]
fn rules_say_how_often_they_fired() {
    let running = fed();
    let rules = running.get("/api/v1/rules").json();
    let rows = rules["rows"].as_array().unwrap();
    let hits: Vec<&str> =
        rows.iter().filter(|row| row["hits"] == 400).map(|row| row["name"].as_str().unwrap()).collect();
    assert!(hits.contains(&"memory"), "{hits:?}");
    let one = rows.iter().find(|row| row["name"] == "memory").unwrap();
    assert_eq!(one["classic"], "CRITICAL_RESOURCE_USAGE");
    assert!(!one["title"].as_str().unwrap().is_empty());
}

#[test]
fn a_rule_is_tried_on_what_came_lately_or_on_given_lines() {
    let running = fed();
    let rule = "title: Killed\nseverity: high\nwhen: {words: killed process}\nfires: [it was killed process 3]\nquiet: [killed process]\n";
    let tried = running.say("/api/v1/rules/test", json!({"rule": rule})).json();
    assert_eq!((&tried["matched"], &tried["records"]), (&json!(400), &json!(2800)));
    let first = &tried["lines"][0];
    assert!(first["text"].as_str().unwrap().contains("killed process 7"), "{tried}");
    assert!(first["stream"].as_str().unwrap().contains("app=shop"), "{tried}");
    assert_eq!(tried["wrong"], json!([{"should_fire": false, "text": "killed process"}]));
    let given = json!({"rule": rule, "lines": ["a", "b killed process x", "c"]});
    let tried = running.say("/api/v1/rules/test", given).json();
    assert_eq!((&tried["matched"], &tried["lines"][0]["line"]), (&json!(1), &json!(2)));
    for (body, wanted) in [
        (json!({"rule": "title: x\nseverity: high\nwhen: {wrods: a}\n"}), "wrods"),
        (json!({"rule": "title: x\nseverity: high\nwhen: {regex: '('}\n"}), "regex"),
        (json!({"rule": "x".repeat(70_000)}), "64 KiB"),
        (json!({"rule": "a", "line": []}), "unknown field `line`"),
    ] {
        let answer = running.say("/api/v1/rules/test", body);
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert_eq!((answer.status, detail.contains(wanted)), (400, true), "{detail}");
    }
}

#[test]
fn feedback_is_previewed_written_and_holds() {
    let running = fed();
    let incidents = running.get("/api/v1/incidents").json();
    let before = incidents["rows"].as_array().unwrap().len();
    let fingerprint = incidents["rows"][0]["fingerprint"].clone();
    let of = running.get(&format!("/api/v1/incidents?fingerprint={}", fingerprint.as_str().unwrap())).json();
    assert_eq!(of["rows"].as_array().unwrap().len(), 1);
    let none = running.get("/api/v1/incidents?fingerprint=0000000000000000").json();
    assert_eq!(none["rows"], json!([]));

    let saying = json!({"verdict": "normal", "fingerprint": fingerprint});
    let effect = running.say("/api/v1/feedback/preview", saying.clone()).json();
    assert_eq!((&effect["hidden"], &effect["incidents"]), (&json!(1), &json!(before)), "{effect}");
    assert_eq!(running.say("/api/v1/feedback", saying).status, 400, "nobody said why");
    assert_eq!(running.get("/api/v1/feedback").json()["rows"], json!([]));

    let saying = json!({"verdict": "normal", "incident": incidents["rows"][0]["id"], "why": "a drill"});
    let said = running.say("/api/v1/feedback", saying);
    assert_eq!((said.status, &said.json()["who"]), (201, &json!("local")));
    let file = std::fs::read_to_string(running.state.path().join("logsift.feedback.yaml")).unwrap();
    assert!(file.contains(fingerprint.as_str().unwrap()) && file.contains("why: a drill"), "{file}");
    let all = running.get("/api/v1/feedback").json();
    assert_eq!((&all["rows"][0]["verdict"], &all["problem"]), (&json!("normal"), &Value::Null));

    running.lines();
    let left =
        running.get(&format!("/api/v1/incidents?fingerprint={}", fingerprint.as_str().unwrap())).json();
    assert_eq!(left["rows"][0]["state"], "withdrawn", "it holds from now on: {left}");
    let audit = running.get("/api/v1/audit").json();
    assert_eq!(audit["rows"][0]["action"], "feedback");
}

#[test]
fn what_cannot_be_said_is_refused_and_a_broken_file_is_told() {
    let running = Running::new();
    for (body, status, wanted) in [
        (json!({"verdict": "fine", "template": "t", "why": "x"}), 400, "nothing that can be said"),
        (json!({"verdict": "normal", "why": "x"}), 400, "about nothing"),
        (json!({"verdict": "normal", "template": "t", "rule": "r", "why": "x"}), 400, "several things"),
        (json!({"verdict": "normal", "incident": "i", "rule": "r", "why": "x"}), 400, "one thing"),
        (json!({"verdict": "normal", "incident": "none", "why": "x"}), 404, "no such incident"),
        (json!({"verdict": "expected-until", "template": "t", "why": "x"}), 400, "until when"),
        (json!({"verdict": "normal", "template": "t", "why": "x".repeat(2000)}), 400, "1000 bytes"),
    ] {
        let answer = running.say("/api/v1/feedback", body);
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert_eq!((answer.status, detail.contains(wanted)), (status, true), "{detail}");
    }
    let file = running.state.path().join("logsift.feedback.yaml");
    std::fs::write(&file, "entries: [{say: normal}]\n").unwrap();
    assert!(
        running.get("/api/v1/feedback").json()["problem"].as_str().unwrap().contains("logsift.feedback.yaml")
    );
    let answer = running.say("/api/v1/feedback", json!({"verdict": "normal", "template": "t", "why": "x"}));
    assert_eq!(answer.status, 409);
    assert_eq!(running.post("/ingest", "text/plain", outbreak()).status, 204);
    assert_eq!(running.lines(), 2800, "it goes on with what was said before");
}
