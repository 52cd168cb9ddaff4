//! `burst`: several rare or new things come at once.
//!
//! **What it looks at.** How many different templates of an interval are rare in their stream: seen in one window of fifty
//! at most, or never.
//!
//! **The statistic.** Their number against the greatest of the past ([`Tail`]), and never more surprising than under a
//! Poisson law with the mean of the past: rare things that have nothing to do with each other come one by one.
//!
//! **When it is wrong.** Starts, releases and backups bring all their messages together. A stream is looked at only
//! once it is known a little, and so are its rare templates.
//!
//! **Example.** 12 rare messages in 64 s; usually 0.3.

use super::clock::{Clock, Step};
use super::mean::Mean;
use super::pairs::{Pairs, pair};
use super::rate_change::poisson_bound;
use super::tail::Tail;
use super::words::{figure, number, span};
use super::{Card, Detector, EARLY, Evidence, EvidenceList, Explanation, Subject, WORTH};
use crate::windows::{Interval, Place, Timeline, Window};

const CARD: Card = Card {
    kind: "burst",
    sentence: "several rare or new messages come at once",
    wrong_when: "Starts, releases and backups bring all their messages together.",
};

/// Rare is what is in fewer windows than one of so many.
const RARE: u64 = 50;
/// Fewer are no burst.
const LEAST: u64 = 3;
const GRAIN: f32 = 0.2;

/// What is known of a stream, or of everything.
#[derive(Clone, Debug, Default)]
struct Rarities {
    windows: u64,
    high: Tail,
    mean: Mean,
    /// Rare ones in the interval at hand.
    count: u64,
    place: Option<Place>,
}

impl Rarities {
    fn judge(&self, subject: Subject, interval: i64) -> Option<Evidence> {
        if self.count < LEAST {
            return None;
        }
        let mean = self.mean.value().max(0.5 / self.high.seen().max(1.0));
        let bound = if self.count as f64 > mean { poisson_bound(self.count as f64, mean) } else { 0.0 };
        let surprise = self.high.surprise(log(self.count), GRAIN).min(bound);
        (surprise >= WORTH).then(|| Evidence {
            kind: CARD.kind,
            subject,
            interval,
            surprise,
            seen: self.count as f64,
            expected: mean,
            grounds: self.high.seen(),
            learning: self.high.seen() < EARLY,
            place: self.place,
        })
    }

    fn learn(&mut self) {
        self.windows += 1;
        if self.windows as f64 > EARLY {
            self.high.learn(log(self.count));
            self.mean.learn(self.count as f32);
        }
    }
}

fn earlier(one: Option<Place>, other: Option<Place>) -> Option<Place> {
    one.into_iter().chain(other).min()
}

fn log(count: u64) -> f32 {
    (count as f32 + 0.5).ln()
}

/// The detector.
#[derive(Debug, Default)]
pub(super) struct Burst {
    clock: Clock,
    /// In how many windows a template of a stream was seen.
    seen: Pairs<u64>,
    streams: Vec<Rarities>,
    all: Rarities,
}

impl Burst {
    fn look(&mut self, interval: &Interval) {
        (self.all.count, self.all.place) = (0, None);
        for window in &interval.windows {
            self.count(window);
        }
    }

    fn count(&mut self, window: &Window) {
        let at = window.stream as usize;
        if self.streams.len() <= at {
            self.streams.resize(at + 1, Rarities::default());
        }
        let stream = &mut self.streams[at];
        (stream.count, stream.place) = (0, None);
        if (stream.windows as f64) < EARLY {
            return;
        }
        for cell in &window.cells {
            let seen = self.seen.get(pair(window.stream, cell.template)).copied().unwrap_or(0);
            if seen * RARE <= stream.windows {
                stream.count += 1;
                stream.place = earlier(stream.place, cell.first);
            }
        }
        self.all.count += stream.count;
        self.all.place = earlier(self.all.place, stream.place);
    }
}

impl Detector for Burst {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn score(&mut self, interval: &Interval, timeline: &Timeline, out: &mut EvidenceList) {
        self.clock.judge(interval, timeline);
        self.look(interval);
        for window in &interval.windows {
            let subject = Subject { stream: Some(window.stream), template: None, slot: None };
            let stream = self.streams.get(window.stream as usize);
            out.extend(stream.and_then(|stream| stream.judge(subject, interval.number)));
        }
        if self.streams.len() > 1 {
            out.extend(self.all.judge(Subject::default(), interval.number));
        }
    }

    fn learn(&mut self, interval: &Interval, timeline: &Timeline) {
        if self.clock.learn(interval, timeline) != Step::Same {
            self.look(interval);
        }
        for window in &interval.windows {
            for cell in &window.cells {
                *self.seen.entry(pair(window.stream, cell.template), || 0) += 1;
            }
            if let Some(stream) = self.streams.get_mut(window.stream as usize) {
                stream.learn();
            }
        }
        self.all.learn();
    }

    fn explain(&self, evidence: &Evidence, timeline: &Timeline) -> Explanation {
        let (within, length) = span("in", 1.0, timeline);
        Explanation {
            sentence: format!(
                "{} rare messages in {within}; usually {}",
                number(evidence.seen),
                number(evidence.expected)
            ),
            figures: vec![
                figure("seen", evidence.seen, "templates"),
                length,
                figure("usual", evidence.expected, "templates"),
            ],
        }
    }
}
