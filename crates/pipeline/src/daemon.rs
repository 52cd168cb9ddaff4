//! The daemon: sources and pushes in, facts, live events and a status out, for as long as it runs.
//!
//! [`Daemon::start`] opens the state folder and starts the threads; a [`Handle`] is what everybody else works with: it is
//! cheap to clone and to be sent about. What comes in is appended to the journal by one thread, the keeper, which brings
//! all that waits to the disk in one go and only then says that it is kept. Another, the judge, reads the journal behind it,
//! as it would after a crash, and says what is unusual. Nothing that is slow stands between a push and its answer, and the
//! way after a crash is the way of every day.

mod counted;
mod epoch;
mod events;
mod export;
mod feeding;
mod handle;
mod incidents;
mod judge;
mod keeper;
mod ledger;
mod settings;
mod status;
mod tallies;
mod texts;
mod verdicts;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use logsift_stores::generation::{self, SourceState};
use logsift_stores::journal::{self, Known};
use logsift_stores::{Folder, Writer};
use thiserror::Error;

use counted::Shared;
use judge::Judge;
use keeper::Keeper;

pub use events::{Event, Events};
pub use export::{Check, check, compact, export, export_lines};
pub use handle::{Busy, Handle, Lost, Push, Ticket, Verdict};
pub use logsift_stores::StoreError;
pub use logsift_stores::facts::{
    AuditFact, Facts, Filter, FindingFact, IncidentFact, JobFact, ModelFact, OutboxFact, Page, Paged,
    SourceFact, StreamFact, TemplateCounts, TemplateFact, TemplateHour, TokenFact, VolumeStep,
};
pub use settings::{DaemonSettings, Limits, Retention, SourceSettings};
pub use status::{
    BudgetStatus, Counted, Dropped, MemoryPart, ModelStatus, QueueStatus, Ready, SourceStatus, Status,
};

/// Why the daemon cannot start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// Its state cannot be used.
    #[error(transparent)]
    State(#[from] StoreError),
    /// The system refused.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was being done.
        action: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The model that it should begin with, or its own, cannot be used.
    #[error("{0}")]
    Model(String),
}

/// A daemon that runs.
pub struct Daemon {
    handle: Handle,
    threads: Vec<JoinHandle<()>>,
    /// Held as long as the daemon runs: it keeps others out.
    _folder: Folder,
}

impl Daemon {
    /// Opens the state and starts the threads.
    pub fn start(settings: DaemonSettings) -> Result<Daemon, StartError> {
        let folder = Folder::open(&settings.state)?;
        let writer = Writer::open(&folder.facts())?;
        let found = generation::newest(&folder.models(), true)?;
        let generation = found.generation.unwrap_or_default();
        let table = &generation.table;
        let segment = table.segment;
        let recovered =
            journal::recover(&folder.journal(), segment, &table.sources, settings.limits.epoch_bytes)?;
        writer.jobs_broken_off(counted::now())?;
        let shared = Arc::new(Shared::new(settings.limits, settings.state.clone(), folder.facts(), writer));
        let sum = |of: fn(&SourceState) -> u64, states: &[SourceState]| states.iter().map(of).sum::<u64>();
        {
            let mut progress = shared.progress();
            progress.mark = recovered.mark;
            progress.kept =
                (sum(|state| state.lines, &recovered.sources), sum(|state| state.bytes, &recovered.sources));
            progress.read =
                (sum(|state| state.lines, &table.sources), sum(|state| state.bytes, &table.sources));
        }
        shared.sources().clone_from(&recovered.sources);
        shared.renew_ready();
        let keeper = Keeper {
            shared: Arc::clone(&shared),
            journal: recovered.journal,
            known: Known::new(&recovered.sources),
        };
        let judge = Judge::new(Arc::clone(&shared), &folder, &settings, &generation)?;
        let mut threads =
            vec![thread("keeper", move || keeper.run())?, thread("judge", move || judge.run())?];
        threads.extend(feeding::start(&shared, &settings.sources, &recovered.sources)?);
        Ok(Daemon { handle: Handle { shared }, threads, _folder: folder })
    }

    /// What everybody else works with.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Takes nothing more, finishes what came, writes the state and ends.
    pub fn stop(self) {
        let shared = &self.handle.shared;
        shared.set_ready(Ready::Stopping);
        shared.stopping.store(true, Ordering::Relaxed);
        shared.intake().closed = true;
        for waiting in [&shared.came, &shared.room, &shared.moved] {
            waiting.notify_all();
        }
        for thread in self.threads {
            // A thread that panicked has said so; the others end nevertheless.
            let _ = thread.join();
        }
        shared.listeners.end();
    }
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StartError> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map_err(|source| StartError::Io { action: format!("start the thread `{name}`"), source })
}

#[cfg(test)]
mod tests;
