//! One channel: what waits for it in, what to do next out. A machine without threads, clocks or connections.
//!
//! It takes what waits, the least tried and oldest first. What the gate has a place for is delivered, with the rest of its
//! group; what it has none for becomes part of one summary. A notice that could not be delivered is tried again after
//! a pause that doubles; one that will never be taken is parked, and the channel called broken.

use std::collections::HashMap;
use std::time::Duration;

use logsift_engine::records::time::Time;

use crate::clock::{between, later};
use crate::delivery::DeliveryError;
use crate::gate::{Asking, Gate, Place};
use crate::notice::{Happened, Notice};
use crate::outbox::{Entry, EntryState};
use crate::planner::AWAY;
use crate::settings::Retry;

/// How long a summary gathers before it is told, and how long until the next one.
const GATHERS: Duration = Duration::from_secs(60);
const NEXT_CROWDED: Duration = Duration::from_secs(3_600);
const NEXT_SPENT: Duration = Duration::from_secs(86_400);
/// A receiver that asks for more than this is not waited for so long.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// After so long without a success the others are told.
const FAILING: Duration = Duration::from_secs(600);
/// However long logsift was stopped, what waited has at least so long.
const LEAST_TIME: Duration = Duration::from_secs(600);
/// Notices told as one.
const TOGETHER: usize = 200;
/// How many of those that are due are asked about at a time.
const CANDIDATES: usize = 50;

/// One channel.
pub(crate) struct Desk {
    pub(crate) name: String,
    gate: Gate,
    retry: Retry,
    /// Nothing is tried before then.
    pause_until: Duration,
    failures: u32,
    failing_since: Option<Duration>,
    /// Why it does not work; nothing while it does.
    broken: Option<String>,
    summary: Option<Entry>,
    next_summary: Duration,
    summaries: u64,
    /// Until when each entry is tried.
    give_up: HashMap<String, Duration>,
    /// Entries whose incident has taken its place in the budget.
    admitted: HashMap<String, ()>,
    jitter: u64,
    /// How long a summary gathers.
    gathers: Duration,
}

/// The time, both ways.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) elapsed: Duration,
    pub(crate) wall: Time,
}

/// What to do next.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// Write these, then ask again.
    Settle(Vec<Entry>),
    /// Deliver this notice, which is all of these entries, and say how it went.
    Deliver(Notice, Vec<Entry>),
    /// Nothing for so long.
    Wait(Duration),
}

/// How a delivery ended.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Ended {
    /// Entries to write.
    pub(crate) entries: Vec<Entry>,
    /// The channel has just become broken, for this reason: the others are told.
    pub(crate) broke: Option<String>,
}

impl Desk {
    pub(crate) fn new(name: &str, gate: Gate, retry: Retry) -> Desk {
        let seed = name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Desk {
            name: name.to_owned(),
            gate,
            retry,
            pause_until: Duration::ZERO,
            failures: 0,
            failing_since: None,
            broken: None,
            summary: None,
            next_summary: Duration::ZERO,
            summaries: 0,
            give_up: HashMap::new(),
            admitted: HashMap::new(),
            jitter: seed | 1,
            gathers: GATHERS,
        }
    }

    /// For a run that ends: all that there is to tell is there at once, so a summary gathers nothing more.
    pub(crate) fn for_batch(mut self) -> Desk {
        self.gathers = Duration::ZERO;
        self
    }

    /// What was delivered before logsift started takes its places.
    pub(crate) fn recall(&mut self, delivered: &[Entry], now: Now) {
        for entry in delivered {
            let ago = between(entry.settled, now.wall);
            self.gate.recall(ago, now.elapsed, asking(entry));
        }
    }

    /// Why the channel does not work.
    pub(crate) fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// How far back deliveries count.
    pub(crate) fn remembers(&self) -> Duration {
        self.gate
            .budget()
            .map_or(Duration::from_secs(86_400), |(_, span)| span.min(Duration::from_secs(60 * 86_400)))
    }

