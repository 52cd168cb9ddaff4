//! `serve` with its HTTP face: lines over a socket, a kill, a start, and the same lines are there.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::run::Folder;

const PATIENCE: Duration = Duration::from_secs(30);

/// A daemon that runs.
struct Daemon {
    child: Child,
    address: String,
}

impl Daemon {
    fn start(state: &Path) -> Daemon {
        let mut child = Command::new(env!("CARGO_BIN_EXE_logsift"))
            .args(["serve", "--listen", "127.0.0.1:0", "--state"])
            .arg(state)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let said = lines.find(|line| line.contains("listening at")).expect("it says where it listens");
        let address = said.rsplit("http://").next().unwrap().to_owned();
        // What it says further is read away, or it would wait for somebody to read it.
        thread::spawn(move || lines.count());
        Daemon { child, address }
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    }

    fn post(&self, path: &str, body: &str) -> String {
        let length = body.len();
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
    }

    /// Waits until so many lines were processed.
    fn wait_for(&self, lines: u64) {
        let wanted = format!("\"came_in\":{lines},\"processed\":{lines},");
        let since = Instant::now();
        loop {
            let status = self.get("/api/v1/status");
            if status.contains(&wanted) {
                return;
            }
            assert!(since.elapsed() < PATIENCE, "{wanted} is not in {status}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_was_answered_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::start(folder.path());
    let lines = "2026-11-21T10:00:00Z INFO one\n2026-11-21T10:00:01Z INFO two\n";
    assert!(daemon.post("/ingest?app=shop", lines).starts_with("HTTP/1.1 204"));
    daemon.child.kill().unwrap();
    daemon.child.wait().unwrap();
    let daemon = Daemon::start(folder.path());
    daemon.wait_for(2);
    assert!(daemon.post("/ingest?app=shop", "2026-11-21T10:00:02Z INFO three\n").starts_with("HTTP/1.1 204"));
    daemon.wait_for(3);
    assert!(daemon.get("/").ends_with("{\"status\":\"Log Anomaly Detection API running\"}"));
}

#[test]
fn other_machines_need_a_token() {
    let folder = Folder::empty();
    let run = folder.run(&["serve", "--state", "state", "--listen", "0.0.0.0:0"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("no token is asked for") && run.stderr.contains("logsift token new"),
        "{}",
        run.stderr
    );
    let run = folder.run(&["serve", "--state", "state", "--tokens", "none"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("cannot read the tokens in `none`"), "{}", run.stderr);
}

#[test]
fn a_new_token_has_a_line_and_a_secret() {
    let run = Folder::empty().run(&["token", "new", "ops", "--role", "admin"]);
    let words: Vec<&str> = run.stdout.split_whitespace().collect();
    assert_eq!((run.code, words.len(), words[..2].to_vec()), (0, 3, vec!["ops", "admin"]));
    assert_eq!(words[2].len(), 64);
    assert!(run.stderr.contains("lst_") && !run.stdout.contains("lst_"), "{}", run.stderr);
    assert_eq!(Folder::empty().run(&["token", "new", "a b"]).code, 2);
}
