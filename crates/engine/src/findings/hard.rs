//! Templates in, the first time that one says something which is bad by itself out.
//!
//! A panic or lost data deserves a person even in the first minute of a log that is not known yet. But a log that
//! says so all day is known to say so: every template is told once, what the known past said already is not told at all, and
//! of templates that say the same kind of thing only the first few. From then on it is for the other detectors to tell
//! whether it becomes more.

use std::collections::{BTreeMap, BTreeSet};

use crate::windows::{Interval, Timeline, TimelineCell};

/// Templates of one kind of signal that are told without being asked for.
const FEW: u32 = 3;

/// Follows what was said before.
#[derive(Debug, Default)]
pub(crate) struct Hard {
    said: BTreeSet<u32>,
    told: BTreeMap<&'static str, u32>,
}

/// Something bad by itself, said for the first time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HardWord {
    pub(crate) stream: u32,
    pub(crate) template: u32,
    pub(crate) signal: &'static str,
}

impl Hard {
    /// What is said for the first time in an interval. In the known past everything is only taken note of.
    pub(crate) fn listen(&mut self, interval: &Interval, known: bool, timeline: &Timeline) -> Vec<HardWord> {
        let mut said: Vec<(&TimelineCell, HardWord)> = Vec::new();
        for window in &interval.windows {
            for cell in &window.cells {
                let Some(signal) = signal_of(timeline, cell.template) else { continue };
                said.push((cell, HardWord { stream: window.stream, template: cell.template, signal }));
            }
        }
        // Which of them is first must not depend on how streams and templates are numbered.
        said.sort_by_key(|(cell, word)| {
            (cell.first, timeline.templates.get(word.template as usize).map(|facts| facts.id.0))
        });
        let words = said.into_iter().filter_map(|(_, word)| self.is_news(word, known).then_some(word));
        words.collect()
    }

    fn is_news(&mut self, word: HardWord, known: bool) -> bool {
        if !self.said.insert(word.template) || known {
            return false;
        }
        let told = self.told.entry(word.signal).or_default();
        *told += 1;
        *told <= FEW
    }
}

/// What a template says that is bad by itself.
pub(crate) fn signal_of(timeline: &Timeline, template: u32) -> Option<&'static str> {
    let facts = timeline.templates.get(template as usize)?;
    facts.meaning.hard.map(|signal| signal.name())
}
