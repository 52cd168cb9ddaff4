//! `new-value`: a template whose wording was settled shows a new one.
//!
//! **What it looks at.** The skeletons of each template, interval by interval: a template is what many skeletons have in
//! common, and a word that varies among few values makes a skeleton of each.
//!
//! **The statistic.** How often the template showed a new skeleton lately ([`Novelty`]), with all templates as a prior. One
//! that shows new ones all the time is not surprised; one that had the same three for a week is.
//!
//! **When it is wrong.** A new user, table or route is a new value, as it should be, and seldom a fault.
//!
//! **Example.** `state changed to <word>`: never another one in 12 h.

use foldhash::fast::FixedState;
use hashbrown::HashSet;

use super::clock::{Clock, Step};
use super::novelty::Novelty;
use super::{Card, Detector, EARLY, Evidence, EvidenceList, Explanation, Subject, WORTH, words};
use crate::windows::{Interval, Timeline, TimelineCell, Window};

const CARD: Card = Card {
    kind: "new-value",
    sentence: "a template whose wording was settled shows a new one",
    wrong_when: "A new user, table or route is a new value, and seldom a fault.",
};

/// Skeletons remembered, twice over.
const MOST: usize = 1 << 17;

/// Skeletons seen: when there are too many, those are forgotten that were not seen since half of them came.
#[derive(Debug, Default)]
struct Shapes {
    young: HashSet<u64, FixedState>,
    old: HashSet<u64, FixedState>,
}

impl Shapes {
    /// Notes a skeleton; says whether it is new.
    #[inline]
    fn meet(&mut self, shape: u64) -> bool {
        if self.young.contains(&shape) {
            return false;
        }
        let known = self.old.contains(&shape);
        if self.young.len() >= MOST {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(shape);
        !known
    }
}

/// The detector.
#[derive(Debug, Default)]
pub(super) struct NewValue {
    clock: Clock,
    shapes: Shapes,
    templates: Vec<Novelty>,
    all: Novelty,
    /// The streams and templates with a new skeleton in the interval at hand, in their order. What is learned need not be
    /// all that was judged.
    news: Vec<(u32, u32)>,
}

impl NewValue {
    fn look(&mut self, interval: &Interval) {
        self.news.clear();
        for (window, cell) in cells(interval) {
            // All are noted: it does not end with the first new one.
            let new = cell.shapes.iter().filter(|shape| self.shapes.meet(**shape)).count();
            if new > 0 {
                self.news.push((window.stream, cell.template));
            }
        }
    }
}

fn cells(interval: &Interval) -> impl Iterator<Item = (&Window, &TimelineCell)> {
    interval.windows.iter().flat_map(|window| window.cells.iter().map(move |cell| (window, cell)))
}

impl Detector for NewValue {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn score(&mut self, interval: &Interval, timeline: &Timeline, out: &mut EvidenceList) {
        self.clock.judge(interval, timeline);
        self.look(interval);
        let elsewhere = Some(self.all.rate(None));
        let mut news = self.news.iter().peekable();
        for (window, cell) in cells(interval) {
            if news.next_if(|new| **new == (window.stream, cell.template)).is_none() {
                continue;
            }
            // What is new as a whole is told of elsewhere.
            let known = self.templates.get(cell.template as usize).filter(|known| known.windows() > 0.0);
            let Some(known) = known else { continue };
            let surprise = known.surprise(elsewhere);
            if surprise < WORTH {
                continue;
            }
            out.push(Evidence {
                kind: CARD.kind,
                subject: Subject { stream: Some(window.stream), template: Some(cell.template), slot: None },
                interval: interval.number,
                surprise,
                seen: cell.count as f64,
                expected: known.rate(elsewhere),
                grounds: known.windows(),
                learning: known.windows() < EARLY,
                place: cell.first,
            });
        }
    }

    fn learn(&mut self, interval: &Interval, timeline: &Timeline) {
        if self.clock.learn(interval, timeline) != Step::Same {
            self.look(interval);
        }
        let mut news = self.news.iter().peekable();
        for (window, cell) in cells(interval) {
            let key = (window.stream, cell.template);
            while news.next_if(|new| **new < key).is_some() {}
            let new = news.next_if(|new| **new == key).is_some();
            let at = cell.template as usize;
            if self.templates.len() <= at {
                self.templates.resize(at + 1, Novelty::default());
            }
            let known = &mut self.templates[at];
            let first = known.windows() == 0.0;
            known.learn(new && !first);
            self.all.learn(new && !first);
        }
    }

    fn explain(&self, evidence: &Evidence, timeline: &Timeline) -> Explanation {
        let (span, looked_at) = words::span("looked at", evidence.grounds, timeline);
        let every = 1.0 / evidence.expected.max(f64::MIN_POSITIVE);
        let (every, expected) = words::span("expected every", every, timeline);
        Explanation {
            sentence: format!("a wording not seen in {span} before; one is to be expected every {every}"),
            figures: vec![looked_at, expected],
        }
    }
}
