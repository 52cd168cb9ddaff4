//! What everybody else works with: pushes in and tickets out, questions in and facts out.

use std::collections::HashSet;
use std::fmt;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use logsift_alerts::service::Service;
use logsift_alerts::settings::Alerts;
use logsift_stores::StoreError;
use logsift_stores::facts::{AuditFact, Facts, JobFact, OutboxFact, TokenFact};
use logsift_stores::journal::{Source, count_lines};
use serde::Serialize;

use super::counted::{Append, Command, Shared, now};
use super::events::{Event, Events};
use super::status::{Counted, Dropped, Ready, SourceStatus, Status};

/// How soon whoever is told to come later may come.
const LATER: Duration = Duration::from_secs(1);

/// Lines that somebody sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Push {
    /// Who sends: `push/loki`, `syslog`.
    pub source: String,
    /// What kind of source it is: `push`, `syslog`, …; empty means `push`.
    pub kind: String,
    /// What tells the stream from others of the same sender, sorted or not.
    pub labels: Vec<(String, String)>,
    /// The lines, separated by newlines.
    pub lines: Vec<u8>,
    /// How many they are, where the sender has counted them.
    pub count: Option<u64>,
}

/// There is no room, or nothing can be kept at present: the lines were not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// When to come again.
    pub retry_after: Duration,
}

impl fmt::Display for Busy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "busy; come again in {} s", self.retry_after.as_secs())
    }
}

impl std::error::Error for Busy {}

/// The daemon ended before lines could be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the daemon ended before the lines could be kept")
    }
}

impl std::error::Error for Lost {}

/// A push that was taken: it is kept when [`Ticket::wait`] says so.
#[derive(Debug)]
pub struct Ticket {
    kept: Receiver<Result<(), Lost>>,
}

impl Ticket {
    /// Waits until the lines are on the disk.
    pub fn wait(self) -> Result<(), Lost> {
        self.kept.recv().unwrap_or(Err(Lost))
    }

    /// The same, for so long at most; nothing where that was too short.
    pub fn wait_for(&self, patience: Duration) -> Option<Result<(), Lost>> {
        match self.kept.recv_timeout(patience) {
            Ok(kept) => Some(kept),
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => None,
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => Some(Err(Lost)),
        }
    }
}

/// What is said of a record that is not kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Verdict {
    /// Its first line, counted from 1.
    pub line: u64,
    /// Its template, where one is known.
    pub template_id: Option<String>,
    /// The template's text, or the record's own.
    pub template: String,
    /// Grows with how unusual it is: negative natural logarithm of its chance.
    pub score: f64,
    /// Whether it is unusual.
    pub anomalous: bool,
    /// Why, in a sentence.
    pub explanation: String,
    /// Its level.
    pub level: Option<String>,
}

/// Works with a daemon that runs.
#[derive(Clone)]
pub struct Handle {
    pub(super) shared: Arc<Shared>,
}

/// Lines as the keeper takes them; nothing where there are none.
fn append(push: Push) -> Option<Append> {
    let Push { source, kind, mut labels, mut lines, count } = push;
    if lines.is_empty() {
        return None;
    }
    if lines.last() != Some(&b'\n') {
        lines.push(b'\n');
    }
    labels.sort();
    labels.dedup();
    let kind = if kind.is_empty() { "push".to_owned() } else { kind };
    let count = count.unwrap_or_else(|| count_lines(&lines));
    Some(Append {
        source: Source { name: source, kind, labels },
        file: None,
        lines,
        count,
        ends: true,
        then: None,
    })
}

impl fmt::Debug for Handle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Handle").field("state", &self.shared.state).finish_non_exhaustive()
    }
}

impl Handle {
    /// Takes lines. They are kept only when the ticket says so.
    pub fn push(&self, push: Push) -> Result<Ticket, Busy> {
        let (send, kept) = sync_channel(1);
        // Who has let go of the ticket does not want to know.
        self.push_then(push, move |result| {
            let _ = send.try_send(result);
        })?;
        Ok(Ticket { kept })
    }

    /// Takes lines, and calls back when they are kept or lost; at once where there are none. The call must be quick: all
    /// others wait for it.
    pub fn push_then(
        &self,
        push: Push,
        then: impl FnOnce(Result<(), Lost>) + Send + 'static,
    ) -> Result<(), Busy> {
        self.push_all_then(vec![push], then)
    }

