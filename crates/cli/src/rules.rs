//! Rules: the built-in ones and those of a folder, listed, checked and tried.

mod files;

use std::path::Path;

use logsift_engine::detectors::rule::RuleSet;
use logsift_engine::detectors::rule::file::RuleFile;

use crate::exit::Problem;

/// The built-in rules and those of a folder, compiled.
pub(crate) fn set(folder: &Path) -> Result<RuleSet, Problem> {
    let files: Vec<RuleFile> = files::all(Some(folder))?.into_iter().map(|(_, file)| file).collect();
    RuleSet::compile(&files).map_err(Problem::usage)
}
