//! `cardinality`: far more different things in an interval than ever before.
//!
//! **What it looks at.** How many templates a stream shows in an interval, and how many skeletons a template.
//!
//! **The statistic.** The logarithm of the number against the greatest of the past ([`Tail`]), and never more surprising
//! than under a Poisson law with the mean of the past.
//!
//! **When it is wrong.** A release, a start or a scan of the network says many things once. Where a template has holes
//! for its values, their number is not seen here.
//!
//! **Example.** 840 wordings in 64 s; usually 3.

use super::clock::Clock;
use super::mean::Mean;
use super::pairs::{Pairs, pair};
use super::rate_change::poisson_bound;
use super::tail::Tail;
use super::words::{figure, number, span};
use super::{Card, Detector, EARLY, Evidence, EvidenceList, Explanation, Subject, WORTH};
use crate::windows::{Interval, Timeline, Window};

const CARD: Card = Card {
    kind: "cardinality",
    sentence: "far more different messages or wordings in an interval than ever before",
    wrong_when: "A release, a start or a scan of the network says many things once.",
};

/// Stands for the templates of a stream.
const TEMPLATES: u32 = u32::MAX;
const GRAIN: f32 = 0.1;

#[derive(Clone, Copy, Debug, Default)]
struct Variety {
    high: Tail,
    mean: Mean,
}

impl Variety {
    fn surprise(&self, different: usize) -> Option<(f64, f64)> {
        let value = log(different);
        if !self.high.is_open(value) {
            return None;
        }
        let mean = self.mean.value();
        let bound = if different as f64 > mean { poisson_bound(different as f64, mean) } else { 0.0 };
        Some((self.high.surprise(value, GRAIN).min(bound), mean))
    }
}

#[inline]
fn log(different: usize) -> f32 {
    (different as f32 + 0.5).ln()
}

/// The detector.
#[derive(Debug, Default)]
pub(super) struct Cardinality {
    clock: Clock,
    known: Pairs<Variety>,
}

/// Whose variety, and how great it is.
fn series(interval: &Interval) -> impl Iterator<Item = (u32, u32, usize, &Window)> {
    interval.windows.iter().flat_map(|window| {
        let cells =
            window.cells.iter().map(move |cell| (window.stream, cell.template, cell.shapes.len(), window));
        std::iter::once((window.stream, TEMPLATES, window.cells.len(), window)).chain(cells)
    })
}

impl Detector for Cardinality {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn score(&mut self, interval: &Interval, timeline: &Timeline, out: &mut EvidenceList) {
        self.clock.judge(interval, timeline);
        for (stream, template, different, window) in series(interval) {
            let Some(known) = self.known.get(pair(stream, template)) else { continue };
            let Some((surprise, mean)) = known.surprise(different) else { continue };
            if surprise < WORTH {
                continue;
            }
            let grounds = known.high.seen();
            out.push(Evidence {
                kind: CARD.kind,
                subject: Subject {
                    stream: Some(stream),
                    template: (template != TEMPLATES).then_some(template),
                    slot: None,
                },
                interval: interval.number,
                surprise,
                seen: different as f64,
                expected: mean,
                grounds,
                learning: grounds < EARLY,
                place: window.of(template).map_or(window.first(), |cell| cell.first),
            });
        }
    }

    fn learn(&mut self, interval: &Interval, timeline: &Timeline) {
        self.clock.learn(interval, timeline);
        for (stream, template, different, _) in series(interval) {
            let known = self.known.entry(pair(stream, template), Variety::default);
            known.high.learn(log(different));
            known.mean.learn(different as f32);
        }
    }

    fn explain(&self, evidence: &Evidence, timeline: &Timeline) -> Explanation {
        let (within, length) = span("in", 1.0, timeline);
        let what = if evidence.subject.template.is_some() { "wordings" } else { "different messages" };
        Explanation {
            sentence: format!(
                "{} {what} in {within}; usually {}",
                number(evidence.seen),
                number(evidence.expected)
            ),
            figures: vec![
                figure("seen", evidence.seen, what),
                length,
                figure("usual", evidence.expected, what),
            ],
        }
    }
}
