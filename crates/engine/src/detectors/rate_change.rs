//! `rate-change`: a template, a stream or the whole log is written far more or far less often than ever.
//!
//! **What it looks at.** Records per interval of each template in each stream, of each stream, and of everything,
//! with the intervals in which there were none.
//!
//! **The statistic.** Logarithms of counts against the greatest and the least of the past ([`Tail`]): rank, and beyond
//! the extremes an extrapolated tail. A fitted distribution alone would be shorter, but counts of logs are bursty in ways
//! that no one family covers; a stream that had bursts has them in its tail. Because a low count says little, the
//! surprise is never greater than that of the count under a Poisson law with the mean of the past (Chernoff's
//! bound): three records where one is usual is no news, however regular the past. Hours of the day are
//! allowed for once three days are known.
//!
//! **When it is wrong.** The first time a job runs that writes much; a slow drift, which is learned as it goes; changes of
//! less than the spread of single intervals, which `level-shift` looks for.
//!
//! **Example.** `GET <path> 500`: 9,000 times in 64 s; usually 40.

use super::clock::{Clock, Step};
use super::mean::Mean;
use super::pairs::{Pairs, pair};
use super::tail::Tail;
use super::words::{duration, figure, number, times};
use super::{Card, Detector, EARLY, Evidence, EvidenceList, Explanation, Subject, WORTH};
use crate::windows::{Interval, Place, Timeline};

const CARD: Card = Card {
    kind: "rate-change",
    sentence: "a template, a stream or the whole log is written far more or far less often than ever before",
    wrong_when: "A job that writes much and runs for the first time looks like a fault; a slow drift is learned.",
};

/// Stands for every template of a stream, or for every stream.
const EVERY: u32 = u32::MAX;
/// What is known of a series of counts.
#[derive(Clone, Copy, Debug, Default)]
struct Rate {
    high: Tail,
    low: Tail,
    mean: Mean,
    /// The interval of the clock that was learned last.
    last: u64,
}

impl Rate {
    /// What is known once those intervals were silent, too.
    fn silent(&self, silent: u64) -> Rate {
        let mut rate = *self;
        if silent > 0 && self.last > 0 {
            rate.mean.fade(silent);
            rate.high.learn_again(log(0), silent);
            rate.low.learn_again(-log(0), silent);
        }
        rate
    }

    /// Learns intervals without a record, and one with some.
    fn learn(&mut self, count: u64, now: u64) {
        *self = self.silent(now.saturating_sub(self.last).saturating_sub(1));
        self.last = now;
        self.mean.learn(count as f32);
        self.high.learn(log(count));
        self.low.learn(-log(count));
    }

    /// How surprising a count is, and the mean it is held against.
    #[inline]
    fn surprise(&self, count: u64, now: u64) -> Option<(f64, f64)> {
        let value = log(count);
        let (up, down) = (self.high.is_open(value), self.low.is_open(-value));
        if !up && !down || self.high.seen() < 2.0 {
            return None;
        }
        self.weigh(value, count as f64, now)
    }

    fn weigh(&self, value: f32, count: f64, now: u64) -> Option<(f64, f64)> {
        // What was silent since then is not learned yet, but it is past.
        let at_hand = self.silent(now.saturating_sub(self.last).saturating_sub(1));
        let mean = at_hand.mean.value().max(0.5 / at_hand.high.seen());
        let (tail, value) = if count > mean { (at_hand.high, value) } else { (at_hand.low, -value) };
        let grain = (1.0 / (count.max(mean) as f32 + 1.0)).max(0.02);
        Some((tail.surprise(value, grain).min(poisson_bound(count, mean)), mean))
    }
}

/// Half a record more keeps none apart from one.
#[inline]
fn log(count: u64) -> f32 {
    (count as f32 + 0.5).ln()
}

/// Chernoff's bound of a Poisson count at least as far from the mean, as a surprise.
pub(super) fn poisson_bound(count: f64, mean: f64) -> f64 {
    if count <= 0.0 { mean } else { (count * (count / mean).ln() - count + mean).max(0.0) }
}

/// The detector.
#[derive(Debug, Default)]
pub(super) struct RateChange {
    clock: Clock,
    rates: Pairs<Rate>,
}

/// The series in an interval: who, how many records, and where the first one stands.
fn series(interval: &Interval) -> impl Iterator<Item = (u32, u32, u64, Option<Place>)> + '_ {
    let first = |window: &crate::windows::Window| window.cells.iter().find_map(|cell| cell.first);
    let several = interval.windows.len() > 1;
    let all = interval.windows.iter().fold(0u64, |sum, window| sum.saturating_add(window.records));
    let all = std::iter::once((EVERY, EVERY, all, interval.windows.first().and_then(first)));
    let windows = interval.windows.iter().flat_map(move |window| {
        let whole = (window.stream, EVERY, window.records, first(window));
        let cells = window.cells.iter().map(|cell| (window.stream, cell.template, cell.count, cell.first));
        std::iter::once(whole).chain(cells)
    });
    all.filter(move |_| several).chain(windows)
}

fn subject(stream: u32, template: u32) -> Subject {
    let known = |id: u32| (id != EVERY).then_some(id);
    Subject { stream: known(stream), template: known(template), slot: None }
}

impl Detector for RateChange {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn score(&mut self, interval: &Interval, timeline: &Timeline, out: &mut EvidenceList) {
        self.clock.judge(interval, timeline);
        let now = self.clock.now();
        for (stream, template, count, place) in series(interval) {
            let Some(rate) = self.rates.get(pair(stream, template)) else { continue };
            let Some((surprise, mean)) = rate.surprise(count, now) else { continue };
            if surprise < WORTH {
                continue;
            }
            let grounds = rate.high.seen();
            out.push(Evidence {
                kind: CARD.kind,
                subject: subject(stream, template),
                interval: interval.number,
                surprise,
                seen: count as f64,
                expected: mean,
                grounds,
                learning: grounds < EARLY,
                place,
            });
        }
    }

    fn learn(&mut self, interval: &Interval, timeline: &Timeline) {
        let _: Step = self.clock.learn(interval, timeline);
        let now = self.clock.now();
        for (stream, template, count, _) in series(interval) {
            self.rates.entry(pair(stream, template), Rate::default).learn(count, now);
        }
    }

    fn explain(&self, evidence: &Evidence, timeline: &Timeline) -> Explanation {
        let seconds = timeline.seconds as f64;
        let rate = self.usual(evidence);
        Explanation {
            sentence: format!("{} in {}; {rate}", times(evidence.seen), duration(seconds)),
            figures: vec![
                figure("seen", evidence.seen, "records"),
                figure("in", seconds, "seconds"),
                figure("usual", evidence.expected, "records"),
            ],
        }
    }
}

impl RateChange {
    fn usual(&self, evidence: &Evidence) -> String {
        if evidence.expected < 0.5 {
            return format!("usually once in {} such intervals", number((1.0 / evidence.expected).round()));
        }
        format!("usually {}", number(evidence.expected))
    }
}
