//! Templates in, the first time that one says something which is bad by itself out, and the first time of an error.
//!
//! A panic or lost data deserves a person even in the first minute of a log that is not known yet. But a log that
//! says so all day is known to say so: every template is told once, what the known past said already is not told at all, and
//! of templates that say the same kind of thing only the first few. From then on it is for the other detectors to tell
//! whether it becomes more.
//!
//! An error that was not seen before, or hardly ever, is no proof of anything, and most logs have some. But where nothing is known
//! yet it is what people look for first, so it is shown, and it counts for nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::meaning::HardSignal;
use crate::records::level::Level;
use crate::windows::{Interval, TemplateFacts, Timeline, TimelineCell};

/// Templates of one kind of signal that are told without being asked for.
const FEW: u32 = 3;
/// Words of that weight make an error of what has no level.
const FAILURE: f64 = 2.5;
/// An error is rare if it was in one of so many intervals of the known past at most.
const RARE: u64 = 100;

/// Follows what was said before.
#[derive(Debug, Default)]
pub(crate) struct Hard {
    said: BTreeSet<u32>,
    /// In how many intervals of the known past a template was.
    past: BTreeMap<u32, u64>,
    intervals: u64,
    told: BTreeMap<&'static str, u32>,
}

/// Something that is told the first time it is said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FirstWord {
    pub(crate) stream: u32,
    pub(crate) template: u32,
    /// What is bad by itself; nothing where it is merely an error.
    pub(crate) signal: Option<&'static str>,
    /// Records that say it.
    pub(crate) seen: u64,
    /// In how many intervals of the known past it was, and how many there are; for an outbreak errors and records
    /// before it.
    pub(crate) past: (u64, u64),
}

impl Hard {
    /// What is said for the first time in an interval. In the known past everything is only taken note of.
    pub(crate) fn listen(&mut self, interval: &Interval, known: bool, timeline: &Timeline) -> Vec<FirstWord> {
        let mut said: Vec<(&TimelineCell, &TemplateFacts, FirstWord)> = Vec::new();
        for window in &interval.windows {
            for cell in window.cells.iter().filter(|cell| !self.said.contains(&cell.template)) {
                let Some(facts) = timeline.templates.get(cell.template as usize) else { continue };
                let signal = facts.meaning.hard.map(|signal| signal.name());
                if signal.is_some() || is_error(cell, facts) {
                    let (stream, template, seen) = (window.stream, cell.template, cell.count);
                    said.push((cell, facts, FirstWord { stream, template, signal, seen, past: (0, 0) }));
                }
            }
        }
        if known {
            self.intervals += 1;
            let templates: BTreeSet<u32> = said.iter().map(|(_, _, word)| word.template).collect();
            templates.into_iter().for_each(|template| *self.past.entry(template).or_default() += 1);
            return Vec::new();
        }
        // Which of them is first must not depend on how streams and templates are numbered.
        said.sort_by_key(|(cell, facts, _)| (cell.first, facts.id.0));
        said.into_iter().filter_map(|(_, _, word)| self.news(word)).collect()
    }

    fn news(&mut self, word: FirstWord) -> Option<FirstWord> {
        let past = (self.past.get(&word.template).copied().unwrap_or(0), self.intervals);
        if !self.said.insert(word.template) || past.0.saturating_mul(RARE) > past.1 {
            return None;
        }
        let signal = word.signal.filter(|signal| {
            let told = self.told.entry(signal).or_default();
            *told += u32::from(past.0 == 0);
            past.0 == 0 && *told <= FEW
        });
        Some(FirstWord { signal, past, ..word })
    }
}

pub(super) fn is_error(cell: &TimelineCell, facts: &TemplateFacts) -> bool {
    match cell.gravest {
        Some(level) => level >= Level::Error,
        None => facts.meaning.weight >= FAILURE,
    }
}

/// What a template says that is bad by itself.
pub(crate) fn signal_of(timeline: &Timeline, template: u32) -> Option<HardSignal> {
    timeline.templates.get(template as usize)?.meaning.hard
}
