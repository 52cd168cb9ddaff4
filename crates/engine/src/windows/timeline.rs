//! Cells and templates in, what happened interval by interval out: all that a detector may look at.
//!
//! What a model knows stands before what was just read, whatever its dates: it is the past. Within each part
//! intervals come in the order of log time.

use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::cell::{Extremes, Place};
use super::history::{Gathered, History};
use super::kin::shared_names;
use crate::meaning::{self, Meaning};
use crate::records::level::Level;
use crate::records::time::Time;
use crate::templates::{Template, TemplateId, Templates};

/// Intervals wanted at least, if the log is long enough.
const ENOUGH: i64 = 240;

/// How a timeline is laid out.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimelineSettings {
    /// The length of intervals as a power of two of seconds; nothing to choose by the length of the log.
    pub level: Option<u32>,
}

/// Everything that detectors look at.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// Seconds in an interval.
    pub seconds: i64,
    /// The streams.
    pub streams: Vec<Stream>,
    /// The templates.
    pub templates: Vec<TemplateFacts>,
    /// The intervals in which there was anything, the known past first.
    pub intervals: Vec<Interval>,
    /// How many of the intervals are the known past.
    pub past: usize,
    /// Whether intervals are of log time; else they are blocks of records.
    pub timed: bool,
    /// The streams of what was just read, by their names in the log.
    pub(crate) named: BTreeMap<String, u32>,
}

/// A stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Its name.
    pub name: String,
    /// Records in all intervals.
    pub records: u64,
}

/// What is known of a template from the whole log.
#[derive(Clone, Debug)]
pub struct TemplateFacts {
    /// Its lasting name.
    pub id: TemplateId,
    /// Its text with typed slots.
    pub text: String,
    /// How its words sound.
    pub meaning: Meaning,
    /// The gravest level of its records.
    pub gravest: Option<Level>,
    /// Its records in what was just read.
    pub count: u64,
    /// Its records in the known past.
    pub known: u64,
    /// All its shapes had been seen and forgotten before they came back.
    pub returned: bool,
}

/// An interval of log time with everything in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// Its number: seconds since 1970 divided by the length of intervals.
    pub number: i64,
    /// The streams that spoke, in the order of their numbers.
    pub windows: Vec<Window>,
}

/// The records of one stream in one interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// The stream, by its place in the timeline.
    pub stream: u32,
    /// How many records.
    pub records: u64,
    /// What they were, in the order of the templates.
    pub cells: Vec<TimelineCell>,
}

/// The records of one template in one window.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineCell {
    /// The template, by its place in the timeline.
    pub template: u32,
    /// How many records.
    pub count: u64,
    /// The different skeletons of the template.
    pub shapes: Vec<u64>,
    /// The gravest level among them.
    pub gravest: Option<Level>,
    /// The first of them.
    pub first: Option<Place>,
    /// Numbers in holes.
    pub numbers: Vec<Numbers>,
}

/// Numbers in a hole of a skeleton. They are kept apart by skeleton, since skeletons of one template need not have
/// the same holes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numbers {
    /// The skeleton.
    pub shape: u64,
    /// The extremes; their slot is the hole of the skeleton.
    pub extremes: Extremes,
}

impl Timeline {
    /// Lays out what was just read, and the known past before it.
    pub fn of(
        past: Option<&History>,
        read: Gathered,
        templates: &Templates,
        settings: &TimelineSettings,
    ) -> Timeline {
        let mut present = read.history;
        let mut past = past.cloned().unwrap_or_default();
        let level =
            settings.level.unwrap_or_else(|| fitting(&present)).max(present.level()).max(past.level());
        present.widen_to(level);
        past.widen_to(level);
        let mut laid = Timeline {
            seconds: 1 << level,
            streams: Vec::new(),
            templates: templates.list().iter().map(TemplateFacts::of).collect(),
            intervals: Vec::new(),
            past: 0,
            timed: read.timed,
            named: BTreeMap::new(),
        };
        let places: HashMap<TemplateId, u32, FixedState> =
            laid.templates.iter().zip(0..).map(|(facts, at)| (facts.id, at)).collect();
        let of = |cell: &super::Cell| {
            templates.of(cell.skeleton).and_then(|template| places.get(&template.id).copied())
        };
        let shared = shared_names(past.streams(), present.streams());
        laid.lay(&past, &shared, &of, true);
        laid.past = laid.intervals.len();
        laid.lay(&present, &shared, &of, false);
        laid
    }

    /// The time at which an interval begins.
    pub fn start(&self, number: i64) -> Option<Time> {
        Time::from_seconds(number.checked_mul(self.seconds)?)
    }

