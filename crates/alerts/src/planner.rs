//! Incidents as they are now in, entries for the outbox out: what is news, for whom, and what keeps it quiet.
//!
//! News is four things: an incident opened, grew by an order of magnitude, is still open after the repeat interval, or is
//! over. The same incident seen a million times is told once. What was told is asked of the outbox, so that a restart
//! tells nothing twice; whoever commits incidents calls [`Planner::plan`] and commits its entries with them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use logsift_engine::records::time::Time;

use crate::clock::{Clock, between, later};
use crate::labels::Labels;
use crate::matcher::all_match;
use crate::notice::{Change, Happened};
use crate::outbox::{Entry, EntryState, Outbox, OutboxError};
use crate::routing::{Target, by_channel, targets};
use crate::settings::Alerts;
use crate::silence::Silence;

/// Incidents that are remembered, and groups.
const REMEMBERED: usize = 10_000;
/// Nobody looks further ahead for the end of quiet hours.
const QUIET_AHEAD: Duration = Duration::from_secs(8 * 86_400);
/// Incidents that were over before logsift started.
pub(crate) const AWAY: &str = "away";

/// Decides what is told.
pub struct Planner {
    settings: Alerts,
    channels: Vec<String>,
    silences: Vec<Silence>,
    started: Time,
    batch: bool,
    known: BTreeMap<String, Known>,
    /// Open incidents that keep others quiet.
    inhibitors: BTreeMap<String, Labels>,
    groups: BTreeMap<String, Time>,
}

/// What was told of an incident.
#[derive(Clone, Debug)]
struct Known {
    story_key: String,
    labels: Labels,
    open: bool,
    opened: Time,
    /// When it was told last, and with how many records; nothing where it never was.
    told: Option<(Time, u64)>,
    /// Channels that were told of it.
    channels: Vec<String>,
    /// Notices about it, which number those to come.
    count: usize,
    /// The last that was seen of it when it was told last, RFC 3339.
    until: Option<String>,
}

impl Planner {
    /// Decides by these settings. `silences` are those of the state folder; those of the settings are added.
    pub fn new(settings: Alerts, silences: Vec<Silence>, clock: &dyn Clock) -> Planner {
        let own = settings.silences.iter().enumerate().map(|(at, silence)| Silence::of_settings(at, silence));
        Planner {
            channels: settings.channels.keys().cloned().collect(),
            silences: own.chain(silences).collect(),
            started: clock.wall(),
            batch: false,
            known: BTreeMap::new(),
            inhibitors: BTreeMap::new(),
            groups: BTreeMap::new(),
            settings,
        }
    }

    /// For a run over logs of any age: nothing is too old to be told by itself.
    pub fn for_batch(mut self) -> Planner {
        self.batch = true;
        self
    }

    /// Silences of the state folder, read anew.
    pub fn silence(&mut self, silences: Vec<Silence>) {
        let own =
            self.settings.silences.iter().enumerate().map(|(at, silence)| Silence::of_settings(at, silence));
        self.silences = own.chain(silences).collect();
    }

    /// What is to be told of incidents as they are now. Call it with every incident that is open or has changed.
    pub fn plan(
        &mut self,
        changes: &[Change],
        outbox: &dyn Outbox,
        clock: &dyn Clock,
    ) -> Result<Vec<Entry>, OutboxError> {
        let now = clock.wall();
        for change in changes {
            self.remember(change, outbox, now)?;
        }
        let mut entries = Vec::new();
        for change in changes {
            self.tell(change, now, &mut entries);
        }
        if self.known.len() > REMEMBERED {
            // All of it can be asked of the outbox again.
            self.known.clear();
        }
        Ok(entries)
    }

