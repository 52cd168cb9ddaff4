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
//! allowed for once three days are known, and hours of the week once four weeks are, where that helps ([`Season`]). Reading
//! begins and ends amid an interval, so that in its first and its last one few records are no news; where the known past
//! ended amid the first one, what was counted then belongs to it.
//!
//! **When it is wrong.** The first time a job runs that writes much; a slow drift, which is learned as it goes; changes of
//! less than the spread of single intervals, which `level-shift` looks for.
//!
//! **Example.** `GET <path> 500`: 9,000 times in 64 s; usually 40.

use super::clock::{Clock, Step};
use super::mean::Mean;
use super::pairs::{Pairs, pair};
use super::season::{Hour, Season};
use super::tail::Tail;
use super::words::{figure, number, span, times};
use super::{Card, Detector, EARLY, Evidence, EvidenceList, Explanation, Subject, WORTH};
use crate::windows::{Interval, Place, Timeline};

const CARD: Card = Card {
    kind: "rate-change",
    sentence: "a template, a stream or the whole log is written far more or far less often than ever before",
    wrong_when: "A job that writes much and runs for the first time looks like a fault; a slow drift is learned.",
};

/// Stands for every template of a stream, or for every stream.
const EVERY: u32 = u32::MAX;
/// Intervals after which the hours of the day are looked at.
const ENOUGH: f64 = 64.0;
/// What is known of a series of counts.
#[derive(Clone, Debug, Default)]
struct Rate {
    high: Tail,
    low: Tail,
    mean: Mean,
    /// The interval of the clock that was learned last.
    last: u64,
    /// What is known of it, where the rest is yet to come.
    part: Option<Part>,
    /// The hours of the day and of the week, once there is enough to fill them with.
    season: Option<Box<Season>>,
}

/// The first part of an interval.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    records: u64,
    /// Intervals without a record before it.
    silent: u64,
}

/// When an interval is, on the clock of the intervals and on that of the day.
#[derive(Clone, Copy, Debug)]
struct When {
    now: u64,
    number: i64,
    seconds: i64,
    hour: Option<Hour>,
}

impl Rate {
    fn silence(&self, when: When) -> u64 {
        if self.last == 0 { 0 } else { when.now.saturating_sub(self.last).saturating_sub(1) }
    }

    /// Notes the first part of an interval, which is learned as a whole when the rest is there.
    fn note(&mut self, records: u64, when: When) {
        self.part = Some(Part { records, silent: self.learn_silence(when) });
    }

    /// Learns that there was no record up to an interval, and gives how many intervals that is.
    fn learn_silence(&mut self, when: When) -> u64 {
        let silent = self.silence(when);
        if silent > 0 {
            learn_silence(&mut self.mean, &mut self.high, &mut self.low, silent);
        }
        self.last = when.now;
        silent
    }

    /// Learns intervals without a record, and one with some, a part of which may have been noted.
    fn learn(&mut self, rest: u64, part: Option<Part>, when: When) {
        let Part { records, silent } = part.unwrap_or_default();
        let (count, silent) = (rest.saturating_add(records), silent + self.learn_silence(when));
        self.mean.learn(count as f32);
        self.high.learn(log(count));
        self.low.learn(-log(count));
        let Some(hour) = when.hour.filter(|_| self.high.seen() >= ENOUGH) else { return };
        let season = self.season.get_or_insert_default();
        if silent > 0 {
            season.learn_silence(when.number - 1, silent, when.seconds);
        }
        season.learn(hour, log(count));
    }

    /// How surprising a count is, and the mean it is held against.
    #[inline]
    fn surprise(&self, count: u64, when: When) -> Option<(f64, f64)> {
        let value = log(count);
        if self.high.seen() < 2.0 {
            return None;
        }
        if let Some((mean, high, low)) = self.season_at(when) {
            let rest = value - mean;
            return (high.is_open(rest) || low.is_open(-rest))
                .then(|| weigh(rest, count as f64, f64::from(mean.exp()) - 0.5, (high, low)));
        }
        (self.high.is_open(value) || self.low.is_open(-value)).then(|| self.weigh(value, count as f64, when))
    }

    fn season_at(&self, when: When) -> Option<(f32, &Tail, &Tail)> {
        self.season.as_ref()?.at(when.hour?)
    }

    fn weigh(&self, value: f32, count: f64, when: When) -> (f64, f64) {
        // What was silent since then is not learned yet, but it is past.
        let (mut mean, mut high, mut low) = (self.mean, self.high, self.low);
        let silent = self.silence(when);
        if silent > 0 {
            learn_silence(&mut mean, &mut high, &mut low, silent);
        }
        weigh(value, count, mean.value(), (&high, &low))
    }
}

