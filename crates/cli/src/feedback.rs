//! `feedback`: what people say in, a file that every scan heeds out; and what that changes.

mod target;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use logsift_engine::findings::feedback::{EntryFile, Feedback, FeedbackFile};
use logsift_pipeline::detection::Detecting;
use logsift_pipeline::feedback::{self as said, FileError, NOT_NORMAL, Preview, USUAL, preview, words};
use logsift_pipeline::scan::{RowsOut, scan};
use logsift_reports::ScanReport;
use logsift_reports::escape::for_terminal;
use logsift_reports::text::figures::counted;

use crate::arguments::Manners;
use crate::arguments::feedback::{Check, Feedback as Arguments, FeedbackCommand, OnFile, Says, SeverityWord};
use crate::exit::{Exit, Problem};
use crate::{detecting, outputs, reading};

pub(crate) fn run(arguments: &Arguments, manners: &Manners) -> Result<Exit, Problem> {
    match &arguments.command {
        FeedbackCommand::Normal(says) => say("normal", says, EntryFile::default(), manners),
        FeedbackCommand::Important(says) => say("important", says, EntryFile::default(), manners),
        FeedbackCommand::NotNormal(says) => say(NOT_NORMAL, says, EntryFile::default(), manners),
        FeedbackCommand::ExpectedUntil(until) => {
            let entry = EntryFile { until: Some(until.day.clone()), ..EntryFile::default() };
            say("expected-until", &until.says, entry, manners)
        }
        FeedbackCommand::Severity(of) => {
            let severity = match of.severity {
                SeverityWord::Low => "low",
                SeverityWord::Medium => "medium",
                SeverityWord::High => "high",
                SeverityWord::Critical => "critical",
            };
            let entry = EntryFile { severity: Some(severity.to_owned()), ..EntryFile::default() };
            say("severity", &of.says, entry, manners)
        }
        FeedbackCommand::List(on) => list(on),
        FeedbackCommand::Check(arguments) => check(arguments, manners),
    }
}

/// The feedback that is heeded: that of a file, or of the usual one where it is there.
pub(crate) fn heeded(named: Option<&Path>) -> Result<Option<(String, Feedback)>, Problem> {
    let path = named.unwrap_or(Path::new(USUAL));
    if named.is_none() && !path.is_file() {
        return Ok(None);
    }
    let name = path.display().to_string();
    load(path).map(|(_, feedback)| Some((name, feedback)))
}

fn load(path: &Path) -> Result<(FeedbackFile, Feedback), Problem> {
    if let Err(error) = fs::metadata(path) {
        return Err(Problem::usage(format!("cannot read `{}`: {error}", path.display())));
    }
    said::load(path).map_err(Problem::usage)
}

fn report(path: &Path) -> Result<ScanReport, Problem> {
    let bytes = fs::read(path)
        .map_err(|error| Problem::usage(format!("cannot read `{}`: {error}", path.display())))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let hint = "write one with `logsift scan … -o report.json`";
        Problem::usage(format!("`{}` is no report as JSON: {error}\nhint: {hint}", path.display()))
    })
}

/// Adds an entry to the file, and says what it would have changed.
fn say(what: &str, says: &Says, entry: EntryFile, manners: &Manners) -> Result<Exit, Problem> {
    let known = says.report.as_deref().map(report).transpose()?;
    let detection = known.as_ref().and_then(|report| report.detection.as_ref());
    let mut entry = EntryFile {
        say: what.to_owned(),
        until: entry.until.or_else(|| says.until.clone()),
        who: says.who.clone(),
        when: said::today(),
        why: says.why.clone(),
        ..entry
    };
    target::fill(&mut entry, &says.target, detection)?;
    let path = &says.on.feedback;
    let alone =
        Feedback::of(&FeedbackFile { entries: vec![entry.clone()] }, "this").map_err(Problem::usage)?;
    let mut text = String::new();
    if let Some(detection) = detection {
        let shown = preview(&alone, detection);
        let _ = writeln!(text, "would have {}", changes(&shown));
    }
    if !says.dry_run {
        said::append(path, &entry).map_err(refused)?;
        let _ = writeln!(
            text,
            "{}: {} is {}",
            path.display(),
            for_terminal(&about(&alone)),
            for_terminal(&meaning(&alone))
        );
    }
    if !manners.quiet {
        outputs::print(|out| out.write_all(text.as_bytes()))?;
    }
    Ok(Exit::Ran)
}

