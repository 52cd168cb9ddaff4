//! Cells and templates in, what happened interval by interval out: all that a detector may look at.
//!
//! What a model knows stands before what was just read, whatever its dates: it is the past. Within each part
//! intervals come in the order of log time.

use std::borrow::Cow;
use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::cell::{Extremes, Place, Stood, absorb_numbers};
use super::history::{Gathered, History, WIDEST};
use super::kin::shared_names;
use crate::meaning::{self, HardSignal, Meaning};
use crate::records::level::Level;
use crate::records::time::Time;
use crate::templates::{Template, TemplateId, Templates};

/// Intervals wanted at least, if the log is long enough.
const ENOUGH: i64 = 240;

/// Intervals that are chosen by the length of the log are 2^3 to 2^12 seconds long.
const SHORTEST: u32 = 3;
const LONGEST: u32 = 12;
/// Blocks of records are counted from 0: numbers of seconds below this one are theirs.
const WITHOUT_TIME: i64 = 1 << 28;

/// How a timeline is laid out.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimelineSettings {
    /// The length of intervals as a power of two of seconds; nothing to choose by the length of the log.
    pub level: Option<u32>,
    /// No intervals are chosen that are longer than this power of two of seconds.
    pub longest: Option<u32>,
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

impl TemplateFacts {
    /// Whether it only sums up what went wrong before: the cause is another.
    pub(crate) fn sums_up(&self) -> bool {
        self.meaning.hard.is_some_and(HardSignal::is_summary)
    }
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
        let none = History::default();
        let past = past.unwrap_or(&none);
        let wanted =
            settings.level.unwrap_or_else(|| fitting(&present).min(settings.longest.unwrap_or(LONGEST)));
        let level = wanted.min(WIDEST).max(present.level()).max(past.level());
        present.widen(level);
        // A past that need not be widened is as large as all that is known, and is looked at where it is.
        let past = if past.is_laid(level) { Cow::Borrowed(past) } else { Cow::Owned(widened(past, level)) };
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

    /// The intervals of what was just read. Where some logs have times, the blocks of those without are left out: they
    /// have no place beside them.
    pub fn dated(&self) -> &[Interval] {
        let present = self.intervals.get(self.past..).unwrap_or_default();
        let undated = match self.timed {
            true => present
                .partition_point(|interval| interval.number.saturating_mul(self.seconds) < WITHOUT_TIME),
            false => 0,
        };
        match present.get(undated..) {
            Some(dated @ [_, ..]) => dated,
            _ => present,
        }
    }

    /// The numbers of the first and the last interval of what was just read: the reading may have begun and ended amid
    /// them.
    pub fn ends(&self) -> [Option<i64>; 2] {
        let present = self.intervals.get(self.past..).unwrap_or_default();
        [present.first(), present.last()].map(|interval| Some(interval?.number))
    }

    /// The number of the interval amid which the known past ended and the reading began: it is there twice.
    pub fn parted(&self) -> Option<i64> {
        let known = self.past.checked_sub(1).and_then(|at| self.intervals.get(at))?.number;
        let [begin, _] = self.ends();
        begin.filter(|begin| *begin == known)
    }

    /// The stream that goes by that name in what was just read.
    pub fn stream_of(&self, name: &str) -> Option<u32> {
        self.named.get(name).copied()
    }

    fn lay(
        &mut self,
        history: &History,
        shared: &BTreeMap<String, String>,
        of: &impl Fn(&super::Cell) -> Option<u32>,
        known: bool,
    ) {
        let names = self.name_streams(history, shared);
        if !known {
            self.named = history.streams().iter().cloned().zip(names.iter().copied()).collect();
        }
        let mut told: Vec<Told<'_>> = Vec::new();
        for cells in history.cells().chunk_by(|one, other| one.interval == other.interval) {
            told.clear();
            told.extend(cells.iter().filter_map(|cell| {
                let stream = names.get(cell.stream as usize).copied().unwrap_or(0);
                Some(Told { stream, template: of(cell)?, cell, numbers: history.numbers_of(cell) })
            }));
            told.iter().for_each(|told| self.count(told, known));
            told.sort_by_key(|told| (told.stream, told.template, told.cell.skeleton));
            if let Some(first) = told.first() {
                self.intervals.push(Interval::of(first.cell.interval, &told));
            }
        }
    }

    /// The place of every stream of a history.
    fn name_streams(&mut self, history: &History, shared: &BTreeMap<String, String>) -> Vec<u32> {
        let mut known: BTreeMap<String, u32> =
            self.streams.iter().map(|stream| stream.name.clone()).zip(0..).collect();
        let mut names = Vec::with_capacity(history.streams().len());
        for name in history.streams() {
            let name = shared.get(name).unwrap_or(name);
            let next = self.streams.len() as u32;
            names.push(*known.entry(name.clone()).or_insert(next));
            if known.len() > self.streams.len() {
                self.streams.push(Stream { name: name.clone(), records: 0 });
            }
        }
        names
    }

    fn count(&mut self, told: &Told<'_>, known: bool) {
        if let Some(facts) = self.templates.get_mut(told.template as usize) {
            let counted = if known { &mut facts.known } else { &mut facts.count };
            *counted = counted.saturating_add(told.cell.count);
        }
        if let Some(stream) = self.streams.get_mut(told.stream as usize) {
            stream.records = stream.records.saturating_add(told.cell.count);
        }
    }
}

/// A cell with its stream and its template in the timeline.
struct Told<'a> {
    stream: u32,
    template: u32,
    cell: &'a super::Cell,
    numbers: &'a [Extremes],
}

