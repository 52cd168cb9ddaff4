//! A daemon of the binary, and what can be said to it over a socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A daemon that runs.
pub(crate) struct Daemon {
    child: Child,
    pub(crate) address: String,
}

impl Daemon {
    /// Starts one with that state and more words.
    pub(crate) fn start(state: &Path, words: &[&str]) -> Daemon {
        let mut child = Command::new(env!("CARGO_BIN_EXE_logsift"))
            .args(["serve", "--listen", "127.0.0.1:0", "--state"])
            .arg(state)
            .args(words)
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

    /// Ends it at once, as a crash would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The answer to a question, head and body.
    pub(crate) fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    }

    /// The answer to a body, head and body.
    pub(crate) fn post(&self, path: &str, body: &str) -> String {
        let length = body.len();
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
    }

    /// Waits until so many lines were processed.
    pub(crate) fn wait_for(&self, lines: u64) {
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
