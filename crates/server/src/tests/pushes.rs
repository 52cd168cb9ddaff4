//! Every way of pushing, and what is answered.

use serde_json::json;

use super::*;

#[test]
fn every_protocol_is_taken_and_answered_in_its_words() {
    let running = Running::new();
    let text = running.post("/ingest?app=shop", "text/plain", "one\ntwo\n");
    assert_eq!((text.status, text.body.len()), (204, 0));
    assert_eq!(running.post("/ingest", "application/x-ndjson", "{\"message\":\"three\"}\n").status, 204);

    let loki = r#"{"streams":[{"stream":{"app":"web"},"values":[["1700000000000000005","four"],["1700000000000000006","five",{"trace_id":"1"}]]}]}"#;
    assert_eq!(running.post("/loki/api/v1/push", "application/json", loki).status, 204);

    let otlp = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityText":"Error","body":{"stringValue":"six"}},{}]}]}]}"#;
    let partial = running.post("/v1/logs", "application/json", otlp);
    assert_eq!((partial.status, &partial.json()["partialSuccess"]["rejectedLogRecords"]), (200, &json!("1")));

    let bulk = "{\"create\":{}}\n{\"message\":\"seven\",\"level\":\"info\"}\n{\"delete\":{\"_id\":\"1\"}}\n";
    for path in ["/_bulk", "/logs-app/_bulk", "/elastic/_bulk", "/elastic/logs-app/_bulk"] {
        let answer = running.post(path, "application/x-ndjson", bulk);
        assert_eq!(
            (answer.status, answer.header("x-elastic-product")),
            (200, Some("Elasticsearch")),
            "{path}"
        );
        let statuses: Vec<Value> = ["create", "delete"]
            .iter()
            .zip(0..)
            .map(|(name, at)| answer.json()["items"][at][name]["status"].clone())
            .collect();
        assert_eq!(statuses, [json!(201), json!(400)]);
    }
    assert_eq!(running.lines(), 10);
    let sources = running.get("/api/v1/sources").json();
    let mut names: Vec<&str> =
        sources["rows"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        names,
        [
            "push/elastic/fields",
            "push/http",
            "push/http/fields",
            "push/loki",
            "push/loki/fields",
            "push/otlp"
        ]
    );
}

#[test]
fn refusals_are_in_the_words_of_the_protocol() {
    let running = Running::new();
    let otlp = running.post("/v1/logs", "application/x-protobuf", b"\x0a\x7f");
    assert_eq!((otlp.status, otlp.header("content-type")), (400, Some("application/x-protobuf")));
    assert_eq!(otlp.body[..2], [0x08, 3]);
    assert_eq!(running.post("/v1/logs", "text/csv", "x").status, 415);
    let loki = running.post("/loki/api/v1/push", "application/json", "{}");
    assert_eq!((loki.status, loki.header("content-type")), (400, Some("text/plain; charset=utf-8")));
    let bulk = running.post("/_bulk", "application/x-ndjson", "nonsense\n");
    assert_eq!((bulk.status, &bulk.json()["status"]), (400, &json!(400)));
    assert_eq!(running.ask("POST", "/ingest", &[("Content-Encoding", "br")], b"x").status, 415);
    assert_eq!(running.lines(), 0);
}

#[test]
fn clients_of_elasticsearch_shake_hands() {
    let running = Running::new();
    for path in [
        "/elastic",
        "/elastic/",
        "/elastic/_license",
        "/elastic/_xpack",
        "/_license",
        "/_xpack",
        "/_ilm/policy/filebeat",
    ] {
        let answer = running.get(path);
        assert_eq!(
            (answer.status, answer.header("x-elastic-product")),
            (200, Some("Elasticsearch")),
            "{path}"
        );
        answer.json();
    }
    assert_eq!(running.ask("HEAD", "/_index_template/filebeat", &[], b"").status, 200);
    let put = running.ask("PUT", "/_ingest/pipeline/filebeat", &[], b"{}");
    assert_eq!(put.json(), json!({"acknowledged": true}));
    assert_eq!(running.get("/elastic/logs/_search").status, 400);
}

/// Requests that real clients sent, beside the decoders, are taken by the routes that they were sent to.
#[test]
fn recorded_requests_are_taken() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../sources/tests/push");
    let running = Running::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let request = entry.unwrap().path().join("request");
        let Ok(bytes) = std::fs::read(&request) else { continue };
        let split = bytes.windows(2).position(|window| window == b"\n\n").unwrap();
        let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
        let (first, rest) = head.split_once('\n').unwrap();
        let mut words = first.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let headers: Vec<(&str, &str)> = rest
            .lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| {
                name.to_ascii_lowercase().starts_with("content-t")
                    || name.eq_ignore_ascii_case("content-encoding")
            })
            .collect();
        let answer = running.ask(method, path, &headers, &bytes[split + 2..]);
        assert!(answer.status == 200 || answer.status == 204, "{}: {answer:?}", request.display());
        count += 1;
    }
    assert!(count >= 8, "{count}");
    assert!(running.lines() > count);
}
