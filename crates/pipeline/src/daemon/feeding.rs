//! Sources in, their lines to the keeper: a thread for all files, one for each thing that blocks.

mod containers;
mod files;
mod journald;
mod stdin;
mod syslog;

use std::sync::Arc;
use std::thread::JoinHandle;

use logsift_stores::generation::SourceState;
use logsift_stores::journal::JOURNALD;

use super::counted::Shared;
use super::settings::SourceSettings;
use super::{StartError, thread};
use files::{Files, Watched};
use journald::Wanted;

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
            SourceSettings::SyslogUdp { listen } => threads.push(syslog::udp(shared, *listen)?),
            SourceSettings::SyslogTcp { listen } => threads.push(syslog::tcp(shared, *listen)?),
            SourceSettings::Journald { units, folder } => {
                let state = known.iter().find(|state| state.source.kind == JOURNALD);
                let cursor = state.and_then(|state| state.cursor.clone());
                threads.push(journald::start(shared, Wanted::of(units, folder.as_deref()), cursor)?);
            }
            SourceSettings::Files { .. }
            | SourceSettings::Kubernetes { .. }
            | SourceSettings::Docker { .. } => {}
        }
    }
    Ok(threads)
}
