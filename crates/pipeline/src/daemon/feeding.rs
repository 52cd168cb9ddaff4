//! Sources in, their lines to the keeper: a thread for all files, one for each thing that blocks.

mod containers;
mod files;
mod stdin;

use std::sync::Arc;
use std::thread::JoinHandle;

use logsift_stores::generation::SourceState;

use super::counted::Shared;
use super::settings::SourceSettings;
use super::{StartError, thread};
use files::{Files, Watched};

/// Starts everything that reads by itself. `known` is how far the sources were before.
pub(super) fn start(
    shared: &Arc<Shared>,
    sources: &[SourceSettings],
    known: &[SourceState],
) -> Result<Vec<JoinHandle<()>>, StartError> {
    let mut threads = Vec::new();
    let watched: Vec<Watched> = sources.iter().filter_map(Watched::of).collect();
    if !watched.is_empty() {
        let files = Files::new(Arc::clone(shared), watched, known);
        threads.push(thread("files", move || files.run())?);
    }
    for source in sources {
        let shared = Arc::clone(shared);
        match source {
            SourceSettings::Stdin => stdin::start(shared)?,
            _ => {}
        }
    }
    Ok(threads)
}
