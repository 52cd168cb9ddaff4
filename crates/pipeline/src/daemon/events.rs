//! What happens in, to everybody who listens out; whoever is slow misses some and is told how many.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use logsift_stores::facts::{FindingFact, IncidentFact};
use serde::Serialize;

/// Events that may wait for a listener.
const WAITING: usize = 256;
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
}

#[derive(Debug)]
struct Listener {
    sender: SyncSender<Event>,
    missed: u64,
}

impl Listeners {
    pub(super) fn listen(&self) -> Events {
        let (sender, receiver) = sync_channel(WAITING);
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() < LISTENERS {
            list.push(Listener { sender, missed: 0 });
        }
        Events { receiver }
    }

    pub(super) fn tell(&self, event: &Event) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain_mut(|listener| listener.tell(event));
    }

    /// Nobody hears anything any more.
    pub(super) fn end(&self) {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
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

    #[test]
    fn who_is_slow_misses_some_and_is_told() {
        let listeners = Listeners::default();
        let slow = listeners.listen();
        drop(listeners.listen());
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
}
