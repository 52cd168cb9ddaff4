//! Folders and files of rules in, rules as they are written out.

use std::fs;
use std::path::{Path, PathBuf};

use logsift_engine::detectors::rule::built_in_files;
use logsift_engine::detectors::rule::file::RuleFile;

use crate::exit::Problem;

/// Folders within folders at most.
const DEEPEST: usize = 8;

/// All rules with their topics: the built-in ones, and those of a folder, which take the place of built-in ones of the
/// same name.
pub(crate) fn all(folder: Option<&Path>) -> Result<Vec<(String, RuleFile)>, Problem> {
    let own = folder.map_or_else(|| Ok(Vec::new()), own)?;
    let replaced = |file: &RuleFile| own.iter().any(|(_, other)| other.name == file.name);
    let built_in = built_in_files().map(|(topic, file)| (topic.to_owned(), file));
    let mut files: Vec<(String, RuleFile)> = built_in.filter(|(_, file)| !replaced(file)).collect();
    files.extend(own);
    Ok(files)
}

/// The rules of a folder, or the rule of a file. The topic is the folder in which a rule stands.
pub(crate) fn own(path: &Path) -> Result<Vec<(String, RuleFile)>, Problem> {
    let mut paths = Vec::new();
    if path.is_dir() {
        gather(path, 0, &mut paths)?
    } else {
        paths.push(path.to_owned())
    }
    if paths.is_empty() {
        let hint = "rules are files that end in .yaml";
        return Err(Problem::usage(format!("no rule in `{}`\nhint: {hint}", path.display())));
    }
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Result<(String, RuleFile), Problem> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    let file = RuleFile::parse(&path.to_string_lossy(), &text).map_err(Problem::usage)?;
    let topic = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    Ok((topic.unwrap_or_default(), file))
}

/// The YAML files of a folder and of the folders in it, by name.
pub(super) fn gather(folder: &Path, depth: usize, into: &mut Vec<PathBuf>) -> Result<(), Problem> {
    if depth > DEEPEST {
        return Ok(());
    }
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|error| unreadable(folder, &error))?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            gather(&path, depth + 1, into)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            into.push(path);
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::usage(format!("cannot read `{}`: {error}", path.display()))
}
