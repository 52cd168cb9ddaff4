//! A daemon with its server and nothing else, for measurements: state folder and address as arguments.

use std::error::Error;

use logsift_engine::findings::Budget;
use logsift_engine::model::Redaction;
use logsift_engine::reader;
use logsift_engine::windows::TimelineSettings;
use logsift_pipeline::daemon::{Daemon, DaemonSettings, Limits, Retention};
use logsift_pipeline::detection::{Detecting, HELD_LISTED};
use logsift_server::{Settings, start};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [state, address] = words.as_slice() else {
        return Err("a state folder and an address are needed".into());
    };
    let detecting = Detecting {
        budget: Budget::PerDay(5.0),
        budget_words: "5/day".to_owned(),
        sensitivity: 1.0,
        known: None,
        session: None,
        all_sessions: false,
        deploys: Vec::new(),
        timeline: TimelineSettings::default(),
        baseline: None,
        held_listed: HELD_LISTED,
        models: Vec::new(),
        features: None,
        rules: None,
        feedback: None,
    };
    let daemon = Daemon::start(DaemonSettings {
        state: state.into(),
        sources: Vec::new(),
        reader: reader::Settings::default(),
        redaction: Redaction::None,
        detecting,
        limits: Limits::default(),
        retention: Retention::default(),
    })?;
    let server = start(Settings { listen: address.parse()?, ..Settings::default() }, daemon.handle())?;
    // Until the end of standard input.
    let _ = std::io::read_to_string(std::io::stdin());
    server.stop();
    daemon.stop();
    Ok(())
}
