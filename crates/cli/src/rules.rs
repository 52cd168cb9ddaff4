//! Rules: the built-in ones and those of a folder, listed, checked and tried.

mod files;
mod import;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use logsift_engine::detectors::rule::file::RuleFile;
use logsift_engine::detectors::rule::{RuleSet, built_in_files};
use logsift_pipeline::rules::{Tried, Wrong, check as try_lines, try_rules};
use logsift_pipeline::watch::Watch;
use logsift_reports::escape::for_terminal;
use logsift_reports::json;
use logsift_reports::text::figures::counted;
use serde_json::{Value, json};

use crate::arguments::rules::{Check, List, Rules, RulesCommand, Test};
use crate::arguments::{Manners, ReportFormat};
use crate::exit::{Exit, Problem};
use crate::outputs;

/// Columns of a record that is shown.
const SHOWN: usize = 160;

pub(crate) fn run(arguments: &Rules, manners: &Manners) -> Result<Exit, Problem> {
    match &arguments.command {
        RulesCommand::List(arguments) => list(arguments),
        RulesCommand::Check(arguments) => check(arguments, manners),
        RulesCommand::Test(arguments) => test(arguments, manners),
        RulesCommand::Import(arguments) => import::run(arguments, manners),
    }
}

/// The built-in rules and those of a folder, compiled.
pub(crate) fn set(folder: &Path) -> Result<RuleSet, Problem> {
    let files: Vec<RuleFile> = files::all(Some(folder))?.into_iter().map(|(_, file)| file).collect();
    RuleSet::compile(&files).map_err(Problem::usage)
}

/// Rules as the settings choose them: built-in ones or not, those of folders, without those that are switched off.
pub(crate) fn chosen(packs: bool, folders: &[PathBuf], off: &[String]) -> Result<Arc<RuleSet>, Problem> {
    let mut files: Vec<RuleFile> = Vec::new();
    for folder in folders {
        files.extend(files::own(folder)?.into_iter().map(|(_, file)| file));
    }
    if packs {
        let built_in = files::all(None)?.into_iter().map(|(_, file)| file);
        let added: Vec<RuleFile> =
            built_in.filter(|file| !files.iter().any(|own| own.name == file.name)).collect();
        files.extend(added);
    }
    if let Some(unknown) = off.iter().find(|name| !files.iter().any(|file| file.name == **name)) {
        return Err(Problem::usage(format!(
            "`rules.off`: there is no rule `{unknown}`\nhint: `logsift rules list` shows them all"
        )));
    }
    files.retain(|file| !off.contains(&file.name));
    RuleSet::compile(&files).map(Arc::new).map_err(Problem::usage)
}

fn list(arguments: &List) -> Result<Exit, Problem> {
    let files = files::all(arguments.rules.as_deref())?;
    let alone: Vec<RuleFile> = files.iter().map(|(_, file)| file.clone()).collect();
    let set = RuleSet::compile(&alone).map_err(Problem::usage)?;
    match arguments.format {
        ReportFormat::Json => {
            let rows: Vec<Value> = files.iter().zip(set.rules()).map(|((topic, _), rule)| json!({
                "name": rule.name, "topic": topic, "title": rule.title, "severity": rule.severity.name(),
                "class": rule.class, "description": rule.description, "remedy": rule.remedy,
                "runbook": rule.runbook, "tags": rule.tags,
            })).collect();
            outputs::print(|out| json::document(&rows, out))?;
        }
        ReportFormat::Text => {
            let mut text = String::new();
            let width = set.rules().iter().map(|rule| rule.name.len()).max().unwrap_or(0);
            let mut last = "";
            for ((topic, _), rule) in files.iter().zip(set.rules()) {
                if topic != last {
                    let _ = writeln!(text, "{}", for_terminal(topic));
                    last = topic;
                }
                let title = for_terminal(&rule.title);
                let _ = writeln!(text, "  {:<width$}  {:<8}  {title}", rule.name, rule.severity.name());
            }
            outputs::print(|out| out.write_all(text.as_bytes()))?;
        }
    }
    Ok(Exit::Ran)
}

