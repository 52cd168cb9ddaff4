//! `severity`: a stream complains more than it used to, or more gravely.
//!
//! **What it looks at.** The share of records at warning or above, and at error or above, in each window of a
//! stream; and the gravest message of the window, by its level and by the meaning of its words.
//!
//! **The statistic.** The share against the greatest of past windows ([`Tail`]), and never more surprising than so many grave
//! records of so many are under a binomial law with the share of the past. The gravest message against the gravest of past
//! windows: in a stream that never showed an error the first one is surprising, in one that shows some every minute none is.
//!
//! **When it is wrong.** Programs that log errors for the mistakes of their clients. A level that the operator turned up or down
//! changes the share without any change of the program.
//!
//! **Example.** 40 of 50 records at error or above; usually 1 %.

use super::clock::Clock;
use super::mean::Mean;
use super::tail::Tail;
use super::words::{figure, number};
use super::{Card, Detector, EARLY, Evidence, EvidenceList, Explanation, Subject, WORTH};
use crate::records::level::Level;
use crate::windows::{Interval, Timeline, TimelineCell, Window};

const CARD: Card = Card {
    kind: "severity",
    sentence: "a stream complains more than it used to, or more gravely",
    wrong_when: "Some programs log errors for the mistakes of their clients; a level that was turned up changes the share.",
};

/// The levels whose shares are looked at.
const GRAVE: [Level; 2] = [Level::Warn, Level::Error];
/// Shares are told apart by that factor, as a logarithm.
const GRAIN: f32 = 0.1;
/// Levels are ranks and no measure: what lies between two of them is unknown.
const RANK: f32 = 2.0;

#[derive(Clone, Copy, Debug, Default)]
struct Share {
    high: Tail,
    grave: Mean,
    records: Mean,
}

impl Share {
    fn usual(&self) -> f64 {
        let half = 0.5 / self.high.seen().max(1.0);
        (self.grave.value() + half) / (self.records.value() + 2.0 * half)
    }

    fn surprise(&self, grave: u64, records: u64) -> f64 {
        let value = log_share(grave, records);
        if grave == 0 || !self.high.is_open(value) {
            return 0.0;
        }
        self.high.surprise(value, GRAIN).min(binomial_bound(grave, records, self.usual()))
    }

    fn learn(&mut self, grave: u64, records: u64) {
        self.high.learn(log_share(grave, records));
        self.grave.learn(grave as f32);
        self.records.learn(records as f32);
    }
}

#[inline]
fn log_share(grave: u64, records: u64) -> f32 {
    ((grave as f32 + 0.5) / (records as f32 + 1.0)).ln()
}

/// Chernoff's bound of a binomial count at least so great, as a surprise.
fn binomial_bound(grave: u64, records: u64, share: f64) -> f64 {
    let (grave, records) = (grave as f64, records as f64);
    let seen = grave / records;
    if seen <= share {
        return 0.0;
    }
    let mild = records - grave;
    let rest = if mild > 0.0 { mild * ((1.0 - seen) / (1.0 - share)).ln() } else { 0.0 };
    grave * (seen / share).ln() + rest
}

#[derive(Clone, Debug, Default)]
struct Stream {
    shares: [Share; GRAVE.len()],
    gravest: Tail,
}

/// The detector.
#[derive(Debug, Default)]
pub(super) struct Severity {
    clock: Clock,
    streams: Vec<Stream>,
}

/// Records of a window at that level or above. A cell is as grave as its gravest record: records of one template
/// have one level, nearly always.
fn at_least(window: &Window, level: Level) -> u64 {
    let grave = window.cells.iter().filter(|cell| cell.gravest >= Some(level));
    grave.fold(0u64, |sum, cell| sum.saturating_add(cell.count))
}

/// How grave a message is: its level above `notice`, and what its words say.
fn gravity(cell: &TimelineCell, timeline: &Timeline) -> f32 {
    let level = cell.gravest.map_or(0, |level| (level as u8).saturating_sub(Level::Notice as u8));
    let weight = timeline.templates.get(cell.template as usize).map_or(0.0, |facts| facts.meaning.weight);
    f32::from(level) + (weight as f32).clamp(0.0, 4.0)
}

