//! What the threads of the daemon share: what waits, how far they are, and what is known of how it goes.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use logsift_alerts::service::Service;
use logsift_alerts::settings::Alerts;
use logsift_stores::facts::{JobFact, Writer};
use logsift_stores::generation::SourceState;
use logsift_stores::journal::{FilePosition, Mark, Source};

use super::events::{Event, Listeners};
use super::handle::Lost;
use super::said::Said;
use super::settings::Limits;
use super::status::{BudgetStatus, MemoryPart, ModelStatus, Ready};
use super::trial::Hits;
use super::verdicts::Verdicts;
use crate::scan::ScanSettings;

/// Whoever waits for lines to be kept is told by this.
pub(super) type Then = Box<dyn FnOnce(Result<(), Lost>) + Send>;

/// Lines that are to be kept.
pub(super) struct Append {
    pub(super) source: Source,
    /// How far the file was read before them.
    pub(super) file: Option<FilePosition>,
    /// Each with its end.
    pub(super) lines: Vec<u8>,
    pub(super) count: u64,
    /// The last of them is whole, though it may have no newline.
    pub(super) ends: bool,
    pub(super) then: Option<Then>,
}

/// What waits to be kept.
#[derive(Default)]
pub(super) struct Intake {
    pub(super) queue: VecDeque<Append>,
    pub(super) bytes: u64,
    pub(super) lines: u64,
    /// Nothing more is taken.
    pub(super) closed: bool,
    /// The segment is to end, though it is not full.
    pub(super) seals: bool,
}

/// What the judge is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// To learn what came so far.
    Train,
    /// To judge by that generation of the model.
    Activate(u64),
    /// To judge by the generation before.
    RollBack,
}

/// How far everybody is.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// How far the journal is on the disk.
    pub(super) mark: Mark,
    /// Lines and bytes that are in it, since the state began.
    pub(super) kept: (u64, u64),
    /// Those that were read.
    pub(super) read: (u64, u64),
    /// When the line came that was read last, nanoseconds since 1970.
    pub(super) read_at: i64,
    /// Why nothing can be brought to the disk at present.
    pub(super) unsaved: Option<String>,
    /// Why nothing more may be brought there, though it could be.
    pub(super) full: Option<String>,
    /// Why facts cannot be written at present.
    pub(super) unwritten: Option<String>,
    /// Which thread broke off, and what that means.
    pub(super) broken: Option<String>,
    /// Everything that was there at the start was read.
    pub(super) caught_up: bool,
    /// The keeper has ended: the mark is the last.
    pub(super) kept_all: bool,
    /// A judgement of everything is wanted, and by how many.
    pub(super) asked: u64,
    pub(super) answered: u64,
}

/// What the judge knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Knowledge {
    pub(super) templates: u64,
    pub(super) findings: Vec<(String, String, u64)>,
    pub(super) incidents: Vec<(String, String, u64)>,
    pub(super) budget: BudgetStatus,
    pub(super) judgements: (u64, f64),
    pub(super) memory: Vec<MemoryPart>,
    pub(super) disk_bytes: u64,
    pub(super) model: ModelStatus,
    pub(super) model_written: Option<i64>,
    /// The time of the last record.
    pub(super) last_record: Option<i64>,
}

/// How a source goes beside what was kept of it.
#[derive(Clone, Debug, Default)]
pub(super) struct SourceHealth {
    pub(super) problem: Option<String>,
    pub(super) possibly_lost_bytes: u64,
    /// Bytes of half a line that waits for its other half, and since when.
    pub(super) unfinished: Option<(u64, Instant)>,
    /// Lines at the beginning of a stretch of time, and when it began.
    pub(super) rate_from: Option<(Instant, u64)>,
    pub(super) rate: f64,
}

impl SourceHealth {
    pub(super) fn unfinished_bytes(&self) -> u64 {
        self.unfinished.map_or(0, |(bytes, _)| bytes)
    }

    pub(super) fn unfinished_age(&self) -> Option<f64> {
        self.unfinished.map(|(_, since)| since.elapsed().as_secs_f64())
    }
}