fn learn_silence(mean: &mut Mean, high: &mut Tail, low: &mut Tail, silent: u64) {
    mean.fade(silent);
    high.learn_again(log(0), silent);
    low.learn_again(-log(0), silent);
}

/// The surprise of a value on the side of the mean on which it is, and the mean.
fn weigh(value: f32, count: f64, mean: f64, (high, low): (&Tail, &Tail)) -> (f64, f64) {
    let mean = mean.max(0.5 / high.seen());
    let (tail, value) = if count > mean { (high, value) } else { (low, -value) };
    let grain = (1.0 / (count.max(mean) as f32 + 1.0)).max(0.02);
    (tail.surprise(value, grain).min(poisson_bound(count, mean)), mean)
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
    /// The number of the interval that was judged last, and whether it is the rest of the one before.
    judged: Option<i64>,
    is_rest: bool,
    rates: Pairs<Rate>,
}

/// The series in an interval: who, and how many records.
fn series(interval: &Interval) -> impl Iterator<Item = (u32, u32, u64)> + '_ {
    let several = interval.windows.len() > 1;
    let all = interval.windows.iter().fold(0u64, |sum, window| sum.saturating_add(window.records));
    let all = std::iter::once((EVERY, EVERY, all));
    let windows = interval.windows.iter().flat_map(move |window| {
        let whole = (window.stream, EVERY, window.records);
        let cells = window.cells.iter().map(|cell| (window.stream, cell.template, cell.count));
        std::iter::once(whole).chain(cells)
    });
    all.filter(move |_| several).chain(windows)
}

/// Where the first record of a series stands.
fn first(interval: &Interval, stream: u32, template: u32) -> Option<Place> {
    if stream == EVERY {
        return interval.first();
    }
    let window = interval.windows.iter().find(|window| window.stream == stream)?;
    if template == EVERY { window.first() } else { window.of(template)?.first }
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
        let when = self.when(interval, timeline);
        let number = Some(interval.number);
        let [begin, end] = timeline.ends();
        self.is_rest = std::mem::replace(&mut self.judged, number) == number;
        for (stream, template, count) in series(interval) {
            let Some(rate) = self.rates.get(pair(stream, template)) else { continue };
            let part = rate.part.filter(|_| self.is_rest);
            let count = count.saturating_add(part.map_or(0, |part| part.records));
            let Some((surprise, mean)) = rate.surprise(count, when) else { continue };
            let is_part = end == number || begin == number && part.is_none();
            if surprise < WORTH || is_part && (count as f64) < mean {
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
                place: first(interval, stream, template),
            });
        }
    }

    fn learn(&mut self, interval: &Interval, timeline: &Timeline) {
        let _: Step = self.clock.learn(interval, timeline);
        let when = self.when(interval, timeline);
        let is_part = timeline.parted() == Some(interval.number) && !self.is_rest;
        for (stream, template, count) in series(interval) {
            let rate = self.rates.entry(pair(stream, template), Rate::default);
            match rate.part.take().filter(|_| self.is_rest) {
                _ if is_part => rate.note(count, when),
                part => rate.learn(count, part, when),
            }
        }
    }

    fn explain(&self, evidence: &Evidence, timeline: &Timeline) -> Explanation {
        let (within, length) = span("in", 1.0, timeline);
        let rate = self.usual(evidence);
        Explanation {
            sentence: format!("{} in {within}; {rate}", times(evidence.seen)),
            figures: vec![
                figure("seen", evidence.seen, "records"),
                length,
                figure("usual", evidence.expected, "records"),
            ],
        }
    }
}

impl RateChange {
    fn when(&self, interval: &Interval, timeline: &Timeline) -> When {
        let (number, seconds) = (interval.number, timeline.seconds);
        let hour = if timeline.timed { Hour::of(number, seconds) } else { None };
        When { now: self.clock.now(), number, seconds, hour }
    }

    fn usual(&self, evidence: &Evidence) -> String {
        if evidence.expected < 0.5 {
            return format!("usually once in {} such intervals", number((1.0 / evidence.expected).round()));
        }
        format!("usually {}", number(evidence.expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_in_two_parts_is_learned_like_a_whole_one() {
        let seconds = 600;
        let when = |now: u64, number: i64| When { now, number, seconds, hour: Hour::of(number, seconds) };
        let mut whole = Rate::default();
        (1..=600).for_each(|now| whole.learn(now % 7 * 10, None, when(now, now as i64)));
        let mut parted = whole.clone();
        whole.learn(50, None, when(640, 640));
        parted.note(30, when(640, 640));
        // The clock of the reading begins with a step of its own.
        parted.learn(20, parted.part, when(641, 640));
        let learned =
            |rate: &Rate| format!("{:?} {:?} {:?} {:?}", rate.mean, rate.high, rate.low, rate.season);
        assert!(whole.season.is_some());
        assert_eq!(learned(&parted), learned(&whole));
    }
}
