//! A timeline in, the moments out at which much of what is written changed at once: releases.
//!
//! A new version words its messages anew: within a short time many ordinary messages come for the first time, and as
//! many that came regularly come no more. That is one thing to know and not one incident per message. Only what sounds
//! ordinary counts and is explained: a crash, too, silences messages and brings new ones, but errors. Where the user
//! says when something was deployed, or the log names another version, one new message or one that is gone is enough.

use std::collections::BTreeSet;

use crate::findings::Finding;
use crate::records::level::Level;
use crate::windows::{TemplateFacts, Timeline};

/// New messages of a release that nobody told of, at least.
const LEAST: usize = 4;
/// And their share of the messages that were there before.
const SHARE: f64 = 0.1;
/// So many are gone for every new one, at least.
const GONE: f64 = 1.0 / 3.0;
/// A message that came in so many intervals was established.
const ESTABLISHED: u32 = 5;
/// It is gone if it was silent for so many of its usual pauses.
const SILENT: i64 = 5;
/// A release is taken up within this part of the timeline.
const PART: i64 = 24;
/// This part of a timeline without a past shows nothing but beginnings.
const BEGINNING: i64 = 6;
/// The detector that sees that many messages are new at once.
const MANY_NEW: &str = "burst";
/// Words that say more than this are no ordinary message.
const CALM: f64 = 1.0;

/// A moment at which something was deployed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deploy {
    /// Seconds since 1970.
    pub at: i64,
    /// The version since, where the log names it.
    pub version: Option<String>,
}

/// What a release changed, in short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Messages that are new.
    pub new: usize,
    /// Messages that come no more.
    pub gone: usize,
    /// The version, where the log names it.
    pub version: Option<String>,
}

/// A moment at which much of what is written changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Release {
    /// The number of the interval in which it began.
    pub(crate) from: i64,
    /// The number of the last interval in which something changed by it.
    pub(crate) to: i64,
    /// Templates that came with it.
    pub(crate) new: BTreeSet<u32>,
    /// Templates that came no more.
    pub(crate) gone: BTreeSet<u32>,
    /// The version, where the log names it.
    pub(crate) version: Option<String>,
}

/// When a template was there.
#[derive(Clone, Copy, Debug)]
struct Life {
    template: u32,
    first: i64,
    last: i64,
    intervals: u32,
}

impl Life {
    /// The usual pause between two intervals in which it came.
    fn pause(&self) -> i64 {
        ((self.last - self.first) / i64::from(self.intervals).max(1)).max(1)
    }
}

impl Release {
    /// In short.
    pub(crate) fn changed(&self) -> Changed {
        Changed { new: self.new.len(), gone: self.gone.len(), version: self.version.clone() }
    }

    /// All releases in what was just read. Of `deploys` it is known that something was deployed then.
    pub(crate) fn all(timeline: &Timeline, deploys: &[Deploy]) -> Vec<Release> {
        let (Some(first), Some(last)) = (timeline.intervals.first(), timeline.intervals.last()) else {
            return Vec::new();
        };
        let present = timeline.intervals.get(timeline.past).map_or(last.number, |interval| interval.number);
        let span = last.number.saturating_sub(first.number);
        let begun = if timeline.past > 0 { present } else { first.number.saturating_add(span / BEGINNING) };
        let within = (last.number.saturating_sub(present) / PART).max(2);
        let lives = lives(timeline);
        let look = Look { timeline, lives: &lives, begun, end: last.number, within };
        let told = deploys.iter().filter(|_| timeline.timed);
        let told = told.filter_map(|deploy| {
            let release = look.release(deploy.at.div_euclid(timeline.seconds.max(1)), true)?;
            Some(Release { version: deploy.version.clone(), ..release })
        });
        let mut found: Vec<Release> = told.collect();
        let mut births: Vec<i64> = look.births().map(|life| life.first).collect();
        births.sort_unstable();
        for number in births {
            let is_known = found.iter().any(|known| (known.from - 1..=known.to).contains(&number));
            if !is_known {
                found.extend(look.release(number, false));
            }
        }
        found
    }

    /// Whether it explains a finding.
    pub(crate) fn explains(&self, finding: &Finding) -> bool {
        let began = finding.intervals.0;
        let is_its = match finding.subject.template {
            Some(template) => self.new.contains(&template) || self.gone.contains(&template),
            None => finding.evidence.first().is_some_and(|evidence| evidence.kind == MANY_NEW),
        };
        finding.hard.is_none()
            && finding.session.is_none()
            && is_its
            && began >= self.from - 1
            && began <= self.to
    }
}

struct Look<'a> {
    timeline: &'a Timeline,
    lives: &'a [Life],
    /// Before this everything is new.
    begun: i64,
    end: i64,
    within: i64,
}

impl Look<'_> {
    /// Ordinary messages that came for the first time and came again.
    fn births(&self) -> impl Iterator<Item = &Life> {
        self.lives.iter().filter(|life| {
            life.first > self.begun
                && (life.intervals > 1 || self.end - life.first <= self.within)
                && self.is_calm(life)
        })
    }

    fn is_calm(&self, life: &Life) -> bool {
        self.timeline.templates.get(life.template as usize).is_some_and(is_calm)
    }

    /// What changed from that interval on, if it is enough for a release.
    fn release(&self, from: i64, told: bool) -> Option<Release> {
        let to = from.saturating_add(self.within);
        let new: BTreeSet<u32> = self
            .births()
            .filter(|life| (from..=to).contains(&life.first))
            .map(|life| life.template)
            .collect();
        let before = self.lives.iter().filter(|life| life.first < from && life.intervals >= ESTABLISHED);
        let gone: BTreeSet<u32> = before
            .clone()
            .filter(|life| self.is_gone(life, from, to) && self.is_calm(life))
            .map(|life| life.template)
            .collect();
        let enough = new.len() >= LEAST
            && new.len() as f64 >= SHARE * before.count() as f64
            && gone.len() as f64 >= GONE * new.len() as f64;
        let found = Release { from, to: to.saturating_add(self.within), new, gone, version: None };
        let any = !found.new.is_empty() || !found.gone.is_empty();
        (enough || told && any).then_some(found)
    }

    /// Whether a message came for the last time about then, and would have come again since.
    fn is_gone(&self, life: &Life, from: i64, to: i64) -> bool {
        let pause = life.pause();
        let next = life.last.saturating_add(pause.saturating_mul(SILENT));
        life.last <= to && next >= from && next < self.end
    }
}

fn is_calm(facts: &TemplateFacts) -> bool {
    facts.gravest.is_none_or(|level| level < Level::Warn) && facts.meaning.weight <= CALM
}

fn lives(timeline: &Timeline) -> Vec<Life> {
    let mut lives: Vec<Option<Life>> = vec![None; timeline.templates.len()];
    for interval in &timeline.intervals {
        for cell in interval.windows.iter().flat_map(|window| &window.cells) {
            let Some(place) = lives.get_mut(cell.template as usize) else { continue };
            let number = interval.number;
            let begun = Life { template: cell.template, first: number, last: number, intervals: 0 };
            let life = place.get_or_insert(begun);
            life.intervals += u32::from(life.intervals == 0 || life.last != number);
            life.last = number;
        }
    }
    lives.into_iter().flatten().collect()
}