/// What cannot be written is no fault of who said it.
fn refused(error: FileError) -> Problem {
    match error {
        FileError::Write(error) => Problem::internal(error),
        error => Problem::usage(error),
    }
}

fn about(feedback: &Feedback) -> String {
    feedback.entries().first().map(|entry| entry.target.words()).unwrap_or_default()
}

fn meaning(feedback: &Feedback) -> String {
    let Some(entry) = feedback.entries().first() else { return String::new() };
    let until = entry.until.map(|until| format!(" until {until}")).unwrap_or_default();
    format!("{}{until}", words(entry.say))
}

fn changes(preview: &Preview) -> String {
    let of = counted(preview.incidents, "incident", "incidents");
    let mut words = format!("hidden {} of {of}", preview.hidden.len());
    if !preview.changed.is_empty() {
        let _ = write!(words, " and changed {}", preview.changed.len());
    }
    if !preview.taken_back.is_empty() {
        let back = counted(preview.taken_back.len() as u64, "new normal", "new normals");
        let _ = write!(words, " and taken back {back}");
    }
    words
}

fn list(on: &OnFile) -> Result<Exit, Problem> {
    let (file, feedback) = load(&on.feedback)?;
    let mut out = String::new();
    for (number, (entry, written)) in (1..).zip(feedback.entries().iter().zip(&file.entries)) {
        let until = entry.until.map(|until| format!(" until {until}")).unwrap_or_default();
        let said = format!("{} is {}{until}", entry.target.words(), words(entry.say));
        let by = format!("{}, {}: {}", written.who, written.when, written.why);
        let _ = writeln!(out, "{number:>3}  {}\n     {}", for_terminal(&said), for_terminal(&by));
    }
    if out.is_empty() {
        out.push_str("nothing was said\n");
    }
    outputs::print(|to| to.write_all(out.as_bytes()))?;
    Ok(Exit::Ran)
}

/// Says what the file would change, and which entries say nothing.
fn check(arguments: &Check, manners: &Manners) -> Result<Exit, Problem> {
    let (_, feedback) = load(&arguments.on.feedback)?;
    let report = match &arguments.report {
        Some(path) => Some(report(path)?),
        None if arguments.paths.is_empty() => None,
        None => Some(read(arguments, manners)?),
    };
    let count = counted(feedback.entries().len() as u64, "entry", "entries");
    let Some(detection) = report.as_ref().and_then(|report| report.detection.as_ref()) else {
        outputs::print(|out| writeln!(out, "{count}, all sound"))?;
        return Ok(Exit::Ran);
    };
    let shown = preview(&feedback, detection);
    let mut text = format!("{count}: would have {}\n", changes(&shown));
    let mut silent = false;
    for (at, (entry, matches)) in feedback.entries().iter().zip(&shown.matches).enumerate() {
        let said = if shown.expired.contains(&at) {
            "has expired".to_owned()
        } else if *matches == 0 {
            "says nothing here".to_owned()
        } else {
            counted(*matches, "match", "matches")
        };
        silent |= *matches == 0;
        let _ = writeln!(text, "{:>3}  {}: {said}", at + 1, for_terminal(&entry.target.words()));
    }
    outputs::print(|out| out.write_all(text.as_bytes()))?;
    Ok(if silent { Exit::Findings } else { Exit::Ran })
}

/// What a scan finds where nobody has said anything.
fn read(arguments: &Check, manners: &Manners) -> Result<ScanReport, Problem> {
    let mut settings = arguments.how.settings(manners)?;
    settings.detecting = Some(Detecting { feedback: None, ..detecting::usual()? });
    let plan = arguments.how.plan(&arguments.paths);
    reading::refuse(std::iter::empty(), settings.needs_end(), &plan)?;
    let work = |watch: &_| scan(&plan, &settings, RowsOut::default(), watch);
    let scanned =
        reading::watched(&plan, settings.needs_end(), !manners.quiet, work).map_err(Problem::usage)?;
    Ok(scanned.report)
}
