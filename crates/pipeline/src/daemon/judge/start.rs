//! What a judge begins with.

use std::path::Path;
use std::sync::{Arc, PoisonError};

use logsift_engine::model::Learned;
use logsift_stores::Folder;
use logsift_stores::generation::Generation;
use logsift_stores::journal::{Known, Tail};

use super::super::StartError;
use super::super::counted::Shared;
use super::super::epoch::{Epoch, Manner};
use super::super::incidents::Incidents;
use super::super::ledger::Ledger;
use super::super::settings::DaemonSettings;
use super::{Judge, Pace};

/// Incidents that ended so long before the end of the log may go on in another epoch.
const RECENT: i64 = 3600 * 1_000_000_000;

impl Judge {
    /// Goes on behind a generation.
    pub(crate) fn new(
        shared: Arc<Shared>,
        folder: &Folder,
        settings: &DaemonSettings,
        generation: &Generation,
    ) -> Result<Judge, StartError> {
        let known = known(settings, generation, &folder.models())?;
        let manner = Manner::of(settings);
        let segment = generation.table.segment;
        let last = known.totals().times().map_or(0, |(_, last)| last.nanos());
        let incidents = {
            let writer = shared.writer.lock().unwrap_or_else(PoisonError::into_inner);
            Incidents { list: writer.recent_incidents(segment, last.saturating_sub(RECENT))? }
        };
        let records = generation.table.records;
        shared.hits().rules.clone_from(&manner.detecting.rules);
        shared.knowledge().model.generation = if generation.model.is_empty() { 0 } else { segment };
        shared.knowledge().model.records = records;
        Ok(Judge {
            tail: Tail::new(&folder.journal(), segment),
            known: Known::new(&generation.table.sources),
            epoch: Some(Epoch::new(manner, &folder.journal(), known, &generation.table.sources)),
            journal: folder.journal(),
            models: folder.models(),
            ledger: Ledger::new(incidents),
            segment,
            records,
            pace: Pace::new(),
            retention: settings.retention,
            values: settings.redaction == logsift_engine::model::Redaction::None,
            reader: settings.reader.clone(),
            shared,
        })
    }
}

/// The model of the state; else the one that was named; else nothing.
fn known(settings: &DaemonSettings, generation: &Generation, models: &Path) -> Result<Learned, StartError> {
    let memory = settings.limits.memory_bytes;
    if generation.model.is_empty() {
        let named = settings.detecting.known.as_ref().map(|(_, learned)| learned.clone());
        return Ok(named.unwrap_or_else(|| Learned::new(settings.redaction, memory)));
    }
    let known = Learned::read(&generation.model, memory)
        .map_err(|error| StartError::Model(format!("`{}`: the model in it: {error}", models.display())))?;
    let theirs = known.conditions().redaction;
    if theirs == settings.redaction {
        return Ok(known);
    }
    Err(StartError::Model(format!(
        "`{}` was learned with redaction {}, and {} is asked for\n\
         hint: ask for the same, or give this one a folder of its own with --state",
        models.display(),
        theirs.name(),
        settings.redaction.name()
    )))
}
