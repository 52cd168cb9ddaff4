//! The daemon: sources and pushes in, facts, live events and a status out, for as long as it runs.
//!
//! [`Daemon::start`] opens the state folder and starts the threads; a [`Handle`] is what everybody else works with: it is
//! cheap to clone and to be sent about. What comes in is appended to the journal by one thread, the keeper, which brings
//! all that waits to the disk in one go and only then says that it is kept. Another, the judge, reads the journal behind it,
//! as it would after a crash, and says what is unusual. Nothing that is slow stands between a push and its answer, and the
//! way after a crash is the way of every day.

mod analyses;
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
mod quoted;
mod said;
mod settings;
mod status;
mod tallies;
mod telling;
mod texts;
mod trial;
mod verdicts;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use logsift_stores::generation::{self, Generation, SourceState, Table};
use logsift_stores::journal::{self, Known};
use logsift_stores::{Folder, Writer};
use thiserror::Error;

use crate::detection::Detecting;
use crate::scan::ScanSettings;
use counted::Shared;
use judge::Judge;
use keeper::Keeper;
use telling::Teller;

pub use analyses::{AnalysisError, Upload};
pub use events::{Event, Events};
pub use export::{Check, check, compact, export, export_lines};
pub use handle::{Busy, Handle, Lost, Push, Ticket, Verdict};
pub use logsift_stores::StoreError;
pub use logsift_stores::facts::{
    AuditFact, Facts, Filter, FindingFact, IncidentCount, IncidentFact, JobFact, LineCounts, LineFact,
    ModelFact, OutboxFact, Page, Paged, SourceFact, StreamFact, TemplateChange, TemplateCounts, TemplateFact,
    TemplateHour, TokenFact, Volume, VolumeStep,
};
pub use said::WouldChange;
pub use settings::{DaemonSettings, Limits, OwnReader, Retention, SourceSettings};
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
    /// Something in its state is damaged, and it was told not to start then.
    #[error(
        "the state is damaged, and a sound one is required; nothing was changed\n{0}\n\
         hint: without --require-state it starts with what is sound, and keeps the rest as *.damaged"
    )]
    Damaged(String),
    /// Alerts cannot be told.
    #[error("alerts: {0}")]
    Alerts(String),
}

/// A file that was damaged, under the name it has now, and what was wrong.
type Damage = (PathBuf, String);

/// The thread that is the last to end.
const TELLER: &str = "teller";

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
        if settings.require_state {
            sound(&settings.state)?;
        }
        let (writer, mut damaged) = facts(&folder)?;
        let found = generation::newest(&folder.models(), true)?;
        damaged.extend(found.damaged);
        let generation = match found.generation {
            Some(generation) => generation,
            None => beginning(&folder)?,
        };
        let table = &generation.table;
        let segment = table.segment;
        let recovered =
            journal::recover(&folder.journal(), segment, &table.sources, settings.limits.epoch_bytes)?;
        damaged.extend(recovered.damaged.iter().filter_map(|path| keep_copy(path)));
        writer.jobs_broken_off(counted::now())?;
        tell_damage(&writer, &damaged)?;
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
        let mut journal = recovered.journal;
        if let Some(redactor) = settings.reader.redactor() {
            journal.redact(redactor);
        }
        // It can be set only here.
        let _ = shared.scanning.set(scanning(&settings));
        analyses::forget(&settings.state, true);
        let keeper = Keeper { shared: Arc::clone(&shared), journal, known: Known::new(&recovered.sources) };
        let judge = Judge::new(Arc::clone(&shared), &folder, &settings, &generation)?;
        let teller = Teller::new(Arc::clone(&shared), &settings.alerts, settings.detecting.rules.clone())
            .map_err(|error| StartError::Alerts(error.to_string()))?;
        let handle = Handle { shared: Arc::clone(&shared) };
        let mut threads = vec![
            guarded(&shared, "keeper", move || keeper.run())?,
            guarded(&shared, "judge", move || judge.run())?,
            guarded(&shared, TELLER, move || teller.run())?,
        ];
        threads.extend(feeding::start(&shared, &settings.sources, &recovered.sources)?);
        Ok(Daemon { handle, threads, _folder: folder })
    }

    /// What everybody else works with.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Takes nothing more, finishes what came, writes the state and ends.
    pub fn stop(self) {
        let shared = &self.handle.shared;
        shared.set_ready(Ready::Stopping);
        shared.stop();
        shared.intake().closed = true;
        for waiting in [&shared.came, &shared.room, &shared.moved] {
            waiting.notify_all();
        }
        // The teller listens until nothing happens any more.
        let (telling, others): (Vec<_>, Vec<_>) =
            self.threads.into_iter().partition(|thread| thread.thread().name() == Some(TELLER));
        // A thread that panicked has said so; the others end nevertheless.
        others.into_iter().for_each(|thread| drop(thread.join()));
        shared.listeners.end();
        telling.into_iter().for_each(|thread| drop(thread.join()));
    }
}

