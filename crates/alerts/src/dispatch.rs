//! Channels and an outbox in, notices on their way out: a thread for each channel, so that one that hangs delays no other.
//!
//! A thread asks its [`Desk`] what to do, does it, and writes down how it ended before it goes on. Nothing is remembered
//! that the outbox does not have, so a kill at any moment is a start like any other.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use logsift_engine::records::time::Time;

use crate::clock::Clock;
use crate::delivery::{Channel, DeliveryError};
use crate::desk::{Desk, Now, Step};
use crate::gate::{Gate, Together};
use crate::notice::{Happened, Notice};
use crate::outbox::{Entry, EntryState, Outbox, OutboxError};
use crate::settings::Alerts;

/// Entries that are looked at together.
const BATCH: usize = 500;
/// A thread that has nothing to do looks again after so long.
const LOOK: Duration = Duration::from_secs(1);
/// An outbox that cannot be written is tried again after so long.
const TROUBLED: Duration = Duration::from_secs(5);

/// A channel by its name, ready to deliver.
pub type NamedChannel = (String, Box<dyn Channel>);

/// How a channel does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Why it does not work; nothing while it does.
    pub broken: Option<String>,
    /// Notices that were delivered since the start.
    pub delivered: u64,
    /// Attempts that failed since the start.
    pub failed: u64,
    /// Nothing waits that could go now or soon.
    pub idle: bool,
}

/// Delivers what waits in an outbox, until it is stopped.
pub struct Dispatcher {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    outbox: Arc<dyn Outbox>,
    clock: Arc<dyn Clock>,
    names: Vec<String>,
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    stopping: bool,
    /// Counted up whenever something may have come into the outbox.
    woken: u64,
    health: BTreeMap<String, Health>,
}

/// One channel at work: its desk, its receiver, and the outbox both rest on.
pub(crate) struct Worker<'a> {
    pub(crate) desk: Desk,
    pub(crate) channel: Box<dyn Channel>,
    pub(crate) outbox: &'a dyn Outbox,
    pub(crate) others: Vec<String>,
    pub(crate) health: Health,
}

/// The desks of all channels, by these settings.
pub(crate) fn desks(settings: &Alerts, batch: bool) -> BTreeMap<String, Desk> {
    let all = Together::default();
    let desk = |(name, channel): (&String, &crate::channels::ChannelSettings)| {
        let limits = channel.limits.unwrap_or(settings.limits);
        let gate = Gate::new(limits, channel.budget.unwrap_or(settings.budget), all.clone());
        let desk = Desk::new(name, gate, settings.retry);
        (name.clone(), if batch { desk.for_batch() } else { desk })
    };
    settings.channels.iter().map(desk).collect()
}

impl Dispatcher {
    /// Starts a thread for each channel. `batch` is a run that ends when everything is told.
    pub fn start(
        settings: &Alerts,
        batch: bool,
        channels: Vec<NamedChannel>,
        outbox: Arc<dyn Outbox>,
        clock: Arc<dyn Clock>,
    ) -> Dispatcher {
        let names: Vec<String> = channels.iter().map(|(name, _)| name.clone()).collect();
        let state = Mutex::new(State::default());
        let shared = Arc::new(Shared { outbox, clock, names, state, news: Condvar::new() });
        let mut desks = desks(settings, batch);
        let mut threads = Vec::new();
        for (name, channel) in channels {
            let Some(desk) = desks.remove(&name) else { continue };
            let shared = Arc::clone(&shared);
            let work = move || shared.work(desk, channel);
            // Without a thread the channel tells nothing, but the daemon goes on; its entries wait in the outbox.
            threads.extend(thread::Builder::new().name(format!("alerts {name}")).spawn(work).ok());
        }
        Dispatcher { shared, threads }
    }

    /// Something came into the outbox.
    pub fn wake(&self) {
        self.shared.state().woken += 1;
        self.shared.news.notify_all();
    }

    /// How each channel does.
    pub fn health(&self) -> BTreeMap<String, Health> {
        self.shared.state().health.clone()
    }