fn gravest<'a>(window: &'a Window, timeline: &Timeline) -> Option<(f32, &'a TimelineCell)> {
    let graded = window.cells.iter().map(|cell| (gravity(cell, timeline), cell));
    // Of equally grave ones the first to be written.
    graded.reduce(|best, next| {
        let earlier = next.0 == best.0 && next.1.first < best.1.first;
        if next.0 > best.0 || earlier { next } else { best }
    })
}

impl Detector for Severity {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn score(&mut self, interval: &Interval, timeline: &Timeline, out: &mut EvidenceList) {
        self.clock.judge(interval, timeline);
        for window in &interval.windows {
            let Some(known) = self.streams.get(window.stream as usize) else { continue };
            let grounds = known.gravest.seen();
            let begun = Evidence {
                kind: CARD.kind,
                subject: Subject { stream: Some(window.stream), template: None, slot: None },
                interval: interval.number,
                surprise: 0.0,
                seen: 0.0,
                expected: 0.0,
                grounds,
                learning: grounds < EARLY,
                place: None,
            };
            out.extend(known.odd_share(window, &begun));
            out.extend(known.odd_message(window, timeline, &begun));
        }
    }

    fn learn(&mut self, interval: &Interval, timeline: &Timeline) {
        self.clock.learn(interval, timeline);
        for window in &interval.windows {
            let at = window.stream as usize;
            if self.streams.len() <= at {
                self.streams.resize(at + 1, Stream::default());
            }
            let known = &mut self.streams[at];
            for (share, level) in known.shares.iter_mut().zip(GRAVE) {
                share.learn(at_least(window, level), window.records);
            }
            known.gravest.learn(gravest(window, timeline).map_or(0.0, |(gravity, _)| gravity));
        }
    }

    fn explain(&self, evidence: &Evidence, timeline: &Timeline) -> Explanation {
        let template = evidence.subject.template.and_then(|at| timeline.templates.get(at as usize));
        if template.is_some() {
            return Explanation {
                sentence: format!(
                    "the gravest message of this stream in {} intervals or nearly so",
                    number(evidence.grounds)
                ),
                figures: vec![figure("looked at", evidence.grounds, "intervals")],
            };
        }
        let (seen, usual) = (evidence.seen * 100.0, evidence.expected * 100.0);
        Explanation {
            sentence: format!(
                "{} % of the records are warnings or worse; usually {} %",
                number(seen),
                number(usual)
            ),
            figures: vec![figure("seen", seen, "%"), figure("usual", usual, "%")],
        }
    }
}

impl Stream {
    /// The more surprising of the two shares.
    fn odd_share(&self, window: &Window, begun: &Evidence) -> Option<Evidence> {
        let judged = self.shares.iter().zip(GRAVE).map(|(share, level)| {
            let grave = at_least(window, level);
            (share.surprise(grave, window.records), grave, level, share.usual())
        });
        let (surprise, grave, level, usual) =
            judged.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
        let graver = window.cells.iter().filter(|cell| cell.gravest >= Some(level));
        let first = graver.filter_map(|cell| cell.first).min();
        (surprise >= WORTH).then(|| Evidence {
            surprise,
            seen: grave as f64 / window.records.max(1) as f64,
            expected: usual,
            place: first,
            ..begun.clone()
        })
    }

    fn odd_message(&self, window: &Window, timeline: &Timeline, begun: &Evidence) -> Option<Evidence> {
        let (gravity, cell) = gravest(window, timeline)?;
        if gravity < 1.0 {
            return None;
        }
        let surprise = self.gravest.surprise(gravity, RANK);
        (surprise >= WORTH).then(|| Evidence {
            subject: Subject { template: Some(cell.template), ..begun.subject },
            surprise,
            seen: f64::from(gravity),
            expected: f64::from(self.gravest.greatest().unwrap_or(0.0)),
            place: cell.first,
            ..begun.clone()
        })
    }
}
