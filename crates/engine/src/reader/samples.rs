//! The samples of a format are its test: each line must give what the file says.
//!
//! They go through the whole reader, with the format given and with all formats to choose from, as a user's log
//! would. So a sample also shows that no other format takes the line.

use crate::records::detect;
use crate::records::format::{Format, FormatError, FormatFile, FormatKind, FormatSample};
use crate::records::library::Library;
use crate::records::record::Record;
use crate::records::time::Time;

use super::{Reader, Settings, SourceHint};

/// The year that stamps without one have in samples: written at the end of 2024.
const WRITTEN: Time = Time::from_nanos(1_735_689_599_000_000_000);

/// How often a line stands in the log that is made of it.
const REPEATED: usize = 6;

/// What one sample gave that it should not have, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The sample's line.
    pub line: String,
    /// What was expected and what came, per part.
    pub problems: Vec<String>,
}

/// What a record said, in the words of a sample.
struct Seen {
    time: Option<String>,
    level: Option<String>,
    message: String,
    stream: usize,
    fields: Vec<(String, String)>,
}

/// Reads every sample of a format with that format.
pub fn check(file: &FormatFile) -> Result<Vec<Mismatch>, FormatError> {
    let library = Library::default().with([file.clone()])?;
    let settings = Settings::new().with_library(library).with_format(&file.name)?;
    let problems = file
        .samples
        .iter()
        .map(|sample| Mismatch { line: sample.line.clone(), problems: problems_of(sample, &settings) });
    Ok(problems.filter(|mismatch| !mismatch.problems.is_empty()).collect())
}

/// Reads each sample as a log of its own, and the samples of each pattern as one. The format of such
/// a log has to be found.
pub fn check_found(file: &FormatFile, library: &Library) -> Result<Vec<Mismatch>, FormatError> {
    let settings = Settings::new().with_library(library.clone());
    let format = Format::compile(file)?;
    let told: Vec<&FormatSample> = file.samples.iter().filter(|sample| sample.ambiguous.is_none()).collect();
    let mut mismatches = Vec::new();
    for sample in &told {
        mismatches.extend(found_in_log(&[*sample; REPEATED], file.kind, &settings));
    }
    for pattern in 0..format.patterns.len() {
        let same =
            told.iter().filter(|sample| detect::pattern_of(&format, first_line(sample)) == Some(pattern));
        let same: Vec<&FormatSample> = same.copied().collect();
        if same.len() > 1 {
            mismatches.extend(found_in_log(&same, file.kind, &settings));
        }
    }
    Ok(mismatches)
}

fn first_line(sample: &FormatSample) -> &[u8] {
    sample.line.lines().next().unwrap_or_default().as_bytes()
}

/// What came out wrong of a log of these samples; of several equal records, the first.
fn found_in_log(samples: &[&FormatSample], kind: FormatKind, settings: &Settings) -> Vec<Mismatch> {
    let lines: Vec<&str> = samples.iter().map(|sample| sample.line.as_str()).collect();
    // Entries of the journal are parted by blank lines.
    let log = lines.join(if kind == FormatKind::JournalExport { "\n\n" } else { "\n" }) + "\n";
    let (seen, streams) = read(&log, settings);
    if seen.len() != samples.len() {
        let problem = format!("{} records in {} samples", seen.len(), samples.len());
        return vec![Mismatch { line: log, problems: vec![problem] }];
    }
    let mut mismatches: Vec<Mismatch> = Vec::new();
    for (sample, seen) in samples.iter().zip(&seen) {
        let problems = compare(sample, seen, &streams, false);
        let known = mismatches.iter().any(|other| other.line == sample.line);
        if !problems.is_empty() && !known {
            mismatches.push(Mismatch { line: sample.line.clone(), problems });
        }
    }
    mismatches
}

fn problems_of(sample: &FormatSample, settings: &Settings) -> Vec<String> {
    let (seen, streams) = read(&sample.line, settings);
    match seen.as_slice() {
        [seen] => compare(sample, seen, &streams, true),
        several => vec![format!("expected one record, got {}", several.len())],
    }
}

fn read(log: &str, settings: &Settings) -> (Vec<Seen>, Vec<String>) {
    let mut seen = Vec::new();
    let mut sink = |record: &Record<'_>| seen.push(see(record));
    let hint = SourceHint { name: "sample".to_owned(), modified: Some(WRITTEN) };
    let mut reader = Reader::new(settings, hint);
    let mut rest = log.as_bytes();
    while !rest.is_empty() {
        let space = reader.space();
        let count = space.len().min(rest.len());
        space[..count].copy_from_slice(&rest[..count]);
        rest = &rest[count..];
        reader.filled(count, &mut sink);
    }
    reader.finish(&mut sink);
    let streams = reader.streams().iter().map(|stream| stream.name.clone()).collect();
    (seen, streams)
}

fn see(record: &Record<'_>) -> Seen {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Seen {
        time: record.time.map(|time| time.to_string()),
        level: record.level.map(|level| level.to_string()),
        message: text(record.message.trim_ascii()),
        stream: record.stream.0 as usize,
        fields: record.fields().map(|(name, value)| (text(name), text(value.bytes))).collect(),
    }
}

fn compare(sample: &FormatSample, seen: &Seen, streams: &[String], with_fields: bool) -> Vec<String> {
    let mut problems = Vec::new();
    let mut expect = |what: &str, expected: Option<&str>, got: Option<&str>| {
        if expected != got {
            problems.push(format!("{what}: expected `{}`, got `{}`", shown(expected), shown(got)));
        }
    };
    // A time of day alone takes its date from outside.
    if sample.time.is_some() {
        expect("time", sample.time.as_deref(), seen.time.as_deref());
    }
    expect("level", sample.level.as_deref(), seen.level.as_deref());
    if let Some(message) = &sample.message {
        expect("message", Some(message.trim()), Some(&seen.message));
    }
    if !with_fields {
        return problems;
    }
    if let Some(stream) = &sample.stream {
        expect("stream", Some(stream), streams.get(seen.stream).map(String::as_str));
    }
    for (name, value) in &sample.fields {
        let got = seen.fields.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
        expect(name, Some(value), got);
    }
    problems
}

fn shown(value: Option<&str>) -> &str {
    value.unwrap_or("nothing")
}