/// What the threads share.
pub(super) struct Shared {
    pub(super) limits: Limits,
    pub(super) state: PathBuf,
    pub(super) facts: PathBuf,
    pub(super) started: Instant,
    intake: Mutex<Intake>,
    /// Something came, or there is room again, or all ends.
    pub(super) came: Condvar,
    pub(super) room: Condvar,
    progress: Mutex<Progress>,
    pub(super) moved: Condvar,
    knowledge: Mutex<Knowledge>,
    sources: Mutex<Vec<SourceState>>,
    health: Mutex<BTreeMap<String, SourceHealth>>,
    dropped: Mutex<BTreeMap<&'static str, u64>>,
    commands: Mutex<VecDeque<(JobFact, Command)>>,
    known: Mutex<Arc<Verdicts>>,
    said: Mutex<Said>,
    /// Logs that were handed in and are not done.
    pub(super) analysing: AtomicUsize,
    /// Held by the one whose turn it is.
    pub(super) analysis: Mutex<()>,
    /// How they are scanned.
    pub(super) scanning: OnceLock<ScanSettings>,
    hits: Mutex<Hits>,
    ready: Mutex<Ready>,
    /// The alerts, as long as they run, and what they are to be told by from now on.
    alerts: Mutex<Weak<Service>>,
    renewed: Mutex<Option<Alerts>>,
    pub(super) listeners: Listeners,
    pub(super) writer: Mutex<Writer>,
    pub(super) stopping: AtomicBool,
    /// Since when.
    stopped: OnceLock<Instant>,
}

/// So long what came is still judged when the daemon is told to stop. Whatever is left then is judged at the next start,
/// from the journal.
const LAST_WORD: Duration = Duration::from_secs(1);
/// How often somebody who waits for another try looks whether all ends.
const LOOK: Duration = Duration::from_millis(50);

/// Why lines may be dropped.
pub(super) const REASONS: [&str; 3] = ["datagram-queue-full", "datagram-lost-by-system", "lost-at-stop"];

impl Shared {
    pub(super) fn new(limits: Limits, state: PathBuf, facts: PathBuf, writer: Writer) -> Shared {
        Shared {
            limits,
            state,
            facts,
            started: Instant::now(),
            intake: Mutex::default(),
            came: Condvar::new(),
            room: Condvar::new(),
            progress: Mutex::default(),
            moved: Condvar::new(),
            knowledge: Mutex::default(),
            sources: Mutex::default(),
            health: Mutex::default(),
            dropped: Mutex::new(REASONS.into_iter().map(|reason| (reason, 0)).collect()),
            commands: Mutex::default(),
            known: Mutex::default(),
            said: Mutex::default(),
            analysing: AtomicUsize::new(0),
            analysis: Mutex::default(),
            scanning: OnceLock::new(),
            hits: Mutex::default(),
            ready: Mutex::default(),
            alerts: Mutex::default(),
            renewed: Mutex::default(),
            listeners: Listeners::default(),
            writer: Mutex::new(writer),
            stopping: AtomicBool::new(false),
            stopped: OnceLock::new(),
        }
    }