impl Interval {
    /// Makes an interval of cells in the order of streams, templates and skeletons.
    fn of(number: i64, told: &[Told<'_>]) -> Interval {
        let windows = || told.chunk_by(|one, other| one.stream == other.stream);
        Interval { number, windows: listed(windows().count(), windows().map(Window::of_cells)) }
    }
}

impl Interval {
    /// The cells of a stream or of all, and of a template or of all. There may be thousands of both, and somebody who asks
    /// for each of them.
    pub(crate) fn of_subject(
        &self,
        stream: Option<u32>,
        template: Option<u32>,
    ) -> impl Iterator<Item = &TimelineCell> {
        let windows = match stream {
            None => self.windows.as_slice(),
            Some(stream) => {
                let at = self.windows.binary_search_by_key(&stream, |window| window.stream);
                at.ok().and_then(|at| self.windows.get(at)).map_or(&[][..], std::slice::from_ref)
            }
        };
        windows.iter().flat_map(move |window| match template {
            None => window.cells.as_slice(),
            Some(template) => window.of(template).map_or(&[][..], std::slice::from_ref),
        })
    }

    /// The first record of all, wherever streams stand in the list.
    pub fn first(&self) -> Option<Place> {
        self.windows.iter().filter_map(Window::first).min()
    }
}

impl Window {
    /// The first record of all.
    pub fn first(&self) -> Option<Place> {
        self.cells.iter().filter_map(|cell| cell.first).min()
    }

    /// The cell of a template.
    pub fn of(&self, template: u32) -> Option<&TimelineCell> {
        let at = self.cells.binary_search_by_key(&template, |cell| cell.template).ok()?;
        self.cells.get(at)
    }

    fn of_cells(told: &[Told<'_>]) -> Window {
        let cells = || told.chunk_by(|one, other| one.template == other.template);
        Window {
            stream: told.first().map_or(0, |told| told.stream),
            records: told.iter().fold(0u64, |sum, told| sum.saturating_add(told.cell.count)),
            cells: listed(cells().count(), cells().map(TimelineCell::of_cells)),
        }
    }
}

/// A list of that many pieces, which takes its memory once and no more than it needs.
fn listed<T>(count: usize, pieces: impl Iterator<Item = T>) -> Vec<T> {
    let mut list = Vec::with_capacity(count);
    list.extend(pieces);
    list
}

impl TimelineCell {
    fn of_cells(told: &[Told<'_>]) -> TimelineCell {
        let cells = || told.iter().map(|told| told.cell);
        let shapes = || told.chunk_by(|one, other| one.cell.skeleton == other.cell.skeleton);
        let mut numbers = Vec::with_capacity(told.iter().map(|told| told.numbers.len()).sum());
        shapes().for_each(|cells| put_numbers(cells, &mut numbers));
        TimelineCell {
            template: told.first().map_or(0, |told| told.template),
            count: cells().fold(0u64, |sum, cell| sum.saturating_add(cell.count)),
            shapes: listed(
                shapes().count(),
                shapes().filter_map(|cells| Some(cells.first()?.cell.skeleton.0)),
            ),
            gravest: cells().filter_map(|cell| cell.gravest).max(),
            first: cells().map(|cell| cell.first).min().and_then(Stood::place),
            numbers,
        }
    }
}

/// Puts the numbers of cells of one skeleton into a list. There are several, where streams of the past go by one name.
fn put_numbers(told: &[Told<'_>], into: &mut Vec<Numbers>) {
    let Some((first, others)) = told.split_first() else { return };
    let mut sum = Cow::Borrowed(first.numbers);
    others.iter().for_each(|other| absorb_numbers(sum.to_mut(), other.numbers));
    let shape = first.cell.skeleton.0;
    into.extend(sum.iter().map(|extremes| Numbers { shape, extremes: *extremes }));
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

fn widened(history: &History, level: u32) -> History {
    let mut history = history.clone();
    history.widen(level);
    history
}

/// The length of intervals that fits a log: long enough that something is in most of them, short enough that
/// there are some hundred, if the log is long enough, and never longer than about an hour.
fn fitting(history: &History) -> u32 {
    let level = history.level();
    let begun = WITHOUT_TIME >> level;
    let untimed = history.cells().partition_point(|cell| cell.interval < begun);
    // Logs without a time stand decades before the others.
    let timed = history.cells().get(untimed..).filter(|cells| !cells.is_empty());
    let cells = timed.unwrap_or(history.cells());
    let edge = cells.len() / 100;
    let (Some(first), Some(last)) = (cells.get(edge), cells.get(cells.len().saturating_sub(1 + edge))) else {
        return level;
    };
    let intervals = last.interval.saturating_sub(first.interval).saturating_add(1);
    let seconds = intervals.saturating_mul(1 << level);
    (seconds / ENOUGH).max(1).ilog2().clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_without_time_have_no_place_beside_dates() {
        let at = |number| Interval { number, windows: Vec::new() };
        let told = |timed: bool, numbers: &[i64]| -> Vec<i64> {
            let intervals = numbers.iter().map(|number| at(*number)).collect();
            let timeline = Timeline { seconds: 8, timed, intervals, ..Timeline::default() };
            timeline.dated().iter().map(|interval| interval.number).collect()
        };
        let today = 1_700_000_000 / 8;
        assert_eq!(told(true, &[0, 1, today, today + 1]), [today, today + 1]);
        assert_eq!(told(true, &[0, 1]), [0, 1], "dates of another age");
        assert_eq!(told(false, &[0, 1, today]), [0, 1, today]);
    }
}
