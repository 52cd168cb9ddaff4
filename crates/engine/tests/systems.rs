//! Real logs of eleven systems: every line is a record, and no message keeps its header.
//!
//! The logs are not part of the project. Where they are not beside it, the test says so and ends.

#![allow(clippy::print_stdout, reason = "a test that is left out says so")]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use logsift_engine::reader::{Reader, Settings, SourceHint};
use logsift_engine::records::record::Record;

fn systems() -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/templates");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("SKIPPED: the logs of real systems are not at {}", folder.display());
        return None;
    };
    let mut folders: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    Some(folders)
}

/// The rows of a CSV file, quotes taken off.
fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            letter => cell.push(letter),
        }
    }
    rows
}

fn messages(log: &[u8]) -> HashMap<u64, String> {
    let mut seen = HashMap::new();
    let mut sink = |record: &Record<'_>| {
        let message = String::from_utf8_lossy(record.message).trim().to_owned();
        seen.insert(record.origin.line, message);
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
    seen
}

#[test]
fn every_line_is_a_record_without_its_header() {
    let Some(systems) = systems() else { return };
    let mut exact = 0;
    for folder in &systems {
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let log = fs::read(folder.join(format!("{name}_2k.log"))).expect("the log of the system");
        let truth = fs::read_to_string(folder.join("truth.csv")).expect("the truth of the system");
        let truth = rows(&truth);
        let column =
            |wanted: &str| truth[0].iter().position(|cell| cell == wanted).expect("a column of the truth");
        let (line, content) = (column("line_number"), column("content"));
        let seen = messages(&log);
        assert_eq!(seen.len(), truth.len() - 1, "records of {name}");
        let equal = truth[1..]
            .iter()
            .filter(|row| {
                row[line].parse().ok().and_then(|line: u64| seen.get(&line))
                    == Some(&row[content].trim().to_owned())
            })
            .count();
        println!("{name}: {equal} of {} messages are the content", truth.len() - 1);
        exact += usize::from(equal * 100 >= (truth.len() - 1) * 99);
    }
    assert!(exact + 1 >= systems.len(), "{exact} of {} systems", systems.len());
}
