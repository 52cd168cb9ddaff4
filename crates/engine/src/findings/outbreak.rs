//! Intervals in, the moment at which a calm stream is suddenly full of errors out.
//!
//! The log of an incident is often all that somebody has: five minutes in which everything went well, and then nothing
//! did. A budget of some false alarms a day allows next to none in five minutes, and no rank can be counted in so few
//! intervals. But a stream that hardly ever reported an error and of which errors are a good part from one moment to
//! the next, one of them never seen before and never alone, needs no statistics: that is told once, like what is bad by
//! itself. In a long log ranks say more, and nobody asks here.

use std::collections::{BTreeMap, BTreeSet};

use super::hard::{FirstWord, is_error, signal_of};
use crate::windows::{Interval, Timeline, TimelineCell, Window};

/// What an outbreak is called.
pub(crate) const OUTBREAK: &str = "outbreak";

/// Intervals and records before, from which on a stream is known to be calm.
const INTERVALS: u64 = 8;
const RECORDS: u64 = 100;
/// Of so many records one may have been an error before.
const CALM: u64 = 50;
/// Errors of two intervals in a row: so many at least, so many times what an interval had before at most, and in the
/// second of them one record of so many.
const ERRORS: u64 = 10;
const BEYOND: u64 = 5;
const SHARE: u64 = 4;
/// Templates of errors at least: one alone comes in bursts often enough.
const TEMPLATES: usize = 2;
/// Streams of a log that are told.
const FEW: usize = 3;

/// Follows how calm every stream is.
#[derive(Debug, Default)]
pub(crate) struct Outbreaks {
    streams: BTreeMap<u32, Calm>,
    told: BTreeSet<u32>,
}

/// What one stream said before, and in the interval that came last.
#[derive(Debug, Default)]
struct Calm {
    records: u64,
    errors: u64,
    intervals: u64,
    /// Errors of an interval at most.
    most: u64,
    templates: BTreeSet<u32>,
    last: Option<(i64, Said)>,
}

/// What a stream said in an interval.
#[derive(Clone, Debug, Default)]
struct Said {
    records: u64,
    errors: u64,
    templates: BTreeSet<u32>,
}

impl Outbreaks {
    /// The streams in which errors break out now. The known past is only taken note of.
    pub(crate) fn listen(&mut self, interval: &Interval, known: bool, timeline: &Timeline) -> Vec<FirstWord> {
        let mut words = Vec::new();
        for window in &interval.windows {
            let calm = self.streams.entry(window.stream).or_default();
            let word = calm.listen(interval.number, window, timeline);
            let is_told = known || self.told.len() >= FEW;
            if let Some(word) = word.filter(|_| !is_told && self.told.insert(window.stream)) {
                words.push(word);
            }
        }
        words
    }
}

impl Calm {
    fn listen(&mut self, number: i64, window: &Window, timeline: &Timeline) -> Option<FirstWord> {
        let errors: Vec<&TimelineCell> =
            window.cells.iter().filter(|cell| is_error_of(cell, timeline)).collect();
        let now = Said {
            records: window.records,
            errors: errors.iter().map(|cell| cell.count).sum(),
            templates: errors.iter().map(|cell| cell.template).collect(),
        };
        let is_full = now.errors.saturating_mul(SHARE) >= now.records;
        let mut onset = now.clone();
        let before = self.last.replace((number, now));
        let joined = before.as_ref().filter(|(at, _)| at + 1 == number);
        if let Some((_, last)) = joined {
            onset.absorb(last);
        } else if let Some((_, last)) = &before {
            self.absorb(last);
        }
        let word = if is_full { self.word(&onset, &errors, window.stream, timeline) } else { None };
        if let Some((_, last)) = joined {
            self.absorb(last);
        }
        word
    }

    /// The first error that was never seen before stands for an outbreak; where it came in the interval before, the
    /// first of now. What is bad by itself is told without it.
    fn word(
        &self,
        onset: &Said,
        errors: &[&TimelineCell],
        stream: u32,
        timeline: &Timeline,
    ) -> Option<FirstWord> {
        if !self.breaks_out(onset) {
            return None;
        }
        let is_new = |cell: &TimelineCell| !self.templates.contains(&cell.template);
        let others = errors.iter().filter(|cell| signal_of(timeline, cell.template).is_none());
        let first = others.min_by_key(|cell| (!is_new(cell), cell.first))?;
        Some(FirstWord {
            stream,
            template: first.template,
            signal: Some(OUTBREAK),
            seen: onset.errors,
            past: (self.errors, self.records),
        })
    }

    fn breaks_out(&self, onset: &Said) -> bool {
        let is_calm = self.intervals >= INTERVALS
            && self.records >= RECORDS
            && self.errors.saturating_mul(CALM) <= self.records;
        is_calm
            && onset.errors >= ERRORS.max(BEYOND.saturating_mul(self.most + 1))
            && onset.templates.len() >= TEMPLATES
            && !onset.templates.is_subset(&self.templates)
    }

