//! The classic endpoints, with the shapes that their users know.

use serde_json::json;

use super::*;

#[test]
fn the_root_answers_everybody_in_their_way() {
    let running = Running::new();
    let accepting = |accept: &str| running.ask("GET", "/", &[("Accept", accept)], b"");
    let plain = accepting("application/json");
    assert_eq!((plain.status, plain.json()), (200, json!({"status": "Log Anomaly Detection API running"})));
    assert_eq!(running.get("/").json(), plain.json());
    assert_eq!(accepting("*/*").json(), plain.json());
    let page = accepting("text/html,application/xhtml+xml,*/*;q=0.8");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.text().contains("<title>logsift</title>"));
    let elastic = running.ask("GET", "/", &[("User-Agent", "Elastic-filebeat/8.17.0")], b"");
    assert_eq!(elastic.json()["tagline"], "You Know, for Search");
    assert_eq!(elastic.header("x-elastic-product"), Some("Elasticsearch"));
}

#[test]
fn predict_takes_a_body_or_parameters() {
    let running = Running::new();
    let predict = |body: &str| running.post("/predict", "application/json", body);
    let anomaly = predict(r#"{"log_level": 2, "response_time": 900}"#);
    assert_eq!((anomaly.status, anomaly.text().as_str()), (200, r#"{"result":"Anomaly"}"#));
    assert_eq!(anomaly.header("content-type"), Some("application/json"));
    assert_eq!(predict(r#"{"log_level": 0, "response_time": 110}"#).json(), json!({"result": "Normal"}));
    assert_eq!(
        predict(r#"{"log_level": "ERROR", "response_time": 900.5}"#).json(),
        json!({"result": "Anomaly"})
    );
    let by_query = running.post("/predict?log_level=0&response_time=110", "", "");
    assert_eq!(by_query.json(), json!({"result": "Normal"}));
    let scored = running.post("/predict?log_level=2&response_time=900&score=true", "", "").json();
    assert_eq!(scored["result"], "Anomaly");
    assert!(scored["score"].as_f64().is_some_and(|score| (0.0..=1.0).contains(&score)));
}

#[test]
fn predict_refuses_what_is_no_request() {
    let running = Running::new();
    for body in [
        "",
        "{}",
        "[]",
        "{",
        r#"{"log_level": 1}"#,
        r#"{"log_level": "loud", "response_time": 1}"#,
        r#"{"log_level": 1, "response_time": -1}"#,
    ] {
        let answer = running.post("/predict", "application/json", body);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (400, Some("application/problem+json")),
            "{body}"
        );
    }
    for query in ["log_level=1", "log_level=1&response_time=x", "log_level=1&response_time=NaN", "level=1"] {
        assert_eq!(running.post(&format!("/predict?{query}"), "", "").status, 400, "{query}");
    }
}

#[test]
fn training_changes_what_is_usual() {
    let running = Running::new();
    let slow = r#"{"log_level": 2, "response_time": 900}"#;
    let rows: Vec<Value> =
        (0..200).map(|n| json!({"log_level": 2, "response_time": 850 + n % 100})).collect();
    let trained = running.post("/train", "application/json", json!({"rows": rows}).to_string());
    assert_eq!((trained.status, &trained.json()["status"]), (200, &json!("trained")));
    assert_eq!(running.post("/predict", "application/json", slow).json(), json!({"result": "Normal"}));
    assert_eq!(running.get("/models").json()["predictor"]["rows"], 200);
    assert_eq!(running.post("/train", "application/json", "").status, 200);
    assert_eq!(running.post("/predict", "application/json", slow).json(), json!({"result": "Anomaly"}));
    assert_eq!(running.post("/train", "application/json", r#"{"rows": [], "contamination": 7}"#).status, 400);
}

#[test]
fn lines_come_in_by_body_and_by_form() {
    let running = Running::new();
    let entries = r#"{"logs": ["one", {"message": "two"}, 3]}"#;
    let ingested = running.post("/ingest/logs?app=shop", "application/json", entries);
    assert_eq!(ingested.json(), json!({"status": "accepted", "ingested": 2, "refused": 1}));
    assert_eq!(running.post("/ingest/logs", "text/plain", "three\nfour\n").json()["ingested"], 2);
    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../a.log\"\r\n\r\nfive\nsix\r\n--b--\r\n";
    let uploaded = running.post("/upload/logs", "multipart/form-data; boundary=b", form);
    let expected =
        json!({"status": "accepted", "ingested": 2, "files": [{"name": "../../a.log", "lines": 2}]});
    assert_eq!(uploaded.json(), expected);
    assert_eq!(running.lines(), 6);
    assert_eq!(running.post("/upload/logs", "multipart/form-data; boundary=b", "--b--\r\n").status, 400);
    assert_eq!(
        running.post("/upload/logs", "multipart/form-data; boundary=b", "--b\r\nContent-").status,
        400
    );
    assert_eq!(running.post("/upload/logs", "text/plain", "x").status, 415);
}

#[test]
fn lines_are_judged_without_being_kept() {
    let running = Running::new();
    let lines =
        "2026-01-01T00:00:00Z INFO all is well\n2026-01-01T00:00:01Z ERROR out of memory: killed process 7\n";
    let found = running.post("/detect", "text/plain", lines).json();
    assert_eq!((found["anomalies"].as_u64(), found["results"].as_array().map(Vec::len)), (Some(1), Some(2)));
    assert_eq!(found["results"][1]["line"], 2);
    let again =
        running.post("/api/v1/detect", "application/json", json!(["INFO fine", "x"]).to_string()).json();
    assert_eq!(again["verdicts"].as_array().map(Vec::len), Some(2));
    assert_eq!(running.lines(), 0);
    assert_eq!(running.post("/detect", "text/plain", "x\n".repeat(10_001)).status, 413);
}

#[test]
fn health_and_status_are_short() {
    let running = Running::new();
    assert_eq!(running.get("/health").json(), json!({"status": "healthy"}));
    let status = running.get("/status").json();
    assert_eq!(
        (&status["status"], &status["ready"], &status["lines"]),
        (&json!("running"), &json!("ready"), &json!(0))
    );
}