    fn remember(&mut self, change: &Change, outbox: &dyn Outbox, now: Time) -> Result<(), OutboxError> {
        let fingerprint = &change.incident.fingerprint;
        if !self.known.contains_key(fingerprint) {
            let known =
                recalled(&outbox.of_incident(fingerprint)?).filter(|known| !known.is_over_before(change));
            self.known.extend(known.map(|known| (fingerprint.clone(), known)));
        }
        let labels = change.labels();
        if change.open && self.settings.inhibit.iter().any(|rule| all_match(&rule.open, &labels)) {
            self.inhibitors.insert(fingerprint.clone(), labels.clone());
        } else {
            self.inhibitors.remove(fingerprint);
        }
        let notice_key = || format!("{fingerprint}@{}", change.incident.start.as_deref().unwrap_or("-"));
        match self.known.get_mut(fingerprint) {
            Some(known) if known.open => known.labels = labels,
            // It was over, or is seen for the first time: when it opens, it is another story.
            _ if change.open || self.batch => {
                let fresh = Known {
                    story_key: notice_key(),
                    labels,
                    open: true,
                    opened: now,
                    told: None,
                    channels: Vec::new(),
                    count: 0,
                    until: None,
                };
                let same_story =
                    self.known.get(fingerprint).is_some_and(|known| known.story_key == fresh.story_key);
                if !same_story {
                    self.known.insert(fingerprint.clone(), fresh);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn tell(&mut self, change: &Change, now: Time, entries: &mut Vec<Entry>) {
        let fingerprint = &change.incident.fingerprint;
        // Seen for the first time when it is over already: it is told that it was there.
        if !self.known.contains_key(fingerprint) {
            self.known.insert(fingerprint.clone(), Known::seen_late(change, now));
        }
        let Some(known) = self.known.get(fingerprint).cloned() else { return };
        if !known.open {
            return;
        }
        let tree = self.settings.route.clone();
        let channels = self.channels.clone();
        let found = targets(&tree, &channels, &known.labels);
        let Some(news) = self.news(change, &known, &found, now) else {
            self.escalate(change, &known, &found, now, entries);
            self.end_if_over(change);
            return;
        };
        let told_before = known.told.is_some();
        let each: Vec<(&str, &Target<'_>)> = match news {
            Happened::Resolved => by_channel(&found)
                .into_iter()
                .filter(|(channel, _)| {
                    known.channels.iter().any(|told| told == channel) && self.wants_end(channel)
                })
                .collect(),
            _ => by_channel(&found),
        };
        let mut heard = Vec::new();
        for (channel, target) in each {
            let entry = self.entry(change, &known, news, channel, target, now);
            if entry.state == EntryState::Waiting {
                heard.push(channel.to_owned());
            }
            // What is kept quiet is listed once, not at every look.
            let listed = entry.state == EntryState::Waiting || !told_before;
            entries.extend(listed.then_some(entry));
        }
        self.was_told(fingerprint, news, &heard, change, now);
        self.end_if_over(change);
    }

    /// What is new about it.
    fn news(&self, change: &Change, known: &Known, found: &[Target<'_>], now: Time) -> Option<Happened> {
        let Some((told_at, told_records)) = known.told else { return Some(Happened::Opened) };
        if !change.open {
            return Some(Happened::Resolved).filter(|_| !self.batch);
        }
        let since = between(told_at, now);
        let grew = change.incident.records >= told_records.max(1).saturating_mul(10);
        if grew && since >= self.settings.grown_after.0 {
            return Some(Happened::Grew);
        }
        let repeat = found.iter().filter_map(|target| target.repeat).min();
        repeat.filter(|repeat| since >= *repeat).map(|_| Happened::Reminder)
    }

    fn wants_end(&self, channel: &str) -> bool {
        self.settings.channels.get(channel).is_some_and(|settings| settings.wants_end())
    }

    fn entry(
        &mut self,
        change: &Change,
        known: &Known,
        news: Happened,
        channel: &str,
        target: &Target<'_>,
        now: Time,
    ) -> Entry {
        let mut notice = change.notice(news, self.settings.link.as_deref(), &now.to_string());
        notice.story_key.clone_from(&known.story_key);
        let id = format!("{}/{}{}/{channel}", known.story_key, news.name(), known.count);
        let mut entry = Entry {
            id,
            channel: channel.to_owned(),
            incident: change.incident.fingerprint.clone(),
            class: change.class(),
            group: target.group(&known.labels).unwrap_or_else(|| known.story_key.clone()),
            notice,
            state: EntryState::Waiting,
            why: String::new(),
            created: now,
            due: now,
            settled: now,
            attempts: 0,
        };
        if let Some(why) = self.kept_quiet(change, &known.labels, target, now) {
            // Under another name, so that it can still be told when nothing keeps it quiet any more.
            entry.id.push_str("/muted");
            return entry.at_end(EntryState::Muted, why, now);
        }
        if self.ended_before_start(change) {
            AWAY.clone_into(&mut entry.group);
            return entry;
        }
        entry.due = self.due(&mut entry.group, channel, known, target, now);
        entry
    }

    /// When it is told, and with what.
    fn due(
        &mut self,
        group: &mut String,
        channel: &str,
        known: &Known,
        target: &Target<'_>,
        now: Time,
    ) -> Time {
        if let Some(until) = self.quiet_until(&known.labels, target, now) {
            *group = format!("quiet until {until}");
            return until;
        }
        if target.group_by.is_empty() {
            return now;
        }
        let key = format!("{channel}/{group}");
        let waited = later(now, target.group_wait);
        let due = self.groups.get(&key).map_or(waited, |last| {
            // Those that wait for the same moment are told together.
            if *last >= now { *last } else { later(*last, target.group_interval).max(waited) }
        });
        if self.groups.len() > REMEMBERED {
            self.groups.retain(|_, last| between(*last, now) < Duration::from_secs(86_400));
        }
        self.groups.insert(key, due);
        due
    }

    fn kept_quiet(&self, change: &Change, labels: &Labels, target: &Target<'_>, now: Time) -> Option<String> {
        if let Some(silence) = self.silences.iter().find(|silence| silence.covers(labels, now)) {
            return Some(format!("silence {} by {}: {}", silence.id, silence.author, silence.comment));
        }
        let calendar = |name: &&String| {
            self.settings.calendars.get(*name).is_some_and(|calendar| calendar.contains(now))
        };
        if let Some(name) = target.mute.iter().find(calendar) {
            return Some(format!("calendar {name}"));
        }
        let inhibits = |(fingerprint, other): &(&String, &Labels)| {
            *fingerprint != &change.incident.fingerprint && self.inhibits(other, labels)
        };
        self.inhibitors.iter().find(inhibits).map(|(fingerprint, _)| format!("while {fingerprint} is open"))
    }

    fn inhibits(&self, open: &Labels, muted: &Labels) -> bool {
        self.settings.inhibit.iter().any(|rule| {
            let share = |name: &String| open.joined(name) == muted.joined(name);
            // What both sides mean does not keep itself quiet.
            all_match(&rule.open, open)
                && all_match(&rule.mutes, muted)
                && !all_match(&rule.open, muted)
                && rule.equal.iter().all(share)
        })
    }

    fn quiet_until(&self, labels: &Labels, target: &Target<'_>, now: Time) -> Option<Time> {
        let quiet = target.quiet?;
        let calendar = self.settings.calendars.get(&quiet.calendar)?;
        let told_anyway = !quiet.unless.is_empty() && all_match(&quiet.unless, labels);
        if told_anyway || !calendar.contains(now) {
            return None;
        }
        let step = Duration::from_secs(60);
        let mut end = now;
        while calendar.contains(end) && between(now, end) < QUIET_AHEAD {
            end = later(end, step);
        }
        Some(end)
    }

    fn ended_before_start(&self, change: &Change) -> bool {
        let end = change.incident.end.as_deref().and_then(|end| end.parse::<crate::calendar::Moment>().ok());
        !self.batch && end.is_some_and(|end| between(end.into(), self.started) > self.settings.old.0)
    }

    fn escalate(
        &mut self,
        change: &Change,
        known: &Known,
        found: &[Target<'_>],
        now: Time,
        entries: &mut Vec<Entry>,
    ) {
        let due = |after: Duration| change.open && between(known.opened, now) >= after;
        let steps = found.iter().flat_map(|target| target.escalate.iter().map(move |step| (target, step)));
        let mut heard = Vec::new();
        for (target, step) in steps.filter(|(_, step)| due(step.after.0)) {
            for channel in &step.channels {
                // Its own name for each step, so that it is told once however often this is looked at.
                let id = format!("{}/escalated-{}/{channel}", known.story_key, step.after);
                if heard.contains(&id) || known.channels.contains(&id) {
                    continue;
                }
                let entry = self.entry(change, known, Happened::Escalated, channel, target, now);
                if entry.state == EntryState::Waiting {
                    heard.push(id.clone());
                    // Nobody who is called for help waits for the rest of a group.
                    entries.push(Entry { id, due: now, ..entry });
                }
            }
        }
        if let Some(known) = self.known.get_mut(&change.incident.fingerprint) {
            let told =
                heard.iter().filter_map(|id| id.rsplit('/').next()).map(str::to_owned).collect::<Vec<_>>();
            known.channels.extend(heard.iter().cloned().chain(told));
        }
    }

    fn was_told(&mut self, fingerprint: &str, news: Happened, heard: &[String], change: &Change, now: Time) {
        let Some(known) = self.known.get_mut(fingerprint) else { return };
        if !heard.is_empty() {
            known.count += 1;
            known.told = Some((now, change.incident.records));
            let new =
                heard.iter().filter(|channel| !known.channels.contains(channel)).cloned().collect::<Vec<_>>();
            known.channels.extend(new);
        }
        if news == Happened::Resolved {
            known.open = false;
        }
    }

    fn end_if_over(&mut self, change: &Change) {
        if let Some(known) = self.known.get_mut(&change.incident.fingerprint).filter(|_| !change.open) {
            known.open = false;
        }
    }
}

impl Known {
    fn seen_late(change: &Change, now: Time) -> Known {
        Known {
            story_key: change.notice(Happened::Opened, None, "").story_key,
            labels: change.labels(),
            open: true,
            opened: now,
            told: None,
            channels: Vec::new(),
            count: 0,
            until: None,
        }
    }

    /// Whether this began only after what is known of was over: the same trouble once more.
    fn is_over_before(&self, change: &Change) -> bool {
        let begins = change.incident.start.as_deref();
        matches!((begins, &self.until), (Some(begins), Some(until)) if begins > until.as_str())
    }
}

/// What was told of an incident before, from what was written about it.
fn recalled(entries: &[Entry]) -> Option<Known> {
    let last = entries.last()?;
    let story: Vec<&Entry> =
        entries.iter().filter(|entry| entry.notice.story_key == last.notice.story_key).collect();
    let heard = |entry: &&&Entry| entry.state != EntryState::Muted;
    let told = story.iter().filter(heard).next_back().map(|entry| (entry.created, entry.notice.records));
    let mut channels: Vec<String> = story.iter().filter(heard).map(|entry| entry.channel.clone()).collect();
    let escalated = story.iter().filter(|entry| entry.notice.happened == Happened::Escalated);
    channels.extend(escalated.map(|entry| entry.id.clone()));
    let round = |entry: &&Entry| entry.id.strip_suffix(&format!("/{}", entry.channel)).map(str::to_owned);
    let rounds: BTreeSet<String> = story.iter().filter(heard).filter_map(round).collect();
    Some(Known {
        story_key: last.notice.story_key.clone(),
        labels: last.notice.labels.clone(),
        open: !story.iter().any(|entry| entry.notice.happened == Happened::Resolved),
        opened: story.first().map_or(last.created, |entry| entry.created),
        told,
        channels,
        count: rounds.len(),
        until: last.notice.until.clone(),
    })
}