    /// What to do next with what waits.
    pub(crate) fn next(&mut self, mut waiting: Vec<Entry>, now: Now) -> Step {
        let given_up = self.given_up(&mut waiting, now);
        if !given_up.is_empty() {
            return Step::Settle(given_up);
        }
        self.adopt_summary(&waiting);
        let crowd = self.crowd(&mut waiting, now);
        if !crowd.is_empty() {
            return Step::Settle(crowd);
        }
        if now.elapsed < self.pause_until {
            return Step::Wait(self.pause_until - now.elapsed);
        }
        let due = |entry: &&Entry| entry.due <= now.wall;
        // The least tried first, so that one that is never taken does not hold up the others.
        let mut ready: Vec<&Entry> = waiting.iter().filter(due).collect();
        ready.sort_by_key(|entry| entry.attempts);
        let Some(first) = ready.iter().take(CANDIDATES).find(|entry| self.ask(entry, now) == Place::Free)
        else {
            let next = waiting.iter().map(|entry| between(now.wall, entry.due)).min();
            // What is due and has no place waits for one.
            let pause = if ready.is_empty() { next.unwrap_or(Duration::MAX) } else { Duration::from_secs(1) };
            return Step::Wait(pause.max(Duration::from_millis(1)));
        };
        let first = (*first).clone();
        self.deliver(first, waiting, now)
    }

    /// The delivery of an entry and the rest of its group.
    fn deliver(&mut self, first: Entry, waiting: Vec<Entry>, now: Now) -> Step {
        let asking = match self.admitted.insert(first.id.clone(), ()) {
            None => asking(&first),
            Some(()) => again(&first),
        };
        self.gate.take(now.elapsed, asking);
        let is_summary = first.notice.happened == Happened::Summary;
        if is_summary {
            self.summary = None;
        }
        let same = |entry: &Entry| {
            entry.id == first.id
                || !is_summary
                    && entry.due <= now.wall
                    && (&entry.group, entry.notice.happened) == (&first.group, first.notice.happened)
        };
        let mut entries: Vec<Entry> = waiting.into_iter().filter(same).take(TOGETHER).collect();
        // The key by which the receiver knows the notice again is that of the first.
        entries.sort_by_key(|entry| entry.id != first.id);
        let notices = entries.iter().map(|entry| entry.notice.clone()).collect();
        let notice = Notice::together(notices).unwrap_or(first.notice);
        Step::Deliver(notice, entries)
    }

    /// How the delivery ended.
    pub(crate) fn ended(
        &mut self,
        entries: Vec<Entry>,
        result: Result<(), DeliveryError>,
        now: Now,
    ) -> Ended {
        match result {
            Ok(()) => {
                (self.failures, self.failing_since, self.broken) = (0, None, None);
                entries.iter().for_each(|entry| self.forget(&entry.id));
                let done = entries.into_iter().map(|entry| Entry { attempts: entry.attempts + 1, ..entry });
                let done = done.map(|entry| entry.at_end(EntryState::Delivered, "", now.wall));
                Ended { entries: done.collect(), broke: None }
            }
            Err(DeliveryError::Never(why)) => {
                entries.iter().for_each(|entry| self.forget(&entry.id));
                let tried = entries.into_iter().map(|entry| Entry { attempts: entry.attempts + 1, ..entry });
                let parked =
                    tried.map(|entry| entry.at_end(EntryState::Parked, why.clone(), now.wall)).collect();
                Ended { entries: parked, broke: self.breaks(why) }
            }
            Err(DeliveryError::Later(why)) => self.failed(entries, why, None, now),
            Err(DeliveryError::After(after, why)) => self.failed(entries, why, Some(after), now),
        }
    }

    fn failed(&mut self, entries: Vec<Entry>, why: String, after: Option<Duration>, now: Now) -> Ended {
        self.failures += 1;
        let pause = self.pause().max(after.unwrap_or_default().min(LONGEST_PAUSE));
        self.pause_until = now.elapsed + pause;
        let since = *self.failing_since.get_or_insert(now.elapsed);
        let tried = |entry: Entry| Entry { attempts: entry.attempts + 1, why: why.clone(), ..entry };
        let entries = entries.into_iter().map(tried).collect();
        let long = now.elapsed.saturating_sub(since) >= FAILING;
        Ended { entries, broke: if long { self.breaks(why) } else { None } }
    }

