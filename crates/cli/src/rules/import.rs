//! Rules in another language in, rules of ours out.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use logsift_engine::detectors::rule::RuleSet;
use logsift_engine::detectors::rule::sigma::translate;

use crate::arguments::Manners;
use crate::arguments::rules::{Import, ImportFrom, Sigma};
use crate::exit::{Exit, Problem};
use crate::{outputs, screen};

pub(crate) fn run(arguments: &Import, manners: &Manners) -> Result<Exit, Problem> {
    match &arguments.from {
        ImportFrom::Sigma(arguments) => sigma(arguments, manners),
    }
}

fn sigma(arguments: &Sigma, manners: &Manners) -> Result<Exit, Problem> {
    let mut paths = Vec::new();
    for path in &arguments.paths {
        if path.is_dir() { super::files::gather(path, 0, &mut paths)? } else { paths.push(path.clone()) }
    }
    if let Some(folder) = &arguments.output {
        fs::create_dir_all(folder).map_err(|error| outputs::cannot_write(folder, &error))?;
    }
    let (mut text, mut made, mut refused) = (String::new(), 0u64, 0u64);
    for path in &paths {
        match one(path, arguments.output.as_deref(), &mut text) {
            Ok(count) => made += count,
            Err(problem) => {
                refused += 1;
                screen::complain(&format!("{}: {problem}", path.display()));
            }
        }
    }
    outputs::print(|out| out.write_all(text.as_bytes()))?;
    if !manners.quiet && (arguments.output.is_some() || refused > 0) {
        screen::complain(&format!("{made} rules made, {refused} files not"));
    }
    Ok(match (made, refused) {
        (_, 0) => Exit::Ran,
        (0, _) => Exit::Usage,
        _ => Exit::Findings,
    })
}

fn one(path: &Path, folder: Option<&Path>, text: &mut String) -> Result<u64, String> {
    let written = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let rules = translate(&written).map_err(|error| error.to_string())?;
    for rule in &rules {
        RuleSet::compile(std::slice::from_ref(rule)).map_err(|error| error.to_string())?;
        let yaml = rule.to_yaml().map_err(|error| error.to_string())?;
        match folder {
            Some(folder) => {
                let target: PathBuf = folder.join(format!("{}.yaml", rule.name));
                fs::write(&target, yaml).map_err(|error| error.to_string())?;
            }
            None => {
                let _ = writeln!(text, "---\n{}", yaml.trim_end());
            }
        }
    }
    Ok(rules.len() as u64)
}