    fn absorb(&mut self, said: &Said) {
        self.records = self.records.saturating_add(said.records);
        self.errors = self.errors.saturating_add(said.errors);
        self.intervals += 1;
        self.most = self.most.max(said.errors);
        self.templates.extend(&said.templates);
    }
}

impl Said {
    fn absorb(&mut self, other: &Said) {
        self.records = self.records.saturating_add(other.records);
        self.errors = self.errors.saturating_add(other.errors);
        self.templates.extend(&other.templates);
    }
}

fn is_error_of(cell: &TimelineCell, timeline: &Timeline) -> bool {
    timeline.templates.get(cell.template as usize).is_some_and(|facts| is_error(cell, facts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meaning::{Meaning, of_text};
    use crate::records::level::Level;
    use crate::templates::TemplateId;
    use crate::windows::TemplateFacts;

    /// Templates 0 to 9; from 5 on they are errors, from 8 on bad by themselves.
    fn timeline() -> Timeline {
        let facts = |at: u64| TemplateFacts {
            id: TemplateId(at),
            text: String::new(),
            meaning: if at < 8 { Meaning::default() } else { of_text(b"No space left on device") },
            gravest: Some(level(at as u32)),
            count: 1,
            known: 0,
            returned: false,
        };
        Timeline { seconds: 8, templates: (0..10).map(facts).collect(), ..Timeline::default() }
    }

    fn level(template: u32) -> Level {
        if template < 5 { Level::Info } else { Level::Error }
    }

    fn interval(number: i64, said: &[(u32, u64)]) -> Interval {
        let cell = |&(template, count): &(u32, u64)| TimelineCell {
            template,
            count,
            shapes: Vec::new(),
            gravest: Some(level(template)),
            first: None,
            numbers: Vec::new(),
        };
        let records = said.iter().map(|(_, count)| count).sum();
        let window = Window { stream: 0, records, cells: said.iter().map(cell).collect() };
        Interval { number, windows: vec![window] }
    }

    /// The templates that are told, where a stream says `calm` ten times and then all of `onset`.
    fn told(calm: &[(u32, u64)], onset: &[&[(u32, u64)]]) -> Vec<(u32, u64)> {
        let (mut outbreaks, timeline) = (Outbreaks::default(), timeline());
        let calm = (0..10).map(|number| interval(number, calm));
        let onset = (10..).zip(onset).map(|(number, said)| interval(number, said));
        let words = calm.chain(onset).flat_map(|interval| outbreaks.listen(&interval, false, &timeline));
        words.map(|word| (word.template, word.seen)).collect()
    }

    #[test]
    fn errors_that_break_out_in_a_calm_stream_are_told_once() {
        let onset: &[(u32, u64)] = &[(0, 20), (5, 1), (6, 25)];
        assert_eq!(told(&[(0, 40)], &[onset, onset, onset]), [(5, 26)]);
    }

    #[test]
    fn what_is_bad_by_itself_does_not_stand_for_an_outbreak() {
        assert_eq!(told(&[(0, 40)], &[&[(0, 20), (6, 5), (9, 20)]]), [(6, 25)]);
        assert_eq!(told(&[(0, 40)], &[&[(0, 20), (8, 5), (9, 20)]]), []);
    }

    #[test]
    fn an_outbreak_may_begin_at_the_end_of_an_interval() {
        assert_eq!(told(&[(0, 40)], &[&[(0, 39), (5, 1)], &[(0, 9), (6, 12)]]), [(6, 13)]);
    }

    #[test]
    fn what_is_no_outbreak_is_not_told() {
        let check = |calm: &[(u32, u64)], onset: &[(u32, u64)], why: &str| {
            assert_eq!(told(calm, &[onset]), [], "{why}");
        };
        check(&[(0, 40)], &[(0, 20), (6, 25)], "one template alone");
        check(&[(0, 40)], &[(0, 20), (5, 4), (6, 5)], "nine errors");
        check(&[(0, 40)], &[(0, 80), (5, 10), (6, 10)], "most is as ever");
        check(&[(0, 40), (7, 2)], &[(5, 20), (6, 20)], "a stream that is full of errors anyway");
        check(&[(0, 5)], &[(5, 20), (6, 20)], "a stream of which little is known");
        check(&[(0, 400), (5, 1), (6, 3)], &[(5, 50), (6, 50)], "errors that were seen before");
        check(&[(0, 40)], &[(1, 40), (2, 40)], "no errors");
    }

    #[test]
    fn the_known_past_is_no_outbreak_and_says_what_is_usual() {
        let (mut outbreaks, timeline) = (Outbreaks::default(), timeline());
        for number in 0..10 {
            outbreaks.listen(&interval(number, &[(0, 40)]), true, &timeline);
        }
        let onset = interval(10, &[(5, 20), (6, 20)]);
        assert_eq!(outbreaks.listen(&onset, true, &timeline), []);
        assert_eq!(outbreaks.listen(&interval(90, &[(7, 20), (6, 20)]), false, &timeline), []);
    }
}