    /// Waits until nothing is to be sent any more, or so long. Says whether everything was sent.
    pub fn drain(&self, longest: Duration) -> bool {
        self.wake();
        let end = Instant::now() + longest;
        loop {
            let waits = |name: &String| {
                self.shared.outbox.waiting(name, 1).map_or(true, |waiting| !waiting.is_empty())
            };
            if !self.shared.names.iter().any(waits) {
                return true;
            }
            if Instant::now() >= end {
                return false;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops. A thread that hangs in a delivery is left to itself after so long; its entry is still in the outbox.
    pub fn stop(&self, longest: Duration) {
        self.shared.state().stopping = true;
        self.shared.news.notify_all();
        let end = Instant::now() + longest;
        while self.threads.iter().any(|thread| !thread.is_finished()) && Instant::now() < end {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Now {
        Now { elapsed: self.clock.elapsed(), wall: self.clock.wall() }
    }

    fn work(&self, desk: Desk, channel: Box<dyn Channel>) {
        let name = desk.name.clone();
        let others = self.names.iter().filter(|other| **other != name).cloned().collect();
        let mut worker = Worker { desk, channel, outbox: &*self.outbox, others, health: Health::default() };
        let mut ready = false;
        let mut woken = 0;
        loop {
            if !ready {
                ready = worker.recall(self.now()).is_ok();
            }
            let pause = if ready { worker.step(|| self.now()).unwrap_or(TROUBLED) } else { TROUBLED };
            let mut state = self.state();
            let known = state.health.insert(name.clone(), worker.health.clone());
            if known.is_none_or(|known| known.broken != worker.health.broken) {
                // The others have something to say.
                self.news.notify_all();
            }
            if state.stopping {
                return;
            }
            if pause.is_zero() || state.woken != woken {
                woken = state.woken;
                continue;
            }
            drop(self.news.wait_timeout(state, pause.min(LOOK)));
            if self.state().stopping {
                return;
            }
        }
    }
}

impl Worker<'_> {
    /// After a start: what was delivered before takes its places, and what may still be open is told to the channel.
    pub(crate) fn recall(&mut self, now: Now) -> Result<(), OutboxError> {
        let since = Time::from_nanos(now.wall.nanos().saturating_sub(nanos(self.desk.remembers())));
        let delivered = self.outbox.delivered_since(&self.desk.name, since)?;
        self.desk.recall(&delivered, now);
        self.channel.recall(&delivered.into_iter().map(|entry| entry.notice).collect::<Vec<_>>());
        Ok(())
    }

    /// Does the next thing. Gives how long nothing is to be done then.
    pub(crate) fn step(&mut self, now: impl Fn() -> Now) -> Result<Duration, OutboxError> {
        let before = now();
        // What a receiver wants to be told again and again is no notice; when it fails, the next one comes soon.
        let _ = self.channel.tick(before.elapsed);
        let waiting = self.outbox.waiting(&self.desk.name, BATCH)?;
        let more = waiting.len() >= BATCH;
        let pause = match self.desk.next(waiting, before) {
            Step::Settle(entries) => {
                self.outbox.change(&entries)?;
                Duration::ZERO
            }
            Step::Deliver(notice, entries) => {
                self.deliver(&notice, entries, now)?;
                Duration::ZERO
            }
            Step::Wait(pause) => pause,
        };
        self.health.idle = pause >= LOOK && !more;
        Ok(pause)
    }

    fn deliver(
        &mut self,
        notice: &Notice,
        entries: Vec<Entry>,
        now: impl Fn() -> Now,
    ) -> Result<(), OutboxError> {
        let id = entries.first().map(|entry| entry.id.clone()).unwrap_or_default();
        let result = self.channel.deliver(notice, &id);
        match &result {
            Ok(()) => self.health.delivered += 1,
            Err(_) => self.health.failed += 1,
        }
        let about = entries.first().map(|entry| entry.notice.happened);
        let after = now();
        let mut ended = self.desk.ended(entries, result, after);
        if let Some(why) = ended.broke.take() {
            // A word about a broken channel that does not arrive is no reason for another one.
            if about != Some(Happened::ChannelBroken) {
                ended
                    .entries
                    .extend(self.others.iter().map(|other| broken(&self.desk.name, other, &why, &id, after)));
            }
        }
        self.health.broken = self.desk.broken().map(str::to_owned);
        self.outbox.change(&ended.entries)
    }
}

/// What another channel is told of one that does not work.
fn broken(name: &str, other: &str, why: &str, first: &str, now: Now) -> Entry {
    let key = format!("channel-{name}");
    let title = format!("the channel {name} does not deliver: {why}");
    let mut notice = Notice::own(Happened::ChannelBroken, &key, "high", title, &now.wall.to_string());
    notice.against = Some("What could not be delivered is kept, and can be sent again.".to_owned());
    notice.mute = format!("logsift alerts list --only parked; logsift alerts test {name}");
    Entry {
        id: format!("{key}/{first}/{other}"),
        channel: other.to_owned(),
        incident: String::new(),
        class: String::new(),
        group: key,
        notice,
        state: EntryState::Waiting,
        why: String::new(),
        created: now.wall,
        due: now.wall,
        settled: now.wall,
        attempts: 0,
    }
}

/// A channel that could not even be set up: everything for it is parked, and the others are told.
pub struct Unusable(pub String);

impl Channel for Unusable {
    fn deliver(&mut self, _: &Notice, _: &str) -> Result<(), DeliveryError> {
        Err(DeliveryError::Never(self.0.clone()))
    }

    fn connect(&mut self) -> Result<(), DeliveryError> {
        Err(DeliveryError::Never(self.0.clone()))
    }
}

fn nanos(span: Duration) -> i64 {
    i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)
}