fn check(arguments: &Check, manners: &Manners) -> Result<Exit, Problem> {
    let files = several(&arguments.paths)?;
    // Names must be unique among all of them, and together they must not be too large.
    RuleSet::compile(&files).map_err(Problem::usage)?;
    let (mut text, mut wrong, mut lines) = (String::new(), 0u64, 0u64);
    for file in &files {
        let alone = RuleSet::compile(std::slice::from_ref(file)).map_err(Problem::usage)?;
        let found = try_lines(file, &Arc::new(alone));
        lines += (file.fires.len() + file.quiet.len()) as u64;
        for line in &found {
            wrong += 1;
            let (does, line) = match line {
                Wrong::Quiet(line) => ("does not fire on", line),
                Wrong::Fires(line) => ("fires on", line),
            };
            let _ = writeln!(text, "{} {does}: {}", file.name, for_terminal(line));
        }
    }
    let sum =
        format!("{}, {}", counted(files.len() as u64, "rule", "rules"), counted(lines, "line", "lines"));
    let end = if wrong == 0 { "all as they must".to_owned() } else { format!("{wrong} not as they must") };
    if !manners.quiet || wrong > 0 {
        let _ = writeln!(text, "{sum}: {end}");
    }
    outputs::print(|out| out.write_all(text.as_bytes()))?;
    Ok(if wrong == 0 { Exit::Ran } else { Exit::Findings })
}

/// The rules of files and folders, or the built-in ones.
fn several(paths: &[PathBuf]) -> Result<Vec<RuleFile>, Problem> {
    if paths.is_empty() {
        return Ok(built_in_files().map(|(_, file)| file).collect());
    }
    let mut all = Vec::new();
    for path in paths {
        all.extend(files::own(path)?.into_iter().map(|(_, file)| file));
    }
    Ok(all)
}

fn test(arguments: &Test, manners: &Manners) -> Result<Exit, Problem> {
    let named = built_in_files().map(|(_, file)| file).find(|file| file.name == arguments.rule);
    let files = match named {
        Some(file) => vec![file],
        None if Path::new(&arguments.rule).exists() => several(&[PathBuf::from(&arguments.rule)])?,
        None => {
            let hint = "a file, a folder, or a name of `logsift rules list`";
            return Err(Problem::usage(format!("no rule is called `{}`\nhint: {hint}", arguments.rule)));
        }
    };
    let rules = Arc::new(RuleSet::compile(&files).map_err(Problem::usage)?);
    let (settings, plan) = (arguments.how.settings(manners)?, arguments.how.plan(&arguments.paths));
    crate::reading::refuse(std::iter::empty(), true, &plan)?;
    let tried = try_rules(&plan, &settings, &rules, &Watch::default()).map_err(Problem::usage)?;
    match arguments.format {
        ReportFormat::Json => outputs::print(|out| json::document(&as_json(&tried), out))?,
        ReportFormat::Text => outputs::print(|out| out.write_all(as_text(&tried).as_bytes()))?,
    }
    Ok(Exit::Ran)
}

fn as_text(tried: &Tried) -> String {
    let mut text = String::new();
    for fired in &tried.fired {
        let (records, intervals) =
            (counted(fired.records, "record", "records"), counted(fired.intervals, "interval", "intervals"));
        let _ = writeln!(text, "{}: {records}, {intervals}", fired.rule);
        for (file, line, message) in &fired.first {
            let message: String = message.lines().next().unwrap_or_default().chars().take(SHOWN).collect();
            let _ = writeln!(text, "  {}:{line} {}", for_terminal(file), for_terminal(&message));
        }
    }
    if tried.fired.is_empty() {
        text.push_str("nothing fires\n");
    }
    let (with, without) = (tried.with.as_secs_f64() * 1e3, tried.without.as_secs_f64() * 1e3);
    let records = counted(tried.records, "record", "records");
    let _ = writeln!(text, "{records} read in {with:.0} ms with the rules, {without:.0} ms without");
    text
}

fn as_json(tried: &Tried) -> Value {
    let fired: Vec<Value> = tried.fired.iter().map(|fired| {
        let first: Vec<Value> = fired.first.iter()
            .map(|(file, line, message)| json!({"file": file, "line": line, "message": message})).collect();
        json!({"rule": fired.rule, "records": fired.records, "intervals": fired.intervals, "first": first})
    }).collect();
    json!({
        "fired": fired, "records": tried.records,
        "seconds_with": tried.with.as_secs_f64(), "seconds_without": tried.without.as_secs_f64(),
    })
}
