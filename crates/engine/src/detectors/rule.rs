//! `rule`: something happened that somebody wrote a rule about.
//!
//! **What it looks at.** Records that the rules name: by their words, level, fields, numbers and time, alone, counted,
//! in sequence, or missing. Which rules those are is data, see `rules/`.
//!
//! **The statistic.** In how many intervals the rule had fired in that stream before: a rule says what a record means,
//! and not that it is unusual. One that fires all day in a log is how that log is.
//!
//! **When it is wrong.** A rule knows words and not the system: what one system calls an error is the daily work of
//! another.
//!
//! **Example.** `database-connection` fires for the first time in 300 intervals.

mod blind;
mod built_in;
mod condition;
mod expression;
pub mod file;
mod fired;
mod hits;
mod kept;
mod left;
mod listen;
mod phrase;
mod phrases;
mod seen;
mod set;
pub mod sigma;
mod span;
mod stretches;
mod values;
mod written;

pub use built_in::{built_in, built_in_files};
pub use fired::{Firings, HeardRules, Named};
pub use listen::{Heard, HeardLog, Listener};
pub(crate) use phrase::is_like;
pub use set::{Rule, RuleSet};

use std::collections::BTreeMap;
use std::sync::Arc;

use super::words::{figure, span, times};
use super::{Card, Detector, EARLY, Evidence, EvidenceList, Explanation, Subject};
use crate::windows::{Interval, Timeline};

/// What it is.
pub fn card() -> &'static Card {
    &CARD
}

/// Its name.
pub(crate) const KIND: &str = "rule";

const CARD: Card = Card {
    kind: KIND,
    sentence: "something happened that a rule is about",
    wrong_when: "A rule knows words and not the system: what one calls an error is the daily work of another.",
};

/// The detector.
#[derive(Debug)]
pub(crate) struct RuleFired {
    firings: Arc<Firings>,
    /// Intervals that were judged.
    judged: usize,
    /// Intervals that were learned.
    intervals: u64,
    /// In how many of them a rule fired in a stream.
    fired: BTreeMap<(u32, Option<u32>), u64>,
    /// The rules of every template, for the known past of which no more is known.
    of_template: BTreeMap<u32, Vec<u32>>,
}

impl RuleFired {
    pub(crate) fn new(firings: Arc<Firings>, timeline: &Timeline) -> RuleFired {
        let mut of_template: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for interval in timeline.intervals.get(timeline.past..).unwrap_or_default() {
            for fired in firings.in_interval(interval.number) {
                if let Some(template) = fired.template {
                    let rules = of_template.entry(template).or_default();
                    if !rules.contains(&fired.rule) {
                        rules.push(fired.rule);
                    }
                }
            }
        }
        RuleFired { firings, judged: 0, intervals: 0, fired: BTreeMap::new(), of_template }
    }

    /// The known past has no hits: there a rule is taken to have fired wherever one of its templates was.
    fn in_the_past(&self, interval: &Interval) -> Vec<(u32, Option<u32>)> {
        let cells = interval
            .windows
            .iter()
            .flat_map(|window| window.cells.iter().map(move |cell| (window.stream, cell.template)));
        let rules = cells.flat_map(|(stream, template)| {
            let rules = self.of_template.get(&template).into_iter().flatten();
            rules.map(move |rule| (*rule, Some(stream)))
        });
        rules.collect()
    }
}

impl Detector for RuleFired {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn score(&mut self, interval: &Interval, timeline: &Timeline, out: &mut EvidenceList) {
        self.judged += 1;
        if self.judged <= timeline.past {
            return;
        }
        for fired in self.firings.in_interval(interval.number) {
            let before = self.fired.get(&(fired.rule, fired.stream)).copied().unwrap_or(0);
            let surprise = ((self.intervals + 1) as f64 / (before + 1) as f64).ln();
            out.push(Evidence {
                kind: CARD.kind,
                subject: Subject { stream: fired.stream, template: fired.template, slot: None },
                interval: interval.number,
                surprise,
                seen: fired.count as f64,
                expected: before as f64,
                grounds: self.intervals as f64,
                learning: (self.intervals as f64) < EARLY,
                place: fired.place,
            });
        }
    }

    fn learn(&mut self, interval: &Interval, timeline: &Timeline) {
        self.intervals += 1;
        let mut keys = if self.judged <= timeline.past {
            self.in_the_past(interval)
        } else {
            // What must not be learned is no longer in the interval.
            let is_left = |fired: &&fired::Fired| {
                let window = interval.windows.iter().find(|window| Some(window.stream) == fired.stream);
                fired
                    .template
                    .is_none_or(|template| window.is_some_and(|window| window.of(template).is_some()))
            };
            let fired = self.firings.in_interval(interval.number).iter().filter(is_left);
            fired.map(|fired| (fired.rule, fired.stream)).collect()
        };
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            *self.fired.entry(key).or_default() += 1;
        }
    }

    fn explain(&self, evidence: &Evidence, timeline: &Timeline) -> Explanation {
        let Subject { stream, template, .. } = evidence.subject;
        let rules = self.firings.about(stream, template, (evidence.interval, evidence.interval));
        let names = rules.iter().filter_map(|number| self.firings.rules().rule(*number));
        let names: Vec<String> =
            names.map(|rule| format!("{} (rule {}, {})", rule.title, rule.name, rule.class)).collect();
        let (span, looked_at) = span("looked at", evidence.grounds, timeline);
        let before = match evidence.expected {
            0.0 => format!("not before, in {span}"),
            fired => format!("in {} before, in {span}", interval_count(fired)),
        };
        let seen = if evidence.seen > 0.0 { format!(", {}", times(evidence.seen)) } else { String::new() };
        Explanation {
            sentence: format!("{}{seen}; {before}", names.join("; ")),
            figures: vec![
                figure("seen", evidence.seen, "records"),
                figure("before", evidence.expected, "intervals"),
                looked_at,
            ],
        }
    }
}

fn interval_count(count: f64) -> String {
    if count == 1.0 {
        "one interval".to_owned()
    } else {
        format!("{} intervals", super::words::number(count))
    }
}
