//! What must not get through: slow, large and hostile requests; and that the next good one is served.

use std::time::Instant;

use super::*;
use crate::Limits as Bounds;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn bombs_are_refused_and_the_next_request_is_served() {
    let running = Running::new();
    let zeros = vec![0; 65 << 20];
    let bomb = gzip(&zeros);
    for path in ["/ingest", "/v1/logs", "/loki/api/v1/push", "/_bulk", "/detect"] {
        let headers = [("Content-Encoding", "gzip"), ("Content-Type", "application/json")];
        assert_eq!(running.ask("POST", path, &headers, &bomb).status, 413, "{path}");
    }
    let snappy = snap::raw::Encoder::new().compress_vec(&zeros).unwrap();
    assert_eq!(running.post("/loki/api/v1/push", "application/x-protobuf", snappy).status, 413);
    let deep = "[".repeat(100_000);
    for path in ["/v1/logs", "/loki/api/v1/push", "/ingest/logs", "/predict", "/train"] {
        assert_eq!(running.post(path, "application/json", &deep).status, 400, "{path}");
    }
    assert_eq!(running.post("/ingest", "text/plain", "fine").status, 204);
    assert_eq!(running.lines(), 1);
}

#[test]
fn large_requests_are_refused_early() {
    let running = Running::new();
    let mut stream = running.connect();
    stream
        .write_all(b"POST /ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")
        .unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 413");
    let long = "x".repeat(20 << 10);
    assert_eq!(running.ask("GET", "/health", &[("X-Long", &long)], b"").status, 431);
    assert_eq!(running.get("/health").status, 200);
}

#[test]
fn slow_requests_are_given_up() {
    let limits = Bounds {
        head_time: Duration::from_millis(300),
        body_time: Duration::from_millis(300),
        ..Bounds::default()
    };
    let running = Running::with(Settings { limits, ..Settings::default() });
    let began = Instant::now();
    let mut head = running.connect();
    head.write_all(b"GET /health HTTP/1.1\r\nHost: local").unwrap();
    let mut body = running.connect();
    body.write_all(b"POST /ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc").unwrap();
    assert!(matches!(answered(&mut head).status, 0 | 408));
    assert_eq!(answered(&mut body).status, 408);
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(running.lines(), 0);
}

#[test]
fn others_are_served_while_connections_idle() {
    let limits = Bounds { connections: 8, head_time: Duration::from_millis(500), ..Bounds::default() };
    let running = Running::with(Settings { limits, ..Settings::default() });
    let idle: Vec<TcpStream> = (0..40).map(|_| running.connect()).collect();
    let began = Instant::now();
    assert_eq!(running.get("/health").status, 200);
    assert!(began.elapsed() < Duration::from_secs(10));
    drop(idle);
}
