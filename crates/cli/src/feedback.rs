//! `feedback`: what people say in, a file that every scan heeds out; and what that changes.

mod target;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use logsift_engine::findings::feedback::{EntryFile, Feedback, FeedbackFile};
use logsift_engine::records::time::civil_from_days;
use logsift_pipeline::detection::Detecting;
use logsift_pipeline::feedback::{Preview, preview, words};
use logsift_pipeline::model_file::replace_file;
use logsift_pipeline::scan::{RowsOut, scan};
use logsift_reports::ScanReport;
use logsift_reports::escape::for_terminal;
use logsift_reports::text::figures::counted;

use crate::arguments::Manners;
use crate::arguments::feedback::{Check, Feedback as Arguments, FeedbackCommand, OnFile, Says, SeverityWord};
use crate::exit::{Exit, Problem};
use crate::{detecting, outputs, reading};

/// The file that is heeded where nobody names one.
const USUAL: &str = "logsift.feedback.yaml";
const HEAD: &str = "# What people said about findings of logsift. Review it like code; `logsift feedback check` tries it.\nentries:\n";

pub(crate) fn run(arguments: &Arguments, manners: &Manners) -> Result<Exit, Problem> {
    match &arguments.command {
        FeedbackCommand::Normal(says) => say("normal", says, EntryFile::default(), manners),
        FeedbackCommand::Important(says) => say("important", says, EntryFile::default(), manners),
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

fn load(path: &Path) -> Result<(String, Feedback), Problem> {
    let text = fs::read_to_string(path)
        .map_err(|error| Problem::usage(format!("cannot read `{}`: {error}", path.display())))?;
    parsed(path, &text).map(|feedback| (text, feedback))
}

fn parsed(path: &Path, text: &str) -> Result<Feedback, Problem> {
    let name = path.display().to_string();
    let file = FeedbackFile::parse(&name, text).map_err(Problem::usage)?;
    Feedback::of(&file, &name).map_err(Problem::usage)
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
        when: today(),
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
        append(path, &entry)?;
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
    let hidden = format!("hidden {} of {of}", preview.hidden.len());
    if preview.changed.is_empty() {
        hidden
    } else {
        format!("{hidden} and changed {}", preview.changed.len())
    }
}

/// Writes the file anew with one entry more; what stands in it stays as it is.
fn append(path: &Path, entry: &EntryFile) -> Result<(), Problem> {
    let before = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => HEAD.to_owned(),
        Err(error) => return Err(Problem::usage(format!("cannot read `{}`: {error}", path.display()))),
    };
    let count = parsed(path, &before)?.entries().len();
    let mut text = before;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    if !text.lines().any(|line| line.trim_end() == "entries:") {
        text.push_str("entries:\n");
    }
    text.push_str(&block(entry)?);
    // Somebody may have written the list in another way; then nothing is appended to it blindly.
    let added = parsed(path, &text).ok().filter(|feedback| feedback.entries().len() == count + 1);
    if added.is_none() {
        let hint = format!("add it by hand:\n{}", block(entry)?);
        return Err(Problem::usage(format!(
            "`{}` is not written as a list of blocks\nhint: {hint}",
            path.display()
        )));
    }
    replace_file(path, text.as_bytes()).map_err(Problem::internal)
}

/// An entry as a block of the list.
fn block(entry: &EntryFile) -> Result<String, Problem> {
    let written = EntryFile::to_yaml(entry).map_err(Problem::internal)?;
    let mut text = String::new();
    for (at, line) in written.trim_end().lines().enumerate() {
        let _ = writeln!(text, "{}{line}", if at == 0 { "  - " } else { "    " });
    }
    Ok(text)
}

fn today() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (year, month, day) = civil_from_days((since.as_secs() / 86_400).cast_signed());
    format!("{year:04}-{month:02}-{day:02}")
}

fn list(on: &OnFile) -> Result<Exit, Problem> {
    let (text, feedback) = load(&on.feedback)?;
    let file = FeedbackFile::parse("", &text).map_err(Problem::usage)?;
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