    /// The same with lines of several streams: all of them are taken or none, or whoever sent them would send those again
    /// that were taken.
    pub fn push_all_then(
        &self,
        pushes: Vec<Push>,
        then: impl FnOnce(Result<(), Lost>) + Send + 'static,
    ) -> Result<(), Busy> {
        let mut appends: Vec<Append> = pushes.into_iter().filter_map(append).collect();
        let Some(last) = appends.last_mut() else {
            then(Ok(()));
            return Ok(());
        };
        // They are kept in order, so when the last is, all are.
        last.then = Some(Box::new(then));
        self.shared.offer(appends).map_err(|_| Busy { retry_after: LATER })
    }

    /// Reads facts, over a connection of its own.
    pub fn facts(&self) -> Result<Facts, StoreError> {
        Facts::open(&self.shared.facts)
    }

    /// The alerts: what waits, was sent or parked, and how the channels do. Nothing where the daemon has ended.
    pub fn alerts(&self) -> Option<Arc<Service>> {
        self.shared.alerts().upgrade()
    }

    /// Tells incidents by these settings from now on.
    pub fn renew_alerts(&self, alerts: Alerts) {
        *self.shared.renewed() = Some(alerts);
    }

    /// Listens to what happens.
    pub fn events(&self) -> Events {
        self.shared.listeners.listen(false)
    }

    /// The same, and to lines as they come: so many a second at most.
    pub fn events_and_lines(&self) -> Events {
        self.shared.listeners.listen(true)
    }

    /// Whether it works.
    pub fn ready(&self) -> Ready {
        self.shared.ready()
    }

    /// How it is.
    pub fn status(&self) -> Status {
        let shared = &self.shared;
        // Held together, so that the sum is exact.
        let (lines, bytes, queue, lag_seconds) = {
            let intake = shared.intake();
            let progress = shared.progress();
            let counted = |kept: u64, read: u64, waiting: u64| Counted {
                came_in: kept + waiting,
                processed: read,
                in_flight: kept.saturating_sub(read) + waiting,
            };
            let queue = super::status::QueueStatus {
                unsaved_bytes: intake.bytes,
                unread_bytes: progress.kept.1.saturating_sub(progress.read.1),
                limit_bytes: shared.limits.queue_bytes,
            };
            let behind = progress.kept.0 > progress.read.0 && progress.read_at > 0;
            let lag = if behind { now().saturating_sub(progress.read_at).max(0) as f64 / 1e9 } else { 0.0 };
            let lines = counted(progress.kept.0, progress.read.0, intake.lines);
            (lines, counted(progress.kept.1, progress.read.1, intake.bytes), queue, lag)
        };
        let dropped: Vec<Dropped> = shared
            .dropped()
            .iter()
            .map(|(reason, lines)| Dropped { reason: (*reason).to_owned(), lines: *lines })
            .collect();
        let given_up: u64 = dropped.iter().map(|dropped| dropped.lines).sum();
        let known = shared.knowledge().clone();
        let mut model = known.model;
        model.age_seconds = known.model_written.map(|at| now().saturating_sub(at).max(0) as f64 / 1e9);
        Status {
            ready: shared.ready(),
            uptime_seconds: shared.started.elapsed().as_secs_f64(),
            lines: Counted { came_in: lines.came_in + given_up, ..lines },
            bytes,
            dropped,
            lag_seconds,
            queue,
            templates: known.templates,
            findings: known.findings,
            incidents: known.incidents,
            budget: known.budget,
            judgements: known.judgements,
            memory: known.memory,
            disk_bytes: known.disk_bytes,
            sources: self.sources(),
            model,
        }
    }

