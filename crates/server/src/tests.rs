//! The server as its clients see it: a daemon with a state folder of its own, requests over a socket.

mod alerts;
mod classic;
mod doors;
mod limits;
mod pushes;
mod reads;
mod said;
mod wholes;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use logsift_alerts::settings::Alerts;
use logsift_engine::detectors::rule::built_in;
use logsift_engine::findings::Budget;
use logsift_engine::model::Redaction;
use logsift_engine::reader;
use logsift_engine::windows::TimelineSettings;
use logsift_pipeline::daemon::{Daemon, DaemonSettings, Limits, Retention};
use logsift_pipeline::detection::{Detecting, HELD_LISTED};
use serde_json::Value;
use tempfile::TempDir;

use crate::{Server, Settings, start};

const PATIENCE: Duration = Duration::from_secs(20);

/// A daemon with its server.
struct Running {
    daemon: Option<Daemon>,
    server: Option<Server>,
    state: TempDir,
}

/// What was answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let line =
            self.head.lines().find_map(|line| line.split_once(": ").filter(|(given, _)| *given == name));
        line.map(|(_, value)| value)
    }
}

impl Running {
    fn new() -> Running {
        Running::with(Settings::default())
    }

    fn with(settings: Settings) -> Running {
        Running::telling(settings, |_| Alerts::default())
    }

    fn telling(settings: Settings, alerts: impl FnOnce(&Path) -> Alerts) -> Running {
        let state = tempfile::tempdir().unwrap();
        let alerts = alerts(state.path());
        let daemon = Daemon::start(DaemonSettings { alerts, ..daemon_settings(state.path()) }).unwrap();
        daemon.handle().heed(state.path().join("logsift.feedback.yaml"));
        assert!(daemon.handle().settle(PATIENCE));
        let settings = Settings { listen: ([127, 0, 0, 1], 0).into(), ..settings };
        let server = start(settings, daemon.handle()).unwrap();
        Running { daemon: Some(daemon), server: Some(server), state }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.server.as_ref().unwrap().address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    fn post(&self, path: &str, kind: &str, body: impl AsRef<[u8]>) -> Answer {
        self.ask("POST", path, &[("Content-Type", kind)], body.as_ref())
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "Host") {
            head.push_str("Host: localhost\r\n");
        }
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        let mut stream = self.connect();
        stream.write_all(&[head.as_bytes(), b"\r\n", body].concat()).unwrap();
        answered(&mut stream)
    }

    /// Lines that came in, once all of them are judged.
    fn lines(&self) -> u64 {
        let handle = self.daemon.as_ref().unwrap().handle();
        assert!(handle.settle(PATIENCE));
        handle.status().lines.came_in
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.take().unwrap().stop();
        self.daemon.take().unwrap().stop();
    }
}

/// Reads an answer to the end of the connection.
fn answered(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // A connection that is cut after its answer is as good as one that is closed.
    let _ = stream.read_to_end(&mut bytes);
    let split = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(bytes.len());
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let body = bytes.get(split + 4..).unwrap_or_default().to_vec();
    Answer { status, head, body }
}

fn daemon_settings(state: &std::path::Path) -> DaemonSettings {
    DaemonSettings {
        state: state.to_owned(),
        require_state: false,
        sources: Vec::new(),
        readers: Vec::new(),
        reader: reader::Settings::default(),
        redaction: Redaction::None,
        detecting: Detecting {
            budget: Budget::PerDay(5.0),
            budget_words: "5/day".to_owned(),
            sensitivity: 1.0,
            known: None,
            session: None,
            all_sessions: false,
            deploys: Vec::new(),
            timeline: TimelineSettings::default(),
            course: Default::default(),
            learned_sessions: Default::default(),
            baseline: None,
            held_listed: HELD_LISTED,
            models: Vec::new(),
            features: None,
            embeddings: None,
            rules: Some(Arc::clone(built_in())),
            feedback: None,
        },
        limits: Limits::default(),
        retention: Retention::default(),
        alerts: Alerts::default(),
    }
}
