//! Where what people say about findings stands for a daemon: words and settings in, a path out.

use std::path::{Path, PathBuf};

use logsift_pipeline::feedback::USUAL;
use logsift_pipeline::settings::Loaded;

/// The feedback file: the one that is named; else the usual one beside the settings file, or of the working folder
/// where there is one; else one in the state folder, which the daemon may write wherever it was started.
pub(super) fn file(named: Option<PathBuf>, loaded: &Loaded, state: &Path) -> PathBuf {
    let beside = || loaded.file.as_ref()?.parent().map(|folder| folder.join(USUAL));
    let here = || Some(PathBuf::from(USUAL)).filter(|path| path.is_file());
    let said = named.or_else(|| loaded.settings.feedback.file.clone());
    said.or_else(beside).or_else(here).unwrap_or_else(|| state.join(USUAL))
}
