//! `rare-template`: a template returns that was hardly ever seen.
//!
//! **What it looks at.** In how many windows of its stream a template was seen, of all there were since it was first seen.
//!
//! **The statistic.** That share, with half a window added: the chance that a window shows the template at all. While a
//! template keeps coming it returns once; a return is told of only after three windows without it.
//!
//! **When it is wrong.** Ordinary work at long intervals (a monthly report) is rare for months. The surprise is small by
//! nature, about the logarithm of the number of windows: it becomes a finding in company only.
//!
//! **Example.** `WARN disk <path> is almost full`, seen twice in 40 days, again.

use super::clock::{Clock, Step};
use super::pairs::{Pairs, pair};
use super::words::{figure, number, span, times};
use super::{Card, Detector, EARLY, Evidence, EvidenceList, Explanation, Subject, WORTH};
use crate::windows::{Interval, Timeline};

const CARD: Card = Card {
    kind: "rare-template",
    sentence: "a template returns that was hardly ever seen",
    wrong_when: "Ordinary work at long intervals, such as a monthly report, is rare for months.",
};

/// A template that was seen in one of the last so many windows is not returning.
const AWAY: u64 = 3;

/// When a template was seen in a stream, on the clock of the windows of that stream.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    windows: u64,
    first: u64,
    last: u64,
}

/// The detector.
#[derive(Debug, Default)]
pub(super) struct RareTemplate {
    clock: Clock,
    /// Windows of each stream.
    windows: Vec<u64>,
    seen: Pairs<Seen>,
}

impl RareTemplate {
    /// Another window of a stream begins.
    fn turn(&mut self, stream: u32) -> u64 {
        let at = stream as usize;
        if self.windows.len() <= at {
            self.windows.resize(at + 1, 0);
        }
        self.windows[at] += 1;
        self.windows[at]
    }

    fn look(&mut self, interval: &Interval, out: &mut EvidenceList) {
        for window in &interval.windows {
            let now = self.turn(window.stream);
            for cell in &window.cells {
                let begun = Seen { windows: 0, first: now, last: now };
                let seen = self.seen.entry(pair(window.stream, cell.template), || begun);
                let away = now - seen.last;
                seen.last = now;
                let grounds = (now - seen.first) as f64;
                let share = (seen.windows as f64 + 0.5) / (grounds + 1.0);
                let surprise = -share.ln();
                if away <= AWAY || surprise < WORTH {
                    continue;
                }
                out.push(Evidence {
                    kind: CARD.kind,
                    subject: Subject {
                        stream: Some(window.stream),
                        template: Some(cell.template),
                        slot: None,
                    },
                    interval: interval.number,
                    surprise,
                    seen: cell.count as f64,
                    expected: seen.windows as f64,
                    grounds,
                    learning: grounds < EARLY,
                    place: cell.first,
                });
            }
        }
    }
}

impl Detector for RareTemplate {
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
            for cell in &window.cells {
                self.seen.entry(pair(window.stream, cell.template), Seen::default).windows += 1;
            }
        }
    }

    fn explain(&self, evidence: &Evidence, timeline: &Timeline) -> Explanation {
        let (span, looked_at) = span("looked at", evidence.grounds, timeline);
        let before = match evidence.expected {
            0.0 => "never as something usual".to_owned(),
            1.0 => "in one interval only".to_owned(),
            intervals => format!("in {} intervals only", number(intervals)),
        };
        Explanation {
            sentence: format!("{}; before that {before}, in {span}", times(evidence.seen)),
            figures: vec![
                figure("seen", evidence.seen, "records"),
                figure("before", evidence.expected, "intervals"),
                looked_at,
            ],
        }
    }
}