    pub(super) fn intake(&self) -> MutexGuard<'_, Intake> {
        held(&self.intake)
    }

    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        held(&self.progress)
    }

    pub(super) fn knowledge(&self) -> MutexGuard<'_, Knowledge> {
        held(&self.knowledge)
    }

    pub(super) fn sources(&self) -> MutexGuard<'_, Vec<SourceState>> {
        held(&self.sources)
    }

    pub(super) fn health(&self) -> MutexGuard<'_, BTreeMap<String, SourceHealth>> {
        held(&self.health)
    }

    pub(super) fn dropped(&self) -> MutexGuard<'_, BTreeMap<&'static str, u64>> {
        held(&self.dropped)
    }

    pub(super) fn commands(&self) -> MutexGuard<'_, VecDeque<(JobFact, Command)>> {
        held(&self.commands)
    }

    /// What records are judged by that are not kept.
    pub(super) fn known(&self) -> Arc<Verdicts> {
        Arc::clone(&held(&self.known))
    }

    pub(super) fn set_known(&self, known: Verdicts) {
        *held(&self.known) = Arc::new(known);
    }

    /// The alerts, as long as they run.
    pub(super) fn alerts(&self) -> MutexGuard<'_, Weak<Service>> {
        held(&self.alerts)
    }

    /// What the alerts are to be told by from now on, if somebody has said so.
    pub(super) fn renewed(&self) -> MutexGuard<'_, Option<Alerts>> {
        held(&self.renewed)
    }

    /// What people say while it runs.
    pub(super) fn said(&self) -> MutexGuard<'_, Said> {
        held(&self.said)
    }

    /// How often rules fired.
    pub(super) fn hits(&self) -> MutexGuard<'_, Hits> {
        held(&self.hits)
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// All ends, or is about to.
    pub(super) fn stop(&self) {
        let _ = self.stopped.set(Instant::now());
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Who is not done by now leaves the rest to the next start.
    pub(super) fn is_over(&self) -> bool {
        self.is_stopping() && self.stopped.get().is_none_or(|since| since.elapsed() >= LAST_WORD)
    }

    /// Waits before something is tried again, but no longer than until all ends.
    pub(super) fn rest(&self, patience: Duration) {
        let since = Instant::now();
        while !self.is_stopping() && since.elapsed() < patience {
            std::thread::sleep(LOOK);
        }
    }

    pub(super) fn ready(&self) -> Ready {
        held(&self.ready).clone()
    }

    /// Says how it goes, to all who listen, if that is new.
    pub(super) fn set_ready(&self, now: Ready) {
        let mut ready = held(&self.ready);
        if *ready == now || *ready == Ready::Stopping {
            return;
        }
        *ready = now.clone();
        drop(ready);
        let (word, reason) = match now {
            Ready::Starting => ("starting", None),
            Ready::Replaying => ("replaying", None),
            Ready::Ready => ("ready", None),
            Ready::Degraded(reason) => ("degraded", Some(reason)),
            Ready::Stopping => ("stopping", None),
        };
        self.listeners.tell(&Event::Status { ready: word.to_owned(), reason });
    }

    /// Says how it goes by what is known of it.
    pub(super) fn renew_ready(&self) {
        let now = {
            let progress = self.progress();
            match (progress.unsaved.as_ref().or(progress.full.as_ref()), &progress.unwritten) {
                _ if progress.broken.is_some() => {
                    Ready::Degraded(format!("broken: {}", progress.broken.as_deref().unwrap_or_default()))
                }
                (Some(reason), _) => Ready::Degraded(format!("state_not_saved: {reason}")),
                (None, Some(reason)) => Ready::Degraded(format!("facts_not_written: {reason}")),
                (None, None) if progress.caught_up => Ready::Ready,
                (None, None) => Ready::Replaying,
            }
        };
        self.set_ready(now);
    }

    /// Says what is wrong with a source, to all who listen, if that is new.
    pub(super) fn set_problem(&self, name: &str, problem: Option<String>) {
        let mut health = self.health();
        let known = health.entry(name.to_owned()).or_default();
        if known.problem == problem {
            return;
        }
        known.problem.clone_from(&problem);
        drop(health);
        self.listeners.tell(&Event::Source { name: name.to_owned(), problem });
    }

    /// Whether nothing can be kept at present.
    fn is_unsaved(&self) -> bool {
        let progress = self.progress();
        progress.unsaved.is_some() || progress.full.is_some()
    }

    /// Lines were given up.
    pub(super) fn drop_lines(&self, reason: &'static str, lines: u64) {
        *self.dropped().entry(reason).or_default() += lines;
    }

    /// Bytes that came and were not read.
    pub(super) fn unread(&self) -> u64 {
        let progress = self.progress();
        progress.kept.1.saturating_sub(progress.read.1)
    }

    /// The segment of the journal ends now.
    pub(super) fn seal(&self) {
        self.intake().seals = true;
        self.came.notify_one();
    }

    /// Hands lines to the keeper, if there is room for all of them.
    pub(super) fn offer(&self, appends: Vec<Append>) -> Result<(), Vec<Append>> {
        let unread = self.unread();
        let unsaved = self.is_unsaved();
        let more: u64 = appends.iter().map(|append| append.lines.len() as u64).sum();
        let mut intake = self.intake();
        let room = intake.bytes + unread + more <= self.limits.queue_bytes;
        // What is larger than all room there is must come through when nothing else waits.
        let alone = intake.bytes + unread == 0;
        if intake.closed || unsaved || !(room || alone) {
            return Err(appends);
        }
        for append in appends {
            intake.take(append);
        }
        self.came.notify_one();
        Ok(())
    }

    /// Hands lines to the keeper and waits for room as long as it takes; gives them back where all ends.
    #[expect(clippy::result_large_err, reason = "what could not be handed on is used by the caller as it is")]
    pub(super) fn hand(&self, append: Append) -> Result<(), Append> {
        loop {
            let (unread, unsaved) = (self.unread(), self.is_unsaved());
            let mut intake = self.intake();
            if intake.closed || self.is_stopping() {
                return Err(append);
            }
            let waiting = intake.bytes + unread;
            let room = waiting == 0 || waiting + append.lines.len() as u64 <= self.limits.queue_bytes;
            if room && !unsaved {
                intake.take(append);
                self.came.notify_one();
                return Ok(());
            }
            drop(self.room.wait_timeout(intake, Duration::from_millis(200)));
        }
    }
}

impl Intake {
    fn take(&mut self, append: Append) {
        self.bytes += append.lines.len() as u64;
        self.lines += append.count;
        self.queue.push_back(append);
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The clock, nanoseconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