    fn sources(&self) -> Vec<SourceStatus> {
        let sources = self.shared.sources().clone();
        let mut health = self.shared.health();
        let clock = now();
        let mut listed: Vec<SourceStatus> = Vec::new();
        for state in &sources {
            let known = health.entry(state.source.name.clone()).or_default();
            let (from, lines) = *known.rate_from.get_or_insert((Instant::now(), state.lines));
            let passed = from.elapsed().as_secs_f64();
            if passed >= 5.0 {
                known.rate = state.lines.saturating_sub(lines) as f64 / passed;
                known.rate_from = Some((Instant::now(), state.lines));
            }
            let age = clock.saturating_sub(state.last_line).max(0) as f64 / 1e9;
            listed.push(SourceStatus {
                name: state.source.name.clone(),
                kind: state.source.kind.clone(),
                labels: state.source.labels.clone(),
                lines: state.lines,
                bytes: state.bytes,
                last_line_age_seconds: (state.last_line > 0).then_some(age),
                lines_per_second: known.rate,
                problem: known.problem.clone(),
                possibly_lost_bytes: known.possibly_lost_bytes,
                unfinished_bytes: known.unfinished_bytes(),
                unfinished_age_seconds: known.unfinished_age(),
            });
        }
        // Those of which nothing came yet.
        let named: HashSet<&str> = sources.iter().map(|state| state.source.name.as_str()).collect();
        let waiting = health.iter().filter(|(name, _)| !named.contains(name.as_str()));
        listed.extend(waiting.map(|(name, health)| SourceStatus {
            name: name.clone(),
            kind: "file".to_owned(),
            problem: health.problem.clone(),
            unfinished_bytes: health.unfinished_bytes(),
            unfinished_age_seconds: health.unfinished_age(),
            ..SourceStatus::default()
        }));
        listed
    }

    /// Waits until everything that was kept before is judged and its facts are written; says whether that was in time.
    pub fn settle(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut progress = self.shared.progress();
        progress.asked += 1;
        let asked = progress.asked;
        self.shared.moved.notify_all();
        while progress.answered < asked {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let (held, _) =
                self.shared.moved.wait_timeout(progress, left).unwrap_or_else(PoisonError::into_inner);
            progress = held;
        }
        true
    }

    /// Says what is unusual about each record, by what is known now. Nothing is kept and nothing is learned.
    pub fn detect(&self, lines: &[u8]) -> Vec<Verdict> {
        self.shared.known().verdicts(lines)
    }

    /// Learns everything that came so far now, not only when the epoch is full. Gives the job.
    pub fn train(&self) -> Result<JobFact, StoreError> {
        self.command("train", Command::Train)
    }

    /// Judges by another generation of the model from now on, one that is kept still.
    pub fn activate(&self, generation: u64) -> Result<JobFact, StoreError> {
        self.command("activate", Command::Activate(generation))
    }

    /// The same with the generation before the present one.
    pub fn roll_back(&self) -> Result<JobFact, StoreError> {
        self.command("roll-back", Command::RollBack)
    }

    fn command(&self, kind: &str, command: Command) -> Result<JobFact, StoreError> {
        let started = now();
        let job = JobFact {
            id: format!("job-{started:x}"),
            kind: kind.to_owned(),
            state: "waiting".to_owned(),
            started,
            ..JobFact::default()
        };
        self.job(&job)?;
        self.shared.commands().push_back((job.clone(), command));
        self.shared.moved.notify_all();
        Ok(job)
    }

    /// Notes who did what.
    pub fn note(&self, actor: &str, action: &str, subject: &str, outcome: &str) -> Result<(), StoreError> {
        self.writer().audit(&AuditFact {
            id: 0,
            at: now(),
            actor: actor.to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            outcome: outcome.to_owned(),
        })
    }

    /// Notes a job, or how far it is.
    pub fn job(&self, job: &JobFact) -> Result<(), StoreError> {
        self.shared.listeners.tell(&Event::Job(job.clone()));
        self.writer().job(job)
    }

    /// Keeps a token: its hash, never what opens the door.
    pub fn token(&self, token: &TokenFact) -> Result<(), StoreError> {
        self.writer().token(token)
    }

    /// A token opens nothing any more; says whether there was one.
    pub fn revoke(&self, name: &str) -> Result<bool, StoreError> {
        self.writer().revoke(name)
    }

    /// What became of a notice.
    pub fn outbox(&self, row: &OutboxFact) -> Result<(), StoreError> {
        self.writer().outbox(row)
    }

    fn writer(&self) -> std::sync::MutexGuard<'_, logsift_stores::Writer> {
        self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
