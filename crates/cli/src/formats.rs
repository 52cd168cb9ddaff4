//! The formats to choose from: the built-in ones, and those of a folder of the user's.

use std::fs;
use std::path::{Path, PathBuf};

use logsift_engine::records::format::FormatFile;
use logsift_engine::records::library::{Library, built_in_files};

use crate::exit::Problem;

/// All formats as a reader takes them.
pub(crate) fn library(folder: Option<&Path>) -> Result<Library, Problem> {
    let built_in = Library::built_in().clone();
    match folder {
        None => Ok(built_in),
        Some(folder) => built_in.with(own_files(folder)?).map_err(Problem::usage),
    }
}

/// All formats as their files describe them, by name; the user's take the place of those built in.
pub(crate) fn files(folder: Option<&Path>) -> Result<Vec<FormatFile>, Problem> {
    let own = folder.map_or_else(|| Ok(Vec::new()), own_files)?;
    let replaced = |file: &FormatFile| own.iter().any(|other| other.name == file.name);
    let mut files: Vec<FormatFile> = built_in_files().filter(|file| !replaced(file)).collect();
    files.extend(own);
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn own_files(folder: &Path) -> Result<Vec<FormatFile>, Problem> {
    paths(folder)?.iter().map(|path| own_file(path)).collect()
}

fn own_file(path: &Path) -> Result<FormatFile, Problem> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    FormatFile::parse(&path.to_string_lossy(), &text).map_err(Problem::usage)
}

/// The YAML files of the folder, by name.
fn paths(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::usage(format!("cannot read `{}`: {error}", path.display()))
}
