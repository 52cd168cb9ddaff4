//! `peer`: one stream does not do what streams of its kind do at the same time.
//!
//! **What it looks at.** Streams of one kind, which share at least half of their templates, four or more of them: how many
//! records each writes in an interval, against the median of its siblings.
//!
//! **The statistic.** The logarithm of the ratio to the median, against the greatest and least ratios that this stream had
//! before ([`Tail`]): a host that always does twice the work is not odd. It must also stand apart in the interval itself, by three
//! median deviations of the siblings, and by more than a Poisson law allows. What all of them do together is no
//! difference, so a busy hour is quiet here.
//!
//! **When it is wrong.** Work that is handed to one host on purpose; a host taken out of service.
//!
//! **Example.** 900 records in 64 s; its 7 siblings write 110.

use super::clock::{Clock, Step};
use super::rate_change::poisson_bound;
use super::tail::Tail;
use super::words::{figure, number, span};
use super::{Card, Detector, EARLY, Evidence, EvidenceList, Explanation, Subject, WORTH};
use crate::windows::{Interval, Timeline, Window};

const CARD: Card = Card {
    kind: "peer",
    sentence: "one stream does not do what streams of its kind do at the same time",
    wrong_when: "Work that is handed to one host on purpose, or a host taken out of service.",
};

/// Fewer have no median to speak of.
const SIBLINGS: usize = 4;
/// More streams are not compared with each other.
const MOST: usize = 1024;
/// Learned intervals between two looks at which streams are alike.
const EVERY: u64 = 64;
/// The templates of one learned interval in so many are noted.
const SAMPLED: u64 = 4;
/// A stream that was silent for so long takes no part.
const GONE: u64 = 64;
const GRAIN: f32 = 0.1;
/// Hashes that stand for the set of templates of a stream.
const HASHES: usize = 16;

#[derive(Clone, Debug)]
struct Sibling {
    /// For each of several hashes the least of all templates: two streams agree in as many as their sets overlap.
    least: [u32; HASHES],
    group: Option<u32>,
    above: Tail,
    below: Tail,
    last: u64,
    /// Records in the interval at hand.
    records: u64,
    /// What was seen of it in the interval at hand: the logarithm of its ratio to the median.
    ratio: Option<f32>,
}

impl Default for Sibling {
    fn default() -> Sibling {
        Sibling {
            least: [u32::MAX; HASHES],
            group: None,
            above: Tail::default(),
            below: Tail::default(),
            last: 0,
            records: 0,
            ratio: None,
        }
    }
}