    /// Says once that it broke.
    fn breaks(&mut self, why: String) -> Option<String> {
        let news = self.broken.is_none();
        self.broken = Some(why.clone());
        news.then_some(why)
    }

    /// Twice as long each time, and up to a quarter more or less, so that many senders do not come at once.
    fn pause(&mut self) -> Duration {
        let doubled = self.retry.first.0.saturating_mul(1 << self.failures.saturating_sub(1).min(20));
        let pause = doubled.min(self.retry.longest.0);
        self.jitter ^= self.jitter << 13;
        self.jitter ^= self.jitter >> 7;
        self.jitter ^= self.jitter << 17;
        let share = 0.75 + (self.jitter % 1024) as f64 / 2048.0;
        pause.mul_f64(share).clamp(self.retry.first.0.min(self.retry.longest.0), self.retry.longest.0)
    }

    fn ask(&mut self, entry: &Entry, now: Now) -> Place {
        let known = self.admitted.contains_key(&entry.id);
        self.gate.place(now.elapsed, if known { again(entry) } else { asking(entry) })
    }

    fn forget(&mut self, id: &str) {
        self.give_up.remove(id);
        self.admitted.remove(id);
    }

    /// What was tried for so long that it is parked.
    fn given_up(&mut self, waiting: &mut Vec<Entry>, now: Now) -> Vec<Entry> {
        let most = self.retry.give_up.0;
        let mut given_up = Vec::new();
        waiting.retain(|entry| {
            let least = LEAST_TIME.min(most);
            // Its age by the clock on the wall counts once, when it is first seen; then the one that never jumps does.
            let left = || now.elapsed + most.saturating_sub(between(entry.due, now.wall)).max(least);
            let until = *self.give_up.entry(entry.id.clone()).or_insert_with(left);
            let over = entry.attempts > 0 && now.elapsed >= until;
            if over {
                let why = format!("given up after {}: {}", self.retry.give_up, entry.why);
                given_up.push(entry.clone().at_end(EntryState::Parked, why, now.wall));
            }
            !over
        });
        given_up.iter().for_each(|entry| self.forget(&entry.id));
        given_up
    }

    /// A summary that was being gathered when logsift stopped.
    fn adopt_summary(&mut self, waiting: &[Entry]) {
        if self.summary.is_none() {
            let gathering =
                |entry: &&Entry| entry.notice.happened == Happened::Summary && entry.attempts == 0;
            self.summary = waiting.iter().find(gathering).cloned();
        }
    }

    /// What has no place of its own, with the summary that it becomes part of.
    fn crowd(&mut self, waiting: &mut Vec<Entry>, now: Now) -> Vec<Entry> {
        let mut settled = Vec::new();
        let mut rest = Vec::with_capacity(waiting.len());
        // Notices of one delivery share a place, so only the first of a group asks for one.
        let mut groups: Vec<(String, Happened)> = Vec::new();
        let mut full = false;
        for entry in waiting.drain(..) {
            let joins = groups
                .iter()
                .any(|(group, happened)| *group == entry.group && *happened == entry.notice.happened);
            let own =
                matches!(entry.notice.happened, Happened::Summary | Happened::ChannelBroken | Happened::Test);
            if own || entry.attempts > 0 || entry.due > now.wall || joins {
                rest.push(entry);
                continue;
            }
            let place = if entry.group == AWAY { Place::Crowded } else { self.ask(&entry, now) };
            match place {
                Place::Free if full => rest.push(entry),
                Place::Free => {
                    groups.push((entry.group.clone(), entry.notice.happened));
                    full = true;
                    rest.push(entry);
                }
                // What is over is only told to those who keep a state: they must hear of it, so it waits.
                _ if entry.notice.happened == Happened::Resolved => rest.push(entry),
                place => settled.push(self.absorb(entry, place, now)),
            }
        }
        *waiting = rest;
        if !settled.is_empty() {
            settled.extend(self.summary.clone());
        }
        settled
    }

