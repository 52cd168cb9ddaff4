//! `level-shift`: a stream writes more or less than before, and keeps doing so.
//!
//! **What it looks at.** Records of a stream in blocks of eight intervals, each block together with the one before.
//!
//! **The statistic.** The smaller of two blocks in a row against the greatest of such pairs in the past, and the greater
//! against the smallest ([`Tail`]): one burst does not move both blocks. Blocks are compared with blocks, so
//! bursts that last are allowed for as they were seen to last. It speaks once per shift and again only after the
//! rate was usual in between.
//!
//! **When it is wrong.** The first morning and the first evening of a log are shifts. So is more traffic after a
//! release, which may be what was wanted.
//!
//! **Example.** 1,280 records in each 9 min twice in a row; usually 410.

use super::clock::{Clock, Step};
use super::rate_change::poisson_bound;
use super::tail::Tail;
use super::words::{figure, number, span};
use super::{Card, Detector, Evidence, EvidenceList, Explanation, Subject, WORTH};
use crate::windows::{Interval, Timeline, Window};

const CARD: Card = Card {
    kind: "level-shift",
    sentence: "a stream writes more or less than before, and keeps doing so",
    wrong_when: "The first morning and the first evening of a log are shifts, and so is welcome traffic.",
};

/// Intervals in a block.
const BLOCK: u64 = 8;
/// Blocks from which on it is trusted.
const ENOUGH: f64 = 12.0;
const GRAIN: f32 = 0.05;

/// What is known of a stream.
#[derive(Clone, Debug, Default)]
struct Level {
    /// The block at hand, and the records in it.
    block: u64,
    records: u64,
    /// The block before, if it was looked at whole.
    before: Option<u64>,
    begun: bool,
    high: Tail,
    low: Tail,
    /// Records and blocks learned, fading.
    sum: f64,
    weight: f64,
    /// A shift was told of and lasts.
    told: bool,
    /// What is to be learned: a pair of blocks, and empty pairs after it.
    pending: Option<(u64, u64, u64)>,
}

impl Level {
    /// Goes on to a block; says the two that were completed just now.
    fn turn(&mut self, block: u64) -> Option<(u64, u64)> {
        if !self.begun {
            // It began in the midst of a block, which says nothing.
            (self.begun, self.block, self.records) = (true, block, 0);
            return None;
        }
        if block == self.block {
            return None;
        }
        let (records, empty) = (std::mem::take(&mut self.records), block - self.block - 1);
        let pair = self.before.map(|before| (before, records));
        self.pending = pair.map(|(before, records)| (before, records, empty));
        self.before = Some(if empty == 0 { records } else { 0 });
        self.block = block;
        pair
    }

    fn judge(&self, one: u64, two: u64) -> (f64, f64) {
        let mean = (self.sum + 0.5) / self.weight.max(1.0);
        let (high, low) = (log(one.min(two)), log(one.max(two)));
        let both = (one + two) as f64;
        let surprise =
            if both > 2.0 * mean { self.high.surprise(high, GRAIN) } else { self.low.surprise(-low, GRAIN) };
        (surprise.min(poisson_bound(both, 2.0 * mean)), mean)
    }

    fn learn(&mut self) {
        let Some((one, two, empty)) = self.pending.take() else { return };
        self.high.learn(log(one.min(two)));
        self.low.learn(-log(one.max(two)));
        self.sum = self.sum * 0.99 + two as f64;
        self.weight = self.weight * 0.99 + 1.0;
        if empty > 0 {
            self.high.learn_again(log(0), empty);
            self.low.learn(-log(two));
            self.low.learn_again(-log(0), empty - 1);
            let kept = 0.99f64.powf(empty as f64);
            (self.sum, self.weight) = (self.sum * kept, self.weight * kept + (1.0 - kept) / 0.01);
        }
    }
}

fn log(records: u64) -> f32 {
    (records as f32 + 0.5).ln()
}

/// The detector.
#[derive(Debug, Default)]
pub(super) struct LevelShift {
    clock: Clock,
    streams: Vec<Level>,
}

impl LevelShift {
    fn look(&mut self, interval: &Interval, out: &mut EvidenceList) {
        let block = self.clock.now() / BLOCK;
        for window in &interval.windows {
            let at = window.stream as usize;
            if self.streams.len() <= at {
                self.streams.resize(at + 1, Level::default());
            }
            let level = &mut self.streams[at];
            level.pending = None;
            if let Some((one, two)) = level.turn(block) {
                out.extend(level.tell(one, two, window, interval.number));
            }
            level.records = level.records.saturating_add(window.records);
        }
    }
}

impl Level {
    fn tell(&mut self, one: u64, two: u64, window: &Window, interval: i64) -> Option<Evidence> {
        let (surprise, mean) = self.judge(one, two);
        let grounds = self.high.seen();
        if surprise < WORTH || grounds < 4.0 {
            self.told = false;
            return None;
        }
        if std::mem::replace(&mut self.told, true) {
            return None;
        }
        Some(Evidence {
            kind: CARD.kind,
            subject: Subject { stream: Some(window.stream), template: None, slot: None },
            interval,
            surprise,
            seen: if two as f64 > mean { one.min(two) } else { one.max(two) } as f64,
            expected: mean,
            grounds: grounds * BLOCK as f64,
            learning: grounds < ENOUGH,
            place: window.first(),
        })
    }
}

impl Detector for LevelShift {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn score(&mut self, interval: &Interval, timeline: &Timeline, out: &mut EvidenceList) {
        self.clock.judge(interval, timeline);
        self.look(interval, out);
    }

    fn learn(&mut self, interval: &Interval, timeline: &Timeline) {
        if self.clock.learn(interval, timeline) != Step::Same {
            self.look(interval, &mut Vec::new());
        }
        for window in &interval.windows {
            if let Some(level) = self.streams.get_mut(window.stream as usize) {
                level.learn();
            }
        }
    }

    fn explain(&self, evidence: &Evidence, timeline: &Timeline) -> Explanation {
        let (within, length) = span("in", BLOCK as f64, timeline);
        let bound = if evidence.seen > evidence.expected { "at least" } else { "at most" };
        Explanation {
            sentence: format!(
                "{bound} {} records in {within}, twice in a row; usually {}",
                number(evidence.seen),
                number(evidence.expected)
            ),
            figures: vec![
                figure("seen", evidence.seen, "records"),
                length,
                figure("usual", evidence.expected, "records"),
            ],
        }
    }
}