impl Sibling {
    fn note(&mut self, template: u32) {
        let mut hash = (u64::from(template) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for least in &mut self.least {
            hash = (hash ^ hash >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            *least = (*least).min((hash >> 32) as u32);
        }
    }

    fn is_like(&self, other: &Sibling) -> bool {
        let equal = self.least.iter().zip(&other.least).filter(|(one, other)| one == other).count();
        2 * equal >= HASHES
    }
}

/// The detector.
#[derive(Debug, Default)]
pub(super) struct Peer {
    clock: Clock,
    learned: u64,
    streams: Vec<Sibling>,
    groups: Vec<Vec<u32>>,
    /// Used again for every group.
    values: Vec<f32>,
}

/// Medians of a group: of the logarithms of counts, and of the distances from that.
#[derive(Clone, Copy, Debug)]
struct Middle {
    median: f32,
    spread: f32,
    members: usize,
}

fn log(records: u64) -> f32 {
    (records as f32 + 0.5).ln()
}

impl Peer {
    fn look(&mut self, interval: &Interval) {
        let now = self.clock.now();
        for stream in &mut self.streams {
            (stream.records, stream.ratio) = (0, None);
        }
        for window in &interval.windows {
            let at = window.stream as usize;
            if self.streams.len() <= at && at < MOST {
                self.streams.resize(at + 1, Sibling::default());
            }
            let Some(stream) = self.streams.get_mut(at) else { continue };
            (stream.records, stream.last) = (window.records, now);
        }
    }

    /// The middle of a group in the interval at hand.
    fn middle(&mut self, group: &[u32]) -> Option<Middle> {
        let now = self.clock.now();
        let streams = &self.streams;
        let alive = group.iter().filter_map(|at| streams.get(*at as usize));
        let alive = alive.filter(|stream| stream.last + GONE >= now);
        self.values.clear();
        self.values.extend(alive.map(|stream| log(stream.records)));
        let members = self.values.len();
        if members < SIBLINGS {
            return None;
        }
        let median = median(&mut self.values);
        self.values.iter_mut().for_each(|value| *value = (*value - median).abs());
        Some(Middle { median, spread: self::median(&mut self.values), members })
    }

    fn judge(&self, window: &Window, middle: &Middle, interval: i64) -> Option<Evidence> {
        let stream = self.streams.get(window.stream as usize)?;
        let ratio = log(window.records) - middle.median;
        if ratio.abs() < 3.0 * middle.spread {
            return None;
        }
        let (tail, value) = if ratio > 0.0 { (&stream.above, ratio) } else { (&stream.below, -ratio) };
        let expected = f64::from(middle.median).exp() - 0.5;
        let surprise =
            tail.surprise(value, GRAIN).min(poisson_bound(window.records as f64, expected.max(0.5)));
        (surprise >= WORTH).then(|| Evidence {
            kind: CARD.kind,
            subject: Subject { stream: Some(window.stream), template: None, slot: None },
            interval,
            surprise,
            seen: window.records as f64,
            expected,
            grounds: tail.seen(),
            learning: tail.seen() < EARLY,
            place: window.first(),
        })
    }

    fn compare(&mut self, interval: &Interval, out: &mut EvidenceList) {
        let groups = std::mem::take(&mut self.groups);
        for (nth, group) in (0..).zip(&groups) {
            let Some(middle) = self.middle(group) else { continue };
            for window in &interval.windows {
                let Some(stream) = self.streams.get_mut(window.stream as usize) else { continue };
                if stream.group == Some(nth) {
                    stream.ratio = Some(log(window.records) - middle.median);
                    debug_assert!(middle.members >= SIBLINGS);
                    out.extend(self.judge(window, &middle, interval.number));
                }
            }
        }
        self.groups = groups;
    }

    /// Finds out which streams are alike: each joins the first one that it is like.
    fn group(&mut self) {
        self.groups.clear();
        for at in 0..self.streams.len() {
            let found = self.groups.iter().position(|group| {
                let first = group.first().and_then(|first| self.streams.get(*first as usize));
                first.is_some_and(|first| first.is_like(&self.streams[at]))
            });
            let group = found.unwrap_or(self.groups.len());
            if found.is_none() {
                self.groups.push(Vec::new());
            }
            self.groups[group].push(at as u32);
            self.streams[at].group = Some(group as u32);
        }
    }
}

/// The value in the middle; the list is put into another order.
fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return 0.0;
    }
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

impl Detector for Peer {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn score(&mut self, interval: &Interval, timeline: &Timeline, out: &mut EvidenceList) {
        self.clock.judge(interval, timeline);
        self.look(interval);
        self.compare(interval, out);
    }

    fn learn(&mut self, interval: &Interval, timeline: &Timeline) {
        if self.clock.learn(interval, timeline) != Step::Same {
            self.look(interval);
            self.compare(interval, &mut Vec::new());
        }
        for window in &interval.windows {
            let Some(stream) = self.streams.get_mut(window.stream as usize) else { continue };
            if self.learned.is_multiple_of(SAMPLED) {
                window.cells.iter().for_each(|cell| stream.note(cell.template));
            }
            if let Some(ratio) = stream.ratio.take() {
                stream.above.learn(ratio);
                stream.below.learn(-ratio);
            }
        }
        self.learned += 1;
        if self.learned.is_multiple_of(EVERY) {
            self.group();
        }
    }

    fn explain(&self, evidence: &Evidence, timeline: &Timeline) -> Explanation {
        let (within, length) = span("in", 1.0, timeline);
        Explanation {
            sentence: format!(
                "{} records in {within}; streams of its kind write {}",
                number(evidence.seen),
                number(evidence.expected)
            ),
            figures: vec![
                figure("seen", evidence.seen, "records"),
                length,
                figure("siblings", evidence.expected, "records"),
            ],
        }
    }
}
