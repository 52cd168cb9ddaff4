//! Settings and a folder in, alerts that go out until they are stopped: planner, outbox and dispatcher in one.
//!
//! For whoever has no outbox of its own beside its incidents. What was told to [`Service::tell`] is durable when that
//! returns; to tell the same again is harmless, so a caller that keeps incidents elsewhere says "told" after it.

mod asked;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use logsift_engine::detectors::rule::RuleSet;
use logsift_engine::records::time::Time;
use logsift_reports::detection::Detection;

use crate::clock::{Clock, SystemClock};
use crate::dispatch::{Dispatcher, Health};
use crate::http::{Client, Request};
use crate::notice::Change;
use crate::outbox::file::FileOutbox;
use crate::outbox::{Outbox, OutboxError};
use crate::planner::Planner;
use crate::reach::Reach;
use crate::settings::Alerts;
use crate::silence::SilenceFile;

pub use asked::ChannelState;

/// How long what came to its end is listed.
const KEPT: Duration = Duration::from_secs(90 * 86_400);
/// How often the heartbeat beats.
const BEAT: Duration = Duration::from_secs(60);

/// Alerts at work.
pub struct Service {
    settings: Alerts,
    planner: Mutex<Planner>,
    outbox: Arc<FileOutbox>,
    clock: Arc<SystemClock>,
    dispatcher: Dispatcher,
    silences: SilenceFile,
    /// When the file of silences was written that is in force.
    silenced: Mutex<Option<SystemTime>>,
    /// Held by whoever changes that file.
    silencing: Mutex<()>,
    stopping: Arc<AtomicBool>,
}

/// The outbox of a state folder.
pub fn outbox_of(folder: &Path) -> PathBuf {
    folder.join("alerts.outbox")
}

/// The tags of the rules with these names, each once.
pub fn tags_of(rules: Option<&RuleSet>, names: &[String]) -> Vec<String> {
    let known = rules.map(RuleSet::rules).unwrap_or_default();
    let found = known.iter().filter(|rule| names.contains(&rule.name));
    let tags: BTreeSet<&String> = found.flat_map(|rule| &rule.tags).collect();
    tags.into_iter().cloned().collect()
}

/// The incidents of a finished run, as they are told; `rules` are those that were listened for.
pub fn changes_of(detection: &Detection, rules: Option<&RuleSet>) -> Vec<Change> {
    let leading = |ids: &[String]| {
        let first = ids.first()?;
        detection.findings.iter().find(|finding| finding.id == *first).cloned()
    };
    let change = |incident: &logsift_reports::detection::IncidentRow| Change {
        incident: incident.clone(),
        leading: leading(&incident.finding_ids),
        open: true,
        taken_back: None,
        tags: tags_of(rules, &incident.rules),
    };
    detection.incidents.iter().map(change).collect()
}

impl Service {
    /// Starts with what the folder has. `batch` is a run over logs of any age: nothing is too old to be told by itself.
    pub fn start(settings: &Alerts, folder: &Path, batch: bool) -> Result<Service, OutboxError> {
        let outbox = Arc::new(FileOutbox::open(&outbox_of(folder))?);
        let clock = Arc::new(SystemClock::default());
        let now = clock.wall().nanos();
        outbox.forget_before(Time::from_nanos(
            now.saturating_sub(i64::try_from(KEPT.as_nanos()).unwrap_or(i64::MAX)),
        ))?;
        let silences = SilenceFile::in_folder(folder);
        let written = silences.written();
        let planner = Planner::new(settings.clone(), silences.read().map_err(OutboxError)?, &*clock);
        let planner = Mutex::new(if batch { planner.for_batch() } else { planner });
        let (kept, time): (Arc<dyn Outbox>, Arc<dyn Clock>) = (outbox.clone(), clock.clone());
        let dispatcher = Dispatcher::start(settings, batch, settings.open_channels(), kept, time);
        let stopping = Arc::new(AtomicBool::new(false));
        if let Some(url) = &settings.heartbeat {
            heartbeat(url.reveal().to_owned(), Arc::clone(&stopping));
        }
        Ok(Service {
            settings: settings.clone(),
            silencing: Mutex::default(),
            planner,
            outbox,
            clock,
            dispatcher,
            silences,
            silenced: Mutex::new(written),
            stopping,
        })
    }

    /// Incidents as they are now: every one that is open or has changed.
    pub fn tell(&self, changes: &[Change]) -> Result<(), OutboxError> {
        let mut planner = self.planner.lock().unwrap_or_else(PoisonError::into_inner);
        let mut silenced = self.silenced.lock().unwrap_or_else(PoisonError::into_inner);
        let written = self.silences.written();
        if written != *silenced {
            planner.silence(self.silences.read().map_err(OutboxError)?);
            *silenced = written;
        }
        let entries = planner.plan(changes, &*self.outbox, &*self.clock)?;
        if let Err(error) = self.outbox.add(&entries) {
            planner.forget();
            return Err(error);
        }
        if !entries.is_empty() {
            self.dispatcher.wake();
        }
        Ok(())
    }

    /// What waits, was sent, held back or parked.
    pub fn outbox(&self) -> &dyn Outbox {
        &*self.outbox
    }

    /// How each channel does.
    pub fn health(&self) -> BTreeMap<String, Health> {
        self.dispatcher.health()
    }

    /// Waits until everything is sent, or so long. Says whether it is.
    pub fn drain(&self, longest: Duration) -> bool {
        self.dispatcher.drain(longest)
    }

    /// Stops; what was not sent waits for the next start.
    pub fn stop(&self, longest: Duration) {
        self.stopping.store(true, Ordering::Relaxed);
        self.dispatcher.stop(longest);
    }
}

/// Calls a URL once a minute, so that somebody else notices when that stops.
fn heartbeat(url: String, stopping: Arc<AtomicBool>) {
    let beat = move || {
        let Ok(client) = Client::new(&Reach::default(), Duration::from_secs(10)) else { return };
        while !stopping.load(Ordering::Relaxed) {
            // A beat that is missed is what the receiver is there to notice.
            let _ = client.send(Request { method: "GET", url: &url, headers: Vec::new(), body: Vec::new() });
            for _ in 0..BEAT.as_secs() {
                if stopping.load(Ordering::Relaxed) {
                    return;
                }
                thread::sleep(Duration::from_secs(1));
            }
        }
    };
    // Without it the daemon goes on, and the receiver notices.
    drop(thread::Builder::new().name("alerts heartbeat".to_owned()).spawn(beat));
}

#[cfg(test)]
mod tests {
    use logsift_engine::detectors::rule::built_in;
    use logsift_reports::detection::IncidentRow;

    use super::*;

    #[test]
    fn routes_can_ask_for_the_tags_of_the_rules_that_found_it() {
        let rules = built_in();
        let tagged = rules.rules().iter().find(|rule| !rule.tags.is_empty()).expect("a rule has tags");
        let incident = IncidentRow { rules: vec![tagged.name.clone()], ..IncidentRow::default() };
        let detection = Detection { incidents: vec![incident], ..Detection::default() };
        let changes = changes_of(&detection, Some(rules));
        let labels = changes[0].labels();
        assert!(labels.values("tag").eq(changes[0].tags.iter().map(String::as_str)));
        assert!(labels.values("tag").any(|tag| tag == tagged.tags[0]));
        assert!(changes_of(&detection, None)[0].tags.is_empty());
    }
}
