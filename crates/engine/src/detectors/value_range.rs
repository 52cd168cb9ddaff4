//! `value-range`: a number in a message is far greater or far smaller than it ever was.
//!
//! **What it looks at.** The greatest and the least number in each hole of each skeleton, stream by stream, interval by
//! interval.
//!
//! **The statistic.** On a logarithmic scale, against the extremes of past intervals ([`Tail`]); only what lies beyond all of
//! them speaks. How often the record was broken lately is the chance of breaking it, so that counters, which break it in every
//! interval, are silent. An interval with more numbers than usual has more extreme ones; that is allowed for.
//!
//! A bound that is only just exceeded is exceeded by chance: a number must also lie beyond it by a tenth of the whole
//! range or by a factor of about twenty. So ids that are drawn from a range are silent near its ends.
//!
//! **When it is wrong.** Numbers that are names (ports, ids) have ranges by accident. A unit that changes in the text
//! (`900 ms`, `1 s`) is another skeleton, and nothing is known of it at first.
//!
//! **Example.** `request took <number> ms`: 9,000; in 230 intervals never above 60.

use super::clock::Clock;
use super::mean::Mean;
use super::pairs::Pairs;
use super::tail::Tail;
use super::words::{figure, number};
use super::{Card, Detector, EARLY, Evidence, EvidenceList, Explanation, Subject, WORTH};
use crate::windows::{Extremes, Interval, Place, Timeline, TimelineCell};

const CARD: Card = Card {
    kind: "value-range",
    sentence: "a number in a message is far greater or far smaller than it ever was",
    wrong_when: "Numbers that are names, such as ports, have ranges by accident.",
};

/// Differences of less than a twentieth are none.
const GRAIN: f32 = 0.05;

/// A number is far beyond a bound by this share of the range between the bounds.
const FAR: f64 = 0.1;
/// Or by so much on the logarithmic scale.
const FAR_BY_FACTOR: f32 = 3.0;

/// What is known of a hole.
#[derive(Clone, Copy, Debug, Default)]
struct Range {
    high: Tail,
    low: Tail,
    /// What stands for 1 on the scale: below it the scale is linear, so that 0 has a place.
    unit: f32,
    /// Numbers in an interval.
    numbers: Mean,
}

impl Range {
    fn begun(extremes: &Extremes) -> Range {
        let size = (extremes.high.abs().max(extremes.low.abs()) / 100.0) as f32;
        Range { unit: if size > 1e-30 && size < 1e30 { size } else { 0.01 }, ..Range::default() }
    }

    /// A number on the logarithmic scale, with its sign.
    #[inline]
    fn log(&self, value: f64) -> f32 {
        let size = (value.abs() / f64::from(self.unit)).min(1e37) as f32;
        (1.0 + size).ln().copysign(value as f32)
    }

    fn value(&self, log: f32) -> f64 {
        (f64::from(log.abs()).exp_m1() * f64::from(self.unit)).copysign(f64::from(log))
    }

    fn learn(&mut self, extremes: &Extremes) {
        self.high.learn(self.log(extremes.high));
        self.low.learn(-self.log(extremes.low));
        self.numbers.learn(extremes.count as f32);
    }

    /// What is odd on each side: the surprise, what was seen, the bound so far, and where.
    fn odd(&self, extremes: &Extremes) -> [Option<Odd>; 2] {
        let more = (extremes.count as f64 / self.numbers.value().max(1.0)).max(1.0).ln();
        let bounds = self.high.greatest().zip(self.low.greatest());
        let range = bounds.map_or(0.0, |(high, low)| self.value(high) - self.value(-low));
        let is_far = |value: f32, known: f32| {
            value - known >= FAR_BY_FACTOR || self.value(value) - self.value(known) >= FAR * range
        };
        let beyond = |tail: &Tail, value: f32| {
            let known = tail.greatest().filter(|known| value > *known && is_far(value, *known))?;
            Some((tail.surprise(value, GRAIN) - more, known)).filter(|(surprise, _)| *surprise >= WORTH)
        };
        let high = beyond(&self.high, self.log(extremes.high));
        let low = beyond(&self.low, -self.log(extremes.low));
        [
            high.map(|(surprise, known)| {
                (surprise, extremes.high, self.value(known), extremes.high_at.place())
            }),
            low.map(|(surprise, known)| {
                (surprise, extremes.low, self.value(-known), extremes.low_at.place())
            }),
        ]
    }
}