    /// The stream that goes by that name in what was just read.
    pub fn stream_of(&self, name: &str) -> Option<u32> {
        self.named.get(name).copied()
    }

    fn stream_named(&mut self, name: &str) -> u32 {
        if let Some(at) = self.streams.iter().position(|stream| stream.name == name) {
            return at as u32;
        }
        self.streams.push(Stream { name: name.to_owned(), records: 0 });
        self.streams.len() as u32 - 1
    }

    fn lay(
        &mut self,
        history: &History,
        shared: &BTreeMap<String, String>,
        of: &impl Fn(&super::Cell) -> Option<u32>,
        known: bool,
    ) {
        let names: Vec<u32> = history
            .streams()
            .iter()
            .map(|name| self.stream_named(shared.get(name).unwrap_or(name)))
            .collect();
        if !known {
            self.named = history.streams().iter().cloned().zip(names.iter().copied()).collect();
        }
        let begun = self.intervals.len();
        for cell in history.cells() {
            let Some(template) = of(cell) else { continue };
            let stream = names.get(cell.stream as usize).copied().unwrap_or(0);
            if self.intervals.len() == begun
                || self.intervals.last().is_some_and(|last| last.number != cell.interval)
            {
                self.intervals.push(Interval { number: cell.interval, windows: Vec::new() });
            }
            if let Some(facts) = self.templates.get_mut(template as usize) {
                let counted = if known { &mut facts.known } else { &mut facts.count };
                *counted = counted.saturating_add(cell.count);
            }
            if let Some(stream) = self.streams.get_mut(stream as usize) {
                stream.records = stream.records.saturating_add(cell.count);
            }
            if let Some(interval) = self.intervals.last_mut() {
                interval.add(stream, template, cell);
            }
        }
        let order = |interval: &mut Interval| {
            interval.windows.sort_by_key(|window| window.stream);
            interval.windows.iter_mut().for_each(|window| window.cells.sort_by_key(|cell| cell.template));
        };
        self.intervals.iter_mut().skip(begun).for_each(order);
    }
}

impl Interval {
    fn add(&mut self, stream: u32, template: u32, cell: &super::Cell) {
        let at = self.windows.iter().rposition(|window| window.stream == stream).unwrap_or_else(|| {
            self.windows.push(Window { stream, records: 0, cells: Vec::new() });
            self.windows.len() - 1
        });
        let Some(window) = self.windows.get_mut(at) else { return };
        window.records = window.records.saturating_add(cell.count);
        window.add(template, cell);
    }
}

impl Window {
    /// The cell of a template.
    pub fn of(&self, template: u32) -> Option<&TimelineCell> {
        let at = self.cells.binary_search_by_key(&template, |cell| cell.template).ok()?;
        self.cells.get(at)
    }

    fn add(&mut self, template: u32, cell: &super::Cell) {
        let shape = cell.skeleton.0;
        let numbers = cell.numbers.iter().map(|extremes| Numbers { shape, extremes: *extremes });
        match self.cells.iter_mut().find(|known| known.template == template) {
            None => self.cells.push(TimelineCell {
                template,
                count: cell.count,
                shapes: vec![cell.skeleton.0],
                gravest: cell.gravest,
                first: cell.first,
                numbers: numbers.collect(),
            }),
            Some(known) => {
                known.count = known.count.saturating_add(cell.count);
                known.gravest = known.gravest.max(cell.gravest);
                if cell.first.is_some() && (known.first.is_none() || cell.first < known.first) {
                    known.first = cell.first;
                }
                if known.shapes.last() != Some(&cell.skeleton.0) {
                    known.shapes.push(cell.skeleton.0);
                }
                known.numbers.extend(numbers);
            }
        }
    }
}

impl TemplateFacts {
    fn of(template: &Template) -> TemplateFacts {
        let text = template.text();
        TemplateFacts {
            id: template.id,
            meaning: meaning::of_text(text.as_bytes()),
            text,
            gravest: template.stats.gravest(),
            count: 0,
            known: 0,
            returned: template.returned,
        }
    }
}

/// The length of intervals that fits a log: long enough that something is in most of them, short enough that
/// there are some hundred, if the log is long enough, and never longer than about an hour.
fn fitting(history: &History) -> u32 {
    let cells = history.cells();
    let (Some(first), Some(last)) =
        (cells.get(cells.len() / 100), cells.get(cells.len().saturating_sub(1 + cells.len() / 100)))
    else {
        return history.level();
    };
    let seconds = (last.interval - first.interval).saturating_add(1) << history.level();
    let level = (seconds / ENOUGH).max(1).ilog2();
    level.clamp(3, 12)
}
