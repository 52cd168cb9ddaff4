//! What happens in, to everybody who listens out; whoever is slow misses some and is told how many.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use logsift_stores::facts::{FindingFact, IncidentFact, JobFact};
use logsift_stores::journal::Source;
use serde::Serialize;

/// Events that may wait for a listener.
const WAITING: usize = 256;
/// Lines that are told in a second.
const LINES: usize = 200;
/// Bytes of a line that are told.
const LONGEST_LINE: usize = 2048;
/// Listeners at most.
const LISTENERS: usize = 256;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// A finding was raised.
    Finding(FindingFact),
    /// An incident was opened.
    IncidentOpened(IncidentFact),
    /// An incident changed.
    IncidentChanged(IncidentFact),
    /// An incident is over.
    IncidentResolved(IncidentFact),
    /// Something is wrong with a source, or is so no more.
    Source {
        /// The source.
        name: String,
        /// What is wrong; nothing where all is well again.
        problem: Option<String>,
    },
    /// How the daemon is has changed.
    Status {
        /// `starting`, `replaying`, `ready`, `degraded`, `stopping`.
        ready: String,
        /// Why, where it is degraded.
        reason: Option<String>,
    },
    /// A job began, went on or ended.
    Job(JobFact),
    /// Lines came in; only for those who listen to lines.
    Lines {
        /// The source, with its labels.
        source: String,
        /// Lines of it, cut where they are very long.
        lines: Vec<String>,
        /// Lines that were left out before these, so that no flood is faster than who listens.
        skipped: u64,
    },
    /// So many events were missed before this one.
    Missed {
        /// How many.
        count: u64,
    },
}

/// Listens to what happens.
#[derive(Debug)]
pub struct Events {
    receiver: Receiver<Event>,
}

impl Events {
    /// The next event; nothing where none comes for so long. `Err` where the daemon has ended.
    pub fn next(&self, patience: Duration) -> Result<Option<Event>, Ended> {
        match self.receiver.recv_timeout(patience) {
            Ok(event) => Ok(Some(event)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Ended),
        }
    }
}

/// The daemon has ended, or too many listen already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended;

#[derive(Debug, Default)]
pub(super) struct Listeners {
    list: Mutex<Vec<Listener>>,
    /// Set while the list is held: who comes after the end must not wait for ever.
    ended: AtomicBool,
    told: Mutex<Told>,
}

/// Lines that were told in the present second, and those that were left out since.
#[derive(Debug, Default)]
struct Told {
    since: Option<Instant>,
    lines: usize,
    skipped: u64,
}

#[derive(Debug)]
struct Listener {
    lines: bool,
    sender: SyncSender<Event>,
    missed: u64,
}

impl Listeners {
    pub(super) fn listen(&self, lines: bool) -> Events {
        let (sender, receiver) = sync_channel(WAITING);
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() < LISTENERS && !self.ended.load(Ordering::Relaxed) {
            list.push(Listener { lines, sender, missed: 0 });
        }
        Events { receiver }
    }

    pub(super) fn tell(&self, event: &Event) {
        let of_lines = matches!(event, Event::Lines { .. });
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain_mut(|listener| of_lines && !listener.lines || listener.tell(event));
    }

    /// Tells lines to those who listen to them; costs nothing where nobody does.
    pub(super) fn tell_lines(&self, source: &Source, lines: &[u8]) {
        let wanted = self.list.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|one| one.lines);
        if !wanted {
            return;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(event) = told.event(source, lines) {
            drop(told);
            self.tell(&event);
        }
    }

    /// Nobody hears anything any more.
    pub(super) fn end(&self) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        self.ended.store(true, Ordering::Relaxed);
        list.clear();
    }
}

impl Told {
    /// As many of the lines as there is room for in this second.
    fn event(&mut self, source: &Source, lines: &[u8]) -> Option<Event> {
        if self.since.is_none_or(|since| since.elapsed() >= Duration::from_secs(1)) {
            (self.since, self.lines) = (Some(Instant::now()), 0);
        }
        let mut all = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let shown = all.by_ref().take(LINES.saturating_sub(self.lines));
        let shown: Vec<String> = shown.map(|line| String::from_utf8_lossy(cut(line)).into_owned()).collect();
        self.lines += shown.len();
        let before = std::mem::take(&mut self.skipped);
        self.skipped = all.count() as u64;
        if shown.is_empty() {
            self.skipped += before;
            return None;
        }
        Some(Event::Lines { source: source.shown(), lines: shown, skipped: before })
    }
}

fn cut(line: &[u8]) -> &[u8] {
    line.get(..LONGEST_LINE).unwrap_or(line)
}

impl Listener {
    /// Says whether it is still there.
    fn tell(&mut self, event: &Event) -> bool {
        if self.missed > 0 {
            match self.sender.try_send(Event::Missed { count: self.missed }) {
                Ok(()) => self.missed = 0,
                Err(TrySendError::Full(_)) => {
                    self.missed += 1;
                    return true;
                }
                Err(TrySendError::Disconnected(_)) => return false,
            }
        }
        match self.sender.try_send(event.clone()) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                self.missed += 1;
                true
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A daemon that is stopped at once ends before its threads have begun to listen.
    #[test]
    fn who_listens_after_the_end_does_not_wait_for_ever() {
        let listeners = Listeners::default();
        listeners.end();
        assert!(listeners.listen(false).next(Duration::from_secs(1)).is_err());
    }

    #[test]
    fn who_is_slow_misses_some_and_is_told() {
        let listeners = Listeners::default();
        let slow = listeners.listen(false);
        drop(listeners.listen(false));
        let event = Event::Source { name: "a".to_owned(), problem: None };
        for _ in 0..WAITING + 3 {
            listeners.tell(&event);
        }
        assert_eq!(listeners.list.lock().unwrap().len(), 1);
        let now = Duration::ZERO;
        assert_eq!(slow.next(now), Ok(Some(event.clone())));
        assert_eq!(slow.next(now), Ok(Some(event.clone())));
        listeners.tell(&event);
        let rest: Vec<Event> = std::iter::from_fn(|| slow.next(now).ok().flatten()).collect();
        assert_eq!(rest[rest.len() - 2..], [Event::Missed { count: 3 }, event]);
        listeners.end();
        assert_eq!(slow.next(now), Err(Ended));
    }

    #[test]
    fn lines_are_told_to_who_wants_them_and_never_too_many() {
        let listeners = Listeners::default();
        let source = Source { name: "app".to_owned(), ..Source::default() };
        let (deaf, keen) = (listeners.listen(false), listeners.listen(true));
        let flood = "a line\n".repeat(LINES + 50);
        listeners.tell_lines(&source, flood.as_bytes());
        listeners.tell_lines(&source, b"one more\n");
        let now = Duration::ZERO;
        let Ok(Some(Event::Lines { lines, skipped: 0, .. })) = keen.next(now) else { panic!("no lines") };
        assert_eq!((lines.len(), keen.next(now), deaf.next(now)), (LINES, Ok(None), Ok(None)));
        assert_eq!(listeners.told.lock().unwrap().skipped, 51);
        listeners.told.lock().unwrap().since = None;
        listeners.tell_lines(&source, &[b'x'; 10_000]);
        let Ok(Some(Event::Lines { lines, skipped: 51, .. })) = keen.next(now) else { panic!("no lines") };
        assert_eq!(lines.first().map(String::len), Some(LONGEST_LINE));
    }
}
