//! Labelled sessions of real systems: how well a model tells them apart, with the threshold it chose itself.
//!
//! The sessions are not part of the project. Where they are not beside it, the test says so and ends.

#![allow(clippy::print_stdout, reason = "a test that is left out says so, and the figures are worth a look")]

use std::path::{Path, PathBuf};
use std::process::Command;

use logsift_engine::sessions::{SessionModel, SessionSettings};

struct Session {
    is_abnormal: bool,
    events: Vec<u32>,
    part: String,
    kind: String,
}

fn sessions(name: &str) -> Option<Vec<Session>> {
    let file = Path::new("shared/data/anomaly").join(name).join("sessions.csv.gz");
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join(&file));
    let Some(path) = beside.into_iter().find(|path: &PathBuf| path.exists()) else {
        println!("SKIPPED: the sessions of {name} are not beside the project");
        return None;
    };
    let unpacked = Command::new("gzip").arg("-dc").arg(path).output().expect("gzip runs");
    let text = String::from_utf8(unpacked.stdout).expect("the sessions are text");
    Some(text.lines().skip(1).map(session).collect())
}

fn session(line: &str) -> Session {
    let cells: Vec<&str> = line.split(',').collect();
    let [_, label, events, part, kind] = cells[..] else { panic!("five cells: {line}") };
    let events = events.split(' ').map(|event| event.parse().expect("an event")).collect();
    Session { is_abnormal: label == "1", events, part: part.to_owned(), kind: kind.to_owned() }
}

fn trained(sessions: &[Session], is_training: impl Fn(&Session) -> bool) -> SessionModel {
    let training: Vec<Vec<u32>> = sessions
        .iter()
        .filter(|session| is_training(session))
        .map(|session| session.events.clone())
        .collect();
    SessionModel::train(&training, &SessionSettings { false_alarms: 0.001 })
}

/// Weighted to the whole of the published set, of which there are 552,640 normal and 16,838 abnormal blocks.
#[test]
fn blocks_are_told_apart() {
    let Some(sessions) = sessions("hdfs") else { return };
    let model = trained(&sessions, |session| session.part == "train_normal");
    let share = |part: &str| {
        let of_part: Vec<&Session> = sessions.iter().filter(|session| session.part == part).collect();
        let flagged = of_part.iter().filter(|session| model.score(&session.events).flagged).count();
        flagged as f64 / of_part.len() as f64
    };
    let (found, false_alarms) = (share("test_abnormal"), share("test_normal"));
    let (hits, alarms) = (16_838.0 * found, 552_640.0 * false_alarms);
    let f1 = 2.0 * hits / (hits + alarms + 16_838.0);
    println!("found {found:.4}, false alarms {false_alarms:.5}, F1 {f1:.4}");
    assert!(f1 >= 0.975, "{f1}");
}

#[test]
fn traces_of_system_calls_are_ranked() {
    let Some(sessions) = sessions("adfa-ld") else { return };
    let is_training = |session: &Session| session.kind == "official_training";
    let model = trained(&sessions, is_training);
    // Every fourth of the tested ones: a build without optimisation takes its time.
    let tested = sessions.iter().filter(|session| !is_training(session)).step_by(4);
    let (abnormal, normal): (Vec<&Session>, Vec<&Session>) = tested.partition(|session| session.is_abnormal);
    let scores = |sessions: &[&Session]| -> Vec<f64> {
        sessions.iter().map(|session| model.score(&session.events).score).collect()
    };
    let (abnormal, normal) = (scores(&abnormal), scores(&normal));
    let wins: f64 = abnormal
        .iter()
        .flat_map(|one| {
            normal
                .iter()
                .map(move |other| if one > other { 1.0 } else { f64::from(u8::from(one == other)) / 2.0 })
        })
        .sum();
    let area = wins / (abnormal.len() * normal.len()) as f64;
    println!("area under the curve {area:.4}");
    assert!(area >= 0.83, "{area}");
}