    /// An entry as part of the summary.
    fn absorb(&mut self, entry: Entry, place: Place, now: Now) -> Entry {
        let (state, why, next) = match place {
            Place::Spent => (EntryState::HeldBack, self.budget_words(), NEXT_SPENT),
            _ if entry.group == AWAY => {
                (EntryState::Summarised, "over before logsift started".to_owned(), GATHERS)
            }
            _ => (EntryState::Summarised, "more than a minute or an hour takes".to_owned(), NEXT_CROWDED),
        };
        let name = self.name.clone();
        let summaries = self.summaries;
        let begins = self.summary.is_none();
        let due = later(now.wall, self.gathers.max(self.next_summary.saturating_sub(now.elapsed)));
        let summary = self.summary.get_or_insert_with(|| summary(&name, summaries, due, now));
        let notice = &mut summary.notice;
        if crate::matcher::rank(&entry.notice.severity) > crate::matcher::rank(&notice.severity) {
            notice.severity.clone_from(&entry.notice.severity);
        }
        notice.records += entry.notice.records;
        notice.findings += 1;
        notice.name(entry.notice.brief());
        count(&mut notice.story, &why);
        let (lead, incidents) = (entry.group == AWAY, notice.findings);
        notice.title = match lead {
            true if incidents == 1 => "1 incident was over before logsift started".to_owned(),
            true => format!("{incidents} incidents were over before logsift started"),
            false => format!("{incidents} notices without a place of their own"),
        };
        if begins {
            self.summaries += 1;
            self.next_summary =
                now.elapsed + self.gathers.max(self.next_summary.saturating_sub(now.elapsed)) + next;
        }
        self.forget(&entry.id);
        entry.at_end(state, why, now.wall)
    }

    fn budget_words(&self) -> String {
        let words = match self.gate.budget() {
            Some((count, span)) if span == Duration::from_secs(86_400) => format!("{count} a day"),
            Some((count, span)) => format!("{count} in {} days", span.as_secs() / 86_400),
            None => "none".to_owned(),
        };
        format!("beyond the budget of {words}")
    }
}

/// `12 × why`, counted up.
fn count(story: &mut Vec<String>, why: &str) {
    let ending = format!(" × {why}");
    match story.iter_mut().find(|line| line.ends_with(&ending)) {
        Some(line) => {
            let known: u64 = line.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
            *line = format!("{}{ending}", known + 1);
        }
        None => story.push(format!("1{ending}")),
    }
}

fn summary(channel: &str, number: u64, due: Time, now: Now) -> Entry {
    let written = now.wall.to_string();
    let key = format!("summary/{}/{number}/{channel}", now.wall.nanos());
    let mut notice = Notice::own(Happened::Summary, &key, "low", String::new(), &written);
    "logsift alerts list --only held-back".clone_into(&mut notice.mute);
    Entry {
        id: key,
        channel: channel.to_owned(),
        incident: String::new(),
        class: String::new(),
        group: "summary".to_owned(),
        notice,
        state: EntryState::Waiting,
        why: String::new(),
        created: now.wall,
        due,
        settled: now.wall,
        attempts: 0,
    }
}

/// For what an entry asks a place.
fn asking(entry: &Entry) -> Asking<'_> {
    match entry.notice.happened {
        Happened::Opened | Happened::Escalated => Asking::Incident(&entry.class),
        Happened::Summary | Happened::ChannelBroken | Happened::Test => Asking::Own,
        Happened::Grew | Happened::Reminder | Happened::Resolved => Asking::News(&entry.class),
    }
}

/// The same, when it had its place before.
fn again(entry: &Entry) -> Asking<'_> {
    match asking(entry) {
        Asking::Own => Asking::Own,
        _ => Asking::Again(&entry.class),
    }
}