/// Refuses a state in which something is damaged, and leaves it as it is.
fn sound(state: &Path) -> Result<(), StartError> {
    let problems = check(state)?.problems;
    match problems.is_empty() {
        true => Ok(()),
        false => Err(StartError::Damaged(problems.join("\n"))),
    }
}

/// How logs are scanned that are handed in as wholes: as `scan` does it, by what the daemon detects with.
fn scanning(settings: &DaemonSettings) -> ScanSettings {
    ScanSettings {
        reader: settings.reader.clone(),
        since: None,
        until: None,
        stream: None,
        redaction: settings.redaction,
        threads: 1,
        only_rows: false,
        detecting: Some(Detecting { known: None, ..settings.detecting.clone() }),
    }
}

/// Opens the facts; what is damaged is set aside, since all of it but the past can be made again.
fn facts(folder: &Folder) -> Result<(Writer, Vec<Damage>), StartError> {
    let path = folder.facts();
    match Writer::open_sound(&path) {
        Ok(writer) => Ok((writer, Vec::new())),
        Err(StoreError::Damaged { what, .. }) => {
            let aside = logsift_stores::set_aside_database(&path)?;
            Ok((Writer::open(&path)?, vec![(aside, what)]))
        }
        Err(other) => Err(other.into()),
    }
}

/// Where no generation is sound, everything that is kept is read.
fn beginning(folder: &Folder) -> Result<Generation, StartError> {
    let first = journal::segments(&folder.journal())?.first().map_or(0, |(segment, _)| *segment);
    Ok(Generation { table: Table { segment: first, ..Table::default() }, model: Vec::new() })
}

/// A damaged file of the journal is still read; a copy of it is for whoever wants to look at it. Nothing where there is
/// one already.
fn keep_copy(path: &Path) -> Option<Damage> {
    let copy = path.with_extension("journal.damaged");
    if copy.exists() {
        return None;
    }
    // On a full disk the file itself is still there.
    let _ = std::fs::copy(path, &copy);
    Some((copy, "something in it cannot be read".to_owned()))
}

fn tell_damage(writer: &Writer, damaged: &[Damage]) -> Result<(), StoreError> {
    let now = counted::now();
    for (path, what) in damaged {
        let path = path.display().to_string();
        let document =
            serde_json::json!({"title": "a file of the state was damaged", "file": path, "what": what});
        writer.notice("state-damaged", &document, now)?;
        writer.audit(&AuditFact {
            id: 0,
            at: now,
            actor: "logsift".to_owned(),
            action: "state.damaged".to_owned(),
            subject: path,
            outcome: what.clone(),
        })?;
    }
    Ok(())
}

/// The same for a thread that everything depends on. Where it breaks off the daemon does not go on as if nothing were: it
/// says so, and what is kept is read at the next start.
fn guarded(
    shared: &Arc<Shared>,
    name: &'static str,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, StartError> {
    let shared = Arc::clone(shared);
    thread(name, move || {
        if catch_unwind(AssertUnwindSafe(work)).is_ok() {
            return;
        }
        {
            let mut progress = shared.progress();
            progress.broken =
                Some(format!("the thread `{name}` broke off; start anew, nothing that was kept is lost"));
            // Nobody is to wait for it at the end.
            progress.kept_all |= name == "keeper";
        }
        shared.moved.notify_all();
        shared.renew_ready();
    })
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StartError> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map_err(|source| StartError::Io { action: format!("start the thread `{name}`"), source })
}

#[cfg(test)]
mod tests;
