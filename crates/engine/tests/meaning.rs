//! Real logs of eleven systems: hard signals are rare where nothing is known to have gone wrong.
//!
//! The logs are not part of the project. Where they are not beside it, the test says so and ends.

#![allow(clippy::print_stdout, reason = "a test that is left out says so")]

use std::fs;
use std::path::Path;

use logsift_engine::meaning::of_text;
use logsift_engine::reader::{Reader, Settings, SourceHint};
use logsift_engine::records::record::Record;

/// The messages of a log that hold a hard signal, and the number of records.
fn hard_signals(log: &[u8]) -> (Vec<String>, usize) {
    let (mut hard, mut records) = (Vec::new(), 0);
    let mut sink = |record: &Record<'_>| {
        records += 1;
        if of_text(record.message).hard.is_some() {
            hard.push(String::from_utf8_lossy(record.message).into_owned());
        }
    };
    let mut reader = Reader::new(&Settings::new(), SourceHint::default());
    let mut rest = log;
    while !rest.is_empty() {
        let space = reader.space();
        let count = space.len().min(rest.len());
        space[..count].copy_from_slice(&rest[..count]);
        rest = &rest[count..];
        reader.filled(count, &mut sink);
    }
    reader.finish(&mut sink);
    (hard, records)
}

#[test]
fn ordinary_logs_hold_hardly_any() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/templates");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("SKIPPED: the logs of real systems are not at {}", folder.display());
        return;
    };
    let (mut hard, mut records) = (Vec::new(), 0);
    for system in entries.flatten().filter(|entry| entry.path().is_dir()) {
        let name = system.file_name().to_string_lossy().into_owned();
        let log = fs::read(system.path().join(format!("{name}_2k.log"))).expect("the log of the system");
        let (more, count) = hard_signals(&log);
        hard.extend(more);
        records += count;
    }
    println!("{} hard signals in {records} records: {hard:#?}", hard.len());
    assert!(records >= 20_000, "{records} records");
    assert!(hard.len() * 5_000 <= records, "{hard:#?}");
}

#[test]
fn a_hard_signal_among_ordinary_records_is_found() {
    let log = b"2024-01-01 00:00:01 INFO app: started\n2024-01-01 00:00:02 INFO app: write: No space left on device\n";
    assert_eq!(hard_signals(log), (vec!["write: No space left on device".to_owned()], 2));
}