type Odd = (f64, f64, f64, Option<Place>);

/// The detector.
#[derive(Debug, Default)]
pub(super) struct ValueRange {
    clock: Clock,
    ranges: Pairs<Range>,
}

/// The key of a hole. Skeletons of one template have other holes, so the skeleton is part of it.
#[inline]
fn hole(stream: u32, shape: u64, slot: u8) -> u64 {
    (shape ^ u64::from(stream) << 8 ^ u64::from(slot)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn holes(cell: &TimelineCell) -> impl Iterator<Item = (u64, &Extremes)> {
    let finite = |extremes: &Extremes| extremes.high.is_finite() && extremes.low.is_finite();
    let numbers = cell.numbers.iter().map(|numbers| (numbers.shape, &numbers.extremes));
    numbers.filter(move |(_, extremes)| finite(extremes))
}

impl Detector for ValueRange {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn score(&mut self, interval: &Interval, timeline: &Timeline, out: &mut EvidenceList) {
        self.clock.judge(interval, timeline);
        for window in &interval.windows {
            for cell in &window.cells {
                for (shape, extremes) in holes(cell) {
                    let Some(range) = self.ranges.get(hole(window.stream, shape, extremes.slot)) else {
                        continue;
                    };
                    let grounds = range.high.seen();
                    for (surprise, seen, expected, place) in range.odd(extremes).into_iter().flatten() {
                        out.push(Evidence {
                            kind: CARD.kind,
                            subject: Subject {
                                stream: Some(window.stream),
                                template: Some(cell.template),
                                slot: Some(extremes.slot),
                            },
                            interval: interval.number,
                            surprise,
                            seen,
                            expected,
                            grounds,
                            learning: grounds < EARLY,
                            place: place.or(cell.first),
                        });
                    }
                }
            }
        }
    }

    fn learn(&mut self, interval: &Interval, timeline: &Timeline) {
        self.clock.learn(interval, timeline);
        for window in &interval.windows {
            for cell in &window.cells {
                for (shape, extremes) in holes(cell) {
                    let key = hole(window.stream, shape, extremes.slot);
                    self.ranges.entry(key, || Range::begun(extremes)).learn(extremes);
                }
            }
        }
    }

    fn explain(&self, evidence: &Evidence, _: &Timeline) -> Explanation {
        let side = if evidence.seen > evidence.expected { "above" } else { "below" };
        Explanation {
            sentence: format!(
                "{}; in {} intervals never {side} {}",
                number(evidence.seen),
                number(evidence.grounds),
                number(evidence.expected)
            ),
            figures: vec![
                figure("seen", evidence.seen, ""),
                figure("looked at", evidence.grounds, "intervals"),
                figure("bound", evidence.expected, ""),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extremes(low: f64, high: f64) -> Extremes {
        let mut both = Extremes::of(0, low, Place::default());
        both.absorb(&Extremes::of(0, high, Place::default()));
        both
    }

    /// Whether a low and a high number are odd after 150 intervals whose bounds lie within these.
    fn check(lows: (f64, f64), highs: (f64, f64), seen: (f64, f64), odd: (bool, bool)) {
        let within =
            |(from, to): (f64, f64), nth: u32| from + (to - from) * f64::from(nth * 37 % 101) / 100.0;
        let usual = |nth: u32| extremes(within(lows, nth), within(highs, nth));
        let mut range = Range::begun(&usual(0));
        (0..150).for_each(|nth| range.learn(&usual(nth)));
        let [high, low] = range.odd(&extremes(seen.0, seen.1)).map(|odd| odd.is_some());
        assert_eq!((low, high), odd, "{seen:?}");
    }

    #[test]
    fn far_beyond_is_odd_and_just_beyond_is_not() {
        let times = ((20.0, 25.0), (50.0, 60.0));
        check(times.0, times.1, (21.0, 58.0), (false, false));
        check(times.0, times.1, (21.0, 61.0), (false, false));
        check(times.0, times.1, (21.0, 9000.0), (false, true));
        check(times.0, times.1, (0.0, 59.0), (true, false));
        // Ids between 0 and 9,999.
        let ids = ((100.0, 1500.0), (8500.0, 9960.0));
        check(ids.0, ids.1, (19.0, 9971.0), (false, false));
        check(ids.0, ids.1, (200.0, 40_000.0), (false, true));
        // Space that was always there is gone.
        check((1e9, 2e9), (5e9, 9e9), (1e3, 6e9), (true, false));
    }
}
