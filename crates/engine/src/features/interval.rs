//! The window of a stream in an interval in, a row of numbers out: what outlier models among the detectors look at.
//!
//! Streams differ in how much they say, so figures are told beside what the same stream did before. The most frequent
//! templates of the whole log have a column each.

use std::collections::{BTreeMap, BTreeSet};

use crate::records::level::Level;
use crate::windows::{Timeline, Window};

/// Templates with a column of their own.
const TEMPLATES: usize = 32;
/// How much of the mean is kept from one window to the next.
const KEPT: f64 = 0.95;
/// Templates that a stream is known to have at most.
const KNOWN: usize = 1 << 14;

/// What the first columns are.
const FIGURES: [&str; 10] = [
    "time of day",
    "time of day",
    "weekend",
    "records",
    "records beside before",
    "errors",
    "warnings",
    "templates",
    "new templates",
    "evenness",
];

/// Makes the rows of windows.
#[derive(Clone, Debug, Default)]
pub(crate) struct IntervalRows {
    /// The column of each template that has one; nothing before the first window.
    columns: Option<BTreeMap<u32, usize>>,
    streams: BTreeMap<u32, Past>,
}

#[derive(Clone, Debug, Default)]
struct Past {
    mean: f64,
    windows: u64,
    templates: BTreeSet<u32>,
}

impl IntervalRows {
    /// How many columns there are.
    pub(crate) fn width(&mut self, timeline: &Timeline) -> usize {
        FIGURES.len() + self.columns(timeline).len()
    }

    fn columns(&mut self, timeline: &Timeline) -> &BTreeMap<u32, usize> {
        self.columns.get_or_insert_with(|| {
            let mut order: Vec<(u64, u64, u32)> = timeline
                .templates
                .iter()
                .zip(0u32..)
                .map(|(facts, at)| (u64::MAX - facts.count.saturating_add(facts.known), facts.id.0, at))
                .collect();
            order.sort_unstable();
            order
                .into_iter()
                .take(TEMPLATES)
                .zip(FIGURES.len()..)
                .map(|((_, _, at), column)| (at, column))
                .collect()
        })
    }

    /// What a column is, and the template that it counts.
    pub(crate) fn column(&self, at: usize) -> (&'static str, Option<u32>) {
        let counted =
            self.columns.iter().flatten().find(|(_, column)| **column == at).map(|(template, _)| *template);
        (FIGURES.get(at).copied().unwrap_or("records of"), counted)
    }

    /// The row of a window.
    pub(crate) fn row(&mut self, window: &Window, number: i64, timeline: &Timeline) -> Vec<f32> {
        let mut row = vec![0.0; self.width(timeline)];
        let past = self.streams.get(&window.stream);
        let records = window.records as f64;
        let usual = past.map_or(records, |past| past.mean);
        let of_level = |level: Level| -> f64 {
            let graver = window.cells.iter().filter(|cell| cell.gravest >= Some(level));
            graver.map(|cell| cell.count as f64).sum::<f64>() / records.max(1.0)
        };
        let is_new = |template: u32| past.is_some_and(|past| !past.templates.contains(&template));
        let new = window.cells.iter().filter(|cell| is_new(cell.template)).count();
        let share = |count: u64| count as f64 / records.max(1.0);
        let evenness: f64 = window
            .cells
            .iter()
            .map(|cell| share(cell.count))
            .map(|share| -share * share.max(1e-12).ln())
            .sum();
        let (sine, cosine, weekend) = circle(number, timeline);
        let figures = [
            sine,
            cosine,
            weekend,
            records.ln_1p(),
            ((1.0 + records) / (1.0 + usual)).ln(),
            of_level(Level::Error),
            of_level(Level::Warn),
            (window.cells.len() as f64).ln_1p(),
            (new as f64).ln_1p(),
            evenness,
        ];
        row.iter_mut().zip(figures).for_each(|(cell, figure)| *cell = figure as f32);
        for cell in &window.cells {
            let column = self.columns.as_ref().and_then(|columns| columns.get(&cell.template));
            if let Some(place) = column.and_then(|column| row.get_mut(*column)) {
                *place = (cell.count as f64).ln_1p() as f32;
            }
        }
        row
    }

    /// Learns what a stream does.
    pub(crate) fn learn(&mut self, window: &Window) {
        let past = self.streams.entry(window.stream).or_default();
        past.windows += 1;
        let kept = KEPT.min(1.0 - 1.0 / past.windows as f64);
        past.mean = past.mean * kept + window.records as f64 * (1.0 - kept);
        for cell in &window.cells {
            if past.templates.len() < KNOWN {
                past.templates.insert(cell.template);
            }
        }
    }
}

fn circle(number: i64, timeline: &Timeline) -> (f64, f64, f64) {
    if !timeline.timed {
        return (0.0, 0.0, 0.0);
    }
    let seconds = number.saturating_mul(timeline.seconds);
    let (sine, cosine) = (seconds.rem_euclid(86_400) as f64 / 86_400.0 * std::f64::consts::TAU).sin_cos();
    // 1970 began on a Thursday.
    let weekday = seconds.div_euclid(86_400).saturating_add(3).rem_euclid(7);
    (sine, cosine, f64::from(u8::from(weekday >= 5)))
}
