//! A sender that is killed a hundred times.
//!
//! The sender is this very test binary, told by a variable to send instead of to test. It adds incidents one after
//! the other, notes each in a ledger when its outbox has it, and is killed at some moment; the receiver loses answers and
//! fails now and then. In the end every incident of the ledger has arrived.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use logsift_alerts::service::Service;
use serde_json::json;

use super::server::{Behaviour, Server};
use super::work::{incident, settings};

const FOLDER: &str = "KILLED_SENDER_FOLDER";
const PORT: &str = "KILLED_SENDER_PORT";
const KILLS: usize = 100;

fn channels(port: &str) -> serde_json::Value {
    json!({ "ops": { "webhook": { "url": format!("http://127.0.0.1:{port}/hook") } } })
}

/// The sender: not a test of its own, so it does nothing where nobody told it to send.
#[test]
fn sender() {
    let (Ok(folder), Ok(port)) = (std::env::var(FOLDER), std::env::var(PORT)) else { return };
    let folder = Path::new(&folder);
    let service = Service::start(&settings(channels(&port)), folder, true).unwrap();
    let mut ledger = OpenOptions::new().append(true).create(true).open(folder.join("ledger")).unwrap();
    for number in 0.. {
        let name = format!("{}-{number}", std::process::id());
        service.tell(&[incident(&name)]).unwrap();
        // In one piece, so that a kill leaves no half a name.
        ledger.write_all(format!("{name}\n").as_bytes()).unwrap();
        // Every answer of 503 costs the channel a second: more incidents would only take longer.
        std::thread::sleep(Duration::from_millis(25));
    }
}

#[test]
fn nothing_is_lost_over_a_hundred_kills() {
    let folder = tempfile::tempdir().unwrap();
    let script: Vec<Behaviour> = (0..100_000)
        .map(|number| match number % 46 {
            7 | 30 => Behaviour::Lost,
            13 => Behaviour::Status(503),
            _ => Behaviour::Ok,
        })
        .collect();
    let server = Server::http(&script);
    let port = server.port.to_string();
    for kill in 0..KILLS {
        let mut sender = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "receivers::kills::sender", "--nocapture"])
            .env(FOLDER, folder.path())
            .env(PORT, &port)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(30 + (kill as u64 * 37) % 170));
        sender.kill().unwrap();
        sender.wait().unwrap();
    }
    let service = Service::start(&settings(channels(&port)), folder.path(), true).unwrap();
    assert!(service.drain(Duration::from_secs(240)), "what waits is delivered in the end");
    service.stop(Duration::from_secs(1));

    let ledger = fs::read_to_string(folder.path().join("ledger")).unwrap();
    let owed: BTreeSet<&str> = ledger.split_terminator('\n').collect();
    let mut arrived: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for got in server.got().into_iter().filter(|got| got.behaviour != Behaviour::Status(503)) {
        let body: serde_json::Value = serde_json::from_str(&got.body).unwrap();
        let name = body["key"].as_str().unwrap().to_owned();
        let times = arrived.entry(name.clone()).or_default();
        if got.behaviour == Behaviour::Lost {
            times.1 += 1
        } else {
            times.0 += 1
        }
        keys.entry(name).or_default().insert(got.header("idempotency-key").unwrap());
    }
    let missing: Vec<&&str> = owed.iter().filter(|name| !arrived.contains_key(**name)).collect();
    assert!(missing.is_empty(), "{} of {} lost: {missing:?}", missing.len(), owed.len());
    assert!(owed.len() > KILLS, "too little was sent to say anything: {}", owed.len());
    assert!(keys.values().all(|keys| keys.len() == 1), "a notice that comes twice has the same key");
    // What was being sent at a kill comes once more, and what was sent again at the next kill once more again.
    let doubled: usize = arrived.values().map(|(answered, _)| answered.saturating_sub(1)).sum();
    assert!(doubled <= KILLS, "{doubled} doubled: at most what was being sent at each kill");
    eprintln!("{} owed, 0 lost, {doubled} doubled over {KILLS} kills", owed.len());
}
